"""Plans and runs for single items of mapped nodes, as a viewer asks for them."""

from __future__ import annotations

from typing import Any

import pytest

from graph.errors import GraphError
from graph.model import Graph
from graph.plan import plan
from graph.result import Result
from graph.run import run
from graph.store import Store
from tests.graph import toy_nodes as toy


def _graph(values: Any = (3.0, 1.0, 2.0)) -> Graph:
    return toy.build(
        "n.number -> o.a; o.number -> t.items",
        n=("toy.numbers", {"value": list(values)}),
        o="toy.one",
        t="toy.total",
    )


def _run(graph: Graph, store: Store, *targets: Any) -> Result:
    return run(plan(graph, store, targets=targets), store)


def test_only_that_item_and_what_it_needs_runs(store: Store) -> None:
    result = _run(_graph(), store, ("o", 1))
    assert toy.calls == {"numbers": 1, "one": 1}
    assert result.item("o", 1) == 2.0
    assert result.counts("o") == {"executed": 1, "skipped": 2}
    assert result.status == "ok"


def test_it_is_the_very_task_of_the_whole(store: Store) -> None:
    _run(_graph(), store, ("o", 1))
    result = _run(_graph(), store, "o")
    assert toy.calls == {"numbers": 3, "one": 3}
    assert list(result.value("o")) == [4.0, 2.0, 3.0]


def test_several_items_and_the_whole(store: Store) -> None:
    _run(_graph(), store, ("o", 0), ("o", 2))
    assert toy.calls["one"] == 2
    _run(_graph(), store, ("o", 0), "o", ("n", 1))
    assert toy.calls["one"] == 3


def test_a_stored_item_is_found(store: Store) -> None:
    _run(_graph(), store, "o")
    toy.calls.clear()
    result = _run(_graph(), store, ("o", 2))
    assert toy.calls == {}
    assert result.item("o", 2) == 3.0
    assert result.states["o"] == "cached"


def test_a_node_that_is_not_mapped_has_one_item(store: Store) -> None:
    result = _run(_graph(), store, ("t", 0))
    assert result.item("t", 0) == 9.0
    with pytest.raises(GraphError, match=r"t: there is no item 2; it has 1"):
        plan(_graph(), store, targets=[("t", 1)])
    with pytest.raises(GraphError, match="no item 5"):
        result.item("t", 4)


def test_items_of_groups_are_counted_through(store: Store) -> None:
    graph = _graph(([1.0, 2.0], [3.0]))
    result = _run(graph, store, ("o", 2))
    assert toy.calls == {"numbers": 1, "one": 1}
    assert result.item("o", 2) == 4.0


@pytest.mark.parametrize("number", [-1, 3])
def test_an_item_that_is_not_there(store: Store, number: int) -> None:
    with pytest.raises(GraphError, match=f"o: there is no item {number + 1}; it has 3"):
        plan(_graph(), store, targets=[("o", number)])


def test_what_was_not_asked_for_says_so(store: Store) -> None:
    result = _run(_graph(), store, ("o", 1))
    with pytest.raises(GraphError, match="item 1 was not needed"):
        result.item("o", 0)


def test_a_failed_item_tells_its_error(store: Store) -> None:
    graph = toy.build(
        "n.number -> f.a",
        n=("toy.numbers", {"value": [1.0, 2.0]}),
        f=("toy.fail", {"when": 2.0, "message": "two is too much"}),
    )
    result = _run(graph, store, "f")
    assert result.item("f", 0) == 1.0
    with pytest.raises(GraphError, match="two is too much"):
        result.item("f", 1)


def test_what_a_node_was_given(store: Store) -> None:
    result = _run(_graph(), store, "o")
    assert [result.taken("o", i, "a") for i in range(3)] == [3.0, 1.0, 2.0]
    links = "n.number -> h.a; h.high -> o.a"
    halves = toy.build(links, n="toy.number", h="toy.halves", o="toy.one")
    halves.set("n", "value", 5.0)
    outcome = _run(halves, store, "o")
    assert outcome.taken("o", 0, "a") == outcome.item("h", 0, "high")


def test_a_plan_holds_the_graph_it_was_made_of(store: Store) -> None:
    graph = _graph()
    graph.set_mode("o", "bypass")
    assert plan(graph, store, targets=["t"]).graph is graph
