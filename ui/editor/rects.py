"""Points and rectangles."""

from __future__ import annotations

from collections.abc import Iterable

Point = tuple[float, float]
#: x, y, width, height
Rect = tuple[float, float, float, float]


def around(rects: Iterable[Rect]) -> Rect | None:
    """The smallest rectangle that holds all of these, or None when there are none."""
    found = list(rects)
    if not found:
        return None
    left, top = min(r[0] for r in found), min(r[1] for r in found)
    right, bottom = max(r[0] + r[2] for r in found), max(r[1] + r[3] for r in found)
    return left, top, right - left, bottom - top


def overlap(a: Rect, b: Rect) -> bool:
    """Whether two rectangles have a point in common."""
    return (
        a[0] <= b[0] + b[2] and b[0] <= a[0] + a[2] and a[1] <= b[1] + b[3] and b[1] <= a[1] + a[3]
    )


def holds(rect: Rect, at: Point) -> bool:
    """Whether a point is in a rectangle, its edges included."""
    return rect[0] <= at[0] <= rect[0] + rect[2] and rect[1] <= at[1] <= rect[1] + rect[3]


def holds_all(rect: Rect, inner: Rect) -> bool:
    """Whether all of a rectangle is in another."""
    x, y, wide, tall = inner
    return holds(rect, (x, y)) and holds(rect, (x + wide, y + tall))
