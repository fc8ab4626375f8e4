"""Unsaved work, kept safe from a crash and offered afterwards.

Every running editor has a folder of its own, ``unsaved/<session>/``, with a lock that the system
gives back however the program ends. A folder whose lock is free was left by a crash.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from graph.errors import GraphError
from graph.file import parse, read, serialize, write_text
from graph.model import Graph
from graph.registry import Registry
from ui.editor.document import Document
from ui.editor.safety.folders import read_object, state_folder
from ui.editor.safety.lock import Lock

ENDING = ".recovery.json"
#: what could not be read that often is kept, but offered no more
MOST_TRIES = 2


@dataclass(frozen=True, slots=True)
class Left:
    """Unsaved work of a program that crashed.

    file: where it is kept. path: the file of the graph, None for one that never had one. tried:
    how often it could not be read. time: of the last change that was kept.
    """

    file: Path
    name: str
    path: Path | None
    time: datetime
    tried: int = 0


@dataclass(slots=True)
class _Kept:
    """What is known of the copy of a document."""

    file: Path
    graph: Graph | None = None  # that the copy holds, or will as soon as it is written
    since: float | None = field(default=None)  # when the first change beyond it was seen


class Recovery:
    """Keeps the unsaved work of this editor, and offers that of editors which crashed.

    every: seconds from a change until it is kept. complaint: why unsaved work is not safe, or
    None. Copies are written by a thread, so that a slow disk never halts the window.
    """

    def __init__(
        self,
        folder: Path | None = None,
        every: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.root = (folder or state_folder()) / "unsaved"
        self.every = every
        self.complaint: str | None = None
        self._clock = clock
        self._own = self.root
        self._kept: dict[Document, _Kept] = {}
        self._writer = ThreadPoolExecutor(1, "recovery")
        self._lock: Lock | None = None
        for _ in range(5):  # another editor may take the new folder for one that was left
            self._own = self.root / uuid.uuid4().hex[:12]
            try:
                self._own.mkdir(parents=True)
                self._lock = Lock.take(self._own / "lock")
            except OSError as error:
                self._complain(error)
            if self._lock:
                self.complaint = None
                break

    # --- while documents are edited --------------------------------------------------------------

    def look(self, documents: Iterable[Document]) -> None:
        """Keep what has been modified for long enough; drop copies that are needed no more.

        To be called with all open documents, as often as convenient.
        """
        documents = list(documents)
        for document in [d for d in self._kept if d not in documents or not d.modified]:
            self._writer.submit(self._remove, self._kept.pop(document).file)
        for document in documents:
            if document.modified:
                self._keep(document)

    @property
    def waiting(self) -> bool:
        """Whether a change is not safe yet: ``look`` has to be called again, input or not."""
        return any(kept.since is not None or kept.graph is None for kept in self._kept.values())

    def keep(self, documents: Iterable[Document]) -> None:
        """Keep all that is modified at once: the program ends, and not as it should."""
        self.every = 0
        self.look(documents)
        self._writer.shutdown(wait=True)

    def _keep(self, document: Document) -> None:
        kept = self._kept.get(document)
        if kept is None:
            kept = self._kept[document] = _Kept(self._own / f"{uuid.uuid4().hex[:12]}{ENDING}")
        now = self._clock()
        if document.graph is kept.graph:
            kept.since = None
        elif kept.since is None:
            kept.since = now
        if kept.since is not None and now - kept.since >= self.every:
            kept.graph, kept.since = document.graph, None
            path = document.path and document.path.absolute()
            self._writer.submit(self._write, kept, document.graph, path, document.name)

    def _write(self, kept: _Kept, graph: Graph, path: Path | None, name: str) -> None:
        content = {"path": str(path) if path else None, "name": name}
        try:
            write_text(kept.file, json.dumps(content | {"graph": serialize(graph)}))
            self.complaint = None
        except (OSError, GraphError) as error:
            kept.graph = None  # to be tried again
            self._complain(error)

    def _complain(self, error: Exception) -> None:
        why = (isinstance(error, OSError) and error.strerror) or error
        self.complaint = f"unsaved work is not safe from a crash: {self._own}: {why}"

    @staticmethod
    def _remove(file: Path) -> None:
        with contextlib.suppress(OSError):
            file.unlink()

    def close(self) -> None:
        """The program ends as it should: nothing of this session is left to recover."""
        for kept in self._kept.values():
            self._writer.submit(self._remove, kept.file)
        self._kept.clear()
        self._writer.shutdown(wait=True)
        if self._lock:
            self._lock.release()
            self._lock = None
        _tidy(self._own)

    # --- what crashed programs left --------------------------------------------------------------

    def find(self) -> list[Left]:
        """The unsaved work of programs that are not running any more, newest first.

        It is this editor's to offer from now on; what is not restored or discarded is offered
        again at the next start.
        """
        for folder in self.root.iterdir() if self.root.is_dir() else ():
            if folder == self._own or not folder.is_dir():
                continue
            lock = Lock.take(folder / "lock", wanted=False)
            if lock is None:
                continue  # its program is running
            with contextlib.suppress(OSError):  # somebody else was faster
                for file in folder.glob(f"*{ENDING}"):
                    file.rename(self._own / file.name)
            lock.release()
            _tidy(folder)
        ours = {kept.file for kept in self._kept.values()}
        found = [file for file in self._own.glob(f"*{ENDING}") if file not in ours]
        left = [_describe(file) for file in found]
        for one in [one for one in left if _is_saved(one)]:
            self.discard(one)
            left.remove(one)
        offered = [one for one in left if one.tried < MOST_TRIES]
        return sorted(offered, key=lambda one: one.time, reverse=True)

    def restore(self, left: Left, registry: Registry) -> Document:
        """Open unsaved work as a modified document.

        Raises GraphError, naming where it is kept, when it cannot be read; it is then offered
        once more at the next start. Raises OSError when it is gone.
        """
        tried = left.file.with_name(_name(left.file, left.tried + 1))
        left.file.rename(tried)  # noted before reading, which may end the program
        try:
            graph = parse(read_object(tried)["graph"], registry)
        except (ValueError, KeyError, TypeError, GraphError) as error:
            more = " and is offered once more at the next start" if left.tried == 0 else ""
            raise GraphError(
                f"the unsaved work of {left.name} cannot be read: {error}\nit is kept as {tried}"
                f"{more}"
            ) from None
        kept = self._own / _name(tried, 0)
        tried.rename(kept)
        document = Document(graph, left.path, recovered=True)
        self._kept[document] = _Kept(kept, graph)
        return document

    def discard(self, left: Left) -> None:
        """Delete unsaved work that the user does not want."""
        self._remove(left.file)


def _name(file: Path, tried: int) -> str:
    id = file.name.partition(".")[0]
    return f"{id}.tried{tried}{ENDING}" if tried else f"{id}{ENDING}"


def _tidy(folder: Path) -> None:
    """Remove the folder of a session that holds no work."""
    if not any(folder.glob(f"*{ENDING}*")):
        with contextlib.suppress(OSError):
            (folder / "lock").unlink(missing_ok=True)
            folder.rmdir()


def _describe(file: Path) -> Left:
    """What is told of unsaved work; of damaged work what the file system knows."""
    word = file.name.removesuffix(ENDING).partition(".tried")[2]
    tried = int(word) if word.isdecimal() else 0
    try:
        changed = file.stat().st_mtime
    except OSError:
        changed = 0.0
    content: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError):
        content = read_object(file)
    path, name = content.get("path"), content.get("name")
    return Left(
        file,
        name if isinstance(name, str) and name else "a graph",
        Path(path) if isinstance(path, str) and os.path.isabs(path) else None,
        datetime.fromtimestamp(changed),
        tried,
    )


def _is_saved(left: Left) -> bool:
    """Whether the file of the graph holds just that, so that nothing was lost."""
    if left.path is None or not left.path.is_file():
        return False
    registry = Registry()  # what the nodes are does not matter here
    try:
        return read(left.path, registry) == parse(read_object(left.file)["graph"], registry)
    except (OSError, ValueError, KeyError, TypeError, GraphError):
        return False
