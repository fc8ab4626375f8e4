"""``linearlink plan GRAPH``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from graph.errors import GraphError
from ui.opening import (
    add_graph_options,
    add_plan_options,
    make_estimate,
    make_plan,
    open_store,
    open_with_settings,
)
from ui.units import duration, one_line, size

if TYPE_CHECKING:
    from graph.estimate import Estimate
    from graph.plan import NodePlan, Plan
    from graph.store import Store
    from ui.settings import Origins


def add(commands: Any) -> None:
    """Declare the options."""
    parser = commands.add_parser(
        "plan",
        help="what would run, why, and what it would take",
        description="Say what a run would do, why, and what it would take. Nothing runs.",
    )
    add_graph_options(parser)
    add_plan_options(parser)
    parser.add_argument(
        "--explain",
        nargs="?",
        const="",
        metavar="NODE",
        help="all that is known of why one node, or every node, runs",
    )
    parser.add_argument("--json", action="store_true", help="the plan as JSON")
    parser.set_defaults(do=do)


def do(arguments: argparse.Namespace) -> int:
    """Print the plan; the exit code."""
    from ui.settings import origins

    graph, settings = open_with_settings(arguments)
    store = open_store(arguments)
    made = make_plan(graph, store, arguments)
    expected = make_estimate(made, store, arguments)
    return show_plan(made, expected, store, origins(graph, settings, made.nodes), arguments)


def show_plan(
    plan: Plan, expected: Estimate, store: Store, origins: Origins, arguments: argparse.Namespace
) -> int:
    """Print a plan as a table, an explanation or JSON; the exit code."""
    from graph.parameters import near

    tell_problems(plan)
    if arguments.explain and arguments.explain not in plan.nodes:
        raise GraphError(
            f"no node {arguments.explain!r} in the plan{near(arguments.explain, plan.nodes)}; "
            f"it has: {', '.join(plan.nodes)}"
        )
    if arguments.json:
        print(json.dumps(_to_json(plan, expected, origins), indent=2))
    elif arguments.explain is not None:
        for id, node in plan.nodes.items():
            if arguments.explain in ("", id):
                _explain(node, origins[id])
    else:
        for line in [*table(plan, expected), totals(plan, expected, store, arguments)]:
            print(line)
    tell_shortfalls(expected)
    return 2 if any(not problem.warning for problem in plan.problems) else 0


def tell_problems(plan: Plan) -> None:
    """Mistakes in the graph, to stderr."""
    for problem in plan.problems:
        kind = "warning" if problem.warning else "error"
        print(one_line(f"linearlink: {kind}: {problem}"), file=sys.stderr)


def tell_shortfalls(expected: Estimate) -> None:
    """What the machine is too small for, to stderr."""
    for sentence in expected.shortfalls:
        print(f"linearlink: warning: {sentence}", file=sys.stderr)


def table(plan: Plan, expected: Estimate) -> list[str]:
    """A line a node: state, name, type, items, time, memory of one task, disk, reasons."""
    rows = []
    for id, node in plan.nodes.items():
        cost = expected.nodes.get(id) if node.state == "run" else None
        cells = [str(node.state), id, node.type, "", "", "", "", node.reason]
        if isinstance(node.tasks, list):
            cells[3] = f"{node.to_run} of {node.items}"
        if cost and cost.memory:  # else it is the same work as another node
            cells[4] = "?" if cost.seconds is None else duration(cost.seconds)
            cells[5] = f"{size(cost.memory)} memory"
            cells[6] = f"{size(cost.disk)} disk" if cost.disk else ""
        rows.append((cells, node.groups))
    widths = [max((len(cells[i]) for cells, _ in rows), default=0) for i in range(7)]
    lines = []
    for cells, groups in rows:
        aligned = [
            cell.rjust(width) if place >= 3 else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=False))
            if width
        ]
        lines.append(one_line("  ".join([*aligned, cells[7]]).rstrip()))
        if groups:
            lines.append("    " + ", ".join(f"{_values(name)} {count}" for name, count in groups))
    return lines


def _values(group: str) -> str:
    """``Ha 300`` of ``FILTER=Ha, EXPTIME=300``: which keywords they are is a setting."""
    return " ".join(part.partition("=")[2] or part for part in group.split(", "))


def totals(plan: Plan, expected: Estimate, store: Store, arguments: argparse.Namespace) -> str:
    """The last line: nodes by state, time, memory and disk of all."""
    words = {"run": "to run", "cached": "cached", "blocked": "blocked", "skipped": "skipped"}
    states = [str(node.state) for node in plan.nodes.values()]
    counts = ", ".join(f"{states.count(s)} {word}" for s, word in words.items() if s in states)
    if "run" not in states:
        return counts
    return f"{counts}; {', '.join(_costs(expected, store, arguments))}"


def _costs(expected: Estimate, store: Store, arguments: argparse.Namespace) -> list[str]:
    import shutil

    from graph.estimate import MEMORY_SHARE
    from graph.store import memory_share
    from graph.threads import processors
    from ui.opening import memory_for_work

    costs = ["times are known after the first run"]
    if expected.seconds is not None:
        own = [node for node in expected.nodes.values() if node.memory]
        time = duration(expected.seconds)
        if time[0] != "<":
            every = all(node.seconds is not None for node in own)
            time = f"{'about' if every else 'at least'} {time}"
        at_once = arguments.jobs or processors()
        costs = [f"{time} of work with {at_once} at once"]
    if expected.memory:
        limit = memory_for_work(arguments) or memory_share(MEMORY_SHARE)
        costs.append(f"peak memory {size(expected.memory)} of {size(limit)}")
    if expected.disk and store.disk:
        free = shutil.disk_usage(store.disk.root).free
        costs.append(f"{size(expected.disk)} on disk ({size(free)} free)")
    return costs


def _explain(node: NodePlan, origins: dict[str, str]) -> None:
    print(f"{node.id} ({node.type}): {node.state}" + (f": {node.reason}" if node.reason else ""))
    record = node.record
    if not record:
        return
    print(f"    version {record['version']}, key {record['key'][:16]}…")
    for name, value in record["params"].items():
        print(f"    {name} = {json.dumps(value)} ({origins.get(name, 'default')})")
    for name, (source, output, key) in record["inputs"].items():
        print(f"    {name} <- {source}.{output} ({key[:16]}…)")
    for name, origin in origins.items():
        if name not in record["params"]:  # input files: their content counts, not their names
            print(f"    {name} ({origin})")
    for path, digest in record["files"].items():
        print(f"    file {path} ({digest[:16]}…)")


def _to_json(plan: Plan, expected: Estimate, origins: Origins) -> dict[str, Any]:
    nodes = {}
    for id, node in plan.nodes.items():
        cost = expected.nodes.get(id)
        nodes[id] = {
            "type": node.type,
            "state": node.state,
            "reasons": list(node.reasons),
            "items": node.items,
            "to_run": node.to_run,
            "seconds": cost.seconds if cost else None,
            "memory": cost.memory if cost else 0,
            "disk": cost.disk if cost else 0,
            "groups": dict(node.groups),
            "key": node.record.get("key"),
        }
    return {
        "targets": plan.targets,
        "nodes": nodes,
        "seconds": expected.seconds,
        "memory": expected.memory,
        "disk": expected.disk,
        "shortfalls": expected.shortfalls,
        "origins": origins,
        "problems": [str(problem) for problem in plan.problems],
    }
