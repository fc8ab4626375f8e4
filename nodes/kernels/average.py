"""Weighted sums of many frames."""

from __future__ import annotations

import numpy as np

from nodes.kernels.jit import kernel


@kernel
def add_rows(
    data: np.ndarray, weight: float, first: int, last: int, sums: np.ndarray, weights: np.ndarray
) -> None:
    """Add weight times the finite values of rows first to last, and the weight where they are.

    data: float32 ``(rows, width)``; sums, weights: float64 of that shape.
    """
    for y in range(first, last):
        line, total, present = data[y], sums[y], weights[y]
        for x in range(data.shape[1]):
            value = line[x]
            valid = value - value == 0
            total[x] += weight * np.float64(value) if valid else 0.0
            present[x] += weight if valid else 0.0


@kernel
def divide_rows(
    sums: np.ndarray, weights: np.ndarray, first: int, last: int, out: np.ndarray
) -> None:
    """Means of rows first to last as float32; NaN where the weight is 0."""
    for y in range(first, last):
        total, present, target = sums[y], weights[y], out[y]
        for x in range(sums.shape[1]):
            target[x] = total[x] / present[x]
