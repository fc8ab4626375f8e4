"""Where nodes stand: moved, aligned, laid out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from graph.errors import GraphError
from graph.model import Graph
from ui.editor.edits import places
from ui.editor.edits.blocks import ABOVE, lay_out
from ui.editor.edits.marks import (
    SIZE,
    Sizes,
    bounds,
    boxes_of,
    contents,
    rect_around,
    rects_of,
    set_rect,
)
from ui.editor.edits.places import FAR, Mark
from ui.editor.edits.wiring import known
from ui.editor.rects import Point, Rect, around, overlap

How = Literal["left", "right", "top", "bottom", "middle", "center", "distribute_x", "distribute_y"]

#: which axis, and how much of what a box is smaller than the whole goes before it
_EDGES: dict[str, tuple[int, float]] = {
    "left": (0, 0.0), "center": (0, 0.5), "right": (0, 1.0),
    "top": (1, 0.0), "middle": (1, 0.5), "bottom": (1, 1.0),
}  # fmt: skip


def move(graph: Graph, to: Mapping[str, Point], rects: Mapping[Mark, Rect] | None = None) -> None:
    """Put the upper left corners of nodes there, and frames and notes into these rectangles.

    Raises GraphError for an id of no node, a place of no frame or note.
    """
    known(graph, to)
    for id, at in to.items():
        if not all(abs(part) < FAR for part in at):  # NaN is not
            raise GraphError(f"cannot stand at {at[0]:g}, {at[1]:g}", id)
    with graph.edit():
        for id, at in to.items():
            places.put(graph, id, at)
        for mark, rect in (rects or {}).items():
            set_rect(graph, *mark, rect)


def align(graph: Graph, ids: Iterable[str], how: How, sizes: Sizes | None = None) -> None:
    """Line nodes up at an edge or in the middle of them all, or give them equal gaps.

    center is the middle from left to right, middle from top to bottom; ``distribute_x`` and
    ``distribute_y`` leave the outermost two where they are. sizes: width and height by id.
    Raises GraphError for fewer than two nodes, or three to distribute.
    """
    chosen = [id for id in known(graph, ids) if places.place_of(graph, id)]
    least = 3 if how.startswith("distribute") else 2
    if len(chosen) < least:
        raise GraphError(f"choose at least {least} nodes")
    box = bounds(graph, chosen, sizes)
    assert box is not None
    if how in ("distribute_x", "distribute_y"):
        _distribute(graph, chosen, 0 if how == "distribute_x" else 1, sizes or {})
        return
    if how not in _EDGES:
        raise GraphError(f"{how!r} is not one of: {', '.join(_EDGES)}, distribute_x, distribute_y")
    axis, share = _EDGES[how]
    for id in chosen:
        at = list(_corner(graph, id))
        size = (sizes or {}).get(id, SIZE)[axis]
        at[axis] = box[axis] + share * (box[axis + 2] - size)
        places.put(graph, id, (at[0], at[1]))


def _distribute(graph: Graph, chosen: list[str], axis: int, sizes: Sizes) -> None:
    """Equal gaps between the boxes in the order of their middles."""

    def length(id: str) -> float:
        return sizes.get(id, SIZE)[axis]

    chosen.sort(key=lambda id: _corner(graph, id)[axis] + length(id) / 2)
    start = _corner(graph, chosen[0])[axis]
    end = _corner(graph, chosen[-1])[axis] + length(chosen[-1])
    gap = (end - start - sum(map(length, chosen))) / (len(chosen) - 1)
    for id in chosen[:-1]:
        at = list(_corner(graph, id))
        at[axis] = start
        places.put(graph, id, (at[0], at[1]))
        start += length(id) + gap


def _corner(graph: Graph, id: str) -> Point:
    return places.place_of(graph, id) or (0.0, 0.0)


def arrange(graph: Graph, ids: Iterable[str] | None = None, sizes: Sizes | None = None) -> None:
    """Lay nodes out in layers from left to right, all or the chosen ones by the wires among them.

    The upper left corner of the chosen ones stays where it is; frames go with what stands in them,
    notes with what they stand beside. sizes: width and height by id.
    """
    chosen = known(graph, graph.nodes if ids is None else ids)
    if not chosen:
        return
    block = lay_out(graph, chosen, sizes)
    around_others = {
        index: inside
        for index, _ in places.entries(graph, "frames")
        if ("frames", index) not in block.marks and (inside := contents(graph, index, sizes).ids)
    }
    old, new = bounds(graph, chosen, sizes), around(block.ids.values())
    assert new is not None
    left, top = old[:2] if old else (0.0, 0.0)
    block = block.moved(left - new[0], top - new[1])
    covering = {mark for mark, rect in rects_of(graph).items() if _touches(graph, rect, sizes)}
    for id, (x, y, *_) in block.ids.items():
        places.put(graph, id, (x, y))
    for mark, rect in block.marks.items():
        set_rect(graph, *mark, rect)
    for mark, rect in rects_of(graph).items():
        if mark[0] == "notes" and mark not in block.marks and mark not in covering:
            set_rect(graph, *mark, _clear(rect, [*block.ids.values(), *block.marks.values()]))
    for index, inside in around_others.items():
        fitting = rect_around(graph, inside, sizes)
        if fitting and not chosen.keys().isdisjoint(inside):
            set_rect(graph, "frames", index, fitting)


def _touches(graph: Graph, rect: Rect, sizes: Sizes | None) -> bool:
    """Whether a node lies under a rectangle."""
    return any(overlap(rect, box) for box in boxes_of(graph, sizes).values())


def _clear(rect: Rect, others: list[Rect]) -> Rect:
    """A rectangle, or where it lies below all of others that lie in its way."""
    while under := [other for other in others if overlap(rect, other)]:
        rect = rect[0], max(y + tall for _, y, _, tall in under) + ABOVE, *rect[2:]
    return rect
