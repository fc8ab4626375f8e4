"""Short names that tell sets of frames apart: of nodes, and of the files of results."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ui.night.sets import FrameSet

_STEMS = {"bias": "bias", "dark": "dark", "flatdark": "flat_dark", "flat": "flat", "light": ""}


def name_sets(sets: list[FrameSet], keywords: Sequence[str]) -> list[FrameSet]:
    """Sets with the shortest names that tell them apart; those that can be used come first."""
    parts_of = (
        _object, *(_keyed(n, k) for n, k in enumerate(keywords)), _exposure, _gain, _offset,
        _temperature, _binning, _size, _cfa, _source,
    )  # fmt: skip
    alike: dict[tuple[bool, str], list[int]] = {}
    for i, one in enumerate(sets):
        alike.setdefault((not one.usable, _base(one).casefold()), []).append(i)
    names: dict[int, str] = {}
    taken: set[str] = set()
    for _, places in sorted(alike.items()):
        told = [[base] if (base := _base(sets[i])) else [] for i in places]
        for part_of in parts_of:
            if len({"_".join(parts).casefold() for parts in told}) == len(told):
                break
            found = [part_of(sets[i]) for i in places]
            if len(set(found)) > 1:
                told = [
                    parts + ([text] if text else [])
                    for parts, text in zip(told, found, strict=True)
                ]
        for i, parts in zip(places, told, strict=True):
            name = "_".join(parts) or "lights"
            count = 1
            while (unique := name if count == 1 else f"{name}_{count}").casefold() in taken:
                count += 1  # as file systems compare
            taken.add(unique.casefold())
            names[i] = unique
    return [FrameSet(one.frames, names[i]) for i, one in enumerate(sets)]


def word(text: str) -> str:
    """A text as it may stand in an id and a file name."""
    return re.sub(r"[^\w+-]+", "_", text.strip()).strip("_")


def number(value: float) -> str:
    """``120``, ``1_5``, ``-10``: a number as it may stand in an id."""
    return f"{value:.6g}".replace(".", "_")


def _base(one: FrameSet) -> str:
    parts = [_STEMS[one.type]]
    if one.type in ("dark", "flatdark") and one.exposure is not None:
        parts.append(number(one.exposure) + "s")
    if one.type in ("flat", "light") and one.first.filter:
        parts.append(word(one.first.filter))
    return "_".join(filter(None, parts))


def _object(one: FrameSet) -> str:
    return word(one.first.object or "") if one.type == "light" else ""


def _keyed(place: int, keyword: str) -> Callable[[FrameSet], str]:
    def told(one: FrameSet) -> str:
        value = one.first.keys[place]
        return word(f"{keyword.lower()}_{value}") if value else ""

    return told


def _exposure(one: FrameSet) -> str:
    if one.type not in ("light", "flat") or one.exposure is None:
        return ""
    return number(one.exposure) + "s"


def _gain(one: FrameSet) -> str:
    return "" if one.first.gain is None else f"gain{number(one.first.gain)}"


def _offset(one: FrameSet) -> str:
    return "" if one.first.offset is None else f"offset{number(one.first.offset)}"


def _temperature(one: FrameSet) -> str:
    return "" if one.temperature is None else f"{round(one.temperature)}C"


def _binning(one: FrameSet) -> str:
    return f"bin{one.first.binning}"


def _size(one: FrameSet) -> str:
    return f"{one.first.size[0]}x{one.first.size[1]}"


def _cfa(one: FrameSet) -> str:
    return one.first.cfa or "mono"


def _source(one: FrameSet) -> str:
    return "master" if one.master else ""
