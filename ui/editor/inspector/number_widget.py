"""Numbers: a slider to drag, that becomes a field to type into when it is clicked."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import dearpygui.dearpygui as dpg

from graph.document import plain
from graph.parameters import resolve
from ui.editor.inspector.forms import Form
from ui.editor.inspector.scales import Scale, exact_text, read_number, show_number
from ui.editor.inspector.widgets import MIXED, Desk, Widget

#: pixels that the mouse moves before a click becomes a drag
DRAG = 3


class NumberBox:
    """One number. take: is handed (number, whether it is of a drag). read: checks what is typed.

    With a scale it is a slider: dragged it changes at once, clicked (or double clicked, or clicked
    with Ctrl) it lets the exact number be typed. Without one there is only the field.
    """

    def __init__(
        self,
        desk: Desk,
        scale: Scale | None,
        unit: str,
        take: Callable[[Any, bool], None],
        read: Callable[[str], Any],
        tell: Callable[[str], None],
    ) -> None:
        self._desk, self._scale, self._unit = desk, scale, unit
        self._take, self._read, self._tell_owner = take, read, tell
        self._value: Any = None
        self._text = ""
        self._press: tuple[float, float] | None = None
        self._dragged = False
        self.wrong = False

    def build(self) -> None:
        """Make the items."""
        self._slider = 0
        with dpg.group():
            if self._scale:
                self._slider = dpg.add_slider_double(
                    min_value=0, max_value=1, no_input=True, width=-1, callback=self._slide
                )
                self._desk.listening.listen(self._slider, self._release)
            self._entry = dpg.add_input_text(
                width=-1, show=not self._scale, auto_select_all=True, no_spaces=False
            )
            self._desk.listening.listen(self._entry, self._end)

    def show(self, value: Any) -> None:
        """Show a number, MIXED, or what is no number."""
        if dpg.is_item_active(self._entry):
            return
        if value == self._value and type(value) is type(self._value) and self.wrong:
            return  # what is typed stays until it is corrected
        self._value = value
        self._close()
        number = isinstance(value, int | float) and not isinstance(value, bool)
        shown = show_number(value, self._unit) if number else str(value)
        if self._scale:
            dpg.configure_item(self._slider, format=shown.replace("%", "%%"))
            if not self._dragged:
                place = self._scale.place(value) if number else 0.0
                dpg.set_value(self._slider, place)
        else:
            self._text = shown if number or value is MIXED else str(value)
            dpg.set_value(self._entry, self._text)

    # --- the slider ------------------------------------------------------------------------------

    def _slide(self, sender: Any, place: float) -> None:
        assert self._scale
        at = dpg.get_mouse_pos(local=False)
        if self._press is None:
            self._press = (at[0], at[1])
        if math.dist(at, self._press) > DRAG:
            self._dragged = True
        if self._dragged:
            self._take(self._scale.value(place), True)

    def _release(self) -> None:
        dragged, self._dragged, self._press = self._dragged, False, None
        if dragged:
            self._desk.settle()
            self.show(self._value)
        else:
            self._open()

    # --- the field -------------------------------------------------------------------------------

    def _open(self) -> None:
        number = isinstance(self._value, int | float)
        self._text = exact_text(self._value) if number else ""
        dpg.set_value(self._entry, self._text)
        dpg.hide_item(self._slider)
        dpg.show_item(self._entry)
        dpg.focus_item(self._entry)

    def _close(self) -> None:
        self._tell("")
        if self._scale:
            dpg.hide_item(self._entry)
            dpg.show_item(self._slider)

    def _end(self) -> None:
        text = dpg.get_value(self._entry)
        if text == self._text:
            value, self._value = self._value, None
            self.wrong = False
            self.show(value)
            return
        try:
            value = self._read(text)
        except ValueError as error:
            self._text = text
            self._tell(str(error))
            return
        self._value = None
        self.wrong = False
        self._close()
        self._take(value, False)
        self.show(value)

    def _tell(self, sentence: str) -> None:
        self.wrong = bool(sentence)
        dpg.bind_item_theme(self._entry, self._desk.looks.bad if sentence else 0)
        self._tell_owner(sentence)


class NumberWidget(Widget):
    """A parameter that is one number."""

    def __init__(self, form: Form, desk: Desk) -> None:
        super().__init__(form, desk)
        self._box = NumberBox(desk, form.scale, form.unit, self._take, self._read, self._tell)

    def build(self) -> None:
        self._box.build()

    def show(self, value: Any) -> None:
        self._box.show(value)

    def _take(self, number: Any, drag: bool) -> None:
        self.desk.take(self.name, plain(resolve(self.form.parameter, number)), drag)

    def _read(self, text: str) -> Any:
        parameter = self.form.parameter
        number = read_number(text, self.form.unit, parameter.kind == "integer")
        return plain(resolve(parameter, number))

    def _tell(self, sentence: str) -> None:
        self.desk.refuse(self.name, sentence)


class RowWidget(Widget):
    """A parameter of a few numbers, side by side."""

    def build(self) -> None:
        self._value: Any = None
        self._boxes: list[NumberBox] = []
        self._wrong: dict[int, str] = {}
        with dpg.table(header_row=False, policy=dpg.mvTable_SizingStretchSame) as table:
            dpg.bind_item_theme(table, self.desk.looks.tight())
            for _ in self.form.scales:
                dpg.add_table_column()
            with dpg.table_row():
                for place, scale in enumerate(self.form.scales):
                    self._boxes.append(self._make(place, scale))
                    self._boxes[-1].build()

    def _make(self, place: int, scale: Scale | None) -> NumberBox:
        def take(number: Any, drag: bool) -> None:
            self.desk.take(self.name, self._with(place, number), drag)

        def read(text: str) -> Any:
            number = read_number(text, self.form.unit, self.form.whole[place])
            return self._with(place, number)[place]

        def tell(sentence: str) -> None:
            self._wrong[place] = sentence
            self.desk.refuse(self.name, next(filter(None, self._wrong.values()), ""))

        return NumberBox(self.desk, scale, self.form.unit, take, read, tell)

    def _with(self, place: int, number: Any) -> list[Any]:
        """The checked row with another number at a place. Raises ValueError."""
        start = self._value if isinstance(self._value, list) else self.form.parameter.default
        row = list(start)
        row[place] = number
        return list(plain(resolve(self.form.parameter, row)))

    def show(self, value: Any) -> None:
        self._value = value
        good = isinstance(value, list) and len(value) == len(self._boxes)
        for place, box in enumerate(self._boxes):
            box.show(value[place] if good else MIXED)
