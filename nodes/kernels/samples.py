"""Samples of the sky: robust levels of small boxes on a regular grid."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel

_ROUNDS = 5  # of the level of a box
_CLIP = 3.0  # sigmas beyond which a pixel of a box is left out
_TRUNCATED = 0.9865784  # sigma of a Gaussian that is cut there
_HUBER = 1.5  # sigmas: 96 % efficient on Gaussian noise, and not tied to 16-bit steps
_HALO = 2  # pixels around a star that are left out with it


class Samples(NamedTuple):
    """Boxes of one plane: centre of their valid pixels, level, and fraction of pixels kept."""

    x: np.ndarray
    y: np.ndarray
    value: np.ndarray
    weight: np.ndarray


@kernel
def _first_sigma(values: np.ndarray, centre: float) -> float:
    """1.4826 MAD of sorted values; when that is 0, the smallest step away from the centre."""
    low, high = 0, values.size - 1
    for _ in range(values.size // 2):  # inwards from both ends, dropping the farther one
        if centre - values[low] > values[high] - centre:
            low += 1
        else:
            high -= 1
    sigma = 1.4826 * max(centre - values[low], values[high] - centre)
    if sigma == 0.0:
        sigma = np.inf
        for value in values:
            if value != centre:
                sigma = min(sigma, abs(value - centre))
    return sigma if sigma < np.inf else 0.0


@kernel
def _level(values: np.ndarray) -> tuple[float, float, int]:
    """Robust level of sorted values, above what a star begins, and how many were kept."""
    size = values.size
    centre = 0.5 * (values[(size - 1) // 2] + values[size // 2])
    sigma = _first_sigma(values, centre)
    star = np.inf
    kept = size
    for _ in range(_ROUNDS):
        if sigma == 0.0:
            break
        star = centre + _CLIP * sigma
        limit = _HUBER * sigma
        total = squares = 0.0
        kept = 0
        for value in values:
            if abs(value - centre) <= _CLIP * sigma:
                deviation = value - centre
                total += min(max(deviation, -limit), limit)
                squares += deviation * deviation
                kept += 1
        centre += total / kept
        sigma = np.sqrt(squares / kept) / _TRUNCATED
    return centre, star, kept


@kernel
def _near_star(box: np.ndarray, y: int, x: int, star: float) -> bool:
    for v in range(max(y - _HALO, 0), min(y + _HALO + 1, box.shape[0])):
        for u in range(max(x - _HALO, 0), min(x + _HALO + 1, box.shape[1])):
            if box[v, u] > star:
                return True
    return False


@kernel
def _sample_rows(
    plane: np.ndarray,
    mask: np.ndarray,
    masked: bool,
    tops: np.ndarray,
    lefts: np.ndarray,
    tall: int,
    wide: int,
    first: int,
    last: int,
    out: np.ndarray,
) -> None:
    buffer = np.empty(tall * wide, np.float64)
    for row in range(first, last):
        for column in range(lefts.size):
            sample = out[row * lefts.size + column]
            sample[3] = 0.0
            top, left = tops[row], lefts[column]
            box = plane[top : top + tall, left : left + wide]
            star = np.inf
            for turn in range(2):  # the second without the halos of the stars of the first
                count = 0
                sum_x = sum_y = 0.0
                for y in range(tall):
                    for x in range(wide):
                        value = np.float64(box[y, x])
                        if not np.isfinite(value):
                            continue
                        if masked and not mask[top + y, left + x] <= 0.5:
                            continue
                        if turn == 1 and _near_star(box, y, x, star):
                            continue
                        buffer[count] = value
                        sum_x += left + x
                        sum_y += top + y
                        count += 1
                if count == 0:
                    break
                level, star, kept = _level(np.sort(buffer[:count]))
                sample[0] = sum_x / count
                sample[1] = sum_y / count
                sample[2] = level
                sample[3] = kept / (tall * wide)
                if star == np.inf:
                    break


def _grid(size: int, longer: int, boxes: int, side: int, degree: int) -> tuple[np.ndarray, int]:
    """Starts and side of the boxes along one axis; boxes shrink so that they do not overlap."""
    count = max(round(boxes * size / longer), degree + 1)
    count = min(count, size)
    side = max(1, min(side, size // count))
    centres = (np.arange(count) + 0.5) * size / count
    return np.clip(np.rint(centres - side / 2), 0, size - side).astype(np.int64), side


def take_samples(
    plane: np.ndarray,
    mask: np.ndarray | None,
    *,
    box: int,
    boxes: int,
    degree: int,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> Samples:
    """The robust level of boxes on a regular grid.

    plane: float32 ``(height, width)``, may be a strided view; NaN is missing. mask: the same
    shape; pixels above 0.5 take no part. box: side in pixels. boxes: their number along the
    longer side, at least degree + 1 along each. The level of a box: from median and MAD on,
    5 rounds of clipping at 3 sigmas, each time the mean of what is left with deviations held to
    1.5 sigmas; then once more without what lies within 2 pixels of a star, a
    pixel above the clipping, since the faint wings of stars all lean to one side. Boxes without
    a valid pixel have weight 0.
    """
    height, width = plane.shape
    longer = max(height, width)
    tops, tall = _grid(height, longer, boxes, box, degree)
    lefts, wide = _grid(width, longer, boxes, box, degree)
    out = np.zeros((tops.size * lefts.size, 4))
    none = np.zeros((1, 1), np.float32)
    run_bands(
        lambda first, last: _sample_rows(
            plane,
            none if mask is None else mask,
            mask is not None,
            tops,
            lefts,
            tall,
            wide,
            first,
            last,
            out,
        ),
        tops.size,
        ctx=ctx,
        span=span,
        text="samples",
    )
    return Samples(*out.T)
