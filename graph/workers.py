"""The threads of a run: the caller's, and joblib's beside it, on one ready queue.

There are no barriers. A worker that finishes a job takes the next ready one itself; a lone ready
job runs on the caller's thread, since a joblib call costs ten milliseconds.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from graph.control import Control
from graph.job import Job
from graph.threads import give_way, limit_libraries, limit_new_libraries, processors

Outcome = TypeVar("Outcome")

#: what nodes at work in any run of this process have for themselves: ``uses`` of a node type
_in_use: set[str] = set()
_in_use_lock = threading.Lock()


def _reserve(name: str) -> bool:
    with _in_use_lock:
        free = name not in _in_use
        _in_use.add(name)
        return free


class Workers(Generic[Outcome]):
    """Attempts ready jobs until none is left and none is under way.

    attempt: called with a job, on any of the threads, without the lock; it must not raise.
    settle: called with the job and what came of it, by one thread at a time; it may ``push``
    jobs that became ready. admit: whether there is memory for a job now, beside what is at work;
    called with the job and whether it would be alone, when it must agree.
    """

    def __init__(
        self,
        count: int | None,
        attempt: Callable[[Job], Outcome],
        settle: Callable[[Job, Outcome], None],
        admit: Callable[[Job, bool], bool],
        control: Control,
    ) -> None:
        self.count = max(1, processors() if count is None else count)
        self._attempt = attempt
        self._settle = settle
        self._admit = admit
        self._control = control
        self._turn = threading.Condition()
        self._ready: list[tuple[int, int, Job]] = []
        self._pushed = 0  # breaks ties in the ready queue
        self._active = 0
        self._quick = 0  # of the active jobs, those of a type that takes next to no time
        self._idle = 0
        self._picky = False  # some ready job was passed over: what it waits for may be free now
        self._helpers = 0  # threads beside the caller's that have not left
        self._spent: dict[str, tuple[int, float]] = {}  # jobs and seconds by node type

    def push(self, job: Job) -> None:
        """Make a job ready. Before ``run``, or inside ``settle``."""
        self._pushed += 1
        heapq.heappush(self._ready, (job.rank, self._pushed, job))

    def run(self) -> None:
        """Work until nothing is left to do, or the run is cancelled."""
        try:
            self._work_alone()
            if self._ready and not self._control.cancelled:
                with limit_libraries(self.count):
                    self._work_together()
        except BaseException:
            self._control.cancel()
            raise

    def _work_alone(self) -> None:
        """Run tasks on this thread as long as no second one is ready."""
        while self._ready and not self._control.cancelled:
            if len(self._ready) > 1 and self.count > 1:
                return
            with self._turn:
                job = self._take(True)
            if job is None:
                return
            self._active += 1
            try:
                outcome = self._attempt(job)
            finally:
                _in_use.discard(job.task.spec.uses)
            with self._turn:
                self._finish(job, outcome)
            del job, outcome

    def _work_together(self) -> None:
        """Run the rest on this thread and, beside it, on those of joblib."""
        from joblib import Parallel, delayed

        self._helpers = self.count - 1
        start = Parallel(
            n_jobs=max(2, self._helpers),  # one would be this thread again
            backend="threading",
            batch_size=1,
            pre_dispatch="all",
            return_as="generator_unordered",
        )
        helpers = start(delayed(self._help)() for _ in range(self._helpers))
        self._work(True)
        with self._turn:
            while self._helpers:
                self._turn.wait(0.05)
        time.sleep(0.0005)  # joblib looks every 10 ms who is done; a moment later all are
        list(helpers)

    def _help(self) -> None:
        try:
            self._work(False)
        finally:
            with self._turn:
                self._helpers -= 1
                self._turn.notify_all()

    def _work(self, is_caller: bool) -> None:
        """What every worker does until nothing is left: take, attempt, settle."""
        give_way()
        with self._turn:
            while job := self._take(is_caller):
                quick = self._is_quick(job)
                self._active += 1
                self._quick += quick
                if self._idle and self._ready and not (quick and self._is_quick(self._ready[0][2])):
                    self._turn.notify()
                self._turn.release()
                try:
                    outcome = self._attempt(job)
                finally:
                    self._turn.acquire()
                    _in_use.discard(job.task.spec.uses)
                self._quick -= quick
                self._finish(job, outcome)
                del job, outcome  # or they would live as long as the next job
            self._turn.notify_all()

    def _finish(self, job: Job, outcome: Outcome) -> None:
        self._active -= 1
        self._settle(job, outcome)
        count, seconds = self._spent.get(job.task.spec.id, (0, 0.0))
        if self._helpers and not count:
            limit_new_libraries()  # a node may have loaded some
        self._spent[job.task.spec.id] = (count + 1, seconds + job.seconds)
        if self._idle and (not self._active or self._picky):
            self._turn.notify_all()

    def _take(self, is_caller: bool) -> Job | None:
        """The next job for a worker, or None when nothing will come any more. The lock is held.

        Jobs of some microseconds are left to the worker that is at such jobs already, since two
        threads that fight for the interpreter lock are slower than one; but not for longer than
        it takes to find out that this worker is stuck.
        """
        patient = True
        while not self._control.cancelled:
            if self._control.paused:
                self._turn.release()
                self._control.wait_going(0.05)
                self._turn.acquire()
                continue
            if self._ready:
                top = self._ready[0][2]
                if not (patient and self._quick and self._is_quick(top)):
                    job = self._pick(is_caller)
                    if job:
                        return job
            elif not self._active:
                return None
            self._idle += 1
            patient = self._turn.wait(0.05)
            self._idle -= 1
        return None

    def _pick(self, is_caller: bool) -> Job | None:
        """The first ready job that may start now on this worker.

        A job that finds no memory lets smaller ones pass, but not for ever.
        """
        passed: list[tuple[int, int, Job]] = []
        short: list[Job] = []  # of memory
        found: Job | None = None
        while self._ready and found is None:
            item = heapq.heappop(self._ready)
            job = item[2]
            if not self._may_start(job, is_caller):
                passed.append(item)
            elif self._admit(job, not self._active):
                found = job
            else:
                _in_use.discard(job.task.spec.uses)
                passed.append(item)
                short.append(job)
                if job.passed > 4 * self.count:
                    break
        self._picky = bool(passed)
        for item in passed:
            heapq.heappush(self._ready, item)
        for job in short:
            job.passed += found is not None
        return found

    def _may_start(self, job: Job, is_caller: bool) -> bool:
        """Whether this is the thread for a job, and what it has for itself is free: then it is."""
        spec = job.task.spec
        if spec.workers == "main" and not is_caller:
            return False
        return not spec.uses or _reserve(spec.uses)

    def _is_quick(self, job: Job) -> bool:
        """Whether jobs of this type have taken next to no time in this run."""
        count, seconds = self._spent.get(job.task.spec.id, (0, 0.0))
        return count >= 3 and seconds < 0.0002 * count
