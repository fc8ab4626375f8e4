"""Frames around nodes, and notes: marks for people, which no run ever sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graph.errors import GraphError
from graph.model import Graph
from ui.editor.edits import places
from ui.editor.edits.places import KINDS, Kind, Mark
from ui.editor.rects import Point, Rect, around, holds, holds_all

#: width and height of a node, by id
Sizes = Mapping[str, tuple[float, float]]

#: of a node that nobody measured
SIZE = (190.0, 80.0)
#: from a frame to the nodes in it, and more on top for its title
EDGE, HEAD = 24, 28
NOTE = (220, 110)


@dataclass(frozen=True, slots=True)
class Contents:
    """What stands in a frame and moves with it: ids of nodes, other frames, notes."""

    ids: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()


def bounds(graph: Graph, ids: Iterable[str], sizes: Sizes | None = None) -> Rect | None:
    """The rectangle around nodes; None when none of them has a place."""
    boxes = boxes_of(graph, sizes)
    return around(boxes[id] for id in ids if id in boxes)


def add_frame(
    graph: Graph, around: Iterable[str], title: str = "", sizes: Sizes | None = None
) -> int:
    """Add a frame around nodes; its place in the list. Raises GraphError without nodes."""
    rect = rect_around(graph, [id for id in around if id in graph.nodes], sizes)
    if rect is None:
        raise GraphError("choose the nodes that the frame goes around")
    return put_frame(graph, rect, title)


def put_frame(graph: Graph, rect: Rect, title: str = "") -> int:
    """Add a frame with that rectangle; its place in the list."""
    return _append(graph, "frames", {"title": title, "rect": _good(rect)})


def rect_around(graph: Graph, ids: Iterable[str], sizes: Sizes | None = None) -> Rect | None:
    """The rectangle of a frame around nodes; None where none of them has a place."""
    inner = bounds(graph, ids, sizes)
    return framed(inner) if inner else None


def framed(inner: Rect) -> Rect:
    """The rectangle of a frame around a rectangle."""
    x, y, width, height = inner
    return x - EDGE, y - EDGE - HEAD, width + 2 * EDGE, height + 2 * EDGE + HEAD


def find_emptied(graph: Graph, gone: Iterable[str], sizes: Sizes | None = None) -> list[Mark]:
    """The frames of which every node goes."""
    lost = set(gone)
    held = {i: contents(graph, i, sizes).ids for i, _ in places.entries(graph, "frames")}
    return [("frames", i) for i, ids in held.items() if ids and lost.issuperset(ids)]


def add_note(graph: Graph, at: Point, text: str = "") -> int:
    """Add a note with its upper left corner there; its place in the list."""
    return _append(graph, "notes", {"text": text, "rect": _good((*at, *NOTE))})


def set_rect(graph: Graph, kind: Kind, index: int, rect: Rect) -> None:
    """Move or resize a frame or note; what stands in a frame stays."""
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


def remove_marks(graph: Graph, marks: Iterable[Mark]) -> None:
    """Remove frames, but nothing that stands in them, and notes."""
    chosen = sorted(set(marks), reverse=True)  # the last first: places before it stay
    for mark in chosen:
        _entry(graph, *mark)
    for kind, index in chosen:
        del graph.view[kind][index]


def contents(graph: Graph, index: int, sizes: Sizes | None = None) -> Contents:
    """What stands in a frame of a graph; nothing where its rectangle is damaged."""
    if places.rect_of(_entry(graph, "frames", index)) is None:
        return Contents()
    return find_inside(index, boxes_of(graph, sizes), rects_of(graph))


def find_inside(index: int, boxes: Mapping[str, Rect], rects: Mapping[Mark, Rect]) -> Contents:
    """What stands in a frame: nodes by their middle, other frames and notes with all of them.

    boxes: the rectangles of nodes, by id. rects: those of frames and notes.
    """
    own = rects["frames", index]
    ids = [id for id, (x, y, w, h) in boxes.items() if holds(own, (x + w / 2, y + h / 2))]
    marks = [
        (kind, place)
        for (kind, place), rect in rects.items()
        if (kind, place) != ("frames", index)
        and holds_all(own, rect)
        and (kind != "frames" or rect != own or place > index)
    ]
    return Contents(tuple(ids), tuple(marks))


def boxes_of(graph: Graph, sizes: Sizes | None = None) -> dict[str, Rect]:
    """The rectangle of every node that has a place."""
    known = sizes or {}
    return {
        id: (*at, *known.get(id, SIZE)) for id in graph.nodes if (at := places.place_of(graph, id))
    }


def rects_of(graph: Graph) -> dict[Mark, Rect]:
    """The rectangle of every frame and note that can be drawn."""
    return {
        (kind, index): rect
        for kind in KINDS
        for index, entry in places.entries(graph, kind)
        if (rect := places.rect_of(entry))
    }


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
