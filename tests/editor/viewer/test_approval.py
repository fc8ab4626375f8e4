"""Frames accepted and rejected by eye."""

from __future__ import annotations

import pytest

from graph.errors import GraphError
from graph.model import Graph
from tests.editor.viewer_cases import REGISTRY, make_graph
from ui.editor.viewer.approval import find_approval, insert_approval, is_accepted, set_accepted


@pytest.fixture
def graph() -> Graph:
    graph = make_graph()
    graph.add("later", "frames.approve")
    graph.link("average", "image", "later", "image")
    graph.add("near", "frames.approve")
    graph.link("frames", "image", "near", "image")
    return graph


def test_the_nearest_downstream_is_taken(graph: Graph) -> None:
    assert find_approval(graph, ("frames", "image")) == "near"
    assert find_approval(graph, ("near", "image")) == "near"
    assert find_approval(graph, ("average", "image")) == "later"
    assert find_approval(graph, ("load", "image")) is None


def test_rejecting_and_accepting_again(graph: Graph) -> None:
    set_accepted(graph, "near", 1, 3, False)
    assert graph.nodes["near"].params["accepted"] == [True, False, True]
    assert [is_accepted(graph, "near", i) for i in range(4)] == [True, False, True, True]
    set_accepted(graph, "near", 2, 3, False)
    set_accepted(graph, "near", 1, 3, True)
    assert graph.nodes["near"].params["accepted"] == [True, True, False]
    set_accepted(graph, "near", 2, 3, True)
    assert graph.nodes["near"].params["accepted"] is True


def test_frames_in_groups(graph: Graph) -> None:
    set_accepted(graph, "near", 3, (2, 3), False)
    assert graph.nodes["near"].params["accepted"] == [[True, True], [True, False, True]]
    assert not is_accepted(graph, "near", 3)
    set_accepted(graph, "near", 0, 5, False)  # no longer in groups
    assert graph.nodes["near"].params["accepted"] == [False, True, True, False, True]


def test_switches_for_another_number_of_frames_are_brought_into_line(graph: Graph) -> None:
    graph.set("near", "accepted", [False, True])
    set_accepted(graph, "near", 3, 4, False)
    assert graph.nodes["near"].params["accepted"] == [False, True, True, False]
    set_accepted(graph, "near", 1, 2, False)
    assert graph.nodes["near"].params["accepted"] == [False, False]
    graph.set("near", "accepted", False)
    assert not is_accepted(graph, "near", 0)
    set_accepted(graph, "near", 0, 2, True)
    assert graph.nodes["near"].params["accepted"] == [True, False]


def test_insertion_after_the_frames() -> None:
    graph = make_graph()
    id = insert_approval(graph, ("frames", "image"))
    assert graph.links["average", "frames"] == (id, "image")
    assert graph.links[id, "image"] == ("frames", "image")
    assert find_approval(graph, ("frames", "image")) == id


def test_insertion_that_cannot_be_changes_nothing() -> None:
    graph = Graph(REGISTRY)
    graph.add("statistics", "measure.statistics")
    before = dict(graph.nodes)
    with pytest.raises(GraphError):
        insert_approval(graph, ("statistics", "statistics"))
    assert graph.nodes == before
