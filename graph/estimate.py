"""What a run will cost: seconds, memory and disk, by earlier runs and what headers say."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from graph.keeping import choose_policy
from graph.plan import Plan
from graph.spec import NodeSpec
from graph.store import Store, is_worth_writing, memory_share
from graph.task import Task, leaves
from graph.threads import processors
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


class Costs:
    """Estimates tasks one by one, sources first; what is measured meanwhile is used instead."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[str, int], tuple[float | None, int | None, int]] = {}

    def of(self, task: Task, sizes: dict[Task, int]) -> Cost:
        """The cost of a task, from the bytes that its sources gave or will give."""
        spec = task.spec
        inputs: dict[str, int] = {}
        counts: dict[str, int] = {}
        taken = 0
        for name, tree in task.inputs:
            if isinstance(tree, list):
                items = [sizes[ref[0]] for ref in leaves(tree)]
                inputs[name], counts[name] = max(items, default=0), len(items)
                taken += sum(items)
            else:
                inputs[name] = sizes[tree[0]]
                taken += inputs[name]
        seconds, made = self._measured(spec.id, taken or task.nbytes or 0)
        if task.nbytes is not None:
            made = task.nbytes
        elif made is None:
            types = {output.type for output in spec.outputs.values()}
            same = [n for n, s in spec.sockets.items() if n in inputs and s.type in types]
            made = max((inputs[name] for name in same), default=_guess_bytes(spec))
        extra = made
        if spec.memory:
            with suppress(KeyError):  # it hangs on what a link feeds, or on an input left open
                extra = spec.memory(inputs, counts, task.params)
        return Cost(seconds, made, sum(inputs.values()) + made + extra)

    def _measured(self, type: str, taken: int) -> tuple[float | None, int | None]:
        size = taken.bit_length()
        known = self._known.get((type, size))
        if known is None or known[1] is None:
            known = self._known[type, size] = (*self._store.estimate(type, taken), max(taken, 1))
        seconds, made, at = known
        scale = taken / at if taken else 1.0
        return (
            None if seconds is None else seconds * scale,
            None if made is None else int(made * scale),
        )


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
        cost = found[task] = costs.of(task, sizes)
        sizes[task] = cost.made
        before = max((ends.get(source, 0.0) for source in task.sources), default=0.0)
        ends[task] = before + (cost.seconds or 0.0)
    kept = _kept_bytes(plan, found) if store.disk else {}
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
    peak = min(sum(largest[:workers]), max([budget, *largest[:1]]))
    is_known = any(cost.seconds is not None for cost in found.values())
    seconds = max([work / workers, *ends.values()]) if is_known else None
    disk = sum(node.disk for node in nodes.values())
    result = Estimate(nodes, seconds, peak, disk)
    result.shortfalls = [*_memory_shortfall(found, budget), *_disk_shortfall(disk, store)]
    return result


def _guess_bytes(spec: NodeSpec) -> int:
    """Bytes of a result of which only the types are known."""
    types = [output.type for output in spec.outputs.values()]
    return sum(nbytes(0) if type in (bool, int, float) else UNKNOWN_BYTES for type in types)


def _kept_bytes(plan: Plan, found: dict[Task, Cost]) -> dict[Task, int]:
    """What will be kept on disk of each task."""
    consumers: dict[Task, list[Task]] = {}
    for task in found:
        for source in task.sources:
            consumers.setdefault(source, []).append(task)
    kept = {}
    for task, cost in found.items():
        items, seconds = plan.nodes[task.node].items, cost.seconds or 0.0
        policy = choose_policy(task, consumers.get(task, ()), items, cost.made, seconds)
        if policy == "keep" or (policy == "auto" and is_worth_writing(cost.made, seconds)):
            kept[task] = cost.made
    return kept


def _needed(plan: Plan) -> Iterable[Task]:
    """All tasks of a plan and what they take, sources first."""
    seen: dict[Task, None] = {}
    for node in plan.nodes.values():
        for task in leaves(node.tasks) if node.tasks is not None else ():
            seen[task] = None
    places = {task: place for place, task in enumerate(plan.to_run)}
    return sorted(seen, key=lambda task: places.get(task, -1))


def _memory_shortfall(found: dict[Task, Cost], budget: int) -> Iterable[str]:
    if not found:
        return
    task = max(found, key=lambda task: found[task].memory)
    need = found[task].memory
    if need > budget:
        yield (
            f"{task.node} needs about {_size(need)} of memory at once, {_size(need - budget)} more "
            f"than the {_size(budget)} that this run may use; close other programs and give it "
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
            f"results take about {_size(disk)} on the disk of the store ({root}), "
            f"{_size(disk - free)} more than is free; make room, choose another folder (--store), "
            "or set nodes in the middle of long chains to be kept never"
        )
    elif disk > store.disk.limit:
        yield (
            f"results take about {_size(disk)}, {_size(disk - store.disk.limit)} more than the "
            f"limit of the store; what is needed again is computed again; "
            f"linearlink store limit {disk * 1.1 // 1e9 + 1:.0f}G would keep all"
        )


def _size(count: float) -> str:
    """Bytes as people read them."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"
