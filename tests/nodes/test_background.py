"""Polynomial background against surfaces known beforehand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from graph.context import Context
from graph.errors import Cancelled, InputError
from nodes.background import polynomial
from nodes.values import Header, Image, Mask, Wcs

Surface = np.ndarray


def grid(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """x and y from 0 to 1."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    return x / max(width - 1, 1), y / max(height - 1, 1)


def plane(height: int, width: int) -> Surface:
    x, y = grid(height, width)
    return 0.05 + 0.03 * x - 0.02 * y


def bowl(height: int, width: int) -> Surface:
    x, y = grid(height, width)
    return 0.04 + 0.01 * x + 0.02 * y + 0.015 * x * y + 0.02 * x**2 - 0.012 * y**2


def stars(height: int, width: int, count: int, rng: np.random.Generator) -> Surface:
    """Gaussian stars of sigma 1.7 px."""
    out = np.zeros((height + 40, width + 40))
    y, x = np.mgrid[-15:16, -15:16]
    for _ in range(count):
        v, u = rng.integers(20, height + 20), rng.integers(20, width + 20)
        out[v - 15 : v + 16, u - 15 : u + 16] += (
            0.5 * rng.random() ** 3 * np.exp(-(x**2 + y**2) / 5.8)
        )
    return out[20:-20, 20:-20]


def nebula(height: int, width: int, sigma: float) -> Surface:
    y, x = np.mgrid[:height, :width]
    return 0.02 * np.exp(-((x - 0.6 * width) ** 2 + (y - 0.4 * height) ** 2) / (2 * sigma**2))


def rms(difference: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(difference, dtype=np.float64))))


@pytest.mark.parametrize("degree", range(7))
def test_a_surface_of_that_degree_is_exact(degree: int) -> None:
    x, y = grid(90, 130)
    rng = np.random.default_rng(degree)
    truth = 0.2 + sum(
        0.02 * rng.normal() * x**i * y**j
        for i in range(degree + 1)
        for j in range(degree + 1 - i)
        if i + j
    ) * np.ones_like(x)
    result = polynomial(Image(truth), degree=degree, box=1)
    np.testing.assert_allclose(result.model.data[0], truth, rtol=0, atol=1e-6)


def test_a_plane_is_exact_with_whole_boxes_and_keeps_its_mean() -> None:
    truth = np.stack([plane(300, 420), plane(300, 420)[::-1], 5 * plane(300, 420)])
    result = polynomial(Image(truth), degree=1)
    np.testing.assert_allclose(result.model.data, truth, rtol=0, atol=1e-6)
    flat = np.broadcast_to(truth.mean(axis=(1, 2), keepdims=True), truth.shape)
    np.testing.assert_allclose(result.image.data, flat, rtol=0, atol=1e-6)
    zero = polynomial(Image(truth), degree=1, normalize=False)
    np.testing.assert_allclose(zero.image.data, 0, atol=1e-6)


@pytest.mark.parametrize(("degree", "surface"), [(1, plane), (2, bowl)])
@pytest.mark.parametrize(("contaminated", "limit"), [(False, 1.0), (True, 1.5)])
def test_a_surface_is_recovered_from_noise_stars_and_a_nebula(
    degree: int, surface: Callable[[int, int], Surface], contaminated: bool, limit: float
) -> None:
    """rms below 3 sigma / sqrt(pixels of a box · samples), by itself a fifth above the best fit.

    Faint wings of 190 stars a megapixel and of a nebula on a twelfth of the field cost half of
    it again; averaging or single medians miss it by far.
    """
    height, width, sigma = 800, 1000, 1e-3
    truth = surface(height, width)
    found = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        data = truth + sigma * rng.normal(size=truth.shape)
        if contaminated:
            data += stars(height, width, 150, rng) + nebula(height, width, 40)
        result = polynomial(Image(data), degree=degree)
        used = sum(row[-1] for row in result.samples.rows)
        assert 0.85 * 320 < used <= 320
        found.append(rms(result.model.data[0] - truth) / (3 * sigma / np.sqrt(25 * 25 * used)))
    assert np.mean(found) < limit


def test_a_low_tolerance_keeps_a_large_nebula_out() -> None:
    """A third of the field on a nebula 20 times the noise: within 0.5 % of its height."""
    truth = bowl(800, 1000)
    data = truth + 1e-3 * np.random.default_rng(0).normal(size=truth.shape)
    image = Image(data + nebula(800, 1000, 100))
    strict = polynomial(image, degree=2)
    lax = polynomial(image, degree=2, tolerance=10.0, unbalance=1.0)
    assert rms(strict.model.data[0] - truth) < 1e-4
    assert rms(lax.model.data[0] - truth) > 2e-4


def test_a_strong_gradient_costs_no_samples() -> None:
    """Rejection looks at the fit, not at the level: the gradient is 100 times the noise."""
    rng = np.random.default_rng(8)
    data = 10 * plane(400, 600) + 1e-3 * rng.normal(size=(400, 600))
    result = polynomial(Image(data), degree=1)
    accepted = [row[-1] for row in result.samples.rows]
    assert sum(accepted) > 0.98 * len(accepted)


@pytest.mark.parametrize("noise", [2.0, 0.45])
def test_values_between_the_steps_of_16_bit_are_found(noise: float) -> None:
    rng = np.random.default_rng(2)
    data = np.round(1000.37 + noise * rng.normal(size=(500, 500)))
    data[::41, ::37] += 500
    result = polynomial(Image(data / 65535), degree=0)
    assert abs(result.model.data[0, 0, 0] * 65535 - 1000.37) < 0.03


@pytest.mark.parametrize("correction", ["subtract", "divide", "none"])
def test_result_and_model_belong_together(correction: str) -> None:
    rng = np.random.default_rng(5)
    data = np.stack([bowl(200, 300), plane(200, 300), bowl(200, 300)[:, ::-1]])
    data += 1e-3 * rng.normal(size=data.shape)
    image = Image(
        data,
        header=Header((("OBJECT", "M31", ""), ("EXPTIME", 300.0, "s"))),
        wcs=Wcs((("CRPIX1", 3.0, ""),)),
        color_calibrated=True,
        white=65535.0,
    )
    before = image.data.copy()
    out, model, _ = polynomial(image, degree=2, correction=correction)  # type: ignore[arg-type]
    np.testing.assert_array_equal(image.data, before)
    level = model.data.mean(axis=(1, 2), keepdims=True, dtype=np.float64)
    wide = image.data.astype(np.float64)
    if correction == "subtract":
        np.testing.assert_allclose(wide - out.data + level, model.data, rtol=0, atol=2e-8)
    elif correction == "divide":
        np.testing.assert_allclose(out.data, wide / model.data * level, rtol=5e-7)
    else:
        assert out is image
    for value in (out, model):
        assert value.header == image.header
        assert value.wcs == image.wcs
        assert value.linear
        assert value.color_calibrated
        assert value.white == 65535.0


def test_division_removes_vignetting() -> None:
    x, y = grid(300, 400)
    shade = 1 - 0.4 * ((x - 0.5) ** 2 + (y - 0.5) ** 2)
    result = polynomial(Image(0.1 * shade), degree=2, correction="divide", box=3)
    np.testing.assert_allclose(result.image.data[0], 0.1 * shade.mean(), rtol=1e-5)


@pytest.mark.parametrize("correction", ["subtract", "divide"])
@pytest.mark.parametrize("value", [0.25, 1e-4, 3000.0])
def test_a_constant_image_stays(correction: str, value: float) -> None:
    data = np.full((3, 120, 90), value, np.float32)
    result = polynomial(Image(data), correction=correction)  # type: ignore[arg-type]
    np.testing.assert_allclose(result.image.data, data, rtol=2e-7)
    np.testing.assert_allclose(result.model.data, data, rtol=2e-7)


def test_negative_and_zero_images_are_no_problem() -> None:
    truth = plane(100, 100) - 0.2
    result = polynomial(Image(truth), degree=1)
    np.testing.assert_allclose(result.model.data[0], truth, atol=1e-6)
    np.testing.assert_array_equal(polynomial(Image(np.zeros((50, 50)))).image.data, 0)


def test_the_mask_marks_what_is_left_out() -> None:
    height, width = 400, 600
    rng = np.random.default_rng(1)
    truth = plane(height, width)
    x, y = grid(height, width)
    inside = (np.abs(x - 0.5) < 0.42) & (np.abs(y - 0.5) < 0.42)  # 70 % of the field
    data = truth + 0.05 * inside + 1e-4 * rng.normal(size=truth.shape)
    free = polynomial(Image(data), degree=1)
    masked = polynomial(Image(data), Mask(inside), degree=1)
    assert rms(free.model.data[0] - truth) > 1e-3
    assert rms(masked.model.data[0] - truth) < 2e-6
    for column, row, *_ in masked.samples.rows:
        assert not inside[round(row), round(column)]


def test_missing_borders_stay_missing_and_do_not_matter() -> None:
    truth = plane(300, 400)
    data = truth.copy()
    data[:37] = data[:, -61:] = np.nan
    data[150:160, 100:120] = np.nan
    out, model, samples = polynomial(Image(data), degree=1)
    np.testing.assert_allclose(model.data[0], truth, atol=1e-6)
    np.testing.assert_array_equal(np.isnan(out.data[0]), np.isnan(data))
    assert all(np.isfinite(row[3]) for row in samples.rows)


@pytest.mark.parametrize("shape", [(1, 300), (300, 1), (2, 2), (3, 50), (7, 5), (31, 33)])
@pytest.mark.parametrize("degree", [1, 4])
def test_small_images_give_their_surface_or_a_clear_refusal(
    shape: tuple[int, int], degree: int
) -> None:
    truth = plane(*shape)
    if shape == (2, 2) and degree == 4:
        with pytest.raises(InputError, match=f"degree {degree} needs"):
            polynomial(Image(truth), degree=degree)
    else:
        result = polynomial(Image(truth), degree=degree)
        np.testing.assert_allclose(result.model.data[0], truth, atol=2e-6)


def test_one_pixel_is_refused() -> None:
    with pytest.raises(InputError, match="1 of 1 samples are usable but degree 0 needs 2"):
        polynomial(Image(np.ones((1, 1))), degree=0)


def test_one_row_gives_a_gradient() -> None:
    result = polynomial(Image(plane(1, 5000)), degree=1)
    np.testing.assert_allclose(result.model.data[0], plane(1, 5000), atol=1e-6)


def test_each_plane_of_a_mosaic_is_fitted_alone() -> None:
    height, width = 201, 304
    truth = np.empty((height, width))
    for index, factor in enumerate((1.0, 2.0, 2.1, 0.7)):
        where = (slice(index // 2, None, 2), slice(index % 2, None, 2))
        truth[where] = factor * plane(height, width)[where]
    out, model, samples = polynomial(Image(truth, cfa="RGGB"), degree=1)
    np.testing.assert_allclose(model.data[0], truth, atol=1e-6)
    assert out.cfa == "RGGB"
    assert {row[2] for row in samples.rows} == {0, 1, 2, 3}
    for column, row, _, value, *_ in samples.rows[::17]:
        index = 2 * (round(row) % 2) + round(column) % 2
        at = 0.05 + 0.03 * column / (width - 1) - 0.02 * row / (height - 1)
        assert value == pytest.approx((1.0, 2.0, 2.1, 0.7)[index] * at, abs=2e-4)


def test_the_table_tells_what_became_of_each_sample() -> None:
    rng = np.random.default_rng(1)
    data = plane(400, 600) + 1e-3 * rng.normal(size=(400, 600))
    data[200:280, 300:390] += 0.05
    samples = polynomial(Image(np.stack([data] * 3)), degree=1).samples
    assert samples.columns == ("x", "y", "channel", "value", "weight", "accepted")
    assert len(samples.rows) == 3 * 20 * 13
    for x, y, _, value, weight, accepted in samples.rows:
        if abs(y - 239.5) < 27 and abs(x - 344.5) < 32:
            assert not accepted
        elif abs(y - 239.5) > 53 or abs(x - 344.5) > 58:
            assert weight > 0.8
            if accepted:
                assert value == pytest.approx(0.05 + 0.03 * x / 599 - 0.02 * y / 399, abs=2e-4)


def test_what_cannot_be_fitted_is_refused_with_numbers() -> None:
    data = np.stack([plane(100, 100)] * 3)
    data[1] = np.nan
    with pytest.raises(InputError, match="green channel has no valid pixel"):
        polynomial(Image(data))
    image = Image(plane(100, 100))
    with pytest.raises(InputError, match="no valid pixel outside the mask"):
        polynomial(image, Mask(np.ones((100, 100))))
    with pytest.raises(InputError, match=r"mask is 90 × 100 px but the image is 100 × 100 px"):
        polynomial(image, Mask(np.ones((100, 90))))
    strip = np.ones((100, 100))
    strip[48:53] = 0
    with pytest.raises(InputError, match=r"20 of 400 samples .* degree 6 needs 29"):
        polynomial(image, Mask(strip), degree=6)
    with pytest.raises(InputError, match="unevenly for degree 2"):
        polynomial(image, Mask(strip), degree=2)
    with pytest.raises(InputError, match="cannot be divided"):
        polynomial(Image(plane(100, 100) - 0.05), degree=1, correction="divide")


def test_stretched_images_are_kept_off_by_the_socket() -> None:
    assert polynomial.spec.sockets["image"].requires == "linear"
    assert polynomial.spec.sockets["mask"].optional
    assert list(polynomial.spec.outputs) == ["image", "model", "samples"]


def test_cancelling_stops_it_and_progress_rises() -> None:
    class Stop(Context):
        seen: list[float]

        def __init__(self) -> None:
            self.seen = []

        def progress(self, fraction: float, text: str = "") -> None:
            self.seen.append(fraction)
            if fraction > 0.5:
                raise Cancelled("stop")

    ctx = Stop()
    with pytest.raises(Cancelled):
        polynomial(Image(np.stack([bowl(200, 300)] * 3)), ctx=ctx)
    assert ctx.seen == sorted(ctx.seen)


def test_a_hundred_megapixels() -> None:
    side = 10_000
    step = np.linspace(0, 1, side, dtype=np.float32)
    data = np.add.outer(np.float32(0.05) - np.float32(0.02) * step, np.float32(0.03) * step)
    out, model, _ = polynomial(Image(data), degree=1)
    every = slice(None, None, 997)
    np.testing.assert_allclose(model.data[0, every, every], data[every, every], atol=1e-6)
    np.testing.assert_allclose(out.data[0, every, every], 0.055, atol=1e-6)


def test_real_image(real_data) -> None:  # type: ignore[no-untyped-def]
    """A light frame of M13: the model follows the sky, not the cluster."""
    from astropy.io import fits

    data = fits.getdata(sorted((real_data / "mono_m13").glob("*.fits"))[0]).astype(np.float32)
    out, model, samples = polynomial(Image(data / 65535), degree=1)
    x, y = grid(*data.shape)
    tilt = 1e-3 * (x - 0.5) - 2e-3 * (y - 0.5)
    tilted = polynomial(Image(data / 65535 + tilt), degree=1)
    np.testing.assert_allclose(tilted.model.data[0] - model.data[0], tilt, atol=2e-5)
    assert abs(np.median(out.data) - np.median(data) / 65535) < 1e-3
    assert model.data.max() < np.percentile(data / 65535, 99)
    assert sum(row[-1] for row in samples.rows) > 100
