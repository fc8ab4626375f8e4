"""Which samples of a pixel are outliers: one round of every method, on many pixels side by side.

A tile holds the sorted samples of pixels that have the same number of them: float32
``(samples, lanes)``, lowest first. Outliers are then at its ends, and a round gives for every
lane how many it rejects at the low and at the high end. Numbers of a lane that are needed again
in the next round of the same pixel (``state``) travel with it. Statistics are of differences to
the median, which float32 holds exactly.

Iterations as in PixInsight's ImageIntegration and its WinsorizedSigmaClippingRejection; ESD:
B. Rosner, 1983, Technometrics 25, 165; Sn: P. Rousseeuw and C. Croux, 1993, JASA 88, 1273.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nodes.kernels.fit_line import SLOPE, START, fit_lines
from nodes.kernels.jit import kernel
from nodes.kernels.lanes import (
    BOTTOM,
    CENTRE,
    LANES,
    MIDDLE,
    SIGMA,
    SQUARES,
    SUMS,
    TOP,
)  # fmt: skip
from nodes.kernels.sorting import sort_columns
from nodes.kernels.vectors import WIDTH, choose, count, fill, least, load, most, root, store

#: numbers of the methods, as the kernel knows them
METHODS = {
    "none": 0,
    "min/max": 1,
    "percentile": 2,
    "sigma": 3,
    "winsorized": 4,
    "averaged sigma": 5,
    "linear fit": 6,
    "esd": 7,
    "ccd noise": 8,
}
_ROUNDS = 100  # of the winsorisation, which takes less than ten
_FEW = 32  # of so many samples all runs are tried, which is quicker than to ask where to stop
_STRIDE = 4  # runs between such questions
_F = np.float32


@kernel
def reject(
    method: Any,
    tile: Any,
    options: Any,
    critical: Any,
    pairs: Any,
    state: Any,
    scratch: Any,
    rows: Any,
    low: Any,
    high: Any,
) -> Any:
    """One round over the tile: how many samples each lane loses; True if it is to be repeated.

    options: float32, low and high limit and what else the method takes, see nodes/rejection.py.
    critical: of ESD. pairs: network for that many samples or more. state: float32, one a
    lane, below 0 in the first round. scratch: float32 ``(samples or more, LANES)``.
    rows: float32, one after the other; of constant places, or they would not be vectorised.
    """
    count = tile.shape[0]
    for lane in range(LANES):
        low[lane] = 0
        high[lane] = 0
    if method == 1:
        lowest, highest = np.int32(options[0]), np.int32(options[1])
        if count > lowest + highest:
            for lane in range(LANES):
                low[lane] = lowest
                high[lane] = highest
        return False
    if method == 0 or count < 3:
        return False
    lower, upper = tile[(count - 1) // 2], tile[count // 2]
    for lane in range(LANES):
        rows[MIDDLE + lane] = _F(0.5) * (lower[lane] + upper[lane])
    if method == 7:
        _reject_extremes(tile, rows, options, critical, low, high)
        return False
    if method == 6:
        if count < 5:
            return False
        fit_lines(tile, pairs, scratch[:count], state, rows)
        _reject_off_lines(tile, rows, options, low, high)
        for lane in range(LANES):
            state[lane] = max(_F(0), state[lane] - _F(low[lane]))  # its place among the survivors
        return True
    if method == 2:
        first = tile[0]
        for lane in range(LANES):
            size = rows[MIDDLE + lane] - min(first[lane], _F(0))
            off = size > 0
            rows[BOTTOM + lane] = rows[MIDDLE + lane] - options[0] * size if off else -_F(np.inf)
            rows[TOP + lane] = rows[MIDDLE + lane] + options[1] * size if off else _F(np.inf)
    elif method == 4:
        _winsorize(tile, pairs, state, scratch[:count], rows)
        _set_limits(rows, CENTRE, options)
    elif method == 3:
        _deviate(tile, rows)
        _set_limits(rows, MIDDLE, options)
    elif method == 5:
        _scale_by_level(tile, state, rows)
        _set_limits(rows, MIDDLE, options)
    else:
        gain, readout, sensitivity = options[3], options[4], options[5]
        first = tile[0]
        for lane in range(LANES):
            level = _F(65535) * (rows[MIDDLE + lane] - min(first[lane], _F(0)))
            noise = readout / gain
            sensitive = sensitivity * level
            variance = noise * noise + level / gain + sensitive * sensitive
            rows[SIGMA + lane] = np.sqrt(variance) / _F(65535)
        _set_limits(rows, MIDDLE, options)
    _count_outside(tile, rows, low, high)
    return method != 2


@kernel
def _set_limits(rows: Any, centre: Any, options: Any) -> None:
    """Limits so many deviations from the centre; none where the deviation is 0."""
    for lane in range(LANES):
        off = rows[SIGMA + lane] > 0
        rows[BOTTOM + lane] = (
            rows[centre + lane] - options[0] * rows[SIGMA + lane] if off else -_F(np.inf)
        )
        rows[TOP + lane] = (
            rows[centre + lane] + options[1] * rows[SIGMA + lane] if off else _F(np.inf)
        )


@kernel
def _count_outside(tile: Any, rows: Any, low: Any, high: Any) -> None:
    """How many samples of each lane lie below bottom and above top, from both ends inwards."""
    samples = tile.shape[0]
    none, one = fill(_F(0)), fill(_F(1))
    for lane in range(0, LANES, WIDTH):
        bottom, top = load(rows, BOTTOM + lane), load(rows, TOP + lane)
        below, above = none, none
        for place in range(samples):
            out = load(tile, place * LANES + lane) < bottom
            if not count(out):
                break
            below = below + choose(out, one, none)
        for place in range(samples - 1, -1, -1):
            out = load(tile, place * LANES + lane) > top
            if not count(out):
                break
            above = above + choose(out, one, none)
        store(rows, SUMS + lane, below)
        store(rows, SQUARES + lane, above)
    for lane in range(LANES):
        low[lane] = np.int32(rows[SUMS + lane])
        high[lane] = np.int32(rows[SQUARES + lane])


@kernel
def _deviate(tile: Any, rows: Any) -> None:
    """Standard deviation of each lane into rows."""
    samples = tile.shape[0]
    share, rest = fill(_F(1 / samples)), fill(_F(1 / (samples - 1)))
    for lane in range(0, LANES, WIDTH):
        middle = load(rows, MIDDLE + lane)
        sums, squares = fill(_F(0)), fill(_F(0))
        for place in range(samples):
            off = load(tile, place * LANES + lane) - middle
            sums = sums + off
            squares = squares + off * off
        variance = (squares - sums * sums * share) * rest
        store(rows, SIGMA + lane, root(most(variance, fill(_F(0)))))


@kernel
def _scale_by_level(tile: Any, state: Any, rows: Any) -> None:
    """Deviation in proportion to the root of the level, the factor once for all rounds."""
    count = tile.shape[0]
    first = tile[0]
    for lane in range(LANES):
        rows[SQUARES + lane] = 0
    for place in range(count):
        row = tile[place]
        for lane in range(LANES):
            off = row[lane] - rows[MIDDLE + lane]
            rows[SQUARES + lane] += off * off
    rest = _F(1 / (count - 1))
    for lane in range(LANES):
        level = rows[MIDDLE + lane] - min(first[lane], _F(0))
        if state[lane] < 0:
            state[lane] = np.sqrt(rows[SQUARES + lane] / level * rest) if level > 0 else _F(0)
        rows[SIGMA + lane] = state[lane] * np.sqrt(max(level, _F(0)))


@kernel
def _winsorize(tile: Any, pairs: Any, state: Any, off: Any, rows: Any) -> None:
    """Winsorised mean and deviation of each lane into rows."""
    find_sn(tile, pairs, off, rows)
    for lane in range(0, LANES, WIDTH):
        _settle(tile, state, off, rows, lane)


@kernel
def _settle(tile: Any, state: Any, off: Any, rows: Any, lane: Any) -> None:
    """The same for the lanes of a vector, from Sn.

    Samples are sorted, so that limits change those at the ends only; the sums of the core, which
    no round has changed in any lane, are kept from round to round.
    """
    samples = tile.shape[0]
    none, infinite = fill(_F(0)), fill(_F(np.inf))
    share, rest = fill(_F(1 / samples)), fill(_F(1 / (samples - 1)))
    middle = load(rows, MIDDLE + lane)
    centre, sigma = none, load(rows, SIGMA + lane) * fill(_F(1.1926))
    cut = choose(load(state, lane) < none, fill(_F(5)), infinite)
    store(state, lane, fill(_F(1)))
    for place in range(samples):
        store(off, place * LANES + lane, load(tile, place * LANES + lane) - middle)
    lowest, highest = load(off, lane), load(off, (samples - 1) * LANES + lane)
    bottom, top = lowest, highest
    open_ = infinite > none
    head, tail = 0, samples
    core, core_squares = none, none
    for turn in range(_ROUNDS):
        width, far = fill(_F(1.5)) * sigma, cut * sigma
        bottom, top = centre - width, centre + width
        below, above = centre - far, centre + far
        while head < tail and count(load(off, head * LANES + lane) < bottom):
            if turn:
                value = load(off, head * LANES + lane)
                core = core - value
                core_squares = core_squares - value * value
            head += 1
        while head < tail and count(load(off, (tail - 1) * LANES + lane) > top):
            tail -= 1
            if turn:
                value = load(off, tail * LANES + lane)
                core = core - value
                core_squares = core_squares - value * value
        if turn == 0:
            for place in range(head, tail):
                value = load(off, place * LANES + lane)
                core = core + value
                core_squares = core_squares + value * value
        sums, squares = core, core_squares
        if count((lowest <= below) | (highest >= above)):
            for index in range(samples - tail + head):
                place = (index if index < head else index - head + tail) * LANES + lane
                value = load(off, place)
                gone = (value <= below) | (value >= above)
                value = choose(gone, centre, least(most(value, bottom), top))
                store(off, place, value)
                sums = sums + value
                squares = squares + value * value
        else:
            for index in range(samples - tail + head):
                place = (index if index < head else index - head + tail) * LANES + lane
                value = least(most(load(off, place), bottom), top)
                store(off, place, value)
                sums = sums + value
                squares = squares + value * value
        lowest, highest = bottom, top
        mean = sums * share
        variance = (squares - sums * mean) * rest
        after = fill(_F(1.134)) * root(most(variance, none))
        near = fill(_F(5e-4)) * sigma
        moves = (after - sigma >= near) | (sigma - after >= near)
        sigma, centre = choose(open_, after, sigma), choose(open_, mean, centre)
        open_ = open_ & (after > none)
        if turn:
            open_ = open_ & moves
        if not count(open_):
            break
    store(rows, SIGMA + lane, sigma)
    store(rows, CENTRE + lane, centre + middle)


@kernel
def find_sn(tile: Any, pairs: Any, scratch: Any, rows: Any) -> None:
    """Raw Sn of each lane into rows: low median over i of the high median over j of |x_i - x_j|.

    Of sorted samples the nearest ones lie side by side, so that the high median is the shortest
    reach from x_i that takes in a run of count // 2 + 1 samples. From run to run its upper end
    comes nearer as an end of the reach and its lower end leaves it; the best run is where they
    change places, and moves to the right with x_i.
    """
    samples = tile.shape[0]
    reach = samples // 2
    for lane in range(0, LANES, WIDTH):
        begin = 0
        for place in range(samples):
            value, best = load(tile, place * LANES + lane), fill(_F(np.inf))
            if samples <= _FEW:
                begin = max(0, place - reach)
            start, end = begin, min(place, samples - reach - 1)
            while start <= end:
                stop = end + 1 if samples <= _FEW else min(start + _STRIDE, end + 1)
                up, down = best, best
                for index in range(start, stop):
                    down = value - load(tile, index * LANES + lane)
                    up = load(tile, (index + reach) * LANES + lane) - value
                    best = least(best, most(down, up))
                short = count(up < down)
                if short == WIDTH:
                    begin = stop - 1  # of no use to any lane further left, now or for what comes
                if short == 0:
                    break
                start = stop
            store(scratch, place * LANES + lane, best)
    sort_columns(scratch, pairs)
    found = scratch[(samples + 1) // 2 - 1]
    for lane in range(LANES):
        rows[SIGMA + lane] = found[lane]


@kernel
def _reject_off_lines(tile: Any, rows: Any, options: Any, low: Any, high: Any) -> None:
    """Reject what lies far from the line through the sorted samples, and all beyond that."""
    count = tile.shape[0]
    for place in range(count):
        row = tile[place]
        for lane in range(LANES):
            off = row[lane] - (rows[START + lane] + rows[SLOPE + lane] * _F(place))
            off = off if rows[SIGMA + lane] > 0 else _F(0)
            below = (-off >= options[0] * rows[SIGMA + lane]) & (rows[SIGMA + lane] > 0)
            above = (
                (off >= options[1] * rows[SIGMA + lane])
                & (rows[SIGMA + lane] > 0)
                & (high[lane] == 0)
            )
            low[lane] = np.int32(place + 1) if below else low[lane]
            high[lane] = np.int32(count - place) if above else high[lane]
    for lane in range(LANES):  # the line passes between both ends
        high[lane] = min(high[lane], count - low[lane])


@kernel
def _reject_extremes(
    tile: Any, rows: Any, options: Any, critical: Any, low: Any, high: Any
) -> None:
    """Generalised extreme Studentised deviate: the extremes up to the last significant one.

    critical: a row for each count: how many steps, then the limit of each. options: low and high,
    0 where nothing is to be rejected.
    """
    count = tile.shape[0]
    steps, spare_low, spare_high = int(critical[count, 0]), options[0] == 0, options[1] == 0
    for lane in range(LANES):
        total, squares = 0.0, 0.0
        for place in range(count):
            off = np.float64(tile[place, lane]) - rows[MIDDLE + lane]
            total += off
            squares += off * off
        first, last = 0, count - 1
        for step in range(steps):
            left = count - step
            mean = total / left
            variance = (squares - total * mean) / (left - 1)
            if not variance > 0:
                break
            down = np.float64(tile[first, lane]) - rows[MIDDLE + lane]
            up = np.float64(tile[last, lane]) - rows[MIDDLE + lane]
            if (up - mean > mean - down or spare_low) and not spare_high:
                off, last = up, last - 1
            else:
                off, first = down, first + 1
            total -= off
            squares -= off * off
            if abs(off - mean) > critical[count, step + 1] * np.sqrt(variance):
                low[lane] = first
                high[lane] = count - 1 - last
