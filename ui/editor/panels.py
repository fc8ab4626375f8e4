"""The panels of the window, and the popups over them."""

from __future__ import annotations

from typing import Any

import dearpygui.dearpygui as dpg

from ui.editor.canvas import Canvas
from ui.editor.dialogs import Dialogs
from ui.editor.editor import Editor
from ui.editor.inspector import Inspector
from ui.editor.search_popup import SearchPopup


class Docked:
    """A panel that fills a window of its own, which can be moved, docked and closed."""

    def __init__(self, title: str, panel: Any, **options: Any) -> None:
        self.tag = title.lower()
        self._title = title
        self._panel = panel
        self._options = options

    def build(self) -> None:
        """Make the window and what is in it; its title is its name in the layout."""
        with dpg.window(
            label=self._title, tag=self.tag, use_internal_label=False, **self._options
        ):
            self._panel.build(self.tag)

    def sync(self) -> None:
        """Show what has changed, if it can be seen."""
        if dpg.is_item_visible(self.tag):
            self._panel.sync()

    def open(self) -> None:
        """Show the window again, and before others that share its place."""
        dpg.show_item(self.tag)
        dpg.focus_item(self.tag)


def make_panels(editor: Editor) -> tuple[list[Any], list[Any]]:
    """All panels, and all popups; they are known to the editor by name."""
    canvas, search, dialogs = Canvas(editor), SearchPopup(editor), Dialogs(editor)
    canvas.search = search
    inspector = Docked("Inspector", Inspector(editor))
    panels = [canvas, inspector]
    editor.panels |= {"canvas": canvas, "search": search, "inspector": inspector}
    return panels, [search, dialogs]
