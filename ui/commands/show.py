"""``linearlink show GRAPH``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ui.opening import add_graph_options, open_graph


def add(commands: Any) -> None:
    """Declare the options."""
    parser = commands.add_parser("show", help="a graph as a picture")
    add_graph_options(parser)
    parser.add_argument(
        "--to", choices=("svg", "mermaid"), default="mermaid", help="kind of picture"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="a file instead of stdout"
    )
    parser.set_defaults(do=do)


def do(arguments: argparse.Namespace) -> int:
    """Print or write the picture."""
    from graph.file import write_text
    from ui.drawing import to_mermaid, to_svg

    graph = open_graph(arguments)
    picture = to_svg(graph) if arguments.to == "svg" else to_mermaid(graph)
    if arguments.output:
        write_text(arguments.output, picture)
        print(arguments.output)
    else:
        print(picture, end="")
    return 0
