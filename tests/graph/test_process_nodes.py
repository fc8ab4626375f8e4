"""Nodes in processes of their own, in a run: what the rest of the graph sees of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.control import Control
from graph.disk import Disk
from graph.events import Event
from graph.model import Graph
from graph.plan import plan
from graph.registry import Registry
from graph.run import run
from graph.store import Store
from graph.values import digest
from tests.graph import toy_nodes as toy
from tests.graph import toy_processes


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from (None for _ in toy_processes.own_roots(tmp_path, monkeypatch))


def build(links: str, /, **nodes: Any) -> Graph:
    registry = Registry(spec.function for spec in toy.registry())
    registry.add_module(toy_processes)
    return toy.wire(registry, links, nodes)


def test_e15_failure_in_a_worker_process_has_the_trace_of_the_node(store: Store) -> None:
    graph = build(
        "n.number -> f.value; f.number -> o.a; n.number -> other.a",
        n="toy.number",
        f=("toy.remote.fail", {"kind": "input"}),
        o="toy.one",
        other="toy.one",
    )
    result = run(plan(graph, store, targets=["o", "other"]), store)
    assert result.states == {"n": "executed", "f": "failed", "o": "blocked", "other": "executed"}
    (_, failure), = result.failures("f")  # fmt: skip
    assert "toy_processes.py" in failure.trace
    assert "in fail" in failure.trace
    assert failure.error != "RemoteError"
    assert failure.inputs == ("value: 0",)


def test_p06_array_of_the_store_travels_by_memory_map(tmp_path: Path) -> None:
    store = Store(0, Disk(tmp_path / "store"))  # nothing is held in memory
    graph = build(
        "n.number -> f.value; f.grid -> m.grid",
        n="toy.number",
        f=("toy.remote.fill", {"size": 3600}),
        m="toy.remote.mapped",
    )
    graph.set_keep("f", "keep")
    result = run(plan(graph, store, targets=["m"]), store)
    assert result.status == "ok"
    assert "npy" in result.value("m")  # it is a file of the store that the worker has mapped


def test_p09_worker_that_dies_is_an_error_at_its_node_and_the_rest_goes_on(store: Store) -> None:
    graph = build(
        "n.number -> d.value; n.number -> e.value; d.number -> after.a; e.any -> show.value",
        n=("toy.numbers", {"value": [1.0, 2.0, 3.0]}),
        d="toy.remote.die",
        e="toy.remote.echo",
        after="toy.one",
        show="toy.anything",
    )
    result = run(plan(graph, store, targets=["after", "show"]), store, workers=2)
    assert result.states["d"] == "failed"
    assert result.counts("d") == {"failed": 3}
    assert result.states["after"] == "blocked"
    assert result.counts("show") == {"executed": 3}
    for _, failure in result.failures("d"):
        assert failure.error == "WorkerDiedError"
        assert "9" in failure.message
    graph = build("n.number -> e.value", n="toy.number", e="toy.remote.echo")
    assert run(plan(graph, store, targets=["e"]), store).status == "ok"


def test_process_that_never_returns_is_ended_by_a_cancel(store: Store, tmp_path: Path) -> None:
    control = Control()
    begun = tmp_path / "begun"
    graph = build(
        "n.number -> d.value",
        n="toy.number",
        d=("toy.remote.deaf", {"path": str(begun)}),
    )

    def post(event: Event) -> None:
        if (event.kind, event.node) == ("started", "d"):
            threading.Thread(target=stop).start()

    def stop() -> None:
        while not begun.exists():
            time.sleep(0.01)
        control.cancel()

    result = run(plan(graph, store, targets=["d"]), store, post=post, control=control)
    assert result.states["d"] == "cancelled"


def test_p02_process_and_thread_give_identical_digests(store: Store) -> None:
    graph = build(
        "n.number -> g.a; g.grid -> far.frames; g.grid -> near.grids",
        n=("toy.numbers", {"value": [1.0, 2.5, -3.0]}),
        g="toy.make_grid",
        far="toy.remote.average",
        near="toy.sum_grids",
    )
    result = run(plan(graph, store, targets=["far", "near"]), store, workers=2)
    far, near = result.value("far"), result.value("near")
    assert digest(far) == digest(type(near)(near.data / near.data.dtype.type(3)))
    assert not far.data.flags.writeable


def test_result_of_a_process_is_stored_and_found(tmp_path: Path) -> None:
    graph = build("n.number -> f.value", n="toy.number", f=("toy.remote.fill", {"size": 1000}))
    first = run(
        plan(graph, Store(0, Disk(tmp_path / "store")), targets=["f"]),
        Store(0, Disk(tmp_path / "store")),
    )
    assert first.executed == ["n", "f"]
    later = Store(0, Disk(tmp_path / "store"))
    again = run(plan(graph, later, targets=["f"]), later)
    assert again.executed == []
    assert again.value("f").data.shape == (1000, 1000)
