"""The index of a store: one SQLite file that several processes use at once."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

VERSION = 2

_TABLES = """
CREATE TABLE IF NOT EXISTS entries (
    key TEXT PRIMARY KEY, content TEXT, type TEXT, version INTEGER, params TEXT, inputs TEXT,
    outputs TEXT, seconds REAL, bytes INTEGER, warnings TEXT, written TEXT,
    created REAL, used REAL, hits INTEGER DEFAULT 0, kept INTEGER DEFAULT 0);
CREATE INDEX IF NOT EXISTS by_content ON entries (content);
CREATE TABLE IF NOT EXISTS refs (key TEXT, digest TEXT, PRIMARY KEY (key, digest));
CREATE INDEX IF NOT EXISTS by_digest ON refs (digest);
CREATE TABLE IF NOT EXISTS objects (digest TEXT PRIMARY KEY, bytes INTEGER);
CREATE TABLE IF NOT EXISTS total (bytes INTEGER);
INSERT INTO total SELECT COALESCE(SUM(bytes), 0) FROM objects
    WHERE NOT EXISTS (SELECT 1 FROM total);
CREATE TRIGGER IF NOT EXISTS added AFTER INSERT ON objects
    BEGIN UPDATE total SET bytes = bytes + NEW.bytes; END;
CREATE TRIGGER IF NOT EXISTS removed AFTER DELETE ON objects
    BEGIN UPDATE total SET bytes = bytes - OLD.bytes; END;
CREATE TABLE IF NOT EXISTS notes (path TEXT PRIMARY KEY, state TEXT, digest TEXT, header TEXT);
CREATE TABLE IF NOT EXISTS history (
    scope TEXT, node TEXT, record TEXT, PRIMARY KEY (scope, node));
CREATE TABLE IF NOT EXISTS measured (
    type TEXT, size INTEGER, runs INTEGER, seconds REAL, taken REAL, made REAL,
    PRIMARY KEY (type, size));
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value INTEGER);
DROP TABLE IF EXISTS costs;
DROP TABLE IF EXISTS files;
"""


class Index:
    """One connection, shared by all threads. Raises sqlite3.Error when it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            path, timeout=30, isolation_level=None, check_same_thread=False
        )
        try:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            if self._version() < VERSION:
                with self.change():
                    self._make_tables()
        except BaseException:
            self._connection.close()
            raise

    def _version(self) -> int:
        return int(self.all("PRAGMA user_version")[0][0])

    def _make_tables(self) -> None:
        columns = [row[1] for row in self.all("PRAGMA table_info(entries)")]
        if columns and "kept" not in columns:  # made by the first version
            self.all("ALTER TABLE entries ADD COLUMN kept INTEGER DEFAULT 0")
        statement = ""
        for line in _TABLES.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                self.all(statement)
                statement = ""
        self.all(f"PRAGMA user_version = {VERSION}")

    @property
    def inode(self) -> int:
        """Which file the path names; 0 when there is none."""
        try:
            return os.stat(self.path).st_ino
        except OSError:
            return 0

    def is_sound(self) -> bool:
        """Whether the file is whole. Reads all of it."""
        try:
            return self.all("PRAGMA quick_check(1)") == [("ok",)]
        except sqlite3.DatabaseError as error:
            if is_rubbish(error):
                return False
            raise

    def close(self) -> None:
        """Let go of the file; what another thread reads just now is read to its end."""
        with self._lock:
            self._connection.close()

    def all(self, query: str, values: Iterable[Any] = ()) -> list[Any]:
        """All rows that a query gives."""
        with self._lock:
            return self._connection.execute(query, tuple(values)).fetchall()

    def each(self, query: str, values: Iterable[str]) -> Iterator[Any]:
        """All rows of a query with ``IN (?)``, for any number of values."""
        wanted = list(values)
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            yield from self.all(query.replace("(?)", f"({','.join('?' * len(part))})"), part)

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Change several things at once: all of it is done, or nothing."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def open_index(path: Path) -> tuple[Index, str]:
    """The index at a path, and a complaint: one that is no database is put aside for a new one."""
    try:
        return Index(path), ""
    except sqlite3.DatabaseError as error:
        if not is_rubbish(error):
            raise
        put_aside(path)
        return Index(path), (
            f"the index of the store was damaged ({error}); it is put aside as "
            f"{path.with_suffix('.damaged').name}, and results are computed again"
        )


def put_aside(path: Path) -> None:
    """Make way for a new index."""
    path.replace(path.with_suffix(".damaged"))
    for ending in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            Path(f"{path}{ending}").unlink()


def is_full(error: BaseException) -> bool:
    """Whether an error says that a disk or a quota is full."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return _code(error) == sqlite3.SQLITE_FULL


def is_rubbish(error: BaseException) -> bool:
    """Whether an error says that the file is no database, or a damaged one."""
    return _code(error) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def _code(error: BaseException) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF  # the rest tells more of the same
