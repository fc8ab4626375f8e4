"""Opening a graph for the command line: its settings, the fence, the store, the plan."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import GraphError, RefusedError
from ui.units import read_size

if TYPE_CHECKING:
    from graph.estimate import Estimate
    from graph.model import End, Graph
    from graph.plan import Plan
    from graph.store import Store
    from ui.settings import Setting


def add_graph_options(parser: argparse.ArgumentParser) -> None:
    """What every command that opens a graph takes."""
    parser.add_argument("graph", type=Path, metavar="GRAPH", help="a graph file")
    for option, form, help in (
        ("set", "NODE.PARAM=VALUE", "another setting"),
        ("input", "NAME=PATH", "files for a named input"),
        ("settings", "FILE", "settings from a file; of all three later ones win"),
    ):
        parser.add_argument(
            f"--{option}",
            dest="given",
            action="append",
            default=[],
            type=partial(_name, option),
            metavar=form,
            help=f"{help} (may be repeated)",
        )


def _name(option: str, text: str) -> tuple[str, str]:
    return option, text


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
        type=read_size,
        metavar="SIZE",
        help="what the run may use, such as 8G; 60 %% of the machine's by default",
    )
    parser.add_argument(
        "--yes",
        action="store_true",
        help="let the graph and settings files use files outside their own folders",
    )
    parser.add_argument("--jobs", type=_count, metavar="N", help="nodes at once (processors)")
    for mode, help in (("bypass", "pass its input on"), ("mute", "leave out")):
        parser.add_argument(
            f"--{mode}",
            action="append",
            default=[],
            metavar="NODE",
            help=f"{help} (may be repeated)",
        )
    parser.add_argument(
        "--keep",
        action="append",
        default=[],
        metavar="NODE=POLICY",
        help="whether its results are stored: auto, keep or never (may be repeated)",
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of nodes such as 4")
    return int(text)


def open_graph(arguments: argparse.Namespace) -> Graph:
    """The graph with the settings of the command line. Raises as :func:`open_with_settings`."""
    return open_with_settings(arguments)[0]


def open_with_settings(arguments: argparse.Namespace) -> tuple[Graph, dict[End, Setting]]:
    """The graph with the settings of the command line and its files, and these settings.

    Raises GraphError for what is wrong with file or settings, RefusedError for paths that leave
    the graph's or a settings file's folder without consent.
    """
    from graph.file import read
    from ui.packs import load_registry
    from ui.settings import change

    graph = read(arguments.graph, load_registry())
    settings = change(graph, arguments.given)
    if not getattr(arguments, "yes", True):
        _check_paths(graph, settings)
    _set_modes(graph, arguments)
    return graph, settings


def _check_paths(graph: Graph, settings: Mapping[End, Setting]) -> None:
    """Refuse paths outside the folder; those typed on the command line have consent."""
    from graph.files import find_outside

    outside = [(*found, "the graph") for found in find_outside(graph) if found[:2] not in settings]
    outside += [
        (*end, setting.outside, setting.origin)
        for end, setting in settings.items()
        if setting.outside
    ]
    if outside:
        id, name, path, of = outside[0]
        more = f" (and {len(outside) - 1} more)" if len(outside) > 1 else ""
        trusted = "this graph" if of == "the graph" else "this file"
        raise RefusedError(
            f"{id}.{name} uses {path}, outside the folder of {of}{more}; "
            f"if you trust {trusted}, add --yes, or give a path: --set {id}.{name}=PATH"
        )


def _set_modes(graph: Graph, arguments: argparse.Namespace) -> None:
    from ui.settings import halves, known_node

    for mode in ("bypass", "mute"):
        for id in getattr(arguments, mode, ()):
            graph.set_mode(known_node(graph, id), mode)
    for text in getattr(arguments, "keep", ()):
        id, policy = halves(text, "NODE=POLICY")
        graph.set_keep(known_node(graph, id), policy)


def default_store() -> Path:
    """Where the store is unless told otherwise: the user's cache folder."""
    from platformdirs import user_cache_path

    return user_cache_path("linearlink", appauthor=False) / "store"


#: bytes of results that a run on its own keeps in memory beside what it still needs: nobody asks
#: for them after it, and memory that is used again need not be cleared by the system first
RESULTS = 256 << 20


def open_store(arguments: argparse.Namespace, results: int = RESULTS) -> Store:
    """The store that the options ask for. A folder that cannot be used is a warning, no error.

    results: bytes held in memory at most, beside what a run needs; half of ``--memory`` at most.
    """
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
            why = (isinstance(error, OSError) and error.strerror) or error
            warn(f"the store {folder} cannot be used ({why}); nothing is kept after this run")
    budget = memory_for_work(arguments)
    return Store(results if budget is None else min(budget // 2, results), disk, warn)


def memory_for_work(arguments: argparse.Namespace) -> int | None:
    """What of ``--memory``, which is for the whole program, tasks and results may take."""
    from graph.estimate import share_for_work

    return None if arguments.memory is None else share_for_work(arguments.memory)


def make_plan(graph: Graph, store: Store, arguments: argparse.Namespace) -> Plan:
    """The plan that the options ask for, with a word on stderr when it takes its time.

    Raises as :func:`graph.plan.plan`, and KeyboardInterrupt with a sentence.
    """
    from graph.plan import plan

    path = arguments.graph.resolve()  # beside a link to the graph are none of its files
    try:
        with reading(getattr(arguments, "quiet", False)) as progress:
            return plan(
                graph,
                store,
                targets=arguments.target,
                folder=path.parent,
                out=arguments.out.absolute() if arguments.out else None,
                scope=str(path),
                force=arguments.no_store,
                progress=progress,
            )
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted while planning; nothing was run") from None


def make_estimate(plan: Plan, store: Store, arguments: argparse.Namespace) -> Estimate:
    """What the plan will take with the workers and the memory that the options allow."""
    from graph.estimate import estimate

    return estimate(plan, store, workers=arguments.jobs, memory=memory_for_work(arguments))


#: seconds before anything is said of reading files, and between lines off a terminal
PATIENCE, EVERY = 2.0, 10.0


@contextmanager
def reading(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A function that tells how many files were read: on a terminal in one line."""
    live = sys.stderr.isatty()
    due = time.monotonic() + PATIENCE
    shown = False

    def tell(done: int, total: int) -> None:
        nonlocal due, shown
        now = time.monotonic()
        if quiet or now < due:
            return
        due = now + (0.1 if live else EVERY)
        shown = live
        line = f"linearlink: reading files: {done} of {total} …"
        print(f"\r{line}\x1b[K" if live else line, end="" if live else "\n", file=sys.stderr)
        sys.stderr.flush()

    try:
        yield tell
    finally:
        if shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
