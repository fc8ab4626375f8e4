"""What the editor told its user, kept for the log panel."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

Level = Literal["info", "warning", "error"]

#: so many entries are kept
MOST = 2_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log. node: the node that it is about, or none."""

    level: Level
    text: str
    node: str = ""
    time: float = field(default_factory=time.time)


class Log:
    """The entries, oldest first; ``revision`` rises with each."""

    def __init__(self) -> None:
        self.revision = 0
        self.entries: deque[Entry] = deque(maxlen=MOST)

    def add(self, level: Level, text: str, node: str = "") -> None:
        """Add a line, unless it only repeats the last one."""
        last = self.entries[-1] if self.entries else None
        if last and (last.level, last.text, last.node) == (level, text, node):
            return
        self.entries.append(Entry(level, text, node))
        self.revision += 1

    def clear(self) -> None:
        """Forget everything."""
        self.entries.clear()
        self.revision += 1
