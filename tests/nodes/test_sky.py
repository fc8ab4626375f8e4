"""The sky in cells, and the surfaces of it: against NumPy and scipy's splines."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from nodes.kernels.surface import draw_rows, spline_coefficients
from nodes.sky import smooth_cells


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (7, 9), (30, 40)])
def test_surfaces_are_natural_splines_that_go_on_straight(shape: tuple[int, int]) -> None:
    grid = np.random.default_rng(0).random(shape)
    out = np.empty((50, 70), np.float32)
    rows, columns = shape
    draw_rows(spline_coefficients(grid), -0.5, columns / 70, -0.5, rows / 50, 0, 50, out)

    def spread(values: np.ndarray, places: np.ndarray) -> np.ndarray:
        if len(values) == 1:
            return values.repeat(len(places), axis=0)
        spline = CubicSpline(np.arange(len(values)), values, bc_type="natural")
        inside = np.clip(places, 0, len(values) - 1)
        return spline(inside) + spline(inside, 1) * (places - inside)[:, None]

    wanted = spread(grid.T, -0.5 + np.arange(70) * columns / 70).T
    wanted = spread(wanted, -0.5 + np.arange(50) * rows / 50)
    np.testing.assert_allclose(out, wanted, atol=2e-6)


def test_cells_hold_the_means_of_what_is_free_in_both() -> None:
    """Structures of either image, one pixel about them and missing pixels are left out."""
    from scipy.ndimage import maximum_filter

    from nodes.kernels.local import measure_cells

    random = np.random.default_rng(3)
    one, two = random.normal(0, 1, (2, 30, 44)).astype(np.float32)
    one[5, 6] = np.nan
    levels, noises = (0.1, -0.2), (0.9, 1.1)
    meshes = spline_coefficients(
        np.array([[[v]] for pair in zip(levels, noises, strict=True) for v in pair])
    )
    limits = np.array([[-3.0, 2.9, 2.2], [-2.8, np.inf, 2.4]], np.float32)
    sums = np.zeros((5, 3, 4))
    place = np.array([0.0, 1 / 44, 0.0, 1 / 30])
    for row in range(3):
        measure_cells(one, two, meshes, place, limits, row, row + 1, sums)
    there = (one > -3) & (one < 2.9) & (two > -2.8)
    far = [
        there & (np.abs(v - level) > sigmas * noise)
        for v, level, noise, sigmas in zip((one, two), levels, noises, (2.2, 2.4), strict=True)
    ]
    near = [maximum_filter(mark, 3) for mark in far]
    free, star = there & ~near[0] & ~near[1], there & near[1]
    for j in range(3):
        for i in range(4):
            box = np.s_[10 * j : 10 * j + 10, 11 * i : 11 * i + 11]
            wanted = [
                free[box].sum(), one[box][free[box]].sum(dtype=np.float64),
                two[box][free[box]].sum(dtype=np.float64),
                (one - np.float32(0.1))[box][star[box]].sum(dtype=np.float64),
                (two + np.float32(0.2))[box][star[box]].sum(dtype=np.float64),
            ]  # fmt: skip
            np.testing.assert_allclose(sums[:, j, i], wanted, atol=1e-5)


def test_beyond_what_is_known_a_surface_becomes_no_steeper() -> None:
    x = np.linspace(0, 1, 40)[None] * np.ones((30, 1))
    cells = x**2 + np.random.default_rng(1).normal(0, 0.02, x.shape)
    cells[:, 12:] = np.nan
    found = smooth_cells(cells, 9)
    assert np.isfinite(found).all()
    assert found.min() > -0.05
    assert found.max() < 0.2
    np.testing.assert_allclose(found[:, :11], (x**2)[:, :11], atol=0.03)
