"""The jobs of a run: who waits for whom, what is left unread, what is blocked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from graph.job import Job
from graph.plan import Plan
from graph.store import DamagedError, Store
from graph.task import Task, leaves
from graph.values import Frames

LOST = ("failed", "blocked", "cancelled")


class Roster:
    """Every job of a run by its task. What only a choice may ask for is enlisted when it does."""

    def __init__(self, plan: Plan, store: Store) -> None:
        self._store = store
        self.jobs: dict[Task, Job] = {}
        #: tasks whose values are wanted when the run is over
        self.kept = set(plan.wanted)
        self.live = 0  # bytes of values held for this run alone
        #: how many that are not decided yet may ask for a task, and what each of them may ask for
        self._claims: Counter[Task] = Counter()
        self._claimed: dict[tuple[Task, str], tuple[Task, ...]] = {}
        for task in plan.to_run:
            if task.conditional:
                self._claim(task, "eager", task.eager())
            self._claim_lazy(task)
        self._hold_found()
        for task in plan.to_run:
            if not task.conditional and task not in self.jobs:
                self.enlist(task)

    def _hold_found(self) -> None:
        """Hold wanted results that only memory has; what has gone since the plan is made again."""
        found = {task: task.entry for task in self.kept if task.entry}
        doubtful = {
            task: entry.key for task, entry in found.items() if self.job(task).values is None
        }
        known = self._store.find(doubtful.values())
        gone = [task for task, key in doubtful.items() if key not in known]
        for task in gone:
            del self.jobs[task]
            task.entry = None
        for task in gone:
            self._ask_for(task, [])

    def enlist(self, task: Task) -> Job:
        """The new job of a task, linked to what it waits for; that is enlisted before."""
        job = self.jobs[task] = Job(task, "waiting")
        if not task.error:
            self.wait_for(job, task.eager())
        self._give_back(task, "eager")
        return job

    def wait_for(self, job: Job, sources: Iterable[Task]) -> list[Job]:
        """Let a job wait for these too. The jobs enlisted for it that are ready at once."""
        ready: list[Job] = []
        for source in sources:
            below = self._ask_for(source, ready)
            job.sources.append(below)
            below.users += 1
            if below.state in ("waiting", "running"):
                below.consumers.append(job)
                job.missing += 1
        return ready

    def is_open(self, task: Task) -> bool:
        """Whether a choice that is not made yet may ask for a task."""
        return self._claims[task] > 0

    def job(self, task: Task) -> Job:
        """The job of a task; of one that does not run, with what only the memory holds of it."""
        job = self.jobs.get(task)
        if job is None:
            job = self.jobs[task] = Job(task, "cached")
            if task.entry and (values := self._store.hold(task.entry)):
                self.hold(job, values)
        return job

    def _ask_for(self, task: Task, ready: list[Job]) -> Job:
        """The job of a task, enlisted with all it needs if it was not to run until now."""
        pending = [task]
        while pending:
            above = pending[-1]
            if above in self.jobs or above.entry:
                pending.pop()
                continue
            missing = [s for s in above.eager() if s not in self.jobs and not s.entry]
            if missing and not above.error:
                pending += missing
                continue
            above.state = "run"
            job = self.enlist(pending.pop())
            if job.missing == 0:
                ready.append(job)
        return self.job(task)

    def choose(self, job: Job, unread: Collection[str]) -> list[Job]:
        """Let a job take all but these inputs. The jobs enlisted for it that are ready at once."""
        task = job.task
        job.inputs = [(name, tree) for name, tree in task.inputs if name not in unread]
        ready = self.wait_for(job, task.sources_of(task.lazy - set(unread)))
        self._give_back(task, "lazy")
        return ready

    # --- reading (no lock is held) ---------------------------------------------------------------

    def gather(self, tree: Any, damaged: list[Task]) -> Any:
        """A value, or frames that load theirs; what cannot be read is noted in ``damaged``."""
        if isinstance(tree, list):
            return Frames(tree, lambda below: self.gather(below, damaged))
        try:
            return self._value(tree)
        except DamagedError:
            damaged.append(tree[0])
            raise

    def digest_of(self, ref: Any) -> str:
        """The digest of an output, once it is made."""
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
        return self._store.value(self.digest_of(ref))

    def find_damaged(self, job: Job, met: list[Task]) -> list[Task]:
        """All sources whose stored results cannot be read, the met ones first."""
        bad = dict.fromkeys(met)
        inputs = job.inputs
        if inputs is None:
            inputs = [pair for pair in job.task.inputs if pair[0] not in job.task.lazy]
        for _, tree in inputs:
            for ref in leaves(tree):
                try:
                    if ref[0] not in bad:
                        self._value(ref)
                except DamagedError:
                    bad[ref[0]] = None
        return list(bad)

    # --- values ----------------------------------------------------------------------------------

    def hold(self, job: Job, values: dict[str, Any]) -> None:
        """Keep the values of a job in memory while somebody may need them."""
        job.values = values
        job.live = job.task.entry.nbytes if job.task.entry else 0
        self.live += job.live

    def release(self, job: Job) -> None:
        """Let go of values that nobody needs any more, now that this job has ended."""
        self._give_back(job.task, "lazy")
        for source in job.sources:
            source.users -= 1
            self._let_go(source)

    def restart(self, task: Task) -> None:
        """Note what a task that is to run again may ask for, and that it has what it needs."""
        self._give_back(task, "eager")
        self._claim_lazy(task)

    def _claim_lazy(self, task: Task) -> None:
        if task.lazy:
            self._claim(task, "lazy", task.sources_of(task.lazy))

    def _claim(self, task: Task, kind: str, sources: tuple[Task, ...]) -> None:
        self._claimed[task, kind] = sources
        self._claims.update(sources)

    def _give_back(self, task: Task, kind: str) -> None:
        """Note that a task asks for nothing of that kind any more that it has not got."""
        pending = list(self._claimed.pop((task, kind), ()))
        while pending:
            source = pending.pop()
            self._claims[source] -= 1
            if self._claims[source]:
                continue
            if source in self.jobs:
                self._let_go(self.jobs[source])
            else:  # it will never run
                for kind in ("eager", "lazy"):
                    pending += self._claimed.pop((source, kind), ())

    def _let_go(self, job: Job) -> None:
        if job.users <= 0 and not self._claims[job.task] and job.task not in self.kept:
            job.values = None
            self.live -= job.live
            job.live = 0

    # --- what is lost ----------------------------------------------------------------------------

    def blocker(self, job: Job) -> Task | None:
        """The task for want of which a job cannot start; None when what is left is enough.

        What a partial list lacks is taken out of the job's inputs.
        """
        lost = {source.task for source in job.sources if source.state in LOST}
        if not lost:
            return None
        task = job.task
        inputs = task.inputs if job.inputs is None else job.inputs
        for name, tree in inputs:
            if name in task.partial or (job.inputs is None and name in task.lazy):
                continue
            for ref in leaves(tree):
                if ref[0] in lost:
                    return _task(ref)
        return self._leave_out(job, lost) if job.inputs is not None else None

    def _leave_out(self, job: Job, lost: set[Task]) -> Task | None:
        """Take what is lost out of the partial lists; a lost task when nothing is left of one."""
        soft = [(name, tree) for name, tree in job.inputs or () if name in job.task.partial]
        gaps: dict[int, set[int]] = {}  # by length: lists of equal length belong together
        for _, tree in soft:
            places = {place for place, ref in enumerate(tree) if ref[0] in lost}
            gaps.setdefault(len(tree), set()).update(places)
        left = {
            name: [ref for place, ref in enumerate(tree) if place not in gaps[len(tree)]]
            for name, tree in soft
        }
        for name, tree in soft:
            if tree and not left[name]:
                alike = (ref for _, other in soft if len(other) == len(tree) for ref in other)
                return next(_task(ref) for ref in alike if ref[0] in lost)
        job.inputs = [(name, left.get(name, tree)) for name, tree in job.inputs or ()]
        job.gaps = max(map(len, gaps.values()), default=0)
        return None


def _task(ref: Any) -> Task:
    task: Task = ref[0]
    return task
