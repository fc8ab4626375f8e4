"""Files: a path to type, the dialog, the folders used last, and how many files there are."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import dearpygui.dearpygui as dpg

from graph.files import place
from ui.editor.edits.adding import written
from ui.editor.inspector.chosen_files import count_files, look_at
from ui.editor.inspector.forms import patterns_of
from ui.editor.inspector.popup_menu import Entry
from ui.editor.inspector.typed_text import read_value, write_value
from ui.editor.inspector.widgets import MIXED, Widget
from ui.editor.theme import px


@cache
def _counting() -> ThreadPoolExecutor:
    """One thread looks into folders: those of a network may take their time."""
    return ThreadPoolExecutor(1, thread_name_prefix="files")


class FileWidget(Widget):
    """A file that is read, a pattern, folder or list of such files, or a file that is written."""

    def build(self) -> None:
        self._value: Any = None
        self._text = ""
        self._looking: Future[tuple[str, bool]] | None = None
        self._asked: tuple[Any, Path] | None = None
        hints = {"inputs": "a folder, or a pattern as lights/*.fits", "output": "a file to write"}
        with dpg.group():
            with dpg.group(horizontal=True):
                self._field = dpg.add_input_text(
                    width=-px(56), hint=hints.get(self.form.kind, "a file")
                )
                dpg.add_button(label="…", width=px(24), callback=self._ask)
                dpg.add_button(label="▾", width=px(20), callback=self._offer)
            self._note = dpg.add_text("", show=False, wrap=0)
        with dpg.tooltip(self._field, delay=0.5, hide_on_activity=True):
            self._whole = dpg.add_text("")
        self.desk.listening.listen(self._field, self._end)

    @property
    def _kind(self) -> str:
        return "output" if self.form.kind == "output" else "images"

    def show(self, value: Any) -> None:
        if dpg.is_item_active(self._field) or value == self._value:
            return
        self._value = value
        self._text = ""
        if value is MIXED:
            self._text = repr(value)
        elif isinstance(value, str | list):
            self._text = write_value(self.form, value)
        dpg.set_value(self._field, self._text)
        dpg.set_value(self._whole, self._text or "no file is set")
        self._tell("")
        self.desk.refuse(self.name, "")

    def refresh(self) -> None:
        """Called every frame: look at the files when they are others, tell what was found."""
        folder = self.desk.editor.document.folder
        if self._looking and self._looking.done():
            text, well = self._looking.result()
            self._looking = None
            self._tell(text, bad=not well)
        known = isinstance(self._value, str | list) and self.form.kind != "output"
        if known and self._asked != (self._value, folder) and self._looking is None:
            self._asked = self._value, folder
            if self.form.kind == "inputs":
                patterns = patterns_of(self.form.parameter)
                self._looking = _counting().submit(count_files, folder, self._value, patterns)
            else:
                self._looking = _counting().submit(look_at, folder, self._value)

    def _tell(self, text: str, bad: bool = False) -> None:
        dpg.set_value(self._note, text)
        ink = self.desk.looks.ink
        dpg.configure_item(self._note, show=bool(text), color=ink.bad if bad else ink.dim)

    # --- what the user does ----------------------------------------------------------------------

    def _end(self) -> None:
        text = dpg.get_value(self._field)
        if text == self._text:
            return
        try:
            value = read_value(self.form, text)
        except ValueError as error:
            self.desk.refuse(self.name, str(error))
            return
        self._set(value)

    def _ask(self, sender: Any = None, app_data: Any = None, start: Path | None = None) -> None:
        parameter, document = self.form.parameter, self.desk.editor.document
        if start is None and isinstance(self._value, str) and self._value:
            start = place(document.folder, self._value)
        self.desk.editor.ask_file(
            f"{self.form.label}: {'write to' if self.form.kind == 'output' else 'read'}",
            self._kind,
            self._take,
            patterns=patterns_of(parameter),
            start=start,
            save=self.form.kind == "output",
            several=self.form.kind == "inputs",
        )

    def _take(self, paths: list[Path]) -> None:
        document = self.desk.editor.document
        folder = document.folder if document.path else None
        names = [written(path, folder) for path in paths]
        if names:
            self._set(names if len(names) > 1 else names[0])

    def _set(self, value: Any) -> None:
        self._value = self._asked = None
        self.desk.take(self.name, value)

    def _offer(self) -> None:
        folders = self.desk.editor.recent.folders(self._kind)
        known: list[Entry] = [(str(folder), self._choose, folder) for folder in folders]
        self.desk.menu.open(known or [("folders that you use appear here", None, None)])

    def _choose(self, sender: Any, app_data: Any, folder: Path) -> None:
        if self.form.kind == "inputs":
            self._take([folder])
        else:
            self._ask(start=folder)
