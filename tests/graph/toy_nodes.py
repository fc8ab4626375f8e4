"""The few node types with which the engine is tested; no image in sight.

``build`` makes a graph of them in one call, ``execute`` plans and runs it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np

from graph.model import Graph
from graph.plan import plan
from graph.registry import Registry
from graph.result import Result
from graph.run import run
from graph.spec import (
    Each,
    Expression,
    From,
    Gives,
    InputFile,
    OutputFile,
    Range,
    Repeat,
    Requires,
    node,
)
from graph.store import Store
from tests.graph import toy_faults, toy_waits
from tests.graph.toy_values import Grid as Grid
from tests.graph.toy_values import Halves, Shown, Stencil, calls, note
from tests.graph.toy_values import began as began
from tests.graph.toy_values import ended as ended
from tests.graph.toy_values import gates as gates
from tests.graph.toy_values import reset as reset
from tests.graph.toy_values import spans as spans
from tests.graph.toy_values import threads as threads


@node("toy.number")
def number(*, value: float = 0.0) -> float:
    """Give a number."""
    note("number")
    return value


@node("toy.whole")
def whole(*, value: int = 0) -> int:
    """Give a whole number."""
    note("whole")
    return value


@node("toy.constant")
def constant(*, value: Any = 0) -> Any:
    """Give a value of any kind."""
    note("constant")
    return value


@node("toy.numbers")
def numbers(*, value: Annotated[float, Each()]) -> float:
    """Give each number of a list."""
    note("numbers")
    return value


@node("toy.add", aliases=("toy.plus",))
def add(a: float, b: float, *, scale: Annotated[float, Range(-100, 100)] = 1.0) -> float:
    """Add two numbers.

    scale: factor of the sum.
    """
    note("add")
    return scale * (a + b)


@node("toy.one")
def one(a: float, *, plus: float = 1.0) -> float:
    """Add to a number."""
    note("one")
    return a + plus


@node("toy.subtract")
def subtract(a: float, b: float) -> float:
    """Subtract b from a."""
    note("subtract")
    return a - b


@node("toy.halves")
def halves(a: float) -> Halves:
    """Split a number in a third and the rest."""
    note("halves")
    return Halves(a / 3, a * 2 / 3)


@node("toy.total")
def total(items: Sequence[float], *, plus: float = 0.0) -> float:
    """Collect a list into its sum."""
    note("total")
    return sum(items) + plus


@node("toy.order")
def order(items: Sequence[float], factor: float | None = None) -> str:
    """Collect a list into text that shows its order."""
    note("order")
    return " ".join(f"{item * (factor or 1):g}" for item in items)


@node("toy.pair")
def pair(a: float, b: float) -> float:
    """Ten times a and b."""
    note("pair")
    return 10 * a + b


@node("toy.cycle")
def cycle(a: float, b: Annotated[float, Repeat()]) -> float:
    """Ten times a and b, where the list of b starts again."""
    note("cycle")
    return 10 * a + b


@node("toy.deviations")
def deviations(items: Sequence[float]) -> Sequence[float]:
    """A list out of a list: each less the mean."""
    note("deviations")
    mean = sum(items) / len(items)
    return [item - mean for item in items]


@node("toy.constant_text")
def constant_text(*, value: str = "") -> str:
    """Give a text."""
    return value


@node("toy.grid")
def grid(
    *,
    value: float = 0.0,
    size: Annotated[int, Range(0, 100_000_000)] = 4,
    shape: Literal["row", "column"] = "row",
) -> Grid:
    """Make an array."""
    note("grid")
    data = np.full((1, size) if shape == "row" else (size, 1), value, np.float32)
    return Grid(data)


@node("toy.double")
def double(grid: Grid) -> Grid:
    """Double an array."""
    note("double")
    return Grid(grid.data * 2, grid.state)


@node("toy.clip")
def clip(grid: Grid, *, limit: float = 1.0) -> Grid:
    """Clip an array: another limit may give the same."""
    note("clip")
    return Grid(np.minimum(grid.data, np.float32(limit)), grid.state)


@node("toy.stencil")
def stencil() -> Stencil:
    """Make a stencil."""
    return Stencil(np.ones(3, np.float32))


@node("toy.bend")
def bend(grid: Grid, *, by: float = 2.0) -> Annotated[Grid, Gives("stretched")]:
    """Stretch an array."""
    note("bend")
    return Grid(grid.data**by, "stretched")


@node("toy.straight")
def straight(grid: Annotated[Grid, Requires("linear")]) -> Grid:
    """Take linear data only."""
    note("straight")
    return Grid(grid.data + 1)


@node("toy.anything")
def anything(value: Any) -> str:
    """Take a value of any type."""
    note("anything")
    return type(value).__name__


@node("toy.make_grid")
def make_grid(a: float) -> Grid:
    """An array of a thousand times a number."""
    note("make_grid")
    return Grid(np.full(1000, a, np.float32))


@node("toy.measure")
def measure(grid: Grid, *, plus: float = 0.0) -> float:
    """The mean of an array."""
    note("measure")
    return float(grid.data.mean()) + plus if grid.data.size else plus


@node("toy.view", display=True)
def view(
    mean: Annotated[float, From(measure)], *, link: Literal["linked", "unlinked"] = "linked"
) -> Shown:
    """Show a number; the array itself is never needed."""
    note("view")
    return Shown(f"{link} {mean:g}")


@node("toy.read", keep="memory")
def read(*, file: Annotated[Path, InputFile(("*.txt",))]) -> float:
    """Read a number from a file."""
    note("read")
    return float(Path(file).read_text())


@node("toy.read_each")
def read_each(*, files: Annotated[Path, InputFile(("*.txt",)), Each()]) -> float:
    """Read a number from each of some files."""
    note("read_each")
    return float(Path(files).read_text())


@node("toy.write", writes=True)
def write(
    value: float, *, file: Annotated[Path, OutputFile((".txt",))], overwrite: bool = False
) -> None:
    """Write a number into a file."""
    note("write")
    Path(file).write_text(f"{value:g}")


@node("toy.pass_and_write", writes=True)
def pass_and_write(
    value: float, *, file: Annotated[Path, OutputFile((".txt",))], overwrite: bool = False
) -> float:
    """Write a number into a file and pass it on."""
    note("pass_and_write")
    Path(file).write_text(f"{value:g}")
    return value


@node("toy.sink", writes=True)
def sink(value: Any) -> None:
    """Take a value and give nothing."""
    note("sink")


@node("toy.nothing")
def nothing(items: Sequence[float]) -> Sequence[float]:
    """A list as it is."""
    note("nothing")
    return list(items)


@node("toy.clock", repeatable=False)
def clock(*, values: tuple[float, ...] = (1.0,)) -> float:
    """Another value at each call, as the world is."""
    note("clock")
    return values[min(calls["clock"], len(values)) - 1]


@node("toy.random")
def random(*, seed: int = 0) -> float:
    """A random number of a seed."""
    note("random")
    return float(np.random.default_rng(seed).random())


@node("toy.formula")
def formula(*, text: Annotated[str, Expression(("x", "y"))] = "x") -> str:
    """Hold a formula."""
    return text


def _fits(params: Any) -> str | None:
    return "low must be below high" if params["low"] >= params["high"] else None


@node("toy.between", check=_fits)
def between(
    *,
    low: float = 0.0,
    high: float = 1.0,
    mode: Literal["fast", "exact"] = "fast",
    count: Annotated[int, Range(1, 9)] = 1,
) -> float:
    """A node with a check of its own."""
    note("between")
    return (low + high) / 2


@node("toy.fleeting", keep="never")
def fleeting(a: float) -> float:
    """Add one; the result is never stored."""
    note("fleeting")
    return a + 1


@node("toy.in_memory", keep="memory")
def in_memory(a: float) -> Grid:
    """Make an array that is never written to disk."""
    note("in_memory")
    return Grid(np.full(1000, a, np.float32))


@node("toy.run_inside")
def run_inside(a: float) -> float:
    """Run a graph of its own."""
    inner = build(
        "n.number -> o.a; o.number -> t.items",
        n=("toy.numbers", {"value": [a, 1.0, 1.0]}),
        o="toy.one",
        t="toy.total",
    )
    return float(execute(inner, Store(1 << 20), "t", workers=3).value("t"))


@node("toy.mean")
def mean(grid: Grid) -> float:
    """The mean as numpy gives it: not a plain float."""
    note("mean")
    return grid.data.mean(dtype=np.float64)


@node("toy.sum_grids")
def sum_grids(grids: Sequence[Grid]) -> Grid:
    """Add arrays one after the other."""
    note("sum_grids")
    data = np.zeros(grids[0].data.shape if len(grids) else 0, np.float32)
    for each in grids:
        data = data + each.data
    return Grid(data)


def registry() -> Registry:
    """All toy nodes."""
    known = Registry()
    for module in (sys.modules[__name__], toy_faults, toy_waits):
        known.add_module(module)
    return known


def build(links: str = "", /, **nodes: Any) -> Graph:
    """A graph: ``build("a.number -> b.a", a=("toy.number", {"value": 2.0}), b="toy.one")``."""
    return wire(registry(), links, nodes)


def wire(known: Registry, links: str, nodes: Mapping[str, Any]) -> Graph:
    """A graph of node types of a registry, written as for ``build``."""
    graph = Graph(known)
    for id, use in nodes.items():
        type, params = (use, {}) if isinstance(use, str) else use
        graph.add(id, type, **params)
    for link in filter(None, map(str.strip, links.replace(";", "\n").splitlines())):
        source, target = link.split(" -> ")
        graph.link(*source.split("."), *target.split("."))
    return graph


def diamond() -> Graph:
    """``a`` feeds ``b`` and ``c``, which ``d`` adds."""
    return build(
        "a.number -> b.a; a.number -> c.a; b.number -> d.a; c.number -> d.b",
        a=("toy.number", {"value": 2.0}),
        b="toy.one",
        c=("toy.one", {"plus": 3.0}),
        d="toy.add",
    )


def chain(length: int, type: str = "toy.one") -> Graph:
    """A number and that many nodes in a row: ``n0``, ``n1`` …"""
    graph = build(n0="toy.number")
    for place in range(1, length + 1):
        graph.add(f"n{place}", type)
        graph.link(f"n{place - 1}", "number", f"n{place}", "a")
    return graph


def execute(graph: Graph, store: Store, *targets: str, **options: Any) -> Result:
    """Plan and run; targets as in ``plan``, other options as in ``plan`` and ``run``."""
    mine = {
        key: options.pop(key) for key in ("workers", "post", "control", "memory") if key in options
    }
    return run(plan(graph, store, targets=targets or None, **options), store, **mine)
