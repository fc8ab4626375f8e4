"""Sorting of many short columns side by side.

A sorting network does the same comparisons whatever the values, so that neighbouring columns
are sorted together, as many at once as the processor has lanes. K. E. Batcher, 1968, "Sorting
networks and their applications": the odd-even merge, for any number of values.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from nodes.kernels.jit import kernel
from nodes.kernels.vectors import WIDTH, least, load, most, store


@cache
def network(count: int) -> np.ndarray:
    """The comparisons that sort that many values: int32 ``(comparisons, 2)``, lower place first."""
    pairs = []
    size = 1
    while size < count:
        step = size
        while step >= 1:
            for start in range(step % size, count - step, 2 * step):
                for low in range(start, min(start + step, count - step)):
                    if low // (2 * size) == (low + step) // (2 * size):
                        pairs.append((low, low + step))
            step //= 2
        size *= 2
    return np.array(pairs, np.int32).reshape(-1, 2)


@kernel
def sort_columns(tile: Any, pairs: Any) -> None:
    """Sort every column of a float32 ``(values, lanes)`` tile without NaN, by a network.

    The tile is C-contiguous. The network may be one for more values: without what it does to the
    rest it sorts the first.
    """
    count, lanes = tile.shape
    whole = lanes - lanes % WIDTH
    for pair in range(pairs.shape[0]):
        if pairs[pair, 1] >= count:
            continue
        low, high = pairs[pair, 0] * lanes, pairs[pair, 1] * lanes
        for lane in range(0, whole, WIDTH):
            a, b = load(tile, low + lane), load(tile, high + lane)
            store(tile, low + lane, least(a, b))
            store(tile, high + lane, most(a, b))
    if whole < lanes:
        _sort_rest(tile, pairs, whole)


@kernel
def _sort_rest(tile: Any, pairs: Any, first: Any) -> None:
    """Sort the columns from the first on."""
    count, lanes = tile.shape
    for pair in range(pairs.shape[0]):
        if pairs[pair, 1] < count:
            low, high = tile[pairs[pair, 0]], tile[pairs[pair, 1]]
            for lane in range(first, lanes):
                a, b = low[lane], high[lane]
                low[lane] = a if a < b else b
                high[lane] = b if a < b else a
