"""The smoothing step of the starlet (à trous) transform with the B3 spline."""

from __future__ import annotations

from typing import Any

import numpy as np

from nodes.kernels.jit import kernel

#: deviation of each layer of the B3 starlet for white noise of deviation 1
SIGMAS = (0.8907963, 0.2006639, 0.0855075, 0.0412174, 0.0204250, 0.0101898, 0.0050920)


@kernel
def mirror(i: int, size: int) -> int:
    """Index reflected at the centres of the border pixels, for any distance outside."""
    if size == 1:
        return 0
    i = abs(i) % (2 * size - 2)
    return i if i < size else 2 * size - 2 - i


@kernel
def smooth_rows(source: Any, step: int, first: int, last: int, out: Any) -> None:
    """Convolve rows first to last with [1 4 6 4 1] / 16 along both axes, ``step`` pixels apart.

    float32 ``(height, width)``; borders mirrored; out is another array of that shape. With step
    1, 2, 4 … in turn, source less out is a layer of the transform.
    """
    height, width = source.shape
    edge = 2 * step
    line = np.empty(width + 2 * edge, np.float32)
    # slices from a fixed start let the compiler see that the indices count up: it vectorises
    middle = line[edge : edge + width]
    left2, left = line[:width], line[step : step + width]
    right, right2 = line[3 * step : 3 * step + width], line[4 * step : 4 * step + width]
    a, b, c = np.float32(1 / 16), np.float32(4 / 16), np.float32(6 / 16)
    for y in range(first, last):
        above2, above = source[mirror(y - edge, height)], source[mirror(y - step, height)]
        below2, below = source[mirror(y + edge, height)], source[mirror(y + step, height)]
        here, target = source[y], out[y]
        for x in range(width):
            middle[x] = a * (above2[x] + below2[x]) + b * (above[x] + below[x]) + c * here[x]
        for x in range(edge):
            line[x] = middle[mirror(x - edge, width)]
            line[edge + width + x] = middle[mirror(width + x, width)]
        for x in range(width):
            target[x] = a * (left2[x] + right2[x]) + b * (left[x] + right[x]) + c * middle[x]
