"""The line of a wire: a cubic curve that leaves to the right and arrives from the left."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

from ui.editor.rects import Point, Rect, overlap

_SAMPLES = 24


def curve(start: Point, end: Point) -> tuple[Point, Point, Point, Point]:
    """The four points of the curve."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    if dx >= 0:
        bend = max(dx * 0.5, min(40.0, abs(dx) + abs(dy)) * 0.5)
    else:  # it turns around
        bend = min(60.0 + abs(dx) * 0.4, 220.0)
    return start, (start[0] + bend, start[1]), (end[0] - bend, end[1]), end


@lru_cache(maxsize=8192)  # asked of every wire whenever anything is drawn
def box(start: Point, end: Point, margin: float = 0.0) -> Rect:
    """A rectangle that holds the curve, and so much around."""
    points = curve(start, end)
    left, right = min(p[0] for p in points), max(p[0] for p in points)
    top, bottom = min(p[1] for p in points), max(p[1] for p in points)
    return left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin


def points(start: Point, end: Point, count: int = _SAMPLES) -> list[Point]:
    """Points along the curve, the ends included."""
    a, b, c, d = curve(start, end)
    found = []
    for step in range(count + 1):
        t = step / count
        u = 1 - t
        w = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
        found.append(
            (
                w[0] * a[0] + w[1] * b[0] + w[2] * c[0] + w[3] * d[0],
                w[0] * a[1] + w[1] * b[1] + w[2] * c[1] + w[3] * d[1],
            )
        )
    return found


def distance(start: Point, end: Point, at: Point, limit: float = math.inf) -> float:
    """How far a point is from the curve; infinite when that is surely beyond the limit."""
    if limit < math.inf and not overlap(box(start, end, limit), (*at, 0.0, 0.0)):
        return math.inf
    return min(_to_segment(at, a, b) for a, b in pairwise(points(start, end)))


def crosses(start: Point, end: Point, a: Point, b: Point) -> bool:
    """Whether the straight line from a to b crosses the curve."""
    line = min(a[0], b[0]), min(a[1], b[1]), abs(a[0] - b[0]), abs(a[1] - b[1])
    if not overlap(box(start, end), line):
        return False
    return any(_meet(a, b, c, d) for c, d in pairwise(points(start, end)))


def _to_segment(at: Point, a: Point, b: Point) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    share = ((at[0] - a[0]) * dx + (at[1] - a[1]) * dy) / length if length else 0.0
    share = min(max(share, 0.0), 1.0)
    return math.hypot(a[0] + share * dx - at[0], a[1] + share * dy - at[1])


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    return (_side(a, b, c) > 0) != (_side(a, b, d) > 0) and (_side(c, d, a) > 0) != (
        _side(c, d, b) > 0
    )
