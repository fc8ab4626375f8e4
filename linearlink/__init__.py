"""LinearLink: a dataflow graph editor and executor for deep-sky astrophotography.

The public names, for notebooks and for packs of nodes:

    from linearlink import Image, Range, node
    from linearlink import load, plan, run, Store

Everything else may move from one version to the next. Names are imported on first use.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph.context import Context as Context
    from graph.control import Control as Control
    from graph.disk import Disk as Disk
    from graph.errors import GraphError as GraphError
    from graph.errors import InputError as InputError
    from graph.errors import RefusedError as RefusedError
    from graph.events import Event as Event
    from graph.file import read as load  # noqa: F401
    from graph.file import write as save  # noqa: F401
    from graph.live import Live as Live
    from graph.model import Graph as Graph
    from graph.plan import plan as plan
    from graph.run import run as run
    from graph.spec import Color as Color
    from graph.spec import CurvePoints as CurvePoints
    from graph.spec import Each as Each
    from graph.spec import Expression as Expression
    from graph.spec import From as From
    from graph.spec import Gives as Gives
    from graph.spec import Grouping as Grouping
    from graph.spec import InputFile as InputFile
    from graph.spec import OutputFile as OutputFile
    from graph.spec import Partial as Partial
    from graph.spec import Range as Range
    from graph.spec import Repeat as Repeat
    from graph.spec import Requires as Requires
    from graph.spec import When as When
    from graph.spec import node as node
    from graph.store import Store as Store
    from graph.values import Frames as Frames
    from graph.values import value_type as value_type
    from nodes.bands import run_bands as run_bands
    from nodes.values import Header as Header
    from nodes.values import Image as Image
    from nodes.values import Mask as Mask
    from nodes.values import Screen as Screen
    from nodes.values import Statistics as Statistics
    from nodes.values import Stretch as Stretch
    from nodes.values import Table as Table
    from nodes.values import Wcs as Wcs
    from ui.packs import load_registry as load_registry

__version__ = "0.1.0"

_NAMES = {
    "Color": "graph.spec",
    "Context": "graph.context",
    "Control": "graph.control",
    "CurvePoints": "graph.spec",
    "Disk": "graph.disk",
    "Each": "graph.spec",
    "Event": "graph.events",
    "Expression": "graph.spec",
    "Frames": "graph.values",
    "From": "graph.spec",
    "Gives": "graph.spec",
    "Graph": "graph.model",
    "GraphError": "graph.errors",
    "Grouping": "graph.spec",
    "Header": "nodes.values",
    "Image": "nodes.values",
    "InputError": "graph.errors",
    "InputFile": "graph.spec",
    "Live": "graph.live",
    "Mask": "nodes.values",
    "OutputFile": "graph.spec",
    "Partial": "graph.spec",
    "Range": "graph.spec",
    "RefusedError": "graph.errors",
    "Repeat": "graph.spec",
    "Requires": "graph.spec",
    "Screen": "nodes.values",
    "Statistics": "nodes.values",
    "Store": "graph.store",
    "Stretch": "nodes.values",
    "Table": "nodes.values",
    "Wcs": "nodes.values",
    "When": "graph.spec",
    "load": "graph.file:read",
    "load_registry": "ui.packs",
    "node": "graph.spec",
    "plan": "graph.plan",
    "run": "graph.run",
    "run_bands": "nodes.bands",
    "save": "graph.file:write",
    "value_type": "graph.values",
}
__all__ = ["__version__", "main", *_NAMES]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"linearlink has no public name {name!r}")
    module, _, inner = _NAMES[name].partition(":")
    return getattr(importlib.import_module(module), inner or name)


def __dir__() -> list[str]:
    return sorted(__all__)


def _find_culprit() -> str | None:
    """The file that stands where ours should, when another distribution has the same folder."""
    import importlib.util
    from pathlib import Path

    for room in ("graph", "nodes", "ui"):
        spec = importlib.util.find_spec(room)
        origin = spec.origin if spec else None
        try:
            ours = origin is not None and "LinearLink" in Path(origin).read_text("utf-8")[:200]
        except (OSError, UnicodeDecodeError):
            ours = False
        if not ours:
            return origin or f"(no module {room})"
    return None


def main(arguments: list[str] | None = None) -> int:
    """The command ``linearlink``; the exit code. See ``linearlink --help``."""
    try:
        return _main(arguments)
    except KeyboardInterrupt:  # before the command listens
        print("linearlink: interrupted", file=sys.stderr)
        return 130


def _main(arguments: list[str] | None) -> int:
    if not getattr(sys, "frozen", False):
        culprit = _find_culprit()
        if culprit:
            print(
                f"linearlink: {culprit} is not part of LinearLink: another package uses the same "
                "folder name. Install LinearLink on its own: pipx install linearlink",
                file=sys.stderr,
            )
            return 2
    from ui.command import main as command

    return command(arguments)
