"""The widgets of fields: switches, choices, texts, lists, colours. Each shows and takes a value."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import dearpygui.dearpygui as dpg

from ui.editor.editor import Editor
from ui.editor.inspector.flow import Flow
from ui.editor.inspector.forms import KEYWORDS, Form
from ui.editor.inspector.listening import Listening
from ui.editor.inspector.looks import Looks
from ui.editor.inspector.popup_menu import PopupMenu
from ui.editor.inspector.typed_text import read_value, write_value
from ui.editor.picture import Picture
from ui.editor.theme import px


class Mixed:
    """What a field shows when the selected nodes have different values."""

    def __repr__(self) -> str:
        return "several values"


MIXED = Mixed()


class Desk(Protocol):
    """What a widget needs of the panel that it stands in."""

    editor: Editor
    looks: Looks
    listening: Listening
    menu: PopupMenu

    def section(self, label: str, is_open: bool) -> AbstractContextManager[int]:
        """A section that folds."""

    def take(self, name: str, value: Any, drag: bool = False) -> None:
        """Set a parameter; values of one drag are one step."""

    def settle(self) -> None:
        """The drag is over."""

    def picture(self) -> Picture | None:
        """The image that the node takes, when it is at hand."""

    def refuse(self, name: str, sentence: str) -> None:
        """Say what is wrong with what is typed into a field; nothing with an empty sentence."""


class Widget:
    """A widget of one parameter. build: makes the items, once. show: hands it the value."""

    def __init__(self, form: Form, desk: Desk) -> None:
        self.form = form
        self.desk = desk
        self.name = form.parameter.name

    def build(self) -> None:
        """Make the items under the parent on Dear PyGui's stack."""
        raise NotImplementedError

    def show(self, value: Any) -> None:
        """Show a value as it stands in the file, or MIXED; what the user holds is left alone."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Called every frame."""


class SwitchWidget(Widget):
    """A check box."""

    def build(self) -> None:
        self._box = dpg.add_checkbox(callback=self._toggle)

    def show(self, value: Any) -> None:
        dpg.set_value(self._box, value is True)

    def _toggle(self, sender: Any, on: bool) -> None:
        self.desk.take(self.name, on)


class RadioWidget(Widget):
    """Buttons side by side, one of which is in."""

    def build(self) -> None:
        self._buttons: list[int] = []
        self._flow = Flow()
        self._flow.build()
        for choice in self.form.parameter.choices:
            label = str(choice)
            button = dpg.add_button(label=label, callback=self._choose, user_data=choice)
            self._buttons.append(button)
            self._flow.add(button, label)

    def refresh(self) -> None:
        """Take the room that there is."""
        self._flow.fit()

    def show(self, value: Any) -> None:
        for button, choice in zip(self._buttons, self.form.parameter.choices, strict=True):
            chosen = value == choice and type(value) is type(choice)
            dpg.bind_item_theme(button, self.desk.looks.on if chosen else self.desk.looks.off)

    def _choose(self, sender: Any, app_data: Any, choice: Any) -> None:
        self.desk.take(self.name, choice)


class ComboWidget(Widget):
    """A list that opens."""

    def build(self) -> None:
        choices = self.form.parameter.choices
        texts = [str(choice) for choice in choices]
        self._labels = [
            repr(c) if texts.count(t) > 1 else t for c, t in zip(choices, texts, strict=True)
        ]
        self._combo = dpg.add_combo(self._labels, width=-1, callback=self._choose)

    def show(self, value: Any) -> None:
        shown = repr(value) if value is MIXED else str(value)
        for label, choice in zip(self._labels, self.form.parameter.choices, strict=True):
            if value == choice and type(value) is type(choice):
                shown = label
        dpg.set_value(self._combo, shown)

    def _choose(self, sender: Any, label: str) -> None:
        self.desk.take(self.name, self.form.parameter.choices[self._labels.index(label)])


#: shown in an empty field
_HINTS = {
    "text": "",
    "list": "none; such as a, b",
    "numbers": "none; such as 1, 2.5",
    "keywords": "none; such as FILTER, EXPTIME",
    "json": "JSON, such as [1, 2]",
    "formula": "a formula",
}


class TextWidget(Widget):
    """A line of text: texts, formulas, lists, JSON. It is taken at Enter or when it is left.

    While a formula or list is typed its mistakes are told at once.
    """

    def build(self) -> None:
        self._value: Any = ...  # nothing was shown yet
        self._text = ""
        numbers = "str" not in str(self.form.parameter.type)
        self._hint = _HINTS["numbers" if numbers and self.form.kind == "list" else self.form.kind]
        with dpg.group(horizontal=True):
            room = -px(28) if self.form.kind == "keywords" else -1
            self._field = dpg.add_input_text(width=room, hint=self._hint, callback=self._check)
            if self.form.kind == "keywords":
                self._build_keywords()
        self.desk.listening.listen(self._field, self._end)

    def _build_keywords(self) -> None:
        dpg.add_button(label="+", width=px(22), callback=self._offer)

    def _offer(self) -> None:
        self.desk.menu.open([(keyword, self._add, keyword) for keyword in KEYWORDS])

    def show(self, value: Any) -> None:
        if dpg.is_item_active(self._field) or value == self._value:
            return
        self._value = value
        mixed = value is MIXED
        self._text = "" if mixed or value == "" else write_value(self.form, value)
        dpg.configure_item(self._field, hint=repr(MIXED) if mixed else self._hint)
        dpg.set_value(self._field, self._text)
        self._tell("")

    def _check(self, sender: Any, text: str) -> None:
        if self.form.kind == "text":
            return
        try:
            read_value(self.form, text)
        except ValueError as error:
            self._tell(str(error))
        else:
            self._tell("")

    def _end(self) -> None:
        text = dpg.get_value(self._field)
        if text == self._text:
            self._tell("")
            return
        try:
            value = read_value(self.form, text)
        except ValueError as error:
            self._tell(str(error))
            return
        self._tell("")
        self._value = ...  # so that it is written anew, as it reads best
        self.desk.take(self.name, value)

    def _add(self, sender: Any, app_data: Any, keyword: str) -> None:
        known = self._value if isinstance(self._value, list) else []
        self.desk.take(self.name, [k for k in known if k != keyword] + [keyword])

    def _tell(self, sentence: str) -> None:
        dpg.bind_item_theme(self._field, self.desk.looks.bad if sentence else 0)
        self.desk.refuse(self.name, sentence)


class ColorWidget(Widget):
    """A colour, its three numbers, and a picker at the click of it."""

    def build(self) -> None:
        self._dragging = False
        self._edit = dpg.add_color_edit(
            (0, 0, 0, 255),
            no_alpha=True,
            width=-1,
            display_type=dpg.mvColorEdit_float,
            callback=self._pick,
        )
        self.desk.listening.listen(self._edit, self.desk.settle)

    def refresh(self) -> None:
        """A drag in the picker is over when the button is up."""
        if self._dragging and not dpg.is_mouse_button_down(dpg.mvMouseButton_Left):
            self._dragging = False
            self.desk.settle()

    def show(self, value: Any) -> None:
        if dpg.is_item_active(self._edit) or not _is_color(value):
            return
        if value != self._read():
            dpg.set_value(self._edit, [255 * part for part in value] + [255])

    def _read(self) -> list[float]:
        return [round(part / 255, 4) for part in dpg.get_value(self._edit)[:3]]

    def _pick(self, sender: Any) -> None:
        self._dragging = True
        self.desk.take(self.name, [min(max(part, 0.0), 1.0) for part in self._read()], drag=True)


def _is_color(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and len(value) == 3
        and all(isinstance(part, int | float) for part in value)
    )
