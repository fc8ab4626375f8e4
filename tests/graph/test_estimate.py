"""What a run will cost, said before it starts."""

from __future__ import annotations

import os
import re
import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from graph.disk import Disk
from graph.entry import Entry
from graph.estimate import Estimate, estimate
from graph.model import Graph
from graph.plan import plan
from graph.run import run
from graph.store import Store
from tests.graph import toy_lazy as lazy
from tests.graph import toy_nodes as toy

GB = 10**9


def teach(store: Store, type: str, seconds: float, taken: int, made: int) -> None:
    """Let a store know one earlier run of a node type."""
    name = f"{type} {taken}"
    store.put(Entry(name, name, type, 1, "{}", "[]", {}, seconds, made), {}, "auto", taken)


def cost(
    graph: Graph, store: Store, *targets: str, folder: Path | None = None, **machine: Any
) -> Estimate:
    made = plan(graph, store, targets=targets, folder=folder or ".")
    return estimate(made, store, **machine)


def chain(length: int = 3) -> Graph:
    """Two branches from numbers: one of ``length`` nodes, one of a single node."""
    graph = lazy.build("a.number -> b.a", a="toy.number", b=("lazy.passing", {"name": "b"}))
    graph.add("n0", "toy.number", value=1.0)
    for place in range(length):
        graph.add(f"n{place + 1}", "toy.one", plus=float(place))
        graph.link(f"n{place}", "number", f"n{place + 1}", "a")
    return graph


def test_nothing_is_known_before_the_first_run(store: Store) -> None:
    made = cost(chain(), store, "n3", "b")
    assert made.seconds is None
    assert {node.seconds for node in made.nodes.values()} == {None}
    assert made.memory > 0
    assert made.disk == 0  # no disk, nothing kept there
    assert made.shortfalls == []


def test_seconds_by_earlier_runs_of_the_type(store: Store) -> None:
    teach(store, "toy.one", 10.0, 32, 32)
    teach(store, "lazy.passing", 4.0, 32, 32)
    made = cost(chain(), store, "n3", "b", workers=4)
    assert made.nodes["n2"].seconds == pytest.approx(10.0)
    assert made.nodes["a"].seconds is None  # that type never ran
    assert made.seconds == pytest.approx(30.0)  # the longest way
    assert cost(chain(), store, "n3", "b", workers=1).seconds == pytest.approx(34.0)
    assert cost(chain(), store, "b", workers=1).seconds == pytest.approx(4.0)


def test_what_is_stored_costs_nothing(store: Store) -> None:
    graph = chain()
    toy.execute(graph, store, "n3", "b")
    made = cost(graph, store, "n3", "b")
    assert (made.disk, made.memory, made.shortfalls) == (0, 0, [])
    assert made.seconds in (None, 0.0)
    teach(store, "toy.one", 10.0, 32, 32)
    graph.set("n3", "plus", 99.0)
    made = cost(graph, store, "n3", "b", workers=1)
    assert made.seconds == made.nodes["n3"].seconds
    assert made.nodes["n2"].seconds is None  # it does not run


@pytest.mark.parametrize("size", [100_000, 10_000_000])
def test_seconds_and_bytes_are_scaled_by_size(store: Store, size: int) -> None:
    """A type that took 2 s for 4 MB and gave as much takes ten times that for ten times as much."""
    teach(store, "lazy.brighten", 2.0, 4_000_000, 4_000_000)
    teach(store, "lazy.frame", 0.5, 32, 4 * size)
    graph = lazy.build("n.number -> f.a; f.frame -> b.frame", n="toy.number", b="lazy.brighten",
                       f=("lazy.frame", {"size": size}))  # fmt: skip
    made = cost(graph, store, "b")
    assert made.nodes["b"].seconds == pytest.approx(2.0 * size / 1_000_000, rel=0.01)
    # its input, what it makes, and as much at work
    assert made.nodes["b"].memory == pytest.approx(3 * 4 * size, rel=0.01)


def test_small_inputs_cost_no_less_and_no_more_for_their_size(store: Store) -> None:
    """What took a second for a number takes about that for a thousand numbers, too."""
    teach(store, "lazy.brighten", 1.0, 32, 32)
    graph = lazy.build("n.number -> f.a; f.frame -> b.frame", n="toy.number", b="lazy.brighten",
                       f=("lazy.frame", {"size": 1000}))  # fmt: skip
    teach(store, "lazy.frame", 0.5, 32, 4000)
    seconds = cost(graph, store, "b").nodes["b"].seconds
    assert seconds is not None
    assert 0.5 <= seconds <= 2.0


def test_mapped_node_counts_all_of_its_items(store: Store) -> None:
    teach(store, "toy.one", 2.0, 32, 32)
    graph = lazy.build(
        "n.number -> o.a; o.number -> t.items",
        n=("toy.numbers", {"value": [1.0, 2.0, 3.0, 4.0]}),
        o="toy.one",
        t="toy.total",
    )
    assert cost(graph, store, "t", workers=2).nodes["o"].seconds == pytest.approx(8.0)
    assert cost(graph, store, "t", workers=2).seconds == pytest.approx(4.0)
    toy.execute(graph, store, "t")
    graph.set("n", "value", [1.0, 2.0, 3.0, 9.0])
    known = store.estimate("toy.one", 32)[0]
    assert known is not None
    assert cost(graph, store, "t").nodes["o"].seconds == pytest.approx(known, rel=0.01)


def write(folder: Path, count: int, lines: int = 3) -> None:
    for place in range(count):
        path = folder / f"f{place}.txt"
        path.write_text("\n".join([*(f"K{i}=1" for i in range(lines - 1)), f"{place}"]))
        os.utime(path, (1e9, 1e9))


def test_bytes_of_frames_by_their_headers(store: Store, tmp_path: Path) -> None:
    """The toy header says a million bytes a line."""
    write(tmp_path, 3, lines=4)
    graph = lazy.build("l.number -> t.items", l=("lazy.load", {"files": "*.txt"}), t="toy.total")
    made = cost(graph, store, "t", folder=tmp_path, workers=1)
    assert made.nodes["l"].memory == 2 * 4_000_000  # the value, and as much at work
    assert made.nodes["t"].memory >= 3 * 4_000_000
    teach(store, "lazy.load", 1.0, 8_000_000, 32)  # a file twice as large took a second
    made = cost(graph, store, "t", folder=tmp_path, workers=1)
    assert made.nodes["l"].seconds == pytest.approx(1.5, rel=0.01)


def test_bytes_of_a_single_file_by_its_header(store: Store, tmp_path: Path) -> None:
    write(tmp_path, 1, lines=5)
    graph = lazy.build(l=("lazy.load_one", {"file": "f0.txt"}))
    made = cost(graph, store, "l", folder=tmp_path)
    assert made.nodes["l"].memory == 2 * 5_000_000


def test_declared_memory_is_taken(store: Store) -> None:
    graph = lazy.build("a.number -> h.a", a="toy.number", h=("lazy.hungry", {"size": 5 * GB}))
    made = cost(graph, store, "h", memory=100 * GB)
    assert made.nodes["h"].memory == pytest.approx(5 * GB, rel=0.001)
    assert made.memory == pytest.approx(made.nodes["h"].memory, rel=0.001)


def test_peak_counts_as_many_as_there_are_workers_within_the_budget(store: Store) -> None:
    graph = lazy.build(
        "n.number -> h.a",
        n=("toy.numbers", {"value": [float(i) for i in range(8)]}),
        h=("lazy.hungry", {"size": GB}),
    )
    for workers, expected in ((1, 1), (3, 3), (8, 5), (20, 5)):  # admission holds it to five
        made = cost(graph, store, "h", workers=workers, memory=5 * GB)
        assert made.memory == pytest.approx(expected * GB, rel=0.001)
        assert made.shortfalls == []


def test_shortfall_of_memory_names_node_amount_and_remedy(store: Store) -> None:
    graph = lazy.build(
        "a.number -> big.a; a.number -> small.a",
        a="toy.number",
        big=("lazy.hungry", {"size": 5 * GB}),
        small=("lazy.hungry", {"size": 3 * GB}),
    )
    made = cost(graph, store, "big", "small", memory=2 * GB)
    (sentence,) = made.shortfalls
    assert sentence.startswith("big needs about 5 GB of memory at once, 3 GB more than the 2 GB ")
    advice = re.search(r"--memory (\d+)G", sentence)
    assert advice
    assert cost(graph, store, "big", "small", memory=int(advice[1]) << 30).shortfalls == []
    assert made.memory == made.nodes["big"].memory  # it runs alone all the same


# --- disk -----------------------------------------------------------------------------------------


def frames(store: Store, size: int) -> Graph:
    """Four frames of so many bytes that took long, and their sum."""
    teach(store, "lazy.frame", 100.0, 32, size)
    teach(store, "lazy.add_up", 1.0, 4 * size, 32)
    return lazy.build(
        "n.number -> f.a; f.frame -> s.frames",
        n=("toy.numbers", {"value": [1.0, 2.0, 3.0, 4.0]}),
        f="lazy.frame",
        s="lazy.add_up",
    )


def test_disk_that_results_will_take(tmp_path: Path) -> None:
    store = Store(0, Disk(tmp_path / "s"))
    made = cost(frames(store, GB), store, "s", memory=100 * GB)
    assert made.nodes["f"].disk == 4 * GB
    assert made.disk == pytest.approx(4 * GB, rel=0.001)
    assert cost(frames(Store(0), GB), Store(0), "s").disk == 0


def test_disk_by_what_nodes_are_set_to(tmp_path: Path) -> None:
    store = Store(0, Disk(tmp_path / "s"))
    graph = frames(store, GB)
    graph.set_keep("f", "never")
    assert cost(graph, store, "s").nodes["f"].disk == 0
    teach(store, "toy.one", 0.0, 32, 2 * GB)  # large and quickly made
    cheap = lazy.build("a.number -> o.a", a="toy.number", o="toy.one")
    assert cost(cheap, store, "o").nodes["o"].disk == 0
    cheap.set_keep("o", "keep")
    assert cost(cheap, store, "o").nodes["o"].disk == 2 * GB


def test_estimate_of_disk_is_what_is_kept(tmp_path: Path) -> None:
    store = Store(0, Disk(tmp_path / "s"))
    graph = lazy.build(
        "n.number -> f.a; f.frame -> b.frame; b.frame -> s.frames",
        n=("toy.numbers", {"value": [1.0, 2.0, 3.0]}),
        f=("lazy.frame", {"size": 1000}),
        b="lazy.brighten",
        s="lazy.add_up",
    )
    toy.execute(graph, store, "s")
    graph.set("n", "value", [11.0, 12.0, 13.0, 14.0])
    made = plan(graph, store, targets=["s"])
    told = estimate(made, store)
    result = run(made, store)
    for id, row in result.statistics().items():
        assert told.nodes[id].disk == pytest.approx(row["bytes"], rel=0.01, abs=32)


Usage = namedtuple("Usage", "total used free")


def test_shortfall_of_disk_names_folder_amount_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(0, Disk(tmp_path / "s"))
    graph = frames(store, GB)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(9 * GB, 8 * GB, GB))
    (sentence,) = cost(graph, store, "s", memory=100 * GB).shortfalls
    assert sentence.startswith("results take about 4 GB on the disk of the store")
    assert "3 GB more than is free" in sentence
    assert str(tmp_path / "s") in sentence
    assert "--store" in sentence


def test_shortfall_of_the_limit_of_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(0, Disk(tmp_path / "s", GB))
    graph = frames(store, GB)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(99 * GB, 0, 99 * GB))
    (sentence,) = cost(graph, store, "s", memory=100 * GB).shortfalls
    assert "3 GB more than the limit of the store" in sentence
    advice = re.search(r"linearlink store limit (\d+)G", sentence)
    assert advice
    assert int(advice[1]) << 30 > 4 * GB


def test_store_whose_folder_is_gone_stops_no_estimate(tmp_path: Path) -> None:
    store = Store(0, Disk(tmp_path / "s"))
    graph = frames(store, GB)
    made = plan(graph, store, targets=["s"])
    shutil.rmtree(tmp_path / "s")
    assert estimate(made, store, memory=100 * GB).nodes["f"].seconds is not None


# --- everything that a plan may hold --------------------------------------------------------------


def test_estimate_of_mistakes_resting_and_conditional_nodes(store: Store, tmp_path: Path) -> None:
    graph = lazy.build(
        """c.number -> p.a; p.switch -> x.condition; c.number -> yes.a; yes.number -> x.yes
        m.number -> y.a""",
        c="toy.number",
        p="lazy.positive",
        yes="toy.one",
        x="lazy.choose",
        m="toy.number",
        y="toy.one",
        wrong="toy.add",
        missing=("toy.read", {"file": "nowhere.txt"}),
        empty=("toy.numbers", {"value": []}),
        v="toy.view",
        g="toy.grid",
    )
    graph.link("g", "grid", "v", "grid")
    graph.set_mode("m", "mute")
    teach(store, "toy.one", 5.0, 32, 32)
    made = cost(graph, store, "x", "y", "wrong", "missing", "empty", "v", folder=tmp_path)
    assert "wrong" not in made.nodes
    assert "m" not in made.nodes
    assert made.nodes["yes"].seconds == pytest.approx(5.0)
    assert made.nodes["v:mean"].memory > 0


def test_equal_work_counts_once(store: Store) -> None:
    teach(store, "toy.one", 3.0, 32, 32)
    graph = lazy.build("a.number -> o.a; a.number -> p.a", a="toy.number", o="toy.one", p="toy.one")
    made = cost(graph, store, "o", "p", workers=1)
    assert made.seconds == pytest.approx(3.0)
