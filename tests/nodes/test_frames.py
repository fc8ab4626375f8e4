"""Weights of frames by a formula over their statistics."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import pytest

from graph.errors import InputError
from graph.model import Graph
from graph.parameters import resolve
from graph.plan import plan
from graph.registry import Registry
from graph.result import Result
from graph.run import run
from graph.spec import Each, node, spec_of
from graph.store import Store
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


# --- accepted and rejected by eye ----------------------------------------------------------------


def test_a_rejected_frame_weighs_nothing_whatever_the_formula_says() -> None:
    measured = image_statistics(MONO)
    assert approve(MONO, measured, formula="5", accepted=False).weight == 0
    assert approve(MONO, measured, formula="5", accepted=True).weight == 10
    assert approve(MONO, measured, formula="-1", accepted=False).weight == 0


@node("test.frame", version=1)
def make_frame(*, seed: Annotated[int, Each()]) -> Image:
    """A frame of noise."""
    return Image(np.random.default_rng(seed).normal(0.05, 0.001, (20, 30)))


def night(accepted: Any) -> Graph:
    graph = Graph(Registry([make_frame, approve, image_statistics]))
    graph.add("frames", "test.frame", seed=[1, 2, 3, 4])
    graph.add("approve", "frames.approve", accepted=accepted)
    graph.link("frames", "image", "approve", "image")
    return graph


def weights(result: Result) -> list[float]:
    return [result.item("approve", i).weight for i in range(4)]


def test_only_the_frame_that_changed_runs_again() -> None:
    store = Store()
    first = run(plan(night(True), store, targets=["approve"]), store)
    assert weights(first) == [1, 1, 1, 1]
    again = plan(night([True] * 4), store, targets=["approve"])
    assert again.nodes["approve"].to_run == 0
    changed = plan(night([True, False, True, True]), store, targets=["approve"])
    assert changed.nodes["approve"].to_run == 1
    assert changed.nodes["frames"].to_run == changed.nodes["approve:statistics"].to_run == 0
    assert weights(run(changed, store)) == [1, 0, 1, 1]


@pytest.mark.parametrize("accepted", [[], [True], [True] * 3, [False] * 5])
def test_a_list_of_another_length_than_the_frames_is_told(accepted: list[bool]) -> None:
    made = plan(night(accepted), Store(), targets=["approve"])
    assert made.nodes["approve"].state == "blocked"
    assert made.nodes["approve"].reason == (
        "the lists are of unequal length: image has 4, statistics has 4, "
        f"accepted has {len(accepted)}"
    )


@pytest.mark.parametrize(("value", "fits"), [(True, True), (False, True), ([True, False], True),
                                             (1, False), ([1], False), ("yes", False)])  # fmt: skip
def test_what_accepted_takes(value: Any, fits: bool) -> None:
    parameter = spec_of(approve).params["accepted"]
    if fits:
        resolve(parameter, value)
        return
    with pytest.raises(ValueError, match="needs true or false"):
        resolve(parameter, value)
