"""Mean, standard deviation, smallest and largest value in one pass."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel

_LANES = 16
_BAND = 1 << 20  # fixed, so that sums do not depend on the number of processors


class Moments(NamedTuple):
    """Of the finite values; all NaN but the count when there is none."""

    mean: float
    deviation: float
    minimum: float
    maximum: float
    pixels: int


def moments(
    data: np.ndarray, shift: float, ctx: Context = SILENT, span: tuple[float, float] = (0.0, 1.0)
) -> Moments:
    """Moments of the finite values of a float32 array of any shape, summed in float64.

    shift: a value near the mean (the median), taken off before squaring, so that nothing is
    cancelled. The deviation is that of a sample (divided by count - 1); 0 for a single value.
    """
    values = np.ascontiguousarray(data, dtype=np.float32).reshape(-1)
    shift = shift if math.isfinite(shift) else 0.0
    bands: Any = run_bands(
        lambda first, last: _sum_band(values[first:last], shift),
        values.size,
        band=_BAND,
        ctx=ctx,
        span=span,
    )
    counts, sums, squares, lows, highs = (np.array(column) for column in zip(*bands, strict=True))
    count = int(counts.sum())
    if count == 0:
        return Moments(math.nan, math.nan, math.nan, math.nan, 0)
    total = float(sums.sum())
    variance = (float(squares.sum()) - total * total / count) / max(count - 1, 1)
    return Moments(
        shift + total / count,
        math.sqrt(max(variance, 0.0)),
        float(lows.min()),
        float(highs.max()),
        count,
    )


@kernel
def _sum_band(values: Any, shift: Any) -> Any:
    """Count, sum, sum of squares, least and greatest; in lanes, so that it is vectorised."""
    counts = np.zeros(_LANES, np.int32)
    sums = np.zeros(_LANES)
    squares = np.zeros(_LANES)
    lows = np.full(_LANES, np.inf, np.float32)
    highs = np.full(_LANES, -np.inf, np.float32)
    whole = values.size // _LANES
    for start in range(whole):
        piece = values[start * _LANES : start * _LANES + _LANES]
        for lane in range(_LANES):
            v = piece[lane]
            valid = v - v == 0
            off = np.float64(v) - shift if valid else 0.0
            counts[lane] += valid
            sums[lane] += off
            squares[lane] += off * off
            lows[lane] = v if valid and v < lows[lane] else lows[lane]
            highs[lane] = v if valid and v > highs[lane] else highs[lane]
    for i in range(whole * _LANES, values.size):
        v = values[i]
        if v - v == 0:
            off = np.float64(v) - shift
            counts[0] += 1
            sums[0] += off
            squares[0] += off * off
            lows[0] = min(lows[0], v)
            highs[0] = max(highs[0], v)
    return counts.sum(), sums.sum(), squares.sum(), lows.min(), highs.max()
