"""Runs by hand: plans, estimates and events, with a clock of their own."""

from __future__ import annotations

from typing import Any

from graph.estimate import Estimate, NodeEstimate
from graph.events import Event, Kind
from graph.expansion import NodePlan
from graph.model import Graph
from graph.plan import Plan
from graph.registry import Registry
from ui.progress import Progress


def make_plan(**nodes: int) -> Plan:
    """A plan of nodes that run, each with so many items."""
    plans = {id: NodePlan(id, "toy", "run", items=n, to_run=n) for id, n in nodes.items()}
    return Plan(plans, list(nodes), [], [], [], "", graph=Graph(Registry()))


def make_estimate(seconds: float | None, **nodes: float | None) -> Estimate:
    """What nodes are expected to take, and the whole with its workers."""
    each = {id: NodeEstimate(value, 0, 0) for id, value in nodes.items()}
    return Estimate(each, seconds, 0, 0)


class Run:
    """Feeds a progress with events at times that are told."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def tell(self, now: float, kind: Kind, node: str, item: int | None = None, **data: Any) -> None:
        """One event."""
        self.progress.take(Event(kind, node, () if item is None else (item,), data, now))

    def work(self, start: float, end: float, node: str, item: int | None = None) -> None:
        """An item from start to end."""
        self.tell(start, "started", node, item)
        self.tell(end, "finished", node, item, seconds=end - start)
