"""Toy nodes that choose what they read, take lists with gaps, stand in groups or want a resource.

``build`` makes a graph of them and of the other toy nodes.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.model import Graph
from graph.registry import Registry
from graph.spec import Each, Grouping, InputFile, Partial, When, node
from graph.values import value_type
from tests.graph import toy_nodes
from tests.graph.toy_values import Grid, gates, note

#: numbers at which ``lazy.broken`` fails until they are taken out
bad: set[float] = set()
#: files whose header was read
headers: list[str] = []
#: what is at work now by name, and the most that ever was
working: dict[str, int] = {}
most: dict[str, int] = {}
#: threads on which a node ran, by name
ran_on: dict[str, set[int]] = {}
#: frames that are in memory now
alive: weakref.WeakSet[Frame] = weakref.WeakSet()
_lock = threading.Lock()


def reset() -> None:
    """Forget all that was noted."""
    for memory in (bad, headers, working, most, ran_on):
        memory.clear()


class Working:
    """Counts how many calls of some names overlap."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def __enter__(self) -> None:
        with _lock:
            for name in self.names:
                working[name] = working.get(name, 0) + 1
                most[name] = max(most.get(name, 0), working[name])
                ran_on.setdefault(name, set()).add(threading.get_ident())

    def __exit__(self, *error: object) -> None:
        with _lock:
            for name in self.names:
                working[name] -= 1


# --- choices ------------------------------------------------------------------------------------


@node("lazy.mix")
def mix(
    a: Annotated[float, When(lambda params: params["weight"] < 1)],
    b: Annotated[float, When(lambda params: params["weight"] > 0)],
    *,
    weight: float = 0.5,
) -> float:
    """Mix two numbers; one of weight 0 is not read."""
    note("mix")
    return (1 - weight) * (a or 0.0) + weight * (b or 0.0)


@node("lazy.choose")
def choose(
    yes: Annotated[Any, When(lambda params: params["condition"])],
    no: Annotated[Any, When(lambda params: not params["condition"])],
    *,
    condition: bool = True,
) -> Any:
    """One of two."""
    note("choose")
    return yes if condition else no


@node("lazy.default")
def default(
    a: float,
    extra: Annotated[float, When(lambda params: params["use"])] = 7.0,
    other: Annotated[float | None, When(lambda params: params["use"])] = None,
    *,
    use: bool = True,
) -> float:
    """Add what is there; extra is 7 when it is not read or not connected."""
    note("default")
    return a + extra + (other or 0.0)


@node("lazy.collect")
def collect(
    items: Sequence[float],
    weights: Annotated[Sequence[float], When(lambda params: params["weighted"])],
    *,
    weighted: bool = True,
) -> float:
    """Sum a list, weighted or not."""
    note("collect")
    return sum(i * w for i, w in zip(items, weights, strict=True)) if weighted else sum(items)


@node("lazy.positive")
def positive(a: float) -> bool:
    """Whether a number is above zero."""
    note("positive")
    return a > 0


@node("lazy.passing")
def passing(a: float, *, name: str = "") -> float:
    """A number as it is, counted by name."""
    note(name)
    return a


@node("lazy.joint", through=True)
def joint(value: Any) -> Any:
    """A joint of wires, which never runs."""
    raise AssertionError("a joint ran")


@node("lazy.join", joins=True)
def join(first: Any = None, second: Any = None, third: Any = None) -> Any:
    """One list of several, which never runs."""
    raise AssertionError("a join ran")


@node("lazy.two")
def two(first: Grid, second: float, third: float) -> float:
    """Inputs of two types."""
    note("two")
    return second - third


@node("lazy.optional")
def optional(a: float, more: float | None = None, *, plus: float = 1.0) -> float:
    """Add what is there."""
    note("optional")
    return a + (more or 0.0) + plus


# --- lists with gaps ----------------------------------------------------------------------------


@node("lazy.broken")
def broken(a: float) -> float:
    """Fail at bad numbers: what a cable or a full memory does, which no key can know."""
    note(f"broken {a:g}")
    if a in bad:
        raise OSError("the cable was pulled")
    return a


@node("lazy.fail_once")
def fail_once(a: float) -> float:
    """Fail at a bad number when the gate ``fail`` opens; the number is good then."""
    note("fail_once")
    if a in bad:
        gates["fail"].wait(20)
        bad.discard(a)
        raise OSError("the cable was pulled")
    return a


@node("lazy.text")
def text(
    items: Annotated[Sequence[float], Partial(lambda params: params["gaps"] == "skip")],
    *,
    gaps: Literal["skip", "fail"] = "skip",
) -> str:
    """Show what came."""
    note("text")
    return " ".join(f"{item:g}" for item in items)


@node("lazy.sum")
def sum_up(items: Annotated[Sequence[float], Partial()]) -> float:
    """Sum what came."""
    note("sum_up")
    return float(sum(items))


@node("lazy.zipped")
def zipped(
    items: Annotated[Sequence[float], Partial()],
    weights: Annotated[Sequence[float], Partial()],
    references: Annotated[Sequence[float], Partial()] = (),
) -> str:
    """Pairs of items and weights, and how many references there are."""
    note("zipped")
    pairs = [f"{i:g}:{w:g}" for i, w in zip(items, weights, strict=True)]
    return " ".join([*pairs, f"of {len(references)}"])


# --- files in groups ------------------------------------------------------------------------------


def read_header(path: Path) -> Mapping[str, Any]:
    """``KEYWORD=value`` on each line but the last, which is the number."""
    headers.append(path.name)
    lines = path.read_text().splitlines()
    if lines[:1] == ["damaged"]:
        raise InputError(f"{path} has no header")
    found: dict[str, Any] = {"nbytes": 1_000_000 * len(lines)}
    for line in lines[:-1]:
        keyword, _, value = line.partition("=")
        try:
            found[keyword] = float(value)
        except ValueError:
            found[keyword] = value
    return found


@node("lazy.load")
def load(
    *,
    files: Annotated[Path, InputFile(("*.txt",), header=read_header), Each()],
    group_by: Annotated[tuple[str, ...], Grouping()] = (),
) -> float:
    """Read the number on the last line of each file."""
    note("load")
    return float(Path(files).read_text().splitlines()[-1])


@node("lazy.load_one")
def load_one(*, file: Annotated[Path, InputFile(("*.txt",), header=read_header)]) -> float:
    """Read the number on the last line of a file."""
    note("load_one")
    return float(Path(file).read_text().splitlines()[-1])


# --- resources ----------------------------------------------------------------------------------


@node("lazy.on_main", workers="main")
def on_main(a: float, *, name: str = "") -> float:
    """Note the thread. Waits at the gate of its name, if any."""
    with Working("on_main"):
        if name in gates:
            gates[name].wait(20)
        return a + 1


@node("lazy.anywhere")
def anywhere(a: float) -> float:
    """Note the thread."""
    with Working("anywhere"):
        return a + 1


@node("lazy.on_gpu", uses="gpu")
def on_gpu(a: float, *, name: str = "card") -> float:
    """What only one node at a time may do. Waits a moment at the gate of its name, if any."""
    with Working("gpu", name):
        if name in gates:
            gates[name].wait(20)
        else:
            threading.Event().wait(0.005)
        return a + 1


@node("lazy.with_camera", uses="camera")
def with_camera(a: float, *, name: str = "lens") -> float:
    """Uses another resource; waits at the gate of its name, if any."""
    with Working("camera", name):
        if name in gates:
            gates[name].wait(20)
        return a + 1


@node("lazy.fail_on_gpu", uses="gpu")
def fail_on_gpu(a: float) -> float:
    """Break while it has the resource."""
    raise ValueError("the card was lost")


def _declared(
    inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]
) -> int:
    return int(params["size"])


@node("lazy.hungry", memory=_declared)
def hungry(a: float, *, size: int = 0, pause: float = 0.0, name: str = "one") -> float:
    """Need so many bytes at work. Waits at the gate of its name, if any."""
    note(name)
    with Working("hungry", name):
        if name in gates:
            gates[name].wait(20)
        threading.Event().wait(pause)
        return a + 1


@node("lazy.pools")
def pools(a: float) -> str:
    """How many threads each pool of a numerical library has now."""
    from threadpoolctl import threadpool_info

    np.ones((4, 4)) @ np.ones((4, 4))
    with Working("pools"):
        threading.Event().wait(0.01)
        return " ".join(str(pool["num_threads"]) for pool in threadpool_info())


@node("lazy.apart", workers="process")
def apart(a: float, *, plus: float = 1.0) -> float:
    """Add, in a process of its own."""
    return a / 3 + plus


@node("lazy.step")
def step(a: float, *, steps: int = 3, ctx: Context = SILENT) -> float:
    """Report progress at every step."""
    for place in range(steps):
        ctx.progress(place / steps, f"step {place}")
        threading.Event().wait(0.11)
    return a


# --- large values -------------------------------------------------------------------------------


@value_type("Frame", color="#404040")
@dataclass(frozen=True, eq=False)
class Frame:
    """An array that counts as long as somebody holds it."""

    data: np.ndarray

    def __post_init__(self) -> None:
        with _lock:
            alive.add(self)


def _count_alive() -> None:
    with _lock:
        most["alive"] = max(most.get("alive", 0), len(alive))


@node("lazy.frame")
def frame(a: float, *, size: int = 1000) -> Frame:
    """A frame full of a number."""
    note(f"frame {a:g}")
    made = Frame(np.full(size, a, np.float32))
    _count_alive()
    return made


@node("lazy.brighten")
def brighten(frame: Frame, *, by: float = 1.0) -> Frame:
    """Add to a frame."""
    note("brighten")
    made = Frame(frame.data + np.float32(by))
    _count_alive()
    return made


@node("lazy.add_up")
def add_up(frames: Sequence[Frame]) -> float:
    """Add the means of frames, one after the other."""
    note("add_up")
    total = 0.0
    for each in frames:
        _count_alive()
        total += float(each.data.mean())
    return total


def registry() -> Registry:
    """These and all other toy nodes."""
    known = toy_nodes.registry()
    known.add_module(sys.modules[__name__])
    return known


def build(links: str = "", /, **nodes: Any) -> Graph:
    """A graph, written as for ``toy_nodes.build``."""
    return toy_nodes.wire(registry(), links, nodes)
