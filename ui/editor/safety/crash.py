"""Logs of crashes: what is written while the process dies, and found at the next start."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import platform
import sys
import threading
import traceback
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TextIO

from ui.editor.safety.folders import state_folder
from ui.editor.safety.lock import Lock

#: logs of so many sessions are kept
MOST = 5
_RUNNING, _ENDING = ".running.log", ".log"


class CrashLog:
    """The crash log of this session; made when the editor starts, closed when it ends.

    Fatal errors of C code, exceptions that nobody catches and those of threads are written to it.
    What ``write`` is given is written as well. A log without a word is not kept. Where no log can
    be written there is none, and ``path`` is None.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = (folder or state_folder()) / "crashes"
        self.path: Path | None = None
        self._file: TextIO | None = None
        self._lock: Lock | None = None
        self._known: set[str] = set()
        self._before = sys.excepthook, threading.excepthook
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            now = datetime.now()
            self.path = self._folder / f"{now:%Y-%m-%d %H.%M.%S} {os.getpid()}{_RUNNING}"
            self._lock = Lock.take(self.path.with_suffix(".lock"))
            self._file = self.path.open("w", encoding="utf-8", buffering=1)
        except OSError:
            self.path = None
            return
        self._file.write(f"{describe()}\n")
        faulthandler.enable(self._file, all_threads=True)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread

    def write(self, error: BaseException) -> None:
        """Keep an exception that the program survives."""
        self._note("", type(error), error, error.__traceback__)

    def close(self) -> None:
        """The program ends as it should; the log stays only if something was written."""
        if self._file is None or self.path is None:
            return
        sys.excepthook, threading.excepthook = self._before
        faulthandler.disable()
        self._file.close()
        self._file = None
        if self._lock:
            self._lock.release()
        with contextlib.suppress(OSError):
            _settle(self.path)
            _trim(self._folder)

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        self._note("nobody caught this: ", kind, error, trace)
        self._before[0](kind, error, trace)

    def _on_thread(self, arguments: threading.ExceptHookArgs) -> None:
        error = arguments.exc_value or arguments.exc_type()
        name = arguments.thread.name if arguments.thread else "a thread"
        self._note(f"in {name}: ", arguments.exc_type, error, arguments.exc_traceback)
        self._before[1](arguments)

    def _note(
        self,
        where: str,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        if self._file is None:
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        if text in self._known:  # of every frame, and none must fill the disk
            return
        self._known.add(text)
        with contextlib.suppress(OSError, ValueError):
            self._file.write(f"\n{datetime.now():%H:%M:%S} {where}{text}")


def find_crashes(folder: Path | None = None) -> list[Path]:
    """The logs that sessions left which did not end as they should, newest first; told once."""
    place = (folder or state_folder()) / "crashes"
    found = []
    for path in place.glob(f"*{_RUNNING}"):
        lock = Lock.take(path.with_suffix(".lock"), wanted=False)
        if lock is None:
            continue  # that session is running
        lock.release()
        with contextlib.suppress(OSError):
            kept = _settle(path)
            if kept:
                found.append(kept)
    with contextlib.suppress(OSError):
        _trim(place)
    return sorted(found, reverse=True)


def _settle(path: Path) -> Path | None:
    """Give the log of a session that has ended its last name; None for one without a word."""
    path.with_suffix(".lock").unlink(missing_ok=True)
    if path.read_bytes().count(b"\n") < 2:  # nothing but what ``describe`` says
        path.unlink()
        return None
    return path.rename(path.with_name(path.name.removesuffix(_RUNNING) + _ENDING))


def _trim(folder: Path) -> None:
    logs = sorted(p for p in folder.glob(f"*{_ENDING}") if not p.name.endswith(_RUNNING))
    for path in logs[:-MOST]:
        path.unlink(missing_ok=True)


def describe() -> str:
    """The program and the machine in one line, for reports of faults."""
    import linearlink

    return (
        f"LinearLink {linearlink.__version__}, Python {platform.python_version()}, "
        f"{platform.platform()}"
    )
