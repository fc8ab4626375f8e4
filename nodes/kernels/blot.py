"""Pixels of a frame that differ from what the master says they should be.

The two criteria of STScI's driz_cr: far off beside the noise, and beside how steep the master is
there; then the same with lower limits next to what was found.
"""

from __future__ import annotations

import numpy as np

from nodes.kernels.jit import kernel


@kernel
def subtract_rows(
    data: np.ndarray,
    blot: np.ndarray,
    colors: np.ndarray,
    factor: float,
    first: int,
    last: int,
    out: np.ndarray,
) -> None:
    """Frame times a factor less master, of one plane; colors: channel of each pixel of 2 × 2."""
    for y in range(first, last):
        one, two = blot[colors[2 * (y & 1)], y], blot[colors[2 * (y & 1) + 1], y]
        row, target = data[y], out[y]
        f = np.float32(factor)
        for x in range(row.size):
            target[x] = f * row[x] - (two[x] if x & 1 else one[x])


@kernel
def mark_rows(
    rest: np.ndarray,
    blot: np.ndarray,
    colors: np.ndarray,
    level: np.ndarray,
    noise: np.ndarray,
    limits: np.ndarray,
    first: int,
    last: int,
    out: np.ndarray,
) -> None:
    """Mark outliers in rows of a plane with 1.

    rest: frame less master; level and noise of it for rows first - 1 to last (those that exist).
    limits: sigmas and share of the steepness for pixels, and for neighbours of what was found.
    """
    height, width = rest.shape
    top, bottom = max(first - 1, 0), min(last + 1, height)
    far = np.zeros((bottom - top, width), np.uint8)  # 1 by the lower limits, 2 by the upper
    for y in range(top, bottom):
        above, below = max(y - 1, 0), min(y + 1, height - 1)
        for x in range(width):
            plane = colors[2 * (y & 1) + (x & 1)]
            here = blot[plane, y, x]
            steep = np.float32(0)
            for k in range(4):
                there = blot[
                    plane,
                    above if k == 0 else below if k == 1 else y,
                    max(x - 1, 0) if k == 2 else min(x + 1, width - 1) if k == 3 else x,
                ]
                slope = abs(there - here)
                steep = slope if slope > steep else steep  # false for what is not a number
            off = abs(rest[y, x] - level[y - top, x])
            sigma = noise[y - top, x]
            far[y - top, x] = np.uint8(off > limits[2] * sigma + limits[3] * steep) + np.uint8(
                off > limits[0] * sigma + limits[1] * steep
            )
    for y in range(first, last):
        for x in range(width):
            if far[y - top, x] == 0:
                continue
            near = far[y - top, x] == 2
            for j in range(max(y - 1, top), min(y + 2, bottom)):
                for i in range(max(x - 1, 0), min(x + 2, width)):
                    near |= far[j - top, i] == 2
            out[y, x] = near
