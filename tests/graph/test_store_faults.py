"""Disks that are full, gone or read-only, and processes that are killed (S)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.bench_kill import kill_some
from graph.disk import Disk
from graph.objects import Objects
from graph.store import Store
from tests.graph import toy_nodes as toy
from tests.graph.conftest import ROOT
from tests.graph.test_disk import graph
from tests.graph.test_store import entry, grid


@pytest.fixture
def told() -> list[str]:
    """What a store warned of."""
    return []


def no_room(monkeypatch: pytest.MonkeyPatch, free: Callable[[], bool]) -> None:
    """Let writing of objects fail unless there is room."""
    real = Objects._write_new

    def write(self: Objects, place: Path, value: Any) -> int | None:
        if not free():
            raise OSError(28, "No space left on device")
        return real(self, place, value)

    monkeypatch.setattr(Objects, "_write_new", write)


def test_s13_full_disk_makes_room_of_what_this_process_did_not_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    old = Disk(tmp_path)
    for number, (key, seconds) in enumerate((("cheap", 0.1), ("costly", 9.0), ("used", 0.01))):
        old.put(*entry(key, seconds, grid=grid(10_000, float(number))))
    old.close()
    disk = Disk(tmp_path)
    store = Store(0, disk, warn=told.append)
    store.find(["used"])
    no_room(monkeypatch, lambda: len(list(tmp_path.glob("objects/*/*"))) < 3)
    assert disk.limit > 1 << 30
    assert store.put(*entry("new", 0.001, grid=grid(9_000, 9.0)))
    assert set(disk.find(["cheap", "costly", "used", "new"])) == {"costly", "used", "new"}
    assert not told


def test_s13_full_disk_of_which_nothing_may_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    disk = Disk(tmp_path)
    store = Store(1 << 30, disk, warn=told.append)
    toy.execute(graph(), store, "m")
    no_room(monkeypatch, lambda: False)
    changed = graph()
    changed.set("g", "value", 3.0)
    result = toy.execute(changed, store, "m")
    assert result.status == "ok"
    assert result.value("m") == 6.0
    assert len(told) == 1
    assert "No space left" in told[0]
    toy.reset()
    assert toy.execute(changed, store, "m").value("m") == 6.0
    assert toy.execute(graph(), store, "m").value("m") == 4.0
    assert not toy.calls  # memory has the one, the disk the other
    assert list((tmp_path / "aside").iterdir()) == []


FULL = """
import json, sys
from pathlib import Path
from graph.disk import Disk
from graph.store import Store
from tests.graph import toy_nodes as toy
from tests.graph.toy_disk import SmallDisk
small = SmallDisk(Path(sys.argv[1]), "imitated" in sys.argv)
root = small.folder / "store"
disk = Disk(root)
for number in range(8):
    made = toy.build(g=("toy.grid", {"value": number + 0.5, "size": 20_000}))
    toy.execute(made, Store(0, disk), "g")
old = len(disk.entries())
disk.close()
disk = Disk(root)
small.fill()
told, values = [], []
store = Store(1 << 30, disk, warn=told.append)
for turn in (1, 2):
    for number in range(30):
        grid = ("toy.grid", {"value": float(number), "size": 20_000})
        made = toy.build("g.grid -> d.grid; d.grid -> m.grid", g=grid, d="toy.double",
            m="toy.measure")
        result = toy.execute(made, store, "m", "d", workers=2)
        assert result.status == "ok", result.failed
        values.append(result.value("m"))
calls = sum(toy.calls.values())
survivors = [row for row in disk.entries() if json.loads(row["params"]).get("value", 0) % 1]
disk.close()
small.ballast.unlink()
later = Disk(root)
print(json.dumps({"told": told, "right": values == [2.0 * n for n in range(30)] * 2, "old": old,
    "survivors": len(survivors), "kept": len(later.entries()), "calls": calls,
    "damaged": later.verify(), "bytes": later.bytes(),
    "aside": len(list((root / "aside").iterdir()))}))
"""


def on_small_disk(code: str, real: bool) -> tuple[str, str]:
    """What Python code prints that is handed a disk of 8 MB, which is gone with its process.

    real: a mounted one; where nobody may mount it is imitated all the same.
    """
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        if real and shutil.which("unshare"):
            script = (
                f'mount -t tmpfs -o size=8m none {folder} && exec {sys.executable} -c "$0" {folder}'
            )
            # as a user without rights one is root in a namespace of one's own
            mine = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
            done = _finish(["unshare", "--mount", *mine, "sh", "-c", script, code])
            if not done.stderr.startswith(("unshare:", "mount:")):
                assert done.returncode == 0, done.stderr
                return done.stdout, done.stderr
        done = _finish([sys.executable, "-c", code, folder, "imitated"])
        for path in [Path(folder), *Path(folder).rglob("*")]:
            path.chmod(0o755)
        assert done.returncode == 0, done.stderr
        return done.stdout, done.stderr


def _finish(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("real", [True, False])
def test_s13_a_disk_that_is_full(real: bool) -> None:
    facts = json.loads(on_small_disk(FULL, real)[0])
    assert facts["right"]
    assert len(facts["told"]) == 1
    assert "full" in facts["told"][0] or "No space left" in facts["told"][0]
    assert facts["calls"] == 8 + 90  # the second turn is answered from memory
    assert facts["survivors"] < facts["old"]  # room was made of what nobody used
    assert facts["kept"] > 0
    assert facts["damaged"] == []
    assert facts["aside"] == 0


DENIED = """
import json, os, sys
from pathlib import Path
from graph.disk import Disk
from graph.store import Store
from tests.graph import toy_nodes as toy
from tests.graph.test_disk import graph
root = Path(sys.argv[1])
told = []
disk = Disk(root)
store = Store(0, disk, warn=told.append)
toy.execute(graph(), store, "m", "d")
for path in (*root.glob("objects/*"), root / "objects", root / "aside", root):
    path.chmod(0o555)
if os.geteuid() == 0:
    os.seteuid(65534)  # to whom it applies
toy.reset()
cached = toy.execute(graph(), store, "m", "d").value("m")
calls = sum(toy.calls.values())
changed = graph()
changed.set("m", "plus", 1.0)
values = [cached, toy.execute(changed, store, "m").value("m")]
print(json.dumps({"values": values, "calls": [calls, sum(toy.calls.values())], "told": told}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="denies writing as POSIX does")
def test_s13_folder_that_is_made_read_only(fresh: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        facts = json.loads(fresh(DENIED, Path(folder) / "s"))
        for path in (Path(folder) / "s").rglob("*"):
            path.chmod(0o755)
    assert facts["values"] == [4.0, 5.0]
    assert facts["calls"] == [0, 1]  # what is there is still read
    assert len(facts["told"]) == 1
    assert "kept in memory only" in facts["told"][0]


COMMANDS = """
import sys
from pathlib import Path
from graph.disk import Disk
from linearlink import main
from tests.graph.toy_disk import SmallDisk
small = SmallDisk(Path(sys.argv[1]), "imitated" in sys.argv)
root = small.folder / "store"
Disk(root).close()
small.fill()
code = main(["store", "info", "--store", str(root)])
small.ballast.unlink()
small.deny()
print(code, main(["store", "clear", "--store", str(root)]),
    main(["store", "limit", "5G", "--store", str(root)]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="denies writing as POSIX does")
@pytest.mark.parametrize("real", [True, False])
def test_s13_commands_on_a_disk_that_is_full_then_read_only(real: bool) -> None:
    out, err = on_small_disk(COMMANDS, real)
    assert out == "2 2 2\n"
    full, *denied = err.splitlines()
    assert full.endswith("is full; make room on it and try again")
    assert len(denied) == 2
    assert all("cannot be written; allow it, or choose another folder" in line for line in denied)


@pytest.mark.parametrize("gone", ["all", "index", "objects", "aside", "replaced"])
def test_s13_store_that_is_removed_during_a_run(tmp_path: Path, gone: str, told: list[str]) -> None:
    root = tmp_path / "store"
    store = Store(1 << 30, Disk(root), warn=told.append)
    toy.execute(graph(), store, "d")
    store.free()

    def remove() -> None:
        match gone:
            case "all" | "replaced":
                shutil.rmtree(root)
            case "index":
                for path in root.glob("index.sqlite*"):
                    path.unlink()
            case folder:
                shutil.rmtree(root / folder)
        if gone == "replaced":
            Disk(root).close()

    remove()
    changed = toy.build(
        "g.grid -> d.grid; d.grid -> m.grid; m.number -> x.a; x.number -> y.a",
        g=("toy.grid", {"value": 2.0, "size": 100}),
        d="toy.double",
        m="toy.measure",
        x="toy.one",
        y="toy.one",
    )
    for _ in range(2):
        result = toy.execute(changed, store, "y", "d", workers=2)
        assert result.status == "ok"
        assert result.value("y") == 6.0
        assert result.value("d").data[0, 0] == 4.0
    store.save_notes()
    store.note_history("g", {})
    store.note_hits(["k"])
    store.drop("k")
    assert store.trim() == 0
    assert len(told) == 1
    later = Store(0, Disk(root), warn=told.append)
    toy.reset()
    assert toy.execute(changed, later, "y", "d").value("y") == 6.0
    assert toy.execute(changed, later, "y", "d").executed == []
    assert later.disk
    assert later.disk.verify() == []
    assert len(told) == 1


def test_s13_index_that_became_rubbish_starts_afresh(tmp_path: Path, told: list[str]) -> None:
    disk = Disk(tmp_path)
    toy.execute(graph(), Store(0, disk), "m")
    objects = {path.name for path in tmp_path.glob("objects/*/*")}
    disk.close()
    (tmp_path / "index.sqlite").write_bytes(b"rubbish" * 1000)
    store = Store(0, Disk(tmp_path), warn=told.append)
    assert len(told) == 1
    assert "put aside as index.damaged" in told[0]
    toy.execute(graph(), store, "m")
    assert {path.name for path in tmp_path.glob("objects/*/*")} == objects
    toy.reset()
    toy.execute(graph(), Store(0, Disk(tmp_path), warn=told.append), "m")
    assert not toy.calls
    assert len(told) == 1


def test_objects_that_no_entry_knows_are_swept(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    toy.execute(graph(), Store(0, disk), "m")
    strays = [disk._objects.place(name) for name in ("ab01", "ab02")]
    for stray in strays:
        shutil.copytree(next(tmp_path.glob("objects/*/*")), stray)
    os.utime(strays[0], (1e9, 1e9))
    disk.trim()
    assert strays[0].exists()  # once a day is enough
    disk.verify()
    assert not strays[0].exists()
    assert strays[1].exists()  # another process may be about to note it
    assert len(disk.entries()) == 3
    assert all(disk._objects.is_there(row[0]) for row in disk._index.all("SELECT digest FROM refs"))


def test_what_an_ended_process_left_aside_is_swept(tmp_path: Path) -> None:
    import platform

    objects = Objects(tmp_path)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    names = {}
    for who, age in ((ended.pid, 100), (ended.pid, 1), (os.getpid(), 100)):
        left = tmp_path / "aside" / f"{who}@{platform.node()}@{age}"
        left.mkdir()
        (left / "0.npy").write_bytes(b"half")
        when = left.stat().st_mtime - age
        os.utime(left, (when, when))
        names[who, age] = left
    objects.sweep()
    assert {key for key, left in names.items() if left.exists()} == {
        (ended.pid, 1),
        (os.getpid(), 100),
    }


def test_s06_processes_that_are_killed_harm_nobody(tmp_path: Path) -> None:
    facts = kill_some(tmp_path / "store", kills=6, items=12, seed=1)
    assert facts["killed"] == 6
    assert facts["wrong"] == 0
    assert facts["damaged"] == 0
    assert facts["warnings"] == []
    assert facts["computed twice"] == 0
    assert facts["lost"] == 0
    assert facts["found at last"] + facts["made at last"] == facts["tasks"]
    assert facts["found at last"] > facts["made at last"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills as POSIX does")
def test_s06_a_process_killed_inside_a_change_of_the_index(tmp_path: Path, start: Any) -> None:
    code = """
import os, signal, sys
from graph.disk import Disk
from tests.graph.test_store import entry, grid
import graph.disk
disk = Disk(sys.argv[1])
disk.put(*entry("before", grid=grid(10)))
real = graph.disk._insert
def killed(index, *arguments):
    real(index, *arguments)
    os.kill(os.getpid(), signal.SIGKILL)
graph.disk._insert = killed
disk.put(*entry("torn", grid=grid(20)))
"""
    process = start(code, tmp_path / "s")
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    disk = Disk(tmp_path / "s")
    assert set(disk.find(["before", "torn"])) == {"before"}
    disk.put(*entry("torn", grid=grid(20)))
    assert set(disk.find(["before", "torn"])) == {"before", "torn"}
    assert disk.verify() == []
    assert disk.bytes() == sum(p.stat().st_size for p in (tmp_path / "s").glob("objects/*/*/*"))
