"""Why nodes and frames of a run gave nothing, told on stderr."""

from __future__ import annotations

import sys
from pathlib import PurePath
from typing import TYPE_CHECKING

from ui.units import one_line

if TYPE_CHECKING:
    from graph.attempt import Failure
    from graph.expansion import NodePlan
    from graph.result import Result

#: of a node of which more items failed only the number of the others is told
MOST = 10


def tell_failures(result: Result, debug: bool) -> None:
    """Failures with node, item, file and inputs; one that nodes or items share only once."""
    told: dict[int, str] = {}
    for node in result.failed:
        plan = result.plan.nodes[node]
        own = [found for found in result.failures(node) if not (found[1].cancelled or found[1].by)]
        for item, failure in own[:MOST]:
            _tell(plan, item, failure, told, debug)
        if len(own) > MOST:
            more = f"{len(own) - MOST} more items failed; --json tells of each"
            print(f"linearlink: error: {node} ({plan.type}): {more}", file=sys.stderr)


def _tell(
    plan: NodePlan, item: tuple[int, ...], failure: Failure, told: dict[int, str], debug: bool
) -> None:
    place = f"[{'.'.join(str(i + 1) for i in item)}]" if item else ""
    where = f"{plan.id}{place} ({plan.type})"
    first = told.setdefault(id(failure), where)
    message = failure.message if first == where else f"the same as {first}"
    file = _file_of(plan, item)
    if file not in message:
        message = f"{file}: {message}"
    print(one_line(f"linearlink: error: {where}: {message}"), file=sys.stderr)
    if first == where:
        for line in failure.inputs:
            print(f"    {one_line(line)}", file=sys.stderr)
        if debug:
            print(failure.trace, file=sys.stderr)


def _file_of(plan: NodePlan, item: tuple[int, ...]) -> str:
    """The name of the file that an item of a list of files is; nothing for other nodes."""
    file = plan.read
    if file is None:
        return ""
    for place in item:
        file = file[place]
    return PurePath(file).name


def blame(result: Result) -> dict[str, list[str]]:
    """The nodes that lack an input, by the node whose failure is the cause."""
    cause: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    for id in result.blocked:
        node = result.plan.nodes[id]
        blockers = [failure.by for _, failure in result.failures(id) if failure.by]
        if blockers:
            cause[id] = cause.get(blockers[0], blockers[0])
            if not node.implicit_of:
                some = f" ({len(blockers)} of {node.items} items)" if node.items > 1 else ""
                found.setdefault(cause[id], []).append(id + some)
    return found
