"""Changing parameters of selected nodes as steps of a document."""

from __future__ import annotations

from typing import Any

import pytest

from graph.errors import GraphError
from graph.model import Graph, Node
from graph.spec import Parameter
from ui.editor.document import Document
from ui.editor.inspector import setting
from ui.packs import load_registry

REGISTRY = load_registry(packs=False)


def make_document() -> Document:
    """Two background nodes, a reader, and a node of a type that is not installed."""
    graph = Graph(REGISTRY)
    graph.add("sky", "background.polynomial", degree=4, box=25)
    graph.add("sky2", "background.polynomial", degree=2)
    graph.add("m31", "io.load_image")
    graph.load({"lost": Node("other.pack", {"a": 1})}, [])
    document = Document(graph)
    document.select(["sky"])
    return document


def parameter(name: str, type: str = "background.polynomial") -> Parameter:
    """A declared parameter."""
    spec = REGISTRY.get(type)
    assert spec
    return spec.params[name]


def values(document: Document, name: str) -> list[Any]:
    """A parameter of both background nodes."""
    return [setting.value_of(document.graph, id, parameter(name)) for id in ("sky", "sky2")]


def test_setting_is_a_named_step() -> None:
    document = make_document()
    setting.set_value(document, ["sky"], "minimum_fraction", 0.25)
    assert document.undo_name == "Set minimum fraction of sky"
    assert values(document, "minimum_fraction") == [0.25, 0.5]
    setting.set_value(document, ["sky", "sky2"], "degree", 1)
    assert document.undo_name == "Set degree of 2 nodes"
    assert values(document, "degree") == [1, 1]
    document.undo()
    assert values(document, "degree") == [4, 2]


def test_a_drag_is_one_step() -> None:
    document = make_document()
    for degree in (5, 6, 5, 3):
        setting.set_value(document, ["sky"], "degree", degree, drag=True)
    document.settle()
    setting.set_value(document, ["sky"], "degree", 1, drag=True)
    document.undo()
    assert values(document, "degree")[0] == 3
    document.undo()
    assert values(document, "degree")[0] == 4
    assert document.undo_name is None


def test_changed_and_reset() -> None:
    document = make_document()
    graph = document.graph
    assert not setting.is_changed(graph, "sky", parameter("degree"))
    assert not setting.is_changed(graph, "sky", parameter("boxes"))
    assert setting.is_changed(graph, "sky2", parameter("degree"))
    assert not setting.is_changed(graph, "m31", parameter("file", "io.load_image"))
    setting.set_value(document, ["sky"], "tolerance", 2)
    setting.reset(document, ["sky", "sky2"], ["degree", "tolerance"])
    assert document.undo_name == "Reset all parameters of 2 nodes"
    assert values(document, "degree") == [4, 4]
    assert values(document, "tolerance") == [1.0, 1.0]
    setting.reset(document, ["m31"], ["file"])
    assert document.undo_name == "Reset all parameters of 2 nodes"  # it has no default


def test_an_equal_number_of_another_type_is_no_change() -> None:
    document = make_document()
    setting.set_value(document, ["sky"], "tolerance", 1)
    assert not setting.is_changed(document.graph, "sky", parameter("tolerance"))
    setting.set_value(document, ["sky"], "tolerance", "much")
    assert setting.is_changed(document.graph, "sky", parameter("tolerance"))


def test_shared_values() -> None:
    graph = make_document().graph
    assert not setting.is_shared(graph, ["sky", "sky2"], parameter("degree"))
    assert setting.is_shared(graph, ["sky", "sky2"], parameter("boxes"))


def test_rename_keeps_the_selection() -> None:
    document = make_document()
    setting.rename(document, "sky", "dome")
    assert document.selection == {"dome"}
    with pytest.raises(GraphError, match="already a node"):
        setting.rename(document, "dome", "sky2")
    with pytest.raises(GraphError, match="without dots"):
        setting.rename(document, "dome", "a.b")
    assert document.undo_name == "Rename sky to dome"


def test_title_mode_and_keep() -> None:
    document = make_document()
    setting.set_title(document, "sky", " Sky of M31 ")
    assert document.graph.nodes["sky"].title == "Sky of M31"
    setting.set_mode(document, ["sky", "sky2"], "mute")
    assert document.undo_name == "Mute 2 nodes"
    setting.set_keep(document, ["sky"], "never")
    assert (document.graph.nodes["sky"].mode, document.graph.nodes["sky"].keep) == ("mute", "never")


def test_problems_stand_at_their_parameters() -> None:
    document = make_document()
    setting.set_value(document, ["sky"], "degree", 99)
    found = setting.problems_of(document.graph, "sky")
    assert found["degree"][0].message == "99 is outside 0 to 6"
    assert found["image"][0].message == "is not connected"
    assert setting.problems_of(document.graph, "lost")[""][0].message.startswith("missing type")
    setting.set_mode(document, ["sky"], "bypass")
    assert "degree" in setting.problems_of(document.graph, "sky")
