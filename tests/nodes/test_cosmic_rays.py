"""L.A.Cosmic against astroscrappy, another implementation of it, and against known rays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.ndimage import median_filter

from nodes.cosmic_rays import remove
from nodes.kernels.ranks import selection, window_medians
from nodes.values import Header, Image, Wcs
from tests.nodes.recording import Recorder

WHITE = 65535.0


def field(
    shape: tuple[int, int], seed: int = 1, stars: int = 150, rays: int = 100, fwhm: float = 3.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Electrons of a frame of 1000 e- of sky and 5 e- of read noise, of its rays, and expected."""
    rng = np.random.default_rng(seed)
    expected = np.full(shape, 1000.0)
    s = fwhm / 2.3548
    y, x = np.indices(shape)
    for _ in range(stars):
        v, u = rng.uniform(0, shape[0]), rng.uniform(0, shape[1])
        near = (slice(max(0, int(v) - 15), int(v) + 16), slice(max(0, int(u) - 15), int(u) + 16))
        r2 = (x[near] - u) ** 2 + (y[near] - v) ** 2
        expected[near] += (
            10 ** rng.uniform(2.5, 5.5) / (2 * np.pi * s * s) * np.exp(-r2 / (2 * s * s))
        )
    data = rng.poisson(expected) + 5 * rng.standard_normal(shape)
    hits = np.zeros(shape)
    for _ in range(rays):
        k = np.arange(0, rng.exponential(5) + 1, 0.5)
        angle = rng.uniform(0, np.pi)
        v = (rng.uniform(0, shape[0]) + k * np.sin(angle)).astype(int)
        u = (rng.uniform(0, shape[1]) + k * np.cos(angle)).astype(int)
        inside = (v < shape[0]) & (u >= 0) & (u < shape[1])
        np.add.at(hits, (v[inside], u[inside]), np.exp(rng.normal(6.8, 0.9)) / 2)
    return (data + hits).astype(np.float32), hits, expected


def image_of(electrons: np.ndarray, **changes: Any) -> Image:
    """A frame of 0.8 electrons for an ADU."""
    header = Header((("EGAIN", 0.8, ""), ("OBJECT", "M31", "")))
    return Image(electrons / 0.8 / WHITE, header=header, white=WHITE, **changes)


def clean_of(electrons: np.ndarray, **options: Any) -> tuple[np.ndarray, np.ndarray]:
    """Cleaned electrons and where they were."""
    out, mask = remove(image_of(electrons), read_noise=5.0, saturation=10.0, **options)
    return out.data[0] * 0.8 * WHITE, mask.data[0] > 0


@pytest.mark.parametrize("iterations", [1, 4])
@pytest.mark.parametrize("stars", [0, 150])
def test_it_agrees_with_astroscrappy(stars: int, iterations: int) -> None:
    astroscrappy = pytest.importorskip("astroscrappy")
    data, _, _ = field((300, 420), stars=stars, rays=60)
    data[100:102, 200:230] += 3000  # a thick one, which takes more than one look
    mask, wanted = astroscrappy.detect_cosmics(
        data, sigclip=4.5, sigfrac=0.3, objlim=5.0, gain=1.0, readnoise=5.0, satlevel=1e9,
        niter=iterations, sepmed=False, cleantype="meanmask",
    )  # fmt: skip
    out, found = clean_of(data, iterations=iterations)
    inside = (slice(6, -6), slice(6, -6))  # it treats borders in its own way
    differ = found[inside] != mask[inside]
    assert differ.sum() <= 2
    assert mask.sum() > 300
    both = found & mask
    close = np.abs(out - wanted)[both] < 1
    assert close.mean() > 0.98
    np.testing.assert_allclose(out[~found], data[~found], rtol=1e-6)


def test_known_rays_are_found_and_stars_left_alone() -> None:
    data, hits, expected = field((600, 800), rays=150)
    noise = np.sqrt(expected + 25)
    out, found = clean_of(data)
    strong = hits > 8 * noise
    assert strong.sum() > 400
    assert found[strong].mean() > 0.97
    sky = expected < 1010
    away = median_filter(hits, 7) == 0
    repaired = found & strong & sky & away
    assert np.abs(out - expected)[repaired].mean() < 3 * np.sqrt(1025)
    quiet, _, expected = field((600, 800), rays=0)
    _, hit = clean_of(quiet)
    assert hit.mean() < 5e-5
    assert not hit[expected > 1500].any()


def test_undersampled_stars_are_protected_by_the_contrast() -> None:
    data, _, _ = field((300, 300), rays=0, fwhm=1.5)
    lax, strict = clean_of(data, contrast=2.0)[1], clean_of(data, contrast=12.0)[1]
    assert strict.sum() < 0.2 * lax.sum()


def test_saturated_stars_are_left_alone() -> None:
    data, _, _ = field((200, 200), stars=0, rays=0)
    y, x = np.indices(data.shape)
    data += np.where(np.hypot(y - 100, x - 100) < 6, 60000, 0).astype(np.float32)
    data[40, 50] += 60000
    image = image_of(data)
    assert remove(image, saturation=0.7).mask.data[0, 90:110, 90:110].sum() == 0
    assert remove(image, saturation=0.7).mask.data[0, 40, 50] == 1
    assert remove(image, saturation=10.0, contrast=0.0).mask.data[0, 90:110, 90:110].sum() > 0


def test_lower_limits_find_more() -> None:
    data, _, _ = field((300, 300))
    counts = [clean_of(data, sigma=sigma)[1].sum() for sigma in (3.0, 4.5, 20.0)]
    assert counts[0] > counts[1] > counts[2] > 0
    wide, narrow = clean_of(data, fraction=0.1)[1], clean_of(data, fraction=1.0)[1]
    assert wide.sum() > narrow.sum()


def test_the_noise_is_that_of_gain_and_background() -> None:
    """The same electrons by another gain, and with the sky taken off before."""
    data, _, _ = field((200, 200))
    found = clean_of(data)[1]
    plain = Image(data / 2.5 / WHITE, white=WHITE)
    options: dict[str, Any] = {"read_noise": 5.0, "saturation": 10.0}
    np.testing.assert_array_equal(remove(plain, gain=2.5, **options).mask.data[0] > 0, found)
    without_sky = Image((data - 1000) / 2.5 / WHITE, white=WHITE)
    mask = remove(without_sky, gain=2.5, background=400.0, **options).mask.data[0] > 0
    assert (mask != found).sum() <= 2
    recorder = Recorder()
    remove(plain, ctx=recorder, **options)
    assert "the header says no gain" in recorder.warnings[0]
    recorder = Recorder()
    remove(image_of(data), ctx=recorder)
    assert recorder.warnings == []


def test_each_colour_of_a_mosaic_is_searched_for_itself() -> None:
    parts = [field((150, 160), seed=seed, rays=30)[0] * scale
             for seed, scale in ((1, 1.0), (2, 4.0), (3, 4.0), (4, 2.0))]  # fmt: skip
    data = np.empty((300, 320), np.float32)
    for index, part in enumerate(parts):
        data[index // 2 :: 2, index % 2 :: 2] = part
    out, mask = remove(image_of(data, cfa="RGGB"), read_noise=5.0, saturation=10.0)
    assert out.cfa == "RGGB"
    for index, part in enumerate(parts):
        clean, found = clean_of(part)
        where = (slice(index // 2, None, 2), slice(index % 2, None, 2))
        np.testing.assert_array_equal(mask.data[0][where] > 0, found)
        np.testing.assert_allclose(out.data[0][where] * 0.8 * WHITE, clean, rtol=1e-6)


def test_channels_of_a_colour_image() -> None:
    planes = [field((100, 120), seed=seed, rays=20)[0] for seed in range(3)]
    out, mask = remove(image_of(np.stack(planes)), read_noise=5.0, saturation=10.0)
    found = [clean_of(plane) for plane in planes]
    np.testing.assert_array_equal(mask.data[0] > 0, found[0][1] | found[1][1] | found[2][1])
    np.testing.assert_allclose(out.data[2] * 0.8 * WHITE, found[2][0], rtol=1e-6)


def test_missing_pixels_stay_missing_and_are_no_rays() -> None:
    data, _, _ = field((200, 200), stars=0, rays=0)
    data[50:70, 60:90] = data[120, 130] = np.nan
    data[121, 131] += 5000
    out, found = clean_of(data)
    np.testing.assert_array_equal(np.isnan(out), np.isnan(data))
    assert found[121, 131]
    assert found.sum() <= 3
    assert abs(out[121, 131] - 1000) < 60


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (3, 4), (6, 5)])
@pytest.mark.parametrize("pattern", [None, "RGGB"])
def test_small_and_constant_images(shape: tuple[int, int], pattern: str | None) -> None:
    flat = Image(np.full(shape, 0.1), cfa=pattern)
    out, mask = remove(flat)
    np.testing.assert_array_equal(out.data, flat.data)
    assert not mask.data.any()
    zero = remove(Image(np.zeros(shape), cfa=pattern), read_noise=0.0)
    assert not zero.mask.data.any()
    remove(Image(np.random.default_rng(0).random(shape), cfa=pattern))


def test_everything_else_travels_on() -> None:
    data, _, _ = field((60, 60))
    image = image_of(data, wcs=Wcs((("CRPIX1", 3.0, ""),)), weight=0.7)
    before = image.data.copy()
    out: Any = remove(image).image
    np.testing.assert_array_equal(image.data, before)
    for name in ("header", "wcs", "cfa", "weight", "white", "linear"):
        assert getattr(out, name) == getattr(image, name)


@pytest.mark.parametrize("radius", [1, 2, 3])
def test_window_medians(radius: int) -> None:
    data = np.random.default_rng(0).random((20, 300)).astype(np.float32)
    padded = np.pad(data, radius, mode="reflect")
    out = np.empty_like(data)
    count = (2 * radius + 1) ** 2
    window_medians(padded, radius, selection(count, (count // 2,)), out)
    np.testing.assert_array_equal(out, median_filter(data, 2 * radius + 1, mode="mirror"))
