"""Where nodes stand: moved, aligned, laid out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from graph.errors import GraphError
from graph.model import Graph
from ui.editor.edits import places
from ui.editor.edits.marks import SIZE, Sizes, bounds, contents, rect_around, set_rect
from ui.editor.edits.places import FAR, Point
from ui.editor.edits.wiring import known
from ui.layout import place_nodes

How = Literal["left", "right", "top", "bottom", "middle", "center", "distribute_x", "distribute_y"]

#: which axis, and how much of what a box is smaller than the whole goes before it
_EDGES: dict[str, tuple[int, float]] = {
    "left": (0, 0.0), "center": (0, 0.5), "right": (0, 1.0),
    "top": (1, 0.0), "middle": (1, 0.5), "bottom": (1, 1.0),
}  # fmt: skip
#: above a node stand its id and time, below it the message of a failure
ABOVE = 24


def move(graph: Graph, to: Mapping[str, Point]) -> None:
    """Put the upper left corners of nodes there. Raises GraphError for an id of no node."""
    known(graph, to)
    for id, at in to.items():
        if not all(abs(part) < FAR for part in at):  # NaN is not
            raise GraphError(f"cannot stand at {at[0]:g}, {at[1]:g}", id)
    for id, at in to.items():
        places.put(graph, id, at)


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

    The upper left corner of the chosen ones stays where it is; frames go with what stands in them.
    sizes: width and height by id.
    """
    chosen = known(graph, graph.nodes if ids is None else ids)
    inner = {
        target: source
        for target, source in graph.links.items()
        if target[0] in chosen and source[0] in chosen
    }
    part = graph.variant({id: graph.nodes[id] for id in chosen}, inner)
    roomy = {id: (w, h + ABOVE) for id, (w, h) in (sizes or {}).items()}
    corners = place_nodes(part, roomy)
    if not corners:
        return
    framed = {i: contents(graph, i, sizes).ids for i, _ in places.entries(graph, "frames")}
    old = bounds(graph, chosen) or (0.0, 0.0, 0.0, 0.0)
    left, top = min(x for x, _ in corners.values()), min(y for _, y in corners.values())
    for id, (x, y) in corners.items():
        places.put(graph, id, (old[0] + x - left, old[1] + y - top))
    for index, ids in framed.items():
        if not chosen.keys().isdisjoint(ids) and (rect := rect_around(graph, ids, sizes)):
            set_rect(graph, "frames", index, rect)
