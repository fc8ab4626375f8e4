"""Toy nodes that wait until they are told, to see what else is at work meanwhile.

``registry`` knows them and all other toy nodes; ``build`` makes a graph of them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np

from graph.context import SILENT, Context
from graph.model import Graph
from graph.registry import Registry
from graph.spec import When, node
from tests.graph import toy_lazy, toy_nodes
from tests.graph.toy_lazy import Frame, Working
from tests.graph.toy_values import gates, note


@node("waiting.polls")
def polls(a: float = 0.0, *, name: str = "polls", ctx: Context = SILENT) -> float:
    """Wait for the gate of its name, then look at the context."""
    note(name)
    gates[name].wait(20)
    ctx.check()
    note(f"{name} went on")
    return a


@node("waiting.frame")
def frame(a: float, *, size: int = 1000) -> Frame:
    """A frame full of a number. Waits at the gate ``frame``, if any."""
    with Working("frame"):
        if "frame" in gates:
            gates["frame"].wait(20)
        return Frame(np.full(size, a, np.float32))


@node("waiting.mean")
def mean(frame: Frame) -> float:
    """The mean of a frame."""
    return float(frame.data.mean())


def _tenfold(inputs: Mapping[str, int], counts: Mapping[str, int], params: Any) -> int:
    return 10 * inputs.get("frame", 0)


@node("waiting.choice", memory=_tenfold)
def choice(
    frame: Annotated[Frame | None, When(lambda params: params["use"])] = None,
    *,
    use: bool = True,
) -> float:
    """The mean of a frame that is read if asked for. Waits at the gate ``choice``, if any."""
    note("choice")
    with Working("choice"):
        if "choice" in gates:
            gates["choice"].wait(20)
        return float(frame.data.mean()) if frame else 0.0


@node("waiting.either")
def either(
    a: float,
    more: Annotated[float, When(lambda params: params["use"])] = 0.0,
    *,
    use: bool = True,
) -> float:
    """Add what is there."""
    note("either")
    return a + more


@node("waiting.card", workers="main", uses="card")
def card(a: float) -> float:
    """Use what only one node at a time may, on the caller's thread."""
    note("card")
    return a


def registry() -> Registry:
    """These and all other toy nodes."""
    known = toy_lazy.registry()
    known.add_module(sys.modules[__name__])
    return known


def build(links: str = "", /, **nodes: Any) -> Graph:
    """A graph, written as for ``toy_nodes.build``."""
    return toy_nodes.wire(registry(), links, nodes)
