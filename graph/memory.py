"""Results held in memory, within a limit."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from graph.entry import Entry
from graph.values import nbytes


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
    kept: bool = False


class Memory:
    """Entries by key and values by digest. Safe to use from several threads."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bytes = 0
        self._lock = threading.RLock()
        self._entries: dict[str, Entry] = {}
        self._contents: dict[str, str] = {}  # content key → recipe key
        self._held: dict[str, _Held] = {}  # by digest, least recently used first

    def find(self, keys: Iterable[str]) -> dict[str, Entry]:
        """The entries held for these keys."""
        with self._lock:
            return {key: self._entries[key] for key in keys if key in self._entries}

    def find_content(self, content: str) -> Entry | None:
        """The entry held for that content key."""
        with self._lock:
            return self._entries.get(self._contents.get(content, ""))

    def value(self, digest: str) -> Any:
        """The value of that digest. Raises KeyError when it is not held."""
        with self._lock:
            held = self._held[digest] = self._held.pop(digest)
            return held.value

    def put(self, entry: Entry, values: Mapping[str, Any], on_disk: bool, kept: bool) -> None:
        """Hold a result, and let go of others that pass the limit.

        on_disk: whether it can be had back from there. kept: whether it then goes last.
        """
        share = entry.seconds / max(len(values), 1)
        with self._lock:
            self._entries[entry.key] = entry
            self._contents[entry.content] = entry.key
            for digest, value in values.items():
                held = self._held.pop(digest, None)
                if held is None:
                    held = _Held(value, nbytes(value), share)
                    self.bytes += held.bytes
                held.keys.add(entry.key)
                held.on_disk |= on_disk
                held.kept |= kept
                self._held[digest] = held
            self.shrink(self.limit)

    def hold(self, entry: Entry) -> dict[str, Any] | None:
        """The values of an entry that memory alone has, for a run that still needs them."""
        with self._lock:
            held = [self._held.get(digest) for digest in entry.digests()]
            if not held or not all(held) or all(item and item.on_disk for item in held):
                return None
            return {name: self._tree(tree) for name, tree in entry.outputs.items()}

    def _tree(self, tree: Any) -> Any:
        if isinstance(tree, list):
            return tuple(map(self._tree, tree))
        return self._held[tree].value

    def alias(self, entry: Entry, key: str) -> None:
        """Let a result that is held be found under a second key."""
        with self._lock:
            held = [self._held.get(digest) for digest in entry.digests()]
            if all(held):
                self._entries[key] = replace(entry, key=key)
                for item in held:
                    if item:
                        item.keys.add(key)

    def shrink(self, limit: int) -> None:
        """Let go of what saves the fewest seconds a byte; among equals the least recently used."""
        with self._lock:
            if self.bytes <= limit:
                return
            held = self._held
            order = sorted(
                held,
                key=lambda d: (
                    held[d].kept and not held[d].on_disk,
                    held[d].seconds / (held[d].bytes + 1),
                ),
            )
            for digest in order:
                if self.bytes <= limit:
                    return
                self._let_go(digest)

    def _let_go(self, digest: str) -> None:
        held = self._held.pop(digest, None)
        if held:
            self.bytes -= held.bytes
            for key in held.keys:
                self._forget(key)

    def _forget(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry and self._contents.get(entry.content) == key:
            del self._contents[entry.content]

    def drop(self, key: str) -> None:
        """Forget an entry, and the values that no other needs."""
        with self._lock:
            entry = self._entries.get(key)
            self._forget(key)
            for digest in entry.digests() if entry else ():
                if held := self._held.get(digest):
                    held.keys.discard(key)
                    if not held.keys:
                        self._let_go(digest)
