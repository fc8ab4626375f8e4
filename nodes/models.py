"""Models of where the pixels of one image lie in another, fitted to pairs of stars."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

#: from the simplest on, with the pairs each is determined by
MODELS = {"shift": 1, "similarity": 2, "affine": 3, "projective": 4}
_ROUNDS = 4  # of the projective fit; it has converged to 1e-12 after three


def fit_model(
    model: str, here: np.ndarray, there: np.ndarray, weights: np.ndarray, *, mirrored: bool = False
) -> np.ndarray | None:
    """The 3 × 3 matrix of least squares from points to points, ``(n, 2)``; None if undetermined.

    mirrored: what a shift and a similarity take for granted; the other models find out.
    Coordinates are centred and scaled first (Hartley 1997).
    """
    if len(here) < MODELS[model]:
        return None
    if model == "shift":
        x, y = np.average(there - here, axis=0, weights=weights).tolist()
        return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])
    to_here, to_there = _normalise(here, weights), _normalise(there, weights)
    if to_here is None or to_there is None:
        return None
    matrix = _fit(model, apply(to_here, here), apply(to_there, there), weights, mirrored)
    if matrix is None:
        return None
    matrix = multiply(multiply(invert(to_there), matrix), to_here)
    return np.asarray(matrix / matrix[2, 2])


def multiply(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The product of two 3 × 3 matrices, the same to the last bit on every machine."""
    return np.asarray((one[:, :, None] * other[None]).sum(axis=1))


def invert(matrix: np.ndarray) -> np.ndarray:
    """The inverse of a 3 × 3 matrix by its cofactors; not finite where there is none."""
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    rows = [
        [e * i - f * h, c * h - b * i, b * f - c * e],
        [f * g - d * i, a * i - c * g, c * d - a * f],
        [d * h - e * g, b * g - a * h, a * e - b * d],
    ]
    determinant = a * rows[0][0] + b * rows[1][0] + c * rows[2][0]
    return np.array(rows) / determinant if determinant else np.full((3, 3), np.nan)


def apply(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Where points ``(n, 2)`` go."""
    x, y = points[:, 0], points[:, 1]
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    w = g * x + h * y + i
    return np.stack([(a * x + b * y + c) / w, (d * x + e * y + f) / w], axis=1)


def _normalise(points: np.ndarray, weights: np.ndarray) -> np.ndarray | None:
    """The matrix that brings the centre to 0 and the mean distance from it to the root of 2."""
    x, y = np.average(points, axis=0, weights=weights).tolist()
    size = float(np.average(np.hypot(points[:, 0] - x, points[:, 1] - y), weights=weights))
    if not size > 0:
        return None
    s = math.sqrt(2) / size
    return np.array([[s, 0, -s * x], [0, s, -s * y], [0, 0, 1.0]])


def _fit(
    model: str, here: np.ndarray, there: np.ndarray, weights: np.ndarray, mirrored: bool
) -> np.ndarray | None:
    """The matrix between normalised points."""
    from nodes.kernels.least_squares import solve_least_squares

    x, y = here[:, 0], here[:, 1]
    one, zero = np.ones(len(x)), np.zeros(len(x))
    if model == "similarity":
        # u = c x - s y, v = s x + c y, mirrored with -y for y
        y = -y if mirrored else y
        design = np.concatenate([np.stack([x, -y], 1), np.stack([y, x], 1)])
        found, solved = solve_least_squares(
            design, there.T.reshape(-1, 1).copy(), np.concatenate([weights, weights])
        )
        (c,), (s,) = found.tolist()
        t = -1.0 if mirrored else 1.0
        return np.array([[c, -s * t, 0], [s, c * t, 0], [0, 0, 1.0]]) if solved else None
    design = np.stack([x, y, one], 1)
    found, solved = solve_least_squares(design, np.ascontiguousarray(there), weights)
    if not solved:
        return None
    matrix = np.vstack([found.T, [0, 0, 1.0]])
    if model == "affine":
        return matrix
    for _ in range(_ROUNDS):  # Gauss and Newton from the affine matrix on
        w = matrix[2, 0] * x + matrix[2, 1] * y + 1
        u, v = apply(matrix, here).T
        rows = [
            np.stack([x, y, one, zero, zero, zero, -x * u, -y * u], 1) / w[:, None],
            np.stack([zero, zero, zero, x, y, one, -x * v, -y * v], 1) / w[:, None],
        ]
        rest = np.concatenate([there[:, 0] - u, there[:, 1] - v])
        step, solved = solve_least_squares(
            np.concatenate(rows), rest[:, None], np.concatenate([weights, weights])
        )
        if not solved:
            return None
        matrix = matrix + np.append(step[:, 0], 0.0).reshape(3, 3)
    return matrix


def is_mirrored(matrix: np.ndarray) -> bool:
    """Whether the sense of rotation changes."""
    return bool(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0] < 0)


def polynomial_terms(points: np.ndarray, order: int) -> np.ndarray:
    """All products of powers of x and y up to an order."""
    x, y = points[:, 0], points[:, 1]
    return np.stack([x**p * y ** (n - p) for n in range(order + 1) for p in range(n + 1)], 1)


def fit_shifts(
    kind: str,
    here: np.ndarray,
    rest: np.ndarray,
    nodes: np.ndarray,
    *,
    order: int,
    smoothness: float,
) -> tuple[np.ndarray, np.ndarray] | None:
    """What a smooth field fitted to shifts is at its points, and at nodes; None if undetermined.

    here, nodes: ``(n, 2)``, scaled to about -1 … 1. kind: polynomial or spline (thin plates,
    Duchon 1977).
    """
    if kind == "polynomial":
        from nodes.kernels.least_squares import solve_least_squares

        design = polynomial_terms(here, order)
        found, solved = solve_least_squares(design, np.ascontiguousarray(rest), np.ones(len(here)))
        return (design @ found, polynomial_terms(nodes, order) @ found) if solved else None
    from scipy.interpolate import RBFInterpolator

    try:
        field = RBFInterpolator(here, rest, smoothing=smoothness, kernel="thin_plate_spline")
    except (ValueError, np.linalg.LinAlgError):
        return None
    return field(here), field(nodes)


def footprint(matrix: np.ndarray, width: int, height: int) -> np.ndarray | None:
    """The corners of a frame in pixels of the reference, in order; None where it has none."""
    right, bottom = width - 0.5, height - 0.5
    corners = np.array([[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]])
    back = invert(matrix)
    if not (corners[:, 0] * back[2, 0] + corners[:, 1] * back[2, 1] + back[2, 2] > 0).all():
        return None
    return apply(back, corners)


def area(polygon: np.ndarray) -> float:
    """Of a simple polygon ``(n, 2)``."""
    closed = [*polygon.tolist(), polygon[0].tolist()]
    return abs(math.fsum(a[0] * b[1] - a[1] * b[0] for a, b in pairwise(closed))) / 2


def clip_polygon(polygon: np.ndarray, other: np.ndarray) -> np.ndarray:
    """What two convex polygons share (Sutherland and Hodgman 1974); may be empty."""
    points = [tuple(p) for p in polygon.tolist()]
    edges = other.tolist()
    turn = np.sign(math.fsum(a[0] * b[1] - a[1] * b[0] for a, b in pairwise([*edges, edges[0]])))
    for a, b in pairwise([*edges, edges[0]]):

        def side(p: tuple[float, ...], a: list[float] = a, b: list[float] = b) -> float:
            return float(turn * ((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])))

        kept: list[tuple[float, ...]] = []
        for p, q in pairwise([*points, *points[:1]]):
            if side(p) >= 0:
                kept.append(p)
            if side(p) * side(q) < 0:
                t = side(p) / (side(p) - side(q))
                kept.append((p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])))
        points = kept
    return np.array(points, np.float64).reshape(-1, 2)
