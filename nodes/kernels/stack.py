"""Rejection and combination of the samples of many frames, a chunk of pixels at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from nodes.kernels.jit import kernel
from nodes.kernels.lanes import BOTTOM, CENTRE, LANES, MIDDLE, NUMBERS, TOP
from nodes.kernels.rejection import reject
from nodes.kernels.sorting import sort_columns

_LOW_SHARE, _HIGH_SHARE, _PARTS = MIDDLE, CENTRE, LANES


@kernel
def stack_chunk(
    raw: Any,
    pixels: Any,
    scaling: Any,
    weights: Any,
    method: Any,
    options: Any,
    critical: Any,
    combine: Any,
    pairs: Any,
    ordered: Any,
    counts: Any,
    work: Any,
    out: Any,
    maps: Any,
    rejected: Any,
) -> None:
    """Integrate the pixels of a chunk.

    raw: float32 ``(frames, pixels or more)``; NaN and infinities are missing. scaling: float32
    ``(4, frames)``, factor and summand for rejection, then for the result. weights: float64, one
    a frame. method, options, critical: see reject. combine: 0 mean, 1 median, 2 minimum,
    3 maximum. pairs: network that sorts the frames. ordered: float32 scratch like raw. counts:
    int32 scratch ``(4, pixels or more)``. work: float32 scratch ``(2 * frames, LANES)``.
    out: float32, one a pixel. maps: float32 ``(3, pixels or more)``: samples rejected low, high,
    present; with five rows also the least and the greatest survivor where any was rejected there.
    rejected: float64 ``(2, frames)``, added to: samples lost by each frame.
    """
    frames = raw.shape[0]
    tile, scratch = work[:frames], work[frames:]
    rows, totals = np.zeros(NUMBERS, np.float32), np.zeros(2 * LANES)
    present, first, last, following = counts[0], counts[1], counts[2], counts[3]
    state = maps[0]
    heads = np.full(frames + 1, np.int32(-1))
    same = True
    for frame in range(frames):
        same &= scaling[0, frame] == scaling[2, frame] and scaling[1, frame] == scaling[3, frame]
    sort = method > 0 or combine > 0
    for start in range(0, pixels, LANES):
        width = min(LANES, pixels - start)
        _load(raw, start, width, scaling, tile, present)
        if sort:
            sort_columns(tile, pairs)
            for place in range(frames):
                row, target = tile[place], ordered[place, start : start + width]
                for lane in range(width):
                    target[lane] = row[lane]
    for pixel in range(pixels - 1, -1, -1):
        first[pixel] = 0
        last[pixel] = present[pixel]
        state[pixel] = -1
        following[pixel] = heads[present[pixel]]
        heads[present[pixel]] = pixel
    if method > 0:
        for count in range(frames, 0, -1):
            _reject_count(
                count, method, ordered, options, critical, pairs, heads, first, last, following,
                state, tile[:count], scratch, rows,
            )  # fmt: skip
    for start in range(0, pixels, LANES):
        width = min(LANES, pixels - start)
        _combine(
            raw, ordered, start, width, scaling, weights, combine, same, present, first, last,
            tile, rows, totals, pairs, out, rejected,
        )  # fmt: skip
    if maps.shape[0] > 3:
        for pixel in range(pixels):
            one, two, end = first[pixel], last[pixel], present[pixel]
            maps[3, pixel] = ordered[one, pixel] if one > 0 else np.float32(-np.inf)
            maps[4, pixel] = ordered[two - 1, pixel] if two < end else np.float32(np.inf)
    for pixel in range(pixels):
        maps[0, pixel] = first[pixel]
        maps[1, pixel] = present[pixel] - last[pixel]
        maps[2, pixel] = present[pixel]


@kernel
def _load(raw: Any, start: Any, width: Any, scaling: Any, tile: Any, present: Any) -> None:
    """Normalise a tile; what is missing becomes infinite, so that it is sorted to the end."""
    there = present[start : start + width]
    for lane in range(width):
        there[lane] = 0
    for frame in range(raw.shape[0]):
        source, target = raw[frame, start : start + width], tile[frame]
        factor, summand = scaling[0, frame], scaling[1, frame]
        for lane in range(width):
            value = source[lane]
            valid = value - value == 0
            target[lane] = value * factor + summand if valid else np.float32(np.inf)
            there[lane] += np.int32(valid)
        for lane in range(width, LANES):
            target[lane] = 0


@kernel
def _reject_count(
    count: Any,
    method: Any,
    ordered: Any,
    options: Any,
    critical: Any,
    pairs: Any,
    heads: Any,
    first: Any,
    last: Any,
    following: Any,
    state: Any,
    tile: Any,
    scratch: Any,
    rows: Any,
) -> None:
    """A round over all pixels that have so many samples left; losers wait under fewer."""
    chosen = np.zeros(LANES, np.int32)
    low = np.zeros(LANES, np.int32)
    high = np.zeros(LANES, np.int32)
    states = np.zeros(LANES, np.float32)
    pixel = heads[count]
    while pixel >= 0:
        lanes = 0
        side_by_side = True
        while pixel >= 0 and lanes < LANES:
            chosen[lanes] = pixel
            states[lanes] = state[pixel]
            side_by_side &= first[pixel] == 0 and pixel == chosen[0] + lanes
            lanes += 1
            pixel = following[pixel]
        if side_by_side:
            for place in range(count):
                row, source = tile[place], ordered[place, chosen[0] : chosen[0] + lanes]
                for lane in range(lanes):
                    row[lane] = source[lane]
        else:  # row by row, since columns that lie near one another share lines of the cache
            for place in range(count):
                row = tile[place]
                for lane in range(lanes):
                    row[lane] = ordered[first[chosen[lane]] + place, chosen[lane]]
        for lane in range(lanes, LANES):
            states[lane] = states[0]
            for place in range(count):
                tile[place, lane] = tile[place, 0]
        again = reject(
            method, tile, options, critical, pairs, states, scratch, rows, low, high
        )  # fmt: skip
        for lane in range(lanes):
            lost = low[lane] + high[lane]
            if lost:
                one = chosen[lane]
                first[one] += low[lane]
                last[one] -= high[lane]
                state[one] = states[lane]
                if again and count - lost >= 3:
                    following[one] = heads[count - lost]
                    heads[count - lost] = one


@kernel
def _combine(
    raw: Any,
    ordered: Any,
    start: Any,
    width: Any,
    scaling: Any,
    weights: Any,
    combine: Any,
    same: Any,
    present: Any,
    first: Any,
    last: Any,
    tile: Any,
    rows: Any,
    totals: Any,
    pairs: Any,
    out: Any,
    rejected: Any,
) -> None:
    """Combine the survivors of a tile; samples equal to one that went share the loss."""
    frames = raw.shape[0]
    lossy, split, full = False, False, True
    for lane in range(LANES):
        rows[BOTTOM + lane] = -np.inf
        rows[TOP + lane] = np.inf
        rows[_LOW_SHARE + lane] = 0
        rows[_HIGH_SHARE + lane] = 0
        totals[lane] = 0
        totals[_PARTS + lane] = 0
    for lane in range(width):
        pixel = start + lane
        full &= present[pixel] == frames
        if first[pixel] > 0 or last[pixel] < present[pixel]:
            lossy = True
            split |= _find_limits(ordered, pixel, present, first, last, lane, rows)
    end = start + width
    if split:
        _add_shares(raw, start, end, scaling, weights, rows, totals, rejected)
    elif lossy:
        _add_kept(raw, start, end, scaling, weights, rows, totals, rejected)
    elif combine == 0:
        _add_present(raw, start, end, scaling, weights, full, totals)
    target = out[start : start + width]
    if combine == 0:
        for lane in range(width):
            target[lane] = totals[lane] / totals[_PARTS + lane]
    elif same:
        for lane in range(width):
            one, two = first[start + lane], last[start + lane]
            target[lane] = _pick(ordered, one, two - one, start + lane, combine)
    else:
        _load_kept(raw, start, end, scaling, rows, tile)
        sort_columns(tile, pairs)
        for lane in range(width):
            count = 0
            while count < frames and tile[count, lane] < np.inf:
                count += 1
            target[lane] = _pick(tile, 0, count, lane, combine)


@kernel
def _add_present(
    raw: Any, start: Any, end: Any, scaling: Any, weights: Any, full: Any, totals: Any
) -> None:
    """Sums where nothing was rejected; full: and nothing is missing."""
    for frame in range(raw.shape[0]):
        source, weight = raw[frame, start:end], weights[frame]
        times, plus = scaling[2, frame], scaling[3, frame]
        if full:
            for lane in range(source.size):
                totals[lane] += weight * np.float64(source[lane] * times + plus)
                totals[_PARTS + lane] += weight
        else:
            for lane in range(source.size):
                value = source[lane]
                valid = value - value == 0
                totals[lane] += weight * np.float64(value * times + plus) if valid else 0.0
                totals[_PARTS + lane] += weight if valid else 0.0


@kernel
def _add_kept(
    raw: Any,
    start: Any,
    end: Any,
    scaling: Any,
    weights: Any,
    rows: Any,
    totals: Any,
    rejected: Any,
) -> None:
    """Sums of what lies within the limits; the rest is counted."""
    for frame in range(raw.shape[0]):
        source, weight = raw[frame, start:end], weights[frame]
        factor, summand = scaling[0, frame], scaling[1, frame]
        times, plus = scaling[2, frame], scaling[3, frame]
        below, above = np.int32(0), np.int32(0)
        for lane in range(source.size):
            value = source[lane]
            valid = value - value == 0
            place = value * factor + summand
            low = valid & (place < rows[BOTTOM + lane])
            high = valid & (place > rows[TOP + lane])
            below = np.int32(below + np.int32(low))
            above = np.int32(above + np.int32(high))
            keep = valid & (not low) & (not high)
            totals[lane] += weight * np.float64(value * times + plus) if keep else 0.0
            totals[_PARTS + lane] += weight if keep else 0.0
        rejected[0, frame] += below
        rejected[1, frame] += above


@kernel
def _add_shares(
    raw: Any,
    start: Any,
    end: Any,
    scaling: Any,
    weights: Any,
    rows: Any,
    totals: Any,
    rejected: Any,
) -> None:
    """The same where samples are equal to one that was rejected: each loses its share."""
    for frame in range(raw.shape[0]):
        source, weight = raw[frame, start:end], weights[frame]
        factor, summand = scaling[0, frame], scaling[1, frame]
        times, plus = scaling[2, frame], scaling[3, frame]
        for lane in range(source.size):
            value = source[lane]
            if value - value == 0:
                place = value * factor + summand
                low = 1.0 if place < rows[BOTTOM + lane] else 0.0
                high = 1.0 if place > rows[TOP + lane] else 0.0
                if place == rows[BOTTOM + lane]:
                    low = np.float64(rows[_LOW_SHARE + lane])
                if place == rows[TOP + lane]:
                    high = np.float64(rows[_HIGH_SHARE + lane])
                left = weight * max(0.0, 1 - low - high)
                totals[lane] += left * np.float64(value * times + plus)
                totals[_PARTS + lane] += left
                rejected[0, frame] += low
                rejected[1, frame] += high


@kernel
def _load_kept(raw: Any, start: Any, end: Any, scaling: Any, rows: Any, tile: Any) -> None:
    """The survivors as they are in the result; all others infinite."""
    for frame in range(raw.shape[0]):
        source, target = raw[frame, start:end], tile[frame]
        factor, summand = scaling[0, frame], scaling[1, frame]
        times, plus = scaling[2, frame], scaling[3, frame]
        for lane in range(source.size):
            value = source[lane]
            place = value * factor + summand
            keep = (value - value == 0) & (place >= rows[BOTTOM + lane])
            keep &= place <= rows[TOP + lane]
            target[lane] = value * times + plus if keep else np.float32(np.inf)


@kernel
def _find_limits(
    ordered: Any, pixel: Any, present: Any, first: Any, last: Any, lane: Any, rows: Any
) -> Any:
    """Least and greatest survivor, and which share of the samples equal to them is lost."""
    one, two, end = first[pixel], last[pixel], present[pixel]
    least, most = ordered[one, pixel], ordered[two - 1, pixel]
    rows[BOTTOM + lane], rows[TOP + lane] = least, most
    if not (one > 0 and ordered[one - 1, pixel] == least) and not (
        two < end and ordered[two, pixel] == most
    ):
        return False
    lost_low, lost_high, equal_low, equal_high = 0, 0, 0, 0
    for place in range(end):
        value = ordered[place, pixel]
        if value == least:
            equal_low += 1
            lost_low += place < one
        if value == most:
            equal_high += 1
            lost_high += place >= two
    rows[_LOW_SHARE + lane] = lost_low / equal_low
    rows[_HIGH_SHARE + lane] = lost_high / equal_high
    return True


@kernel
def _pick(column: Any, first: Any, count: Any, lane: Any, combine: Any) -> Any:
    """Median, minimum or maximum of sorted samples; NaN of none."""
    if count <= 0:
        return np.float32(np.nan)
    if combine == 1:
        one, two = column[first + (count - 1) // 2, lane], column[first + count // 2, lane]
        return np.float32(0.5) * (one + two)
    return column[first if combine == 2 else first + count - 1, lane]
