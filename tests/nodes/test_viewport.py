"""The visible part of an image in a viewer, against plain NumPy in float64."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.kernels import viewport
from nodes.kernels.viewport import Layer, render_viewport
from nodes.kernels.visible import CHANNEL, CLIPPING, LUMINANCE
from nodes.stf import IDENTITY, apply
from nodes.values import Image, Mask, Stretch
from nodes.view import image_pyramid

HALF = 0.5 / 255
GREY = (0.25, 0.5, 0.75)
STRONG = Stretch((0.05, 0.06, 0.07), (0.001, 0.01, 0.08), (1.0, 0.9, 0.8))


def layer_of(data: np.ndarray, stretch: Stretch = IDENTITY) -> Layer:
    image = Image(data)
    pyramid = image_pyramid(image)
    return Layer.of(image.data, pyramid.levels, pyramid.scales, stretch)


def render(
    layer: Layer, size: tuple[int, int], origin: tuple[float, float], zoom: float, **given: Any
) -> np.ndarray:
    buffer = np.full((size[1] + 3, size[0] + 5, 4), 9, np.float32)
    render_viewport(buffer, size, layer, origin, zoom, background=GREY, **given)
    assert (buffer[size[1] :] == 9).all()
    assert (buffer[:, size[0] :] == 9).all()
    found = buffer[: size[1], : size[0]]
    assert np.isfinite(found).all()
    return found


def overlap(origin: float, zoom: float, size: int, length: int, scale: int) -> np.ndarray:
    """Pixels of a level under each of the screen, as shares (size, cells); all 0 is outside."""
    cells = np.arange(-(-length // scale))
    if zoom >= 1:
        place = np.floor(origin + (np.arange(size) + 0.5) / zoom)
        inside = (place >= 0) & (place < length)
        return (np.floor(place / scale)[:, None] == cells) & inside[:, None]
    edges = np.clip(origin + np.arange(size + 1) / zoom, 0, length) / scale
    low, high = edges[:-1, None], edges[1:, None]
    return np.clip(np.minimum(high, cells + 1) - np.maximum(low, cells), 0, None)


def areas(
    layer: Layer, size: tuple[int, int], origin: tuple[float, float], zoom: float
) -> tuple[np.ndarray, np.ndarray]:
    """What each pixel of the screen averages (channels, height, width), and where is a picture."""
    fitting = [n for n, scale in enumerate(layer.scales) if scale * zoom <= 1]
    number = fitting[-1] if fitting else 0
    level, scale = layer.levels[number].astype(np.float64), layer.scales[number]
    down = overlap(origin[1], zoom, size[1], layer.height, scale).astype(float)
    across = overlap(origin[0], zoom, size[0], layer.width, scale).astype(float)
    inside = (down.sum(1) > 0)[:, None] & (across.sum(1) > 0)
    valid = ~np.isnan(level)
    up, low = level == np.inf, level == -np.inf
    finite = np.where(np.isfinite(level), level, 0)
    weights, means, highs, lows = (down @ x @ across.T for x in (1.0 * valid, finite, up, low))
    with np.errstate(invalid="ignore", divide="ignore"):
        means = means / weights
    means[highs > 0] = np.inf
    means[lows > 0] = -np.inf
    means[(highs > 0) & (lows > 0) | (weights == 0)] = np.nan
    return means, inside


def wanted(
    layer: Layer,
    stretch: Stretch,
    size: tuple[int, int],
    origin: tuple[float, float],
    zoom: float,
) -> np.ndarray:
    means, inside = areas(layer, size, origin, zoom)
    shown = np.nan_to_num(apply(means, stretch), nan=0.0).transpose(1, 2, 0)
    return np.where(inside[..., None], np.broadcast_to(shown, (*inside.shape, 3)), GREY)


def check(found: np.ndarray, truth: np.ndarray, tolerance: float = HALF) -> None:
    assert (found[..., 3] == 1).all()
    assert np.abs(found[..., :3] - truth).max() <= tolerance


def noise(channels: int, height: int, width: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(0.1, 0.05, (channels, height, width)).astype(np.float32)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("zoom", [0.05, 0.13, 0.25, 0.5, 0.77, 0.999, 1, 1.5, 2, 3.3, 16])
@pytest.mark.parametrize("origin", [(0.0, 0.0), (-31.7, 12.25), (170.3, -9.9), (5000.0, 0.0)])
def test_visible_part(channels: int, zoom: float, origin: tuple[float, float]) -> None:
    layer = layer_of(noise(channels, 301, 411), STRONG)
    found = render(layer, (90, 70), origin, zoom)
    check(found, wanted(layer, STRONG, (90, 70), origin, zoom), 1e-5)


@pytest.mark.parametrize("zoom", [0.05, 0.2, 0.6, 1, 2.5])
def test_missing_and_infinite_values(zoom: float) -> None:
    data = noise(3, 300, 400)
    rng = np.random.default_rng(3)
    for value in (np.nan, np.inf, -np.inf):
        data.flat[rng.integers(0, data.size, 2000)] = value
    data[:, 100:160, 50:300] = np.nan
    layer = layer_of(data, STRONG)
    check(render(layer, (150, 120), (20.5, 30.25), zoom),
          wanted(layer, STRONG, (150, 120), (20.5, 30.25), zoom), 1e-5)  # fmt: skip


@pytest.mark.parametrize("shape", [(1, 1), (3, 70000), (70000, 3), (2, 2)])
@pytest.mark.parametrize("zoom", [0.05, 0.3, 1, 16])
def test_extreme_shapes(shape: tuple[int, int], zoom: float) -> None:
    layer = layer_of(noise(1, *shape))
    for origin in ((-2.0, -2.0), (shape[1] - 3.0, shape[0] - 3.0)):
        check(render(layer, (40, 30), origin, zoom),
              wanted(layer, IDENTITY, (40, 30), origin, zoom), 1e-5)  # fmt: skip


edges = st.one_of(st.sampled_from([0.0, 1e-12, 1e-6, 0.5, 1 - 1e-9, 1.0]), st.floats(0, 1))


@given(edges, edges, edges, st.floats(0.05, 16), st.floats(-50, 50), st.integers(0, 9))
@settings(deadline=None, max_examples=200)
def test_any_stretch_agrees_with_the_formula(
    shadows: float, midtones: float, highlights: float, zoom: float, pan: float, seed: int
) -> None:
    """At 100 % or more exactly; below, what is averaged first may differ by what float32 rounds."""
    stretch = Stretch((shadows,), (midtones,), (highlights,))
    data = np.random.default_rng(seed).random((3, 60, 80), np.float32)
    layer = layer_of(data, stretch)
    found = render(layer, (64, 48), (pan, pan / 3), zoom)
    if zoom >= 1:
        check(found, wanted(layer, stretch, (64, 48), (pan, pan / 3), zoom))
        return
    means, inside = areas(layer, (64, 48), (pan, pan / 3), zoom)
    low, high = (apply(means + e, stretch).transpose(1, 2, 0) for e in (-3e-7, 3e-7))
    rgb = found[..., :3][inside]
    assert (rgb >= low[inside] - HALF).all()
    assert (rgb <= high[inside] + HALF).all()


def test_magnified_pixels_are_exact() -> None:
    data = noise(3, 20, 30)
    found = render(layer_of(data), (80, 80), (4.0, 3.0), 8.0)
    block = np.clip(data[:, 3:13, 4:14], 0, 1).repeat(8, 1).repeat(8, 2).transpose(1, 2, 0)
    np.testing.assert_array_equal(found[..., :3], block)


# --- modes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("zoom", [0.3, 1.0, 4.0])
def test_one_channel_and_luminance_are_grey(zoom: float) -> None:
    layer = layer_of(noise(3, 100, 140), STRONG)
    truth = wanted(layer, STRONG, (50, 40), (3.5, 2.5), zoom)
    _, inside = areas(layer, (50, 40), (3.5, 2.5), zoom)
    grey = np.where(inside, truth @ [0.2126, 0.7152, 0.0722], 0)
    found = render(layer, (50, 40), (3.5, 2.5), zoom, mode=LUMINANCE)[inside][:, :3]
    assert np.abs(found - grey[inside][:, None]).max() <= 1e-5
    for channel in range(3):
        found = render(layer, (50, 40), (3.5, 2.5), zoom, mode=CHANNEL, channel=channel)
        assert np.abs(found[inside][:, :3] - truth[inside][:, channel, None]).max() <= 1e-5


def test_mono_knows_no_channels() -> None:
    layer = layer_of(noise(1, 40, 50))
    plain = render(layer, (30, 30), (0, 0), 1.0)
    for mode in (CHANNEL, LUMINANCE):
        found = render(layer, (30, 30), (0, 0), 1.0, mode=mode, channel=2)
        np.testing.assert_array_equal(found, plain)


def test_clipping_is_painted() -> None:
    data = np.full((3, 4, 6), 0.5, np.float32)
    data[1, 0, 0] = 0.0999
    data[1, 0, 1] = 0.1001
    data[2, 1, 0] = 0.9001
    data[0, 1, 1] = 0.8999
    data[:2, 2, 0] = (0.0, 1.0)
    data[:, 3, 0] = np.nan
    stretch = Stretch((0.1,), (0.5,), (0.9,))
    found = render(layer_of(data, stretch), (6, 4), (0, 0), 1.0, mode=CLIPPING)[..., :3]
    plain = render(layer_of(data, stretch), (6, 4), (0, 0), 1.0)[..., :3]
    blue, red = (0, 0, 1), (1, 0, 0)
    assert tuple(found[0, 0]) == blue
    assert tuple(found[1, 0]) == tuple(found[2, 0]) == red
    assert tuple(found[3, 0]) == (0, 0, 0)
    plain[0, 0], plain[1, 0], plain[2, 0] = blue, red, red
    np.testing.assert_array_equal(found, plain)


@pytest.mark.parametrize("zoom", [0.4, 1.0, 3.0])
@pytest.mark.parametrize("channels", [1, 3])
def test_mask_tints_what_it_protects(zoom: float, channels: int) -> None:
    data = noise(channels, 90, 120)
    weights = np.random.default_rng(2).random((1, 90, 120), np.float32)
    layer, cover = layer_of(data), layer_of(Mask(weights).data)
    found = render(layer, (60, 50), (-4, -4), zoom, mask=cover, strength=0.7)
    truth = wanted(layer, IDENTITY, (60, 50), (-4, -4), zoom)
    means, inside = areas(cover, (60, 50), (-4, -4), zoom)
    share = np.where(inside, 0.7 * (1 - np.nan_to_num(means[0])), 0)[..., None]
    check(found, truth * (1 - share) + np.array([1.0, 0, 0]) * share, 1e-5)


def test_mask_of_another_size_is_left_out() -> None:
    layer = layer_of(noise(3, 40, 50))
    plain = render(layer, (30, 30), (0, 0), 1.0)
    found = render(layer, (30, 30), (0, 0), 1.0, mask=layer_of(np.zeros((1, 41, 50))))
    np.testing.assert_array_equal(found, plain)


def test_two_pictures_side_by_side() -> None:
    one, two = layer_of(noise(3, 90, 120)), layer_of(noise(1, 70, 200, seed=8), STRONG)
    buffer = np.zeros((50, 60, 4), np.float32)
    render_viewport(buffer, (60, 50), one, (3.3, 4.4), 0.8, columns=(0, 23), background=GREY)
    render_viewport(buffer, (60, 50), two, (3.3, 4.4), 0.8, columns=(23, 60), background=GREY)
    whole = [render(layer, (60, 50), (3.3, 4.4), 0.8) for layer in (one, two)]
    np.testing.assert_allclose(buffer[:, :23], whole[0][:, :23], atol=1e-6)
    np.testing.assert_allclose(buffer[:, 23:], whole[1][:, 23:], atol=1e-6)


# --- levels, buffers, threads --------------------------------------------------------------------


def test_without_the_image_its_pyramid_serves() -> None:
    pyramid = image_pyramid(Image(noise(1, 600, 800)))
    small = Layer.of(None, pyramid.levels[1:], pyramid.scales[1:], IDENTITY)
    assert (small.width, small.height) == (800, 600)
    found = render(small, (100, 100), (10, 10), 1.0)
    np.testing.assert_array_equal(found[..., 0], np.clip(
        pyramid.levels[1][0].repeat(2, 0).repeat(2, 1)[10:110, 10:110], 0, 1))  # fmt: skip


def test_another_stretch_of_the_same_layer() -> None:
    data = noise(3, 50, 60)
    again = layer_of(data).restretch(STRONG)
    found = render(again, (40, 40), (0, 0), 0.7)
    np.testing.assert_array_equal(found, render(layer_of(data, STRONG), (40, 40), (0, 0), 0.7))


@pytest.mark.parametrize(
    "buffer",
    [
        np.zeros((9, 10, 4), np.float32),
        np.zeros((10, 9, 4), np.float32),
        np.zeros((10, 10, 3), np.float32),
        np.zeros((10, 10, 4)),
        np.zeros((10, 20, 4), np.float32)[:, ::2],
    ],
)
def test_buffer_that_does_not_fit_is_refused(buffer: np.ndarray) -> None:
    with pytest.raises(ValueError, match="the buffer is"):
        render_viewport(buffer, (10, 10), layer_of(noise(1, 9, 9)), (0, 0), 1.0)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_threads_change_nothing(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = layer_of(noise(3, 900, 700), STRONG)
    monkeypatch.setattr(viewport, "processors", lambda: 1)
    alone = render(layer, (600, 700), (-5.5, 1.25), 0.8)
    monkeypatch.setattr(viewport, "processors", lambda: count)
    np.testing.assert_array_equal(render(layer, (600, 700), (-5.5, 1.25), 0.8), alone)


def test_a_busy_pool_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What no other thread has begun is done by the caller."""
    from concurrent.futures import Future

    class Busy:
        def submit(self, *_: Any) -> Future[None]:
            return Future()  # never begun

    layer = layer_of(noise(1, 300, 300))
    plain = render(layer, (300, 300), (0, 0), 1.0)
    monkeypatch.setattr(viewport, "processors", lambda: 4)
    monkeypatch.setattr(viewport, "_pool", Busy)
    np.testing.assert_array_equal(render(layer, (300, 300), (0, 0), 1.0), plain)


def test_zoom_of_the_levels() -> None:
    layer = Layer.of(None, tuple(np.zeros((1, n, n), np.float32) for n in (64, 32, 16)),
                     (1, 2, 4), IDENTITY)  # fmt: skip
    found = [layer.pick(zoom) for zoom in (16, 1, 0.51, 0.5, 0.26, 0.25, 0.01)]
    assert found == [0, 0, 0, 1, 1, 2, 2]
    assert math.isclose(layer.width, 64)
