"""The order of work (O), what a run tells and keeps, and results that are lost under it."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from graph.disk import Disk
from graph.errors import GraphError
from graph.events import Event
from graph.model import Graph
from graph.plan import plan
from graph.run import run
from graph.store import Store
from tests.graph import toy_nodes as toy
from tests.graph.toy_values import count_calls


def test_o01_diamond_source_first_join_last_each_once(store: Store) -> None:
    graph = toy.build(
        "a.number -> b.a; a.number -> c.a; b.number -> d.a; c.number -> d.b",
        a="toy.number",
        b="toy.one",
        c=("toy.one", {"plus": 3.0}),
        d="toy.add",
    )
    toy.execute(graph, store, "d", workers=3)
    assert toy.began[0] == "number"
    assert toy.began[1:3] == ["one", "one"]
    assert toy.began[3:] == ["add"]


def test_o03_source_of_two_writers_runs_once(store: Store, tmp_path: Path) -> None:
    graph = toy.build(
        "a.number -> w1.value; a.number -> w2.value",
        a=("toy.number", {"value": 3.0}),
        w1=("toy.write", {"file": "1.txt"}),
        w2=("toy.write", {"file": "2.txt"}),
    )
    toy.execute(graph, store, folder=tmp_path)
    assert toy.calls == {"number": 1, "write": 2}
    assert [(tmp_path / name).read_text() for name in ("1.txt", "2.txt")] == ["3", "3"]


PRINT_ORDER = """
from graph.plan import plan
from graph.run import run
from graph.store import Store
from tests.graph import toy_nodes as toy
graph = toy.build("n.number -> o.a; o.number -> t.items")
for place in range(12):
    graph.add(f"s{place}", "toy.sleep", name=str(place))
    for name, above in zip("abc", (place // 2, place // 3, 0)):
        if place and (f"s{place}", name) not in graph.links:
            graph.link(f"s{above}", "number", f"s{place}", name)
graph.add("n", "toy.numbers", value=[1.0, 2.0, 3.0])
graph.add("o", "toy.one")
graph.link("n", "number", "o", "a")
store = Store(0)
events = []
run(plan(graph, store, targets=list(graph.nodes)), store, workers=1, post=events.append)
print(toy.began, [(event.kind, event.node, event.item) for event in events])
"""


def test_o04_same_order_in_fresh_processes(fresh: Any) -> None:
    code = PRINT_ORDER.replace('"n.number -> o.a; o.number -> t.items"', "")
    printed = {fresh(code, seed=seed) for seed in (1, 2, 3)}
    assert len(printed) == 1
    assert printed.pop().count("'started'") == 18


def test_o05_viewer_before_a_long_branch(store: Store) -> None:
    graph = toy.chain(5)
    graph.add("v", "toy.view")
    graph.link("n0", "number", "v", "mean")
    toy.execute(graph, store, "n5", "v", workers=1)
    assert toy.began == ["number", "view", "one", "one", "one", "one", "one"]


def test_o05_what_a_viewer_needs_before_a_long_branch(store: Store) -> None:
    graph = toy.chain(5)
    graph.add("g", "toy.grid")
    graph.add("v", "toy.view")
    graph.link("g", "grid", "v", "grid")
    toy.execute(graph, store, "n5", "v", workers=1)
    assert toy.began[:3] == ["grid", "measure", "view"]


def test_o12_chain_of_ten_thousand_nodes(store: Store) -> None:
    graph = toy.chain(10_000)
    assert toy.execute(graph, store, "n10000", workers=2).value("n10000") == 10_000
    assert toy.calls == {"number": 1, "one": 10_000}


def fan(width: int) -> Graph:
    """One source, that many consumers, one collector."""
    return toy.build(
        "a.number -> p.a; n.number -> p.b; p.number -> t.items",
        a=("toy.number", {"value": 1.0}),
        n=("toy.numbers", {"value": list(range(width))}),
        p="toy.pair",
        t="toy.total",
    )


def test_o13_cost_of_a_wide_fan_is_linear() -> None:
    cost = {}
    for width in (500, 5_000):
        store, graph = Store(1 << 30), fan(width)
        cost[width] = count_calls(
            lambda store=store, graph=graph: toy.execute(graph, store, "t", workers=1)
        )
    assert cost[5_000] / 5_000 < 1.15 * cost[500] / 500


def test_o13_ten_thousand_consumers(store: Store) -> None:
    result = toy.execute(fan(10_000), store, "t", workers=2)
    assert result.value("t") == sum(10 + i for i in range(10_000))
    assert toy.calls["pair"] == 10_000


# --- targets and events ---------------------------------------------------------------------------


def test_targets_of_equal_key_and_named_twice(store: Store) -> None:
    graph = toy.build("a.number -> x.a; a.number -> y.a", a="toy.number", x="toy.one", y="toy.one")
    result = toy.execute(graph, store, "x", "y", "x")
    assert toy.calls == {"number": 1, "one": 1}
    assert (result.value("x"), result.value("y")) == (1.0, 1.0)


def test_events_tell_the_story(store: Store) -> None:
    graph = toy.build("a.number -> f.a; f.any -> x.value", a="toy.number", f="toy.fail",
                      x="toy.sink")  # fmt: skip
    events: list[Event] = []
    toy.execute(graph, store, post=events.append)
    assert [(event.kind, event.node) for event in events] == [
        ("queued", "a"), ("queued", "f"), ("queued", "x"), ("started", "a"), ("finished", "a"),
        ("started", "f"), ("failed", "f"), ("blocked", "x"),
    ]  # fmt: skip
    events.clear()
    toy.execute(graph, store, post=events.append)
    assert ("cached", "a") in [(event.kind, event.node) for event in events]


def test_reader_of_events_that_raises_stops_the_run(store: Store) -> None:
    graph = toy.build(n=("toy.numbers", {"value": list(range(100))}))
    heard = []

    def post(event: Event) -> None:
        heard.append(event)
        if event.kind == "finished":
            raise BrokenPipeError("nobody reads")

    for workers in (1, 4):
        heard.clear()
        with pytest.raises(BrokenPipeError):
            toy.execute(graph, store, "n", post=post, workers=workers)
        assert heard[-1].kind == "finished"
        assert 0 < toy.calls["numbers"] < 100
    assert toy.execute(graph, store, "n").status == "ok"


def test_store_that_breaks_does_not_hang_the_run() -> None:
    class Broken(Store):
        def put(self, *args: Any) -> bool:
            raise RuntimeError("a bug in the store")

    for workers in (1, 4):
        result = toy.execute(fan(20), Broken(1 << 30), "t", workers=workers)
        assert result.status == "failed"
        told = {failure.message for id in result.failed for _, failure in result.failures(id)}
        assert told == {"a bug in the store"}
        assert result.states["t"] == "blocked"


def test_memory_short_while_a_result_is_kept_costs_only_the_keeping() -> None:
    class Short(Store):
        def put(self, *args: Any) -> bool:
            raise MemoryError

    for workers in (1, 4):
        result = toy.execute(fan(20), Short(1 << 30), "t", workers=workers)
        assert result.status == "ok"
        assert result.value("t") == sum(10 + i for i in range(20))


def test_two_runs_at_once_on_one_store(store: Store) -> None:
    results: list[Any] = []

    def go() -> None:
        results.append(toy.execute(fan(200), store, "t", workers=2).value("t"))

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [sum(10 + i for i in range(200))] * 4


def test_events_of_work_that_is_shared(store: Store) -> None:
    graph = toy.build(
        "n.number -> o.a; n.number -> p.a",
        n=("toy.numbers", {"value": [2.0, 2.0, 3.0]}),
        o="toy.one",
        p="toy.one",
    )
    events: list[Event] = []
    toy.execute(graph, store, "o", "p", post=events.append)
    assert toy.calls == {"numbers": 2, "one": 2}
    done = sorted((e.node, e.item) for e in events if e.kind == "finished")
    assert done == [(id, (place,)) for id in "nop" for place in range(3)]


# --- results that are lost between plan and run, and under the run --------------------------------


def stored(folder: Path, graph: Graph, *targets: str) -> Store:
    """A store without memory whose disk holds the results of a graph."""
    store = Store(0, Disk(folder))
    toy.execute(graph, store, *targets)
    toy.reset()
    return store


def objects(store: Store, id: str, graph: Graph) -> list[Path]:
    """The folders of a node's stored values."""
    assert store.disk
    made = plan(graph, store, targets=[id])
    tasks = made.nodes[id].tasks
    tasks = tasks if isinstance(tasks, list) else [tasks]
    return [store.disk._objects.place(digest) for task in tasks for digest in task.entry.digests()]


def test_entries_removed_between_plan_and_run(tmp_path: Path) -> None:
    graph = toy.diamond()
    store = stored(tmp_path / "s", graph, "d")
    graph.set("d", "scale", 2.0)
    made = plan(graph, store, targets=["d"])
    assert made.ids("run") == ["d"]
    assert store.disk
    store.disk.clear()
    for workers in (1, 4):
        result = run(plan(graph, store, targets=["d"]), store, workers=workers)
        store.disk.clear()
    result = run(made, store)
    assert result.value("d") == 16.0
    assert result.executed == ["a", "b", "c", "d"]
    assert result.status == "ok"


def test_frames_lost_while_a_collector_reads_them(tmp_path: Path) -> None:
    graph = toy.build(
        "n.number -> g.a; g.grid -> s.grids; g.grid -> l.grids",
        n=("toy.numbers", {"value": [1.0, 2.0, 3.0, 4.0]}),
        g="toy.make_grid",
        s="toy.sum_grids",
        l="toy.lenient",
    )
    store = stored(tmp_path / "s", graph, "g")
    for place in objects(store, "g", graph)[1:3]:
        (place / "0.npy").write_bytes(b"damaged")
    messages: list[Event] = []
    result = toy.execute(graph, store, "s", "l", post=messages.append, workers=4)
    assert toy.calls["make_grid"] == 2
    assert result.value("s").data.tolist() == [10.0] * 1000
    assert result.value("l") == 4  # though this node swallows what it cannot read
    assert result.states == {"n": "cached", "g": "executed", "s": "executed", "l": "executed"}
    assert {event.item for event in messages if event.kind == "warning"} == {(1,), (2,)}
    assert plan(graph, store, targets=["s", "g"]).ids("run") == []


def test_damaged_source_that_cannot_be_made_again_blocks(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("4")
    graph = toy.build(
        "r.number -> g.a; g.grid -> d.grid; d.grid -> m.grid",
        r=("toy.read", {"file": str(tmp_path / "in.txt")}),
        g="toy.make_grid",
        d="toy.double",
        m="toy.measure",
    )
    store = stored(tmp_path / "s", graph, "d")
    graph.set("m", "plus", 1.0)
    made = plan(graph, store, targets=["m"])
    (tmp_path / "in.txt").unlink()
    assert store.disk
    shutil.rmtree(store.disk.root / "objects")
    result = run(made, store)
    assert result.states == {"r": "failed", "g": "blocked", "d": "blocked", "m": "blocked"}
    assert "in.txt" in result.failures("r")[0][1].message


def test_many_consumers_meet_one_damaged_result(tmp_path: Path) -> None:
    graph = toy.build(
        "a.number -> g.a; g.grid -> d.grid",
        a=("toy.number", {"value": 1.0}),
        g="toy.make_grid",
        d="toy.double",
    )
    for place in range(24):
        graph.add(f"m{place}", "toy.measure", plus=float(place))
        graph.link("d", "grid", f"m{place}", "grid")
    targets = [f"m{place}" for place in range(24)]
    for turn in range(5):
        store = stored(tmp_path / f"s{turn}", graph, "d")
        (damaged,) = objects(store, "d", graph)
        (damaged / "0.npy").write_bytes(b"?")
        result = toy.execute(graph, store, *targets, workers=8)
        assert [result.value(id) for id in targets] == [2.0 + i for i in range(24)]
        assert toy.calls["double"] == 1
        assert toy.calls["make_grid"] == 0


def test_value_that_only_memory_has_stays_for_those_who_need_it_later(tmp_path: Path) -> None:
    graph = toy.build(
        "a.number -> g.a; g.grid -> d.grid; d.grid -> m.grid; g.grid -> z.grid; m.number -> z.plus",
        a=("toy.number", {"value": 1.0}),
        g="toy.in_memory",
        d="toy.double",
        m="toy.measure",
        z="toy.measure",
    )
    store = stored(tmp_path / "s", graph, "d")
    (damaged,) = objects(store, "d", graph)
    (damaged / "0.npy").write_bytes(b"?")
    assert toy.execute(graph, store, "z").value("z") == 3.0
    assert toy.calls == {"in_memory": 1, "double": 1, "measure": 2}


def test_result_that_is_damaged_after_it_was_found_by_content(tmp_path: Path) -> None:
    graph = toy.build("g.grid -> c.grid; c.grid -> d.grid; d.grid -> m.grid",
                      g=("toy.grid", {"value": 0.5, "size": 50}), c="toy.clip", d="toy.double",
                      m="toy.measure")  # fmt: skip
    store = stored(tmp_path / "s", graph, "d")
    (damaged,) = objects(store, "d", graph)
    (damaged / "0.npy").write_bytes(b"?")
    graph.set("c", "limit", 3.0)
    result = toy.execute(graph, store, "m")
    assert result.value("m") == 1.0
    assert toy.calls == {"clip": 1, "double": 1, "measure": 1}
    assert result.states["d"] == "executed"


def test_not_repeatable_nodes_do_not_fill_the_store(tmp_path: Path) -> None:
    graph = toy.build(
        "c.number -> o.a; o.number -> h.a", c="toy.clock", o="toy.one", h="toy.halves"
    )
    store = stored(tmp_path / "s", graph, "h")
    assert store.disk
    before = len(store.disk.entries())
    for _ in range(5):
        toy.execute(graph, store, "h")
    assert len(store.disk.entries()) == before


def test_disk_that_loses_everything_at_once(tmp_path: Path) -> None:
    class Sieve(Disk):
        def put(self, *args: Any) -> bool:
            super().put(*args)
            shutil.rmtree(self.root / "objects")
            return True

    for workers in (1, 4):
        store = Store(0, Sieve(tmp_path / f"s{workers}"))
        result = toy.execute(fan(20), store, "t", "p", workers=workers)
        assert result.value("t") == sum(10 + i for i in range(20))
        assert result.status == "ok"


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_tiny_memory_changes_nothing(workers: int) -> None:
    store = Store(memory_limit=300)
    for _ in range(2):
        result = toy.execute(fan(50), store, "t", workers=workers)
        assert result.value("t") == sum(10 + i for i in range(50))
        assert store.held_bytes <= 300


def test_value_lost_after_the_run_is_an_error_and_then_computed_again(tmp_path: Path) -> None:
    graph = toy.chain(2)
    store = stored(tmp_path / "s", graph, "n2")
    (place,) = objects(store, "n2", graph)
    (place / "value.json").write_text("7.25")
    result = toy.execute(graph, store, "n2")
    with pytest.raises(GraphError, match="damaged"):
        result.value("n2")
    again = toy.execute(graph, store, "n2")
    assert again.executed == ["n2"]
    assert again.value("n2") == 2.0
