"""Widgets side by side that take as many rows as they need, so that none is cut."""

from __future__ import annotations

from collections.abc import Sequence

import dearpygui.dearpygui as dpg

from ui.editor.letters import width
from ui.editor.theme import TEXT, px

#: pixels at scale 1: between widgets, and around the text of a button
_GAP, _AROUND = 4, 14
#: the room that a scroll bar takes, and a little more; pixels at scale 1
_BAR = 20


def break_rows(least: Sequence[float], room: float, gap: float) -> list[list[int]]:
    """The places of widgets by row. least: the width that each needs; room: of a row."""
    rows: list[list[int]] = []
    left = 0.0
    for place, wide in enumerate(least):
        if not rows or left < gap + wide:
            rows.append([])
            left = room + gap
        rows[-1].append(place)
        left -= gap + wide
    return rows


def is_other(room: float, before: float) -> bool:
    """Whether a width in pixels is worth a new layout.

    What a scroll bar leaves when it goes is not: with fewer rows it goes, with more it comes
    back, and so on for ever.
    """
    return not 0 <= room - before <= px(_BAR)


class Flow:
    """Buttons and lists side by side; what room a row has over is shared among them."""

    #: the room that the last one had: a new one stands right at once, and nothing below it jumps
    _last_room = 0.0

    def __init__(self) -> None:
        self._items: list[int] = []
        self._least: list[float] = []
        self._rows: list[int] = []
        self._room = 0.0

    def build(self) -> None:
        """Make the place for them under the parent on Dear PyGui's stack."""
        with dpg.group() as self._body:
            pass

    def add(self, item: int, text: str, more: int = 0) -> None:
        """Add a widget with that text in it. more: pixels at scale 1 that it needs beside."""
        row = dpg.add_group(parent=self._body, horizontal=True, horizontal_spacing=px(_GAP))
        dpg.move_item(item, parent=row)
        self._items.append(item)
        self._rows.append(int(row))
        self._least.append(width(text, float(px(TEXT))) + px(_AROUND + more))
        if Flow._last_room:
            self._room = 0.0
            self.lay(Flow._last_room)

    def fit(self) -> None:
        """Take the room that there is now; called every frame."""
        seen = dpg.get_item_state(self._body).get("content_region_avail")
        if seen and seen[0] > 1:
            self.lay(float(seen[0]))

    def lay(self, room: float) -> None:
        """Break them into rows of so many pixels."""
        if not is_other(room, self._room):
            return
        self._room = Flow._last_room = room
        gap = px(_GAP)
        rows = break_rows(self._least, room, gap)
        for row, places in zip(self._rows, rows, strict=False):
            spare = room - sum(self._least[p] for p in places) - gap * (len(places) - 1)
            for place in places:
                dpg.move_item(self._items[place], parent=row)
                wide = self._least[place] + spare / len(places)
                dpg.set_item_width(self._items[place], max(int(wide), 1))
        for number, row in enumerate(self._rows):
            dpg.configure_item(row, show=number < len(rows))
