"""What goes when a disk is held to its limit, and what runs of this process still need (S)."""

from __future__ import annotations

import threading
from pathlib import Path

from graph.disk import Disk
from graph.entry import Entry
from graph.store import Store
from graph.values import digest
from tests.graph import toy_nodes as toy
from tests.graph.test_resources import Apart, wait_for
from tests.graph.test_store import entry, grid


def test_trim_leaves_what_another_run_still_needs(tmp_path: Path) -> None:
    """It was stored when that run was planned, and is read when it has waited."""
    disk = Disk(tmp_path)
    store = Store(0, disk)
    toy.gates["w"] = threading.Event()
    graph = toy.build(
        "n.number -> m.a; m.grid -> k.grid; w.number -> k.plus",
        n=("toy.number", {"value": 1.0}),
        m="toy.make_grid",
        w=("toy.gate", {"name": "w"}),
        k="toy.measure",
    )
    toy.execute(graph, store, "m")
    disk.set_limit(1)
    first = Apart(graph, store, "k")
    wait_for(lambda: toy.calls["gate w"])
    other = toy.build(
        "n.number -> m.a",
        n=("toy.numbers", {"value": [float(i) for i in range(2, 9)]}),
        m="toy.make_grid",
    )
    result = toy.execute(other, store, "m")
    assert result.trimmed >= 7 * 4000  # its own, which nobody needs any more
    toy.gates["w"].set()
    assert first.result().value("k") == 1.0
    assert [event for event in first.events if event.kind == "warning"] == []
    assert toy.calls["make_grid"] == 1 + 7
    assert disk.bytes() <= 1  # what the first run needed went at its end


def test_needed_results_are_spared_until_the_run_is_over(tmp_path: Path) -> None:
    disk = Disk(tmp_path, limit=1)
    store = Store(0, disk)
    for number, key in enumerate("abc"):
        store.put(*entry(key, 1.0, grid=grid(1000, float(number))))
    with store.needing({"a", "b"}), store.needing({"b"}):
        store.trim()
        assert set(disk.find("abc")) == {"a", "b"}
    store.trim()
    assert disk.find("abc") == {}


def test_room_is_not_made_of_what_a_run_needs(tmp_path: Path) -> None:
    """Of results of another process those go that no run here has planned with."""
    before = Store(0, Disk(tmp_path))
    for number, key in enumerate("ab"):
        before.put(*entry(key, 1.0, grid=grid(10_000, float(number))))
    disk = Disk(tmp_path, limit=90_000)
    store = Store(0, disk)
    with store.needing({"a"}):
        store.put(*entry("c", 1.0, grid=grid(10_000, 7.0)))
    assert set(disk.find("abc")) == {"a", "c"}


def test_content_that_a_key_stood_for_before_goes(tmp_path: Path) -> None:
    """A node that is not quite repeatable gave something else the next time."""
    disk = Disk(tmp_path)
    store = Store(0, disk)
    sizes = []
    for value in (1.0, 2.0, 3.0):
        name = digest(value)
        store.put(Entry("k", "c", "t", 1, "{}", "[]", {"number": name}), {name: value})
        sizes.append((disk.count(), disk.bytes(), disk.shared_bytes()))
    assert len(set(sizes)) == 1
    assert sizes[0][0] == 1
    assert sizes[0][2] == 0
    assert store.value(digest(3.0)) == 3.0


def test_content_that_a_key_stood_for_before_stays_for_others(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    store = Store(0, disk)
    old, new = digest(1.0), digest(2.0)
    for key, name, value in (("k", old, 1.0), ("other", old, 1.0), ("k", new, 2.0)):
        store.put(Entry(key, key, "t", 1, "{}", "[]", {"number": name}), {name: value})
    assert (store.value(old), store.value(new)) == (1.0, 2.0)
    store.put(Entry("k", "k", "t", 1, "{}", "[]", {"number": new}), {new: 2.0})  # the same again
    assert disk.count() == 2
    assert set(disk.find(["k", "other"])) == {"k", "other"}
