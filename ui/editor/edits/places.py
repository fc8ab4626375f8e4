"""The section ``view`` of a graph: where things stand on the canvas, and what viewers show.

It may come from a stranger's file or a newer program, so nothing in it is taken for granted: what
cannot be read is passed over, and what is not known is kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from graph.model import Graph
from ui.editor.rects import Point, Rect

Kind = Literal["frames", "notes"]
#: a frame or note: which, and its place in the list
Mark = tuple[Kind, int]
KINDS: tuple[Kind, ...] = ("frames", "notes")

#: places beyond this are taken for damage: drawing would lose pixels to rounding
FAR = 1e6


def place_of(graph: Graph, id: str) -> Point | None:
    """Where a node stands (its upper left corner), or None when the file does not say."""
    found = _numbers(_dict(graph, "nodes").get(id), 2)
    return (found[0], found[1]) if found else None


def put(graph: Graph, id: str, at: Point) -> None:
    """Let a node stand there; whole pixels, so that files stay short."""
    _own_dict(graph, "nodes")[id] = [round(at[0]), round(at[1])]


def collapsed(graph: Graph) -> frozenset[str]:
    """The nodes shown by their title only."""
    found = graph.view.get("collapsed")
    known = found if isinstance(found, list) else []
    return frozenset(id for id in known if isinstance(id, str))


def set_collapsed(graph: Graph, ids: Iterable[str]) -> None:
    """Show these nodes by their title only, and no others."""
    wanted = sorted(set(ids) & set(graph.nodes))
    if wanted:
        graph.view["collapsed"] = wanted
    else:
        graph.view.pop("collapsed", None)


def rect_of(entry: Any) -> Rect | None:
    """The rectangle of a frame or note, or None for damage."""
    found = _numbers(entry.get("rect"), 4) if isinstance(entry, Mapping) else None
    if not found or found[2] <= 0 or found[3] <= 0:
        return None
    return found[0], found[1], found[2], found[3]


def entries(graph: Graph, kind: str) -> list[tuple[int, dict[str, Any]]]:
    """(place in the list, entry) of every ``frames`` or ``notes`` entry that can be drawn."""
    found = graph.view.get(kind)
    if not isinstance(found, list):
        return []
    return [(i, entry) for i, entry in enumerate(found) if rect_of(entry)]


def count_of(graph: Graph, kind: Kind) -> int:
    """How many frames or notes there are, those that cannot be drawn too."""
    found = graph.view.get(kind)
    return len(found) if isinstance(found, list) else 0


def every_mark(graph: Graph) -> list[Mark]:
    """All frames and notes that can be drawn."""
    return [(kind, index) for kind in KINDS for index, _ in entries(graph, kind)]


def own_list(graph: Graph, kind: str) -> list[Any]:
    """The list of that name, to be changed; made where there is none."""
    if not isinstance(graph.view.get(kind), list):
        graph.view[kind] = []
    found: list[Any] = graph.view[kind]
    return found


def _dict(graph: Graph, name: str) -> Mapping[str, Any]:
    found = graph.view.get(name)
    return found if isinstance(found, dict) else {}


def _own_dict(graph: Graph, name: str) -> dict[str, Any]:
    if not isinstance(graph.view.get(name), dict):
        graph.view[name] = {}
    found: dict[str, Any] = graph.view[name]
    return found


def _numbers(found: Any, count: int) -> list[float] | None:
    if not isinstance(found, list | tuple) or len(found) != count:
        return None
    if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in found):
        return None
    numbers = [float(n) for n in found]
    return numbers if all(math.isfinite(n) and abs(n) < FAR for n in numbers) else None
