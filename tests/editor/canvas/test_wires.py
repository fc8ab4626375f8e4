"""The line of a wire: where it goes, how far a point is from it, what crosses it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.editor.canvas.wires import box, crosses, curve, distance, points

PLACES = st.tuples(st.floats(-500, 500), st.floats(-500, 500))


@given(PLACES, PLACES)
def test_it_leaves_to_the_right_and_arrives_from_the_left(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    a, b, c, d = curve(start, end)
    assert (a, d) == (start, end)
    assert b[0] >= a[0]
    assert c[0] <= d[0]
    assert (b[1], c[1]) == (a[1], d[1])


@given(PLACES, PLACES, st.floats(0, 1))
def test_the_box_holds_it(start: tuple[float, float], end: tuple[float, float], t: float) -> None:
    a, b, c, d = curve(start, end)
    x, y = (
        (1 - t) ** 3 * p + 3 * (1 - t) ** 2 * t * q + 3 * (1 - t) * t * t * r + t**3 * s
        for p, q, r, s in zip(a, b, c, d, strict=True)
    )
    left, top, wide, tall = box(start, end)
    assert left - 1e-6 <= x <= left + wide + 1e-6
    assert top - 1e-6 <= y <= top + tall + 1e-6


def test_distance() -> None:
    start, end = (0.0, 0.0), (400.0, 0.0)  # a straight line
    assert distance(start, end, (200, 7)) == pytest.approx(7)
    assert distance(start, end, (-3, 4)) == pytest.approx(5)
    assert distance(start, end, (200, 30), 6) == math.inf
    middle = points((0, 0), (300, 200), 2)[1]
    assert middle == (150, 100)
    assert distance((0, 0), (300, 200), middle) < 0.5


def test_crossing() -> None:
    assert crosses((0, 0), (400, 0), (200, -50), (200, 50))
    assert not crosses((0, 0), (400, 0), (200, 10), (200, 50))
    assert not crosses((0, 0), (400, 0), (500, -50), (500, 50))
