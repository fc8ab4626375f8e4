"""What toy nodes give, and what is counted of them."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from graph.values import value_type

#: calls of every node, by its name
calls: Counter[str] = Counter()
#: names in the order in which they began
began: list[str] = []
#: names in the order in which they ended, of those that say so
ended: list[str] = []
#: when sleepers slept, by their name
spans: dict[str, tuple[float, float]] = {}
#: threads on which nodes ran
threads: set[int] = set()
#: gates wait until their event is set
gates: dict[str, threading.Event] = {}
_lock = threading.Lock()


def reset() -> None:
    """Forget all that was counted."""
    for memory in (calls, began, ended, spans, threads, gates):
        memory.clear()


def count_calls(action: Callable[[], object]) -> int:
    """Python and C calls that an action makes: its cost without a clock."""
    count = 0

    def see(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count


def note(name: str) -> None:
    """Count a call."""
    with _lock:
        calls[name] += 1
        began.append(name)
        threads.add(threading.get_ident())


@value_type("Grid", color="#808080")
@dataclass(frozen=True, eq=False)
class Grid:
    """A small array that knows whether it was stretched."""

    data: np.ndarray
    state: str = "linear"

    def summary(self) -> str:
        """Shape, type and range."""
        low, high = self.data.min(initial=np.inf), self.data.max(initial=-np.inf)
        return f"grid {self.data.shape} {self.data.dtype}, {low:g} to {high:g}"


@value_type("Stencil")
@dataclass(frozen=True, eq=False)
class Stencil:
    """Another type, which does not fit a Grid."""

    data: np.ndarray


@value_type("Shown")
@dataclass(frozen=True, eq=False)
class Shown:
    """What the toy viewer shows."""

    text: str


class Halves(NamedTuple):
    """Two outputs."""

    low: float
    high: float
