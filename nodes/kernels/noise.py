"""Standard deviation of the noise of an image: multiresolution support and k-sigma.

J.-L. Starck and F. Murtagh, 1998, PASP 110, 193. The starlet layers are made band by band and
never stored. The bands fill tables of sums over fine steps of the size of the coefficients, and
the iterations of both estimators read those tables instead of the pixels.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel
from nodes.kernels.starlet import SIGMAS, smooth_rows

#: what clipping leaves of pure Gaussian noise of deviation 1, by simulation, for each number of
#: layers; 0 stands for k-sigma. The estimates are divided by it.
_LEFT = {4: 0.9785, 3: 0.9742, 2: 0.9555, 0: 0.9851}
_ROUNDS = 10
_SATURATED = 0.99998
_LEAST = 0.01  # of the pixels must be free of structures
_BAND = 128  # rows; fixed, so that sums do not depend on the number of processors
_SHIFT = 15  # bits of a float32 left out: steps of 0.4 %
_STEPS = 0x7F800000 >> _SHIFT  # up to infinity
_EDGES = (np.arange(_STEPS, dtype=np.uint32) << _SHIFT).view(np.float32).astype(np.float64)
_EDGES = np.append(_EDGES, 2.0**128)


def estimate_noise(
    plane: np.ndarray,
    median: float,
    maximum: float,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> float:
    """Noise of one channel, float32 ``(height, width)``, in its own units; NaN without pixels.

    median, maximum: of the channel. Missing pixels do not count, nor those that are exactly 0
    or, when the maximum is within the nominal range, saturated. The multiresolution support over
    four layers is tried first, then three and two (when hardly a pixel is free of structures),
    then the k-sigma estimate of the first layer. 0 for a constant plane or a single pixel.
    """
    if not math.isfinite(median):
        return math.nan
    white = _SATURATED if maximum <= 1 else math.inf
    sigma = 0.0
    for layers in (4, 3, 2):
        first, support = _tables(plane, median, white, layers, ctx, span)
        if layers == 4:
            sigma = _k_sigma(first)
        if sigma == 0 or not math.isfinite(sigma):
            return sigma
        found = _support_sigma(support, sigma)
        if found is not None:
            return found / _LEFT[layers]
    return sigma / _LEFT[0]


def _k_sigma(table: np.ndarray) -> float:
    """Noise by the first layer, clipped at three deviations of it."""
    sigma = _deviation(table, math.inf) / SIGMAS[0]
    for _ in range(_ROUNDS):
        before, sigma = sigma, _deviation(table, 3 * sigma) / SIGMAS[0]
        if not sigma > 0 or abs(sigma - before) < 1e-2 * sigma:
            break
    return float(sigma)


def _support_sigma(table: np.ndarray, sigma: float) -> float | None:
    """Deviation over the pixels free of structures; None when these are too few."""
    for _ in range(_ROUNDS):
        if _below(table, 3 * sigma)[0] < max(2.0, _LEAST * _below(table, math.inf)[0]):
            return None
        before, sigma = sigma, _deviation(table, 3 * sigma)
        if not sigma > 0 or abs(sigma - before) < 1e-4 * sigma:
            break
    return sigma


def _below(table: np.ndarray, limit: float) -> np.ndarray:
    """Count, sum and sum of squares of what is smaller than a limit."""
    if limit == math.inf:
        return np.asarray(table[:, -1])
    return np.array([np.interp(limit, _EDGES, column) for column in table])


def _deviation(table: np.ndarray, limit: float) -> float:
    count, total, squares = _below(table, limit)
    if count < 1:
        return 0.0
    return math.sqrt(max(squares / count - (total / count) ** 2, 0.0))


def _tables(
    plane: np.ndarray,
    fill: float,
    white: float,
    layers: int,
    ctx: Context,
    span: tuple[float, float],
) -> tuple[np.ndarray, np.ndarray]:
    """Cumulated sums of the first layer by its size, and of the details by their significance."""
    halo = 2 * (2**layers - 1)  # rows that the smoothing of all layers reaches
    height = plane.shape[0]

    free: list[np.ndarray] = []  # memory fresh from the system costs more than the arithmetic

    def work(first: int, last: int) -> list[tuple[np.ndarray, np.ndarray]]:
        top, bottom = max(0, first - halo), min(height, last + halo)
        rows = plane[top:bottom]
        try:
            memory = free.pop()
        except IndexError:
            memory = np.empty(4 * min(height, _BAND + 2 * halo) * plane.shape[1], np.float32)
        scratch = memory[: 4 * rows.size].reshape(4, *rows.shape)
        tables = np.zeros((2, 3, _STEPS))
        _fill_tables(rows, fill, white, layers, first - top, last - top, scratch, tables)
        free.append(memory)
        used = [np.flatnonzero(table[0]) for table in tables]
        return [(i, table[:, i]) for i, table in zip(used, tables, strict=True)]

    sums = np.zeros((2, 3, _STEPS + 1))
    bands: Any = run_bands(work, height, band=_BAND, ctx=ctx, span=span, text="noise")
    for band in bands:
        for total, (used, part) in zip(sums, band, strict=True):
            total[:, used + 1] += part
    np.cumsum(sums, axis=2, out=sums)
    return sums[0], sums[1]


@kernel
def _fill_tables(
    rows: Any, fill: Any, white: Any, layers: Any, first: Any, last: Any, scratch: Any, tables: Any
) -> None:
    height, width = rows.shape
    start, fine, coarse, significance = scratch[0], scratch[0], scratch[1], scratch[2]
    for y in range(height):
        for x in range(width):
            v = rows[y, x]
            start[y, x] = v if v - v == 0 else fill
            significance[y, x] = 0
    for layer in range(layers):
        smooth_rows(fine, 1 << layer, 0, height, coarse)
        _raise(fine, coarse, np.float32(1 / SIGMAS[layer]), first, last, significance)
        if layer == 0:
            _add(rows, start, coarse, significance, white, first, last, tables[0])
        fine, coarse = coarse, scratch[3] if layer == 0 else fine
    _add(rows, start, fine, significance, white, first, last, tables[1])


@kernel
def _raise(fine: Any, coarse: Any, scale: Any, first: Any, last: Any, significance: Any) -> None:
    """Keep the largest significance that any layer gave each pixel."""
    for y in range(first, last):
        most, one, two = significance[y], fine[y], coarse[y]
        for x in range(most.size):
            size = abs(one[x] - two[x]) * scale
            most[x] = size if size > most[x] else most[x]


@kernel
def _add(
    rows: Any,
    start: Any,
    smooth: Any,
    significance: Any,
    white: Any,
    first: Any,
    last: Any,
    table: Any,
) -> None:
    """Add what the smoothing took away, by its significance, for pixels that count."""
    steps = significance.view(np.uint32)
    for y in range(first, last):
        for x in range(rows.shape[1]):
            v = rows[y, x]
            if v - v == 0 and v != 0 and v < white:
                step = min((steps[y, x] & 0x7FFFFFFF) >> _SHIFT, _STEPS - 1)
                detail = np.float64(start[y, x]) - np.float64(smooth[y, x])
                table[0, step] += 1
                table[1, step] += detail
                table[2, step] += detail * detail
