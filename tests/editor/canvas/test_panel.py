"""The canvas in Dear PyGui, without a screen: what is drawn is what the scene says."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import dearpygui.dearpygui as dpg
import numpy as np
import pytest

from graph.store import Store
from tests.editor.hand import REGISTRY, chain
from ui.editor import acting, edits, theme
from ui.editor.actions import find_action
from ui.editor.canvas.context_menu import ContextMenu
from ui.editor.canvas.hits import Hit
from ui.editor.canvas.palette import Palette
from ui.editor.canvas.panel import Canvas
from ui.editor.canvas.requests import Choose, EditMark, EditNumber, EditTitle
from ui.editor.canvas.search_popup import SearchPopup
from ui.editor.canvas.wires import points
from ui.editor.document import Document
from ui.editor.editor import Editor
from ui.editor.input import Input
from ui.editor.preferences import Preferences


@pytest.fixture
def editor() -> Iterator[Editor]:
    editor = Editor(REGISTRY, Store(), Preferences(auto_run=False, snap=False))
    clipboard = [""]
    editor.get_clipboard = lambda: clipboard[0]
    editor.set_clipboard = lambda text: clipboard.__setitem__(0, text)
    editor.add(Document(chain()))
    dpg.create_context()
    dpg.create_viewport(width=1200, height=800)  # never shown
    yield editor
    dpg.destroy_context()
    editor.close()


@pytest.fixture
def canvas(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> Canvas:
    canvas = Canvas(editor)
    monkeypatch.setattr(canvas, "_room", lambda: (1200.0, 800.0))
    canvas.build()
    editor.panels["canvas"] = canvas
    canvas.sync()
    return canvas


def _texts(canvas: Canvas) -> list[str]:
    found, pending = [], [canvas.area]
    while pending:
        item = pending.pop()
        if dpg.get_item_type(item).endswith("mvDrawText"):
            found.append(dpg.get_item_configuration(item)["text"])
        pending += dpg.get_item_children(item, 2) or []
    return found


def _items(canvas: Canvas) -> set[int]:
    found: set[int] = set()
    pending: list[Any] = [canvas.area]
    while pending:
        children = dpg.get_item_children(pending.pop(), 2) or []
        found.update(children)
        pending += children
    return found


def test_all_of_a_graph_is_seen_at_first(canvas: Canvas) -> None:
    texts = _texts(canvas)
    assert {"Load image", "Polynomial", "Viewer"} <= set(texts)


def test_all_is_seen_in_a_room_that_changes_until_the_user_looks_elsewhere(
    canvas: Canvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = canvas.hand.camera
    monkeypatch.setattr(canvas, "_room", lambda: (500.0, 300.0))
    canvas.sync()
    assert canvas.hand.camera.zoom < first.zoom
    canvas.zoom(1)
    mine = canvas.hand.camera
    monkeypatch.setattr(canvas, "_room", lambda: (900.0, 700.0))
    canvas.sync()
    assert canvas.hand.camera is mine


def test_only_what_changed_is_drawn_anew(canvas: Canvas, editor: Editor) -> None:
    before = _items(canvas)
    canvas.sync()
    assert _items(canvas) == before
    with editor.change("Set") as graph:
        graph.set("sky", "degree", 5)
    canvas.sync()
    after = _items(canvas)
    assert 0 < len(after - before) < len(before) / 2
    assert len(after) == pytest.approx(len(before), abs=3)
    with editor.change("Delete") as graph:
        edits.remove(graph, ["sky"])
    canvas.sync()
    assert "Polynomial" not in _texts(canvas)
    editor.document.undo()
    canvas.sync()
    assert "Polynomial" in _texts(canvas)


def test_each_document_has_its_own_camera(canvas: Canvas, editor: Editor) -> None:
    first = editor.document
    canvas.zoom(-3)
    zoom = canvas.hand.camera.zoom
    editor.add(Document(chain()))
    canvas.sync()
    assert canvas.hand.camera.zoom != zoom
    editor.show(first)
    assert canvas.hand.camera.zoom == zoom


def test_thumbnails_are_made_once_a_value_and_deleted(canvas: Canvas, editor: Editor) -> None:
    pixels = np.ones((40, 60, 4), np.float32)
    made: list[set[int]] = []
    for key in ("a", "a", "b", None):
        editor.thumbnails.clear()
        if key:
            editor.thumbnails["sky"] = key, pixels
        canvas.sync()
        canvas.sync()
        textures = {
            item
            for item in dpg.get_all_items()
            if dpg.get_item_type(item).endswith("mvStaticTexture")
        }
        made.append(textures)
    assert made[0] == made[1] != made[2]
    assert [len(textures) for textures in made] == [1, 1, 1, 0]


def test_numbers_titles_and_texts_are_typed(canvas: Canvas, editor: Editor) -> None:
    with editor.change("Note") as graph:
        edits.add_note(graph, (0, 500), "text")
    canvas.sync()

    def enter(subject: Any, text: str) -> None:
        canvas._entry.open(subject)
        assert canvas._entry.is_open
        dpg.set_value(canvas._entry._field, text)
        canvas._entry.close()

    enter(EditNumber("sky", "degree"), "5")
    assert editor.document.graph.nodes["sky"].params["degree"] == 5
    enter(EditNumber("sky", "degree"), "99")
    assert editor.document.graph.nodes["sky"].params["degree"] == 5
    assert "outside 0 to 6" in editor.message[1]
    enter(EditTitle("sky"), "Gradient")
    assert editor.document.graph.nodes["sky"].title == "Gradient"
    enter(EditMark(("notes", 0)), "two\nlines")
    assert editor.document.graph.view["notes"][0]["text"] == "two\nlines"
    before = editor.document.graph
    enter(EditTitle("view"), "Viewer")  # that is what stood there
    enter(EditNumber("sky", "degree"), "5")
    assert editor.document.graph is before
    canvas._entry.open(Choose("view", "link"))
    items = dpg.get_item_children("entry", 1) or []
    spec = before.spec("view")
    assert spec
    labels = [dpg.get_item_label(item) for item in items]
    assert labels == list(spec.params["link"].choices)
    canvas._entry._on_choice(items[1], True, "linked")
    assert editor.document.graph.nodes["view"].params["link"] == "linked"


def test_select_all_and_delete_leave_an_empty_canvas(canvas: Canvas, editor: Editor) -> None:
    with editor.change("Marks") as graph:
        edits.put_frame(graph, (5000, 0, 300, 200), "empty")
        edits.add_frame(graph, ["sky"], "around sky")
        edits.add_note(graph, (0, 900), "text")
    before = editor.document.graph
    acting.select_all(editor)
    assert len(editor.document.marks) == 3
    acting.delete(editor)
    after = editor.document.graph
    assert not after.nodes
    assert not after.view["frames"]
    assert not after.view["notes"]
    assert editor.document.undo_name == "Delete 3 nodes, 2 frames, 1 note"
    acting.undo(editor)
    assert editor.document.graph is before
    assert len(editor.document.marks) == 3
    acting.cut(editor)
    acting.paste(editor)
    pasted = editor.document.graph
    assert [len(pasted.view[kind]) for kind in ("frames", "notes")] == [2, 1]
    editor.document.select([], [("notes", 0)])
    action = find_action("Delete", "canvas")
    assert action
    assert action.enabled(editor)
    action.do(editor)
    assert editor.document.undo_name == "Delete note"
    assert len(editor.document.graph.nodes) == 3


def test_the_search_adds_and_links(canvas: Canvas, editor: Editor) -> None:
    search = SearchPopup(editor)
    search.build()

    def type(text: str) -> None:
        dpg.set_value("search:text", text)
        search._on_text()

    search.search((10, 10), (500.0, 400.0))
    type("ht")
    search.on_input(Input("key", 0, 0, key="Enter"))
    assert "histogram" in editor.document.graph.nodes
    assert not search.is_open
    search.search((10, 10), (900.0, 400.0), ("sky", "model"), True)
    assert dpg.get_item_configuration("search:text")["hint"].endswith("that fits sky.model")
    type("ht")
    search.on_input(Input("key", 0, 0, key="Enter"))
    assert editor.document.graph.links["histogram2", "image"] == ("sky", "model")
    assert editor.document.selection == {"histogram2"}
    before = editor.document.graph
    search.search((10, 10), (900.0, 400.0))
    assert search.listing.found[0].title == "Histogram transformation"  # used last
    search.on_input(Input("key", 0, 0, key="Down"))
    search.on_input(Input("key", 0, 0, key="Escape"))
    assert editor.document.graph is before


def test_a_type_that_goes_while_it_is_offered_is_told(
    canvas: Canvas, editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = SearchPopup(editor)
    search.build()
    search.search((10, 10), (500.0, 400.0))
    before = editor.document.graph
    pick = search.listing.found[0]
    monkeypatch.setattr(REGISTRY, "_specs", {})
    pick.do()
    assert editor.document.graph is before
    assert "unknown node type" in editor.message[1]


def test_the_search_is_made_anew_at_another_scale(
    canvas: Canvas, editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = SearchPopup(editor)
    search.build()
    search.search((10, 10), (0.0, 0.0))
    wide = dpg.get_item_width("search:text")
    search.close()
    monkeypatch.setattr(theme, "_scale", 2.0)
    search.rebuild()
    search.search((10, 10), (0.0, 0.0))
    assert dpg.get_item_width("search:text") == 2 * wide
    assert len(search.describe()["titles"]) == 14


def test_the_palette_lists_all_and_filters(canvas: Canvas, editor: Editor) -> None:
    palette = Palette(editor)
    palette.build()
    palette.sync()
    assert all(dpg.does_item_exist(f"palette:{spec.id}") for spec in REGISTRY)
    palette._on_filter(0, "histo")
    palette.sync()
    assert dpg.does_item_exist("palette:stretch.histogram")
    assert not dpg.does_item_exist("palette:io.load_image")
    palette._on_double(0, 0, "stretch.histogram")
    assert editor.document.selection == {"histogram"}
    canvas.sync()
    place = canvas.hand.stage.rect("histogram")
    middle = canvas.middle
    assert (place[0] + place[2] / 2, place[1] + 13) == pytest.approx(middle, abs=1)
    palette._on_filter(0, "")
    palette.sync()
    assert dpg.does_item_exist("palette:io.load_image")


def test_a_node_of_the_palette_dropped_on_a_wire_is_put_into_it(
    canvas: Canvas, editor: Editor
) -> None:
    at = points(*canvas.hand.stage.wires["sky", "image"], 2)[1]
    canvas.add("stretch.histogram", at)
    assert editor.document.graph.links["sky", "image"] == ("load", "image")
    editor.document.undo()
    canvas.sync()
    canvas.add("stretch.histogram", at, on_wire=True)
    assert editor.document.graph.links["sky", "image"] == ("histogram", "image")
    assert editor.document.graph.links["histogram", "image"] == ("load", "image")
    assert editor.document.undo_name == "Add Histogram transformation"
    canvas.sync()
    canvas.add("io.load_image", at, on_wire=True)  # it takes nothing
    assert editor.document.graph.links["sky", "image"] == ("histogram", "image")


def test_the_menu_is_filled_for_what_was_hit(canvas: Canvas, editor: Editor) -> None:
    menu = ContextMenu(editor)
    menu.build()
    menu.open(Hit("wire", end=("sky", "image")), (10, 10))
    items = dpg.get_item_children("context menu", 1) or []
    labels = [dpg.get_item_label(item) for item in items]
    assert labels[0] == "Cut"
    menu._on_item(items[0], None, dpg.get_item_user_data(items[0]))
    assert ("sky", "image") not in editor.document.graph.links


def test_places_for_the_hand_are_told(canvas: Canvas) -> None:
    area = canvas.where("area")
    assert area
    assert canvas.where("pin", "gone", "image", True) is None
    assert canvas.where("pin", "sky", "image", False)
    assert canvas.describe()["hover"]["kind"] == "empty"
    for key in ("F", "Escape"):
        assert canvas.on_input(Input("key", 0, 0, key=key)) is False


def test_a_closed_graph_is_let_go(editor: Editor, canvas: Canvas) -> None:
    before = weakref.ref(editor.document)
    editor.add(Document(chain()))
    canvas.sync()
    editor.remove(editor.documents[0])
    editor.add(Document(chain()))
    canvas.sync()
    gc.collect()
    assert before() is None
