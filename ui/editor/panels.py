"""The panels of the window, and the popups over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dearpygui.dearpygui as dpg

from ui.editor.actions import Action
from ui.editor.canvas.context_menu import ContextMenu
from ui.editor.canvas.palette import Palette
from ui.editor.canvas.panel import Canvas
from ui.editor.canvas.search_popup import SearchPopup
from ui.editor.editor import VIEWERS, Editor
from ui.editor.inspector.panel import Inspector
from ui.editor.shell.command_search import make_command_search, make_go_to
from ui.editor.shell.dialogs import Dialogs
from ui.editor.shell.keys_sheet import KeysSheet
from ui.editor.shell.log_panel import LogPanel
from ui.editor.shell.menus import Menus
from ui.editor.shell.preferences_dialog import PreferencesDialog
from ui.editor.shell.start_page import StartPage
from ui.editor.shell.status_line import StatusLine
from ui.editor.shell.tour import Tour
from ui.editor.shell.versions_sheet import VersionsSheet
from ui.editor.viewer.histogram_panel import HistogramPanel
from ui.editor.viewer.panel import Viewer


class Docked:
    """A panel that fills a window of its own, which can be moved, docked and closed."""

    def __init__(self, title: str, panel: Any, **options: Any) -> None:
        self.panel = panel
        self._tag = title.lower()
        self._title = title
        self._options = options

    def build(self) -> None:
        """Make the window and what is in it; its title is its name in the layout."""
        with dpg.window(
            label=self._title, tag=self._tag, use_internal_label=False, **self._options
        ):
            pass
        self.panel.build(self._tag)

    def sync(self) -> None:
        """Show what has changed, if it can be seen."""
        if dpg.is_item_visible(self._tag):
            self.panel.sync()

    def open(self) -> None:
        """Show the window again, and before others that share its place."""
        dpg.show_item(self._tag)
        dpg.focus_item(self._tag)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.panel, name)


def make_panels(editor: Editor, do: Callable[[Action], None]) -> tuple[list[Any], list[Any]]:
    """All panels, and all popups, which hear of keys first; the editor knows them by name.

    do: what a menu calls with the action chosen.
    """
    panels: dict[str, Any] = {
        "menus": Menus(editor, do),
        "canvas": Canvas(editor),
        "palette": Palette(editor),
        "inspector": Docked("Inspector", Inspector(editor)),
        "histogram": HistogramPanel(editor),
        "log": Docked("Log", LogPanel(editor)),
        "status": Docked(
            "Status", StatusLine(editor), no_close=True, no_scrollbar=True, no_move=True
        ),
    }
    panels |= {f"viewer {number}": Viewer(editor, number) for number in range(1, VIEWERS + 1)}
    popups: dict[str, Any] = {
        "dialogs": Dialogs(editor),
        "search": SearchPopup(editor),
        "context menu": ContextMenu(editor),
        "command search": make_command_search(editor),
        "go to": make_go_to(editor),
        "keys": KeysSheet(),
        "preferences": PreferencesDialog(editor),
        "versions": VersionsSheet(editor),
        "start page": StartPage(editor),
        "tour": Tour(editor),
    }
    panels["canvas"].search, panels["canvas"].menu = popups["search"], popups["context menu"]
    editor.panels |= panels | popups
    return list(panels.values()), list(popups.values())
