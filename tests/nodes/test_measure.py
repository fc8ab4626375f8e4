"""Statistics against NumPy, SciPy and the published definition of the noise estimate."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import convolve1d

from nodes.kernels import noise
from nodes.kernels.noise import estimate_noise
from nodes.measure import image_statistics, statistics_table, summary
from nodes.values import Header, Image, Statistics, Wcs
from tests.nodes.recording import Recorder

SIGMA = 1e-3
FIELDS = ["median", "mad", "mean", "deviation", "minimum", "maximum", "noise"]


def noise_image(*shape: int, level: float = 0.1, seed: int = 1) -> np.ndarray:
    """Gaussian noise of deviation SIGMA."""
    return np.random.default_rng(seed).normal(level, SIGMA, shape).astype(np.float32)


def noise_of(plane: np.ndarray) -> float:
    """The noise of one plane."""
    return image_statistics(Image(plane)).noise[0]


def starlet(plane: np.ndarray, layers: int) -> tuple[list[np.ndarray], np.ndarray]:
    """The transform by SciPy's convolution."""
    details, smooth = [], plane.astype(np.float64)
    for layer in range(layers):
        taps = np.zeros(4 * 2**layer + 1)
        taps[:: 2**layer] = np.array([1, 4, 6, 4, 1]) / 16
        coarse = convolve1d(smooth, taps, axis=0, mode="mirror")
        coarse = convolve1d(coarse, taps, axis=1, mode="mirror")
        details.append(smooth - coarse)
        smooth = coarse
    return details, smooth


def support_noise(plane: np.ndarray) -> float:
    """Noise by the multiresolution support, as Starck and Murtagh define it."""
    scales = [0.8907963, 0.2006639, 0.0855075, 0.0412174]
    details, smooth = starlet(plane, 4)
    sigma = details[0].std()
    for _ in range(10):
        before, sigma = sigma, details[0][np.abs(details[0]) < 3 * sigma].std()
        if abs(sigma - before) < 0.01 * sigma:
            break
    sigma /= scales[0]
    for _ in range(10):
        free = np.all(
            [abs(d) < 3 * sigma * s for d, s in zip(details, scales, strict=True)], axis=0
        )
        before, sigma = sigma, (plane - smooth)[free].std()
        if abs(sigma - before) < 1e-4 * sigma:
            break
    return float(sigma)


@settings(max_examples=80, deadline=None)
@given(
    hnp.arrays(
        np.float32,
        st.tuples(st.sampled_from([1, 3]), st.integers(1, 12), st.integers(1, 12)),
        elements=st.one_of(
            st.floats(-10, 10, width=32), st.sampled_from([0.0, -0.0, 0.5, math.nan])
        ),
    )
)
def test_any_small_image_equals_numpy(data: np.ndarray) -> None:
    found = image_statistics(Image(data))
    for channel, plane in enumerate(data):
        values = plane[~np.isnan(plane)].astype(np.float64)
        assert found.count[channel] == values.size
        assert found.missing[channel] == plane.size - values.size
        if not values.size:
            assert all(math.isnan(getattr(found, name)[channel]) for name in FIELDS)
            continue
        centre = np.median(values)
        assert found.median[channel] == centre
        assert found.mad[channel] == np.median(np.abs(values - centre))
        assert found.minimum[channel] == values.min()
        assert found.maximum[channel] == values.max()
        assert found.mean[channel] == pytest.approx(values.mean(), rel=1e-12, abs=1e-15)
        deviation = values.std(ddof=1) if values.size > 1 else 0.0
        assert found.deviation[channel] == pytest.approx(deviation, rel=1e-9, abs=1e-14)
        assert 0 <= found.noise[channel] < math.inf


@pytest.mark.parametrize("shape", [(1, 700, 901), (3, 500, 401), (1, 1, 400_001), (1, 400_001, 1)])
def test_large_images_equal_numpy(shape: tuple[int, ...]) -> None:
    data = noise_image(*shape, level=1000.0)
    data[:, ::7, ::3] = np.nan
    found = image_statistics(Image(data))
    for channel, plane in enumerate(data.astype(np.float64)):
        assert found.median[channel] == np.nanmedian(plane)
        assert found.mad[channel] == np.nanmedian(abs(plane - np.nanmedian(plane)))
        assert found.mean[channel] == pytest.approx(np.nanmean(plane), rel=1e-12)
        assert found.deviation[channel] == pytest.approx(np.nanstd(plane, ddof=1), rel=1e-9)
        assert found.minimum[channel] == np.nanmin(plane)
        assert found.maximum[channel] == np.nanmax(plane)
        assert found.missing[channel] == np.isnan(plane).sum()


def test_skewed_data() -> None:
    data = np.random.default_rng(2).exponential(1.0, (1, 600, 800)).astype(np.float32)
    found = image_statistics(Image(data))
    assert found.mean[0] == pytest.approx(1, rel=0.01)
    assert found.deviation[0] == pytest.approx(1, rel=0.01)
    assert found.median[0] == pytest.approx(math.log(2), rel=0.01)
    assert found.mad[0] == pytest.approx(0.4812118, rel=0.01)  # ln of the golden ratio


def test_infinite_values_do_not_count() -> None:
    found = image_statistics(Image(np.array([[1, 2, np.inf, -np.inf, np.nan]], np.float32)))
    assert (found.median, found.count, found.missing) == ((1.5,), (2,), (3,))
    assert (found.minimum, found.maximum) == ((1,), (2,))


def test_all_missing_warns_and_gives_nan() -> None:
    data = noise_image(3, 20, 30)
    data[1] = np.nan
    ctx = Recorder()
    found = image_statistics(Image(data), ctx=ctx)
    assert ctx.warnings == ["the green channel has no valid pixel; its statistics are NaN"]
    assert math.isnan(found.median[1])
    assert math.isnan(found.noise[1])
    assert found.count == (600, 0, 600)
    assert found.median[0] == np.median(data[0].astype(float))


@pytest.mark.parametrize("value", [0.0, 0.1, 1.0, -3.0, 65535.0])
@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (700, 800)])
def test_constant_image(value: float, shape: tuple[int, int]) -> None:
    found = image_statistics(Image(np.full(shape, value, np.float32)))
    exact = float(np.float32(value))
    assert found.median == found.mean == found.minimum == found.maximum == (exact,)
    assert found.mad == found.deviation == found.noise == (0,)


def test_flags_and_size_travel() -> None:
    image = Image(noise_image(3, 4, 7), linear=False, color_calibrated=True)
    found = image_statistics(image)
    assert (found.width, found.height) == (7, 4)
    assert found.color_calibrated
    assert not found.linear


def test_noise_of_gaussian() -> None:
    plane = noise_image(1000, 1000)
    assert noise_of(plane) == pytest.approx(SIGMA, rel=0.005)
    assert noise_of(plane) == pytest.approx(support_noise(plane) / 0.9785, rel=1e-3)


def test_noise_follows_scale_and_offset() -> None:
    plane = noise_image(400, 500)
    wanted = noise_of(plane)
    assert noise_of(plane * np.float32(4) - np.float32(2)) == pytest.approx(4 * wanted, rel=1e-3)
    assert noise_of(-plane) == pytest.approx(wanted, rel=1e-6)


def add_stars(plane: np.ndarray) -> np.ndarray:
    """Stars that cover five per cent of the area."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[-6:7, -6:7]
    star = np.exp(-(x**2 + y**2) / (2 * 1.7**2)).astype(np.float32)
    covered = (star * 0.3 > SIGMA).sum()
    height, width = plane.shape
    out = plane.copy()
    for _ in range(int(0.05 * plane.size / covered)):
        top, left = rng.integers(0, height - 13), rng.integers(0, width - 13)
        out[top : top + 13, left : left + 13] += star * np.float32(rng.uniform(0.02, 0.5))
    return out


def test_noise_ignores_stars_and_gradients() -> None:
    plane = noise_image(1000, 1000)
    alone = noise_of(plane)
    assert noise_of(add_stars(plane)) == pytest.approx(alone, rel=0.05)
    slope = np.linspace(0, 100 * SIGMA, 1000, dtype=np.float32)
    assert noise_of(plane + slope + slope[:, None]) == pytest.approx(alone, rel=0.02)


def test_noise_leaves_out_missing_zero_and_saturated_pixels() -> None:
    plane = noise_image(600, 600)
    wanted = noise_of(plane)
    half = plane.copy()
    half[:, :300] = 0
    assert noise_of(half) == pytest.approx(wanted, rel=0.03)
    half[:, :300] = np.nan
    assert noise_of(half) == pytest.approx(wanted, rel=0.03)
    half[:, :300] = 1
    assert noise_of(half) == pytest.approx(wanted, rel=0.03)


def test_noise_with_scattered_missing_pixels() -> None:
    plane = noise_image(600, 600)
    wanted = noise_of(plane)
    plane[np.random.default_rng(6).random(plane.shape) < 0.05] = np.nan
    assert noise_of(plane) == pytest.approx(wanted, rel=0.03)


def test_noise_does_not_depend_on_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    slope = np.arange(500, dtype=np.float32)[:, None] * np.float32(20 * SIGMA)
    plane = noise_image(500, 300) + slope
    banded = estimate_noise(plane, 5.0, 11.0)
    monkeypatch.setattr(noise, "_BAND", 500)
    assert banded == pytest.approx(estimate_noise(plane, 5.0, 11.0), rel=1e-9)


def test_noise_falls_back_when_nothing_is_free_of_structures() -> None:
    """Waves everywhere leave no support: what is left is k-sigma of the first layer."""
    turn = 2 * np.pi / 16
    plane = (0.4 + 0.3 * np.sin(turn * (np.arange(512) + 0.5))).astype(np.float32)
    passed = (6 + 8 * np.cos(turn) + 2 * np.cos(2 * turn)) / 16
    wanted = 0.3 * (1 - passed) / math.sqrt(2) / 0.8907963 / 0.9851
    assert noise_of(np.broadcast_to(plane, (512, 512))) == pytest.approx(wanted, rel=0.01)


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 2), (2, 1), (1, 50), (50, 1), (2, 3), (9, 9), (17, 5)]
)
def test_noise_of_tiny_images_is_finite(shape: tuple[int, int]) -> None:
    plane = noise_image(*shape)
    assert 0 <= noise_of(plane) < 5 * SIGMA
    assert estimate_noise(plane, 0.1, 1.0) >= 0


def test_noise_of_a_mosaic_is_that_of_its_colours() -> None:
    plane = noise_image(600, 800)
    plane[::2, ::2] += 0.2
    plane[1::2, 1::2] += 0.4
    found = image_statistics(Image(plane, cfa="RGGB"))
    assert found.noise[0] == pytest.approx(SIGMA, rel=0.02)
    assert image_statistics(Image(noise_image(1, 2), cfa="RGGB")).noise[0] >= 0


def test_data_stay_as_they_are() -> None:
    data = noise_image(3, 300, 400)
    before = data.tobytes()
    image_statistics(Image(data))
    assert data.tobytes() == before


def test_hundred_megapixels() -> None:
    row = noise_image(1, 10_000)
    data = np.broadcast_to(row, (10_000, 10_000))
    found = image_statistics(Image(data))
    assert found.median[0] == np.median(row.astype(float))
    assert found.count == (100_000_000,)
    assert found.mean[0] == pytest.approx(row.astype(float).mean(), rel=1e-12)


def test_real_image_equals_numpy(real_data: Path) -> None:
    from astropy.io import fits

    raw = fits.getdata(real_data / "galaxy_m51" / "M51.fits")
    data = (raw.astype(np.float64) / 65535).astype(np.float32)
    found = image_statistics(Image(data))
    wide = data.astype(np.float64)
    assert found.median[0] == np.median(wide)
    assert found.mad[0] == np.median(abs(wide - np.median(wide)))
    assert found.deviation[0] == pytest.approx(wide.std(ddof=1), rel=1e-9)
    assert 0 < found.noise[0] < found.deviation[0]


# --- table and text ------------------------------------------------------------------------------


def test_table_has_a_row_for_each_channel() -> None:
    found = image_statistics(Image(noise_image(3, 10, 10)))
    table = statistics_table(found)
    assert table.columns[:2] == ("channel", "median")
    assert [row[0] for row in table.rows] == ["red", "green", "blue"]
    assert [row[1] for row in table.rows] == list(found.median)
    assert statistics_table(image_statistics(Image(noise_image(9, 9)))).rows[0][0] == "mono"


def described(image: Image, **params: str) -> tuple[str, Statistics]:
    """The text and the statistics of an image."""
    statistics = image_statistics(image)
    return summary(image, statistics, **params), statistics


def test_summary_tells_what_is_known() -> None:
    cards = (("OBJECT", "M 31", ""), ("EXPTIME", 300.0, ""), ("FILTER", "Ha", ""))
    solution = (
        *(("CTYPE1", "RA---TAN", ""), ("CTYPE2", "DEC--TAN", "")),
        *(("CRPIX1", 20.5, ""), ("CRPIX2", 10.5, "")),
        *(("CRVAL1", 10.6847, ""), ("CRVAL2", 41.269, "")),
        *(("CDELT1", -1 / 3600, ""), ("CDELT2", 1 / 3600, "")),
    )
    image = Image(noise_image(3, 20, 40), Header(cards), Wcs(solution))
    text, statistics = described(image)
    lines = text.splitlines()
    assert lines[0] == "M 31"
    assert lines[1] == "RGB, 40 × 20 px, linear, colour not calibrated"
    assert "exposure  300.0 s" in lines
    assert "filter    Ha" in lines
    assert "centre    00h42m44s +41d16m08s" in lines
    assert "scale     1 arcsec/px" in lines
    row = next(line for line in lines if line.startswith("median")).split()
    assert [float(v) for v in row[1:]] == pytest.approx(statistics.median, rel=1e-6)
    assert described(image, title="My galaxy")[0].startswith("My galaxy\n")


def test_summary_of_little_and_of_broken_headers() -> None:
    text, _ = described(Image(np.full((2, 2), np.nan, np.float32), linear=False))
    assert text.startswith("Untitled\nmono, 2 × 2 px, stretched\n")
    assert "nan" in text
    text, _ = described(
        Image(noise_image(4, 4), cfa="RGGB", wcs=Wcs((("CTYPE1", "RA---XXX", ""),)))
    )
    assert "raw mosaic RGGB" in text
    assert "the astrometric solution cannot be read" in text
