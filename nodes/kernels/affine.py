"""A straight line applied to each channel, and the range of an image."""

from __future__ import annotations

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel


@kernel
def _apply_rows(
    data: np.ndarray,
    offset: np.ndarray,
    factor: np.ndarray,
    clip: bool,
    first: int,
    last: int,
    out: np.ndarray,
) -> None:
    for c in range(data.shape[0]):
        a, b = offset[c], factor[c]
        for y in range(first, last):
            if clip:
                for x in range(data.shape[2]):
                    value = a + b * data[c, y, x]
                    out[c, y, x] = 0.0 if value < 0.0 else 1.0 if value > 1.0 else value
            else:
                for x in range(data.shape[2]):
                    out[c, y, x] = a + b * data[c, y, x]


def apply_lines(
    data: np.ndarray,
    offset: np.ndarray,
    factor: np.ndarray,
    *,
    clip: bool = False,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> np.ndarray:
    """offset + factor · v for each channel, computed in float64; clip holds it to 0 … 1."""
    out = np.empty(data.shape, np.float32)
    offset, factor = np.asarray(offset, np.float64), np.asarray(factor, np.float64)
    run_bands(
        lambda first, last: _apply_rows(data, offset, factor, clip, first, last, out),
        data.shape[1],
        ctx=ctx,
        span=span,
    )
    return out


@kernel
def _range_rows(data: np.ndarray, first: int, last: int) -> np.ndarray:
    limits = np.empty((2, data.shape[0]))
    for c in range(data.shape[0]):
        low, high = np.float32(np.inf), np.float32(-np.inf)
        for y in range(first, last):
            for x in range(data.shape[2]):
                value = data[c, y, x]
                low = value if value < low else low
                high = value if value > high else high
        limits[0, c] = low
        limits[1, c] = high
    return limits


def channel_range(
    data: np.ndarray, ctx: Context = SILENT, span: tuple[float, float] = (0.0, 1.0)
) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest value of each channel; NaN does not count (+inf, -inf if nothing does)."""
    parts = run_bands(
        lambda first, last: _range_rows(data, first, last), data.shape[1], ctx=ctx, span=span
    )
    limits = np.array(parts)
    return limits[:, 0].min(axis=0), limits[:, 1].max(axis=0)
