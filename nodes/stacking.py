"""Many frames through rejection and combination, band by band, without holding them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from graph.threads import processors
from nodes.bands import run_bands
from nodes.rejection import Rejection
from nodes.scale import split_planes
from nodes.values import Image

if TYPE_CHECKING:
    from nodes.surfaces import Surfaces

# Rows of all frames that are mapped, or held, at once. Every further band opens all frames again,
# 0.2 ms each.
_BAND_BYTES = 256 << 20
# So many frames may be open at once; a process may open few files. Bands of more are copied.
_OPEN = 64
# Samples of all frames in the arrays of a thread: as much as its cache holds.
_CHUNK = 1 << 18
_LEAST, _MOST = 512, 4096  # pixels of a chunk

COMBINATIONS = ("mean", "median", "minimum", "maximum")


class Stacked(NamedTuple):
    """Result, and how many samples each frame lost.

    data: ``(channels, height, width)``. maps: of the same shape, samples rejected low, high, and
    present; none unless asked for. bounds: least and greatest survivor, normalised for rejection,
    infinite where none was rejected. rejected: ``(planes, 2, frames)``, low and high. pixels: of a
    plane.
    """

    data: np.ndarray
    maps: list[np.ndarray]
    rejected: np.ndarray
    pixels: int
    bounds: list[np.ndarray] | None = None


def memory_of_stack(
    inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]
) -> int:
    """A band of all frames, and what the threads work in; outputs are counted anyway."""
    frames = counts.get("frames", 1)
    chunk = max(_CHUNK, _LEAST * frames)
    return min(inputs["frames"] * frames, _BAND_BYTES) + 10 * chunk * processors()


def stack_frames(
    frames: Sequence[Image],
    chosen: Sequence[int],
    weights: Sequence[float],
    scaling: Sequence[np.ndarray],
    rejection: Rejection,
    combine: str = "mean",
    *,
    limits: tuple[float | None, float | None] = (None, None),
    surfaces: Sequence[Surfaces] | None = None,
    maps: bool = True,
    bounds: bool = False,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> Stacked:
    """Integrate the chosen frames, which are of one shape and pattern.

    weights: of the chosen. scaling: for each plane float64 ``(4, chosen)``, factor and summand of
    each frame for rejection and for the result. limits: samples at or beyond them are missing.
    surfaces: of the local fit of each chosen frame, by which its samples are changed first.
    """
    first = frames[chosen[0]]
    shape, planes = first.data.shape, split_planes(first)
    del first
    out = np.empty(shape, np.float32)
    kept = [np.empty(shape, np.float32) for _ in range(5 if bounds else 3 if maps else 0)]
    rejected = np.zeros((len(planes), 2, len(chosen)))
    pixels = 0
    for index, (channel, top, left, step) in enumerate(planes):
        spot = (channel, slice(top, None, step), slice(left, None, step))
        targets = [array[spot] for array in (out, *kept)]
        rows, width = targets[0].shape
        pixels = rows * width
        height = max(1, min(rows, _BAND_BYTES // (4 * width * len(chosen))))
        work = _Work(len(chosen), width, weights, scaling[index], rejection, combine, limits)
        work.changes = [one.of(channel) for one in surfaces or ()]
        held = None  # what is copied band by band: the same memory for all bands
        if len(chosen) > _OPEN and not isinstance(frames, list):
            held = np.empty((len(chosen), height, width), np.float32)
        for start in range(0, rows, height):
            end = min(start + height, rows)
            views = _open(frames, chosen, spot, start, end, held, ctx)
            shares = [(index + row / rows) / len(planes) for row in (start, end)]
            parts = [target[start:end] for target in targets]

            def run(
                low: int,
                high: int,
                views: Any = views,
                parts: Any = parts,
                work: Any = work,
                start: int = start,
            ) -> Any:
                return work.run(views, low, high, parts, start)

            lost: Any = run_bands(
                run,
                end - start,
                ctx=ctx,
                span=(_at(span, shares[0]), _at(span, shares[1])),
                text=f"{len(chosen)} frames",
            )
            rejected[index] += np.sum(lost, axis=0)
            del views, run  # frames are let go before the next band opens them
    return Stacked(out, kept[:3], rejected, pixels, kept[3:] or None)


def _at(span: tuple[float, float], share: float) -> float:
    return span[0] + share * (span[1] - span[0])


def _open(
    frames: Sequence[Image],
    chosen: Sequence[int],
    spot: Any,
    start: int,
    end: int,
    held: np.ndarray | None,
    ctx: Context,
) -> list[np.ndarray]:
    """Rows of a plane of all chosen frames: as they lie in memory or files, or copied to held."""
    views = []
    for place, index in enumerate(chosen):
        ctx.check()
        view: np.ndarray = frames[index].data[spot][start:end]
        if held is not None:
            held[place, : end - start] = view
            view = held[place, : end - start]
        views.append(np.asarray(view, np.float32))
    return views


class _Room:
    """Arrays that one thread works in."""

    def __init__(self, frames: int, pixels: int, maps: int) -> None:
        from nodes.kernels.lanes import LANES

        self.raw = np.empty((frames, pixels), np.float32)
        self.ordered = np.empty((frames, pixels), np.float32)
        self.counts = np.empty((4, pixels), np.int32)
        self.work = np.empty((2 * frames, LANES), np.float32)
        self.out = np.empty(pixels, np.float32)
        self.maps = np.empty((max(3, maps), pixels), np.float32)


class _Work:
    """What is the same for all bands of a plane."""

    def __init__(
        self,
        frames: int,
        width: int,
        weights: Sequence[float],
        scaling: np.ndarray,
        rejection: Rejection,
        combine: str,
        limits: tuple[float | None, float | None],
    ) -> None:
        from nodes.kernels.rejection import METHODS
        from nodes.kernels.sorting import network

        pixels = max(_LEAST, min(_MOST, _CHUNK // frames))
        self.columns = -(-width // -(-width // pixels))  # pieces of about the same length
        self.rows = max(1, pixels // width)
        self.frames = frames
        self.weights = np.array(weights, np.float64)
        self.scaling = scaling.astype(np.float32)
        self.method = METHODS[rejection.method]
        self.options = rejection.options()
        self.critical = rejection.critical(frames)
        self.combine = COMBINATIONS.index(combine)
        self.pairs = network(frames)
        self.limits = limits
        self.changes: list[Any] = []  # coefficients of the surfaces of each frame, and where
        self.free: list[_Room] = []

    def run(
        self, views: list[np.ndarray], low: int, high: int, targets: list[np.ndarray], start: int
    ) -> np.ndarray:
        """Integrate rows low to high: samples lost by side and frame. start: row of the first."""
        try:
            room = self.free.pop()
        except IndexError:
            room = _Room(self.frames, self.rows * self.columns, len(targets) - 1)
        from nodes.kernels.gather import find_addresses

        rejected = np.zeros((2, self.frames))
        addresses = find_addresses(views)
        width = views[0].shape[1]
        for top in range(low, high, self.rows):
            bottom = min(top + self.rows, high)
            for left in range(0, width, self.columns):
                spot = slice(top, bottom), slice(left, min(left + self.columns, width))
                self._stack(addresses, spot, targets, room, rejected, start)
        self.free.append(room)
        return rejected

    def _stack(
        self,
        addresses: np.ndarray,
        spot: tuple[slice, slice],
        targets: list[np.ndarray],
        room: _Room,
        rejected: np.ndarray,
        start: int,
    ) -> None:
        from nodes.kernels.gather import gather
        from nodes.kernels.stack import stack_chunk

        shape = targets[0][spot].shape
        pixels = shape[0] * shape[1]
        gather(
            addresses, spot[0].start, spot[0].stop, spot[1].start, spot[1].stop, room.raw
        )  # fmt: skip
        _clear(room.raw[:, :pixels], self.limits)
        for row, change in zip(room.raw, self.changes, strict=False):
            _change(row[:pixels].reshape(shape), change, start + spot[0].start, spot[1].start)
        stack_chunk(
            room.raw, pixels, self.scaling, self.weights, self.method, self.options,
            self.critical, self.combine, self.pairs, room.ordered, room.counts, room.work,
            room.out, room.maps, rejected,
        )  # fmt: skip
        results = (room.out, *room.maps)
        for target, result in zip(targets, results, strict=False):
            target[spot] = result[:pixels].reshape(shape)


def _change(samples: np.ndarray, change: Any, top: int, left: int) -> None:
    """Make samples, which begin at a pixel of a frame, like the reference of its local fit."""
    from nodes.kernels.surface import change_rows

    a, b, c, place = change
    here = place + np.array([left * place[1], 0, top * place[3], 0])
    change_rows(samples, a, b, c, here, 0, len(samples), samples)


def _clear(samples: np.ndarray, limits: tuple[float | None, float | None]) -> None:
    """Make missing what lies at or beyond the limits."""
    low, high = limits
    if low is not None:
        samples[samples <= low] = np.nan
    if high is not None:
        samples[samples >= high] = np.nan
