"""Choosing, modes, titles, names; and that all edits stand in one list."""

from __future__ import annotations

import inspect

import pytest

from graph.errors import GraphError
from graph.file import serialize
from tests.editor.pictures import REGISTRY, chain
from ui.editor import edits
from ui.editor.edits import places


def test_new_nodes_get_short_ids_and_stand_where_they_were_put() -> None:
    graph = chain()
    assert edits.add_node(graph, "stretch.histogram", (1.6, 2), midtones=0.1) == "histogram"
    assert edits.add_node(graph, "stretch.histogram", (0, 0)) == "histogram2"
    assert edits.new_id(graph, "pack.gone") == "gone"
    assert places.place_of(graph, "histogram") == (2, 2)
    assert graph.nodes["histogram"].params == {"midtones": 0.1}
    before = serialize(graph)
    with pytest.raises(GraphError, match="unknown node type"):
        edits.add_node(graph, "stretch.histogramm", (0, 0))
    with pytest.raises(GraphError, match="has no parameter"):
        edits.add_node(graph, "stretch.histogram", (0, 0), nothing=1)
    assert serialize(graph) == before


def test_ways_up_and_down() -> None:
    graph = chain()
    side = edits.add_linked(graph, "measure.statistics", (0, 0), ("crop", "image"), output=True)
    assert edits.upstream(graph, ["stretch"]) == {"load", "crop", "stretch"}
    assert edits.downstream(graph, ["crop"]) == {"crop", "stretch", "view", side}
    assert edits.downstream(graph, ["view", side]) == {"view", side}


def test_modes_are_switched_for_all_of_a_selection() -> None:
    graph = chain()
    edits.toggle_mode(graph, ["crop"], "bypass")
    edits.toggle_mode(graph, ["crop", "stretch"], "bypass")  # some are: all become
    assert [graph.nodes[id].mode for id in graph.nodes] == ["run", "bypass", "bypass", "run"]
    edits.toggle_mode(graph, ["crop", "stretch"], "bypass")
    edits.toggle_mode(graph, ["load"], "mute")
    assert [graph.nodes[id].mode for id in graph.nodes] == ["mute", "run", "run", "run"]
    with pytest.raises(GraphError, match="is not one of"):
        edits.toggle_mode(graph, ["load"], "sleep")


def test_collapsing_is_switched_for_all_of_a_selection() -> None:
    graph = chain()
    edits.toggle_collapsed(graph, ["crop"])
    edits.toggle_collapsed(graph, ["crop", "view"])
    assert places.collapsed(graph) == {"crop", "view"}
    edits.toggle_collapsed(graph, ["view"])
    assert places.collapsed(graph) == {"crop"}
    edits.toggle_collapsed(graph, ["crop"])
    assert "collapsed" not in graph.view


def test_titles_and_ids() -> None:
    graph = chain()
    edits.set_title(graph, "crop", " Cut the edges ")
    assert graph.nodes["crop"].title == "Cut the edges"
    edits.rename(graph, "crop", "cut")
    assert graph.links["stretch", "image"] == ("cut", "image")
    assert places.place_of(graph, "cut") == (200, 0)
    edits.set_title(graph, "cut", "")
    assert graph.nodes["cut"].title == ""
    for edit in (edits.set_title, edits.rename):
        with pytest.raises(GraphError, match="no such node"):
            edit(graph, "crop", "x")


def test_every_edit_explains_itself() -> None:
    for name in edits.__all__:
        edit = getattr(edits, name)
        assert inspect.getdoc(edit), name
        if inspect.isfunction(edit):
            assert next(iter(inspect.signature(edit).parameters)) == "graph"


def test_names_of_other_programs_lead_to_our_nodes() -> None:
    def led(name: str) -> set[str]:
        return {spec.id for spec in REGISTRY if name in spec.known_as}

    assert led("HistogramTransformation") >= {"stretch.histogram"}
    assert led("HT") == {"stretch.histogram"}
    assert led("ABE") == {"background.polynomial"}
    assert led("linear_match") == {"color.linear_fit"}
    assert "view.screen" in led("STF")
    for spec in REGISTRY:
        assert len(set(spec.known_as)) == len(spec.known_as)
        assert all(name.strip() == name != "" for name in spec.known_as)
