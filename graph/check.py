"""All mistakes of a graph at once, before any work."""

from __future__ import annotations

from typing import Any

from graph.errors import GraphError, Problem
from graph.model import Graph
from graph.parameters import near
from graph.settings import settings
from graph.simplify import holds, simplify
from graph.spec import NodeSpec


def check(graph: Graph) -> list[Problem]:
    """Every mistake found: unknown types and names, values, open sockets, types, loops, states.

    Problems with ``warning`` set do not stop a run. What is muted or bypassed is left alone.
    """
    try:
        graph = simplify(graph).graph
    except GraphError:  # a loop, which is told below
        pass
    found: list[Problem] = []
    for id in graph.nodes:
        found += check_node(graph, id)
    for (target, name), (source, output) in graph.links.items():
        problem = graph.misfit(source, output, target, name)
        if problem:
            found.append(problem)
    found += check_inputs(graph)
    try:
        found += check_states(graph)
    except GraphError as loop:
        found += loop.problems
    return found


def check_inputs(graph: Graph) -> list[Problem]:
    """Named inputs that would set nothing."""
    found = []
    for input, entry in graph.inputs.items():
        id, name = entry.get("node", ""), entry.get("param", "")
        if id not in graph.nodes:
            hint = near(id, graph.nodes)
            found.append(Problem(f"the input {input!r} names no node {id!r}{hint}", warning=True))
        elif (spec := graph.spec(id)) and name not in spec.params:
            hint = near(name, spec.params)
            found.append(
                Problem(f"the input {input!r} names no parameter {name!r}{hint}", id, warning=True)
            )
    return found


def check_node(graph: Graph, id: str) -> list[Problem]:
    """What is wrong with one node on its own: its type, parameters and open sockets."""
    node = graph.nodes[id]
    spec = graph.registry.get(node.type)
    if spec is None:
        return [Problem(f"missing type {node.type!r}{graph.registry.near(node.type)}", id)]
    if node.mode == "bypass":  # a graph to run has only those left that cannot be
        return [Problem("is bypassed, but none of its inputs fits its output", id)]
    found = []
    if node.version > spec.version:
        found.append(
            Problem(
                f"was saved with {spec.id} version {node.version}; version {spec.version} "
                "is installed and may give another result",
                id,
                warning=True,
            )
        )
    values, problems = settings(graph, id, spec)
    found += problems
    found += _rule_mistakes(id, spec, values)
    for name, socket in spec.sockets.items():
        if socket.when and holds(socket.when.holds, values) is not True:
            continue
        if not (socket.optional or socket.implicit or (id, name) in graph.links) and not (
            not socket.passed and _all_implicit_fed(graph, id, spec, name)
        ):
            found.append(Problem("is not connected", id, name))
    if spec.check and all(problem.warning for problem in problems):
        message = _own_mistake(spec, values)
        if message:
            found.append(Problem(message, id))
    return found


def _rule_mistakes(id: str, spec: NodeSpec, values: dict[str, Any]) -> list[Problem]:
    """Rules of sockets that fail, and rules of partial lists that hang on what a link feeds."""
    found = []
    for name, socket in spec.sockets.items():
        partial = socket.partial.when if socket.partial else None
        for rule in (socket.when.holds if socket.when else None, partial):
            try:
                if rule:
                    rule(values)
            except KeyError as error:
                known = error.args[0] in spec.params
                if rule is partial and known:
                    message = f"decides whether {name} may have gaps: set it by hand, not by a link"
                    found.append(Problem(message, id, error.args[0]))
                elif not known:
                    found.append(Problem(f"its rule failed: {error!r}", id, name))
            except Exception as error:
                found.append(Problem(f"its rule failed: {error!r}", id, name))
    return found


def _own_mistake(spec: NodeSpec, values: dict[str, Any]) -> str | None:
    """What the node's own check says of its parameters, or the error that it raises."""
    assert spec.check is not None
    try:
        return spec.check(values)
    except KeyError as error:
        if error.args[0] in spec.params and error.args[0] not in values:
            return None  # it depends on a parameter that a link feeds
        return f"its check failed: {error!r}"
    except Exception as error:
        return str(error) or f"its check failed: {error!r}"


def _all_implicit_fed(graph: Graph, id: str, spec: NodeSpec, name: str) -> bool:
    """Whether every implicit node that reads this socket is replaced by a link."""
    return all(
        (id, socket.name) in graph.links
        for socket in spec.sockets.values()
        if socket.implicit and name in socket.implicit.sockets
    )


def check_states(graph: Graph) -> list[Problem]:
    """Links that carry stretched images where linear ones are due, naming who stretched them."""
    made: dict[str, tuple[str, str] | None] = {}  # node → (state of its images, who made it so)
    found = []
    for id in graph.order():
        spec = graph.spec(id)
        feeds = graph.feeds(id)
        states = [made.get(feeds[name][0]) for name in feeds]
        made[id] = next((state for state in states if state), None)
        if spec is None:
            continue
        for name, socket in spec.sockets.items():
            state = made.get(feeds[name][0]) if name in feeds else None
            if socket.requires and state and state[0] != socket.requires:
                found.append(
                    Problem(
                        f"needs a {socket.requires} image, but {state[1]} "
                        f"({graph.nodes[state[1]].type}) made it {state[0]}; "
                        f"connect what comes before {state[1]}",
                        id,
                        name,
                    )
                )
        for output in spec.outputs.values():
            gives = output.gives
            if gives and (gives.when is None or holds(gives.when, settings(graph, id, spec)[0])):
                made[id] = (gives.state, id)
    return found
