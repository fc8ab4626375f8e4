"""Loops in a graph that should have none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.model import Graph


def find_loops(graph: Graph) -> Iterator[list[str]]:
    """A loop out of every knot of nodes that need each other, the first id again at its end."""
    missing = {id: len(graph.feeds(id)) for id in graph.nodes}
    ready = [id for id, count in missing.items() if not count]
    while ready:
        id = ready.pop()
        del missing[id]
        for below, _ in graph.consumers(id):
            missing[below] -= 1
            if not missing[below]:
                ready.append(below)
    if not missing:
        return
    import networkx as nx

    places = {id: place for place, id in enumerate(graph.nodes)}
    knots = nx.strongly_connected_components(graph.networkx().subgraph(missing))
    for knot in sorted(knots, key=lambda ids: min(map(places.__getitem__, ids))):
        id = min(knot, key=places.__getitem__)
        above = {source for source, _ in graph.feeds(id).values()}
        if above.isdisjoint(knot):
            continue  # it hangs on a loop and is in none
        way: dict[str, None] = {}
        while id not in way:
            way[id] = None
            id = next(source for source, _ in graph.feeds(id).values() if source in knot)
        upstream = list(way)
        yield [id, *reversed(upstream[upstream.index(id) :])]


def find_way(graph: Graph, start: str, goal: str) -> list[str]:
    """Ids along a way downstream, both ends included; empty when there is none."""
    came: dict[str, str | None] = {start: None}
    pending = [start]
    while pending:
        id = pending.pop()
        if id == goal:
            path: list[str] = []
            step: str | None = id
            while step is not None:
                path.append(step)
                step = came[step]
            return path[::-1]
        for below, _ in graph.consumers(id):
            if below not in came:
                came[below] = id
                pending.append(below)
    return []
