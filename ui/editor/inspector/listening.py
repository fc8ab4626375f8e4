"""Being told when the hand leaves a widget: the end of a drag, of typing, of a choice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dearpygui.dearpygui as dpg


class Listening:
    """One handler registry for all fields of a panel, and whom to tell by item."""

    def __init__(self) -> None:
        self._ended: dict[int, Callable[[], None]] = {}
        with dpg.item_handler_registry() as self._registry:
            dpg.add_item_deactivated_handler(callback=self._take)
        self._left: dict[int, Callable[[], None]] = {}
        self._right: dict[int, Callable[[], None]] = {}
        with dpg.handler_registry():
            dpg.add_mouse_click_handler(dpg.mvMouseButton_Right, callback=self._take_right)
        with dpg.item_handler_registry() as self._clicks:
            dpg.add_item_clicked_handler(dpg.mvMouseButton_Left, callback=self._take_click)

    def listen(self, item: int, ended: Callable[[], None]) -> None:
        """Call ``ended`` whenever the item has been active and is so no longer."""
        self._ended[item] = ended
        dpg.bind_item_handler_registry(item, self._registry)

    def watch(self, item: int) -> None:
        """Count the item among those that the user may hold or type into."""
        self._ended[item] = _nothing

    def listen_clicks(self, item: int, left: Callable[[], None], right: Callable[[], None]) -> None:
        """Call ``left`` when that button is pressed on the item, not on what stands on it.

        Call ``right`` when that one is pressed anywhere over the item.
        """
        self._left[item] = left
        self._right[item] = right
        dpg.bind_item_handler_registry(item, self._clicks)

    def forget(self) -> None:
        """The items are deleted; events of theirs that are still on their way are dropped."""
        self._ended.clear()
        self._left.clear()
        self._right.clear()

    def active(self) -> bool:
        """Whether the user holds one of the items, or types into it."""
        return any(dpg.is_item_active(item) for item in self._ended)

    def _take(self, sender: Any, item: int) -> None:
        ended = self._ended.get(item)
        if ended:
            ended()

    def _take_click(self, sender: Any, press: tuple[int, int]) -> None:
        clicked = self._left.get(press[1])
        if clicked:
            clicked()

    def _take_right(self) -> None:
        for item, clicked in list(self._right.items()):
            if _is_over(item):
                clicked()


def _nothing() -> None:
    pass


def _is_over(item: int) -> bool:
    """Whether the mouse is over an item, or over what stands on it, and it is seen."""
    if not dpg.is_item_visible(item):
        return False
    x, y = dpg.get_mouse_pos(local=False)
    left, top = dpg.get_item_rect_min(item)
    width, height = dpg.get_item_rect_size(item)
    return bool(left <= x < left + width and top <= y < top + height)
