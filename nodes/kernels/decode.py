"""Stored numbers to float32 and back: byte swap, scaling and counting in one pass.

Images are two-dimensional here: the rows of all planes below one another. ``plane`` is the rows
of one plane; with ``flip`` the rows of each plane come out in reverse order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nodes.kernels.jit import kernel

Array = np.ndarray[Any, Any]

_INFINITY = np.uint32(0x7F800000)
_NAN = np.uint32(0x7FC00000)
_MAGNITUDE = np.uint32(0x7FFFFFFF)


@kernel
def _row(y: int, plane: int, flip: bool) -> int:
    return (y // plane) * plane + plane - 1 - y % plane if flip else y


@kernel
def _swap4(v: Any) -> Any:
    low = (v << np.uint32(24)) | ((v & np.uint32(0xFF00)) << np.uint32(8))
    return np.uint32(low | ((v >> np.uint32(8)) & np.uint32(0xFF00)) | (v >> np.uint32(24)))


@kernel
def decode_bytes(
    words: Array,
    out: Array,
    first: int,
    last: int,
    plane: int,
    flip: bool,
    swap: bool,
    mask: int,
    base: float,
    scale: float,
) -> Any:
    """``out = ((word ^ mask) - base) · scale`` of uint8; returns the smallest ``word ^ mask``."""
    lowest = np.uint8(255)
    for y in range(first, last):
        target = _row(y, plane, flip)
        for x in range(words.shape[1]):
            v = np.uint8(words[y, x] ^ np.uint8(mask))
            lowest = min(lowest, v)
            out[target, x] = np.float32((np.float64(v) - base) * scale)
    return lowest


@kernel
def decode_shorts(
    words: Array,
    out: Array,
    first: int,
    last: int,
    plane: int,
    flip: bool,
    swap: bool,
    mask: int,
    base: float,
    scale: float,
) -> Any:
    """The same of uint16, bytes swapped before all else if ``swap``."""
    lowest = np.uint16(65535)
    for y in range(first, last):
        target = _row(y, plane, flip)
        for x in range(words.shape[1]):
            v = words[y, x]
            if swap:
                v = np.uint16((v << 8) | (v >> 8))
            v = np.uint16(v ^ np.uint16(mask))
            lowest = min(lowest, v)
            out[target, x] = np.float32((np.float64(v) - base) * scale)
    return lowest


@kernel
def decode_longs(
    words: Array,
    out: Array,
    first: int,
    last: int,
    plane: int,
    flip: bool,
    swap: bool,
    mask: int,
    base: float,
    scale: float,
) -> Any:
    """The same of uint32."""
    lowest = np.uint32(4294967295)
    for y in range(first, last):
        target = _row(y, plane, flip)
        for x in range(words.shape[1]):
            v = words[y, x]
            if swap:
                v = _swap4(v)
            v = np.uint32(v ^ np.uint32(mask))
            lowest = min(lowest, v)
            out[target, x] = np.float32((np.float64(v) - base) * scale)
    return lowest


@kernel
def decode_floats(
    words: Array,
    out: Array,
    first: int,
    last: int,
    plane: int,
    flip: bool,
    swap: bool,
) -> Any:
    """Copy float32 as bit patterns (uint32 in and out), infinities to NaN.

    Returns the bits of the largest finite value as int32 (positive floats sort like integers;
    negative without any finite value above zero) and the numbers of infinities and of NaN.
    """
    largest = np.int32(-2147483648)
    infinite = 0
    missing = 0
    for y in range(first, last):
        target = _row(y, plane, flip)
        for x in range(words.shape[1]):
            v = words[y, x]
            if swap:
                v = _swap4(v)
            magnitude = v & _MAGNITUDE
            if magnitude == _INFINITY:
                v = _NAN
                infinite += 1
            if magnitude > _INFINITY:
                missing += 1
            if magnitude < _INFINITY:
                largest = max(largest, np.int32(v))
            out[target, x] = v
    return largest, infinite, missing


@kernel
def divide(data: Array, first: int, last: int, white: float) -> None:
    """Divide rows in place."""
    for y in range(first, last):
        for x in range(data.shape[1]):
            data[y, x] = np.float32(np.float64(data[y, x]) / white)


@kernel
def encode(data: Array, out: Array, first: int, last: int, top: float) -> tuple[int, int]:
    """Round ``data · top`` half up into integers 0 to ``top``, NaN to 0.

    Returns how many values had to be clipped and how many were NaN.
    """
    clipped = 0
    missing = 0
    for y in range(first, last):
        for x in range(data.shape[1]):
            v = np.floor(np.float64(data[y, x]) * top + 0.5)
            if np.isnan(v):
                missing += 1
                v = 0.0
            elif v < 0.0:
                clipped += 1
                v = 0.0
            elif v > top:
                clipped += 1
                v = top
            out[y, x] = np.uint16(v)
    return clipped, missing


@kernel
def sum_words(words: Array, swap: bool) -> Any:
    """The sum of uint32 words, bytes swapped if ``swap``: the raw form of a FITS checksum."""
    total = np.uint64(0)
    for i in range(words.size):
        v = words[i]
        if swap:
            v = _swap4(v)
        total += np.uint64(v)
    return total


@kernel
def unshuffle(source: Array, out: Array, first: int, last: int, size: int, count: int) -> None:
    """Undo byte shuffling: byte ``b`` of item ``i`` stands at ``b · count + i`` of the source."""
    for i in range(first, last):
        for b in range(size):
            out[i * size + b] = source[b * count + i]


@kernel
def unfilter(rows: Array, kinds: Array, step: int) -> int:
    """Undo the five PNG row filters in place; ``step`` is the bytes of one pixel.

    Returns the first row with an unknown filter, or -1.
    """
    for y in range(rows.shape[0]):
        kind = kinds[y]
        if kind > 4:
            return y
        for x in range(rows.shape[1]):
            left = np.int32(rows[y, x - step]) if x >= step else np.int32(0)
            up = np.int32(rows[y - 1, x]) if y > 0 else np.int32(0)
            if kind == 0:
                guess = np.int32(0)
            elif kind == 1:
                guess = left
            elif kind == 2:
                guess = up
            elif kind == 3:
                guess = (left + up) // 2
            else:
                corner = np.int32(rows[y - 1, x - step]) if y > 0 and x >= step else np.int32(0)
                to_left = abs(up - corner)
                to_up = abs(left - corner)
                to_corner = abs(left + up - 2 * corner)
                if to_left <= to_up and to_left <= to_corner:
                    guess = left
                elif to_up <= to_corner:
                    guess = up
                else:
                    guess = corner
            rows[y, x] = np.uint8((np.int32(rows[y, x]) + guess) & 255)
    return -1
