"""The menu of a right click on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dearpygui.dearpygui as dpg

from ui.editor.canvas.hits import Hit
from ui.editor.canvas.offers import Offer, Offers, find_offers
from ui.editor.input import Input
from ui.editor.keyboard import shown
from ui.editor.rects import Point
from ui.editor.theme import PADDING, SPACING, px

if TYPE_CHECKING:
    from ui.editor.editor import Editor


class ContextMenu:
    """A popup filled anew at every right click."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self._opened = False
        self._offers: Offers = []

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
        self._offers = find_offers(hit, inside, self.editor, canvas)
        for offer in self._offers:
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

    def describe(self) -> dict[str, Any]:
        """What it offers: for tests."""
        return {"titles": [offer.title for offer in self._offers if offer]}

    def where(self, title: str) -> list[float]:
        """The middle of an entry, which Dear PyGui does not tell: a way for tests to find it."""
        x, y = dpg.get_item_pos("context menu")
        wide, tall = dpg.get_item_rect_size("context menu")
        titles = [offer.title if offer else "" for offer in self._offers]
        above = titles[: titles.index(title)]
        lines = above.count("")
        line = px(SPACING)
        entry = (tall - 2 * px(PADDING) + line - titles.count("") * line) / (
            len(titles) - titles.count("")
        )
        top = y + px(PADDING) + lines * line + (len(above) - lines) * entry
        return [x + wide / 2, top + (entry - line) / 2]

    def _on_item(self, sender: Any, app_data: Any, offer: Offer) -> None:
        self.close()
        offer.do()
