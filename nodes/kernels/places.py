"""Where points of one image lie in another: by a matrix, and the shifts of a distortion."""

from __future__ import annotations

import numpy as np

from nodes.kernels.jit import kernel

FAR = 1e9  #: a place that is in no frame


@kernel
def find_places(
    matrix: np.ndarray,
    shifts: np.ndarray,
    geometry: np.ndarray,
    x: float,
    y: float,
    xs: np.ndarray,
    ys: np.ndarray,
) -> None:
    """Where points from (x, y) on along a row, one pixel apart, lie in the frame."""
    a, b, c = matrix[0, 0], matrix[0, 1] * y + matrix[0, 2], matrix[1, 0]
    d, e, f = matrix[1, 1] * y + matrix[1, 2], matrix[2, 0], matrix[2, 1] * y + matrix[2, 2]
    count = xs.size
    if e == 0:
        a, b, c, d = a / f, b / f, c / f, d / f
        for k in range(count):
            xs[k] = a * (x + np.int32(k)) + b  # which is turned into a float faster
            ys[k] = c * (x + np.int32(k)) + d
    else:
        for k in range(count):
            at = x + np.int32(k)
            w = e * at + f
            w = w if w > 0 else np.nan  # behind the horizon
            xs[k] = (a * at + b) / w
            ys[k] = (c * at + d) / w
    if shifts.shape[2] > 0:
        _add_shifts(shifts, geometry, x, y, xs, ys)
    for k in range(count):
        inside = abs(xs[k]) < FAR and abs(ys[k]) < FAR  # false for what is not a number, too
        xs[k] = xs[k] if inside else -FAR
        ys[k] = ys[k] if inside else -FAR


@kernel
def _add_shifts(
    shifts: np.ndarray, geometry: np.ndarray, x: float, y: float, xs: np.ndarray, ys: np.ndarray
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
        upper = (1 - u) * shifts[0, above, left] + u * shifts[0, above, right]
        lower = (1 - u) * shifts[0, below, left] + u * shifts[0, below, right]
        xs[k] += (1 - v) * upper + v * lower
        upper = (1 - u) * shifts[1, above, left] + u * shifts[1, above, right]
        lower = (1 - u) * shifts[1, below, left] + u * shifts[1, below, right]
        ys[k] += (1 - v) * upper + v * lower
