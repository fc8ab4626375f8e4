"""Large-scale rejection: trails go as a whole, small things are left as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from nodes.kernels.grow import dilate, take_majority
from nodes.scale import frame_scale
from nodes.stack import Integration, stack
from nodes.values import Image


def integrate(frames: list[Image], **options: Any) -> Integration:
    scales = [frame_scale(frame) for frame in frames]
    return stack(frames, scales, rejection="winsorized", normalization="none", **options)


def night(count: int = 12, shape: tuple[int, int] = (120, 160)) -> np.ndarray:
    return np.random.default_rng(1).normal(0.1, 0.001, (count, 1, *shape)).astype(np.float32)


def trail(shape: tuple[int, int], width: float, height: float) -> np.ndarray:
    """A slanted trail with soft edges."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    off = (y - 60 - 0.2 * (x - 80)) / (width / 2)
    return height * np.exp(-(off**2))


def test_a_diffuse_trail_goes_as_a_whole() -> None:
    """The wings of an 18 px wide trail of 12 sigma are below the limit of single pixels."""
    data = night()
    clean = [Image(frame) for frame in data]
    spoilt = data.copy()
    spoilt[3] += trail(data.shape[2:], 18, 0.012).astype(np.float32)
    frames = [Image(frame) for frame in spoilt]
    line = trail(data.shape[2:], 18, 1.0) > 0.02
    truth = integrate(clean).image.data[0]
    plain = integrate(frames).image.data[0] - truth
    made = integrate(frames, grow_high=True, growth=6)
    grown = made.image.data[0] - truth
    assert plain[line].mean() > 5e-5  # what pixel rejection leaves
    assert abs(grown[line].mean()) < 1e-5
    core = trail(data.shape[2:], 18, 1.0) > 0.3
    assert (made.high.data[0][core] >= 1 / 12 - 1e-6).all()
    row = made.report.rows[3]
    assert row[6] == pytest.approx(100 * line.mean(), rel=0.35)


def test_small_structures_do_not_grow() -> None:
    """Cosmic rays, hot pixels and what noise rejects give the very result of before."""
    data = night()
    rng = np.random.default_rng(2)
    for frame in data:
        for y, x in zip(rng.integers(2, 118, 20), rng.integers(2, 158, 20), strict=True):
            frame[0, y, x : x + 2] += 0.3
    frames = [Image(frame) for frame in data]
    plain, grown = integrate(frames), integrate(frames, grow_low=True, grow_high=True)
    for one, two in zip(plain[1:4], grown[1:4], strict=True):
        np.testing.assert_array_equal(one.data, two.data)
    np.testing.assert_allclose(grown.image.data, plain.image.data, rtol=2e-7)


@pytest.mark.parametrize("cfa", [None, "RGGB"])
def test_shadows_missing_pixels_and_mosaics(cfa: str | None) -> None:
    data = night()
    data[5, 0, 40:60, 50:90] -= 0.05
    data[:, 0, 0, 0] = np.nan
    data[7, 0, 30:, 150:] = np.nan
    frames = [Image(frame, cfa=cfa) for frame in data]
    made = integrate(frames, grow_low=True, grow_high=True)
    assert np.isnan(made.image.data).sum() == 1
    assert made.image.cfa == cfa
    reach = 2 if cfa else 1  # planes of a mosaic grow by their own pixels
    assert (made.low.data[0, 40 - reach, 60:80] > 0).all()
    assert (made.low.data[0, 40 - 8, 60:80] == 0).mean() > 0.8
    kept = made.coverage.data - 12 * (made.low.data + made.high.data)
    assert kept.min() >= 0
    counts = [sum(row[k] for row in made.report.rows) for k in (5, 6)]
    pixels = data[0].size / (4 if cfa else 1)
    for count, share in zip(counts, (made.low, made.high), strict=True):
        assert count / 100 * pixels == pytest.approx(12 * share.data.sum(dtype=float), rel=1e-3)


def test_a_pixel_that_would_lose_all_stays() -> None:
    data = night(3, (40, 50))
    frames = [Image(frame) for frame in data]
    made = integrate(frames, grow_high=True, protected_layers=0, growth=50)
    assert np.isfinite(made.image.data).all()


@pytest.mark.parametrize("reach", [1, 2, 4])
def test_majority_and_disk(reach: int) -> None:
    rng = np.random.default_rng(reach)
    for shape in ((30, 40), (1, 1), (3, 2)):
        mask = (rng.random(shape) < 0.5).astype(np.uint8)
        out = np.empty_like(mask)
        take_majority(mask, reach, 0, shape[0], out)
        expected = ndimage.median_filter(mask, size=2 * reach + 1, mode="nearest")
        np.testing.assert_array_equal(out, expected)
        sparse = (rng.random(shape) < 0.02).astype(np.uint8)
        dilate(sparse, reach, 0, shape[0], out)
        y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
        disk = x * x + y * y <= reach * reach
        np.testing.assert_array_equal(out, ndimage.binary_dilation(sparse, disk))
