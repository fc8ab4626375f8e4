"""Results on disk: values in a folder, and an index of how each result was made.

linearlink-store     says that the folder is a store
objects/, aside/     see graph/objects.py
index.sqlite         see graph/index.py
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from graph.entry import Entry
from graph.index import is_full, open_index, put_aside
from graph.notes import Cost, FileNote
from graph.objects import STALE_SECONDS, TRIES, DamagedError, Objects

__all__ = ["MARK", "DamagedError", "Disk"]

MARK = "linearlink-store"
VERSION = 1
DEFAULT_LIMIT = 50 * 10**9
_COLUMNS = "key, content, type, version, params, inputs, outputs, seconds, bytes, warnings, written"
#: first what saves the fewest seconds a byte, among equals the least recently used
_LEAST_FIRST = "ORDER BY kept, seconds / (bytes + 1), used"


class Disk:
    """A store folder. Several processes may use one at once.

    limit: bytes, in place of the limit that the store itself remembers.
    complaint: what was wrong with the folder when it was opened, or nothing.

    Opening makes the folder when it is not there. Raises OSError or sqlite3.Error when it cannot
    be used, ValueError when the folder holds something else.
    """

    def __init__(self, root: Path | str, limit: int | None = None) -> None:
        self.root = Path(root)
        self._limit = limit
        self.root.mkdir(parents=True, exist_ok=True)
        mark = self.root / MARK
        if not mark.exists():
            if any(self.root.iterdir()) and not mark.exists():  # two may make it at once
                raise ValueError(f"{self.root} is not a store: it holds other files")
            mark.write_text(f"{VERSION}\n", encoding="utf-8")
        version = mark.read_text(encoding="utf-8", errors="replace").strip()
        if version.isdecimal() and int(version) > VERSION:
            raise ValueError(f"{self.root} is a store of a later version of LinearLink")
        self._objects = Objects(self.root)
        self._index, self.complaint = open_index(self.root / "index.sqlite")
        self._inode = self._index.inode
        self._ours: set[str] = set()  # keys that were made or found since the disk was opened
        #: keys that runs of this process need now, a set for each
        self.needed: list[Set[str]] = []
        self._exhausted = False  # nothing is left that could make room before the run ends

    def close(self) -> None:
        """Let go of the index."""
        self._index.close()

    def _check(self) -> None:
        """Raise OSError when the folder has been removed, or replaced by another store."""
        if self._index.inode != self._inode:
            raise FileNotFoundError("its folder or index was removed")

    # --- results -----------------------------------------------------------------------------

    def find(self, keys: Iterable[str]) -> dict[str, Entry]:
        """The entries of these keys."""
        rows = self._index.each(f"SELECT {_COLUMNS} FROM entries WHERE key IN (?)", keys)
        found = {row[0]: _entry(row) for row in rows}
        for key in [key for key, entry in found.items() if not self._is_whole(entry)]:
            del found[key]
            with suppress(OSError, sqlite3.Error):  # a miss, even if it cannot be forgotten
                self.drop(key)
        self._ours.update(found)
        return found

    def _is_whole(self, entry: Entry) -> bool:
        return all(map(self._objects.is_there, entry.digests()))

    def find_content(self, content: str) -> Entry | None:
        """The entry of that content key."""
        rows = self._index.all(f"SELECT {_COLUMNS} FROM entries WHERE content = ?", [content])
        found = next((entry for entry in map(_entry, rows) if self._is_whole(entry)), None)
        if found:
            self._ours.add(found.key)
        return found

    def read(self, name: str) -> Any:
        """The value of a digest, arrays memory-mapped. Raises DamagedError."""
        return self._objects.read(name)

    def put(self, entry: Entry, values: Mapping[str, Any], kept: bool = False) -> bool:
        """Keep a result; values by digest. What passes the limit pushes out what is worth less.

        kept: whether it goes last of all. True, since a disk that fails raises OSError or
        sqlite3.Error.
        """
        self._check()
        limit = self.limit
        excess = self.bytes() + entry.nbytes - limit
        if excess > 0 and entry.nbytes < limit:
            self._make_room(excess + limit // 50)  # not a little at every put
        try:
            self._put(entry, values, kept)
        except (OSError, sqlite3.Error) as error:
            if not is_full(error) or not self._make_room(entry.nbytes):
                raise
            self._put(entry, values, kept)
        return True

    def _put(self, entry: Entry, values: Mapping[str, Any], kept: bool) -> None:
        for _ in range(TRIES):
            sizes = {name: self._objects.write(name, value) for name, value in values.items()}
            with self._index.change() as index:
                if not all(map(self._objects.is_there, sizes)):
                    continue  # another process has just dropped one
                index.executemany("INSERT OR IGNORE INTO objects VALUES (?, ?)", sizes.items())
                self._drop(index, entry.key, sizes)  # what it stood for before may be other content
                _insert(index, entry, sum(sizes.values()), kept)
            self._ours.add(entry.key)
            return
        raise OSError(f"the result {entry.key} does not stay where it is put")

    def alias(self, entry: Entry) -> None:
        """Let a result whose objects are here be found under another key, which is one more use."""
        self._check()
        with self._index.change() as index:
            sizes = {}
            for digest in entry.digests():
                known = "SELECT bytes FROM objects WHERE digest = ?"
                row = index.execute(known, [digest]).fetchone()
                if row is None:
                    return
                sizes[digest] = row[0]
            _insert(index, entry, sum(sizes.values()), False)
            index.execute("UPDATE entries SET hits = 1 WHERE key = ?", [entry.key])
        self._ours.add(entry.key)

    def drop(self, key: str) -> None:
        """Forget an entry that cannot be read back, and whatever shares its damaged content."""
        self._check()
        rows = self._index.all("SELECT digest FROM refs WHERE key = ?", [key])
        digests = [name for (name,) in rows]
        bad = [name for name in digests if not self._objects.is_sound(name, always=True)]
        with self._index.change() as index:
            keys = {key}
            for name in bad:
                known = index.execute("SELECT key FROM refs WHERE digest = ?", [name])
                keys.update(row[0] for row in known)
            for each in keys:
                self._drop(index, each)

    def _drop(self, index: sqlite3.Connection, key: str, spared: Collection[str] = ()) -> int:
        """Forget an entry, and objects that no other needs nor is spared; the bytes that went.

        Objects go before the index says so: without them an entry is a mere miss.
        """
        digests = index.execute("SELECT digest FROM refs WHERE key = ?", [key]).fetchall()
        index.execute("DELETE FROM refs WHERE key = ?", [key])
        index.execute("DELETE FROM entries WHERE key = ?", [key])
        return sum(self._drop_object(index, name) for (name,) in digests if name not in spared)

    def _drop_object(self, index: sqlite3.Connection, name: str) -> int:
        if index.execute("SELECT 1 FROM refs WHERE digest = ? LIMIT 1", [name]).fetchone():
            return 0
        row = index.execute("SELECT bytes FROM objects WHERE digest = ?", [name]).fetchone()
        index.execute("DELETE FROM objects WHERE digest = ?", [name])
        self._objects.remove(name)
        return int(row[0]) if row else 0

    # --- limits ------------------------------------------------------------------------------

    @property
    def limit(self) -> int:
        """Bytes that may stay after a run."""
        if self._limit is not None:
            return self._limit
        rows = self._index.all("SELECT value FROM settings WHERE name = 'limit'")
        return int(rows[0][0]) if rows else DEFAULT_LIMIT

    def set_limit(self, limit: int) -> None:
        """Remember another limit, for every process that opens the store."""
        self._check()
        with self._index.change() as index:
            index.execute("INSERT OR REPLACE INTO settings VALUES ('limit', ?)", [limit])

    def bytes(self) -> int:
        """Bytes of all objects."""
        return int(self._index.all("SELECT bytes FROM total")[0][0])

    def trim(self) -> int:
        """Hold the folder to its limit, dropping what is worth least; the bytes that went."""
        self._check()
        self._exhausted = False
        self._objects.sweep()
        self._sweep_strays(every=STALE_SECONDS)
        return self._drop_least(self.bytes() - self.limit, frozenset().union(*self.needed))

    def _make_room(self, excess: int) -> int:
        """Drop what this process has not used, since a run may need the rest."""
        if self._exhausted:
            return 0
        self._objects.sweep()
        freed = self._drop_least(excess, self._ours.union(*self.needed))
        self._exhausted = freed < excess
        return freed

    def _drop_least(self, excess: int, spared: Set[str]) -> int:
        if excess <= 0:
            return 0
        rows = self._index.all(f"SELECT key FROM entries {_LEAST_FIRST}")
        keys = (key for (key,) in rows if key not in spared)
        freed = 0
        while freed < excess and (part := list(islice(keys, 20))):
            with self._index.change() as index:  # short ones, since others may wait
                for key in part:
                    if freed < excess:
                        freed += self._drop(index, key)
        return freed

    def _sweep_strays(self, every: float = 0) -> None:
        """Remove old objects that no entry knows, at most so often: a crash or a lost index."""
        now = time.time()
        rows = self._index.all("SELECT value FROM settings WHERE name = 'swept'")
        if every and rows and 0 <= now - rows[0][0] < every:
            return
        old = [name for name, since in self._objects.names() if now - since > STALE_SECONDS]
        known = self._index.each("SELECT digest FROM objects WHERE digest IN (?)", old)
        strays = set(old).difference(name for (name,) in known)
        with self._index.change() as index:
            index.execute("INSERT OR REPLACE INTO settings VALUES ('swept', ?)", [int(now)])
            for name in strays:
                self._drop_object(index, name)

    # --- looking after it --------------------------------------------------------------------

    def entries(self) -> list[dict[str, Any]]:
        """Every entry in plain words, the last used first."""
        names = [*_COLUMNS.split(", "), "created", "used", "hits", "kept"]
        rows = self._index.all(f"SELECT {', '.join(names)} FROM entries ORDER BY used DESC, key")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def count(self) -> int:
        """How many objects there are."""
        return int(self._index.all("SELECT COUNT(*) FROM objects")[0][0])

    def shared_bytes(self) -> int:
        """Bytes more that there would be if equal content were stored for each entry."""
        query = "SELECT COALESCE(SUM(bytes), 0) FROM refs JOIN objects USING (digest)"
        return int(self._index.all(query)[0][0]) - self.bytes()

    def verify(self, post: Callable[[int, int], None] = lambda done, total: None) -> list[str]:
        """Read every object; drop entries whose content is damaged. The keys that went.

        post: is called with how many objects were read, and how many there are. An index that is
        damaged itself is put aside, and then :attr:`complaint` says so.
        """
        self._check()
        if not self._index.is_sound():
            self._renew()
        names = [row[0] for row in self._index.all("SELECT DISTINCT digest FROM refs")]
        bad: list[str] = []
        for done, name in enumerate(names):
            post(done, len(names))
            if not self._objects.is_sound(name, always=True):
                rows = self._index.all("SELECT key FROM refs WHERE digest = ?", [name])
                bad += (key for (key,) in rows)
        post(len(names), len(names))
        gone = sorted(set(bad))
        for key in gone:
            self.drop(key)
        self._sweep_strays()
        return gone

    def _renew(self) -> None:
        self._index.close()
        put_aside(self._index.path)
        self._index, _ = open_index(self._index.path)
        self._inode = self._index.inode
        self.complaint = "the index of the store was damaged: all results are computed again"

    def clear(self) -> int:
        """Forget all results; what is known of files and times stays. The bytes that went."""
        self._check()
        freed = self.bytes()
        with self._index.change() as index:
            names = index.execute("SELECT digest FROM objects").fetchall()
            for table in ("entries", "refs", "history"):
                index.execute(f"DELETE FROM {table}")
            for (name,) in names:
                self._drop_object(index, name)
        self._objects.sweep()
        self._sweep_strays()
        return freed

    # --- what is remembered beside results ------------------------------------------------------

    def notes(self, paths: Iterable[str]) -> Iterator[tuple[str, FileNote]]:
        """What is noted of these files."""
        query = "SELECT path, state, digest, header FROM notes WHERE path IN (?)"
        for path, state, digest, header in self._index.each(query, paths):
            yield path, FileNote(state, digest, json.loads(header) if header else None)

    def note(
        self, files: Mapping[str, FileNote], costs: Mapping[tuple[str, int], Cost] | None = None
    ) -> None:
        """Remember files, and add to what was measured of node types."""
        self._check()
        with self._index.change() as index:
            index.executemany(
                "INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?)",
                [
                    (path, note.state, note.digest, _text(note.header))
                    for path, note in files.items()
                ],
            )
            index.executemany(
                "INSERT INTO measured VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "runs = runs + excluded.runs, seconds = seconds + excluded.seconds, "
                "taken = taken + excluded.taken, made = made + excluded.made",
                [
                    (*place, cost.runs, cost.seconds, cost.taken, cost.made)
                    for place, cost in (costs or {}).items()
                ],
            )

    def costs(self) -> dict[tuple[str, int], Cost]:
        """What was measured, by node type and size class."""
        rows = self._index.all("SELECT type, size, runs, seconds, taken, made FROM measured")
        return {(row[0], row[1]): Cost(*row[2:]) for row in rows}

    def history(self, scope: str) -> dict[str, Any]:
        """The records of a graph's last run by node."""
        rows = self._index.all("SELECT node, record FROM history WHERE scope = ?", [scope])
        return {node: json.loads(record) for node, record in rows}

    def note_history(self, scope: str, records: Mapping[str, Any]) -> None:
        """Remember records of nodes."""
        self._check()
        with self._index.change() as index:
            index.executemany(
                "INSERT OR REPLACE INTO history VALUES (?, ?, ?)",
                [(scope, node, json.dumps(record)) for node, record in records.items()],
            )

    def keep(self, keys: Iterable[str]) -> None:
        """Let these entries go last of all."""
        self._check()
        with self._index.change() as index:
            index.executemany("UPDATE entries SET kept = 1 WHERE key = ?", [(key,) for key in keys])

    def note_hits(self, keys: Iterable[str]) -> None:
        """Count uses of entries."""
        self._check()
        now = time.time()
        with self._index.change() as index:
            index.executemany(
                "UPDATE entries SET hits = hits + 1, used = ? WHERE key = ?",
                [(now, key) for key in keys],
            )


def _insert(index: sqlite3.Connection, entry: Entry, size: int, kept: bool) -> None:
    now = time.time()
    row = (
        entry.key, entry.content, entry.type, entry.version, entry.params, entry.inputs,
        json.dumps(entry.outputs), entry.seconds, size,
        json.dumps(entry.warnings), json.dumps(entry.written), now, now, kept,
    )  # fmt: skip
    index.execute(
        f"INSERT OR REPLACE INTO entries ({_COLUMNS}, created, used, kept) "
        f"VALUES ({','.join('?' * len(row))})",
        row,
    )
    index.executemany(
        "INSERT OR IGNORE INTO refs VALUES (?, ?)", [(entry.key, name) for name in entry.digests()]
    )


def _text(header: dict[str, Any] | None) -> str | None:
    return None if header is None else json.dumps(header)


def _entry(row: Any) -> Entry:
    return Entry(
        key=row[0], content=row[1], type=row[2], version=row[3], params=row[4], inputs=row[5],
        outputs=json.loads(row[6]), seconds=row[7], nbytes=row[8],
        warnings=tuple(json.loads(row[9])), written=json.loads(row[10]),
    )  # fmt: skip
