"""What a flip does to pixels, Bayer pattern and astrometric solution, always all three together.

Formulas: a vertical flip of H rows takes row y to H - 1 - y. In FITS pixel coordinates (from 1)
CRPIX2 becomes H + 1 - CRPIX2, the second column of the matrix changes its sign, and so do the
SIP terms: A_pq by (-1)^q, B_pq by -(-1)^q. A horizontal flip does the like to the first axis.
SIP: Shupe et al. 2005; matrix: Calabretta & Greisen 2002.
"""

from __future__ import annotations

import re
from typing import Any

from nodes.values import Card, Image, Wcs

PATTERNS = ("RGGB", "BGGR", "GRBG", "GBRG")

_SIP = re.compile(r"(AP?|BP?)_(\d)_(\d)$")


def shift_pattern(pattern: str, dx: int, dy: int) -> str:
    """The Bayer pattern seen from the pixel (dx, dy)."""
    rows = [pattern[:2], pattern[2:]]
    if dx % 2:
        rows = [row[::-1] for row in rows]
    return "".join(rows[::-1] if dy % 2 else rows)


def flip_pattern_rows(pattern: str, height: int) -> str:
    """The Bayer pattern of a mosaic of that many rows turned upside down."""
    return shift_pattern(pattern, 0, height - 1)


def flip_pattern_columns(pattern: str, width: int) -> str:
    """The Bayer pattern of a mosaic of that many columns mirrored left to right."""
    return shift_pattern(pattern, width - 1, 0)


def flip_wcs(wcs: Wcs, axis: int, length: int) -> Wcs:
    """The solution of an image flipped along FITS axis 1 (columns) or 2 (rows).

    length: pixels along that axis.
    """
    matrix = _matrix_keys(wcs, axis)
    cards: list[Card] = []
    for key, value, comment in wcs.cards:
        sip = _SIP.match(key)
        if key == f"CRPIX{axis}":
            value = length + 1 - value
        elif key in matrix:
            value = -value
        elif sip:
            sign = (-1) ** int(sip[2 if axis == 1 else 3])
            if sip[1].startswith("A" if axis == 1 else "B"):
                sign = -sign
            value = sign * value
        cards.append((key, value, comment))
    known = {card[0] for card in cards}
    if f"CRPIX{axis}" not in known:
        cards.append((f"CRPIX{axis}", length + 1.0, ""))
    for key in matrix - known:
        if key in (f"PC{axis}_{axis}", f"CDELT{axis}"):  # absent means 1
            cards.append((key, -1.0, ""))
    return Wcs(tuple(cards))


def _matrix_keys(wcs: Wcs, axis: int) -> set[str]:
    """The cards that carry the sign of the column of an axis."""
    keys = {card[0] for card in wcs.cards}
    for form in ("CD", "PC"):
        if any(re.match(rf"{form}\d_\d$", key) for key in keys):
            return {f"{form}1_{axis}", f"{form}2_{axis}"}
    return {f"CDELT{axis}"}  # CROTA2 stays: the sign of CDELT carries the whole column


def _without_solution(image: Image) -> tuple[tuple[str, str, Any], ...]:
    """The XISF properties but those of PixInsight's solution, which speak of the old pixels."""
    return tuple(p for p in image.properties if "AstrometricSolution" not in p[0])


def flip_rows(image: Image) -> Image:
    """The image upside down: pixels, Bayer pattern and solution."""
    return image.replace(
        data=image.data[:, ::-1],
        properties=_without_solution(image),
        cfa=image.cfa and flip_pattern_rows(image.cfa, image.height),
        wcs=image.wcs and flip_wcs(image.wcs, 2, image.height),
    )


def flip_columns(image: Image) -> Image:
    """The image mirrored left to right: pixels, Bayer pattern and solution."""
    return image.replace(
        data=image.data[:, :, ::-1],
        properties=_without_solution(image),
        cfa=image.cfa and flip_pattern_columns(image.cfa, image.width),
        wcs=image.wcs and flip_wcs(image.wcs, 1, image.width),
    )
