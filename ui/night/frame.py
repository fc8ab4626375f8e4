"""What is known of one raw file, and where it is known from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nodes.formats.keywords import read_field
from nodes.values import Card
from ui.night.names import read_names, read_pair

TYPES = ("bias", "dark", "flatdark", "flat", "light")

#: fact → the keyword under which what a name says is read like a header card
_CARDS = {
    "type": "IMAGETYP", "filter": "FILTER", "exposure": "EXPTIME", "gain": "GAIN",
    "offset": "OFFSET", "temperature": "CCD-TEMP", "binning": "XBINNING", "object": "OBJECT",
}  # fmt: skip
#: what lies outside is no measurement but what a program writes for "unknown"
_LEGAL = {
    "exposure": (0.0, 1e6),
    "temperature": (-120.0, 80.0),
    "gain": (0.0, 1e6),
    "offset": (0.0, 1e6),
    "binning": (1.0, 64.0),
}
_NO_FILTER = ("none", "no filter", "nofilter", "empty", "unknown", "n/a", "-")


@dataclass(frozen=True)
class Frame:
    """The facts of one file by which it is grouped and matched; None for what nothing tells.

    size: width and height in pixels. cfa: Bayer pattern from the top left. stacked: of how many
    frames it was made. keys: values of the user's own keywords, in their order. guessed: facts
    taken from names, with the name. doubts: sentences about odd facts.
    """

    path: Path
    type: str | None = None
    master: bool = False
    filter: str | None = None
    exposure: float | None = None
    gain: float | None = None
    offset: float | None = None
    temperature: float | None = None
    binning: int = 1
    size: tuple[int, int] = (0, 0)
    channels: int = 1
    cfa: str | None = None
    camera: str | None = None
    object: str | None = None
    start: str | None = None
    stacked: float | None = None
    keys: tuple[str | None, ...] = ()
    guessed: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


def make_frame(
    path: Path,
    facts: Mapping[str, Any],
    parts: Sequence[str] | None = None,
    keywords: Sequence[str] = (),
) -> Frame:
    """A frame of the facts of its file; of names where these are silent.

    facts: as ``read_facts`` gives them: keywords of the header, width, height and channels.
    parts: the names that may tell something: folders from the outermost in, and the file's.
    keywords: the user's own, such as NIGHT, of the header or of names as ``NIGHT_2``.
    """
    cards: list[Card] = [(key, value, "") for key, value in facts.items()]
    names = parts or (path.name,)
    said = read_names(names)
    guessed: dict[str, str] = {}
    doubts: list[str] = []

    def find(fact: str) -> Any:
        value = read_field(cards, "x_binning" if fact == "binning" else fact)
        if fact in _LEGAL and value is not None and not _is_legal(fact, value):
            doubts.append(f"its header gives {fact} {value:g}, which cannot be")
            value = None
        if value is None and fact in said:
            text, name = said[fact]
            value = read_field(
                [(_CARDS[fact], text, "")], "x_binning" if fact == "binning" else fact
            )
            if value is not None and (fact not in _LEGAL or _is_legal(fact, value)):
                guessed[fact] = name
            else:
                value = None
        return value

    kind = find("type")
    if kind and "type" in said and "type" not in guessed:
        other = read_field([("IMAGETYP", said["type"][0], "")], "type")
        if other != kind:
            doubts.append(f"its header says {kind}, its name or folder {said['type'][1]!r}")
    master = bool(read_field(cards, "master"))
    if not master and kind != "light" and "master" in said:
        master, guessed["master"] = True, said["master"][1]
    filter = find("filter")
    channels = int(facts.get("channels", 1))
    return Frame(
        path,
        kind,
        master,
        None if filter is None or filter.lower() in _NO_FILTER else filter,
        find("exposure"),
        find("gain"),
        find("offset"),
        find("temperature"),
        int(find("binning") or 1),
        (int(facts.get("width", 0)), int(facts.get("height", 0))),
        channels,
        _pattern_of(path, cards, int(facts.get("height", 0))) if channels == 1 else None,
        read_field(cards, "camera"),
        find("object"),
        read_field(cards, "start"),
        read_field(cards, "stacked"),
        tuple(_key(keyword, cards, names, guessed) for keyword in keywords),
        guessed,
        tuple(doubts),
    )


def _is_legal(fact: str, value: float) -> bool:
    low, high = _LEGAL[fact]
    return math.isfinite(value) and low <= value <= high


def _pattern_of(path: Path, cards: list[Card], height: int) -> str | None:
    """The Bayer pattern from the top left pixel."""
    from nodes.formats.header import split

    parts = split(cards)
    turned = parts.bottom_up and height > 0 and path.suffix.lower() != ".xisf"
    return parts.flipped(height)[1] if turned else parts.cfa


def _key(
    keyword: str, cards: Sequence[Card], names: Sequence[str], guessed: dict[str, str]
) -> str | None:
    """The value of a user's keyword: of the header, of a name, and NIGHT also of the date."""
    for key, value, _ in cards:
        if key == keyword.upper() and value not in (None, ""):
            return f"{value:g}" if isinstance(value, float) else str(value).strip()
    if pair := read_pair(names, keyword):
        guessed[keyword] = pair[1]
        return pair[0]
    return _night_of(cards) if keyword.upper() == "NIGHT" else None


def _night_of(cards: Sequence[Card]) -> str | None:
    """The date of the evening, from noon to noon at the place where the frame was taken."""
    start = read_field(cards, "start")
    try:
        moment = datetime.fromisoformat(str(start))
    except ValueError:
        return None
    east = read_field(cards, "longitude") or 0.0
    return (moment + timedelta(hours=east / 15 - 12)).date().isoformat()
