"""Results on disk: files named by content, and one small index in SQLite.

    objects/ab/ab12…/value.json, 0.npy, 1.npy …   one value, never changed
    index.sqlite                                  how each was made, files, history
    aside/                                        what is being written

Objects are written aside and renamed, so a crash leaves nothing half visible; what is read back
is held against its digest, so a damaged object is a miss. Nothing is ever unpickled.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.entry import Entry
from graph.errors import LinearLinkError
from graph.values import decode, digest_parts, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "linearlink-store"
VERSION = 1
DEFAULT_LIMIT = 50 << 30
STALE_SECONDS = 86_400  # what lies aside for so long is left from a crash
TRIES = 10  # to write what another process drops at the same time

_TABLES = """
CREATE TABLE IF NOT EXISTS entries (
    key TEXT PRIMARY KEY, content TEXT, type TEXT, version INTEGER, params TEXT, inputs TEXT,
    outputs TEXT, seconds REAL, bytes INTEGER, warnings TEXT, written TEXT,
    created REAL, used REAL, hits INTEGER DEFAULT 0);
CREATE INDEX IF NOT EXISTS by_content ON entries (content);
CREATE TABLE IF NOT EXISTS objects (digest TEXT PRIMARY KEY, bytes INTEGER);
CREATE TABLE IF NOT EXISTS refs (key TEXT, digest TEXT, PRIMARY KEY (key, digest));
CREATE INDEX IF NOT EXISTS by_digest ON refs (digest);
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, size INTEGER, mtime INTEGER, inode INTEGER, digest TEXT);
CREATE TABLE IF NOT EXISTS history (
    scope TEXT, node TEXT, record TEXT, PRIMARY KEY (scope, node));
CREATE TABLE IF NOT EXISTS costs (type TEXT PRIMARY KEY, runs INTEGER, seconds REAL);
"""
_COLUMNS = "key, content, type, version, params, inputs, outputs, seconds, bytes, warnings, written"


class DamagedError(LinearLinkError):
    """A stored result is missing or is not what its digest says."""


class Disk:
    """A store folder. Several processes may use one at once.

    Opening makes the folder when it is not there. Raises OSError or sqlite3.Error when it cannot
    be used, ValueError when the folder holds something else.
    """

    def __init__(self, root: Path | str, limit: int = DEFAULT_LIMIT) -> None:
        self.root = Path(root)
        self.limit = limit
        self._lock = threading.RLock()
        self.root.mkdir(parents=True, exist_ok=True)
        mark = self.root / MARK
        if not mark.exists():
            if any(self.root.iterdir()) and not mark.exists():  # two may make it at once
                raise ValueError(f"{self.root} is not a store: it holds other files")
            mark.write_text(f"{VERSION}\n", encoding="utf-8")
        (self.root / "aside").mkdir(exist_ok=True)
        self._index = sqlite3.connect(
            self.root / "index.sqlite", timeout=30, isolation_level=None, check_same_thread=False
        )
        self._index.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {_TABLES}")

    def close(self) -> None:
        """Let go of the index."""
        self._index.close()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._index.execute("BEGIN IMMEDIATE")
            try:
                yield self._index
                self._index.execute("COMMIT")
            except BaseException:
                if self._index.in_transaction:
                    self._index.execute("ROLLBACK")
                raise

    def _all(self, query: str, values: Iterable[Any] = ()) -> list[Any]:
        with self._lock:
            return self._index.execute(query, tuple(values)).fetchall()

    # --- results -----------------------------------------------------------------------------

    def find(self, keys: Iterable[str]) -> dict[str, Entry]:
        """The entries of these keys."""
        wanted = list(keys)
        found = {}
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            for row in self._all(f"SELECT {_COLUMNS} FROM entries WHERE key IN ({marks})", part):
                found[row[0]] = _entry(row)
        gone = [key for key, entry in found.items() if not self._is_whole(entry)]
        for key in gone:
            del found[key]
            self.drop(key)
        return found

    def _is_whole(self, entry: Entry) -> bool:
        """Whether all objects of an entry are there; what is in them is checked when read."""
        return all((self._place(name) / "value.json").is_file() for name in entry.digests())

    def find_content(self, content: str) -> Entry | None:
        """The entry of that content key."""
        rows = self._all(f"SELECT {_COLUMNS} FROM entries WHERE content = ?", [content])
        return next((entry for entry in map(_entry, rows) if self._is_whole(entry)), None)

    def _place(self, digest: str) -> Path:
        return self.root / "objects" / digest[:2] / digest

    def put(self, entry: Entry, values: Mapping[str, Any]) -> bool:
        """Keep a result; values by digest. True, since a disk that fails raises."""
        sizes = {name: self._write(name, value) for name, value in values.items()}
        with self._change() as index:
            index.executemany("INSERT OR REPLACE INTO objects VALUES (?, ?)", sizes.items())
            _insert(index, entry, sum(sizes.values()))
            index.execute(
                "INSERT INTO costs VALUES (?, 1, ?) ON CONFLICT (type) DO UPDATE "
                "SET runs = runs + 1, seconds = seconds + excluded.seconds",
                (entry.type, entry.seconds),
            )
        return True

    def alias(self, entry: Entry) -> None:
        """Let a result whose objects are here be found under another key."""
        with self._change() as index:
            for digest in entry.digests():
                known = "SELECT 1 FROM objects WHERE digest = ?"
                if not index.execute(known, [digest]).fetchone():
                    return
            _insert(index, entry, entry.nbytes)

    def _write(self, name: str, value: Any) -> int:
        """Write one value under its digest unless it is there; its size in bytes."""
        place = self._place(name)
        for _ in range(TRIES):
            try:
                return sum(file.stat().st_size for file in place.iterdir())
            except FileNotFoundError:  # or another process has just dropped it
                self._write_new(place, value)
        raise OSError(f"{place} does not stay where it is put")

    def _write_new(self, place: Path, value: Any) -> None:
        from numpy.lib.format import write_array

        aside = self.root / "aside" / uuid.uuid4().hex
        aside.mkdir(parents=True)
        try:
            data, arrays = encode(value)
            for number, array in enumerate(arrays):
                with (aside / f"{number}.npy").open("wb") as file:
                    write_array(file, array, allow_pickle=False)
            (aside / "value.json").write_text(json.dumps(data), encoding="utf-8")
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                aside.rename(place)
            except OSError:
                if not place.exists():  # another process was not faster: it is a real fault
                    raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def read(self, name: str) -> Any:
        """The value of a digest, arrays memory-mapped. Raises DamagedError."""
        data, arrays = self._load(name)
        try:
            return decode(data, arrays)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise DamagedError(f"the stored result {name} is of no known type: {error}") from error

    def _load(self, name: str) -> tuple[Any, list[Any]]:
        """The parts of a stored value, held against its digest. Raises DamagedError."""
        import numpy as np

        place = self._place(name)
        try:
            data = json.loads((place / "value.json").read_text(encoding="utf-8"))
            count = sum(file.suffix == ".npy" for file in place.iterdir())
            arrays = []
            for number in range(count):
                file = place / f"{number}.npy"
                try:
                    arrays.append(np.load(file, mmap_mode="r", allow_pickle=False))
                except ValueError:  # nothing to map in an array without elements
                    arrays.append(np.load(file, allow_pickle=False))
            sound = digest_parts(data, arrays) == name
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise DamagedError(f"the stored result {name} cannot be read: {error}") from error
        if not sound:
            raise DamagedError(f"the stored result {name} is damaged: its digest is another")
        return data, arrays

    def _is_sound(self, name: str) -> bool:
        try:
            self._load(name)
        except DamagedError:
            return False
        return True

    def drop(self, key: str) -> None:
        """Forget an entry that cannot be read back, and whatever shares its damaged content."""
        digests = [row[0] for row in self._all("SELECT digest FROM refs WHERE key = ?", [key])]
        bad = [name for name in digests if not self._is_sound(name)]
        with self._change() as index:
            keys = {key}
            for name in bad:
                known = index.execute("SELECT key FROM refs WHERE digest = ?", [name])
                keys.update(row[0] for row in known)
            for each in keys:
                _delete(index, each)
            self._drop_objects(index, digests)

    def _drop_objects(self, index: sqlite3.Connection, digests: Iterable[str]) -> int:
        """Remove those objects that no entry needs; the bytes that went."""
        freed = 0
        for name in digests:
            if index.execute("SELECT 1 FROM refs WHERE digest = ? LIMIT 1", [name]).fetchone():
                continue
            row = index.execute("SELECT bytes FROM objects WHERE digest = ?", [name]).fetchone()
            freed += row[0] if row else 0
            index.execute("DELETE FROM objects WHERE digest = ?", [name])
            aside = self.root / "aside" / uuid.uuid4().hex
            try:  # renamed first, so that no reader ever meets half an object
                self._place(name).rename(aside)
            except OSError:
                continue
            shutil.rmtree(aside, ignore_errors=True)
        return freed

    def trim(self) -> int:
        """Hold the folder to its limit, dropping what saves the fewest seconds a byte."""
        self._sweep()
        if self.bytes() <= self.limit:
            return 0
        freed = 0
        rows = self._all(
            "SELECT key, bytes FROM entries WHERE bytes > 4096 ORDER BY seconds / (bytes + 1), used"
        )
        excess = self.bytes() - self.limit
        with self._change() as index:
            for key, _ in rows:
                if freed >= excess:
                    break
                digests = [
                    r[0] for r in index.execute("SELECT digest FROM refs WHERE key = ?", [key])
                ]
                _delete(index, key)
                freed += self._drop_objects(index, digests)
        return freed

    def bytes(self) -> int:
        """Bytes of all objects."""
        return int(self._all("SELECT COALESCE(SUM(bytes), 0) FROM objects")[0][0])

    def entries(self) -> list[dict[str, Any]]:
        """Every entry in plain words, the last used first."""
        names = [*_COLUMNS.split(", "), "created", "used", "hits"]
        rows = self._all(f"SELECT {', '.join(names)} FROM entries ORDER BY used DESC, key")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def verify(self) -> list[str]:
        """Read every object; drop entries whose content is damaged. The keys that went."""
        bad = []
        for key, name in self._all("SELECT key, digest FROM refs ORDER BY key"):
            if not self._is_sound(name):
                bad.append(key)
        for key in dict.fromkeys(bad):
            self.drop(key)
        return list(dict.fromkeys(bad))

    def clear(self) -> int:
        """Forget all results; file digests stay. The bytes that went."""
        freed = self.bytes()
        with self._change() as index:
            digests = [row[0] for row in index.execute("SELECT digest FROM objects")]
            for table in ("entries", "refs", "history"):
                index.execute(f"DELETE FROM {table}")
            self._drop_objects(index, digests)
        self._sweep()
        return freed

    def _sweep(self) -> None:
        """Remove what a crash left aside; other processes may be writing there."""
        for left in (self.root / "aside").iterdir():
            with suppress(OSError):
                if time.time() - left.stat().st_mtime > STALE_SECONDS:
                    shutil.rmtree(left)

    # --- what is remembered beside results ------------------------------------------------------

    def file(self, path: str) -> tuple[tuple[int, int, int], str] | None:
        """State and digest noted for a file."""
        rows = self._all("SELECT size, mtime, inode, digest FROM files WHERE path = ?", [path])
        return ((rows[0][0], rows[0][1], rows[0][2]), rows[0][3]) if rows else None

    def note_file(self, path: str, state: tuple[int, int, int], digest: str) -> None:
        """Remember state and digest of a file."""
        with self._change() as index:
            index.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", (path, *state, digest)
            )

    def history(self, scope: str) -> dict[str, Any]:
        """The records of a graph's last run by node."""
        rows = self._all("SELECT node, record FROM history WHERE scope = ?", [scope])
        return {node: json.loads(record) for node, record in rows}

    def note_history(self, scope: str, records: Mapping[str, Any]) -> None:
        """Remember records of nodes."""
        with self._change() as index:
            index.executemany(
                "INSERT OR REPLACE INTO history VALUES (?, ?, ?)",
                [(scope, node, json.dumps(record)) for node, record in records.items()],
            )

    def note_hits(self, keys: Iterable[str]) -> None:
        """Count uses of entries."""
        with self._change() as index:
            index.executemany(
                "UPDATE entries SET hits = hits + 1, used = ? WHERE key = ?",
                [(time.time(), key) for key in keys],
            )

    def costs(self) -> dict[str, tuple[int, float]]:
        """Runs and seconds by node type."""
        return {row[0]: (row[1], row[2]) for row in self._all("SELECT * FROM costs")}


def _delete(index: sqlite3.Connection, key: str) -> None:
    index.execute("DELETE FROM refs WHERE key = ?", [key])
    index.execute("DELETE FROM entries WHERE key = ?", [key])


def _insert(index: sqlite3.Connection, entry: Entry, size: int) -> None:
    now = time.time()
    row = (
        entry.key, entry.content, entry.type, entry.version, entry.params, entry.inputs,
        json.dumps(entry.outputs), entry.seconds, size,
        json.dumps(entry.warnings), json.dumps(entry.written), now, now,
    )  # fmt: skip
    index.execute(
        f"INSERT OR REPLACE INTO entries ({_COLUMNS}, created, used) VALUES ({','.join('?' * 13)})",
        row,
    )
    index.executemany(
        "INSERT OR IGNORE INTO refs VALUES (?, ?)", [(entry.key, name) for name in entry.digests()]
    )


def _entry(row: Any) -> Entry:
    return Entry(
        key=row[0], content=row[1], type=row[2], version=row[3], params=row[4], inputs=row[5],
        outputs=json.loads(row[6]), seconds=row[7], nbytes=row[8],
        warnings=tuple(json.loads(row[9])), written=json.loads(row[10]),
    )  # fmt: skip
