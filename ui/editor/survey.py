"""What a run of everything would do now: a plan of the whole graph, made aside."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from graph.errors import GraphError
from graph.model import Graph
from graph.plan import Plan, plan
from graph.store import Store

#: changes come in rows, and a plan of many frames takes its time
DELAY_SECONDS = 0.1


class Surveyor:
    """Plans the whole graph after changes, on a thread of its own; only the latest counts.

    tell: is called there with the plan, or the GraphError for which there is none, and the graph.
    """

    def __init__(self, store: Store, tell: Callable[[Plan | GraphError, Graph], None]) -> None:
        self._store = store
        self._tell = tell
        self._turn = threading.Condition()
        self._wanted: tuple[Graph, Path, str] | None = None
        self._closed = False
        self.busy = False
        threading.Thread(target=self._work, name="survey", daemon=True).start()

    def look(self, graph: Graph, folder: Path, scope: str) -> None:
        """Plan this graph soon, unless another takes its place."""
        with self._turn:
            self._wanted = graph, folder, scope
            self.busy = True
            self._turn.notify_all()

    def close(self) -> None:
        """Take no more graphs."""
        with self._turn:
            self._closed = True
            self._turn.notify_all()

    def _work(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._wanted or self._closed)
                if not self._closed:
                    self._turn.wait_for(lambda: self._closed, DELAY_SECONDS)
                if self._closed:
                    return
                assert self._wanted
                graph, folder, scope = self._wanted
                self._wanted = None
            made: Plan | GraphError
            try:
                if not graph.nodes:
                    made = Plan({}, [], [], [], [], scope, graph=graph)
                else:
                    made = plan(
                        graph, self._store, targets=list(graph.nodes), folder=folder, scope=scope
                    )
            except GraphError as error:
                made = error
            except Exception as fault:  # a folder that went, a mistake in a pack: told, not lost
                made = GraphError(f"cannot be planned: {type(fault).__name__}: {fault}")
            with self._turn:
                late = self._wanted is not None
            if not late:
                self._tell(made, graph)
            with self._turn:  # only now: who sees that it rests has been told
                self.busy = self._wanted is not None
