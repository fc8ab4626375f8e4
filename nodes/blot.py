"""The master drawn back on a frame, and what of the frame differs from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.context import Context
from nodes.bands import run_bands
from nodes.register import STEP, Canvas, Transform
from nodes.values import Image

if TYPE_CHECKING:
    from nodes.kernels.warp import Place

_BOX = 64  # pixels, in which level and noise of the difference are measured
_ROUNDS = 20  # of finding where a pixel of the frame lies; each adds a digit or more
_BRIGHT, _ENOUGH = 10.0, 20  # sigmas above the background; how many pixels tell a factor


def find_outliers(
    frame: Image,
    master: Image,
    transform: Transform,
    canvas: Canvas,
    limits: tuple[float, float, float, float],
    ctx: Context,
    span: tuple[float, float] = (0.0, 1.0),
) -> np.ndarray:
    """Flat indices of the pixels of a frame that differ from the master, in their order.

    limits: sigmas and share of the steepness for pixels, and for neighbours of what was found.
    Levels may differ by a factor and by what is smooth over 64 pixels.
    """
    blot = draw_back(master, frame, transform, canvas, ctx)
    end = span[0] + (span[1] - span[0]) * 0.5
    ctx.progress(end, "master")
    found = []
    size = frame.height * frame.width
    for channel, data in enumerate(frame.data):
        if frame.cfa:
            colors = ["RGB".index(letter) for letter in frame.cfa] if len(blot) == 3 else [0] * 4
        else:
            colors = [min(channel, len(blot) - 1)] * 4
        inside = (end, span[1])
        marked = _compare(data, blot, np.array(colors, np.int64), limits, ctx, inside)
        found.append(np.flatnonzero(marked) + channel * size)
    return np.concatenate(found)


def draw_back(
    master: Image, frame: Image, transform: Transform, canvas: Canvas, ctx: Context
) -> np.ndarray:
    """The master, on the canvas, drawn on the pixels of the frame; NaN where it has none."""
    from nodes.kernels.taps import taps_of
    from nodes.kernels.warp import warp

    place = place_back(transform, canvas)
    floors = np.zeros(master.channels, np.float32)
    return warp(
        master.data, place, frame.width, frame.height, taps_of("lanczos3"),
        threshold=2.0, floors=floors, ctx=ctx,
    )  # fmt: skip


def place_back(transform: Transform, canvas: Canvas) -> Place:
    """Where each pixel of the frame lies on the canvas."""
    from nodes.kernels.warp import Place
    from nodes.models import apply, invert, multiply

    back = invert(transform.matrix)
    shifts, left, top = transform.shifts, 0.0, 0.0
    if shifts.size:
        columns, rows = (-(-n // int(STEP)) + 1 for n in (transform.width, transform.height))
        x, y = np.meshgrid(np.arange(columns) * STEP, np.arange(rows) * STEP)
        wanted = np.stack([x.ravel(), y.ravel()], 1)
        straight = apply(back, wanted)
        found = straight
        for _ in range(_ROUNDS):  # what the distortion adds changes slowly
            bent = transform.place(found) - apply(transform.matrix, found)
            found = apply(back, wanted - bent)
        shifts = (found - straight).T.reshape(2, rows, columns)
    origin = np.array([[1.0, 0, -canvas.left], [0, 1, -canvas.top], [0, 0, 1]])
    return Place(multiply(origin, back), np.array(shifts), left, top, STEP)


def _factor(data: np.ndarray, blot: np.ndarray) -> float:
    """What a frame is multiplied by to be like the master: from bright pixels."""
    frame, master = data[::3, ::3], blot[::3, ::3]  # odd steps meet all colours of a mosaic
    there = np.isfinite(frame) & np.isfinite(master)
    frame, master = frame[there].astype(np.float64), master[there].astype(np.float64)
    if frame.size < _ENOUGH:
        return 1.0
    level, floor = np.median(frame), np.median(master)
    noise = 1.4826 * max(np.median(np.abs(frame - level)), np.median(np.abs(master - floor)))
    bright = (master - floor > _BRIGHT * noise) & (frame > level)  # by the master: no cosmic rays
    if np.count_nonzero(bright) < _ENOUGH:
        return 1.0
    return float(np.median((master[bright] - floor) / (frame[bright] - level)))


def _compare(
    data: np.ndarray,
    blot: np.ndarray,
    colors: np.ndarray,
    limits: tuple[float, float, float, float],
    ctx: Context,
    span: tuple[float, float],
) -> np.ndarray:
    """Marks of the outliers of a plane."""
    from nodes.kernels.blot import mark_rows, subtract_rows
    from nodes.kernels.mesh import make_mesh
    from nodes.kernels.surface import draw_rows, spline_coefficients

    height, width = data.shape
    marked = np.zeros(data.shape, np.bool_)
    factor = _factor(data, blot[colors[0]])
    rest = np.empty(data.shape, np.float32)
    run_bands(
        lambda first, last: subtract_rows(data, blot, colors, factor, first, last, rest), height
    )
    mesh = make_mesh(rest, _BOX, ctx)
    if not np.isfinite(mesh.level).all():
        return marked
    grids = [spline_coefficients(grid) for grid in mesh]
    down, across = mesh.level.shape
    dx, dy = across / width, down / height
    floor = np.float32(mesh.noise.min())
    bounds = np.array(limits, np.float32)

    def run(first: int, last: int) -> None:
        top, bottom = max(first - 1, 0), min(last + 1, height)
        level, noise = np.empty((2, bottom - top, width), np.float32)
        for grid, out in zip(grids, (level, noise), strict=True):
            draw_rows(grid, dx / 2 - 0.5, dx, dy / 2 - 0.5, dy, top, bottom, out)
        np.maximum(noise, floor, out=noise)
        mark_rows(rest, blot, colors, level, noise, bounds, first, last, marked)

    run_bands(run, height, ctx=ctx, span=span, text="outliers")
    return marked
