"""Bytes and seconds as people read them."""

from __future__ import annotations

import argparse

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


def size(count: float) -> str:
    """Bytes in the unit that fits: ``12 kB``, ``1.2 GB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{_short(count)} {unit}"
        count /= 1000
    return f"{_short(count)} TB"


def duration(seconds: float) -> str:
    """Seconds in the unit that fits: ``<0.1 s``, ``41 s``, ``12 min``, ``1.5 h``."""
    if 0 < seconds < 0.095:
        return "<0.1 s"
    if seconds < 99.5:
        return f"{_short(seconds)} s"
    if seconds < 99.5 * 60:
        return f"{_short(seconds / 60)} min"
    return f"{_short(seconds / 3600)} h"


def _short(number: float) -> str:
    if number >= 9.95 or number == 0:
        return f"{number:.0f}"
    return f"{number:.1f}".removesuffix(".0")
