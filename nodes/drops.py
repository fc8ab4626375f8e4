"""Frames dropped on a finer grid, band by band: sums and weights of one band at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from graph.context import Context
from nodes.bands import run_bands
from nodes.scale import split_planes
from nodes.values import Image

if TYPE_CHECKING:
    from nodes.register import Canvas, Transform
    from nodes.surfaces import Surfaces

Shape = Literal["square", "turbo", "circular", "gaussian", "point"]

# Of sums and weights of a band; every further band opens and prepares all frames again.
_BAND_BYTES = 384 << 20
_EACH = 16  # bytes: a sum and a weight in float64
_ROWS = 32  # rows of the result that a thread does at once
_POINT = 1e-3  # pixels of the result that a point is wide
_TABLE = 32  # steps of a table for a pixel of the result
_SIGMAS = 3.0  # where a Gaussian drop is cut off
_NODES = 200  # of the integral over a disc
_STEP = 32  # pixels of the result between points that are looked at
_MARGIN = 4  # pixels


class Drop(NamedTuple):
    """The drop of a frame: its kind and half width, as the kernel takes them, and a table."""

    kind: int
    half: float
    table: np.ndarray


class Dropping(NamedTuple):
    """What is added to the result of one frame, the number (from 0) of the list.

    matrix: from pixels of the result to those of the frame; shifts, geometry: what is added.
    scaling: factor and summand of each plane, float64 ``(2, planes)``. outliers: flat indices of
    pixels that do not count.
    """

    number: int
    transform: Transform
    matrix: np.ndarray
    shifts: np.ndarray
    geometry: np.ndarray
    drop: Drop
    weight: float
    scaling: np.ndarray
    surfaces: Surfaces | None
    outliers: np.ndarray | None


def memory_of_drops(
    inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]
) -> int:
    """Image and weights, a band of sums, a frame, and what comparing it with the master takes."""
    result = math.ceil(float(params["scale"]) ** 2 * inputs["frames"])  # a mosaic's is three times
    return 2 * result + min(12 * result, _BAND_BYTES) + 8 * inputs["frames"] + (32 << 20)


def make_drop(shape: Shape, size: float, zoom: float) -> Drop:
    """A drop of that size in pixels of the frame; zoom: pixels of the result for one of those."""
    from nodes.kernels.drizzle import ALIGNED, SQUARE, TABLE

    nothing = np.zeros((2, 2), np.float32)
    if shape == "square":
        return Drop(SQUARE, size / 2, nothing)
    if shape == "point":
        return Drop(ALIGNED, _POINT / 2, nothing)
    half = size * zoom / 2
    if shape == "turbo":
        return Drop(ALIGNED, half, nothing)
    if shape == "circular":
        return Drop(TABLE, half, _disc(half))
    sigma = size * zoom / math.sqrt(8 * math.log(2))
    return Drop(TABLE, _SIGMAS * sigma, _gaussian(sigma, _SIGMAS * sigma))


def _offsets(half: float) -> np.ndarray:
    return np.linspace(0, half + 0.5, math.ceil(_TABLE * (half + 0.5)) + 1)


def _gaussian(sigma: float, half: float) -> np.ndarray:
    """The share of a Gaussian that falls into a pixel, by how far off it is in x and y."""
    from scipy.special import ndtr

    at = _offsets(half)
    line = ndtr((at + 0.5) / sigma) - ndtr((at - 0.5) / sigma)
    line[-1] = 0.0
    table: np.ndarray = (line[:, None] * line).astype(np.float32)
    return table


def _disc(radius: float) -> np.ndarray:
    """The share of a disc that falls into a pixel."""
    at = _offsets(radius)
    across = at[:, None] - 0.5 + (np.arange(_NODES) + 0.5) / _NODES
    tall = np.sqrt(np.maximum(radius**2 - across**2, 0.0))
    low = np.maximum(-tall, at[:, None, None] - 0.5)
    high = np.minimum(tall, at[:, None, None] + 0.5)
    area = np.maximum(high - low, 0.0).mean(axis=2) / (math.pi * radius**2)
    table: np.ndarray = area.astype(np.float32)
    return table


def place_frame(
    transform: Transform, canvas: Canvas, scale: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where pixels of the result lie in a frame: matrix, shifts and their geometry."""
    from nodes.models import multiply
    from nodes.register import STEP

    x, y = ((0.5 / scale - 0.5) + start for start in (canvas.left, canvas.top))
    to_reference = np.array([[1 / scale, 0, x], [0, 1 / scale, y], [0, 0, 1.0]])
    geometry = np.array([(transform.left - x) * scale, (transform.top - y) * scale, STEP * scale])
    return multiply(transform.matrix, to_reference), np.array(transform.shifts), geometry


def drop_frames(
    frames: Sequence[Image],
    droppings: Sequence[Dropping],
    shape: tuple[int, int, int],
    cfa: str | None,
    finish: Callable[[int, np.ndarray, np.ndarray], None],
    ctx: Context,
    span: tuple[float, float] = (0.0, 1.0),
) -> None:
    """Drop frames on a result of that shape; ``finish`` gets the top row, sums and weights."""
    channels, height, width = shape
    rows = max(1, min(height, _BAND_BYTES // (_EACH * channels * width)))
    tops = range(0, height, rows)
    share = (span[1] - span[0]) / (len(tops) * max(1, len(droppings)))
    for band, top in enumerate(tops):
        total, cover = np.zeros((2, channels, min(rows, height - top), width))
        for turn, dropping in enumerate(droppings):
            done = span[0] + share * (band * len(droppings) + turn)
            text = f"frame {turn + 1} of {len(droppings)}"
            _drop_frame(
                frames[dropping.number], dropping, cfa, top, total, cover, ctx,
                (done, done + share), text,
            )  # fmt: skip
        finish(top, total, cover)
        del total, cover  # before the next band takes as much


def _drop_frame(
    frame: Image,
    dropping: Dropping,
    cfa: str | None,
    top: int,
    total: np.ndarray,
    cover: np.ndarray,
    ctx: Context,
    span: tuple[float, float],
    text: str,
) -> None:
    from nodes.kernels.drizzle import drizzle_rows

    first, last = _needed(frame, dropping, top, total.shape[1], total.shape[2])
    if last <= first:
        return
    source = _prepare(frame, dropping, first, last)
    matrix = dropping.matrix.copy()
    matrix[1] -= first * matrix[2]  # rows of what was prepared
    colors = np.array(["RGB".index(letter) for letter in cfa or ""], np.int64)
    if first % 2 and len(colors):
        colors = colors[[2, 3, 0, 1]]
    none = np.zeros((2, len(total), 0, 0), np.float32)
    surfaces, drop = dropping.surfaces, dropping.drop

    def run(low: int, high: int) -> None:
        change = none if surfaces is None else surfaces.rows(top + low, top + high, total.shape[2])
        drizzle_rows(
            source, matrix, dropping.shifts, dropping.geometry, drop.kind, drop.half, drop.table,
            colors, dropping.weight, change, top, low, high, total, cover,
        )  # fmt: skip

    run_bands(run, total.shape[1], band=_ROWS, ctx=ctx, span=span, text=text)


def _needed(frame: Image, dropping: Dropping, top: int, rows: int, width: int) -> tuple[int, int]:
    """The rows of a frame that a band of the result may touch."""
    from nodes.kernels.places import find_places

    bottom = top + rows - 0.5
    lowest, highest = math.inf, -math.inf
    # neighbours a step apart, and the matrix and geometry in these steps
    count = -(-width // _STEP) + 1
    steps = np.diag([_STEP, _STEP, 1.0])
    coarse, geometry = dropping.matrix @ steps, dropping.geometry / _STEP
    xs, ys = np.empty(count), np.empty(count)
    for y in np.append(np.arange(top - 0.5, bottom, _STEP), bottom):
        find_places(coarse, dropping.shifts, geometry, -0.5 / _STEP, y / _STEP, xs, ys)
        lowest, highest = min(lowest, float(ys.min())), max(highest, float(ys.max()))
    reach = _MARGIN + dropping.drop.half * max(1.0, 2 * dropping.transform.scale)
    first = max(0, math.floor(lowest - reach))
    return first, min(frame.height, math.ceil(highest + reach) + 1)


def _prepare(frame: Image, dropping: Dropping, first: int, last: int) -> np.ndarray:
    """Rows of a frame made like the others, without its outliers."""
    data = frame.data[:, first:last]
    factors, summands = dropping.scaling
    outliers = dropping.outliers
    if (factors == 1).all() and not summands.any() and outliers is None:
        return np.ascontiguousarray(data)
    source = np.empty(data.shape, np.float32)

    def scale(low: int, high: int) -> None:
        for plane, (channel, row, left, step) in enumerate(split_planes(frame)):
            start = low + (first + low + row) % step  # the first row of that plane
            spot = (channel, slice(start, high, step), slice(left, None, step))
            np.multiply(data[spot], np.float32(factors[plane]), out=source[spot])
            source[spot] += np.float32(summands[plane])

    run_bands(scale, last - first)
    if outliers is not None and outliers.size:
        size = frame.height * frame.width
        for channel in range(frame.channels):
            start, end = (channel * size + row * frame.width for row in (first, last))
            inside = outliers[np.searchsorted(outliers, start) : np.searchsorted(outliers, end)]
            source[channel].reshape(-1)[inside - start] = np.nan
    return source
