"""What a viewer draws over its pixels: marks, the dividing line, words; and values as tables."""

from __future__ import annotations

from typing import Any

import dearpygui.dearpygui as dpg

from ui.editor import letters
from ui.editor.picture import Picture
from ui.editor.theme import EVEN, TEXT, px
from ui.editor.viewer.lens import Lens
from ui.editor.viewer.overlay import Mark, place_marks, read_marks
from ui.editor.viewer.table import more_rows, read_rows, read_text

_GOOD, _BAD = (96, 224, 128, 255), (255, 96, 88, 255)
_SHADE = (0, 0, 0, 170)
_SERIOUS = (255, 196, 84, 255)
_WORDS = {
    "error": (255, 140, 132, 255),
    "busy": (150, 200, 255, 255),
    "info": (200, 202, 208, 255),
}


class Drawing:
    """A drawlist with layers. item: the drawlist. ground: the layer of the picture."""

    def __init__(self, parent: int | str) -> None:
        self.item = dpg.add_drawlist(16, 16, parent=parent)
        self.ground = dpg.add_draw_node(parent=self.item)
        self._marks = dpg.add_draw_node(parent=self.item)
        self._line = dpg.add_draw_node(parent=self.item)
        self._words = dpg.add_draw_node(parent=self.item)
        self._notes = dpg.add_draw_node(parent=self.item)
        self._size = (16, 16)
        self._of: tuple[Picture | None, list[Mark]] = (None, [])
        self._seen: Any = None
        self._split: Any = None

    def resize(self, size: tuple[int, int]) -> None:
        """Take so many pixels."""
        self._size = size
        self._seen = self._split = None
        dpg.configure_item(self.item, width=size[0], height=size[1])

    def clear(self) -> None:
        """Show no picture; what is shown next is drawn anew."""
        self.show_marks(None, Lens())
        dpg.configure_item(self.ground, show=False)
        self.show_split(None)

    def show_marks(self, picture: Picture | None, lens: Lens) -> None:
        """Draw the places of a table."""
        dpg.configure_item(self.ground, show=True)
        if picture is not self._of[0]:
            from nodes.values import Table

            value = picture.value if picture else None
            self._of = picture, read_marks(value) if isinstance(value, Table) else []
            self._seen = None
        if (lens, self._size) == self._seen:
            return
        self._seen = lens, self._size
        dpg.delete_item(self._marks, children_only=True)
        rings, more = place_marks(self._of[1], lens, self._size)
        for ring in rings:
            color = _GOOD if ring.good else _BAD
            dpg.draw_circle(
                (ring.x, ring.y), ring.radius, color=color, thickness=1.2, parent=self._marks,
                segments=16 if ring.radius < 20 else 48,
            )  # fmt: skip
            if ring.text:
                at = ring.x + ring.radius + 3, ring.y - TEXT / 2
                dpg.draw_text(at, ring.text, size=px(TEXT - 2), color=color, parent=self._marks)
        if more:
            text = f"{more:,} more places are not drawn: zoom in"
            dpg.draw_text((8, self._size[1] - px(22)), text, size=px(TEXT), parent=self._marks)

    def show_split(self, share: float | None) -> None:
        """Draw the line between two pictures, or none."""
        if share == self._split:
            return
        self._split = share
        dpg.delete_item(self._line, children_only=True)
        if share is None:
            return
        x, height = round(share * self._size[0]), self._size[1]
        dpg.draw_line((x, 0), (x, height), color=(255, 255, 255, 220), parent=self._line)
        dpg.draw_circle(
            (x, height / 2), px(7), color=(255, 255, 255, 230), fill=(40, 40, 44, 220),
            parent=self._line,
        )  # fmt: skip
        for text, at in (("A", x - px(18)), ("B", x + px(8))):
            dpg.draw_text((at, px(6)), text, size=px(TEXT + 2), color=(255, 255, 255, 230),
                          parent=self._line)  # fmt: skip

    def show_words(self, level: str, text: str, *, over: bool) -> None:
        """Write a sentence: in the middle, or in a corner over a picture that stays meanwhile."""
        dpg.delete_item(self._words, children_only=True)
        if not text:
            return
        size = px(TEXT)
        lines = wrap(text, self._letters(size))
        width = max(letters.width(line, size) for line in lines)
        height = len(lines) * size * 1.25
        x, y = (px(10), px(10)) if over else (
            max((self._size[0] - width) / 2, px(10)), max((self._size[1] - height) / 2, px(10))
        )  # fmt: skip
        self._shade(self._words, (x, y), width, height)
        for number, line in enumerate(lines):
            at = x, y + number * size * 1.25
            dpg.draw_text(at, line, size=size, color=_WORDS[level], parent=self._words)

    def show_notes(self, notes: list[str]) -> None:
        """Write why the picture may mislead over its lower edge, where nothing has to give way."""
        dpg.delete_item(self._notes, children_only=True)
        size, y = px(TEXT), float(self._size[1] - px(10))
        for note in reversed(notes):
            color = _SERIOUS if "calibration" in note else _WORDS["info"]
            lines = wrap(note, self._letters(size))
            y -= len(lines) * size * 1.25 + px(8)
            width = max(letters.width(line, size) for line in lines)
            self._shade(self._notes, (px(12), y), width, len(lines) * size * 1.25)
            for number, line in enumerate(lines):
                at = px(12), y + number * size * 1.25
                dpg.draw_text(at, line, size=size, color=color, parent=self._notes)

    def _letters(self, size: int) -> int:
        """About how many letters have room beside one another."""
        return max(int(self._size[0] / (size * 0.56)) - 6, 20)

    def _shade(self, parent: int, at: tuple[float, float], width: float, height: float) -> None:
        """A dark ground for letters over a picture."""
        (x, y), side = at, px(6)
        dpg.draw_rectangle(
            (x - side, y - side / 2), (x + width + side, y + height + side / 2), color=_SHADE,
            fill=_SHADE, rounding=4, parent=parent,
        )  # fmt: skip


def wrap(text: str, letters: int) -> list[str]:
    """A text in lines of about so many letters; ten lines at most."""
    import textwrap

    lines = [line for part in text.splitlines() for line in textwrap.wrap(part, letters) or [""]]
    return lines if len(lines) <= 10 else [*lines[:9], "…"]


def show_value(parent: int | str, value: Any) -> None:
    """Fill a panel with a value that is no picture: a table, or its words."""
    dpg.delete_item(parent, children_only=True)
    found = read_rows(value)
    if found is None:
        text = dpg.add_text(read_text(value), parent=parent, wrap=0)
        if dpg.does_item_exist(EVEN):
            dpg.bind_item_font(text, EVEN)
        return
    names, rows = found
    with dpg.table(
        parent=parent, borders_innerV=True, borders_outerH=True, row_background=True,
        resizable=True, scrollY=True, freeze_rows=1, policy=dpg.mvTable_SizingStretchProp,
    ):  # fmt: skip
        for name in names:
            dpg.add_table_column(label=name)
        for row in rows:
            with dpg.table_row():
                for cell in row:
                    dpg.add_text(cell)
        if more := more_rows(value):
            with dpg.table_row():
                dpg.add_text(more)
