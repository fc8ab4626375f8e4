"""Detection and profiles of stars, held against drawn ones and against other programs."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import least_squares
from scipy.spatial import cKDTree

from graph.context import Context
from graph.errors import InputError
from nodes import bands
from nodes.io import load_image
from nodes.kernels import peaks, psf_fit, shapes
from nodes.kernels.mesh import clipped_level, make_mesh
from nodes.stars import BLENDED, INCOMPLETE, SATURATED, Stars, detect, table
from nodes.values import Image, Mask, Wcs
from tests.nodes.sky import LEVEL, SIGMA, Truth, draw, noise, scatter

SHAPE = (600, 1200)


@cache
def field(seed: int = 0) -> tuple[np.ndarray, Truth]:
    """The test of methods.md: 200 Moffats of FWHM 3.2 px, eccentricity 0.4, SNR 20 to 500."""
    rng = np.random.default_rng(seed)
    truth = scatter(200, SHAPE, (20, 500), rng)
    data = noise(SHAPE, rng) + draw(SHAPE, truth, 3.2, 0.4, 30.0)
    data.setflags(write=False)
    return data, truth


def pairs(stars: Stars, truth: Truth, near: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Which stars are true, and which of the truth they are."""
    if not len(stars):
        return np.zeros(0, int), np.zeros(0, int)
    distance, which = cKDTree(np.c_[truth.x, truth.y]).query(np.c_[stars.x, stars.y])
    good = np.flatnonzero(distance < near)
    return good, which[good]


def off(stars: Stars, truth: Truth) -> float:
    """The rms of the centres along an axis."""
    good, which = pairs(stars, truth)
    return float(np.sqrt(np.mean(np.r_[
        stars.x[good] - truth.x[which], stars.y[good] - truth.y[which]] ** 2)))  # fmt: skip


class Told(Context):
    """Keeps what it is warned of."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def warn(self, message: str) -> None:
        self.messages.append(message)


# --- the figures of methods.md -------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_moffats_are_found_and_measured(seed: int) -> None:
    data, truth = field(seed)
    stars = detect(Image(data))
    good, which = pairs(stars, truth)
    assert len(set(which)) >= 0.95 * 200
    assert len(stars) - len(good) <= 0.01 * 200
    assert abs(np.mean(stars.fwhm) / 3.2 - 1) < 0.01
    assert abs(np.mean(stars.eccentricity) - 0.4) < 0.02
    assert abs(np.median(stars.theta) - 30) < 1
    assert off(stars, truth) < 0.05
    np.testing.assert_allclose(np.median(stars.amplitude[good] / truth.height[which]), 1, atol=0.01)
    np.testing.assert_allclose(np.median(stars.background), LEVEL, atol=0.1 * SIGMA)
    np.testing.assert_allclose(stars.snr, stars.amplitude / SIGMA, rtol=0.3)


def test_moments_alone_are_nearly_as_exact() -> None:
    data, truth = field()
    stars = detect(Image(data), profile="none")
    assert len(pairs(stars, truth)[0]) == len(stars) >= 195
    assert off(stars, truth) < 0.05
    assert abs(np.mean(stars.eccentricity) - 0.4) < 0.03
    assert abs(np.mean(stars.fwhm) / 3.2 - 1) < 0.12
    assert not stars.beta.any()


@pytest.mark.parametrize(
    ("beta", "profile"),
    [(0.0, "gaussian"), (1.5, "moffat 1.5"), (2.5, "moffat 2.5"), (6.0, "moffat 6"),
     (8.0, "moffat 8"), (10.0, "moffat 10"), (2.5, "auto"), (4.0, "auto"), (10.0, "auto")],
)  # fmt: skip
def test_every_profile_measures_its_own_kind(beta: float, profile: Any) -> None:
    rng = np.random.default_rng(4)
    truth = scatter(60, (400, 500), (50, 500), rng)
    data = noise((400, 500), rng) + draw((400, 500), truth, 3.5, 0.5, 110, beta)
    stars = detect(Image(data), profile=profile)
    assert len(stars) >= 57
    assert set(stars.beta) == {beta}
    assert abs(np.median(stars.fwhm) / 3.5 - 1) < 0.01
    assert abs(np.median(stars.eccentricity) - 0.5) < 0.02
    assert abs(np.median(stars.theta) - 110) < 2
    factor = 2 * np.sqrt(2 ** (1 / beta) - 1) if beta else 2 * np.sqrt(2 * np.log(2))
    np.testing.assert_allclose(factor * np.sqrt(stars.sx * stars.sy), stars.fwhm, rtol=1e-5)


def test_flux_is_what_lies_within_the_ellipse_of_a_tenth() -> None:
    """Of a Moffat 1 - 10^(1/beta - 1) of all, and the mean is by the area of that ellipse."""
    truth = Truth(np.array([60.2, 160.4]), np.array([50.7, 80.1]), np.array([0.01, 0.02]))
    stars = detect(Image(LEVEL + draw((120, 220), truth, 4.0) + 1e-7 * noise((120, 220),
                   np.random.default_rng(0))))  # fmt: skip
    s = 4.0 / 2 / np.sqrt(2**0.25 - 1)
    whole = np.pi * s**2 / 3 * truth.height[::-1]
    np.testing.assert_allclose(stars.flux, whole * (1 - 10**-0.75), rtol=0.03)
    area = np.pi * s**2 * (10**0.25 - 1)
    np.testing.assert_allclose(stars.mean, stars.flux / area, rtol=1e-3)


def test_the_fit_is_the_least_squares_of_scipy() -> None:
    data, truth = field()
    index = 150
    x, y = int(truth.x[index]), int(truth.y[index])
    star = np.zeros((1, 11))
    star[0, [shapes.X, shapes.Y, shapes.BACKGROUND, shapes.NOISE]] = x + 0.4, y - 0.3, LEVEL, SIGMA
    star[0, [shapes.PEAK, shapes.SIZE]] = truth.height[index], 3.0
    star[0, [shapes.A, shapes.C]] = 0.5
    plane = data.astype(np.float32)
    fit = psf_fit.fit_profiles(plane, star, 4.0, 1.0)[0]
    cx, cy = round(x + 0.4), round(y - 0.3)
    v, u = np.mgrid[cy - 6 : cy + 7, cx - 6 : cx + 7]
    values = plane[cy - 6 : cy + 7, cx - 6 : cx + 7].astype(float) / SIGMA

    def residual(p: np.ndarray) -> np.ndarray:
        dx, dy = u - p[2], v - p[3]
        q = p[4] * dx**2 + 2 * p[5] * dx * dy + p[6] * dy**2
        return (p[0] + p[1] * (1 + q) ** -4 - values).ravel()

    start = [LEVEL / SIGMA, truth.height[index] / SIGMA, cx, cy, 0.06, 0.0, 0.06]
    other = least_squares(residual, start).x
    assert fit[psf_fit.GOOD] == 1
    np.testing.assert_allclose([fit[psf_fit.X], fit[psf_fit.Y]], other[2:4], atol=2e-3)
    np.testing.assert_allclose(fit[psf_fit.AMPLITUDE], other[1] * SIGMA, rtol=2e-3)
    np.testing.assert_allclose(fit[psf_fit.BACKGROUND], other[0] * SIGMA, atol=0.05 * SIGMA)
    form = (2**0.25 - 1) / (2 * np.log(2))  # of a Gaussian of the same width
    ours = fit[[psf_fit.A, psf_fit.B, psf_fit.C]] * form
    np.testing.assert_allclose(ours, other[4:], atol=2e-3 * other[4])


def test_dao_star_finder_finds_the_same_stars() -> None:
    from photutils.detection import DAOStarFinder

    data, _ = field(1)
    found = DAOStarFinder(threshold=6 * SIGMA, fwhm=3.2)(data - LEVEL)
    names = ("x_centroid", "y_centroid") if "x_centroid" in found.colnames else (
        "xcentroid", "ycentroid")  # fmt: skip
    theirs = np.c_[found[names[0]], found[names[1]]]
    stars = detect(Image(data))
    distance, _ = cKDTree(theirs).query(np.c_[stars.x, stars.y])
    assert np.mean(distance < 0.3) > 0.99
    assert len(stars) >= 0.98 * len(found)


# --- what is no star -----------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["none", "moffat 4"])
def test_hot_pixels_and_cosmic_rays_are_no_stars(profile: Any) -> None:
    rng = np.random.default_rng(2)
    data = noise(SHAPE, rng)
    y, x = rng.integers(5, 590, 60), rng.integers(5, 1190, 60)
    data[y, x] += rng.uniform(10 * SIGMA, 0.9, 60)
    data[y[:20], x[:20] + 1] += rng.uniform(10 * SIGMA, 0.9, 20)  # two beside one another
    for k in range(30, 50):  # tracks
        data[y[k] : y[k] + 6, x[k]] += 50 * SIGMA
    assert len(detect(Image(data), profile=profile)) == 0


@pytest.mark.parametrize("seed", range(3))
def test_noise_has_no_stars(seed: int) -> None:
    data = noise((1000, 1400), np.random.default_rng(seed))
    assert len(detect(Image(data))) == 0
    assert len(detect(Image(np.round(data * 65535) / 65535))) == 0


def test_nebulae_and_gradients_give_no_stars_and_hide_none() -> None:
    rng = np.random.default_rng(3)
    truth = scatter(120, SHAPE, (30, 300), rng)
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    glow = 0.02 * x / SHAPE[1] + 0.01 * y / SHAPE[0]
    for _ in range(12):
        u, v, size = rng.uniform(0, 1200), rng.uniform(0, 600), rng.uniform(15, 60)
        glow += 0.004 * np.exp(-((x - u) ** 2 + (y - v) ** 2) / (2 * size**2))
    stars = detect(Image(noise(SHAPE, rng) + glow + draw(SHAPE, truth)))
    good, which = pairs(stars, truth)
    assert len(set(which)) >= 114
    assert len(stars) - len(good) <= 1


def test_trails_and_galaxies_are_no_stars() -> None:
    rng = np.random.default_rng(5)
    data, truth = field()
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    trail = 40 * SIGMA * np.exp(-((0.6 * x - 0.8 * y - 100) ** 2) / (2 * 1.6**2))
    disc = sum(80 * SIGMA * np.exp(-np.hypot(x - u, 2 * (y - v)) / 9)
               for u, v in rng.uniform(100, 500, (6, 2)))  # fmt: skip
    stars = detect(Image(data + trail + disc))
    good, which = pairs(stars, truth)
    assert len(set(which)) >= 185  # some lie on the trail
    assert len(stars) - len(good) <= 3


def test_trailed_stars_are_stars() -> None:
    rng = np.random.default_rng(6)
    truth = scatter(80, (500, 700), (40, 400), rng)
    data = noise((500, 700), rng) + draw((500, 700), truth, 4.0, 0.85, 75)
    stars = detect(Image(data))
    assert len(pairs(stars, truth)[0]) >= 78
    assert abs(np.median(stars.eccentricity) - 0.85) < 0.02
    assert abs(np.median(stars.theta) - 75) < 1
    assert len(detect(Image(data), max_distortion=0.3)) < 8


# --- any image -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 1, 1), (3, 1, 1), (2, 3), (1, 40), (40, 1), (5, 5), (30, 30), (3, 70, 9)]
)
@pytest.mark.parametrize("value", [0.0, 0.1, np.nan])
def test_tiny_constant_and_empty_images_have_no_stars(shape: tuple[int, ...], value: float) -> None:
    told = Told()
    stars = detect(Image(np.full(shape, value)), ctx=told)
    assert len(stars) == stars.found == 0
    assert (stars.height, stars.width) == shape[-2:]
    assert told.messages == (["the image has no valid pixel, so it has no stars"]
                             if np.isnan(value) else [])  # fmt: skip
    assert len(detect(Image(np.full(shape[-2:], value), cfa="RGGB"))) == 0
    assert len(table(stars).rows) == 0


@pytest.mark.parametrize("factor", [2.0, 0.25, 2.0**-20])
def test_a_multiple_of_an_image_has_the_same_stars(factor: float) -> None:
    data, _ = field()
    one, other = detect(Image(data)), detect(Image(data * factor))
    for name in ("x", "y", "fwhm", "eccentricity", "theta", "snr", "flags"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(one.flux * np.float32(factor), other.flux)


def test_results_do_not_depend_on_the_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    data, _ = field()
    plain = detect(Image(data))
    monkeypatch.setattr(bands, "processors", lambda: 7)
    other = detect(Image(data))
    for name in ("x", "y", "flux", "fwhm", "eccentricity"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(other, name))


def test_borders_of_a_registered_frame_give_no_stars() -> None:
    data, truth = field()
    data = data.copy()
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    outside = (x + 0.3 * y < 200) | (y > 500)
    data[outside] = np.nan
    stars = detect(Image(data))
    good, which = pairs(stars, truth)
    inside = (truth.x + 0.3 * truth.y > 220) & (truth.y < 490)
    assert len(good) == len(stars)
    assert set(np.flatnonzero(inside)) <= set(which) | {0, 1, 2, 3}


def test_a_missing_pixel_is_flagged_and_costs_little() -> None:
    data, truth = field()
    data = data.copy()
    x, y = np.rint(truth.x).astype(int), np.rint(truth.y).astype(int)
    data[y[100:], x[100:] + 1] = np.nan
    stars = detect(Image(data))
    good, which = pairs(stars, truth)
    bright = which >= 100
    assert bright.sum() >= 95
    assert np.all(stars.flags[good][bright] & INCOMPLETE)
    assert not np.any(stars.flags[good][~bright] & INCOMPLETE)
    assert off(stars, truth) < 0.06
    for k in range(100, 200):
        data[y[k] - 3 : y[k] + 4, x[k] - 3 : x[k] + 4] = np.nan
    assert not (pairs(detect(Image(data)), truth)[1] >= 100).any()


@pytest.mark.parametrize(("white", "saturation"), [(0.95, 0.9), (0.4, 0.9), (0.4, 0.39)])
def test_saturated_stars_are_found_once_and_flagged(white: float, saturation: float) -> None:
    rng = np.random.default_rng(7)
    truth = scatter(24, (400, 600), (100, 1000), rng)
    truth = truth._replace(height=np.r_[truth.height[:18], np.geomspace(5, 200, 6)])
    data = np.minimum(noise((400, 600), rng) + draw((400, 600), truth, 4.0), white)
    stars = detect(Image(data), saturation=saturation)
    good, which = pairs(stars, truth, 0.5)
    assert len(good) == len(stars) == 24
    assert set(which[(stars.flags[good] & SATURATED) > 0]) == set(range(18, 24))
    np.testing.assert_array_equal(np.sort(which[:6]), np.arange(18, 24))  # the brightest


def test_the_shoulder_of_a_star_is_none_and_close_pairs_are_two() -> None:
    rng = np.random.default_rng(8)
    one = Truth(np.full(3, 60.0), np.array([40.0, 100, 160]), np.full(3, 0.02))
    two = Truth(60.0 + np.array([2.5, 4.0, 9.0]), one.y, np.full(3, 0.01))
    data = noise((200, 120), rng) + draw((200, 120), one) + draw((200, 120), two)
    stars = detect(Image(data), profile="none")
    found = [int(np.sum(np.abs(stars.y - y) < 5)) for y in one.y]
    assert found == [1, 1, 2]


def test_a_blend_is_flagged() -> None:
    rng = np.random.default_rng(9)
    pair = Truth(np.array([50.0, 54.5]), np.array([50.0, 50.0]), np.array([0.02, 0.018]))
    data = noise((100, 100), rng) + draw((100, 100), pair, 2.6)
    flags = detect(Image(data), profile="none", max_distortion=0.9).flags
    assert np.any(flags & BLENDED)


def test_crowded_fields() -> None:
    """3000 stars a megapixel: the bright ones are found, and hardly a false one."""
    rng = np.random.default_rng(10)
    count = 1500
    truth = Truth(rng.uniform(0, 1000, count), rng.uniform(0, 500, count),
                  SIGMA * 10 * rng.pareto(1.0, count))  # fmt: skip
    stars = detect(Image(noise((500, 1000), rng) + draw((500, 1000), truth, 2.8)))
    good, which = pairs(stars, truth)
    assert len(good) >= 0.97 * len(stars)
    inside = (truth.x > 5) & (truth.x < 995) & (truth.y > 5) & (truth.y < 495)
    bright = np.flatnonzero(inside & (truth.height > 100 * SIGMA))
    assert np.mean(np.isin(bright, which)) > 0.8


def test_wide_faint_stars_are_found_in_coarser_pixels() -> None:
    rng = np.random.default_rng(11)
    truth = scatter(40, (900, 1200), (1.0, 1.6), rng)
    data = noise((900, 1200), rng) + draw((900, 1200), truth, 11.0)
    stars = detect(Image(data))
    good, _ = pairs(stars, truth, 5.0)
    assert len(good) >= 20
    assert len(stars) - len(good) <= 3
    assert abs(np.median(stars.fwhm) / 11 - 1) < 0.15


# --- colour --------------------------------------------------------------------------------------


def test_colour_images_are_searched_in_the_mean_of_their_channels() -> None:
    data, _ = field()
    rng = np.random.default_rng(12)
    image = np.stack([noise(SHAPE, rng), np.array(data), noise(SHAPE, rng)])
    stars = detect(Image(image))
    mean = detect(Image(image.astype(np.float32).mean(axis=0)))
    assert len(stars) >= 195
    np.testing.assert_allclose(np.sort(stars.x), np.sort(mean.x), atol=1e-3)


@pytest.mark.parametrize("cfa", ["RGGB", "GBRG"])
@pytest.mark.parametrize("color", ["R", "G", "B", "RGB"])
def test_mosaics_give_places_in_their_own_pixels(cfa: str, color: str) -> None:
    """A star of one colour only stands where it does; sky of three levels is no structure."""
    rng = np.random.default_rng(13)
    shape = (301, 400)
    truth = scatter(48, shape, (100, 800), rng)
    pattern = np.array(list(cfa)).reshape(2, 2)[
        np.arange(shape[0])[:, None] % 2, np.arange(shape[1]) % 2
    ]
    sky = np.select([pattern == "R", pattern == "G"], [0.004, 0.02], 0.01)
    lit = np.isin(pattern, list(color))
    data = sky + SIGMA * rng.normal(size=shape) + np.where(lit, draw(shape, truth, 4.5), 0)
    stars = detect(Image(data, cfa=cfa))
    good, _ = pairs(stars, truth)
    assert len(good) == len(stars) >= 46
    assert off(stars, truth) < (0.03 if color == "RGB" else 0.12)
    assert np.mean(stars.x[good] - truth.x[pairs(stars, truth)[1]]) == pytest.approx(0, abs=0.03)
    if color == "RGB":
        assert abs(np.median(stars.fwhm) / 4.5 - 1) < 0.02


# --- parameters and outputs ----------------------------------------------------------------------


def test_the_brightest_come_first_and_the_limit_keeps_them() -> None:
    data, _ = field()
    stars = detect(Image(data))
    assert np.all(np.diff(stars.flux) <= 0)
    few = detect(Image(data), limit=30)
    assert (len(few), few.found) == (30, stars.found)
    assert set(few.x) <= set(stars.x[:40])


def test_sensitivity_and_sizes() -> None:
    rng = np.random.default_rng(14)
    truth = scatter(100, (500, 800), (1, 30), rng)
    image = Image(noise((500, 800), rng) + draw((500, 800), truth))
    counts = [len(detect(image, sensitivity=s)) for s in (0.0, 0.5, 0.9)]
    assert counts[0] < counts[1] < counts[2]
    data, _ = field()
    assert len(detect(Image(data), min_size=5.0)) < 10
    assert len(detect(Image(data), max_size=2.0)) < 10


def test_the_mask_excludes() -> None:
    data, truth = field()
    mask = np.zeros(SHAPE)
    mask[:, :600] = 1
    stars = detect(Image(data), Mask(mask))
    assert stars.x.min() > 599
    assert len(stars) == pytest.approx(np.sum(truth.x > 600), abs=2)
    with pytest.raises(InputError, match="30 × 20 px but the image is 1200 × 600"):
        detect(Image(data), Mask(np.zeros((20, 30))))


def test_what_a_list_holds() -> None:
    data, _ = field()
    wcs = Wcs((("CRPIX1", 5.0, ""),))
    stars = detect(Image(data, wcs=wcs))
    assert (stars.wcs, stars.width, stars.height) == (wcs, 1200, 600)
    assert stars.summary() == f"{len(stars)} stars, FWHM {np.median(stars.fwhm):.3g} px"
    with pytest.raises(ValueError, match="read-only"):
        stars.x[0] = 1
    rows = table(stars)
    assert rows.columns[:3] == ("x", "y", "flux")
    assert len(rows.rows) == len(stars)
    first = dict(zip(rows.columns, rows.rows[0], strict=True))
    assert (first["x"], first["fwhm"]) == (stars.x[0], pytest.approx(float(stars.fwhm[0])))
    assert first["flags"] == ""


# --- parts ---------------------------------------------------------------------------------------


def test_the_mesh_knows_level_and_noise_of_a_crowded_slope() -> None:
    rng = np.random.default_rng(15)
    shape = (512, 768)
    slope = 0.001 * np.arange(768) / 768 * np.ones(shape)
    truth = Truth(rng.uniform(0, 768, 200), rng.uniform(0, 512, 200), rng.uniform(0, 0.01, 200))
    data = (noise(shape, rng) + slope + draw(shape, truth)).astype(np.float32)
    data[:130, :200] = np.nan
    mesh = make_mesh(data, 64)
    middles = LEVEL + 0.001 * (np.arange(12) * 64 + 32) / 768
    np.testing.assert_allclose(mesh.level[3:6, 2:10], np.tile(middles[2:10], (3, 1)), atol=SIGMA)
    np.testing.assert_allclose(mesh.noise, SIGMA, rtol=0.35)


@pytest.mark.parametrize("step", [0.0, 0.8, 2.0])
def test_clipped_levels_of_coarse_numbers(step: float) -> None:
    """Also where a sigma is hardly more than a step of the converter."""
    rng = np.random.default_rng(16)
    found = []
    for _ in range(300):
        values = rng.normal(100, 1, 256)
        values[:25] += rng.exponential(30, 25)
        values = np.round(values / step) * step if step else values
        found.append(clipped_level(values.astype(np.float32)))
    level, sigma = np.mean(found, axis=0)
    assert abs(level - 100) < 0.1
    assert abs(sigma / np.hypot(1, step / np.sqrt(12)) - 1) < 0.08


def test_the_noise_of_the_smoothed_image() -> None:
    rng = np.random.default_rng(17)
    white = rng.normal(0.1, SIGMA, (600, 800)).astype(np.float32)
    assert peaks.smoothed_noise(white, make_mesh(white, 64)) == pytest.approx(70 / 256, rel=0.05)
    grainy = ((white[:, :-1] + white[:, 1:]) / 2).copy()
    expected = np.sqrt(70 / 256 * np.sum(np.convolve([1, 4, 6, 4, 1], [1, 1]) ** 2) / 32**2 * 2)
    assert peaks.smoothed_noise(grainy, make_mesh(grainy, 64)) == pytest.approx(expected, rel=0.07)


# --- real frames ---------------------------------------------------------------------------------


def test_m13_in_frames_where_single_stars_hardly_stand_out(real_data: Path) -> None:
    """What is found in two frames lies by one shift apart."""
    lists = [
        detect(load_image(file=real_data / f"mono_m13/M13_blue_000{i}.fits")) for i in (1, 2, 3, 4)
    ]
    for other, drift in zip(lists[1:], (-11, -24, -33), strict=True):
        dx = (other.x[:, None] - lists[0].x).ravel()
        dy = (other.y[:, None] - lists[0].y).ravel()
        assert np.sum(np.hypot(dx - drift, dy - 3) < 6) >= 5


def test_a_raw_mosaic_of_a_dslr(real_data: Path) -> None:
    """Two exposures of one field: most of the bright stars are the same, by one drift."""
    one, two = (
        detect(load_image(file=real_data / "osc_dslr_field" / name))
        for name in ("unsolved.fits", "solved.fits.fz")
    )
    assert min(len(one), len(two)) > 250
    bright = np.c_[one.x, one.y][:150]
    _, which = cKDTree(np.c_[two.x, two.y]).query(bright)
    apart = np.c_[two.x, two.y][which] - bright
    drift = np.median(apart, axis=0)
    assert np.hypot(*drift) < 2.5
    assert np.mean(np.hypot(*(apart - drift).T) < 0.7) > 0.8
