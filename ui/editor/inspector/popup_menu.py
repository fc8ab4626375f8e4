"""A small menu at the mouse, made when it is opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import dearpygui.dearpygui as dpg

#: label, what to call, and its user data; a label alone is a line to read
Entry = tuple[str, Callable[..., None] | None, Any]


class PopupMenu:
    """One menu at a time; it closes when something is chosen or the user clicks elsewhere."""

    def __init__(self) -> None:
        self._window = 0

    def open(self, entries: Sequence[Entry]) -> None:
        """Show these entries at the mouse."""
        self.close()
        with dpg.window(popup=True, pos=dpg.get_mouse_pos(local=False)) as window:
            for label, call, data in entries:
                if call:
                    dpg.add_selectable(label=label, callback=call, user_data=data)
                else:
                    dpg.add_text(label)
        self._window = int(window)

    def close(self) -> None:
        """Take the menu away."""
        if self._window and dpg.does_item_exist(self._window):
            dpg.delete_item(self._window)
        self._window = 0
