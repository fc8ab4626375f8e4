"""The histogram of a picture and the handles on it."""

from __future__ import annotations

import numpy as np
import pytest

from nodes.kernels.histogram import count_levels
from nodes.values import Image
from nodes.view import image_pyramid
from ui.editor.viewer.histogram import (
    BINS,
    Histogram,
    move_span,
    nearest_handle,
    paint,
    zoom_span,
)

RNG = np.random.default_rng(4)


def test_counts_are_those_of_numpy() -> None:
    data = RNG.random((3, 50, 70), np.float32)
    for bins in (16, BINS):
        found = count_levels(data, bins)
        for plane, counts in zip(data, found, strict=True):
            wanted = np.histogram(plane.astype(float), bins, (0, 1))[0]
            np.testing.assert_array_equal(counts, wanted)


def test_ends_take_what_is_beyond_and_missing_pixels_count_nowhere() -> None:
    data = np.array([[[-3, -np.inf, 0, 1, np.inf, 9, np.nan, 0.5]]], np.float32)
    assert count_levels(data, 4).tolist() == [[3, 0, 1, 3]]


def test_about_a_megapixel_is_counted() -> None:
    pyramid = image_pyramid(Image(RNG.random((1, 1500, 2000), np.float32)))
    assert Histogram.of(pyramid).counts.sum() == 750 * 1000
    small = image_pyramid(Image(RNG.random((1, 100, 100), np.float32)))
    assert Histogram.of(small).counts.sum() == 100 * 100


@pytest.mark.parametrize("span", [(0.0, 1.0), (0.25, 0.5), (0.1, 0.1037)])
@pytest.mark.parametrize("bars", [64, 300])
def test_heights_are_logarithms_of_counts(span: tuple[float, float], bars: int) -> None:
    histogram = Histogram(RNG.integers(0, 1000, (3, BINS)))
    found = histogram.heights(span, bars)
    fine = histogram.counts.astype(float)
    whole = np.concatenate([np.zeros((3, 1)), np.cumsum(fine, axis=1)], axis=1)
    edges = np.linspace(*span, bars + 1) * BINS
    sums = np.array([np.interp(edges, np.arange(BINS + 1), row) for row in whole])
    wanted = np.log1p(np.diff(sums, axis=1))
    np.testing.assert_allclose(found, wanted / wanted.max(), rtol=1e-9)
    assert found.max() == 1


def test_an_empty_histogram_is_flat() -> None:
    histogram = Histogram(np.zeros((1, BINS), np.int64))
    assert not histogram.heights((0, 1), 10).any()
    assert histogram.busy_span() == (0.0, 1.0)


def test_busy_span_holds_the_background_of_a_linear_image() -> None:
    data = RNG.normal(0.01, 0.001, (3, 200, 200)).astype(np.float32)
    start, end = Histogram(count_levels(data)).busy_span()
    assert start == 0
    assert 0.012 < end < 0.03
    assert Histogram(count_levels(data * 80)).busy_span()[1] == 1.0


def test_zoom_keeps_the_level_under_the_mouse_and_stays_within_the_range() -> None:
    start, end = zoom_span((0.0, 1.0), 0.5, 0.4)
    assert (0.4 - start) / (end - start) == pytest.approx(0.4)
    assert end - start == pytest.approx(0.5)
    assert zoom_span((0.2, 0.4), 100, 0.3) == (0.0, 1.0)
    smallest = zoom_span((0.2, 0.4), 1e-9, 0.3)
    assert smallest[1] - smallest[0] == pytest.approx(32 / BINS)
    assert move_span((0.2, 0.4), 5) == pytest.approx((0.8, 1.0))
    assert move_span((0.2, 0.4), -5) == pytest.approx((0.0, 0.2))


def test_handles_are_found_by_what_is_nearest() -> None:
    places = (0.1, 0.2, 0.9)
    assert [nearest_handle(places, level, 0.03) for level in (0.12, 0.19, 0.91, 0.5)] \
        == [0, 1, 2, None]  # fmt: skip
    assert nearest_handle((0.0, 0.0, 1.0), 0.01, 0.03) == 1


def test_bars_are_as_high_as_they_should_and_channels_add_up() -> None:
    heights = np.array([[0.0, 0.5, 1.0], [0.0, 0.5, 0.0], [0.0, 0.5, 0.0]])
    found = paint(heights, (3, 10), (20, 20, 20))
    assert found.shape == (10, 3, 4)
    assert (found[..., 3] == 1).all()
    ground = np.float32(20 / 255)
    np.testing.assert_allclose(found[:, 0, :3], ground)
    np.testing.assert_allclose(found[:5, 1, :3], ground)
    assert (found[5:, 1, :3] > 0.55).all()
    red = found[:, 2, :3]
    assert (red[:, 0] > 0.4).all()
    assert (red[:, 1:] < 0.25).all()
