"""The sheet of keys and gestures, made of the table of actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import dearpygui.dearpygui as dpg

from ui.editor.actions import ACTIONS, Action
from ui.editor.keyboard import shown
from ui.editor.shell import accents
from ui.editor.shell.fuzzy import rank
from ui.editor.shell.sheet import Sheet
from ui.editor.theme import px


class Row(NamedTuple):
    """A line of the sheet. part: the heading it stands under. keys: or a gesture."""

    part: str
    keys: str
    title: str
    help: str = ""


#: what the mouse does; keys are in the table of actions
GESTURES = (
    Row("Mouse on the canvas", "Drag", "Select with a box"),
    Row("Mouse on the canvas", "Shift or Ctrl + click", "Add to the selection, or take from it"),
    Row("Mouse on the canvas", "Middle drag, Space + drag", "Pan"),
    Row("Mouse on the canvas", "Wheel", "Zoom at the pointer"),
    Row("Mouse on the canvas", "Shift + wheel", "Pan sideways"),
    Row("Mouse on the canvas", "Double click", "Search for a node to add"),
    Row("Mouse on the canvas", "Right click", "Menu of what is under the pointer"),
    Row("Mouse on the canvas", "Drag from a socket", "Draw a wire; dropped on nothing: search"),
    Row("Mouse on the canvas", "Drop a node on a wire", "Insert it into the chain"),
    Row("Mouse on the canvas", "Alt + drag a node", "Take it out of its chain"),
    Row("Mouse on the canvas", "Alt or Ctrl + drag", "Cut the wires crossed"),
    Row("Mouse in a viewer", "Drag", "Pan"),
    Row("Mouse in a viewer", "Wheel", "Zoom at the pointer"),
    Row("Everywhere", "Escape", "Give up the gesture, close the popup"),
)


def list_rows(actions: Sequence[Action] = ACTIONS) -> list[Row]:
    """Every action that has keys, by menu, and the gestures of the mouse."""
    where = {"canvas": " (over the canvas)", "viewer": " (over a viewer)"}
    rows = [
        Row(
            action.menu.replace("/", " ▸ "),
            ", ".join(map(shown, action.keys)),
            action.title.removesuffix("…"),
            f"{action.help}{where.get(action.where, '')}".strip(),
        )
        for action in actions
        if action.keys
    ]
    return [*rows, *GESTURES]


def search(rows: Sequence[Row], query: str) -> list[Row]:
    """The rows that fit, best first; all of them for an empty query."""
    entries = [(row.title, (row.keys.replace("+", " "), row.help, row.part)) for row in rows]
    return [rows[match.place] for match in rank(query, entries)]


class KeysSheet(Sheet):
    """All shortcuts in one window, to be searched."""

    tag, title = "keys", "Keys and gestures"
    width, height = 760, 640

    def build(self) -> None:
        """Make the window, hidden."""
        with self.window():
            dpg.add_input_text(tag="keys:text", hint="Search", width=-1, callback=self._on_text)
            with dpg.table(
                tag="keys:list", header_row=False, scrollY=True, policy=dpg.mvTable_SizingFixedFit
            ):
                dpg.add_table_column(width_fixed=True, init_width_or_weight=px(210))
                dpg.add_table_column(width_fixed=True, init_width_or_weight=px(220))
                dpg.add_table_column(width_stretch=True)
        dpg.bind_item_theme("keys:list", accents.flat())
        self._fill("")

    def open(self) -> None:
        """Show all keys."""
        super().open()
        dpg.set_value("keys:text", "")
        self._fill("")
        dpg.focus_item("keys:text")

    def _on_text(self, sender: Any, text: str) -> None:
        self._fill(text)

    def _fill(self, query: str) -> None:
        for row in dpg.get_item_children("keys:list", 1):
            dpg.delete_item(row)
        part = ""
        for row in search(list_rows(), query):
            if row.part != part and not query.strip():
                part = row.part
                with dpg.table_row(parent="keys:list"):
                    dpg.add_text(part, color=accents.HEAD)
            with dpg.table_row(parent="keys:list"):
                dpg.add_text(row.keys)
                dpg.add_text(row.title)
                dpg.add_text(row.help, color=accents.FAINT)
