"""Frames into sets: what is calibrated alike, and what becomes one master.

Keys after methods.md §6.1: type, filter, binning, exposure, gain, offset, temperature, size, colour
pattern, and the user's own keywords. Lights stand apart by target as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from graph.files import natural
from ui.night.frame import TYPES, Frame
from ui.night.naming import name_sets
from ui.night.sets import FrameSet, Tolerances, median_of, plain


def make_sets(
    frames: Iterable[Frame],
    tolerances: Tolerances | None = None,
    keywords: Sequence[str] = (),
    *,
    by_object: bool = True,
) -> list[FrameSet]:
    """All frames of a known type in sets, calibration frames first, each set with its name.

    keywords: the user's own, of which ``Frame.keys`` are the values.
    by_object: let lights of different targets stand apart.
    """
    tolerances = tolerances or Tolerances()
    known = [frame for frame in frames if frame.type in TYPES]
    targets = {plain(f.object) for f in known if f.type == "light" and f.object}
    only = next(iter(targets)) if len(targets) == 1 else None

    def key(frame: Frame) -> tuple[Any, ...]:
        target = (plain(frame.object) if frame.object else only) if by_object else None
        return (
            TYPES.index(frame.type or ""),
            str(frame.path) if frame.master else "",
            plain(frame.filter) if frame.type in ("light", "flat") else None,
            target if frame.type == "light" else None,
            frame.keys,
            frame.gain,
            frame.offset,
            frame.binning,
            frame.size,
            frame.channels,
            frame.cfa,
        )

    known.sort(key=lambda frame: (repr(key(frame)), natural(frame.path)))
    sets: list[list[Frame]] = []
    for _, group in groupby(known, key):
        sets += _split(list(group), tolerances)
    sets.sort(key=_order)
    return name_sets([FrameSet(tuple(sorted(s, key=_by_time))) for s in sets], keywords)


def _by_time(frame: Frame) -> tuple[str, list[tuple[int, int, str]]]:
    return frame.start or "", natural(frame.path)


def _order(frames: list[Frame]) -> tuple[Any, ...]:
    """Calibration frames first, then lights by target and filter; short exposures first."""
    first = frames[0]
    exposure = median_of(frame.exposure for frame in frames)
    texts = (first.object or "", _rank(first.filter), repr(first.keys))
    return (
        TYPES.index(first.type or ""),
        *texts,
        exposure or 0.0,
        median_of(f.temperature for f in frames) or 0.0,
        natural(first.path),
    )


def _rank(filter: str | None) -> tuple[int, str]:
    """L, R, G, B, then the others by name."""
    usual = ("l", "lum", "luminance", "r", "red", "g", "green", "b", "blue")
    text = plain(filter)
    return (usual.index(text) if text in usual else len(usual), text)


def _split(frames: list[Frame], tolerances: Tolerances) -> list[list[Frame]]:
    """Frames of equal keys, apart by exposure and temperature where these matter."""
    kind = frames[0].type
    groups = [frames]
    if kind == "light":
        groups = _by_span(frames, lambda f: f.exposure, lambda low: tolerances.lights)
    elif kind in ("dark", "flatdark"):  # two of them may well serve sets a second apart
        groups = _by_span(frames, lambda f: f.exposure, lambda low: min(0.5, 0.05 * low))
    if kind == "flat":
        return groups
    return [part for group in groups for part in _by_gaps(group, tolerances.temperature)]


def _by_span(
    frames: list[Frame], of: Callable[[Frame], float | None], most: Callable[[float], float]
) -> list[list[Frame]]:
    """Groups whose values lie within a span; frames without a value stand apart."""
    groups: list[list[Frame]] = [[f for f in frames if of(f) is None]]
    low = 0.0
    for frame in sorted((f for f in frames if of(f) is not None), key=lambda f: of(f) or 0.0):
        value = of(frame) or 0.0
        if len(groups) == 1 or value - low > most(low) + 1e-9:
            groups.append([])
            low = value
        groups[-1].append(frame)
    return [group for group in groups if group]


def _by_gaps(frames: list[Frame], gap: float) -> list[list[Frame]]:
    """Groups between which temperatures leap; those of an uncooled camera only drift."""
    groups: list[list[Frame]] = [[f for f in frames if f.temperature is None]]
    last = None
    rest = [f for f in frames if f.temperature is not None]
    for frame in sorted(rest, key=lambda f: f.temperature or 0.0):
        value = frame.temperature or 0.0
        if last is None or value - last > gap + 1e-9:
            groups.append([])
        groups[-1].append(frame)
        last = value
    return [group for group in groups if group]
