"""A window over the others that Escape closes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dearpygui.dearpygui as dpg

from ui.editor.input import Input
from ui.editor.theme import px


class Sheet:
    """A window of its own, hidden until ``open``; sizes in pixels at scale 1.

    It takes all keys while it is open, so that typing in it sets off nothing behind it.
    """

    tag = ""
    title = ""
    width, height = 640, 520

    def __init__(self) -> None:
        self.is_open = False

    @contextmanager
    def window(self) -> Iterator[None]:
        """The window that the block fills."""
        with dpg.window(
            tag=self.tag,
            label=self.title,
            show=False,
            width=px(self.width),
            height=px(self.height),
            no_collapse=True,
            no_saved_settings=True,
            no_docking=True,
            on_close=self.close,
        ):
            yield

    def open(self) -> None:
        """Show it in the middle."""
        place = [px(200), px(100)]
        if dpg.is_viewport_ok():
            room = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
            place = [
                max(0, (room[0] - px(self.width)) // 2),
                max(0, (room[1] - px(self.height)) * 2 // 5),
            ]
        dpg.configure_item(self.tag, pos=place, show=True)
        dpg.focus_item(self.tag)
        self.is_open = True

    def close(self) -> None:
        """Hide it."""
        dpg.configure_item(self.tag, show=False)
        self.is_open = False

    def build(self) -> None:
        """Make the window, hidden."""
        raise NotImplementedError

    def rebuild(self) -> None:
        """Make it anew, at another scale."""
        was_open = self.is_open
        self.close()
        dpg.delete_item(self.tag)
        self.build()
        if was_open:
            self.open()

    def sync(self) -> None:
        """Show what has changed."""

    def on_input(self, event: Input) -> bool:
        """Escape closes it."""
        if event.kind == "key" and event.key == "Escape":
            self.close()
        return True
