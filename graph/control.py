"""Stopping and pausing a run from anywhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Set

from graph.errors import Cancelled


class Control:
    """Cancels, pauses and resumes one run. Safe to use from any thread.

    A run that is superseded is cancelled but for the tasks that the next one needs as well: those
    at work go on to their end.
    """

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._going = threading.Event()
        self._going.set()
        self._lock = threading.RLock()  # a signal may come while it is held
        self._spared: Set[str] = frozenset()
        self._paused_at: float | None = None
        self._paused = 0.0
        self._working: dict[object, None] = {}

    # --- asked for from outside ------------------------------------------------------------------

    def cancel(self, spare: Set[str] = frozenset()) -> None:
        """Stop the run. What is at work on one of the keys in ``spare`` is left to finish."""
        with self._lock:
            self._spared = spare
            self._cancelled.set()
        if not spare:
            self.resume()

    def pause(self) -> None:
        """Start no further task, and halt those at work where they look at their context."""
        with self._lock:
            over = self._cancelled.is_set() and not self._spared
            if self._paused_at is None and not over:
                self._paused_at = time.monotonic()
                self._going.clear()

    def resume(self) -> None:
        """Go on after a pause, whose time counts for nothing."""
        with self._lock:
            if self._paused_at is not None:
                self._paused += time.monotonic() - self._paused_at
                self._paused_at = None
            self._going.set()

    @property
    def cancelled(self) -> bool:
        """Whether the run was asked to stop."""
        return self._cancelled.is_set()

    @property
    def paused(self) -> bool:
        """Whether the run is halted."""
        return not self._going.is_set()

    def paused_seconds(self) -> float:
        """For how long the run was halted up to now."""
        if self._paused_at is None:
            return self._paused
        with self._lock:
            begun = self._paused_at
            return self._paused + (time.monotonic() - begun if begun is not None else 0.0)

    def at_work(self) -> list[str]:
        """The nodes and items at work now: what a cancelled run still waits for."""
        return [str(task) for task in list(self._working)]

    # --- used by the run -------------------------------------------------------------------------

    def stops(self, key: str) -> bool:
        """Whether the task of that key is to stop."""
        return self._cancelled.is_set() and key not in self._spared

    def check(self, key: str) -> float:
        """Wait while the run is paused, the seconds of that; raise Cancelled for a task to stop."""
        begun = 0.0
        while not self.stops(key):
            if self._going.is_set():
                return time.monotonic() - begun if begun else 0.0
            begun = begun or time.monotonic()
            self._going.wait(0.05)
        raise Cancelled("cancelled")

    def wait(self, seconds: float, key: str) -> bool:
        """Sleep, but not longer than until the task of that key is to stop; whether it is."""
        end = time.monotonic() + seconds
        while not self.stops(key) and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.02))
        return self.stops(key)

    def wait_going(self, seconds: float) -> bool:
        """Sleep while the run is paused, at most for so long; whether it goes on."""
        return self._going.wait(seconds)

    def enter(self, task: object) -> None:
        """Note that a task is at work."""
        self._working[task] = None

    def leave(self, task: object) -> None:
        """Note that a task has ended."""
        self._working.pop(task, None)
