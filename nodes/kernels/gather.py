"""Rows of many frames into one array, from wherever the frames lie in memory or in mapped files."""

from __future__ import annotations

from typing import Any

import numpy as np

from nodes.kernels.jit import kernel
from nodes.kernels.vectors import copy_from, read_from


def find_addresses(views: list[np.ndarray]) -> np.ndarray:
    """Where each float32 ``(rows, columns)`` view begins and its steps in bytes: int64."""
    return np.array([(view.ctypes.data, *view.strides) for view in views], np.int64)


@kernel
def gather(addresses: Any, top: Any, bottom: Any, left: Any, right: Any, raw: Any) -> None:
    """Copy a rectangle of every frame, row after row, to the front of its row of raw.

    addresses: see find_addresses; their views must be kept. raw: float32, C-contiguous.
    """
    width = right - left
    for frame in range(addresses.shape[0]):
        start, row_step, step = addresses[frame]
        place = 0
        for row in range(top, bottom):
            source = start + row * row_step + left * step
            if step == 4:
                copy_from(source, raw, frame * raw.shape[1] + place, width)
            else:
                for column in range(width):
                    raw[frame, place + column] = read_from(source + column * step)
            place += width
