"""Curves against scipy's interpolators and plain formulas."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import Akima1DInterpolator, CubicSpline

from graph.errors import InputError
from nodes.akima import IDENTITY, evaluate, is_identity, pieces
from nodes.curves import curves
from nodes.values import Image, Mask
from tests.nodes.recording import Recorder

Points = tuple[tuple[float, float], ...]

S_CURVE: Points = ((0.0, 0.0), (0.2, 0.1), (0.45, 0.5), (0.7, 0.86), (0.9, 0.97), (1.0, 1.0))
LIFT: Points = ((0.0, 0.1), (0.3, 0.5), (1.0, 0.9))
SPEC = curves.spec  # type: ignore[attr-defined]


def reference(points: Points, x: Any) -> np.ndarray:
    """The curve as scipy makes it."""
    knots, values = np.array(points).T
    x = np.clip(np.asarray(x, float), 0, 1)
    if len(points) == 2:
        found = np.interp(x, knots, values)
    elif len(points) < 5:
        found = CubicSpline(knots, values, bc_type="natural")(x)
    else:
        found = Akima1DInterpolator(knots, values)(x)
    return np.clip(found, 0, 1)


def colour(height: int = 31, width: int = 37) -> np.ndarray:
    """Values between -0.2 and 1.2, one missing."""
    data = np.random.default_rng(5).uniform(-0.2, 1.2, (3, height, width)).astype(np.float32)
    data[1, 2, 3] = np.nan
    return data


@st.composite
def curve_points(draw: st.DrawFn) -> Points:
    """Points of a curve, no two closer than a thousandth."""
    inner = draw(st.sets(st.integers(1, 999), max_size=8))
    xs = [0, *sorted(inner), 1000]
    return tuple((x / 1000, draw(st.integers(0, 997)) / 997) for x in xs)


@settings(max_examples=150, deadline=None)
@given(curve_points())
def test_curve_is_that_of_scipy(points: Points) -> None:
    slopes = np.diff([y for _, y in points]) / np.diff([x for x, _ in points])
    if len(points) >= 5 and (np.abs(np.diff(slopes)) < 1e-9).any():
        return  # a straight stretch may end in a corner, where scipy rounds
    x = np.linspace(-0.1, 1.1, 1001)
    np.testing.assert_allclose(evaluate(points, x), reference(points, x), atol=2e-9)


@settings(max_examples=50, deadline=None)
@given(curve_points(), curve_points())
def test_kernel_is_exact(own: Points, combined: Points) -> None:
    data = colour()
    found = curves(Image(data, linear=False), combined=combined, green=own).data
    wanted = data.astype(float)
    if not is_identity(own):
        wanted[1] = evaluate(own, wanted[1])
    if not is_identity(combined):
        wanted = evaluate(combined, wanted)
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_points_are_met_and_pieces_join() -> None:
    knots, coefficients = pieces(S_CURVE)
    np.testing.assert_array_equal(knots, [x for x, _ in S_CURVE])
    width = np.diff(knots)
    a, b, c, e = coefficients.T
    ends = a + width * (b + width * (c + width * e))
    np.testing.assert_allclose(ends, [y for _, y in S_CURVE[1:]], atol=1e-15)
    slopes = b + width * (2 * c + 3 * width * e)
    np.testing.assert_allclose(slopes[:-1], b[1:], atol=1e-12)


def test_lines_that_meet_make_a_corner() -> None:
    roof = ((0.0, 0.0), (0.25, 0.4), (0.5, 0.8), (0.75, 0.4), (1.0, 0.0))
    x = np.linspace(0, 1, 101)
    np.testing.assert_allclose(evaluate(roof, x), 0.8 - 1.6 * np.abs(x - 0.5), atol=1e-12)


@pytest.mark.parametrize("count", [2, 3, 4, 5, 9])
def test_points_on_a_line_are_a_line(count: int) -> None:
    x = np.linspace(0, 1, count)
    points = tuple((float(v), float(0.2 + 0.5 * v)) for v in x)
    fine = np.linspace(0, 1, 777)
    np.testing.assert_allclose(evaluate(points, fine), 0.2 + 0.5 * fine, atol=1e-12)


@pytest.mark.parametrize("points", [(), ((0, 0),), ((0, 0), (0, 1)), ((0.5, 0), (0.2, 1))])
def test_points_in_no_order_are_refused(points: Any) -> None:
    with pytest.raises(ValueError, match="two points or more, x rising"):
        pieces(points)


# --- the node ------------------------------------------------------------------------------------


def test_defaults_change_nothing() -> None:
    image = Image(colour())
    assert curves(image) is image
    many = tuple((x, x) for x in (0.0, 0.3, 0.31, 0.8, 0.9, 1.0))
    assert curves(image, combined=many, blue=many) is image


def test_own_curves_come_before_the_combined_one() -> None:
    data = colour()
    found = curves(Image(data, linear=False), combined=S_CURVE, red=LIFT).data
    np.testing.assert_allclose(found[0], evaluate(S_CURVE, evaluate(LIFT, data[0])), atol=1e-6)
    np.testing.assert_allclose(found[2], evaluate(S_CURVE, data[2]), atol=1e-6)
    assert np.isnan(found[1, 2, 3])


def test_channels_without_a_curve_stay_to_the_bit() -> None:
    data = colour()
    found = curves(Image(data, linear=False), red=LIFT).data
    np.testing.assert_array_equal(found[1:], data[1:])


def test_mono_takes_the_combined_curve_only() -> None:
    data = colour()[:1]
    recorder = Recorder()
    found = curves(Image(data, linear=False), combined=LIFT, red=S_CURVE, ctx=recorder)
    np.testing.assert_allclose(found.data, evaluate(LIFT, data), atol=1e-6)
    assert recorder.warnings == [
        "red, green and blue do nothing to a mono image; use the combined curve"
    ]


def test_mask_blends_and_must_fit() -> None:
    data = np.clip(colour(), 0, 1)
    weights = np.random.default_rng(1).random((1, *data.shape[1:])).astype(np.float32)
    found = curves(Image(data, linear=False), Mask(weights), combined=S_CURVE).data
    wanted = weights * evaluate(S_CURVE, data) + (1 - weights) * data.astype(float)
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    with pytest.raises(InputError, match=r"mask is 3 × 2 px but the image is 37 × 31 px"):
        curves(Image(data), Mask(np.ones((2, 3), np.float32)), combined=LIFT)


def test_state_is_known_from_the_parameters() -> None:
    defaults = {name: p.default for name, p in SPEC.params.items()}
    gives = SPEC.outputs["image"].gives
    assert gives.state == "stretched"
    for params in ({}, {"combined": LIFT}, {"blue": S_CURVE}, {"combined": IDENTITY}):
        found = curves(Image(colour()), **params)  # type: ignore[arg-type]
        assert gives.when(defaults | params) == (not found.linear)


def test_linear_data_are_warned_of() -> None:
    recorder = Recorder()
    curves(Image(colour()), combined=LIFT, ctx=recorder)
    assert "the image is linear" in recorder.warnings[0]
    recorder = Recorder()
    curves(Image(colour(), linear=False), combined=LIFT, ctx=recorder)
    assert recorder.warnings == []


@pytest.mark.parametrize("value", [-math.inf, -1.0, 0.0, 0.5, 1.0, math.inf, math.nan])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 7), (3, 2, 1)])
def test_extreme_values(value: float, shape: tuple[int, ...]) -> None:
    found = curves(Image(np.full(shape, value, np.float32), linear=False), combined=S_CURVE).data
    np.testing.assert_allclose(found, evaluate(S_CURVE, np.full(shape, value)), atol=1e-6)


def test_data_stay_as_they_are() -> None:
    image = Image(colour(), linear=False)
    before = image.data.tobytes()
    curves(image, combined=LIFT, red=S_CURVE)
    assert image.data.tobytes() == before
