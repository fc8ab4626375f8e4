"""Carrying out a plan. Errors stay at their nodes, what needs them is blocked, all else goes on."""

from __future__ import annotations

import threading
import time
from typing import Any

from graph.attempt import Attempt, Failure, attempt, check_files, describe
from graph.job import Job, rank
from graph.plan import Plan
from graph.result import Result
from graph.store import DamagedError, Store
from graph.task import Task, content_key, files_are_there, leaves
from graph.teller import Post, Teller
from graph.values import Frames
from graph.workers import Workers


def run(
    plan: Plan,
    store: Store,
    *,
    workers: int | None = None,
    post: Post | None = None,
    cancel: threading.Event | None = None,
) -> Result:
    """Carry out a plan and return what became of every node.

    workers: how many tasks run at once, as many as processors by default. post: is called with
    every event, from any thread. cancel: set it from anywhere to stop; nodes that use their
    Context stop within 0.2 s, and what is finished stays stored. What ``post`` raises stops the
    run like a cancel and is raised again at its end.
    """
    return _Run(plan, store, workers, post, cancel or threading.Event()).go()


class _Run:
    def __init__(
        self,
        plan: Plan,
        store: Store,
        workers: int | None,
        post: Post | None,
        cancel: threading.Event,
    ) -> None:
        self.plan = plan
        self.store = store
        self.workers = Workers(workers, self._attempt, self._settle, cancel)
        self.cancel = cancel
        self.teller = Teller(plan, post, cancel)
        self.jobs: dict[Task, Job] = {}
        self.kept = {
            task
            for id in plan.targets
            if plan.nodes[id].tasks is not None
            for task in leaves(plan.nodes[id].tasks)
        }
        self.remembers = not plan.force

    def go(self) -> Result:
        started = time.perf_counter()
        self.teller.announce()
        for task in self.plan.to_run:
            self._enlist(task)
        rank(list(self.jobs.values()), self.store.seconds_of)
        for job in list(self.jobs.values()):
            if job.state == "waiting" and job.missing == 0:
                self.workers.push(job)
        self.workers.run()
        self._stop_rest()
        result = self._conclude(time.perf_counter() - started)
        if self.teller.fault:
            raise self.teller.fault
        return result

    # --- setting up --------------------------------------------------------------------------

    def _enlist(self, task: Task) -> Job:
        """The job of a task, with links to what it waits for. Sources are enlisted before."""
        job = self.jobs[task] = Job(task, "waiting")
        if not task.error:
            for source in task.sources:
                below = self._job(source)
                job.sources.append(below)
                below.users += 1
                if below.state == "waiting":
                    below.consumers.append(job)
                    job.missing += 1
        return job

    def _job(self, task: Task) -> Job:
        """The job of a task; of one that does not run, with what only the memory holds of it."""
        job = self.jobs.get(task)
        if job is None:
            job = self.jobs[task] = Job(task, "cached")
            job.values = self.store.hold(task.entry) if task.entry else None
        return job

    # --- working -----------------------------------------------------------------------------

    def _attempt(self, job: Job) -> Attempt:
        """What comes of a job; nothing that goes wrong with one may end the run."""
        try:
            return self._compute(job)
        except Exception as error:
            if isinstance(error, MemoryError):
                self.store.free()
            return Attempt(failure=describe(error, {}))

    def _compute(self, job: Job) -> Attempt:
        """Compute a job, or find its result under the content of its inputs. No lock is held."""
        task = job.task
        job.state = "running"
        if task.error:
            return Attempt(failure=Failure("InputError", task.error))
        content = content_key(task, self._digest_of)
        if self.remembers and task.spec.repeatable and not job.revived:
            entry = self.store.find_content(content)
            if entry and files_are_there(task, entry, self.store):
                job.digests, job.warnings = entry.outputs, entry.warnings
                if task.lasting:
                    self.store.alias(entry, task.key)
                return Attempt(entry=entry)
        self.teller.tell(task, "started")
        damaged: list[Task] = []

        def gather(tree: Any) -> Any:
            if isinstance(tree, list):
                return Frames(tree, gather)
            try:
                return self._value(tree)
            except DamagedError:
                damaged.append(tree[0])
                raise

        def check_sources() -> None:
            if damaged:  # met while reading frames, and swallowed by the node
                raise DamagedError("a frame could not be read")
            check_files(task, self.store)

        try:
            inputs = {name: gather(tree) for name, tree in task.inputs}
        except DamagedError:
            return Attempt(damaged=self._damaged(task, damaged))
        outcome = attempt(task, inputs, content, self.teller.post, self.cancel, check_sources)
        if damaged:
            return Attempt(damaged=self._damaged(task, damaged))
        if outcome.entry and outcome.values is not None and self.remembers:
            keep = task.spec.keep if task.spec.repeatable else "never"
            try:
                outcome.durable = self.store.put(outcome.entry, outcome.by_digest, keep)
            except MemoryError:  # the result is there, it is only not kept
                self.store.free()
        elif outcome.failure and outcome.failure.error == "MemoryError":
            self.store.free()
        return outcome

    def _digest_of(self, ref: Any) -> str:
        task, output, path = ref
        digest = self.jobs[task].digests[output]
        for place in path:
            digest = digest[place]
        return str(digest)

    def _value(self, ref: Any) -> Any:
        task, output, path = ref
        values = self.jobs[task].values
        if values is not None:
            value = values[output]
            for place in path:
                value = value[place]
            return value
        return self.store.value(self._digest_of(ref))

    def _damaged(self, task: Task, met: list[Task]) -> list[Task]:
        """All sources whose stored results cannot be read, the met ones first."""
        bad = dict.fromkeys(met)
        for ref in task.refs():
            try:
                if ref[0] not in bad:
                    self._value(ref)
            except DamagedError:
                bad[ref[0]] = None
        return list(bad)

    # --- settling (the lock is held) ------------------------------------------------------------

    def _settle(self, job: Job, outcome: Attempt) -> None:
        if outcome.damaged is not None:
            self._revive(job, outcome.damaged)
            return
        task = job.task
        job.seconds, job.retries = outcome.seconds, outcome.retries
        if outcome.failure:
            job.failure = outcome.failure
            job.state = "cancelled" if outcome.failure.cancelled else "failed"
            kind: Any = job.state
            data = {} if job.state == "cancelled" else outcome.failure.to_json()
            self.teller.tell(task, kind, data)
        else:
            entry = outcome.entry
            assert entry is not None
            task.entry = entry
            if outcome.values is None:
                job.state = "cached"
                self.teller.tell(task, "cached", {"seconds": entry.seconds})
            else:
                job.state = "finished"
                job.digests, job.warnings = entry.outputs, entry.warnings
                if not outcome.durable or job.revived or (task in self.kept and not task.index):
                    job.values = outcome.values
                self.teller.tell(task, "finished", {"seconds": outcome.seconds})
            for message in entry.warnings:
                self.teller.tell(task, "warning", {"message": message})
        self._release(job)
        for consumer in job.consumers:
            consumer.missing -= 1
            if consumer.missing == 0 and consumer.state == "waiting":
                blocker = self._blocker(consumer)
                if blocker:
                    self._block(consumer, blocker)
                else:
                    self.workers.push(consumer)

    def _release(self, job: Job) -> None:
        """Let go of values that nobody in this run needs any more."""
        for source in job.sources:
            source.users -= 1
            if source.users <= 0 and source.task not in self.kept:
                source.values = None

    def _blocker(self, job: Job) -> Task | None:
        for source in job.sources:
            if source.state in ("failed", "blocked", "cancelled"):
                return source.task
        return None

    def _block(self, job: Job, by: Task) -> None:
        """Block a job and everything after it, without recursion."""
        pending = [(job, by)]
        while pending:
            job, by = pending.pop()
            if job.state != "waiting":
                continue
            job.state = "blocked"
            job.failure = Failure("Blocked", f"blocked by {by.node}", by=by.node)
            data = {"by": by.node, "message": f"blocked by {by.node}"}
            self.teller.tell(job.task, "blocked", data)
            self._release(job)
            for consumer in job.consumers:
                consumer.missing -= 1
                pending.append((consumer, job.task))

    def _revive(self, job: Job, damaged: list[Task]) -> None:
        """Compute damaged results again, and what they need, before the job is tried again."""
        job.state = "waiting"
        pending = [(job, tuple(damaged))]
        while pending:
            job, sources = pending.pop()
            for task in sources:
                below = self._job(task)
                if (
                    below.state in ("cached", "finished")
                    and below.values is None  # otherwise another consumer had it revived
                    and (task.entry is None or task in damaged)
                ):
                    self._restart(below)
                    pending.append((below, task.sources))
                if below.state in ("waiting", "running"):
                    below.consumers.append(job)
                    job.missing += 1
            if job.missing == 0:
                blocker = self._blocker(job)
                if blocker:
                    self._block(job, blocker)
                else:
                    self.workers.push(job)

    def _restart(self, job: Job) -> None:
        """Let a job run again; its values then stay in memory as long as they are needed."""
        if job.task.entry:
            self.store.drop(job.task.entry.key)
            message = "the stored result is missing or damaged; it is computed again"
            self.teller.tell(job.task, "warning", {"message": message})
        job.state, job.revived = "waiting", True
        job.consumers, job.missing = [], 0  # those of before have been told
        job.task.entry, job.task.state = None, "run"
        job.sources = [self._job(source) for source in job.task.sources]
        for source in job.sources:
            source.users += 1

    def _stop_rest(self) -> None:
        """After a cancelled run, what did not start is cancelled."""
        for job in self.jobs.values():
            if job.state in ("waiting", "running"):
                job.state = "cancelled"
                job.failure = Failure("Cancelled", "cancelled", cancelled=True)
                self.teller.tell(job.task, "cancelled")

    def _conclude(self, seconds: float) -> Result:
        for task, job in self.jobs.items():
            if task not in self.kept:
                job.values = None
        result = Result(self.plan, self.jobs, self.store, seconds, self.cancel.is_set())
        self.store.note_history(self.plan.scope, result.records())
        self.store.note_hits(
            task.entry.key
            for node in self.plan.nodes.values()
            if node.state == "cached"
            for task in leaves(node.tasks)
            if task.entry
        )
        self.store.trim()
        return result
