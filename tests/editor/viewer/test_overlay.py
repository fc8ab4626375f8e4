"""Places of tables over a picture."""

from __future__ import annotations

import math

import pytest

from nodes.values import Table
from ui.editor.viewer.lens import Lens
from ui.editor.viewer.overlay import LABELS, MOST, Mark, has_marks, place_marks, read_marks


def test_samples_of_a_background_model() -> None:
    table = Table(
        ("x", "y", "channel", "value", "weight", "accepted"),
        ((10, 20, 0, 0.1, 1.0, True), (10, 20, 1, 0.1, 1.0, False), (30.5, 5, 0, 0.1, 1.0, True)),
    )
    assert read_marks(table) == [Mark(10, 20, None, "", False), Mark(30.5, 5)]


@pytest.mark.parametrize(
    ("column", "radius"), [("radius", 4.0), ("fwhm", 2.0), ("size", 2.0), ("FWHM", 2.0)]
)
def test_size_label_and_use(column: str, radius: float) -> None:
    table = Table(("Y", "X", column, "name", "rejected"), ((1, 2, 4.0, "M 31", False),
                                                           (3, 4, math.nan, 7, 1)))  # fmt: skip
    assert read_marks(table) == [Mark(2, 1, radius, "M 31"), Mark(4, 3, None, "7", False)]


def test_rows_without_a_place_are_passed_over() -> None:
    table = Table(("x", "y"), (("a", 1), (None, 2), (math.nan, 3), (True, 4), (5, 6)))
    assert read_marks(table) == [Mark(5, 6)]
    assert read_marks(Table(("x",), ((1,),))) == []
    assert not has_marks(("x", "value"))


def test_places_are_middles_of_pixels_and_only_what_is_seen() -> None:
    marks = [Mark(10, 10, 3.0, "a"), Mark(500, 10), Mark(20, 10, None, "b", False)]
    rings, more = place_marks(marks, Lens(5, 5, 2.0), (100, 80))
    assert [(r.x, r.y, r.radius, r.text, r.good) for r in rings] == [
        (11, 11, 6, "a", True),
        (31, 11, 6, "b", False),
    ]
    assert more == 0


def test_a_carpet_is_not_drawn() -> None:
    marks = [Mark(i % 100, i // 100, None, "x") for i in range(MOST + 7)]
    rings, more = place_marks(marks, Lens(), (1000, 1000))
    assert (len(rings), more) == (MOST, 7)
    assert not any(ring.text for ring in rings)
    assert all(r.text for r in place_marks(marks[:LABELS], Lens(), (1000, 1000))[0])
