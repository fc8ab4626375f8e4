"""Smooth curves through points: Akima's subsplines, as curve editors draw them.

Formulas only, in NumPy and float64. The fast kernel in ``nodes.kernels.curves`` is tested against
these; the curve editor draws with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

#: from that many points on it is Akima's; below, the natural cubic spline; of two, the line
AKIMA_POINTS = 5
IDENTITY = ((0.0, 0.0), (1.0, 1.0))


class Pieces(NamedTuple):
    """Cubics between knots: ``y = a + d (b + d (c + d e))`` with d = x - knot.

    knots: (n,) rising. coefficients: (n - 1, 4), a, b, c, e of each.
    """

    knots: np.ndarray
    coefficients: np.ndarray


def pieces(points: Sequence[tuple[float, float]]) -> Pieces:
    """The curve through two points or more, x rising.

    Five and more points are joined by Akima's subspline; where straight lines of different slopes
    meet it has a corner, as PixInsight draws it. Three and four points are joined by the natural
    cubic spline, two by a line. Raises ValueError for points in no order.
    Source: H. Akima, J. ACM 17 (1970) 589, with the corners of Engeln-Müllges and Uhlig.
    """
    x, y = np.array(points, np.float64).reshape(-1, 2).T
    width = np.diff(x)
    if len(x) < 2 or not (width > 0).all():
        raise ValueError("a curve needs two points or more, x rising")
    slope = np.diff(y) / width
    if len(x) == 2:
        left = right = np.array([slope[0], slope[0]])
    elif len(x) < AKIMA_POINTS:
        left = right = _natural_slopes(width, slope)
    else:
        left, right = _akima_slopes(slope)
    b, end = right[:-1], left[1:]
    c = (3 * slope - 2 * b - end) / width
    e = (b + end - 2 * slope) / width**2
    return Pieces(x, np.stack([y[:-1], b, c, e], axis=1))


def _akima_slopes(slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes at every point, from the left and from the right; they differ at corners."""
    first, second, last, before = slope[0], slope[1], slope[-1], slope[-2]
    m = np.concatenate(
        [
            [3 * first - 2 * second, 2 * first - second],
            slope,
            [2 * last - before, 3 * last - 2 * before],
        ]
    )
    change = np.abs(np.diff(m))
    behind, ahead = change[:-2], change[2:]
    total = behind + ahead
    corner = 1 + total == 1
    share = behind / np.where(corner, 1.0, total)
    smooth = m[1:-2] + share * (m[2:-1] - m[1:-2])
    return np.where(corner, m[1:-2], smooth), np.where(corner, m[2:-1], smooth)


def _natural_slopes(width: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Slopes of the cubic spline that is straight at its ends."""
    n = len(width) + 1
    matrix, right = np.zeros((n, n)), np.zeros(n)
    matrix[0, :2], right[0] = (2, 1), 3 * slope[0]
    matrix[-1, -2:], right[-1] = (1, 2), 3 * slope[-1]
    for i in range(1, n - 1):
        before, after = width[i - 1], width[i]
        matrix[i, i - 1 : i + 2] = after, 2 * (before + after), before
        right[i] = 3 * (after * slope[i - 1] + before * slope[i])
    return np.linalg.solve(matrix, right)


def evaluate(points: Sequence[tuple[float, float]], x: Any) -> np.ndarray:
    """The curve at x, as float64; x is clipped to its ends, the result to 0 and 1; NaN stays."""
    knots, coefficients = pieces(points)
    x = np.clip(np.asarray(x, np.float64), knots[0], knots[-1])
    at = np.clip(np.searchsorted(knots, x, "right") - 1, 0, len(knots) - 2)
    a, b, c, e = np.moveaxis(coefficients[at], -1, 0)
    d = x - knots[at]
    found: np.ndarray = np.clip(a + d * (b + d * (c + d * e)), 0, 1)
    return found


def is_identity(points: Sequence[Sequence[float]]) -> bool:
    """Whether the curve is the diagonal, which changes nothing."""
    return all(x == y for x, y in points)
