"""Small bright structures (stars) by starlet layers, and means of pixels chosen by value."""

from __future__ import annotations

from functools import partial

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel
from nodes.kernels.median import median, median_mad

_PASSES = 4
_SIGMAS = 3.0


@kernel
def _mirror(i: int, size: int) -> int:
    """Index reflected at the centres of the border pixels, for any distance outside."""
    if size == 1:
        return 0
    i = abs(i) % (2 * size - 2)
    return i if i < size else 2 * size - 2 - i


@kernel
def _smooth_rows(source: np.ndarray, step: int, first: int, last: int, out: np.ndarray) -> None:
    height, width = source.shape
    edge = 2 * step
    line = np.empty(width + 2 * edge, np.float32)
    a, b, c = np.float32(1 / 16), np.float32(4 / 16), np.float32(6 / 16)
    for y in range(first, last):
        above2, above = source[_mirror(y - edge, height)], source[_mirror(y - step, height)]
        below2, below = source[_mirror(y + edge, height)], source[_mirror(y + step, height)]
        here = source[y]
        for x in range(width):
            line[edge + x] = a * (above2[x] + below2[x]) + b * (above[x] + below[x]) + c * here[x]
        for x in range(edge):
            line[x] = line[edge + _mirror(x - edge, width)]
            line[edge + width + x] = line[edge + _mirror(width + x, width)]
        for x in range(width):
            out[y, x] = (
                a * (line[x] + line[x + 4 * step])
                + b * (line[x + step] + line[x + 3 * step])
                + c * line[x + edge]
            )


def smooth(
    source: np.ndarray,
    step: int,
    out: np.ndarray,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> None:
    """Convolve with the B3 spline [1 4 6 4 1]/16 along both axes, ``step`` pixels apart.

    Both axes in one pass over bands; borders mirrored. float32 ``(height, width)``; out must be
    another array. One such pass with step 1, 2, 4 … is one layer of the starlet transform.
    """
    run_bands(
        lambda first, last: _smooth_rows(source, step, first, last, out),
        source.shape[0],
        ctx=ctx,
        span=span,
    )


@kernel
def _middle_rows(
    data: np.ndarray, filler: np.ndarray, first: int, last: int, out: np.ndarray
) -> None:
    fill = 0.5 * (filler.min() + filler.max())
    for y in range(first, last):
        for x in range(data.shape[2]):
            r, g, b = data[0, y, x], data[1, y, x], data[2, y, x]
            if np.isfinite(r + g + b):
                out[y, x] = 0.5 * (np.float64(min(r, g, b)) + np.float64(max(r, g, b)))
            else:
                out[y, x] = fill


@kernel
def _difference_rows(fine: np.ndarray, coarse: np.ndarray, first: int, last: int) -> None:
    for y in range(first, last):
        for x in range(fine.shape[1]):
            fine[y, x] -= coarse[y, x]


@kernel
def _truncate_rows(plane: np.ndarray, limit: float, first: int, last: int) -> float:
    highest = 0.0
    for y in range(first, last):
        for x in range(plane.shape[1]):
            if plane[y, x] < limit:
                plane[y, x] = 0.0
            highest = max(highest, plane[y, x])
    return highest


def find_structures(
    data: np.ndarray,
    background: np.ndarray,
    *,
    layers: int,
    noise_layers: int,
    threshold: float,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> tuple[np.ndarray, float]:
    """A map of small bright structures, and the level above which it shows one.

    data: float32 ``(3, height, width)``; missing pixels are filled with ``background``. The HSI
    intensity loses its residual (structures larger than 2^layers pixels) and its first noise
    layers, and what is below 3 sigmas of the noise of the first map, four times over; each time
    less of the wide structures is left. The level is ``threshold`` of the highest peak.
    """
    rows = data.shape[1]
    planes = [np.empty(data.shape[1:], np.float32) for _ in range(3)]
    fine, highest, limit = planes[0], 0.0, 0.0
    run_bands(lambda a, b: _middle_rows(data, background, a, b, fine), rows, ctx=ctx, span=span)
    for turn in range(_PASSES):
        kept = coarse = fine
        for layer in range(layers):
            done = (turn * layers + layer) / (_PASSES * layers)
            at = span[0] + (span[1] - span[0]) * done
            target = next(p for p in planes if p is not kept and p is not coarse)
            smooth(coarse, 1 << layer, target, ctx, (at, at))
            coarse = target
            if layer + 1 == noise_layers:
                kept = coarse
        fine = kept
        run_bands(partial(_difference_rows, fine, coarse), rows, ctx=ctx, span=(at, at))
        if turn == 0:
            limit = _SIGMAS * 1.4826 * median_mad(fine)[1]
        peaks = run_bands(partial(_truncate_rows, fine, limit), rows, ctx=ctx, span=(at, at))
        highest = max(map(float, peaks))  # type: ignore[arg-type]
    return fine, threshold * highest


@kernel
def _sum_rows(
    data: np.ndarray,
    chooser: np.ndarray,
    level: float,
    low: float,
    high: float,
    first: int,
    last: int,
) -> np.ndarray:
    """Count, and sum of each channel, of pixels inside the limits and above the level."""
    sums = np.zeros(4)
    choose = chooser.size > 0
    for y in range(first, last):
        for x in range(data.shape[2]):
            if choose and not chooser[y, x] > level:
                continue
            r, g, b = data[0, y, x], data[1, y, x], data[2, y, x]
            if low < r < high and low < g < high and low < b < high:
                sums[0] += 1
                sums[1] += r
                sums[2] += g
                sums[3] += b
    return sums


def mean_between(
    data: np.ndarray,
    low: float,
    high: float,
    *,
    chooser: np.ndarray | None = None,
    level: float = 0.0,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> tuple[np.ndarray, int]:
    """Mean of each channel over pixels with all three in the open interval, and their count.

    chooser: a plane; only pixels where it is above ``level`` count.
    """
    chosen = np.empty((0, 0), np.float32) if chooser is None else chooser
    parts = run_bands(
        lambda a, b: _sum_rows(data, chosen, level, low, high, a, b),
        data.shape[1],
        ctx=ctx,
        span=span,
    )
    sums = np.sum(np.array(parts), axis=0)
    return sums[1:] / max(sums[0], 1), int(sums[0])


@kernel
def _select_rows(
    data: np.ndarray, channel: int, low: float, high: float, out: np.ndarray, first: int, last: int
) -> None:
    for y in range(first, last):
        for x in range(data.shape[2]):
            r, g, b = data[0, y, x], data[1, y, x], data[2, y, x]
            inside = low < r < high and low < g < high and low < b < high
            out[y, x] = data[channel, y, x] if inside else np.nan


def medians_between(
    data: np.ndarray,
    low: float,
    high: float,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> np.ndarray:
    """Exact median of each channel over pixels with all three in the open interval (low, high).

    data: float32 ``(3, height, width)``, may be a view. NaN when there is no such pixel.
    """
    plane = np.empty(data.shape[1:], np.float32)
    medians = np.empty(3)
    for channel in range(3):
        at = span[0] + (span[1] - span[0]) * (channel + 1) / 3
        run_bands(
            partial(_select_rows, data, channel, low, high, plane),
            data.shape[1],
            ctx=ctx,
            span=(at, at),
        )
        medians[channel] = median(plane)
    return medians
