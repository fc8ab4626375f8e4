"""``linearlink edit [GRAPH …]``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from graph.errors import GraphError


def add(commands: Any) -> None:
    """Declare the options."""
    parser = commands.add_parser(
        "edit",
        help="edit graphs in a window",
        description="Open the editor: wire nodes, see their results at once, tune them.",
    )
    parser.add_argument("graphs", nargs="*", type=Path, metavar="GRAPH", help="graph files")
    parser.add_argument("--store", type=Path, metavar="DIR", help="the folder of the store")
    parser.add_argument(
        "--no-store", action="store_true", help="keep no result beyond this session"
    )
    parser.add_argument("--ui-probe", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(do=do)


def do(arguments: argparse.Namespace) -> int:
    """Show the window until it is closed; the exit code.

    Raises GraphError where no window can be shown, or a file is not there.
    """
    from ui.editor.safety.preflight import why_no_window

    for path in arguments.graphs:
        if not path.is_file():
            kind = "is a folder, not a graph file" if path.is_dir() else "there is no such file"
            raise GraphError(f"{path}: {kind}")
    why = why_no_window()
    if why:
        raise GraphError(why)
    from ui.editor.start import show

    return show(arguments)
