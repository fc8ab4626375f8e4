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
        self._clicked: dict[tuple[int, int], Callable[[], None]] = {}
        with dpg.item_handler_registry() as self._clicks:
            dpg.add_item_clicked_handler(-1, callback=self._take_click)

    def listen(self, item: int, ended: Callable[[], None]) -> None:
        """Call ``ended`` whenever the item has been active and is so no longer."""
        self._ended[item] = ended
        dpg.bind_item_handler_registry(item, self._registry)

    def listen_clicks(
        self, item: int, left: Callable[[], None], right: Callable[[], None]
    ) -> None:
        """Call ``left`` and ``right`` when these buttons are pressed over the item."""
        self._clicked[dpg.mvMouseButton_Left, item] = left
        self._clicked[dpg.mvMouseButton_Right, item] = right
        dpg.bind_item_handler_registry(item, self._clicks)

    def forget(self) -> None:
        """The items are deleted; events of theirs that are still on their way are dropped."""
        self._ended.clear()
        self._clicked.clear()

    def active(self) -> bool:
        """Whether the user holds one of the items, or types into it."""
        return any(dpg.is_item_active(item) for item in self._ended)

    def _take(self, sender: Any, item: int) -> None:
        ended = self._ended.get(item)
        if ended:
            ended()

    def _take_click(self, sender: Any, press: tuple[int, int]) -> None:
        clicked = self._clicked.get((press[0], press[1]))
        if clicked:
            clicked()
