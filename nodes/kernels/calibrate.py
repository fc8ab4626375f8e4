"""Bias, dark, flat and pedestal in one pass over the pixels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel


class Counts(NamedTuple):
    """How many pixels of the result lie below 0 and above 1, before clipping, and are missing."""

    low: int
    high: int
    missing: int


def calibrate_plane(
    data: np.ndarray,
    bias: np.ndarray | None,
    dark: np.ndarray | None,
    flat: np.ndarray | None,
    scale: np.ndarray,
    out: np.ndarray,
    *,
    bias_factor: float = 0.0,
    dark_factor: float = 0.0,
    offset: float = 0.0,
    pedestal: float = 0.0,
    clip: bool = False,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> Counts:
    """(data - bias_factor · bias - dark_factor · dark - offset) · scale / flat + pedestal.

    data, bias, dark, flat, out: float32 ``(height, width)``; out may be data itself. scale: two
    numbers for even rows and two for odd ones, by the parity of the column. Where the flat is not
    above 0 the result is NaN. clip holds the result to 0 … 1.
    """
    height, width = data.shape
    # a single row stands for a master that is not there: it stays in the cache, and the one
    # compiled loop serves all cases at the speed of the memory
    nothing, ones = _row(np.zeros(width)), _row(np.ones(width))
    columns = np.arange(width) % 2
    gains = np.ascontiguousarray(np.asarray(scale, np.float32).reshape(2, 2)[:, columns])
    light = data.view()
    light.setflags(write=False)
    b = nothing if bias is None else bias
    d = nothing if dark is None else dark
    f = ones if flat is None else flat
    low, high = (0.0, 1.0) if clip else (-np.inf, np.inf)
    numbers: Any = np.array([bias_factor, dark_factor, offset, pedestal, low, high], np.float32)

    def work(first: int, last: int) -> np.ndarray:
        counts: np.ndarray = _calibrate_rows(light, b, d, f, gains, numbers, first, last, out)
        return counts

    parts = run_bands(work, height, ctx=ctx, span=span)
    return Counts(*np.sum(np.array(parts), axis=0).tolist())


def _row(values: np.ndarray) -> np.ndarray:
    """One row, read-only as the masters are, so that the kernel is compiled once."""
    row = values.astype(np.float32)[np.newaxis]
    row.setflags(write=False)
    return row


@kernel
def _calibrate_rows(
    data: Any,
    bias: Any,
    dark: Any,
    flat: Any,
    gains: Any,
    numbers: Any,
    first: Any,
    last: Any,
    out: Any,
) -> np.ndarray:
    counts = np.zeros(3, np.int64)
    missing = np.float32(np.nan)
    bias_factor, dark_factor, offset = numbers[0], numbers[1], numbers[2]
    pedestal, low, high = numbers[3], numbers[4], numbers[5]
    zero, one = np.float32(0), np.float32(1)
    for y in range(first, last):
        light, target, gain = data[y], out[y], gains[y % 2]
        b = bias[y if bias.shape[0] > 1 else 0]
        d = dark[y if dark.shape[0] > 1 else 0]
        f = flat[y if flat.shape[0] > 1 else 0]
        below = np.int32(0)
        above = np.int32(0)
        absent = np.int32(0)
        for x in range(data.shape[1]):
            v = light[x] - bias_factor * b[x] - dark_factor * d[x] - offset
            v = v * (gain[x] / f[x]) + pedestal
            v = v if f[x] > zero else missing
            below = np.int32(below + np.int32(v < zero))
            above = np.int32(above + np.int32(v > one))
            absent = np.int32(absent + np.int32(v != v))
            v = low if v < low else v
            target[x] = high if v > high else v
        counts[0] += below
        counts[1] += above
        counts[2] += absent
    return counts
