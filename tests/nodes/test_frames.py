"""Weights of frames by a formula over their statistics."""

from __future__ import annotations

import numpy as np
import pytest

from graph.errors import InputError
from graph.parameters import resolve
from graph.spec import spec_of
from nodes.frames import approve
from nodes.measure import image_statistics
from nodes.values import Image

RNG = np.random.default_rng(5)
MONO = Image(RNG.normal(0.05, 0.001, (60, 80)), weight=2.0)
COLOR = Image(RNG.normal(0.05, 0.001, (3, 60, 80)) * np.array([1, 2, 3])[:, None, None])


def weigh(image: Image, formula: str) -> float:
    return approve(image, image_statistics(image), formula=formula).weight


@pytest.mark.parametrize(
    ("formula", "factor"),
    [
        ("1", 1.0),
        ("median < 0.1 and noise < 0.002", 1.0),
        ("median < 0.04 or noise > 0.002", 0.0),
        ("0.25 if width == 80 and height == 60 else 1", 0.25),
        ("minimum < mean and mean < maximum and mad < deviation", 1.0),
    ],
)
def test_weight_is_multiplied_by_the_formula(formula: str, factor: float) -> None:
    assert weigh(MONO, formula) == 2.0 * factor


@pytest.mark.parametrize(
    "name", ["median", "mad", "mean", "deviation", "noise", "minimum", "maximum"]
)
@pytest.mark.parametrize("image", [MONO, COLOR], ids=["mono", "RGB"])
def test_names_are_means_over_the_channels(image: Image, name: str) -> None:
    numbers = getattr(image_statistics(image), name)
    assert weigh(image, f"{name} + 1") == pytest.approx(image.weight * (np.mean(numbers) + 1))


def test_nothing_but_the_weight_changes() -> None:
    result = approve(COLOR, image_statistics(COLOR), formula="median > 1")
    assert result.weight == 0
    assert np.shares_memory(result.data, COLOR.data)
    assert (result.header, result.linear, result.wcs) == (COLOR.header, COLOR.linear, COLOR.wcs)


@pytest.mark.parametrize("data", [np.full((4, 5), 0.2), np.full((1, 1), 0.2)])
def test_constant_and_tiny_frames(data: np.ndarray) -> None:
    assert weigh(Image(data), "noise == 0 and deviation == 0 and median > 0.1") == 1.0


def test_frame_without_a_valid_pixel_fails_every_comparison() -> None:
    empty = Image(np.full((8, 8), np.nan))
    assert weigh(empty, "median < 0.1") == 0.0
    with pytest.raises(InputError, match="gives nan"):
        weigh(empty, "median")


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("-1", r"'-1' gives -1 for this frame; a weight is 0 or more"),
        ("1e300 * 1e300", "gives inf"),
        ("1 / (median - median)", "has no value"),
        ("ln(0)", "has no value"),
    ],
)
def test_impossible_values_are_refused(formula: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        weigh(MONO, formula)


def test_names_are_checked_before_a_run() -> None:
    parameter = spec_of(approve).params["formula"]
    assert resolve(parameter, "noise < 0.002 and width > 100") == "noise < 0.002 and width > 100"
    with pytest.raises(ValueError, match="unknown name 'fwhm'"):
        resolve(parameter, "fwhm < 3")
    with pytest.raises(ValueError, match="not allowed"):
        resolve(parameter, "median.real")
