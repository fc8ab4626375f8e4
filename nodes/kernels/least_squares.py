"""Small linear least squares, the same to the last bit on every machine."""

from __future__ import annotations

import numpy as np

from nodes.kernels.jit import kernel


@kernel
def solve_least_squares(
    design: np.ndarray, target: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, bool]:
    """The x of least ``weights · |design x - target|²``, and whether it is determined.

    By the normal equations, so columns should be of about the same size; target and x have a
    column for each right side. Sums in the order of the rows.
    """
    rows, terms = design.shape
    sides = target.shape[1]
    a = np.zeros((terms, terms + sides))
    for k in range(rows):
        for i in range(terms):
            scaled = weights[k] * design[k, i]
            for j in range(i, terms):
                a[i, j] += scaled * design[k, j]
            for j in range(sides):
                a[i, terms + j] += scaled * target[k, j]
    for i in range(terms):
        for j in range(i):
            a[i, j] = a[j, i]
    largest = 0.0
    for i in range(terms):
        largest = max(largest, abs(a[i, i]))
    solved = largest > 0
    for i in range(terms):
        pivot = i
        for r in range(i + 1, terms):
            if abs(a[r, i]) > abs(a[pivot, i]):
                pivot = r
        if not abs(a[pivot, i]) > 1e-13 * largest:
            solved = False
            break
        for j in range(terms + sides):
            a[i, j], a[pivot, j] = a[pivot, j], a[i, j]
        for r in range(terms):
            if r != i:
                factor = a[r, i] / a[i, i]
                for j in range(i, terms + sides):
                    a[r, j] -= factor * a[i, j]
    out = np.empty((terms, sides))
    for i in range(terms):
        for j in range(sides):
            out[i, j] = a[i, terms + j] / a[i, i] if solved else 0.0
    return out, solved
