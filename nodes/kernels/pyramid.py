"""Half-size versions of an image for display, by averages of 2 × 2 pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel


def halve(
    data: np.ndarray, ctx: Context = SILENT, span: tuple[float, float] = (0.0, 1.0)
) -> np.ndarray:
    """Averages of 2 × 2 pixels of float32 ``(channels, height, width)``, missing ones left out.

    An odd last row or column is averaged alone. Four missing pixels give a missing one.
    """
    channels, height, width = data.shape
    out = np.empty((channels, (height + 1) // 2, (width + 1) // 2), np.float32)
    run_bands(
        lambda first, last: _halve_rows(data, first, last, out),
        out.shape[1],
        ctx=ctx,
        span=span,
        text="pyramid",
    )
    return out


def count_missing(data: np.ndarray, ctx: Context = SILENT) -> int:
    """How many pixels have no value in some channel."""
    bands: Any = run_bands(
        lambda first, last: _count_missing(data, first, last), data.shape[1], ctx=ctx
    )
    return sum(map(int, bands))


@kernel
def _halve_rows(data: Any, first: Any, last: Any, out: Any) -> None:
    channels, height, width = data.shape
    half = width // 2
    quarter = np.float32(0.25)
    for channel in range(channels):
        for y in range(first, last):
            one = data[channel, 2 * y]
            two = data[channel, min(2 * y + 1, height - 1)]
            line = out[channel, y]
            missing = 0
            for x in range(half):
                v = quarter * one[2 * x] + quarter * one[2 * x + 1]
                v += quarter * two[2 * x] + quarter * two[2 * x + 1]
                missing += v - v != 0
                line[x] = v
            if 2 * half < width:
                line[half] = np.float32(0.5) * one[width - 1] + np.float32(0.5) * two[width - 1]
                missing += line[half] - line[half] != 0
            if missing:
                for x in range(line.size):
                    if line[x] - line[x] != 0:
                        line[x] = _mean_of_valid(one, two, 2 * x, min(2 * x + 2, width))


@kernel
def _mean_of_valid(one: Any, two: Any, left: Any, right: Any) -> Any:
    total = 0.0
    count = 0
    for x in range(left, right):
        for v in (one[x], two[x]):
            if v - v == 0:
                total += v
                count += 1
    return np.float32(total / count) if count else np.float32(np.nan)


@kernel
def _count_missing(data: Any, first: Any, last: Any) -> Any:
    channels, _, width = data.shape
    missing = np.empty(width, np.uint8)
    count = 0
    for y in range(first, last):
        missing[:] = 0
        for channel in range(channels):
            line = data[channel, y]
            for x in range(width):
                missing[x] |= line[x] - line[x] != 0
        for x in range(width):
            count += missing[x]
    return count
