"""Wires: why they fit or not, and edits that keep a chain closed.

An end is (node, output) or (node, socket or parameter). Joints and bypassed nodes pass on what they
are given, so the types at both ends of a row of them have to fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graph.errors import GraphError, Problem
from graph.model import End, Graph
from graph.spec import NodeSpec
from ui.editor.edits import matching
from ui.editor.edits.adding import add_node
from ui.editor.edits.passing import PROBE, alike, trace
from ui.editor.rects import Point


def why_not(graph: Graph, source: End, target: End) -> str | None:
    """Why a wire cannot be made, or None; what feeds the target already is no reason."""
    problem = find_problem(graph, source, target)
    return problem.message if problem else None


def find_problem(graph: Graph, source: End, target: End) -> Problem | None:
    """What is wrong with a wire, or None; what feeds the target already is no reason."""
    problem = graph.cannot_feed(*source, *target)
    if problem:
        return problem
    before = trace(graph)
    origin = before.origin(source)
    for end, feed in trace(graph, target, alive=origin is not None).fed.items():
        if feed != before.fed.get(end):
            problem = graph.misfit(*(origin if origin and feed == PROBE else feed), *end)
            if problem:
                return problem
    return None


def connect(graph: Graph, source: End, target: End) -> None:
    """Make a wire; one that fed the target before goes. Raises GraphError saying why it cannot."""
    problem = find_problem(graph, source, target)
    if problem:
        raise GraphError([problem])
    if graph.links.get(target) == source:
        return
    if target in graph.links:
        graph.unlink(*target)
    graph.link(*source, *target)


def disconnect(graph: Graph, ends: Iterable[End]) -> None:
    """Remove the wires that feed these ends. Raises GraphError for one that nothing feeds."""
    with graph.edit():
        for end in dict.fromkeys(ends):
            graph.unlink(*end)


# --- nodes at an open wire, and on a wire -------------------------------------------------------


def fitting(graph: Graph, end: End, output: bool) -> list[tuple[NodeSpec, str]]:
    """The node types that fit an open wire, best first, and the socket or output to link.

    output: whether the end is an output, which looks for something to feed. Sockets come before
    parameters, the very type before one that is converted, what must be wired before what need not.
    """
    wanted = _types_at(graph, end, output)
    found = []
    for spec in graph.registry:
        best = (
            matching.best_input(spec, wanted[0]) if output else matching.best_output(spec, wanted)
        )
        if best and wanted:
            found.append((best[0], spec, best[1]))
    found.sort(key=lambda entry: (entry[0], entry[1].id))
    return [(spec, name) for _, spec, name in found]


def add_linked(graph: Graph, type: str, at: Point, end: End, output: bool) -> str:
    """Add a node there and link it to an open wire; its id.

    Raises GraphError for an unknown type, and for one that does not fit.
    """
    with graph.edit():
        id = add_node(graph, type, at)
        spec = graph.spec(id)
        assert spec is not None
        wanted = _types_at(graph, end, output)
        best = (
            matching.best_input(spec, wanted[0]) if output else matching.best_output(spec, wanted)
        )
        if best is None:
            word = "input" if output else "output"
            raise GraphError(f"{spec.id} has no {word} that fits {'.'.join(end)}")
        if output:
            connect(graph, end, (id, best[1]))
        else:
            connect(graph, (id, best[1]), end)
        return id


def _types_at(graph: Graph, end: End, output: bool) -> list[matching.Type]:
    """The types that what is linked to an end has to fit."""
    if output:
        return [matching.output_type(graph, trace(graph).origin(end) or end)]
    reached = [taken for taken, feed in trace(graph, end).fed.items() if feed == PROBE]
    return [matching.input_type(graph, taken) for taken in {end: None} | dict.fromkeys(reached)]


def can_insert(graph: Graph, id: str, target: End) -> bool:
    """Whether a node can be put on the wire that feeds a target: it feeds nothing yet and fits."""
    return _find_seat(graph, id, target) is not None


def insert(graph: Graph, id: str, target: End) -> None:
    """Put a node on the wire that feeds a target. Raises GraphError when it does not fit."""
    seat = _find_seat(graph, id, target)
    if seat is None:
        raise GraphError(f"does not fit on the wire to {'.'.join(target)}", id)
    with graph.edit():
        connect(graph, graph.links[target], (id, seat[0]))
        connect(graph, (id, seat[1]), target)


def _find_seat(graph: Graph, id: str, target: End) -> tuple[str, str] | None:
    """The input and output of a node that would stand on a wire, or None."""
    spec = graph.spec(id) if id in graph.nodes else None
    source = graph.links.get(target)
    if spec is None or source is None or id in (source[0], target[0]) or graph.consumers(id):
        return None
    given = _types_at(graph, source, output=True)[0]
    first = matching.best_input(spec, given, taken=graph.feeds(id), params=False)
    last = matching.best_output(spec, _types_at(graph, target, output=False))
    if first is None or last is None:
        return None
    if find_problem(graph, source, (id, first[1])) or find_problem(graph, (id, last[1]), target):
        return None
    return first[1], last[1]


def add_joint(graph: Graph, target: End, at: Point) -> str:
    """Put a joint on the wire that feeds a target; its id. Raises GraphError where nothing does."""
    if target not in graph.links:
        raise GraphError("nothing feeds this", ".".join(target))
    joint = next((spec for spec in graph.registry if spec.through), None)
    if joint is None:
        raise GraphError("no type of joints is installed")
    with graph.edit():
        id = add_node(graph, joint.id, at)
        insert(graph, id, target)
        return id


# --- taking nodes out of a chain -----------------------------------------------------------------


def remove(graph: Graph, ids: Iterable[str], reconnect: bool = False) -> None:
    """Remove nodes, their wires, and the named inputs that set them.

    reconnect: what they fed is fed by what fed them, where types fit. Raises GraphError for an
    id of no node.
    """
    chosen = known(graph, ids)
    bridges = _find_bridges(graph, chosen) if reconnect else {}
    with graph.edit():
        for id in chosen:
            graph.remove(id)
        graph.inputs = {
            name: entry for name, entry in graph.inputs.items() if entry.get("node") not in chosen
        }
        _build(graph, bridges)


def extract(graph: Graph, ids: Iterable[str]) -> None:
    """Take nodes out of their chain, which is closed behind them; wires among them stay."""
    chosen = known(graph, ids)
    bridges = _find_bridges(graph, chosen)
    with graph.edit():
        for target, source in list(graph.links.items()):
            if (target[0] in chosen) != (source[0] in chosen):
                graph.unlink(*target)
        _build(graph, bridges)


def known(graph: Graph, ids: Iterable[str]) -> dict[str, None]:
    """These ids once each, in the order of the graph. Raises GraphError for an id of no node."""
    wanted = set(ids)
    strange = sorted(wanted - set(graph.nodes))
    if strange:
        raise GraphError("there is no such node", strange[0])
    return {id: None for id in graph.nodes if id in wanted}


def _find_bridges(graph: Graph, chosen: dict[str, None]) -> dict[End, list[End]]:
    """What the chosen nodes feed outside, and what might feed it in their stead."""
    return {
        target: list(_find_behind(graph, source, chosen, set()))
        for target, source in graph.links.items()
        if source[0] in chosen and target[0] not in chosen
    }


def _find_behind(graph: Graph, end: End, chosen: dict[str, None], seen: set[End]) -> Iterator[End]:
    """The outputs outside that reach an end as if the chosen nodes were bypassed."""
    if end in seen:
        return
    seen.add(end)
    if end[0] not in chosen:
        yield end
        return
    spec = graph.spec(end[0])
    feeds = graph.feeds(end[0])
    for name in alike(spec, end[1]) if spec else feeds:
        if name in feeds:
            yield from _find_behind(graph, feeds[name], chosen, seen)


def _build(graph: Graph, bridges: dict[End, list[End]]) -> None:
    for target, sources in bridges.items():
        for source in sources:
            if find_problem(graph, source, target) is None:
                connect(graph, source, target)
                break
