"""Frames accepted and rejected by eye: the switches of ``frames.approve``."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence
from typing import Any

from graph.errors import GraphError
from graph.model import End, Graph
from ui.editor.edits import places
from ui.editor.edits.adding import STEP, add_node

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
    """Whether a frame, by its place among all of them, is accepted."""
    value = graph.nodes[id].params.get(_NAME, True)
    if isinstance(value, list | tuple):
        switches = _flat(value)
        return switches[item] if 0 <= item < len(switches) else True
    return bool(value)


def set_accepted(
    graph: Graph, id: str, item: int, sizes: Sequence[int] | int, accepted: bool
) -> None:
    """Accept or reject one frame.

    item: its place among all frames. sizes: how many there are, or how many in each group of
    them. Switches for another number of frames are filled up, or cut. When all are accepted it is
    one ``true`` for all again. Raises GraphError where a link feeds the switches.
    """
    if (id, _NAME) in graph.links:
        raise GraphError("a link feeds what is accepted; remove it first", id)
    value = graph.nodes[id].params.get(_NAME, True)
    count = sizes if isinstance(sizes, int) else sum(sizes)
    if isinstance(value, list | tuple):
        switches = _flat(value)[:count]
        switches += [True] * (count - len(switches))
    else:
        switches = [bool(value)] * count
    switches[item] = accepted
    graph.set(id, _NAME, True if all(switches) else _grouped(switches, sizes))


def _flat(value: Any) -> list[bool]:
    if isinstance(value, list | tuple):
        return [switch for part in value for switch in _flat(part)]
    return [bool(value)]


def _grouped(switches: list[bool], sizes: Sequence[int] | int) -> list[Any]:
    if isinstance(sizes, int):
        return list(switches)
    ends = list(itertools.accumulate(sizes))
    return [switches[end - size : end] for end, size in zip(ends, sizes, strict=True)]


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
