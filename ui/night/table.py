"""What is linked to what and why, what is missing, what is doubtful: for people and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from ui.night.make import Linked
from ui.night.match import Matched
from ui.night.sets import FEWEST, FrameSet
from ui.night.stacks import Stack
from ui.units import one_line

COLUMNS = (
    "set", "type", "files", "facts", "role", "linked to", "why", "doubts", "from names",
)  # fmt: skip
_MOST = 5  # files left out for the same reason are told one by one, up to so many
_KINDS = {"flatdark": "flat dark"}


def make_rows(linked: Linked, folder: Path) -> list[tuple[str, ...]]:
    """A row for each link of a set, or for a set without any; for each image what it is made of.

    Then the files left out, and notes.

    folder: paths are told relative to it where they lie below.
    """
    found: list[tuple[str, ...]] = []
    by_name = {one.set.name: one for one in linked.matched}
    used = _used(linked.matched)
    for one in linked.sets:
        links = by_name[one.name].choices if one.name in by_name else ()
        doubts = [*one.doubts, *_own_doubts(one, used)]
        facts = (
            one.name, kind_of(one), str(len(one.frames)), one.describe(),
        )  # fmt: skip
        names = "; ".join(one.guesses)
        if not links:
            found.append((*facts, "", "", "", "; ".join(doubts), names))
        for role, choice in links:
            told = [*choice.doubts, *doubts] if role == links[0][0] else list(choice.doubts)
            target = (
                (choice.set.name + (" (scaled)" if choice.scaled else "")) if choice.set else "-"
            )
            found.append((*facts, role, target, choice.why, "; ".join(told), names))
    for stack in linked.stacks:
        whole = stack.whole
        found.append(
            (stack.name, "image", str(len(whole.frames)), whole.describe(), "lights",
             ", ".join(one.name for one in stack.sets), "", "; ".join(_doubt_stack(stack)), "")
        )  # fmt: skip
    for left in linked.night.left_out:
        found.append((shorten(left.path, folder), "left out", "1", "", "", "", left.why, "", ""))
    for note in linked.night.notes:
        found.append(("", "note", "", "", "", "", note, "", ""))
    return found


def kind_of(one: FrameSet) -> str:
    """``dark``, ``flat dark``, ``master dark`` …"""
    name = _KINDS.get(one.type, one.type)
    return f"master {name}" if one.master else name


def to_csv(rows: Sequence[Sequence[str]]) -> str:
    """The rows below their columns as CSV."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return stream.getvalue()


def to_lines(linked: Linked, folder: Path) -> Iterator[str]:
    """The same for a terminal: a line a set, below it what it is linked to and what is amiss."""
    night, sets = linked.night, linked.sets
    by_name = {one.set.name: one for one in linked.matched}
    used = _used(linked.matched)
    width = max((len(one.name) for one in sets), default=0)
    kinds = max((len(kind_of(one)) for one in sets), default=0)
    digits = max((len(str(len(one.frames))) for one in sets), default=0)
    for one in sets:
        count = f"{len(one.frames):{digits}} file{'s' if len(one.frames) > 1 else ' '}"
        yield f"{one.name:{width}}  {kind_of(one):{kinds}}  {count}  {one.describe()}"
        links = by_name[one.name].choices if one.name in by_name else ()
        for role, choice in links:
            if choice.set:
                how = f"{choice.set.name}, scaled" if choice.scaled else choice.set.name
                yield f"    {role:4} {how}: {choice.why}"
            else:
                yield f"    {role:4} none: {choice.why}"
            for doubt in choice.doubts:
                yield f"    doubtful: {doubt}"
        for doubt in [*one.doubts, *_own_doubts(one, used)]:
            yield f"    doubtful: {one_line(doubt)}"
        if one.guesses:
            yield f"    not in the header: {one_line(', '.join(one.guesses))}"
    for stack in linked.stacks:
        doubts = _doubt_stack(stack)
        if len(stack.sets) > 1 or doubts:
            number = len(stack.whole.frames)
            names = f": {', '.join(one.name for one in stack.sets)}" * (len(stack.sets) > 1)
            yield f"{stack.name} becomes one image of {number} light{'s' * (number > 1)}{names}"
            for doubt in doubts:
                yield f"    doubtful: {doubt}"
    if night.left_out:
        yield f"left out: {len(night.left_out)} file{'s' if len(night.left_out) > 1 else ''}"
        for why, alike in groupby(night.left_out, lambda left: left.why):
            first, *rest = [shorten(left.path, folder) for left in alike]
            shown = rest if len(rest) < _MOST else []
            for name in (first, *shown):
                more = f" (and {len(rest)} more)" if len(shown) < len(rest) else ""
                yield one_line(f"    {name}: {why}{more}")
    for note in night.notes:
        yield one_line(f"note: {note}")


def _used(matched: Sequence[Matched]) -> set[str]:
    return {choice.set.name for m in matched for _, choice in m.choices if choice.set}


def _own_doubts(one: FrameSet, used: set[str]) -> list[str]:
    """What is to be said of a set beside its links."""
    if one.type == "light":
        return []
    if not one.usable:
        few = "1 frame" if len(one.frames) == 1 else f"{len(one.frames)} frames"
        return [f"{few}: a master needs {FEWEST}, so it is not used"]
    return [] if one.name in used else ["nothing uses it"]


def _doubt_stack(stack: Stack) -> list[str]:
    """What is to be said of lights that are integrated together."""
    frames, found = stack.whole.frames, []
    if len(frames) < FEWEST:
        found.append(f"outliers cannot be told from fewer than {FEWEST} lights")
    gains = sorted({frame.gain for frame in frames if frame.gain is not None})
    cameras = sorted({frame.camera for frame in frames if frame.camera})
    told = (("gain", [f"{gain:g}" for gain in gains]), ("camera", cameras))
    for name, values in told:
        if len(values) > 1:
            found.append(f"lights of different {name}: {', '.join(values)}")
    return found


def shorten(path: Path, folder: Path) -> str:
    """A path relative to a folder, where it lies below it."""
    try:
        return path.absolute().relative_to(folder.absolute()).as_posix()
    except ValueError:
        return str(path)
