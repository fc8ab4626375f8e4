"""Viewers: what is shown, against NumPy, and that data are never changed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from graph.context import Context
from graph.errors import Cancelled, InputError
from nodes.kernels.display import render
from nodes.kernels.pyramid import count_missing, halve
from nodes.measure import image_statistics
from nodes.stf import IDENTITY, apply, auto_stretch
from nodes.values import Image, Pyramid, Screen, Stretch
from nodes.view import compare, image_pyramid, screen

UNLINKED = "unlinked after calibration: the stretch overrides your calibration"
LINKED = "linked before calibration: expect the sensor's green cast"
STRONG = Stretch((0.05, 0.06, 0.07), (0.001, 0.01, 0.08), (1.0, 0.9, 0.8))


def sky(channels: int, height: int, width: int, seed: int = 1) -> np.ndarray:
    """A linear image: noise on a dark background, each channel at its own level."""
    rng = np.random.default_rng(seed)
    level = np.array([0.1, 0.13, 0.08])[:channels, None, None]
    return (level + rng.normal(0, 0.01, (channels, height, width))).astype(np.float32)


def show(image: Image, **params: Any) -> Screen:
    """The viewer with its implicit nodes."""
    return screen(image_statistics(image), image_pyramid(image), **params)


def codes(data: np.ndarray, stretch: Stretch) -> np.ndarray:
    """What the viewer must show of data: 8 bits, rounded half up, missing as 0."""
    shown = np.nan_to_num(apply(data, stretch), nan=0.0)
    return np.floor(255 * shown + 0.5).astype(np.uint8).transpose(1, 2, 0)


def shrink(data: np.ndarray, width: int, height: int) -> np.ndarray:
    """Area averages by overlaps as matrices, missing pixels left out."""

    def overlap(size: int, parts: int) -> np.ndarray:
        edges = np.arange(parts + 1) * size / parts
        low, high = edges[:-1, None], edges[1:, None]
        cells = np.arange(size)
        return np.clip(np.minimum(high, cells + 1) - np.maximum(low, cells), 0, None)

    down, across = overlap(data.shape[1], height), overlap(data.shape[2], width)
    valid = ~np.isnan(data)
    weights = down @ valid.astype(float) @ across.T
    sums = down @ np.where(valid, data, 0).astype(float) @ across.T
    with np.errstate(invalid="ignore"):
        return np.where(weights > 1e-9, sums / weights, np.nan)


# --- pyramid -------------------------------------------------------------------------------------

images = hnp.arrays(
    np.float32,
    st.tuples(st.sampled_from([1, 3]), st.integers(1, 20), st.integers(1, 20)),
    elements=st.one_of(st.floats(-4, 4, width=32), st.just(math.nan)),
)


@given(images)
@settings(deadline=None)
def test_halves_are_means_of_valid_pixels(data: np.ndarray) -> None:
    found = halve(data)
    channels, height, width = data.shape
    assert found.shape == (channels, -(-height // 2), -(-width // 2))
    for c, y, x in np.ndindex(found.shape):
        cell = data[c, 2 * y : 2 * y + 2, 2 * x : 2 * x + 2].astype(np.float64)
        valid = cell[~np.isnan(cell)]
        wanted = valid.mean() if valid.size else math.nan
        np.testing.assert_allclose(found[c, y, x], wanted, rtol=1e-6, atol=1e-6)
    assert count_missing(data) == np.isnan(data).any(axis=0).sum()


@pytest.mark.parametrize(
    ("height", "width", "scales"),
    [
        (1, 1, (1,)),
        (256, 256, (1,)),
        (257, 3, (1, 2)),
        (500, 1000, (1, 2, 4)),
        (2000, 4000, (1, 2, 4, 8, 16)),
        (2001, 4001, (2, 4, 8, 16)),
    ],
)
def test_levels(height: int, width: int, scales: tuple[int, ...]) -> None:
    image = Image(np.zeros((height, width), np.float32))
    pyramid = image_pyramid(image)
    assert pyramid.scales == scales
    assert (pyramid.width, pyramid.height) == (width, height)
    for level, scale in zip(pyramid.levels, scales, strict=True):
        assert level.shape == (1, -(-height // scale), -(-width // scale))
    if scales[0] == 1:
        assert np.shares_memory(pyramid.levels[0], image.data)


def test_levels_keep_the_mean() -> None:
    data = sky(3, 512, 1024)
    for level in image_pyramid(Image(data)).levels:
        np.testing.assert_allclose(level.mean(axis=(1, 2)), data.mean(axis=(1, 2)), rtol=1e-4)


# --- rendering -----------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("stretch", [STRONG, IDENTITY, Stretch((0.0,), (0.0,), (1.0,))])
def test_same_size_is_exact(channels: int, stretch: Stretch) -> None:
    data = sky(channels, 301, 200)
    data[:, 5, 5:9] = [-1, 0, 1, 3]
    data[:, 7, 7] = np.nan
    found = render(data, (200, 301), stretch)
    wanted = codes(data, stretch)
    assert np.abs(found.astype(int) - wanted).max() <= 1
    assert (found == wanted).mean() >= 0.999


@pytest.mark.parametrize("size", [(200, 150), (133, 97), (1, 1), (299, 1), (1, 200), (300, 200)])
def test_scaled_is_the_area_average_stretched_after(size: tuple[int, int]) -> None:
    data = sky(3, 200, 300)
    data[1, 40:90, 50:120] = np.nan
    found = render(data, size, STRONG)
    wanted = codes(shrink(data, *size), STRONG)
    assert found.shape == (size[1], size[0], 3)
    assert np.abs(found.astype(int) - wanted).max() <= 1
    assert (found == wanted).mean() >= 0.999


def test_part_of_a_level_beyond_the_image_counts_less() -> None:
    """An odd image of 5 pixels is 2.5 pixels of its level: each half shows 1.25 of them."""
    level = np.array([[[0.0, 0.4, 1.0]]], np.float32)
    found = render(level, (2, 1), IDENTITY, (2.5, 1.0))
    left, right = (1.0 * 0.0 + 0.25 * 0.4) / 1.25, (0.75 * 0.4 + 0.5 * 1.0) / 1.25
    assert found[0, :, 0].tolist() == [int(255 * left + 0.5), int(255 * right + 0.5)]


@given(images, st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
@settings(deadline=None)
def test_any_stretch_agrees_with_the_formula(
    data: np.ndarray, shadows: float, midtones: float, highlights: float
) -> None:
    stretch = Stretch((shadows,), (midtones,), (highlights,))
    found = render(data, (data.shape[2], data.shape[1]), stretch)
    assert np.abs(found.astype(int) - codes(data, stretch)).max() <= 1


# --- screen --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "box", "size"),
    [
        ((300, 400), (1600, 1000), (400, 300)),
        ((300, 400), (200, 1000), (200, 150)),
        ((1000, 1500), (1500, 600), (900, 600)),
        ((2500, 3500), (16000, 16000), (1750, 1250)),
        ((1, 1), (1600, 1000), (1, 1)),
        ((1, 3000), (1600, 1000), (1600, 1)),
        ((3000, 1), (1600, 1000), (1, 1000)),
    ],
)
def test_fits_without_enlarging(
    shape: tuple[int, int], box: tuple[int, int], size: tuple[int, int]
) -> None:
    shown = show(Image(sky(1, *shape)), width=box[0], height=box[1])
    assert shown.pixels.shape == (size[1], size[0], 1)


def test_extreme_shape_above_eight_megapixels() -> None:
    shown = show(Image(np.zeros((1, 1, 9_000_000), np.float32)))
    assert shown.pixels.shape == (1, 1600, 1)


@pytest.mark.parametrize("calibrated", [False, True])
@pytest.mark.parametrize("link", ["auto", "linked", "unlinked"])
def test_link_and_its_notes(calibrated: bool, link: str) -> None:
    image = Image(sky(3, 60, 80), color_calibrated=calibrated)
    shown = show(image, link=link)
    wanted = link if link != "auto" else ("linked" if calibrated else "unlinked")
    assert shown.stretch == auto_stretch(image_statistics(image), wanted)
    assert (len(set(shown.stretch.midtones)) == 1) == (wanted == "linked")
    notes = {(True, "unlinked"): (UNLINKED,), (False, "linked"): (LINKED,)}
    assert shown.notes == notes.get((calibrated, link), ())
    np.testing.assert_array_equal(shown.pixels, codes(image.data, shown.stretch))


def test_unlinked_hides_a_cast_and_linked_shows_it() -> None:
    image = Image(sky(3, 200, 300))
    middle = {
        link: np.median(show(image, link=link).pixels, axis=(0, 1))
        for link in ("linked", "unlinked")
    }
    assert np.ptp(middle["unlinked"]) <= 5
    assert middle["linked"].argmax() == 1
    assert np.ptp(middle["linked"]) > 50


@pytest.mark.parametrize("link", ["auto", "linked", "unlinked"])
def test_link_means_nothing_to_mono(link: str) -> None:
    shown = show(Image(sky(1, 50, 60)), link=link)
    assert shown.notes == ()
    assert shown.pixels.tobytes() == show(Image(sky(1, 50, 60))).pixels.tobytes()


def test_stretch_choices() -> None:
    image = Image(sky(1, 100, 100))
    statistics = image_statistics(image)
    plain, boosted = auto_stretch(statistics), auto_stretch(statistics, boosted=True)
    assert show(image).stretch == plain
    assert show(image, stretch="boosted").stretch == boosted
    nothing = show(image, stretch="none")
    np.testing.assert_array_equal(nothing.pixels, codes(image.data, IDENTITY))
    exact = show(image, exact_target=True, target=0.5).pixels
    assert abs(int(np.median(exact)) - 128) <= 1
    dark = show(image, clipping=-1.0).pixels
    assert (dark == 0).mean() > (show(image).pixels == 0).mean()


def test_stretched_image_is_shown_as_it_is() -> None:
    image = Image(sky(3, 40, 50), linear=False)
    shown = show(image)
    np.testing.assert_array_equal(shown.pixels, codes(image.data, IDENTITY))
    assert shown.notes == ("the image is stretched already: shown as it is",)
    assert show(image, stretch="none").notes == ()


def test_missing_pixels_are_black_and_counted() -> None:
    data = sky(3, 40, 50)
    data[0, :, 3] = np.nan
    data[1, 7, 3:5] = np.nan
    shown = show(Image(data), link="unlinked")
    assert shown.notes == ("41 pixels are missing and shown black",)
    assert not shown.pixels[:, 3, 0].any()
    assert shown.pixels[8, 3, 1] > 0
    data[:] = 0.1
    data[0, 0, 0] = np.nan
    assert "1 pixel is missing and shown black" in show(Image(data)).notes


def test_channel_without_pixels() -> None:
    data = sky(3, 40, 50)
    data[2] = np.nan
    shown = show(Image(data), link="unlinked")
    assert shown.stretch.midtones[2] == 0.5
    assert not shown.pixels[..., 2].any()
    assert "1 of 3 channels without a valid pixel: black" in shown.notes
    nothing = show(Image(np.full((30, 40), np.nan, np.float32)))
    assert not nothing.pixels.any()


@pytest.mark.parametrize("value", [-0.5, 0.0, 0.1, 1.0, 900.0])
def test_constant_images(value: float) -> None:
    shown = show(Image(np.full((3, 20, 30), value, np.float32)))
    assert np.unique(shown.pixels).size == 1


def test_median_at_black_is_told() -> None:
    shown = show(Image(np.zeros((20, 30), np.float32)))
    assert "the median is not above black: the stretch shows all that is as white" in shown.notes


def test_statistics_of_another_image_give_its_stretch() -> None:
    one, two = Image(sky(3, 40, 50)), Image(sky(3, 40, 50) * np.float32(0.5))
    shown = screen(image_statistics(one), image_pyramid(two))
    assert shown.stretch == show(one).stretch
    np.testing.assert_array_equal(shown.pixels, codes(two.data, shown.stretch))


def test_statistics_of_other_channels_are_refused() -> None:
    with pytest.raises(InputError, match=r"1 channel.* has 3"):
        screen(image_statistics(Image(sky(1, 9, 9))), image_pyramid(Image(sky(3, 9, 9))))


def test_large_image_is_shown_from_a_small_level() -> None:
    """Of 9 megapixels at 1/4, the level of that scale is shown pixel by pixel."""
    data = sky(1, 2400, 3800)
    pyramid = image_pyramid(Image(data))
    shown = screen(image_statistics(Image(data)), pyramid, width=950, height=600)
    assert shown.pixels.shape == (600, 950, 1)
    np.testing.assert_array_equal(shown.pixels, codes(pyramid.levels[1], shown.stretch))


def test_showing_never_changes_the_image() -> None:
    image = Image(sky(3, 300, 400))
    before = image.data.tobytes()
    pyramid = image_pyramid(image)
    levels = [level.tobytes() for level in pyramid.levels]
    for link in ("auto", "linked", "unlinked"):
        for stretch in ("auto", "boosted", "none"):
            screen(image_statistics(image), pyramid, link=link, stretch=stretch, width=200)  # type: ignore[arg-type]
    assert image.data.tobytes() == before
    assert [level.tobytes() for level in pyramid.levels] == levels


def test_cancel() -> None:
    class Stop(Context):
        def check(self) -> None:
            raise Cancelled("stop")

    image = Image(sky(3, 30, 40))
    with pytest.raises(Cancelled):
        image_pyramid(image, ctx=Stop())
    with pytest.raises(Cancelled):
        screen(image_statistics(image), image_pyramid(image), ctx=Stop())


def test_hundred_megapixels() -> None:
    image = Image(np.broadcast_to(sky(1, 1, 10_000)[0], (10_000, 10_000)))
    pyramid = image_pyramid(image)
    assert pyramid.scales[0] == 2
    shown = screen(image_statistics(image), pyramid)
    assert shown.pixels.shape == (1000, 1000, 1)
    level = pyramid.levels[pyramid.scales.index(8)]
    wanted = codes(shrink(level[:, :1], 1000, 1), shown.stretch)
    assert np.abs(shown.pixels[0].astype(int) - wanted[0]).max() <= 1


# --- compare -------------------------------------------------------------------------------------


def plain(
    value: int, height: int, width: int, channels: int = 3, notes: tuple[str, ...] = ()
) -> Screen:
    """A screen of one grey."""
    return Screen(np.full((height, width, channels), value, np.uint8), IDENTITY, notes)


@pytest.mark.parametrize("direction", ["vertical", "horizontal"])
@pytest.mark.parametrize(("split", "edge"), [(0.0, 0), (0.25, 5), (0.5, 10), (1.0, 20)])
def test_split(direction: Any, split: float, edge: int) -> None:
    a, b = plain(10, 20, 20), plain(200, 20, 20)
    found = compare(a, b, split=split, direction=direction, line=False).pixels
    along = found if direction == "horizontal" else found.swapaxes(0, 1)
    assert (along[:edge] == 10).all()
    assert (along[edge:] == 200).all()
    lined = compare(a, b, split=split, direction=direction).pixels
    along = lined if direction == "horizontal" else lined.swapaxes(0, 1)
    assert (along == 255).all(axis=(1, 2)).nonzero()[0].tolist() == [min(edge, 19)]


def test_compare_grey_with_colour_and_gathers_notes() -> None:
    found = compare(plain(10, 4, 6, 1, ("dark",)), plain(90, 4, 6, 3, ("bright",)))
    assert found.pixels.shape == (4, 6, 3)
    assert found.notes == ("a: dark", "b: bright")


def test_compare_refuses_other_sizes() -> None:
    with pytest.raises(InputError, match=r"6 × 4 px but b is 5 × 4 px"):
        compare(plain(0, 4, 6), plain(0, 4, 5))


def test_declarations() -> None:
    assert screen.spec.display  # type: ignore[attr-defined]
    assert compare.spec.display  # type: ignore[attr-defined]
    assert set(screen.spec.sockets) == {"image", "statistics", "pyramid"}  # type: ignore[attr-defined]
    assert isinstance(image_pyramid(Image(sky(1, 2, 2))), Pyramid)


# --- manual --------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("given", "rows", "link"),
    [
        ({}, [(0, 0.5, 1)] * 3, "linked"),
        ({"shadows": [0.1], "midtones": [0.2]}, [(0.1, 0.2, 1)] * 3, "linked"),
        ({"midtones": [0.2, 0.2, 0.2], "highlights": [0.9]}, [(0, 0.2, 0.9)] * 3, "linked"),
        (
            {"shadows": [0.1, 0, 0.05], "highlights": [0.9, 0.8, 0.7]},
            [(0.1, 0.5, 0.9), (0, 0.5, 0.8), (0.05, 0.5, 0.7)],
            "unlinked",
        ),
    ],
)
def test_manual_stretch(
    channels: int, given: dict[str, list[float]], rows: list[tuple[float, ...]], link: str
) -> None:
    if channels == 1 and any(len(numbers) > 1 for numbers in given.values()):
        with pytest.raises(InputError, match=r"has 3 numbers but the image has 1 channel; give"):
            show(Image(sky(1, 20, 30)), stretch="manual", **given)
        return
    image = Image(sky(channels, 20, 30), linear=False)
    shown = show(image, stretch="manual", link="auto", **given)
    own = rows[:channels]
    assert list(zip(*_numbers(shown.stretch), strict=True)) == own
    assert shown.stretch.link == link
    np.testing.assert_array_equal(shown.pixels, codes(image.data, Stretch(*zip(*own, strict=True))))


def _numbers(stretch: Stretch) -> tuple[tuple[float, ...], ...]:
    return stretch.shadows, stretch.midtones, stretch.highlights


@pytest.mark.parametrize("name", ["shadows", "midtones", "highlights"])
@pytest.mark.parametrize("count", [2, 4])
def test_manual_stretch_of_a_wrong_count(name: str, count: int) -> None:
    with pytest.raises(InputError, match=rf"{name} has {count} numbers but the image has 3"):
        show(Image(sky(3, 9, 9)), stretch="manual", **{name: [0.5] * count})


@pytest.mark.parametrize("calibrated", [False, True])
def test_notes_of_a_manual_stretch(calibrated: bool) -> None:
    image = Image(sky(3, 60, 80), color_calibrated=calibrated)
    linked = show(image, stretch="manual", midtones=[0.1]).notes
    unlinked = show(image, stretch="manual", midtones=[0.1, 0.2, 0.3]).notes
    assert (linked, unlinked) == (((), (UNLINKED,)) if calibrated else ((LINKED,), ()))
    assert show(Image(sky(1, 9, 9)), stretch="manual", midtones=[0]).notes == ()


def test_manual_numbers_do_nothing_to_other_choices() -> None:
    image = Image(sky(3, 20, 30))
    assert show(image, shadows=[0.5, 0.5]).stretch == show(image).stretch
