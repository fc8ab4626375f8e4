"""Toy nodes that run in a process of their own."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest

from graph import exchange
from graph.context import Context
from graph.control import Control
from graph.errors import InputError
from graph.processes import call_in_process
from graph.spec import InputFile, node
from graph.threads import processors
from graph.values import Frames, value_type
from tests.graph.toy_values import Grid


@value_type("Bundle")
@dataclass(frozen=True, eq=False)
class Bundle:
    """A value of many kinds of parts."""

    grid: Grid
    parts: tuple[Any, ...]
    notes: dict[str, Any]
    number: float
    nothing: None = None


@node("toy.remote.echo", workers="process")
def echo(value: Any) -> Any:
    """Give back what it gets."""
    return value


@node("toy.remote.describe", workers="process")
def describe(value: Any, *, path: Annotated[Path | None, InputFile()] = None) -> str:
    """Tell class and content of what it gets."""
    return f"{_kind(value)} {path!r}"


def _kind(value: Any) -> str:
    if isinstance(value, list | tuple | Frames):
        return f"{type(value).__name__}({', '.join(map(_kind, value))})"
    return type(value).__name__


@node("toy.remote.mapped", workers="process")
def mapped(grid: Grid) -> str:
    """Tell whether an array is mapped from a file, and which."""
    return mapped_file(grid.data)


def mapped_file(array: Any) -> str:
    """The file that an array is a map of, or nothing."""
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap):
            return f"{array.filename} {array.mode}"
        array = array.base
    return ""


@node("toy.remote.average", workers="process")
def average(frames: list[Grid], ctx: Context = Context()) -> Grid:  # noqa: B008
    """Average frames, twice read."""
    mapped_all = all(mapped_file(frame.data) for frame in frames)
    total = sum(frame.data for frame in frames)
    ctx.warn(f"{type(frames).__name__} {len(frames)} {mapped_all}")
    return Grid(total / len(frames))


@node("toy.remote.fill", workers="process")
def fill(value: float, *, size: int = 10) -> Grid:
    """A square that is full of a number."""
    return Grid(np.full((size, size), value))


@node("toy.remote.environment", workers="process")
def environment(value: Any, *, name: str = "") -> str:
    """A variable of its environment, and its process."""
    return f"{os.getpid()} {os.environ.get(name)}"


@node("toy.remote.fail", workers="process")
def fail(value: Any, *, kind: str = "input") -> float:
    """Fail in some way."""
    if kind == "input":
        raise InputError("too few stars")
    if kind == "memory":
        np.zeros(1 << 60, np.uint8)
    if kind == "file":
        raise FileNotFoundError(2, "No such file or directory", "/nowhere/x.fits")
    if kind == "exit":
        sys.exit(3)
    if kind == "object":
        return object()  # type: ignore[return-value]
    return 1 / 0


@node("toy.remote.die", workers="process")
def die(value: Any, *, how: int = signal.SIGKILL) -> float:
    """Die by a signal, or leave with an exit code when it is negative."""
    if how <= 0:
        os._exit(-how)
    os.kill(os.getpid(), how)
    time.sleep(60)
    return 0.0


@node("toy.remote.flaky", workers="process", retries=2)
def flaky(value: Any, *, path: str = "") -> float:
    """Fail twice, as a disk may; count in a file."""
    with open(path, "a") as file:
        file.write("x")
    if len(Path(path).read_text()) < 3:
        raise OSError("the disk fails")
    return 1.0


@node("toy.remote.deaf", workers="process")
def deaf(value: Any, *, path: str = "") -> float:
    """Say that it is at work, and never return."""
    Path(path).write_text(str(os.getpid()))
    while True:
        time.sleep(60)


@node("toy.remote.polite", workers="process")
def polite(value: Any, *, path: str = "", ctx: Context = Context()) -> float:  # noqa: B008
    """Work until it is asked to stop, or until a file says so; tell how far it is."""
    steps = 0
    while not Path(path).exists():
        steps += 1
        ctx.progress(0.25, f"step {steps}")
        time.sleep(0.005)
    ctx.progress(0.75, "näher")
    return 1.0


def local_node() -> Callable[..., Any]:
    """A node that no other process can import."""

    @node("toy.remote.local", workers="process")
    def local(value: float) -> float:
        """Nothing."""
        return value

    return local


@node("toy.remote.threads", workers="process")
def threads(grid: Grid) -> Any:
    """How many processors bands may use, and how many threads the libraries at work."""
    from threadpoolctl import threadpool_info

    np.dot(grid.data, grid.data)
    return processors(), tuple(int(pool["num_threads"]) for pool in threadpool_info())


class Listener(Context):
    """What a node says."""

    def __init__(self) -> None:
        self.told: list[tuple[float, str]] = []
        self.warnings: list[str] = []
        self.heard = threading.Event()

    def progress(self, fraction: float, text: str = "") -> None:
        self.told.append((fraction, text))
        self.heard.set()

    def warn(self, message: str) -> None:
        self.warnings.append(message)


def call(
    function: Callable[..., Any],
    control: Control | None = None,
    context: Context | None = None,
    **arguments: Any,
) -> Any:
    """What a toy node gives when it is called in a worker."""
    spec = function.spec  # type: ignore[attr-defined]
    control = control or Control()
    return call_in_process(spec, arguments, key="key", control=control, context=context)[0]


def own_roots(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """Folders of a test's own for what it exchanges; nothing may be left in them."""
    roots = [folder / "memory", folder / "disk"]
    for root in roots:
        root.mkdir()
    patch.setattr(exchange, "exchange_roots", lambda: roots)
    yield roots
    assert [list(root.iterdir()) for root in roots] == [[], []]
