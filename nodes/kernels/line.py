"""The straight line y = a + b x through the pixels of two planes, least absolute deviations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel

_MOST = 2_000_000  # up to here all pairs are used
_SAMPLE = 1_000_000


class Line(NamedTuple):
    """Intercept, slope, mean absolute deviation and count of all pairs, that of the sample."""

    intercept: float
    slope: float
    deviation: float
    pairs: int
    sampled_deviation: float


@kernel
def _sums(
    x: np.ndarray, y: np.ndarray, low: float, high: float, first: int, last: int
) -> tuple[int, float, float, float, float, float]:
    count = 0
    sx = sy = sxx = sxy = syy = 0.0
    for i in range(first, last):
        u, v = np.float64(x[i]), np.float64(y[i])
        if low < u < high and low < v < high:
            count += 1
            sx += u
            sy += v
            sxx += u * u
            sxy += u * v
            syy += v * v
    return count, sx, sy, sxx, sxy, syy


@kernel
def _gather(
    x: np.ndarray,
    y: np.ndarray,
    low: float,
    high: float,
    stratum: int,
    out: np.ndarray,
) -> int:
    """One pixel of each stratum of so many neighbours, at a place that only its number decides."""
    found = 0
    for start in range(0, x.size, stratum):
        mixed = np.uint64(start) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        i = start + np.int64((mixed >> np.uint64(33)) % np.uint64(stratum))
        if i >= x.size:
            continue
        u, v = np.float64(x[i]), np.float64(y[i])
        if low < u < high and low < v < high and found < out.shape[1]:
            out[0, found] = u
            out[1, found] = v
            found += 1
    return found


@kernel
def _residuals(pairs: np.ndarray, slope: float, out: np.ndarray) -> None:
    for i in range(out.size):
        out[i] = pairs[1, i] - slope * pairs[0, i]


@kernel
def _balance(pairs: np.ndarray, residuals: np.ndarray, intercept: float, eps: float) -> float:
    """Sum of x times the sign of the deviations: its zero is the best slope."""
    total = 0.0
    for i in range(residuals.size):
        deviation = residuals[i] - intercept
        total += pairs[0, i] * ((deviation > eps) - (deviation < -eps))
    return total


@kernel
def _deviation(
    x: np.ndarray,
    y: np.ndarray,
    low: float,
    high: float,
    intercept: float,
    slope: float,
    first: int,
    last: int,
) -> float:
    total = 0.0
    for i in range(first, last):
        u, v = np.float64(x[i]), np.float64(y[i])
        if low < u < high and low < v < high:
            total += abs(v - intercept - slope * u)
    return total


def least_absolute(pairs: np.ndarray, slope: float, sigma: float) -> tuple[float, float]:
    """Intercept and slope that minimise the sum of absolute deviations of ``pairs`` (2, n).

    For a given slope the best intercept is the median of y - b x. The slope is bracketed around
    the given one, first by 3 ``sigma``, then ever wider, and bisected to 1e-10 of itself.
    Source: the scheme of Numerical Recipes' chapter on robust estimation.
    """
    buffer = np.empty(pairs.shape[1])
    centred = pairs - pairs[:, :1]  # exact data keep exact residuals near zero
    eps = 4e-16 * float(np.abs(centred).max())

    def centre(b: float) -> float:
        _residuals(centred, b, buffer)
        upper = buffer.size // 2
        parted = np.partition(buffer, upper)  # one rank only: two take eight times as long
        low = parted[upper] if buffer.size % 2 else parted[:upper].max()
        return float((low + parted[upper]) / 2)

    def balance(b: float) -> float:
        intercept = centre(b)
        return _balance(centred, buffer, intercept, eps)

    width = max(3 * sigma, 1e-9 * abs(slope), 1e-12)
    here, sign = slope, balance(slope)
    if sign != 0:
        direction = 1.0 if sign > 0 else -1.0
        there = here + direction * width
        while balance(there) * sign > 0 and width < 1e12 * (1 + abs(slope)):
            here, width = there, 2 * width
            there = here + direction * width
        while abs(there - here) > 1e-10 * max(abs(here), abs(there), 1e-6):
            middle = (here + there) / 2
            at = balance(middle)
            if at == 0:
                here = there = middle
            elif at * sign > 0:
                here = middle
            else:
                there = middle
        slope = (here + there) / 2
    x0, y0 = pairs[:, 0]
    return centre(slope) + float(y0) - slope * float(x0), slope


def fit_line(
    x: np.ndarray,
    y: np.ndarray,
    low: float,
    high: float,
    *,
    least_squares: bool = False,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> Line:
    """The line through all pairs with both values inside the open interval (low, high).

    x, y: float32 planes of one shape; pairs with a NaN do not count. Above two million pairs a
    stratified sample of a million, the same each time, finds the line of least absolute
    deviations; the deviation is that of all pairs in any case. ``slope`` is NaN when less than 3
    pairs count or all x are equal.
    """
    x, y = x.reshape(-1), y.reshape(-1)
    third = (span[1] - span[0]) / 3
    parts = run_bands(
        lambda first, last: _sums(x, y, low, high, first, last),
        x.size,
        ctx=ctx,
        span=(span[0], span[0] + third),
    )
    count, sx, sy, sxx, sxy, syy = np.sum(np.array(parts), axis=0)
    spread = sxx - sx * sx / count if count else 0.0
    if count < 3 or not spread > 1e-13 * sxx:
        return Line(np.nan, np.nan, np.nan, int(count), np.nan)
    slope = (sxy - sx * sy / count) / spread
    intercept = (sy - slope * sx) / count
    sampled = np.nan
    if not least_squares:
        ctx.check()
        scatter = syy - sy * sy / count - slope * slope * spread
        sigma = np.sqrt(max(scatter, 0.0) / (count - 2) / spread)
        stratum = 1 if count <= _MOST else max(1, int(count) // _SAMPLE)
        pairs = np.empty((2, -(-int(x.size) // stratum) if stratum > 1 else int(count)))
        pairs = pairs[:, : _gather(x, y, low, high, stratum, pairs)]
        coarse = pairs[:, :: max(1, pairs.shape[1] // 20_000)].copy()
        if pairs.shape[1] > 4 * coarse.shape[1]:
            grown = sigma * np.sqrt(count / coarse.shape[1])
            slope = least_absolute(coarse, float(slope), float(grown))[1]
            sigma *= np.sqrt(count / pairs.shape[1])
        ctx.check()
        intercept, slope = least_absolute(pairs, float(slope), float(sigma))
        sampled = float(np.abs(pairs[1] - intercept - slope * pairs[0]).mean())
    total = run_bands(
        lambda first, last: _deviation(x, y, low, high, intercept, slope, first, last),
        x.size,
        ctx=ctx,
        span=(span[1] - third, span[1]),
    )
    deviation = float(np.sum(np.array(total)) / count)
    return Line(float(intercept), float(slope), deviation, int(count), sampled)
