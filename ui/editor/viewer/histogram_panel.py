"""The histogram of the viewer used last, with handles for its stretch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dearpygui.dearpygui as dpg
import numpy as np

from ui.editor.input import LEFT, Input
from ui.editor.inspector.looks import Looks
from ui.editor.theme import px
from ui.editor.viewer.frame import BUCKET, grown
from ui.editor.viewer.histogram import (
    CHANNEL_COLORS,
    WHOLE,
    Span,
    move_span,
    nearest_handle,
    paint,
    zoom_span,
)
from ui.editor.viewer.live_texture import LiveTexture
from ui.editor.viewer.look import HANDLES, drag, handle_places, is_linked, typed

if TYPE_CHECKING:
    from nodes.values import Stretch
    from ui.editor.document import Document
    from ui.editor.editor import Editor
    from ui.editor.picture import Picture
    from ui.editor.viewer.subject import Subject

_GROUND = {"dark": (28, 29, 32), "light": (250, 250, 252)}
_WHITE = {"dark": (236, 238, 242), "light": (40, 42, 48)}
_NAMES = ("All", "R", "G", "B")
#: pixels of the strip below the bars in which the handles stand, and in which one is taken hold of
_STRIP, _REACH = 14, 8


class HistogramPanel:
    """The panel. channel: None for all, else the one whose handles are seen."""

    kind = "histogram"

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self.area: int | str = ""
        self.channel: int | None = None
        self.span: Span = WHOLE
        self._of: Picture | None = None
        self._document: Document | None = None  # whose picture that is
        self._held: tuple[int, int | None, int] | None = None  # handle, channel, number of drag
        self._panned: float | None = None
        self._drags = 0
        self._size = (0, 0)
        self._seen: Any = None
        self._bars: Any = None
        self._buffer = np.zeros((BUCKET, BUCKET, 4), np.float32)
        self._texture: LiveTexture | None = None
        self._lines: int | str = 0
        self._looks: Looks | None = None

    # --- the panel -------------------------------------------------------------------------------

    def build(self, parent: int | str = 0) -> None:
        """Make the widgets: in a window of their own unless a parent is given."""
        if not parent:
            parent = dpg.add_window(
                label="Histogram", tag="histogram", use_internal_label=False, no_scrollbar=True,
                no_scroll_with_mouse=True, no_close=True, no_collapse=True,
            )  # fmt: skip
        self._window = parent
        with dpg.group(horizontal=True, parent=parent):
            for number, name in enumerate(_NAMES):
                dpg.add_button(
                    label=name, tag=f"histogram:{name}", callback=self._choose,
                    user_data=number - 1,
                )  # fmt: skip
            dpg.add_button(label="0–1", tag="histogram:whole", callback=self._see_whole)
            _tip("histogram:whole", "The whole range; or turn the wheel, and drag beside a handle")
            dpg.add_button(label="Peak", tag="histogram:peak", callback=self._see_peak)
            _tip("histogram:peak", "Where nearly all pixels are")
            dpg.add_text("", tag="histogram:span")
        with dpg.child_window(
            parent=parent, tag="histogram:stage", height=-px(3 * 26 + 4), border=False,
            no_scrollbar=True, no_scroll_with_mouse=True,
        ):  # fmt: skip
            self.area = dpg.add_drawlist(16, 16)
            self._texture = LiveTexture(dpg.add_draw_node(parent=self.area))
            self._lines = dpg.add_draw_node(parent=self.area)
        with dpg.theme() as bare, dpg.theme_component(dpg.mvChildWindow):
            dpg.add_theme_style(dpg.mvStyleVar_WindowPadding, 0, 0)
        dpg.bind_item_theme("histogram:stage", bare)
        for handle in HANDLES:
            dpg.add_drag_float(
                label=handle.capitalize(), tag=f"histogram:{handle}", parent=parent,
                min_value=0, max_value=1, clamped=True, speed=0.0002, format="%.6f",
                width=-px(90), callback=self._type, user_data=handle,
            )  # fmt: skip

    def sync(self) -> None:
        """Show what differs from the frame before."""
        subject, picture = self._shown()
        size = self._take_size()
        theme = self.editor.preferences.theme
        if self._looks is None or self._looks.name != theme:
            self._looks = Looks(theme)
        if picture is None:
            key: Any = (None, size, theme)
        else:
            stretch = subject.stretched(picture)[0]
            key = (picture, stretch, self.channel, self.span, size, theme, self._held)
        if key == self._seen:
            return
        self._seen = key
        dpg.delete_item(self._lines, children_only=True)
        for name in (*_NAMES, "whole", "peak", *HANDLES):
            dpg.configure_item(f"histogram:{name}", show=picture is not None)
        if picture is None:
            self._bars = None
            if self._document is not self.editor.document:
                self._of = self._document = None
            self._clear(theme, size)
            dpg.set_value("histogram:span", "No image to stretch")
            return
        if picture is not self._of:
            self._take_over(picture)
        self._show_numbers(stretch)
        self._paint(subject, picture, size, theme)
        self._draw_handles(stretch, size, theme)

    def on_input(self, event: Input) -> bool:
        """Take one input; whether the panel did something with it."""
        subject, picture = self._shown()
        if picture is None:
            return False
        corner = dpg.get_item_rect_min(self.area)
        level = self._level(event.x - corner[0])
        if event.kind == "wheel":
            self.span = zoom_span(self.span, 0.8**event.steps, level)
        elif event.kind == "press" and event.button == LEFT:
            self._press(subject, picture, level, "shift" in event.mods)
        elif event.kind == "press":
            self._panned = level
        elif event.kind == "release":
            self._held = self._panned = None
            self.editor.document.settle()
        elif event.kind == "double":
            self._held = None
            self.span = WHOLE if self.span != WHOLE else self._peak()
        elif event.kind == "move" and self._held is not None:
            self._drag(subject, picture, level)
        elif event.kind == "move" and self._panned is not None:
            self.span = move_span(self.span, self._panned - level)
        else:
            return event.kind == "move"
        return True

    def describe(self) -> dict[str, Any]:
        """What the panel shows: for tests."""
        subject, picture = self._shown()
        stretch = subject.stretched(picture)[0] if picture else None
        return {
            "span": list(self.span),
            "channel": self.channel,
            "rows": [handle_places(stretch, c) for c in range(len(stretch.midtones))]
            if stretch
            else [],
        }

    def where(self, kind: str, *of: Any) -> list[float] | None:
        """A place in pixels of the window: ``handle, number, channel``, or ``level, x``."""
        subject, picture = self._shown()
        if picture is None:
            return None
        x, y = dpg.get_item_rect_min(self.area)
        level = float(of[0])
        if kind == "handle":
            stretch = subject.stretched(picture)[0]
            level = handle_places(stretch, int(of[1]) if len(of) > 1 else 0)[int(of[0])]
        return [x + self._x(level), y + self._size[1] - px(_STRIP) / 2]

    # --- inside ----------------------------------------------------------------------------------

    def _shown(self) -> tuple[Subject, Picture | None]:
        """What the viewer used last shows; None for what has no statistics."""
        viewer = self.editor.panels[f"viewer {self.editor.viewer}"]
        picture = viewer.picture
        usable = picture is not None and picture.statistics is not None and picture.pyramid
        return viewer.subject, picture if usable else None

    def _take_size(self) -> tuple[int, int]:
        wide, tall = dpg.get_item_rect_size("histogram:stage")
        size = max(int(wide), 32), max(int(tall), 48)
        if size != self._size:
            self._size = size
            dpg.configure_item(self.area, width=size[0], height=size[1])
        return size

    def _take_over(self, picture: Picture) -> None:
        """Another picture: the same part of the range when it is a frame of the same node."""
        before = self._document, self._of.want.node if self._of else None
        self._of, self._document = picture, self.editor.document
        if before != (self._document, picture.want.node):
            self.span = self._peak() if picture.value.linear else WHOLE
        if self.channel is not None and len(picture.value.data) != 3:
            self.channel = None

    def _peak(self) -> Span:
        subject, picture = self._shown()
        histogram = subject.histogram(picture) if picture else None
        return histogram.busy_span() if histogram else WHOLE

    def _level(self, x: float) -> float:
        share = x / max(self._size[0], 1)
        return self.span[0] + share * (self.span[1] - self.span[0])

    def _x(self, level: Any) -> Any:
        return (level - self.span[0]) / (self.span[1] - self.span[0]) * self._size[0]

    def _sets(self, stretch: Stretch, channels: int) -> list[int | None]:
        """The sets of handles that are seen: one for all, or one a channel."""
        if self.channel is not None:
            return [self.channel]
        return [None] if is_linked(stretch) or channels == 1 else list(range(channels))

    def _press(self, subject: Subject, picture: Picture, level: float, together: bool) -> None:
        stretch = subject.stretched(picture)[0]
        reach = _REACH / max(self._size[0], 1) * (self.span[1] - self.span[0])
        best: tuple[float, int, int | None] | None = None
        for channel in self._sets(stretch, len(picture.value.data)):
            own = handle_places(stretch, channel or 0)
            found = nearest_handle(own, level, reach)
            if found is not None and (best is None or abs(own[found] - level) < best[0]):
                best = abs(own[found] - level), found, channel
        if best is None:
            self._panned = level
            return
        self._drags += 1
        self._held = best[1], None if together else best[2], self._drags
        self._shift = handle_places(stretch, best[2] or 0)[best[1]]
        self._first = handle_places(stretch, 0)[best[1]]

    def _drag(self, subject: Subject, picture: Picture, level: float) -> None:
        assert self._held is not None
        number, channel, count = self._held
        if channel is None:  # what was taken hold of may be another channel's
            level += self._first - self._shift
        stretch = subject.stretched(picture)[0]
        handle, channels = HANDLES[number], len(picture.value.data)
        look = drag(subject.look, stretch, handle, level, channel, channels)
        subject.set_look(f"Move {handle}", look, ("handle", count))

    def _type(self, sender: Any, value: float, handle: Any) -> None:
        subject, picture = self._shown()
        if picture is None:
            return
        stretch = subject.stretched(picture)[0]
        look = typed(subject.look, stretch, handle, value, self.channel, len(picture.value.data))
        subject.set_look(f"Set {handle}", look, ("typed", handle))

    def _choose(self, sender: Any, data: Any, number: int) -> None:
        self.channel = number if number >= 0 else None
        self._seen = None

    def _see_whole(self) -> None:
        self.span = WHOLE

    def _see_peak(self) -> None:
        self.span = self._peak()

    # --- drawing ---------------------------------------------------------------------------------

    def _show_numbers(self, stretch: Stretch) -> None:
        assert self._looks is not None
        channel = self.channel or 0
        numbers = (stretch.shadows, stretch.midtones, stretch.highlights)
        for handle, values in zip(HANDLES, numbers, strict=True):
            dpg.set_value(f"histogram:{handle}", values[channel % len(values)])
            several = self.channel is None and len(set(values)) > 1
            whose = f" {_NAMES[1]}" if several else ""  # typed, it becomes that of all
            dpg.configure_item(f"histogram:{handle}", label=f"{handle.capitalize()}{whose}")
        for number, name in enumerate(_NAMES):
            on = self.channel == (number - 1 if number else None)
            dpg.bind_item_theme(f"histogram:{name}", self._looks.on if on else 0)
            several = self._of is not None and len(self._of.value.data) == 3
            dpg.configure_item(f"histogram:{name}", show=several)
        dpg.set_value("histogram:span", f"{self.span[0]:.3g} – {self.span[1]:.3g}")

    def _paint(self, subject: Subject, picture: Picture, size: tuple[int, int], theme: str) -> None:
        histogram = subject.histogram(picture)
        key = (picture, self.span, size, theme, self.channel)
        if histogram is None or key == self._bars:
            return
        self._bars = key
        heights = histogram.heights(self.span, size[0])
        if self.channel is not None:  # the others step back
            others = [c for c in range(len(heights)) if c != self.channel]
            heights[others] *= 0.0
        self._put(paint(heights, (size[0], size[1] - px(_STRIP)), _GROUND[theme]), size, theme)

    def _clear(self, theme: str, size: tuple[int, int]) -> None:
        self._put(np.zeros((0, size[0], 4), np.float32), size, theme)

    def _put(self, pixels: np.ndarray, size: tuple[int, int], theme: str) -> None:
        assert self._texture is not None
        self._buffer = grown(self._buffer, size)
        ground = np.array([*_GROUND[theme], 255], np.float32) / 255
        self._buffer[: size[1], : size[0]] = ground
        self._buffer[: len(pixels), : size[0]] = pixels
        self._texture.show(self._buffer, size)

    def _draw_handles(self, stretch: Stretch, size: tuple[int, int], theme: str) -> None:
        from nodes.stf import apply

        white = (*_WHITE[theme], 255)
        bottom = size[1] - px(_STRIP)
        channels = len(self._of.value.data) if self._of else 1
        levels = np.linspace(*self.span, 64)
        for channel in self._sets(stretch, channels):
            color = white if channel is None else (*CHANNEL_COLORS[channel], 255)
            curve = apply(np.tile(levels, (channels, 1)), stretch)[channel or 0]
            points = np.stack([self._x(levels), bottom * (1 - curve)], axis=1).tolist()
            dpg.draw_polyline(points, color=(*color[:3], 130), thickness=1.2, parent=self._lines)
            for number, level in enumerate(handle_places(stretch, channel or 0)):
                x = self._x(level)
                if not -px(6) <= x <= size[0] + px(6):
                    continue
                held = self._held is not None and self._held[0] == number
                dpg.draw_line((x, 0), (x, bottom), color=(*color[:3], 200 if held else 110),
                              parent=self._lines)  # fmt: skip
                foot = min(max(x, px(6)), size[0] - px(6))  # seen whole at the ends, too
                fill = ((20, 20, 20, 255), (128, 128, 128, 255), (255, 255, 255, 255))[number]
                dpg.draw_triangle(
                    (x, bottom), (foot - px(6), size[1] - 1), (foot + px(6), size[1] - 1),
                    color=color, fill=fill, thickness=1.5, parent=self._lines,
                )  # fmt: skip


def _tip(item: str, text: str) -> None:
    with dpg.tooltip(item, delay=0.5):
        dpg.add_text(text)
