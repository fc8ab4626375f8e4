"""The graph as it runs: without what is bypassed, muted, a mere joint, or not chosen.

What is left has the keys of a graph in which nobody ever put the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.model import End, Graph, Node
from graph.settings import resolve_params
from graph.spec import NodeSpec, Output, Socket
from graph.values import fits


@dataclass
class Simplified:
    """A graph to run, and why nodes of the whole graph are not in it."""

    graph: Graph
    resting: dict[str, str] = field(default_factory=dict)  # id → reason
    unread: list[tuple[End, str]] = field(default_factory=list)  # (socket, what feeds it)


def simplify(graph: Graph) -> Simplified:
    """Take out bypassed nodes, joints, muted branches and links that constants leave unread.

    A bypassed node of which no input fits its output stays: ``check`` says so. Raises GraphError
    for a loop.
    """
    specs = {id: graph.registry.get(node.type) for id, node in graph.nodes.items()}
    plain = all(node.mode == "run" for node in graph.nodes.values())
    if plain and not any(spec and (spec.through or spec.lazy) for spec in specs.values()):
        return Simplified(graph)
    result = Simplified(graph)
    nodes, links = dict(graph.nodes), dict(graph.links)
    for id in graph.order():
        spec, node = specs[id], nodes[id]
        if spec and node.mode != "mute" and (node.mode == "bypass" or spec.through):
            _pass_through(graph, id, spec, links)
            if all(links.get(end, ("",))[0] != id for end in graph.consumers(id)):
                result.resting[id] = "bypassed" if node.mode == "bypass" else "a joint of wires"
                del nodes[id]
                continue
        if muted := _find_muted(id, spec, node, links, result):
            result.resting[id] = muted
            del nodes[id]
    if len(nodes) < len(graph.nodes) or links != graph.links:
        links = {end: source for end, source in links.items() if end[0] in nodes}
        result.graph = graph.variant(nodes, links)
    return result


def holds(rule: Callable[[Mapping[str, Any]], bool], params: Mapping[str, Any]) -> bool | None:
    """Whether a rule holds of these parameters; None when that hangs on one that is fed."""
    try:
        return bool(rule(params))
    except Exception:  # a key that is not there; what else a rule raises is told by ``check``
        return None


def _find_muted(
    id: str, spec: NodeSpec | None, node: Node, links: dict[End, End], result: Simplified
) -> str | None:
    """Why a node rests with a muted one, or None; what it can do without is merely cut off."""
    if node.mode == "mute":
        return "muted"

    def muted(name: str) -> str | None:
        source = links.get((id, name), ("",))[0]
        return source if result.resting.get(source, "").endswith("muted") else None

    for name in spec.params if spec else ():
        if muted(name):
            del links[id, name]
    if spec and spec.lazy and node.mode == "run":
        _leave_unread(id, spec, node, links, result)
    for name in result.graph.feeds(id):
        source = muted(name)
        socket = spec.sockets.get(name) if spec else None
        if source and socket and (socket.optional or socket.implicit):
            del links[id, name]
        elif source:
            return f"needs {source}, which is muted"
    return None


def _leave_unread(
    id: str, spec: NodeSpec, node: Node, links: dict[End, End], result: Simplified
) -> None:
    """Cut what a node does not read by parameters that no link feeds."""
    fed = {name for name in spec.params if (id, name) in links}
    params = resolve_params(spec, node.params, fed, id)[0]
    for name, socket in spec.sockets.items():
        if not socket.when or (id, name) not in links:
            continue
        if holds(socket.when.holds, params) is False:
            source = links.pop((id, name))[0]
            if source not in result.resting:
                result.unread.append(((id, name), source))


def _pass_through(graph: Graph, id: str, spec: NodeSpec, links: dict[End, End]) -> None:
    """Lead every link around a node to what feeds its first fitting input."""
    for end in graph.consumers(id):
        if end not in links:
            continue
        output = spec.outputs.get(links[end][1])
        fitting = [s.name for s in spec.sockets.values() if output and passes(s, output)]
        if not fitting:
            continue
        source = next((links[id, name] for name in fitting if (id, name) in links), None)
        if source:
            links[end] = source
        else:
            del links[end]


def passes(socket: Socket, output: Output) -> bool:
    """Whether a node that does nothing would give what this socket gets at this output."""
    return socket.depth == output.depth and fits(socket.type, output.type)
