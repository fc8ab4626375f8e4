"""Shared by the tests of the engine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
