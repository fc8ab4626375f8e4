"""Nodes mapped over lists (M)."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from graph.events import Event
from graph.model import Graph
from graph.plan import plan
from graph.store import Store
from graph.task import leaves
from tests.graph import toy_nodes as toy


def numbers(values: Any, links: str = "", **nodes: Any) -> Graph:
    """A list ``n`` and what hangs on it."""
    return toy.build(links, n=("toy.numbers", {"value": values}), **nodes)


def test_m01_three_frames_three_calls_in_order(store: Store) -> None:
    graph = numbers([3.0, 1.0, 2.0], "n.number -> o.a", o="toy.one")
    result = toy.execute(graph, store, "o")
    assert toy.calls == {"numbers": 3, "one": 3}
    assert list(result.value("o")) == [4.0, 2.0, 3.0]
    assert result.counts("o") == {"executed": 3}
    assert result.summary()["items"]["n"] == {"total": 3, "executed": 3}


@pytest.mark.parametrize("collector", ["toy.total", "toy.order"])
def test_m02_empty_list(store: Store, collector: str) -> None:
    graph = numbers(
        [],
        "n.number -> o.a; o.number -> p.a; n.number -> p.b; p.number -> t.items",
        o="toy.one",
        p="toy.pair",
        t=collector,
    )
    result = toy.execute(graph, store, "t", "p")
    assert result.status == "ok"
    assert list(result.value("p")) == []
    assert result.value("t") == (0 if collector == "toy.total" else "")
    assert toy.calls[collector.removeprefix("toy.")] == 1


def test_m02_empty_list_returned_by_a_node(store: Store) -> None:
    graph = numbers(
        [],
        "n.number -> l.items; l.number -> o.a; o.number -> t.items",
        l="toy.nothing",
        o="toy.one",
        t="toy.total",
    )
    result = toy.execute(graph, store, "t", "l")
    assert result.value("t") == 0.0
    assert result.value("l") == ()


def test_m03_unequal_lists_are_refused_in_the_plan(store: Store) -> None:
    graph = numbers(
        [1.0, 2.0, 3.0],
        "n.number -> p.a; m.number -> p.b; p.number -> t.items",
        m=("toy.numbers", {"value": [1.0, 2.0]}),
        p="toy.pair",
        t="toy.total",
    )
    made = plan(graph, store, targets=["t"])
    assert [problem.node for problem in made.problems] == ["p"]
    assert "a has 3, b has 2" in made.problems[0].message
    assert (made.state("p"), made.state("t")) == ("blocked", "blocked")
    assert not toy.calls


def cycled(a: list[float], b: list[float]) -> Graph:
    """Two lists, of which the second may start again."""
    return toy.build(
        "a.number -> c.a; b.number -> c.b",
        a=("toy.numbers", {"value": a}),
        b=("toy.numbers", {"value": b}),
        c="toy.cycle",
    )


def test_m03_declared_repeat_starts_again(store: Store) -> None:
    result = toy.execute(cycled([1.0, 2.0, 3.0], [7.0, 8.0]), store, "c")
    assert list(result.value("c")) == [17.0, 28.0, 37.0]


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([1.0, 2.0], [7.0, 8.0, 9.0], "a has 2, b has 3"),  # a would have to repeat
        ([1.0, 2.0], [], "a has 2, b has 0"),  # nothing to repeat
    ],
)
def test_m03_only_the_declared_list_repeats(
    store: Store, a: list[float], b: list[float], message: str
) -> None:
    problems = plan(cycled(a, b), store, targets=["c"]).problems
    assert message in problems[0].message


def test_m03_empty_list_beside_one_that_repeats(store: Store) -> None:
    result = toy.execute(cycled([], [7.0]), store, "c")
    assert list(result.value("c")) == []


def test_m03_repeat_over_groups(store: Store) -> None:
    graph = toy.build(
        "a.number -> c.a; b.number -> c.b",
        a=("toy.numbers", {"value": [[1.0, 2.0, 3.0], [4.0]]}),
        b=("toy.numbers", {"value": [[7.0, 8.0], [9.0]]}),
        c="toy.cycle",
    )
    value = toy.execute(graph, store, "c").value("c")
    assert [list(group) for group in value] == [[17.0, 28.0, 37.0], [49.0]]
    graph.set("b", "value", [[7.0]])  # groups start again too
    value = toy.execute(graph, store, "c").value("c")
    assert [list(group) for group in value] == [[17.0, 27.0, 37.0], [47.0]]


def test_m04_grouping_is_kept_through_nested_collectors(store: Store) -> None:
    graph = numbers(
        [[1.0, 2.0], [], [3.0]],
        "n.number -> o.a; o.number -> t.items; t.number -> s.items",
        o="toy.one",
        t="toy.total",
        s="toy.order",
    )
    result = toy.execute(graph, store, "s", "o")
    assert [list(group) for group in result.value("o")] == [[2.0, 3.0], [], [4.0]]
    assert list(result.value("t")) == [5.0, 0.0, 4.0]
    assert result.value("s") == "5 0 4"
    assert [task.index for task in leaves(result.plan.nodes["o"].tasks)] == [(0, 0), (0, 1), (2, 0)]


def test_m04_single_list_beside_groups(store: Store) -> None:
    graph = numbers(
        [[1.0, 2.0], [3.0]],
        "n.number -> p.a; m.number -> p.b",
        m=("toy.numbers", {"value": [5.0, 6.0]}),  # one for each group
        p="toy.pair",
    )
    value = toy.execute(graph, store, "p").value("p")
    assert [list(group) for group in value] == [[15.0, 25.0], [36.0]]


def test_m04_uneven_list_is_refused(store: Store) -> None:
    for values in ([1.0, [2.0]], [[1.0], [[2.0]]]):
        problems = plan(numbers(values), store, targets=["n"]).problems
        assert [(p.node, p.name) for p in problems] == [("n", "value")]


def test_m05_collector_sees_input_order(store: Store) -> None:
    graph = numbers(
        [1.0, 2.0, 3.0, 4.0],
        "n.number -> s.a; s.number -> t.items",
        s="toy.late",
        t="toy.order",
    )
    toy.gates["1"] = threading.Event()

    def post(event: Event) -> None:
        if event.kind == "finished" and (event.node, event.item) == ("s", (3,)):
            toy.gates["1"].set()

    result = toy.execute(graph, store, "t", workers=2, post=post)
    assert toy.ended.index("late 1") > toy.ended.index("late 4")
    assert result.value("t") == "1 2 3 4"


def failing() -> Graph:
    """Twenty items of which the eighth fails, a chain behind them, and a collector."""
    return numbers(
        [float(i) for i in range(20)],
        "n.number -> f.a; f.any -> o.value; f.any -> c.items",
        f=("toy.fail", {"when": 7.0, "message": "bad frame"}),
        o="toy.anything",
        c="toy.total",
    )


def test_m06_one_failing_item_of_twenty(store: Store) -> None:
    result = toy.execute(failing(), store, "c", "o", workers=2)
    assert toy.calls["fail"] == 20
    assert result.states["f"] == "failed"
    ((index, failure),) = result.failures("f")
    assert (index, failure.message) == ((7,), "bad frame")
    assert result.states["c"] == "blocked"  # the collector fails with its frame
    assert result.failures("c")[0][1].by == "f"
    toy.reset()
    toy.execute(failing(), store, "c")
    assert toy.calls == {"fail": 1}  # the nineteen are kept


def test_m08_one_changed_file(store: Store, tmp_path: Path) -> None:
    for i in range(5):
        (tmp_path / f"l_{i}.txt").write_text(str(i))
    graph = toy.build(
        "l.number -> o.a; o.number -> t.items",
        l=("toy.read_each", {"files": "l_*.txt"}),
        o="toy.one",
        t="toy.order",
    )
    toy.execute(graph, store, "t", folder=tmp_path)
    toy.reset()
    (tmp_path / "l_3.txt").write_text("30")
    result = toy.execute(graph, store, "t", folder=tmp_path)
    assert toy.calls == {"read_each": 1, "one": 1, "order": 1}
    assert result.value("t") == "1 2 3 31 5"
    assert result.reason("l") == "file l_3.txt changed; 1 of 5 items"


@pytest.mark.parametrize("chain", [1, 4])
def test_f05_one_more_file_is_one_item_of_every_node(
    store: Store, tmp_path: Path, chain: int
) -> None:
    for i in range(5):
        (tmp_path / f"l_{i}.txt").write_text(str(i))
    graph = toy.build(l=("toy.read_each", {"files": "l_*.txt"}), t="toy.total")
    last = "l"
    for place in range(chain):
        graph.add(f"o{place}", "toy.one", plus=float(place + 1))
        graph.link(last, "number", f"o{place}", "a")
        last = f"o{place}"
    graph.link(last, "number", "t", "items")
    toy.execute(graph, store, "t", folder=tmp_path)
    (tmp_path / "l_2b.txt").write_text("25")  # in the middle
    made = plan(graph, store, targets=["t"], folder=tmp_path)
    assert [(made.nodes[id].to_run, made.nodes[id].items) for id in graph.nodes if id != "t"] == [
        (1, 6)
    ] * (chain + 1)
    toy.reset()
    result = toy.execute(graph, store, "t", folder=tmp_path)
    assert toy.calls == {"read_each": 1, "one": chain, "total": 1}
    assert result.reason("l") == "file l_2b.txt added; 1 of 6 items"
    toy.reset()
    (tmp_path / "l_2b.txt").unlink()
    toy.execute(graph, store, "t", folder=tmp_path)
    assert not toy.calls  # as it was before


def test_m09_only_the_line_of_a_blocked_item(store: Store) -> None:
    result = toy.execute(failing(), store, "o")
    assert toy.calls["anything"] == 19
    assert result.states["o"] == "blocked"
    assert [index for index, failure in result.failures("o")] == [(7,)]


def test_m11_source_that_fails_after_five_items(store: Store, tmp_path: Path) -> None:
    for i in range(6):
        (tmp_path / f"l_{i}.txt").write_text(str(i) if i < 5 else "no number")
    graph = toy.build(
        "l.number -> o.a; o.number -> t.items",
        l=("toy.read_each", {"files": "l_*.txt"}),
        o="toy.one",
        t="toy.total",
    )
    result = toy.execute(graph, store, "t", folder=tmp_path)
    assert result.states == {"l": "failed", "o": "blocked", "t": "blocked"}
    assert [index for index, _ in result.failures("l")] == [(5,)]
    assert toy.calls == {"read_each": 6, "one": 5}
    (tmp_path / "l_5.txt").write_text("5")
    toy.reset()
    assert toy.execute(graph, store, "t", folder=tmp_path).value("t") == 21.0
    assert toy.calls == {"read_each": 1, "one": 1, "total": 1}


def test_items_that_another_node_makes(store: Store) -> None:
    """Its own items are stored; the one that is lost is made for another node that comes first."""
    graph = toy.build(
        a=("toy.numbers", {"value": [0.0, 0.0]}), b=("toy.numbers", {"value": [0.0, 1.0]})
    )
    result = toy.execute(graph, store, "b")
    store.drop(next(leaves(result.plan.nodes["b"].tasks)).key)
    result = toy.execute(graph, store, "a", "b")
    assert (result.states["a"], result.states["b"]) == ("executed", "cached")
    assert list(result.value("b")) == [0.0, 1.0]


def test_item_that_failed_at_another_node(store: Store) -> None:
    """Two nodes do the same to an equal item: it fails for both."""
    graph = toy.build(
        "a.number -> f.a; b.number -> g.a",
        a=("toy.numbers", {"value": [7.0, 1.0]}),
        b=("toy.numbers", {"value": [7.0, 2.0]}),
        f=("toy.fail", {"when": 7.0}),
        g=("toy.fail", {"when": 7.0}),
    )
    result = toy.execute(graph, store, "f", "g")
    assert toy.calls["fail"] == 3
    assert (result.states["f"], result.states["g"]) == ("failed", "failed")
    assert [index for index, _ in result.failures("g")] == [(0,)]


def test_m12_one_worker_and_many_give_equal_results() -> None:
    def digests(workers: int) -> dict[str, Any]:
        graph = numbers(
            [i / 7 for i in range(60)],
            "n.number -> g.a; g.grid -> d.grid; d.grid -> s.grids; s.grid -> m.grid",
            g="toy.make_grid",
            d="toy.double",
            s="toy.sum_grids",
            m="toy.measure",
        )
        return toy.execute(graph, Store(1 << 30), "m", workers=workers).digests()

    assert digests(1) == digests(2) == digests(8)


def test_m13_reordered_items_keep_their_keys(store: Store) -> None:
    def keys(values: list[float]) -> dict[str, Any]:
        graph = numbers(values, "n.number -> o.a; o.number -> t.items", o="toy.one", t="toy.order")
        made = plan(graph, store, targets=["t"])
        return {id: [task.key for task in leaves(each.tasks)] for id, each in made.nodes.items()}

    one, two = keys([1.0, 2.0, 3.0]), keys([3.0, 1.0, 2.0])
    assert [one["o"][i] for i in (2, 0, 1)] == two["o"]
    assert one["t"] != two["t"]


def test_m14_collector_of_a_list_and_a_constant(store: Store) -> None:
    graph = numbers(
        [1.0, 2.0],
        "n.number -> t.items; k.number -> t.factor; n.number -> p.a; k.number -> p.b",
        k=("toy.number", {"value": 3.0}),
        t="toy.order",
        p="toy.pair",
    )
    result = toy.execute(graph, store, "t", "p")
    assert result.value("t") == "3 6"
    assert list(result.value("p")) == [13.0, 23.0]
    assert toy.calls["number"] == 1


def test_m14_list_fed_to_a_parameter(store: Store) -> None:
    graph = numbers(
        [1.0, 2.0],
        "k.number -> s.a; k.number -> s.b; n.number -> s.scale",
        k=("toy.number", {"value": 3.0}),
        s="toy.add",
    )
    assert list(toy.execute(graph, store, "s").value("s")) == [6.0, 12.0]
