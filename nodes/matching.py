"""Which stars of two images are the same: triangles of bright ones, then all of them.

Pairs of triangles of like shape are guesses of the whole transform. Those whose corners were
paired most often are tried first on all bright stars of both images, and the first that pairs more
of them than chance can is taken. So an unrelated field is told from a match by its probability, not
by a count. Where too few stars are common for triangles, pairs of stars that are as far apart in
both images are guesses as well, for images of one scale. Nothing is drawn at random.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nodes.models import MODELS, apply, fit_model

#: bright stars whose triangles are compared, and the tolerance of their shapes, in turn
_TURNS = ((25, 0.002), (40, 0.003), (30, 0.01), (60, 0.003))
_TRIED = 150  # bright stars by which a guess is judged
_GUESSES = 60_000  # the most that are tried in a turn
_NEAR = 6.0  # pixels within which a guess must put a star
_CROWDED = 0.05  # of the area may be that near to a star
_SURE = 60.0  # minus the logarithm of the chance at which the search ends
_LIKELY = 9.2  # and the least that is taken, with the logarithm of the guesses added
_LEAST_SIDE = 0.03  # of the diagonal of the image, for the longest side of a triangle
_SCALES = (0.4, 2.5)
_ENDS = 120  # bright stars whose distances are compared
_LEAST_SEGMENT = 0.15  # of the diagonal
_SAME_LENGTH = 1.0  # pixels; the scale of the images is the same to three in ten thousand
_GROWING = ("similarity", "affine", "projective")
_PLENTY = 3  # times as many pairs as determine a model make it trustworthy


class Points(NamedTuple):
    """Stars of an image, ``(n, 2)`` and the brightest first, and its size in pixels.

    spread: by how much each place may be off, pixels, to weigh them by.
    """

    places: np.ndarray
    spread: np.ndarray
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

    x, y = (np.ascontiguousarray(c) for c in reference.places[:_TRIED].T)
    u, v = (np.ascontiguousarray(c) for c in frame.places[:_TRIED].T)
    size = np.array([frame.width, frame.height], np.float64)
    near = min(_NEAR, math.sqrt(_CROWDED * size[0] * size[1] / (math.pi * max(len(u), 1))))
    cells = np.empty((int(size[1] / near) + 3, int(size[0] / near) + 3), np.int32)
    triangles.mark_stars(u, v, near, cells)
    best, top = np.empty(6), -math.inf
    for pairs, corners, ends, mirrored in _guesses((x, y), (u, v), reference, frame, mirror):
        found = np.empty(6)
        measure = triangles.try_guesses(
            pairs, corners, ends, mirrored, x, y, u, v, cells, near, size, _SURE, found
        ) - math.log(max(len(pairs), 1))  # fmt: skip
        if measure > top:
            best, top = found, measure
        if top > _LIKELY:
            matrix = np.vstack([best.reshape(2, 3), [0, 0, 1.0]])
            return Guess(matrix, bool(best[0] * best[4] - best[1] * best[3] < 0))
    return None


_Plane = tuple[np.ndarray, np.ndarray]
_Guesses = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _guesses(
    here: _Plane, there: _Plane, reference: Points, frame: Points, mirror: bool
) -> Iterator[_Guesses]:
    """Sets of guesses, by more and more stars: pairs of figures, their corners, if mirrored."""
    from nodes.kernels import triangles

    diagonal = [math.hypot(points.width, points.height) for points in (reference, frame)]
    before = (0, 0, 0.0)
    for stars, tolerance in _TURNS:
        one, other = min(stars, len(here[0])), min(stars, len(there[0]))
        if (one, other, tolerance) == before or min(one, other) < 3:
            continue
        before = one, other, tolerance
        shapes, corners = triangles.describe_triangles(
            here[0][:one], here[1][:one], _LEAST_SIDE * diagonal[0]
        )
        others, ends = triangles.describe_triangles(
            there[0][:other], there[1][:other], _LEAST_SIDE * diagonal[1]
        )
        votes = np.zeros((one, other), np.int32)
        pairs = np.empty((4 * _GUESSES, 2), np.int32)
        count = triangles.pair_triangles(
            shapes, corners, others, ends, tolerance, *_SCALES, mirror, votes, pairs
        )
        pairs = pairs[:count]
        mirrored = shapes[pairs[:, 0], 2] * others[pairs[:, 1], 2] < 0
        score = votes[corners[pairs[:, 0]], ends[pairs[:, 1]]].sum(axis=1)
        order = np.argsort(-score, kind="stable")[:_GUESSES]
        yield pairs[order], corners, ends, mirrored[order]
    (length, corners), (width, ends) = (
        _segments(plane, _LEAST_SEGMENT * max(diagonal)) for plane in (here, there)
    )
    low = np.searchsorted(width, length - _SAME_LENGTH)
    counts = np.searchsorted(width, length + _SAME_LENGTH) - low
    total = int(counts.sum())
    steps = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    pairs = np.stack([np.repeat(np.arange(len(length)), counts), np.repeat(low, counts) + steps], 1)
    score = corners[pairs[:, 0]].sum(axis=1) + ends[pairs[:, 1]].sum(axis=1)  # the bright first
    pairs = pairs[np.argsort(score, kind="stable")[: _GUESSES // 4]].astype(np.int32)
    pairs = np.concatenate([pairs, pairs + np.array([0, len(ends)], np.int32)])  # either way round
    ends = np.concatenate([ends, ends[:, ::-1]])
    straight = np.zeros(len(pairs), np.bool_)
    yield pairs, corners, ends, straight
    if mirror:
        yield pairs, corners, ends, ~straight


def _segments(plane: _Plane, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Lengths, sorted, and ends of all lines between bright stars that are at least so long."""
    x, y = plane[0][:_ENDS], plane[1][:_ENDS]
    one, other = np.triu_indices(len(x), 1)
    length = np.hypot(x[one] - x[other], y[one] - y[other])
    kept = np.flatnonzero(length >= least)
    order = kept[np.argsort(length[kept], kind="stable")]
    return length[order], np.stack([one[order], other[order]], 1).astype(np.int32)


def pair_stars(moved: np.ndarray, seen: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of points that are each other's nearest, within a radius: their numbers in both."""
    from scipy.spatial import cKDTree

    if not len(moved) or not len(seen):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    finite = np.where(np.isfinite(moved).all(axis=1, keepdims=True), moved, -1e9)
    distance, nearest = map(np.asarray, cKDTree(seen).query(finite, distance_upper_bound=radius))
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
