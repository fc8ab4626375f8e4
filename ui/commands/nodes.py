"""``linearlink nodes [TYPE]``."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any, get_args, get_origin

from graph.errors import GraphError

if TYPE_CHECKING:
    from graph.spec import NodeSpec, Parameter


def add(commands: Any) -> None:
    """Declare the options."""
    parser = commands.add_parser("nodes", help="the node types, or the help of one")
    parser.add_argument("type", nargs="?", metavar="TYPE", help="such as view.screen, or a family")
    parser.add_argument("--json", action="store_true", help="JSON schemas")
    parser.set_defaults(do=do)


def do(arguments: argparse.Namespace) -> int:
    """Print the list, one help text, or schemas."""
    from ui.packs import load_registry

    registry = load_registry()
    chosen = list(registry)
    if arguments.type:
        one = registry.get(arguments.type)
        chosen = [one] if one else [spec for spec in registry if spec.family == arguments.type]
        if not chosen:
            raise GraphError(f"no node type {arguments.type!r}{registry.near(arguments.type)}")
    if arguments.json:
        from graph.schema import node_schema

        print(json.dumps({spec.id: node_schema(spec) for spec in chosen}, indent=2))
    elif arguments.type and len(chosen) == 1:
        print(describe(chosen[0]))
    else:
        family = ""
        width = max(len(spec.id) for spec in chosen)
        for spec in chosen:
            if spec.family != family:
                family = spec.family
                print(family)
            print(f"  {spec.id.ljust(width)}  {spec.summary}")
    return 0


def describe(spec: NodeSpec) -> str:
    """The help of a node type: what its docstring and its signature say."""
    from graph.values import type_name

    lines = [f"{spec.id}  (version {spec.version})", "", spec.doc, ""]
    if spec.known_as:
        lines += [f"Known as {', '.join(spec.known_as)}", ""]
    for title, ends in (("Inputs", spec.sockets), ("Outputs", spec.outputs)):
        if ends:
            lines.append(title)
        for end in ends.values():
            name = type_name(end.type)
            shown = f"list of {name}" if end.depth else name
            if getattr(end, "implicit", None):
                shown += f", made by {end.implicit.id} when not connected"  # type: ignore[union-attr]
            elif getattr(end, "optional", False):
                shown += ", optional"
            if getattr(end, "requires", None):
                shown += f", {end.requires}"  # type: ignore[union-attr]
            lines.append(f"  {end.name}: {shown}")
    if spec.params:
        lines.append("Parameters")
        lines += [f"  {parameter.name}: {_values(parameter)}" for parameter in spec.params.values()]
    return "\n".join(lines)


def _values(parameter: Parameter) -> str:
    from graph.spec import REQUIRED

    words: list[str] = [parameter.kind]
    if parameter.kind == "list":
        words = [_list(parameter.type)]
    if parameter.choices:
        words = [" | ".join(map(str, parameter.choices))]
    if parameter.each:
        words.append("(a list; one item at a time)")
    if parameter.range:
        words.append(f"{parameter.range.minimum:g} to {parameter.range.maximum:g}")
        if parameter.range.unit:
            words.append(parameter.range.unit)
    if parameter.default is REQUIRED:
        words.append("(must be set)")
    else:
        words.append(f"= {json.dumps(parameter.default, default=str)}")
    return " ".join(words)


def _list(type: Any) -> str:
    """``3 numbers``, ``list of texts``: what a list takes."""
    items = get_args(type)
    names = {float: "numbers", int: "whole numbers", str: "texts"}
    word = names.get(items[0], "values") if len({*items} - {...}) == 1 else "values"
    fixed = get_origin(type) is tuple and ... not in items
    return f"{len(items)} {word}" if fixed else f"list of {word}"
