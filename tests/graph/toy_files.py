"""Graph files for the tests of what reads and writes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graph.errors import GraphError
from graph.file import parse
from graph.model import Graph
from graph.registry import Registry
from tests.graph import toy_nodes as toy

REGISTRY = toy.registry()


def document(**keys: Any) -> dict[str, Any]:
    return {"format": "linearlink-graph", "version": 1, **keys}


def text_of(**keys: Any) -> str:
    return json.dumps(document(**keys))


def problems_of(text: str, registry: Registry = REGISTRY) -> list[str]:
    with pytest.raises(GraphError) as caught:
        parse(text, registry)
    return [str(problem) for problem in caught.value.problems]


def sample() -> Graph:
    graph = Graph(REGISTRY)
    graph.meta = {"title": "Ärger & Größe 🌌", "author": "N. N."}
    graph.add("numbers", "toy.numbers", value=[3.0, 1e-300, 0.1])
    graph.add("one", "toy.one", plus=-2.5)
    graph.add("total", "toy.total")
    graph.add("write", "toy.write", file="out/sum.txt")
    graph.link("numbers", "number", "one", "a")
    graph.link("one", "number", "total", "items")
    graph.link("total", "number", "write", "value")
    graph.inputs = {"values": {"node": "numbers", "param": "value", "help": "some numbers"}}
    graph.view = {"nodes": {"one": [40, 80.5]}, "frames": [], "notes": [{"text": "☉"}]}
    return graph
