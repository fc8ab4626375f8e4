"""The relative flux scale of a frame to its reference, by their stars or other structures."""

from __future__ import annotations

import numpy as np

from graph.context import Context
from nodes.quality import chauvenet_range
from nodes.register import Canvas, Transform
from nodes.sky import Cells
from nodes.stars import INCOMPLETE, SATURATED, Stars

ENOUGH = 10  # pairs of stars, or cells, that a scale needs
_NEAR = 1.5  # pixels by which both stars of a pair may lie apart
_EASIER = 3  # times that the least SNR is halved where pairs are few
_CLEAR = 5.0  # sigmas by which the structures of a cell must stand out


def star_scale(
    stars: Stars,
    reference: Stars,
    transform: Transform | None,
    canvas: Canvas | None,
    least: float,
) -> tuple[float, int]:
    """Flux of the reference by that of the frame, and of how many pairs; NaN of too few.

    transform: set when the stars are those of the frame before it was drawn on the canvas.
    least: SNR of a star in both images; half, a quarter … of it where there are too few.
    """
    from scipy.spatial import cKDTree

    places = np.stack([reference.x, reference.y], 1)
    size = 1.0
    if transform is not None:
        origin = (canvas.left, canvas.top) if canvas else (0, 0)
        places = transform.place(places + origin)
        size = transform.scale**2  # a drawn frame has that many pixels to one
    own = np.stack([stars.x, stars.y], 1)
    if not len(own) or not len(places):
        return np.nan, 0
    there = np.nonzero(np.isfinite(places).all(axis=1))[0]
    distance, match = map(np.asarray, cKDTree(own).query(places[there], distance_upper_bound=_NEAR))
    near = np.isfinite(distance)
    other, mine = there[near], match[near]
    order = np.argsort(distance[near], kind="stable")  # of two for one star, the nearer
    _, first = np.unique(mine[order], return_index=True)
    other, mine = other[order][first], mine[order][first]
    bad = SATURATED | INCOMPLETE
    good = ((reference.flags[other] | stars.flags[mine]) & bad) == 0
    flux, theirs = stars.flux[mine].astype(np.float64), reference.flux[other].astype(np.float64)
    good &= (flux > 0) & (theirs > 0)
    clear = np.minimum(reference.snr[other], stars.snr[mine])
    for halving in range(_EASIER):
        chosen = good & (clear >= least / 2**halving)
        if np.count_nonzero(chosen) >= ENOUGH:
            return chauvenet_mean(size * theirs[chosen] / flux[chosen])
    return np.nan, int(np.count_nonzero(good))


def cell_scale(cells: Cells) -> tuple[float, int]:
    """The same by all structures of the reference, cell by cell."""
    bright = (cells.flux > 0) & (cells.other_flux > 0)
    if not bright.any():
        return np.nan, 0
    bright &= cells.flux > _CLEAR * cells.noise
    bright &= cells.flux >= 0.1 * np.median(cells.flux[bright]) if bright.any() else bright
    if np.count_nonzero(bright) < ENOUGH:
        return np.nan, int(np.count_nonzero(bright))
    return chauvenet_mean(cells.other_flux[bright] / cells.flux[bright])


def chauvenet_mean(values: np.ndarray) -> tuple[float, int]:
    """The mean of what Chauvenet's criterion leaves, and of how many it is."""
    low, high = chauvenet_range(values)
    kept = values[(values >= low) & (values <= high)]
    return float(kept.mean()), len(kept)


def detect_stars(plane: np.ndarray, ctx: Context) -> Stars:
    """The stars of a channel."""
    from nodes.stars import detect
    from nodes.values import Image

    return detect(Image(plane), ctx=ctx)
