"""Shortcuts as people type them."""

from __future__ import annotations

from ui.editor.actions import find_action
from ui.editor.keyboard import shortcut


def test_shortcuts_are_written_in_one_order() -> None:
    assert shortcut("Z", frozenset({"shift", "ctrl"})) == "Ctrl+Shift+Z"
    assert shortcut("Tab", frozenset()) == "Tab"


def test_plus_is_plus_on_keyboards_that_need_shift_for_it() -> None:
    for mods in (frozenset[str](), frozenset({"shift"})):
        action = find_action(shortcut("+", mods), "canvas")
        assert action
        assert action.id == "view.in"
