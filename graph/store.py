"""Keeps results by key: in memory within a limit, and on disk where a disk is given."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from graph.disk import DamagedError, Disk
from graph.entry import Entry
from graph.flights import Flights
from graph.memory import Memory, memory_share
from graph.notes import Notes, State
from graph.values import freeze

__all__ = ["DamagedError", "Entry", "Store", "memory_share"]

#: A result larger than this goes to disk only if computing took longer than writing would.
ALWAYS_KEPT_BYTES = 64 << 20
WRITE_BYTES_PER_SECOND = 1 << 30

T = TypeVar("T")


class Store:
    """Results by recipe key. Safe to use from several threads.

    memory_limit: bytes held in memory; a quarter of the machine's by default.
    disk: a :class:`Disk`, or None to keep results in memory only.
    warn: told once when the disk cannot be used; a run never fails for it.
    """

    def __init__(
        self,
        memory_limit: int | None = None,
        disk: Disk | None = None,
        warn: Callable[[str], None] = lambda message: None,
    ) -> None:
        self.disk = disk
        #: what runs of this process compute at this moment
        self.flights = Flights()
        self._memory = Memory(memory_share(0.25) if memory_limit is None else memory_limit)
        self._notes = Notes(self._try)
        self._history: dict[str, dict[str, Any]] = {}
        self._warn = warn
        self._warned = False
        if disk and disk.complaint:
            warn(f"{disk.root}: {disk.complaint}")

    @property
    def memory_limit(self) -> int:
        """Bytes that may be held in memory."""
        return self._memory.limit

    @property
    def held_bytes(self) -> int:
        """Bytes that are held in memory."""
        return self._memory.bytes

    # --- results -----------------------------------------------------------------------------

    def find(self, keys: Iterable[str]) -> dict[str, Entry]:
        """The entries known for these keys."""
        keys = list(keys)
        found = self._memory.find(keys)
        missing = [key for key in keys if key not in found]
        if self.disk and missing:
            found |= self._try(lambda disk: disk.find(missing)) or {}
        return found

    def find_content(self, content: str) -> Entry | None:
        """The entry of a result made of inputs of the same content, whatever their recipes."""
        entry = self._memory.find_content(content)
        return entry or self._try(lambda disk: disk.find_content(content))

    def value(self, digest: str) -> Any:
        """The value of that digest. Raises DamagedError when it cannot be read back whole."""
        try:
            return self._memory.value(digest)
        except KeyError:
            if not self.disk:
                raise DamagedError(f"the result {digest} is no longer in memory") from None
        return freeze(self.disk.read(digest))

    def put(
        self,
        entry: Entry,
        values: Mapping[str, Any],
        keep: str = "auto",
        taken: int = 0,
        small: int = ALWAYS_KEPT_BYTES,
    ) -> bool:
        """Keep a result; True when it can be read back later whatever happens to the memory.

        values: by digest. keep: ``auto``, ``keep`` (always on disk, and gone last), ``memory``
        (not on disk) or ``never``. taken: bytes of its inputs, for :meth:`estimate`. small:
        results up to so many bytes go to disk however quickly they were made.
        """
        self._notes.measure(entry.type, entry.seconds, taken, entry.nbytes)
        if keep == "never":
            return False
        kept = keep == "keep"
        on_disk = False
        if kept or (keep == "auto" and is_worth_writing(entry.nbytes, entry.seconds, small)):
            on_disk = bool(self._try(lambda disk: disk.put(entry, values, kept)))
        self._memory.put(entry, values, on_disk, kept)
        return on_disk

    def hold(self, entry: Entry) -> dict[str, Any] | None:
        """The values of an entry that memory alone has, for a run that still needs them."""
        return self._memory.hold(entry)

    def shrink(self, limit: int) -> None:
        """Let go of results in memory until at most so many bytes are held."""
        self._memory.shrink(limit)

    def free(self) -> None:
        """Let go of all results in memory, because memory is short."""
        self._memory.shrink(0)

    def alias(self, entry: Entry, key: str) -> None:
        """Let a result be found under a second recipe that gave the same content."""
        self._memory.alias(entry, key)
        self._try(lambda disk: disk.alias(replace(entry, key=key)))

    def drop(self, key: str) -> None:
        """Forget an entry that cannot be read back, and whatever shares its damaged content."""
        self._memory.drop(key)
        self._try(lambda disk: disk.drop(key))

    @contextmanager
    def needing(self, keys: Set[str]) -> Iterator[None]:
        """Spare these results meanwhile, whatever the limit of the disk."""
        needed = self.disk.needed if self.disk else []
        needed.append(keys)
        try:
            yield
        finally:
            needed.remove(keys)

    def trim(self) -> int:
        """Hold the disk to its limit; the bytes that went. Called after every run."""
        return self._try(lambda disk: disk.trim()) or 0

    # --- what is remembered beside results ------------------------------------------------------

    def load_files(self, paths: Iterable[str]) -> None:
        """Look up what is noted of many files at once, before they are asked for one by one."""
        self._notes.load_files(paths)

    def digest_of(self, path: str, state: State) -> str | None:
        """The digest noted for a file in that state (size, time, inode)."""
        return self._notes.file(path, state).digest

    def note_digest(self, path: str, state: State, digest: str) -> None:
        """Remember the digest of a file in a state."""
        self._notes.note_file(path, state, digest=digest)

    def header_of(self, path: str, state: State) -> dict[str, Any] | None:
        """The header noted for a file in that state."""
        return self._notes.file(path, state).header

    def note_header(self, path: str, state: State, header: Mapping[str, Any]) -> None:
        """Remember the header of a file in a state: numbers and text by keyword."""
        self._notes.note_file(path, state, header=header)

    def estimate(self, type: str, taken: int) -> tuple[float | None, int | None]:
        """Seconds and bytes made of a node that takes so many bytes, from earlier runs.

        (None, None) for a type that never ran.
        """
        return self._notes.estimate(type, taken)

    def save_notes(self) -> None:
        """Write to the disk what was noted of files and node types since the last time."""
        self._notes.save()

    def history(self, scope: str) -> dict[str, Any]:
        """What every node of a graph was at its last run: plain data by node id."""
        if scope not in self._history:
            self._history[scope] = self._try(lambda disk: disk.history(scope)) or {}
        return self._history[scope]

    def note_history(self, scope: str, records: Mapping[str, Any]) -> None:
        """Remember what nodes are now; others keep what is known of them."""
        self._history[scope] = {**self.history(scope), **records}
        self._try(lambda disk: disk.note_history(scope, records))

    def keep(self, keys: Iterable[str]) -> None:
        """Let results that are stored already go last of all."""
        wanted = list(keys)
        if wanted:
            self._try(lambda disk: disk.keep(wanted))

    def note_hits(self, keys: Iterable[str]) -> None:
        """Count entries that were used again."""
        keys = list(keys)
        if keys:
            self._try(lambda disk: disk.note_hits(keys))

    def _try(self, action: Callable[[Disk], T]) -> T | None:
        """Do something with the disk, if there is one; that it fails is told once."""
        import sqlite3

        if self.disk is None:
            return None
        try:
            return action(self.disk)
        except (OSError, sqlite3.Error, json.JSONDecodeError) as error:
            if not self._warned:
                self._warned = True
                why = (isinstance(error, OSError) and error.strerror) or error
                self._warn(
                    f"the store {self.disk.root} cannot be used ({why}); "
                    "results are kept in memory only"
                )
            return None


def is_worth_writing(nbytes: int, seconds: float, small: int = ALWAYS_KEPT_BYTES) -> bool:
    """Whether a result of that size, made in that time, is kept on disk."""
    return nbytes <= small or seconds > nbytes / WRITE_BYTES_PER_SECOND
