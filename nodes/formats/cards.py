"""FITS cards: 80 characters to (keyword, value, comment) and back.

Reading forgives: a card that breaks the rules is kept as text and named, never fatal. Writing
keeps to FITS 4.0, long strings by CONTINUE, long keywords by HIERARCH.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable

from nodes.values import Card

COMMENTARY = ("COMMENT", "HISTORY", "")

_STRING = re.compile(r"\s*'((?:[^']|'')*)'\s*(?:/\s?(.*))?$", re.DOTALL)
_PLAIN = re.compile(r"\s*([^/']*?)\s*(?:/\s?(.*))?$", re.DOTALL)
_INTEGER = re.compile(r"[+-]?\d+$")
_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[EeDd][+-]?\d+)?$")
_COMPLEX = re.compile(r"\([^()]*,[^()]*\)$")
_SHORT = re.compile(r"[A-Z0-9_-]{1,8}$")


def read_value(text: str) -> tuple[object, str, bool]:
    """Value and comment of what stands behind ``=``, and whether the value could be read.

    A value that breaks the rules is returned as text.
    """
    match = _STRING.match(text)
    if match:
        return match[1].replace("''", "'").rstrip(), (match[2] or "").rstrip(), True
    match = _PLAIN.match(text)
    if not match:
        return text.strip().strip("'").strip(), "", False
    plain, comment = match[1], (match[2] or "").rstrip()
    if plain == "":
        return None, comment, True
    if plain in ("T", "F"):
        return plain == "T", comment, True
    if _INTEGER.match(plain):
        return int(plain), comment, True
    if _FLOAT.match(plain):
        return float(re.sub("[dD]", "E", plain)), comment, True
    return plain, comment, bool(_COMPLEX.match(plain))


def read_cards(block: bytes) -> tuple[list[Card], list[str]]:
    """All cards before END in their order, and what was wrong with some of them."""
    cards: list[Card] = []
    problems: list[str] = []
    open_string = False
    for start in range(0, len(block), 80):
        raw = block[start : start + 80]
        keyword, rest = _text(raw[:8]).rstrip().upper(), _text(raw[8:])
        if keyword == "END" and not rest.strip():
            break
        if keyword == "CONTINUE" and open_string:
            value, comment, _ = read_value(rest)
            name, so_far, before = cards[-1]
            joined = f"{so_far[:-1]}{value if value is not None else ''}"
            cards[-1] = (name, joined, " ".join(filter(None, (before, comment))))
            open_string = joined.endswith("&")
            continue
        open_string = False
        if keyword in COMMENTARY:
            if rest.strip() or keyword:
                cards.append((keyword, rest.rstrip(), ""))
            continue
        if keyword == "HIERARCH" and "=" in rest:
            keyword, _, rest = (part.strip() for part in rest.partition("="))
        elif rest.startswith("="):
            rest = rest[1:]
        else:
            problems.append(f"{keyword} has no '='")
            cards.append((keyword, rest.strip(), ""))
            continue
        value, comment, good = read_value(rest)
        if not good:
            problems.append(f"{keyword} = {rest.strip()}")
        cards.append((keyword, value, comment))
        open_string = isinstance(value, str) and value.endswith("&")
    return cards, problems


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return "".join(c if c.isprintable() else " " for c in text)


def write_cards(cards: Iterable[Card]) -> list[str]:
    """Cards as lines of exactly 80 ASCII characters."""
    return [line.ljust(80) for card in cards for line in _write_card(*card)]


def to_ascii(text: str) -> str:
    """Printable ASCII: accents are dropped, other characters become question marks."""
    plain = (c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return "".join(c if " " <= c <= "~" else (" " if c.isspace() else "?") for c in plain)


def _write_card(keyword: str, value: object, comment: str) -> list[str]:
    comment = to_ascii(comment)
    if keyword in COMMENTARY:
        text = to_ascii(str(value if value is not None else ""))
        return [f"{keyword:8}{text[i : i + 72]}" for i in range(0, max(len(text), 1), 72)]
    if _SHORT.match(keyword):
        start = f"{keyword:8}= "
    else:
        start = f"HIERARCH {to_ascii(keyword).replace('=', ' ').strip()[:60]} = "
    if isinstance(value, float) and not math.isfinite(value):
        value = str(value)
    if isinstance(value, str):
        return _write_string(start, to_ascii(value), comment)
    if value is None:
        text = ""
    elif isinstance(value, bool):
        text = "T" if value else "F"
    else:
        text = repr(value).upper() if isinstance(value, int | float) else str(value)
    line = f"{start}{text:>20}" if len(start) == 10 else start + text
    return [f"{line} / {comment}"[:80] if comment else line[:80]]


def _write_string(start: str, value: str, comment: str) -> list[str]:
    quoted = value.replace("'", "''")
    line = f"{start}'{quoted:8}'"
    if len(line) <= 80:
        return [f"{line:30} / {comment}"[:80].rstrip() if comment else line]
    lines = []
    rest = value
    while True:
        room = 80 - len(start) - 2
        piece = rest
        while len(piece.replace("'", "''")) > (room if piece == rest else room - 1):
            piece = piece[: room - 1] if len(piece) > room - 1 else piece[:-1]
        rest = rest[len(piece) :]
        quoted = piece.replace("'", "''")
        lines.append(f"{start}'{quoted}{'&' if rest else ''}'")
        if not rest:
            break
        start = "CONTINUE  "
    if comment:
        lines[-1] = f"{lines[-1]} / {comment}"[:80].rstrip()
    return lines
