"""Interpolating kernels as polynomials: the weight of each tap by where the pixel falls.

A pixel at ``x`` is a weighted sum of the pixels about it. With ``u`` = the fractional part of x
less one half, the weight of tap p is ``e(u²) + u · o(u²)``, and that of its mirror image
``e(u²) - u · o(u²)``. Cubic kernels are such polynomials exactly; those of Lanczos are fitted to
4e-6, which costs neither tables nor sines at every pixel and is
computed for many pixels at once. The weights of all taps sum up to 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

#: coefficients of e and of o
TERMS = 4
_NODES = 200
#: half the width of each kernel at its own scale; pixels
_RADIUS = {
    "bilinear": 1, "catmull-rom": 2, "b-spline": 2, "mitchell": 2, "lanczos3": 3, "lanczos4": 4,
}  # fmt: skip
#: B and C of the cubic kernels (Mitchell and Netravali 1988)
_CUBIC = {"catmull-rom": (0.0, 0.5), "b-spline": (1.0, 0.0), "mitchell": (1 / 3, 1 / 3)}
#: the signs of pairs of taps from the outermost inwards, for kernels whose lobes are clamped
_LOBES = {"catmull-rom": (-1, 1), "lanczos3": (1, -1, 1), "lanczos4": (-1, 1, -1, 1)}


class Taps(NamedTuple):
    """The kernel of an interpolation.

    polynomials: float32 ``(pairs, 2, TERMS)``, e and o of each pair of taps from the outermost
    inwards, the highest power first. signs: 1 or -1 of the weights of each pair. clamped: whether
    it has negative lobes to clamp; else all signs are 1 whatever the weights are.
    """

    polynomials: np.ndarray
    signs: np.ndarray
    clamped: bool


@cache
def taps_of(kind: str, stretch: float = 1.0) -> Taps:
    """The kernel of that name; stretched, it is as many times as wide.

    A kernel that is stretched has knots between its taps and is fitted to 1e-3 of a weight.
    """
    count = 2 * math.ceil(_RADIUS[kind] * stretch)
    t = 0.5 - 0.5 * np.cos(np.pi * (np.arange(_NODES) + 0.5) / _NODES)
    places = np.arange(count) - (count // 2 - 1)
    weights = _shape(kind)((places[:, None] - t) / stretch)
    weights /= weights.sum(axis=0)
    u = t - 0.5
    even = np.vander(u * u, TERMS)
    polynomials = np.empty((count // 2, 2, TERMS), np.float32)
    for pair in range(count // 2):
        one, other = weights[pair], weights[count - 1 - pair]
        polynomials[pair, 0] = np.linalg.lstsq(even, (one + other) / 2, rcond=None)[0]
        odd = even * u[:, None]
        polynomials[pair, 1] = np.linalg.lstsq(odd, (one - other) / 2, rcond=None)[0]
    clamped = kind in _LOBES and stretch == 1
    signs = _LOBES[kind] if clamped else (1,) * (count // 2)
    return Taps(polynomials, np.array(signs, np.int64), clamped)


def _shape(kind: str) -> Callable[[np.ndarray], np.ndarray]:
    """The kernel as a function of the distance in pixels."""
    if kind == "bilinear":
        return lambda d: np.maximum(1 - np.abs(d), 0)
    if kind in _CUBIC:
        b, c = _CUBIC[kind]
        return lambda d: _cubic(np.abs(d), b, c)
    n = _RADIUS[kind]
    return lambda d: np.where(np.abs(d) < n, np.sinc(d) * np.sinc(d / n), 0.0)


def _cubic(d: np.ndarray, b: float, c: float) -> np.ndarray:
    near = ((12 - 9 * b - 6 * c) * d + (-18 + 12 * b + 6 * c)) * d * d + 6 - 2 * b
    far = (((-b - 6 * c) * d + (6 * b + 30 * c)) * d + (-12 * b - 48 * c)) * d + 8 * b + 24 * c
    return np.where(d < 1, near, np.where(d < 2, far, 0.0)) / 6
