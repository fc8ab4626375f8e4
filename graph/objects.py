"""The folder of stored values: named by content, never changed, written aside and renamed.

    objects/ab/ab12…/value.json, 0.npy, 1.npy …   one value
    aside/                                        what is being written or removed

A crash leaves nothing half visible. What is read is held against its digest, once for as long as
its files stay as they are. Nothing is ever unpickled.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from graph.errors import LinearLinkError
from graph.syntax import parsing
from graph.values import decode, digest_parts, encode

STALE_SECONDS = 86_400  # what lies about for so long is left from a crash
LEFT_SECONDS = 60  # the same where the process that wrote it is known to have ended
TICK_SECONDS = 0.05  # files changed twice within it may look unchanged
TRIES = 10  # to write what another process drops at the same time

#: name, size, time and inode of every file of an object
State = tuple[tuple[str, int, int, int], ...]


class DamagedError(LinearLinkError):
    """A stored result is missing or is not what its digest says."""


class Objects:
    """The values in one folder. Several processes may use it at once."""

    def __init__(self, root: Path) -> None:
        self.root = root / "objects"
        self._aside = root / "aside"
        self._verified: dict[str, State] = {}
        self.root.mkdir(exist_ok=True)
        self._aside.mkdir(exist_ok=True)

    def place(self, name: str) -> Path:
        """The folder of one value."""
        return self.root / name[:2] / name

    def is_there(self, name: str) -> bool:
        """Whether a value is there; what is in it is checked when it is read."""
        return os.path.isfile(f"{self.root}/{name[:2]}/{name}/value.json")

    def names(self) -> Iterator[tuple[str, float]]:
        """Every value that is there, and since when."""
        for folder in os.scandir(self.root):
            for each in os.scandir(folder.path):
                with suppress(FileNotFoundError):
                    yield each.name, each.stat().st_mtime

    def write(self, name: str, value: Any) -> int:
        """Write one value under its digest unless it is there; its size in bytes."""
        for _ in range(TRIES):
            place = self.place(name)
            if place.exists():
                if self.is_sound(name):
                    with suppress(FileNotFoundError):  # another process has just dropped it
                        return sum(size for _, size, *_ in _state(place))
                self.remove(name)
            size = self._write_new(place, value)
            if size is not None:
                return size
        raise OSError(f"{self.place(name)} does not stay where it is put")

    def _write_new(self, place: Path, value: Any) -> int | None:
        """Write a value; None when another process was faster."""
        aside = self._name_aside()
        aside.mkdir()
        try:
            data, arrays = encode(value)
            for number, array in enumerate(arrays):
                _write_array(aside / f"{number}.npy", array)
            (aside / "value.json").write_text(json.dumps(data), encoding="utf-8")
            size = sum(size for _, size, *_ in _state(aside))
            place.parent.mkdir(exist_ok=True)
            try:
                aside.rename(place)
            except OSError:
                if not place.exists():
                    raise
                return None
            return size
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def _name_aside(self) -> Path:
        return self._aside / f"{os.getpid()}@{platform.node()}@{uuid.uuid4().hex}"

    def read(self, name: str) -> Any:
        """The value of a digest, arrays memory-mapped. Raises DamagedError."""
        data, arrays = self._load(name)
        try:
            return decode(data, arrays)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise DamagedError(f"the stored result {name} is of no known type: {error}") from error

    def _load(self, name: str, always: bool = False) -> tuple[Any, list[Any]]:
        """The parts of a value, held against its digest: always, or when its files are new."""
        import numpy as np

        place = self.place(name)
        try:
            state = _state(place)
            data = json.loads((place / "value.json").read_text(encoding="utf-8"))
            arrays = []
            for number in range(sum(file.endswith(".npy") for file, *_ in state)):
                path = place / f"{number}.npy"
                with parsing:
                    try:
                        arrays.append(np.load(path, mmap_mode="r", allow_pickle=False))
                    except ValueError:  # nothing to map in an array without elements
                        arrays.append(np.load(path, allow_pickle=False))
            known = not always and self._verified.get(name) == state
            sound = known or digest_parts(data, arrays) == name
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise DamagedError(f"the stored result {name} cannot be read: {error}") from error
        if not sound:
            raise DamagedError(f"the stored result {name} is damaged: its digest is another")
        if not known and time.time() - max(mtime for *_, mtime, _ in state) / 1e9 > TICK_SECONDS:
            self._verified[name] = state
        return data, arrays

    def is_sound(self, name: str, always: bool = False) -> bool:
        """Whether a value can be read back; always: read it even where it was found sound."""
        try:
            self._load(name, always)
        except DamagedError:
            return False
        return True

    def remove(self, name: str) -> None:
        """Remove a value: renamed first, so that no reader ever meets half of it."""
        self._verified.pop(name, None)
        aside = self._name_aside()
        try:
            self.place(name).rename(aside)
        except OSError:
            return
        shutil.rmtree(aside, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what a crash left aside; other processes may be writing there."""
        for left in os.scandir(self._aside):
            with suppress(OSError):
                age = time.time() - left.stat().st_mtime
                if age > STALE_SECONDS or (age > LEFT_SECONDS and _is_left(left.name)):
                    shutil.rmtree(left.path)


def _write_array(path: Path, array: Any) -> None:
    from numpy.lib.format import write_array

    try:
        with path.open("wb") as file:
            write_array(file, array, allow_pickle=False)
    except OSError as error:
        if error.errno is None:  # numpy wrote less than it should, and does not say why
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
        raise


def _state(place: Path) -> State:
    with os.scandir(place) as files:
        found = [(file.name, file.stat()) for file in files]
    return tuple(sorted((name, s.st_size, s.st_mtime_ns, s.st_ino) for name, s in found))


def _is_left(name: str) -> bool:
    """Whether a name aside is of a process of this machine that has ended."""
    process, _, rest = name.partition("@")
    if not process.isdecimal() or rest.partition("@")[0] != platform.node():
        return False
    import psutil

    return not psutil.pid_exists(int(process))
