"""What goes first when the store is full, what stays, and what runs are expected to cost (S)."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from graph.disk import Disk
from graph.notes import SAVED_AT_ONCE
from graph.objects import Objects
from graph.store import Store
from graph.values import digest
from tests.graph import toy_nodes as toy
from tests.graph.test_store import entry, grid


def filled(root: Path, *rows: tuple[str, float]) -> None:
    """A store with results of 40 kB each that took so many seconds, left by another process."""
    disk = Disk(root)
    for number, (key, seconds) in enumerate(rows):
        Store(0, disk).put(*entry(key, seconds, grid=grid(10_000, float(number))))
    disk.close()


def test_s08_a_put_past_the_limit_drops_what_nobody_here_used(tmp_path: Path) -> None:
    filled(tmp_path, ("cheap", 0.01), ("costly", 50.0), ("middling", 1.0))
    disk = Disk(tmp_path, limit=130_000)
    store = Store(0, disk)
    assert store.put(*entry("new", 0.001, grid=grid(10_000, 9.0)))
    assert set(disk.find(["cheap", "costly", "middling", "new"])) == {"costly", "middling", "new"}
    assert disk.bytes() <= 130_000


def test_s03_a_put_never_drops_what_this_process_made_or_found(tmp_path: Path) -> None:
    filled(tmp_path, ("found", 0.001), ("strange", 50.0), ("by content", 0.001))
    disk = Disk(tmp_path, limit=130_000)
    store = Store(0, disk)
    assert set(store.find(["found"])) == {"found"}
    assert store.find_content("content of by content")
    made = [entry(f"made {i}", 0.001, grid=grid(10_000, 10.0 + i)) for i in range(3)]
    for each in made:
        assert store.put(*each)
    keys = ["found", "by content", "strange", *(each[0].key for each in made)]
    assert set(disk.find(keys)) == set(keys) - {"strange"}
    assert disk.bytes() > 130_000  # what the run may need is held past the limit
    freed = store.trim()
    assert freed > 0
    assert disk.bytes() <= 130_000  # but not after it


def test_s03_a_run_larger_than_the_limit_computes_everything_once(tmp_path: Path) -> None:
    filled(tmp_path, ("old", 100.0))
    graph = toy.build(
        "n.number -> g.a; g.grid -> d.grid; d.grid -> s.grids; g.grid -> s2.grids;s.grid -> m.grid",
        n=("toy.numbers", {"value": [1.0, 2.0, 3.0]}),
        g="toy.make_grid",
        d="toy.double",
        s="toy.sum_grids",
        s2="toy.sum_grids",
        m="toy.measure",
    )
    disk = Disk(tmp_path, limit=100)
    result = toy.execute(graph, Store(0, disk), "m", "s2", workers=1)
    assert result.status == "ok"
    assert result.value("m") == 12.0
    assert (toy.calls["make_grid"], toy.calls["double"], toy.calls["sum_grids"]) == (3, 3, 2)
    assert disk.bytes() <= 100
    assert not disk.find(["old"])


def test_s08_what_is_to_be_kept_goes_last(tmp_path: Path) -> None:
    disk = Disk(tmp_path, limit=90_000)
    store = Store(0, disk)
    store.put(*entry("kept", 0.0001, grid=grid(10_000, 1.0)), keep="keep")
    store.put(*entry("costly", 50.0, grid=grid(10_000, 2.0)))
    store.put(*entry("more costly", 90.0, grid=grid(10_000, 3.0)))
    assert store.trim() > 0
    assert set(disk.find(["kept", "costly", "more costly"])) == {"kept", "more costly"}


def test_s02_among_equals_on_disk_the_least_recently_used_goes(tmp_path: Path) -> None:
    disk = Disk(tmp_path, limit=90_000)
    store = Store(0, disk)
    for number, key in enumerate("abc"):
        store.put(*entry(key, 1.0, grid=grid(10_000, float(number))))
    for key, used in (("a", 3), ("b", 1), ("c", 2)):
        disk._index.all("UPDATE entries SET used = ? WHERE key = ?", [used, key])
    store.note_hits(["b"])
    store.trim()
    assert set(disk.find("abc")) == {"a", "b"}


def test_s02_what_is_to_be_kept_and_is_not_on_disk_goes_last_from_memory() -> None:
    store = Store(memory_limit=90_000)
    store.put(*entry("kept", 0.001, grid=grid(10_000, 1.0)), keep="keep")
    store.put(*entry("costly", 50.0, grid=grid(10_000, 2.0)))
    store.put(*entry("more costly", 90.0, grid=grid(10_000, 3.0)))
    assert set(store.find(["kept", "costly", "more costly"])) == {"kept", "more costly"}


def test_s08_the_limit_is_remembered_by_the_store(tmp_path: Path) -> None:
    Disk(tmp_path).set_limit(60_000)
    disk = Disk(tmp_path)
    other = Disk(tmp_path)
    assert disk.limit == 60_000
    other.set_limit(70_000)
    assert disk.limit == 70_000
    assert Disk(tmp_path, limit=5).limit == 5


def test_s08_the_total_is_right_whatever_happens(tmp_path: Path) -> None:
    disk, other = Disk(tmp_path), Disk(tmp_path)
    store = Store(0, disk)
    for key, value in (("a", 1.0), ("b", 1.0), ("c", 2.0)):
        store.put(*entry(key, 1.0, grid=grid(10_000, value)))
    Store(0, other).put(*entry("d", 1.0, grid=grid(10_000, 3.0)))

    def on_disk() -> int:
        return sum(path.stat().st_size for path in tmp_path.glob("objects/*/*/*"))

    assert disk.bytes() == other.bytes() == on_disk() > 120_000
    assert disk.shared_bytes() * 3 == disk.bytes()
    for key in "ac":
        store.drop(key)
        assert disk.bytes() == on_disk()
    disk.clear()
    assert disk.bytes() == on_disk() == 0


def test_shrink_holds_memory_to_an_amount() -> None:
    store = Store(memory_limit=1 << 20)
    for number, key in enumerate("abc"):
        store.put(*entry(key, 1.0 + number, grid=grid(10_000, float(number))))
    store.shrink(90_000)
    assert set(store.find("abc")) == {"b", "c"}
    assert store.held_bytes <= 90_000
    store.free()
    assert store.held_bytes == 0


def test_s16_keep_goes_to_disk_whatever_it_cost(tmp_path: Path) -> None:
    store = Store(0, Disk(tmp_path))
    assert not store.put(*entry("auto", 0.0, grid=grid(1000)), small=100)
    assert store.put(*entry("keep", 0.0, grid=grid(1001)), keep="keep", small=100)
    assert store.put(*entry("small", 0.0, grid=grid(1002)), small=1 << 20)
    assert store.put(*entry("slow", 9.0, grid=grid(1003)), small=100)
    assert set(Store(0, Disk(tmp_path)).find(["auto", "keep", "small", "slow"])) == {
        "keep",
        "small",
        "slow",
    }


def test_s16_keep_set_on_a_node_whose_result_is_stored_already(tmp_path: Path) -> None:
    store = Store(0, Disk(tmp_path))
    graph = toy.chain(2)
    toy.execute(graph, store, "n2")
    graph.set_keep("n1", "keep")
    toy.execute(graph, store, "n1")
    assert store.disk
    kept = {row["type"]: row["kept"] for row in store.disk.entries()}
    assert sorted(kept.items())[0] == ("toy.number", 0)
    assert [row["kept"] for row in store.disk.entries() if row["type"] == "toy.one"].count(1) == 1


def test_s16_keep_set_on_a_node_of_which_some_items_are_stored(tmp_path: Path) -> None:
    store = Store(0, Disk(tmp_path))
    graph = toy.build("n.number -> o.a; o.number -> t.items", o="toy.one", t="toy.total",
                      n=("toy.numbers", {"value": [1.0, 2.0]}))  # fmt: skip
    toy.execute(graph, store, "t")
    graph.set("n", "value", [1.0, 2.0, 3.0])
    graph.set_keep("o", "keep")
    toy.execute(graph, store, "t")
    assert store.disk
    kept = [row["kept"] for row in store.disk.entries() if row["type"] == "toy.one"]
    assert kept == [1, 1, 1]


# --- what runs cost ------------------------------------------------------------------------------


def test_estimates_come_from_runs_of_about_that_size(tmp_path: Path) -> None:
    store = Store(0, Disk(tmp_path))
    assert store.estimate("toy.grid", 100_000) == (None, None)
    made, values = entry("small", 1.0, grid=grid(1000))
    store.put(made, values, taken=100_000)
    store.put(*entry("small too", 3.0, grid=grid(1000, 1.0)), taken=100_000)
    large, values = entry("large", 40.0, grid=grid(50_000))
    store.put(large, values, taken=10_000_000, keep="never")
    assert store.estimate("toy.grid", 100_000) == (2.0, made.nbytes)
    assert store.estimate("toy.grid", 200_000) == (4.0, 2 * made.nbytes)
    assert store.estimate("toy.grid", 0) == (2.0, made.nbytes)
    assert store.estimate("toy.grid", 20_000_000) == (80.0, 2 * large.nbytes)
    assert store.estimate("toy.other", 100_000) == (None, None)
    assert Store(0, Disk(tmp_path)).estimate("toy.grid", 100_000) == (None, None)
    store.save_notes()
    later = Store(0, Disk(tmp_path))
    assert later.estimate("toy.grid", 200_000) == (4.0, 2 * made.nbytes)
    later.put(*entry("again", 8.0, grid=grid(1000, 2.0)), taken=100_000)
    later.save_notes()
    later.save_notes()  # nothing is counted twice
    assert Store(0, Disk(tmp_path)).estimate("toy.grid", 100_000) == (4.0, made.nbytes)


def test_seconds_of_little_input_are_those_of_less(tmp_path: Path) -> None:
    store = Store(0)
    made, values = entry("small", 1.0, grid=grid(1000))
    store.put(made, values, taken=32)
    assert store.estimate("toy.grid", 64) == (1.0, made.nbytes)
    assert store.estimate("toy.grid", 1 << 20) == (16.0, 16 * made.nbytes)


def test_estimate_of_a_type_that_takes_nothing() -> None:
    store = Store(1 << 20)
    made, values = entry("k", 2.0, grid=grid(1000))
    store.put(made, values)
    assert store.estimate("toy.grid", 0) == (2.0, made.nbytes)
    assert store.estimate("toy.grid", 1 << 30) == (2.0, made.nbytes)


# --- notes of files ------------------------------------------------------------------------------

STATE = (1000, 1_700_000_000_000_000_000, 2**64 - 1)


def test_f05_headers_and_digests_are_remembered_by_state(tmp_path: Path) -> None:
    store = Store(0, Disk(tmp_path))
    store.note_digest("/a", STATE, "digest")
    store.note_header("/a", STATE, {"FILTER": "Ha", "nbytes": 48_000_000, "EXPTIME": 0.1})
    for known in (store, store.save_notes() or Store(0, Disk(tmp_path))):
        assert known.digest_of("/a", STATE) == "digest"
        assert known.header_of("/a", STATE) == {
            "FILTER": "Ha",
            "nbytes": 48_000_000,
            "EXPTIME": 0.1,
        }
        for place in range(3):
            other = tuple(n - (i == place) for i, n in enumerate(STATE))
            assert known.digest_of("/a", other) is None  # type: ignore[arg-type]
            assert known.header_of("/a", other) is None  # type: ignore[arg-type]
    later = Store(0, Disk(tmp_path))
    new = (5, 6, 7)
    later.note_header("/a", new, {})
    later.save_notes()
    last = Store(0, Disk(tmp_path))
    assert last.digest_of("/a", STATE) is last.digest_of("/a", new) is None
    assert last.header_of("/a", new) == {}


def test_notes_of_names_that_are_not_utf_8(tmp_path: Path) -> None:
    messages: list[str] = []
    store = Store(0, Disk(tmp_path), warn=messages.append)
    store.note_digest("/lights/\udce9toile.fits", STATE, "digest")
    store.save_notes()
    assert Store(0, Disk(tmp_path)).digest_of("/lights/\udce9toile.fits", STATE) == "digest"
    assert not messages


def test_notes_are_written_many_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[int] = []
    real = Disk.note
    monkeypatch.setattr(Disk, "note", lambda *a: writes.append(len(a[1])) or real(*a))  # type: ignore[func-returns-value]
    monkeypatch.setattr("graph.notes.SAVED_AFTER_SECONDS", 1e9)
    store = Store(0, Disk(tmp_path))
    for number in range(SAVED_AT_ONCE + 10):
        store.note_digest(f"/{number}", STATE, "d")
    assert writes == [SAVED_AT_ONCE + 1]
    store.save_notes()
    store.save_notes()
    assert writes == [SAVED_AT_ONCE + 1, 9]


def test_s04_look_ups_of_many_need_few_queries(tmp_path: Path) -> None:
    store = Store(0, Disk(tmp_path))
    for number in range(1200):
        store.note_digest(f"/{number}", STATE, f"digest {number}")
    store.save_notes()
    disk = Disk(tmp_path)
    queries: list[str] = []
    disk._index._connection.set_trace_callback(queries.append)
    later = Store(0, disk)
    paths = [f"/{number}" for number in range(1300)]
    later.load_files(paths)
    assert [later.digest_of(path, STATE) for path in paths[1198:1202]] == [
        "digest 1198",
        "digest 1199",
        None,
        None,
    ]
    assert len(queries) == 3
    queries.clear()
    later.find(f"key {number}" for number in range(4000))
    assert len(queries) == 8


# --- reading back --------------------------------------------------------------------------------


def test_s05_content_is_digested_once_as_long_as_its_files_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import graph.objects

    digested: list[object] = []
    real = graph.objects.digest_parts
    monkeypatch.setattr(
        graph.objects, "digest_parts", lambda *a: digested.append(a) or real(*a)  # type: ignore[func-returns-value]
    )  # fmt: skip
    monkeypatch.setattr(graph.objects, "TICK_SECONDS", -1)
    disk = Disk(tmp_path)
    made, values = entry("k", grid=grid(1000))
    disk.put(made, values)
    name = made.outputs["grid"]
    for _ in range(3):
        disk.read(name)
    assert len(digested) == 1
    file = disk._objects.place(name) / "0.npy"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(graph.objects.DamagedError):
        disk.read(name)
    data[-1] ^= 1
    file.write_bytes(data)
    disk.read(name)
    disk.read(name)
    assert len(digested) == 3
    assert disk.verify() == []
    assert len(digested) == 4  # always reads all


def test_s05_content_that_was_just_written_is_not_trusted_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file changed twice within a tick of the disk's clock looks unchanged."""
    monkeypatch.setattr("graph.objects.TICK_SECONDS", 1e6)
    objects = Objects(tmp_path)
    name = digest(5.0)
    objects.write(name, 5.0)
    assert objects.is_sound(name)
    place = objects.place(name) / "value.json"
    before = place.stat()
    place.write_text("6.0")
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not objects.is_sound(name)


def test_s12_a_damaged_object_is_not_shared(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    made, values = entry("one", grid=grid(1000))
    disk.put(made, values)
    (disk._objects.place(made.outputs["grid"]) / "0.npy").write_bytes(b"?")
    disk.put(*entry("two", grid=grid(1000)))
    assert disk.verify() == []
    assert set(disk.find(["one", "two"])) == {"one", "two"}


def test_a_store_of_the_first_version_is_taken_over(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    made, values = entry("k", grid=grid(1000))
    disk.put(made, values)
    size = disk.bytes()
    disk.close()
    with sqlite3.connect(tmp_path / "index.sqlite") as index:
        index.executescript(
            "PRAGMA user_version = 0; DROP TRIGGER added; DROP TRIGGER removed; DROP TABLE total;"
            "ALTER TABLE entries DROP COLUMN kept;"
            "CREATE TABLE costs (type TEXT); CREATE TABLE files (path TEXT);"
        )
    index.close()
    disk = Disk(tmp_path)
    assert set(disk.find("k")) == {"k"}
    assert disk.bytes() == size
    assert disk.entries()[0]["kept"] == 0
    disk.clear()
    assert disk.bytes() == 0
