"""The checked parameters of a node."""

from __future__ import annotations

from typing import Any

from graph.errors import Problem
from graph.model import Graph
from graph.parameters import near, resolve
from graph.spec import REQUIRED, NodeSpec


def settings(graph: Graph, id: str, spec: NodeSpec) -> tuple[dict[str, Any], list[Problem]]:
    """The checked parameters of a node and their mistakes; remembered while the node stays."""
    node = graph.nodes[id]
    fed = {name for name in graph.feeds(id) if name in spec.params}
    known = graph.checked.get(id)
    if known and known[0] is node and known[1] == fed:
        return known[2], known[3]
    values, problems = resolve_params(spec, node.params, fed, id)
    graph.checked[id] = (node, fed, values, problems)
    return values, problems


def resolve_params(
    spec: NodeSpec, given: Any, fed: set[str], id: str | None = None
) -> tuple[dict[str, Any], list[Problem]]:
    """Every parameter that is not fed by a link, checked, defaults filled in; and the mistakes."""
    values: dict[str, Any] = {}
    found: list[Problem] = []
    for name in given:
        if name not in spec.params:
            hint = near(name, spec.params)
            found.append(
                Problem(
                    f"unknown parameter of {spec.id}, kept and not used{hint}",
                    id,
                    name,
                    warning=True,
                )
            )
    for name, parameter in spec.params.items():
        if name in fed:
            continue
        value = given.get(name, parameter.default)
        if value is REQUIRED:
            found.append(Problem("is not set", id, name))
            continue
        if value is parameter.default and parameter.file is None:
            values[name] = value  # a declared default needs no check
            continue
        try:
            values[name] = resolve(parameter, value)
        except ValueError as error:
            found.append(Problem(str(error), id, name))
    return values, found
