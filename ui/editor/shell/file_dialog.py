"""Our own file dialog, for where the system has none or the user prefers it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import dearpygui.dearpygui as dpg

from graph.units import size
from ui.editor import keyboard
from ui.editor.input import Input
from ui.editor.question import FileQuestion
from ui.editor.recent import Recent
from ui.editor.shell import accents
from ui.editor.shell.browse import Row, places
from ui.editor.shell.browser import Browser
from ui.editor.shell.modal import Modal
from ui.editor.theme import px

_ALL, CANCEL = "All files", "Cancel"
#: between two clicks that count as a double click: seconds, or frames where these are slow
_DOUBLE, _DOUBLE_FRAMES = 0.5, 3
WIDTH, HEIGHT, SIDE = 860, 560, 170
FIELD = "file_dialog:path"


class FileDialog(Modal):
    """A file dialog on the screen. done: is called with the files chosen, or with none.

    The keyboard alone does for all: type a path, a folder or a pattern and press Enter; the
    arrows move through the list, Escape gives up.
    """

    def __init__(
        self,
        question: FileQuestion,
        folder: Path,
        recent: Recent,
        done: Callable[[list[Path]], None],
    ) -> None:
        super().__init__(question.title, WIDTH, HEIGHT)
        self.browser = Browser(question, folder)
        self._done = done
        self._places = places(recent.folders(question.kind))
        self._drawn = -1
        self._listed: list[Row] = []
        self._clicked = (-1, 0.0, 0)
        self._is_naming = False
        with self.window():
            self._build(question)
        self.sync()

    def _build(self, question: FileQuestion) -> None:
        with dpg.group(horizontal=True):
            dpg.add_button(label="←", width=px(30), tag="file_dialog:back", callback=self._on_back)
            dpg.add_button(label="↑", width=px(30), tag="file_dialog:up", callback=self._on_up)
            dpg.add_button(label="New folder", tag="file_dialog:new", callback=self._on_new_folder)
            with dpg.group(horizontal=True, show=False) as self._naming:
                self._folder_name = dpg.add_input_text(hint="Its name", width=px(160))
                dpg.add_button(label="Make it", callback=self._on_make_folder)
            self._trail = dpg.add_group(horizontal=True)
        bottom = px(100)
        with dpg.group(horizontal=True):
            with dpg.child_window(width=px(SIDE), height=-bottom):
                for title, path in self._places:
                    dpg.add_selectable(label=title, user_data=path, callback=self._on_place)
                    with dpg.tooltip(dpg.last_item()):
                        dpg.add_text(str(path))
            with dpg.child_window(width=-1, height=-bottom):
                self._table = dpg.add_table(
                    header_row=True,
                    resizable=True,
                    clipper=True,
                    borders_innerV=False,
                    policy=dpg.mvTable_SizingStretchProp,
                )
                dpg.bind_item_theme(self._table, accents.flat())
                for label, weight in (("Name", 6), ("Size", 1), ("Changed", 2)):
                    dpg.add_table_column(
                        label=label, parent=self._table, init_width_or_weight=weight
                    )
        with dpg.group(horizontal=True):
            self._told = dpg.add_text("")
            self._replace = dpg.add_button(
                label="Replace it", tag="file_dialog:replace", callback=self._on_replace, show=False
            )
        hint = "A file name or path; Enter"
        if question.several:
            hint = "A file name, path or pattern such as *.fits; Ctrl and Shift choose several"
        with dpg.group(horizontal=True):
            dpg.add_input_text(
                tag=FIELD,
                hint=hint,
                width=-px(200),
                default_value=self.browser.text,
                callback=self._on_text,
            )
            filters = [" ".join(question.patterns), _ALL]
            dpg.add_combo(
                list(dict.fromkeys(filters)) if not question.folder else ["Folders"],
                default_value=filters[0] if not question.folder else "Folders",
                width=-1,
                callback=self._on_filter,
            )
        verb = "Save" if question.save else "Choose" if question.folder else "Open"
        self.buttons((verb, CANCEL), self._on_button)
        self.focus(FIELD)

    # --- every frame -----------------------------------------------------------------------------

    def sync(self) -> None:
        """Show what has changed."""
        super().sync()
        browser = self.browser
        if self._drawn == browser.revision:
            return
        self._drawn = browser.revision
        if dpg.get_value(FIELD) != browser.text:
            dpg.set_value(FIELD, browser.text)
        self._sync_trail()
        self._sync_rows()
        if browser.replace:
            told = f"{browser.replace.name} is there already."
        elif browser.error:
            told = browser.error
        elif len(browser.selected) > 1:
            total = sum(browser.rows[i].size for i in browser.selected)
            told = f"{len(browser.selected)} files, {size(total)}"
        else:
            more = f"; {browser.more} more are not shown" if browser.more else ""
            count = len(browser.rows)
            told = f"{count} {'entry' if count == 1 else 'entries'}{more}"
        dpg.set_value(self._told, told)
        bad = bool(browser.error or browser.replace)
        dpg.configure_item(self._told, color=accents.WRONG if bad else accents.FAINT)
        dpg.configure_item(self._replace, show=browser.replace is not None)

    def _sync_trail(self) -> None:
        dpg.delete_item(self._trail, children_only=True)
        folder = self.browser.folder
        steps = [folder, *folder.parents][::-1]
        if len(steps) > 6:
            steps = [steps[0], *steps[-5:]]
        for path in steps:
            dpg.add_button(
                label=path.name or str(path),
                parent=self._trail,
                user_data=path,
                callback=self._on_place,
            )

    def _sync_rows(self) -> None:
        """Mark the rows that are selected; only for another folder they are made anew."""
        chosen = set(self.browser.selected)
        if self._listed is self.browser.rows:
            for place in range(len(self._listed)):
                dpg.set_value(f"file_dialog:row:{place}", place in chosen)
            return
        self._listed = self.browser.rows
        for row in dpg.get_item_children(self._table, 1):
            dpg.delete_item(row)
        for place, row in enumerate(self.browser.rows):
            with dpg.table_row(parent=self._table):
                dpg.add_selectable(
                    label=f"▸ {row.name}" if row.is_folder else f"   {row.name}",
                    tag=f"file_dialog:row:{place}",
                    span_columns=True,
                    default_value=place in chosen,
                    user_data=place,
                    callback=self._on_row,
                    disable_popup_close=True,
                )
                dpg.add_text("" if row.is_folder else size(row.size))
                dpg.add_text(datetime.fromtimestamp(row.time).strftime("%Y-%m-%d %H:%M"))

    # --- what the user does ----------------------------------------------------------------------

    def on_input(self, event: Input) -> bool:
        """Keys: Enter, Escape, the arrows, Alt+Up for the folder above."""
        if event.kind != "key":
            return False
        steps = {"Up": -1, "Down": 1, "PageUp": -12, "PageDown": 12}
        if event.key == "Escape":
            self.cancel()
        elif event.key == "Enter":
            if self._is_naming and dpg.get_value(self._folder_name).strip():
                self._on_make_folder()
            else:
                self.accept()
        elif event.key == "Up" and "alt" in event.mods:
            self.browser.up()
        elif event.key in steps:
            self.browser.step(steps[event.key])
        else:
            return False
        return True

    def accept(self) -> None:
        """Answer with what is typed or selected, if that can be."""
        self.browser.text = dpg.get_value(FIELD)
        self._answer(self.browser.accept())

    def cancel(self) -> None:
        """Answer with nothing."""
        self._answer([])

    def _answer(self, paths: list[Path] | None) -> None:
        if paths is None:
            if not self.browser.text:
                dpg.set_value(FIELD, "")
            self.focus(FIELD)
            return
        self.close()
        self._done(paths)

    def _on_button(self, sender: int, value: object, text: str) -> None:
        self.cancel() if text == CANCEL else self.accept()

    def _on_text(self, sender: int, text: str) -> None:
        self.browser.text = text

    def _on_row(self, sender: int, value: bool, place: int) -> None:
        self.browser.text = dpg.get_value(FIELD)
        last, self._clicked = self._clicked, (place, time.monotonic(), self._frames)
        mods = keyboard.held()
        soon = self._clicked[1] - last[1] < _DOUBLE or self._frames - last[2] <= _DOUBLE_FRAMES
        if last[0] == place and soon and not mods:
            self._clicked = (-1, 0.0, 0)
            self._answer(self.browser.open_row(place))
        else:
            self.browser.press(place, mods)

    def _on_place(self, sender: int, value: object, path: Path) -> None:
        self.browser.go(path)

    def _on_filter(self, sender: int, chosen: str) -> None:
        self.browser.filter(("*",) if chosen == _ALL else self.browser.question.patterns)

    def _on_replace(self) -> None:
        self.browser.text = dpg.get_value(FIELD)
        self._answer(self.browser.accept(replace=True))

    def _on_up(self) -> None:
        self.browser.up()

    def _on_back(self) -> None:
        self.browser.back()

    def _on_new_folder(self) -> None:
        self._show_naming(not self._is_naming)

    def _show_naming(self, on: bool) -> None:
        self._is_naming = on
        dpg.configure_item(self._naming, show=on)
        self.focus(self._folder_name if on else FIELD)

    def _on_make_folder(self) -> None:
        self.browser.make_folder(dpg.get_value(self._folder_name))
        if not self.browser.error:
            dpg.set_value(self._folder_name, "")
            self._show_naming(False)
