"""Where the mouse is."""

from __future__ import annotations

import dearpygui.dearpygui as dpg


def is_over(window: int | str) -> bool:
    """Whether the mouse is over the rectangle of a window, whatever lies above it."""
    x, y = dpg.get_mouse_pos(local=False)
    left, top = dpg.get_item_pos(window)
    wide, tall = dpg.get_item_rect_size(window)
    return bool(left <= x <= left + wide and top <= y <= top + tall)
