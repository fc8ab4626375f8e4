"""One list of several: nothing runs for it, and what follows takes all of their items."""

from __future__ import annotations

from graph.plan import plan
from graph.store import Store
from tests.graph import toy_lazy as lazy
from tests.graph import toy_nodes as toy
from tests.graph.test_bypass import keys


def test_lists_and_single_values_are_joined_in_the_order_of_the_sockets(store: Store) -> None:
    graph = lazy.build(
        "b.number -> all.second; a.number -> all.first; k.number -> all.third; all.any -> t.items",
        a=("toy.numbers", {"value": [1.0, 2.0]}),
        b=("toy.numbers", {"value": [3.0]}),
        k=("toy.number", {"value": 4.0}),
        all="lazy.join",
        t="toy.order",
    )
    result = toy.execute(graph, store, "t")
    assert result.value("t") == "1 2 3 4"
    assert result.reason("all") == "joins lists; nothing runs"
    assert result.plan.nodes["all"].items == 4


def test_the_items_have_the_keys_of_a_single_list(store: Store) -> None:
    def build(links: str, **lists: list[float]) -> lazy.Graph:
        nodes = {id: ("toy.numbers", {"value": values}) for id, values in lists.items()}
        joined = {"all": "lazy.join"} if "all" in links else {}
        return lazy.build(links, **nodes, **joined, o="toy.one", t="toy.order")

    whole = build("a.number -> o.a; o.number -> t.items", a=[1.0, 2.0, 3.0])
    parts = build(
        "a.number -> all.first; b.number -> all.second; all.any -> o.a; o.number -> t.items",
        a=[1.0, 2.0],
        b=[3.0],
    )
    assert keys(parts, "t")["t"] == keys(whole, "t")["t"]
    assert toy.execute(whole, store, "t").value("t") == "2 3 4"
    assert toy.execute(parts, store, "t").executed == []  # all is stored


def test_a_list_that_is_blocked_is_left_out_and_the_others_go_on(store: Store) -> None:
    graph = lazy.build(
        "a.number -> all.first; o.number -> all.second; all.any -> t.items",
        a=("toy.numbers", {"value": [1.0, 2.0]}),
        o="toy.one",  # whose input is not connected
        all="lazy.join",
        t="toy.order",
    )
    result = toy.execute(graph, store, "t")
    assert result.value("t") == "1 2"
    assert [p.node for p in result.plan.problems] == ["o"]


def test_nothing_to_join_blocks_what_follows(store: Store) -> None:
    graph = lazy.build("all.any -> t.items", all="lazy.join", t="toy.order")
    planned = plan(graph, store, targets=["t"])
    assert planned.nodes["all"].reason == "nothing is linked to it"
    assert planned.nodes["t"].state == "blocked"


def test_lists_of_unlike_depth_are_refused_in_a_sentence(store: Store) -> None:
    graph = lazy.build(
        "a.number -> all.first; b.number -> all.second; all.any -> t.items",
        a=("toy.numbers", {"value": [1.0, 2.0]}),
        b=("toy.numbers", {"value": [[3.0], [4.0]]}),
        all="lazy.join",
        t="toy.order",
    )
    problems = plan(graph, store, targets=["t"]).problems
    assert [str(p) for p in problems] == [
        "all: lists of frames and lists of lists cannot be joined"
    ]
