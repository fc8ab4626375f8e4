"""Lines of least absolute deviation through sorted samples, for many pixels side by side.

Such a line passes through two of the samples. Among all lines through one of them the best has
the weighted median of the slopes to the others; the sample that gives it is the next to turn
about, until that leads back. G. O. Wesolowsky, 1981, Commun. Stat. Simul. Comput. 10, 479.
To sort slopes together with the samples that they lead to, the last bits of a slope give way to
the place of the sample.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nodes.kernels.jit import kernel
from nodes.kernels.lanes import (
    BOTTOM,
    CENTRE,
    CUT,
    FAR_BOTTOM,
    FAR_TOP,
    LANES,
    SIGMA,
    SQUARES,
    SUMS,
)  # fmt: skip
from nodes.kernels.sorting import sort_columns

START, SLOPE = CENTRE, SUMS
#: the sample that the line turns about and its place, the place before, the one that comes next
_LEVEL, _ABOUT, _FROM, _TARGET = SQUARES, CUT, FAR_BOTTOM, FAR_TOP
_TOTAL = BOTTOM

_TURNS = 30  # five are usual; samples that are equal may lead round and round
_NEAR = np.float32(1e-3)  # of the slope: the sum of residuals is at its least, and flat there
_F = np.float32


@kernel
def fit_lines(tile: Any, pairs: Any, slopes: Any, state: Any, rows: Any) -> None:
    """Start, slope and twice the mean absolute residual (SIGMA) of each lane, into rows.

    tile: float32 ``(samples, lanes)``, sorted; the abscissa of a sample is its place. slopes:
    scratch of that shape. pairs: network that sorts so many, or more. state: the sample to turn
    about first, below 0 for any; then the one of the best line.
    """
    count = tile.shape[0]
    places = slopes.view(np.int32)
    mask = np.int32(1)
    while mask < count:
        mask *= np.int32(2)
    mask -= np.int32(1)
    for lane in range(LANES):
        about = count // 4 if state[lane] < 0 else min(int(state[lane]), count - 1)
        rows[_ABOUT + lane] = _F(about)
        rows[_FROM + lane] = _F(-1)
        rows[_LEVEL + lane] = tile[about, lane]
        rows[SLOPE + lane] = _F(np.inf)
    moving, turn = LANES, 0
    while moving and turn < _TURNS:
        for place in range(count):
            row, rise, bits = tile[place], slopes[place], places[place]
            for lane in range(LANES):
                far = _F(place) - rows[_ABOUT + lane]
                slope = (row[lane] - rows[_LEVEL + lane]) / far
                rise[lane] = slope if far != 0 else _F(3e38)
            for lane in range(LANES):
                bits[lane] = (bits[lane] & ~mask) | np.int32(place)
        sort_columns(slopes, pairs)
        for lane in range(LANES):
            down, up = rows[_ABOUT + lane], _F(count - 1) - rows[_ABOUT + lane]
            rows[_TOTAL + lane] = _F(0.25) * (down * (down + _F(1)) + up * (up + _F(1)))
        for place in range(count - 1):
            bits = places[place]
            for lane in range(LANES):
                target = _F(bits[lane] & mask)
                take = rows[_TOTAL + lane] > 0
                rows[_TARGET + lane] = target if take else rows[_TARGET + lane]
                rows[_TOTAL + lane] -= abs(target - rows[_ABOUT + lane])
        moving = 0
        for lane in range(LANES):
            target, about = rows[_TARGET + lane], rows[_ABOUT + lane]
            if target != rows[_FROM + lane]:
                level, before = tile[int(target), lane], rows[SLOPE + lane]
                slope = (level - rows[_LEVEL + lane]) / (target - about)
                rows[SLOPE + lane] = slope
                rows[_FROM + lane] = about
                rows[_ABOUT + lane] = target
                rows[_LEVEL + lane] = level
                moving += not abs(slope - before) <= _NEAR * abs(slope)
        turn += 1
    for lane in range(LANES):
        rows[START + lane] = rows[_LEVEL + lane] - rows[SLOPE + lane] * rows[_ABOUT + lane]
        rows[SIGMA + lane] = 0
        state[lane] = rows[_ABOUT + lane]
    for place in range(count):
        row = tile[place]
        for lane in range(LANES):
            line = rows[START + lane] + rows[SLOPE + lane] * _F(place)
            rows[SIGMA + lane] += abs(row[lane] - line)
    share = _F(2 / count)
    for lane in range(LANES):
        rows[SIGMA + lane] *= share
