"""Bytes as people read them."""

from __future__ import annotations


def size(count: float) -> str:
    """Bytes in the unit that fits: ``12 kB``, ``1.2 GB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{shorten(count)} {unit}"
        count /= 1000
    return f"{shorten(count)} TB"


def shorten(number: float) -> str:
    """A number with one digit behind the point where there is only one before it."""
    if number >= 9.95 or number == 0:
        return f"{number:.0f}"
    return f"{number:.1f}".removesuffix(".0")
