"""Every re-run is explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.disk import Disk
from graph.model import Graph
from graph.plan import plan
from graph.store import Store
from tests.graph import toy_lazy as lazy
from tests.graph import toy_nodes as toy
from tests.graph.test_keys import versioned


def reasons(graph: Graph, store: Store, *targets: str, folder: Path | str = ".") -> dict[str, str]:
    """Why each node that would run does."""
    made = plan(graph, store, targets=targets, folder=folder)
    return {id: made.nodes[id].reason for id in made.ids("run")}


@pytest.fixture(params=["memory", "disk"])
def again(request: pytest.FixtureRequest, tmp_path: Path) -> object:
    """Gives the store of the next start: the same one, or a new one on the same disk."""
    kept = Store(1 << 30)
    if request.param == "memory":
        return lambda: kept
    return lambda: Store(1 << 30, Disk(tmp_path / "store"))


def test_new(store: Store) -> None:
    assert reasons(toy.diamond(), store, "d") == dict.fromkeys("abcd", "new")


def test_parameters_and_inputs(again: object) -> None:
    graph = toy.diamond()
    toy.execute(graph, again(), "d")  # type: ignore[operator]
    graph.set("b", "plus", 2)
    graph.set("d", "scale", 3.0)
    assert reasons(graph, again(), "d") == {  # type: ignore[operator]
        "b": "parameter plus changed 1.0 → 2.0",
        "d": "parameter scale changed 1.0 → 3.0; input a changed",
    }


def test_lists_as_parameters(again: object) -> None:
    graph = toy.build(n=("toy.numbers", {"value": [1.0, 2.0]}),
                      c=("toy.clock", {"values": [1.0, 2.0]}))  # fmt: skip
    toy.execute(graph, again(), "n", "c")  # type: ignore[operator]
    assert reasons(graph, again(), "n", "c") == {"c": "not repeatable"}  # type: ignore[operator]
    graph.set("n", "value", [1.0, 2.0, 5.0])
    assert reasons(graph, again(), "n") == {  # type: ignore[operator]
        "n": "parameter value changed [1.0, 2.0] → [1.0, 2.0, 5.0]; 1 of 3 items"
    }


def test_links(store: Store) -> None:
    graph = toy.diamond()
    graph.add("o", "toy.order")
    graph.link("d", "number", "o", "items")
    toy.execute(graph, store, "o")
    graph.unlink("d", "b")
    graph.link("a", "number", "d", "b")
    graph.link("a", "number", "o", "factor")
    why = reasons(graph, store, "o")
    assert why["d"] == "input b is now a.number"
    assert set(why["o"].split("; ")) == {"input factor connected", "input items changed"}
    toy.execute(graph, store, "o")
    graph.unlink("o", "factor")
    graph.set("d", "scale", 5.0)
    assert "input factor disconnected" in reasons(graph, store, "o")["o"]


def test_version(store: Store) -> None:
    toy.execute(toy.diamond(), store, "d")
    newer = Graph(versioned(4))
    newer.load(toy.diamond().nodes, toy.diamond().links.items())
    assert reasons(newer, store, "d")["b"] == "version 1 → 4"


def test_type(store: Store) -> None:
    toy.execute(toy.diamond(), store, "d")
    graph = toy.diamond()
    graph.replace_type("d", "toy.subtract")
    assert reasons(graph, store, "d") == {"d": "type toy.add → toy.subtract"}


def test_files(store: Store, tmp_path: Path) -> None:
    for name in ("a_1", "a_2"):
        (tmp_path / f"{name}.txt").write_text(name[-1])
    graph = toy.build(
        "r.number -> t.items", r=("toy.read_each", {"files": "a_*.txt"}), t="toy.total"
    )
    toy.execute(graph, store, "t", folder=tmp_path)
    (tmp_path / "a_1.txt").rename(tmp_path / "a_3.txt")
    assert reasons(graph, store, "t", folder=tmp_path) == {"t": "input items changed"}
    (tmp_path / "a_4.txt").write_text("4")
    (tmp_path / "a_2.txt").unlink()
    why = reasons(graph, store, "t", folder=tmp_path)["r"]
    assert "file a_4.txt added" in why
    assert "file a_2.txt removed" in why


def test_evicted(tmp_path: Path) -> None:
    store = Store(1 << 30)
    toy.execute(toy.chain(2), store, "n2")
    store.free()
    assert reasons(toy.chain(2), store, "n2") == dict.fromkeys(("n0", "n1", "n2"), "evicted")


def test_failed_and_cancelled(store: Store) -> None:
    graph = toy.build("a.number -> f.a; f.any -> s.value", a="toy.number", f="toy.fail",
                      s="toy.sink")  # fmt: skip
    toy.execute(graph, store)
    assert reasons(graph, store, "s") == {"f": "failed last time", "s": "new"}
    graph.set("f", "message", "other")
    assert reasons(graph, store, "f") == {"f": "parameter message changed 'it broke' → 'other'"}


def test_requested(store: Store) -> None:
    toy.execute(toy.chain(1), store, "n1")
    made = plan(toy.chain(1), store, targets=["n1"], force=True)
    assert {id: node.reason for id, node in made.nodes.items()} == {
        "n0": "requested",
        "n1": "requested",
    }


def test_scopes_do_not_mix(store: Store) -> None:
    graph = toy.chain(1)
    toy.execute(graph, store, "n1", scope="one")
    graph.set("n1", "plus", 2.0)
    assert plan(graph, store, targets=["n1"], scope="two").nodes["n1"].reason == "new"
    made = plan(graph, store, targets=["n1"], scope="one")
    assert made.nodes["n1"].reason == "parameter plus changed 1.0 → 2.0"


def test_items_that_failed_and_those_that_went_on(store: Store) -> None:
    graph = toy.build(
        "n.number -> f.a; f.any -> s.value",
        n=("toy.numbers", {"value": [1.0, 2.0, 3.0]}),
        f=("toy.fail", {"when": 2.0}),
        s="toy.sink",
    )
    result = toy.execute(graph, store)
    assert result.states == {"n": "executed", "f": "failed", "s": "blocked"}
    assert result.counts("s") == {"executed": 2, "blocked": 1}
    assert result.summary()["items"]["f"] == {"total": 3, "executed": 2, "failed": 1}
    assert reasons(graph, store, "s") == {
        "f": "failed last time; 1 of 3 items",
        "s": "1 of 3 items",
    }


@pytest.mark.parametrize("keep", ["memory", "disk"])
def test_frames_that_were_missing(keep: str, tmp_path: Path) -> None:
    """A collector that did without some, and what follows it; once whole they run no more."""
    store = Store(1 << 30, Disk(tmp_path / "store") if keep == "disk" else None)
    graph = lazy.build(
        "n.number -> f.a; f.number -> s.items; s.number -> o.a; f.number -> p.a",
        n=("toy.numbers", {"value": [1.0, 2.0, 3.0]}),
        f="lazy.broken",
        s="lazy.sum",
        o="toy.one",
        p="toy.one",
    )
    lazy.bad.add(2.0)
    try:
        assert toy.execute(graph, store, "o", "p").value("o") == 5.0
    finally:
        lazy.reset()
    assert reasons(graph, store, "o", "p") == {
        "f": "failed last time; 1 of 3 items",
        "s": "frames were missing last time",
        "o": "frames were missing last time",
        "p": "1 of 3 items",
    }
    assert toy.execute(graph, store, "o", "p").value("o") == 7.0
    assert reasons(graph, store, "o", "p") == {}
