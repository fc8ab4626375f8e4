"""Variable number of gradients.

E. Chang, S. Cheung and D. Y. Pang, 1999, "Color filter array recovery using a threshold-based
variable number of gradients", Proc. SPIE 3650, 36. Eight gradients are made from the 5 × 5
neighbourhood; colour differences are averaged over the directions in which it is smooth.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nodes.kernels.debayer import DOWN, LEFT, MARGIN, RIGHT, UP, WIDTH, cut_tile
from nodes.kernels.jit import kernel

#: the threshold is LOW · least + SPREAD · (largest - least)
_LOW, _SPREAD = np.float32(1.5), np.float32(0.5)
_HALF, _QUARTER = np.float32(0.5), np.float32(0.25)


def vng(padded: np.ndarray, row: int, column: int, number: float, out: np.ndarray) -> None:
    """Colour differences averaged over smooth directions."""
    _vng(padded, row, column, out)


@kernel
def _straight(c: Any, i: Any, a: Any, s: Any) -> Any:
    """The gradient towards a side; a is the step there, s the step across."""
    near = abs(c[i + a + a] - c[i]) + abs(c[i + a] - c[i - a])
    one = abs(c[i + a - s] - c[i - a - s]) + abs(c[i + a + s] - c[i - a + s])
    two = abs(c[i + a + a - s] - c[i - s]) + abs(c[i + a + a + s] - c[i + s])
    return near + _HALF * (one + two)


@kernel
def _slanted(c: Any, i: Any, a: Any, s: Any, site: Any) -> Any:
    """The gradient towards a corner, reached by a and s, at a red or blue site or a green one."""
    near = abs(c[i + a + s] - c[i - a - s]) + abs(c[i + a + a + s + s] - c[i])
    far = abs(c[i + a + a + s] - c[i + a]) + abs(c[i + a + s + s] - c[i + s])
    far = _HALF * (far + abs(c[i + a] - c[i - s]) + abs(c[i + s] - c[i - a]))
    green = abs(c[i + a + a + s] - c[i - s]) + abs(c[i + a + s + s] - c[i - a])
    return near + (far if site else green)


@kernel
def _straight_means(c: Any, i: Any, a: Any, s: Any, along: Any, site: Any) -> Any:
    """Mean of the centre's own colour towards a side, and of the two colours it lacks.

    At a red or blue site these are green and the opposite colour; at a green one the colour of
    its row and that of its column; along tells whether the side lies along the row.
    """
    own = _HALF * (c[i] + c[i + a + a])
    next_one = c[i + a]
    corners = _HALF * (c[i + a - s] + c[i + a + s])
    if along:
        four = _QUARTER * (c[i - s] + c[i + s] + c[i + a + a - s] + c[i + a + a + s])
        return own, next_one, corners if site else four
    four = _QUARTER * (c[i - s] + c[i + s] + c[i + a + a - s] + c[i + a + a + s])
    return own, next_one if site else four, corners if site else next_one


@kernel
def _slanted_means(c: Any, i: Any, a: Any, s: Any, site: Any) -> Any:
    """The same towards a corner; a is the step along the column, s along the row."""
    corner = c[i + a + s]
    own = _HALF * (c[i] + c[i + a + a + s + s]) if site else corner
    four = _QUARTER * (c[i + a + a + s] + c[i + a] + c[i + a + s + s] + c[i + s])
    of_row = _HALF * (c[i + a + a + s] + c[i + s])
    of_column = _HALF * (c[i + a] + c[i + a + s + s])
    return own, four if site else of_row, corner if site else of_column


@kernel
def _vng(padded: Any, red_row: Any, red_column: Any, out: Any) -> None:
    size = padded.shape[0] * WIDTH
    c = np.empty(size, np.float32)
    first, second = np.empty(WIDTH, np.float32), np.empty(WIDTH, np.float32)
    for left in range(0, out.shape[2], WIDTH - 2 * MARGIN):
        cut_tile(padded, left, c)
        width = min(WIDTH - 2 * MARGIN, out.shape[2] - left)
        for y in range(out.shape[1]):
            is_red = y % 2 == red_row
            parity = red_column if is_red else 1 - red_column
            start = np.uintp((y + MARGIN) * WIDTH + MARGIN)
            _row(c, start, parity, width, first, second)
            own = out[0 if is_red else 2, y, left : left + width]
            green = out[1, y, left : left + width]
            other = out[2 if is_red else 0, y, left : left + width]
            line = c[start : start + np.uintp(width)]
            for k in range(width):
                site = (k & 1) == parity
                own[k] = line[k] if site else first[k]
                green[k] = first[k] if site else line[k]
                other[k] = second[k]


@kernel
def _row(c: Any, start: Any, parity: Any, width: Any, first: Any, second: Any) -> None:
    """The two colours that each pixel lacks: green and opposite, or that of row and of column."""
    for k in range(width):
        i = start + np.uintp(k)
        site = (k & 1) == parity
        n, s = _straight(c, i, UP, RIGHT), _straight(c, i, DOWN, RIGHT)
        w, e = _straight(c, i, LEFT, DOWN), _straight(c, i, RIGHT, DOWN)
        nw, ne = _slanted(c, i, UP, LEFT, site), _slanted(c, i, UP, RIGHT, site)
        sw, se = _slanted(c, i, DOWN, LEFT, site), _slanted(c, i, DOWN, RIGHT, site)
        least = min(min(min(n, s), min(w, e)), min(min(nw, ne), min(sw, se)))
        most = max(max(max(n, s), max(w, e)), max(max(nw, ne), max(sw, se)))
        limit = _LOW * least + _SPREAD * (most - least)
        count = own = one = two = np.float32(0)
        for gradient, means in (
            (n, _straight_means(c, i, UP, RIGHT, False, site)),
            (s, _straight_means(c, i, DOWN, RIGHT, False, site)),
            (w, _straight_means(c, i, LEFT, DOWN, True, site)),
            (e, _straight_means(c, i, RIGHT, DOWN, True, site)),
            (nw, _slanted_means(c, i, UP, LEFT, site)),
            (ne, _slanted_means(c, i, UP, RIGHT, site)),
            (sw, _slanted_means(c, i, DOWN, LEFT, site)),
            (se, _slanted_means(c, i, DOWN, RIGHT, site)),
        ):
            take = np.float32(1) if gradient <= limit else np.float32(0)
            count += take
            own += take * means[0]
            one += take * means[1]
            two += take * means[2]
        first[k] = c[i] + (one - own) / count
        second[k] = c[i] + (two - own) / count
