"""Keeps results by key: in memory within a limit, and on disk where a disk is given."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from graph.disk import DamagedError, Disk
from graph.entry import Entry
from graph.values import freeze, nbytes

__all__ = ["DamagedError", "Entry", "Store", "memory_share"]

#: A result larger than this goes to disk only if computing took longer than writing would.
ALWAYS_KEPT_BYTES = 64 << 20
WRITE_BYTES_PER_SECOND = 1 << 30


def memory_share(share: float) -> int:
    """That share of the machine's memory in bytes; the limits of a container are respected."""
    import psutil

    total = psutil.virtual_memory().total
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            total = min(total, int(Path(name).read_text()))
        except (OSError, ValueError):
            continue
    return int(total * share)


@dataclass(slots=True)
class _Held:
    value: Any
    bytes: int
    seconds: float
    keys: set[str] = field(default_factory=set)
    on_disk: bool = False


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
        self.memory_limit = memory_share(0.25) if memory_limit is None else memory_limit
        self.disk = disk
        self.held_bytes = 0
        self._warn = warn
        self._warned = False
        self._lock = threading.RLock()
        self._entries: dict[str, Entry] = {}
        self._contents: dict[str, str] = {}  # content key → recipe key
        self._held: dict[str, _Held] = {}  # by digest, least recently used first
        self._files: dict[str, tuple[tuple[int, int, int], str]] = {}
        self._history: dict[str, dict[str, Any]] = {}
        self._costs: dict[str, tuple[int, float]] = {}

    # --- results -----------------------------------------------------------------------------

    def find(self, keys: Iterable[str]) -> dict[str, Entry]:
        """The entries known for these keys."""
        with self._lock:
            found = {key: self._entries[key] for key in keys if key in self._entries}
        if self.disk:
            missing = [key for key in keys if key not in found]
            found |= self._try(lambda disk: disk.find(missing)) or {}
        return found

    def find_content(self, content: str) -> Entry | None:
        """The entry of a result made of inputs of the same content, whatever their recipes."""
        with self._lock:
            entry = self._entries.get(self._contents.get(content, ""))
        return entry or (self._try(lambda disk: disk.find_content(content)) if self.disk else None)

    def value(self, digest: str) -> Any:
        """The value of that digest. Raises DamagedError when it cannot be read back whole."""
        with self._lock:
            held = self._held.pop(digest, None)
            if held:
                self._held[digest] = held
                return held.value
        if not self.disk:
            raise DamagedError(f"the result {digest} is no longer in memory")
        value = freeze(self.disk.read(digest))
        return value

    def put(self, entry: Entry, values: Mapping[str, Any], keep: str = "auto") -> bool:
        """Keep a result; True when it can be read back later whatever happens to the memory.

        values: by digest. keep: ``auto``, ``memory`` (not on disk) or ``never``.
        """
        if keep == "never":
            return False
        on_disk = False
        if self.disk and keep == "auto" and self._worth_writing(entry):
            on_disk = bool(self._try(lambda disk: disk.put(entry, values)))
        share = entry.seconds / max(len(values), 1)
        with self._lock:
            self._entries[entry.key] = entry
            self._contents[entry.content] = entry.key
            for digest, value in values.items():
                held = self._held.pop(digest, None)
                if held is None:
                    held = _Held(value, nbytes(value), share)
                    self.held_bytes += held.bytes
                held.keys.add(entry.key)
                held.on_disk |= on_disk
                self._held[digest] = held
            runs, seconds = self._costs.get(entry.type, (0, 0.0))
            self._costs[entry.type] = (runs + 1, seconds + entry.seconds)
            self._trim_memory(self.memory_limit)
        return on_disk

    def hold(self, entry: Entry) -> dict[str, Any] | None:
        """The values of an entry that memory alone has, for a run that still needs them."""
        with self._lock:
            held = [self._held.get(digest) for digest in entry.digests()]
            if not held or not all(held) or all(item and item.on_disk for item in held):
                return None
            return {name: self._held_tree(tree) for name, tree in entry.outputs.items()}

    def _held_tree(self, tree: Any) -> Any:
        if isinstance(tree, list):
            return tuple(map(self._held_tree, tree))
        return self._held[tree].value

    def free(self) -> None:
        """Let go of all results in memory, because memory is short."""
        with self._lock:
            self._trim_memory(0)

    def alias(self, entry: Entry, key: str) -> None:
        """Let a result be found under a second recipe that gave the same content."""
        twin = replace(entry, key=key)
        with self._lock:
            held = [self._held.get(digest) for digest in entry.digests()]
            if all(held):
                self._entries[key] = twin
                for item in held:
                    if item:
                        item.keys.add(key)
        if self.disk:
            self._try(lambda disk: disk.alias(twin))

    def _worth_writing(self, entry: Entry) -> bool:
        return (
            entry.nbytes <= ALWAYS_KEPT_BYTES
            or entry.seconds > entry.nbytes / WRITE_BYTES_PER_SECOND
        )

    def _trim_memory(self, limit: int) -> None:
        """Drop what saves the fewest seconds a byte; among equals the least recently used."""
        if self.held_bytes <= limit:
            return
        order = sorted(self._held, key=lambda d: self._held[d].seconds / (self._held[d].bytes + 1))
        for digest in order:
            if self.held_bytes <= limit:
                return
            self._let_go(digest)

    def _let_go(self, digest: str) -> None:
        held = self._held.pop(digest, None)
        if held:
            self.held_bytes -= held.bytes
            for key in held.keys:
                self._forget(key)

    def _forget(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry and self._contents.get(entry.content) == key:
            del self._contents[entry.content]

    def drop(self, key: str) -> None:
        """Forget an entry that cannot be read back, and whatever shares its damaged content."""
        with self._lock:
            entry = self._entries.get(key)
            self._forget(key)
            for digest in entry.digests() if entry else ():
                if held := self._held.get(digest):
                    held.keys.discard(key)
                    if not held.keys:
                        self._let_go(digest)
        if self.disk:
            self._try(lambda disk: disk.drop(key))

    def trim(self) -> int:
        """Hold the disk to its limit; the bytes that went. Called after every run."""
        return (self._try(lambda disk: disk.trim()) or 0) if self.disk else 0

    # --- what is remembered beside results ------------------------------------------------------

    def digest_of(self, path: str, state: tuple[int, int, int]) -> str | None:
        """The digest noted for a file in that state (size, time, inode)."""
        known = self._files.get(path)
        if known is None and self.disk:
            known = self._try(lambda disk: disk.file(path))
        return known[1] if known and tuple(known[0]) == state else None

    def note_digest(self, path: str, state: tuple[int, int, int], digest: str) -> None:
        """Remember the digest of a file in a state."""
        self._files[path] = (state, digest)
        if self.disk:
            self._try(lambda disk: disk.note_file(path, state, digest))

    def history(self, scope: str) -> dict[str, Any]:
        """What every node of a graph was at its last run: plain data by node id."""
        if scope not in self._history and self.disk:
            self._history[scope] = self._try(lambda disk: disk.history(scope)) or {}
        return self._history.get(scope, {})

    def note_history(self, scope: str, records: Mapping[str, Any]) -> None:
        """Remember what nodes are now; others keep what is known of them."""
        self._history[scope] = {**self.history(scope), **records}
        if self.disk:
            self._try(lambda disk: disk.note_history(scope, records))

    def note_hits(self, keys: Iterable[str]) -> None:
        """Count entries that were used again."""
        if self.disk:
            self._try(lambda disk: disk.note_hits(keys))

    def seconds_of(self, type: str) -> float | None:
        """How long a node of that type took on average, or None."""
        if type not in self._costs and self.disk:
            self._costs |= self._try(lambda disk: disk.costs()) or {}
            self._costs.setdefault(type, (0, 0.0))
        runs, seconds = self._costs.get(type, (0, 0.0))
        return seconds / runs if runs else None

    def _try(self, action: Callable[[Disk], Any]) -> Any:
        """Do something with the disk; a disk that fails is reported once and then left alone."""
        import sqlite3

        if self.disk is None:
            return None
        try:
            return action(self.disk)
        except (OSError, sqlite3.Error) as error:
            if not self._warned:
                self._warned = True
                self._warn(
                    f"The store at {self.disk.root} cannot be used ({error}); "
                    "results are kept in memory only"
                )
            return None
