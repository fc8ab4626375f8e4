"""What a viewer of the window shows: the visible part of an image, for the pixels of its panel.

The display function of :mod:`nodes.kernels.display`, in float64, on the level of the pyramid that
is just large enough. It runs on threads of its own: the thread that draws never waits for the
engine.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import numpy as np

from graph.threads import processors
from nodes.kernels.display import coefficients
from nodes.kernels.visible import CHANNEL, COLOR, render_rows
from nodes.stf import row
from nodes.values import Stretch, read_only

#: rows below which a second thread costs more than it saves
_ROWS = 64


@dataclass(frozen=True, eq=False, slots=True)
class Layer:
    """A picture in levels, with the stretch to show it with.

    levels: float32 ``(channels, height, width)``; ``scales[i]`` is the pixels of the picture for
    one of level i, rising. width, height: of the picture. rows: what the
    kernel needs of the stretch; float64 ``(channels, 5)``. limits: shadows and highlights;
    float64 ``(channels, 2)``.
    """

    levels: tuple[np.ndarray, ...]
    scales: tuple[int, ...]
    width: int
    height: int
    rows: np.ndarray
    limits: np.ndarray

    @classmethod
    def of(
        cls,
        data: np.ndarray | None,
        levels: tuple[np.ndarray, ...],
        scales: tuple[int, ...],
        stretch: Stretch,
    ) -> Layer:
        """A layer of an image and the levels of its pyramid; either may do without the other.

        data: float32 ``(channels, height, width)`` at full size, or None.
        """
        if data is not None and (not scales or scales[0] > 1):
            levels, scales = (data, *levels), (1, *scales)
        channels, height, width = levels[0].shape if data is None else data.shape
        if data is None:
            height, width = height * scales[0], width * scales[0]
        levels = tuple(map(read_only, levels))  # of one kind, for one compiled kernel
        return cls(levels, scales, width, height, *_read(stretch, channels))

    def restretch(self, stretch: Stretch) -> Layer:
        """The same picture with another stretch."""
        rows, limits = _read(stretch, len(self.rows))
        return replace(self, rows=rows, limits=limits)

    def pick(self, zoom: float) -> int:
        """The number of the smallest level that has a pixel for every one of the screen."""
        best = 0
        for number, scale in enumerate(self.scales):
            if scale * zoom <= 1:
                best = number
        return best


def _read(stretch: Stretch, channels: int) -> tuple[np.ndarray, np.ndarray]:
    each = [row(stretch, channel) for channel in range(channels)]
    limits = [(min(values[0], values[2]), max(values[0], values[2])) for values in each]
    return np.array([coefficients(values) for values in each]), np.array(limits)


@dataclass(frozen=True, slots=True)
class Axis:
    """Which pixels of a level are under each pixel of the screen, along rows or columns.

    Screen pixel ``begin + i`` (up to ``end``) is the sum of pixels ``starts[i] + k`` of the level
    times ``weights[k, i]``, whose own sum is 1. What is not from begin to end is not in the
    picture.
    """

    begin: int
    end: int
    starts: np.ndarray
    weights: np.ndarray


def lay_axis(origin: float, zoom: float, size: int, length: int, scale: int, cells: int) -> Axis:
    """An axis of a viewport: from 100 % on the nearest pixel, below the average of the area.

    origin: image coordinate at the edge of the viewport, 0 the edge of the first pixel. zoom:
    screen pixels for one of the image. size: screen pixels of the viewport. length: pixels of the
    image. scale: pixels of the image for one of the level, which has so many cells.
    """
    if zoom >= 1:
        places = np.floor(origin + (np.arange(size) + 0.5) / zoom)
        inside = np.flatnonzero((places >= 0) & (places < length))
        if not inside.size:
            return _EMPTY
        begin, end = int(inside[0]), int(inside[-1]) + 1
        starts = np.minimum(places[begin:end] / scale, cells - 1).astype(np.int64)
        return Axis(begin, end, starts, np.ones((1, end - begin), np.float32))
    edges = np.clip(origin + np.arange(size + 1) / zoom, 0, length)
    inside = np.flatnonzero(np.diff(edges) > 0)
    if not inside.size:
        return _EMPTY
    begin, end = int(inside[0]), int(inside[-1]) + 1
    edges = np.minimum(edges[begin : end + 1] / scale, cells)
    low, high = edges[:-1], edges[1:]
    starts = np.minimum(low.astype(np.int64), cells - 1)
    taps = int(np.max(np.ceil(high) - starts))
    starts = np.maximum(np.minimum(starts, cells - taps), 0)
    taps = min(taps, cells)
    cell = starts + np.arange(taps)[:, None]
    weights = np.clip(np.minimum(high, cell + 1) - np.maximum(low, cell), 0, None)
    return Axis(begin, end, starts, (weights / weights.sum(axis=0)).astype(np.float32))


_EMPTY = Axis(0, 0, np.zeros(0, np.int64), np.zeros((1, 0), np.float32))


def render_viewport(
    buffer: np.ndarray,
    size: tuple[int, int],
    layer: Layer,
    origin: tuple[float, float],
    zoom: float,
    *,
    mode: int = COLOR,
    channel: int = 0,
    mask: Layer | None = None,
    strength: float = 0.5,
    columns: tuple[int, int] | None = None,
    background: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> None:
    """Write the visible part of a picture into the upper left corner of a buffer.

    buffer: float32 RGBA ``(height, width, 4)`` of 0 to 1, C-contiguous, at least of ``size``,
    which is (width, height) of the viewport in pixels of the screen.
    origin: image coordinates (x, y) of the viewport's upper left corner; 0 is the edge of the
    first pixel. zoom: pixels of the screen for one of the image. From 1 on each pixel of the
    screen is the nearest one of the image; below, it is the average of the area it covers,
    missing pixels left out, taken before the stretch. What has no valid pixel is black; what is
    outside the image has the colour background.

    mode: COLOR; CHANNEL, the one of that number as grey; LUMINANCE, grey with the weights of Rec.
    709 of what is shown; CLIPPING, colour with what any channel has below its shadows painted
    blue and at or above its highlights red.
    mask: of the same size as the picture; where it is below 1 the picture is tinted red, by as
    much as ``strength`` where it is 0.
    columns: from and to which column of the viewport is written, to show two pictures side by
    side; by default all. Raises ValueError for a buffer that does not fit.
    """
    width, height = size
    fits = buffer.ndim == 3 and buffer.shape[0] >= height and buffer.shape[1] >= width
    if not fits or buffer.shape[2] != 4 or buffer.dtype != np.float32:
        raise ValueError(f"the buffer is {buffer.dtype} {buffer.shape}, for {width} × {height} px")
    if not buffer.flags.c_contiguous:
        raise ValueError("the buffer is not C-contiguous")
    first, last = columns or (0, width)
    first, last = max(first, 0), min(last, width)
    if first >= last or height <= 0:
        return
    number = layer.pick(zoom)
    level, scale = layer.levels[number], layer.scales[number]
    across = lay_axis(
        origin[0] + first / zoom, zoom, last - first, layer.width, scale, level.shape[2]
    )
    down = lay_axis(origin[1], zoom, height, layer.height, scale, level.shape[1])
    tint, tints = _NONE, False
    if mask is not None and (mask.width, mask.height) == (layer.width, layer.height):
        at = mask.scales.index(scale) if scale in mask.scales else -1
        if at >= 0:
            tint, tints = mask.levels[at], True
    channels = level.shape[0]
    if mode == CHANNEL:
        chosen = min(channel, channels - 1)
        part = slice(chosen, chosen + 1)
        level, rows, limits = level[part], layer.rows[part], layer.limits[part]
    else:
        rows, limits = layer.rows, layer.limits
    colors = np.array(background, np.float32)

    def work(top: int, bottom: int) -> None:
        render_rows(
            level, rows, limits, mode,
            across.starts, across.weights, first + across.begin,
            down.starts, down.weights, down.begin, down.end, tint, tints, strength,
            first, last, top, bottom, colors, buffer,
        )  # fmt: skip

    _share(work, height)


_NONE = read_only(np.zeros((1, 1, 1)))


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(min(3, processors() - 1), thread_name_prefix="viewport")


def _share(work: Callable[[int, int], None], rows: int) -> None:
    """Do bands of rows on this thread and on idle ones; what none has begun is done here."""
    parts = 1 if processors() == 1 else max(min(2 * processors(), 8, rows // _ROWS), 1)
    edges = [rows * part // parts for part in range(parts + 1)]
    others: list[tuple[Future[None], int, int]] = [
        (_pool().submit(work, top, bottom), top, bottom) for top, bottom in pairwise(edges[1:])
    ]
    work(edges[0], edges[1])
    for future, top, bottom in others[::-1]:
        if future.cancel():
            work(top, bottom)
    for future, *_ in others:
        if not future.cancelled():
            future.result()
