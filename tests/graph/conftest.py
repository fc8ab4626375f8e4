"""Shared by the tests of the engine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.job import Job
from graph.plan import Plan
from graph.roster import Roster
from graph.store import Store
from tests.graph import toy_nodes

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _counters() -> None:
    toy_nodes.reset()


@pytest.fixture
def store() -> Store:
    """A store in memory."""
    return Store(memory_limit=1 << 30)


class WatchedRoster(Roster):
    """Notes how many bytes a run held at most for itself alone."""

    def __init__(self, plan: Plan, store: Store) -> None:
        self.peak = 0
        super().__init__(plan, store)

    def hold(self, job: Job, values: dict[str, Any]) -> None:
        super().hold(job, values)
        self.peak = max(self.peak, self.live)

    def leftovers(self) -> list[str]:
        """The tasks of which values are held that nobody wants any more."""
        assert self.live == sum(job.live for job in self.jobs.values())
        return [str(task) for task, job in self.jobs.items() if job.live and task not in self.kept]


@pytest.fixture
def rosters(monkeypatch: pytest.MonkeyPatch) -> list[WatchedRoster]:
    """The rosters of the runs of a test, in the order in which they began."""
    made: list[WatchedRoster] = []

    def make(plan: Plan, store: Store) -> WatchedRoster:
        made.append(WatchedRoster(plan, store))
        return made[-1]

    monkeypatch.setattr("graph.run.Roster", make)
    return made


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start Python code in a fresh process that finds the engine and the toy nodes."""

    def begin(code: str, *args: object, seed: int = 0) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(seed)}
        return subprocess.Popen(
            [sys.executable, "-c", code, *map(str, args)],
            env=environment, cwd=tmp_path, text=True, stdout=subprocess.PIPE,
        )  # fmt: skip

    return begin


@pytest.fixture
def fresh(start: Callable[..., subprocess.Popen[str]]) -> Callable[..., str]:
    """Run Python code in a fresh process and return what it prints."""

    def finish(code: str, *args: object, seed: int = 0) -> str:
        process = start(code, *args, seed=seed)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        return output

    return finish
