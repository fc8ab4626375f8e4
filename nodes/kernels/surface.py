"""Smooth surfaces from coarse grids, by cubic B-splines, row by row."""

from __future__ import annotations

import numpy as np

from nodes.kernels.jit import kernel

#: coefficients added beyond each side of a grid, so that it goes on straight
PAD = 3


def spline_coefficients(grid: np.ndarray) -> np.ndarray:
    """Coefficients of the splines through grids ``(…, rows, columns)``, with ``PAD`` more around.

    Natural splines: straight beyond the outermost nodes, so a plane stays a plane.
    """
    values = np.asarray(grid, np.float64)
    for axis in (-2, -1):
        values = np.moveaxis(_solve(np.moveaxis(values, axis, 0)), 0, axis)
    return np.ascontiguousarray(values)


def _solve(values: np.ndarray) -> np.ndarray:
    """The coefficients along the first axis."""
    from scipy.linalg import solve_banded

    count = len(values)
    if count > 2:
        bands = np.array([[1.0], [4.0], [1.0]]).repeat(count, axis=1)
        bands[1, [0, -1]] = 6.0  # no curvature at the ends
        bands[0, 1] = bands[2, -2] = 0.0
        flat = solve_banded((1, 1), bands, 6 * values.reshape(count, -1))
        values = flat.reshape(values.shape)
    start = values[1] - values[0] if count > 1 else np.zeros_like(values[0])
    end = values[-1] - values[-2] if count > 1 else start
    before = [values[0] - k * start for k in range(PAD, 0, -1)]
    after = [values[-1] + k * end for k in range(1, PAD + 1)]
    return np.concatenate([before, values, after])


@kernel
def draw_rows(
    coefficients: np.ndarray,
    x: float,
    dx: float,
    y: float,
    dy: float,
    first: int,
    last: int,
    out: np.ndarray,
) -> None:
    """Rows first to last of a surface, into as many rows of out, float32.

    Pixel (i, j) of the surface lies at (x + i · dx, y + j · dy), in nodes of the grid without its
    padding; dx and dy are above 0. Beyond the padding the outermost is repeated.
    """
    rows, columns = coefficients.shape
    line = np.empty(columns)
    width = out.shape[1]
    for j in range(first, last):
        v = min(max(y + j * dy + PAD, 1.0), rows - 2.0)
        at = min(int(v), rows - 3)
        v -= at
        one = (1 - v) ** 3 / 6
        two = (4 - 6 * v * v + 3 * v * v * v) / 6
        three = (1 + 3 * v + 3 * v * v - 3 * v * v * v) / 6
        four = v * v * v / 6
        for i in range(columns):
            line[i] = (
                one * coefficients[at - 1, i] + two * coefficients[at, i]
                + three * coefficients[at + 1, i] + four * coefficients[at + 2, i]
            )  # fmt: skip
        target = out[j - first]
        begin = 0
        while begin < width:
            u = min(max(x + begin * dx + PAD, 1.0), columns - 2.0)
            at_x = min(int(u), columns - 3)
            end = width
            if at_x < columns - 3:
                end = min(width, max(begin + 1, int(np.ceil((at_x + 1 - PAD - x) / dx))))
            a, b, c, d = line[at_x - 1], line[at_x], line[at_x + 1], line[at_x + 2]
            p0, p1 = np.float32((a + 4 * b + c) / 6), np.float32((c - a) / 2)
            p2, p3 = np.float32((a - 2 * b + c) / 2), np.float32((d - a + 3 * (b - c)) / 6)
            base, step = np.float32(x + PAD - at_x + begin * dx), np.float32(dx)
            low, high = np.float32(1 - at_x), np.float32(columns - 2 - at_x)
            part = target[begin:end]
            for k in range(part.size):
                f = base + np.float32(k) * step
                f = f if f > low else low
                f = f if f < high else high
                part[k] = ((p3 * f + p2) * f + p1) * f + p0
            begin = end


@kernel
def change_rows(
    data: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    c: np.ndarray,
    place: np.ndarray,
    first: int,
    last: int,
    out: np.ndarray,
) -> None:
    """Rows of ``a · (data - c) + b``; a, b and c are coefficients of splines."""
    lines = np.empty((3, 1, data.shape[1]), np.float32)
    for y in range(first, last):
        draw_rows(a, place[0], place[1], place[2], place[3], y, y + 1, lines[0])
        draw_rows(b, place[0], place[1], place[2], place[3], y, y + 1, lines[1])
        draw_rows(c, place[0], place[1], place[2], place[3], y, y + 1, lines[2])
        factor, level, sky = lines[0, 0], lines[1, 0], lines[2, 0]
        row, target = data[y], out[y]
        for x in range(row.size):
            target[x] = factor[x] * (row[x] - sky[x]) + level[x]
