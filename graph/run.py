"""Carrying out a plan: a ready queue on joblib threads, without barriers between levels.

A worker that finishes a task takes the next ready one itself; a lone ready task runs on the
caller's thread, since a joblib call for one task costs ten milliseconds. Errors stay at their
nodes, what needs them is blocked, everything else goes on.
"""

from __future__ import annotations

import heapq
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
    if workers is None:
        from joblib import cpu_count

        workers = cpu_count()
    return _Run(plan, store, workers, post, cancel or threading.Event()).go()


class _Run:
    def __init__(
        self, plan: Plan, store: Store, workers: int, post: Post | None, cancel: threading.Event
    ) -> None:
        self.plan = plan
        self.store = store
        self.workers = max(1, workers)
        self.cancel = cancel
        self.teller = Teller(plan, post, cancel)
        self.turn = threading.Condition()
        self.jobs: dict[Task, Job] = {}
        self.ready: list[tuple[int, int, Job]] = []
        self.unfinished = 0
        self.active = 0
        self.quick = 0  # of the active jobs, those of a type that takes next to no time
        self.idle = 0
        self.helpers = 0  # workers beside the caller's thread that have not left
        self.spent: dict[str, tuple[int, float]] = {}  # jobs and seconds by node type
        self.count = 0  # breaks ties in the ready queue
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
        with self.turn:
            for job in list(self.jobs.values()):
                if job.state == "waiting" and job.missing == 0:
                    self._push(job)
        try:
            self._work_alone()
            if self.unfinished and not self.cancel.is_set():
                self._work_together()
        except BaseException:
            self.cancel.set()
            raise
        self._stop_rest()
        result = self._conclude(time.perf_counter() - started)
        if self.teller.fault:
            raise self.teller.fault
        return result

    # --- setting up --------------------------------------------------------------------------

    def _enlist(self, task: Task) -> Job:
        """The job of a task, with links to what it waits for. Sources are enlisted before."""
        job = self.jobs[task] = Job(task, "waiting")
        self.unfinished += 1
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

    def _push(self, job: Job) -> None:
        self.count += 1
        heapq.heappush(self.ready, (job.rank, self.count, job))

    def _work_alone(self) -> None:
        """Run tasks on this thread as long as no second one is ready."""
        while self.ready and not self.cancel.is_set():
            if len(self.ready) > 1 and self.workers > 1:
                return
            _, _, job = heapq.heappop(self.ready)
            self.active += 1
            outcome = self._attempt(job)
            with self.turn:
                self._settle(job, outcome)

    def _work_together(self) -> None:
        """Run the rest on this thread and, beside it, on those of joblib."""
        from joblib import Parallel, delayed

        self.helpers = self.workers - 1
        start = Parallel(
            n_jobs=max(2, self.helpers),  # one would be this thread again
            backend="threading",
            batch_size=1,
            pre_dispatch="all",
            return_as="generator_unordered",
        )
        helpers = start(delayed(self._help)() for _ in range(self.helpers))
        self._work()
        with self.turn:
            while self.helpers:
                self.turn.wait(0.05)
        time.sleep(0.0005)  # joblib looks every 10 ms who is done; a moment later all are
        list(helpers)

    def _help(self) -> None:
        try:
            self._work()
        finally:
            with self.turn:
                self.helpers -= 1
                self.turn.notify_all()

    def _work(self) -> None:
        """What every worker does until nothing is left: take, attempt, settle."""
        with self.turn:
            while job := self._take():
                quick = self._is_quick(job)
                self.active += 1
                self.quick += quick
                if self.idle and self.ready and not (quick and self._is_quick(self.ready[0][2])):
                    self.turn.notify()
                self.turn.release()
                try:
                    outcome = self._attempt(job)
                finally:
                    self.turn.acquire()
                self.quick -= quick
                self._settle(job, outcome)
            self.turn.notify_all()

    def _take(self) -> Job | None:
        """The next ready job, or None when nothing will come any more. The lock is held.

        Jobs of some microseconds are left to the worker that is at such jobs already, since two
        threads that fight for the interpreter lock are slower than one; but not for longer than
        it takes to find out that this worker is stuck.
        """
        patient = True
        while not self.cancel.is_set():
            if self.ready:
                if not (patient and self.quick and self._is_quick(self.ready[0][2])):
                    job: Job = heapq.heappop(self.ready)[2]
                    return job
            elif not self.active:
                return None
            self.idle += 1
            patient = self.turn.wait(0.05)
            self.idle -= 1
        return None

    def _is_quick(self, job: Job) -> bool:
        """Whether jobs of this type have taken next to no time in this run."""
        count, seconds = self.spent.get(job.task.spec.id, (0, 0.0))
        return count >= 3 and seconds < 0.0002 * count

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
        self.active -= 1
        if outcome.damaged is not None:
            self._revive(job, outcome.damaged)
            return
        task = job.task
        job.seconds = outcome.seconds
        count, seconds = self.spent.get(task.spec.id, (0, 0.0))
        self.spent[task.spec.id] = (count + 1, seconds + outcome.seconds)
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
        self.unfinished -= 1
        self._release(job)
        for consumer in job.consumers:
            consumer.missing -= 1
            if consumer.missing == 0 and consumer.state == "waiting":
                blocker = self._blocker(consumer)
                if blocker:
                    self._block(consumer, blocker)
                else:
                    self._push(consumer)
        if self.idle and not self.active:
            self.turn.notify_all()

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
            self.unfinished -= 1
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
                    self._push(job)

    def _restart(self, job: Job) -> None:
        """Let a job run again; its values then stay in memory as long as they are needed."""
        if job.task.entry:
            self.store.drop(job.task.entry.key)
            message = "the stored result is missing or damaged; it is computed again"
            self.teller.tell(job.task, "warning", {"message": message})
        job.state, job.revived = "waiting", True
        job.consumers, job.missing = [], 0  # those of before have been told
        job.task.entry, job.task.state = None, "run"
        self.unfinished += 1
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
