"""Windows over the others: keys, older versions, preferences, the start page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import dearpygui.dearpygui as dpg
import numpy as np
import pytest
from PIL import Image

from graph.disk import Disk
from graph.store import Store
from tests.editor.documents import make_document, set_value, value_of
from tests.editor.shell_cases import editor, key, texts
from ui.editor import preferences
from ui.editor.actions import ACTIONS
from ui.editor.editor import Editor
from ui.editor.preferences import Preferences
from ui.editor.question import Question
from ui.editor.safety.versions import find_versions, keep_version
from ui.editor.shell import samples
from ui.editor.shell.keys_sheet import GESTURES, KeysSheet, list_rows, search
from ui.editor.shell.preferences_dialog import PreferencesDialog, read_bytes, read_number
from ui.editor.shell.start_page import StartPage, first_sentence, load_picture
from ui.editor.shell.versions_sheet import VersionsSheet

__all__ = ["editor"]


# --- keys -----------------------------------------------------------------------------------------


def test_every_shortcut_stands_on_the_sheet(editor: Editor) -> None:
    rows = list_rows()
    titles = {row.title for row in rows}
    assert {a.title.removesuffix("…") for a in ACTIONS if a.keys} <= titles
    assert len(rows) == sum(bool(a.keys) for a in ACTIONS) + len(GESTURES)
    sheet = KeysSheet()
    sheet.build()
    assert not sheet.is_open
    sheet.open()
    shown = texts("keys:list")
    assert {"File", "Save", "Ctrl+S", "Mouse on the canvas"} <= set(shown)
    sheet._on_text(0, "save")
    assert texts("keys:list")[:2] == ["Ctrl+S", "Save"]
    sheet.on_input(key("Escape"))
    assert not sheet.is_open


def test_keys_are_found_by_their_letters() -> None:
    assert search(list_rows(), "ctrl s")[0].title == "Save"


# --- versions -------------------------------------------------------------------------------------


def test_an_older_version_is_restored_and_undone(editor: Editor, tmp_path: Path) -> None:
    path = tmp_path / "mine.graph.json"
    document = make_document(path)
    editor.add(document)
    keep_version(path, 5)
    set_value(document, 9.0)
    document.save()
    sheet = VersionsSheet(editor)
    sheet.build()
    sheet.open()
    shown = texts(sheet.tag)
    assert any("mine" in text for text in shown)
    assert "Restore" in shown
    sheet._on_restore(0, None, find_versions(path)[0])
    assert not sheet.is_open
    assert value_of(document) == 2.0
    document.undo()
    assert value_of(document) == 9.0


def test_without_versions_it_says_so(editor: Editor) -> None:
    sheet = VersionsSheet(editor)
    sheet.build()
    sheet.open()
    assert any("none is kept yet" in text for text in texts(sheet.tag))


# --- preferences ----------------------------------------------------------------------------------


@pytest.fixture
def dialog(editor: Editor) -> PreferencesDialog:
    """The preferences on the screen."""
    made = PreferencesDialog(editor)
    made.build()
    made.open()
    return made


@pytest.mark.parametrize(
    ("name", "given", "field", "value"),
    [
        ("theme", "light", "theme", "light"),
        ("scale", "1.5", "scale", 1.5),
        ("scale", "150%", "scale", 1.5),
        ("scale", "auto", "scale", None),
        ("threads", "3", "threads", 3),
        ("memory", "8 GB", "memory", 8_000_000_000),
        ("memory", "", "memory", None),
        ("autosave", "30", "autosave", 30.0),
        ("versions", "0", "versions", 0),
        ("store", "/data/store", "store", "/data/store"),
        ("store", "auto", "store", ""),
        ("auto_run", False, "auto_run", False),
        ("snap", False, "snap", False),
        ("dialogs", "native", "dialogs", "native"),
    ],
)
def test_a_choice_holds_at_once_and_is_kept(
    editor: Editor, dialog: PreferencesDialog, name: str, given: Any, field: str, value: Any
) -> None:
    editor.preferences = replace(editor.preferences, scale=2.0, memory=10**9, store="/x")
    dialog._on_value(0, given, name)
    assert dpg.get_value("preferences:wrong") == ""
    assert getattr(editor.preferences, field) == value
    assert preferences.read()[0] == editor.preferences


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("scale", "9", "scale must be"),
        ("scale", "big", "not a number"),
        ("threads", "2.5", "not a number"),
        ("threads", "0", "threads must be"),
        ("memory", "5", "memory must be"),
        ("memory", "lots", "not a size"),
        ("store", "relative", "whole path"),
        ("limit", "100G", "no store"),
    ],
)
def test_what_is_not_legal_is_told_and_changes_nothing(
    editor: Editor, dialog: PreferencesDialog, name: str, given: str, words: str
) -> None:
    before = editor.preferences
    dialog._on_value(0, given, name)
    assert words in dpg.get_value("preferences:wrong")
    assert editor.preferences == before


def test_the_limit_is_that_of_the_store(
    editor: Editor, dialog: PreferencesDialog, tmp_path: Path
) -> None:
    editor.store = Store(1 << 20, Disk(tmp_path / "store"))
    dialog._on_value(0, "7 GB", "limit")
    assert Disk(tmp_path / "store").limit == 7_000_000_000
    dialog.open()
    assert dpg.get_value("preferences:limit") == "7 GB"
    dialog._on_value(0, "auto", "limit")
    assert "needs a limit" in dpg.get_value("preferences:wrong")


def test_a_field_counts_when_it_is_left_and_not_while_it_is_typed(
    editor: Editor, dialog: PreferencesDialog
) -> None:
    dpg.set_value("preferences:threads", "4")
    assert not dpg.get_item_callback("preferences:threads")
    assert editor.preferences.threads is None
    dialog._on_left(0, dpg.get_alias_id("preferences:threads"))
    assert editor.preferences.threads == 4


def test_all_preferences_have_a_row_and_defaults_come_back(
    editor: Editor, dialog: PreferencesDialog
) -> None:
    import dataclasses

    for field in dataclasses.fields(Preferences):
        assert dpg.does_item_exist(f"preferences:{field.name}"), field.name
    dialog._on_defaults()
    assert editor.preferences == Preferences()
    assert dpg.get_value("preferences:dialogs") == "native"


def test_numbers_and_sizes() -> None:
    assert read_number(" 2.5 ") == 2.5
    assert read_number("AUTO") is None
    assert read_bytes("1.5 GB") == 1_500_000_000
    with pytest.raises(ValueError, match="auto"):
        read_number("x")


# --- the start page -------------------------------------------------------------------------------


def start(editor: Editor) -> StartPage:
    page = StartPage(editor)
    page.build()
    page.sync()
    return page


def test_it_is_shown_only_where_nothing_is_open(editor: Editor) -> None:
    assert not start(editor).is_open


def test_a_question_at_start_comes_without_it(empty: Editor) -> None:
    empty.ask(Question("Restore?", "Text"))
    assert not start(empty).is_open


@pytest.fixture
def empty(editor: Editor) -> Editor:
    """An editor with nothing open."""
    editor.remove(editor.document)
    return editor


def test_samples_are_opened_by_a_click(empty: Editor) -> None:
    page = start(empty)
    assert page.is_open
    found = samples.find_samples()
    assert found[0].title == "First light"
    assert found[0].picture
    assert {sample.title for sample in found} <= set(texts("start"))
    page._on_file(0, None, found[0].path)
    assert not page.is_open
    assert empty.document.path == found[0].path


def test_it_stays_away_when_unwanted(empty: Editor) -> None:
    page = start(empty)
    page._on_welcome(0, False)
    assert not empty.preferences.welcome
    page.close()
    page.sync()
    assert not page.is_open
    dpg.delete_item("start")
    assert not start(empty).is_open


def test_recent_graphs_that_are_there_are_listed(empty: Editor, tmp_path: Path) -> None:
    path = tmp_path / "mine.graph.json"
    make_document(path)
    for known in (tmp_path / "gone.graph.json", path):
        empty.recent.add_graph(known)
    start(empty)
    assert texts("start:recent")[0] == "mine"
    assert not any("gone" in text for text in texts("start:recent"))


def test_pictures_are_read_and_damaged_ones_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(np.full((3, 5, 3), 255, np.uint8)).save(path)
    found = load_picture(path)
    assert found
    assert found[:2] == (5, 3)
    assert found[2].dtype == np.float32
    assert found[2].shape == (3 * 5 * 4,)
    assert found[2].min() == 1
    path.write_text("no picture")
    assert load_picture(path) is None
    assert load_picture(tmp_path / "none.png") is None


def test_of_a_description_the_first_sentence() -> None:
    assert first_sentence("One thing. And more.") == "One thing."
    assert first_sentence("One") == "One"
