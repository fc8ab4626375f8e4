"""Bytes, seconds and names as people read them."""

from __future__ import annotations

import argparse
import re

from graph.units import shorten
from graph.units import size as size

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def read_size(text: str) -> int:
    """The bytes of ``8G``, ``500M`` or ``1.5 GB``. Raises ArgumentTypeError for anything else."""
    plain = text.upper().replace(" ", "").removesuffix("B")
    number = plain.rstrip("KMGT")
    try:
        count = float(number) * _UNITS[plain[len(number) :]]
    except (ValueError, KeyError):
        count = 0.0
    if not 1 <= count < 1 << 60:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 8G or 500M")
    return int(count)


def duration(seconds: float) -> str:
    """Seconds in the unit that fits: ``<0.1 s``, ``41 s``, ``12 min``, ``1.5 h``."""
    if 0 < seconds < 0.095:
        return "<0.1 s"
    if seconds < 99.5:
        return f"{shorten(seconds)} s"
    if seconds < 99.5 * 60:
        return f"{shorten(seconds / 60)} min"
    return f"{shorten(seconds / 3600)} h"


def one_line(text: str) -> str:
    """A text whose line breaks and other control characters, as of file names, are seen."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", _escape, text)


def _escape(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode()
