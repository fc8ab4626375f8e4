"""Means without the tails, of a plane and of its four positions in a 2 × 2 pattern."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.affine import channel_range
from nodes.kernels.jit import kernel

_STEPS = 1 << 14


class Trimmed(NamedTuple):
    """Means of the whole and of the four positions; NaN for what has no valid pixel.

    dead: share of the valid pixels that are not above 0.
    """

    whole: float
    positions: tuple[float, float, float, float]
    dead: float


def trimmed_means(plane: np.ndarray, tail: float, ctx: Context = SILENT) -> Trimmed:
    """Means of a float32 ``(height, width)`` without a share ``tail`` of the pixels at each end.

    Positions are top left, top right, bottom left, bottom right. Missing pixels do not count.
    The values are added up in 16384 steps between the extremes; only in the two steps where the
    tails end is a mean of the step taken for its values.
    """
    lows, highs = channel_range(plane[np.newaxis], ctx, (0.0, 0.3))
    low, high = float(lows[0]), float(highs[0])
    if not low <= high:
        return Trimmed(math.nan, (math.nan,) * 4, 0.0)
    if not high - low < math.inf:
        low, high = max(low, -1e30), min(high, 1e30)
    step = np.float32((_STEPS - 1) / (high - low) if high > low else 0.0)

    def work(first: int, last: int) -> tuple[np.ndarray, np.ndarray, int]:
        counts = np.zeros((4, _STEPS), np.int64)
        sums = np.zeros((4, _STEPS))
        return counts, sums, _add_rows(plane, np.float32(low), step, first, last, counts, sums)

    counts, sums, dead = np.zeros((4, _STEPS), np.int64), np.zeros((4, _STEPS)), 0
    parts = run_bands(work, len(plane), ctx=ctx, span=(0.3, 1.0))
    for part in parts:
        assert isinstance(part, tuple)
        counts += part[0]
        sums += part[1]
        dead += part[2]
    whole = _mean(counts.sum(axis=0), sums.sum(axis=0), tail)
    a, b, c, d = (_mean(n, s, tail) for n, s in zip(counts, sums, strict=True))
    return Trimmed(whole, (a, b, c, d), dead / max(int(counts.sum()), 1))


def _mean(counts: np.ndarray, sums: np.ndarray, tail: float) -> float:
    """The mean of what is left between the tails."""
    total = int(counts.sum())
    if total == 0:
        return math.nan
    after = np.cumsum(counts)
    first, last = tail * total, (1 - tail) * total
    kept = np.clip(np.minimum(after, last) - np.maximum(after - counts, first), 0, None)
    means = sums / np.maximum(counts, 1)
    return math.fsum(kept * means) / math.fsum(kept)


@kernel
def _add_rows(
    plane: np.ndarray,
    low: Any,
    step: Any,
    first: int,
    last: int,
    counts: np.ndarray,
    sums: np.ndarray,
) -> int:
    dead = 0
    for y in range(first, last):
        line = plane[y]
        for x in range(plane.shape[1]):
            v = line[x]
            if v - v == 0:
                position = 2 * (y % 2) + x % 2
                i = int((v - low) * step)
                counts[position, i] += 1
                sums[position, i] += v
                dead += v <= 0
    return dead
