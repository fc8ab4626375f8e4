"""Hot and cold pixels against a slow reference, injected defects, lists and master darks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import generic_filter, maximum_filter

from graph.errors import InputError
from nodes.cosmetic import correct, find_defects, load_defects, show_defects
from nodes.defects import Defects, read_list
from nodes.kernels.cosmetic import RING, deviations, subtract_neighbours
from nodes.values import Header, Image, Wcs
from tests.nodes.recording import Recorder

NINE = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], bool)


def field(shape: tuple[int, int], seed: int = 0, fwhm: float = 2.0, count: int = 40) -> np.ndarray:
    """Sky 0.05 with noise 0.001 and stars of up to 300 sigma."""
    rng = np.random.default_rng(seed)
    out = 0.05 + 1e-3 * rng.standard_normal(shape)
    y, x = np.mgrid[: shape[0], : shape[1]]
    for _ in range(count):
        v, u = rng.uniform(0, shape[0]), rng.uniform(0, shape[1])
        size = np.exp(-((x - u) ** 2 + (y - v) ** 2) / (2 * (fwhm / 2.3548) ** 2))
        out += 0.3 * rng.random() ** 2 * size
    return out


def reference(
    plane: np.ndarray, hot: float, cold: float, floor: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The conditions pixel by pixel in float64, for a plane of one colour."""
    out = plane.astype(np.float64)
    padded = np.pad(out, 3, mode="reflect")
    is_hot, is_cold = np.zeros(out.shape, bool), np.zeros(out.shape, bool)
    for y, x in np.ndindex(*out.shape):
        box = padded[y : y + 7, x : x + 7]
        t = box[3, 3]
        eight = box[2:5, 2:5][NINE]
        ring = np.array([box[3 + j, 3 + i] for j, i in RING])
        m, a, level = np.median(eight), eight.mean(), np.median(ring)
        apart = np.abs(ring - level)
        s = max(apart[apart <= 0.9 * np.ptp(ring)].mean(), floor)
        is_hot[y, x] = a <= level + 1.5 * s and t > level + s and t > m + hot * s
        is_cold[y, x] = t + cold * s < level and t + cold * s < m
        if is_hot[y, x] or is_cold[y, x]:
            out[y, x] = a if is_hot[y, x] else level
    return out, is_hot, is_cold


def test_the_ring_has_forty_pixels() -> None:
    assert len(RING) == 40
    assert np.abs(np.array(RING)).max() == 3


@pytest.mark.parametrize("step", [1, 2])
def test_the_conditions_are_those_of_the_method(step: int) -> None:
    data = field((62, 84), seed=3).astype(np.float32)
    rng = np.random.default_rng(1)
    for amount in (0.2, -0.02):
        data.reshape(-1)[rng.integers(0, data.size, 40)] += amount
    image = Image(data, cfa="RGGB" if step == 2 else None)
    out, defects = correct(image)
    noise = deviations(image.data[0], step)
    shown = show_defects(defects).data[0]
    wrong = 0
    for y in range(step):
        for x in range(step):
            part = (slice(y, None, step), slice(x, None, step))
            wanted, hot, cold = reference(data[part], 3, 3, noise[y, x])
            same = shown[part].astype(bool) == (hot | cold)
            wrong += np.count_nonzero(~same)  # on the very edge of a condition in float32
            np.testing.assert_allclose(out.data[0][part][same], wanted[same], rtol=0, atol=1e-7)
    assert wrong <= 1
    assert 40 < len(defects) < 300


def test_the_noise_is_measured_whatever_the_stars_and_gradients() -> None:
    data = field((400, 500), count=200) + np.linspace(0, 0.1, 500)
    assert deviations(data.astype(np.float32), 1)[0, 0] == pytest.approx(0.798e-3, rel=0.03)
    mosaic = np.random.default_rng(0).standard_normal((400, 500)).astype(np.float32)
    mosaic[::2, 1::2] *= 3
    found = deviations(mosaic, 2)
    np.testing.assert_allclose(found, 0.798 * np.array([[1, 3], [1, 1]]), rtol=0.03)


@pytest.mark.parametrize(("pattern", "sigmas"), [(None, 3.0), (None, 5.0), ("RGGB", 5.0)])
def test_injected_defects_are_repaired_and_stars_kept(pattern: str | None, sigmas: float) -> None:
    """500 hot pixels of 20 sigma, 200 cold; stars with a FWHM of 2 pixels of their colour."""
    shape = (900, 1000)
    clean = field(shape, seed=5, fwhm=2.0 if pattern is None else 4.0, count=200)
    noise = field(shape, seed=5, count=0) - 0.05
    light = clean - noise - 0.05
    rng = np.random.default_rng(2)
    places = rng.choice(clean.size, 700, replace=False)
    data = clean.copy()
    data.reshape(-1)[places[:500]] += 0.02
    data.reshape(-1)[places[500:]] -= 0.02
    out, defects = correct(Image(data, cfa=pattern), hot_sigma=sigmas, cold_sigma=sigmas)
    found = np.isin(places, defects.pixels)
    away = maximum_filter(light, 13).reshape(-1)[places] < 1e-3
    assert np.count_nonzero(away) > 400
    assert found[away].mean() > 0.99
    repaired = places[found & away]
    after = (out.data[0].reshape(-1) - clean.reshape(-1))[repaired]
    assert np.sqrt(np.mean(after**2)) < 1.5e-3
    untouched = np.setdiff1d(defects.pixels, places)
    cores = maximum_filter(light, 3 if pattern is None else 5) == light
    stars = np.flatnonzero(cores & (light > 5e-3))
    assert len(stars) > 100
    assert np.isin(stars, untouched).sum() <= 1e-4 * len(stars)


def test_the_share_of_pure_noise_that_is_replaced() -> None:
    data = np.random.default_rng(7).standard_normal((600, 700)).astype(np.float32)
    shares = [len(correct(Image(data), hot_sigma=k, cold_sigma=k).defects) / data.size
              for k in (3.0, 5.0)]  # fmt: skip
    assert shares[0] == pytest.approx(0.0163, abs=0.001)
    assert shares[1] < 2e-4


def test_colours_are_never_mixed() -> None:
    """Each colour at a level of its own: corrected pixels stay at it exactly."""
    data = np.empty((40, 50), np.float32)
    levels = np.array([[0.1, 0.5], [0.6, 0.9]], np.float32)
    for y in (0, 1):
        for x in (0, 1):
            data[y::2, x::2] = levels[y, x]
    clean = data.copy()
    for y, x in ((10, 10), (11, 21), (20, 31), (0, 0), (39, 49), (1, 48)):
        data[y, x] += 0.3
    np.testing.assert_allclose(correct(Image(data, cfa="GBRG")).image.data[0], clean, rtol=1e-6)
    listed = Defects(np.arange(500, 520), np.ones(20, bool), 50, 40)
    out = correct(Image(clean, cfa="GBRG"), listed, auto=False).image
    np.testing.assert_allclose(out.data[0], clean, rtol=1e-6)


def test_listed_pixels_are_replaced_by_good_neighbours() -> None:
    rng = np.random.default_rng(3)
    data = rng.random((20, 30)).astype(np.float32)
    places = [(5, 5), (5, 6), (0, 0), (12, 20), (19, 29)]
    hot = [True, True, True, False, True]
    pixels = np.array([y * 30 + x for y, x in places])
    order = np.argsort(pixels)
    out, found = correct(
        Image(data), Defects(pixels[order], np.array(hot)[order], 30, 20), auto=False
    )
    good = data.astype(np.float64)
    for y, x in places:
        good[y, x] = np.nan
    expected = data.astype(np.float64)
    for (y, x), is_hot in zip(places, hot, strict=True):
        r = 1 if is_hot else 2
        box = good[max(0, y - r) : y + r + 1, max(0, x - r) : x + r + 1]
        expected[y, x] = np.nanmean(box) if is_hot else np.nanmedian(box)
    np.testing.assert_allclose(out.data[0], expected, rtol=1e-6)
    np.testing.assert_array_equal(found.pixels, np.sort(pixels))
    half = correct(Image(data), found, auto=False, amount=0.5).image
    np.testing.assert_allclose(half.data[0], (expected + data) / 2, rtol=1e-6)


def test_rows_and_columns_are_bridged() -> None:
    y, x = np.mgrid[:30, :40]
    clean = (0.1 + 0.01 * x + 0.005 * y).astype(np.float32)
    data = clean.copy()
    data[12], data[:, 7], data[3, 20:26] = 0, 1, 5
    out = correct(Image(data), auto=False, also="R 12; C 7\nrow 3 25 20 # a part").image
    np.testing.assert_allclose(out.data[0], clean, atol=0.011)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(data, clean, atol=0.1)


def test_what_has_no_good_neighbour_stays() -> None:
    data = np.random.default_rng(0).random((40, 40)).astype(np.float32)
    recorder = Recorder()
    every = Defects(np.arange(1600), np.ones(1600, bool), 40, 40)
    out = correct(Image(data), every, auto=False, ctx=recorder).image
    np.testing.assert_array_equal(out.data[0], data)
    assert "1600 defects have no good pixel near by" in recorder.warnings[0]


def test_missing_pixels_stay_missing_and_spoil_nothing() -> None:
    data = field((60, 70), count=0).astype(np.float32)
    data[20:30, 10:20] = data[40, 40] = np.nan
    data[35, 30] = data[19, 15] = 0.5
    data[41, 41] = 0.0
    out, defects = correct(Image(data), hot_sigma=6, cold_sigma=6, also="P 40 40")
    np.testing.assert_array_equal(np.isnan(out.data[0]), np.isnan(data))
    assert {35 * 70 + 30, 19 * 70 + 15, 41 * 70 + 41} <= set(defects.pixels.tolist())
    assert abs(np.nanmean(out.data) - 0.05) < 1e-4
    assert np.nanmax(out.data) < 0.06
    assert np.nanmin(out.data) > 0.04


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (3, 3), (2, 7), (5, 4)])
@pytest.mark.parametrize("pattern", [None, "BGGR"])
def test_small_images(shape: tuple[int, int], pattern: str | None) -> None:
    data = np.random.default_rng(1).random(shape)
    out = correct(Image(data, cfa=pattern), also="P 0 0").image
    assert out.data.shape == (1, *shape)
    assert np.isfinite(out.data).all()
    assert find_defects(Image(data, cfa=pattern)).width == shape[1]


@pytest.mark.parametrize("value", [0.0, 0.3])
def test_a_constant_image_has_no_defects(value: float) -> None:
    image = Image(np.full((30, 40), value))
    out, defects = correct(image)
    assert len(defects) == 0
    np.testing.assert_array_equal(out.data, image.data)
    assert len(find_defects(image)) == 0


def test_switched_off_it_gives_the_same_image() -> None:
    image = Image(field((20, 20), count=0))
    assert correct(image, auto=False).image is image
    assert correct(image, hot_sigma=0, cold_sigma=0).image is image
    data = image.data.copy()
    data[0, 5, 5], data[0, 9, 9] = 0.9, 0.0
    only_hot = correct(Image(data), hot_sigma=8, cold_sigma=0)
    assert only_hot.defects.pixels.tolist() == [105]
    only_cold = correct(Image(data), hot_sigma=0, cold_sigma=8)
    assert only_cold.defects.pixels.tolist() == [189]
    assert not only_cold.defects.hot.any()


def test_each_channel_of_a_colour_image_is_corrected() -> None:
    data = np.stack([field((40, 50), seed=s, count=0) for s in range(3)])
    data[1, 10, 20] = 0.9
    out, defects = correct(Image(data), hot_sigma=8, cold_sigma=8)
    assert defects.pixels.tolist() == [520]
    assert out.data[1, 10, 20] < 0.06
    with pytest.raises(InputError, match="the image is a colour image"):
        correct(Image(data), defects)


@pytest.mark.parametrize("pattern", [None, "GRBG"])
def test_a_master_dark_gives_its_hot_pixels(pattern: str | None) -> None:
    """Amplifier glow is no defect; hot pixels are, also beside one another and in a column."""
    rng = np.random.default_rng(8)
    y, x = np.mgrid[:300, :400]
    dark = 0.01 + 0.005 * np.exp(-(x + y) / 60) + 1e-4 * rng.standard_normal((300, 400))
    truth = rng.choice(dark.size, 300, replace=False)
    dark.reshape(-1)[truth] += 0.003
    dark[:, 123] += 0.002
    dark.reshape(-1)[5000] -= 0.004
    found = find_defects(Image(dark, cfa=pattern))
    column = np.arange(300) * 400 + 123
    wanted = np.unique(np.concatenate([truth, column]))
    assert np.isin(wanted, found.pixels).mean() > 0.99
    assert len(found) <= len(wanted) + 5
    assert not found.hot[found.pixels == 5000][0]
    assert found.hot.sum() > len(found) - 5
    light = field((300, 400), count=0)
    light.reshape(-1)[wanted] = 0.3
    out = correct(Image(light, cfa=pattern), found, auto=False).image
    assert np.abs(out.data[0].reshape(-1)[np.intersect1d(wanted, found.pixels)] - 0.05).max() < 6e-3


def test_a_master_dark_by_level() -> None:
    dark = np.full((10, 10), 0.01)
    dark[2, 3], dark[4, 5], dark[6, 7] = 1000 / 65535, 5000 / 65535, 10 / 65535
    image = Image(dark, white=65535.0)
    found = find_defects(image, method="level", hot_level=1000.0, cold_level=10.0)
    assert found.pixels.tolist() == [23, 45, 67]
    assert found.hot.tolist() == [True, True, False]
    with pytest.raises(InputError, match="need a level"):
        find_defects(image, method="level")


def test_what_is_no_dark_is_told() -> None:
    with pytest.raises(InputError, match="the dark has no valid pixel"):
        find_defects(Image(np.full((5, 5), np.nan)))
    with pytest.raises(InputError, match="the dark is a colour image"):
        find_defects(Image(np.zeros((3, 5, 5))))
    recorder = Recorder()
    find_defects(Image(field((60, 60), count=0)), hot_sigma=1.0, ctx=recorder)
    assert "% of the pixels are defects" in recorder.warnings[0]
    with pytest.raises(InputError, match=r"an image of 400 × 300 px but this one is 9 × 8 px"):
        correct(Image(np.zeros((8, 9))), Defects(np.empty(0), np.empty(0), 400, 300))


def test_lists_are_read(tmp_path: Path) -> None:
    text = "# of camera 7\nP 3 2 H\nP 99 99\nC 1 2 3\nL 5\np 0,0\n"
    file = tmp_path / "bad.lst"
    file.write_text(text)
    found = load_defects(Image(np.zeros((6, 8))), file=file)
    row = list(range(40, 48))
    assert found.pixels.tolist() == [0, 17, 19, 25, *row]
    assert found.hot.tolist() == [False, False, True, False] + 8 * [False]
    assert "1 hot and 11 other pixels of 8 × 6" in found.summary()
    for line in ("Q 1 2", "P 1", "C 1 2", "P 1 2 3", "R -1"):
        with pytest.raises(InputError, match="is no line of a defect list"):
            read_list(line, 8, 6)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read as text"):
        load_defects(Image(np.zeros((6, 8))), file=file)


def test_everything_else_travels_on() -> None:
    image = Image(
        field((20, 20)), header=Header((("OBJECT", "M31", ""),)), wcs=Wcs((("CRPIX1", 3.0, ""),)),
        cfa="BGGR", weight=0.7, white=4095,
    )  # fmt: skip
    out: Any = correct(image, also="P 3 3").image
    for name in ("header", "wcs", "cfa", "weight", "white", "linear"):
        assert getattr(out, name) == getattr(image, name)


def test_neighbours_are_the_median_of_eight() -> None:
    data = np.random.default_rng(0).random((23, 31)).astype(np.float32)
    wanted = generic_filter(data.astype(np.float64), np.median, footprint=NINE, mode="mirror")
    np.testing.assert_allclose(subtract_neighbours(data, 1), data - wanted, atol=1e-7)


def test_a_pixel_below_its_surroundings_is_not_hot() -> None:
    """It stands out of its eight neighbours only because these are dark, as in a dust grain."""
    data = 0.1 + 1e-4 * np.random.default_rng(0).standard_normal((40, 40))
    data[19:22, 19:22] = 0.05
    data[20, 20] = 0.08
    found = correct(Image(data), hot_sigma=6, cold_sigma=0).defects
    assert found.pixels.tolist() == []
