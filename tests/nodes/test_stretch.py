"""Permanent stretches against the formulas of the screen transfer function."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InputError
from nodes.measure import image_statistics
from nodes.stf import apply, auto_stretch, mtf
from nodes.stretch import apply_stretch, from_screen, histogram, parameters
from nodes.values import Header, Image, Mask, Stretch
from nodes.view import image_pyramid, screen
from tests.nodes.recording import Recorder


def ramp(channels: int = 3, size: int = 1000) -> np.ndarray:
    """Values from 0 to 1 in every channel, each in another order."""
    line = np.linspace(0, 1, size, dtype=np.float32)
    return np.stack([np.roll(line, 100 * c).reshape(20, -1) for c in range(channels)])


def sky(channels: int = 3, height: int = 100, width: int = 120) -> np.ndarray:
    """A linear image with a green cast."""
    level = np.array([0.1, 0.13, 0.08])[:channels, None, None]
    noise = np.random.default_rng(4).normal(0, 0.01, (channels, height, width))
    return (level + noise).astype(np.float32)


def test_defaults_change_nothing() -> None:
    data = ramp()
    found = histogram(Image(data))
    np.testing.assert_array_equal(found.data, data)
    assert found.linear


def test_defaults_clip_to_the_range() -> None:
    data = np.array([[[-0.5, 0.25, 1.5, np.nan]]], np.float32)
    np.testing.assert_array_equal(histogram(Image(data)).data, [[[0, 0.25, 1, np.nan]]])


@pytest.mark.parametrize("m", [0.01, 0.1, 0.25, 0.5, 0.75, 0.99])
def test_inverse(m: float) -> None:
    data = ramp(1)
    once = histogram(Image(data), midtones=m)
    np.testing.assert_allclose(once.data, mtf(m, data), atol=1e-7)
    # in float32 the flat part of the curve keeps fewer digits: x' = x (1 - m)² / m² there
    loss = max(1e-6, 6e-8 * max(m, 1 - m) / min(m, 1 - m))
    np.testing.assert_allclose(histogram(once, midtones=1 - m).data, data, atol=loss)


@pytest.mark.parametrize(("m", "shown"), [(0.0, [0, 1, 1]), (1.0, [0, 0, 1])])
def test_midtones_at_the_ends(m: float, shown: list[float]) -> None:
    found = histogram(Image(np.array([[[0, 0.5, 1]]], np.float32)), midtones=m)
    np.testing.assert_allclose(found.data[0, 0], shown, atol=1e-7)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.floats(0, 1), min_size=3, max_size=3),
    st.floats(-10, 0),
    st.floats(1, 11),
    st.sampled_from([1, 3]),
)
def test_any_row_equals_the_display_function(
    row: list[float], low: float, high: float, channels: int
) -> None:
    if row[0] == row[2] or not 1e-6 < row[1] < 1 - 1e-6:  # a step, which rounding may move
        return
    data = ramp(channels, 200)
    found = histogram(
        Image(data),
        shadows=row[0],
        midtones=row[1],
        highlights=row[2],
        low_range=low,
        high_range=high,
    )
    one = [(v,) for v in (*row, low, high)]
    np.testing.assert_allclose(found.data, apply(data, Stretch(*one)), atol=1e-6)  # type: ignore[arg-type]
    order = np.argsort(data[0].ravel())
    assert (np.diff(found.data[0].ravel()[order]) >= 0).all()


def test_channel_rows_come_before_the_combined_one() -> None:
    data = ramp()
    own = {"red": (0.1, 0.3, 0.9), "green": (0.0, 0.5, 1.0), "blue": (0.2, 0.8, 1.0)}
    found = histogram(Image(data), shadows=0.05, midtones=0.2, high_range=2.0, **own)
    wanted = np.stack(
        [
            apply(plane[None], Stretch((row[0],), (row[1],), (row[2],)))[0]
            for plane, row in zip(data, own.values(), strict=True)
        ]
    )
    wanted = apply(wanted, Stretch((0.05,), (0.2,), (1.0,), (0.0,), (2.0,)))
    np.testing.assert_allclose(found.data, wanted, atol=1e-6)
    assert not found.linear


def test_range_expansion_halves() -> None:
    found = histogram(Image(ramp()), high_range=2.0)
    np.testing.assert_allclose(found.data, ramp() / 2, atol=1e-7)
    assert found.linear


def test_mono_uses_the_combined_row() -> None:
    ctx = Recorder()
    found = histogram(Image(ramp(1)), red=(0.0, 0.1, 1.0), ctx=ctx)
    np.testing.assert_array_equal(found.data, ramp(1))
    assert found.linear
    assert len(ctx.warnings) == 1


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"shadows": 0.4, "highlights": 0.4}, "shadows and highlights are both 0.4"),
        ({"green": (0.2, 0.5, 0.2)}, "shadows and highlights of green are both 0.2"),
        ({"blue": (0.0, 0.5, 1.5)}, "blue is"),
        ({"red": (0.0, math.nan, 1.0)}, "red is"),
    ],
)
def test_bad_parameters(params: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        histogram(Image(ramp()), **params)
    spec = histogram.spec  # type: ignore[attr-defined]
    defaults = {name: p.default for name, p in spec.params.items()}
    assert message in spec.check(defaults | params)
    assert spec.check(defaults) is None


def test_state_is_known_from_the_parameters() -> None:
    spec = histogram.spec  # type: ignore[attr-defined]
    gives = spec.outputs["image"].gives
    defaults = {name: p.default for name, p in spec.params.items()}
    assert gives.state == "stretched"
    for params in ({}, {"shadows": 0.1}, {"midtones": 0.2}, {"green": (0.0, 0.4, 1.0)}):
        found = histogram(Image(ramp()), **params)  # type: ignore[arg-type]
        assert gives.when(defaults | params) == (not found.linear)
    assert not histogram(Image(ramp(), linear=False)).linear


def test_mask_blends() -> None:
    data = ramp()
    weights = np.linspace(0, 1, data[0].size, dtype=np.float32).reshape(data[0].shape)
    found = histogram(Image(data), Mask(weights), midtones=0.1)
    wanted = weights * mtf(0.1, data) + (1 - weights) * data
    np.testing.assert_allclose(found.data, wanted, atol=1e-6)


def test_mask_of_another_size_is_refused() -> None:
    with pytest.raises(InputError, match=r"mask is 3 × 2 px but the image is 50 × 20 px"):
        histogram(Image(ramp()), Mask(np.ones((2, 3), np.float32)))


# --- from the screen -----------------------------------------------------------------------------


@pytest.mark.parametrize("link", ["auto", "linked", "unlinked"])
@pytest.mark.parametrize("boosted", [False, True])
@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
def test_permanent_equals_what_is_shown(
    link: Any, boosted: bool, exact: bool, channels: int
) -> None:
    image = Image(sky(channels))
    statistics = image_statistics(image)
    found = from_screen(image, statistics, link=link, boosted=boosted, exact_target=exact)
    stretch = auto_stretch(statistics, link, boosted=boosted, exact_target=exact)
    np.testing.assert_allclose(found.data, apply(image.data, stretch), atol=1e-6)
    shown = screen(
        statistics,
        image_pyramid(image),
        link=link,
        stretch="boosted" if boosted else "auto",
        exact_target=exact,
    )
    again = np.floor(255 * found.data.astype(float) + 0.5).transpose(1, 2, 0)
    assert np.abs(shown.pixels - again).max() <= 1
    assert not found.linear


def test_stretch_as_histogram_rows_is_the_same() -> None:
    image = Image(sky())
    s = auto_stretch(image_statistics(image), "unlinked")
    rows = list(zip(s.shadows, s.midtones, s.highlights, strict=True))
    by_rows = histogram(image, red=rows[0], green=rows[1], blue=rows[2])
    by_screen = from_screen(image, image_statistics(image), link="unlinked")
    np.testing.assert_allclose(by_rows.data, by_screen.data, atol=1e-7)


def test_exact_target_is_reached() -> None:
    image = Image(sky(1))
    found = from_screen(image, image_statistics(image), target=0.3, exact_target=True)
    assert np.median(found.data) == pytest.approx(0.3, abs=1e-4)


def test_parameters_and_apply_make_the_same() -> None:
    image = Image(sky())
    statistics = image_statistics(image)
    stretch = parameters(statistics, link="linked", clipping=-2.0, target=0.2)
    assert stretch == auto_stretch(statistics, "linked", clipping=-2.0, target=0.2)
    found = apply_stretch(image, stretch)
    direct = from_screen(image, statistics, link="linked", clipping=-2.0, target=0.2)
    np.testing.assert_array_equal(found.data, direct.data)
    assert not found.linear


def test_one_row_serves_three_channels_and_three_do_not_serve_one() -> None:
    stretch = Stretch((0.05,), (0.1,), (1.0,))
    found = apply_stretch(Image(sky()), stretch)
    np.testing.assert_allclose(found.data, apply(sky(), stretch), atol=1e-6)
    with pytest.raises(InputError, match="3 channels but the image has 1"):
        apply_stretch(Image(sky(1)), Stretch((0.0,) * 3, (0.5,) * 3, (1.0,) * 3))


def test_missing_pixels_stay_missing_and_the_rest_travels() -> None:
    data = sky()
    data[1, 3, 4] = np.nan
    image = Image(data, Header((("OBJECT", "M 31", ""),)), color_calibrated=True)
    found = from_screen(image, image_statistics(image))
    np.testing.assert_array_equal(np.isnan(found.data), np.isnan(data))
    assert found.header == image.header
    assert found.color_calibrated


@pytest.mark.parametrize("value", [-1.0, 0.0, 0.2, 0.7, 1.0, 5000.0, math.nan])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 1), (1, 3, 5), (3, 2, 1)])
def test_constant_and_empty_images(value: float, shape: tuple[int, ...]) -> None:
    image = Image(np.full(shape, value, np.float32))
    found = from_screen(image, image_statistics(image)).data
    assert found.shape == shape
    assert (np.isnan(found) if math.isnan(value) else (found >= 0) & (found <= 1)).all()


def test_data_stay_as_they_are() -> None:
    image = Image(sky())
    before = image.data.tobytes()
    from_screen(image, image_statistics(image))
    histogram(image, midtones=0.1)
    assert image.data.tobytes() == before


def test_hundred_megapixels() -> None:
    data = np.broadcast_to(np.linspace(0, 1, 10_000, dtype=np.float32), (10_000, 10_000))
    found = histogram(Image(data), midtones=0.1)
    np.testing.assert_allclose(found.data[0, ::999], mtf(0.1, data[::999]), atol=1e-6)


def test_statistics_of_another_number_of_channels_are_refused() -> None:
    grey, colour = Image(np.full((4, 5), 0.1)), Image(np.full((3, 4, 5), 0.1))
    for image, other in ((colour, grey), (grey, colour)):
        with pytest.raises(InputError, match="wire the statistics of an image with as many"):
            from_screen(image, image_statistics(other))
