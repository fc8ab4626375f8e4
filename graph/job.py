"""A task in a run, and which of them goes first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graph.attempt import Failure
from graph.store import Store
from graph.task import Task


class Job:
    """A task of this run: what it waits for, who waits for it, and what it gave."""

    __slots__ = (
        "consumers",
        "digests",
        "failure",
        "gaps",
        "inputs",
        "left",
        "live",
        "memory",
        "missing",
        "partial",
        "passed",
        "rank",
        "retries",
        "revived",
        "seconds",
        "sources",
        "state",
        "taken",
        "task",
        "urgency",
        "users",
        "values",
        "warnings",
    )

    def __init__(self, task: Task, state: str) -> None:
        self.task = task
        self.state = state  # waiting, running, cached, finished, failed, blocked, cancelled
        self.rank = 0
        self.left = 0.0  # seconds from its start to the end of all that follows
        self.urgency = 2  # 0 for viewers, 1 for what they need, 2 for the rest
        self.missing = 0
        self.sources: list[Job] = []
        self.consumers: list[Job] = []
        self.users = 0  # consumers that still need the values
        self.values: dict[str, Any] | None = None
        self.digests: dict[str, Any] = task.entry.outputs if task.entry else {}
        self.failure: Failure | None = None
        self.revived = False  # what was stored of it could not be read
        self.seconds = 0.0
        self.retries = 0
        self.warnings: tuple[str, ...] = task.entry.warnings if task.entry else ()
        #: what it takes: all inputs, until the run leaves some unread or finds that they failed
        self.inputs: list[tuple[str, Any]] | None = None if task.lazy else task.inputs
        self.gaps = 0  # items of its lists that could not be made
        self.partial = False  # whether it, or what it takes, lacks some
        self.taken = 0  # bytes of its inputs
        self.memory = 0  # bytes it is taken to need at work
        self.live = 0  # bytes of its values that are held for this run alone
        self.passed = 0  # how often others went before it for want of memory


def rank(jobs: Sequence[Job], store: Store) -> None:
    """Order the waiting jobs, which come sources first.

    Viewers and what they need go before all else, then the longest way to go, one frame's whole
    chain before the next frame. The store knows what a node type took in earlier runs.
    """
    expected: dict[str, float] = {}
    jobs = [job for job in jobs if job.state == "waiting"]
    for job in reversed(jobs):
        spec = job.task.spec
        seconds = expected.get(spec.id)
        if seconds is None:
            seconds = expected[spec.id] = store.estimate(spec.id, 0)[0] or 0.1
        longest = 0.0
        for consumer in job.consumers:
            longest = max(longest, consumer.left)
            if consumer.urgency < 2:
                job.urgency = 1
        job.left = seconds + longest
        if spec.display:
            job.urgency = 0
    heads: dict[Job, float] = {}
    for job in jobs:  # a chain over one item keeps the place of its first task
        index = job.task.index
        if index:
            before = [
                heads[source]
                for source in job.sources
                if source in heads and source.task.index == index
            ]
            heads[job] = max(before, default=job.left)
    order = sorted(
        jobs, key=lambda job: (job.urgency, -heads.get(job, job.left), job.task.index, job.left)
    )
    for place, job in enumerate(order):
        job.rank = place
