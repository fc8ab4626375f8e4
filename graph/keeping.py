"""Whether a result is kept: as the graph, its node type, or its worth say."""

from __future__ import annotations

from collections.abc import Iterable

from graph.task import Task

#: Frames that only feed the next node of a chain over frames are kept up to so many bytes of a
#: node in all; above it they are dropped once read, unless they were dear to make.
PASSED_BYTES = 1 << 30
#: Frames that wait for what collects them are held in memory up to this share of a run's budget,
#: whatever their policy; what is more goes to disk.
WAITING_SHARE = 0.25
#: dear: so many seconds for a byte
DEAR_SECONDS_PER_BYTE = 4 / (1 << 30)


def choose_policy(
    task: Task, consumers: Iterable[Task], items: int, nbytes: int, seconds: float
) -> str:
    """What ``Store.put`` is told: auto, keep, memory or never.

    consumers: the tasks of this run that take the result. items: how many the node has. nbytes,
    seconds: of this result, made or expected.
    """
    if not task.spec.repeatable:
        return "never"
    if task.keep != "auto":
        return task.keep
    if task.spec.keep != "auto":
        return task.spec.keep
    is_cheap = seconds < nbytes * DEAR_SECONDS_PER_BYTE
    if is_cheap and items * nbytes > PASSED_BYTES and is_passed_on(task, consumers):
        return "memory"
    return "auto"


def waits(task: Task, consumers: Iterable[Task], is_wanted: bool) -> bool:
    """Whether a frame has to last until all others are made, for what collects them or the user."""
    depth = len(task.index)
    return depth > 0 and (is_wanted or any(len(consumer.index) < depth for consumer in consumers))


def is_passed_on(task: Task, consumers: Iterable[Task]) -> bool:
    """Whether a frame goes on to nothing but nodes that work on this frame."""
    depth = len(task.index)
    if not depth:
        return False
    depths = [len(consumer.index) for consumer in consumers]
    return bool(depths) and min(depths) >= depth
