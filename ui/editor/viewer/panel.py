"""A viewer: the picture of a node, its tool bar, and a line about what is under the mouse."""

from __future__ import annotations

import threading
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import dearpygui.dearpygui as dpg

from ui.editor.input import LEFT, MIDDLE, Input
from ui.editor.picture import Picture
from ui.editor.theme import px
from ui.editor.viewer import settings as stands
from ui.editor.viewer.bar import Bar
from ui.editor.viewer.commands import LUMINANCE, Commands
from ui.editor.viewer.drawing import Drawing
from ui.editor.viewer.frame import GROUND, Frame, Sight, data_of, size_of, warm_up
from ui.editor.viewer.lens import Point
from ui.editor.viewer.live_texture import LiveTexture
from ui.editor.viewer.readout import read_out

if TYPE_CHECKING:
    from ui.editor.editor import Editor

#: pixels around the dividing line of two pictures in which it is taken hold of
_REACH = 6
#: a window takes its place in the layout only if it is open in the first frames
_DOCKED = 4


class Viewer(Commands):
    """The viewer of a number from 1 on. Only the first is open from the start.

    area: what takes the mouse. seen: whether it is open and in front. frame: the pixels. readout:
    the parts of the line below. notes: why the stretch may mislead.
    """

    kind = "viewer"

    def __init__(self, editor: Editor, number: int) -> None:
        super().__init__(editor, number)
        self.area: int | str = ""
        self.frame = Frame()
        self.readout: list[str] = []
        self.notes: list[str] = []
        self._bar = Bar(self)
        self._window = f"viewer {number}"
        self._drawing: Drawing | None = None
        self._texture: LiveTexture | None = None
        self.seen = number == 1
        self._hand = ""  # what is dragged: "pan" or "split"
        self._mouse: Point | None = None
        self._at: Point = (0.0, 0.0)
        self._told: Any = None
        self._words: Any = None
        self._waits = number > 1  # to be closed, once it knows its place in the layout

    @property
    def moving(self) -> bool:
        """Whether the window has to go on drawing by itself."""
        return self.subject.blink.playing

    # --- the panel -------------------------------------------------------------------------------

    def build(self, parent: int | str = 0) -> None:
        """Make the widgets: in a window of their own unless a parent is given."""
        if not parent:
            parent = dpg.add_window(
                label=f"Viewer {self.number}",
                tag=self._window,
                use_internal_label=False,
                no_scrollbar=True,
                no_scroll_with_mouse=True,
                no_collapse=True,
                on_close=self.subject.rest,
            )
        self._bar.build(parent)
        self._tag = self._bar.tag
        with dpg.child_window(
            parent=parent,
            tag=self._tag("stage"),
            width=-1,
            height=-px(24),
            border=False,
            no_scrollbar=True,
            no_scroll_with_mouse=True,
        ):
            self._drawing = Drawing(self._tag("stage"))
            self._texture = LiveTexture(self._drawing.ground)
        self.area = self._drawing.item
        with dpg.theme() as bare, dpg.theme_component(dpg.mvChildWindow):
            dpg.add_theme_style(dpg.mvStyleVar_WindowPadding, 0, 0)
        dpg.bind_item_theme(self._tag("stage"), bare)
        dpg.add_child_window(
            parent=parent, tag=self._tag("value"), width=-1, height=-px(24), show=False
        )
        dpg.add_text("", tag=self._tag("readout"), parent=parent)

    def open(self) -> None:
        """Show the viewer, in front of the others."""
        self._waits = False
        dpg.configure_item(self._window, show=True)
        dpg.focus_item(self._window)
        self.editor.viewer = self.number

    def sync(self) -> None:
        """Show what differs from the frame before."""
        self.seen = self._is_seen()
        if not self.seen:
            self._rest()
            return
        last = self.editor.panels.get(f"viewer {self.editor.viewer}")
        if last is not None and not last.seen:  # closed, or behind this one
            self.editor.viewer = self.number
        subject = self.subject
        subject.follow()
        if subject.node:
            _warm_up_once()
        subject.tick(time.monotonic())
        self.picture = subject.picture()
        pixels = self.picture is not None and subject.is_picture
        self._drawing_size()
        if pixels and self.picture is not None:
            self._show_pixels(self.picture)
        self._show_words(pixels)
        self._show_readout(pixels)
        self._bar.fold(dpg.get_item_rect_size(self._window)[0])
        self._bar.sync()

    def on_input(self, event: Input) -> bool:
        """Take one input; whether the viewer did something with it."""
        corner = dpg.get_item_rect_min(self.area)
        at = event.x - corner[0], event.y - corner[1]
        self._mouse = at
        if event.kind == "press":
            self.editor.viewer = self.number
            if event.button in (LEFT, MIDDLE):
                split = event.button == LEFT and self._on_split(at)
                self._hand, self._at = ("split" if split else "pan"), at
        elif event.kind == "release":
            self._hand = ""
        elif event.kind == "move" and self._hand == "split":
            self.split = min(max(at[0] / max(self._size[0], 1), 0.0), 1.0)
        elif event.kind == "move" and self._hand == "pan":
            self._look_through(self.lens.panned(at[0] - self._at[0], at[1] - self._at[1]))
            self._at = at
        elif event.kind == "wheel":
            self._look_through(self.lens.zoomed(event.steps, at))
        elif event.kind == "double" and event.button == LEFT:
            if self._fitted:
                self._look_through(self.lens.at_zoom(1.0, at))
            else:
                self.fit()
        else:
            return event.kind == "move"
        return True

    def on_leave(self) -> None:
        """The mouse is elsewhere."""
        self._mouse = None

    # --- for tests -------------------------------------------------------------------------------

    def describe(self) -> dict[str, Any]:
        """What the viewer shows."""
        subject = self.subject
        stretch = subject.stretched(self.picture)[0] if self.picture else None
        return {
            "node": subject.node,
            "output": subject.output,
            "item": subject.blink.item,
            "count": subject.count,
            "fresh": subject.fresh,
            "zoom": self.lens.zoom,
            "corner": [self.lens.x, self.lens.y],
            "size": list(self._size),
            "picture": list(self._picture_size) if self.picture else None,
            "channel": self.channel,
            "link": stretch.link if stretch else None,
            "midtones": list(stretch.midtones) if stretch else None,
            "notes": self.notes,
            "readout": self.readout,
            "standing": list(subject.standing()),
            "pixel": self.frame.buffer[self._size[1] // 2, self._size[0] // 2].tolist()
            if self.frame.sight
            else None,
        }

    def where(self, kind: str, *of: Any) -> list[float] | None:
        """A place in pixels of the window: ``area`` its middle; ``pixel, x, y`` of the picture;
        ``split`` the dividing line."""
        x, y = dpg.get_item_rect_min(self.area)
        if kind == "pixel":
            at = self.lens.to_screen((float(of[0]) + 0.5, float(of[1]) + 0.5))
        elif kind == "split":
            at = self.split * self._size[0], self._size[1] / 2
        else:
            at = self._middle
        return [x + at[0], y + at[1]]

    # --- inside ----------------------------------------------------------------------------------

    def _rest(self) -> None:
        """Hold nothing of what was shown while nobody sees it: a picture may be very large."""
        self.subject.rest()
        if self.picture is not None:
            self.picture = self._told = self._words = None
            self.frame.let_go()
            self._bar.let_go()

    def _is_seen(self) -> bool:
        """Whether the viewer is open, and not behind another in the same place."""
        if not dpg.does_item_exist(self._window):
            return True
        if self._waits and dpg.get_frame_count() >= _DOCKED:
            self._waits = False
            dpg.configure_item(self._window, show=False)
        return bool(dpg.is_item_shown(self._window)) and (
            dpg.get_frame_count() < 5 or bool(dpg.is_item_visible(self._window))
        )

    def _drawing_size(self) -> None:
        """Take the size of the panel; what is in the middle of it stays there."""
        wide, tall = dpg.get_item_rect_size(self._tag("stage"))
        size = max(int(wide), 16), max(int(tall), 16)
        if size == self._size or not dpg.is_item_shown(self._tag("stage")):
            return
        assert self._drawing is not None
        if self._size != (0, 0):
            self.lens = self.lens.resized(self._size, size)
        self._size = size
        self._drawing.resize(size)
        if self._fitted:
            self.fit()

    def _on_split(self, at: Point) -> bool:
        shown = self.subject.beside(stands.SECOND) is not None
        return shown and abs(at[0] - self.split * self._size[0]) <= _REACH

    def _show_pixels(self, picture: Picture) -> None:
        assert self._drawing is not None
        assert self._texture is not None
        from nodes.kernels.visible import CHANNEL, CLIPPING, COLOR
        from nodes.kernels.visible import LUMINANCE as GREY

        subject = self.subject
        size = size_of(picture.value)
        if size != self._picture_size:
            self._picture_size = size
            self.fit()
        stretch, notes = subject.stretched(picture)
        second = subject.beside(stands.SECOND)
        mask = subject.beside(stands.MASK)
        if mask and mask.value is picture.value:  # seen by itself it has no veil
            mask = None
        if mask and size_of(mask.value) != size:
            notes = [*notes, "the mask is of another size than the picture: not shown"]
        self.notes = [*notes, *subject.absent()]
        one = 1 <= self.channel < LUMINANCE and self.channels == 3
        mode = CLIPPING if self.clipping else COLOR
        mode = CHANNEL if one else GREY if self.channel == LUMINANCE else mode
        sight = Sight(
            picture,
            stretch,
            self.lens,
            self._size,
            mode,
            self.channel - 1 if one else 0,
            mask,
            self.strength,
            second,
            subject.stretched(second)[0] if second else None,
            self.split,
            GROUND[self.editor.preferences.theme],
        )
        if self.frame.render(sight):
            self._texture.show(self.frame.buffer, self._size)
        self._drawing.show_marks(subject.beside(stands.OVERLAY), self.lens)
        self._drawing.show_split(self.split if second else None)

    def _show_words(self, pixels: bool) -> None:
        """Say what is being made or wrong, and why a stretch misleads."""
        assert self._drawing is not None
        level, text = self.subject.standing()
        value = None if pixels or self.picture is None else self.picture.value
        notes = self.notes if pixels else []
        of = None if value is None else self.picture
        words = (level, text, tuple(notes), of, pixels, self._size, self.subject.fresh)
        if words == self._words:
            return
        self._words = words
        self._drawing.show_words(level, text, over=pixels)
        self._drawing.show_notes(notes)
        show_value = value is not None and level != "error"
        dpg.configure_item(self._tag("stage"), show=not show_value)
        dpg.configure_item(self._tag("value"), show=show_value)
        if not pixels:
            self._drawing.clear()
            self.frame.sight = None
        if show_value:
            from ui.editor.viewer.drawing import show_value as fill

            fill(self._tag("value"), value)

    def _show_readout(self, pixels: bool) -> None:
        picture, parts = self.picture, []
        if pixels and picture is not None:
            wide, tall = self._picture_size
            if self._mouse is not None:
                place = self.lens.to_image(self._mouse)
                second = self.subject.beside(stands.SECOND)
                if second and self._mouse[0] >= round(self.split * self._size[0]):
                    picture = second  # what is seen there
                key = (picture, place, self._words, self.subject.look)
                if key == self._told:
                    return
                self._told = key
                stretch = self.subject.stretched(picture)[0]
                wcs = getattr(picture.value, "wcs", None)
                parts = read_out(data_of(picture.value), place, stretch, wcs)
                if parts and second:
                    parts.insert(0, "B" if picture is second else "A")
            else:
                self._told = None
            parts = parts or [f"{wide} × {tall} px", f"{max(self.channels, 1)} channel"
                              f"{'s' * (self.channels > 1)}"]  # fmt: skip
        if parts != self.readout:
            self.readout = parts
            dpg.set_value(self._tag("readout"), "     ".join(parts))


@cache
def _warm_up_once() -> None:
    threading.Thread(target=warm_up, name="viewer", daemon=True).start()
