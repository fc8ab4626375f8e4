"""What several runs of one process compute at this moment, so that none does it twice."""

from __future__ import annotations

import threading
from typing import Any

from graph.control import Control


class Flight:
    """A result that some run computes: how far it is, and when it has ended."""

    __slots__ = ("_ended", "control", "progress")

    def __init__(self, control: Control) -> None:
        self.control = control  # of the run that computes it
        self.progress: dict[str, Any] | None = None  # fraction, text and seconds left
        self._ended: threading.Event | None = None  # made for the first who waits: it is dear

    def wait(self, seconds: float) -> bool:
        """Sleep until it has ended, at most for so long; whether it has."""
        assert self._ended is not None
        return self._ended.wait(seconds)


class Flights:
    """The content keys under way. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[str, Flight] = {}

    def begin(self, key: str, control: Control) -> tuple[Flight, bool]:
        """The flight of a key, and whether it is the caller's own to compute and to ``end``."""
        with self._lock:
            known = self._flights.get(key)
            if known:
                known._ended = known._ended or threading.Event()
                return known, False
            flight = self._flights[key] = Flight(control)
            return flight, True

    def end(self, key: str) -> None:
        """Tell those who wait that a key is computed, or will not be."""
        with self._lock:
            flight = self._flights.pop(key, None)
            if flight and flight._ended:
                flight._ended.set()
