"""Means of a frame and of its reference over the same free sky, cell by cell."""

from __future__ import annotations

import numpy as np

from nodes.kernels.jit import kernel
from nodes.kernels.surface import draw_rows

_INVALID, _OWN, _OTHER = np.uint8(1), np.uint8(2), np.uint8(4)  # structures of either image


@kernel
def measure_cells(
    frame: np.ndarray,
    reference: np.ndarray,
    meshes: np.ndarray,
    place: np.ndarray,
    limits: np.ndarray,
    first: int,
    last: int,
    sums: np.ndarray,
) -> None:
    """Fill rows first to last of the sums, float64 ``(5, cells down, cells across)``.

    Counted and summed are free pixels: how many, of the frame, of the reference; and of both, above
    their background, pixels in structures of the reference. meshes: splines of level and noise of
    the frame, then of the reference, ``(4, rows, columns)``; place: where pixels lie on them, see
    ``draw_rows``. limits: for either image least and greatest value, and how many sigmas off a
    structure is.
    """
    height, width = frame.shape
    down, across = sums.shape[1], sums.shape[2]
    levels = np.empty((4, 1, width), np.float32)
    columns = np.empty((5, width))
    for cell in range(first, last):
        top, bottom = cell * height // down, (cell + 1) * height // down
        above, below = max(top - 1, 0), min(bottom + 1, height)
        marks = np.zeros((below - above, width), np.uint8)
        over = np.empty((2, below - above, width), np.float32)
        for y in range(above, below):
            for k in range(4):
                draw_rows(meshes[k], place[0], place[1], place[2], place[3], y, y + 1, levels[k])
            _mark(
                frame[y], reference[y], levels[:, 0], limits, over[0, y - above],
                over[1, y - above], marks[y - above],
            )  # fmt: skip
        columns[:] = 0.0
        near = np.empty(width, np.uint8)
        for y in range(top, bottom):
            low, high = max(y - 1, above) - above, min(y + 1, below - 1) - above
            for x in range(width):
                near[x] = marks[low, x] | marks[y - above, x] | marks[high, x]
            here = marks[y - above]
            _add(
                frame[y], reference[y], over[0, y - above], over[1, y - above], here, near, columns
            )
        for i in range(across):
            left, right = i * width // across, (i + 1) * width // across
            for k in range(5):
                sums[k, cell, i] = columns[k, left:right].sum()


@kernel
def _mark(
    frame: np.ndarray,
    reference: np.ndarray,
    levels: np.ndarray,
    limits: np.ndarray,
    own: np.ndarray,
    other: np.ndarray,
    marks: np.ndarray,
) -> None:
    """What each pixel is, and by how much both images lie above their background."""
    low, high, far = limits[0, 0], limits[0, 1], limits[0, 2]
    lowest, highest, farthest = limits[1, 0], limits[1, 1], limits[1, 2]
    for x in range(frame.size):
        v, w = frame[x], reference[x]
        there = (v > low) & (v < high) & (w > lowest) & (w < highest)  # false for NaN
        a, b = v - levels[0, x], w - levels[2, x]
        own[x], other[x] = a, b
        mark = _OWN if abs(a) > far * levels[1, x] else np.uint8(0)
        mark |= _OTHER if abs(b) > farthest * levels[3, x] else np.uint8(0)
        marks[x] = mark if there else _INVALID


@kernel
def _add(
    frame: np.ndarray,
    reference: np.ndarray,
    own: np.ndarray,
    other: np.ndarray,
    here: np.ndarray,
    near: np.ndarray,
    columns: np.ndarray,
) -> None:
    """Add a row to the sums of the columns; structures reach one pixel further."""
    last = frame.size - 1
    for x in range(frame.size):
        around = near[max(x - 1, 0)] | near[x] | near[min(x + 1, last)]
        there = (here[x] & _INVALID) == 0
        free = there & ((around & (_OWN | _OTHER)) == 0)
        star = there & ((around & _OTHER) != 0)
        columns[0, x] += 1.0 if free else 0.0
        columns[1, x] += np.float64(frame[x]) if free else 0.0
        columns[2, x] += np.float64(reference[x]) if free else 0.0
        columns[3, x] += np.float64(own[x]) if star else 0.0
        columns[4, x] += np.float64(other[x]) if star else 0.0
