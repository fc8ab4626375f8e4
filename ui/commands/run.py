"""``linearlink run GRAPH``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from graph.errors import GraphError, RefusedError
from ui.failures import blame, tell_failures
from ui.opening import (
    add_graph_options,
    add_plan_options,
    make_estimate,
    make_plan,
    memory_for_work,
    open_store,
    open_with_settings,
)
from ui.units import one_line, size

if TYPE_CHECKING:
    from graph.estimate import Estimate
    from graph.plan import Plan
    from graph.result import Result
    from graph.store import Store


#: of a node that wrote more files only the first and the last are named
MOST_FILES = 10
#: of more nodes only so many are named
MOST_NAMED = 5


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
    parser.add_argument("--dry-run", action="store_true", help="only say what would run, and why")
    parser.add_argument("--json", action="store_true", help="one event a line, a summary last")
    parser.add_argument("--quiet", action="store_true", help="only errors")
    parser.set_defaults(do=do, explain=None)


def do(arguments: argparse.Namespace) -> int:
    """Plan, run, tell; the exit code."""
    try:
        return _do(arguments)
    except (GraphError, RefusedError, KeyboardInterrupt) as error:  # before the run
        if arguments.json and not arguments.dry_run:
            states = {RefusedError: "refused", KeyboardInterrupt: "cancelled"}
            problems = str(error).splitlines()
            print(json.dumps(_summarize(states.get(type(error), "invalid"), problems)))
        raise


def _do(arguments: argparse.Namespace) -> int:
    from ui.commands.plan import show_plan, tell_problems, tell_shortfalls
    from ui.settings import origins

    graph, settings = open_with_settings(arguments)
    store = open_store(arguments)
    made = make_plan(graph, store, arguments)
    expected = make_estimate(made, store, arguments)
    if arguments.dry_run:
        return show_plan(made, expected, store, origins(graph, settings, made.nodes), arguments)
    tell_problems(made)
    invalid = any(not problem.warning for problem in made.problems)
    if invalid and all(made.state(id) == "blocked" for id in made.targets):
        if arguments.json:
            problems = [str(problem) for problem in made.problems if not problem.warning]
            print(json.dumps(_summarize("invalid", problems, made.ids("blocked"))))
        return 2
    tell_shortfalls(expected)
    result = _carry_out(made, expected, store, arguments)
    tell(result, store, arguments)
    if result.cancelled:
        return 130
    return 1 if result.failed else 2 if invalid else 0


def _carry_out(
    plan: Plan, expected: Estimate, store: Store, arguments: argparse.Namespace
) -> Result:
    from graph.control import Control
    from graph.run import run
    from ui.interrupt import listen
    from ui.reader import reader

    control = Control()
    with listen(control), reader(plan, expected, arguments.json, arguments.quiet) as post:
        return run(
            plan,
            store,
            workers=arguments.jobs,
            memory=memory_for_work(arguments),
            post=post,
            control=control,
        )


def _summarize(status: str, problems: list[str], blocked: Sequence[str] = ()) -> dict[str, Any]:
    """The last line of ``--json`` when nothing could run."""
    return {
        "event": "summary",
        "status": status,
        "executed": [],
        "cached": [],
        "failed": [],
        "blocked": list(blocked),
        "skipped": [],
        "outputs": {},
        "problems": problems,
    }


def tell(result: Result, store: Store, arguments: argparse.Namespace) -> None:
    """Errors to stderr, the outcome to stdout."""
    tell_failures(result, arguments.debug)
    if arguments.json:
        print(json.dumps(result.summary()), flush=True)
        return
    for id, blocked in blame(result).items():
        print(f"linearlink: blocked by {id}: {', '.join(blocked)}", file=sys.stderr)
    for id in result.plan.nodes:
        for message in dict.fromkeys(result.warnings(id)):
            print(one_line(f"linearlink: warning: {id}: {message}"), file=sys.stderr)
    if not arguments.quiet:
        for line in outcome(result, store.disk.limit if store.disk else None):
            print(one_line(line))


def outcome(result: Result, limit: int | None = None) -> list[str]:
    """What a run did: nodes and items by what became of them, retries, memory, the files.

    limit: of the store, in bytes on disk.
    """
    summary = result.summary()
    counts = [
        f"{len(summary[state])} {state}"
        for state in ("executed", "cached", "failed", "blocked", "cancelled")
        if summary[state] or state in ("executed", "cached")
    ]
    peak = size(summary["peak_memory_bytes"])
    lines = [f"{', '.join(counts)} in {result.seconds:.2f} s, peak memory {peak}"]
    if result.cancelled and limit is not None:
        lines.append("interrupted: what has finished is kept; run again to go on")
    if len(summary["skipped"]) == len(result.plan.nodes):
        resting = [f"{id}: {node.reason}" for id, node in result.plan.nodes.items()]
        told = [text for text in resting if ": not " not in text][:MOST_NAMED]
        lines.append("; ".join(["nothing to run", *told]))
    items = {id: _count_items(found) for id, found in summary["items"].items()}
    if summary["executed"]:
        ran = (id + _shown_alone(items.get(id, {})) for id in summary["executed"])
        lines.append(f"ran: {', '.join(ran)}")
    for id, found in items.items():
        if len(found) > 1:
            counts = [f"{count} {state}" for state, count in found.items()]
            lines.append(f"{id}: {', '.join(counts)}")
    retries = {id: row["retries"] for id, row in result.statistics().items() if row["retries"]}
    if retries:
        lines.append(f"tried again: {', '.join(f'{id} {n}×' for id, n in retries.items())}")
    if result.trimmed:
        kept = f" to keep its limit of {size(limit)}" if limit else ""
        lines.append(f"the store dropped {size(result.trimmed)}{kept}")
    for id, paths in summary["outputs"].items():
        if len(paths) > MOST_FILES:
            lines.append(f"{id}: {paths[0]} … {paths[-1]} ({len(paths)} files)")
        else:
            lines += [f"{id}: {path}" for path in paths]
    return lines


def _count_items(found: dict[str, int]) -> dict[str, int]:
    states = ("cached", "executed", "failed", "blocked", "cancelled", "skipped")
    return {state: found[state] for state in states if found.get(state)}


def _shown_alone(found: dict[str, int]) -> str:
    """The number of items of a node of which all were executed."""
    return f" ({found['executed']})" if list(found) == ["executed"] else ""
