"""One plane out of three: CIE Y, CIE L*, HSI intensity, average."""

from __future__ import annotations

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel


@kernel
def _linear_light(value: float) -> float:
    """An sRGB number (IEC 61966-2-1) as linear light."""
    if value <= 0.04045:
        return value / 12.92
    linear: float = ((value + 0.055) / 1.055) ** 2.4
    return linear


@kernel
def _lightness(y: float) -> float:
    """L* / 100 of Y (CIE 1976), with its straight part below (6/29)^3."""
    # the cube root by Halley's iteration, from a third of the exponent: unlike the one of the
    # system it runs on several pixels at once, twenty times as fast, and as exact as float32
    bits = np.int64(np.float32(y).view(np.int32))
    root = np.float64(np.int32(bits // 3 + 709921077).view(np.float32))
    for _ in range(2):
        cube = root * root * root
        root *= (cube + 2 * y) / (2 * cube + y)
    curved = 1.16 * root - 0.16
    straight = 1.16 * (y / (3 * (6 / 29) ** 2) + 4 / 29) - 0.16
    return curved if y > (6 / 29) ** 3 else straight


@kernel
def _cie_rows(
    data: np.ndarray,
    weights: np.ndarray,
    encoded: bool,
    lightness: bool,
    first: int,
    last: int,
    out: np.ndarray,
) -> None:
    width = data.shape[2]
    a, b, c = weights
    line = np.empty(width)
    for y in range(first, last):
        red, green, blue, target = data[0, y], data[1, y], data[2, y], out[y]
        if encoded:
            for x in range(width):
                line[x] = (
                    a * _linear_light(np.float64(red[x]))
                    + b * _linear_light(np.float64(green[x]))
                    + c * _linear_light(np.float64(blue[x]))
                )
        else:
            for x in range(width):
                line[x] = a * red[x] + b * green[x] + c * blue[x]
        if lightness:
            for x in range(width):
                target[x] = _lightness(line[x])
        else:
            for x in range(width):
                target[x] = line[x]


@kernel
def _mean_rows(data: np.ndarray, first: int, last: int, out: np.ndarray) -> None:
    for y in range(first, last):
        for x in range(data.shape[2]):
            total = (
                np.float64(data[0, y, x]) + np.float64(data[1, y, x]) + np.float64(data[2, y, x])
            )
            out[y, x] = total / 3.0


@kernel
def _middle_rows(data: np.ndarray, first: int, last: int, out: np.ndarray) -> None:
    for y in range(first, last):
        for x in range(data.shape[2]):
            r, g, b = data[0, y, x], data[1, y, x], data[2, y, x]
            low, high = np.float64(min(r, g, b)), np.float64(max(r, g, b))
            # min and max may not notice a NaN, the sum does
            out[y, x] = np.nan if np.isnan(r + g + b) else 0.5 * (low + high)


def average(data: np.ndarray, ctx: Context = SILENT) -> np.ndarray:
    """(R + G + B) / 3 of float32 ``(3, height, width)``, NaN where a channel is NaN."""
    out = np.empty(data.shape[1:], np.float32)
    run_bands(lambda a, b: _mean_rows(data, a, b, out), data.shape[1], ctx=ctx)
    return out


def intensity(data: np.ndarray, ctx: Context = SILENT) -> np.ndarray:
    """HSI intensity (min + max) / 2, NaN where a channel is NaN."""
    out = np.empty(data.shape[1:], np.float32)
    run_bands(lambda a, b: _middle_rows(data, a, b, out), data.shape[1], ctx=ctx)
    return out


def cie(
    data: np.ndarray,
    weights: tuple[float, float, float],
    *,
    encoded: bool,
    lightness: bool,
    ctx: Context = SILENT,
) -> np.ndarray:
    """CIE Y, or L* / 100, by weights of the channels; NaN where a channel is NaN.

    encoded: the numbers are sRGB, not linear light.
    """
    out = np.empty(data.shape[1:], np.float32)
    shares = np.array(weights, np.float64) / sum(weights)
    run_bands(
        lambda a, b: _cie_rows(data, shares, encoded, lightness, a, b, out),
        data.shape[1],
        ctx=ctx,
    )
    return out
