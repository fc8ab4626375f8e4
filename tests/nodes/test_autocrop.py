"""The largest covered rectangle, against looking at all, and what cropping moves."""

from __future__ import annotations

import numpy as np
import pytest

from graph.errors import InputError
from nodes.autocrop import autocrop
from nodes.kernels.rectangle import find_rectangle
from nodes.scale import frame_scale
from nodes.stack import stack
from nodes.values import Header, Image, Wcs


def largest(good: np.ndarray) -> int:
    """Area of the largest rectangle, by looking at every one."""
    rows, columns = good.shape
    sums = np.zeros((rows + 1, columns + 1), int)
    sums[1:, 1:] = good.cumsum(0).cumsum(1)
    best = 0
    for top in range(rows):
        for bottom in range(top + 1, rows + 1):
            for left in range(columns):
                for right in range(left + 1, columns + 1):
                    area = (bottom - top) * (right - left)
                    inside = sums[bottom, right] - sums[top, right]
                    inside += sums[top, left] - sums[bottom, left]
                    best = max(best, area if inside == area else 0)
    return best


@pytest.mark.parametrize("seed", range(30))
def test_rectangle_is_the_largest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    good = rng.random((rng.integers(1, 12), rng.integers(1, 12))) < rng.uniform(0.3, 1)
    left, top, width, height = find_rectangle(good)
    assert width * height == largest(good)
    assert good[top : top + height, left : left + width].all()


def test_dither_of_30_pixels() -> None:
    """Six of eight frames cover the edges, but only five or four the corners."""
    rng = np.random.default_rng(1)
    frames = []
    for dx, dy in [(0, 0), (30, 0), (-30, 0), (0, 30), (0, -30), (30, 30), (-30, -30), (8, 0)]:
        data = np.full((1, 200, 260), np.nan)
        rows = slice(max(0, dy), 200 + min(0, dy))
        columns = slice(max(0, dx), 260 + min(0, dx))
        data[0, rows, columns] = rng.normal(0.1, 0.001, data[0, rows, columns].shape)
        frames.append(Image(data))
    made = stack(frames, [frame_scale(f) for f in frames], rejection="none")
    wcs = Wcs((("CRPIX1", 100.0, ""), ("CRPIX2", 90.0, "")))
    image = made.image.replace(wcs=wcs, header=Header((("FILTER", "Ha", ""),)))
    cut = autocrop(image, [made.coverage])
    assert cut.data.shape == (1, 200, 200)  # whole columns; whole rows would be 260 × 140
    assert cut.wcs is not None
    assert (cut.wcs.get("CRPIX1"), cut.wcs.get("CRPIX2")) == (70, 90)
    assert cut.header == image.header
    strict = autocrop(image, [made.coverage], share=1.0)
    assert strict.data.shape == (1, 140, 200)
    np.testing.assert_array_equal(strict.data, image.data[:, 30:170, 30:230])
    assert autocrop(image).data.shape == image.data.shape


def test_filters_share_the_rectangle() -> None:
    one, two = np.full((1, 50, 60), 8.0), np.full((3, 50, 60), 5.0)
    one[0, :, :7] = 2
    two[1, 45:] = 3
    for image in (Image(np.ones((50, 60))), Image(np.ones((3, 50, 60)))):
        assert autocrop(image, [Image(one), Image(two)]).data.shape[1:] == (45, 53)


def test_without_coverage_missing_pixels_are_cut_off() -> None:
    data = np.ones((3, 20, 30))
    data[2, :, :3] = np.nan
    data[0, 19] = np.nan
    mosaic = Image(np.where(np.arange(30) < 3, np.nan, 1.0) * np.ones((20, 1)), cfa="RGGB")
    assert autocrop(Image(data)).data.shape == (3, 19, 27)
    assert autocrop(mosaic).cfa == "GRBG"
    assert autocrop(Image(np.ones((1, 1)))).data.shape == (1, 1, 1)


def test_what_is_refused() -> None:
    with pytest.raises(InputError, match="the coverage is 4 × 5 px but the image is 5 × 4 px"):
        autocrop(Image(np.ones((4, 5))), [Image(np.ones((5, 4)))])
    with pytest.raises(InputError, match="no pixel has a value"):
        autocrop(Image(np.full((4, 5), np.nan)))
    with pytest.raises(InputError, match="no pixel is covered so well"):
        autocrop(Image(np.ones((4, 5))), [Image(np.zeros((4, 5)))])
