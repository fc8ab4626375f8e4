"""JSON schemas of the graph file and of every node type: for editors and other programs.

A schema says what is good in a file of today. Reading is more lenient: unknown node types,
unknown keys and older versions are kept or brought up to date.
"""

from __future__ import annotations

from typing import Any

from graph import parameters
from graph.document import plain
from graph.file import FORMAT, KEYS, MAX_LINKS, MAX_NODES, META
from graph.migrate import VERSION
from graph.node import MODES, POLICIES
from graph.registry import Registry
from graph.spec import NodeSpec, Output, Socket
from graph.values import type_name

DIALECT = "https://json-schema.org/draft/2020-12/schema"
LINK = r"^\s*[^.]+\.[^.]+->[^.]+\.[^.]+$"


def node_schema(spec: NodeSpec) -> dict[str, Any]:
    """The schema of one use of a node type in a graph file, with its sockets and help beside."""
    return {
        "title": spec.title,
        "description": spec.summary,
        "known_as": list(spec.known_as),
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": {"const": spec.id},
            "version": {"const": spec.version},
            "title": {"type": "string"},
            "params": {
                "type": "object",
                "properties": {
                    name: plain(parameters.schema(parameter))
                    for name, parameter in spec.params.items()
                },
            },
        },
        "sockets": {name: _socket(socket) for name, socket in spec.sockets.items()},
        "outputs": {name: _output(output) for name, output in spec.outputs.items()},
    }


def _socket(socket: Socket) -> dict[str, Any]:
    return {
        "type": type_name(socket.type),
        "depth": socket.depth,
        "optional": socket.optional or socket.implicit is not None,
    }


def _output(output: Output) -> dict[str, Any]:
    return {"type": type_name(output.type), "depth": output.depth}


def graph_schema(registry: Registry) -> dict[str, Any]:
    """The schema of a graph file that uses these node types."""
    ids = {"type": "string", "minLength": 1}
    sections: dict[str, Any] = {key: {"type": "object"} for key in KEYS}
    sections |= {key: {"type": "string"} for key in META}
    sections |= {
        "format": {"const": FORMAT},
        "version": {"type": "integer", "minimum": 1, "maximum": VERSION},
        "inputs": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["node", "param"],
                "properties": {"node": ids, "param": ids, "help": {"type": "string"}},
            },
        },
        "nodes": {
            "type": "object",
            "maxProperties": MAX_NODES,
            "propertyNames": {"pattern": r"^[^.]+$"},
            "additionalProperties": {"$ref": "#/$defs/node"},
        },
        "links": {
            "type": "array",
            "maxItems": MAX_LINKS,
            "items": {"type": "string", "pattern": LINK},
        },
    }
    return {
        "$schema": DIALECT,
        "title": "LinearLink graph",
        "type": "object",
        "required": ["format", "version"],
        "properties": {key: sections[key] for key in KEYS},
        "$defs": {
            "node": {
                "type": "object",
                "required": ["type"],
                "properties": {
                    "type": {"type": "string"},
                    "version": {"type": "integer", "minimum": 1},
                    "title": {"type": "string"},
                    "mode": {"enum": list(MODES)},
                    "keep": {"enum": list(POLICIES)},
                    "params": {"type": "object"},
                },
                "allOf": [_by_type(spec) for spec in registry],
            },
            **{spec.id: node_schema(spec) for spec in registry},
        },
    }


def _by_type(spec: NodeSpec) -> dict[str, Any]:
    """Holds a node of that type, in today's version, to the schema of the type."""
    of_today = {"type": {"const": spec.id}, "version": {"const": spec.version}}
    return {
        "if": {"required": ["type"], "properties": of_today},
        "then": {"$ref": f"#/$defs/{spec.id}"},
    }
