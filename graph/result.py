"""What became of every node in a run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from graph.errors import GraphError
from graph.plan import Plan
from graph.store import DamagedError, Store
from graph.task import leaves, placed
from graph.values import Frames

if TYPE_CHECKING:
    from graph.attempt import Failure
    from graph.job import Job


class Result:
    """Answers for each node: did it run, was it cached, why, with what outcome and value.

    states: by node: executed, cached, failed, blocked, skipped or cancelled. trimmed: bytes that
    the store dropped from its disk to keep its limit.
    """

    def __init__(
        self, plan: Plan, jobs: dict[Any, Job], store: Store, seconds: float, cancelled: bool
    ) -> None:
        self.plan = plan
        self.seconds = seconds
        self.cancelled = cancelled
        self.trimmed = 0
        self._jobs = jobs
        self._store = store
        self.states: dict[str, str] = {id: self._state(id) for id in plan.nodes}

    def _state(self, id: str) -> str:
        node = self.plan.nodes[id]
        if node.tasks is None:  # blocked, or resting
            return node.state
        tasks = list(leaves(node.tasks))
        found = {self._jobs[task].state for task in tasks if task in self._jobs}
        for state in ("failed", "cancelled", "blocked"):
            if state in found:
                return state
        own = [task for task in tasks if task.node == id]  # others do the rest
        if any(task in self._jobs and self._jobs[task].state == "finished" for task in own):
            return "executed"
        if not found and any(task.state == "run" for task in tasks):
            return "skipped"  # no choice asked for it
        return "cached" if node.state == "run" else node.state

    def _named(self, state: str) -> list[str]:
        return [id for id, known in self.states.items() if known == state]

    @property
    def executed(self) -> list[str]:
        """Nodes that ran."""
        return self._named("executed")

    @property
    def cached(self) -> list[str]:
        """Nodes whose results were in the store."""
        return self._named("cached")

    @property
    def failed(self) -> list[str]:
        """Nodes that raised."""
        return self._named("failed")

    @property
    def blocked(self) -> list[str]:
        """Nodes that lacked an input, for a failure or a mistake."""
        return self._named("blocked")

    @property
    def skipped(self) -> list[str]:
        """Nodes whose results nobody needed."""
        return self._named("skipped")

    @property
    def status(self) -> str:
        """``ok``, ``failed``, ``invalid`` or ``cancelled``."""
        if self.cancelled:
            return "cancelled"
        if self.failed:
            return "failed"
        return "invalid" if any(not p.warning for p in self.plan.problems) else "ok"

    def reason(self, id: str) -> str:
        """Why a node ran, or what blocks it."""
        return self.plan.nodes[id].reason

    def failures(self, id: str) -> list[tuple[tuple[int, ...], Failure]]:
        """(item, failure) of every task of a node that gave nothing."""
        tasks = self.plan.nodes[id].tasks
        jobs = [(item, self._jobs.get(task)) for task, item in placed(tasks)] if tasks else []
        return [(item, job.failure) for item, job in jobs if job and job.failure]

    def warnings(self, id: str) -> list[str]:
        """What a node warned of, now or when its result was made."""
        node = self.plan.nodes[id]
        tasks = list(leaves(node.tasks)) if node.tasks is not None else []
        found: list[str] = []
        for task in tasks:
            job = self._jobs.get(task)
            found += job.warnings if job else task.entry.warnings if task.entry else ()
        return found

    def value(self, id: str, output: str | None = None) -> Any:
        """An output of a node; frames for a mapped one. Raises GraphError when there is none."""
        node = self.plan.nodes[id]
        if self.states[id] not in ("executed", "cached") or node.tasks is None:
            raise GraphError(f"has no result: {self.states[id]} {node.reason}", id)
        if isinstance(node.tasks, list):
            return Frames(node.tasks, lambda tree: self._value(tree, output))
        return self._value(node.tasks, output)

    def item(self, id: str, number: int, output: str | None = None) -> Any:
        """An output of one item of a node, counted from 0; a node that is not mapped has one.

        Raises GraphError when that item has no result, saying why.
        """
        node = self.plan.nodes[id]
        if node.tasks is None:
            raise GraphError(f"has no result: {node.state} {node.reason}", id)
        tasks = list(leaves(node.tasks))
        if not 0 <= number < len(tasks):
            raise GraphError(f"there is no item {number + 1}; it has {len(tasks)}", id)
        job = self._jobs.get(tasks[number])
        if job and job.failure:
            raise GraphError(job.failure.message, id)
        if tasks[number].entry is None:
            raise GraphError(f"item {number + 1} was not needed and is not kept", id)
        return self._value(tasks[number], output)

    def taken(self, id: str, number: int, name: str) -> Any:
        """The value that one item of a node takes at a socket. Raises as :meth:`item`."""
        node = self.plan.nodes[id]
        if node.tasks is None:
            raise GraphError(f"has no result: {node.state} {node.reason}", id)
        source, output, path = dict(list(leaves(node.tasks))[number].inputs)[name]
        job = self._jobs.get(source)
        if job and job.failure:
            raise GraphError(job.failure.message, source.node)
        if source.entry is None:
            raise GraphError("its result is not kept", source.node)
        value = self._value(source, output)
        for place in path:
            value = value[place]
        return value

    def _value(self, tree: Any, output: str | None) -> Any:
        if isinstance(tree, list):
            return Frames(tree, lambda below: self._value(below, output))
        name = output or next(iter(tree.spec.outputs), None)
        if name is None:
            return None
        job = self._jobs.get(tree)
        if job is not None and job.values is not None:
            return job.values[name]
        try:
            return self._load(tree.entry.outputs[name])
        except DamagedError as error:
            self._store.drop(tree.entry.key)  # so that the next run makes it again
            raise GraphError(f"{error}; run again", tree.node) from error

    def _load(self, digest: Any) -> Any:
        if isinstance(digest, list):
            return tuple(self._load(item) for item in digest)
        return self._store.value(digest)

    def digests(self) -> dict[str, Any]:
        """Output digests by node."""
        return {
            id: [t.entry.outputs if t.entry else None for t in leaves(node.tasks)]
            for id, node in self.plan.nodes.items()
            if node.tasks is not None
        }

    def outputs(self) -> dict[str, list[str]]:
        """The files that sinks wrote, now or before, by node."""
        return {
            id: files
            for id, node in self.plan.nodes.items()
            if node.tasks is not None
            and (
                files := [str(p) for t in leaves(node.tasks) if t.entry for p in t.outputs.values()]
            )
        }

    def statistics(self) -> dict[str, dict[str, Any]]:
        """For each node: tasks computed and found in the store, retries, bytes, seconds."""
        rows = {}
        for id, node in self.plan.nodes.items():
            tasks = list(leaves(node.tasks)) if node.tasks is not None else []
            ran = [t for t in tasks if t in self._jobs and self._jobs[t].state == "finished"]
            hits = [t for t in tasks if t.entry and t not in ran]
            rows[id] = {
                "misses": len(ran),
                "hits": len(hits),
                "retries": sum(self._jobs[t].retries for t in ran),
                "bytes": sum(t.entry.nbytes for t in tasks if t.entry),
                "seconds": sum(self._jobs[t].seconds for t in ran),
                "seconds_saved": sum(t.entry.seconds for t in hits if t.entry),
            }
        return rows

    def counts(self, id: str) -> dict[str, int]:
        """How many of a node's items were executed, cached, failed, blocked, skipped."""
        words = {"finished": "executed"}
        tree = self.plan.nodes[id].tasks
        tasks = leaves(tree) if tree is not None else ()
        asked = (self._jobs[t].state if t in self._jobs else t.state for t in tasks)
        states = ["skipped" if state == "run" else state for state in asked]
        return dict(Counter(words.get(state, state) for state in states))

    def records(self) -> dict[str, Any]:
        """What the store remembers of each node, for the reasons of the next plan."""
        kept = {}
        for id, node in self.plan.nodes.items():
            known = ("executed", "cached", "failed")
            if self.states[id] in known or not self.counts(id).keys().isdisjoint(known):
                kept[id] = {**node.record, "failed": self.states[id] == "failed"}
                if node.tasks is not None and any(
                    task in self._jobs and self._jobs[task].partial for task in leaves(node.tasks)
                ):
                    kept[id]["partial"] = True
        return kept

    def summary(self) -> dict[str, Any]:
        """The last line of ``--json``."""
        states = ("executed", "cached", "failed", "blocked", "skipped", "cancelled")
        return {
            "event": "summary",
            "status": self.status,
            **{state: self._named(state) for state in states},
            "items": {
                id: {"total": node.items, **self.counts(id)}
                for id, node in self.plan.nodes.items()
                if isinstance(node.tasks, list)
            },
            "outputs": self.outputs(),
            "seconds": round(self.seconds, 3),
            "peak_memory_bytes": peak_memory(),
            "trimmed_bytes": self.trimmed,
        }


def peak_memory() -> int:
    """The most memory this process has held, in bytes."""
    try:
        import resource
        import sys
    except ImportError:  # Windows
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
