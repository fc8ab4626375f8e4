"""Lists that nodes return, sinks over lists, equal items."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.disk import Disk
from graph.errors import GraphError
from graph.plan import plan
from graph.spec import node
from graph.store import Store
from tests.graph import toy_nodes as toy
from tests.graph.test_maps import failing, numbers


def test_list_out_of_a_list_is_mapped_over(store: Store) -> None:
    graph = numbers(
        [1.0, 2.0, 6.0],
        "n.number -> d.items; d.number -> p.a; n.number -> p.b; p.number -> t.items",
        d="toy.deviations",
        p="toy.pair",
        t="toy.order",
    )
    result = toy.execute(graph, store, "t")
    assert result.value("d") == (-2.0, -1.0, 3.0)
    assert result.value("t") == "-19 -8 36"
    assert toy.calls["deviations"] == 1
    toy.reset()
    assert toy.execute(graph, store, "t").value("t") == "-19 -8 36"
    assert not toy.calls


def test_list_out_of_each_group(store: Store) -> None:
    graph = numbers(
        [[1.0, 3.0], [5.0]],
        "n.number -> d.items; d.number -> o.a; o.number -> t.items",
        d="toy.deviations",
        o="toy.one",
        t="toy.order",
    )
    result = toy.execute(graph, store, "t", "d")
    assert list(result.value("d")) == [(-1.0, 1.0), (0.0,)]
    assert list(result.value("t")) == ["0 2", "1"]


def test_single_value_for_a_list_is_a_list_of_one(store: Store) -> None:
    graph = toy.build(
        "a.number -> d.items; d.number -> t.items",
        a=("toy.number", {"value": 4.0}),
        d="toy.nothing",
        t="toy.order",
    )
    assert toy.execute(graph, store, "t").value("t") == "4"


def test_list_of_another_length_or_type_fails_at_its_node(store: Store) -> None:
    for kind, message in (("short", "a list of 1, 2 are due"), ("text", r"[1] is a Text")):
        graph = numbers(
            [1.0, 2.0],
            "n.number -> w.items; w.number -> o.a",
            w=("toy.wrong_list", {"kind": kind}),
            o="toy.one",
        )
        result = toy.execute(graph, store, "o")
        assert result.states == {"n": result.states["n"], "w": "failed", "o": "blocked"}
        assert message in result.failures("w")[0][1].message


def test_list_out_of_nothing_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="as long as one that it takes"):

        @node("test.many")
        def many(a: float) -> list[float]:
            """A list whose length nobody knows."""
            return [a]


# --- sinks and equal items ------------------------------------------------------------------------


def test_mapped_writer_numbers_its_files(store: Store, tmp_path: Path) -> None:
    graph = numbers(
        [5.0, 5.0, 6.0], "n.number -> w.value", w=("toy.write", {"file": "out/x_{index}.txt"})
    )
    toy.execute(graph, store, folder=tmp_path)
    written = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert written == {"x_0001.txt": "5", "x_0002.txt": "5", "x_0003.txt": "6"}
    assert toy.calls == {"numbers": 2, "write": 3}  # equal items: one value, but two files
    (tmp_path / "out" / "x_0002.txt").unlink()
    toy.reset()
    result = toy.execute(graph, store, folder=tmp_path)
    assert toy.calls == {"write": 1}
    assert "1 of 3 items" in result.reason("w")
    assert len(result.outputs()["w"]) == 3


def test_mapped_writer_without_a_number_is_refused(store: Store, tmp_path: Path) -> None:
    graph = numbers([5.0, 6.0], "n.number -> w.value", w=("toy.write", {"file": "x.txt"}))
    made = plan(graph, store, folder=tmp_path)
    assert "{index}" in made.problems[0].message
    assert made.problems[0].node == "w"


def test_equal_items_are_one_task(store: Store) -> None:
    graph = numbers([2.0, 2.0, 2.0], "n.number -> o.a; o.number -> t.items", o="toy.one",
                    t="toy.order")  # fmt: skip
    result = toy.execute(graph, store, "t", "n", "o")
    assert toy.calls == {"numbers": 1, "one": 1, "order": 1}
    assert result.value("t") == "3 3 3"
    assert list(result.value("n")) == [2.0, 2.0, 2.0]


def test_mapped_target_is_read_from_the_store_after_the_run(tmp_path: Path) -> None:
    graph = numbers([1.0, 2.0], "n.number -> g.a", g="toy.make_grid")
    result = toy.execute(graph, Store(0, Disk(tmp_path / "s")), "g")
    values = result.value("g")
    assert [grid.data[0] for grid in values] == [1.0, 2.0]
    assert values[0] is not values[0]  # a list of frames is never held whole


def test_value_of_a_blocked_node_is_an_error(store: Store) -> None:
    result = toy.execute(failing(), store, "c")
    with pytest.raises(GraphError, match="blocked"):
        result.value("c")
