"""A graph that is being edited: its history, its file, what is selected."""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graph.file import serialize, write_text
from graph.model import Graph
from ui.editor.edits.places import KINDS, Mark, count_of
from ui.editor.safety.trust import find_refused

#: so many steps can be undone; the oldest give way
STEPS = 1_000


@dataclass(frozen=True, slots=True)
class Step:
    """A change in the history: its name, and the graph on the other side of it."""

    name: str
    graph: Graph
    selection: frozenset[str]
    marks: frozenset[Mark]


class Document:
    """A graph with undo, redo and a file.

    graph: as it is now. It is never edited in place: ``change`` hands out a copy, so whoever
    holds a graph of this document holds it as it was.
    path: the file, or None for what was never saved. revision: rises with every change, undo and
    redo too. selection: ids of the selected nodes; always nodes that exist. marks: the
    selected frames and notes. refused: what the user has not allowed, as ``Outside.means`` tells
    it. recovered: the graph is unsaved work, which its file does not hold.
    """

    def __init__(self, graph: Graph, path: Path | None = None, recovered: bool = False) -> None:
        self.graph = graph
        self.path = path
        self._place: tuple[Path | None, Path] | None = None
        self.revision = 0
        self._selection: frozenset[str] = frozenset()
        self._marks: frozenset[Mark] = frozenset()
        self._past: list[Step] = []
        self._future: list[Step] = []
        self._merge: Hashable = None
        self._open = False
        self.refused: frozenset[str] = frozenset()
        self._judged: tuple[Any, bool] = (None, True)
        self._stamp = _stamp_of(path)
        self._saved = None if recovered else graph

    # --- reading ---------------------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """Where relative paths start: the folder of the file, or the user's until it has one."""
        return self.place.parent if self.path else Path.home()

    @property
    def is_behind(self) -> bool:
        """Whether another program has written the file since it was read or saved here."""
        now = _stamp_of(self.path)
        return now is not None and now != self._stamp

    @property
    def trusted(self) -> bool:
        """Whether it may be planned and run: it uses nothing that is refused.

        So undoing what brought such a path in is enough.
        """
        key = (self.graph, self.refused, self.path)
        if self._judged[0] != key:  # the same graph, nearly always: asked in every frame
            self._judged = key, not (self.refused and find_refused(self))
        return self._judged[1]

    @property
    def place(self) -> Path:
        """The file itself, past all links; asked of the disk once, for this is used every frame."""
        if self._place is None or self._place[0] is not self.path:
            self._place = self.path, (self.path or Path()).resolve()
        return self._place[1]

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

    @property
    def marks(self) -> frozenset[Mark]:
        """The selected frames and notes."""
        return self._marks

    # --- changing --------------------------------------------------------------------------------

    def select(self, ids: Iterable[str], marks: Iterable[Mark] = ()) -> None:
        """Select these nodes, frames and notes and no others; not a step of its own.

        Ids of no node, and places of no frame or note, are left out.
        """
        self._selection = frozenset(id for id in ids if id in self.graph.nodes)
        self._marks = frozenset(
            (kind, place) for kind, place in marks if place < count_of(self.graph, kind)
        )

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
            self._past.append(Step(name, self.graph, self._selection, self._marks))
            del self._past[:-STEPS]
        elif serialize_equal(graph, self._past[-1].graph):  # back where it began
            graph = self._past.pop().graph
            merge = None  # what follows would else become part of the step before
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
        target.append(Step(step.name, self.graph, self._selection, self._marks))
        self._merge = None
        self._put(step.graph)
        if step.selection or step.marks:
            self.select(step.selection, step.marks)
        return step.name

    def _put(self, graph: Graph) -> None:
        before, self.graph = self.graph, graph
        self.revision += 1
        same = {kind for kind in KINDS if count_of(before, kind) == count_of(graph, kind)}
        # in a list that was shortened the places are those of others
        self.select(self._selection, [mark for mark in self._marks if mark[0] in same])

    # --- the file --------------------------------------------------------------------------------

    def save(self, path: Path | None = None, rebase: Callable[[Graph], None] | None = None) -> Path:
        """Write the file, aside first and then renamed.

        rebase: an edit that makes relative paths start at the folder of another path. It is no
        step: it is made in all of the history, whose paths would else be wrong after an undo.
        Raises ValueError without a path, GraphError for values that a file cannot hold, OSError
        when it cannot be written; the document is then as it was.
        """
        place = path or self.path
        if place is None:
            raise ValueError("a new graph has no file yet; give one")
        graph = self.graph if rebase is None else _edited(self.graph, rebase)
        write_text(place, serialize(graph))
        if rebase:
            self._past = [replace(s, graph=_edited(s.graph, rebase)) for s in self._past]
            self._future = [replace(s, graph=_edited(s.graph, rebase)) for s in self._future]
        if graph is not self.graph:
            self._put(graph)
        self.path = place
        self._stamp = _stamp_of(place)
        self._saved = graph
        self.settle()
        return place


def _edited(graph: Graph, edit: Callable[[Graph], None]) -> Graph:
    """A copy that was edited; the graph itself where that changes nothing."""
    made = copy.copy(graph)
    edit(made)
    return graph if serialize_equal(made, graph) else made


def serialize_equal(a: Graph, b: Graph) -> bool:
    """Whether two graphs make the same file: order counts."""
    return a == b and list(a.nodes) == list(b.nodes)


def _stamp_of(path: Path | None) -> tuple[int, int] | None:
    """By what a file is known to be as it was: time and size; None where there is none."""
    try:
        found = path.stat() if path and path.is_file() else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size) if found else None
