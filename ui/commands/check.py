"""``linearlink check GRAPH``."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ui.opening import add_graph_options, open_graph


def add(commands: Any) -> None:
    """Declare the options."""
    parser = commands.add_parser("check", help="all mistakes of a graph at once")
    add_graph_options(parser)
    parser.add_argument("--json", action="store_true", help="the mistakes as JSON")
    parser.set_defaults(do=do)


def do(arguments: argparse.Namespace) -> int:
    """Print every mistake and what to do; 2 when there is one that stops a run."""
    from graph.check import check
    from graph.files import find_outside

    graph = open_graph(arguments)
    problems = check(graph)
    outside = [
        f"{id}.{name}: uses {path}, outside the folder of the graph"
        for id, name, path in find_outside(graph)
    ]
    errors = [problem for problem in problems if not problem.warning]
    warnings = [*map(str, (p for p in problems if p.warning)), *outside]
    if arguments.json:
        print(
            json.dumps({"errors": [str(error) for error in errors], "warnings": warnings}, indent=2)
        )
    else:
        for error in errors:
            print(f"error: {error}")
        for warning in warnings:
            print(f"warning: {warning}")
        if not errors:
            print(
                f"{arguments.graph}: {len(graph.nodes)} nodes, {len(graph.links)} links, "
                "no mistakes"
            )
    return 2 if errors else 0
