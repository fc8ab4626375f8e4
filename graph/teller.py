"""Telling a reader what happens in a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from graph.control import Control
from graph.events import Event, Kind
from graph.flights import Flight
from graph.plan import Plan
from graph.task import Task, leaves, placed

Post = Callable[[Event], None]

ENDS = ("cached", "finished", "failed", "blocked", "cancelled", "skipped")


class _Count:
    """How far the items of one mapped node are."""

    __slots__ = ("computed", "done", "started", "total")

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.computed = 0
        self.started: float | None = None


class Teller:
    """Posts the events of a run. A reader that raises stops the run and hears no more.

    fault: what the reader raised, or None.
    """

    def __init__(self, plan: Plan, post: Post | None, control: Control) -> None:
        self.fault: BaseException | None = None
        self._plan = plan
        self._reader = post
        self._control = control
        #: what other runs may wait for: how far it is, is noted there too
        self.flights: dict[Task, Flight] = {}
        self._places: dict[Task, list[tuple[str, tuple[int, ...]]]] = {}
        self._counts: dict[str, _Count] = {}
        self._turn = threading.Lock()
        for node in plan.nodes.values() if post else ():
            if node.tasks is None:
                continue
            if isinstance(node.tasks, list):
                self._counts[node.id] = _Count(node.to_run)
            for task, index in placed(node.tasks):
                self._places.setdefault(task, []).append((node.id, index))

    def post(self, event: Event) -> None:
        """Hand one event to the reader."""
        if self.fault or self._reader is None:
            return
        try:
            self._reader(event)
        except BaseException as fault:
            self.fault = fault
            self._control.cancel()

    def tell(self, task: Task, kind: Kind, data: dict[str, Any] | None = None) -> None:
        """Post an event for every node and item that a task stands for."""
        if kind == "progress" and task in self.flights:
            self.flights[task].progress = data
        if self._reader is None:
            return
        now = time.time()
        for node, index in self._places[task]:
            count = self._counts.get(node)
            own = {**(data or {}), **self._advance(count, kind)} if count else data or {}
            self.post(Event(kind, node, index, own, now))

    def _advance(self, count: _Count, kind: Kind) -> dict[str, Any]:
        """How far a mapped node is after this event: done, total, rate, left."""
        now = time.monotonic() - self._control.paused_seconds()
        with self._turn:
            if kind == "started" and count.started is None:
                count.started = now
            if kind not in ENDS:
                return {}
            count.done += 1
            count.total = max(count.total, count.done)  # what was stored may have to be made again
            count.computed += kind == "finished"
            found: dict[str, Any] = {"done": count.done, "total": count.total}
            spent = now - count.started if count.started is not None else 0.0
            if count.computed and spent > 0:
                found["rate"] = round(count.computed / spent, 3)
                found["left"] = round((count.total - count.done) * spent / count.computed, 1)
            return found

    def announce(self) -> None:
        """Post what the plan says of every node."""
        if self._reader is None:
            return
        for node in self._plan.nodes.values():
            if node.state == "cached":
                self.post(Event("cached", node.id))
                for task in leaves(node.tasks):
                    for message in task.entry.warnings if task.entry else ():
                        self.post(Event("warning", node.id, task.index, {"message": message}))
            elif node.state == "run":
                data = {"items": node.to_run, "reasons": list(node.reasons)}
                self.post(Event("queued", node.id, (), data))
            else:
                self.post(Event(node.state, node.id, (), {"message": node.reason}))
