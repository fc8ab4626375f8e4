"""Sliders and typed numbers."""

from __future__ import annotations

import math
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.spec import Range, node
from ui.editor.inspector.scales import (
    Scale,
    exact_text,
    read_number,
    scale_of,
    show_number,
    slider_of,
)


@node("toy.numbers")
def numbers(
    *,
    soft: Annotated[float, Range(0, 100, slider=(1, 10), scale="log", unit="px")] = 2.0,
    hard: Annotated[int, Range(1, 8)] = 2,
    open: Annotated[float, Range(0)] = 2.0,
    free: float = 0.0,
    text: str = "",
) -> float:
    """A node with numbers."""
    return 0.0


PARAMS = numbers.spec.params  # type: ignore[attr-defined]


def test_slider_covers_the_soft_range_else_the_limits() -> None:
    assert slider_of(PARAMS["soft"]) == Scale(1.0, 10.0, log=True)
    assert slider_of(PARAMS["hard"]) == Scale(1.0, 8.0, whole=True)
    assert slider_of(PARAMS["open"]) is None
    assert slider_of(PARAMS["free"]) is None
    assert slider_of(PARAMS["text"]) is None
    assert scale_of(Range(3, 3)) is None
    assert scale_of(Range(-5, -1, scale="log")) == Scale(-5.0, -1.0)


def test_linear_places() -> None:
    scale = Scale(-1.0, 3.0)
    assert [scale.place(v) for v in (-9, -1, 0, 1, 3, 50)] == [0, 0, 0.25, 0.5, 1, 1]
    assert [scale.value(p) for p in (-1, 0, 0.25, 0.5, 1, 2)] == [-1, -1, 0, 1, 3, 3]


def test_log_places_take_equal_ways_for_equal_ratios() -> None:
    scale = Scale(0.001, 10.0, log=True)
    assert [scale.place(v) for v in (0.001, 0.01, 0.1, 1, 10)] == pytest.approx(
        [0, 0.25, 0.5, 0.75, 1]
    )
    assert [scale.value(p) for p in (0.25, 0.5, 0.75)] == [0.01, 0.1, 1]
    assert scale.place(0.0) == 0


def test_log_slider_from_zero_ends_at_zero() -> None:
    scale = Scale(0.0, 1.0, log=True)
    assert scale.value(0) == 0
    assert 0 < scale.value(0.001) < 2e-4
    assert scale.place(1e-9) == 0


def test_whole_numbers_only() -> None:
    scale = Scale(1.0, 8.0, whole=True)
    assert {scale.value(i / 100) for i in range(101)} == {1, 2, 3, 4, 5, 6, 7, 8}


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.floats(0, 1), st.booleans())
def test_places_and_values_agree(low: float, width: float, place: float, log: bool) -> None:
    scale = Scale(low, low + width, log and low > 0)
    if not scale.low < scale.high:
        return
    value = scale.value(place)
    assert scale.low - width / 500 <= value <= scale.high + width / 500
    assert scale.place(value) == pytest.approx(place, abs=0.01)


@pytest.mark.parametrize("place", [0.1234567, 0.5, 0.98765])
@pytest.mark.parametrize("scale", [Scale(0, 1), Scale(0, 10000), Scale(1e-4, 0.1, log=True)])
def test_dragged_values_have_few_digits(scale: Scale, place: float) -> None:
    assert len(exact_text(scale.value(place)).replace("0.", "").strip("0")) <= 5


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (25, "px", "25 px"),
        (0.25, "", "0.25"),
        (4.0, "", "4"),
        (0.0005, "", "0.0005"),
        (1e-30, "", "1e-30"),
        (0.1 + 0.2, "", "0.3"),
        (-2.8, "sigma", "-2.8 σ"),
        (90.0, "degrees", "90 °"),
        (10**20, "", "1.000000e+20"),
    ],
)
def test_numbers_are_shown_with_units(value: float, unit: str, text: str) -> None:
    assert show_number(value, unit) == text


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**15), 10**15))
def test_what_is_edited_reads_the_same(value: float | int) -> None:
    assert read_number(exact_text(value)) == value


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        (" 0.25 ", "", 0.25),
        ("0,25", "", 0.25),
        ("1/4", "", 0.25),
        ("2*pi", "", 2 * math.pi),
        ("2^3", "", 8.0),
        ("max(1, 2)", "", 2.0),
        ("25 px", "px", 25),
        ("-2.8 σ", "sigma", -2.8),
        ("-2.8sigma", "sigma", -2.8),
        ("−3", "", -3),
        ("1e-3", "", 0.001),
    ],
)
def test_typed_numbers(text: str, unit: str, value: float) -> None:
    assert read_number(text, unit) == value


def test_whole_numbers_may_be_typed_with_a_point() -> None:
    assert type(read_number("3.0", whole=True)) is int
    assert type(read_number("6/2", whole=True)) is int
    assert read_number("3.5", whole=True) == 3.5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "needs a number"),
        ("px", "unknown name 'px'"),
        ("1/0", "has no value: "),
        ("nan", "needs a finite number"),
        ("1e999", "needs a finite number"),
        ("1 2", "has a mistake"),
        ("__import__('os')", "cannot be called"),
    ],
)
def test_typed_nonsense_is_told(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_number(text)
