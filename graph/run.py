"""Carrying out a plan. Errors stay at their nodes, what needs them is blocked, all else goes on."""

from __future__ import annotations

import time
from typing import Any

from graph.attempt import Attempt, Failure, attempt, check_files, describe, read_settings
from graph.control import Control
from graph.errors import Cancelled
from graph.estimate import MEMORY_SHARE, Costs
from graph.job import Job, rank
from graph.keeping import WAITING_SHARE, choose_policy, waits
from graph.plan import Plan
from graph.result import Result
from graph.roster import Roster
from graph.store import ALWAYS_KEPT_BYTES, DamagedError, Store, memory_share
from graph.task import Task, content_key, files_are_there, leaves
from graph.teller import Post, Teller
from graph.workers import Workers

#: inputs of so few bytes are not worth a look at each
SMALL_BYTES = 4096


def run(
    plan: Plan,
    store: Store,
    *,
    workers: int | None = None,
    memory: int | None = None,
    post: Post | None = None,
    control: Control | None = None,
) -> Result:
    """Carry out a plan and return what became of every node.

    workers: how many tasks run at once, as many as processors by default. memory: bytes that the
    tasks at work and the results held in memory may take together, 60 % of the machine's by
    default; one task alone may exceed it. post: is called with every event, from any thread.
    control: cancels or pauses from anywhere; nodes that use their Context stop within 0.2 s, and
    what is finished stays stored. What ``post`` raises stops the run like a cancel and is raised
    again at its end.
    """
    budget = memory_share(MEMORY_SHARE) if memory is None else memory
    return _Run(plan, store, workers, budget, post, control or Control()).go()


class _Run:
    def __init__(
        self,
        plan: Plan,
        store: Store,
        workers: int | None,
        budget: int,
        post: Post | None,
        control: Control,
    ) -> None:
        self.plan = plan
        self.store = store
        self.budget = budget
        self.control = control
        self.workers = Workers(workers, self._attempt, self._settle, self._admit, control)
        self.teller = Teller(plan, post, control)
        self.roster = Roster(plan, store)
        self.jobs = self.roster.jobs
        self.costs = Costs(store)
        self.small: dict[str, int] = {}  # bytes that tasks of small inputs need, by node type
        self.busy = 0  # bytes that the tasks at work are taken to need
        self.remembers = not plan.force

    def go(self) -> Result:
        started, paused = time.perf_counter(), self.control.paused_seconds()
        self.teller.announce()
        rank(list(self.jobs.values()), self.store)
        for job in list(self.jobs.values()):
            if job.state == "waiting" and job.missing == 0:
                self.workers.push(job)
        needed = {source.key for task in self.plan.to_run for source in (task, *task.sources)}
        with self.store.needing(needed):
            self.workers.run()
        self._stop_rest()
        paused = self.control.paused_seconds() - paused
        result = self._conclude(time.perf_counter() - started - paused)
        if self.teller.fault:
            raise self.teller.fault
        return result

    # --- memory (the lock is held) ---------------------------------------------------------------

    def _admit(self, job: Job, alone: bool) -> bool:
        """Whether a job finds memory now; if so, what it needs is reserved for it."""
        if not job.memory:
            job.memory = self._expect(job)
        taken = self.roster.live + self.busy + job.memory
        if taken > self.budget and not alone:
            return False
        self.busy += job.memory
        if self.store.held_bytes > self.budget - taken:
            self.store.shrink(max(0, self.budget - taken))
        return True

    def _expect(self, job: Job) -> int:
        """Bytes that a job will need at work."""
        task, spec = job.task, job.task.spec
        if job.inputs is None or task.error:  # it only chooses as yet, or fails at once
            return 1
        job.taken = sum(s.task.entry.nbytes for s in job.sources if s.task.entry)
        is_small = job.taken < SMALL_BYTES and task.nbytes is None and spec.memory is None
        if is_small and spec.id in self.small:
            return self.small[spec.id]
        sizes = {s.task: s.task.entry.nbytes if s.task.entry else 0 for s in job.sources}
        memory = self.costs.of(task, job.inputs, sizes).memory
        if is_small:
            self.small[spec.id] = memory
        return memory

    # --- working (no lock is held) ---------------------------------------------------------------

    def _attempt(self, job: Job) -> Attempt:
        """What comes of a job; nothing that goes wrong with one may end the run."""
        try:
            return self._find_or_compute(job)
        except Cancelled:
            return Attempt(failure=Failure("Cancelled", "cancelled", cancelled=True))
        except Exception as error:
            if isinstance(error, MemoryError):
                self.store.free()
            return Attempt(failure=describe(error, {}))

    def _find_or_compute(self, job: Job) -> Attempt:
        """Choose what is read, find the result under the content of that, or compute it."""
        task = job.task
        job.state = "running"
        if task.error:
            return Attempt(failure=Failure("InputError", task.error))
        if job.inputs is None:
            return self._choose(job)
        job.partial = job.gaps > 0 or any(source.partial for source in job.sources)
        content = content_key(task, job.inputs, self.roster.digest_of)
        if not (self.remembers and task.spec.repeatable) or job.revived:
            return self._compute(job, content)
        while True:
            flight, is_ours = self.store.flights.begin(content, self.control)
            if is_ours:
                if task.spec.context:
                    self.teller.flights[task] = flight
                try:
                    return self._find(job, content) or self._compute(job, content)
                finally:
                    self.store.flights.end(content)
            self.teller.tell(task, "started")
            while not flight.wait(0.05):  # another run is at it
                self.control.check(task.key)
                if flight.control.paused and not self.control.paused:
                    return self._compute(job, content)
                if flight.progress:
                    self.teller.tell(task, "progress", flight.progress)
            self.control.check(task.key)  # it may have been cancelled together with the other

    def _find(self, job: Job, content: str) -> Attempt | None:
        """The result that is stored for inputs of the same content, if there is one."""
        task, entry = job.task, self.store.find_content(content)
        if not entry or not files_are_there(task, entry, self.store):
            return None
        job.digests, job.warnings = entry.outputs, entry.warnings
        if task.lasting and not job.partial:
            self.store.alias(entry, task.key)
        return Attempt(entry=entry, held=self.store.hold(entry))

    def _choose(self, job: Job) -> Attempt:
        """Which of its lazy inputs a job leaves unread, now that its parameters are known."""
        task = job.task
        damaged: list[Task] = []
        try:
            fed = {
                name: self.roster.gather(tree, damaged)
                for name, tree in task.inputs
                if name in task.spec.params
            }
        except DamagedError:
            return Attempt(damaged=self.roster.find_damaged(job, damaged))
        params = {**task.params, **read_settings(task, fed)}
        whens = {name: task.spec.sockets[name].when for name in task.lazy}
        unread = {n for n, when in whens.items() if when and not when.holds(params)}
        return Attempt(unread=unread)

    def _compute(self, job: Job, content: str) -> Attempt:
        task = job.task
        self.teller.tell(task, "started")
        damaged: list[Task] = []

        def check_sources() -> None:
            if damaged:  # met while reading frames, and swallowed by the node
                raise DamagedError("a frame could not be read")
            check_files(task, self.store)

        self.control.enter(task)
        try:
            inputs = {n: self.roster.gather(tree, damaged) for n, tree in job.inputs or ()}
            outcome = attempt(task, inputs, content, self.teller, self.control, check_sources)
        except DamagedError:
            return Attempt(damaged=self.roster.find_damaged(job, damaged))
        finally:
            self.control.leave(task)
        if damaged:
            return Attempt(damaged=self.roster.find_damaged(job, damaged))
        entry = outcome.entry
        if entry and job.partial:  # what lacks frames is known by its content only
            entry.key = f"partial {content}"
        if entry and outcome.values is not None:
            self._store(job, outcome)
        elif outcome.failure and outcome.failure.error == "MemoryError":
            self.store.free()
        return outcome

    def _store(self, job: Job, outcome: Attempt) -> None:
        entry, task = outcome.entry, job.task
        assert entry is not None
        consumers = [consumer.task for consumer in job.consumers] if task.index else []
        items = self.plan.nodes[task.node].items
        keep = choose_policy(task, consumers, items, entry.nbytes, entry.seconds)
        small = ALWAYS_KEPT_BYTES
        if not self.remembers:
            keep = "memory"  # that is, nowhere, unless memory is short
        is_much = self.roster.live + entry.nbytes > self.budget * WAITING_SHARE
        if is_much and keep != "never" and waits(task, consumers, task in self.roster.kept):
            keep, small = "keep" if keep == "keep" else "auto", max(small, entry.nbytes)
        if keep == "memory" and not self.remembers:
            return
        taken = job.taken or task.nbytes or 0
        try:
            outcome.durable = self.store.put(entry, outcome.by_digest, keep, taken, small)
        except MemoryError:  # the result is there, it is only not kept
            self.store.free()

    # --- settling (the lock is held) -------------------------------------------------------------

    def _settle(self, job: Job, outcome: Attempt) -> None:
        self.busy -= job.memory
        if outcome.damaged is not None:
            self._revive(job, outcome.damaged)
        elif outcome.unread is not None:
            job.state, job.memory = "waiting", 0
            ready = self.roster.choose(job, outcome.unread)
            for each in ready if job.missing else [job]:  # it waits for what is ready, if any is
                self._start(each)
        else:
            self._note(job, outcome)
            self.roster.release(job)
            for consumer in job.consumers:
                consumer.missing -= 1
                if consumer.missing == 0 and consumer.state == "waiting":
                    self._start(consumer)

    def _note(self, job: Job, outcome: Attempt) -> None:
        """Keep what came of a job, and tell of it."""
        task, entry = job.task, outcome.entry
        job.seconds, job.retries = outcome.seconds, outcome.retries
        if entry is None:
            assert outcome.failure is not None
            job.failure = outcome.failure
            job.state = "cancelled" if outcome.failure.cancelled else "failed"
            kind: Any = job.state
            data = {} if job.state == "cancelled" else outcome.failure.to_json()
            self.teller.tell(task, kind, data)
            return
        task.entry = entry
        job.digests, job.warnings = entry.outputs, entry.warnings
        if job.gaps:
            left_out = f"{job.gaps} of its frames could not be made and are left out"
            job.warnings = (left_out, *entry.warnings)
        if outcome.values is None:
            job.state = "cached"
            if outcome.held:
                self.roster.hold(job, outcome.held)
            self.teller.tell(task, "cached", {"seconds": entry.seconds})
        else:
            job.state = "finished"
            if entry.nbytes > self.small.get(task.spec.id, entry.nbytes):
                del self.small[task.spec.id]  # its kind makes more than was thought
            wanted = task in self.roster.kept and not task.index
            if wanted or job.revived or not outcome.durable:
                self.roster.hold(job, outcome.values)
            self.teller.tell(task, "finished", {"seconds": outcome.seconds})
        for message in job.warnings:
            self.teller.tell(task, "warning", {"message": message})

    def _start(self, job: Job) -> None:
        """Make a job ready that waits for nothing, or block it and what follows."""
        pending = [job]
        while pending:
            job = pending.pop()
            by = self.roster.blocker(job)
            if by is None:
                self.workers.push(job)
                continue
            for consumer in self._block(job, by):
                consumer.missing -= 1
                if consumer.missing == 0 and consumer.state == "waiting":
                    pending.append(consumer)

    def _block(self, job: Job, by: Task) -> list[Job]:
        """Block a job; those that waited for it."""
        job.state = "blocked"
        name = by.node
        if ":" in name:  # nobody sees an implicit node: what blocks it is named
            failure = next(source.failure for source in job.sources if source.task is by)
            name = (failure.by if failure else None) or name
        job.failure = Failure("Blocked", f"blocked by {name}", by=name)
        self.teller.tell(job.task, "blocked", {"by": name, "message": f"blocked by {name}"})
        self.roster.release(job)
        return job.consumers

    def _revive(self, job: Job, damaged: list[Task]) -> None:
        """Compute damaged results again, and what they need, before the job is tried again."""
        job.state = "waiting"
        pending = [(job, tuple(damaged))]
        while pending:
            job, sources = pending.pop()
            for task in sources:
                below = self.roster.job(task)
                if (
                    below.state in ("cached", "finished")
                    and below.values is None  # otherwise another consumer had it revived
                    and (task.entry is None or task in damaged)
                ):
                    self._restart(below)
                    pending.append((below, task.eager()))
                if below.state in ("waiting", "running"):
                    below.consumers.append(job)
                    job.missing += 1
            if job.missing == 0:
                self._start(job)

    def _restart(self, job: Job) -> None:
        """Let a job run again; its values then stay in memory as long as they are needed."""
        task = job.task
        if task.entry:
            self.store.drop(task.entry.key)
            message = "the stored result is missing or damaged; it is computed again"
            self.teller.tell(task, "warning", {"message": message})
        job.state, job.revived = "waiting", True
        job.consumers, job.missing = [], 0  # those of before have been told
        job.inputs, job.gaps = (None if task.lazy else task.inputs), 0
        self.roster.restart(task)
        task.entry, task.state = None, "run"
        job.sources = [self.roster.job(source) for source in task.eager()]
        for source in job.sources:
            source.users += 1

    # --- the end ---------------------------------------------------------------------------------

    def _stop_rest(self) -> None:
        """Tell what did not start: cancelled with the run, or not asked for."""
        for task in self.plan.to_run if self.control.cancelled else ():
            if task not in self.jobs and self.roster.is_open(task):
                self.jobs[task] = Job(task, "waiting")
        for job in self.jobs.values():
            if job.state in ("waiting", "running"):
                job.state = "cancelled"
                job.failure = Failure("Cancelled", "cancelled", cancelled=True)
                self.teller.tell(job.task, "cancelled")
        for task in self.plan.to_run:
            if task not in self.jobs:
                self.teller.tell(task, "skipped", {"message": "no choice asked for it"})

    def _conclude(self, seconds: float) -> Result:
        for task, job in self.jobs.items():
            if task not in self.roster.kept:
                job.values = None
        result = Result(self.plan, self.jobs, self.store, seconds, self.control.cancelled)
        self.store.note_history(self.plan.scope, result.records())
        found = [
            task
            for node in self.plan.nodes.values()
            if node.state == "cached"
            for task in leaves(node.tasks)
        ]
        self.store.note_hits(task.entry.key for task in found if task.entry)
        self.store.keep(
            key
            for node in self.plan.nodes.values()
            for task in (leaves(node.tasks) if node.tasks is not None else ())
            if task.entry and task.keep == "keep"
            for key in {task.entry.key, task.key}
        )
        self.store.save_notes()
        result.trimmed = self.store.trim()
        return result
