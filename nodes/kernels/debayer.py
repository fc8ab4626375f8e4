"""Colours from a raw mosaic: what all methods share, the average of 2 × 2, bilinear.

A band of rows is cut into tiles of one fixed width. Since the compiler knows how far above a pixel
its neighbours lie, the loops of all methods become vector code without tests for overlap.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel
from nodes.kernels.margins import with_margins

#: pixels that the widest method looks to each side; even, so that tiles begin at an even column
MARGIN = 10
#: width of a tile, with its margins
WIDTH = 288
#: steps of an unsigned index; it wraps around, so that there is no negative one to be tested
UP, LEFT = np.uintp(2**64 - WIDTH), np.uintp(2**64 - 1)
DOWN, RIGHT = np.uintp(WIDTH), np.uintp(1)
_BAND = 128  # rows; even

#: fills out, ``(3, rows, columns)``, from a padded band whose red pixels lie in rows and columns
#: of these parities; the last number is for the method
Method = Callable[[np.ndarray, int, int, float, np.ndarray], None]


def debayer(
    plane: np.ndarray,
    red: tuple[int, int],
    method: Method,
    number: float = 0.0,
    balance: tuple[float, float] = (1.0, 1.0),
    ctx: Context = SILENT,
) -> np.ndarray:
    """Red, green and blue of a float32 ``(height, width)`` mosaic, at least 2 × 2, of that size.

    red: row and column, 0 or 1, of the first red pixel. balance: what red and blue are multiplied
    by while colours are compared. The image is mirrored at its borders.
    A missing pixel of the mosaic is missing in all three colours of its place, and nowhere else.
    """
    out = np.empty((3, *plane.shape), np.float32)
    balanced = balance != (1.0, 1.0)

    def work(first: int, last: int) -> None:
        padded, missing = with_margins(plane, first, last, MARGIN, 1, 2)
        band = out[:, first:last]
        factors = np.array(balance, np.float32)
        if balanced:
            _scale(padded, red[0], red[1], factors)
        method(padded, red[0], red[1], number, band)
        if balanced or missing:
            _restore(plane, first, red[0], red[1], 1 / factors, band)

    run_bands(work, len(plane), band=_BAND, ctx=ctx, text="debayer")
    return out


@kernel
def _scale(padded: Any, red_row: Any, red_column: Any, factors: Any) -> None:
    """Multiply red and blue pixels each by their factor."""
    one = np.float32(1)
    for row in range(padded.shape[0]):
        line, is_red = padded[row], row % 2 == red_row
        factor = factors[0] if is_red else factors[1]
        site = red_column if is_red else 1 - red_column
        for x in range(padded.shape[1]):
            line[x] *= factor if (x & 1) == site else one


@kernel
def _restore(plane: Any, first: Any, red_row: Any, red_column: Any, factors: Any, out: Any) -> None:
    """Divide red and blue again, but take known pixels over as they are, and missing ones."""
    for row in range(out.shape[1]):
        line, is_red = plane[first + row], row % 2 == red_row
        site = red_column if is_red else 1 - red_column
        for place in (0, 2):
            factor = factors[place // 2]
            target, known = out[place, row], site if is_red == (place == 0) else -1
            for x in range(plane.shape[1]):
                target[x] = line[x] if (x & 1) == known else target[x] * factor
        green = out[1, row]
        red, blue = out[0, row], out[2, row]
        for x in range(plane.shape[1]):
            nothing = line[x] - line[x]  # NaN where the pixel is missing
            green[x] = green[x] + nothing
        for x in range(plane.shape[1]):
            nothing = line[x] - line[x]
            red[x], blue[x] = red[x] + nothing, blue[x] + nothing


@kernel
def cut_tile(padded: Any, left: Any, tile: Any) -> None:
    """Copy the columns from ``left`` on of a padded band; what is behind its end becomes 0."""
    width = min(WIDTH, padded.shape[1] - left)
    for row in range(padded.shape[0]):
        source, target = padded[row, left : left + width], tile[row * WIDTH : row * WIDTH + WIDTH]
        for x in range(width):
            target[x] = source[x]
        for x in range(width, WIDTH):
            target[x] = 0


def bilinear(padded: np.ndarray, row: int, column: int, number: float, out: np.ndarray) -> None:
    """Averages of the nearest pixels of each colour."""
    _bilinear(padded, row, column, out)


@kernel
def _bilinear(padded: Any, red_row: Any, red_column: Any, out: Any) -> None:
    quarter, half = np.float32(0.25), np.float32(0.5)
    c = np.empty(padded.shape[0] * WIDTH, np.float32)
    for left in range(0, out.shape[2], WIDTH - 2 * MARGIN):
        cut_tile(padded, left, c)
        width = min(WIDTH - 2 * MARGIN, out.shape[2] - left)
        for y in range(out.shape[1]):
            is_red = y % 2 == red_row
            site = red_column if is_red else 1 - red_column
            own = out[0 if is_red else 2, y, left : left + width]
            green = out[1, y, left : left + width]
            other = out[2 if is_red else 0, y, left : left + width]
            start = np.uintp((y + MARGIN) * WIDTH + MARGIN)
            for k in range(width):
                i = start + np.uintp(k)
                v = c[i]
                beside, above = c[i + LEFT] + c[i + RIGHT], c[i + UP] + c[i + DOWN]
                here = (k & 1) == site
                own[k] = v if here else half * beside
                green[k] = quarter * (beside + above) if here else v
            for k in range(width):
                i = start + np.uintp(k)
                corners = c[i + UP + LEFT] + c[i + UP + RIGHT]
                corners = corners + c[i + DOWN + LEFT] + c[i + DOWN + RIGHT]
                above = half * (c[i + UP] + c[i + DOWN])
                other[k] = quarter * corners if (k & 1) == site else above


def superpixel(plane: np.ndarray, red: tuple[int, int], ctx: Context = SILENT) -> np.ndarray:
    """One pixel of three colours for each 2 × 2; its green is the mean of the two greens.

    A last odd row or column is left out. Missing is what one of its pixels misses: a green
    whose other green is there takes that one.
    """
    height, width = plane.shape[0] // 2, plane.shape[1] // 2
    out = np.empty((3, height, width), np.float32)
    run_bands(
        lambda first, last: _superpixel(plane, red[0], red[1], first, last, out),
        height,
        ctx=ctx,
        text="debayer",
    )
    return out


@kernel
def _superpixel(plane: Any, red_row: Any, red_column: Any, first: Any, last: Any, out: Any) -> None:
    width = out.shape[2]
    half = np.float32(0.5)
    for y in range(first, last):
        red_line = plane[2 * y + red_row, : 2 * width]
        blue_line = plane[2 * y + 1 - red_row, : 2 * width]
        red, green, blue = out[0, y], out[1, y], out[2, y]
        for x in range(width):
            even, odd = red_line[2 * x], red_line[2 * x + 1]
            red[x] = odd if red_column else even
            green[x] = even if red_column else odd
        for x in range(width):
            even, odd = blue_line[2 * x], blue_line[2 * x + 1]
            blue[x] = even if red_column else odd
            a, b = green[x], odd if red_column else even
            mean = half * (a + b)
            green[x] = mean if mean == mean else (b if a != a else a)
