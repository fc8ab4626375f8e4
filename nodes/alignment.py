"""From the stars of two images to a transform between them that can be trusted, or a reason."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nodes.matching import Guess, Points, guess_transform, improve_guess, pair_stars
from nodes.models import MODELS, apply, area, clip_polygon, fit_model, fit_shifts, footprint

_SPARE = 2  # pairs beyond those that determine a model, at least
_PLENTY = 8  # times those that determine it, else a simpler one is taken
_CLIPS, _CLIP = 2, 3.0  # rounds of rejection, at so many times the rms
_ROUNDS = 20  # of matching and fitting a distortion, at most
_REACH = 8.0  # pixels within which stars are paired before the distortion is known
_POINTS = 3  # times the terms of a distortion
_OUTLIER = 5.0  # times the rms, from a distortion
_STEP = 64  # pixels from one node of a distortion to the next
_CELLS = 4  # the overlap is looked at in so many cells along each side
_MOST_RMS = 3.0
_LEAST_OVERLAP = 0.10


@dataclass(frozen=True)
class Wanted:
    """What to fit, and what to accept."""

    model: str
    distortion: str
    order: int
    smoothness: float
    tolerance: float
    mirror: bool


class Aligned(NamedTuple):
    """A transform from the reference to the frame, with the numbers of its report.

    one, other: the pairs that were kept, as numbers of stars of the reference and of the frame.
    """

    matrix: np.ndarray
    shifts: np.ndarray
    model: str
    pairs: int
    one: np.ndarray
    other: np.ndarray
    rest: np.ndarray
    overlap: float
    regularity: float


def align(reference: Points, frame: Points, wanted: Wanted) -> Aligned | str:
    """Find the transform by which stars of the reference lie in the frame, or say why not."""
    need = MODELS[wanted.model] + _SPARE
    for who, points in (("the frame", frame), ("the reference", reference)):
        if len(points.places) < min(need, 4):
            return f"{who} has {_count(len(points.places))}; {min(need, 4)} are needed"
    guess = guess_transform(reference, frame, mirror=wanted.mirror)
    if guess is None:
        if not wanted.mirror and guess_transform(reference, frame, mirror=True):
            return "the frame is mirrored against the reference, which is not allowed"
        return (
            f"no pattern among {_count(len(frame.places))} of the frame is found again among "
            f"{len(reference.places)} of the reference: another field, or too few stars in common"
        )
    matrix = improve_guess(reference.places, frame.places, guess, wanted.model, wanted.tolerance)
    found = _settle(reference, frame, matrix, guess, wanted)
    if isinstance(found, str):
        return found
    if wanted.distortion != "none":
        found = _bend(reference, frame, found, wanted)
    return _judge(found)


def _count(stars: int) -> str:
    return f"{stars} star{'' if stars == 1 else 's'}"


def _settle(
    reference: Points, frame: Points, matrix: np.ndarray, guess: Guess, wanted: Wanted
) -> Aligned | str:
    """Fit the model, or the most that the pairs allow, to what lies within the tolerance."""
    model: str | None = None
    for _ in range(2):  # what was just beyond the tolerance may come in after the first fit
        reach = wanted.tolerance if wanted.distortion == "none" else _REACH
        one, other = pair_stars(apply(matrix, reference.places), frame.places, reach)
        pairs = len(one)
        model = _affordable(wanted.model, pairs)
        if model is None:
            need = MODELS[_simplest(wanted.model)] + _SPARE
            return (
                f"only {_count(pairs)} of {len(frame.places)} pair with those of the reference; "
                f"{need} are needed"
            )
        for turn in range(_CLIPS + 1):
            here, there = reference.places[one], frame.places[other]
            weights = 1 / (reference.spread[one] ** 2 + frame.spread[other] ** 2)
            found = fit_model(model, here, there, weights, mirrored=guess.mirrored)
            if found is None:
                return f"the {len(one)} pairs of stars do not determine a {model} transform"
            matrix = found
            rest = there - apply(matrix, here)
            size = np.hypot(rest[:, 0], rest[:, 1])
            kept = size <= max(_CLIP * math.sqrt(float(np.mean(size * size))), 1e-6)
            if kept.all() or turn == _CLIPS or kept.sum() < MODELS[model] + _SPARE:
                break
            one, other = one[kept], other[kept]
    assert model is not None
    overlap, regularity = _spread(reference, frame, matrix, here)
    none = np.zeros((2, 0, 0))
    return Aligned(matrix, none, model, pairs, one, other, rest, overlap, regularity)


def _simplest(model: str) -> str:
    return model if model == "shift" else "similarity"


def _affordable(model: str, pairs: int) -> str | None:
    """That model or the richest below it that so many pairs determine well."""
    names = list(MODELS)
    for name in names[names.index(model) :: -1]:
        simplest = name == _simplest(model)
        if pairs >= (MODELS[name] + _SPARE if simplest else _PLENTY * MODELS[name]):
            return name
        if simplest:
            return None
    return None


def _spread(
    reference: Points, frame: Points, matrix: np.ndarray, here: np.ndarray
) -> tuple[float, float]:
    """How much of the smaller image both share, and in what part of that there are pairs."""
    outline = footprint(matrix, frame.width, frame.height)
    if outline is None:
        return 0.0, 0.0
    own = footprint(np.eye(3), reference.width, reference.height)
    assert own is not None
    common = clip_polygon(own, outline)
    if len(common) < 3:
        return 0.0, 0.0
    low, high = common.min(axis=0), common.max(axis=0)
    cells = ((here - low) / np.maximum(high - low, 1e-9) * _CELLS).astype(np.intp)
    cells = np.clip(cells, 0, _CELLS - 1)
    filled = len(np.unique(cells[:, 0] * _CELLS + cells[:, 1]))
    return area(common) / min(area(own), area(outline)), filled / _CELLS**2


def _bend(reference: Points, frame: Points, found: Aligned, wanted: Wanted) -> Aligned:
    """Add a smooth distortion, by matching and fitting in turn until the pairs stay the same."""
    scale = max(reference.width, reference.height) / 2
    centre = np.array([reference.width - 1, reference.height - 1]) / 2
    scaled = (reference.places - centre) / scale
    straight = apply(found.matrix, reference.places)
    terms = (wanted.order + 1) * (wanted.order + 2) // 2 if wanted.distortion == "polynomial" else 3
    shifted, one, other = straight, found.one, found.other
    rest = found.rest
    reach = _REACH
    for _ in range(_ROUNDS):
        before = len(one), one.tobytes(), other.tobytes()
        one, other = pair_stars(shifted, frame.places, reach)
        if len(one) < _POINTS * terms:
            return found
        fit: tuple[np.ndarray, np.ndarray] | None = None
        for _ in range(_CLIPS + 1):
            fit = fit_shifts(
                wanted.distortion, scaled[one], frame.places[other] - straight[one], scaled,
                order=wanted.order, smoothness=wanted.smoothness,
            )  # fmt: skip
            if fit is None:
                return found
            rest = frame.places[other] - straight[one] - fit[0]
            size = np.hypot(rest[:, 0], rest[:, 1])
            kept = size <= max(_OUTLIER * math.sqrt(float(np.mean(size * size)) / 2), 1e-6)
            if kept.all() or kept.sum() < _POINTS * terms:
                break
            one, other = one[kept], other[kept]
        assert fit is not None
        shifted = straight + fit[1]
        reach = wanted.tolerance
        if before == (len(one), one.tobytes(), other.tobytes()):
            break
    columns, rows = -(-reference.width // _STEP) + 1, -(-reference.height // _STEP) + 1
    y, x = np.mgrid[:rows, :columns] * _STEP
    nodes = (np.stack([x.ravel(), y.ravel()], 1) - centre) / scale
    fit = fit_shifts(
        wanted.distortion, scaled[one], frame.places[other] - straight[one], nodes,
        order=wanted.order, smoothness=wanted.smoothness,
    )  # fmt: skip
    if fit is None:
        return found
    shifts = np.ascontiguousarray(fit[1].T.reshape(2, rows, columns))
    return found._replace(
        shifts=shifts, pairs=len(one), one=one, other=other,
        rest=frame.places[other] - straight[one] - fit[0],
    )  # fmt: skip


def _judge(found: Aligned) -> Aligned | str:
    """What was found, unless it is no good."""
    rms = math.sqrt(float(np.mean((found.rest**2).sum(axis=1))))
    if rms > _MOST_RMS:
        return f"the stars miss each other by {rms:.2g} px rms, more than {_MOST_RMS:g}"
    if found.overlap < _LEAST_OVERLAP:
        return (
            f"the frame covers {100 * found.overlap:.0f} % of the reference, "
            f"less than {100 * _LEAST_OVERLAP:.0f} %"
        )
    return found
