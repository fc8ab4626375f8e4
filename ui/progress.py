"""How far a run is: counted from its events, weighted by what was expected of it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from graph.estimate import Estimate
    from graph.events import Event
    from graph.plan import NodePlan, Plan

#: events after which an item is done
ENDS = frozenset(("finished", "cached", "failed", "blocked", "cancelled", "skipped"))
#: what is expected counts as much as so many seconds, or so large a share, of what was measured
_TRUST_SECONDS, _TRUST_SHARE = 2.0, 0.05


class Row(NamedTuple):
    """A node that runs: its items, and those at work. rate: items a second; left: seconds."""

    node: str
    total: int
    done: int
    failed: int
    blocked: int
    at_work: int
    fraction: float
    rate: float | None
    left: float | None
    text: str

    @property
    def ended(self) -> bool:
        """Whether all items are done."""
        return self.done >= self.total

    @property
    def lost(self) -> str:
        """``3 failed, 2 blocked``, without the numbers for a single item."""
        counts = {"failed": self.failed, "blocked": self.blocked}
        several = self.total > 1
        return ", ".join(f"{n} {word}" if several else word for word, n in counts.items() if n)

    @property
    def begun(self) -> bool:
        """Whether an item is done or at work."""
        return self.done > 0 or self.at_work > 0


class Whole(NamedTuple):
    """The run as a whole: the share of its work that is done, and the seconds left."""

    fraction: float
    left: float | None


@dataclass(slots=True)
class _Node:
    id: str
    total: int
    expected: float | None  # seconds an item, by earlier runs
    optional: bool  # counts only once it has begun: perhaps nothing asks for it
    done: int = 0
    failed: int = 0
    blocked: int = 0
    ran: int = 0
    spent: float = 0.0
    rate: float | None = None
    ends_at: float | None = None
    working: dict[tuple[int, ...], float] = field(default_factory=dict)  # item → fraction
    text: str = ""
    text_of: tuple[int, ...] | None = None


class Progress:
    """Counts the events of one run. Safe to use from any thread.

    estimate: what the plan is expected to take. Times are those of the events.
    """

    def __init__(self, plan: Plan, estimate: Estimate | None = None) -> None:
        self._lock = threading.Lock()
        self._nodes: dict[str, _Node] = {}
        for id, node in plan.nodes.items():
            if node.state == "run":
                seconds = estimate.nodes[id].seconds if estimate else None
                each = seconds / node.to_run if seconds is not None and node.to_run else None
                self._nodes[id] = _Node(id, node.to_run, each, _is_optional(node))
        work = sum((node.expected or 0.0) * node.total for node in self._nodes.values())
        #: nodes at once, as expected
        self._speed = work / estimate.seconds if work and estimate and estimate.seconds else 1.0
        self._expected = work
        self._began: float | None = None
        self._last = 0.0
        self._at_work = 0
        self._busy = 0.0  # seconds of all workers

    def take(self, event: Event) -> None:
        """Count one event; cheap, since there may be thousands in a second."""
        node = self._nodes.get(event.node)
        if node is None:
            return
        with self._lock:
            kind, item = event.kind, event.item
            if kind == "progress":
                if item in node.working:
                    node.working[item] = event.data["fraction"]
                    node.text, node.text_of = event.data["text"], item
                    left = event.data.get("left")
                    if node.total == 1 and left is not None:
                        node.ends_at = event.time + left
            elif kind == "started":
                self._spend(event.time, 1)
                node.working[item] = 0.0
            elif kind in ENDS:
                self._end(node, event)

    def _end(self, node: _Node, event: Event) -> None:
        data = event.data
        if node.working.pop(event.item, None) is not None:
            self._spend(event.time, -1)
        node.done += 1
        if event.kind == "failed":
            node.failed += 1
        elif event.kind == "blocked":
            node.blocked += 1
        elif event.kind == "finished":
            node.ran += 1
            node.spent += data.get("seconds", 0.0)
        if node.text_of == event.item:
            node.text, node.text_of = "", None
        node.rate = data.get("rate", node.rate)
        left = data.get("left")
        if left is not None:
            node.ends_at = event.time + left

    def _spend(self, now: float, change: int) -> None:
        """Add up what the workers spent until now, before one more or one less is at work."""
        if self._began is None:
            self._began = self._last = now
        self._busy += self._at_work * max(now - self._last, 0.0)
        self._last = max(now, self._last)
        self._at_work += change

    # --- answers ---------------------------------------------------------------------------------

    def rows(self, now: float | None = None) -> list[Row]:
        """Every node that runs, in the order of the plan."""
        now = time.time() if now is None else now
        with self._lock:
            return [self._row(node, now) for node in self._counted()]

    def _counted(self) -> list[_Node]:
        return [n for n in self._nodes.values() if not n.optional or n.done or n.working]

    def _row(self, node: _Node, now: float) -> Row:
        total = max(node.total, node.done + len(node.working))  # damaged results are made again
        share = (node.done + sum(node.working.values())) / total if total else 1.0
        going = node.done < total and node.ends_at is not None
        left = max(node.ends_at - now, 0.0) if going and node.ends_at is not None else None
        return Row(
            node=node.id,
            total=total,
            done=node.done,
            failed=node.failed,
            blocked=node.blocked,
            at_work=len(node.working),
            fraction=share,
            rate=node.rate,
            left=left,
            text=node.text,
        )

    def whole(self, now: float | None = None) -> Whole:
        """All nodes together. No time is told as long as neither expected nor measured."""
        now = time.time() if now is None else now
        with self._lock:
            return self._whole(now)

    def _whole(self, now: float) -> Whole:
        each = self._seconds_each()
        done = left = longest = 0.0
        for node in self._counted():
            parts = sum(node.working.values())
            rest = max(node.total - node.done - parts, 0.0)
            done += (node.done + parts) * each[node.id]
            left += rest * each[node.id]
            if rest:
                longest = max(longest, min(rest, 1.0) * each[node.id])
        fraction = done / (done + left) if done + left else 1.0
        if not self._is_known():
            return Whole(fraction, None)
        elapsed = max(now - self._began, 0.0) if self._began is not None else 0.0
        busy = self._busy + self._at_work * max(now - self._last, 0.0)
        speed = (busy + self._speed * _TRUST_SECONDS) / (elapsed + _TRUST_SECONDS)
        return Whole(fraction, max(left / max(speed, 0.1), longest))

    def _is_known(self) -> bool:
        return any(node.expected is not None or node.ran for node in self._nodes.values())

    def _seconds_each(self) -> dict[str, float]:
        """Seconds an item of every node: as expected, corrected by what was measured.

        A node of which nothing is known weighs as much as the mean of the others.
        """
        known = [node for node in self._nodes.values() if node.expected is not None]
        trust = _TRUST_SHARE * self._expected
        spent = trust + sum(node.spent for node in known)
        expected = trust + sum((node.expected or 0.0) * node.ran for node in known)
        ratio = spent / expected if expected else 1.0
        each: dict[str, float] = {}
        items, work = 0, 0.0
        for node in self._nodes.values():
            if node.expected is not None:
                each[node.id] = (node.spent + node.expected * ratio) / (node.ran + 1)
            elif node.ran:
                each[node.id] = node.spent / node.ran
            else:
                continue
            items += node.total
            work += each[node.id] * node.total
        mean = work / items if work else 1.0
        return {id: max(each.get(id, mean), 1e-6) for id in self._nodes}


def _is_optional(node: NodePlan) -> bool:
    """Whether a node runs only if a choice asks for it."""
    from graph.task import leaves

    tasks = leaves(node.tasks) if node.tasks is not None else ()
    running = [task for task in tasks if task.state == "run"]
    return bool(running) and all(task.conditional for task in running)
