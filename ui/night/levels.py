"""Calibration frames that are black or saturated, told by a few of their rows."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from graph.errors import InputError

_ROWS = 16  # at a time, from three places
_BRIGHTEST, _DARKEST = 0.95, 0.001  # levels of a flat, as a share of full scale
_MOST = 0.5  # share of pixels that may have the highest value


def find_fault(path: Path, kind: str | None) -> str | None:
    """Why a calibration frame is of no use; None for what seems good or cannot be told so cheaply.

    kind: type of the frame. Only plain FITS files are looked at.
    """
    sample = _sample(path)
    if sample is None:
        return None
    values, white = sample
    values = values[np.isfinite(values)]
    if not values.size:
        return "holds no valid pixel"
    low, high = float(values.min()), float(values.max())
    if low == high == 0:
        return "is black: every pixel is 0"
    if kind == "flat" and white is not None:
        level = float(np.median(values)) / white
        if level >= _BRIGHTEST or float(np.mean(values == high)) > _MOST:
            return f"is saturated: its level is {100 * level:.0f} % of full scale"
        if level < _DARKEST:
            return f"is too dark for a flat: its level is {100 * level:.2g} % of full scale"
    return f"every pixel is {low:g}" if low == high else None


def _sample(path: Path) -> tuple[np.ndarray, float | None] | None:
    """Some rows of a plain FITS file, and its full scale where it holds integers."""
    from nodes.formats.files import format_of
    from nodes.formats.hdus import BITPIX, choose, open_bytes
    from nodes.formats.header import get, number

    try:
        if format_of(path) != "fits" or path.suffix.lower() not in (".fits", ".fit", ".fts"):
            return None
        content = open_bytes(path)
        hdu = choose(path, content, None)
        if hdu.compressed:
            return None
        size = abs(hdu.bitpix) // 8
        raw = content[hdu.data : hdu.data + math.prod(hdu.axes) * size].view(BITPIX[hdu.bitpix])
        width = hdu.axes[0]
        rows = raw.reshape(-1, width)
    except (InputError, OSError, ValueError):
        return None
    places = [int(share * max(0, len(rows) - _ROWS)) for share in (0.25, 0.5, 0.75)]
    part = np.concatenate([rows[place : place + _ROWS] for place in places]).astype(np.float64)
    zero = number(get(hdu.cards, "BZERO")) or 0.0
    scale = number(get(hdu.cards, "BSCALE")) or 1.0
    white = scale * (2.0**hdu.bitpix - 1) if hdu.bitpix > 0 else None
    return part * scale + zero, white
