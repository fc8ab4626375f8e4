"""The menu of a right click on the canvas."""

from __future__ import annotations

from typing import Any

import dearpygui.dearpygui as dpg

from ui.editor.camera import Point
from ui.editor.hits import Hit
from ui.editor.input import Input
from ui.editor.keyboard import shown
from ui.editor.offers import Offer, find_offers


class ContextMenu:
    """A popup filled anew at every right click."""

    def __init__(self, editor: Any) -> None:
        self.editor = editor
        self._opened = False

    @property
    def is_open(self) -> bool:
        """Whether it is on screen."""
        return self._opened and dpg.is_item_shown("context menu")

    def build(self) -> None:
        """Make the popup, hidden."""
        dpg.add_window(
            tag="context menu", popup=True, show=False, no_saved_settings=True, min_size=(60, 20)
        )

    def open(self, hit: Hit, at: Point) -> None:
        """Open it for what was hit. at: in pixels of the window."""
        canvas = self.editor.panels["canvas"]
        dpg.delete_item("context menu", children_only=True)
        corner = canvas.corner()
        inside = at[0] - corner[0], at[1] - corner[1]
        offers = find_offers(hit, inside, self.editor, canvas)
        for offer in offers:
            if offer is None:
                dpg.add_separator(parent="context menu")
                continue
            dpg.add_menu_item(
                label=offer.title,
                shortcut=shown(offer.keys),
                enabled=offer.enabled,
                callback=self._on_item,
                user_data=offer,
                parent="context menu",
            )
        dpg.configure_item("context menu", pos=(int(at[0]) + 2, int(at[1]) + 2), show=True)
        self._opened = True

    def close(self) -> None:
        """Close it."""
        dpg.configure_item("context menu", show=False)
        self._opened = False

    def sync(self) -> None:
        """Nothing changes while it is open."""

    def on_input(self, event: Input) -> bool:
        """Escape closes it; other keys wait until it is closed."""
        if event.kind == "key" and event.key == "Escape":
            self.close()
        return event.kind == "key"

    def _on_item(self, sender: Any, app_data: Any, offer: Offer) -> None:
        self.close()
        offer.do()
