"""Curves through points on whole images, evaluated exactly in float64 for every pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graph.context import SILENT, Context
from nodes.akima import pieces
from nodes.bands import run_bands
from nodes.kernels.jit import kernel

Points = Sequence[tuple[float, float]]

_CELLS = 1024  # of the table that tells in which piece a value is, nearly always at once


def bend(
    data: np.ndarray,
    curves: Sequence[Sequence[Points]],
    mask: np.ndarray | None = None,
    ctx: Context = SILENT,
) -> np.ndarray:
    """Each channel through its curves, one after the other; float32 as ``data``, NaN stays.

    data: ``(channels, height, width)``. curves: for each channel, the points of its curves; a
    channel without any stays as it is. Values are clipped to 0 and 1 before and after each curve.
    mask: float32 ``(1, height, width)``: out = mask · bent + (1 - mask) · data.
    """
    channels, height, _ = data.shape
    out = np.empty_like(data)
    weight = np.empty((0, 0), np.float32) if mask is None else mask[0]
    for channel, chain in enumerate(curves):
        if not chain:
            out[channel] = data[channel]
            continue
        knots, coefficients, table = _join(chain)

        def work(
            first: int,
            last: int,
            channel: int = channel,
            knots: np.ndarray = knots,
            coefficients: np.ndarray = coefficients,
            table: np.ndarray = table,
        ) -> None:
            _bend_rows(data[channel], knots, coefficients, table, weight, first, last, out[channel])

        span = (channel / channels, (channel + 1) / channels)
        run_bands(work, height, ctx=ctx, text="curves", span=span)
    return out


def _join(chain: Sequence[Points]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Knots, coefficients and tables of several curves, in arrays that fit the longest."""
    made = [pieces(points) for points in chain]
    longest = max(len(one.knots) for one in made)
    knots = np.full((len(made), longest), np.inf)
    coefficients = np.zeros((len(made), longest, 4))
    table = np.empty((len(made), _CELLS + 1), np.int64)
    for i, one in enumerate(made):
        count = len(one.knots)
        knots[i, : count - 1] = one.knots[:-1]  # the last piece has no end: no value is beyond it
        coefficients[i, : count - 1] = one.coefficients
        found = np.searchsorted(one.knots, np.arange(_CELLS + 1) / _CELLS, "right") - 1
        table[i] = np.clip(found, 0, count - 2)
    return knots, coefficients, table


@kernel
def _bend_rows(
    plane: Any,
    knots: Any,
    coefficients: Any,
    table: Any,
    mask: Any,
    first: Any,
    last: Any,
    out: Any,
) -> None:
    width = plane.shape[1]
    for y in range(first, last):
        for x in range(width):
            before: Any = np.float64(plane[y, x])
            v = before
            if v != v:
                out[y, x] = plane[y, x]
                continue
            for i in range(knots.shape[0]):
                v = v if v > 0 else 0.0
                v = v if v < 1 else 1.0
                at = table[i, int(v * _CELLS)]
                while v >= knots[i, at + 1]:
                    at += 1
                d = v - knots[i, at]
                a, b, c, e = coefficients[i, at]
                v = a + d * (b + d * (c + d * e))
            v = v if v > 0 else 0.0
            v = v if v < 1 else 1.0
            if mask.size:
                weight = np.float64(mask[y, x])
                v = weight * v + (1 - weight) * before
            out[y, x] = v
