"""Documents: changes, steps, selection, the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import GraphError
from graph.file import read, serialize
from graph.model import Graph
from ui.editor.document import STEPS, Document
from ui.packs import load_registry

REGISTRY = load_registry(packs=False)


@pytest.fixture
def document() -> Document:
    graph = Graph(REGISTRY)
    graph.add("stretch", "stretch.histogram")
    graph.add("view", "view.screen")
    graph.link("stretch", "image", "view", "image")
    return Document(graph)


def test_a_change_is_a_step_with_a_name(document: Document) -> None:
    before = serialize(document.graph)
    with document.change("Set midtones") as graph:
        graph.set("stretch", "midtones", 0.2)
    assert document.graph.nodes["stretch"].params["midtones"] == 0.2
    assert (document.undo_name, document.redo_name, document.modified) == (
        "Set midtones",
        None,
        True,
    )
    after = serialize(document.graph)
    assert document.undo() == "Set midtones"
    assert serialize(document.graph) == before
    assert (document.undo_name, document.redo_name, document.modified) == (
        None,
        "Set midtones",
        False,
    )
    assert document.redo() == "Set midtones"
    assert serialize(document.graph) == after


def test_whoever_holds_a_graph_holds_it_as_it_was(document: Document) -> None:
    held = document.graph
    before = serialize(held)
    with document.change("Remove") as graph:
        graph.remove("stretch")
    assert serialize(held) == before


def test_a_mistake_leaves_all_as_it_was(document: Document) -> None:
    before, revision = document.graph, document.revision
    with pytest.raises(GraphError, match="already"), document.change("Add") as graph:
        graph.add("fine", "view.screen").join(graph.add("view", "view.screen"))
    assert document.graph is before
    assert document.revision == revision
    assert document.undo_name is None
    with document.change("Add") as graph:  # and the next change is possible
        graph.add("fine", "view.screen")
    assert document.undo_name == "Add"


def test_nothing_changed_is_no_step(document: Document) -> None:
    with document.change("Set midtones") as graph:
        graph.set("view", "link", "linked")
        graph.nodes["view"] = document.graph.nodes["view"]
    assert document.undo_name is None
    assert document.revision == 0


def test_a_new_order_of_nodes_is_a_change(document: Document) -> None:
    with document.change("Sort") as graph:
        graph.nodes = dict(reversed(list(graph.nodes.items())))
    assert document.undo_name == "Sort"


def test_u03_two_hundred_values_of_a_slider_are_one_step(document: Document) -> None:
    before = serialize(document.graph)
    for i in range(200):
        with document.change("Set midtones", merge=("set", "stretch", "midtones")) as graph:
            graph.set("stretch", "midtones", 0.5 - i / 1000)
    document.settle()
    assert document.graph.nodes["stretch"].params["midtones"] == pytest.approx(0.301)
    document.undo()
    assert serialize(document.graph) == before
    assert document.undo_name is None


def test_a_drag_that_ends_where_it_began_is_no_step(document: Document) -> None:
    before = serialize(document.graph)
    with document.change("Earlier") as graph:
        graph.set("stretch", "midtones", 0.4)
    for value in (0.3, 0.2, 0.4):
        with document.change("Set midtones", merge="drag") as graph:
            graph.set("stretch", "midtones", value)
    assert document.undo_name == "Earlier"
    document.undo()
    assert serialize(document.graph) == before


def test_a_drag_that_goes_on_from_where_it_began_is_a_step_of_its_own(document: Document) -> None:
    with document.change("Earlier") as graph:
        graph.set("stretch", "midtones", 0.4)
    for value in (0.3, 0.4, 0.2):
        with document.change("Set midtones", merge="drag") as graph:
            graph.set("stretch", "midtones", value)
    assert document.undo_name == "Set midtones"
    document.undo()
    assert document.graph.nodes["stretch"].params["midtones"] == 0.4
    assert document.undo_name == "Earlier"


def test_after_settling_the_same_gesture_is_another_step(document: Document) -> None:
    for value in (0.3, 0.2):
        with document.change("Set midtones", merge="drag") as graph:
            graph.set("stretch", "midtones", value)
        document.settle()
    document.undo()
    assert document.graph.nodes["stretch"].params["midtones"] == 0.3


def test_a_change_after_undo_ends_what_could_be_redone(document: Document) -> None:
    for value in (0.3, 0.2):
        with document.change(f"Set {value}") as graph:
            graph.set("stretch", "midtones", value)
    document.undo()
    with document.change("Other") as graph:
        graph.set("stretch", "midtones", 0.1)
    assert document.redo_name is None
    assert document.redo() is None


def test_no_more_steps_than_the_limit(document: Document) -> None:
    for i in range(STEPS + 5):
        with document.change(str(i)) as graph:
            graph.set("stretch", "midtones", (i + 1) / (STEPS + 10))
    undone = 0
    while document.undo():
        undone += 1
    assert undone == STEPS


def test_a_change_in_a_change_is_a_mistake(document: Document) -> None:
    with pytest.raises(RuntimeError), document.change("a"), document.change("b"):
        pass


def test_what_is_selected_always_exists(document: Document) -> None:
    document.select(["view", "nowhere"])
    assert document.selection == {"view"}
    with document.change("Remove") as graph:
        graph.remove("view")
    assert document.selection == frozenset()
    document.undo()
    assert document.selection == {"view"}


def test_saving_and_what_is_modified(document: Document, tmp_path: Path) -> None:
    path = tmp_path / "a.graph.json"
    assert document.name == "Untitled"
    with pytest.raises(ValueError, match="no file"):
        document.save()
    document.save(path)
    assert (document.name, document.folder, document.modified) == ("a", tmp_path, False)
    assert serialize(read(path, REGISTRY)) == serialize(document.graph)
    with document.change("Set midtones") as graph:
        graph.set("stretch", "midtones", 0.2)
    assert document.modified
    document.undo()
    assert not document.modified
    document.redo()
    document.save()
    document.undo()
    assert document.modified  # the file holds the later graph


def test_a_file_that_cannot_be_written_leaves_the_document_modified(
    document: Document, tmp_path: Path
) -> None:
    with document.change("Set midtones") as graph:
        graph.set("stretch", "midtones", 0.2)
    with pytest.raises(OSError, match="nowhere"):
        document.save(tmp_path / "nowhere" / "a.graph.json")
    assert document.modified
    assert document.path is None


def test_recovered_work_is_modified_from_the_start(document: Document, tmp_path: Path) -> None:
    found = Document(document.graph, tmp_path / "a.graph.json", recovered=True)
    assert found.modified
    found.save()
    assert not found.modified
