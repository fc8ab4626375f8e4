"""Location and scale of frames against their definitions and against known noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graph.spec import spec_of
from nodes.kernels.scale import locate, select_samples
from nodes.scale import frame_scale
from nodes.values import Image

ESTIMATORS: list[Any] = list(spec_of(frame_scale).params["estimator"].choices)


def noise(*shape: int, sigma: float = 1e-3, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.1, sigma, shape).astype(np.float32)


def brute(x: np.ndarray, estimator: str) -> float:
    """The estimators as they are defined, over all pairs where they are."""
    x = x.astype(np.float64).reshape(-1)
    n, m = x.size, np.median(x)
    off = np.abs(x - m)
    mad = np.median(off)
    if estimator == "MAD":
        return float(1.4826 * mad)
    if estimator == "average deviation":
        return float(np.sqrt(np.pi / 2) * off.mean())
    if estimator in ("BWMV", "IKSS"):
        y = (x - m) / (9 * mad)
        near = np.abs(y) < 1
        top = ((x - m)[near] ** 2 * (1 - y[near] ** 2) ** 4).sum()
        bottom = ((1 - y[near] ** 2) * (1 - 5 * y[near] ** 2)).sum()
        return float(0.991 * np.sqrt(n * top) / abs(bottom))
    if estimator == "PBMV":
        bend = np.sort(off)[int(0.8 * n + 0.5) - 1]
        y = np.clip((x - m) / bend, -1, 1)
        inside = (np.abs((x - m) / bend) < 1).sum()
        return float(0.9709 * bend * np.sqrt(n * (y**2).sum()) / max(1, inside))
    distances = np.abs(x[:, None] - x)
    if estimator == "Sn":
        high = np.sort(distances, axis=1)[:, n // 2]
        return float(1.1926 * np.sort(high)[(n + 1) // 2 - 1])
    half = n // 2 + 1
    pairs = np.sort(distances[np.triu_indices(n, 1)])
    return float(2.2191 * pairs[half * (half - 1) // 2 - 1])


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("count", [2, 3, 10, 57, 200])
def test_estimators_are_as_defined(estimator: str, count: int) -> None:
    x = noise(1, count, seed=count)
    x[0, 0] += 0.0005 if estimator == "IKSS" else 0.05  # IKSS is defined by repeating
    place, spread = locate(x, estimator)
    if estimator == "IKSS" and count > 10:
        assert spread == pytest.approx(brute(x, estimator), rel=0.1)
    elif estimator != "IKSS":
        assert place == pytest.approx(float(np.median(x.astype(np.float64))), rel=1e-7)
        assert spread == pytest.approx(brute(x, estimator), rel=1e-6)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_all_give_the_sigma_of_gaussian_noise(estimator: Any) -> None:
    plane = noise(1000, 1000)
    scale = frame_scale(Image(plane), estimator=estimator)
    assert scale.location[0] == pytest.approx(0.1, abs=1e-5)
    assert scale.scale[0] == pytest.approx(1e-3, rel=0.02)
    assert scale.estimator == estimator


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_scale_moves_with_the_frame(estimator: Any) -> None:
    one = frame_scale(Image(noise(300, 301)), estimator=estimator)
    two = frame_scale(Image(3 * noise(300, 301) + np.float32(0.2)), estimator=estimator)
    assert two.location[0] == pytest.approx(3 * one.location[0] + 0.2, rel=1e-6)
    assert two.scale[0] == pytest.approx(3 * one.scale[0], rel=1e-4)


@pytest.mark.parametrize("estimator", ["BWMV", "IKSS", "Sn", "Qn", "MAD", "PBMV"])
def test_stars_hardly_matter(estimator: Any) -> None:
    plane = noise(500, 500)
    plane[:25] += 0.3
    scale = frame_scale(Image(plane), estimator=estimator)
    assert scale.scale[0] == pytest.approx(1e-3, rel=0.15)


def test_black_saturated_and_missing_pixels_do_not_count() -> None:
    plane = noise(400, 500)
    truth = locate(plane[10:], "BWMV")
    plane[:4], plane[4:8], plane[8], plane[9] = 0, 1, np.nan, np.inf
    scale = frame_scale(Image(plane))
    assert (scale.location[0], scale.scale[0]) == pytest.approx(truth, rel=1e-6)
    assert scale.black == (4 / 400,)
    assert scale.saturated[0] == pytest.approx(5 / 400)


def test_dark_samples_count_where_nothing_was_clipped() -> None:
    plane = noise(500, 500) - np.float32(0.0995)  # half a sigma above 0
    scale = frame_scale(Image(plane))
    assert scale.location[0] == pytest.approx(0.0005, abs=1e-5)
    assert scale.scale[0] == pytest.approx(1e-3, rel=0.02)
    samples, black, _ = select_samples(plane.clip(0))
    assert np.nanmin(samples) > 2e-5
    assert black == (plane <= 0).sum()


def test_channels_and_colour_planes_have_their_own() -> None:
    data = np.stack([noise(50, 60) * k for k in (1, 2, 3)])
    scale = frame_scale(Image(data))
    np.testing.assert_allclose(scale.location, [0.1, 0.2, 0.3], rtol=1e-2)
    mosaic = noise(51, 60)
    mosaic[::2, ::2] *= 4
    mosaic[1::2, 1::2] *= 2
    scale = frame_scale(Image(mosaic, cfa="RGGB"))
    np.testing.assert_allclose(scale.location, [0.4, 0.1, 0.1, 0.2], rtol=1e-2)
    assert scale.location[0] == np.median(mosaic[::2, ::2].astype(np.float64))


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (3, 1)])
def test_tiny_constant_and_empty_frames(estimator: Any, shape: tuple[int, int]) -> None:
    constant = frame_scale(Image(np.full(shape, 0.25), cfa="RGGB"), estimator=estimator)
    assert constant.location == (0.25,)
    assert constant.scale == (0.0,)
    for value in (0.0, 1.0, np.nan):
        empty = frame_scale(Image(np.full(shape, value)), estimator=estimator)
        assert np.isnan([*empty.location, *empty.scale]).all()


def test_plain_summary() -> None:
    text = frame_scale(Image(np.full((4, 4), 0.25))).summary()
    assert text == "0.25 ± 0 (BWMV)"
