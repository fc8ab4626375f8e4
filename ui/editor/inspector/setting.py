"""Reading and changing the parameters of selected nodes, as named steps of a document."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from graph.check import check_node
from graph.document import plain
from graph.errors import Problem
from graph.model import Graph
from graph.parameters import resolve
from graph.spec import REQUIRED, Parameter
from ui.editor import edits
from ui.editor.document import Document
from ui.editor.edits.words import tell


def value_of(graph: Graph, id: str, parameter: Parameter) -> Any:
    """What a parameter is set to, as it stands in a file; its default; REQUIRED without one."""
    value = graph.nodes[id].params.get(parameter.name, parameter.default)
    return value if value is REQUIRED else plain(value)


def is_changed(graph: Graph, id: str, parameter: Parameter) -> bool:
    """Whether a parameter differs from its default; one that must be set has none."""
    if parameter.default is REQUIRED:
        return False
    return not _same(parameter, value_of(graph, id, parameter), parameter.default)


def _same(parameter: Parameter, a: Any, b: Any) -> bool:
    try:
        return bool(resolve(parameter, a) == resolve(parameter, b))
    except ValueError:
        return bool(plain(a) == plain(b))


def is_shared(graph: Graph, ids: Sequence[str], parameter: Parameter) -> bool:
    """Whether a parameter has the same value at all of these nodes."""
    first = value_of(graph, ids[0], parameter)
    return all(value_of(graph, id, parameter) == first for id in ids[1:])


def set_value(
    document: Document, ids: Sequence[str], name: str, value: Any, *, drag: bool = False
) -> None:
    """Set a parameter of these nodes.

    drag: the values of one drag are one step, until ``document.settle()``.
    """
    merge = ("set", tuple(ids), name) if drag else None
    with document.change(f"Set {_words(name)} of {tell(ids)}", merge=merge) as graph:
        for id in ids:
            graph.set(id, name, value)


def reset(document: Document, ids: Sequence[str], names: Sequence[str]) -> None:
    """Set parameters back to their defaults; those that links feed and have none stay."""
    what = _words(names[0]) if len(names) == 1 else "all parameters"
    with document.change(f"Reset {what} of {tell(ids)}") as graph:
        for id in ids:
            spec = graph.spec(id)
            for name in names:
                parameter = spec.params.get(name) if spec else None
                if parameter and parameter.default is not REQUIRED:
                    graph.set(id, name, plain(parameter.default))


def set_title(document: Document, id: str, title: str) -> None:
    """Give a node a title; an empty one shows that of its type again."""
    with document.change(f"Title of {id}") as graph:
        edits.set_title(graph, id, title)


def rename(document: Document, id: str, new: str) -> None:
    """Give a node another id. Raises GraphError for one that is in use or cannot be an id."""
    selected = document.selection
    with document.change(f"Rename {id} to {new}") as graph:
        edits.rename(graph, id, new)
    document.select(new if each == id else each for each in selected)


def set_mode(document: Document, ids: Sequence[str], mode: str) -> None:
    """Let nodes run, be bypassed or muted."""
    names = {"run": "Run", "bypass": "Bypass", "mute": "Mute"}
    with document.change(f"{names[mode]} {tell(ids)}") as graph:
        for id in ids:
            graph.set_mode(id, mode)


def set_keep(document: Document, ids: Sequence[str], keep: str) -> None:
    """Choose whether results are kept."""
    with document.change(f"Keep results of {tell(ids)}: {keep}") as graph:
        for id in ids:
            graph.set_keep(id, keep)


def problems_of(graph: Graph, id: str) -> dict[str, list[Problem]]:
    """What is wrong with a node, by parameter or socket; under ``""`` what is wrong with all of it.

    Of a node that is bypassed or muted its settings are still looked at.
    """
    found: dict[str, list[Problem]] = {}
    looked_at = graph
    if graph.nodes[id].mode != "run":
        looked_at = graph.variant(
            {**graph.nodes, id: dataclasses.replace(graph.nodes[id], mode="run")}, graph.links
        )
    for problem in check_node(looked_at, id):
        found.setdefault(problem.name or "", []).append(problem)
    return found


def _words(name: str) -> str:
    return name.replace("_", " ")
