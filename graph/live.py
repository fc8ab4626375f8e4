"""Keeping results up to date while a graph is edited: each change supersedes the run before."""

from __future__ import annotations

import copy
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from graph.control import Control
from graph.errors import GraphError
from graph.events import Event
from graph.model import Graph
from graph.plan import plan
from graph.result import Result
from graph.run import run
from graph.store import Store
from graph.threads import give_way

#: a change waits so long for the next one, as of a slider that moves
DELAY_SECONDS = 0.05


class Live:
    """Plans and runs a graph after every change, on threads of its own.

    A new run takes the place of the one before: what that one has finished is in the store, what
    it is at work on and the new one needs too goes on, the rest is cancelled.

    post: is called with the events of the latest run only. done: with its result, or with the
    GraphError for which there is none. Both are called from other threads. workers, memory: as
    ``run`` takes them.
    """

    def __init__(
        self,
        store: Store,
        *,
        post: Callable[[Event], None] = lambda event: None,
        done: Callable[[Result | GraphError], None] = lambda result: None,
        workers: int | None = None,
        memory: int | None = None,
        delay: float = DELAY_SECONDS,
    ) -> None:
        self._store = store
        self._post = post
        self._done = done
        self._limits: dict[str, Any] = {"workers": workers, "memory": memory}
        self._delay = delay
        self._turn = threading.Condition()
        self._wanted: tuple[Graph, dict[str, Any]] | None = None
        self._due = 0.0
        self._changes = 0
        self._latest = 0  # the number of the last run that was started
        self._runs: dict[int, Control] = {}
        self._paused = False
        self._closed = False
        threading.Thread(target=self._plan_on, name="live", daemon=True).start()

    def change(self, graph: Graph, **options: Any) -> None:
        """Take note of a graph as it is now; a run follows when no other change does at once.

        options: targets, folder and others of ``plan``. Returns at once.
        """
        snapshot = copy.copy(graph)
        with self._turn:
            if self._closed:
                raise RuntimeError("it is closed and takes no more changes")
            self._wanted = snapshot, options
            self._due = time.monotonic() + self._delay
            self._changes += 1
            self._turn.notify_all()

    def limit(self, *, workers: int | None, memory: int | None) -> None:
        """Let runs from now on have other limits, as ``run`` takes them."""
        self._limits = {"workers": workers, "memory": memory}

    def cancel(self) -> None:
        """Stop what runs, and what was to run. Returns at once; see ``at_work``."""
        with self._turn:
            self._wanted = None
            for control in self._runs.values():
                control.cancel()
            self._turn.notify_all()

    def pause(self) -> None:
        """Halt this run and those that follow."""
        with self._turn:
            self._paused = True
            for control in reversed(self._runs.values()):  # the later may wait for the earlier
                control.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        with self._turn:
            self._paused = False
            for control in self._runs.values():
                control.resume()

    def at_work(self) -> list[str]:
        """The nodes and items at work, also of runs that were cancelled and have to end yet."""
        with self._turn:
            return [name for control in self._runs.values() for name in control.at_work()]

    @property
    def busy(self) -> bool:
        """Whether something runs or is to run. When it is over, ``done`` has been called."""
        with self._turn:
            return bool(self._wanted or self._runs)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until nothing runs and nothing is to run; whether that came about in time."""
        with self._turn:
            return self._turn.wait_for(lambda: not (self._wanted or self._runs), seconds)

    def close(self) -> None:
        """Cancel everything and take no more changes."""
        with self._turn:
            self._closed = True
        self.cancel()

    # --- on threads of its own -------------------------------------------------------------------

    def _plan_on(self) -> None:
        """Wait for changes and make each a run, until closed."""
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._wanted or self._closed)
                while self._wanted and (early := self._due - time.monotonic()) > 0:
                    self._turn.wait(early)
                if self._closed:
                    return
                if self._wanted is None:
                    continue
                graph, options = self._wanted
                change = self._changes
            self._start(graph, options, change)

    def _start(self, graph: Graph, options: dict[str, Any], change: int) -> None:
        try:
            made = plan(graph, self._store, **options)
        except Exception as fault:
            error = fault if isinstance(fault, GraphError) else _as_graph_error(fault, "planned")
            with self._turn:
                if change != self._changes or self._wanted is None:
                    return
                for control in self._runs.values():
                    control.cancel()
            self._tell(error)
            with self._turn:
                if change == self._changes:
                    self._wanted = None
                self._turn.notify_all()
            return
        control = Control()
        with self._turn:
            if change != self._changes or self._wanted is None:
                return  # changed or cancelled while it was planned
            self._wanted = None
            keys = {task.key for task in made.to_run}
            for other in self._runs.values():
                other.cancel(spare=keys)
            if self._paused:
                control.pause()
            self._latest += 1
            number = self._latest
            self._runs[number] = control

        def post(event: Event) -> None:
            if number == self._latest:
                self._post(event)

        def work() -> None:
            give_way()
            outcome: Result | GraphError
            try:
                outcome = run(made, self._store, post=post, control=control, **self._limits)
            except Exception as fault:
                outcome = _as_graph_error(fault, "run")
            try:
                over = isinstance(outcome, Result) and outcome.cancelled
                if number == self._latest and not over:
                    self._tell(outcome)
            finally:
                with self._turn:
                    del self._runs[number]
                    self._turn.notify_all()

        threading.Thread(target=work, name=f"run {number}", daemon=True).start()

    def _tell(self, outcome: Result | GraphError) -> None:
        """Hand on an outcome; a reader that raises is shown as a thread's mistake, and no more."""
        try:
            self._done(outcome)
        except Exception:
            thread = threading.current_thread()
            threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), thread)))


def _as_graph_error(fault: Exception, what: str) -> GraphError:
    return GraphError(f"cannot be {what}: {type(fault).__name__}: {fault}")
