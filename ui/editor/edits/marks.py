"""Frames around nodes, and notes: marks for people, which no run ever sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from graph.errors import GraphError
from graph.model import Graph
from ui.editor.edits import places
from ui.editor.edits.places import Point, Rect

Kind = Literal["frames", "notes"]
#: width and height of a node, by id
Sizes = Mapping[str, tuple[float, float]]

#: of a node that nobody measured
SIZE = (190.0, 80.0)
#: from a frame to the nodes in it, and more on top for its title
EDGE, HEAD = 24, 28
NOTE = (220, 110)


@dataclass(frozen=True, slots=True)
class Contents:
    """What stands in a frame and moves with it: ids of nodes, places of frames and of notes."""

    ids: tuple[str, ...] = ()
    frames: tuple[int, ...] = ()
    notes: tuple[int, ...] = ()


def bounds(graph: Graph, ids: Iterable[str], sizes: Sizes | None = None) -> Rect | None:
    """The rectangle around nodes; None when none of them has a place."""
    known = sizes or {}
    found = [(*at, *known.get(id, SIZE)) for id in ids if (at := places.place_of(graph, id))]
    if not found:
        return None
    left, top = min(x for x, *_ in found), min(y for _, y, *_ in found)
    right, bottom = max(x + w for x, _, w, _ in found), max(y + h for _, y, _, h in found)
    return left, top, right - left, bottom - top


def add_frame(
    graph: Graph,
    around: Iterable[str] | Rect,
    title: str = "",
    color: str | None = None,
    sizes: Sizes | None = None,
) -> int:
    """Add a frame around nodes, or with that rectangle (x, y, width, height); its index.

    color: as ``#40506a``, or None. Raises GraphError when there is nothing to put it around.
    """
    given = tuple(around)
    if len(given) == 4 and not any(isinstance(part, str) for part in given):
        rect: Any = given
    else:
        rect = rect_around(graph, [str(id) for id in given if id in graph.nodes], sizes)
        if rect is None:
            raise GraphError("choose the nodes that the frame goes around")
    entry: dict[str, Any] = {"title": title, "rect": _good(rect)}
    if color is not None:
        entry["color"] = color
    return _append(graph, "frames", entry)


def rect_around(graph: Graph, ids: Iterable[str], sizes: Sizes | None = None) -> Rect | None:
    """The rectangle of a frame around nodes; None where none of them has a place."""
    inner = bounds(graph, ids, sizes)
    if inner is None:
        return None
    x, y, width, height = inner
    return x - EDGE, y - EDGE - HEAD, width + 2 * EDGE, height + 2 * EDGE + HEAD


def find_emptied(graph: Graph, gone: Iterable[str], sizes: Sizes | None = None) -> list[int]:
    """The frames of which every node goes, the last first."""
    lost = set(gone)
    held = {i: contents(graph, i, sizes).ids for i, _ in places.entries(graph, "frames")}
    return [i for i in sorted(held, reverse=True) if held[i] and lost.issuperset(held[i])]


def add_note(graph: Graph, at: Point, text: str = "") -> int:
    """Add a note with its upper left corner there; its place in the list."""
    return _append(graph, "notes", {"text": text, "rect": _good((*at, *NOTE))})


def set_rect(graph: Graph, kind: Kind, index: int, rect: Rect) -> None:
    """Move or resize a frame or note; what stands in a frame stays (see ``move_frame``)."""
    _entry(graph, kind, index)["rect"] = _good(rect)


def set_text(graph: Graph, index: int, text: str) -> None:
    """Give a note its text."""
    _entry(graph, "notes", index)["text"] = text


def set_frame_title(graph: Graph, index: int, title: str) -> None:
    """Give a frame its title."""
    _entry(graph, "frames", index)["title"] = title


def set_color(graph: Graph, kind: Kind, index: int, color: str | None) -> None:
    """Give a frame or note a colour as ``#40506a``; None for that of the theme."""
    entry = _entry(graph, kind, index)
    entry.pop("color", None)
    if color is not None:
        entry["color"] = color


def remove_mark(graph: Graph, kind: Kind, index: int) -> None:
    """Remove a frame, but nothing that stands in it, or a note."""
    _entry(graph, kind, index)
    del graph.view[kind][index]


def contents(graph: Graph, index: int, sizes: Sizes | None = None) -> Contents:
    """What stands in a frame: nodes by their middle, other frames and notes with all of them."""
    rect = places.rect_of(_entry(graph, "frames", index))
    if rect is None:
        return Contents()
    ids = []
    for id in graph.nodes:
        at = places.place_of(graph, id)
        width, height = (sizes or {}).get(id, SIZE)
        if at and _holds(rect, (at[0] + width / 2, at[1] + height / 2, 0, 0)):
            ids.append(id)
    inner = {
        kind: tuple(
            place
            for place, entry in places.entries(graph, kind)
            if (kind, place) != ("frames", index)
            and (other := places.rect_of(entry))
            and _holds(rect, other)
            and (kind != "frames" or other != rect or place > index)
        )
        for kind in ("frames", "notes")
    }
    return Contents(tuple(ids), inner["frames"], inner["notes"])


def move_frame(
    graph: Graph, index: int, at: Point, carried: Contents | None = None, sizes: Sizes | None = None
) -> None:
    """Move a frame's corner there, and what stands in it along.

    carried: what moves with it; while it is dragged give what stood in it when the drag began, or
    it would sweep up what it passes.
    """
    rect = places.rect_of(_entry(graph, "frames", index))
    if rect is None:
        raise GraphError(f"the rectangle of frame {index + 1} is damaged; give it another")
    inner = carried or contents(graph, index, sizes)
    dx, dy = round(at[0]) - rect[0], round(at[1]) - rect[1]
    marks: list[tuple[Kind, int]] = [("frames", index)]
    marks += [("frames", frame) for frame in inner.frames]
    marks += [("notes", note) for note in inner.notes]
    with graph.edit():
        for id in inner.ids:
            if id in graph.nodes and (place := places.place_of(graph, id)):
                places.put(graph, id, (place[0] + dx, place[1] + dy))
        for kind, number in marks:
            if old := places.rect_of(_entry(graph, kind, number)):
                set_rect(graph, kind, number, (old[0] + dx, old[1] + dy, old[2], old[3]))


def _holds(outer: Rect, inner: Rect) -> bool:
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and inner[0] + inner[2] <= outer[0] + outer[2]
        and inner[1] + inner[3] <= outer[1] + outer[3]
    )


def _append(graph: Graph, kind: Kind, entry: dict[str, Any]) -> int:
    found = places.own_list(graph, kind)
    found.append(entry)
    return len(found) - 1


def _entry(graph: Graph, kind: Kind, index: int) -> dict[str, Any]:
    found = graph.view.get(kind)
    if not isinstance(found, list) or not 0 <= index < len(found):
        raise GraphError(f"there is no {kind[:-1]} {index + 1}")
    entry = found[index]
    if not isinstance(entry, dict):
        raise GraphError(f"{kind[:-1]} {index + 1} is damaged; remove it")
    return entry


def _good(rect: Rect) -> list[int]:
    whole = [round(number) for number in rect]
    if places.rect_of({"rect": whole}) is None:
        raise GraphError(f"a rectangle needs a width and a height, not {whole}")
    return whole
