"""One plane of brightness, in which stars are looked for, from any kind of image."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel
from nodes.values import Image


class Brightness(NamedTuple):
    """A plane, float32 ``(height, width)``, and how it lies on the image.

    offset: pixel (0, 0) of the plane is at (offset, offset) of the image. spread: variance by
    which a star is wider in it, along each axis, in square pixels of the plane. scale: pixels of
    the image for one of the plane.
    """

    plane: np.ndarray
    offset: float = 0.0
    spread: float = 0.0
    scale: int = 1


def brightness(
    image: Image, ctx: Context = SILENT, span: tuple[float, float] = (0.0, 1.0)
) -> Brightness:
    """The mean of the channels, or of the 2 × 2 pixels around each corner of a raw mosaic.

    Each such square holds every colour of the pattern, so a plane of one colour is one level, and
    a star of any colour keeps its place. A mono image is its own plane, not copied.
    """
    data = image.data
    if image.cfa is not None and min(data.shape[1:]) > 1:
        out = np.empty((data.shape[1] - 1, data.shape[2] - 1), np.float32)
        run_bands(
            lambda first, last: _add_squares(data[0], first, last, out),
            len(out), ctx=ctx, span=span, text="stars",
        )  # fmt: skip
        return Brightness(out, 0.5, 0.25)
    if image.channels == 1:
        return Brightness(data[0])
    out = np.empty(data.shape[1:], np.float32)
    run_bands(
        lambda first, last: _add_channels(data, first, last, out),
        len(out), ctx=ctx, span=span, text="stars",
    )  # fmt: skip
    return Brightness(out)


def halve(view: Brightness, ctx: Context = SILENT) -> Brightness:
    """The same by means of 2 × 2 pixels, in which faint wide stars stand out; NaN if one is."""
    height, width = view.plane.shape[0] // 2, view.plane.shape[1] // 2
    out = np.empty((height, width), np.float32)
    run_bands(lambda first, last: _shrink(view.plane, first, last, out), height, ctx=ctx)
    return Brightness(out, view.offset + 0.5 * view.scale, (view.spread + 0.25) / 4, 2 * view.scale)


@kernel
def _shrink(plane: np.ndarray, first: int, last: int, out: np.ndarray) -> None:
    quarter = np.float32(0.25)
    for y in range(first, last):
        upper, lower, target = plane[2 * y], plane[2 * y + 1], out[y]
        for x in range(target.size):
            target[x] = (
                (upper[2 * x] + upper[2 * x + 1]) + (lower[2 * x] + lower[2 * x + 1])
            ) * quarter


@kernel
def _add_channels(data: np.ndarray, first: int, last: int, out: np.ndarray) -> None:
    third = np.float32(1 / 3)
    for y in range(first, last):
        red, green, blue, target = data[0, y], data[1, y], data[2, y], out[y]
        for x in range(target.size):
            target[x] = (red[x] + green[x] + blue[x]) * third


@kernel
def _add_squares(data: np.ndarray, first: int, last: int, out: np.ndarray) -> None:
    quarter = np.float32(0.25)
    for y in range(first, last):
        target = out[y]
        a, b = data[y, : target.size], data[y, 1 : 1 + target.size]
        c, d = data[y + 1, : target.size], data[y + 1, 1 : 1 + target.size]
        for x in range(target.size):
            target[x] = ((a[x] + b[x]) + (c[x] + d[x])) * quarter
