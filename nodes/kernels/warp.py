"""Drawing a frame on another grid of pixels: one pass, many neighbouring pixels at once.

A row of the result is done in blocks. Where the frame lies along the rows of the result, however
shifted or flipped, the pixels that a run of neighbours needs are neighbours too, and are copied
into a small tile row by row; where it is turned, they are gathered one by one. After that all is
sums of products over contiguous arrays, which the compiler turns into vector instructions.
Positive and negative products are summed apart, as clamping needs them. A tile with missing pixels
is summed a second time, over ones and zeros, which tells the weight of what is there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel
from nodes.kernels.taps import Taps
from nodes.kernels.tiles import (
    BLOCK,
    CELL,
    EDGE,
    SPAN,
    copy_tile,
    find_lowest,
    gather_tile,
    is_whole,
    mark_cells,
    mark_missing,
    sum_six,
    sum_six_turned,
    sum_taps,
)

_SHORT = 12  # runs of fewer neighbours are gathered pixel by pixel
_FAR = 1e9  # a place that is in no frame


class Place(NamedTuple):
    """Where each pixel of the result lies in the frame.

    matrix: 3 × 3, from (x, y, 1) of the result to the frame. shifts: ``(2, rows, columns)`` that
    are added, at every ``step`` pixels of the result from ``(left, top)`` on, linear in between
    and constant outside; without columns for none.
    """

    matrix: np.ndarray
    shifts: np.ndarray
    left: float
    top: float
    step: float


def warp(
    source: np.ndarray,
    place: Place,
    width: int,
    height: int,
    taps: Taps | None,
    *,
    threshold: float,
    floors: np.ndarray,
    ctx: Context = SILENT,
) -> np.ndarray:
    """A frame, float32 ``(channels, height, width)``, drawn on a grid of width × height pixels.

    taps: the kernel; None takes the nearest pixel. threshold: of the clamping, 1 or more for
    none. floors: for each channel, what negative lobes are measured from. Missing pixels are NaN,
    and so is what has less than half of its weight from pixels that are there.
    """
    source, matrix, shifts = _turn(source, place)
    channels, rows, columns = source.shape
    out = np.empty((channels, height, width), np.float32)
    geometry = np.array([place.left, place.top, place.step])
    if taps is None:
        run_bands(
            lambda first, last: _nearest_rows(source, matrix, shifts, geometry, first, last, out),
            height, ctx=ctx, text="drawing",
        )  # fmt: skip
        return out
    whole = np.empty((channels, rows, -(-columns // CELL)), np.bool_)
    run_bands(
        lambda first, last: mark_cells(source, first, last, whole), rows, span=(0, 0.1), ctx=ctx
    )
    clamp: Any = np.float32(threshold if taps.clamped and threshold < 1 else 2)
    run_bands(
        lambda first, last: _warp_rows(
            source, whole, matrix, shifts, geometry, taps.polynomials, taps.signs, clamp,
            floors, first, last, out,
        ),
        height, ctx=ctx, text="drawing", span=(0.1, 1.0),
    )  # fmt: skip
    return out


def _turn(source: np.ndarray, place: Place) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The frame turned by quarters and mirrored so that it runs along with the result."""
    matrix = np.array(place.matrix, np.float64)
    shifts = np.array(place.shifts, np.float64)
    if abs(matrix[0, 1]) + abs(matrix[1, 0]) > abs(matrix[0, 0]) + abs(matrix[1, 1]):
        source, matrix, shifts = source.transpose(0, 2, 1), matrix[[1, 0, 2]], shifts[::-1].copy()
    for axis in range(2):
        if matrix[axis, axis] < 0:
            length = source.shape[2 - axis]
            matrix[axis] = (length - 1) * matrix[2] - matrix[axis]
            shifts[axis] *= -1
            source = np.flip(source, 2 - axis)
    return np.ascontiguousarray(source), matrix, shifts


@kernel
def _find_places(
    matrix: np.ndarray,
    shifts: np.ndarray,
    geometry: np.ndarray,
    x: int,
    y: int,
    xs: np.ndarray,
    ys: np.ndarray,
) -> None:
    """Where the pixels from (x, y) on along a row lie in the frame."""
    a, b, c = matrix[0, 0], matrix[0, 1] * y + matrix[0, 2], matrix[1, 0]
    d, e, f = matrix[1, 1] * y + matrix[1, 2], matrix[2, 0], matrix[2, 1] * y + matrix[2, 2]
    count = xs.size
    if e == 0:
        for k in range(count):
            xs[k] = (a * (x + k) + b) / f
            ys[k] = (c * (x + k) + d) / f
    else:
        for k in range(count):
            w = e * (x + k) + f
            w = w if w > 0 else np.nan  # behind the horizon
            xs[k] = (a * (x + k) + b) / w
            ys[k] = (c * (x + k) + d) / w
    if shifts.shape[2] > 0:
        _add_shifts(shifts, geometry, x, y, xs, ys)
    for k in range(count):
        inside = abs(xs[k]) < _FAR and abs(ys[k]) < _FAR  # false for what is not a number, too
        xs[k] = xs[k] if inside else -_FAR
        ys[k] = ys[k] if inside else -_FAR


@kernel
def _add_shifts(
    shifts: np.ndarray, geometry: np.ndarray, x: int, y: int, xs: np.ndarray, ys: np.ndarray
) -> None:
    rows, columns = shifts.shape[1], shifts.shape[2]
    v = min(max((y - geometry[1]) / geometry[2], 0.0), rows - 1.0)
    above = min(int(v), max(rows - 2, 0))
    below = min(above + 1, rows - 1)
    v -= above
    for k in range(xs.size):
        u = min(max((x + k - geometry[0]) / geometry[2], 0.0), columns - 1.0)
        left = min(int(u), max(columns - 2, 0))
        right = min(left + 1, columns - 1)
        u -= left
        for axis in range(2):
            upper = (1 - u) * shifts[axis, above, left] + u * shifts[axis, above, right]
            lower = (1 - u) * shifts[axis, below, left] + u * shifts[axis, below, right]
            if axis == 0:
                xs[k] += (1 - v) * upper + v * lower
            else:
                ys[k] += (1 - v) * upper + v * lower


@kernel
def _nearest_rows(
    source: np.ndarray,
    matrix: np.ndarray,
    shifts: np.ndarray,
    geometry: np.ndarray,
    first: int,
    last: int,
    out: np.ndarray,
) -> None:
    channels, height, width = source.shape
    xs, ys = np.empty(out.shape[2]), np.empty(out.shape[2])
    for y in range(first, last):
        _find_places(matrix, shifts, geometry, 0, y, xs, ys)
        for k in range(out.shape[2]):
            i, j = int(np.floor(xs[k] + 0.5)), int(np.floor(ys[k] + 0.5))
            inside = 0 <= i < width and 0 <= j < height
            for c in range(channels):
                out[c, y, k] = source[c, j, i] if inside else np.nan


@kernel
def _warp_rows(
    source: np.ndarray,
    whole: np.ndarray,
    matrix: np.ndarray,
    shifts: np.ndarray,
    geometry: np.ndarray,
    polynomials: np.ndarray,
    signs: np.ndarray,
    threshold: float,
    floors: np.ndarray,
    first: int,
    last: int,
    out: np.ndarray,
) -> None:
    taps = 2 * signs.size
    xs, ys = np.empty(BLOCK), np.empty(BLOCK)
    columns, rows = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    weights = np.empty((2, EDGE * BLOCK), np.float32)  # along rows, along columns
    lobes = np.empty((2, BLOCK), np.float32)  # sums of the positive ones
    rest = np.empty((2, BLOCK), np.float32)
    sums = np.zeros((5, BLOCK), np.float32)
    sums[4] = -np.inf  # the darkest pixels; none is darker than this where nothing is clamped
    tile = np.empty((2, taps * taps * SPAN), np.float32)
    for y in range(first, last):
        for start in range(0, out.shape[2], BLOCK):
            count = min(BLOCK, out.shape[2] - start)
            _find_places(matrix, shifts, geometry, start, y, xs[:count], ys[:count])
            _split(xs[:count], columns, rest[0])
            _split(ys[:count], rows, rest[1])
            for axis in range(2):
                _weigh(rest[axis, :count], polynomials, signs, weights[axis], lobes[axis])
            runs = _count_runs(columns, rows, count)
            turned = runs > 1 and runs * _SHORT > count
            begin = 0
            while begin < count:
                end = count if turned or runs == 1 else _end_run(columns, rows, begin, count)
                for c in range(source.shape[0]):
                    missing = _sum_run(
                        source[c], whole[c], columns, rows, begin, end, turned, signs, weights,
                        rest, tile, threshold < 1, sums,
                    )  # fmt: skip
                    target = out[c, y, start + begin : start + end]
                    if missing:
                        _finish_parts(sums, lobes, begin, threshold, floors[c], target)
                    else:
                        _finish(sums, lobes, begin, threshold, floors[c], target)
                begin = end


@kernel
def _count_runs(columns: np.ndarray, rows: np.ndarray, count: int) -> int:
    """How many pieces of a row lie side by side in the frame."""
    runs = 1
    for k in range(1, count):
        runs += (rows[k] != rows[k - 1]) | (columns[k] - columns[k - 1] != 1)
    return runs


@kernel
def _end_run(columns: np.ndarray, rows: np.ndarray, begin: int, count: int) -> int:
    """Where the pixels end that lie side by side in the frame as in the result."""
    row, shift = rows[begin], columns[begin] - begin
    end = begin + 1
    while end < count and rows[end] == row and columns[end] - end == shift:
        end += 1
    return end


@kernel
def _split(places: np.ndarray, before: np.ndarray, rest: np.ndarray) -> None:
    """The pixel before each place, and how far beyond the middle to the next one the place is."""
    for k in range(places.size):
        low = np.floor(places[k])
        before[k] = np.int64(low)
        rest[k] = np.float32(places[k] - low - 0.5)


@kernel
def _weigh(
    u: np.ndarray, polynomials: np.ndarray, signs: np.ndarray, weights: np.ndarray, lobe: np.ndarray
) -> None:
    """The sizes of the weights of all taps, a stretch of the array for each; sums of positive."""
    count, pairs = u.size, signs.size
    t0 = t1 = t2 = t3 = np.float32(0)
    for p in range(pairs):
        sign = np.float32(signs[p])
        c, d = polynomials[p, 0], polynomials[p, 1]
        c0, c1, c2, c3 = sign * c[0], sign * c[1], sign * c[2], sign * c[3]
        d0, d1, d2, d3 = sign * d[0], sign * d[1], sign * d[2], sign * d[3]
        q = 2 * pairs - 1 - p
        one = weights[p * BLOCK : p * BLOCK + count]
        other = weights[q * BLOCK : q * BLOCK + count]
        for k in range(count):
            t = u[k]
            z = t * t
            even = ((c0 * z + c1) * z + c2) * z + c3
            odd = (((d0 * z + d1) * z + d2) * z + d3) * t
            one[k] = even + odd
            other[k] = even - odd
        if sign > 0:
            t0, t1, t2, t3 = t0 + c0, t1 + c1, t2 + c2, t3 + c3
    for k in range(count):
        z = u[k] * u[k]
        even = ((t0 * z + t1) * z + t2) * z + t3
        lobe[k] = even + even


@kernel
def _sum_run(
    source: np.ndarray,
    whole: np.ndarray,
    columns: np.ndarray,
    rows: np.ndarray,
    begin: int,
    end: int,
    turned: bool,
    signs: np.ndarray,
    weights: np.ndarray,
    rest: np.ndarray,
    tile: np.ndarray,
    clamp: bool,
    sums: np.ndarray,
) -> bool:
    """Positive and negative sums of products of some pixels; whether some had missing taps."""
    taps, count = 2 * signs.size, end - begin
    if turned:
        x, y = columns[begin:end].min() - taps // 2 + 1, rows[begin:end].min() - taps // 2 + 1
        wide, tall = (
            columns[begin:end].max() + taps // 2 + 1 - x,
            rows[begin:end].max() + taps // 2 + 1 - y,
        )
        if taps == 6 and signs[1] < 0 and is_whole(whole, source.shape[1], x, y, wide, tall):
            sum_six_turned(source, columns, rows, weights, count, sums)
            return False
        missing = gather_tile(source, columns, rows, count, taps, tile)
        step, row = SPAN, taps * SPAN
    else:
        x, y = columns[begin] - taps // 2 + 1, rows[begin] - taps // 2 + 1
        clean = is_whole(whole, source.shape[1], x, y, count + taps - 1, taps)
        if clean and taps == 6 and signs[1] < 0:
            sum_six(source, x, y, weights, begin, count, sums)
            return False
        missing = not clean
        copy_tile(source, x, y, count, taps, tile)
        if missing:
            mark_missing(tile, taps, SPAN, count + taps - 1)
        step, row = 1, SPAN
    sum_taps(tile[0], row, step, signs, weights, begin, end, rest, sums[0], sums[1])
    if missing:
        sum_taps(tile[1], row, step, signs, weights, begin, end, rest, sums[2], sums[3])
    if clamp:
        find_lowest(tile, row, step, taps, missing, sums[4, :count])
    return missing


@kernel
def _finish(
    sums: np.ndarray, lobes: np.ndarray, begin: int, threshold: float, floor: float, out: np.ndarray
) -> None:
    """Clamp the negative part where all taps are there."""
    flat, sizes = sums.reshape(-1), lobes.reshape(-1)[begin:]
    one, zero = np.float32(1), np.float32(0)
    scale = one / (one - threshold)
    for k in range(out.size):
        px, py, lowest = sizes[k], sizes[BLOCK + k], flat[4 * BLOCK + k]
        nx, ny = px - one, py - one
        wp, wn = px * py + nx * ny, px * ny + nx * py
        p, n = flat[k] - floor * wp, flat[BLOCK + k] - floor * wn
        r = n / p if p > zero else one
        r = r if r < one else one
        r = r if r > threshold else threshold
        q = (r - threshold) * scale
        c = one - q * q
        clamped = floor + (p - c * n) / (wp - c * wn)
        plain = flat[k] - flat[BLOCK + k]
        raised = clamped if clamped < lowest else lowest
        raised = raised if raised > plain else plain
        out[k] = raised if plain < lowest else plain


@kernel
def _finish_parts(
    sums: np.ndarray, lobes: np.ndarray, begin: int, threshold: float, floor: float, out: np.ndarray
) -> None:
    """The same, divided by the weight of the taps that are there."""
    one, zero, half = np.float32(1), np.float32(0), np.float32(0.5)
    scale = one / (one - threshold)
    for k in range(out.size):
        px, py, lowest = lobes[0, begin + k], lobes[1, begin + k], sums[4, k]
        size = (px + px - one) * (py + py - one)
        wp, wn = sums[2, k], sums[3, k]
        p, n = sums[0, k] - floor * wp, sums[1, k] - floor * wn
        r = min(n / p if p > zero else one, one)
        q = (max(r, threshold) - threshold) * scale
        c = one - q * q
        clamped = floor + (p - c * n) / (wp - c * wn)
        plain = (sums[0, k] - sums[1, k]) / (wp - wn)
        value = max(min(clamped, lowest), plain) if plain < lowest else plain
        gone = (wp - wn < half) | (wp + wn < half * size)
        out[k] = np.float32(np.nan) if gone else value
