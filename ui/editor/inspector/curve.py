"""Points of a curve as they are drawn and moved by hand; all numbers 0 to 1."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nodes.akima import evaluate

Points = tuple[tuple[float, float], ...]

#: points stand no closer than that, so that x always rises
GAP = 0.002
#: decimal places of what is set by hand: finer than a 16-bit image has levels to see
DIGITS = 4


def read_points(value: Any) -> Points | None:
    """The points of a value as it stands in a file, or None for what is no curve."""
    try:
        points = tuple((float(x), float(y)) for x, y in value)
    except (TypeError, ValueError):
        return None
    rising = all(a[0] < b[0] for a, b in itertools.pairwise(points))
    if len(points) < 2 or not rising or not all(map(math.isfinite, sum(points, ()))):
        return None
    return points


def draw(points: Points, count: int = 257) -> tuple[list[float], list[float]]:
    """x and y of the curve, to draw it as a line; the points themselves are among them."""
    x = np.union1d(np.linspace(0, 1, count), [point[0] for point in points])
    return x.tolist(), evaluate(points, x).tolist()


def nearest(points: Points, x: float, y: float, reach: tuple[float, float]) -> int | None:
    """The number of the point next to a place, no further than ``reach`` in x and y."""
    found = [
        (math.hypot((px - x) / reach[0], (py - y) / reach[1]), number)
        for number, (px, py) in enumerate(points)
    ]
    distance, number = min(found)
    return number if distance <= 1 else None


def add(points: Points, x: float, y: float) -> tuple[Points, int]:
    """The points with another one, and its number; one at that x already is moved there."""
    x, y = _tidy(x), _tidy(y)
    for number, (px, _) in enumerate(points):
        if abs(px - x) < GAP:
            return move(points, number, px, y), number
    number = sum(px < x for px, _ in points)
    return (*points[:number], (x, y), *points[number:]), number


def move(points: Points, number: int, x: float, y: float) -> Points:
    """The points with one of them elsewhere: between its neighbours; the ends keep their x."""
    last = len(points) - 1
    if number in (0, last):
        x = points[number][0]
    else:
        low, high = points[number - 1][0] + GAP, points[number + 1][0] - GAP
        x = _tidy(min(max(x, low), high)) if low <= high else points[number][0]
    return (*points[:number], (x, _tidy(y)), *points[number + 1 :])


def remove(points: Points, number: int) -> Points:
    """The points without one of them; the ends stay."""
    if number in (0, len(points) - 1):
        return points
    return (*points[:number], *points[number + 1 :])


def _tidy(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), DIGITS)


def histogram(levels: Sequence[np.ndarray], bins: int = 128) -> list[list[float]]:
    """How often each brightness occurs, by channel: logarithms of counts, the highest is 1.

    levels: arrays ``(channels, height, width)`` of a pyramid, the finest first; a coarse one that
    still has some ten thousand pixels is counted.
    """
    level = next((x for x in reversed(levels) if x.shape[1] * x.shape[2] >= 20_000), levels[0])
    counts = []
    for plane in level:
        valid = plane[np.isfinite(plane)]
        counts.append(np.histogram(np.clip(valid, 0, 1), bins, (0, 1))[0])
    logs = np.log1p(np.array(counts, float))
    found: list[list[float]] = (logs / max(logs.max(), 1e-9)).tolist()
    return found
