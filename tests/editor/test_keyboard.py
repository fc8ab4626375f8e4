"""Shortcuts as people type them."""

from __future__ import annotations

from ui.editor.actions import find_action
from ui.editor.keyboard import key_names, shortcut


def test_shortcuts_are_written_in_one_order() -> None:
    assert shortcut("Z", frozenset({"shift", "ctrl"})) == "Ctrl+Shift+Z"
    assert shortcut("Tab", frozenset()) == "Tab"


def test_plus_is_plus_on_keyboards_that_need_shift_for_it() -> None:
    for mods in (frozenset[str](), frozenset({"shift"})):
        action = find_action(shortcut("+", mods), "canvas")
        assert action
        assert action.id == "view.in"


def test_the_keys_of_zoom_are_known_by_what_stands_on_them() -> None:
    assert {"+", "-", ",", "Enter", "Space"} <= set(key_names().values())
    assert key_names()[602] == "+"  # the code of = and + beside the backspace, as it arrives
