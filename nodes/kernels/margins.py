"""Rows of an image with a margin around them, so that filters need no cases at borders."""

from __future__ import annotations

from typing import Any

import numpy as np

from nodes.kernels.jit import kernel
from nodes.kernels.starlet import mirror

_REACH = 2  # pixels of the same colour, from which a missing one gets a value


def with_margins(
    source: np.ndarray, first: int, last: int, margin: int, step: int = 1, color: int = 1
) -> tuple[np.ndarray, bool]:
    """Rows first to last of a float32 ``(height, width)`` plane and ``margin`` pixels around.

    Outside of the image every ``step``-th pixel is mirrored for itself, at the centre of its
    first or last one: with 2, the colours of a mosaic are planes of their own. With 1, the
    picture as a whole is mirrored, which keeps the colours in their places as well. Missing
    pixels get the median of near ones of their colour, ``color`` pixels apart. The second result
    tells whether there were any.
    """
    out = np.empty((last - first + 2 * margin, source.shape[1] + 2 * margin), np.float32)
    missing = _copy_rows(source, first, margin, step, out)
    if missing:
        _fill(source, first, margin, step, color, out)
    return out, bool(missing)


@kernel
def _place(i: Any, size: Any, step: Any) -> Any:
    """The index inside the image that stands for one outside of it."""
    phase = i % step
    if phase >= size:
        return mirror(i, size)
    return step * mirror((i - phase) // step, (size - phase + step - 1) // step) + phase


@kernel
def _copy_rows(source: Any, first: Any, margin: Any, step: Any, out: Any) -> Any:
    height, width = source.shape
    missing = np.int64(0)
    for row in range(out.shape[0]):
        line, target = source[_place(first + row - margin, height, step)], out[row]
        middle = target[margin : margin + width]
        absent = np.int32(0)
        for x in range(width):
            v = line[x]
            middle[x] = v
            absent = np.int32(absent + np.int32(v - v != 0))
        for x in range(margin):
            target[x] = line[_place(x - margin, width, step)]
            target[margin + width + x] = line[_place(width + x, width, step)]
        missing += absent
    return missing


@kernel
def _fill(source: Any, first: Any, margin: Any, step: Any, color: Any, out: Any) -> None:
    """Give missing pixels the median of near ones, or far from any what was given last."""
    height, width = source.shape
    values = np.empty((2 * _REACH + 1) ** 2, np.float32)
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            v = out[row, column]
            if v - v == 0:
                continue
            count = 0
            for j in range(-_REACH, _REACH + 1):
                y = _place(first + row - margin + j * color, height, step)
                for i in range(-_REACH, _REACH + 1):
                    u = source[y, _place(column - margin + i * color, width, step)]
                    if u - u == 0:
                        values[count] = u
                        count += 1
            if count:
                out[row, column] = small_median(values, count)
            else:
                out[row, column] = out[row, column - color] if column >= color else 0.0


@kernel
def small_median(values: Any, count: Any) -> Any:
    """The median of the first few values, which are sorted in place."""
    for i in range(1, count):
        v, j = values[i], i
        while j > 0 and values[j - 1] > v:
            values[j] = values[j - 1]
            j -= 1
        values[j] = v
    return np.float32(0.5) * (values[(count - 1) // 2] + values[count // 2])
