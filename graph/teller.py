"""Telling a reader what happens in a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from graph.events import Event, Kind
from graph.plan import Plan
from graph.task import Task, leaves, placed

Post = Callable[[Event], None]


class Teller:
    """Posts the events of a run. A reader that raises stops the run and hears no more.

    fault: what the reader raised, or None.
    """

    def __init__(self, plan: Plan, post: Post | None, cancel: threading.Event) -> None:
        self.fault: BaseException | None = None
        self._plan = plan
        self._reader = post
        self._cancel = cancel
        self._places: dict[Task, list[tuple[str, tuple[int, ...]]]] = {}
        for node in plan.nodes.values() if post else ():
            if node.tasks is not None:
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
            self._cancel.set()

    def tell(self, task: Task, kind: Kind, data: dict[str, Any] | None = None) -> None:
        """Post an event for every node and item that a task stands for."""
        if self._reader is None:
            return
        now = time.time()
        for node, index in self._places[task]:
            self.post(Event(kind, node, index, data or {}, now))

    def announce(self) -> None:
        """Post what the plan says of every node."""
        if self._reader is None:
            return
        for node in self._plan.nodes.values():
            if node.state == "cached":
                self.post(Event("cached", node.id))
                for task in leaves(node.tasks):
                    for message in task.entry.warnings:
                        self.post(Event("warning", node.id, task.index, {"message": message}))
            elif node.state == "run":
                data = {"items": node.to_run, "reasons": list(node.reasons)}
                self.post(Event("queued", node.id, (), data))
            else:
                self.post(Event(node.state, node.id, (), {"message": node.reason}))
