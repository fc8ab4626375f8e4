"""The few node types with which the engine is tested; no image in sight.

``build`` makes a graph of them in one call, ``execute`` plans and runs it.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from graph.context import SILENT, Context
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
    NodeSpec,
    OutputFile,
    Range,
    Repeat,
    Requires,
    node,
)
from graph.store import Store
from graph.values import value_type

#: calls of every node, by its name
calls: Counter[str] = Counter()
#: names in the order in which they began
began: list[str] = []
#: names in the order in which they ended, of those that say so
ended: list[str] = []
#: when sleepers slept, by their name
spans: dict[str, tuple[float, float]] = {}
#: threads on which nodes ran
threads: set[int] = set()
#: gates wait until their event is set
gates: dict[str, threading.Event] = {}
_lock = threading.Lock()


def reset() -> None:
    """Forget all that was counted."""
    for memory in (calls, began, ended, spans, threads, gates):
        memory.clear()


def note(name: str) -> None:
    """Count a call."""
    with _lock:
        calls[name] += 1
        began.append(name)
        threads.add(threading.get_ident())


@value_type("Grid", color="#808080")
@dataclass(frozen=True, eq=False)
class Grid:
    """A small array that knows whether it was stretched."""

    data: np.ndarray
    state: str = "linear"

    def summary(self) -> str:
        """Shape, type and range."""
        low, high = self.data.min(initial=np.inf), self.data.max(initial=-np.inf)
        return f"grid {self.data.shape} {self.data.dtype}, {low:g} to {high:g}"


@value_type("Stencil")
@dataclass(frozen=True, eq=False)
class Stencil:
    """Another type, which does not fit a Grid."""

    data: np.ndarray


@value_type("Shown")
@dataclass(frozen=True, eq=False)
class Shown:
    """What the toy viewer shows."""

    text: str


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


class Halves(NamedTuple):
    """Two outputs."""

    low: float
    high: float


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


@node("toy.sleep")
def sleep(a: float | None = None, b: float | None = None, c: float | None = None, *,
          seconds: float = 0.0, name: str = "", ctx: Context = SILENT) -> float:
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


@node("toy.fail")
def fail(a: Any = None, *, message: str = "it broke", when: float | None = None) -> Any:
    """Raise, always or for one value."""
    note("fail")
    if when is None or a == when:
        raise ValueError(message)
    return a


@node("toy.fail_list")
def fail_list(items: Sequence[float]) -> float:
    """Raise over a list."""
    raise ValueError("it broke")


@node("toy.constant_text")
def constant_text(*, value: str = "") -> str:
    """Give a text."""
    return value


@node("toy.opaque")
def opaque() -> Any:
    """Return what is no value type."""
    return {"a": {1, 2}, "b": object()}


@node("toy.exhaust_alone")
def exhaust_alone() -> Grid:
    """Ask for more memory than there is."""
    return Grid(np.empty(1 << 60, np.float32))


@node("toy.leave")
def leave() -> float:
    """Try to end the program."""
    raise SystemExit(3)


@node("toy.stop")
def stop() -> float:
    """Raise what means something to generators."""
    raise StopIteration


@node("toy.deep")
def deep() -> float:
    """Recurse without end."""
    return deep()


@node("toy.torn_write", writes=True)
def torn_write(*, file: Annotated[Path, OutputFile()], torn: bool = True) -> None:
    """Fail after a part is written, or write nothing."""
    if torn:
        Path(file).write_text("half")
        raise OSError("the cable was pulled")


@node("toy.vandal")
def vandal(grid: Grid) -> Grid:
    """Write into its input."""
    note("vandal")
    grid.data[0] = 99
    return grid


@node("toy.liar")
def liar(*, kind: Literal["type", "none", "count"] = "type") -> Halves:
    """Return something else than is declared."""
    note("liar")
    answers: Any = {"type": Halves("low", 1.0), "none": Halves(None, 1.0), "count": (1.0,)}  # type: ignore[arg-type]
    return answers[kind]


@node("toy.grid")
def grid(*, value: float = 0.0, size: Annotated[int, Range(0, 100_000_000)] = 4,
         shape: Literal["row", "column"] = "row") -> Grid:
    """Make an array."""
    note("grid")
    data = np.full((1, size) if shape == "row" else (size, 1), value, np.float32)
    return Grid(data)


@node("toy.slow_grid")
def slow_grid(*, value: float = 0.0, size: int = 4, seconds: float = 0.1) -> Grid:
    """Make an array slowly."""
    note("slow_grid")
    time.sleep(seconds)
    return Grid(np.full(size, value, np.float32))


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
def view(mean: Annotated[float, From(measure)], *,
         link: Literal["linked", "unlinked"] = "linked") -> Shown:
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
def write(value: float, *, file: Annotated[Path, OutputFile((".txt",))],
          overwrite: bool = False) -> None:
    """Write a number into a file."""
    note("write")
    Path(file).write_text(f"{value:g}")


@node("toy.pass_and_write", writes=True)
def pass_and_write(value: float, *, file: Annotated[Path, OutputFile((".txt",))],
                   overwrite: bool = False) -> float:
    """Write a number into a file and pass it on."""
    note("pass_and_write")
    Path(file).write_text(f"{value:g}")
    return value


@node("toy.slow_write", writes=True)
def slow_write(*, file: Annotated[Path, OutputFile()], overwrite: bool = False,
               ctx: Context = SILENT) -> None:
    """Write in many small steps."""
    note("slow_write")
    with Path(file).open("w") as out:
        for step in range(1000):
            out.write(f"{step}\n")
            out.flush()
            time.sleep(0.01)
            ctx.progress(step / 1000)


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


@node("toy.warn")
def warn(*, message: str = "take care", ctx: Context = SILENT) -> float:
    """Warn."""
    note("warn")
    ctx.warn(message)
    return 1.0


@node("toy.formula")
def formula(*, text: Annotated[str, Expression(("x", "y"))] = "x") -> str:
    """Hold a formula."""
    return text


def _fits(params: Any) -> str | None:
    return "low must be below high" if params["low"] >= params["high"] else None


@node("toy.between", check=_fits)
def between(*, low: float = 0.0, high: float = 1.0,
            mode: Literal["fast", "exact"] = "fast", count: Annotated[int, Range(1, 9)] = 1) -> float:
    """A node with a check of its own."""
    note("between")
    return (low + high) / 2


def _picky(params: Any) -> str | None:
    if params["value"] == 13:
        raise RuntimeError("13 brings bad luck")
    return None


@node("toy.picky", check=_picky)
def picky(*, value: float = 0.0) -> float:
    """A node whose own check raises."""
    note("picky")
    return value


@node("toy.exhaust")
def exhaust(grid: Grid) -> Grid:
    """Ask for more memory than there is."""
    note("exhaust")
    return Grid(np.empty(1 << 60, np.float32))


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


@node("toy.wrong_list")
def wrong_list(items: Sequence[float], *,
               kind: Literal["short", "text"] = "short") -> Sequence[float]:
    """Return a list that is too short, or holds something else than declared."""
    note("wrong_list")
    answers: Any = {"short": [1.0], "text": [1.0, "two"]}
    return answers[kind]


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


@node("toy.parallel")
def parallel(a: float, *, jobs: int = 4) -> float:
    """Start a parallel map of its own."""
    from joblib import Parallel, delayed

    note("parallel")
    parts = Parallel(n_jobs=jobs, backend="threading")(delayed(_square)(a, i) for i in range(20))
    return float(sum(parts))


@node("toy.run_inside")
def run_inside(a: float) -> float:
    """Run a graph of its own."""
    inner = build("n.number -> o.a; o.number -> t.items",
                  n=("toy.numbers", {"value": [a, 1.0, 1.0]}), o="toy.one", t="toy.total")  # fmt: skip
    return float(execute(inner, Store(1 << 20), "t", workers=3).value("t"))


def _square(a: float, i: int) -> float:
    time.sleep(0.001)
    return a * i * i


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


@node("toy.lenient")
def lenient(grids: Sequence[Grid]) -> float:
    """Count the arrays that can be read."""
    note("lenient")
    count = 0
    for place in range(len(grids)):
        try:
            count += bool(grids[place].data.size)
        except Exception:
            continue
    return count


@node("toy.log")
def log(a: float, *, file: str = "", seconds: float = 0.0) -> float:
    """Add one, and leave a line in a file that several processes may share."""
    note("log")
    with Path(file).open("a") as out:
        out.write(f"{a:g}\n")
    time.sleep(seconds)
    return a + 1


def registry() -> Registry:
    """All toy nodes."""
    return Registry(
        f for f in list(globals().values()) if isinstance(getattr(f, "spec", None), NodeSpec)
    )


def build(links: str = "", /, **nodes: Any) -> Graph:
    """A graph: ``build("a.number -> b.a", a=("toy.number", {"value": 2.0}), b="toy.one")``."""
    graph = Graph(registry())
    for id, use in nodes.items():
        type, params = (use, {}) if isinstance(use, str) else use
        graph.add(id, type, **params)
    for link in filter(None, map(str.strip, links.replace(";", "\n").splitlines())):
        source, target = link.split(" -> ")
        graph.link(*source.split("."), *target.split("."))
    return graph


def chain(length: int, type: str = "toy.one") -> Graph:
    """A number and that many nodes in a row: ``n0``, ``n1`` …"""
    graph = build(n0="toy.number")
    for place in range(1, length + 1):
        graph.add(f"n{place}", type)
        graph.link(f"n{place - 1}", "number", f"n{place}", "a")
    return graph


def execute(graph: Graph, store: Store, *targets: str, **options: Any) -> Result:
    """Plan and run; targets as in ``plan``, other options as in ``plan`` and ``run``."""
    mine = {key: options.pop(key) for key in ("workers", "post", "cancel") if key in options}
    return run(plan(graph, store, targets=targets or None, **options), store, **mine)

