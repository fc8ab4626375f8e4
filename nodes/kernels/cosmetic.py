"""Pixels that stand out from their neighbours, and pixels that are given from outside.

All neighbours are of the same colour: ``step`` pixels apart, 2 in a raw mosaic.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel
from nodes.kernels.margins import small_median, with_margins
from nodes.kernels.ranks import selection
from nodes.kernels.sorting import sort_columns

#: the ring of 7 × 7 pixels without the inner 3 × 3, by rows and columns
RING = tuple((j, i) for j in range(-3, 4) for i in range(-3, 4) if max(abs(j), abs(i)) > 1)
_LANES = 128
_BAND = 64
#: neighbours that are brighter than the ring by more mean deviations belong to a star
_STARLESS = np.float32(1.5)
_ROUNDING = np.float32(1e-6)
_SAMPLE = 32  # bands of rows of which the noise is measured
#: deviation of a pixel less the median of its eight neighbours, for noise of deviation 1
_SPREAD = math.sqrt(1 + 0.16826)
#: mean absolute deviation of noise of deviation 1
_MEAN = math.sqrt(2 / math.pi)


def subtract_neighbours(plane: np.ndarray, step: int, ctx: Context = SILENT) -> np.ndarray:
    """Each pixel less the median of its eight neighbours; missing pixels stay missing."""
    out = np.empty(plane.shape, np.float32)

    def work(first: int, last: int) -> None:
        padded, _ = with_margins(plane, first, last, step, step, step)
        _subtract(padded, step, plane[first:last], out[first:last])

    run_bands(work, len(plane), band=_BAND, ctx=ctx)
    return out


def deviations(plane: np.ndarray, step: int) -> np.ndarray:
    """Mean absolute deviation of the noise at the places of a ``step`` × ``step`` pattern.

    Measured on rows spread over the plane, by the median of what stands out from the neighbours,
    so that neither stars nor gradients matter.
    """
    height = len(plane)
    tops = np.unique(np.linspace(0, max(height - step, 0), _SAMPLE).astype(int) // step * step)
    parts = []
    for top in tops:
        rows = plane[top : top + step]
        padded, _ = with_margins(plane, top, top + len(rows), step, step, step)
        part = np.empty(rows.shape, np.float32)
        _subtract(padded, step, rows, part)
        parts.append(part)
    out = np.zeros((step, step), np.float32)
    for y in range(step):
        for x in range(step):
            found = np.concatenate([part[y::step, x::step].ravel() for part in parts])
            size = np.abs(found[np.isfinite(found)])
            if size.size:
                out[y, x] = 1.4826 * float(np.median(size)) / _SPREAD * _MEAN
    return out


def correct_auto(
    plane: np.ndarray,
    out: np.ndarray,
    step: int,
    hot: float,
    cold: float,
    amount: float,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> tuple[np.ndarray, np.ndarray]:
    """Write the plane to out, hot and cold pixels replaced; their flat indices, which are cold.

    hot, cold: how many mean deviations they stand out; infinity finds none.
    """
    height, width = plane.shape
    noise = np.ascontiguousarray(deviations(plane, step)[:, np.arange(width) % step])
    limits = np.empty((2, *noise.shape), np.float32)
    for limit, sigmas in zip(limits, (hot, cold), strict=True):
        limit[:] = noise * np.float32(sigmas) if sigmas < math.inf else np.inf
    ring = np.array(RING, np.int64)
    half = len(RING) // 2
    ranks = selection(len(RING), (0, half - 1, half, len(RING) - 1))

    def work(first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
        padded, _ = with_margins(plane, first, last, 3 * step, step, step)
        found = np.empty((last - first) * width // 8 + 64, np.int64)
        while True:
            count = _correct_rows(
                padded, step, noise, limits, hot, cold, np.float32(amount), ring, ranks,
                plane, first, out[first:last], found,
            )  # fmt: skip
            if count <= found.size:
                return np.abs(found[:count]) - 1, found[:count] < 0
            found = np.empty(count, np.int64)

    parts: Any = run_bands(work, height, band=_BAND, ctx=ctx, span=span, text="defects")
    index = np.concatenate([part[0] for part in parts])
    return index, np.concatenate([part[1] for part in parts])


@kernel
def _less(a: Any, b: Any) -> Any:
    return a if a < b else b


@kernel
def _more(a: Any, b: Any) -> Any:
    return b if a < b else a


@kernel
def _median_of_eight(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any) -> Any:
    """The mean of the two central values; Batcher's network, of which two outputs are used."""
    a, b = _less(a, b), _more(a, b)
    c, d = _less(c, d), _more(c, d)
    e, f = _less(e, f), _more(e, f)
    g, h = _less(g, h), _more(g, h)
    a, c = _less(a, c), _more(a, c)
    b, d = _less(b, d), _more(b, d)
    e, g = _less(e, g), _more(e, g)
    f, h = _less(f, h), _more(f, h)
    b, c = _less(b, c), _more(b, c)
    f, g = _less(f, g), _more(f, g)
    e, f = _more(a, e), _more(b, f)
    c, d = _less(c, g), _less(d, h)
    e, d = _more(c, e), _less(d, f)
    return np.float32(0.5) * (d + e)


@kernel
def _neighbour_medians(padded: Any, step: Any, row: Any, left: Any, out: Any) -> None:
    """Medians of the eight neighbours for one row of pixels, the first ``left`` from the edge."""
    width = out.size
    above, here, below = padded[row - step], padded[row], padded[row + step]
    a0 = above[left - step : left - step + width]
    a1 = above[left : left + width]
    a2 = above[left + step : left + step + width]
    b0 = here[left - step : left - step + width]
    b2 = here[left + step : left + step + width]
    c0 = below[left - step : left - step + width]
    c1 = below[left : left + width]
    c2 = below[left + step : left + step + width]
    for x in range(width):
        out[x] = _median_of_eight(a0[x], a1[x], a2[x], b0[x], b2[x], c0[x], c1[x], c2[x])


@kernel
def _subtract(padded: Any, step: Any, source: Any, out: Any) -> None:
    for y in range(out.shape[0]):
        line, target = source[y], out[y]
        _neighbour_medians(padded, step, y + step, step, target)
        for x in range(out.shape[1]):
            target[x] = line[x] - target[x]


@kernel
def _correct_rows(
    padded: Any,
    step: Any,
    noise: Any,
    limits: Any,
    hot: Any,
    cold: Any,
    amount: Any,
    ring: Any,
    ranks: Any,
    source: Any,
    first: Any,
    out: Any,
    found: Any,
) -> Any:
    """Correct rows; found gets flat index + 1, negative for cold. Returns how many there are.

    Few pixels stand out of their eight neighbours by as much as the noise asks for. Only their
    rings are looked at, many side by side.
    """
    height, width = out.shape
    margin = 3 * step
    medians = np.empty(width, np.float32)
    marks = np.zeros((width + 7) // 8 * 8, np.uint8)
    words = marks.view(np.uint64)
    tile = np.empty((ring.shape[0], _LANES), np.float32)
    work = np.zeros((5, _LANES), np.float32)
    places = np.zeros((2, _LANES), np.int64)
    lanes = count = 0
    for row in range(height):
        y = first + row
        line, target = source[y], out[row]
        above, below = limits[0, y % step], limits[1, y % step]
        _neighbour_medians(padded, step, row + margin, margin, medians)
        for x in range(width):
            v, m = line[x], medians[x]
            target[x] = v
            marks[x] = (v > m + above[x]) | (v + below[x] < m)
        for word in range(words.size):
            if words[word]:
                for x in range(8 * word, min(8 * word + 8, width)):
                    if marks[x]:
                        places[0, lanes], places[1, lanes] = row, x
                        work[0, lanes], work[1, lanes] = medians[x], noise[y % step, x]
                        lanes += 1
                        if lanes == _LANES:
                            _measure_rings(padded, step, ring, ranks, places, lanes, tile, work)
                            count = _decide(
                                hot, cold, amount, first, places, lanes, work, out, found, count
                            )
                            lanes = 0
    _measure_rings(padded, step, ring, ranks, places, lanes, tile, work)
    return _decide(hot, cold, amount, first, places, lanes, work, out, found, count)


@kernel
def _measure_rings(
    padded: Any, step: Any, ring: Any, ranks: Any, places: Any, lanes: Any, tile: Any, work: Any
) -> None:
    """Mean of the eight neighbours, level of the ring and its deviation, for each lane."""
    margin, width = 3 * step, padded.shape[1]
    size = ring.shape[0]
    flat = padded.reshape(-1)
    # unsigned steps wrap around, which spares a test for negative ones at each of 48 values
    steps = np.empty(size, np.uintp)
    for k in range(size):
        steps[k] = np.uintp((ring[k, 0] * width + ring[k, 1]) * step)
    down, right = np.uintp(step * width), np.uintp(step)
    for lane in range(lanes):
        i = np.uintp((places[0, lane] + margin) * width + places[1, lane] + margin)
        for k in range(size):
            tile[k, lane] = flat[i + steps[k]]
        above = flat[i - down - right] + flat[i - down] + flat[i - down + right]
        below = flat[i + down - right] + flat[i + down] + flat[i + down + right]
        work[2, lane] = (above + below + flat[i - right] + flat[i + right]) * np.float32(0.125)
    sort_columns(tile, ranks)
    level, deviation, inside = work[3], work[4], np.zeros(_LANES, np.float32)
    least, most = tile[0], tile[size - 1]
    for lane in range(_LANES):
        level[lane] = np.float32(0.5) * (tile[size // 2 - 1, lane] + tile[size // 2, lane])
        deviation[lane] = np.float32(0)
    for k in range(size):
        line = tile[k]
        for lane in range(_LANES):
            apart = abs(line[lane] - level[lane])
            near = apart <= np.float32(0.9) * (most[lane] - least[lane])
            deviation[lane] += apart if near else np.float32(0)
            inside[lane] += np.float32(near)
    for lane in range(_LANES):
        deviation[lane] /= max(inside[lane], np.float32(1))


@kernel
def _decide(
    hot: Any,
    cold: Any,
    amount: Any,
    first: Any,
    places: Any,
    lanes: Any,
    work: Any,
    out: Any,
    found: Any,
    count: Any,
) -> Any:
    """Correct those of the pixels that are defects."""
    for lane in range(lanes):
        row, x = places[0, lane], places[1, lane]
        v, m, mean, level = out[row, x], work[0, lane], work[2, lane], work[3, lane]
        s = max(work[4, lane], work[1, lane], abs(level) * _ROUNDING)
        is_hot = mean <= level + _STARLESS * s and v > level + s and v > m + hot * s
        is_cold = v + cold * s < level and v + cold * s < m
        if is_hot or is_cold:
            out[row, x] = v + amount * ((mean if is_hot else level) - v)
            if count < found.size:
                place = (first + row) * out.shape[1] + x + 1
                found[count] = place if is_hot else -place
            count += 1
    return count


def correct_listed(
    plane: np.ndarray,
    index: np.ndarray,
    hot: np.ndarray,
    step: int,
    amount: float,
) -> tuple[np.ndarray, int]:
    """The plane with listed pixels replaced from good neighbours, and how many had none.

    index: flat indices. hot: which get the mean of the eight neighbours; the others get the
    median of the 5 × 5. Where all of these are defects themselves or missing, up to 13 × 13 are
    taken.
    """
    out = plane.copy()
    bad = np.zeros(plane.shape, np.uint8)
    bad.reshape(-1)[index] = 1
    left = _replace(plane, bad, index, hot, step, np.float32(amount), out)
    return out, int(left)


@kernel
def _replace(plane: Any, bad: Any, index: Any, hot: Any, step: Any, amount: Any, out: Any) -> Any:
    height, width = plane.shape
    values = np.empty(169, np.float32)
    left = 0
    for k in range(index.size):
        y, x = index[k] // width, index[k] % width
        if plane[y, x] - plane[y, x] != 0:
            continue
        count, radius = 0, 0 if hot[k] else 1
        while count == 0 and radius < 6:
            radius += 1
            for j in range(
                max(y - radius * step, y % step), min(y + radius * step + 1, height), step
            ):
                for i in range(
                    max(x - radius * step, x % step), min(x + radius * step + 1, width), step
                ):
                    v = plane[j, i]
                    if bad[j, i] == 0 and v - v == 0:
                        values[count] = v
                        count += 1
        if count == 0:
            left += 1
        else:
            new = _mean(values, count) if hot[k] else small_median(values, count)
            out[y, x] = plane[y, x] + amount * (new - plane[y, x])
    return left


@kernel
def _mean(values: Any, count: Any) -> Any:
    total = 0.0
    for i in range(count):
        total += values[i]
    return np.float32(total / count)
