"""A window that wants an answer before anything else goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import dearpygui.dearpygui as dpg

from ui.editor.input import Input
from ui.editor.letters import width
from ui.editor.shell import accents
from ui.editor.theme import TEXT, px

#: answers within so many frames were meant for what was on the screen before
_TOO_SOON = 3
_ANSWERS = (dpg.mvKey_Return, dpg.mvKey_NumPadEnter, dpg.mvKey_Escape)


class Modal:
    """A modal window in the middle of the screen; sizes in pixels at scale 1, height 0 fits.

    What builds it stands in ``with self.window():``. sync: to be called every frame.
    """

    def __init__(self, title: str, width: int, height: int = 0) -> None:
        self._title = title
        self._width, self._height = width, height
        self._focus: int | str = 0
        self._focus_in = 0
        self._frames = 0
        self._is_armed = False
        self.item: int | str = 0

    @contextmanager
    def window(self) -> Iterator[None]:
        """The window that the block fills."""
        w, h = px(self._width), px(self._height) if self._height else 0
        with dpg.window(
            label=self._title,
            modal=True,
            no_close=True,
            no_collapse=True,
            no_saved_settings=True,
            no_open_over_existing_popup=False,
            autosize=not h,
            no_resize=not h,
            width=w,
            height=h,
            min_size=(w, px(60)),
            pos=self._place(w, h or px(160)),
        ) as self.item:
            yield

    @staticmethod
    def _place(w: int, h: int) -> list[int]:
        if not dpg.is_viewport_ok():
            return [0, 0]
        screen = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
        return [max(0, (screen[0] - w) // 2), max(0, (screen[1] - h) * 2 // 5)]

    def buttons(
        self,
        answers: Sequence[str],
        press: Callable[[int, object, str], None],
        enter: str | None = None,
    ) -> None:
        """A row of buttons at the right; press is called with the text as its user data.

        enter: the one that Enter presses, which stands out; the first by default.
        """
        wide = [max(px(90), round(width(text, px(TEXT))) + px(26)) for text in answers]
        room = px(self._width) - sum(wide) - px(6) * len(answers) - px(14)
        dpg.add_spacer(height=px(4))
        with dpg.group(horizontal=True, indent=max(1, room)):
            for text, wanted in zip(answers, wide, strict=True):
                tag = f"answer:{text}"
                dpg.add_button(label=text, tag=tag, width=wanted, callback=press, user_data=text)
                if text == (enter or answers[0]):
                    dpg.bind_item_theme(tag, accents.primary())

    def focus(self, item: int | str) -> None:
        """Give an item the keyboard, in the next frame but one: before, it cannot take it."""
        self._focus, self._focus_in = item, 2

    @property
    def ready(self) -> bool:
        """Whether it has been seen, so that a key is meant for it.

        A key that is still down, and is repeated, was meant for what was there before.
        """
        return self._frames > _TOO_SOON and self._is_armed

    def sync(self) -> None:
        """Show what has changed."""
        self._frames += 1
        self._is_armed = self._is_armed or not any(map(dpg.is_key_down, _ANSWERS))
        self._focus_in -= 1
        if self._focus and self._focus_in <= 0:
            dpg.focus_item(self._focus)
            self._focus = 0

    def on_input(self, event: Input) -> bool:
        """Take a key; whether it was of use."""
        return False

    def close(self) -> None:
        """Take it from the screen."""
        if self.item:
            dpg.delete_item(self.item)
            self.item = 0
