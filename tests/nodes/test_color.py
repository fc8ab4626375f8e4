"""Neutral background and white balance against numbers known beforehand."""

from __future__ import annotations

import numpy as np
import pytest

from graph.context import Context
from graph.errors import Cancelled, InputError
from nodes.color import calibrate_white, linear_fit, neutralize_background
from nodes.values import Header, Image, Table, Wcs


def sky(seed: int = 1, shape: tuple[int, int] = (240, 320), sigma: float = 1e-3) -> np.ndarray:
    """Noise on a green sky."""
    rng = np.random.default_rng(seed)
    levels = np.array([0.02, 0.05, 0.03]).reshape(3, 1, 1)
    return levels + sigma * rng.normal(size=(3, *shape))


def add_stars(
    data: np.ndarray, ratio: tuple[float, float, float], count: int, seed: int = 2
) -> list[tuple[int, int]]:
    """Gaussian stars of one colour; returns their places."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-12:13, -12:13]
    profile = np.exp(-(x**2 + y**2) / (2 * 1.8**2))
    places = []
    for _ in range(count):
        v, u = rng.integers(12, data.shape[1] - 12), rng.integers(12, data.shape[2] - 12)
        places.append((int(v), int(u)))
        peak = 0.2 * rng.random() ** 2 + 0.01
        for c in range(3):
            data[c, v - 12 : v + 13, u - 12 : u + 13] += peak * ratio[c] * profile
    return places


def columns(table: Table, name: str) -> list[float]:
    index = table.columns.index(name)
    return [row[index] for row in table.rows]


def rich(data: np.ndarray) -> Image:
    return Image(
        data,
        header=Header((("OBJECT", "M31", ""),)),
        wcs=Wcs((("CRPIX1", 1.0, ""),)),
        white=65535.0,
    )


def same_but_pixels(one: Image, other: Image) -> bool:
    return (one.header, one.wcs, one.white, one.linear) == (
        other.header,
        other.wcs,
        other.white,
        other.linear,
    )


# --- neutral background -----------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (7, 2), (240, 320), (700, 501)])
@pytest.mark.parametrize("mode", ["rescale as needed", "rescale", "target background"])
def test_medians_become_equal(shape: tuple[int, int], mode: str) -> None:
    image = rich(sky(shape=shape))
    before = image.data.copy()
    result = neutralize_background(image, mode=mode)  # type: ignore[arg-type]
    medians = [float(np.median(plane.astype(np.float64))) for plane in result.data]
    assert max(medians) - min(medians) < 1e-6
    if mode == "target background":
        assert medians[0] == pytest.approx(0.001, abs=1e-6)
    elif mode == "rescale as needed":  # nothing outside 0 … 1, so a mere shift
        wide = before.astype(np.float64)
        shift = np.median(wide, axis=(1, 2)).mean() - np.median(wide, axis=(1, 2))
        np.testing.assert_allclose(result.data, wide + shift[:, None, None], atol=1e-7)
    elif image.data.size > 3:
        assert result.data.min() == pytest.approx(0, abs=1e-6)
        assert result.data.max() == pytest.approx(1, abs=1e-6)
    np.testing.assert_array_equal(image.data, before)
    assert same_but_pixels(result, image)
    assert not result.color_calibrated


def test_rescaling_is_one_line_for_all_channels() -> None:
    data = sky()
    data[1, 5, 5], data[2, 8, 8] = 1.7, -0.3
    result = neutralize_background(Image(data))
    flat = data.astype(np.float32).astype(np.float64)
    inside = ((flat > 0) & (flat < 0.1)).all(axis=0)
    levels = np.array([np.median(plane[inside]) for plane in flat])
    moved = flat + (levels.mean() - levels)[:, None, None]
    expected = (moved - moved.min()) / (moved.max() - moved.min())
    np.testing.assert_allclose(result.data, expected, atol=2e-7)


def test_only_pixels_with_all_channels_inside_count() -> None:
    """The median over pixels, not over values: a red nebula must not move the other channels."""
    data = sky(sigma=1e-4)
    data[0, :, :150] = 0.3
    data[1, :, :150] += 0.03  # below the limit of 0.1, but its red is not
    result = neutralize_background(Image(data), mode="target background")
    np.testing.assert_allclose(np.median(result.data[:, :, 150:], axis=(1, 2)), 0.001, atol=1e-6)


def test_region_is_the_reference() -> None:
    data = sky(shape=(100, 120))
    data[0, 20:60, 30:80] += 0.01
    result = neutralize_background(Image(data), reference=(30, 20, 50, 40))
    inside = np.median(result.data[:, 20:60, 30:80].astype(np.float64), axis=(1, 2))
    assert np.ptp(inside) < 1e-6
    outside = np.median(result.data[:, 70:], axis=(1, 2))
    assert outside[1] - outside[0] == pytest.approx(0.01, abs=3e-4)
    with pytest.raises(InputError, match="120 × 100 px"):
        neutralize_background(Image(data), reference=(100, 0, 50, 0))


def test_missing_pixels_do_not_matter() -> None:
    data = sky()
    data[2, :100] = np.nan
    result = neutralize_background(Image(data))
    np.testing.assert_array_equal(np.isnan(result.data), np.isnan(data.astype(np.float32)))
    lower = np.median(result.data[:, 100:].astype(np.float64), axis=(1, 2))
    assert np.ptp(lower) < 1e-6


def test_no_pixel_inside_the_limits_is_reported_with_the_levels() -> None:
    data = np.full((3, 4, 4), 0.3)
    data[1] = 0.5
    data[1, 0, 0] = 0.25
    message = r"between 0 and 0.1 \(R minimum 0.3, median 0.3; G minimum 0.25, median 0.5; B"
    with pytest.raises(InputError, match=message):
        neutralize_background(Image(data))
    with pytest.raises(InputError, match="R minimum nan"):
        neutralize_background(Image(np.full((3, 4, 4), np.nan)))
    with pytest.raises(InputError, match=r"mono but three channels \(RGB\)"):
        neutralize_background(Image(np.zeros((4, 4))))
    check = neutralize_background.spec.check
    assert "low (0.2) must be below high (0.1)" in check({"low": 0.2, "high": 0.1})
    assert check({"low": 0.0, "high": 0.1}) is None


# --- white ------------------------------------------------------------------------------------


@pytest.mark.parametrize("sigma", [0.0, 5e-4, 3e-3])
def test_stars_of_ratio_1_2_4_give_factors_4_2_1(sigma: float) -> None:
    data = sky(shape=(600, 800), sigma=1.0) * 0 + 0.02
    data += sigma * np.random.default_rng(5).normal(size=data.shape)
    add_stars(data, (0.25, 0.5, 1.0), 300)
    image = rich(data)
    before = image.data.copy()
    result = calibrate_white(image)
    np.testing.assert_allclose(columns(result.factors, "factor"), [4, 2, 1], rtol=0.01)
    assert result.image.color_calibrated
    assert not image.color_calibrated
    assert same_but_pixels(result.image, image)
    np.testing.assert_array_equal(image.data, before)


def test_factors_agree_with_aperture_photometry() -> None:
    """Fluxes of all stars, each of its own colour, measured by photutils."""
    aperture = pytest.importorskip("photutils.aperture")
    data = np.full((3, 500, 700), 0.03)
    data += 2e-4 * np.random.default_rng(6).normal(size=data.shape)
    places = []
    for seed, ratio in enumerate([(0.9, 0.6, 0.3), (0.4, 0.5, 0.8), (0.5, 0.5, 0.5)]):
        places += add_stars(data, ratio, 30, seed)
    circles = aperture.CircularAperture([(x, y) for y, x in places], r=7)
    flux = [
        np.sum(aperture.aperture_photometry(plane - 0.03, circles)["aperture_sum"])
        for plane in data
    ]
    factors = columns(calibrate_white(Image(data)).factors, "factor")
    np.testing.assert_allclose(factors, max(flux) / np.array(flux), rtol=0.02)


def test_a_region_is_white_exactly() -> None:
    data = np.full((3, 80, 90), 0.02)
    data[:, 10:30, 20:60] += np.array([0.1, 0.05, 0.2]).reshape(3, 1, 1)
    result = calibrate_white(
        Image(data), white="region", white_region=(20, 10, 40, 20), background_region=(0, 40, 0, 0)
    )
    np.testing.assert_allclose(columns(result.factors, "factor"), [2, 4, 1], rtol=1e-5)
    np.testing.assert_allclose(columns(result.factors, "background"), 0.02, rtol=1e-6)
    assert columns(result.factors, "pixels") == [800] * 3
    np.testing.assert_allclose(result.image.data[:, 15, 30], 0.22, rtol=1e-5)
    np.testing.assert_allclose(result.image.data[:, 60, 30], 0.02, rtol=1e-5)


def test_saturated_pixels_do_not_count_and_the_maximum_is_brought_to_one() -> None:
    data = np.full((3, 80, 90), 0.02)
    data[:, 10:30, 20:60] += np.array([0.1, 0.2, 0.2]).reshape(3, 1, 1)
    data[:, 10:14, 20:60] = 1.0
    result = calibrate_white(Image(data), white="region", white_region=(20, 10, 40, 20))
    np.testing.assert_allclose(columns(result.factors, "factor"), [2, 1, 1], rtol=1e-5)
    scale = 0.98 * 2 + 0.02
    assert columns(result.factors, "scale") == pytest.approx([scale] * 3, rel=1e-5)
    assert result.image.data.max() == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(result.image.data[:, 20, 30], 0.22 / scale, rtol=1e-5)


def test_stars_are_looked_for_in_the_white_region_only() -> None:
    data = np.full((3, 300, 400), 0.02)
    data += 2e-4 * np.random.default_rng(6).normal(size=data.shape)
    left, right = data[:, :, :200], data[:, :, 200:]
    add_stars(left, (1.0, 1.0, 0.5), 40)
    add_stars(right, (0.5, 1.0, 1.0), 40)
    factors = columns(calibrate_white(Image(data), white_region=(0, 0, 200, 0)).factors, "factor")
    np.testing.assert_allclose(factors, [1, 1, 2], rtol=0.01)


def test_wide_structures_are_not_stars() -> None:
    """A red nebula of 100 px does not redden the white of the stars."""
    data = np.full((3, 500, 500), 0.02)
    data += 2e-4 * np.random.default_rng(6).normal(size=data.shape)
    y, x = np.mgrid[:500, :500]
    data[0] += 0.03 * np.exp(-((x - 370) ** 2 + (y - 250) ** 2) / (2 * 42**2))
    add_stars(data[:, :, :120], (1.0, 1.0, 1.0), 60)
    wide = calibrate_white(Image(data), white="region", background_region=(0, 450, 0, 0)).factors
    stars = calibrate_white(Image(data), background_region=(0, 450, 0, 0)).factors
    assert columns(wide, "factor")[1] > 1.3
    np.testing.assert_allclose(columns(stars, "factor"), 1, atol=0.05)


def test_missing_pixels_and_tiny_images() -> None:
    data = np.full((3, 300, 400), 0.02)
    add_stars(data, (0.25, 0.5, 1.0), 60)
    data[1, 40:60] = data[:, :, 390:] = np.nan
    result = calibrate_white(Image(data))
    np.testing.assert_allclose(columns(result.factors, "factor"), [4, 2, 1], rtol=0.01)
    np.testing.assert_array_equal(np.isnan(result.image.data), np.isnan(data))
    for shape in [(1, 2), (9, 1), (2, 2), (5, 3)]:
        tiny = np.full((3, *shape), 0.02)
        tiny[:, 0, 0] = 0.05, 0.08, 0.03
        factors = calibrate_white(
            Image(tiny), white="region", white_region=(0, 0, 1, 1), background_high=0.025
        ).factors
        np.testing.assert_allclose(columns(factors, "factor"), [2, 1, 6], rtol=1e-5)
    with pytest.raises(InputError, match="no structure"):
        calibrate_white(Image(np.full((3, 1, 1), 0.02)))


def test_what_gives_no_white_is_refused() -> None:
    flat = np.full((3, 60, 60), 0.02)
    with pytest.raises(InputError, match=r"no structure .* 0 and 0.9 \(threshold 0.0005\)"):
        calibrate_white(Image(flat))
    with pytest.raises(InputError, match="not brighter than the background"):
        calibrate_white(Image(flat), white="region")
    with pytest.raises(InputError, match="no pixel of the white reference"):
        calibrate_white(Image(flat), white="region", white_low=0.5)
    with pytest.raises(InputError, match="no pixel of the background reference"):
        calibrate_white(Image(flat + 0.5))
    with pytest.raises(InputError, match="no pixel of the background reference"):
        calibrate_white(Image(np.full((3, 60, 60), np.nan)))
    with pytest.raises(InputError, match="mono"):
        calibrate_white(Image(flat[0]))
    check = calibrate_white.spec.check
    names = {"white_low": 0.0, "white_high": 0.9, "background_low": 0.0, "background_high": 0.1}
    assert "noise_layers (5) must be below layers (5)" in check(
        {**names, "layers": 5, "noise_layers": 5}
    )
    assert check({**names, "layers": 5, "noise_layers": 1}) is None


def test_progress_rises_and_cancelling_stops() -> None:
    class Watch(Context):
        def __init__(self, end: float) -> None:
            self.seen: list[float] = []
            self.end = end

        def progress(self, fraction: float, text: str = "") -> None:
            self.seen.append(fraction)
            if fraction > self.end:
                raise Cancelled("stop")

    data = np.full((3, 200, 300), 0.02)
    add_stars(data, (0.25, 0.5, 1.0), 60)
    image = Image(data)
    for work in (
        lambda ctx: neutralize_background(image, ctx=ctx),
        lambda ctx: linear_fit(image, image, ctx=ctx),
        lambda ctx: calibrate_white(image, ctx=ctx),
    ):
        watch = Watch(2.0)
        work(watch)
        assert (np.diff(watch.seen) > -1e-9).all()
        assert watch.seen[-1] == pytest.approx(1.0)
        for end in (0.1, 0.4, 0.9):
            with pytest.raises(Cancelled):
                work(Watch(end))


def test_sockets_take_linear_data_only() -> None:
    for function in (neutralize_background, calibrate_white):
        assert function.spec.sockets["image"].requires == "linear"


def test_real_images(real_data) -> None:  # type: ignore[no-untyped-def]
    """SDSS i, r, g: the sky becomes grey and the average star white."""
    from astropy.io import fits

    folder = real_data / "broadband_ngc6976"
    data = np.stack([fits.getdata(folder / f"sdss_{band}.fits") for band in "irg"])
    data = (data - np.nanmin(data)) / 50
    data += np.array([0.01, 0.03, 0.02]).reshape(3, 1, 1)
    top = float(np.nanpercentile(data, 90))
    neutral = neutralize_background(Image(data), high=min(top, 1.0))
    result = calibrate_white(neutral, background_high=1.0)
    factors = columns(result.factors, "factor")
    assert all(1 <= factor < 8 for factor in factors)
    assert factors[2] == max(factors)  # stars are faintest in g
