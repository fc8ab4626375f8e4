"""Ratio corrected demosaicing.

Luis Sanz Rodríguez, "Ratio Corrected Demosaicing", after its published description: direction by
the energy of a high-pass filter, green by the ratio of a low-pass filter at both ends, red and
blue by colour differences, each weighted by the inverse of the gradients on its way.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nodes.kernels.debayer import DOWN, LEFT, MARGIN, RIGHT, UP, WIDTH, cut_tile
from nodes.kernels.jit import kernel

_TINY, _TINY_SQUARED = np.float32(1e-9), np.float32(1e-14)
_HALF, _QUARTER, _ONE = np.float32(0.5), np.float32(0.25), np.float32(1)


def rcd(padded: np.ndarray, row: int, column: int, number: float, out: np.ndarray) -> None:
    """number: added to all values where ratios are taken."""
    _rcd(padded, row, column, np.float32(number), out)


@kernel
def _rcd(padded: Any, red_row: Any, red_column: Any, pedestal: Any, out: Any) -> None:
    rows = padded.shape[0]
    work = np.empty((8, rows * WIDTH), np.float32)
    c, a, b, straight, slanted, green, red, blue = (
        work[0], work[1], work[2], work[3], work[4], work[5], work[6], work[7],
    )  # fmt: skip
    for left in range(0, out.shape[2], WIDTH - 2 * MARGIN):
        cut_tile(padded, left, c)
        width = min(WIDTH - 2 * MARGIN, out.shape[2] - left)
        _square(c, rows, UP, RIGHT, a, b)
        _direct(a, b, rows, UP, RIGHT, straight)
        _square(c, rows, UP + LEFT, UP + RIGHT, a, b)
        _direct(a, b, rows, UP + LEFT, UP + RIGHT, slanted)
        _refine(straight, rows, a)
        _refine(slanted, rows, b)
        low = slanted  # not needed any more
        _smooth(c, rows, low)
        for row in range(5, rows - 5):
            is_red = row % 2 == red_row
            site = red_column if is_red else 1 - red_column
            _interpolate_green(c, low, a, row, site, pedestal, green)
        for row in range(7, rows - 7):
            is_red = row % 2 == red_row
            site = red_column if is_red else 1 - red_column
            own, other = (red, blue) if is_red else (blue, red)
            _interpolate_opposite(c, green, b, row, site, own, other)
        for y in range(out.shape[1]):
            is_red = y % 2 == red_row
            site = red_column if is_red else 1 - red_column
            start = (y + MARGIN) * WIDTH + MARGIN
            out[1, y, left : left + width] = green[start : start + width]
            _finish(green, red, a, start, site, out[0, y, left : left + width])
            _finish(green, blue, a, start, site, out[2, y, left : left + width])


@kernel
def _square(c: Any, rows: Any, one: Any, two: Any, a: Any, b: Any) -> None:
    """Squares of a high-pass filter along two directions."""
    for k in range((rows - 6) * WIDTH - 6):
        i = np.uintp(3 * WIDTH + 3) + np.uintp(k)
        a[i] = _high_pass(c, i, one)
        b[i] = _high_pass(c, i, two)


@kernel
def _high_pass(c: Any, i: Any, d: Any) -> Any:
    far = c[i + d + d + d] + c[i - d - d - d] - c[i + d] - c[i - d]
    v = far - np.float32(3) * (c[i + d + d] + c[i - d - d]) + np.float32(6) * c[i]
    return v * v


@kernel
def _direct(a: Any, b: Any, rows: Any, one: Any, two: Any, out: Any) -> None:
    """Share of the first direction in the energy of both, over three pixels each."""
    for k in range((rows - 8) * WIDTH - 8):
        i = np.uintp(4 * WIDTH + 4) + np.uintp(k)
        x = _TINY_SQUARED + a[i + one] + a[i] + a[i - one]
        y = _TINY_SQUARED + b[i + two] + b[i] + b[i - two]
        out[i] = x / (x + y)


@kernel
def _refine(share: Any, rows: Any, out: Any) -> None:
    """That of a pixel or of its four diagonal neighbours, whichever decides more clearly."""
    for k in range((rows - 10) * WIDTH - 10):
        i = np.uintp(5 * WIDTH + 5) + np.uintp(k)
        around = share[i + UP + LEFT] + share[i + UP + RIGHT]
        around = _QUARTER * (around + share[i + DOWN + LEFT] + share[i + DOWN + RIGHT])
        here = share[i]
        out[i] = around if abs(here - _HALF) < abs(around - _HALF) else here


@kernel
def _smooth(c: Any, rows: Any, out: Any) -> None:
    """A low-pass filter in which all colours have the same weight; its gain is 4."""
    for k in range((rows - 2) * WIDTH - 2):
        i = np.uintp(WIDTH + 1) + np.uintp(k)
        sides = c[i + UP] + c[i + DOWN] + c[i + LEFT] + c[i + RIGHT]
        corners = c[i + UP + LEFT] + c[i + UP + RIGHT] + c[i + DOWN + LEFT] + c[i + DOWN + RIGHT]
        out[i] = c[i] + _HALF * sides + _QUARTER * corners


@kernel
def _mix(share: Any, a: Any, b: Any, c: Any, d: Any, g: Any, h: Any, i: Any, j: Any) -> Any:
    """A share of the mean of a and b and the rest of that of c and d.

    g to j are their gradients; of each two the estimate with the smaller one counts the more.
    Both means are brought over one denominator, since divisions are what takes the time here.
    """
    one, two = g + h, i + j
    return (share * (h * a + g * b) * two + (_ONE - share) * (j * c + i * d) * one) / (one * two)


@kernel
def _estimate(c: Any, low: Any, i: Any, d: Any, pedestal: Any) -> Any:
    """Green at a red or blue pixel from the side at step d, and the gradient there."""
    gradient = _TINY + abs(c[i + d] - c[i - d]) + abs(c[i] - c[i + d + d])
    gradient += abs(c[i + d] - c[i + d + d + d]) + abs(c[i + d + d] - c[i + d + d + d + d])
    change = low[i] - low[i + d + d]
    total = low[i] + low[i + d + d] + np.float32(8) * pedestal
    size = abs(change) + _TINY
    ratio = change / (total if total > size else size)
    return c[i + d] + (c[i + d] + pedestal) * ratio, gradient


@kernel
def _interpolate_green(
    c: Any, low: Any, share: Any, row: Any, site: Any, pedestal: Any, out: Any
) -> None:
    start = np.uintp(row * WIDTH + 4)
    for k in range(WIDTH - 8):
        i = start + np.uintp(k)
        north, north_gradient = _estimate(c, low, i, UP, pedestal)
        south, south_gradient = _estimate(c, low, i, DOWN, pedestal)
        west, west_gradient = _estimate(c, low, i, LEFT, pedestal)
        east, east_gradient = _estimate(c, low, i, RIGHT, pedestal)
        green = _mix(
            share[i], west, east, north, south,
            west_gradient, east_gradient, north_gradient, south_gradient,
        )  # fmt: skip
        out[i] = green if (k & 1) == site else c[i]


@kernel
def _difference(c: Any, green: Any, i: Any, d: Any) -> Any:
    """The colour difference at step d, and the gradient there."""
    gradient = _TINY + abs(c[i + d] - c[i - d]) + abs(c[i + d] - c[i + d + d + d])
    return c[i + d] - green[i + d], gradient + abs(green[i] - green[i + d + d])


@kernel
def _interpolate_opposite(
    c: Any, green: Any, share: Any, row: Any, site: Any, own: Any, other: Any
) -> None:
    """Blue at red pixels, and red at blue ones."""
    start = np.uintp(row * WIDTH + 6)
    for k in range(WIDTH - 12):
        i = start + np.uintp(k)
        a, a_gradient = _difference(c, green, i, UP + LEFT)
        b, b_gradient = _difference(c, green, i, DOWN + RIGHT)
        d, d_gradient = _difference(c, green, i, UP + RIGHT)
        e, e_gradient = _difference(c, green, i, DOWN + LEFT)
        mean = _mix(share[i], d, e, a, b, d_gradient, e_gradient, a_gradient, b_gradient)
        other[i] = green[i] + mean
        own[i] = c[i]


@kernel
def _finish(green: Any, color: Any, share: Any, first: Any, site: Any, out: Any) -> None:
    """A colour at all pixels of a row, of which it has those at red and blue sites."""
    start = np.uintp(first)
    for k in range(out.size):
        i = start + np.uintp(k)
        n, n_gradient = _difference(color, green, i, UP)
        s, s_gradient = _difference(color, green, i, DOWN)
        w, w_gradient = _difference(color, green, i, LEFT)
        e, e_gradient = _difference(color, green, i, RIGHT)
        mean = _mix(share[i], w, e, n, s, w_gradient, e_gradient, n_gradient, s_gradient)
        out[k] = color[i] if (k & 1) == site else green[i] + mean
