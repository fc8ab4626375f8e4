"""The files that a graph reads: their digests and headers, each looked at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from graph.errors import LinearLinkError
from graph.keys import file_digest, file_state
from graph.store import Store

#: called while files are read, with how many are done and how many there are
Progress = Callable[[int, int], None]
Header = Callable[[Path], Mapping[str, Any]]
#: SHA-256 releases the interpreter lock, and a disk is slow alone
READERS = 4


class Inventory:
    """What is known of files for one plan. Looks up what the store remembers of unchanged ones."""

    def __init__(self, store: Store, progress: Progress | None = None) -> None:
        self._store = store
        self._progress = progress
        self._digests: dict[Path, str | OSError] = {}
        self._headers: dict[tuple[Path, Header], Mapping[str, Any]] = {}

    def look_at(self, paths: Iterable[Path], header: Header | None) -> None:
        """Read digests and headers of all of these that are not known, several at a time."""
        paths = list(dict.fromkeys(paths))
        new = [path for path in paths if path not in self._digests]
        if len(new) > 1:
            self._store.load_files(map(str, new))
        self._read_digests(new)
        if header:
            for path in paths:
                if (path, header) not in self._headers:
                    self._headers[path, header] = self._read_header(path, header)

    def _read_digests(self, new: Sequence[Path]) -> None:
        if len(new) < 4:
            for path in new:
                self._digests[path] = self._read_digest(path)
            return
        with ThreadPoolExecutor(READERS) as pool:
            try:
                for done, (path, digest) in enumerate(
                    zip(new, pool.map(self._read_digest, new), strict=True)
                ):
                    self._digests[path] = digest
                    if self._progress:
                        self._progress(done + 1, len(new))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def digest(self, path: Path) -> str:
        """SHA-256 of a file. Raises OSError."""
        if path not in self._digests:
            self._digests[path] = self._read_digest(path)
        known = self._digests[path]
        if isinstance(known, OSError):
            raise known
        return known

    def header(self, path: Path, header: Header | None) -> Mapping[str, Any]:
        """What that function told of a file; nothing for one not looked at, or unreadable.

        What is wrong with it is told by the node that reads it.
        """
        return self._headers.get((path, header), {}) if header else {}

    def _read_digest(self, path: Path) -> str | OSError:
        try:
            return file_digest(path, self._store)
        except OSError as error:
            return error

    def _read_header(self, path: Path, header: Header) -> Mapping[str, Any]:
        version = getattr(header, "version", 1)
        reader = f"{header.__module__}.{getattr(header, '__qualname__', header)} {version}"
        try:
            state = file_state(path)
            known = self._store.header_of(str(path), state) or {}
            if reader not in known:
                known = {**known, reader: dict(header(path))}
                if self._store.digest_of(str(path), state):  # else its state cannot be trusted yet
                    self._store.note_header(str(path), state, known)
            facts: Mapping[str, Any] = known[reader]
            return facts
        except (OSError, LinearLinkError):
            return {}
