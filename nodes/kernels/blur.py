"""Blurring of a plane by a Gaussian, exact but for its cut-off tails."""

from __future__ import annotations

import math

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel
from nodes.kernels.starlet import mirror

#: deviations at which the Gaussian is cut off
_TAILS = 4.0
#: columns that are summed at a time: as many rows of them as the kernel is high fit the cache
_BLOCK = 512


def blur(
    plane: np.ndarray,
    sigma: float,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> np.ndarray:
    """A plane convolved with a Gaussian of that deviation; never beyond its own extremes.

    plane: float32 ``(height, width)`` without NaN. sigma: pixels, above 0. The Gaussian is cut off
    at four deviations; borders are mirrored at the centres of their pixels.
    """
    radius = max(1, math.ceil(_TAILS * sigma))
    weights = np.exp(-0.5 * (np.arange(radius + 1) / sigma) ** 2)
    weights = (weights / (weights[0] + 2 * weights[1:].sum())).astype(np.float32)
    height = plane.shape[0]
    middle = (span[0] + span[1]) / 2
    across, out = np.empty(plane.shape, np.float32), np.empty(plane.shape, np.float32)
    low, high = plane.min(), plane.max()
    run_bands(
        lambda first, last: _blur_lines(plane, weights, first, last, across),
        height, ctx=ctx, text="blur", span=(span[0], middle),
    )  # fmt: skip
    run_bands(
        lambda first, last: _blur_columns(across, weights, low, high, first, last, out),
        height, ctx=ctx, text="blur", span=(middle, span[1]),
    )  # fmt: skip
    return out


@kernel
def _blur_lines(
    plane: np.ndarray, weights: np.ndarray, first: int, last: int, out: np.ndarray
) -> None:
    width, radius = plane.shape[1], weights.size - 1
    line = np.empty(width + 2 * radius, np.float32)
    for y in range(first, last):
        source, target = plane[y], out[y]
        line[radius : radius + width] = source
        for x in range(radius):
            line[x] = source[mirror(x - radius, width)]
            line[radius + width + x] = source[mirror(width + x, width)]
        for x in range(width):
            target[x] = weights[0] * source[x]
        for k in range(1, radius + 1):
            share = weights[k]
            left = line[radius - k : radius - k + width]
            right = line[radius + k : radius + k + width]
            for x in range(width):
                target[x] += share * (left[x] + right[x])


@kernel
def _blur_columns(
    plane: np.ndarray,
    weights: np.ndarray,
    low: float,
    high: float,
    first: int,
    last: int,
    out: np.ndarray,
) -> None:
    height, width = plane.shape
    for start in range(0, width, _BLOCK):
        end = min(start + _BLOCK, width)
        for y in range(first, last):
            source, target = plane[y, start:end], out[y, start:end]
            for x in range(end - start):
                target[x] = weights[0] * source[x]
            for k in range(1, weights.size):
                share = weights[k]
                above = plane[mirror(y - k, height), start:end]
                below = plane[mirror(y + k, height), start:end]
                for x in range(end - start):
                    target[x] += share * (above[x] + below[x])
            for x in range(end - start):
                target[x] = min(max(target[x], low), high)
