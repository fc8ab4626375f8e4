"""How wide a text is, known without a screen, and where to cut it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

#: the height that Dear PyGui calls the size of this font, in units of its em square
_SIZE_OF_EM = 1.164


@lru_cache(maxsize=1)
def font_path() -> Path:
    """DejaVu Sans, which comes with matplotlib: it has the letters and signs (✓ ▾ ⚙) we draw."""
    from importlib.util import find_spec

    found = find_spec("matplotlib")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("matplotlib, which brings the font, is not installed")
    return Path(found.submodule_search_locations[0]) / "mpl-data/fonts/ttf/DejaVuSans.ttf"


@lru_cache(maxsize=1)
def _font() -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(str(font_path()), 1000)


@lru_cache(maxsize=4096)
def _advance(letter: str) -> float:
    return float(_font().getlength(letter)) / 1000 / _SIZE_OF_EM


def width(text: str, size: float) -> float:
    """The width of a line drawn at this size, in the same unit; no kerning, as on screen."""
    return sum(map(_advance, text)) * size


@lru_cache(maxsize=8192)
def cut(text: str, size: float, room: float, *, keep_end: bool = False) -> str:
    """The text, or as much of it as has room with ``…`` in place of the rest.

    keep_end: what is left out is the beginning, as of paths.
    """
    text = " ".join(text.split())
    if width(text, size) <= room:
        return text
    left = room - width("…", size)
    count = 0
    for letter in reversed(text) if keep_end else text:
        left -= _advance(letter) * size
        if left < 0:
            break
        count += 1
    if not count:
        return ""
    return "…" + text[-count:].lstrip() if keep_end else text[:count].rstrip() + "…"


def wrap(text: str, size: float, room: float, lines: int) -> list[str]:
    """The text broken into at most so many lines that have room; the last is cut."""
    found: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if line and width(longer, size) > room:
                found.append(line)
                line = word
            else:
                line = longer
        found.append(line)
    kept = found[:lines]
    if len(found) > lines and kept:
        kept[-1] += " …"
    return [cut(line, size, room) for line in kept]
