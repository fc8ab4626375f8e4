"""What a run tells while it goes on: plain data that every reader sees alike."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "queued", "started", "progress", "cached", "finished",
    "failed", "blocked", "skipped", "cancelled", "warning",
]  # fmt: skip


@dataclass(slots=True)  # not frozen: that costs a microsecond an event
class Event:
    """One thing that happened to one node (and item of it, when it is mapped).

    data by kind: progress has fraction, text and left (seconds); finished and cached seconds;
    failed error and message; blocked by; queued items and reasons; warning message.
    """

    kind: Kind
    node: str
    item: tuple[int, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    time: float = field(default_factory=time.time)

    def to_json(self) -> dict[str, Any]:
        """The event as one flat JSON object."""
        result = {"event": self.kind, "node": self.node, "time": round(self.time, 6), **self.data}
        if self.item:
            result["item"] = list(self.item)
        return result
