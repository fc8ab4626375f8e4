"""What a run would do, and why. Made before every run, down to the items; pure but for look-ups.

A task is one application of a node type. A node is one task, or, mapped over frames, one for
each item; tasks of equal key are one task whoever asks for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.errors import GraphError, Problem
from graph.expansion import Expansion, NodePlan
from graph.inventory import Progress
from graph.model import Graph
from graph.parameters import near
from graph.reasons import explain
from graph.simplify import Simplified, simplify
from graph.store import Store
from graph.task import State, Task, files_are_there, leaves

__all__ = ["NodePlan", "Plan", "Target", "default_targets", "plan"]

#: a node, or one item of a mapped one, counted from 0 through all its groups: ("lights", 3)
Target = str | tuple[str, int]


@dataclass
class Plan:
    """The nodes needed for the targets, in order, and the tasks that would run.

    wanted: the tasks whose values the targets are. graph: what was planned, whole.
    """

    nodes: dict[str, NodePlan]
    targets: list[str]
    wanted: list[Task]
    problems: list[Problem]
    to_run: list[Task]
    scope: str
    force: bool = False
    graph: Graph = field(kw_only=True)

    def state(self, id: str) -> State:
        """What happens to a node."""
        return self.nodes[id].state

    def ids(self, state: State) -> list[str]:
        """The nodes in that state."""
        return [id for id, node in self.nodes.items() if node.state == state]


def default_targets(graph: Graph) -> list[str]:
    """What a run without targets makes: every sink and viewer; an unknown type may be one."""
    specs = {id: graph.spec(id) for id in graph.nodes}
    return [id for id, spec in specs.items() if spec is None or spec.writes or spec.display]


def plan(
    graph: Graph,
    store: Store,
    *,
    targets: Sequence[Target] | None = None,
    folder: Path | str = ".",
    out: Path | str | None = None,
    scope: str = "",
    force: bool = False,
    progress: Progress | None = None,
) -> Plan:
    """Decide what runs for these targets (all sinks and viewers by default), and why.

    folder: where relative paths start. out: where relative output paths start, ``folder`` by
    default. scope: the name under which the last run of this graph is remembered. force: run
    everything, whatever the store holds. progress: is called while many files are read, with how
    many are done and how many there are.

    Raises GraphError for no or unknown targets and items, and for loops. Mistakes at nodes block
    these nodes and what needs them, and are listed in ``problems``.
    """
    whole = graph
    chosen = _choose_items(default_targets(graph) if targets is None else targets)
    asked = list(chosen)
    for id in asked:
        if id not in graph.nodes:
            raise GraphError(
                f"there is no target {id!r}{near(id, graph.nodes)}; "
                f"the nodes are: {', '.join(graph.nodes)}"
            )
    if not asked:
        raise GraphError("nothing to run: the graph has no sink and no viewer; name a target")
    simplified = simplify(whole)
    graph = simplified.graph
    wanted = [id for id in asked if id in graph.nodes]
    expansion = Expansion(
        graph, store, Path(folder), Path(folder if out is None else out), progress
    )
    expansion.build(wanted)
    tasks = [task for id in wanted for task in _find_items(expansion.nodes[id], chosen[id])]
    needed = _choose(expansion, store, tasks, force)
    store.save_notes()
    if graph is not whole:
        _add_resting(expansion.nodes, whole, simplified, asked)
    result = Plan(
        expansion.nodes, wanted, tasks, expansion.problems, needed, scope, force, graph=whole
    )
    history = store.history(scope)
    for node in result.nodes.values():
        _settle(node, history.get(node.id), force)
    return result


def _add_resting(
    nodes: dict[str, NodePlan], whole: Graph, simplified: Simplified, asked: list[str]
) -> None:
    """Note why nodes that the targets would need have no part in the run."""
    why = dict(simplified.resting)
    for (id, name), source in simplified.unread:
        for above in simplified.graph.ancestors([source]):
            why.setdefault(above, f"not chosen: {id} does not read {name}")
    needed = whole.ancestors(asked)
    for id in whole.order():
        if id in needed and id not in nodes:
            reason = why.get(id, "not needed by what is left")
            nodes[id] = NodePlan(id, whole.nodes[id].type, "skipped", (reason,))


def _choose_items(targets: Sequence[Target]) -> dict[str, set[int] | None]:
    """The items asked for of each node; None for all of them."""
    chosen: dict[str, set[int] | None] = {}
    for target in targets:
        if isinstance(target, str):
            chosen[target] = None
        elif (items := chosen.setdefault(target[0], set())) is not None:
            items.add(target[1])
    return chosen


def _find_items(node: NodePlan, items: set[int] | None) -> list[Task]:
    """The tasks of a node that make these items of it, each once."""
    if node.tasks is None:
        return []
    tasks = list(leaves(node.tasks))
    for number in sorted(items or ()):
        if not 0 <= number < len(tasks):
            raise GraphError(f"there is no item {number + 1}; it has {len(tasks)}", node.id)
    return list(dict.fromkeys(tasks if items is None else [tasks[i] for i in sorted(items)]))


def _choose(expansion: Expansion, store: Store, wanted: list[Task], force: bool) -> list[Task]:
    """Walk back from the wanted; what is stored ends the walk. The tasks to run, sources first."""
    entries = {} if force else store.find(expansion.tasks)
    needed: list[Task] = []
    seen = set(wanted)
    pending = list(seen)  # in any order, each once
    lazily: list[Task] = []  # what only lazy sockets may ask for
    while pending or lazily:
        if not pending:
            task = lazily.pop()
            if task in seen:
                continue
            seen.add(task)
            task.conditional = True
        else:
            task = pending.pop()
        entry = entries.get(task.key)
        if entry and files_are_there(task, entry, store):
            task.state, task.entry = "cached", entry
            continue
        task.state = "run"
        task.entry = None
        needed.append(task)
        if task.error:
            continue
        if task.conditional:
            lazily += task.sources
            continue
        for source in task.eager():
            if source not in seen:
                seen.add(source)
                pending.append(source)
        if task.lazy:
            lazily += task.sources_of(task.lazy)
    for task in expansion.tasks.values():
        if task not in seen and (entry := entries.get(task.key)):
            task.state, task.entry = "cached", entry
    places = {task: number for number, task in enumerate(expansion.tasks.values())}
    needed.sort(key=places.__getitem__)
    return needed


def _settle(node: NodePlan, last: dict[str, Any] | None, force: bool) -> None:
    """Give a node its state and reasons from those of its tasks."""
    if node.tasks is None:  # blocked, or resting
        return
    tasks = list(leaves(node.tasks))
    running = [task for task in tasks if task.state == "run"]
    node.to_run = len(running)
    if running:
        node.state = "run"
        if all(task.node != node.id for task in running):
            node.reasons = (f"the same work as {running[0].node}",)
        else:
            node.reasons = tuple(explain(node.record, last, running, len(tasks), force))
        if all(task.conditional for task in running):
            node.reasons = ("if a choice asks for it", *node.reasons)
    elif all(task.state == "cached" for task in tasks):
        node.state = "cached"
    else:
        node.state, node.reasons = "skipped", ("not needed: what follows is stored",)
