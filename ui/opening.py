"""Opening a graph for the command line: overrides, named inputs, the fence, the store."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.errors import GraphError, Problem, RefusedError

if TYPE_CHECKING:
    from graph.model import Graph
    from graph.store import Store


def add_graph_options(parser: argparse.ArgumentParser) -> None:
    """What every command that opens a graph takes."""
    parser.add_argument("graph", type=Path, metavar="GRAPH", help="a graph file")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NODE.PARAM=VALUE", help="another setting"
    )
    parser.add_argument(
        "--input", action="append", default=[], metavar="NAME=PATH", help="files for a named input"
    )


def add_plan_options(parser: argparse.ArgumentParser) -> None:
    """What every command that makes a plan takes beside."""
    parser.add_argument(
        "--target", action="append", metavar="NODE", help="make only this node (may be repeated)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="where relative outputs go")
    parser.add_argument("--store", type=Path, metavar="DIR", help="the folder of the store")
    parser.add_argument(
        "--no-store", "--no-cache", action="store_true", help="run everything, keep nothing"
    )
    parser.add_argument(
        "--memory",
        type=_size,
        metavar="SIZE",
        help="memory for results, such as 8G; a quarter of the machine's by default",
    )
    parser.add_argument(
        "--yes", action="store_true", help="let the graph use files outside its own folder"
    )


def _size(text: str) -> int:
    units = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
    number = text.upper().removesuffix("B").rstrip("KMGT")
    try:
        size = float(number) * units[text.upper().removesuffix("B")[len(number) :]]
    except (ValueError, KeyError):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 8G or 500M") from None
    if not 0 < size < 1 << 60:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 8G or 500M")
    return int(size)


def open_graph(arguments: argparse.Namespace) -> Graph:
    """The graph with the overrides of the command line.

    Raises GraphError for what is wrong with file or overrides, RefusedError for paths that leave
    the graph's folder without consent.
    """
    from graph.file import read
    from graph.files import find_outside
    from ui.packs import load_registry

    graph = read(arguments.graph, load_registry())
    given = {*_set_inputs(graph, arguments.input), *_set_params(graph, arguments.set)}
    if not getattr(arguments, "yes", True):
        outside = [found for found in find_outside(graph) if found[:2] not in given]
        if outside:
            id, name, path = outside[0]
            more = f" (and {len(outside) - 1} more)" if len(outside) > 1 else ""
            raise RefusedError(
                f"{id}.{name} uses {path}, outside the folder of the graph{more}; "
                f"if you trust this graph, add --yes, or give a path: --set {id}.{name}=PATH"
            )
    return graph


def _halves(text: str, what: str) -> tuple[str, str]:
    left, equals, right = text.partition("=")
    if not equals or not left:
        raise GraphError(f"{text!r} is not {what}")
    return left, right


def _set_inputs(graph: Graph, settings: Iterable[str]) -> Iterable[tuple[str, str]]:
    from graph.parameters import near

    for setting in settings:
        name, path = _halves(setting, "NAME=PATH")
        if not path:
            raise GraphError(f"the input {name!r} is given no path")
        entry = graph.inputs.get(name)
        if entry is None:
            known = ", ".join(graph.inputs) or "none"
            raise GraphError(f"no input {name!r}{near(name, graph.inputs)} (inputs: {known})")
        id, param = str(entry.get("node")), str(entry.get("param"))
        if id not in graph.nodes:
            raise GraphError(f"the input {name!r} names the node {id!r}, which does not exist")
        graph.set(id, param, _absolute(path))
        yield id, param


def _set_params(graph: Graph, settings: Iterable[str]) -> Iterable[tuple[str, str]]:
    from graph.parameters import near, parse

    for setting in settings:
        name, text = _halves(setting, "NODE.PARAM=VALUE")
        id, dot, param = name.partition(".")
        if not dot:
            raise GraphError(f"{name!r} is not NODE.PARAM")
        if id not in graph.nodes:
            known = ", ".join(graph.nodes)
            raise GraphError(f"no node {id!r}{near(id, graph.nodes)} (nodes: {known})")
        spec = graph.spec(id)
        if spec is None:
            raise GraphError(f"the type {graph.nodes[id].type!r} is not installed", id)
        if param not in spec.params:
            graph.set(id, param, text)  # raises, with the names that exist
            continue
        if (id, param) in graph.links:
            raise GraphError([Problem("is fed by a link and cannot be set", id, param)])
        parameter = spec.params[param]
        try:
            value = parse(parameter, text)
        except ValueError as error:
            raise GraphError([Problem(str(error), id, param)]) from None
        graph.set(id, param, _absolute(value) if parameter.file else value)
        yield id, param


def _absolute(value: Any) -> Any:
    """Paths given on the command line start where it stands, not at the graph."""
    if isinstance(value, list | tuple):
        return [_absolute(item) for item in value]
    return str(Path(value).expanduser().absolute()) if isinstance(value, str) else value


def default_store() -> Path:
    """Where the store is unless told otherwise: the user's cache folder."""
    from platformdirs import user_cache_path

    return user_cache_path("linearlink", appauthor=False) / "store"


def open_store(arguments: argparse.Namespace) -> Store:
    """The store that the options ask for. A folder that cannot be used is a warning, no error."""
    import sqlite3

    from graph.disk import Disk
    from graph.store import Store

    def warn(message: str) -> None:
        print(f"linearlink: warning: {message}", file=sys.stderr)

    disk = None
    if not arguments.no_store:
        folder = arguments.store or default_store()
        try:
            disk = Disk(folder)
        except ValueError as error:
            raise GraphError(f"{error}; choose another folder with --store") from None
        except (OSError, sqlite3.Error) as error:
            warn(f"the store {folder} cannot be used ({error}); nothing is kept after this run")
    return Store(arguments.memory, disk, warn)


def plan_options(arguments: argparse.Namespace) -> dict[str, object]:
    """The keyword arguments of :func:`graph.plan.plan`."""
    path = arguments.graph.resolve()  # beside a link to the graph are none of its files
    return {
        "targets": arguments.target,
        "folder": path.parent,
        "out": arguments.out.absolute() if arguments.out else None,
        "scope": str(path),
        "force": arguments.no_store,
    }
