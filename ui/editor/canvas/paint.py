"""The colours of the canvas, dark and light, and the plain items that a drawing is made of.

An item is a tuple: its kind, then what ``canvas.py`` hands to the drawlist.

    ("rect", (x, y), (x, y), fill, edge, rounding, thickness)
    ("circle", (x, y), radius, fill, edge, thickness)
    ("line", (x, y), (x, y), colour, thickness)
    ("curve", (x, y), (x, y), (x, y), (x, y), colour, thickness)
    ("poly", ((x, y), …), fill, edge)
    ("text", (x, y), text, size, colour)
    ("image", texture, (x, y), (x, y))
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

#: red, green, blue, opacity: 0 to 255
Color = tuple[int, int, int, int]
Item = tuple[Any, ...]

NONE: Color = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Paint:
    """The colours of one theme."""

    ground: Color
    grid: Color
    body: Color
    edge: Color
    shadow: Color
    text: Color
    dim: Color
    title_text: Color
    box: Color
    box_hot: Color
    fill: Color
    fill_hot: Color
    accent: Color
    good: Color
    stale: Color
    busy: Color
    bad: Color
    bad_ground: Color
    warn: Color
    note: Color
    note_text: Color
    cover: Color
    bright: bool = False


DARK = Paint(
    ground=(29, 30, 33, 255),
    grid=(42, 43, 48, 255),
    body=(48, 50, 55, 245),
    edge=(18, 18, 20, 255),
    shadow=(0, 0, 0, 70),
    text=(222, 224, 228, 255),
    dim=(150, 155, 164, 255),
    title_text=(245, 246, 248, 255),
    box=(33, 34, 38, 255),
    box_hot=(60, 63, 70, 255),
    fill=(62, 96, 148, 255),
    fill_hot=(76, 114, 172, 255),
    accent=(255, 178, 72, 255),
    good=(126, 206, 132, 255),
    stale=(196, 199, 206, 255),
    busy=(104, 176, 255, 255),
    bad=(255, 104, 96, 255),
    bad_ground=(94, 34, 36, 245),
    warn=(244, 196, 84, 255),
    note=(74, 70, 52, 235),
    note_text=(236, 230, 206, 255),
    cover=(29, 30, 33, 130),
)
LIGHT = Paint(
    ground=(214, 216, 220, 255),
    grid=(206, 208, 213, 255),
    body=(243, 244, 246, 250),
    edge=(140, 144, 152, 255),
    shadow=(0, 0, 0, 36),
    text=(32, 34, 38, 255),
    dim=(98, 103, 112, 255),
    title_text=(250, 250, 252, 255),
    box=(221, 224, 229, 255),
    box_hot=(208, 212, 219, 255),
    fill=(150, 186, 232, 255),
    fill_hot=(132, 172, 224, 255),
    accent=(226, 118, 0, 255),
    good=(190, 240, 190, 255),
    stale=(240, 240, 244, 255),
    busy=(196, 226, 255, 255),
    bad=(196, 36, 32, 255),
    bad_ground=(255, 222, 218, 250),
    warn=(255, 224, 130, 255),
    note=(252, 246, 214, 245),
    note_text=(66, 60, 36, 255),
    cover=(214, 216, 220, 140),
    bright=True,
)

#: title bars by family; what others bring gets one of the rest by its name
_FAMILIES = {
    "io": "#5b6570",
    "flow": "#6a6a72",
    "frames": "#7a6a3c",
    "integrate": "#86662e",
    "calibrate": "#8a5a34",
    "align": "#7f5f52",
    "background": "#3f6e58",
    "channels": "#7a4f6d",
    "color": "#96503f",
    "geometry": "#4b6a8c",
    "measure": "#3c7480",
    "stretch": "#6d5598",
    "view": "#3f7a4a",
    "detail": "#4a62a0",
    "stars": "#8a7a30",
    "mask": "#62666e",
}
_REST = ("#4f6f6f", "#6f5a4f", "#5a4f7a", "#4f6a3f", "#7a4a4a", "#45607a")
_MISSING = "#7c3034"


@lru_cache(maxsize=1024)
def rgba(text: str, opacity: int = 255) -> Color:
    """The colour of ``#c8b070``; grey for anything else."""
    try:
        if len(text) != 7 or text[0] != "#":
            raise ValueError
        return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16), opacity
    except ValueError:
        return 128, 128, 128, opacity


@lru_cache(maxsize=256)
def family_color(family: str, missing: bool = False) -> Color:
    """The colour of the title bar of a family."""
    if missing:
        return rgba(_MISSING)
    return rgba(_FAMILIES.get(family) or _REST[sum(family.encode()) % len(_REST)])


def faded(color: Color, share: float) -> Color:
    """A colour with that share of its opacity."""
    return *color[:3], round(color[3] * share)


@lru_cache(maxsize=4096)
def mixed(a: Color, b: Color, share: float) -> Color:
    """A colour between two: 0 the first, 1 the second."""
    r, g, bl, o = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return r, g, bl, o
