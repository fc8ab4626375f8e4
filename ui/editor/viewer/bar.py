"""The tool bar of a viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dearpygui.dearpygui as dpg

from ui.editor.inspector.looks import Looks
from ui.editor.theme import px
from ui.editor.viewer import settings as stands
from ui.editor.viewer.approval import find_approval, is_accepted
from ui.editor.viewer.blink import RATES
from ui.editor.viewer.lens import read_zoom, write_zoom
from ui.editor.viewer.look import is_linked

if TYPE_CHECKING:
    from ui.editor.viewer.panel import Viewer

_CHANNELS = ("RGB", "R", "G", "B", "L")
_STRETCHES = (
    ("auto", "Auto", "Bring the background to a dark grey (A)"),
    ("boosted", "Boost", "Show the faintest (Shift+A)"),
    ("none", "None", "Show the numbers as they are (R)"),
)
_NONE = "none"
#: a viewer of so many pixels at scale 1 has room for all tools in one row
_WIDE = 690


class Bar:
    """Rows of buttons above the picture; ``sync`` shows how things stand."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.subject = viewer.subject
        self._seen: Any = None
        self._looks: Looks | None = None
        self._states: dict[str, bool] = {}
        self._red = 0
        self._tools: int | str = 0
        self._narrow = False

    def tag(self, name: str) -> str:
        """The tag of one of the widgets."""
        return f"viewer {self.viewer.number}:{name}"

    # --- making ----------------------------------------------------------------------------------

    def build(self, parent: int | str) -> None:
        """Make the widgets."""
        with dpg.group(parent=parent):
            with dpg.group(horizontal=True, tag=self.tag("first")):
                self._button("pin", "Pin", self.viewer.toggle_pin, "Stay with this node (P)")
                dpg.add_text("", tag=self.tag("title"))
                dpg.add_combo(
                    [], tag=self.tag("output"), width=px(120), callback=self._choose_output
                )
                self._build_frames()
            with dpg.group(horizontal=True, tag=self.tag("sight"), parent=self.tag("first")):
                dpg.add_spacer(width=px(8))
                self._button("fit", "Fit", self.viewer.fit, "See all of it (F)")
                self._button("actual", "1:1", self.viewer.actual_size, "Pixel for pixel (1)")
                dpg.add_input_text(
                    tag=self.tag("zoom"),
                    width=px(72),
                    on_enter=True,
                    callback=self._type_zoom,
                )
                self._tip(self.tag("zoom"), "Zoom: 5 to 1600 %, such as 50 or 1:2; or the wheel")
            dpg.add_group(horizontal=True, tag=self.tag("steps"), show=False)
            with dpg.group(horizontal=True, tag=self.tag("row")):
                for name, label, tip in _STRETCHES:
                    self._button(name, label, getattr(self.viewer, _METHODS[name]), tip)
                self._button(
                    "link", "Link", self.viewer.toggle_link,
                    "One curve for all channels, or one for each (L)",
                )  # fmt: skip
                dpg.add_spacer(width=px(4))
                for number, name in enumerate(_CHANNELS):
                    self._button(
                        name, name, self._choose_channel,
                        "The luminance of what is shown" if name == "L" else "",
                        user_data=number,
                    )  # fmt: skip
            with dpg.group(horizontal=True, parent=self.tag("row")) as self._tools:
                self._button(
                    "clipping", "Clip", self.viewer.toggle_clipping,
                    "Paint what is below the shadows blue, and at or above the highlights red",
                )  # fmt: skip
                self._button(
                    "split", "A/B", self.viewer.toggle_split,
                    "Another picture to the right of a line that you can drag (W)",
                )  # fmt: skip
                self._button("layers", "Layers…", self._open_layers,
                             "Mask, overlay, second picture, statistics")  # fmt: skip
                self._button(
                    "permanent", "Make permanent", self.viewer.make_permanent,
                    "Add a histogram transformation with these numbers (Ctrl+P)",
                )  # fmt: skip
            dpg.add_group(horizontal=True, tag=self.tag("more"), show=False)
        self._build_layers()

    def fold(self, room: float) -> None:
        """Give frames and tools rows of their own where the viewer is too narrow for two rows."""
        narrow = room < px(_WIDE)
        if narrow != self._narrow:
            self._narrow = narrow
            dpg.move_item(self._tools, parent=self.tag("more" if narrow else "row"))
            if narrow:
                dpg.move_item(self.tag("frames"), parent=self.tag("steps"))
            else:
                dpg.move_item(
                    self.tag("frames"), parent=self.tag("first"), before=self.tag("sight")
                )
            for row in ("steps", "more"):
                dpg.configure_item(self.tag(row), show=narrow)

    def _build_frames(self) -> None:
        with dpg.group(horizontal=True, tag=self.tag("frames"), show=False):
            dpg.add_spacer(width=px(8))
            self._button("previous", "◀", self._step, "The frame before (Left)", user_data=-1)
            self._button("play", "Play", self.viewer.toggle_play, "Blink (Space)")
            self._button("next", "▶", self._step, "The next frame (Right)", user_data=1)
            dpg.add_slider_int(
                tag=self.tag("frame"), width=px(150), min_value=1, max_value=1, clamped=True,
                callback=self._choose_frame,
            )  # fmt: skip
            dpg.add_combo(
                [f"{rate:g}/s" for rate in RATES], tag=self.tag("rate"), width=px(62),
                default_value="2/s", callback=self._choose_rate,
            )  # fmt: skip
            self._button("hold", "Hold", self._toggle_hold,
                         "Keep the stretch of this frame for all; blinking does")  # fmt: skip
            self._button("accepted", "Accepted", self.viewer.toggle_accepted,
                         "Accept or reject this frame (X)")  # fmt: skip

    def _build_layers(self) -> None:
        with dpg.window(
            tag=self.tag("layers window"), show=False, popup=True, no_move=True, autosize=True
        ):
            for name, label, tip in (
                (stands.MASK, "Mask", "Tints red what the mask protects"),
                (stands.OVERLAY, "Overlay", "Places of a table with columns x and y"),
                (stands.SECOND, "Compare with (B)", "The picture to the right of the line"),
                (stands.LOCKED, "Statistics of", "Stretch as that other image is stretched"),
            ):
                dpg.add_combo(
                    [], tag=self.tag(name), label=label, width=px(230),
                    callback=self._choose_source, user_data=name,
                )  # fmt: skip
                self._tip(self.tag(name), tip)
                if name == stands.MASK:
                    dpg.add_slider_float(
                        tag=self.tag("strength"), label="Strength", width=px(230), min_value=0,
                        max_value=1, default_value=0.5, format="%.2f", callback=self._set_strength,
                    )  # fmt: skip

    def _button(self, name: str, label: str, do: Any, tip: str, user_data: Any = None) -> None:
        dpg.add_button(label=label, tag=self.tag(name), callback=do, user_data=user_data)
        self._tip(self.tag(name), tip)

    def _tip(self, item: str, text: str) -> None:
        if text:
            with dpg.tooltip(item, delay=0.5):
                dpg.add_text(text)

    # --- showing ---------------------------------------------------------------------------------

    def let_go(self) -> None:
        """Hold nothing of what was shown."""
        self._seen = None

    def sync(self) -> None:
        """Show how things stand."""
        layers = self.tag("layers window")
        if dpg.is_item_shown(layers) and dpg.is_key_down(dpg.mvKey_Escape):
            dpg.hide_item(layers)
        subject, viewer = self.subject, self.viewer
        editor = viewer.editor
        key = (
            editor.document, editor.document.revision, subject.node, subject.output,
            subject.count, subject.blink.item, subject.blink.playing, subject.held is None,
            viewer.lens.zoom, viewer.channel, viewer.clipping, viewer.picture,
            editor.preferences.theme,
        )  # fmt: skip
        if key == self._seen:
            return
        self._seen = key
        if self._looks is None or self._looks.name != editor.preferences.theme:
            self._looks = Looks(editor.preferences.theme)
            self._states.clear()
        self._show_source()
        self._show_frames()
        self._show_stretch()
        images = viewer.picture is None or subject.is_picture
        for group in (self.tag("sight"), self.tag("row"), self._tools):
            dpg.configure_item(group, show=images)  # tables and numbers have no use for them
        dpg.set_value(self.tag("zoom"), write_zoom(viewer.lens.zoom))

    def _show_source(self) -> None:
        subject = self.subject
        graph = subject.graph
        outputs = stands.outputs_of(graph.spec(subject.node)) if subject.node else []
        dpg.set_value(self.tag("title"), subject.node or "nothing selected")
        dpg.configure_item(self.tag("output"), show=len(outputs) > 1, items=outputs)
        dpg.set_value(self.tag("output"), subject.output)
        self._press("pin", stands.pinned(graph, subject.number) is not None)

    def _show_frames(self) -> None:
        subject, count = self.subject, self.subject.count
        dpg.configure_item(self.tag("frames"), show=bool(count))
        if not count:
            return
        dpg.configure_item(self.tag("frame"), max_value=count, format=f"%d / {count}")
        dpg.set_value(self.tag("frame"), subject.blink.item + 1)
        dpg.configure_item(self.tag("play"), label="Stop" if subject.blink.playing else "Play")
        self._press("play", subject.blink.playing)
        self._press("hold", subject.held is not None)
        end = subject.end
        approval = find_approval(subject.graph, end) if end else None
        accepted = approval is None or is_accepted(subject.graph, approval, subject.blink.item)
        dpg.configure_item(self.tag("accepted"), label="Accepted" if accepted else "Rejected")
        self._press("accepted", not accepted, bad=True)

    def _show_stretch(self) -> None:
        subject, viewer = self.subject, self.viewer
        picture, look = viewer.picture, subject.look
        for name, *_ in _STRETCHES:
            self._press(name, look.stretch == name)
        colors = linked = stretched = False
        if picture is not None and subject.is_picture:
            colors = viewer.channels == 3
            if picture.statistics is not None:
                stretch = subject.stretched(picture)[0]
                stretched = stretch.link != "none"
                linked = colors and stretched and is_linked(stretch)
        self._press("link", linked)
        dpg.configure_item(
            self.tag("link"), label="Linked" if linked else "Unlinked", show=colors and stretched
        )
        for number, name in enumerate(_CHANNELS):
            dpg.configure_item(self.tag(name), show=colors)
            self._press(name, viewer.channel == number)
        self._press("clipping", viewer.clipping)
        second = stands.source_of(subject.graph, subject.number, stands.SECOND)
        self._press("split", second is not None)
        layers = (stands.MASK, stands.OVERLAY, stands.LOCKED)
        sources = (stands.source_of(subject.graph, subject.number, name) for name in layers)
        self._press("layers", any(sources))

    def _press(self, name: str, on: bool, bad: bool = False) -> None:
        """Show a button as pressed, or not."""
        assert self._looks is not None
        if self._states.get(name) == on:
            return
        self._states[name] = on
        look = (self._refused() if bad else self._looks.on) if on else 0
        dpg.bind_item_theme(self.tag(name), look)

    def _refused(self) -> int:
        """The theme of the button of a frame that was rejected."""
        if not self._red:
            with dpg.theme() as theme, dpg.theme_component(dpg.mvAll):
                for part in (dpg.mvThemeCol_Button, dpg.mvThemeCol_ButtonHovered):
                    dpg.add_theme_color(part, (150, 46, 44, 255))
                dpg.add_theme_color(dpg.mvThemeCol_Text, (255, 255, 255, 255))
            self._red = int(theme)
        return self._red

    # --- what widgets call -----------------------------------------------------------------------

    def _choose_output(self, sender: Any, output: str) -> None:
        self.subject.choose_output(output)

    def _type_zoom(self, sender: Any, text: str) -> None:
        zoom = read_zoom(text)
        if zoom is not None:
            self.viewer.set_zoom(zoom)
        self._seen = None  # the field shows what it became

    def _step(self, sender: Any, data: Any, by: int) -> None:
        self.viewer.step(by)

    def _choose_frame(self, sender: Any, number: int) -> None:
        self.subject.blink.item = number - 1

    def _choose_rate(self, sender: Any, text: str) -> None:
        self.subject.blink.rate = float(text.removesuffix("/s"))

    def _toggle_hold(self) -> None:
        self.subject.hold(self.subject.held is None)

    def _choose_channel(self, sender: Any, data: Any, number: int) -> None:
        self.viewer.channel = number

    def _set_strength(self, sender: Any, strength: float) -> None:
        self.viewer.strength = strength

    def _open_layers(self) -> None:
        from nodes.values import Image, Mask, Table

        graph = self.subject.graph
        for name, type in (
            (stands.MASK, Mask), (stands.OVERLAY, Table), (stands.SECOND, Image),
            (stands.LOCKED, Image),
        ):  # fmt: skip
            ends = stands.find_ends(graph, type)
            dpg.configure_item(self.tag(name), items=[_NONE, *map(stands.write_end, ends)])
            chosen = stands.source_of(graph, self.subject.number, name)
            dpg.set_value(self.tag(name), stands.write_end(chosen))
        x, y = dpg.get_item_rect_min(self.tag("layers"))
        below = y + dpg.get_item_rect_size(self.tag("layers"))[1] + 2
        dpg.configure_item(self.tag("layers window"), show=True, pos=(x, below))

    def _choose_source(self, sender: Any, text: str, name: str) -> None:
        node, _, output = text.rpartition(".")
        self.subject.set_source(name, (node, output) if node else None)


_METHODS = {"auto": "auto", "boosted": "boosted", "none": "reset"}
