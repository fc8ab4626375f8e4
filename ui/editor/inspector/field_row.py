"""One parameter in the inspector: name, widget, what feeds it, what is wrong, how to reset it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dearpygui.dearpygui as dpg

from graph.errors import Problem
from graph.model import End
from graph.spec import REQUIRED
from ui.editor.inspector import setting
from ui.editor.inspector.curve_editor import CurveWidget
from ui.editor.inspector.file_widget import FileWidget
from ui.editor.inspector.forms import Form, common, first_value, form_of, help_of
from ui.editor.inspector.number_widget import NumberWidget, RowWidget
from ui.editor.inspector.widgets import (
    MIXED,
    ColorWidget,
    ComboWidget,
    Desk,
    RadioWidget,
    SwitchWidget,
    TextWidget,
    Widget,
)
from ui.editor.theme import px
from ui.units import one_line

_WIDGETS: dict[str, type[Widget]] = {
    "number": NumberWidget,
    "row": RowWidget,
    "switch": SwitchWidget,
    "radio": RadioWidget,
    "combo": ComboWidget,
    "color": ColorWidget,
    "curve": CurveWidget,
    "input": FileWidget,
    "inputs": FileWidget,
    "output": FileWidget,
}


class FieldRow:
    """A row of the table of parameters. body: the item that holds its widget."""

    def __init__(self, desk: Desk, ids: Sequence[str], form: Form) -> None:
        self.form, self.name = form, form.parameter.name
        self._desk, self._ids = desk, ids
        #: whether it is shown in all of the width, under its name
        self.wide = form.kind == "curve"
        self._tab: int | str = 0
        self._kept: Any = None  # what an optional value was before it was switched off
        self.widget = _WIDGETS.get(form.kind, TextWidget)(form, desk)

    def build(self) -> None:
        """Make the row in the table on Dear PyGui's stack: name, widget, mark."""
        with dpg.table_row():
            self._build_name()
            self._build_field()
            self._build_mark()

    def build_wide(self) -> None:
        """Make the name and under it the widget, as wide as the panel."""
        with dpg.group(horizontal=True):
            self._build_name()
            self._build_mark()
        self._build_field()

    def build_tab(self) -> None:
        """Make a page of a tab bar: there are several widgets of the kind that take much room."""
        with dpg.tab(label=self.form.label) as self._tab:
            self.build_wide()

    def _build_name(self) -> None:
        with dpg.group(horizontal=True):
            if self.form.parameter.optional:
                self._switch = dpg.add_checkbox(callback=self._set_optional)
            self._label = dpg.add_text(self.form.label)
            self._add_help(self._label)

    def _build_field(self) -> None:
        looks = self._desk.looks
        with dpg.group():
            with dpg.group() as self.body:
                self.widget.build()
            self._unset = dpg.add_text("not set", show=False, color=looks.ink.dim)
            self._source = dpg.add_button(width=-1, show=False, callback=self._go)
            dpg.bind_item_theme(self._source, looks.link)
            with dpg.tooltip(self._source, show=False) as self._source_help:
                dpg.add_text("fed by a link; click to go to the node that it comes from")
            self._problem = dpg.add_text("", show=False, wrap=0)

    def _build_mark(self) -> None:
        default = self.form.parameter.default
        words = "the diagonal" if self.form.kind == "curve" else default
        with dpg.group():
            self._mark = dpg.add_button(label="↺", width=px(20), callback=self._reset, show=False)
        dpg.bind_item_theme(self._mark, self._desk.looks.mark)
        with dpg.tooltip(self._mark, show=False) as self._mark_help:
            dpg.add_text(f"changed; click to reset to {'not set' if default is None else words}")

    def _add_help(self, item: int) -> None:
        text = help_of(self.form.parameter)
        with dpg.tooltip(item, delay=0.4):
            dpg.add_text(self.form.parameter.name, color=self._desk.looks.ink.dim)
            if text:
                dpg.add_text(text, wrap=px(360))

    def show(self, refused: str, problems: Sequence[Problem], source: End | None) -> None:
        """Show the value as it is now.

        refused: what is wrong with what is typed. problems: with what is set. source: what feeds
        it.
        """
        graph, parameter = self._desk.editor.document.graph, self.form.parameter
        shared = setting.is_shared(graph, self._ids, parameter)
        value = setting.value_of(graph, self._ids[0], parameter) if shared else MIXED
        fed = source is not None
        unset = value is None and parameter.optional
        dpg.configure_item(self.body, show=not fed and not unset)
        dpg.configure_item(self._unset, show=unset and not fed)
        dpg.configure_item(self._source, show=fed)
        dpg.configure_item(self._source_help, show=fed)
        if parameter.optional:
            dpg.set_value(self._switch, not unset)
            dpg.configure_item(self._switch, enabled=not fed)
        if source:
            dpg.set_item_label(self._source, f"← {source[0]}.{source[1]}{self._fed_value(source)}")
        elif not unset:
            self.widget.show("" if value is REQUIRED else value)
        self._show_mark(any(setting.is_changed(graph, id, parameter) for id in self._ids), fed)
        self._show_problem(refused, problems)

    def _fed_value(self, source: End) -> str:
        """``  =  0.25`` when the value on the link is at hand."""
        for want, picture in self._desk.editor.results.pictures.items():
            plain = picture.items is None and isinstance(picture.value, bool | int | float | str)
            if plain and (want.node, want.output) == source:
                return f"  =  {shorten(picture.value)}"
        return ""

    def _show_mark(self, changed: bool, fed: bool) -> None:
        looks = self._desk.looks
        shown = changed and not fed
        dpg.configure_item(self._mark, show=shown)
        dpg.configure_item(self._mark_help, show=shown)  # of a hidden item it would still appear
        if self._tab:
            dpg.configure_item(self._tab, label=f"{self.form.label}{' •' if shown else ''}###tab")
        dpg.configure_item(self._label, color=looks.ink.text if shown else looks.ink.dim)

    def _show_problem(self, refused: str, problems: Sequence[Problem]) -> None:
        ink = self._desk.looks.ink
        text = refused or "; ".join(problem.message for problem in problems)
        warning = not refused and all(problem.warning for problem in problems)
        dpg.set_value(self._problem, text)
        color = ink.warn if warning else ink.bad
        dpg.configure_item(self._problem, show=bool(text), color=color)

    # --- what the user does ----------------------------------------------------------------------

    def _set_optional(self, sender: Any, on: bool) -> None:
        graph = self._desk.editor.document.graph
        if on:
            value = first_value(self.form) if self._kept is None else self._kept
        else:
            self._kept = setting.value_of(graph, self._ids[0], self.form.parameter)
            value = None
        self._desk.take(self.name, value)

    def _reset(self) -> None:
        self._desk.refuse(self.name, "")
        setting.reset(self._desk.editor.document, self._ids, [self.name])

    def _go(self) -> None:
        document = self._desk.editor.document
        source = document.graph.feeds(self._ids[0]).get(self.name)
        if source:
            document.select([source[0]])


def shorten(value: bool | int | float | str) -> str:
    """A value on one line, cut to what a field has room for."""
    text = one_line(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def rows_of(desk: Desk, ids: Sequence[str]) -> list[FieldRow]:
    """The rows for these nodes: all parameters of one, those in common of several."""
    graph = desk.editor.document.graph
    specs = [graph.spec(id) for id in ids]
    known = [list(spec.params.values()) for spec in specs if spec]
    parameters = common(known) if len(known) == len(specs) else []
    if len(ids) > 1:  # a file that several nodes write would be one
        parameters = [p for p in parameters if p.kind != "output"]
    return [FieldRow(desk, ids, form_of(parameter)) for parameter in parameters]
