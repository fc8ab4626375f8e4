"""Toy nodes that take their time."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

from graph.context import SILENT, Context
from graph.spec import OutputFile, node
from tests.graph.toy_values import ended, gates, note, spans


@node("toy.sleep")
def sleep(
    a: float | None = None,
    b: float | None = None,
    c: float | None = None,
    *,
    seconds: float = 0.0,
    name: str = "",
    ctx: Context = SILENT,
) -> float:
    """Sleep without looking at the context."""
    note(f"sleep {name}")
    start = time.monotonic()
    time.sleep(seconds)
    spans[name] = start, time.monotonic()
    return seconds


@node("toy.patient")
def patient(a: float | None = None, *, seconds: float = 10.0, ctx: Context = SILENT) -> float:
    """Sleep in small steps and report progress."""
    note("patient")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)
        ctx.progress(1 - (end - time.monotonic()) / seconds, "sleeping")
    return seconds


@node("toy.slow_write", writes=True)
def slow_write(
    *, file: Annotated[Path, OutputFile()], overwrite: bool = False, ctx: Context = SILENT
) -> None:
    """Write in many small steps."""
    note("slow_write")
    with Path(file).open("w") as out:
        for step in range(1000):
            out.write(f"{step}\n")
            out.flush()
            time.sleep(0.01)
            ctx.progress(step / 1000)


@node("toy.gate")
def gate(a: float | None = None, b: float | None = None, *, name: str = "") -> float:
    """Wait until the gate of that name is opened, without looking at the context."""
    note(f"gate {name}")
    gates[name].wait(20)
    return (a or 0.0) + (b or 0.0)


@node("toy.late")
def late(a: float) -> float:
    """Wait for the gate named like the number, if there is one."""
    note("late")
    if f"{a:g}" in gates:
        gates[f"{a:g}"].wait(20)
    ended.append(f"late {a:g}")
    return a


@node("toy.parallel")
def parallel(a: float, *, jobs: int = 4) -> float:
    """Start a parallel map of its own."""
    from joblib import Parallel, delayed

    note("parallel")
    parts = Parallel(n_jobs=jobs, backend="threading")(delayed(_square)(a, i) for i in range(20))
    return float(sum(parts))


def _square(a: float, i: int) -> float:
    time.sleep(0.001)
    return a * i * i


@node("toy.run_loop")
def run_loop(a: float) -> float:
    """Make a graph that holds a loop, and run it."""
    from graph.file import parse
    from tests.graph import toy_nodes as toy
    from tests.graph.toy_files import text_of

    nodes = {id: {"type": "toy.one"} for id in ("x", "y")}
    links = ["x.number -> y.a", "y.number -> x.a"]
    inner = parse(text_of(nodes=nodes, links=links), toy.registry())
    return float(toy.execute(inner, toy.Store(1 << 20), "y").value("y")) + a
