"""Sets of lights that are integrated together, each with its own calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ui.night.naming import name_sets
from ui.night.sets import FrameSet, Tolerances, plain


@dataclass(frozen=True)
class Stack:
    """Sets of lights that become one image. name: unique, such as ``L`` or ``L_300s``."""

    name: str
    sets: tuple[FrameSet, ...]

    @property
    def whole(self) -> FrameSet:
        """All its frames, in the order in which they are integrated."""
        return FrameSet(tuple(frame for one in self.sets for frame in one.frames), self.name)


def make_stacks(
    sets: Sequence[FrameSet],
    tolerances: Tolerances | None = None,
    keywords: Sequence[str] = (),
    *,
    by_object: bool = True,
    mix_exposures: bool = False,
    split: Sequence[str] = (),
) -> list[Stack]:
    """Lights of one target and filter together, whatever night, gain or temperature they are of.

    Exposures that differ by more than their tolerance stand apart, as different binnings, sizes
    and kinds of sensors do.

    keywords: those of ``Frame.keys``; split: of these, those that keep lights apart here too.
    by_object: let lights of different targets stand apart.
    mix_exposures: let lights of all exposures stand together.
    """
    lights = [one for one in sets if one.type == "light"]
    targets = {plain(target) for one in lights if (target := object_of(one))}
    only = next(iter(targets)) if len(targets) == 1 else None
    places = [place for place, keyword in enumerate(keywords) if keyword in split]
    alike: dict[tuple[Any, ...], list[FrameSet]] = {}
    for one in lights:
        first = one.first
        target = object_of(one)
        key = (
            (plain(target) if target else only) if by_object else None,
            plain(first.filter),
            first.binning,
            first.size,
            first.channels,
            bool(first.cfa),
            tuple(first.keys[place] for place in places),
        )
        alike.setdefault(key, []).append(one)
    span = (tolerances or Tolerances()).lights
    groups = [
        group
        for found in alike.values()
        for group in ([found] if mix_exposures else _by_exposure(found, span))
    ]
    groups.sort(key=lambda group: lights.index(group[0]))
    chosen = [keywords[place] for place in places]
    named = name_sets([_merge(group, places) for group in groups], chosen)
    return [Stack(merged.name, tuple(group)) for merged, group in zip(named, groups, strict=True)]


def object_of(one: FrameSet) -> str | None:
    """The target of a set, where a header tells it."""
    return next((frame.object for frame in one.frames if frame.object), None)


def _by_exposure(sets: list[FrameSet], span: float) -> list[list[FrameSet]]:
    """Groups whose exposures lie within a span; sets of unknown exposure stand apart."""
    groups = [[one for one in sets if one.exposure is None]]
    low = 0.0
    known = [one for one in sets if one.exposure is not None]
    for one in sorted(known, key=lambda one: one.exposure or 0.0):
        value = one.exposure or 0.0
        if len(groups) == 1 or value - low > span + 1e-9:
            groups.append([])
            low = value
        groups[-1].append(one)
    return [sorted(group, key=sets.index) for group in groups if group]


def _merge(sets: Sequence[FrameSet], places: Sequence[int]) -> FrameSet:
    """One set of several, to be named: with those keywords only that keep it apart."""
    frames = [frame for one in sets for frame in one.frames]
    first = replace(frames[0], keys=tuple(frames[0].keys[place] for place in places))
    return FrameSet((first, *frames[1:]))
