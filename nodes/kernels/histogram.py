"""Counts of pixels by level, for the histogram of a viewer."""

from __future__ import annotations

from typing import Any

import numpy as np

from nodes.kernels.jit import kernel


def count_levels(data: np.ndarray, bins: int = 65536) -> np.ndarray:
    """How many pixels of each channel have which level; int64 ``(channels, bins)``.

    data: float32 ``(channels, height, width)``. The bins cover 0 to 1; what is below is counted
    in the first and what is above in the last; missing pixels are not.
    """
    counts = np.zeros((data.shape[0], bins), np.int64)
    for plane, row in zip(data, counts, strict=True):
        _count(plane, row)
    return counts


@kernel
def _count(plane: Any, counts: Any) -> None:
    bins = counts.size
    for y in range(plane.shape[0]):
        for x in range(plane.shape[1]):
            v = plane[y, x]
            if v == v:
                level = min(max(v, np.float32(0)), np.float32(1))
                counts[min(np.int64(level * bins), bins - 1)] += 1
