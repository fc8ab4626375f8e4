"""Nodes that run in a process of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from graph import exchange, processes
from graph.board import Board
from graph.control import Control
from graph.errors import Cancelled
from graph.processes import RemoteError, WorkerDiedError, call_in_process
from graph.values import Frames
from tests.graph import toy_processes as toy
from tests.graph.toy_processes import Listener, call
from tests.graph.toy_values import Grid


@pytest.fixture(autouse=True)
def roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """Folders of its own for what a test exchanges; nothing may be left in them."""
    yield from toy.own_roots(tmp_path, monkeypatch)


class Task(threading.Thread):
    """A call on a thread of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(daemon=True)
        self.args, self.kwargs = args, kwargs
        self.value: Any = None
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.value = call(*self.args, **self.kwargs)
        except BaseException as error:
            self.error = error


def wait_for(path: Path) -> str:
    """What a file holds, once it holds something."""
    while not (path.exists() and path.read_text()):
        time.sleep(0.005)
    return path.read_text()


# --- failures ------------------------------------------------------------------------------------


def test_e15_the_trace_is_that_of_the_node() -> None:
    with pytest.raises(RemoteError) as caught:
        call(toy.fail, value=1, kind="division")
    error = caught.value
    assert (error.kind, error.message) == ("ZeroDivisionError", "division by zero")
    assert f'{toy.__file__}", line' in error.trace
    assert "return 1 / 0" in error.trace
    assert "remote.py" not in error.trace


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("input", "InputError", "too few stars"),
        ("memory", "MemoryError", "out of memory"),
        ("file", "FileNotFoundError", "No such file or directory: /nowhere/x.fits"),
        ("exit", "SystemExit", "3"),
        ("object", "TypeError", "object is not a value type"),
    ],
)
def test_a_failure_says_what_it_would_say_here(kind: str, name: str, message: str) -> None:
    with pytest.raises(RemoteError) as caught:
        call(toy.fail, value=1, kind=kind)
    assert caught.value.kind == name
    assert message in str(caught.value)


def test_a_function_that_cannot_be_imported_is_named() -> None:
    with pytest.raises(RemoteError, match=r"toy\.remote\.local .* cannot import local_node"):
        call(toy.local_node(), value=1.0)


def test_a_reader_is_tried_again(tmp_path: Path) -> None:
    arguments = {"value": 1, "path": str(tmp_path / "count")}
    found = call_in_process(toy.flaky.spec, arguments, key="key", control=Control(), context=None)
    assert found == (1.0, 2)


def test_p09_a_worker_that_dies_takes_nobody_along(tmp_path: Path) -> None:
    go, listener = tmp_path / "go", Listener()
    other = Task(toy.polite, value=1, path=str(go), context=listener)
    assert listener.heard.wait(30)
    with pytest.raises(WorkerDiedError, match=r"memory ran out.*signal 9, SIGKILL"):
        call(toy.die, value=np.zeros(300_000))
    assert call(toy.echo, value=7) == 7
    go.touch()
    other.join()
    assert other.value == 1.0


@pytest.mark.parametrize(
    ("how", "message"),
    [(signal.SIGSEGV, "crashed in compiled code.*SIGSEGV"), (-5, "exit code 5")],
)
def test_p09_the_cause_of_a_death_is_named(how: int, message: str) -> None:
    with pytest.raises(WorkerDiedError, match=message):
        call(toy.die, value=1, how=int(how))


def test_an_idle_worker_that_died_is_replaced() -> None:
    pid = int(call(toy.environment, value=1).split()[0])
    psutil.Process(pid).kill()
    assert call(toy.echo, value=3) == 3


# --- cancel, pause, progress ---------------------------------------------------------------------


def test_progress_and_warnings_arrive(tmp_path: Path) -> None:
    listener = Listener()
    task = Task(toy.polite, value=1, path=str(tmp_path / "go"), context=listener)
    assert listener.heard.wait(30)
    (tmp_path / "go").touch()
    task.join()
    assert listener.told[0][0] == 0.25
    assert listener.told[0][1].startswith("step ")
    assert listener.told[-1] == (0.75, "näher")


def test_a_node_that_listens_stops_by_itself(tmp_path: Path) -> None:
    pid = call(toy.environment, value=1).split()[0]
    control, listener = Control(), Listener()
    task = Task(toy.polite, control, listener, value=1, path=str(tmp_path / "go"))
    assert listener.heard.wait(30)
    control.cancel()
    task.join()
    assert isinstance(task.error, Cancelled)
    assert call(toy.environment, value=1).split()[0] == pid  # the worker goes on


def test_a_node_that_never_returns_is_ended_by_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.1)
    control = Control()
    task = Task(toy.deaf, control, value=np.zeros(300_000), path=str(tmp_path / "pid"))
    pid = int(wait_for(tmp_path / "pid"))
    control.cancel()
    task.join()
    assert isinstance(task.error, Cancelled)
    assert not psutil.pid_exists(pid)
    assert call(toy.echo, value=1) == 1


def test_a_spared_call_goes_on(tmp_path: Path) -> None:
    control, listener = Control(), Listener()
    task = Task(toy.polite, control, listener, value=1, path=str(tmp_path / "go"))
    assert listener.heard.wait(30)
    control.cancel(spare={"key"})
    (tmp_path / "go").touch()
    task.join()
    assert task.value == 1.0


def _stands_still(board: Board) -> bool:
    before = board.read(0)
    time.sleep(0.1)
    return before is not None and board.read(0) == before


def test_a_paused_node_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "LOOK_SECONDS", 0.01)
    control, listener = Control(), Listener()
    boards: list[Board] = []

    def make(*args: Any, **kwargs: Any) -> Board:
        boards.append(Board(*args, **kwargs))
        return boards[-1]

    monkeypatch.setattr(processes, "Board", make)
    task = Task(toy.polite, control, listener, value=1, path=str(tmp_path / "go"))
    assert listener.heard.wait(30)
    control.pause()
    while not boards[0].pause:
        time.sleep(0.005)
    assert any(_stands_still(boards[0]) for _ in range(30))  # the step at work ends first
    (tmp_path / "go").touch()
    control.resume()
    task.join()
    assert task.value == 1.0


def test_frames_are_not_read_after_a_cancel() -> None:
    control, read = Control(), []

    def load(number: int) -> float:
        read.append(number)
        control.cancel()
        return 1.0

    with pytest.raises(Cancelled):
        call(toy.echo, control, value=Frames(range(5), load))
    assert read == [0]


# --- processes -----------------------------------------------------------------------------------


def test_a_worker_is_used_again() -> None:
    assert len({call(toy.environment, value=1) for _ in range(3)}) == 1


def test_a_worker_has_one_processor_and_one_thread_for_each_library() -> None:
    own, libraries = call(toy.threads, grid=Grid(np.ones((50, 50))))
    assert own == 1
    assert set(libraries) == {1}


SCRIPT = """
import sys, threading, time
import numpy as np
from pathlib import Path
from graph import exchange
from graph.board import Board
from graph.control import Control
from graph.processes import call_in_process
from tests.graph import toy_processes as toy
root = Path(sys.argv[1])
exchange.exchange_roots = lambda: [root]
arguments = {"value": np.zeros(300_000), "path": sys.argv[2]}
options = dict(key="key", control=Control(), context=None)
threading.Thread(
    target=call_in_process, args=(toy.deaf.spec, arguments), kwargs=options, daemon=True
).start()
while not Path(sys.argv[2]).exists() or not Path(sys.argv[2]).read_text():
    time.sleep(0.01)
print("ready", flush=True)
if sys.argv[3] == "wait":
    time.sleep(60)
"""


@pytest.mark.parametrize("how", ["leave", "wait"])
def test_a_worker_ends_with_its_parent(
    how: str, start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    root = tmp_path / "exchange"
    root.mkdir()
    parent = start(SCRIPT, root, tmp_path / "pid", how)
    assert parent.stdout
    assert parent.stdout.readline() == "ready\n"
    pid = int((tmp_path / "pid").read_text())
    if how == "wait":
        parent.kill()
    parent.wait(30)
    deadline = time.monotonic() + 30
    while (psutil.pid_exists(pid) or any(root.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not psutil.pid_exists(pid)
    assert list(root.iterdir()) == []


def test_folders_of_killed_processes_are_removed(roots: list[Path]) -> None:
    for name in ("dead", "alive", "young"):
        folder = roots[0] / f"{exchange.PREFIX}{name}"
        folder.mkdir()
        (folder / "lock").touch()
        if name != "young":
            os.utime(folder, (0, 0))
    alive, young = (roots[0] / f"{exchange.PREFIX}{name}" for name in ("alive", "young"))
    with exchange._held([alive]):
        os.utime(alive, (0, 0))
        exchange.remove_stale()
    assert set(roots[0].iterdir()) == {alive, young}
    exchange.remove(alive)
    exchange.remove(young)


def test_importing_is_light(fresh: Callable[..., str]) -> None:
    code = "import sys, graph.processes; print({'numpy', 'joblib', 'psutil'} & set(sys.modules))"
    assert fresh(code) == "set()\n"
