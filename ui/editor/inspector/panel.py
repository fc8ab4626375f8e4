"""The inspector: all that is set at the selected nodes, and what stands at them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import dearpygui.dearpygui as dpg

from graph.errors import GraphError, Problem
from nodes.values import Image
from ui.editor.document import Document
from ui.editor.editor import Editor
from ui.editor.inspector import setting
from ui.editor.inspector.facts import Facts
from ui.editor.inspector.field_row import FieldRow, rows_of
from ui.editor.inspector.head import Head
from ui.editor.inspector.listening import Listening
from ui.editor.inspector.looks import Looks
from ui.editor.inspector.popup_menu import PopupMenu
from ui.editor.inspector.preset_panel import PresetPanel
from ui.editor.picture import Picture
from ui.editor.theme import px


class Inspector:
    """A panel that shows the selected nodes, or those that it was pinned to.

    Its items are made anew only when other nodes, or nodes of other types, are shown, and never
    while the user holds or types into one of them; else their values are set.
    """

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self._pinned: tuple[Document, tuple[str, ...]] | None = None
        self._shape: tuple[Any, ...] = ()
        self._wanted: tuple[Any, ...] = ()
        self._stamp: tuple[Any, ...] = ()
        self._rows: list[FieldRow] = []
        self._refused: dict[str, str] = {}
        self._ids: tuple[str, ...] = ()
        self._head: Head | None = None
        self._facts: Facts | None = None
        self._reset: int = 0
        self._headers: dict[str, int] = {}
        self._open: dict[str, bool] = {}
        self.menu = PopupMenu()
        self._presets = PresetPanel(self)

    def build(self, parent: int | str) -> None:
        """Make the panel in a window or child window."""
        self.looks = Looks(self.editor.preferences.theme)
        self.listening = Listening()
        with dpg.group(parent=parent) as self._body:
            pass
        self._shape = ()

    # --- what is shown ---------------------------------------------------------------------------

    def chosen(self) -> tuple[str, ...]:
        """The ids of the nodes shown, in the order of the graph."""
        document = self.editor.document
        if self._pinned and self._pinned[0] is document:
            pinned = tuple(id for id in self._pinned[1] if id in document.graph.nodes)
            if pinned:
                return pinned
            self._pinned = None
        return tuple(id for id in document.graph.nodes if id in document.selection)

    def sync(self) -> None:
        """Show the document as it is now; called every frame."""
        document = self.editor.document
        ids = self.chosen()
        types = tuple(document.graph.nodes[id].type for id in ids)
        shape = (document, ids, types, self.editor.preferences.theme, px(100))
        if shape != self._shape:
            # one frame later, so that what is being typed is taken first
            if shape == self._wanted and not self.listening.active():
                self._rebuild(shape)
            self._wanted = shape
            return
        states, results = self.editor.states.revision, self.editor.results.revision
        stamp = (document.revision, results, states, tuple(self._refused.items()))
        if stamp != self._stamp:
            self._stamp = stamp
            self._show()
        if self._head:
            self._head.refresh()
        if self._facts:
            self._facts.refresh()
        for row in self._rows:
            row.widget.refresh()

    @property
    def typing(self) -> bool:
        """Whether keys go into one of its fields just now."""
        return self.listening.active()

    def _rebuild(self, shape: tuple[Any, ...]) -> None:
        self._shape, self._stamp, self._ids = shape, (), shape[1]
        self._refused.clear()
        self._rows, self._head, self._facts = [], None, None
        self.listening.forget()
        self.menu.close()
        self._open |= {label: dpg.get_value(item) for label, item in self._headers.items()}
        self._headers.clear()
        dpg.delete_item(self._body, children_only=True)
        if (self.looks.name, self.looks.size) != shape[3:]:
            self.looks.delete()
            self.looks = Looks(shape[3])
        dpg.push_container_stack(self._body)
        self._build_body()
        dpg.pop_container_stack()
        if self._ids:
            self.sync()

    def _build_body(self) -> None:
        if not self._ids:
            dpg.add_text("Nothing is selected.", color=self.looks.ink.dim)
            dpg.add_text(
                "Click a node on the canvas to see its settings here.",
                wrap=0,
                color=self.looks.ink.dim,
            )
            return
        self._head = Head(self, self._ids, self._pinned is not None, self._pin)
        self._head.build()
        if len(self._ids) == 1:
            self._facts = Facts(self, self._ids[0])
            self._facts.build_state()
        self._build_parameters()
        if self._facts:
            self._facts.build_ends()
            self._presets.build(self._ids[0])
            self._facts.build_help()

    def _build_parameters(self) -> None:
        graph = self.editor.document.graph
        self._rows = rows_of(self, self._ids)
        if len(self._ids) == 1 and graph.spec(self._ids[0]) is None:
            self._build_unknown()
            return
        with self.section("Parameters", True):
            if not self._rows:
                words = "no parameters" if len(self._ids) == 1 else "no parameters in common"
                dpg.add_text(f"It has {words}." if len(self._ids) == 1 else f"They have {words}.")
                return
            for wide, rows in groupby(self._rows, key=lambda row: row.wide):
                if wide:
                    _build_wide(list(rows))
                    continue
                with dpg.table(header_row=False, policy=dpg.mvTable_SizingStretchProp):
                    for weight in (40, 60):
                        dpg.add_table_column(init_width_or_weight=weight)
                    dpg.add_table_column(width_fixed=True, init_width_or_weight=px(18))
                    for row in rows:
                        row.build()
            self._reset = dpg.add_button(label="Reset all", callback=self._reset_all)
            dpg.bind_item_theme(self._reset, self.looks.flat)
            with dpg.tooltip(self._reset):
                dpg.add_text("set all parameters that have a default back to it")

    def _build_unknown(self) -> None:
        """Of a type that is not installed: what is kept of it, to be read."""
        node = self.editor.document.graph.nodes[self._ids[0]]
        with self.section("Parameters (kept)", True):
            dpg.add_text(
                f"The node type {node.type} is not installed. Its settings are kept as they are, "
                "and saved with the graph; install the pack that brings it to use them.",
                wrap=0,
                color=self.looks.ink.dim,
            )
            with dpg.table(header_row=False, policy=dpg.mvTable_SizingStretchProp):
                for weight in (40, 60):
                    dpg.add_table_column(init_width_or_weight=weight)
                for name, value in node.params.items():
                    with dpg.table_row():
                        dpg.add_text(name, color=self.looks.ink.dim)
                        dpg.add_text(repr(value)[:2000], wrap=0)

    def _show(self) -> None:
        graph = self.editor.document.graph
        if not self._ids or not self._head:
            return
        self._head.show()
        found: dict[str, list[Problem]] = {}
        for id in self._ids:
            for name, problems in setting.problems_of(graph, id).items():
                known = found.setdefault(name, [])
                known += [problem for problem in problems if problem not in known]
        feeds = graph.feeds(self._ids[0])
        for row in self._rows:
            fed = feeds.get(row.name)
            row.show(self._refused.get(row.name, ""), found.pop(row.name, []), fed)
        if self._facts:
            self._facts.show([problem for problems in found.values() for problem in problems])
            self._presets.show()

    @contextmanager
    def section(self, label: str, is_open: bool) -> Iterator[int]:
        """A section that folds; it stays as the user left it at the node before."""
        is_open = self._open.get(label, is_open)
        with dpg.collapsing_header(label=label, default_open=is_open) as header:
            self._headers[label] = int(header)
            dpg.set_value(header, is_open)
            yield int(header)

    # --- the desk of the fields ------------------------------------------------------------------

    def take(self, name: str, value: Any, drag: bool = False) -> None:
        """Set a parameter of the nodes shown; values of one drag are one step."""
        graph = self.editor.document.graph
        ids = [id for id in self._ids if id in graph.nodes and name not in graph.feeds(id)]
        if not ids:
            return
        try:
            setting.set_value(self.editor.document, ids, name, value, drag=drag)
        except GraphError as error:
            self.editor.tell("error", str(error))

    def settle(self) -> None:
        """The drag is over."""
        self.editor.document.settle()

    def refuse(self, name: str, sentence: str) -> None:
        """Say what is wrong with what is typed into a field; nothing with an empty sentence."""
        if sentence:
            self._refused[name] = sentence
        else:
            self._refused.pop(name, None)

    def picture(self) -> Picture | None:
        """The image that the node takes, when a viewer has it."""
        graph = self.editor.document.graph
        if not self._ids or self._ids[0] not in graph.nodes:
            return None
        spec = graph.spec(self._ids[0])
        for name, source in graph.feeds(self._ids[0]).items():
            if spec and name in spec.sockets and spec.sockets[name].type is Image:
                for want, picture in self.editor.results.pictures.items():
                    if (want.node, want.output) == source:
                        return picture
        return None

    def where(self, name: str) -> list[float] | None:
        """Where a parameter's widget is, in pixels of the window: a way for tests to find it.

        None for what is not on screen.
        """
        row = next((row for row in self._rows if row.name == name), None)
        if row is None or not dpg.is_item_visible(row.body):
            return None
        x, y = dpg.get_item_rect_min(row.body)
        wide, tall = dpg.get_item_rect_size(row.body)
        return [x + wide / 2, y + min(tall / 2, px(10))]  # below may stand what is told of it

    # --- what the user does ----------------------------------------------------------------------

    def _pin(self) -> None:
        self._pinned = None if self._pinned else (self.editor.document, self._ids)
        self._shape = ()

    def _reset_all(self) -> None:
        self._refused.clear()
        names = [row.name for row in self._rows]
        setting.reset(self.editor.document, self._ids, names)


def _build_wide(rows: list[FieldRow]) -> None:
    """Rows that take all of the width: one as it is, several as pages."""
    if len(rows) == 1:
        rows[0].build_wide()
        return
    with dpg.tab_bar():
        for row in rows:
            row.build_tab()
