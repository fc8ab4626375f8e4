"""The largest rectangle without a gap."""

from __future__ import annotations

from typing import Any

import numpy as np

from nodes.kernels.jit import kernel


@kernel
def find_rectangle(good: Any) -> Any:
    """Left, top, width and height of the largest rectangle of nothing but true pixels.

    good: bool ``(height, width)``. Of equal ones the first by lower edge, then by right edge;
    width 0 when there is none. Each row stands on what is good above it, and its columns are taken
    down from a stack of rising ones, so every pixel is looked at twice at most.
    """
    rows, columns = good.shape
    heights = np.zeros(columns + 1, np.int64)
    starts, tops = np.zeros(columns + 1, np.int64), np.zeros(columns + 1, np.int64)
    area, left, top, width, height = 0, 0, 0, 0, 0
    for y in range(rows):
        row = good[y]
        for x in range(columns):
            heights[x] = heights[x] + 1 if row[x] else 0
        depth = 0
        for x in range(columns + 1):  # the last stands at 0 and takes all down
            start, tall = x, heights[x]
            while depth > 0 and tops[depth - 1] >= tall:
                depth -= 1
                start = starts[depth]
                if tops[depth] * (x - start) > area:
                    area = tops[depth] * (x - start)
                    left, width, height = start, x - start, tops[depth]
                    top = y + 1 - height
            starts[depth], tops[depth] = start, tall
            depth += 1
    return left, top, width, height
