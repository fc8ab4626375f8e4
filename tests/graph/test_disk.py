"""Results on disk (S): found again, whole or not at all, by any number of processes."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph.disk import DamagedError, Disk
from graph.entry import Entry
from graph.events import Event
from graph.plan import plan
from graph.store import Store
from graph.values import digest, encode
from tests.graph import toy_nodes as toy
from tests.graph.test_store import entry, grid


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    """An empty store folder."""
    return Disk(tmp_path / "store")


def graph() -> Any:
    """An array, doubled and measured."""
    return toy.build(
        "g.grid -> d.grid; d.grid -> m.grid",
        g=("toy.grid", {"value": 2.0, "size": 100}),
        d="toy.double",
        m="toy.measure",
    )


def place_of(disk: Disk, type: str) -> Path:
    """The folder of the only object that a node type made."""
    (row,) = [row for row in disk.entries() if row["type"] == type]
    return disk._objects.place(next(iter(json.loads(row["outputs"]).values())))


def test_s04_results_are_found_after_a_restart(tmp_path: Path, fresh: Any) -> None:
    code = """
import sys
from graph.disk import Disk
from graph.store import Store
from tests.graph import toy_nodes as toy
from tests.graph.test_disk import graph
result = toy.execute(graph(), Store(1 << 30, Disk(sys.argv[1])), "m")
print(result.value("m"), sorted(toy.calls), result.digests())
"""
    first = fresh(code, tmp_path / "s", seed=1)
    second = fresh(code, tmp_path / "s", seed=2)
    assert first == second.replace("[] ", "['double', 'grid', 'measure'] ")
    assert second.startswith("4.0 [] ")


@pytest.mark.parametrize("damage", ["array", "short", "json", "gone", "type", "swapped"])
def test_s05_damaged_entry_is_made_again(disk: Disk, damage: str) -> None:
    store = Store(0, disk)
    toy.execute(graph(), store, "d", "m")
    before = digest(toy.execute(graph(), store, "d").value("d"))
    place = place_of(disk, "toy.double")
    match damage:
        case "array":
            data = bytearray((place / "0.npy").read_bytes())
            data[-3] ^= 1
            (place / "0.npy").write_bytes(data)
        case "short":
            (place / "0.npy").write_bytes((place / "0.npy").read_bytes()[:-50])
        case "json":
            (place / "value.json").write_text("{")
        case "gone":
            (place / "0.npy").unlink()
        case "type":
            text = (place / "value.json").read_text()
            (place / "value.json").write_text(text.replace("Grid", "Stencil"))
        case "swapped":
            shutil.copy(place_of(disk, "toy.grid") / "0.npy", place / "0.npy")
    toy.reset()
    changed = graph()
    changed.set("m", "plus", 1.0)
    events: list[Event] = []
    result = toy.execute(changed, store, "m", post=events.append)
    assert result.value("m") == 5.0
    assert toy.calls == {"double": 1, "measure": 1}
    (warning,) = [event for event in events if event.kind == "warning"]
    assert warning.node == "d"
    assert "computed again" in warning.data["message"]
    toy.reset()
    again = toy.execute(graph(), Store(0, disk), "d", "m")
    assert digest(again.value("d")) == before
    assert not toy.calls
    assert disk.verify() == []


def test_s06_nothing_is_seen_of_an_entry_half_written(disk: Disk, fresh: Any) -> None:
    code = """
import os, sys
import numpy.lib.format as format
from graph.disk import Disk
from graph.store import Store
from tests.graph import toy_nodes as toy
from tests.graph.test_disk import graph
def torn(file, array, **options):
    file.write(b"half of it"); file.flush()
    print(sorted(path.name for path in Disk(sys.argv[1])._objects.root.glob("*/*")))
    sys.stdout.flush()
    os._exit(0)  # the power is cut
format.write_array = torn
toy.execute(graph(), Store(0, Disk(sys.argv[1])), "m")
"""
    assert fresh(code, disk.root).strip() == "[]"
    assert list((disk.root / "aside").rglob("*.npy"))
    assert disk.entries() == []
    result = toy.execute(graph(), Store(0, disk), "m")
    assert result.executed == ["g", "d", "m"]
    assert disk.verify() == []
    (left,) = (disk.root / "aside").iterdir()  # it might still be at work
    os.utime(left, (1e9, 1e9))
    disk.trim()
    assert not left.exists()


RACE = """
import sys, time
from pathlib import Path
from graph.disk import Disk
from graph.store import Store
from tests.graph import toy_nodes as toy
root, log = sys.argv[1:]
while not Path(log).exists():
    time.sleep(0.001)
disk = Disk(root)
values = []
for turn in range(10):
    g = toy.build("n.number -> g.a; g.grid -> s.grids; s.grid -> m.grid",
        n=("toy.numbers", {"value": [float(turn), turn + 1.0, turn + 2.0]}),
        g="toy.make_grid", s="toy.sum_grids", m="toy.measure")
    messages = []
    result = toy.execute(g, Store(0, disk, warn=messages.append), "m", "s", workers=2)
    assert result.status == "ok", [result.failures(id) for id in result.failed]
    assert not messages, messages
    values.append(result.value("m"))
print(values)
"""


def test_s07_several_processes_write_the_same_entries(tmp_path: Path, start: Any) -> None:
    processes = [start(RACE, tmp_path / "s", tmp_path / "go") for _ in range(4)]
    (tmp_path / "go").write_text("")
    printed = {process.communicate(timeout=60)[0] for process in processes}
    assert [process.returncode for process in processes] == [0] * 4
    assert printed == {str([3.0 * turn + 3 for turn in range(10)]) + "\n"}
    disk = Disk(tmp_path / "s")
    assert disk.verify() == []
    keys = Counter(row["key"] for row in disk.entries())
    assert set(keys.values()) == {1}
    objects = {path.name for path in (disk.root / "objects").glob("*/*")}
    assert objects == {row[0] for row in disk._index.all("SELECT digest FROM objects")}
    assert not list((disk.root / "aside").iterdir())


def test_s07_one_process_clears_what_the_other_needs(tmp_path: Path, start: Any) -> None:
    code = RACE.replace("    values.append", "    disk.clear()\n    #") + "print('done')"
    processes = [start(code, tmp_path / "s", tmp_path / "go") for _ in range(3)]
    (tmp_path / "go").write_text("")
    printed = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert printed == ["[]\ndone"] * 3


def test_s08_least_valuable_entries_go(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "s", limit=100_000)
    store = Store(0, disk)
    for key, seconds in (("cheap", 0.01), ("costly", 50.0), ("middling", 1.0)):
        store.put(*entry(key, seconds, grid=grid(12_000, seconds)))
    assert disk.bytes() > 100_000
    freed = store.trim()
    assert 48_000 < freed < 49_000
    assert set(store.find(["cheap", "costly", "middling"])) == {"costly", "middling"}
    assert disk.bytes() <= 100_000
    assert len(list((disk.root / "objects").glob("*/*"))) == 2
    assert store.trim() == 0


def test_s08_the_limit_holds_after_every_run(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "s", limit=50_000)
    for value in range(8):
        made = toy.build(
            "g.grid -> d.grid",
            g=("toy.grid", {"value": float(value), "size": 5_000}),
            d="toy.double",
        )
        toy.execute(made, Store(0, disk), "d")
        assert disk.bytes() <= 50_000


def test_s08_content_shared_with_a_better_entry_stays(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "s", limit=10_000)
    store = Store(0, disk)
    shared, values = entry("cheap", 0.001, grid=grid(5_000, 1.0))
    store.put(shared, values)
    store.put(*entry("costly", 100.0, grid=grid(5_000, 1.0)))
    assert store.trim() > 0
    assert disk.bytes() <= 10_000


def test_s09_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_text("precious")
    with pytest.raises(ValueError, match="is not a store"):
        Disk(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_s10_entries_in_plain_text(disk: Disk) -> None:
    toy.execute(graph(), Store(0, disk), "d")
    rows = {row["type"]: row for row in disk.entries()}
    assert set(rows) == {"toy.grid", "toy.double"}
    assert rows["toy.grid"]["version"] == 1
    assert json.loads(rows["toy.grid"]["params"]) == {"value": 2.0, "size": 100, "shape": "row"}
    assert json.loads(rows["toy.double"]["inputs"]) == [["grid", [rows["toy.grid"]["key"], "grid"]]]
    text = sqlite3.connect(disk.root / "index.sqlite").execute("SELECT params FROM entries")
    assert any("100" in row[0] for row in text)


def test_s11_missing_data_file_is_a_miss(disk: Disk) -> None:
    store = Store(0, disk)
    toy.execute(graph(), store, "d")
    shutil.rmtree(place_of(disk, "toy.double"))
    assert plan(graph(), store, targets=["d"]).ids("run") == ["d"]
    assert {row["type"] for row in disk.entries()} == {"toy.grid"}  # it was dropped
    result = toy.execute(graph(), store, "d")
    assert result.executed == ["d"]
    assert result.value("d").data[0, 0] == 4.0


def test_s11_entry_found_by_content_without_its_data(disk: Disk) -> None:
    store = Store(0, disk)
    toy.execute(graph(), store, "m")
    shutil.rmtree(place_of(disk, "toy.measure"))
    changed = toy.build("c.number -> g.value", c=("toy.number", {"value": 2.0}),
                        g=("toy.grid", {"size": 100}))  # fmt: skip
    changed.add("d", "toy.double")
    changed.add("m", "toy.measure")
    changed.link("g", "grid", "d", "grid")
    changed.link("d", "grid", "m", "grid")
    toy.reset()
    assert toy.execute(changed, store, "m").value("m") == 4.0
    assert toy.calls["measure"] == 1
    assert toy.calls["double"] == 0


def test_s12_equal_content_is_stored_once(disk: Disk) -> None:
    store = Store(0, disk)
    store.put(*entry("one", 1.0, grid=grid(1000, 5.0)))
    size = disk.bytes()
    store.put(*entry("two", 1.0, grid=grid(1000, 5.0)))
    assert disk.bytes() == size
    assert len(list((disk.root / "objects").glob("*/*"))) == 1
    disk.drop("one")
    assert disk.read(entry("two", grid=grid(1000, 5.0))[0].outputs["grid"]).data.size == 1000


ARRAYS = {
    "nan bits": np.array([0x7FC00001, 0xFFC0BEEF, 0x7F800001], np.uint32).view(np.float32),
    "big endian": np.arange(6, dtype=">i2").reshape(2, 3),
    "empty": np.zeros((0, 3), np.float32),
    "no axes": np.array(7.5),
    "columns first": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "every other": np.arange(20, dtype=np.uint16)[::2],
    "truth": np.array([True, False]),
    "complex": np.array([1 + 2j]),
    "text": np.array(["a", "längst"]),
    "fields": np.array([(1, 2.5)], [("x", "i4"), ("y", "f8")]),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_s15_arrays_come_back_as_they_were(disk: Disk, kind: str) -> None:
    array = ARRAYS[kind]
    made, values = entry("k", grid=toy.Grid(array))
    Store(0, disk).put(made, values)
    back = Store(0, Disk(disk.root)).value(made.outputs["grid"]).data
    assert (back.shape, back.dtype) == (array.shape, array.dtype)
    assert back.dtype.byteorder == array.dtype.byteorder
    assert back.tobytes() == array.tobytes()
    assert not back.flags.writeable
    if back.size:
        with pytest.raises(ValueError, match="read-only"):
            back[...] = back


@pytest.mark.parametrize(
    "value",
    [0.1, -0.0, float("nan"), float("inf"), 2**70, True, "grün\n", "", None, (1, ("a", None), ()),
     {"b": [1.5], "a": {"array": 3}}],
)  # fmt: skip
def test_s15_plain_values_come_back_as_they_were(disk: Disk, value: Any) -> None:
    name = digest(value)
    disk.put(Entry("k", "c", "t", 1, "{}", "[]", {"any": name}), {name: value})
    back = disk.read(name)
    assert repr(back) == repr(value).replace("[1.5]", "(1.5,)")
    assert digest(back) == name


def test_s18_entry_of_another_byte_order_loads(disk: Disk) -> None:
    value = toy.Grid(np.arange(5, dtype=">f4"))
    made, values = entry("k", grid=value)
    disk.put(made, values)
    assert (disk.read(made.outputs["grid"]).data == np.arange(5)).all()


def test_s18_value_of_a_type_that_is_not_known_here_is_a_miss(disk: Disk) -> None:
    store = Store(0, disk)
    toy.execute(graph(), store, "d")
    place = place_of(disk, "toy.double")
    data, arrays = encode(disk.read(place.name))
    data["type"] = "Hologram"
    import xxhash

    from graph.values import add_array

    hasher = xxhash.xxh3_128(json.dumps(data, separators=(",", ":"), sort_keys=True).encode())
    for array in arrays:
        add_array(hasher, array)
    foreign = hasher.hexdigest()
    (place / "value.json").write_text(json.dumps(data))
    other = disk._objects.place(foreign)
    other.parent.mkdir(exist_ok=True)
    place.rename(other)
    for table, column in (("objects", "digest"), ("refs", "digest"), ("entries", "outputs")):
        disk._index.all(
            f"UPDATE {table} SET {column} = replace({column}, ?, ?)", [place.name, foreign]
        )
    with pytest.raises(DamagedError):
        disk.read(foreign)
    toy.reset()
    result = toy.execute(graph(), store, "m")
    assert result.value("m") == 4.0
    assert toy.calls == {"double": 1, "measure": 1}


def test_clear_forgets_results_and_keeps_file_digests(disk: Disk) -> None:
    store = Store(0, disk)
    toy.execute(graph(), store, "m")
    store.note_digest("/a", (1, 2, 3), "d")
    store.save_notes()
    held = disk.bytes()
    assert disk.clear() == held > 0
    assert disk.bytes() == 0
    assert disk.entries() == []
    assert not list((disk.root / "objects").glob("*/*"))
    assert Store(0, disk).digest_of("/a", (1, 2, 3)) == "d"


def test_verify_drops_what_is_damaged(disk: Disk) -> None:
    toy.execute(graph(), Store(0, disk), "m")
    (place_of(disk, "toy.double") / "0.npy").write_bytes(b"")
    (key,) = disk.verify()
    assert {row["type"] for row in disk.entries()} == {"toy.grid", "toy.measure"}
    assert key not in disk.find([key])
    assert disk.verify() == []


def test_drop_keeps_sound_content_that_others_share(disk: Disk) -> None:
    store = Store(0, disk)
    both, values = entry("both", low=0.0, grid=grid(10))
    store.put(both, values)
    store.put(*entry("good", low=0.0))
    store.put(*entry("bad", grid=grid(10)))
    (disk._objects.place(both.outputs["grid"]) / "0.npy").write_bytes(b"?")
    store.drop("both")
    assert set(disk.find(["both", "good", "bad"])) == {"good"}
    assert disk.read(both.outputs["low"]) == 0.0
