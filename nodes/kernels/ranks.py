"""Networks that bring only some ranks of a few values into place, and medians of small windows."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from nodes.kernels.jit import kernel
from nodes.kernels.sorting import network, sort_columns

_BLOCK = 128  # pixels of a row that are sorted side by side


@cache
def selection(count: int, ranks: tuple[int, ...]) -> np.ndarray:
    """The comparisons of a sorting network that the given ranks depend on, counted from 0."""
    needed = set(ranks)
    kept = []
    for low, high in network(count)[::-1].tolist():
        if low in needed or high in needed:
            needed |= {low, high}
            kept.append((low, high))
    return np.array(kept[::-1], np.int32).reshape(-1, 2)


@kernel
def window_medians(padded: Any, radius: Any, comparisons: Any, out: Any) -> None:
    """Medians of square windows around each pixel of out; padded has a margin of the radius.

    comparisons: of ``selection`` for the middle rank.
    """
    side = 2 * radius + 1
    tile = np.empty((side * side, _BLOCK), np.float32)
    tile[:] = 0
    for y in range(out.shape[0]):
        for start in range(0, out.shape[1], _BLOCK):
            width = min(_BLOCK, out.shape[1] - start)
            for j in range(side):
                line = padded[y + j]
                for i in range(side):
                    source, target = line[start + i : start + i + width], tile[j * side + i]
                    for x in range(width):
                        target[x] = source[x]
            sort_columns(tile, comparisons)
            middle, target = tile[side * side // 2], out[y, start : start + width]
            for x in range(width):
                target[x] = middle[x]
