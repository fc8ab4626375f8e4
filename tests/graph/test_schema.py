"""JSON schemas: what the engine writes is valid, what is wrong in a file is not."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema
import pytest

from graph.file import serialize
from graph.model import Graph
from graph.schema import graph_schema, node_schema
from tests.graph import toy_nodes as toy

REGISTRY = toy.registry()
SCHEMA = graph_schema(REGISTRY)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def document() -> dict[str, Any]:
    graph = Graph(REGISTRY)
    for spec in REGISTRY:
        graph.add(spec.id.partition(".")[2], spec.id)
    graph.set("between", "mode", "exact")
    graph.set("write", "file", "out/x.txt")
    graph.link("number", "number", "one", "a")
    graph.meta = {"title": "all", "description": "", "author": "", "license": "BSD-3-Clause"}
    graph.inputs = {"value": {"node": "number", "param": "value", "help": "a number"}}
    graph.view = {"nodes": {"one": [1, 2]}}
    graph.extra = {"later": {"anything": 1}}
    result: dict[str, Any] = json.loads(serialize(graph))
    return result


def test_r02_schemas_are_sound_json() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA, allow_nan=False)) == SCHEMA
    for spec in REGISTRY:
        jsonschema.Draft202012Validator.check_schema(node_schema(spec))
        assert SCHEMA["$defs"][spec.id] == node_schema(spec)


def test_r02_schema_of_a_node_says_all_that_the_signature_says() -> None:
    spec = REGISTRY.get("toy.add")
    assert spec is not None
    assert node_schema(spec) == {
        "title": "Add",
        "description": "Add two numbers.",
        "known_as": [],
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": {"const": "toy.add"},
            "version": {"const": 1},
            "title": {"type": "string"},
            "params": {
                "type": "object",
                "properties": {
                    "scale": {
                        "type": "number",
                        "minimum": -100,
                        "maximum": 100,
                        "description": "factor of the sum.",
                        "default": 1.0,
                    }
                },
            },
        },
        "sockets": {
            "a": {"type": "Number", "depth": 0, "optional": False},
            "b": {"type": "Number", "depth": 0, "optional": False},
        },
        "outputs": {"number": {"type": "Number", "depth": 0}},
    }


def test_r02_what_is_saved_is_valid() -> None:
    VALIDATOR.validate(document())
    VALIDATOR.validate(json.loads(serialize(Graph(REGISTRY))))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["nodes", "new"], {"type": "pack.newer", "version": 9, "params": {"x": [1]}, "k": 1}),
        (["nodes", "one", "params", "unknown"], 3),
        (["nodes", "one"], {"type": "toy.one"}),
        (["nodes", "between", "version"], 7),
        (["unknown"], None),
        (["links"], ["a.x->b.y", " my node.x -> ü.y "]),
    ],
)
def test_what_the_reader_keeps_is_valid(path: list[str], value: Any) -> None:
    VALIDATOR.validate(changed(path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["format"], "other"),
        (["version"], 2),
        (["version"], "1"),
        (["title"], 3),
        (["nodes"], []),
        (["nodes", "one"], {"params": {}}),
        (["nodes", "one", "type"], 3),
        (["nodes", "one", "version"], 0),
        (["nodes", "one", "params"], []),
        (["nodes", "one", "params", "plus"], "x"),
        (["nodes", "add", "params", "scale"], 101),
        (["nodes", "between", "params", "mode"], "slow"),
        (["nodes", "between", "params", "count"], 1.5),
        (["nodes", "write", "params", "overwrite"], 1),
        (["nodes", "x.y"], {"type": "toy.one"}),
        (["links"], {}),
        (["links"], ["a -> b"]),
        (["links"], ["a.b.c -> d.e"]),
        (["inputs", "value"], {"node": "number"}),
        (["view"], []),
    ],
)
def test_what_is_wrong_is_not_valid(path: list[str], value: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(changed(path, value))


def changed(path: list[str], value: Any) -> dict[str, Any]:
    """The document with another value at a path."""
    whole = copy.deepcopy(document())
    inner = whole
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return whole


@pytest.mark.parametrize("key", ["format", "version"])
def test_format_and_version_must_be_there(key: str) -> None:
    whole = document()
    del whole[key]
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(whole)
