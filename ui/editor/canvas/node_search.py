"""Finding a node type by what people call it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph.model import End, Graph
from graph.registry import Registry
from graph.spec import NodeSpec
from ui.editor.edits.wiring import fitting
from ui.editor.shell.fuzzy import rank


@dataclass(frozen=True, slots=True)
class Found:
    """A node type that was found. name: the other program's name that it was found by, or ``""``.

    end: the socket or output that an open wire would be linked to, or ``""``.
    """

    spec: NodeSpec
    name: str = ""
    end: str = ""


def offer(graph: Graph, end: End | None = None, output: bool = False) -> list[Found]:
    """What may be added: every type, by title; only what fits, best first, for an open wire."""
    if end is None:
        return [Found(spec) for spec in by_title(graph.registry)]
    return [Found(spec, end=name) for spec, name in fitting(graph, end, output)]


def by_title(registry: Registry) -> list[NodeSpec]:
    """Every node type, family by family, by title."""
    return sorted(registry, key=lambda spec: (spec.family, spec.title.lower()))


def find(query: str, offered: Sequence[Found], recent: Sequence[str] = ()) -> list[Found]:
    """Those of the offered that fit a query, best first.

    recent: ids of types, the last used first: they come first as long as nothing is typed.
    """
    if not query.strip():
        by_id = {found.spec.id: found for found in offered}
        first = [by_id[id] for id in recent if id in by_id]
        return [*first, *(found for found in offered if found not in first)]
    entries = []
    for found in offered:
        known = tuple(getattr(found.spec, "known_as", ()))
        entries.append((found.spec.title, (*known, found.spec.id, found.spec.family)))
    result = []
    for match in rank(query, entries):
        found = offered[match.place]
        known = tuple(getattr(found.spec, "known_as", ()))
        name = match.name if match.name in known and match.name != found.spec.title else ""
        result.append(Found(found.spec, name, found.end))
    return result
