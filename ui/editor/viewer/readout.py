"""What is under the mouse in a viewer, in words: place, values, what is shown, sky."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from nodes.values import Stretch, Wcs

#: names of the channels of an image, by their number
NAMES = {1: ("K",), 3: ("R", "G", "B")}


def read_out(
    data: np.ndarray, place: tuple[float, float], stretch: Stretch, wcs: Wcs | None = None
) -> list[str]:
    """The parts of the line below a viewer; empty where there is no image.

    data: float32 ``(channels, height, width)``. place: image coordinates; 0 is the edge of the
    first pixel. Pixels are counted from 0 at the upper left, as in PixInsight; values are those
    of the data, then what is shown of them from 0 to 1 and from 0 to 255.
    """
    from nodes.stf import apply

    x, y = math.floor(place[0]), math.floor(place[1])
    channels, height, width = data.shape
    if not (0 <= x < width and 0 <= y < height):
        return []
    values = np.array(data[:, y, x])
    shown = apply(values[:, None], stretch)[:, 0]
    names = NAMES.get(channels, tuple(map(str, range(channels))))
    each = zip(names, values, strict=True)
    parts = [
        f"x {x}  y {y}",
        "  ".join(f"{name} {write_value(value)}" for name, value in each),
        "screen " + " ".join("–" if math.isnan(v) else f"{v:.3f}" for v in shown),
        " ".join("–" if math.isnan(v) else str(int(255 * v + 0.5)) for v in shown),
    ]
    sky = find_sky(wcs, x, y) if wcs else ""
    return [*parts, sky] if sky else parts


def write_value(value: Any) -> str:
    """A float32 with all the digits that tell it from its neighbours, and no more.

    ``missing`` for NaN.
    """
    if math.isnan(value):
        return "missing"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    plain = value == 0 or 1e-4 <= abs(value) < 1e6
    write = np.format_float_positional if plain else np.format_float_scientific
    return write(np.float32(value), unique=True, trim="0")


_solutions: dict[int, tuple[Wcs, Any]] = {}


def find_sky(wcs: Wcs, x: float, y: float) -> str:
    """RA and Dec of a pixel (0 the first), as ``05h35m17.3s -05°23′28″``; empty without."""
    known = _solutions.get(id(wcs))
    if known is None or known[0] is not wcs:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                solution = wcs.astropy()
            solution = solution if solution.has_celestial else None
        except Exception:  # a damaged header: astropy raises what it likes
            solution = None
        _solutions.clear()
        _solutions[id(wcs)] = wcs, solution
        known = _solutions[id(wcs)]
    if known[1] is None:
        return ""
    try:
        longitude, latitude = (float(v) for v in known[1].wcs_pix2world(x, y, 0))
    except Exception:
        return ""
    if not (math.isfinite(longitude) and math.isfinite(latitude)):
        return ""
    return f"{_sexagesimal(longitude % 360 / 15, 'hms', 2)} {_write_degrees(latitude)}"


def _write_degrees(angle: float) -> str:
    sign = "-" if angle < 0 else "+"
    return sign + _sexagesimal(abs(angle), "°′″", 1)


def _sexagesimal(value: float, units: str, digits: int) -> str:
    """Whole, minutes and seconds, rounded so that there are never 60 of them."""
    ticks = round(value * 3600 * 10**digits)
    whole, rest = divmod(ticks, 3600 * 10**digits)
    minutes, seconds = divmod(rest, 60 * 10**digits)
    if units == "hms":
        whole %= 24
    width = 3 + digits if digits else 2
    return (
        f"{whole:02d}{units[0]}{minutes:02d}{units[1]}"
        f"{seconds / 10**digits:0{width}.{digits}f}{units[2]}"
    )
