"""What a run will cost: seconds, memory and disk, by earlier runs and what headers say."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.keeping import WAITING_SHARE, choose_policy, waits
from graph.plan import Plan
from graph.spec import NodeSpec
from graph.store import Store, is_worth_writing, memory_share
from graph.task import Task, leaves
from graph.threads import processors
from graph.units import size
from graph.values import nbytes

#: share of the machine's memory that a run may use by default
MEMORY_SHARE = 0.6
#: what is taken of a value other than a number of which nothing is known
UNKNOWN_BYTES = 1024


def share_for_work(total: int) -> int:
    """What tasks and results may take where the whole process is to keep within ``total`` bytes.

    Left out is what the process holds already, and a fifth for what libraries hold on their own.
    """
    import psutil

    held = int(psutil.Process().memory_info().rss)
    return max(total - held - total // 5, total // 3)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one task takes: seconds if known, bytes of its result, bytes at work in all."""

    seconds: float | None
    made: int
    memory: int


@dataclass(frozen=True, slots=True)
class NodeEstimate:
    """What the tasks of a node that run will cost.

    seconds: of all of them together; None when that type never ran. memory: of one at work.
    disk: bytes that will be kept of them.
    """

    seconds: float | None
    memory: int
    disk: int


@dataclass
class Estimate:
    """What a run will cost.

    seconds: from start to end with these workers, None when nothing is known. memory, disk:
    bytes. shortfalls: in what the machine is too small, by how much, and what would help.
    """

    nodes: dict[str, NodeEstimate]
    seconds: float | None
    memory: int
    disk: int
    shortfalls: list[str] = field(default_factory=list)


Inputs = Sequence[tuple[str, Any]]


class Costs:
    """Estimates tasks one by one, by what the store has measured up to now."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, task: Task, taking: Inputs, sizes: Mapping[Task, int]) -> Cost:
        """The cost of a task that takes these inputs, from the bytes that its sources give."""
        spec = task.spec
        inputs: dict[str, int] = {}
        counts: dict[str, int] = {}
        taken = 0
        for name, tree in taking:
            if isinstance(tree, list):
                items = [sizes[ref[0]] for ref in leaves(tree)]
                inputs[name], counts[name] = max(items, default=0), len(items)
                taken += sum(items)
            else:
                inputs[name] = sizes[tree[0]]
                taken += inputs[name]
        seconds, made = self._store.estimate(spec.id, taken or task.nbytes or 0)
        if task.nbytes is not None:
            made = task.nbytes
        elif made is None:
            types = {output.type for output in spec.outputs.values()}
            same = [n for n, s in spec.sockets.items() if n in inputs and s.type in types]
            made = max((inputs[name] for name in same), default=_guess_bytes(spec))
        extra = made
        if spec.memory:
            # it may hang on what a link feeds; and a mistake in it must not end a run
            with suppress(Exception):
                extra = int(spec.memory(inputs, counts, task.params))
        return Cost(seconds, made, sum(inputs.values()) + made + extra)


def estimate(
    plan: Plan, store: Store, *, workers: int | None = None, memory: int | None = None
) -> Estimate:
    """What this plan costs with so many workers and so many bytes of memory for the run.

    Both are what ``run`` takes by default. What no earlier run of a type told is left out of the
    seconds, and guessed from the inputs for memory and disk.
    """
    workers = processors() if workers is None else workers
    budget = memory_share(MEMORY_SHARE) if memory is None else memory
    costs, sizes = Costs(store), {}
    found: dict[Task, Cost] = {}
    ends: dict[Task, float] = {}
    for task in _needed(plan):
        if task.state != "run":
            sizes[task] = task.entry.nbytes if task.entry else 0
            continue
        cost = found[task] = costs.of(task, task.inputs, sizes)
        sizes[task] = cost.made
        before = max((ends.get(source, 0.0) for source in task.sources), default=0.0)
        ends[task] = before + (cost.seconds or 0.0)
    kept, stuck = _keep(plan, found, store, int(budget * WAITING_SHARE))
    nodes = {}
    for id, node in plan.nodes.items():
        if node.tasks is None:
            continue
        own = [task for task in leaves(node.tasks) if task in found and task.node == id]
        times = [each for task in own if (each := found[task].seconds) is not None]
        nodes[id] = NodeEstimate(
            sum(times) if times else None,
            max((found[task].memory for task in own), default=0),
            sum(kept.get(task, 0) for task in own),
        )
    work = sum(cost.seconds or 0.0 for cost in found.values())
    largest = sorted((cost.memory for cost in found.values()), reverse=True)
    waiting = sum(stuck.values())
    peak = min(sum(largest[:workers]), max([budget, *largest[:1]])) + waiting
    is_known = any(cost.seconds is not None for cost in found.values())
    seconds = max([work / workers, *ends.values()]) if is_known else None
    disk = sum(node.disk for node in nodes.values())
    result = Estimate(nodes, seconds, peak, disk)
    result.shortfalls = [*_memory_shortfall(found, stuck, budget), *_disk_shortfall(disk, store)]
    return result


def _guess_bytes(spec: NodeSpec) -> int:
    """Bytes of a result of which only the types are known."""
    types = [output.type for output in spec.outputs.values()]
    return sum(nbytes(0) if type in (bool, int, float) else UNKNOWN_BYTES for type in types)


def _keep(
    plan: Plan, found: dict[Task, Cost], store: Store, room: int
) -> tuple[dict[Task, int], dict[Task, int]]:
    """Bytes that are kept on disk of each task, and those that wait in memory for a collector.

    room: how much may wait in memory before it goes to disk.
    """
    consumers: dict[Task, list[Task]] = {}
    for task in found:
        for source in task.sources:
            consumers.setdefault(source, []).append(task)
    wanted = set(plan.wanted)
    kept: dict[Task, int] = {}
    stuck: dict[Task, int] = {}
    for task, cost in found.items():
        items, seconds = plan.nodes[task.node].items, cost.seconds or 0.0
        after = consumers.get(task, [])
        policy = choose_policy(task, after, items, cost.made, seconds)
        lasts = policy == "keep" or (policy == "auto" and is_worth_writing(cost.made, seconds))
        if lasts and store.disk:
            kept[task] = cost.made
        elif waits(task, after, task in wanted):
            room -= cost.made
            where = kept if store.disk and policy != "never" and room < 0 else stuck
            where[task] = cost.made
    return kept, stuck


def _needed(plan: Plan) -> Iterable[Task]:
    """All tasks of a plan and what they take, sources first."""
    seen: dict[Task, None] = {}
    for node in plan.nodes.values():
        for task in leaves(node.tasks) if node.tasks is not None else ():
            seen[task] = None
    places = {task: place for place, task in enumerate(plan.to_run)}
    return sorted(seen, key=lambda task: places.get(task, -1))


def _memory_shortfall(
    found: dict[Task, Cost], stuck: dict[Task, int], budget: int
) -> Iterable[str]:
    if not found:
        return
    waiting = sum(stuck.values())
    if waiting > budget:
        most = max(stuck, key=lambda task: stuck[task]).node
        yield (
            f"frames of {most} and others wait in memory until all are made, about "
            f"{size(waiting)}, {size(waiting - budget)} more than the {size(budget)} that this "
            "run may use; run with a store on a disk, and do not keep them never"
        )
    task = max(found, key=lambda task: found[task].memory)
    need = found[task].memory
    if need > budget:
        yield (
            f"{task.node} needs about {size(need)} of memory at once, {size(need - budget)} more "
            f"than the {size(budget)} that this run may use; close other programs and give it "
            f"more (--memory {need * 1.1 // 1e9 + 1:.0f}G), or use smaller images"
        )


def _disk_shortfall(disk: int, store: Store) -> Iterable[str]:
    if store.disk is None or not disk:
        return
    root = Path(store.disk.root)
    try:
        free = shutil.disk_usage(root).free
    except OSError:  # the folder is gone; the run says so
        return
    if disk > free:
        yield (
            f"results take about {size(disk)} on the disk of the store ({root}), "
            f"{size(disk - free)} more than is free; make room, choose another folder (--store), "
            "or set nodes in the middle of long chains to be kept never"
        )
    elif disk > store.disk.limit:
        yield (
            f"results take about {size(disk)}, {size(disk - store.disk.limit)} more than the "
            f"limit of the store; what is needed again is computed again; "
            f"linearlink store limit {disk * 1.1 // 1e9 + 1:.0f}G would keep all"
        )
