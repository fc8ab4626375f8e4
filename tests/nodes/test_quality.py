"""What a frame is worth, against analytic values and frames made worse on purpose."""

from __future__ import annotations

import math
from functools import cache
from typing import Annotated, Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from graph.errors import InputError
from graph.model import Graph
from graph.plan import plan
from graph.registry import Registry
from graph.run import run
from graph.spec import Each, node
from graph.store import Store
from graph.values import decode, encode
from nodes.kernels.levels import measure_levels, sn
from nodes.quality import MEASURES, Quality, chauvenet_range, measure
from nodes.stars import detect
from nodes.values import Header, Image
from tests.nodes.sky import LEVEL, SIGMA, Truth, draw, noise, scatter

SHAPE = (500, 800)


@cache
def night() -> tuple[np.ndarray, Truth]:
    """Stars on nothing, electrons aside: noise is added by each test."""
    truth = scatter(150, SHAPE, (10, 800), np.random.default_rng(1))
    return draw(SHAPE, truth, 3.2, 0.4, 30), truth


def grade(data: np.ndarray, **fields: Any) -> Quality:
    image = Image(data, **fields)
    return measure(image, detect(image))


def frame(scene: np.ndarray, *, light: float = 1.0, sky: float = 1.0, grain: float = 1.0) -> Image:
    rng = np.random.default_rng(2)
    return Image(light * scene + sky * LEVEL + grain * SIGMA * rng.normal(size=SHAPE))


def value(image: Image, name: str) -> float:
    return float(getattr(measure(image, detect(image)), name))


def test_shape_noise_and_level_are_the_true_ones() -> None:
    quality = measure(frame(night()[0]), detect(frame(night()[0])))
    assert abs(quality.fwhm / 3.2 - 1) < 0.01
    assert abs(quality.eccentricity - 0.4) < 0.02
    assert quality.stars == pytest.approx(150, abs=4)
    assert quality.noise == pytest.approx(SIGMA, rel=0.03)
    assert quality.n_star == pytest.approx(SIGMA, rel=0.06)
    assert quality.m_star == pytest.approx(0.6745 * SIGMA, rel=0.06)
    assert quality.median == pytest.approx(LEVEL, abs=0.1 * SIGMA)
    assert quality.residual < 0.05


@pytest.mark.parametrize("factor", [2.0, 0.5, 0.3])
def test_psf_weights_do_not_change_with_the_unit(factor: float) -> None:
    image = frame(night()[0])
    other = Image(image.data * np.float32(factor))
    for name in ("psf_signal", "psf_snr", "snr", "fwhm"):
        assert value(other, name) == pytest.approx(value(image, name), rel=2e-3)
    if factor != 0.3:
        assert value(other, "psf_signal") == pytest.approx(value(image, "psf_signal"), rel=1e-6)


def test_psf_weights_by_their_definition() -> None:
    image = frame(night()[0])
    stars = detect(image)
    quality = measure(image, stars)
    low, high = chauvenet_range(stars.mean)
    flux, means = stars.flux.sum(dtype=float), np.clip(stars.mean.astype(float), low, high).sum()
    signal = 5.326e-6 * flux * means / (9.0e6 * quality.n_star * quality.m_star)
    assert quality.psf_signal == pytest.approx(signal, rel=1e-6)
    assert quality.psf_snr == pytest.approx(
        1.316e-7 * flux**2 / (4.987e6 * quality.n_star**2), rel=1e-6
    )


@pytest.mark.parametrize("name", ["psf_signal", "psf_snr"])
def test_every_harm_lowers_the_weights(name: str) -> None:
    scene, _ = night()
    good = value(frame(scene), name)
    assert value(frame(scene, light=0.7, sky=1.2), name) < 0.9 * good  # thin cloud
    assert value(frame(scene, grain=2.0), name) < 0.5 * good


def test_blur_and_trailing_lower_the_signal_weight() -> None:
    """At the same flux; PSF SNR does not care."""
    scene, truth = night()
    good = value(frame(scene), "psf_signal")
    assert value(frame(gaussian_filter(scene, 2.0)), "psf_signal") < 0.8 * good
    same = truth._replace(height=truth.height * (3.2 / 4.5) ** 2)
    trailed = draw(SHAPE, same, 4.5, 0.8, 30)
    assert value(frame(trailed), "psf_signal") < 0.8 * good


def test_blur_and_trailing_are_seen() -> None:
    scene, truth = night()
    good = measure(frame(scene), detect(frame(scene)))
    soft = frame(gaussian_filter(scene, 2.0))
    assert value(soft, "fwhm") > 1.5 * good.fwhm
    trailed = frame(draw(SHAPE, truth, 4.0, 0.8, 30))
    assert value(trailed, "eccentricity") == pytest.approx(0.8, abs=0.03)


def test_saturated_stars_do_not_count() -> None:
    scene, _ = night()
    giant = Truth(np.array([400.0]), np.array([252.0]), np.array([40.0]))
    data = frame(scene).data[0] + draw(SHAPE, giant)
    image = Image(np.minimum(data, 1.0))
    assert value(image, "flux") == pytest.approx(value(frame(scene), "flux"), rel=0.1)
    assert value(image, "fwhm") == pytest.approx(3.2, rel=0.02)


@pytest.mark.parametrize("cfa", [None, "RGGB"])
def test_colours_and_mosaics(cfa: str | None) -> None:
    scene, _ = night()
    rng = np.random.default_rng(3)
    if cfa:
        quality = grade(noise(SHAPE, rng) + scene, cfa=cfa)
        assert quality.noise == pytest.approx(SIGMA / 2, rel=0.5)
    else:
        quality = grade(noise((3, *SHAPE), rng) + scene)
        assert quality.noise == pytest.approx(SIGMA / math.sqrt(3), rel=0.04)
    assert quality.fwhm == pytest.approx(3.2, rel=0.02)


@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (3, 2, 2), (60, 70)])
@pytest.mark.parametrize("level", [0.0, 0.1, np.nan])
def test_frames_without_stars(shape: tuple[int, ...], level: float) -> None:
    quality = grade(np.full(shape, level))
    assert quality.stars == 0
    for name in ("fwhm", "eccentricity", "psf_signal", "psf_snr", "residual", "snr"):
        assert math.isnan(getattr(quality, name))
    if math.isnan(level):
        assert math.isnan(quality.median)
    else:
        assert (quality.median, quality.noise) == (pytest.approx(level), 0)


def test_borders_without_pixels_change_little() -> None:
    data = np.array(frame(night()[0]).data[0])
    whole = grade(data)
    data[:, :60] = data[-40:] = np.nan
    part = grade(data)
    assert part.noise == pytest.approx(whole.noise, rel=0.05)
    assert part.n_star == pytest.approx(whole.n_star, rel=0.05)
    assert part.fwhm == pytest.approx(whole.fwhm, rel=0.02)


def test_what_is_read_from_the_header() -> None:
    cards = [("EXPOSURE", "120 s"), ("FILTER", "Ha"), ("DATE-OBS", "2026-03-14T20:30:00"),
             ("AIRMASS", 1.25), ("OBJCTALT", " 53.2 deg"), ("XBINNING", 2)]  # fmt: skip
    quality = grade(np.full((9, 9), 0.1), header=Header(tuple((k, v, "") for k, v in cards)))
    assert (quality.exposure, quality.filter, quality.start) == (120, "Ha", "2026-03-14T20:30:00")
    assert (quality.airmass, quality.altitude, quality.binning) == (1.25, 53.2, 2)
    silent = grade(np.full((9, 9), 0.1))
    assert math.isnan(silent.exposure)
    assert (silent.filter, silent.start, silent.binning) == ("", "", 1)
    assert "binning" in MEASURES
    assert "filter" not in MEASURES


def test_stars_of_another_image_are_refused() -> None:
    with pytest.raises(InputError, match=r"800 × 500 px but this one has 40 × 30 px"):
        measure(Image(np.zeros((30, 40))), detect(frame(night()[0])))


def test_it_is_a_value_that_can_be_stored() -> None:
    stars = detect(frame(night()[0]))
    quality = measure(frame(night()[0]), stars)
    assert decode(*encode(quality)) == quality
    back = decode(*encode(stars))
    np.testing.assert_array_equal(back.flux, stars.flux)
    assert back.summary() == stars.summary()
    assert quality.summary().startswith("FWHM 3.")


# --- parts ---------------------------------------------------------------------------------------


def test_sn_is_the_definition() -> None:
    rng = np.random.default_rng(4)
    for size in (2, 3, 4, 5, 8, 31, 100, 200):
        for values in (rng.normal(size=size), np.round(3 * rng.normal(size=size))):
            apart = np.sort(np.abs(values[:, None] - values), axis=1)[:, size // 2]
            assert sn(values) == np.sort(apart)[(size + 1) // 2 - 1]
    assert sn(np.array([])) == sn(np.array([3.0])) == 0
    assert 1.1926 * sn(rng.normal(0, 2, 20_000)) == pytest.approx(2, rel=0.02)


def test_chauvenet_rejects_what_is_not_to_be_expected() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(10, 1, 500)
    low, high = chauvenet_range(np.r_[values, 40, 50, -30])
    assert (low, high) == (values.min(), values.max())
    low, high = chauvenet_range(np.r_[values, rng.uniform(20, 90, 150)])
    assert high < 15
    assert chauvenet_range(np.array([2.0])) == (2.0, 2.0)
    assert chauvenet_range(np.array([2.0, 2.0, 2.0])) == (2.0, 2.0)


def test_levels_of_a_slope_with_stars_and_a_nebula() -> None:
    """Neither a gradient of 100 sigma nor stars nor a nebula moves noise, N* and M* much."""
    rng = np.random.default_rng(6)
    shape = (800, 1100)
    y, x = np.mgrid[: shape[0], : shape[1]]
    truth = scatter(300, shape, (5, 500), rng)
    nebula = 50 * SIGMA * np.exp(-((x - 500) ** 2 + (y - 400) ** 2) / (2 * 200**2))
    data = noise(shape, rng) + 100 * SIGMA * x / shape[1] + nebula + draw(shape, truth)
    levels = measure_levels(data.astype(np.float32))
    assert levels.noise == pytest.approx(SIGMA, rel=0.05)


# --- in a graph ----------------------------------------------------------------------------------


@node("test.frame", version=1)
def make_frame(*, seed: Annotated[int, Each()]) -> Image:
    """A frame with stars."""
    rng = np.random.default_rng(seed)
    return Image(noise((80, 100), rng) + draw((80, 100), scatter(9, (80, 100), (50, 300), rng)))


def graph_of(accepted: Any) -> Graph:
    graph = Graph(Registry([make_frame, detect, measure]))
    graph.add("frames", "test.frame", seed=[1, 2, 3])
    graph.add("grade", "quality.measure", accepted=accepted)
    graph.link("frames", "image", "grade", "image")
    return graph


def test_stars_are_found_by_themselves_and_one_frame_is_rejected_by_eye() -> None:
    store = Store()
    first = run(plan(graph_of(True), store, targets=["grade"]), store)
    assert [first.item("grade", i).stars for i in range(3)] == [9, 9, 9]
    made = plan(graph_of([True, False, True]), store, targets=["grade"])
    assert made.nodes["grade"].to_run == 1
    assert made.nodes["grade:stars"].to_run == 0
    result = run(made, store)
    assert [result.item("grade", i).accepted for i in range(3)] == [True, False, True]
