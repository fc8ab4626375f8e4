"""Finding an action or a node by a few letters."""

from __future__ import annotations

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from tests.editor.documents import set_value
from tests.editor.shell_cases import editor, key
from ui.editor.actions import ACTIONS
from ui.editor.editor import Editor
from ui.editor.shell.command_search import (
    make_command_search,
    make_go_to,
    offer_actions,
    offer_nodes,
)
from ui.editor.shell.picker import ROWS, Listing, Pick, Picker

__all__ = ["editor"]


def nothing() -> None:
    """What a pick of no interest does."""


def pick(title: str, do: Callable[[], None] = nothing) -> Pick:
    return Pick(title, do)


def test_every_action_that_can_be_done_is_offered(editor: Editor) -> None:
    titles = {found.title.removeprefix("✓ ") for found in offer_actions(editor)}
    assert titles == {
        action.title for action in ACTIONS if action.enabled(editor) and action.id != "edit.search"
    }
    assert "Undo" not in titles
    set_value(editor.document, 3.0)
    assert "Undo" in {found.title for found in offer_actions(editor)}


def test_what_is_on_has_a_tick(editor: Editor) -> None:
    assert "✓ Run changes by themselves" in {found.title for found in offer_actions(editor)}


def test_enter_does_the_first_that_fits(editor: Editor) -> None:
    set_value(editor.document, 3.0)
    picker = make_command_search(editor)
    picker.build()
    picker.open()
    dpg.set_value("commands:text", "undo")
    picker._on_text()
    assert picker.listing.seen()[0].title == "Undo"
    picker.on_input(key("Enter"))
    assert not picker.is_open
    assert not editor.document.modified
    picker.on_input(key("Enter"))  # closed: nothing more is done
    assert editor.document.redo_name == "Set value"


def test_keys_move_and_close(editor: Editor) -> None:
    done: list[int] = []
    picks = [pick(f"Do {n}", lambda n=n: done.append(n)) for n in range(30)]  # type: ignore[misc]
    picker = Picker("many", "hint", lambda: picks)
    picker.build()
    picker.open()
    for name in ("Down", "Down", "PageDown", "Up", "Enter"):
        picker.on_input(key(name))
    assert done == [2 + ROWS - 1 - 1]
    picker.open()
    picker.on_input(key("Escape"))
    assert (picker.is_open, len(done)) == (False, 1)
    picker.open()
    picker._on_click(0, True, 3)
    assert done[1:] == [3]


def test_the_row_taken_is_always_seen() -> None:
    listing = Listing([pick(f"Item {n}") for n in range(10)], rows=4)
    seen = []
    for step in (0, 3, 1, -1, -3, 99, -99):
        listing.step(step)
        shown = [found.title for found in listing.seen()]
        assert f"Item {listing.row}" in shown
        assert len(shown) == 4
        seen.append(listing.row)
    assert seen == [0, 3, 4, 3, 0, 9, 0]
    listing.search("item 7")
    assert (listing.row, listing.seen()[0].title) == (0, "Item 7")
    listing.search("nothing like it")
    listing.step(1)
    assert (listing.row, listing.seen()) == (0, [])


def test_going_to_a_node_selects_and_shows_it(editor: Editor) -> None:
    with editor.document.change("Add") as graph:
        graph.add("second", "toy.one")
    assert [found.title for found in offer_nodes(editor)] == ["a", "second"]
    picker = make_go_to(editor)
    picker.build()
    picker.open()
    dpg.set_value("goto:text", "sec")
    picker._on_text()
    picker.on_input(key("Enter"))
    assert editor.document.selection == {"second"}
    assert editor.panels["canvas"].went == ["second"]
