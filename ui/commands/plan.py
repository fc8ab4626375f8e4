"""``linearlink plan GRAPH``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from graph.errors import GraphError
from ui.opening import add_graph_options, add_plan_options, open_graph, open_store, plan_options

if TYPE_CHECKING:
    from graph.plan import NodePlan, Plan
    from graph.store import Store


def add(commands: Any) -> None:
    """Declare the options."""
    parser = commands.add_parser(
        "plan",
        help="what would run, and why",
        description="Say what a run would do, and why. Nothing runs.",
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
    from graph.plan import plan

    graph = open_graph(arguments)
    store = open_store(arguments)
    made = plan(graph, store, **plan_options(arguments))  # type: ignore[arg-type]
    return show_plan(made, store, arguments)


def show_plan(plan: Plan, store: Store, arguments: argparse.Namespace) -> int:
    """Print a plan as a table, an explanation or JSON."""
    from graph.parameters import near

    for problem in plan.problems:
        print(
            f"linearlink: {'warning' if problem.warning else 'error'}: {problem}", file=sys.stderr
        )
    if arguments.explain and arguments.explain not in plan.nodes:
        raise GraphError(
            f"no node {arguments.explain!r} in the plan{near(arguments.explain, plan.nodes)}; "
            f"it has: {', '.join(plan.nodes)}"
        )
    if arguments.json:
        print(json.dumps(_to_json(plan, store), indent=2))
    elif arguments.explain is not None:
        for id, node in plan.nodes.items():
            if arguments.explain in ("", id):
                _explain(node)
    else:
        _table(plan, store)
    return 2 if any(not problem.warning for problem in plan.problems) else 0


def _seconds(node: NodePlan, store: Store) -> float | None:
    each = store.seconds_of(node.type)
    return each * node.to_run if each is not None else None


def _table(plan: Plan, store: Store) -> None:
    rows = []
    for id, node in plan.nodes.items():
        count = f"{node.to_run} of {node.items}" if isinstance(node.tasks, list) else ""
        seconds = _seconds(node, store) if node.state == "run" else None
        time = "" if seconds is None else f"{seconds:.2g} s"
        rows.append((node.state, id, node.type, count, time, node.reason))
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(5)]
    for row in rows:
        print(
            "  ".join(
                cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)
            ).rstrip()
        )
    words = {"run": "to run", "cached": "cached", "blocked": "blocked", "skipped": "skipped"}
    states = [str(node.state) for node in plan.nodes.values()]
    counts = [f"{states.count(s)} {word}" for s, word in words.items() if s in states]
    known = [each for t in plan.to_run if (each := store.seconds_of(t.spec.id)) is not None]
    total = f", about {sum(known):.2g} s of work" if known else ""
    print(f"{', '.join(counts)}{total}")


def _explain(node: NodePlan) -> None:
    print(f"{node.id} ({node.type}): {node.state}" + (f": {node.reason}" if node.reason else ""))
    record = node.record
    if not record:
        return
    print(f"    version {record['version']}, key {record['key'][:16]}…")
    for name, value in record["params"].items():
        print(f"    {name} = {json.dumps(value)}")
    for name, (source, output, key) in record["inputs"].items():
        print(f"    {name} <- {source}.{output} ({key[:16]}…)")
    for path, digest in record["files"].items():
        print(f"    file {path} ({digest[:16]}…)")


def _to_json(plan: Plan, store: Store) -> dict[str, Any]:
    return {
        "targets": plan.targets,
        "nodes": {
            id: {
                "type": node.type,
                "state": node.state,
                "reasons": list(node.reasons),
                "items": node.items,
                "to_run": node.to_run,
                "seconds": _seconds(node, store),
                "key": node.record.get("key"),
            }
            for id, node in plan.nodes.items()
        },
        "problems": [str(problem) for problem in plan.problems],
    }
