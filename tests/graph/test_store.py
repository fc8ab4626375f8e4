"""What is kept in memory, what goes first, and what is remembered beside results (S)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graph.disk import DamagedError, Disk
from graph.entry import Entry
from graph.events import Event
from graph.model import Graph
from graph.objects import Objects
from graph.plan import plan
from graph.run import run
from graph.store import ALWAYS_KEPT_BYTES, Store
from graph.values import digest, nbytes
from tests.graph import toy_nodes as toy


def entry(key: str, seconds: float = 1.0, **values: Any) -> tuple[Entry, dict[str, Any]]:
    """An entry of outputs by name, and its values by digest."""
    outputs = {name: digest(value) for name, value in values.items()}
    by_digest = {outputs[name]: value for name, value in values.items()}
    size = sum(map(nbytes, by_digest.values()))
    made = Entry(key, f"content of {key}", "toy.grid", 1, "{}", "[]", outputs, seconds, size)
    return made, by_digest


def grid(size: int, value: float = 0.0) -> toy.Grid:
    """An array of that many elements."""
    return toy.grid(value=value, size=size)


def test_s01_memory_limit_holds_after_every_run() -> None:
    store = Store(memory_limit=20_000)
    for value in range(30):
        graph = toy.build(
            "g.grid -> d.grid; d.grid -> c.grid",
            g=("toy.grid", {"value": float(value), "size": 700}),
            d="toy.double",
            c=("toy.clip", {"limit": 3.0}),
        )
        toy.execute(graph, store, "c", workers=2)
        assert 0 < store.held_bytes <= 20_000
    assert store.held_bytes == sum(nbytes(held.value) for held in store._memory._held.values())
    assert {key for held in store._memory._held.values() for key in held.keys} >= set(
        store._memory._entries
    )


def test_s02_large_cheap_result_goes_first() -> None:
    store = Store(memory_limit=50_000)
    store.put(*entry("small and costly", 10.0, grid=grid(100, 1.0)))
    store.put(*entry("large and cheap", 0.01, grid=grid(10_000, 2.0)))
    store.put(*entry("new", 5.0, grid=grid(2_500, 3.0)))
    assert set(store.find(["small and costly", "large and cheap", "new"])) == {
        "small and costly",
        "new",
    }


def test_s02_among_equals_the_least_recently_used_goes() -> None:
    store = Store(memory_limit=10_000)
    entries = [entry(str(i), 1.0, grid=grid(1_000, float(i))) for i in range(3)]
    store.put(*entries[0])
    store.put(*entries[1])
    store.value(entries[0][0].outputs["grid"])
    store.put(*entries[2])
    assert set(store.find("012")) == {"0", "2"}


def test_s03_results_that_the_run_needs_are_not_dropped() -> None:
    graph = toy.build(
        "a.number -> g.a; g.grid -> d.grid; d.grid -> m.grid; g.grid -> s.grids; d.grid -> x.value",
        a=("toy.number", {"value": 1.0}),
        g="toy.in_memory",
        d="toy.double",
        m="toy.measure",
        s="toy.sum_grids",
        x="toy.anything",
    )
    store = Store(memory_limit=100)  # less than a single array
    result = toy.execute(graph, store, "m", "s", "x", workers=2)
    assert result.value("m") == 2.0
    assert toy.calls == {"number": 1, "in_memory": 1, "double": 1, "measure": 1, "sum_grids": 1,
                         "anything": 1}  # fmt: skip


def test_s03_cached_results_that_the_run_needs_are_not_dropped(tmp_path: Path) -> None:
    graph = toy.build(
        "a.number -> g.a; g.grid -> m.grid; b.number -> m.plus; m.number -> o.a",
        a=("toy.number", {"value": 1.0}),
        b=("toy.number", {"value": 2.0}),
        g="toy.in_memory",
        m="toy.measure",
        o="toy.one",
    )
    for disk in (None, Disk(tmp_path / "s")):
        store = Store(1 << 30, disk)
        toy.execute(graph, store, "g")
        made = plan(graph, store, targets=["o"])
        assert made.state("g") == "cached"
        toy.reset()

        def post(event: Event, store: Store = store) -> None:
            if (event.kind, event.node) == ("finished", "b"):
                store.free()  # as if other results had pushed them out

        assert run(made, store, workers=1, post=post).value("o") == 4.0
        assert toy.calls["in_memory"] == 0
        assert store.held_bytes < 1_000  # and the run does not bring them back


def test_s14_nothing_and_empty_lists_are_hits(store: Store, tmp_path: Path) -> None:
    graph = toy.build(
        "n.number -> l.items; l.number -> t.items; a.number -> s.value; n.number -> m.a",
        n=("toy.numbers", {"value": []}),
        l="toy.nothing",
        t="toy.total",
        a="toy.number",
        s="toy.sink",
        m="toy.one",
    )
    for again, keep in ((False, store), (True, store), (False, Store(0, Disk(tmp_path / "s"))),
                        (True, Store(0, Disk(tmp_path / "s")))):  # fmt: skip
        toy.reset()
        result = toy.execute(graph, keep, "t", "s", "l", "m")
        assert not toy.calls if again else toy.calls["sink"] == toy.calls["nothing"] == 1
        assert result.status == "ok"
        assert result.value("s") is None
        assert result.value("l") == ()


def fleeting(type: str) -> Graph:
    """A node that is not kept, or not on disk, and what needs it."""
    return toy.build(
        "a.number -> f.a; f.number -> x.a; x.number -> y.a",
        a=("toy.number", {"value": 1.0}),
        f=type,
        x="toy.one",
        y="toy.halves",
    )


def test_s16_never_stored(store: Store) -> None:
    graph = fleeting("toy.fleeting")
    assert toy.execute(graph, store, "y").value("y", "low") == 1.0
    toy.reset()
    assert toy.execute(graph, store, "y").value("y", "low") == 1.0
    assert not toy.calls  # what needs it is stored, so it is not needed
    graph.set("x", "plus", 2.0)
    result = toy.execute(graph, store, "y")
    assert toy.calls == {"fleeting": 1, "one": 1, "halves": 1}
    assert result.value("y", "low") == 4 / 3
    toy.reset()
    toy.execute(graph, store, "f")
    assert toy.calls == {"fleeting": 1}


def test_s16_memory_only(tmp_path: Path) -> None:
    graph = toy.build("a.number -> g.a; g.grid -> m.grid", a="toy.number", g="toy.in_memory",
                      m="toy.measure")  # fmt: skip
    store = Store(1 << 30, Disk(tmp_path / "s"))
    toy.execute(graph, store, "m")
    assert store.disk
    assert {row["type"] for row in store.disk.entries()} == {"toy.number", "toy.measure"}
    toy.reset()
    toy.execute(graph, store, "g")
    assert not toy.calls
    toy.execute(graph, Store(1 << 30, Disk(tmp_path / "s")), "g")
    assert toy.calls == {"in_memory": 1}


def test_s16_always_run(tmp_path: Path) -> None:
    graph = toy.build("c.number -> x.a", c=("toy.clock", {"values": [1.0, 2.0, 1.0]}), x="toy.one")
    values = []
    for _ in range(3):
        store = Store(1 << 30, Disk(tmp_path / "s"))
        values.append(toy.execute(graph, store, "x").value("x"))
    assert values == [2.0, 3.0, 2.0]
    assert toy.calls == {"clock": 3, "one": 2}  # the third has the content of the first


def test_s17_statistics(store: Store) -> None:
    graph = toy.build(
        "n.number -> s.a; s.number -> t.items",
        n=("toy.numbers", {"value": [1.0, 2.0]}),
        s=("toy.sleep", {"seconds": 0.01}),
        t="toy.total",
    )
    first = toy.execute(graph, store, "t").statistics()
    assert first["s"]["misses"] == 2
    assert first["s"]["hits"] == 0
    assert first["s"]["seconds"] >= 0.02
    assert first["s"]["seconds_saved"] == 0
    assert first["s"]["bytes"] > 0
    graph.set("n", "value", [1.0, 2.0, 3.0])
    second = toy.execute(graph, store, "t", "s").statistics()
    assert (second["s"]["misses"], second["s"]["hits"]) == (1, 2)
    assert second["s"]["seconds_saved"] >= 0.02
    assert 0 < second["s"]["seconds"] < first["s"]["seconds"]


def test_large_results_that_are_quick_to_make_stay_off_the_disk(tmp_path: Path) -> None:
    store = Store(0, Disk(tmp_path / "s"))
    size = ALWAYS_KEPT_BYTES // 4 + 1000
    assert not store.put(*entry("quick", 1e-6, grid=grid(size)))
    assert store.put(*entry("slow", 100.0, grid=grid(size)))
    assert set(store.find(["quick", "slow"])) == {"slow"}


def test_value_that_was_dropped_is_damage(store: Store) -> None:
    made, values = entry("k", grid=grid(5))
    store.put(made, values)
    store.free()
    assert store.held_bytes == 0
    assert not store.find(["k"])
    with pytest.raises(DamagedError):
        store.value(made.outputs["grid"])


def test_alias_is_found_and_goes_with_its_content(store: Store) -> None:
    made, values = entry("k", grid=grid(5))
    store.put(made, values)
    store.alias(made, "twin")
    assert store.find(["twin"])["twin"].outputs == made.outputs
    assert store.find_content("content of k").key == "k"  # type: ignore[union-attr]
    store.drop("k")
    assert set(store.find(["k", "twin"])) == {"twin"}
    assert store.value(made.outputs["grid"]).data.size == 5
    store.drop("twin")
    assert store.held_bytes == 0


def test_two_outputs_of_equal_content(store: Store) -> None:
    made, values = entry("k", low=2.0, high=2.0)
    store.put(made, values)
    assert len(values) == 1
    other, more = entry("other", low=2.0, high=3.0)
    store.put(other, more)
    store.drop("k")
    assert store.value(other.outputs["low"]) == 2.0


def test_history_of_one_graph_is_not_that_of_another(store: Store) -> None:
    store.note_history("one", {"a": {"version": 1}})
    store.note_history("one", {"b": {"version": 2}})
    assert store.history("one") == {"a": {"version": 1}, "b": {"version": 2}}
    assert store.history("two") == {}


def test_s13_disk_that_is_full_warns_once_and_the_run_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any) -> int:
        raise OSError(28, "No space left on device")

    messages: list[str] = []
    store = Store(1 << 30, Disk(tmp_path / "s"), warn=messages.append)
    monkeypatch.setattr(Objects, "_write_new", full)
    for length in (5, 6):
        result = toy.execute(toy.chain(length), store, f"n{length}")
        assert result.value(f"n{length}") == length
        assert result.status == "ok"
    assert len(messages) == 1
    assert "No space left" in messages[0]
    assert toy.calls["one"] == 6  # memory still remembers


def test_s13_index_that_cannot_be_written(tmp_path: Path) -> None:
    messages: list[str] = []
    store = Store(0, Disk(tmp_path / "s"), warn=messages.append)
    assert store.disk
    store.disk.close()  # as if the drive had gone
    result = toy.execute(toy.chain(4), store, "n4")
    assert result.value("n4") == 4.0
    assert len(messages) == 1
