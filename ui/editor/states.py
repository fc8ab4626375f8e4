"""What stands at each node: from plans before a run, from events during it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from graph.task import leaves

if TYPE_CHECKING:
    from graph.events import Event
    from graph.plan import NodePlan

Standing = Literal[
    "unknown", "cached", "stale", "queued", "running", "failed", "blocked", "resting", "missing"
]


@dataclass(frozen=True, slots=True)
class NodeState:
    """What stands at a node.

    standing: cached (its result is at hand), stale (it would run), queued, running, failed,
    blocked (a mistake at it or before it), resting (bypassed, muted, not chosen), missing (its
    type is not installed). text: why it would run, the error, what blocks it. fraction 0–1 and
    left (seconds) while it runs; done of total items where it is mapped. seconds: what it took.
    warnings: what it warned of.
    """

    standing: Standing = "unknown"
    text: str = ""
    fraction: float | None = None
    left: float | None = None
    done: int = 0
    total: int = 1
    seconds: float | None = None
    warnings: tuple[str, ...] = ()


UNKNOWN = NodeState()


class States:
    """The states of the nodes of one document; ``revision`` rises with every change of one."""

    def __init__(self) -> None:
        self.revision = 0
        self._states: dict[str, NodeState] = {}

    def __getitem__(self, id: str) -> NodeState:
        return self._states.get(id, UNKNOWN)

    def running(self) -> list[str]:
        """The nodes at work."""
        return [id for id, state in self._states.items() if state.standing == "running"]

    def queued(self) -> list[str]:
        """The nodes that wait for their turn."""
        return [id for id, state in self._states.items() if state.standing == "queued"]

    def take_plan(self, nodes: Mapping[str, NodePlan], missing: set[str]) -> None:
        """Note what a plan of the whole graph says; what is at work goes on saying so."""
        found: dict[str, NodeState] = {}
        lost: dict[str, str] = {}  # nodes that failed or want what failed → who is to blame
        for id, node in nodes.items():
            before, by = self[id], _blocker(node, lost)
            if node.implicit_of:
                lost |= {id: by} if by else {}
                continue
            if before.standing in ("running", "queued") and node.state == "run":
                found[id] = before
            elif by:
                found[id] = NodeState("blocked", f"blocked by {by}", total=node.items)
            else:
                found[id] = self._from_plan(node, before, id in missing)
            if found[id].standing in ("failed", "blocked"):
                lost[id] = id
        if found != self._states:
            self._states = found
            self.revision += 1

    def _from_plan(self, node: NodePlan, before: NodeState, is_missing: bool) -> NodeState:
        total = node.items
        match node.state:
            case "cached":
                return replace(
                    before,
                    standing="cached",
                    text="",
                    fraction=None,
                    left=None,
                    done=total,
                    total=total,
                )
            case "run":
                # it stays at its node until its cause is gone, when it would run for another
                if before.standing == "failed" and "failed last time" in node.reason:
                    return before
                done = total - node.to_run
                return NodeState("stale", node.reason, done=done, total=total)
            case "blocked":
                standing: Standing = "missing" if is_missing else "blocked"
                return NodeState(standing, node.reason, total=total)
        resting = node.tasks is None
        return NodeState("resting" if resting else "stale", node.reason, total=total)

    def take_event(self, event: Event) -> None:
        """Note what happened to a node in a run."""
        if ":" in event.node:  # of nodes that nobody sees
            return
        before = self[event.node]
        after = _advance(before, event.kind, event.data)
        if after != before:
            self._states[event.node] = after
            self.revision += 1

    def end_run(self) -> None:
        """A run is over: what still counts as queued or running is merely stale."""
        for id, state in self._states.items():
            if state.standing in ("queued", "running"):
                self._states[id] = replace(state, standing="stale", fraction=None, left=None)
                self.revision += 1


def _blocker(node: NodePlan, lost: Mapping[str, str]) -> str | None:
    """Who is to blame when a node that would run wants what was lost; None when it can run."""
    if not lost or node.state != "run":
        return None
    for task in leaves(node.tasks):
        if task.state == "run":
            needed = {name for name, _ in task.inputs} - task.partial - task.lazy
            for source in task.sources_of(needed):
                if source.state == "run" and source.node in lost:
                    return lost[source.node]
    return None


def _advance(before: NodeState, kind: str, data: Mapping[str, Any]) -> NodeState:
    """The state of a node after an event."""
    mapped = "total" in data
    if mapped:
        left = data.get("left", before.left)
        before = replace(before, done=data["done"], total=data["total"], left=left)
    match kind:
        case "queued":
            reasons = "; ".join(data.get("reasons", ()))
            return NodeState("queued", reasons, total=data.get("items", 1))
        case "started":
            return replace(before, standing="running", fraction=before.fraction or 0.0)
        case "progress":
            fraction = data.get("fraction")
            if before.total > 1:
                fraction = (before.done + (fraction or 0.0)) / before.total
            left = data.get("left", before.left)
            return replace(before, standing="running", fraction=fraction, left=left)
        case "finished" | "cached":
            return _finish(before, data.get("seconds"), mapped)
        case "failed":
            text = str(data.get("message", ""))
            return replace(before, standing="failed", text=text, fraction=None)
        case "blocked":
            text = str(data.get("message") or f"blocked by {data.get('by', '')}")
            return replace(before, standing="blocked", text=text, fraction=None)
        case "cancelled":
            return replace(before, standing="stale", text="cancelled", fraction=None, left=None)
        case "warning":
            known = (*before.warnings, str(data.get("message", "")))
            return replace(before, warnings=tuple(dict.fromkeys(known))[-20:])
    return before


def _finish(before: NodeState, seconds: float | None, mapped: bool) -> NodeState:
    """The state after one item, or the whole node, was made or found."""
    if mapped:
        seconds = (before.seconds or 0.0) + (seconds or 0.0)
    before = replace(before, seconds=seconds)
    if before.standing == "failed":  # another item did: that stays to be seen
        return before
    if mapped and before.done < before.total:
        return replace(before, standing="running", fraction=before.done / before.total)
    return replace(before, standing="cached", text="", fraction=None, left=None)
