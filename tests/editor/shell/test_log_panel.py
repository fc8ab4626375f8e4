"""The log: filters, copying, the way to a node."""

from __future__ import annotations

import dearpygui.dearpygui as dpg
import pytest

from tests.editor.shell_cases import editor, texts
from ui.editor.editor import Editor
from ui.editor.shell.log_panel import FILTERS, SHOWN, LogPanel, choose, write

__all__ = ["editor"]


@pytest.fixture
def panel(editor: Editor) -> LogPanel:
    """The log of an editor that has told three things."""
    with dpg.window(tag="log"):
        pass
    made = LogPanel(editor)
    made.build("log")
    editor.tell("info", "Saved a.json")
    editor.tell("warning", "the median is low", "a")
    editor.tell("error", "there is no file", "gone")
    made.sync()
    return made


def test_the_newest_stands_first(panel: LogPanel) -> None:
    shown = [text for text in texts("log:list") if ":" not in text]
    assert shown == ["gone", "there is no file", "a", "the median is low", "Saved a.json"]


def test_filters_by_level_and_words(editor: Editor, panel: LogPanel) -> None:
    entries = editor.log.entries
    levels = {name: [e.level for e in choose(entries, found)] for name, found in FILTERS.items()}
    assert levels == {
        "All": ["error", "warning", "info"],
        "Warnings and errors": ["error", "warning"],
        "Errors": ["error"],
    }
    panel._on_filter(0, "Warnings and errors")
    panel._on_words(0, "LOW a")
    panel.sync()
    assert panel.describe() == {"texts": ["the median is low"]}
    assert "there is no file" not in texts("log:list")


def test_copying_takes_what_is_shown_oldest_first(editor: Editor, panel: LogPanel) -> None:
    copied: list[str] = []
    editor.set_clipboard = copied.append
    panel._on_filter(0, "Warnings and errors")
    panel._on_copy()
    lines = copied[0].splitlines()
    assert lines == write(panel.chosen()).splitlines()
    assert lines[0].endswith("warning  a: the median is low")
    assert lines[1].endswith("error    gone: there is no file")


def test_a_click_goes_to_the_node_if_it_is_there(editor: Editor, panel: LogPanel) -> None:
    panel._on_node(0, None, "a")
    assert editor.document.selection == {"a"}
    assert editor.panels["canvas"].went == ["a"]
    panel._on_node(0, None, "gone")
    assert "no node gone" in editor.message[1]


def test_it_can_be_cleared_and_a_long_one_shows_its_newest(editor: Editor, panel: LogPanel) -> None:
    panel._on_clear()
    panel.sync()
    assert texts("log:list") == []
    for number in range(SHOWN + 20):
        editor.tell("info", f"Message {number}")
    panel.sync()
    rows = dpg.get_item_children("log:list", 1)
    assert len(rows) == SHOWN
    assert f"Message {SHOWN + 19}" in texts("log:list")
