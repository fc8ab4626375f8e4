"""The log: what the editor has told, with a way to the node that it is about."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import dearpygui.dearpygui as dpg

from ui.editor.editor import Editor
from ui.editor.log import Entry, Level
from ui.editor.shell import accents
from ui.editor.shell.status_line import COLORS
from ui.editor.theme import px

FILTERS: dict[str, tuple[Level, ...]] = {
    "All": ("info", "warning", "error"),
    "Warnings and errors": ("warning", "error"),
    "Errors": ("error",),
}
#: so many lines are shown, the newest; all are copied
SHOWN = 300


def choose(entries: Iterable[Entry], levels: tuple[Level, ...], words: str = "") -> list[Entry]:
    """The entries of these levels that hold the words, newest first."""
    wanted = words.casefold().split()
    found = [
        entry
        for entry in entries
        if entry.level in levels
        and all(word in f"{entry.node} {entry.text}".casefold() for word in wanted)
    ]
    return found[::-1]


def write(entries: Iterable[Entry]) -> str:
    """Entries as text, one a line, oldest first."""
    lines = []
    for entry in reversed(list(entries)):
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.time))
        where = f"{entry.node}: " if entry.node else ""
        lines.append(f"{at}  {entry.level:7}  {where}{entry.text}")
    return "\n".join(lines)


class LogPanel:
    """The list of entries, newest first. A click on one goes to its node."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self._shown: tuple[int, tuple[Level, ...], str] | None = None
        self._levels = FILTERS["All"]
        self._words = ""

    def build(self, parent: int | str = 0) -> None:
        """Make the filter and the list."""
        with dpg.group(parent=parent):
            with dpg.group(horizontal=True):
                dpg.add_combo(
                    list(FILTERS),
                    default_value="All",
                    width=px(120),
                    tag="log:filter",
                    callback=self._on_filter,
                )
                dpg.add_button(label="Copy", callback=self._on_copy, tag="log:copy")
                dpg.add_button(label="Clear", callback=self._on_clear, tag="log:clear")
                dpg.add_input_text(hint="Words", width=-1, tag="log:words", callback=self._on_words)
            with dpg.table(
                tag="log:list",
                header_row=False,
                scrollY=True,
                policy=dpg.mvTable_SizingFixedFit,
                height=-1,
            ):
                dpg.add_table_column(width_fixed=True, init_width_or_weight=px(62))
                dpg.add_table_column(width_stretch=True)
        dpg.bind_item_theme("log:list", accents.flat())

    def chosen(self) -> list[Entry]:
        """The entries that the filter lets through, newest first."""
        return choose(self.editor.log.entries, self._levels, self._words)

    def sync(self) -> None:
        """Show what has come."""
        now = self.editor.log.revision, self._levels, self._words
        if now == self._shown:
            return
        self._shown = now
        for row in dpg.get_item_children("log:list", 1):
            dpg.delete_item(row)
        for entry in self.chosen()[:SHOWN]:
            self._add(entry)

    def _add(self, entry: Entry) -> None:
        with dpg.table_row(parent="log:list"):
            at = time.strftime("%H:%M:%S", time.localtime(entry.time))
            dpg.add_text(at, color=accents.FAINT)
            with dpg.group(horizontal=True):
                if entry.node:
                    button = dpg.add_button(
                        label=entry.node, user_data=entry.node, callback=self._on_node
                    )
                    dpg.bind_item_theme(button, accents.flat())
                dpg.add_text(entry.text, color=COLORS[entry.level], wrap=0)

    def _on_filter(self, sender: Any, chosen: str) -> None:
        self._levels = FILTERS[chosen]

    def _on_words(self, sender: Any, words: str) -> None:
        self._words = words

    def _on_copy(self) -> None:
        self.editor.set_clipboard(write(self.chosen()))

    def _on_clear(self) -> None:
        self.editor.log.clear()

    def _on_node(self, sender: Any, value: Any, id: str) -> None:
        if id in self.editor.document.graph.nodes:
            self.editor.document.select([id])
            self.editor.panels["canvas"].go_to(id)
        else:
            self.editor.tell("warning", f"there is no node {id} in this graph")

    def describe(self) -> dict[str, Any]:
        """What it shows, for tests."""
        return {"texts": [entry.text for entry in self.chosen()]}
