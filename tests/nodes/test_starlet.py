"""The smoothing of the starlet transform against scipy.ndimage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from nodes.kernels.starlet import smooth_rows


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (9, 1), (40, 33), (3, 70)])
@pytest.mark.parametrize("step", [1, 2, 16])
def test_smoothing_is_the_b3_spline_with_mirrored_borders(
    shape: tuple[int, int], step: int
) -> None:
    source = np.random.default_rng(9).random(shape).astype(np.float32)
    out = np.full_like(source, np.nan)
    smooth_rows(source, step, 0, shape[0] // 2, out)
    smooth_rows(source, step, shape[0] // 2, shape[0], out)
    taps = np.zeros(4 * step + 1)
    taps[::step] = np.array([1, 4, 6, 4, 1]) / 16
    expected = source.astype(np.float64)
    for axis in (0, 1):
        if shape[axis] > 1:  # a single row mirrors into itself
            expected = ndimage.convolve1d(expected, taps, axis=axis, mode="mirror")
    np.testing.assert_allclose(out, expected, atol=1e-6)
