"""Toy nodes that misbehave."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np

from graph.context import SILENT, Context
from graph.spec import OutputFile, node
from tests.graph.toy_values import Grid, Halves, calls, note


@node("toy.fail")
def fail(a: Any = None, *, message: str = "it broke", when: float | None = None) -> Any:
    """Raise, always or for one value."""
    note("fail")
    if when is None or a == when:
        raise ValueError(message)
    return a


@node("toy.flaky", retries=2)
def flaky(*, failures: int = 1, kind: Literal["disk", "missing", "other"] = "disk") -> float:
    """Fail so many times, as a disk or network does."""
    note("flaky")
    if calls["flaky"] <= failures:
        faults = {"disk": OSError(5, "Input/output error"), "missing": FileNotFoundError(2, "no")}
        raise faults.get(kind, ValueError("it broke"))
    return 1.0


@node("toy.fail_list")
def fail_list(items: Sequence[float]) -> float:
    """Raise over a list."""
    raise ValueError("it broke")


@node("toy.opaque")
def opaque() -> Any:
    """Return what is no value type."""
    return {"a": {1, 2}, "b": object()}


class OutOfMemoryError(MemoryError):
    """As libraries declare it for a graphics card."""


@node("toy.exhaust")
def exhaust(grid: Grid, *, own: bool = False) -> Grid:
    """Ask for more memory than there is."""
    note("exhaust")
    if own:
        raise OutOfMemoryError
    return Grid(np.empty(1 << 60, np.float32))


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


@node("toy.warn")
def warn(*, message: str = "take care", ctx: Context = SILENT) -> float:
    """Warn."""
    note("warn")
    ctx.warn(message)
    return 1.0


def _picky(params: Any) -> str | None:
    if params["value"] == 13:
        raise RuntimeError("13 brings bad luck")
    return None


@node("toy.picky", check=_picky)
def picky(*, value: float = 0.0) -> float:
    """A node whose own check raises."""
    note("picky")
    return value


@node("toy.wrong_list")
def wrong_list(
    items: Sequence[float], *, kind: Literal["short", "text"] = "short"
) -> Sequence[float]:
    """Return a list that is too short, or holds something else than declared."""
    note("wrong_list")
    answers: Any = {"short": [1.0], "text": [1.0, "two"]}
    return answers[kind]


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
