"""Points of a curve that are added, moved and removed by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.parameters import resolve
from nodes.akima import evaluate
from nodes.curves import curves
from ui.editor.inspector import curve

PARAMETER = curves.spec.params["combined"]  # type: ignore[attr-defined]
LINE: curve.Points = ((0.0, 0.0), (1.0, 1.0))
BENT: curve.Points = ((0.0, 0.0), (0.25, 0.5), (0.75, 0.8), (1.0, 1.0))


def test_points_are_read_from_a_file() -> None:
    assert curve.read_points([[0, 0], [0.5, 0.25], [1, 1]]) == ((0, 0), (0.5, 0.25), (1, 1))


@pytest.mark.parametrize("value", [None, "x", [], [[0, 0]], [[0, 0], [0, 1]], [[1, 2, 3]], [1, 2]])
def test_what_is_no_curve(value: Any) -> None:
    assert curve.read_points(value) is None


def test_the_line_is_that_of_the_node_and_meets_the_points() -> None:
    x, y = curve.draw(BENT, 11)
    assert {px for px, _ in BENT} <= set(x)
    np.testing.assert_allclose(y, evaluate(BENT, x))
    assert y[x.index(0.25)] == pytest.approx(0.5)


def test_a_click_adds_a_point_in_order() -> None:
    points, number = curve.add(BENT, 0.5, 0.6)
    assert number == 2
    assert points == ((0.0, 0.0), (0.25, 0.5), (0.5, 0.6), (0.75, 0.8), (1.0, 1.0))
    points, number = curve.add(BENT, 0.2501, 0.9)
    assert (number, points[1]) == (1, (0.25, 0.9))
    points, number = curve.add(LINE, -0.3, 0.4)
    assert (number, points) == (0, ((0.0, 0.4), (1.0, 1.0)))


def test_points_stay_between_their_neighbours() -> None:
    assert curve.move(BENT, 1, 0.9, 0.1)[1] == (0.748, 0.1)
    assert curve.move(BENT, 1, -1, 2)[1] == (0.002, 1.0)
    assert curve.move(BENT, 0, 0.5, 0.25)[0] == (0.0, 0.25)
    assert curve.move(BENT, 3, 0.5, 0.75)[3] == (1.0, 0.75)


def test_a_point_without_room_keeps_its_place() -> None:
    tight = ((0.0, 0.0), (0.001, 0.5), (0.002, 0.6), (1.0, 1.0))
    assert curve.move(tight, 1, 0.9, 0.7)[1] == (0.001, 0.7)


def test_ends_are_not_removed() -> None:
    assert curve.remove(BENT, 0) == BENT
    assert curve.remove(BENT, 3) == BENT
    assert curve.remove(BENT, 2) == (BENT[0], BENT[1], BENT[3])


def test_the_nearest_point_is_found_within_reach() -> None:
    assert curve.nearest(BENT, 0.26, 0.49, (0.02, 0.02)) == 1
    assert curve.nearest(BENT, 0.3, 0.5, (0.02, 0.02)) is None
    assert curve.nearest(BENT, 0.3, 0.5, (0.06, 0.02)) == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "move", "remove"]),
            st.integers(0, 20),
            st.floats(-0.5, 1.5),
            st.floats(-0.5, 1.5),
        ),
        max_size=30,
    )
)
def test_whatever_hands_do_is_legal(actions: list[tuple[str, int, float, float]]) -> None:
    points = LINE
    for action, number, x, y in actions:
        if action == "add":
            points, number = curve.add(points, x, y)
            assert 0 <= number < len(points)
        elif action == "move":
            points = curve.move(points, number % len(points), x, y)
        else:
            points = curve.remove(points, number % len(points))
        assert resolve(PARAMETER, points) == points


def test_histogram_counts_brightness_by_channel() -> None:
    data = np.zeros((3, 200, 200), np.float32)
    data[1] = 0.5
    data[2, :100] = 2.0
    data[2, 100:] = np.nan
    found = np.array(curve.histogram([data, data[:, ::4, ::4]], bins=4))
    assert found.shape == (3, 4)
    assert found[0].argmax() == 0
    assert found[1].argmax() == 2
    assert found[2].argmax() == 3
    assert found.max() == 1
    assert (np.count_nonzero(found, axis=1) == 1).all()
    assert found[2, 3] == pytest.approx(np.log1p(20_000) / np.log1p(40_000))
