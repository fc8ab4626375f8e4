"""Stars, samples and annotations over a picture: what of a table stands where."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ui.editor.viewer.lens import Lens

if TYPE_CHECKING:
    from nodes.values import Table

#: columns that say how large, what, and whether it counts; the first found is taken
_SIZES = ("radius", "r", "fwhm", "size", "box")
_NAMES = ("label", "name", "text", "id")
_TAKEN = ("accepted", "used", "good")
_REFUSED = ("rejected", "bad")
#: more than so many are not drawn at once: they would be a carpet
MOST = 2_000
#: labels are drawn when no more than so many are seen
LABELS = 150
_SIZE = 6.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in an image; 0 is the middle of the first pixel.

    radius: in pixels of the image, or None. good: whether it counts.
    """

    x: float
    y: float
    radius: float | None = None
    text: str = ""
    good: bool = True


def has_marks(columns: Iterable[str]) -> bool:
    """Whether a table of these columns has places to show."""
    return {"x", "y"} <= {name.lower() for name in columns}


def read_marks(table: Table) -> list[Mark]:
    """The places in a table with columns ``x`` and ``y`` (pixels, 0 the middle of the first).

    Also read: radius, fwhm or size; label or name; used, accepted or rejected. Rows without a
    place, or with one that is no number, are passed over; places that occur several times (one
    row a channel) are shown once, as good when all are.
    """
    columns = {name.lower(): number for number, name in enumerate(table.columns)}
    if not has_marks(columns):
        return []
    size = next((columns[name] for name in _SIZES if name in columns), None)
    half = 1.0 if size is not None and table.columns[size].lower() in ("radius", "r") else 0.5
    name = next((columns[n] for n in _NAMES if n in columns), None)
    taken = next((columns[n] for n in _TAKEN if n in columns), None)
    refused = next((columns[n] for n in _REFUSED if n in columns), None)
    found: dict[tuple[float, float], Mark] = {}
    for row in table.rows:
        x, y = _number(row[columns["x"]]), _number(row[columns["y"]])
        if x is None or y is None:
            continue
        good = (taken is None or bool(row[taken])) and (refused is None or not row[refused])
        before = found.get((x, y))
        if before:
            good = good and before.good
        radius = _number(row[size]) if size is not None else None
        text = str(row[name]) if name is not None else ""
        found[x, y] = Mark(x, y, radius and half * radius, text, good)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Ring:
    """A mark on the screen: a circle with a label; places and radius in pixels."""

    x: float
    y: float
    radius: float
    text: str
    good: bool


def place_marks(marks: list[Mark], lens: Lens, area: tuple[float, float]) -> tuple[list[Ring], int]:
    """The marks that are seen in an area, and how many more there are than can be drawn."""
    seen = []
    for mark in marks:
        x, y = lens.to_screen((mark.x + 0.5, mark.y + 0.5))
        radius = max(_SIZE if mark.radius is None else mark.radius * lens.zoom, 3.0)
        if -radius <= x <= area[0] + radius and -radius <= y <= area[1] + radius:
            seen.append(Ring(x, y, radius, mark.text, mark.good))
    more = max(len(seen) - MOST, 0)
    seen = seen[:MOST]
    if len(seen) > LABELS:
        seen = [Ring(ring.x, ring.y, ring.radius, "", ring.good) for ring in seen]
    return seen, more


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None
