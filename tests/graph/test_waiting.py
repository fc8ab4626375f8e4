"""Frames that wait until all others are made: within the budget of the run, or said before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph import run as run_module
from graph import store as store_module
from graph.disk import Disk
from graph.events import Event
from graph.keeping import WAITING_SHARE
from graph.model import Graph
from graph.plan import plan
from graph.run import run
from graph.store import Store
from tests.graph import toy_lazy as lazy
from tests.graph import toy_nodes as toy
from tests.graph.test_estimate import GB, cost, teach

BYTES = 4000  # of one frame
COUNT = 30
BUDGET = 10 * BYTES


@pytest.fixture(autouse=True)
def _nothing_noted() -> Iterator[None]:
    lazy.reset()
    yield
    lazy.reset()


def night(type: str) -> Graph:
    """Frames of a type, none equal to another, and what collects them."""
    return lazy.build(
        "n.number -> f.a; f.grid -> s.grids",
        n=("toy.numbers", {"value": [float(i) for i in range(COUNT)]}),
        f=type,
        s="toy.sum_grids",
    )


def frames_on_disk(store: Store, type: str) -> int:
    assert store.disk
    return [row["type"] for row in store.disk.entries()].count(type)


READER = "toy.in_memory"  # kept in memory only, as readers are
MAKER = "toy.make_grid"  # kept as it is worth


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize(
    ("type", "options"), [(READER, {}), (READER, {"force": True}), (MAKER, {"force": True})]
)
def test_frames_that_wait_for_a_collector_go_to_disk(
    tmp_path: Path, rosters: Any, type: str, options: dict[str, bool], workers: int
) -> None:
    """Whatever their policy: readers and forced runs keep nothing otherwise."""
    store = Store(0, Disk(tmp_path / "s"))
    options = {"workers": workers, "memory": BUDGET, **options}
    result = toy.execute(night(type), store, "s", **options)
    assert result.value("s").data[0] == sum(range(COUNT))
    (roster,) = rosters
    assert 0 < roster.peak <= BUDGET * WAITING_SHARE + workers * 1.1 * BYTES
    assert frames_on_disk(store, type) >= COUNT - 2 - workers
    assert roster.leftovers() == []


def test_frames_that_are_large_and_quickly_made_go_to_disk_as_well(
    tmp_path: Path, rosters: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although one alone would not be worth writing."""
    monkeypatch.setattr(run_module, "ALWAYS_KEPT_BYTES", 100)
    monkeypatch.setattr(store_module, "WRITE_BYTES_PER_SECOND", 1e-3)
    store = Store(0, Disk(tmp_path / "s"))
    toy.execute(night(MAKER), store, "s", workers=1, memory=BUDGET)
    assert rosters[0].peak <= BUDGET * WAITING_SHARE + 1.1 * BYTES
    assert COUNT > frames_on_disk(store, MAKER) >= COUNT - 3  # the first ones find room


@pytest.mark.parametrize("type", [READER, MAKER])
def test_frames_that_are_wanted_go_to_disk(tmp_path: Path, rosters: Any, type: str) -> None:
    store = Store(0, Disk(tmp_path / "s"))
    result = toy.execute(night(type), store, "f", workers=1, memory=BUDGET)
    assert [grid.data[0] for grid in result.value("f")] == list(range(COUNT))
    assert rosters[0].peak <= BUDGET * WAITING_SHARE + 1.1 * BYTES


def test_frames_that_fit_are_not_written(tmp_path: Path, rosters: Any) -> None:
    store = Store(0, Disk(tmp_path / "s"))
    toy.execute(night(READER), store, "s", memory=100 * COUNT * BYTES)
    assert frames_on_disk(store, READER) == 0
    assert rosters[0].peak >= COUNT * BYTES


def test_frames_that_go_on_one_by_one_are_not_written(tmp_path: Path, rosters: Any) -> None:
    store = Store(0, Disk(tmp_path / "s"))
    graph = lazy.build(
        "n.number -> f.a; f.grid -> m.grid; m.number -> t.items",
        n=("toy.numbers", {"value": [float(i) for i in range(COUNT)]}),
        f=READER,
        m="toy.measure",
        t="toy.total",
    )
    toy.execute(graph, store, "t", workers=1, memory=BYTES)
    assert frames_on_disk(store, READER) == 0
    assert rosters[0].peak < 2 * BYTES


def test_frames_set_to_never_are_not_written(tmp_path: Path, rosters: Any) -> None:
    """They are held beyond the budget; the estimate said so."""
    store = Store(0, Disk(tmp_path / "s"))
    graph = night(MAKER)
    graph.set_keep("f", "never")
    assert toy.execute(graph, store, "s", memory=BUDGET).status == "ok"
    assert frames_on_disk(store, MAKER) == 0
    assert rosters[0].peak >= COUNT * BYTES


# --- said before ----------------------------------------------------------------------------------


def test_estimate_says_what_waits_without_a_disk(store: Store) -> None:
    teach(store, MAKER, 1.0, 32, GB)
    told = cost(night(MAKER), store, "s", workers=2, memory=4 * GB)
    assert told.memory >= COUNT * GB
    assert any(
        s.startswith(
            "frames of f and others wait in memory until all are made, about 30 GB, "
            "26 GB more than the 4 GB that this run may use; run with a store on a disk"
        )
        for s in told.shortfalls
    )
    told = cost(night(MAKER), store, "s", workers=2, memory=100 * GB)
    assert told.shortfalls == []


def test_estimate_says_what_waits_since_it_is_never_kept(tmp_path: Path) -> None:
    store = Store(0, Disk(tmp_path / "s", 1000 * GB))
    teach(store, MAKER, 1.0, 32, GB)
    graph = night(MAKER)
    assert cost(graph, store, "s", memory=10 * GB).shortfalls == []
    graph.set_keep("f", "never")
    told = cost(graph, store, "s", memory=10 * GB)
    assert told.memory >= COUNT * GB
    assert told.nodes["f"].disk == 0
    (sentence,) = told.shortfalls
    assert sentence.startswith("frames of f and others wait in memory")
    assert "do not keep them never" in sentence


def test_estimate_counts_what_goes_to_disk_for_want_of_memory(tmp_path: Path) -> None:
    store = Store(0, Disk(tmp_path / "s", 1000 * GB))
    teach(store, READER, 1.0, 32, GB)
    assert cost(night(READER), store, "s", memory=1000 * GB).nodes["f"].disk == 0
    room = int(40 * GB * WAITING_SHARE)
    told = cost(night(READER), store, "s", memory=40 * GB)
    assert told.nodes["f"].disk == COUNT * GB - room
    assert not any("wait in memory" in sentence for sentence in told.shortfalls)


# --- what only memory has -------------------------------------------------------------------------


def test_stored_frames_that_only_memory_has_are_counted(rosters: Any) -> None:
    store = Store(1 << 30)
    graph = night(MAKER)
    toy.execute(graph, store, "f")
    result = toy.execute(graph, store, "s", memory=BUDGET)
    assert result.states["f"] == "cached"
    assert toy.calls["make_grid"] == COUNT
    assert rosters[-1].peak >= COUNT * BYTES
    assert rosters[-1].leftovers() == []


def test_result_found_by_content_is_held_for_who_reads_it(tmp_path: Path, rosters: Any) -> None:
    """Only memory has it, and lets it go at once."""
    store = Store(1 << 30, Disk(tmp_path / "s"))
    graph = lazy.build(
        "n.number -> o.a; o.number -> m.a; m.grid -> k.grid",
        n=("toy.number", {"value": 1.0}),
        o=("toy.one", {"plus": 1.0}),
        m=READER,
        k="toy.measure",
    )
    toy.execute(graph, store, "m")
    graph.set("n", "value", 0.0)
    graph.set("o", "plus", 2.0)
    told: list[Event] = []

    def post(event: Event) -> None:
        told.append(event)
        if (event.kind, event.node) == ("cached", "m"):
            store.free()

    result = toy.execute(graph, store, "k", post=post)
    assert (result.status, result.value("k")) == ("ok", 2.0)
    assert result.states["m"] == "cached"
    assert [event for event in told if event.kind == "warning"] == []
    assert toy.calls["in_memory"] == 1
    assert rosters[-1].leftovers() == []


def test_wanted_result_that_memory_lost_since_the_plan_is_made_again() -> None:
    store = Store(1 << 30)
    graph = toy.chain(3)
    toy.execute(graph, store, "n3", "n1")
    made = plan(graph, store, targets=["n3", "n1"])
    store.free()  # another run is short of memory
    toy.reset()
    events: list[Event] = []
    result = run(made, store, post=events.append)
    assert (result.value("n3"), result.value("n1")) == (3.0, 1.0)
    assert [e.node for e in events if e.kind == "finished"] == ["n0", "n1", "n2", "n3"]
    assert toy.calls["one"] == 3
