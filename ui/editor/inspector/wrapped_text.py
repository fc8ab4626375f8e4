"""A text that is broken between its words only: Dear PyGui breaks numbers at their points."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from ui.editor.canvas.paint import Color
from ui.editor.inspector.flow import is_other
from ui.editor.letters import wrap
from ui.editor.theme import TEXT, px

_LINES = 40


class WrappedText:
    """A text as wide as what it stands in."""

    def __init__(self) -> None:
        self._words = ""
        self._room = 0.0

    def build(self) -> None:
        """Make it under the parent on Dear PyGui's stack."""
        with dpg.group() as self._body:
            self._text = dpg.add_text("")

    def show(self, words: str, color: Color) -> None:
        """Say that."""
        if words != self._words:
            self._words = words
            self._write()
        dpg.configure_item(self._text, color=color)

    def fit(self) -> None:
        """Take the room that there is now; called every frame."""
        seen = dpg.get_item_state(self._body).get("content_region_avail")
        if seen and seen[0] > 1 and is_other(seen[0], self._room):
            self._room = float(seen[0])
            self._write()

    def _write(self) -> None:
        room = self._room or float("inf")
        lines = wrap(self._words, float(px(TEXT)), room, _LINES)
        dpg.set_value(self._text, "\n".join(lines))
