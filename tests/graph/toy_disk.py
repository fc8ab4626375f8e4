"""A small disk that fills: mounted where that is allowed, else imitated inside the process."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from graph.index import Index
from graph.objects import Objects
from graph.values import encode

BYTES = 8 << 20


class SmallDisk:
    """A folder on a disk of 8 MB. imitated: it is none, and the store is made to fail as on one."""

    def __init__(self, folder: Path, imitated: bool) -> None:
        self.folder = folder
        self.imitated = imitated
        self.ballast = folder / "ballast"
        if imitated:
            patch = pytest.MonkeyPatch()
            patch.setattr(Objects, "_write_new", self._limited(Objects._write_new, True))
            patch.setattr(Index, "__init__", self._limited(Index.__init__, False))

    def _used(self) -> int:
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    def _limited(self, real: Any, writes_value: bool) -> Any:
        """A method that fails when what it writes is more than the disk has room for."""

        def limited(self_: Any, *arguments: Any) -> Any:
            need = 4096
            if writes_value:
                need += sum(array.nbytes for array in encode(arguments[1])[1])
            if self._used() + need > BYTES:
                if writes_value:
                    raise OSError(errno.ENOSPC, "No space left on device")
                full = sqlite3.OperationalError("database or disk is full")
                full.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise full
            return real(self_, *arguments)

        return limited

    def fill(self) -> None:
        """Leave not a byte."""
        with self.ballast.open("wb", buffering=0) as file:
            if self.imitated:
                file.truncate(max(BYTES - self._used(), 0))
                return
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def deny(self) -> None:
        """Let nothing be written any more."""
        if not self.imitated:
            subprocess.run(["mount", "-o", "remount,ro", self.folder], check=True)
            return
        for path in [*self.folder.rglob("*"), self.folder]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        if os.geteuid() == 0:
            os.seteuid(65534)  # to whom it applies
