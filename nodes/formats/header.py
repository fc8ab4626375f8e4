"""What belongs to whom in a FITS header: structure, solution, Bayer pattern, everything else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nodes.formats.cards import write_cards
from nodes.formats.orientation import PATTERNS, flip_pattern_rows, flip_wcs, shift_pattern
from nodes.values import Card, Header, Image, Wcs

#: written by us: whether the image is linear, and whether its colours are calibrated
STATE, CALIBRATED = "LNRSTATE", "LNRCOLOR"

_STRUCTURE = re.compile(
    r"(SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|BZERO|BSCALE|BLANK|CHECKSUM"
    r"|DATASUM|END|INHERIT|ROWORDER|LNRSTATE|LNRCOLOR|CONTINUE)$"
)
_TILES = re.compile(
    r"(Z(IMAGE|SIMPLE|TENSION|EXTEND|BITPIX|NAXIS\d*|TILE\d+|CMPTYPE|NAME\d+|VAL\d+|PCOUNT|GCOUNT"
    r"|HECKSUM|DATASUM|QUANTIZ|DITHER0|BLANK|SCALE|ZERO|MASKCMP|BLOCKED)"
    r"|TFIELDS|THEAP|(TTYPE|TFORM|TUNIT|TNULL|TSCAL|TZERO|TDIM)\d+)$"
)
_BAYER = ("BAYERPAT", "COLORTYP", "XBAYROFF", "YBAYROFF")
_WCS = re.compile(
    r"(WCSAXES|WCSNAME|LONPOLE|LATPOLE|RADESYS|RADECSYS|EQUINOX"
    r"|(CTYPE|CRVAL|CRPIX|CUNIT|CDELT|CROTA|CNAME|CRDER|CSYER)(?P<axis>\d+)"
    r"|(PV|PS)(?P<row>\d+)_\d+|(CD|PC)(?P<i>\d+)_(?P<j>\d+)"
    r"|[AB]P?_(ORDER|DMAX|\d_\d))$"
)
_OTHER_WCS = re.compile(
    r"((WCSAXES|WCSNAME|LONPOLE|LATPOLE|RADESYS|EQUINOX)"
    r"|(CTYPE|CRVAL|CRPIX|CUNIT|CDELT|CNAME)\d+|(PV|PS|CD|PC)\d+_\d+)[A-Z]$"
)
_CELESTIAL = re.compile(r"(RA|DEC|[GESH]LON|[GESH]LAT|\w{2}L[NT])-+\w{3}")
_NUMERIC = re.compile(r"(CRVAL|CRPIX|CDELT|CROTA|LONPOLE|LATPOLE|CD\d|PC\d|PV\d|[AB]P?_)")


@dataclass(frozen=True, slots=True)
class Split:
    """A header taken apart. Bayer pattern and solution are those of the rows as stored."""

    header: Header
    wcs: Wcs | None
    cfa: str | None
    bottom_up: bool
    linear: bool | None  # None: the file does not say
    color_calibrated: bool
    notes: tuple[str, ...]

    def flipped(self, height: int) -> tuple[Wcs | None, str | None]:
        """Solution and Bayer pattern once the rows are turned upside down."""
        wcs = flip_wcs(self.wcs, 2, height) if self.wcs else None
        return wcs, self.cfa and flip_pattern_rows(self.cfa, height)


def get(cards: Iterable[Card], keyword: str, default: Any = None) -> Any:
    """The value of the first card of that keyword."""
    return next((value for key, value, _ in cards if key == keyword), default)


def number(value: Any) -> float | None:
    """A number, also from text such as ``'65535 '``; None for anything else."""
    try:
        return None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def split(cards: list[Card], *, mono: bool = True, compressed: bool = False) -> Split:
    """Take the cards of an image HDU apart.

    mono: whether it has one channel; a Bayer pattern of a colour image is left out.
    compressed: the HDU is a tile-compressed image, whose table cards are left out too.
    """
    notes: list[str] = []
    state, order = get(cards, STATE), str(get(cards, "ROWORDER") or "").strip().upper()
    rest = [c for c in cards if not _STRUCTURE.match(c[0])]
    if compressed:
        rest = [c for c in rest if not _TILES.match(c[0])]
    wcs, rest, said = _split_wcs(rest)
    notes += said
    cfa, rest, said = _split_bayer(rest, mono)
    notes += said
    linear = None if state is None else str(state).strip().lower() != "stretched"
    calibrated = get(cards, CALIBRATED) is True
    return Split(
        Header(tuple(rest)), wcs, cfa, order == "BOTTOM-UP", linear, calibrated, tuple(notes)
    )


def _split_wcs(cards: list[Card]) -> tuple[Wcs | None, list[Card], list[str]]:
    types = [str(get(cards, f"CTYPE{axis}") or "").strip().upper() for axis in (1, 2)]
    if not all(_CELESTIAL.match(name) for name in types):
        return None, cards, []
    notes = []
    found: dict[str, Card] = {}
    rest: list[Card] = []
    for card in cards:
        match = _WCS.match(card[0])
        if match:
            axes = [int(match[name]) for name in ("axis", "row", "i", "j") if match[name]]
            if all(1 <= axis <= 2 for axis in axes):
                found.setdefault(card[0], card)  # of duplicates the first counts
        elif _OTHER_WCS.match(card[0]):
            notes = ["coordinate systems beside the main one were left out"]
        else:
            rest.append(card)
    if found.get("WCSAXES", ("", 2, ""))[1] != 2:
        found["WCSAXES"] = ("WCSAXES", 2, "")
    if any(key.startswith("CD") and key[2].isdigit() for key in found):
        stale: tuple[str, ...] = ("CDELT", "CROTA", "PC")
    elif any(key.startswith("PC") for key in found):
        stale = ("CROTA",)
    else:
        stale = ()
    chosen = [card for key, card in found.items() if not stale or not key.startswith(stale)]
    result: list[Card] = []
    for key, value, comment in chosen:
        if _NUMERIC.match(key) and not key.endswith(("_ORDER", "_DMAX")):
            value = number(value)
            if value is None:
                return None, rest, [*notes, f"the astrometric solution was left out: {key} is odd"]
        result.append((key, value, comment))
    return Wcs(tuple(result)), rest, notes


def _split_bayer(cards: list[Card], mono: bool) -> tuple[str | None, list[Card], list[str]]:
    value = get(cards, "BAYERPAT") or get(cards, "COLORTYP")
    pattern = str(value or "").strip().upper()
    if mono and pattern and pattern not in PATTERNS:
        if pattern in ("NONE", "MONO", "GRAY", "GREY", "RGB"):
            return None, cards, []
        note = f"BAYERPAT = {pattern!r} is none of {', '.join(PATTERNS)}: read as a plain image"
        return None, cards, [note]
    rest = [card for card in cards if card[0] not in _BAYER]
    if not mono or not pattern:
        return None, (rest if pattern else cards), []
    dx, dy = (int(number(get(cards, key)) or 0) for key in ("XBAYROFF", "YBAYROFF"))
    return shift_pattern(pattern, dx, dy), rest, []


def cards_of(image: Image, *, bottom_up: bool = False) -> list[Card]:
    """The cards that describe an image, in their order, without structure.

    bottom_up: give the solution for rows counted from the bottom, as XISF files have it.
    """
    own = _BAYER if image.cfa else ()
    cards = [c for c in image.header if not _STRUCTURE.match(c[0]) and c[0] not in own]
    if image.wcs:
        known = {card[0] for card in image.wcs.cards}
        cards = [c for c in cards if c[0] not in known]
    cards.append(("ROWORDER", "TOP-DOWN", "the first row stored is the top row"))
    if image.cfa:
        cards.append(("BAYERPAT", image.cfa, "from the top left pixel"))
        cards += [("XBAYROFF", 0, ""), ("YBAYROFF", 0, "")]
    cards.append((STATE, image.state, "linear or stretched"))
    if image.color_calibrated:
        cards.append((CALIBRATED, True, "the colour balance is true"))
    if image.wcs:
        wcs = flip_wcs(image.wcs, 2, image.height) if bottom_up else image.wcs
        cards += wcs.cards
    return cards


def header_text(image: Image) -> str:
    """The cards of an image as lines of text, for formats that have a comment and no cards."""
    cards = cards_of(image)
    first = [card for card in cards if card[0] == STATE]
    rest = [card for card in cards if card[0] != STATE]
    return "\n".join(line.rstrip() for line in write_cards(first + rest))


def read_header_text(text: str) -> list[Card]:
    """The cards of a text made by :func:`header_text`; none of any other text."""
    from nodes.formats.cards import read_cards

    if not text.startswith(f"{STATE}="):
        return []
    lines = text.splitlines()
    return read_cards("".join(f"{line:80}"[:80] for line in lines).encode("ascii", "replace"))[0]
