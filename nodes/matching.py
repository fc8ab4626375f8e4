"""Which stars of two images are the same: triangles of bright ones, then all of them.

Pairs of triangles of like shape are guesses of the whole transform. Those whose corners were
paired most often are tried first on all bright stars of both images, and the first that pairs more
of them than chance can is taken. So ten per cent of common stars are enough, and an unrelated
field is told from a match by its probability, not by a count. Nothing is drawn at random.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nodes.models import MODELS, apply, fit_model

#: bright stars whose triangles are compared, and the tolerance of their shapes, in turn
_TURNS = ((25, 0.002), (40, 0.003), (30, 0.01), (60, 0.003), (90, 0.0015))
_TRIED = 150  # bright stars by which a guess is judged
_GUESSES = 60_000  # the most that are tried in a turn
_NEAR = 6.0  # pixels within which a guess must put a star
_CROWDED = 0.05  # of the area may be that near to a star
_SURE = 60.0  # minus the logarithm of the chance at which the search ends
_LIKELY = 9.2  # and the least that is taken, with the logarithm of the guesses added
_LEAST_SIDE = 0.03  # of the diagonal of the image, for the longest side of a triangle
_SCALES = (0.4, 2.5)
_GROWING = ("similarity", "affine", "projective")
_PLENTY = 3  # times as many pairs as determine a model make it trustworthy


class Points(NamedTuple):
    """Stars of an image, ``(n, 2)`` and the brightest first, and its size in pixels."""

    places: np.ndarray
    width: int
    height: int


@dataclass(frozen=True)
class Guess:
    """A first transform from the reference to the frame, and whether it mirrors."""

    matrix: np.ndarray
    mirrored: bool


def guess_transform(reference: Points, frame: Points, *, mirror: bool) -> Guess | None:
    """The similarity by which the stars of the reference fall on those of the frame, or None."""
    from nodes.kernels import triangles

    tried, seen = reference.places[:_TRIED], frame.places[:_TRIED]
    size = np.array([frame.width, frame.height], np.float64)
    near = min(_NEAR, math.sqrt(_CROWDED * size[0] * size[1] / (math.pi * max(len(seen), 1))))
    cells = np.empty((int(size[1] / near) + 3, int(size[0] / near) + 3), np.int32)
    x, y, u, v = (np.ascontiguousarray(c) for c in (*tried.T, *seen.T))
    triangles.mark_stars(u, v, near, cells)
    least = [_LEAST_SIDE * math.hypot(p.width, p.height) for p in (reference, frame)]
    before = (0, 0, 0.0)
    best, top = np.empty(6), -math.inf
    for stars, tolerance in _TURNS:
        here, there = min(stars, len(x)), min(stars, len(u))
        if (here, there, tolerance) == before or min(here, there) < 3:
            continue
        before = (here, there, tolerance)
        shapes, corners = triangles.describe_triangles(x[:here], y[:here], least[0])
        others, ends = triangles.describe_triangles(u[:there], v[:there], least[1])
        votes = np.zeros((here, there), np.int32)
        pairs = np.empty((4 * _GUESSES, 2), np.int32)
        count = triangles.pair_triangles(
            shapes, corners, others, ends, tolerance, *_SCALES, mirror, votes, pairs
        )
        if not count:
            continue
        pairs = pairs[:count]
        one, other = pairs[:, 0], pairs[:, 1]
        mirrored = shapes[one, 2] * others[other, 2] < 0
        score = votes[corners[one], ends[other]].sum(axis=1)
        order = np.argsort(-score, kind="stable")[:_GUESSES]
        found = np.empty(6)
        measure = triangles.try_guesses(
            pairs[order], corners, ends, mirrored[order], x, y, u, v, cells, near, size, _SURE, found
        ) - math.log(len(order))  # fmt: skip
        if measure > top:
            best, top = found.copy(), measure
        if top > _LIKELY:
            break
    if top <= _LIKELY:
        return None
    matrix = np.vstack([best.reshape(2, 3), [0, 0, 1.0]])
    return Guess(matrix, bool(best[0] * best[4] - best[1] * best[3] < 0))


def pair_stars(moved: np.ndarray, seen: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of points that are each other's nearest, within a radius: their numbers in both."""
    from scipy.spatial import cKDTree

    if not len(moved) or not len(seen):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    finite = np.where(np.isfinite(moved).all(axis=1, keepdims=True), moved, -1e9)
    distance, nearest = cKDTree(seen).query(finite, distance_upper_bound=radius)
    one = np.flatnonzero(np.isfinite(distance))
    other = nearest[one]
    order = np.lexsort((one, distance[one], other))  # the nearest of each star comes first
    one, other = one[order], other[order]
    first = np.ones(len(other), bool)
    first[1:] = other[1:] != other[:-1]
    one, other = one[first], other[first]
    order = np.argsort(one)
    return one[order], other[order]


def improve_guess(
    reference: np.ndarray, frame: np.ndarray, guess: Guess, model: str, tolerance: float
) -> np.ndarray:
    """A transform by all stars, from a first guess on, by models that grow up to the one named."""
    matrix, radius = guess.matrix, _NEAR
    for step in _GROWING[: _GROWING.index(model) + 1 if model in _GROWING else 1]:
        for _ in range(2):
            one, other = pair_stars(apply(matrix, reference), frame, radius)
            if len(one) < _PLENTY * MODELS[step] and step != "similarity":
                return matrix
            found = fit_model(
                step, reference[one], frame[other], np.ones(len(one)), mirrored=guess.mirrored
            )
            if found is None:
                return matrix
            matrix = found
            rest = np.hypot(*(frame[other] - apply(matrix, reference[one])).T)
            radius = min(_NEAR, max(tolerance, 4 * float(np.median(rest))))
    return matrix
