"""Memory of a run: few frames alive at once (M07), and tasks admitted as they fit."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph import keeping
from graph.disk import Disk
from graph.events import Event
from graph.model import Graph
from graph.store import Store
from tests.graph import toy_lazy as lazy
from tests.graph import toy_nodes as toy

BYTES = 4000  # of one frame


@pytest.fixture(autouse=True)
def _nothing_noted() -> Iterator[None]:
    gc.collect()
    lazy.reset()
    yield
    for gate in toy.gates.values():
        gate.set()
    lazy.reset()


def night(count: int) -> Graph:
    """A chain of three over so many frames, and one collector."""
    return lazy.build(
        "n.number -> f.a; f.frame -> b.frame; b.frame -> c.frame; c.frame -> s.frames",
        n=("toy.numbers", {"value": [float(i) for i in range(count)]}),
        f=("lazy.frame", {"size": BYTES // 4}),
        b=("lazy.brighten", {"by": 0.25}),  # no two frames are ever equal
        c=("lazy.brighten", {"by": 1024.5}),
        s="lazy.add_up",
    )


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("passed", [1 << 30, 0])
def test_m07_few_frames_are_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int, passed: int
) -> None:
    """Whether frames between two nodes of a chain go to disk, or are dropped once read."""
    monkeypatch.setattr(keeping, "PASSED_BYTES", passed)
    monkeypatch.setattr(keeping, "DEAR_SECONDS_PER_BYTE", 1.0)
    store = Store(BYTES, Disk(tmp_path / "s"))
    result = toy.execute(night(40), store, "s", workers=workers)
    assert result.value("s") == sum(range(40)) + 40 * 1024.75
    held = store.held_bytes // BYTES
    # one that is read and one that is made by each worker at most
    assert lazy.most["alive"] <= 2 * workers + 2 + held
    assert store.disk
    assert sum(1 for _ in store.disk.entries()) == (4 * 40 + 1 if passed else 40 + 1)


def test_m07_one_frame_goes_its_whole_way_before_the_next(tmp_path: Path) -> None:
    store = Store(0, Disk(tmp_path / "s"))
    toy.execute(night(5), store, "s", workers=1)
    kinds = [name for name in toy.began if name.startswith(("frame", "brighten"))]
    assert kinds == [k for i in range(5) for k in (f"frame {i}", "brighten", "brighten")]
    assert lazy.most["alive"] <= 2  # what is read and what is made


def test_m07_as_many_alive_however_long_the_list(tmp_path: Path) -> None:
    most = []
    for count in (10, 40):
        lazy.reset()
        store = Store(0, Disk(tmp_path / f"{count}"))
        toy.execute(night(count), store, "s", workers=2)
        gc.collect()
        most.append(lazy.most["alive"])
    assert max(most) <= 2 * 2 + 2


def test_m07_nothing_stays_alive_after_the_run(tmp_path: Path) -> None:
    result = toy.execute(night(10), Store(0, Disk(tmp_path / "s")), "s", workers=2)
    assert result.value("s") == 45 + 10 * 1024.75
    gc.collect()
    assert len(lazy.alive) == 0


# --- admission ------------------------------------------------------------------------------------

BUDGET = 1 << 20


def hungry(sizes: dict[str, int], **small: Any) -> Graph:
    """Nodes that declare what they need, all ready at once."""
    graph = lazy.build("a.number -> z.a", a="toy.number", z="toy.one")
    for place, (name, size) in enumerate(sizes.items()):
        graph.add(name, "lazy.hungry", size=size, name=name)
        graph.add(f"n{place}", "toy.number", value=float(place))
        graph.link(f"n{place}", "number", name, "a")
    return graph


@pytest.mark.parametrize("workers", [2, 8])
def test_two_that_do_not_fit_together_never_overlap(store: Store, workers: int) -> None:
    sizes = {f"big{i}": int(0.6 * BUDGET) for i in range(6)}
    result = toy.execute(hungry(sizes), store, *sizes, workers=workers, memory=BUDGET)
    assert result.executed.count("big0") == 1
    assert len(result.executed) == 12
    assert lazy.most["hungry"] == 1


def test_three_that_fit_overlap_and_a_fourth_waits(store: Store) -> None:
    sizes = {f"big{i}": int(0.3 * BUDGET) for i in range(4)}
    for name in sizes:
        toy.gates[name] = threading.Event()

    def post(event: Event) -> None:
        if event.kind == "started" and event.node.startswith("big"):
            started.append(event.node)
            if len(started) == 3:
                for gate in toy.gates.values():
                    gate.set()

    started: list[str] = []
    result = toy.execute(hungry(sizes), store, *sizes, workers=8, memory=BUDGET, post=post)
    assert result.status == "ok"
    assert lazy.most["hungry"] == 3


def test_small_ones_go_on_beside_a_big_one(store: Store) -> None:
    sizes = {"big0": int(0.9 * BUDGET), "big1": int(0.9 * BUDGET), "s0": 10, "s1": 10, "s2": 10}
    toy.gates["big0"] = toy.gates["big1"] = threading.Event()
    done: list[str] = []

    def post(event: Event) -> None:
        if event.kind == "finished":
            done.append(event.node)
            if {"s0", "s1", "s2"} <= set(done):  # while a big one is at work
                toy.gates["big0"].set()

    result = toy.execute(hungry(sizes), store, *sizes, workers=3, memory=BUDGET, post=post)
    assert result.status == "ok"
    assert lazy.most["big0"] == lazy.most["big1"] == 1
    last_small = max(done.index(name) for name in ("s0", "s1", "s2"))
    assert last_small < min(done.index("big0"), done.index("big1"))


def test_one_larger_than_the_budget_runs_alone(store: Store) -> None:
    sizes = {"s0": 10, "huge": 9 * BUDGET, "s1": 10, "s2": 10}
    result = toy.execute(hungry(sizes), store, *sizes, workers=4, memory=BUDGET)
    assert result.status == "ok"
    overlapped = []
    assert toy.calls["huge"] == 1
    lazy.reset()
    toy.gates["huge"] = threading.Event()

    def post(event: Event) -> None:
        if event.kind == "started" and event.node == "huge":
            overlapped.append(sum(lazy.working.values()))
            threading.Timer(0.05, toy.gates["huge"].set).start()
        elif event.kind == "started" and not toy.gates["huge"].is_set() and overlapped:
            overlapped.append(event.node)

    other = Store(1 << 20)
    toy.execute(hungry(sizes), other, *sizes, workers=4, memory=BUDGET, post=post)
    assert overlapped == [0]


def test_big_one_does_not_starve(store: Store) -> None:
    """It becomes ready while small ones are at work, of which some are at any moment."""
    toy.gates["start"] = threading.Event()
    graph = lazy.build(
        "l.number -> m.a; g.number -> big.a",
        l=("toy.numbers", {"value": [float(i) for i in range(100)]}),
        m=("lazy.hungry", {"size": int(0.1 * BUDGET), "name": "small", "pause": 0.003}),
        g=("toy.gate", {"name": "start"}),
        big=("lazy.hungry", {"size": int(0.95 * BUDGET), "name": "big"}),
    )
    for place, source in enumerate(("big", "after0", "after1")):  # it is urgent
        graph.add(f"after{place}", "toy.one")
        graph.link(source, "number", f"after{place}", "a")
    ended: list[str] = []

    def post(event: Event) -> None:
        if event.kind == "finished" and event.node in ("big", "m"):
            ended.append(event.node)
            if len(ended) == 5:
                toy.gates["start"].set()

    toy.execute(graph, store, "m", "after2", workers=4, memory=BUDGET, post=post)
    assert len(ended) == 101
    assert ended.index("big") < 60


def test_values_held_for_the_run_count(tmp_path: Path) -> None:
    """Frames that only memory has leave less room for what is at work."""
    graph = night(20)
    for id in "fbc":
        graph.set_keep(id, "never")
    result = toy.execute(graph, Store(0), "s", workers=4, memory=8 * BYTES)
    assert result.value("s") == 190 + 20 * 1024.75  # it cannot fit, and ends all the same


def test_store_gives_way_to_what_is_at_work(store: Store) -> None:
    toy.execute(night(50), store, "s", workers=1)
    assert store.held_bytes > 100 * BYTES
    graph = hungry({"big": BUDGET - 20 * BYTES})
    toy.execute(graph, store, "big", memory=BUDGET)
    assert store.held_bytes <= 20 * BYTES


def test_declaration_that_needs_a_parameter_fed_by_a_link(store: Store) -> None:
    """Its value is known only while the graph runs; the node still does."""
    graph = lazy.build(
        "a.number -> h.a; w.integer -> h.size",
        a="toy.number",
        w=("toy.whole", {"value": 1000}),
        h="lazy.hungry",
    )
    result = toy.execute(graph, store, "h", memory=BUDGET)
    assert (result.status, result.value("h")) == ("ok", 1.0)


@pytest.mark.parametrize("workers", [1, 4])
def test_no_memory_at_all_still_ends(store: Store, workers: int) -> None:
    result = toy.execute(night(5), store, "s", workers=workers, memory=0)
    assert result.value("s") == 10 + 5 * 1024.75
