"""Small bright structures (stars) by starlet layers, and means of pixels chosen by value."""

from __future__ import annotations

from functools import partial

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel
from nodes.kernels.median import median, median_mad
from nodes.kernels.starlet import smooth_rows

_PASSES = 4
_SIGMAS = 3.0


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


def _smooth(source: np.ndarray, step: int, out: np.ndarray, ctx: Context, at: float) -> None:
    run_bands(
        lambda first, last: smooth_rows(source, step, first, last, out),
        source.shape[0],
        ctx=ctx,
        span=(at, at),
    )


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
    at = span[0]
    run_bands(lambda a, b: _middle_rows(data, background, a, b, fine), rows, ctx=ctx, span=(at, at))
    for turn in range(_PASSES):
        kept = coarse = fine
        for layer in range(layers):
            done = (turn * layers + layer) / (_PASSES * layers)
            at = span[0] + (span[1] - span[0]) * done
            target = next(p for p in planes if p is not kept and p is not coarse)
            _smooth(coarse, 1 << layer, target, ctx, at)
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
