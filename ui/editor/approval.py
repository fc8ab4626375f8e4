"""Frames accepted and rejected by eye: the switches of ``frames.approve``."""

from __future__ import annotations

from collections import deque

from graph.errors import GraphError
from graph.model import End, Graph
from ui.editor import places
from ui.editor.adding import STEP, add_node

TYPE = "frames.approve"
_NAME = "accepted"


def find_approval(graph: Graph, end: End) -> str | None:
    """The nearest node downstream of some frames that weighs them, or the node itself."""
    pending, seen = deque([end[0]]), {end[0]}
    while pending:
        id = pending.popleft()
        if graph.nodes[id].type == TYPE:
            return id
        for target, _ in graph.consumers(id):
            if target not in seen:
                seen.add(target)
                pending.append(target)
    return None


def is_accepted(graph: Graph, id: str, item: int) -> bool:
    """Whether a frame, by its place in the list, is accepted."""
    value = graph.nodes[id].params.get(_NAME, True)
    if isinstance(value, list | tuple):
        return bool(value[item]) if 0 <= item < len(value) else True
    return bool(value)


def set_accepted(graph: Graph, id: str, item: int, count: int, accepted: bool) -> None:
    """Accept or reject one frame of so many.

    A list of another length than the frames is filled up, or cut. When all are accepted it is
    one ``true`` for all again. Raises GraphError where a link feeds the switches, or frames in
    groups have switches of their own.
    """
    if (id, _NAME) in graph.links:
        raise GraphError("a link feeds what is accepted; remove it first", id)
    value = graph.nodes[id].params.get(_NAME, True)
    if isinstance(value, list | tuple):
        if any(isinstance(switch, list | tuple) for switch in value):
            raise GraphError("its frames stand in groups; set what is accepted there", id)
        switches = [bool(switch) for switch in value][:count]
        switches += [True] * (count - len(switches))
    else:
        switches = [bool(value)] * count
    switches[item] = accepted
    graph.set(id, _NAME, True if all(switches) else switches)


def insert_approval(graph: Graph, end: End) -> str:
    """Put a node that weighs frames between an output and all that it feeds; its id."""
    x, y = places.place_of(graph, end[0]) or (0.0, 0.0)
    with graph.edit():
        fed = [target for target, source in graph.links.items() if source == end]
        id = add_node(graph, TYPE, (x + 2 * STEP, y + STEP))
        for target in fed:
            graph.unlink(*target)
        graph.link(*end, id, "image")
        for target in fed:
            graph.link(id, "image", *target)
    return id
