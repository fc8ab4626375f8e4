"""What a run reckons of memory: what is held counts, is given back, and sizes are measured."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import pytest

from graph.control import Control
from graph.model import Graph
from graph.plan import plan
from graph.registry import Registry
from graph.run import _Run, run
from graph.spec import Range, node
from graph.store import Store
from tests.graph import toy_nodes as toy
from tests.graph.toy_values import Grid

MEGABYTE = 1 << 20


@node("accounts.make", keep="memory")
def make(*, value: float = 0.0) -> Grid:
    """Four megabytes that no disk keeps."""
    return Grid(np.full(MEGABYTE, value, np.float32))


@node("accounts.pass_on", keep="memory", memory=lambda sizes, counts, params: 0)
def pass_on(grid: Grid, *, value: float = 0.0) -> Grid:
    """As much again."""
    return Grid(grid.data + np.float32(value))


@node("accounts.work", memory=lambda sizes, counts, params: params["megabytes"] * MEGABYTE)
def work(*, megabytes: Annotated[int, Range(0)] = 0) -> float:
    """Take that much at work."""
    return float(megabytes)


def build(links: str = "", /, **nodes: Any) -> Graph:
    registry = Registry([make, pass_on, work])
    for spec in toy.registry():
        registry.add(spec.function)
    return toy.wire(registry, links, nodes)


def test_what_is_held_counts_against_the_budget() -> None:
    graph = build(w=("accounts.work", {"megabytes": 10}))
    made = plan(graph, Store(0), targets=["w"])
    ran = _Run(made, Store(0), 2, 16 * MEGABYTE, None, Control())
    (job,) = ran.jobs.values()
    ran.roster.live = 8 * MEGABYTE
    assert not ran._admit(job, alone=False)
    assert ran.busy == 0
    ran.roster.live = 4 * MEGABYTE
    assert ran._admit(job, alone=False)
    assert ran.busy == pytest.approx(10 * MEGABYTE, abs=10_000)
    assert not ran._admit(job, alone=False)  # what is at work counts as well
    assert ran._admit(job, alone=True)  # but one alone always may


@pytest.mark.parametrize("workers", [1, 3])
def test_all_that_was_held_and_reserved_is_given_back(workers: int) -> None:
    graph = build(
        "m.grid -> p.grid; p.grid -> q.grid; q.grid -> b.grid; f.any -> x.value",
        m="accounts.make",
        p="accounts.pass_on",
        q=("accounts.pass_on", {"value": 2.0}),
        b="toy.measure",
        f="toy.fail",
        x="toy.anything",
    )
    store = Store(0)
    ran = _Run(plan(graph, store, targets=["b", "x"]), store, workers, 1 << 30, None, Control())
    held: list[int] = []
    settle = ran.workers._settle

    def watched(job: Any, outcome: Any) -> None:
        settle(job, outcome)
        held.append(ran.roster.live)

    ran.workers._settle = watched
    result = ran.go()
    assert result.value("b") == 2.0
    assert max(held) >= 4 * MEGABYTE
    assert ran.busy == 0
    assert ran.roster.live <= 4096  # no more than the number that was asked for


def test_sizes_of_inputs_are_measured() -> None:
    graph = build("m.grid -> p.grid; p.grid -> b.grid", m="accounts.make", p="accounts.pass_on",
                  b="toy.measure")  # fmt: skip
    store = Store(1 << 30)
    run(plan(graph, store, targets=["b"]), store)
    seconds, made = store.estimate("accounts.pass_on", 8 * MEGABYTE)
    assert seconds is not None
    assert made == pytest.approx(8 * MEGABYTE, rel=0.01)  # it gives as much as it takes
