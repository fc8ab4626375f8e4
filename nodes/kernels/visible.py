"""The rows of a viewport: sampled from a level of an image, stretched and painted."""

from __future__ import annotations

from typing import Any

import numpy as np

from nodes.kernels.display import display
from nodes.kernels.jit import kernel

#: what is made of the channels of an image
COLOR, CHANNEL, LUMINANCE, CLIPPING = range(4)


@kernel
def _sample(
    level: Any, left: Any, places: Any, taps: Any, source: Any, shares: Any, sums: Any, line: Any
) -> None:
    """One line of the screen of one channel: the mean of the area of every pixel, or NaN.

    Summed as if no value were missing; where that gave NaN, by valid ones only.
    """
    width = places.size
    span = sums.size
    if shares.size == 1 and taps.shape[0] == 1:
        values = level[source, left : left + span]
        for x in range(width):
            line[x] = values[places[x]]
        return
    if shares.size == 3:  # as many as most zooms need; twice as fast as the loop
        upper = level[source, left : left + span]
        middle = level[source + 1, left : left + span]
        lower = level[source + 2, left : left + span]
        a, b, c = shares
        for x in range(span):
            sums[x] = a * upper[x] + b * middle[x] + c * lower[x]
    else:
        sums[:] = 0
        for k in range(shares.size):
            share = shares[k]
            values = level[source + k, left : left + span]
            for x in range(span):
                sums[x] += share * values[x]
    if taps.shape[0] == 3:
        one, two, three = taps
        for x in range(width):
            place = places[x]
            line[x] = (
                one[x] * sums[place]
                + two[x] * sums[place + np.uint64(1)]
                + three[x] * sums[place + np.uint64(2)]
            )
    else:
        line[:] = 0
        for k in range(taps.shape[0]):
            tap = taps[k]
            for x in range(width):
                line[x] += tap[x] * sums[places[x] + np.uint64(k)]
    missing = 0
    for x in range(width):
        missing += line[x] != line[x]
    if missing:
        for x in range(width):
            if line[x] != line[x]:
                line[x] = _mean_of_valid(level, source, shares, left + np.int64(places[x]), taps, x)


@kernel
def _mean_of_valid(level: Any, source: Any, shares: Any, start: Any, taps: Any, x: Any) -> Any:
    total = 0.0
    weight = 0.0
    for i in range(shares.size):
        for k in range(taps.shape[0]):
            share = np.float64(shares[i]) * taps[k, x]
            v = level[source + i, start + k]
            if share > 0 and v == v:
                total += share * v
                weight += share
    return np.float32(total / weight) if weight > 0 else np.float32(np.nan)


@kernel
def render_rows(
    level: Any, rows: Any, limits: Any, mode: Any, starts: Any, taps: Any, begin: Any,
    sources: Any, shares: Any, upper: Any, lower: Any, tint: Any, tints: Any, strength: Any,
    first: Any, last: Any, top: Any, bottom: Any, background: Any, buffer: Any,
) -> None:  # fmt: skip
    """Rows ``top`` to ``bottom`` of :func:`nodes.kernels.viewport.render_viewport`.

    level: float32 (channels, height, width). rows, limits: of its stretch. starts, taps: what is
    under the columns from ``begin`` on; sources, shares: under the rows from ``upper`` to
    ``lower``. tint: of the mask, when tints. first, last: the columns to be written.
    """
    channels = level.shape[0]
    width = starts.size
    left = starts[0] if width else 0
    span = starts[-1] - left + taps.shape[0] if width else 0
    places = (starts - left).astype(np.uint64)  # unsigned: no index counts from the end
    lines = np.empty((channels, width), np.float32)
    shown = np.empty((3, width))
    cover = np.empty(width, np.float32)
    sums = np.empty(span, np.float32)
    share = np.empty(shares.shape[0], np.float32)
    red, green, blue = background
    before = -1
    for y in range(top, bottom):
        out = buffer[y]
        inside = upper <= y < lower and width > 0
        edge = begin if inside else last
        for x in range(first, edge):
            out[x, 0], out[x, 1], out[x, 2], out[x, 3] = red, green, blue, 1
        if not inside:
            continue
        for x in range(begin + width, last):
            out[x, 0], out[x, 1], out[x, 2], out[x, 3] = red, green, blue, 1
        place = y - upper
        source = sources[place]
        if shares.shape[0] == 1:
            if source == before:  # the same row of the image again
                buffer[y, begin : begin + width] = buffer[y - 1, begin : begin + width]
                continue
            before = source
        for k in range(share.size):
            share[k] = shares[k, place]
        for c in range(channels):
            line = lines[c]
            codes = shown[c]
            _sample(level[c], left, places, taps, source, share, sums, line)
            shadows, scale, midtones, low, expand = rows[c]
            for x in range(width):
                v = np.float64(line[x])
                d = display(v, shadows, scale, midtones, low, expand)
                codes[x] = d if v == v else 0.0
        if channels == 1:
            shown[1], shown[2] = shown[0], shown[0]
        if mode == LUMINANCE and channels == 3:
            for x in range(width):
                grey = 0.2126 * shown[0, x] + 0.7152 * shown[1, x] + 0.0722 * shown[2, x]
                shown[0, x], shown[1, x], shown[2, x] = grey, grey, grey
        if mode == CLIPPING:
            _paint_clipped(lines, limits, shown)
        if tints:
            _sample(tint[0], left, places, taps, source, share, sums, cover)
            _tint(cover, strength, shown)
        _store(shown, out[begin : begin + width])


@kernel
def _paint_clipped(lines: Any, limits: Any, shown: Any) -> None:
    """Blue where a channel is below its shadows, red where one is at or above its highlights."""
    for x in range(shown.shape[1]):
        below = False
        above = False
        for c in range(lines.shape[0]):
            below |= lines[c, x] < limits[c, 0]
            above |= lines[c, x] >= limits[c, 1]
        if above:
            shown[0, x], shown[1, x], shown[2, x] = 1.0, 0.0, 0.0
        elif below:
            shown[0, x], shown[1, x], shown[2, x] = 0.0, 0.0, 1.0


@kernel
def _tint(cover: Any, strength: Any, shown: Any) -> None:
    """Red where a mask protects, as PixInsight shows it."""
    for x in range(cover.size):
        share = strength * (1 - cover[x]) if cover[x] == cover[x] else strength
        share = min(max(share, 0.0), 1.0)
        shown[0, x] += share * (1 - shown[0, x])
        shown[1, x] -= share * shown[1, x]
        shown[2, x] -= share * shown[2, x]


@kernel
def _store(shown: Any, out: Any) -> None:
    for x in range(out.shape[0]):
        out[x, 0] = shown[0, x]
        out[x, 1] = shown[1, x]
        out[x, 2] = shown[2, x]
        out[x, 3] = 1
