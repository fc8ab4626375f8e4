"""Where a smoothed image stands out of its background: one pass over the pixels.

The background is subtracted, the rest smoothed by [1 4 6 4 1] / 16 along both axes, and every
pixel tested for being the highest of nine and above the noise: five rows and three smoothed ones
stay in the cache, nothing is written but the peaks.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel
from nodes.kernels.mesh import Mesh
from nodes.kernels.starlet import mirror

#: deviation of smoothed white noise of deviation 1
WHITE = 70 / 256
_PAD = 2
_BLOCK = 32
_ROOM = 1 << 14  # peaks that a band is taken to have
_APART = 8  # pixels
_STRIPES = 24  # rows that tell the noise of the smoothed image


def smoothed_noise(plane: np.ndarray, mesh: Mesh) -> float:
    """The deviation of the smoothed image for a noise of 1; more than WHITE where it is grainy.

    From differences between pixels that share no noise but stand on the same nebula.
    """
    height, width = plane.shape
    rows = np.unique(np.linspace(min(2, height - 1), max(height - 3, 0), _STRIPES).astype(np.int64))
    found = np.empty((rows.size, width), np.float32)
    _smooth_stripes(plane, mesh.level, mesh.noise, rows, found)
    step = max(1, width // 2000)
    pairs = found[:, _APART::step] - found[:, : max(width - _APART, 0) : step]
    pairs = pairs[np.isfinite(pairs)]
    if pairs.size < 16:
        return WHITE
    low, high = np.quantile(pairs, [0.4, 0.6])  # the middle, which stars hardly reach
    return max(WHITE, float(high - low) / (2 * 0.253347 * math.sqrt(2)))


def find_peaks(
    plane: np.ndarray,
    mesh: Mesh,
    threshold: float,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> np.ndarray:
    """Peaks of the smoothed plane, ``(n, 3)``: x, y and height above the mesh, brightest first.

    threshold: in units of the noise of the mesh. A missing pixel counts as background.
    """

    def work(first: int, last: int) -> np.ndarray:
        room = _ROOM
        while True:
            out = np.empty((room, 3))
            count = _scan(plane, mesh.level, mesh.noise, threshold, first, last, out)
            if count <= room:
                return out[:count]
            room = count

    bands: Any = run_bands(work, plane.shape[0], ctx=ctx, span=span, text="stars")
    peaks = np.concatenate(bands)
    return peaks[np.lexsort((peaks[:, 0], peaks[:, 1], -peaks[:, 2]))]


@kernel
def _interpolate(grid: np.ndarray, height: int, y: int, out: np.ndarray) -> None:
    """A row of the mesh at row y: straight lines between the middles of its boxes."""
    down, across = grid.shape
    width = out.size
    v = min(max((y + 0.5) * down / height - 0.5, 0.0), down - 1.0)
    j = min(int(v), max(down - 2, 0))
    upper, lower, share = grid[j], grid[min(j + 1, down - 1)], v - j
    begin = 0
    for i in range(across + 1):
        # from the middle of box i - 1 to that of box i; level before the first and after the last
        end = width if i == across else min(int((2 * i + 1) * width / (2 * across)), width)
        left, right = max(i - 1, 0), min(i, across - 1)
        a = (1 - share) * upper[left] + share * lower[left]
        b = (1 - share) * upper[right] + share * lower[right]
        step = np.float32((b - a) * across / width)
        start = np.float32(a + (b - a) * (0.5 * across / width - left - 0.5))
        piece = out[begin:end]
        for x in range(piece.size):
            piece[x] = start + step * np.float32(begin + x)
        begin = end


@kernel
def _load(
    plane: np.ndarray, level: np.ndarray, y: int, scratch: np.ndarray, out: np.ndarray
) -> None:
    """A row less its background; 0 where it is missing."""
    height = plane.shape[0]
    y = mirror(y, height)
    _interpolate(level, height, y, scratch)
    line = plane[y]
    for x in range(out.size):
        v = line[x] - scratch[x]
        out[x] = v if v - v == 0 else np.float32(0)


@kernel
def _smooth(a: Any, b: Any, c: Any, d: Any, e: Any, line: np.ndarray, out: np.ndarray) -> None:
    """Five rows smoothed to one; line has two more pixels on either side."""
    width = out.size
    w0, w1, w2 = np.float32(1 / 16), np.float32(4 / 16), np.float32(6 / 16)
    middle = line[_PAD : _PAD + width]
    for x in range(width):
        middle[x] = w0 * (a[x] + e[x]) + w1 * (b[x] + d[x]) + w2 * c[x]
    for x in range(_PAD):
        line[x] = middle[mirror(x - _PAD, width)]
        line[_PAD + width + x] = middle[mirror(width + x, width)]
    left2, left = line[:width], line[1 : 1 + width]
    right, right2 = line[3 : 3 + width], line[4 : 4 + width]
    for x in range(width):
        out[x] = w0 * (left2[x] + right2[x]) + w1 * (left[x] + right[x]) + w2 * middle[x]


@kernel
def _smooth_stripes(
    plane: np.ndarray, level: np.ndarray, noise: np.ndarray, rows: np.ndarray, out: np.ndarray
) -> None:
    height, width = plane.shape
    lines = np.empty((5, width), np.float32)
    scratch, line = np.empty(width, np.float32), np.empty(width + 2 * _PAD, np.float32)
    for i in range(rows.size):
        y = rows[i]
        for k in range(5):
            _load(plane, level, y - 2 + k, scratch, lines[k])
        _smooth(lines[0], lines[1], lines[2], lines[3], lines[4], line, out[i])
        _interpolate(noise, height, y, scratch)
        for x in range(width):
            v = plane[y, x]
            out[i, x] = out[i, x] / scratch[x] if v - v == 0 else np.nan


@kernel
def _scan(
    plane: np.ndarray,
    level: np.ndarray,
    noise: np.ndarray,
    threshold: float,
    first: int,
    last: int,
    out: np.ndarray,
) -> int:
    height, width = plane.shape
    lines = np.empty((5, width), np.float32)
    scratch, line = np.empty(width, np.float32), np.empty(width + 2 * _PAD, np.float32)
    # three smoothed rows, each between two pixels that are lower than any
    smooth = np.full((3, width + 2), -np.inf, np.float32)
    limit = np.empty(width, np.float32)
    count = 0
    for k in range(4):
        _load(plane, level, first - 3 + k, scratch, lines[(first - 3 + k) % 5])
    for y in range(first - 1, last + 1):  # row y is smoothed, row y - 1 is tested
        _load(plane, level, y + 2, scratch, lines[(y + 2) % 5])
        _smooth(
            lines[(y - 2) % 5], lines[(y - 1) % 5], lines[y % 5], lines[(y + 1) % 5],
            lines[(y + 2) % 5], line, smooth[y % 3][1 : width + 1],
        )  # fmt: skip
        if y < first + 1:
            continue
        if (y - 1) % 8 == 0 or y == first + 1:
            _interpolate(noise, height, (y - 1) // 8 * 8, limit)
            for x in range(width):
                limit[x] *= np.float32(threshold)
        above, here, below = smooth[(y - 2) % 3], smooth[(y - 1) % 3], smooth[y % 3]
        inner = here[1 : width + 1]
        for start in range(0, width, _BLOCK):
            piece, least = inner[start : start + _BLOCK], limit[start : start + _BLOCK]
            hits = np.int32(0)
            for x in range(piece.size):
                hits += np.int32(piece[x] > least[x])
            if hits == 0:
                continue
            for x in range(start, start + piece.size):
                v = inner[x]
                if (
                    v > limit[x]
                    and v > here[x] and v >= here[x + 2]
                    and v > above[x] and v > above[x + 1] and v > above[x + 2]
                    and v >= below[x] and v >= below[x + 1] and v >= below[x + 2]
                ):  # fmt: skip
                    if count < out.shape[0]:
                        out[count, 0], out[count, 1], out[count, 2] = x, y - 1, v
                    count += 1
    return count
