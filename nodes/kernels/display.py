"""The display function on whole images: to the screen, scaled to fit, or for good.

The same formulas as :mod:`nodes.stf`, evaluated in float64 for every pixel: a table would be
coarser in the shadows of strong stretches and no faster.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel
from nodes.stf import mtf, row
from nodes.values import Stretch


def render(
    level: np.ndarray,
    size: tuple[int, int],
    stretch: Stretch,
    source: tuple[float, float] | None = None,
    ctx: Context = SILENT,
) -> np.ndarray:
    """An image as 8-bit pixels ``(height, width, channels)``, scaled down and stretched.

    level: float32 ``(channels, height, width)``, at least as large as ``size``, which is (width,
    height). Every pixel shown is the average of the area it covers, missing pixels left out,
    taken before the stretch; of equal size, pixels are shown as they are. What has no valid
    pixel is 0. source: how much of the level is shown, as a fractional (width, height); by
    default all of it.
    """
    channels, level_height, level_width = level.shape
    width, height = size
    shown_width, shown_height = source or (level_width, level_height)
    pixels = np.empty((height, width, channels), np.uint8)
    rows = np.array([coefficients(row(stretch, channel)) for channel in range(channels)])
    direct = (width, height) == (shown_width, shown_height) == (level_width, level_height)

    def work(first: int, last: int) -> None:
        if direct:
            _render_direct(level, rows, first, last, pixels)
        else:
            _render_scaled(level, rows, shown_width, shown_height, first, last, pixels)

    run_bands(work, height, ctx=ctx, text="screen")
    return pixels


def stretch_data(
    data: np.ndarray,
    stretches: list[Stretch],
    mask: np.ndarray | None = None,
    ctx: Context = SILENT,
) -> np.ndarray:
    """Display functions one after the other, for good; float32 as ``data``, NaN stays.

    mask: float32 ``(1, height, width)``: out = mask · stretched + (1 - mask) · data.
    """
    channels, height, _ = data.shape
    rows = np.array(
        [[coefficients(row(s, channel)) for s in stretches] for channel in range(channels)]
    )
    weight = np.empty((0, 0), np.float32) if mask is None else mask[0]
    out = np.empty_like(data)
    run_bands(
        lambda first, last: _stretch_rows(data, rows, weight, first, last, out),
        height,
        ctx=ctx,
        text="stretch",
    )
    return out


def coefficients(values: tuple[float, float, float, float, float]) -> tuple[float, ...]:
    """The numbers of :func:`display`, which needs no special cases with them."""
    shadows, midtones, highlights, low, high = values
    shadows, highlights = min(shadows, highlights), max(shadows, highlights)
    inner = min(max(midtones, 1e-300), math.nextafter(1.0, 0.0))
    if shadows == highlights:  # everything is cut to that number
        return 0.0, 0.0, inner, low - float(mtf(midtones, shadows)), 1 / (high - low)
    return shadows, 1 / (highlights - shadows), inner, low, 1 / (high - low)


@kernel
def display(x: Any, shadows: Any, scale: Any, midtones: Any, low: Any, expand: Any) -> Any:
    """D(x) of a number that is not missing."""
    cut = (x - shadows) * scale
    cut = cut if cut > 0 else 0.0
    cut = cut if cut < 1 else 1.0
    return ((midtones - 1) * cut / ((2 * midtones - 1) * cut - midtones) - low) * expand


@kernel
def _stretch_rows(data: Any, rows: Any, mask: Any, first: Any, last: Any, out: Any) -> None:
    width = data.shape[2]
    values = np.empty(width)
    for channel in range(data.shape[0]):
        for y in range(first, last):
            before, after = data[channel, y], out[channel, y]
            for x in range(width):
                values[x] = before[x]
            for i in range(rows.shape[1]):
                shadows, scale, midtones, low, expand = rows[channel, i]
                for x in range(width):
                    v = values[x]
                    shown = display(v, shadows, scale, midtones, low, expand)
                    values[x] = shown if v == v else v
            if mask.size:
                weights = mask[y]
                for x in range(width):
                    weight = np.float64(weights[x])
                    values[x] = weight * values[x] + (1 - weight) * np.float64(before[x])
            for x in range(width):
                after[x] = values[x]


@kernel
def _show(values: Any, row: Any, codes: Any, channel: Any, pixels: Any) -> None:
    """Write a line of one channel as 8-bit pixels; missing values are 0."""
    shadows, scale, midtones, low, expand = row
    for x in range(codes.size):
        v = np.float64(values[x])
        shown = 255 * display(v, shadows, scale, midtones, low, expand) + 0.5
        codes[x] = np.int32(shown if v == v else 0.0)
    for x in range(codes.size):
        pixels[x, channel] = codes[x]


@kernel
def _render_direct(level: Any, rows: Any, first: Any, last: Any, pixels: Any) -> None:
    codes = np.empty(level.shape[2], np.int32)
    for y in range(first, last):
        for channel in range(level.shape[0]):
            _show(level[channel, y], rows[channel], codes, channel, pixels[y])


@kernel
def _render_scaled(
    level: Any, rows: Any, shown_width: Any, shown_height: Any, first: Any, last: Any, pixels: Any
) -> None:
    channels, level_height, level_width = level.shape
    height, width = pixels.shape[:2]
    codes = np.empty(width, np.int32)
    means = np.empty(width)
    sums = np.empty(level_width)
    weights = np.empty(level_width)
    for y in range(first, last):
        top, bottom = y * shown_height / height, (y + 1) * shown_height / height
        for channel in range(channels):
            sums[:] = 0
            weights[:] = 0
            for i in range(int(top), min(math.ceil(bottom), level_height)):
                share = min(bottom, i + 1.0) - max(top, np.float64(i))
                line = level[channel, i]
                for x in range(level_width):
                    v = np.float64(line[x])
                    valid = v == v
                    sums[x] += share * v if valid else 0.0
                    weights[x] += share if valid else 0.0
            for x in range(width):
                left, right = x * shown_width / width, (x + 1) * shown_width / width
                total = 0.0
                weight = 0.0
                for i in range(int(left), min(math.ceil(right), level_width)):
                    share = min(right, i + 1.0) - max(left, np.float64(i))
                    total += share * sums[i]
                    weight += share * weights[i]
                means[x] = total / weight if weight > 0 else np.nan
            _show(means, rows[channel], codes, channel, pixels[y])
