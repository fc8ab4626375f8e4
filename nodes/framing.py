"""Rectangles about and inside of the outlines of frames."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nodes.models import clip_polygon

_GRID = 64  # places at which the sides of a rectangle are tried at a time
_ZOOMS = 5


def bounds(outlines: Sequence[np.ndarray]) -> tuple[int, int, int, int]:
    """Left, top, width and height of the smallest rectangle of whole pixels about all."""
    corners = np.concatenate(list(outlines))
    left, top = (math.ceil(v - 0.5 + 1e-6) for v in (corners.min(axis=0) + 0.5).tolist())
    right, bottom = (math.floor(v + 0.5 - 1e-6) for v in (corners.max(axis=0) - 0.5).tolist())
    return left, top, right - left + 1, bottom - top + 1


def common_rectangle(outlines: Sequence[np.ndarray]) -> tuple[int, int, int, int] | None:
    """Left, top, width and height of the largest rectangle inside of all, which are convex."""
    shared = outlines[0]
    for outline in outlines[1:]:
        shared = clip_polygon(shared, outline)
        if len(shared) < 3:
            return None
    low, high = shared[:, 0].min(), shared[:, 0].max()
    lefts = rights = np.linspace(low, high, _GRID)
    best = (low, high)
    for _ in range(_ZOOMS):
        upper_left, lower_left = _extent(shared, lefts)
        upper_right, lower_right = _extent(shared, rights)
        tall = np.minimum(lower_left[:, None], lower_right) - np.maximum(
            upper_left[:, None], upper_right
        )
        wide = rights - lefts[:, None]
        size = np.where((tall > 0) & (wide > 0), tall * wide, 0.0)
        i, j = np.unravel_index(np.argmax(size), size.shape)
        if not size[i, j] > 0:
            return None
        best = float(lefts[i]), float(rights[j])
        one, other = lefts[1] - lefts[0], rights[1] - rights[0]
        lefts = np.linspace(max(best[0] - 1.5 * one, low), min(best[0] + 1.5 * one, high), _GRID)
        rights = np.linspace(
            max(best[1] - 1.5 * other, low), min(best[1] + 1.5 * other, high), _GRID
        )
    upper, lower = _extent(shared, np.array(best))
    # whole pixels, whose edges lie half a pixel beside their centres
    left, top = math.ceil(best[0] + 0.5 - 1e-3), math.ceil(float(upper.max()) + 0.5 - 1e-3)
    right, bottom = math.floor(best[1] - 0.5 + 1e-3), math.floor(float(lower.min()) - 0.5 + 1e-3)
    if right < left or bottom < top:
        return None
    return left, top, right - left + 1, bottom - top + 1


def _extent(polygon: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest y of a convex polygon at each x."""
    following = np.roll(polygon, -1, axis=0)
    ys = np.full((len(polygon), columns.size), np.nan)
    for row, (a, b) in enumerate(zip(polygon, following, strict=True)):
        low, high = min(a[0], b[0]), max(a[0], b[0])
        inside = (columns >= low) & (columns <= high) & (high > low)
        ys[row, inside] = a[1] + (columns[inside] - a[0]) / (b[0] - a[0]) * (b[1] - a[1])
    upper = np.where(np.isnan(ys), np.inf, ys).min(axis=0)
    return upper, np.where(np.isnan(ys), -np.inf, ys).max(axis=0)
