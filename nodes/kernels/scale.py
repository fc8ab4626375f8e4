"""Robust location and scale of large planes.

Biweight and percentage-bend midvariance: R. R. Wilcox, 2012, "Introduction to Robust Estimation";
Sn and Qn: P. Rousseeuw and C. Croux, 1993, JASA 88, 1273. All are made to give the sigma of
Gaussian noise. Median and biweight read all pixels; what needs sorting takes every so manieth.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.formats.memory import empty
from nodes.kernels.jit import kernel
from nodes.kernels.median import median_mad

DARKEST, BRIGHTEST = 2e-5, 0.99998
_UNCLIPPED = 0.01  # share of pixels below 0 that shows that nothing was clipped there
_SAMPLE = 1 << 20
_LANES = 16
_BAND = 1 << 20  # fixed, so that sums do not depend on the number of processors


def select_samples(
    plane: np.ndarray, ctx: Context = SILENT, span: tuple[float, float] = (0.0, 1.0)
) -> tuple[np.ndarray, int, int]:
    """A copy of a plane, NaN where a pixel says nothing: black, saturated or missing.

    Where over 1 % of the pixels are below 0 the dark ones are as good as the others, and left.
    Beside it the numbers of pixels at 0 or below, and of saturated ones.
    """
    out = empty(plane.shape)

    def select(darkest: float) -> tuple[int, int, int]:
        bands: Any = run_bands(
            lambda first, last: _select(plane[first:last], darkest, out[first:last]),
            plane.shape[0],
            ctx=ctx,
            span=span,
        )
        negative, black, white = (sum(column) for column in zip(*bands, strict=True))
        return negative, black, white

    negative, black, white = select(DARKEST)
    if negative > _UNCLIPPED * plane.size:
        select(-math.inf)
    return out, black, white


def locate(
    samples: np.ndarray,
    estimator: str,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> tuple[float, float]:
    """Location and scale of the finite samples; NaN of none.

    estimator: BWMV, MAD, average deviation, PBMV, Sn, Qn or IKSS. The location is the median, of
    IKSS its own.
    """
    split = span[0] + 0.7 * (span[1] - span[0])
    centre, spread, count = median_mad(samples, ctx, (span[0], split))
    if count == 0:
        return math.nan, math.nan
    if estimator == "MAD":
        return centre, 1.4826 * spread
    if estimator in ("BWMV", "average deviation"):
        total, top, bottom = _sum_weights(samples, centre, 9 * spread, ctx, (split, span[1]))
        if estimator == "average deviation":
            return centre, math.sqrt(math.pi / 2) * total / count
        return centre, 0.991 * _biweight(count, top, bottom)
    flat = samples.reshape(-1)
    some = flat[:: max(1, flat.size // _SAMPLE)]
    some = np.sort(some[np.isfinite(some)])
    if some.size == 0:
        return centre, math.nan
    if estimator == "Sn":
        return centre, 1.1926 * _sn(some)
    if estimator == "Qn":
        return centre, 2.2191 * _qn(some)
    if estimator == "PBMV":
        return centre, 0.9709 * _percentage_bend(some, centre)
    return _iterate(some)


def _biweight(count: int, top: float, bottom: float) -> float:
    return math.sqrt(count * top) / abs(bottom) if bottom else 0.0


def _sum_weights(
    samples: np.ndarray, centre: float, reach: float, ctx: Context, span: tuple[float, float]
) -> tuple[float, float, float]:
    flat = samples.reshape(-1)
    bands: Any = run_bands(
        lambda first, last: _weigh(flat[first:last], centre, reach),
        flat.size,
        band=_BAND,
        ctx=ctx,
        span=span,
    )
    total, top, bottom = (math.fsum(column) for column in zip(*bands, strict=True))
    return total, top, bottom


def _median(ordered: np.ndarray) -> float:
    middle = ordered[[(ordered.size - 1) // 2, ordered.size // 2]]
    return float(middle.astype(np.float64).mean())


def _iterate(ordered: np.ndarray) -> tuple[float, float]:
    """Iterative k-sigma estimator: biweight, and samples beyond four of it left out."""
    before = 1.0
    while True:
        centre = _median(ordered)
        spread = float(np.median(np.abs(ordered.astype(np.float64) - centre)))
        _, top, bottom = _sum_weights(ordered, centre, 9 * spread, SILENT, (0, 1))
        scale = _biweight(ordered.size, top, bottom)
        if scale == 0:
            return centre, 0.0
        if abs(before - scale) / scale < 1e-6:
            return centre, 0.991 * scale
        before = scale
        first, last = np.searchsorted(ordered, [centre - 4 * scale, centre + 4 * scale])
        ordered = ordered[first : max(last, first + 1)]


def _percentage_bend(ordered: np.ndarray, centre: float) -> float:
    off = np.abs(ordered.astype(np.float64) - centre)
    place = min(off.size - 1, int(0.8 * off.size + 0.5) - 1)
    bend = np.partition(off, place)[place]
    if bend == 0:
        return 0.0
    inside = off < bend
    bent = np.minimum(off / bend, 1)
    return float(bend * math.sqrt(off.size * (bent @ bent)) / max(1, int(inside.sum())))


@kernel
def _select(plane: Any, darkest: Any, out: Any) -> Any:
    """Copy the samples between the limits; how many are below 0, at most 0, and saturated."""
    low, high = np.float32(darkest), np.float32(BRIGHTEST)
    negative, black, white = 0, 0, 0
    for y in range(plane.shape[0]):
        source, target = plane[y], out[y]
        below, dark, bright = np.int32(0), np.int32(0), np.int32(0)
        for x in range(source.size):
            value = source[x]
            keep = (value > low) & (value < high)
            target[x] = value if keep else np.float32(np.nan)
            below = np.int32(below + np.int32(value < 0))
            dark = np.int32(dark + np.int32(value <= 0))
            bright = np.int32(bright + np.int32(value >= high))
        negative += int(below)
        black += int(dark)
        white += int(bright)
    return negative, black, white


@kernel
def _weigh(values: Any, centre: Any, reach: Any) -> Any:
    """Sum of absolute deviations, and the two sums of the biweight midvariance."""
    totals = np.zeros(3 * _LANES)
    scale = 1 / reach if reach > 0 else 0.0
    for start in range(0, values.size - values.size % _LANES, _LANES):
        piece = values[start : start + _LANES]
        for lane in range(_LANES):
            value = piece[lane]
            off = np.float64(value) - centre if value - value == 0 else 0.0
            y = off * scale
            rest = max(0.0, 1 - y * y)
            near = 1.0 if (value - value == 0) & (rest > 0) else 0.0
            totals[lane] += abs(off)
            totals[_LANES + lane] += off * off * rest * rest * rest * rest
            totals[2 * _LANES + lane] += near * rest * (5 * rest - 4)
    for place in range(values.size - values.size % _LANES, values.size):
        value = values[place]
        if value - value == 0:
            off = np.float64(value) - centre
            y = off * scale
            rest = max(0.0, 1 - y * y)
            totals[0] += abs(off)
            totals[_LANES] += off * off * rest * rest * rest * rest
            totals[2 * _LANES] += rest * (5 * rest - 4) if rest > 0 else 0.0
    first = totals[:_LANES].sum()
    return first, totals[_LANES : 2 * _LANES].sum(), totals[2 * _LANES :].sum()


@kernel
def _sn(ordered: Any) -> Any:
    """Raw Sn of sorted samples: low median of the distances to the half that is nearest."""
    count = ordered.size
    reach = count // 2
    nearest = np.empty(count)
    start = 0
    for place in range(count):
        value = np.float64(ordered[place])
        while start + reach < count - 1 and ordered[start + reach] - value < value - ordered[start]:
            start += 1
        best = max(value - ordered[start], ordered[start + reach] - value)
        if start > 0:
            best = min(best, max(value - ordered[start - 1], ordered[start + reach - 1] - value))
        nearest[place] = best
    return np.sort(nearest)[(count + 1) // 2 - 1]


@kernel
def _qn(ordered: Any) -> Any:
    """Raw Qn of sorted samples: the h-th smallest distance of all pairs, by bisection."""
    count = ordered.size
    half = count // 2 + 1
    rank = half * (half - 1) // 2
    low, high = 0.0, np.float64(ordered[count - 1]) - np.float64(ordered[0])
    for _ in range(64):
        middle = 0.5 * (low + high)
        pairs, last = 0, 0
        for first in range(count):
            while last + 1 < count and np.float64(ordered[last + 1]) - ordered[first] <= middle:
                last += 1
            pairs += last - first
        if pairs >= rank:
            high = middle
        else:
            low = middle
    return high
