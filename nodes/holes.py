"""Pixels of a drizzle on which no drop fell: told, and filled if that is wanted."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from graph.context import Context
from nodes.alike import Look
from nodes.register import Canvas, Transform

_FEW = 2.0  # drops that should fall on a pixel, at least
_HOLES = 0.01  # share of the common area that may be without a drop
_ROUNDS = 16  # pixels by which holes are closed from their edges


def warn_of_few(
    count: int, size: float, scale: float, cfa: str | None, kernel: str, ctx: Context
) -> None:
    drops = count * (size if kernel != "point" else 1.0) ** 2 / scale**2 / (4 if cfa else 1)
    if drops < _FEW:
        color = " of each red and blue one" if cfa else ""
        ctx.warn(
            f"only {drops:.2g} drops fall on a pixel{color} on average, and two or more are needed "
            "for an even result; take more frames, a smaller scale or larger drops"
        )


def close_holes(
    out: np.ndarray,
    kept: Sequence[Look],
    transforms: Sequence[Transform],
    box: Canvas,
    scale: float,
    fill: bool,
    ctx: Context,
) -> None:
    """Tell of pixels without a drop in the area of all frames; fill them if that is wanted."""
    from nodes.framing import common_rectangle
    from nodes.models import footprint

    outlines = []
    for look in kept:
        transform = transforms[look.number - 1]
        outline = footprint(transform.matrix, transform.width, transform.height)
        if outline is not None:
            outlines.append(outline)
    area = common_rectangle(outlines) if outlines else None
    if area is None:
        return
    left, top = (area[0] - box.left) * scale, (area[1] - box.top) * scale
    right, bottom = left + area[2] * scale, top + area[3] * scale
    edges = [max(0, math.ceil(v) + 1) for v in (top, left)]
    part = out[
        :, edges[0] : max(0, math.floor(bottom) - 1), edges[1] : max(0, math.floor(right) - 1)
    ]
    if not part.size:
        return
    share = np.count_nonzero(np.isnan(part)) / part.size
    if share > _HOLES:
        ctx.warn(
            f"{100 * share:.1f} % of the pixels that all frames cover got no drop; take more "
            "frames, a smaller scale or larger drops"
        )
    if fill and share > 0:
        for plane in part:
            _fill(plane)


def _fill(plane: np.ndarray) -> None:
    """Missing pixels become the mean of the neighbours that are there, from the edges inwards."""
    from scipy.ndimage import uniform_filter

    for _ in range(_ROUNDS):
        there = np.isfinite(plane)
        if there.all():
            return
        count = uniform_filter(there.astype(np.float32), 3, mode="constant")
        total = uniform_filter(np.where(there, plane, np.float32(0)), 3, mode="constant")
        near = ~there & (count > 0.05)
        plane[near] = total[near] / count[near]
