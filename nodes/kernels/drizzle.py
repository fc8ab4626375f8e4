"""Drizzle: pixels of a frame, shrunken to drops, fall on a finer grid of pixels.

A. S. Fruchter and R. N. Hook, 2002, PASP 114, 144. Each pixel of the result collects its drops, so
that rows of it can be made side by side. A run of neighbours is done at once: where their corners
lie in the frame, then for one pixel of the frame after the other (as far as any of them reaches)
the areas of all neighbours over contiguous arrays, which the compiler turns into vector
instructions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nodes.kernels.jit import kernel
from nodes.kernels.places import FAR, find_places

SQUARE, ALIGNED, TABLE = 0, 1, 2

_BLOCK = 256  # pixels of a row at once
_OUTSIDE, _ACROSS, _INSIDE = 0, 1, 2
_WIDEST = 64.0  # pixels of the frame that one of the result may cover
# rows of the arrays that a thread works in, each of a block
_X, _Y = 0, 4  # of four corners (square), or of the middle and both sides (aligned, table)
_STEP = 8  # one over the width of each side
_AREA, _VALUE, _SUM, _COVER, _FACTOR, _SUMMAND, _ROWS = 12, 13, 14, 17, 20, 23, 26


@kernel
def drizzle_rows(
    source: np.ndarray,
    matrix: np.ndarray,
    shifts: np.ndarray,
    geometry: np.ndarray,
    kind: int,
    half: float,
    table: np.ndarray,
    colors: np.ndarray,
    weight: float,
    change: np.ndarray,
    top: int,
    first: int,
    last: int,
    sums: np.ndarray,
    covers: np.ndarray,
) -> None:
    """Add a frame to rows of the sums and of the weights, float64 ``(channels, rows, width)``.

    source: float32 ``(planes, height, width)``, NaN where missing. matrix, shifts, geometry (left,
    top, step): where each pixel of the result lies in it. kind, half, table: the drop; half of its
    width in pixels of the frame (square) or of the result. colors: channel of each pixel of a
    square of 2 × 2, for a mosaic; empty else. weight: of the frame. change: factor and summand of
    values by channel in the rows to be done, ``(2, channels, last - first, width)``, without rows
    for none. top: the row of the result that is the first of the sums; first, last: of them.
    """
    work = np.zeros(_ROWS * _BLOCK, np.float32)
    columns, lines = np.empty(_BLOCK, np.int32), np.empty(_BLOCK, np.int32)
    bases, corners = np.empty(_BLOCK, np.int64), np.empty((4, _BLOCK + 1))
    channels, _, width = sums.shape
    edges = np.empty((4, width + 1))  # x and y above a row, then below it
    find_places(matrix, shifts, geometry, -0.5, first + top - 0.5, edges[2], edges[3])
    mosaic = colors.size > 0
    for row in range(first, last):
        edges[:2] = edges[2:]
        find_places(matrix, shifts, geometry, -0.5, row + top + 0.5, edges[2], edges[3])
        for start in range(0, width, _BLOCK):
            count = min(_BLOCK, width - start)
            for k in range(4):
                corners[k, : count + 1] = edges[k, start : start + count + 1]
            if kind == SQUARE:
                across, down = _place_corners(corners, half, count, columns, lines, work)
            else:
                across, down = _place_middles(corners, half, count, columns, lines, work)
            reach = _reach(source, columns[:count], lines[:count], across, down)
            if reach == _OUTSIDE:
                continue
            for k in range(count):
                bases[k] = np.int64(lines[k]) * source.shape[2] + columns[k]
            work[_SUM * _BLOCK : _FACTOR * _BLOCK] = 0
            for j in range(down):
                for i in range(across):
                    if kind == SQUARE:
                        _cover_square(work, i, j, half, count)
                    elif kind == ALIGNED:
                        _cover_aligned(work, i, j, half, count)
                    else:
                        _cover_table(work, i, j, half, table, count)
                    for plane in range(source.shape[0]):
                        if reach == _INSIDE:
                            _take(source[plane], bases, i, j, count, work)
                        else:
                            _take_some(source[plane], columns, lines, i, j, count, work)
                        if mosaic:
                            _add_colors(work, columns, lines, i, j, colors, count)
                        else:
                            _add(work, plane, count)
            for c in range(channels):
                total, cover = sums[c, row, start:], covers[c, row, start:]
                one = work[(_SUM + c) * _BLOCK : (_SUM + c + 1) * _BLOCK]
                two = work[(_COVER + c) * _BLOCK : (_COVER + c + 1) * _BLOCK]
                if change.shape[2]:
                    a, b = change[0, c, row - first, start:], change[1, c, row - first, start:]
                    for k in range(count):
                        total[k] += weight * (a[k] * one[k] + b[k] * two[k])
                        cover[k] += weight * two[k]
                else:
                    for k in range(count):
                        total[k] += weight * one[k]
                        cover[k] += weight * two[k]


@kernel
def _place_corners(
    corners: np.ndarray,
    half: float,
    count: int,
    columns: np.ndarray,
    lines: np.ndarray,
    work: np.ndarray,
) -> Any:
    """The first pixel of the frame whose drop each pixel may touch, and how many may be touched.

    Corners are kept relative to the corner of that first drop, in units of its side.
    """
    size = 1 / (2 * half)
    across = down = np.int32(0)
    for axis in range(2):
        upper, lower = corners[axis], corners[2 + axis]
        before, most = (columns, across) if axis == 0 else (lines, down)
        base = (_X if axis == 0 else _Y) * _BLOCK
        for k in range(count):
            p, q, r, s = upper[k], upper[k + 1], lower[k + 1], lower[k]
            one, two = (p if p < q else q), (r if r < s else s)
            low = one if one < two else two
            one, two = (p if p > q else q), (r if r > s else s)
            high = one if one > two else two
            good = high - low < _WIDEST
            start = np.floor((low if good else -FAR) - half) + 1
            end = np.ceil((high if good else -FAR) + half) - 1
            before[k] = np.int32(start)
            reach = np.int32(end - start) + np.int32(1)
            most = reach if reach > most else most
            zero = start - half
            work[base + k] = np.float32((p - zero) * size) if good else np.float32(0)
            work[base + _BLOCK + k] = np.float32((q - zero) * size) if good else np.float32(0)
            work[base + 2 * _BLOCK + k] = np.float32((r - zero) * size) if good else np.float32(0)
            work[base + 3 * _BLOCK + k] = np.float32((s - zero) * size) if good else np.float32(0)
        if axis == 0:
            across = most
        else:
            down = most
    for side in range(4):
        one = work[(_X + side) * _BLOCK : (_X + side + 1) * _BLOCK]
        two = work[(_X + (side + 1) % 4) * _BLOCK : (_X + (side + 1) % 4 + 1) * _BLOCK]
        step = work[(_STEP + side) * _BLOCK : (_STEP + side + 1) * _BLOCK]
        for k in range(count):
            wide = two[k] - one[k]
            step[k] = np.float32(1) / wide if wide != 0 else np.float32(0)
    return across, down


@kernel
def _place_middles(
    corners: np.ndarray,
    half: float,
    count: int,
    columns: np.ndarray,
    lines: np.ndarray,
    work: np.ndarray,
) -> Any:
    """The same for drops that lie along the pixels of the result.

    Kept are where the first pixel lies from the middle, and what a step in the frame adds, in
    pixels of the result: in the rows of x, then in those of y.
    """
    across = down = np.int32(0)
    reach = half + 0.5
    for k in range(count):
        x = (corners[0, k] + corners[0, k + 1] + corners[2, k] + corners[2, k + 1]) / 4
        y = (corners[1, k] + corners[1, k + 1] + corners[3, k] + corners[3, k + 1]) / 4
        a = (corners[0, k + 1] - corners[0, k] + corners[2, k + 1] - corners[2, k]) / 2
        b = (corners[2, k] - corners[0, k] + corners[2, k + 1] - corners[0, k + 1]) / 2
        c = (corners[1, k + 1] - corners[1, k] + corners[3, k + 1] - corners[3, k]) / 2
        d = (corners[3, k] - corners[1, k] + corners[3, k + 1] - corners[1, k + 1]) / 2
        det = a * d - b * c
        wide, high = reach * (abs(a) + abs(b)), reach * (abs(c) + abs(d))
        good = wide < _WIDEST and high < _WIDEST and det != 0
        x, y = (x if good else -FAR), (y if good else -FAR)
        wide, high, det = (wide if good else 0.5), (high if good else 0.5), (det if good else 1.0)
        left, upper = np.floor(x - wide) + 1, np.floor(y - high) + 1
        columns[k], lines[k] = np.int32(left), np.int32(upper)
        most = np.int32(np.ceil(x + wide) - left)
        across = most if most > across else across
        most = np.int32(np.ceil(y + high) - upper)
        down = most if most > down else down
        x, y = left - x, upper - y
        work[_X * _BLOCK + k] = np.float32((d * x - b * y) / det)
        work[(_X + 1) * _BLOCK + k] = np.float32(d / det)
        work[(_X + 2) * _BLOCK + k] = np.float32(-b / det)
        work[_Y * _BLOCK + k] = np.float32((a * y - c * x) / det)
        work[(_Y + 1) * _BLOCK + k] = np.float32(-c / det)
        work[(_Y + 2) * _BLOCK + k] = np.float32(a / det)
    return across, down


@kernel
def _reach(
    source: np.ndarray, columns: np.ndarray, lines: np.ndarray, across: int, down: int
) -> int:
    """Whether all pixels that some neighbours may touch lie within the frame, or none."""
    left = right = columns[0]
    upper = lower = lines[0]
    for k in range(columns.size):
        x, y = columns[k], lines[k]
        left, right = (x if x < left else left), (x if x > right else right)
        upper, lower = (y if y < upper else upper), (y if y > lower else lower)
    height, width = source.shape[1], source.shape[2]
    if right + across <= 0 or left >= width or lower + down <= 0 or upper >= height:
        return _OUTSIDE
    inside = left >= 0 and right + across <= width and upper >= 0 and lower + down <= height
    return _INSIDE if inside else _ACROSS


@kernel
def _side(x1: Any, y1: Any, x2: Any, y2: Any, step: Any) -> Any:
    """The area of the unit square below a line from one point to another."""
    zero, one = np.float32(0), np.float32(1)
    a, b = (x1 if x1 > zero else zero), (x2 if x2 > zero else zero)
    a, b = (a if a < one else one), (b if b < one else one)
    t, u = (a - x1) * step, (b - x1) * step
    t, u = (t if t > zero else zero), (u if u > zero else zero)
    t, u = (t if t < one else one), (u if u < one else one)
    high = y2 - y1
    p, q = y1 + high * t, y1 + high * u
    # the mean height from p to q of what is cut off below 0 and above 1: all terms have one sign
    c, d = (p if p > zero else zero), (q if q > zero else zero)
    c, d = (c if c < one else one), (d if d < one else one)
    over = (q if q > one else one) - (p if p > one else one)
    rise = q - p
    flat = abs(rise) < np.float32(1e-6)
    mean = ((d - c) * (d + c) * np.float32(0.5) + over) / (one if flat else rise)
    return (b - a) * ((c + d) * np.float32(0.5) if flat else mean)


@kernel
def _cover_square(work: np.ndarray, i: int, j: int, half: float, count: int) -> None:
    """The area of each pixel that the drop of one pixel of the frame covers, by its size."""
    dx, dy = np.float32(i / (2 * half)), np.float32(j / (2 * half))
    for k in range(count):
        x0, x1 = work[_X * _BLOCK + k] - dx, work[(_X + 1) * _BLOCK + k] - dx
        x2, x3 = work[(_X + 2) * _BLOCK + k] - dx, work[(_X + 3) * _BLOCK + k] - dx
        y0, y1 = work[_Y * _BLOCK + k] - dy, work[(_Y + 1) * _BLOCK + k] - dy
        y2, y3 = work[(_Y + 2) * _BLOCK + k] - dy, work[(_Y + 3) * _BLOCK + k] - dy
        area = (
            _side(x0, y0, x1, y1, work[_STEP * _BLOCK + k])
            + _side(x1, y1, x2, y2, work[(_STEP + 1) * _BLOCK + k])
            + _side(x2, y2, x3, y3, work[(_STEP + 2) * _BLOCK + k])
            + _side(x3, y3, x0, y0, work[(_STEP + 3) * _BLOCK + k])
        )
        area = abs(area)
        work[_AREA * _BLOCK + k] = area if area > np.float32(1e-7) else np.float32(0)


@kernel
def _cover_aligned(work: np.ndarray, i: int, j: int, half: float, count: int) -> None:
    """The same of drops that lie along the pixels of the result."""
    di, dj = np.float32(i), np.float32(j)
    reach, most = np.float32(half + 0.5), np.float32(min(2 * half, 1.0))
    size = np.float32(1 / (4 * half * half))
    zero = np.float32(0)
    for k in range(count):
        x = work[_X * _BLOCK + k] + di * work[(_X + 1) * _BLOCK + k]
        x += dj * work[(_X + 2) * _BLOCK + k]
        y = work[_Y * _BLOCK + k] + di * work[(_Y + 1) * _BLOCK + k]
        y += dj * work[(_Y + 2) * _BLOCK + k]
        x, y = reach - abs(x), reach - abs(y)
        x, y = (x if x > zero else zero), (y if y > zero else zero)
        x, y = (x if x < most else most), (y if y < most else most)
        work[_AREA * _BLOCK + k] = x * y * size


@kernel
def _cover_table(
    work: np.ndarray, i: int, j: int, half: float, table: np.ndarray, count: int
) -> None:
    """The same of round drops: by how far they are off, from a table."""
    di, dj = np.float32(i), np.float32(j)
    scale = np.float32((table.shape[0] - 1) / (half + 0.5))
    end, last = np.float32(table.shape[0] - 1), np.int32(table.shape[0] - 2)
    size = np.int32(table.shape[1])
    flat = table.reshape(-1)
    for k in range(count):
        x = work[_X * _BLOCK + k] + di * work[(_X + 1) * _BLOCK + k]
        x += dj * work[(_X + 2) * _BLOCK + k]
        y = work[_Y * _BLOCK + k] + di * work[(_Y + 1) * _BLOCK + k]
        y += dj * work[(_Y + 2) * _BLOCK + k]
        x, y = abs(x) * scale, abs(y) * scale
        x, y = (x if x < end else end), (y if y < end else end)
        left, upper = np.int32(x), np.int32(y)
        left, upper = (left if left < last else last), (upper if upper < last else last)
        u, v = x - np.float32(left), y - np.float32(upper)
        at = upper * size + left
        one = flat[at] + u * (flat[at + 1] - flat[at])
        two = flat[at + size] + u * (flat[at + size + 1] - flat[at + size])
        work[_AREA * _BLOCK + k] = one + v * (two - one)


@kernel
def _take(
    plane: np.ndarray, bases: np.ndarray, i: int, j: int, count: int, work: np.ndarray
) -> None:
    """The values of pixels of the frame, which all lie within it."""
    flat = plane.reshape(-1)
    value = work[_VALUE * _BLOCK : _VALUE * _BLOCK + count]
    step = j * plane.shape[1] + i
    for k in range(count):
        value[k] = flat[np.uint64(bases[k] + step)]


@kernel
def _take_some(
    plane: np.ndarray,
    columns: np.ndarray,
    lines: np.ndarray,
    i: int,
    j: int,
    count: int,
    work: np.ndarray,
) -> None:
    """The same; those outside of the frame are missing."""
    height, width = plane.shape
    value = work[_VALUE * _BLOCK : _VALUE * _BLOCK + count]
    for k in range(count):
        x, y = columns[k] + i, lines[k] + j
        value[k] = plane[y, x] if 0 <= x < width and 0 <= y < height else np.nan


@kernel
def _add(work: np.ndarray, c: int, count: int) -> None:
    """Add values times areas, and areas, to the sums of a channel."""
    total = work[(_SUM + c) * _BLOCK : (_SUM + c) * _BLOCK + count]
    cover = work[(_COVER + c) * _BLOCK : (_COVER + c) * _BLOCK + count]
    values = work[_VALUE * _BLOCK : _VALUE * _BLOCK + count]
    areas = work[_AREA * _BLOCK : _AREA * _BLOCK + count]
    for k in range(count):
        value, area = values[k], areas[k]
        there = value - value == 0
        area = area if there else np.float32(0)
        total[k] += area * (value if there else np.float32(0))
        cover[k] += area


@kernel
def _add_colors(
    work: np.ndarray,
    columns: np.ndarray,
    lines: np.ndarray,
    i: int,
    j: int,
    colors: np.ndarray,
    count: int,
) -> None:
    """Each value counts for the channel of its pixel only."""
    values = work[_VALUE * _BLOCK : _VALUE * _BLOCK + count]
    areas = work[_AREA * _BLOCK : _AREA * _BLOCK + count]
    x, y = columns[:count], lines[:count]
    across, down = np.int32(i), np.int32(j)
    for c in range(3):
        total = work[(_SUM + c) * _BLOCK : (_SUM + c) * _BLOCK + count]
        cover = work[(_COVER + c) * _BLOCK : (_COVER + c) * _BLOCK + count]
        # whether the four pixels of the pattern are of this channel
        a, b, d, e = colors[0] == c, colors[1] == c, colors[2] == c, colors[3] == c
        for k in range(count):
            odd, low = ((x[k] + across) & 1) != 0, ((y[k] + down) & 1) != 0
            value, area = values[k], areas[k]
            there = (value - value == 0) & ((e if odd else d) if low else (b if odd else a))
            area = area if there else np.float32(0)
            total[k] += area * (value if there else np.float32(0))
            cover[k] += area
