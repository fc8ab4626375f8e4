"""Large-scale rejection: what a trail leaves beside the pixels that were rejected one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.scale import split_planes
from nodes.stacking import Stacked
from nodes.values import Image

if TYPE_CHECKING:
    from nodes.surfaces import Surfaces


@dataclass(frozen=True, slots=True)
class Growth:
    """Which sides are grown; layers of small structures that are left alone; pixels to grow by."""

    low: bool = False
    high: bool = False
    layers: int = 2
    reach: int = 2


def grow_rejection(
    frames: Sequence[Image],
    chosen: Sequence[int],
    weights: Sequence[float],
    scaling: Sequence[np.ndarray],
    done: Stacked,
    growth: Growth,
    limits: tuple[float | None, float | None] = (None, None),
    surfaces: Sequence[Surfaces] | None = None,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> None:
    """Combine once more, without what lies about large structures of rejected samples.

    done: made with ``bounds``; its data, maps and counts are changed. Of each frame the samples
    beyond the bounds are marked; medians over ever larger squares leave what is larger than the
    layers; that is grown by a disk and rejected too. A pixel that would lose all stays as it was.
    """
    assert done.bounds is not None
    planes = split_planes(frames[chosen[0]])
    for index, (channel, top, left, step) in enumerate(planes):
        spot = (channel, slice(top, None, step), slice(left, None, step))
        bounds = [np.ascontiguousarray(array[spot]) for array in done.bounds]
        out = np.ascontiguousarray(done.data[spot])
        sums, parts = np.zeros(out.shape), np.zeros(out.shape)
        work = _Plane(out.shape, growth)
        for turn, frame in enumerate(chosen):
            ctx.check()
            plane = _clear(frames[frame].data[spot], limits)
            if surfaces is not None:
                plane = surfaces[turn].change(plane, channel)
            factor, summand, times, plus = scaling[index].astype(np.float32)[:, turn]
            masks = work.mark(plane, factor, summand, bounds)
            for side, mask in enumerate(masks):
                grown = work.grow(mask) if (growth.low, growth.high)[side] else None
                if grown is not None:
                    fresh = grown & ~(masks[0] | masks[1]) & np.isfinite(plane)
                    if len(done.maps):
                        done.maps[side][spot] += fresh
                    done.rejected[index, side, turn] += int(fresh.sum())
                    mask |= fresh
            work.add(plane, times, plus, weights[turn], masks[0] | masks[1], sums, parts)
            share = (index + (turn + 1) / len(chosen)) / len(planes)
            ctx.progress(span[0] + (span[1] - span[0]) * share, f"frame {turn + 1}: trails")
        work.divide(sums, parts, out)
        done.data[spot] = out


def _clear(plane: np.ndarray, limits: tuple[float | None, float | None]) -> np.ndarray:
    """A plane whose samples at or beyond the limits are missing."""
    plane = np.ascontiguousarray(plane)
    low, high = limits
    if low is None and high is None:
        return plane
    gone = np.zeros(plane.shape, bool)
    if low is not None:
        gone |= plane <= low
    if high is not None:
        gone |= plane >= high
    return np.where(gone, np.float32(np.nan), plane)


def _call(
    work: Callable[..., Any], before: tuple[Any, ...], after: tuple[Any, ...], low: int, high: int
) -> Any:
    """Call a kernel that takes its rows between other arguments."""
    return work(*before, low, high, *after)


class _Plane:
    """Masks of one plane, made again for every frame."""

    def __init__(self, shape: tuple[int, ...], growth: Growth) -> None:
        self.growth = growth
        self.masks = [np.empty(shape, np.uint8) for _ in range(2)]
        self.room = [np.empty(shape, np.uint8) for _ in range(2)]
        self.rows = shape[0]

    def _over_rows(self, work: Callable[[int, int], Any]) -> None:
        run_bands(work, self.rows)

    def mark(self, plane: np.ndarray, factor: Any, summand: Any, bounds: Any) -> list[np.ndarray]:
        """The samples rejected low and high."""
        from nodes.kernels.grow import mark_outside

        for mask, bound, sign in zip(self.masks, bounds, (-1, 1), strict=True):
            rest = plane, factor, summand, bound, np.float32(sign)
            self._over_rows(partial(_call, mark_outside, rest, (mask,)))
        return self.masks

    def grow(self, mask: np.ndarray) -> np.ndarray | None:
        """What lies about the large structures of a mask; None without any."""
        from nodes.kernels.grow import dilate, take_majority

        source = mask
        for layer in range(self.growth.layers):
            target = self.room[layer % 2]
            self._over_rows(partial(_call, take_majority, (source, 1 << layer), (target,)))
            source = target
        if not source.any():
            return None
        target = self.room[self.growth.layers % 2]
        self._over_rows(partial(_call, dilate, (source, self.growth.reach), (target,)))
        return target

    def add(self, plane: Any, times: Any, plus: Any, weight: float, mask: Any, *to: Any) -> None:
        """Add the samples of a frame that are not marked."""
        from nodes.kernels.grow import add_unmasked

        rest = plane, times, plus, float(weight), mask
        self._over_rows(partial(_call, add_unmasked, rest, to))

    def divide(self, sums: np.ndarray, parts: np.ndarray, out: np.ndarray) -> None:
        """The means into out."""
        from nodes.kernels.grow import divide_where

        self._over_rows(partial(_call, divide_where, (sums, parts), (out,)))
