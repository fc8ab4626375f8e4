"""A graph that is being edited: its history, its file, what is selected."""

from __future__ import annotations

import copy
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graph.file import serialize, write_text
from graph.model import Graph

#: so many steps can be undone; the oldest give way
STEPS = 1_000


@dataclass(frozen=True, slots=True)
class Step:
    """A change in the history: its name, and the graph on the other side of it."""

    name: str
    graph: Graph
    selection: frozenset[str]


class Document:
    """A graph with undo, redo and a file.

    graph: as it is now. It is never edited in place: ``change`` hands out a copy, so whoever
    holds a graph of this document holds it as it was.
    path: the file, or None for what was never saved. revision: rises with every change, undo and
    redo too. selection: ids of the selected nodes; always nodes that exist. trusted: whether it may
    be planned and run. recovered: the graph is unsaved work, which its file does not hold.
    """

    def __init__(self, graph: Graph, path: Path | None = None, recovered: bool = False) -> None:
        self.graph = graph
        self.path = path
        self.revision = 0
        self._selection: frozenset[str] = frozenset()
        self._past: list[Step] = []
        self._future: list[Step] = []
        self._merge: Hashable = None
        self._open = False
        self.trusted = True
        self._saved = None if recovered else graph

    # --- reading ---------------------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """Where relative paths start: the folder of the file, or the user's until it has one."""
        return self.path.resolve().parent if self.path else Path.home()

    @property
    def modified(self) -> bool:
        """Whether there is something that the file does not hold."""
        return self.graph is not self._saved

    @property
    def name(self) -> str:
        """What people call it: the name of the file without its endings."""
        if self.path is None:
            return self.graph.meta.get("title") or "Untitled"
        return self.path.name.removesuffix(".json").removesuffix(".graph")

    @property
    def undo_name(self) -> str | None:
        """The name of the change that ``undo`` takes back, or None."""
        return self._past[-1].name if self._past else None

    @property
    def redo_name(self) -> str | None:
        """The name of the change that ``redo`` makes again, or None."""
        return self._future[-1].name if self._future else None

    @property
    def selection(self) -> frozenset[str]:
        """The ids of the selected nodes."""
        return self._selection

    # --- changing --------------------------------------------------------------------------------

    def select(self, ids: Iterable[str]) -> None:
        """Select these nodes and no others; ids of no node are left out. Not a step of its own."""
        self._selection = frozenset(id for id in ids if id in self.graph.nodes)

    @contextmanager
    def change(self, name: str, merge: Hashable = None) -> Iterator[Graph]:
        """Edit a copy of the graph, which becomes the document's when the block ends.

        An exception leaves the document as it was. A block that changes nothing makes no step.
        Successive changes of the same ``merge`` key make one step until ``settle`` is called.
        """
        if self._open:
            raise RuntimeError("a change is being made already; make both in one block")
        graph = copy.copy(self.graph)
        self._open = True
        try:
            yield graph
        finally:
            self._open = False
        self._take(graph, name, merge)

    def _take(self, graph: Graph, name: str, merge: Hashable) -> None:
        if serialize_equal(graph, self.graph):
            return
        merged = merge is not None and merge == self._merge and self._past
        if not merged:
            self._past.append(Step(name, self.graph, self._selection))
            del self._past[:-STEPS]
        elif self._past[-1].graph == graph:  # back where it began
            before = self._past.pop()
            graph = before.graph
        self._merge = merge
        self._future.clear()
        self._put(graph)

    def settle(self) -> None:
        """End a gesture: the next change is a step of its own."""
        self._merge = None

    def undo(self) -> str | None:
        """Take the last change back; its name, or None when there is none."""
        return self._step(self._past, self._future)

    def redo(self) -> str | None:
        """Make the last change again that was taken back; its name, or None."""
        return self._step(self._future, self._past)

    def _step(self, source: list[Step], target: list[Step]) -> str | None:
        if not source:
            return None
        step = source.pop()
        target.append(Step(step.name, self.graph, self._selection))
        self._merge = None
        self._put(step.graph)
        self.select(step.selection or self._selection)
        return step.name

    def _put(self, graph: Graph) -> None:
        self.graph = graph
        self.revision += 1
        self.select(self._selection)

    # --- the file --------------------------------------------------------------------------------

    def save(self, path: Path | None = None) -> Path:
        """Write the file, aside first and then renamed.

        Raises ValueError without a path, GraphError for values that a file cannot hold, OSError
        when it cannot be written; the document is then as modified as before.
        """
        place = path or self.path
        if place is None:
            raise ValueError("a new graph has no file yet; give one")
        write_text(place, serialize(self.graph))
        self.path = place
        self._saved = self.graph
        self.settle()
        return place


def serialize_equal(a: Graph, b: Graph) -> bool:
    """Whether two graphs make the same file: order counts."""
    return a == b and list(a.nodes) == list(b.nodes)
