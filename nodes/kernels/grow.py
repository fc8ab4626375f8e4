"""Masks of rejected samples: small ones dropped, large ones grown."""

from __future__ import annotations

from typing import Any

import numpy as np

from nodes.kernels.jit import kernel


@kernel
def mark_outside(
    plane: Any, factor: Any, summand: Any, limits: Any, sign: Any, first: Any, last: Any, out: Any
) -> None:
    """1 where a normalised sample lies beyond its limit, above it with a sign of 1, below of -1."""
    for y in range(first, last):
        source, limit, target = plane[y], limits[y], out[y]
        for x in range(source.size):
            target[x] = np.uint8(sign * (source[x] * factor + summand) > sign * limit[x])


@kernel
def take_majority(mask: Any, reach: Any, first: Any, last: Any, out: Any) -> None:
    """The median of a binary mask over squares of 2 * reach + 1 pixels; edges are repeated."""
    height, width = mask.shape
    side = 2 * reach + 1
    half = np.uint16(side * side // 2)
    columns = np.zeros(width, np.uint16)
    for y in range(first, last):
        columns[:] = 0
        for near in range(y - reach, y + reach + 1):
            row = mask[min(max(near, 0), height - 1)]
            for x in range(width):
                columns[x] += np.uint16(row[x])
        target = out[y]
        count = 0
        for near in range(-reach, reach + 1):
            count += columns[min(max(near, 0), width - 1)]
        for x in range(width):
            target[x] = np.uint8(count > half)
            count += columns[min(x + reach + 1, width - 1)]
            count -= columns[max(x - reach, 0)]


@kernel
def dilate(mask: Any, reach: Any, first: Any, last: Any, out: Any) -> None:
    """1 within a disk of that radius about a 1."""
    height, width = mask.shape
    for y in range(first, last):
        target = out[y]
        target[:] = 0
        for near in range(max(0, y - reach), min(height, y + reach + 1)):
            row = mask[near]
            wide = int(np.sqrt(np.float64(reach * reach - (near - y) * (near - y))))
            for shift in range(-wide, wide + 1):
                low, high = max(0, -shift), min(width, width - shift)
                source, part = row[low + shift : high + shift], target[low:high]
                for x in range(part.size):
                    part[x] |= source[x]


@kernel
def add_unmasked(
    plane: Any,
    times: Any,
    plus: Any,
    weight: Any,
    mask: Any,
    first: Any,
    last: Any,
    sums: Any,
    parts: Any,
) -> None:
    """Add the samples that are there and not marked, and their weight."""
    for y in range(first, last):
        source, marks, total, part = plane[y], mask[y], sums[y], parts[y]
        for x in range(source.size):
            value = source[x]
            keep = (value - value == 0) & (marks[x] == 0)
            total[x] += weight * np.float64(value * times + plus) if keep else 0.0
            part[x] += weight if keep else 0.0


@kernel
def divide_where(sums: Any, parts: Any, first: Any, last: Any, out: Any) -> None:
    """Means where any weight is; elsewhere the image stays as it is."""
    for y in range(first, last):
        for x in range(out.shape[1]):
            if parts[y, x] > 0:
                out[y, x] = sums[y, x] / parts[y, x]
