"""What names a node beside its links follows it; copies of a graph share nothing that is edited."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from graph.document import copy_plain
from graph.model import Graph
from graph.references import follow
from tests.graph import toy_nodes as toy


def view() -> dict[str, Any]:
    return {
        "nodes": {"a": [1, 2], "b": [3, 4]},
        "collapsed": ["b", "a"],
        "viewers": {"1": {"node": "a", "item": 2}, "2": {"locked": [{"node": "b"}], "node": None}},
        "later": {"node": "a", "a": ["a"]},
    }


def test_the_view_follows_a_rename() -> None:
    found = view()
    follow(found, "a", "c")
    assert found["nodes"] == {"b": [3, 4], "c": [1, 2]}
    assert found["collapsed"] == ["b", "c"]
    assert found["viewers"]["1"] == {"node": "c", "item": 2}
    assert found["viewers"]["2"] == view()["viewers"]["2"]
    assert found["later"] == view()["later"]


def test_the_view_forgets_what_is_removed() -> None:
    found = view()
    follow(found, "b", None)
    assert found["nodes"] == {"a": [1, 2]}
    assert found["collapsed"] == ["a"]
    assert found["viewers"]["2"] == {"locked": [{"node": None}], "node": None}
    assert found["viewers"]["1"] == view()["viewers"]["1"]


@pytest.mark.parametrize("damage", [None, 3, "a", ["a", 1, None], {"a": None}, [["a"]]])
def test_damaged_views_never_crash(damage: Any) -> None:
    for new in ("c", None):
        found = {name: copy.deepcopy(damage) for name in ("nodes", "collapsed", "viewers")}
        follow(found, "a", new)


def test_a_graph_keeps_its_view_in_step() -> None:
    graph = toy.build(a="toy.number", b="toy.one")
    graph.view = view()
    graph.rename("a", "c")
    graph.remove("b")
    assert graph.view["nodes"] == {"c": [1, 2]}
    assert graph.view["collapsed"] == ["c"]
    assert graph.view["viewers"]["1"]["node"] == "c"


def test_copies_share_only_lists_of_numbers() -> None:
    value: dict[str, Any] = {"p": [1, 2.5], "e": [], "one": [1], "n": [[1, 2], "x"], "d": {"k": {}}}
    twin = copy_plain(value)
    assert twin == value
    assert twin["p"] is value["p"]
    for name in ("e", "one", "n", "d"):
        assert twin[name] is not value[name]
    assert twin["d"]["k"] is not value["d"]["k"]


def test_edits_of_a_copy_leave_the_graph_alone_and_the_other_way_round() -> None:
    def tables(graph: Graph) -> Any:
        ids = list(graph.nodes)
        ends = {id: (graph.feeds(id), graph.consumers(id)) for id in ids}
        return ids, ends, list(graph.order()), sorted(graph.networkx().edges(keys=True))

    for edited in (0, 1):
        graph = toy.diamond()
        before = tables(graph)
        pair = (graph, copy.copy(graph))
        one, other = pair[edited], pair[1 - edited]
        one.unlink("d", "b")
        one.add("e", "toy.one")
        one.link("d", "number", "e", "a")
        one.remove("b")
        assert tables(other) == before
        other.rename("a", "z")
        assert "a" in one.nodes
        assert one.consumers("a") == [("c", "a")]
