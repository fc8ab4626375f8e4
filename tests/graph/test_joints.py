"""Joints of wires and groups (L12), modes and policies in files, what policies do (S16)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph.disk import Disk
from graph.errors import GraphError
from graph.file import parse, serialize
from graph.plan import plan
from graph.store import Store
from tests.graph import toy_lazy as lazy
from tests.graph import toy_nodes as toy
from tests.graph.test_bypass import keys, row


def test_l12_joints_and_groups_add_nothing_to_keys(store: Store) -> None:
    graph = row("lazy.joint", "lazy.joint")
    graph.groups = {"g": {"nodes": ["x0", "end"], "title": "A group"}}
    assert keys(graph, "end") == keys(row(), "end")
    result = toy.execute(graph, store, "end")
    assert result.value("end") == 4.0
    assert result.reason("x0") == "a joint of wires"


def test_l12_joint_of_frames_and_of_a_parameter(store: Store) -> None:
    graph = lazy.build(
        "n.number -> j.value; j.any -> o.a; k.number -> i.value; i.any -> o.plus; "
        "o.number -> t.items",
        n=("toy.numbers", {"value": [1.0, 2.0]}),
        k=("toy.number", {"value": 10.0}),
        j="lazy.joint",
        i="lazy.joint",
        o="toy.one",
        t="toy.order",
    )
    assert toy.execute(graph, store, "t").value("t") == "11 12"
    direct = lazy.build(
        "n.number -> o.a; k.number -> o.plus; o.number -> t.items",
        n=("toy.numbers", {"value": [1.0, 2.0]}),
        k=("toy.number", {"value": 10.0}),
        o="toy.one",
        t="toy.order",
    )
    assert keys(graph, "t") == keys(direct, "t")


def test_l12_joint_as_target_or_left_open(store: Store) -> None:
    graph = row("lazy.joint")
    assert toy.execute(graph, store, "x0").states["x0"] == "skipped"
    graph.unlink("x0", "value")
    assert [str(p) for p in plan(graph, store, targets=["end"]).problems] == [
        "end.a: is not connected"
    ]


def test_l12_joint_does_not_hide_a_wrong_type() -> None:
    graph = lazy.build(
        "a.number -> j.value; j.any -> m.grid", a="toy.number", j="lazy.joint", m="toy.measure"
    )
    (problem,) = plan(graph, Store(0), targets=["m"]).problems
    assert str(problem) == "m.grid: a.number is of type Number, m.grid takes Grid"


def test_file_keeps_mode_and_policy() -> None:
    graph = row("toy.one", "toy.one")
    graph.set_mode("x0", "bypass")
    graph.set_mode("x1", "mute")
    graph.set_keep("x1", "keep")
    graph.set_keep("end", "never")
    text = serialize(graph)
    nodes = json.loads(text)["nodes"]
    assert (nodes["x0"]["mode"], nodes["x1"]["mode"]) == ("bypass", "mute")
    assert (nodes["x1"]["keep"], nodes["end"]["keep"]) == ("keep", "never")
    assert "mode" not in nodes["a"]
    assert "keep" not in nodes["a"]
    again = parse(text, graph.registry)
    assert {id: (n.mode, n.keep) for id, n in again.nodes.items()} == {
        id: (n.mode, n.keep) for id, n in graph.nodes.items()
    }
    assert serialize(again) == text


@pytest.mark.parametrize(("edit", "word"), [("set_mode", "skip"), ("set_keep", "always")])
def test_unknown_words_are_refused(edit: str, word: str) -> None:
    graph = row()
    before = serialize(graph)
    with pytest.raises(GraphError, match=f"'{word}' is not one of: "):
        getattr(graph, edit)("end", word)
    with pytest.raises(GraphError, match="no such node"):
        getattr(graph, edit)("nowhere", "run")
    assert serialize(graph) == before


@pytest.mark.parametrize("place", ["mode", "keep"])
def test_unknown_words_in_a_file_are_told(place: str) -> None:
    document = json.loads(serialize(row()))
    document["nodes"]["end"][place] = "sometimes"
    with pytest.raises(GraphError, match=f"end.*{place}|{place}.*sometimes"):
        parse(json.dumps(document), lazy.registry())


def test_edits_of_mode_survive_copies_and_changes_of_type() -> None:
    graph = row("toy.one")
    graph.set_mode("x0", "mute")
    graph.set_keep("x0", "never")
    graph.replace_type("x0", "lazy.passing")
    graph.rename("x0", "y")
    graph.set("y", "name", "later")
    assert (graph.nodes["y"].mode, graph.nodes["y"].keep) == ("mute", "never")


# --- what is kept --------------------------------------------------------------------------------


def test_s16_nodes_set_to_never_and_to_keep(tmp_path: Path) -> None:
    graph = row("toy.one", "toy.halves")
    graph.set_keep("x0", "never")
    graph.set_keep("x1", "keep")
    store = Store(1 << 30, Disk(tmp_path / "s"))
    before = keys(graph, "end")
    toy.execute(graph, store, "end")
    assert store.disk
    assert sorted(row["type"] for row in store.disk.entries()) == [
        "toy.halves",
        "toy.number",
        "toy.one",  # of the end
    ]
    toy.reset()
    made = plan(graph, store, targets=["end"])
    assert (made.state("x0"), made.state("end")) == ("skipped", "cached")
    toy.execute(graph, store, "x0")
    assert toy.calls == {"one": 1}
    for id in ("x0", "x1"):
        graph.set_keep(id, "auto")
    assert keys(graph, "end") == before  # it is not in the key
    toy.reset()
    toy.execute(graph, store, "x0")
    toy.execute(graph, store, "x0")
    assert toy.calls == {"one": 1}


def test_s16_never_is_never_found_by_content_either(tmp_path: Path) -> None:
    graph = lazy.build("c.number -> o.a", c=("toy.clock", {"values": [1.0]}), o="toy.one")
    graph.set_keep("o", "never")
    store = Store(1 << 30, Disk(tmp_path / "s"))
    for _ in range(2):
        toy.execute(graph, store, "o")
    assert toy.calls == {"clock": 2, "one": 2}


def test_s16_never_says_why_it_runs(store: Store) -> None:
    graph = row()
    graph.set_keep("end", "never")
    toy.execute(graph, store, "end")
    assert toy.execute(graph, store, "end").reason("end") == "never kept"


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [("auto", "keep", [1]), ("keep", "never", [1]), ("never", "auto", [0]), ("never", "never", [])],
)
def test_s16_of_two_nodes_that_are_one_task_the_stronger_wish_counts(
    tmp_path: Path, first: str, second: str, kept: list[int]
) -> None:
    store = Store(1 << 30, Disk(tmp_path / "s"))
    graph = lazy.build("n.number -> o.a; n.number -> p.a", n="toy.number", o="toy.one", p="toy.one")
    graph.set_keep("o", first)
    graph.set_keep("p", second)
    toy.execute(graph, store, "o", "p")
    assert store.disk
    assert [row["kept"] for row in store.disk.entries() if row["type"] == "toy.one"] == kept
