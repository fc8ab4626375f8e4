"""``linearlink run GRAPH``."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

from ui.opening import add_graph_options, add_plan_options, open_graph, open_store, plan_options

if TYPE_CHECKING:
    from graph.result import Result


def add(commands: Any) -> None:
    """Declare the options."""
    parser = commands.add_parser(
        "run",
        help="run a graph",
        description="Run a graph: make what "
        "its sinks and viewers need and the store does not have.",
    )
    add_graph_options(parser)
    add_plan_options(parser)
    parser.add_argument("--jobs", type=_count, metavar="N", help="nodes at once (processors)")
    parser.add_argument("--dry-run", action="store_true", help="only say what would run, and why")
    parser.add_argument("--json", action="store_true", help="one event a line, a summary last")
    parser.add_argument("--quiet", action="store_true", help="only errors")
    parser.set_defaults(do=do, explain=None)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of nodes such as 4")
    return int(text)


def do(arguments: argparse.Namespace) -> int:
    """Plan, run, tell; the exit code."""
    from graph.plan import plan
    from graph.run import run
    from ui.commands.plan import show_plan
    from ui.progress import reader

    graph = open_graph(arguments)
    store = open_store(arguments)
    made = plan(graph, store, **plan_options(arguments))  # type: ignore[arg-type]
    if arguments.dry_run:
        return show_plan(made, store, arguments)
    errors = [problem for problem in made.problems if not problem.warning]
    blocked = [id for id in made.targets if made.state(id) == "blocked"]
    for problem in made.problems:
        kind = "warning" if problem.warning else "error"
        print(f"linearlink: {kind}: {problem}", file=sys.stderr)
    if errors and len(blocked) == len(made.targets):
        if arguments.json:
            print(
                json.dumps(
                    {
                        "event": "summary",
                        "status": "invalid",
                        "executed": [],
                        "cached": [],
                        "failed": [],
                        "blocked": made.ids("blocked"),
                        "skipped": [],
                        "outputs": {},
                        "problems": [str(error) for error in errors],
                    }
                )
            )
        return 2
    cancel = threading.Event()
    before = _listen(cancel)
    try:
        with reader(made, arguments.json, arguments.quiet) as post:
            result = run(made, store, workers=arguments.jobs, post=post, cancel=cancel)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    tell(result, arguments)
    if result.cancelled:
        return 130
    return 1 if result.failed else 2 if errors else 0


def _listen(cancel: threading.Event) -> dict[Any, Any]:
    """Let an interrupt stop the run cleanly; a second one ends the program."""

    def stop(number: int, frame: Any) -> None:
        if cancel.is_set():  # a node that does not listen may be at work on any thread
            os.write(2, b"linearlink: interrupted\n")
            os._exit(130)
        cancel.set()

    before: dict[Any, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, stop)
    return before


def tell(result: Result, arguments: argparse.Namespace) -> None:
    """Errors to stderr, the outcome to stdout."""
    _tell_failures(result, arguments.debug)
    if arguments.json:
        print(json.dumps(result.summary()), flush=True)
        return
    for id, blocked in _blame(result).items():
        print(f"linearlink: blocked by {id}: {', '.join(blocked)}", file=sys.stderr)
    for id in result.plan.nodes:
        for message in dict.fromkeys(result.warnings(id)):
            print(f"linearlink: warning: {id}: {message}", file=sys.stderr)
    if arguments.quiet:
        return
    summary = result.summary()
    counts = [
        f"{len(summary[state])} {state}"
        for state in ("executed", "cached", "failed", "blocked", "cancelled")
        if summary[state] or state in ("executed", "cached")
    ]
    print(f"{', '.join(counts)} in {result.seconds:.2f} s")
    if summary["executed"]:
        print(f"ran: {', '.join(summary['executed'])}")
    for id, paths in summary["outputs"].items():
        for path in paths:
            print(f"{id}: {path}")


def _tell_failures(result: Result, debug: bool) -> None:
    """Every failure with its node, item and inputs; one that nodes or items share only once."""
    told: dict[int, str] = {}
    for node in result.failed:
        for item, failure in result.failures(node):
            if failure.cancelled or failure.by:
                continue
            where = f"{node}[{'.'.join(str(i + 1) for i in item)}]" if item else node
            where += f" ({result.plan.nodes[node].type})"
            first = told.setdefault(id(failure), where)
            if first != where:
                print(f"linearlink: error: {where}: the same as {first}", file=sys.stderr)
                continue
            print(f"linearlink: error: {where}: {failure.message}", file=sys.stderr)
            for line in failure.inputs:
                print(f"    {line}", file=sys.stderr)
            if debug:
                print(failure.trace, file=sys.stderr)


def _blame(result: Result) -> dict[str, list[str]]:
    """The nodes that lack an input, by the node whose failure is the cause."""
    cause: dict[str, str] = {}
    blame: dict[str, list[str]] = {}
    for id in result.blocked:
        node = result.plan.nodes[id]
        blockers = [failure.by for _, failure in result.failures(id) if failure.by]
        if blockers:
            cause[id] = cause.get(blockers[0], blockers[0])
            if not node.implicit_of:
                some = f" ({len(blockers)} of {node.items} items)" if node.items > 1 else ""
                blame.setdefault(cause[id], []).append(id + some)
    return blame
