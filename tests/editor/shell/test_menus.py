"""The menu bar, made of the table of actions."""

from __future__ import annotations

from pathlib import Path

import dearpygui.dearpygui as dpg
import pytest

from tests.editor.documents import make_document, set_value
from tests.editor.shell_cases import editor, texts
from ui.editor.actions import ACTIONS, Action
from ui.editor.editor import Editor
from ui.editor.shell.menus import Menus

__all__ = ["editor"]


@pytest.fixture
def menus(editor: Editor) -> Menus:
    """The menus of the editor, synced once."""
    made = Menus(editor)
    made.build()
    made.sync()
    return made


def item(id: str) -> str:
    return f"menu:{id}"


def action(id: str) -> Action:
    return next(found for found in ACTIONS if found.id == id)


def test_every_action_stands_in_its_menu_once(menus: Menus) -> None:
    for found in ACTIONS:
        path, names = item(found.id), []
        parent = dpg.get_item_parent(path)
        while dpg.get_item_type(parent) == "mvAppItemType::mvMenu":
            names.append(dpg.get_item_label(parent))
            parent = dpg.get_item_parent(parent)
        assert "/".join(names[::-1]) == found.menu
    tops = dpg.get_item_children("menus", 1)
    assert len(tops) == len({found.menu.partition("/")[0] for found in ACTIONS})


def test_what_cannot_be_done_is_grey_and_undo_says_what(editor: Editor, menus: Menus) -> None:
    assert not dpg.is_item_enabled(item("edit.undo"))
    set_value(editor.document, 3.0)
    menus.sync()
    assert dpg.is_item_enabled(item("edit.undo"))
    assert dpg.get_item_label(item("edit.undo")) == "Undo: Set value"
    menus._on_item(0, None, action("edit.undo"))
    menus.sync()
    assert dpg.get_item_label(item("edit.undo")) == "Undo"
    assert dpg.get_item_label(item("edit.redo")) == "Redo: Set value"


def test_what_is_grey_is_not_done(editor: Editor) -> None:
    done: list[Action] = []
    menus = Menus(editor, done.append)
    menus._on_item(0, None, action("edit.undo"))
    assert done == []
    menus._on_item(0, None, action("file.new"))
    assert done == [action("file.new")]


def test_ticks_follow(editor: Editor, menus: Menus) -> None:
    assert dpg.get_value(item("run.auto")) is True
    menus._on_item(0, None, action("run.auto"))
    menus.sync()
    assert dpg.get_value(item("run.auto")) is False
    assert not editor.preferences.auto_run


def test_recent_graphs_open_and_what_is_gone_is_told(
    editor: Editor, menus: Menus, tmp_path: Path
) -> None:
    assert texts("menu:recent") == ["Forget all"]
    here, gone = tmp_path / "here.graph.json", tmp_path / "gone.graph.json"
    make_document(here)
    for path in (gone, here):
        editor.recent.add_graph(path)
    menus._looked = 0
    menus.sync()
    assert texts("menu:recent")[:2] == [str(here), str(gone)]
    menus._on_recent(0, None, here)
    assert editor.document.path == here
    menus._on_recent(0, None, gone)
    assert "not there" in editor.message[1]
    assert editor.recent.graphs() == [here]
    menus._on_forget()
    menus.sync()
    assert texts("menu:recent") == ["Forget all"]
