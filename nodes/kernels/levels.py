"""Level, spread and noise of a plane that tell frames of one night apart.

N* and M* after PixInsight's PSFSignalEstimator: deviation and median of what lies below the local
background, where neither stars nor nebulae reach. The large-scale background are medians of boxes
and of their neighbours, as wide as its 256 pixels, instead of a multiscale median transform.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from graph.context import SILENT, Context
from nodes.kernels.jit import kernel
from nodes.kernels.mesh import make_mesh
from nodes.kernels.noise import estimate_noise

_BOX = 85  # pixels; three of them are the scale of 256
_SAMPLE = 1 << 18  # pixels that are looked at
_QUANTILES = 1 << 13  # stand for those below the background
_WINDOW, _WINDOWS = 640, 6  # the noise is that of so many pieces of the image
_HALF_NORMAL = 2.03636  # N* by the raw Sn of values of one side
_CLIP, _ROUNDS = 4.0, 2


class Levels(NamedTuple):
    """Of the valid pixels, in units of the image; NaN without any."""

    median: float
    mean_deviation: float
    dispersion: float
    noise: float
    n_star: float
    m_star: float


def measure_levels(
    plane: np.ndarray, ctx: Context = SILENT, span: tuple[float, float] = (0.0, 1.0)
) -> Levels:
    """Levels of a plane, float32 ``(height, width)``.

    median, mean_deviation from it, dispersion (mean of the deviations below and above the median,
    after two clippings at four of them), N* and M* come from every nth pixel of every nth row,
    a quarter of a million in all; noise by multiresolution support, from six pieces of the image.
    """
    height, width = plane.shape
    step = max(1, math.isqrt(plane.size // _SAMPLE))
    part = plane[step // 2 :: step, step // 2 :: step]
    values = part[np.isfinite(part)].astype(np.float64)
    if values.size == 0:
        return Levels(*[math.nan] * len(Levels._fields))
    middle = float(np.median(values))
    mesh = make_mesh(plane, _BOX, ctx, (span[0], span[0] + 0.3 * (span[1] - span[0])))
    down, across = mesh.level.shape
    rows = np.arange(step // 2, height, step) * down // height
    columns = np.arange(step // 2, width, step) * across // width
    below = (mesh.level[rows[:, None], columns] - part)[part != 0]
    below = below[below > 0].astype(np.float64)
    return Levels(
        median=middle,
        mean_deviation=float(np.mean(np.abs(values - middle))),
        dispersion=_dispersion(values, middle),
        noise=_noise(plane, middle, float(values.max()), ctx, span),
        n_star=_HALF_NORMAL * sn(_thin_out(below)),
        m_star=float(np.median(below)) if below.size else 0.0,
    )


def _thin_out(values: np.ndarray) -> np.ndarray:
    """So many quantiles of values, which have the same Sn."""
    if values.size <= _QUANTILES:
        return values
    places = np.linspace(0, values.size - 1, _QUANTILES)
    return np.sort(values)[np.rint(places).astype(np.intp)]


def _dispersion(values: np.ndarray, middle: float) -> float:
    off = values - middle
    sides = [-off[off <= 0], off[off >= 0]]
    for _ in range(_ROUNDS):
        sides = [
            side[side <= _CLIP * math.sqrt(float(np.mean(side**2)))] if side.any() else side
            for side in sides
        ]
    return sum(math.sqrt(float(np.mean(side**2))) for side in sides) / 2


def _noise(
    plane: np.ndarray, middle: float, maximum: float, ctx: Context, span: tuple[float, float]
) -> float:
    """Quadratic mean of the noise of pieces that are spread over the plane."""
    height, width = plane.shape
    down = 2 if height > 2 * _WINDOW else 1
    across = _WINDOWS // 2 if width > _WINDOWS // 2 * _WINDOW else 1
    squares = []
    for j in range(down):
        for i in range(across):
            top, left = (2 * j + 1) * height // (2 * down), (2 * i + 1) * width // (2 * across)
            reach = [_WINDOW // 2 if parts > 1 else size for parts, size in
                     ((down, height), (across, width))]  # fmt: skip
            piece = np.ascontiguousarray(
                plane[max(0, top - reach[0]) : top + reach[0],
                      max(0, left - reach[1]) : left + reach[1]]
            )  # fmt: skip
            if np.isfinite(piece).any():
                squares.append(estimate_noise(piece, middle, maximum, ctx) ** 2)
    return math.sqrt(sum(squares) / len(squares))


def sn(values: np.ndarray) -> float:
    """Rousseeuw and Croux's Sn without its factor: the low median of the high medians of |x - y|.

    P. Rousseeuw and C. Croux, 1993, JASA 88, 1273; in O(n log n). 0 for less than two values.
    """
    ordered = np.sort(np.asarray(values, np.float64))
    if ordered.size < 2:
        return 0.0
    medians = np.empty(ordered.size)
    _high_medians(ordered, medians)
    medians.sort()
    return float(medians[(ordered.size + 1) // 2 - 1])


@kernel
def _high_medians(ordered: np.ndarray, out: np.ndarray) -> None:
    """For each value the distance of rank n // 2 + 1 to all values, itself among them."""
    size = ordered.size
    want = size // 2 + 1  # so many values lie in the shortest interval around it
    for i in range(size):
        x = ordered[i]
        # the window of that many neighbours, first to first + want - 1, that is nearest to x
        low, high = max(0, i - want + 1), min(i, size - want)
        while low < high:
            middle = (low + high) // 2
            if x - ordered[middle] > ordered[middle + want] - x:
                low = middle + 1
            else:
                high = middle
        out[i] = max(x - ordered[low], ordered[low + want - 1] - x)
