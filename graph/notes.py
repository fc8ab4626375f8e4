"""What a store remembers beside results: files by path and state, and what node types cost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph.disk import Disk

LEAST_BYTES = 1 << 16  # so little input takes no longer, and makes no more, than less
SAVED_AT_ONCE = 1_000
SAVED_AFTER_SECONDS = 10.0

#: size, time of change in nanoseconds, inode of a file
State = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class FileNote:
    """What is known of a file as long as it stays in a state."""

    state: str
    digest: str | None = None
    header: dict[str, Any] | None = None


@dataclass(slots=True)
class Cost:
    """Sums over the runs of a node type: seconds, bytes of its inputs, bytes it made."""

    runs: int = 0
    seconds: float = 0.0
    taken: float = 0.0
    made: float = 0.0

    def add(self, other: Cost) -> None:
        """Count more runs."""
        self.runs += other.runs
        self.seconds += other.seconds
        self.taken += other.taken
        self.made += other.made


class Notes:
    """Notes in memory, which are written to the disk many at a time.

    attempt: does something with the disk, and gives None when there is none or it fails.
    """

    def __init__(self, attempt: Callable[[Callable[[Disk], Any]], Any]) -> None:
        self._attempt = attempt
        self._lock = threading.RLock()
        self._files: dict[str, FileNote | None] = {}
        self._costs: dict[str, dict[int, Cost]] | None = None  # by type and size class
        self._new_files: dict[str, FileNote] = {}
        self._new_costs: dict[tuple[str, int], Cost] = {}
        self._saved = time.monotonic()

    # --- files -------------------------------------------------------------------------------

    def load_files(self, paths: Iterable[str]) -> None:
        """Look up what is noted of many files at once."""
        with self._lock:
            wanted = [path for path in map(_plain, paths) if path not in self._files]
            self._files |= dict.fromkeys(wanted)
            self._files |= self._attempt(lambda disk: dict(disk.notes(wanted))) or {}

    def file(self, path: str, state: State) -> FileNote:
        """What is known of a file in that state."""
        path = _plain(path)
        if path not in self._files:
            self.load_files([path])
        note, known = self._files[path], _state_text(state)
        return note if note and note.state == known else FileNote(known)

    def note_file(
        self,
        path: str,
        state: State,
        digest: str | None = None,
        header: Mapping[str, Any] | None = None,
    ) -> None:
        """Remember the digest or the header of a file in a state, beside what is known of it."""
        with self._lock:
            known = self.file(path, state)
            note = FileNote(
                known.state,
                known.digest if digest is None else digest,
                known.header if header is None else dict(header),
            )
            self._files[_plain(path)] = self._new_files[_plain(path)] = note
        self._save_some()

    # --- costs -------------------------------------------------------------------------------

    def measure(self, type: str, seconds: float, taken: int, made: int) -> None:
        """Count one run of a node type that took and made so many bytes."""
        size, cost = taken.bit_length(), Cost(1, seconds, taken, made)
        with self._lock:
            self._known_costs().setdefault(type, {}).setdefault(size, Cost()).add(cost)
            self._new_costs.setdefault((type, size), Cost()).add(cost)
        self._save_some()

    def estimate(self, type: str, taken: int) -> tuple[float | None, int | None]:
        """Seconds and bytes made of a run that takes so many bytes; None for a type never run.

        From the runs whose inputs were nearest in size, in proportion to the size.
        """
        with self._lock:
            classes = self._known_costs().get(type)
            if not classes:
                return None, None
            size = min(classes, key=lambda size: (abs(size - taken.bit_length()), -size))
            cost = classes[size]
            sums = (cost.seconds, cost.taken, cost.made)
            seconds, mean, made = (each / cost.runs for each in sums)
            if not (taken and mean):
                return seconds, round(made)
            slower = max(taken, LEAST_BYTES) / max(mean, LEAST_BYTES)
            return seconds * slower, round(made * slower)

    def _known_costs(self) -> dict[str, dict[int, Cost]]:
        if self._costs is None:
            self._costs = {}
            found = self._attempt(lambda disk: disk.costs()) or {}
            for (type, size), cost in found.items():
                self._costs.setdefault(type, {})[size] = cost
        return self._costs

    # --- saving ------------------------------------------------------------------------------

    def save(self) -> None:
        """Write what is new to the disk, at once."""
        with self._lock:
            files, self._new_files = self._new_files, {}
            costs, self._new_costs = self._new_costs, {}
            self._saved = time.monotonic()
        if files or costs:
            self._attempt(lambda disk: disk.note(files, costs))

    def _save_some(self) -> None:
        """A program that is killed loses little."""
        count = len(self._new_files) + len(self._new_costs)
        if count > SAVED_AT_ONCE or time.monotonic() - self._saved > SAVED_AFTER_SECONDS:
            self.save()


def _plain(path: str) -> str:
    """A path as text that can be written, also where its name is not UTF-8."""
    return path.encode("utf-8", "backslashreplace").decode()


def _state_text(state: State) -> str:
    return " ".join(map(str, state))  # an inode may be larger than the numbers of a database
