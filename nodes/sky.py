"""Smooth models of the sky of a frame and of how it differs from that of its reference."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands

_BOX = 32  # pixels, in which level and noise are measured to find structures
_BELOW = 0.01  # share of pixels below the least value from which on there is no least value
_LEAST = 0.05  # share of a cell that must be free
_DEGREE = 2  # of what is taken off before medians, which would bend it at the edges
_CLIPS, _SIGMAS = 5, 3.0  # rounds of that fit
_SAMPLE = 1 << 14


class Cells(NamedTuple):
    """Means over the free sky of cells: ``(rows, columns)``, NaN where hardly any is free.

    own, other: of the frame and of the reference, over the same pixels. flux, other_flux: sums of
    what stands above the background in structures of the reference. noise: of the background of
    the frame, mean.
    """

    own: np.ndarray
    other: np.ndarray
    flux: np.ndarray
    other_flux: np.ndarray
    noise: float


def measure_sky(
    frame: np.ndarray,
    reference: np.ndarray,
    shape: tuple[int, int],
    limits: tuple[float, float],
    sigmas: tuple[float, float],
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> Cells | None:
    """Measure a channel of a frame and of its reference; None without a free pixel in common.

    shape: rows and columns of cells. limits: least and greatest value of a valid pixel; sigmas:
    from the local background, of structures in the frame and in the reference.
    """
    from nodes.kernels.local import measure_cells
    from nodes.kernels.mesh import make_mesh
    from nodes.kernels.surface import spline_coefficients

    height, width = frame.shape
    grids, bounds = [], np.empty((2, 3), np.float32)
    third = (span[1] - span[0]) / 3
    noise = 0.0
    for index, plane in enumerate((frame, reference)):
        start = span[0] + index * third
        mesh = make_mesh(plane, _BOX, ctx, (start, start + third))
        if not np.isfinite(mesh.level).all():
            return None
        if index == 0:
            noise = float(mesh.noise.mean())
        grids += [spline_coefficients(grid) for grid in mesh]
        bounds[index] = _least(plane, limits[0]), limits[1], sigmas[index]
    down, across = mesh.level.shape
    dx, dy = across / width, down / height
    place = np.array([dx / 2 - 0.5, dx, dy / 2 - 0.5, dy])
    meshes, sums = np.array(grids), np.zeros((5, *shape))
    run_bands(
        lambda first, last: measure_cells(
            frame, reference, meshes, place, bounds, first, last, sums
        ),
        shape[0], band=1, ctx=ctx, span=(span[0] + 2 * third, span[1]), text="sky",
    )  # fmt: skip
    count = sums[0]
    free = count >= max(1.0, _LEAST * height * width / (shape[0] * shape[1]))
    if not free.any():
        return None
    with np.errstate(invalid="ignore", divide="ignore"):
        own, other = (np.where(free, total / count, np.nan) for total in sums[1:3])
    return Cells(own, other, sums[3], sums[4], noise)


def _least(plane: np.ndarray, low: float) -> float:
    """The least valid value: none where the sky itself lies there."""
    flat = plane.reshape(-1)
    sample = flat[:: max(1, flat.size // _SAMPLE) | 1]  # an odd step meets all columns
    sample = sample[np.isfinite(sample)]
    return -np.inf if sample.size and np.mean(sample <= low) > _BELOW else low


def smooth_cells(cells: np.ndarray, size: int) -> np.ndarray:
    """What of a grid is larger than that many cells: residual of multiscale medians.

    A surface of the second degree is taken off before, and added again. Cells without a value get
    one: the mean of their neighbours.
    """
    from scipy.ndimage import median_filter

    known = np.isfinite(cells)
    base = _fit_surface(np.where(known, cells, 0.0), known)
    rest = _fill(np.where(known, cells - base, np.nan))
    step = 1
    while 2 * step + 1 <= size:
        rest = median_filter(rest, 2 * step + 1, mode="reflect")
        step *= 2
    smooth: np.ndarray = rest + base
    return smooth


def _fill(grid: np.ndarray) -> np.ndarray:
    """Cells without a value get the mean of the neighbours that have one, in rounds."""
    from scipy.ndimage import convolve

    around = np.ones((3, 3))
    while np.isnan(grid).any():
        known = np.isfinite(grid)
        count = convolve(known.astype(np.float64), around, mode="constant")
        total = convolve(np.where(known, grid, 0.0), around, mode="constant")
        grid = np.where(known, grid, np.where(count > 0, total / np.maximum(count, 1), np.nan))
    return grid


def _fit_surface(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """A surface through most of the values; a constant beyond them is not made steeper."""
    rows, columns = values.shape
    y, x = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    here = np.nonzero(known)
    # beyond what is known, as at its edge
    x = np.clip(x, x[here].min(), x[here].max())
    y = np.clip(y, y[here].min(), y[here].max())
    degree = _DEGREE if min(rows, columns) >= 2 * _DEGREE + 1 else 0
    terms = [x**i * y**j for i in range(degree + 1) for j in range(degree + 1 - i)]
    design = np.stack([term.ravel() for term in terms], 1)
    good = known.ravel().copy()
    flat = values.ravel()
    model = np.zeros_like(flat)
    for _ in range(_CLIPS):
        if np.count_nonzero(good) < 3 * len(terms):
            design = design[:, :1]
        found = np.linalg.lstsq(design[good], flat[good], rcond=None)[0]
        model = design @ found
        off = np.abs(flat - model)
        spread = 1.4826 * float(np.median(off[good]))
        kept = known.ravel() & (off <= _SIGMAS * spread) if spread > 0 else good
        if (kept == good).all():
            break
        good = kept
    return model.reshape(values.shape)
