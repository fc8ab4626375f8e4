"""What a viewer shows, as it stands in a document."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graph.file import parse, serialize
from nodes.values import Image, Table
from tests.editor.viewer_cases import REGISTRY, make_graph
from ui.editor.picture import Look
from ui.editor.viewer import settings as stands

MANUAL = Look(link="linked", stretch="manual", shadows=(0.1,), midtones=(0.2, 0.3, 0.4))


def test_the_settings_of_a_viewer_node_are_its_parameters() -> None:
    graph = make_graph()
    stands.set_look(graph, 1, "view", MANUAL)
    params = graph.nodes["view"].params
    assert (params["stretch"], params["shadows"], params["link"]) == ("manual", [0.1], "linked")
    assert "viewers" not in graph.view
    assert "target" not in params
    again = parse(serialize(graph), REGISTRY)
    assert stands.look_of(again, 1, "view") == MANUAL


def test_the_settings_of_other_nodes_stand_with_the_viewer() -> None:
    graph = make_graph()
    stands.set_look(graph, 2, "load", MANUAL)
    again = parse(serialize(graph), REGISTRY)
    assert stands.look_of(again, 2, "background") == MANUAL
    assert stands.look_of(again, 1, "background") == Look()
    assert stands.look_of(again, 2, "view") == Look()
    stands.set_look(again, 2, None, replace(MANUAL, stretch="auto"))
    assert stands.entry_of(again, 2)["stretch"] == "auto"


@pytest.mark.parametrize("view", [{"viewers": 5}, {"viewers": {"1": [1]}}, {"viewers": {"1": {
    "node": 7, "mask": "x", "second": ["a", "b", "c"], "overlay": ["gone", "image"],
    "locked": [1, 2], "link": 3, "shadows": "x"}}}])  # fmt: skip
def test_a_damaged_entry_is_passed_over(view: dict[str, Any]) -> None:
    graph = make_graph()
    graph.view.update(view)
    assert stands.pinned(graph, 1) is None
    assert stands.look_of(graph, 1, None) == Look()
    assert all(
        stands.source_of(graph, 1, n) is None for n in ("mask", "second", "overlay", "locked")
    )
    stands.pin(graph, 1, "load", "image")
    assert stands.pinned(graph, 1) == "load"


def test_pin_and_selection() -> None:
    graph = make_graph()
    shown = stands.shown_node
    assert shown(graph, 1, frozenset({"load"}), None) == "load"
    assert shown(graph, 1, frozenset({"save"}), None) == "view"
    assert shown(graph, 1, frozenset(), "background") == "background"
    assert shown(graph, 1, frozenset({"load", "view"}), "background") == "background"
    assert shown(graph, 1, frozenset(), "gone") == "view"
    stands.pin(graph, 1, "average", "image", 3)
    assert shown(graph, 1, frozenset({"load"}), "load") == "average"
    stands.pin(graph, 1, None)
    assert shown(graph, 1, frozenset({"load"}), None) == "load"
    graph.remove("view")
    assert shown(graph, 1, frozenset(), None) is None


def test_sources_are_outputs_that_exist() -> None:
    graph = make_graph()
    stands.set_source(graph, 1, stands.OVERLAY, ("background", "samples"))
    assert stands.source_of(graph, 1, stands.OVERLAY) == ("background", "samples")
    stands.set_source(graph, 1, stands.MASK, ("background", "nothing"))
    assert stands.source_of(graph, 1, stands.MASK) is None
    stands.set_source(graph, 1, stands.OVERLAY, None)
    assert stands.source_of(graph, 1, stands.OVERLAY) is None
    assert stands.find_ends(graph, Table) == [("background", "samples")]
    assert ("background", "model") in stands.find_ends(graph, Image)
    assert stands.write_end(("a", "b")) == "a.b"
