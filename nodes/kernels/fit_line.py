"""Lines of least absolute deviation through sorted samples, for many pixels side by side.

Such a line passes through two of the samples. Among all lines through one of them the best has
the weighted median of the slopes to the others; the sample that gives it is the next to turn
about, until that leads back. G. O. Wesolowsky, 1981, Commun. Stat. Simul. Comput. 10, 479.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nodes.kernels.jit import kernel
from nodes.kernels.lanes import (
    CENTRE,
    CUT,
    FAR_BOTTOM,
    FAR_TOP,
    LANES,
    SIGMA,
    SQUARES,
    SUMS,
)  # fmt: skip
from nodes.kernels.vectors import WIDTH, choose, count, fill, least, load, most, store

START, SLOPE = CENTRE, SUMS
#: the sample that the line turns about and its place, the place before, the one that comes next
_LEVEL, _ABOUT, _FROM, _TARGET = SQUARES, CUT, FAR_BOTTOM, FAR_TOP

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
    samples = tile.shape[0]
    for lane in range(LANES):
        about = samples // 4 if state[lane] < 0 else min(int(state[lane]), samples - 1)
        rows[_ABOUT + lane] = _F(about)
        rows[_FROM + lane] = _F(-1)
        rows[_LEVEL + lane] = tile[about, lane]
        rows[SLOPE + lane] = _F(np.inf)
    moving, turn = LANES, 0
    while moving and turn < _TURNS:
        for lane in range(0, LANES, WIDTH):
            _choose_targets(tile, slopes, rows, lane)
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
    for place in range(samples):
        row = tile[place]
        for lane in range(LANES):
            line = rows[START + lane] + rows[SLOPE + lane] * _F(place)
            rows[SIGMA + lane] += abs(row[lane] - line)
    share = _F(2 / samples)
    for lane in range(LANES):
        rows[SIGMA + lane] *= share


@kernel
def _choose_targets(tile: Any, slopes: Any, rows: Any, lane: Any) -> None:
    """The samples that give the weighted median of the slopes, for the lanes of a vector.

    It lies between two of the slopes, which come nearer to one another until they are the same:
    a slope between them is tried, and the sum of weights up to it tells on which side to go on.
    """
    samples = tile.shape[0]
    about, level = load(rows, _ABOUT + lane), load(rows, _LEVEL + lane)
    none, one = fill(_F(0)), fill(_F(1))
    first, last = fill(_F(np.inf)), fill(_F(-np.inf))
    for place in range(samples):
        far = fill(_F(place)) - about
        there = (far > none) | (far < none)
        slope = (load(tile, place * LANES + lane) - level) / choose(there, far, one)
        store(slopes, place * LANES + lane, choose(there, slope, fill(_F(np.inf))))
        first = choose(there, least(first, slope), first)
        last = choose(there, most(last, slope), last)
    down, up = about, fill(_F(samples - 1)) - about
    half = fill(_F(0.25)) * (down * (down + one) + up * (up + one))
    guess = load(rows, SLOPE + lane)
    turn = 0
    while count(first < last):
        middle = first + (last - first) * fill(_F(0.5))
        known = (guess >= first) & (guess < last)
        middle = choose(known, guess, choose(middle < last, middle, first))
        weight, below, above = none, first, last
        for place in range(samples):
            slope = load(slopes, place * LANES + lane)
            far = fill(_F(place)) - about
            up_to = slope <= middle
            weight = weight + choose(up_to, most(far, none - far), none)
            below = choose(up_to, most(below, slope), below)
            above = choose(up_to, above, least(above, slope))
        enough = weight >= half
        last = choose(enough, least(last, below), last)
        first = choose(enough, first, most(first, above))
        # a little beyond the slope before, where the median is sought next, since it moves little
        push = fill(_F(0.05) if turn == 0 else _F(np.inf)) * most(guess, none - guess)
        guess = choose(enough, guess - push, guess + push)
        turn += 1
    target = none
    for place in range(samples):
        slope = load(slopes, place * LANES + lane)
        target = choose((slope <= first) & (slope >= first), fill(_F(place)), target)
    store(rows, _TARGET + lane, target)
