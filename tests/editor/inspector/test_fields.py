"""The fields of the inspector in a context without a window: what they set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dearpygui.dearpygui as dpg
import pytest

from tests.editor.inspecting import box, editor, enter, look, panel, param, row
from ui.editor.edits import presets
from ui.editor.inspector.panel import Inspector

__all__ = ["editor", "panel"]


def test_a_number_is_typed(panel: Inspector) -> None:
    look(panel, "sky")
    enter(box(panel, "tolerance"), "5/2")
    assert param(panel, "sky", "tolerance") == 2.5
    assert panel.editor.document.undo_name == "Set tolerance of sky"
    enter(box(panel, "tolerance"), "8")  # beyond the slider, and legal
    assert param(panel, "sky", "tolerance") == 8


def test_an_illegal_number_is_told_and_not_taken(panel: Inspector) -> None:
    look(panel, "sky")
    enter(box(panel, "degree"), "99")
    look(panel)
    assert param(panel, "sky", "degree") == 2
    assert dpg.get_value(row(panel, "degree")._problem) == "99 is outside 0 to 6"
    assert dpg.get_value(box(panel, "degree")._entry) == "99"
    assert dpg.is_item_shown(box(panel, "degree")._entry)
    enter(box(panel, "degree"), "3")
    look(panel)
    assert param(panel, "sky", "degree") == 3
    assert not dpg.is_item_shown(row(panel, "degree")._problem)
    assert not dpg.is_item_shown(box(panel, "degree")._entry)


def test_an_illegal_number_left_as_it_is_goes(panel: Inspector) -> None:
    look(panel, "sky")
    enter(box(panel, "degree"), "99")
    enter(box(panel, "degree"), "99")
    look(panel)
    assert panel._refused == {}
    assert dpg.is_item_shown(box(panel, "degree")._slider)


def test_a_drag_is_one_step_and_a_click_none(
    panel: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(panel, "sky")
    mouse = [100.0, 50.0]
    monkeypatch.setattr(dpg, "get_mouse_pos", lambda local=True: list(mouse))
    slider = box(panel, "degree")
    slider._slide(0, 0.9)  # the press itself: no drag yet
    assert param(panel, "sky", "degree") == 2
    for place in (0.5, 0.7, 0.99):
        mouse[0] += 10
        slider._slide(0, place)
    slider._release()
    assert param(panel, "sky", "degree") == 6
    assert not dpg.is_item_shown(slider._entry)
    for place in (0.6, 0.2):
        mouse[0] += 10
        slider._slide(0, place)
    slider._slide(0, 0.2)
    slider._release()
    assert param(panel, "sky", "degree") == 1
    panel.editor.document.undo()
    assert param(panel, "sky", "degree") == 6
    panel.editor.document.undo()
    assert param(panel, "sky", "degree") == 2
    slider._slide(0, 0.4)
    slider._release()
    assert dpg.is_item_shown(slider._entry)
    assert param(panel, "sky", "degree") == 2


def test_switches_choices_texts_and_rows(panel: Inspector) -> None:
    with panel.editor.document.change("Add") as graph:
        graph.add("toy", "toy.forms")
    look(panel, "toy")
    row(panel, "on").widget._toggle(0, True)  # type: ignore[attr-defined]
    row(panel, "few").widget._choose(0, None, "b")  # type: ignore[attr-defined]
    row(panel, "many").widget._choose(0, "d")  # type: ignore[attr-defined]
    for name, text in (("name", "M 31"), ("numbers", "1, 2"), ("formula", "x + y")):
        widget: Any = row(panel, name).widget
        dpg.set_value(widget._field, text)
        widget._end()
    boxes = row(panel, "row").widget._boxes  # type: ignore[attr-defined]
    enter(boxes[1], "7")
    params = panel.editor.document.graph.nodes["toy"].params
    assert {name: params[name] for name in ("on", "few", "many", "name", "numbers")} == {
        "on": True,
        "few": "b",
        "many": "d",
        "name": "M 31",
        "numbers": [1.0, 2.0],
    }
    assert params["formula"] == "x + y"
    assert params["row"] == [0.5, 7]


def test_mistakes_in_a_formula_are_told_while_it_is_typed(panel: Inspector) -> None:
    with panel.editor.document.change("Unlink") as graph:
        graph.unlink("approve", "formula")
    look(panel, "approve")
    widget: Any = row(panel, "formula").widget
    widget._check(0, "median < ")
    look(panel)
    assert "has a mistake" in dpg.get_value(row(panel, "formula")._problem)
    widget._check(0, "median < 1")
    look(panel)
    assert not dpg.is_item_shown(row(panel, "formula")._problem)
    assert panel.editor.document.undo_name == "Unlink"


def test_one_wrong_number_of_a_row_does_not_hide_another(panel: Inspector) -> None:
    with panel.editor.document.change("Add") as graph:
        graph.add("toy", "toy.forms")
    look(panel, "toy")
    boxes: Any = row(panel, "row").widget._boxes  # type: ignore[attr-defined]
    enter(boxes[0], "7")
    enter(boxes[1], "8")
    look(panel)
    assert panel._refused["row"] == "value 1: 7.0 is outside 0 to 1"
    assert param(panel, "toy", "row") == [0.5, 8]


def test_optional_values_are_switched_on_and_off(panel: Inspector) -> None:
    look(panel, "m31")
    row(panel, "hdu")._set_optional(0, True)
    assert param(panel, "m31", "hdu") == 0
    panel.take("hdu", 3)
    row(panel, "hdu")._set_optional(0, False)
    assert param(panel, "m31", "hdu") is None
    row(panel, "hdu")._set_optional(0, True)
    assert param(panel, "m31", "hdu") == 3


def test_changed_values_are_marked_and_reset(panel: Inspector) -> None:
    look(panel, "sky")
    assert dpg.is_item_shown(row(panel, "degree")._mark)
    assert not dpg.is_item_shown(row(panel, "boxes")._mark)
    row(panel, "degree")._reset()
    look(panel)
    assert param(panel, "sky", "degree") == 4
    assert not dpg.is_item_shown(row(panel, "degree")._mark)
    panel.take("boxes", 30)
    panel._reset_all()
    assert panel.editor.document.undo_name == "Reset all parameters of sky"
    assert param(panel, "sky", "boxes") == 20


def test_several_nodes_are_set_at_once(panel: Inspector) -> None:
    shown = look(panel, "sky", "sky2")
    assert "2 nodes selected" in shown
    slider = box(panel, "degree")._slider
    assert dpg.get_item_configuration(slider)["format"] == "several values"
    enter(box(panel, "degree"), "1")
    assert (param(panel, "sky", "degree"), param(panel, "sky2", "degree")) == (1, 1)
    assert panel.editor.document.undo_name == "Set degree of 2 nodes"
    assert "They have no parameters in common." in look(panel, "sky", "m31")


def test_several_writers_do_not_get_one_file(panel: Inspector) -> None:
    with panel.editor.document.change("Add") as graph:
        graph.add("a", "io.save_image")
        graph.add("b", "io.save_image")
    look(panel, "a", "b")
    assert [each.name for each in panel._rows] == ["bits", "quality", "overwrite"]


def test_title_id_and_mode(panel: Inspector) -> None:
    look(panel, "sky")
    head: Any = panel._head
    dpg.set_value(head._title, "Sky")
    head._set_title()
    head._set_mode(0, None, "mute")
    head._set_keep(0, "keep: never")
    node = panel.editor.document.graph.nodes["sky"]
    assert (node.title, node.mode, node.keep) == ("Sky", "mute", "never")
    dpg.set_value(head._id, "m31")
    head._rename()
    assert dpg.get_value(head._problem) == "there is already a node with the id 'm31'"
    dpg.set_value(head._id, "dome")
    head._rename()
    look(panel)
    assert panel.chosen() == ("dome",)


def test_files_are_chosen_in_a_dialog(panel: Inspector, tmp_path: Path) -> None:
    look(panel, "m31")
    row(panel, "file").widget._ask()  # type: ignore[attr-defined]
    question: Any = panel.editor.questions.pop()
    assert "*.fits" in question.patterns
    assert question.start.name == "m31.fits"
    question.then([tmp_path / "a.fits"])
    assert param(panel, "m31", "file") == (tmp_path / "a.fits").as_posix()


def test_a_colour_is_picked_in_one_step(panel: Inspector, monkeypatch: pytest.MonkeyPatch) -> None:
    with panel.editor.document.change("Add") as graph:
        graph.add("toy", "toy.forms")
    look(panel, "toy")
    widget: Any = row(panel, "tint").widget
    assert widget._read() == [1, 0, 0]
    with monkeypatch.context() as held:
        held.setattr(dpg, "is_mouse_button_down", lambda button: True)
        for part in (51, 102):
            dpg.set_value(widget._edit, [part, 255, 0, 255])
            widget._pick(widget._edit)
            look(panel)
    look(panel)
    assert param(panel, "toy", "tint") == [0.4, 1.0, 0.0]
    dpg.set_value(widget._edit, [255, 255, 0, 255])
    widget._pick(widget._edit)
    panel.editor.document.undo()
    assert param(panel, "toy", "tint") == [0.4, 1.0, 0.0]
    panel.editor.document.undo()
    assert panel.editor.document.undo_name == "Add"
    look(panel)
    assert widget._read() == [1, 0, 0]


def test_points_of_a_curve_are_added_moved_and_removed(
    panel: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    with panel.editor.document.change("Add") as graph:
        graph.add("curves", "stretch.curves")
    look(panel, "curves")
    widget: Any = row(panel, "combined").widget
    monkeypatch.setattr(widget, "_hit", lambda: (0.25, 0.5, None))
    widget._press()
    look(panel)
    assert param(panel, "curves", "combined") == [[0.0, 0.0], [0.25, 0.5], [1.0, 1.0]]
    assert len(widget._handles) == 3
    with monkeypatch.context() as held:
        held.setattr(dpg, "is_mouse_button_down", lambda button: True)
        for y in (0.6, 0.7, 0.8):
            dpg.set_value(widget._handles[1], [0.3, y])
            widget._drag(widget._handles[1], None, 1)
            look(panel)
    look(panel)
    assert param(panel, "curves", "combined")[1] == [0.3, 0.8]
    dpg.set_value(widget._handles[1], [0.3, 0.9])
    widget._drag(widget._handles[1], None, 1)
    panel.editor.document.undo()
    assert param(panel, "curves", "combined")[1] == [0.3, 0.8]
    look(panel)
    monkeypatch.setattr(widget, "_hit", lambda: (0.3, 0.8, 1))
    widget._remove()
    look(panel)
    assert len(widget._handles) == 2
    panel.editor.document.undo()
    panel.editor.document.undo()
    assert param(panel, "curves", "combined")[1] == [0.25, 0.5]


def test_presets_are_listed_and_saved(panel: Inspector) -> None:
    shown = look(panel, "sky")
    assert "Strong gradient" in shown
    section = panel._presets
    dpg.set_value(section._name, "Weak")
    section._save(0, None, "graph")
    assert "Weak" in look(panel)
    assert panel.editor.document.undo_name == "Save preset Weak"
    dpg.set_value(section._name, "Own")
    section._save(0, None, "mine")
    assert presets.list_presets()[0]["Own"]["params"]["degree"] == 2
    assert "Own" in look(panel)
