"""Typing on the canvas: numbers, titles and texts over what they belong to; lists of choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dearpygui.dearpygui as dpg

from graph.errors import LinearLinkError
from ui.editor.canvas.field import read_entry, value_of
from ui.editor.canvas.node_drawing import title_of
from ui.editor.canvas.requests import Choose, EditMark, EditNumber, EditTitle
from ui.editor.canvas.shapes import TITLE
from ui.editor.edits.marks import set_frame_title, set_text
from ui.editor.inspector.scales import exact_text
from ui.editor.inspector.setting import set_title, set_value
from ui.editor.mouse import is_over
from ui.editor.rects import Rect

if TYPE_CHECKING:
    from ui.editor.canvas.panel import Canvas

Subject = EditNumber | EditTitle | EditMark | Choose


class Entry:
    """A small window over the canvas, open until Enter, Escape or a click elsewhere."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self._subject: Subject | None = None
        self._window: int | str = ""
        self._field: int | str = ""
        self._began = ""  # what stood there when it was opened
        self._waits = 0  # frames until the field takes the keys
        self._error: int | str = ""

    @property
    def is_open(self) -> bool:
        """Whether something is being typed or chosen."""
        return self._subject is not None

    def build(self) -> None:
        """Make the window, hidden."""
        with dpg.theme() as tight, dpg.theme_component(dpg.mvAll):
            dpg.add_theme_style(dpg.mvStyleVar_WindowPadding, 2, 2)
            dpg.add_theme_style(dpg.mvStyleVar_WindowMinSize, 20, 10)
            dpg.add_theme_style(dpg.mvStyleVar_ItemSpacing, 4, 2)
        self._window = dpg.add_window(
            tag="entry",
            show=False,
            no_title_bar=True,
            no_resize=True,
            no_move=True,
            no_scrollbar=True,
            no_collapse=True,
            no_saved_settings=True,
            autosize=True,
            min_size=(20, 10),
        )
        dpg.bind_item_theme(self._window, tight)

    def open(self, subject: Subject) -> None:
        """Let that be typed or chosen; what was open is taken over first."""
        self.close()
        rect = self._place(subject)
        if rect is None:
            return
        self._subject = subject
        dpg.delete_item(self._window, children_only=True)
        wide = int(max(rect[2], 120))
        if isinstance(subject, Choose):
            self._fill_choices(subject, wide)
        else:
            self._fill_field(subject, wide, int(rect[3]))
        dpg.configure_item(self._window, pos=(int(rect[0]) - 2, int(rect[1]) - 2), show=True)
        dpg.focus_item(self._window)
        self._waits = 2

    def sync(self) -> None:
        """Look after the keys of what is open."""
        if self._subject is None:
            return
        if self._waits:
            self._waits -= 1
            if self._field and not self._waits:
                dpg.focus_item(self._field)
            return
        if dpg.is_key_pressed(dpg.mvKey_Escape):
            self.close(keep=False)
        elif dpg.is_mouse_button_clicked(dpg.mvMouseButton_Left) and not is_over(self._window):
            self.close()

    def close(self, keep: bool = True) -> None:
        """Close it; keep: take what was typed, as a click elsewhere does."""
        subject, self._subject = self._subject, None
        if subject is None:
            return
        text = dpg.get_value(self._field) if self._field else self._began
        dpg.configure_item(self._window, show=False)
        if keep and self._field and text != self._began:
            try:
                self._take(subject, text)
            except (ValueError, LinearLinkError) as error:
                name = getattr(subject, "name", "")
                self.canvas.editor.tell("error", f"{name}: {error}" if name else str(error))
        self._field = ""

    # --- inside ----------------------------------------------------------------------------------

    def _place(self, subject: Subject) -> Rect | None:
        """The rectangle, in pixels of the window, that it stands over."""
        stage = self.canvas.hand.stage
        if isinstance(subject, EditMark):
            rect = stage.marks.get(subject.mark)
            if rect is None:
                return None
            tall = 26.0 if subject.mark[0] == "frames" else rect[3]
            return self.canvas.on_screen((0, 0, rect[2], tall), (rect[0], rect[1]))
        if subject.id not in stage.at:
            return None
        shape, at = stage.shapes[subject.id], stage.at[subject.id]
        if isinstance(subject, EditTitle):
            return self.canvas.on_screen((0, 0, shape.width, TITLE), at)
        field = next((f for f in shape.fields if f.name == subject.name), None)
        if field is None:
            return None
        x, y, wide, tall = field.rect
        down = tall if isinstance(subject, Choose) else 0.0
        return self.canvas.on_screen((x, y + down, wide, tall), at)

    @property
    def takes_keys(self) -> bool:
        """Whether a field is open and has the keys."""
        return bool(self._field and dpg.is_item_active(self._field))

    def _fill_field(self, subject: Subject, wide: int, tall: int) -> None:
        self._began = self._text(subject)
        many = isinstance(subject, EditMark) and subject.mark[0] == "notes"
        options: dict[str, Any] = {"multiline": True, "height": max(tall, 60)} if many else {}
        self._field = dpg.add_input_text(
            parent=self._window,
            tag=dpg.generate_uuid(),
            default_value=self._began,
            width=wide,
            auto_select_all=not many,
            on_enter=not many,
            callback=None if many else self._on_enter,
            **options,
        )

    def _text(self, subject: Subject) -> str:
        graph = self.canvas.editor.document.graph
        if isinstance(subject, EditMark):
            entry = self.canvas.hand.stage.entries[subject.mark]
            return str(entry.get("title" if subject.mark[0] == "frames" else "text") or "")
        node, spec = graph.nodes[subject.id], graph.spec(subject.id)
        if isinstance(subject, EditTitle):
            return title_of(node, spec)
        if spec is None:
            return ""
        value = value_of(spec.params[subject.name], node.params)
        return exact_text(value) if isinstance(value, int | float) else str(value)

    def _fill_choices(self, subject: Choose, wide: int) -> None:
        self._field = ""
        graph = self.canvas.editor.document.graph
        spec = graph.spec(subject.id)
        if spec is None:
            return
        parameter = spec.params[subject.name]
        now = value_of(parameter, graph.nodes[subject.id].params)
        for choice in parameter.choices:
            dpg.add_selectable(
                parent=self._window,
                label=str(choice),
                width=wide,
                default_value=choice == now,
                callback=self._on_choice,
                user_data=choice,
            )

    def _on_enter(self) -> None:
        self.close()

    def _on_choice(self, sender: Any, app_data: Any, choice: Any) -> None:
        subject, document = self._subject, self.canvas.editor.document
        self.close(keep=False)
        if isinstance(subject, Choose) and subject.id in document.graph.nodes:
            set_value(document, [subject.id], subject.name, choice)

    def _take(self, subject: Subject, text: str) -> None:
        document = self.canvas.editor.document
        if isinstance(subject, EditMark):
            kind, number = subject.mark
            frames = kind == "frames"
            with document.change("Rename frame" if frames else "Edit note") as graph:
                (set_frame_title if frames else set_text)(graph, number, text)
        elif isinstance(subject, EditTitle):
            set_title(document, subject.id, text.strip())
        elif isinstance(subject, EditNumber):
            spec = document.graph.spec(subject.id)
            if spec:
                value = read_entry(spec.params[subject.name], text)
                set_value(document, [subject.id], subject.name, value)
