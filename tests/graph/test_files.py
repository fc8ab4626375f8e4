"""Files that graphs read and write (F)."""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import pytest

from graph import files
from graph.disk import Disk
from graph.files import list_files
from graph.keys import file_digest
from graph.model import Graph
from graph.plan import plan
from graph.registry import Registry
from graph.run import run
from graph.spec import InputFile, node
from graph.store import Store
from graph.task import leaves
from tests.graph import toy_nodes as toy


def put(path: Path, text: str, when: float | None = None) -> None:
    """Write a file, changed at that time (an hour ago by default)."""
    path.write_text(text)
    stamp = time.time() - 3600 if when is None else when
    os.utime(path, (stamp, stamp))


def reader() -> Graph:
    """A file, one more than what it says, and an independent branch."""
    return toy.build(
        "r.number -> o.a; k.number -> h.a",
        r=("toy.read", {"file": "in.txt"}),
        o="toy.one",
        k="toy.number",
        h="toy.halves",
    )


@pytest.fixture
def digested(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Which files were read to be digested, by name."""
    count: Counter[str] = Counter()
    original = hashlib.file_digest

    def counting(file: Any, *args: Any) -> Any:
        count[Path(file.name).name] += 1
        return original(file, *args)

    monkeypatch.setattr(hashlib, "file_digest", counting)
    return count


def test_f01_other_content_of_equal_size(store: Store, tmp_path: Path) -> None:
    put(tmp_path / "in.txt", "1")
    toy.execute(reader(), store, "o", "h", folder=tmp_path)
    put(tmp_path / "in.txt", "2", time.time() - 3000)
    toy.reset()
    result = toy.execute(reader(), store, "o", "h", folder=tmp_path)
    assert toy.calls == {"read": 1, "one": 1}
    assert result.value("o") == 3.0


def test_f01_within_one_tick_of_the_clock(store: Store, tmp_path: Path) -> None:
    now = time.time()
    for value in ("1", "2", "3"):  # same size, same time, same inode
        put(tmp_path / "in.txt", value, now)
        assert toy.execute(reader(), store, "o", folder=tmp_path).value("o") == float(value) + 1


def test_f02_touched_file_is_digested_once_and_nothing_runs(
    store: Store, tmp_path: Path, digested: Counter[str]
) -> None:
    put(tmp_path / "in.txt", "1")
    toy.execute(reader(), store, "o", folder=tmp_path)
    assert digested == {"in.txt": 1}
    put(tmp_path / "in.txt", "1", time.time() - 1000)
    toy.reset()
    for _ in range(3):
        assert not plan(reader(), store, targets=["o"], folder=tmp_path).ids("run")
        toy.execute(reader(), store, "o", folder=tmp_path)
    assert not toy.calls
    assert digested == {"in.txt": 2}


def test_f03_replaced_by_an_older_file(store: Store, tmp_path: Path) -> None:
    put(tmp_path / "in.txt", "1")
    toy.execute(reader(), store, "o", folder=tmp_path)
    put(tmp_path / "old.txt", "7", 1e9)
    os.replace(tmp_path / "old.txt", tmp_path / "in.txt")
    assert toy.execute(reader(), store, "o", folder=tmp_path).value("o") == 8.0


def test_f04_deleted_file_fails_at_its_reader(store: Store, tmp_path: Path) -> None:
    put(tmp_path / "in.txt", "1")
    toy.execute(reader(), store, "o", folder=tmp_path)
    (tmp_path / "in.txt").unlink()
    result = toy.execute(reader(), store, "o", "h", folder=tmp_path)
    assert result.states == {"r": "failed", "o": "blocked", "k": "executed", "h": "executed"}
    message = result.failures("r")[0][1].message
    assert str(tmp_path / "in.txt") in message
    assert "does not exist" in message
    put(tmp_path / "in.txt", "1")
    assert toy.execute(reader(), store, "o", folder=tmp_path).value("o") == 2.0


def test_f04_folder_in_place_of_a_file(store: Store, tmp_path: Path) -> None:
    (tmp_path / "in.txt").mkdir()
    result = toy.execute(reader(), store, "o", folder=tmp_path)
    assert result.states["r"] == "failed"
    assert "in.txt" in result.failures("r")[0][1].message


def night(pattern: str = "lights") -> Graph:
    """All frames of a folder, one more each, and their order."""
    return toy.build(
        "l.number -> o.a; o.number -> t.items",
        l=("toy.read_each", {"files": pattern}),
        o="toy.one",
        t="toy.order",
    )


def fill(folder: Path, **frames: str) -> None:
    """Frames by their name."""
    folder.mkdir(exist_ok=True)
    for name, text in frames.items():
        put(folder / f"{name}.txt", text)


def test_f05_one_more_frame_in_the_folder(store: Store, tmp_path: Path) -> None:
    fill(tmp_path / "lights", f_1="1", f_2="2", f_10="10")
    assert toy.execute(night(), store, "t", folder=tmp_path).value("t") == "2 3 11"
    fill(tmp_path / "lights", f_3="3")
    toy.reset()
    result = toy.execute(night(), store, "t", folder=tmp_path)
    assert toy.calls == {"read_each": 1, "one": 1, "order": 1}
    assert result.value("t") == "2 3 4 11"
    assert result.reason("l") == "file f_3.txt added; 1 of 4 items"
    assert result.reason("o") == "input a changed; 1 of 4 items"
    (tmp_path / "lights" / "f_1.txt").unlink()
    toy.reset()
    assert toy.execute(night(), store, "t", folder=tmp_path).value("t") == "3 4 11"
    assert toy.calls == {"order": 1}


def test_f06_order_is_natural_whatever_the_system_lists(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "lights", f_1="1", f_2="2", F_10="10", f_9="9")
    original = os.scandir
    seen = []
    for turn in (list, lambda entries: list(entries)[::-1], lambda e: sorted(e, key=hash)):
        monkeypatch.setattr(files.os, "scandir", lambda path, turn=turn: turn(original(path)))
        made = plan(night(), store, targets=["t"], folder=tmp_path)
        tasks = leaves(made.nodes["l"].tasks)
        seen.append([(task.params["files"].name, task.key) for task in tasks])
    assert [name for name, _ in seen[0]] == ["f_1.txt", "f_2.txt", "f_9.txt", "F_10.txt"]
    assert seen[0] == seen[1] == seen[2]


def test_f06_pattern_and_list_of_files(store: Store, tmp_path: Path) -> None:
    fill(tmp_path / "lights", a_1="1", a_2="2", b_1="5")
    assert toy.execute(night("lights/a_*.txt"), store, "t", folder=tmp_path).value("t") == "2 3"
    graph = night()
    graph.set("l", "files", ["lights/b_1.txt", "lights/a_1.txt"])
    assert toy.execute(graph, store, "t", folder=tmp_path).value("t") == "6 2"
    graph.set("l", "files", [["lights/b_1.txt"], ["lights/a_1.txt", "lights/a_2.txt"]])
    assert list(toy.execute(graph, store, "t", folder=tmp_path).value("t")) == ["6", "2 3"]


def test_hidden_files_are_no_frames(tmp_path: Path) -> None:
    fill(tmp_path / "lights", a="1")
    for name in ("._a.txt", ".a.1f3c.txt"):  # of macOS, and of a writer at work
        (tmp_path / "lights" / name).write_text("?")
    (tmp_path / "lights" / "b.txt").mkdir()
    (tmp_path / "lights" / "C.TXT").write_text("3")
    names = [path.name for path in list_files(tmp_path, "lights", ("*.txt",))]
    assert names == ["a.txt", "C.TXT"]
    assert [p.name for p in list_files(tmp_path, "lights/*.txt", ())] == ["a.txt"]
    assert len(list_files(tmp_path, "lights/.*.txt", ())) == 2


def test_names_with_other_digits_are_listed(tmp_path: Path) -> None:
    for name in ("m1²3.txt", "m٣.txt", "m2.txt"):
        (tmp_path / name).write_text("")
    assert len(list_files(tmp_path, "*.txt", ())) == 3


@pytest.mark.parametrize("pattern", ["lights", "lights/*.fits", "nowhere", "nowhere/*.txt"])
def test_no_files_is_an_error_at_the_reader(store: Store, tmp_path: Path, pattern: str) -> None:
    (tmp_path / "lights").mkdir()
    (problem,) = plan(night(pattern), store, targets=["t"], folder=tmp_path).problems
    assert (problem.node, problem.name) == ("l", "files")
    assert pattern.split("/")[0] in problem.message


def writer(**params: Any) -> Graph:
    """A file with one more than a number."""
    return toy.build(
        "k.number -> o.a; o.number -> w.value",
        k=("toy.number", {"value": 4.0}),
        o="toy.one",
        w=("toy.write", {"file": "out/x.txt", **params}),
    )


def test_f07_deleted_output_is_written_again(store: Store, tmp_path: Path) -> None:
    toy.execute(writer(), store, folder=tmp_path)
    assert (tmp_path / "out/x.txt").read_text() == "5"
    (tmp_path / "out/x.txt").unlink()
    toy.reset()
    result = toy.execute(writer(), store, folder=tmp_path)
    assert toy.calls == {"write": 1}
    assert result.reason("w") == "x.txt is missing"
    assert (tmp_path / "out/x.txt").read_text() == "5"
    toy.reset()
    toy.execute(writer(), store, folder=tmp_path)
    assert not toy.calls


def test_f08_altered_output_is_noticed_and_written_again(store: Store, tmp_path: Path) -> None:
    graph = writer(overwrite=True)
    toy.execute(graph, store, folder=tmp_path)
    (tmp_path / "out/x.txt").write_text("6")
    toy.reset()
    result = toy.execute(graph, store, folder=tmp_path)
    assert toy.calls == {"write": 1}
    assert result.reason("w") == "x.txt was altered"
    assert (tmp_path / "out/x.txt").read_text() == "5"


def test_f08_altered_output_is_kept_where_overwriting_is_off(store: Store, tmp_path: Path) -> None:
    toy.execute(writer(), store, folder=tmp_path)
    (tmp_path / "out/x.txt").write_text("mine")
    result = toy.execute(writer(), store, folder=tmp_path)
    assert result.failed == ["w"]
    assert "overwrite" in result.failures("w")[0][1].message
    assert (tmp_path / "out/x.txt").read_text() == "mine"
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_output_that_is_there_with_the_same_content_is_no_conflict(tmp_path: Path) -> None:
    for _ in range(2):  # with a new store each time
        result = toy.execute(writer(), Store(1 << 30), folder=tmp_path)
        assert result.status == "ok"
    other = writer()
    other.set("k", "value", 5.0)
    assert toy.execute(other, Store(1 << 30), folder=tmp_path).failed == ["w"]
    assert (tmp_path / "out/x.txt").read_text() == "5"


def test_two_writers_of_one_file_are_refused(store: Store, tmp_path: Path) -> None:
    graph = writer()
    graph.add("w2", "toy.write", file="out/../out/x.txt")
    graph.link("k", "number", "w2", "value")
    problems = plan(graph, store, folder=tmp_path).problems
    assert len(problems) == 1
    assert problems[0].node in ("w", "w2")
    assert "written twice" in problems[0].message


def test_out_folder_of_its_own(store: Store, tmp_path: Path) -> None:
    for name in ("a", "b"):
        result = toy.execute(writer(), store, folder=tmp_path, out=tmp_path / name)
        assert (tmp_path / name / "out/x.txt").read_text() == "5"
        assert result.outputs() == {"w": [str(tmp_path / name / "out/x.txt")]}
    assert toy.calls == {"number": 1, "one": 1, "write": 2}


def test_f09_file_changed_between_plan_and_reading(store: Store, tmp_path: Path) -> None:
    put(tmp_path / "in.txt", "1")
    made = plan(reader(), store, targets=["o", "h"], folder=tmp_path)
    put(tmp_path / "in.txt", "2", time.time() - 100)
    result = run(made, store)
    assert result.states == {"r": "failed", "o": "blocked", "k": "executed", "h": "executed"}
    assert "changed" in result.failures("r")[0][1].message
    again = toy.execute(reader(), store, "o", folder=tmp_path)  # the next run notices
    assert again.value("o") == 3.0
    put(tmp_path / "in.txt", "1", time.time() - 50)
    assert toy.execute(reader(), store, "o", folder=tmp_path).value("o") == 2.0


def test_f09_file_changed_after_it_was_read(store: Store, tmp_path: Path) -> None:
    put(tmp_path / "in.txt", "1")

    def post(event: Any) -> None:
        if (event.kind, event.node) == ("finished", "r"):
            put(tmp_path / "in.txt", "2", time.time() - 100)

    result = toy.execute(reader(), store, "o", folder=tmp_path, post=post)
    assert result.value("o") == 2.0
    digest = hashlib.sha256(b"1").hexdigest()
    assert result.records()["r"]["files"] == {str(tmp_path / "in.txt"): digest}
    again = toy.execute(reader(), store, "o", folder=tmp_path)
    assert again.value("o") == 3.0
    assert again.reason("r") == "file in.txt changed"


def test_f10_digest_is_remembered_after_a_restart(tmp_path: Path, digested: Counter[str]) -> None:
    put(tmp_path / "in.txt", "1")
    toy.execute(reader(), Store(0, Disk(tmp_path / "s")), "o", folder=tmp_path)
    assert digested == {"in.txt": 1}
    toy.reset()
    assert (
        toy.execute(reader(), Store(0, Disk(tmp_path / "s")), "o", folder=tmp_path).value("o") == 2
    )
    assert digested == {"in.txt": 1}
    put(tmp_path / "in.txt", "1", time.time() - 60)
    file_digest(tmp_path / "in.txt", Store(0, Disk(tmp_path / "s")))
    assert digested == {"in.txt": 2}


def test_a_sink_never_writes_over_what_the_graph_reads(tmp_path: Path, store: Store) -> None:
    (tmp_path / "a.txt").write_text("5")
    graph = toy.build(
        "r.number -> w.value",
        r=("toy.read", {"file": "a.txt"}),
        w=("toy.write", {"file": "a.txt", "overwrite": True}),
    )
    made = plan(graph, store, folder=tmp_path)
    assert made.state("w") == "blocked"
    assert "a.txt is also read, by r" in made.nodes["w"].reason
    assert run(made, store).status == "invalid"
    assert (tmp_path / "a.txt").read_text() == "5"


def test_missing_file_of_a_node_that_is_fed_as_well(store: Store, tmp_path: Path) -> None:
    graph = Graph(Registry([*(spec.function for spec in toy.registry()), shifted]))
    graph.add("n", "toy.number")
    graph.add("s", "toy.shifted", file="nowhere.txt")
    graph.add("o", "toy.one")
    graph.link("n", "number", "s", "a")
    graph.link("n", "number", "o", "a")
    result = toy.execute(graph, store, "s", "o", folder=tmp_path, workers=2)
    assert (result.states["s"], result.states["o"]) == ("failed", "executed")
    ((_, failure),) = result.failures("s")
    assert "does not exist" in failure.message


@node("toy.shifted")
def shifted(a: float, *, file: Annotated[Path, InputFile()]) -> float:
    """Add a number from a file."""
    return a + float(file.read_text())
