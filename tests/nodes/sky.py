"""Stars drawn with known places, fluxes and shapes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

SIGMA = 1e-4
LEVEL = 0.01


class Truth(NamedTuple):
    """Centres (pixels, the middle of the first is 0) and heights of stars."""

    x: np.ndarray
    y: np.ndarray
    height: np.ndarray


def scatter(
    count: int, shape: tuple[int, int], snr: tuple[float, float], rng: np.random.Generator
) -> Truth:
    """Stars on a jittered grid, so that none touches another, of heights between two SNRs."""
    across = int(np.ceil(np.sqrt(count * shape[1] / shape[0])))
    down = int(np.ceil(count / across))
    j, i = np.divmod(np.arange(count), across)
    wide, tall = shape[1] / across, shape[0] / down
    return Truth(
        (i + 0.5) * wide + rng.uniform(-0.2, 0.2, count) * wide,
        (j + 0.5) * tall + rng.uniform(-0.2, 0.2, count) * tall,
        SIGMA * np.geomspace(*snr, count),
    )


def draw(
    shape: tuple[int, int], stars: Truth, fwhm: float = 3.2, eccentricity: float = 0.0,
    theta: float = 0.0, beta: float = 4.0,
) -> np.ndarray:  # fmt: skip
    """Moffats (Gaussians for beta 0) on nothing; theta in degrees from x towards y."""
    out = np.zeros(shape)
    ratio = np.sqrt(1 - eccentricity**2)
    half = fwhm / 2 / (np.sqrt(2 ** (1 / beta) - 1) if beta else np.sqrt(2 * np.log(2)))
    long, short = half / np.sqrt(ratio), half * np.sqrt(ratio)
    c, s = np.cos(np.radians(theta)), np.sin(np.radians(theta))
    reach = int(9 * fwhm)
    for x, y, height in zip(*stars, strict=True):
        top, left = max(int(y) - reach, 0), max(int(x) - reach, 0)
        v, u = np.mgrid[top : min(int(y) + reach, shape[0]), left : min(int(x) + reach, shape[1])]
        p, q = (c * (u - x) + s * (v - y)) / long, (c * (v - y) - s * (u - x)) / short
        square = p * p + q * q
        out[v, u] += height * ((1 + square) ** -beta if beta else np.exp(-square / 2))
    return out


def noise(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """A sky with noise."""
    return LEVEL + SIGMA * rng.normal(size=shape)
