"""How much of a master dark an image holds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nodes.kernels.starlet import smooth_rows

_BRIGHT = 3.0  # dark pixels this many sigmas above their median are looked at
_FEWEST = 50
_STEP = 5e-4
_GOLDEN = (5**0.5 - 1) / 2
_ROUNDS = 10
_FLAT = 1e-3  # a curve that varies less than this says nothing


class DarkScale(NamedTuple):
    """The factor found, and whether the noise depends on it at all."""

    factor: float
    certain: bool


def find_dark_scale(light: np.ndarray, dark: np.ndarray, *, mosaic: bool, window: int) -> DarkScale:
    """The factor k >= 0 for which the noise of ``light - k · dark`` is least.

    light, dark: float32 ``(height, width)``, both without bias. The noise is that of the first
    starlet layer, clipped at three sigma, over the pixels in which the dark is bright. The layer
    is linear, so that it is made once of each and not for every k. A mosaic is binned 2 × 2
    first. window: side of the square in the middle that is looked at; 0 for all.
    """
    if mosaic:
        light, dark, window = _bin(light), _bin(dark), window // 2
    light, dark = _middle(light, window), _middle(dark, window)
    with np.errstate(invalid="ignore"):
        valid = np.isfinite(light) & np.isfinite(dark)
        if not valid.any():
            return DarkScale(1.0, False)
        centre = np.median(dark[valid])
        sigma = 1.4826 * np.median(np.abs(dark[valid] - centre))
        bright = valid & (dark > centre + _BRIGHT * sigma)
    a, b = _first_layer(light)[bright], _first_layer(dark)[bright]
    if a.size < _FEWEST:
        return DarkScale(1.0, False)

    def noise(k: float) -> float:
        return _clipped_sigma(a - k * b)

    low, high = _bracket(noise)
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = noise(left), noise(right)
    while high - low > _STEP:
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = noise(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = noise(right)
    factor = (low + high) / 2
    least, without = noise(factor), noise(0.0)
    certain = factor > _STEP and without > (1 + _FLAT) * least
    return DarkScale(factor, certain)


def _bracket(noise: object) -> tuple[float, float]:
    """An interval that holds the minimum, from 0.5 to 2 or wider, never below 0."""
    assert callable(noise)
    low, middle, high = 0.5, 1.0, 2.0
    while high < 64 and noise(high) < noise(middle):
        low, middle, high = middle, high, 2 * high
    while low > _STEP and noise(low) < noise(middle):
        low, middle, high = low / 2, low, middle
    return (0.0 if low <= _STEP else low), high


def _bin(plane: np.ndarray) -> np.ndarray:
    height, width = (n // 2 * 2 for n in plane.shape)
    if 0 in (height, width):
        return plane
    corners = [plane[y:height:2, x:width:2] for y in (0, 1) for x in (0, 1)]
    total: np.ndarray = (corners[0] + corners[1]) + (corners[2] + corners[3])
    return total * np.float32(0.25)


def _middle(plane: np.ndarray, window: int) -> np.ndarray:
    if window <= 0:
        return plane
    top, left = (max(0, (n - window) // 2) for n in plane.shape)
    return plane[top : top + window, left : left + window]


def _first_layer(plane: np.ndarray) -> np.ndarray:
    """A plane less its smoothing; missing pixels count as their median."""
    finite = np.isfinite(plane)
    filled = np.ascontiguousarray(plane, np.float32)
    if not finite.all():
        filled = np.where(finite, plane, np.median(plane[finite])).astype(np.float32)
    smooth = np.empty_like(filled)
    smooth_rows(filled, 1, 0, len(filled), smooth)
    return filled.astype(np.float64) - smooth


def _clipped_sigma(values: np.ndarray) -> float:
    sigma = float(np.sqrt(np.mean(values * values)))
    for _ in range(_ROUNDS):
        kept = values[np.abs(values) <= 3 * sigma]
        if kept.size == 0:
            return sigma
        before, sigma = sigma, float(np.sqrt(np.mean(kept * kept)))
        if before - sigma <= 1e-4 * before:
            break
    return sigma
