"""How well node types fit a wire: ranks to sort by, smaller is better."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from graph import values
from graph.model import End, Graph
from graph.spec import NodeSpec, Parameter, Socket

Type = Any
#: a parameter; how far the types are apart; made by itself, or no first output; optional
Rank = tuple[bool, int, bool, bool]


def output_type(graph: Graph, end: End) -> Type:
    """The type that an output gives; Any where it is not known."""
    spec = graph.spec(end[0])
    found = spec.outputs.get(end[1]) if spec else None
    return found.type if found else Any


def input_type(graph: Graph, end: End) -> Type:
    """The type that a socket or parameter takes; Any where it is not known, None for no link."""
    spec = graph.spec(end[0])
    found = (spec.sockets.get(end[1]) or spec.params.get(end[1])) if spec else None
    return _taken(found) if found else Any


def best_input(
    spec: NodeSpec, given: Type, taken: Container[str] = (), params: bool = True
) -> tuple[Rank, str] | None:
    """The socket or, failing that, parameter that takes a type best and is not taken.

    A choice takes a text, but nobody who has a text in hand looks for that.
    """
    ends: list[Socket | Parameter] = [*spec.sockets.values()]
    ends += [param for param in spec.params.values() if params and not param.choices]
    found = []
    for end in ends:
        far = _apart(given, _taken(end)) if end.name not in taken else None
        if far is not None:
            socket = isinstance(end, Socket)
            made = isinstance(end, Socket) and end.implicit is not None
            found.append(((not socket, far, made, end.optional), end.name))
    return min(found, key=lambda entry: entry[0], default=None)


def best_output(spec: NodeSpec, wanted: list[Type]) -> tuple[Rank, str] | None:
    """The output that fits all of these types best."""
    found = []
    for place, output in enumerate(spec.outputs.values()):
        far = [_apart(output.type, type) for type in wanted]
        steps = [step for step in far if step is not None]
        if steps and len(steps) == len(far):
            found.append(((False, max(steps), place > 0, False), output.name))
    return min(found, key=lambda entry: entry[0], default=None)


def _taken(end: Socket | Parameter) -> Type:
    if isinstance(end, Parameter):
        if not end.linkable:
            return None
        return str if end.choices else end.type
    return end.type


def _apart(source: Type, target: Type) -> int | None:
    """0 for the same type, 1 for one that is converted, 2 where it is only known at work."""
    if source is None or target is None or not values.fits(source, target):
        return None
    if source is target:
        return 0
    return 2 if Any in (source, target) else 1
