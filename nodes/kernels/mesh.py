"""The background of an image and its noise on a coarse mesh, as SExtractor makes them.

E. Bertin and S. Arnouts, 1996, A&AS 117, 393: median or mode of each box after clipping, then a
median of 3 × 3 boxes. A few rows of a box tell its level; only those are read.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel

_ROWS, _COLUMNS = 8, 32  # of a box are looked at, at most
_HALVINGS = 24
_LEAST = 12  # values that tell the level of a box
#: noise is never taken to be less than this share of the level: rounding errors are no stars
_ROUNDING = np.float32(1e-6)


class Mesh(NamedTuple):
    """Level and noise in the middle of each box, float32 ``(boxes down, boxes across)``."""

    level: np.ndarray
    noise: np.ndarray


def make_mesh(
    plane: np.ndarray,
    box: int,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> Mesh:
    """The mesh of a plane, float32 ``(height, width)``; of NaN when it has hardly a pixel.

    box: side of a box in pixels, about: boxes are of equal size. Missing pixels do not count; a
    box with too few others takes the level of its neighbours.
    """
    height, width = plane.shape
    down, across = max(1, round(height / box)), max(1, round(width / box))
    level, noise = np.empty((2, down, across), np.float32)
    run_bands(
        lambda first, last: _measure_boxes(plane, first, last, level, noise),
        down,
        ctx=ctx,
        span=span,
        text="background",
    )
    if not np.isfinite(level).any():
        return Mesh(level, noise)
    level, noise = _smooth(_fill(level)), _smooth(_fill(noise))
    return Mesh(level, np.maximum(noise, np.maximum(_ROUNDING * abs(level), np.float32(1e-30))))


def _neighbours(grid: np.ndarray) -> np.ndarray:
    """Each box and its eight neighbours, beyond the edges the nearest: ``(9, down, across)``."""
    padded = np.pad(grid, 1, mode="edge")
    down, across = grid.shape
    return np.stack([padded[y : y + down, x : x + across] for y in range(3) for x in range(3)])


def _fill(grid: np.ndarray) -> np.ndarray:
    """Boxes without a level get the mean of the neighbours that have one, in rounds."""
    while np.isnan(grid).any():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # nine neighbours without a level
            around = np.nanmean(_neighbours(grid), axis=0, dtype=np.float64)
        grid = np.where(np.isnan(grid), around, grid).astype(np.float32)
    return grid


def _smooth(grid: np.ndarray) -> np.ndarray:
    smoothed: np.ndarray = np.median(_neighbours(grid), axis=0).astype(np.float32)
    return smoothed


@kernel
def _measure_boxes(
    plane: np.ndarray, first: int, last: int, level: np.ndarray, noise: np.ndarray
) -> None:
    height, width = plane.shape
    down, across = level.shape
    values = np.empty(_ROWS * _COLUMNS, np.float32)
    for j in range(first, last):
        top, bottom = j * height // down, (j + 1) * height // down
        rows = min(_ROWS, bottom - top)
        for i in range(across):
            left, right = i * width // across, (i + 1) * width // across
            columns = min(_COLUMNS, right - left)
            count = 0
            for row in range(rows):
                line = plane[top + (2 * row + 1) * (bottom - top) // (2 * rows)]
                for column in range(columns):
                    v = line[left + (2 * column + 1) * (right - left) // (2 * columns)]
                    if v - v == 0:
                        values[count] = v
                        count += 1
            if count < min(_LEAST, rows * columns):
                level[j, i] = noise[j, i] = np.nan
            else:
                level[j, i], noise[j, i] = clipped_level(values[:count])


@kernel
def clipped_level(values: np.ndarray) -> tuple[float, float]:
    """Background and noise of values that stars may have added to.

    The noise starts from the dark side of the median, so that stars do not raise it; values more
    than three deviations off are clipped in two rounds. The level is the mode of SExtractor, or
    the median where the mean is far from it.
    """
    size = values.size
    least, most = values[0], values[0]
    for k in range(size):
        least, most = min(least, values[k]), max(most, values[k])
    middle = ranked(values, size // 2, least, most)
    dark = ranked(values, int(0.1587 * (size - 1)), least, middle)
    mean, sigma = np.float64(middle), np.float64(middle) - np.float64(dark)
    if sigma == 0:  # steps of the converter are wider than the noise
        for k in range(size):
            off = min(np.float64(values[k]) - middle, 0.0)
            sigma += off * off
        sigma = np.sqrt(2 * sigma / size)
    for _ in range(2):
        low, high = np.float32(middle - 3 * sigma), np.float32(middle + 3 * sigma)
        below, count = np.int32(0), np.int32(0)
        total = squares = 0.0
        for k in range(size):
            v = values[k]
            inside = (v >= low) & (v <= high)
            below += np.int32(v < low)
            count += np.int32(inside)
            off = np.float64(v) - middle if inside else 0.0
            total += off
            squares += off * off
        if count == 0:
            break
        mean = middle + total / count
        sigma = np.sqrt(max(squares / count - (total / count) ** 2, 0.0))
        middle = ranked(values, below + count // 2, max(low, least), min(high, most))
    mode = np.float64(middle)
    if mean - mode < 0.3 * sigma:
        mode = 2.5 * mode - 1.5 * mean
    return mode, sigma / 0.9866


@kernel
def ranked(values: np.ndarray, rank: Any, low: Any, high: Any) -> Any:
    """The value of that rank, from 0, known to lie from low to high: by halving the interval.

    Counting is vectorised, so that this takes a tenth of the time of sorting.
    """
    highest = high
    for _ in range(_HALVINGS):
        pivot = np.float32(0.5) * (low + high)
        if not low < pivot < high:
            break
        below = np.int32(0)
        for k in range(values.size):
            below += np.int32(values[k] < pivot)
        if below <= rank:
            low = pivot
        else:
            high = pivot
    if high == highest:
        below = np.int32(0)
        for k in range(values.size):
            below += np.int32(values[k] < high)
        if below <= rank:
            return high
    found = low
    for k in range(values.size):
        v = values[k]
        found = v if v < high and v > found else found
    return found
