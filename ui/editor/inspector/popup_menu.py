"""A small menu at the mouse, made when it is opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import dearpygui.dearpygui as dpg

TAG = "popup menu"
#: label, what to call, and its user data; a label alone is a line to read
Entry = tuple[str, Callable[..., None] | None, Any]


class PopupMenu:
    """One menu at a time; it closes when something is chosen or the user clicks elsewhere."""

    def open(self, entries: Sequence[Entry]) -> None:
        """Show these entries at the mouse."""
        self.close()
        with dpg.window(tag=TAG, popup=True, pos=dpg.get_mouse_pos(local=False)):
            for label, call, data in entries:
                if call:
                    dpg.add_selectable(label=label, callback=call, user_data=data)
                else:
                    dpg.add_text(label)

    def close(self) -> None:
        """Take the menu away."""
        if dpg.does_item_exist(TAG):
            dpg.delete_item(TAG)
