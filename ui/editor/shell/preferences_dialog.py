"""The preferences in a window: every choice holds at once."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import dearpygui.dearpygui as dpg

from graph.units import size
from ui.editor.editor import Editor
from ui.editor.preferences import Preferences, guess_scale
from ui.editor.shell import accents
from ui.editor.shell.sheet import Sheet
from ui.editor.theme import px
from ui.units import read_size

_AUTO = "auto"


def read_number(text: str, whole: bool = False) -> float | int | None:
    """The number of a field, None for ``auto`` or nothing. Raises ValueError with a sentence."""
    plain = text.strip().lower()
    if plain in ("", _AUTO):
        return None
    try:
        return (
            int(plain)
            if whole
            else float(plain.removesuffix("%")) / (100 if plain.endswith("%") else 1)
        )
    except ValueError:
        raise ValueError(f"{text!r} is not a number; {_AUTO} leaves it to us") from None


def read_bytes(text: str) -> int | None:
    """The bytes of ``8 GB``, None for ``auto`` or nothing. Raises ValueError with a sentence."""
    if text.strip().lower() in ("", _AUTO):
        return None
    try:
        return read_size(text)
    except argparse.ArgumentTypeError as error:
        raise ValueError(str(error)) from None


def shown(value: float | None) -> str:
    """A number as it stands in its field."""
    return _AUTO if value is None else f"{value:g}"


class PreferencesDialog(Sheet):
    """A row for each preference. What is not legal is told and changes nothing."""

    tag, title = "preferences", "Preferences"
    width, height = 620, 600

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self.editor = editor

    def build(self) -> None:
        """Make the window, hidden."""
        # half of a number is another number: a field counts when it is left, or by Enter
        if dpg.does_item_exist("preferences:left"):
            dpg.delete_item("preferences:left")
        with dpg.item_handler_registry(tag="preferences:left"):
            dpg.add_item_deactivated_after_edit_handler(callback=self._on_left)
        with self.window():
            with dpg.child_window(height=-px(64), border=False):
                self._part("Window")
                self._choice("theme", "Theme", ("dark", "light"))
                self._text("scale", "Scale", f"0.75 to 3; {_AUTO} is {guess_scale():g} here")
                self._choice("dialogs", "File dialogs", ("native", "own"))
                self._switch("welcome", "Start page at start")
                self._switch("snap", "Nodes keep to the grid")
                self._part("Work")
                self._switch("auto_run", "Changes run by themselves")
                self._text("threads", "Nodes at once", f"{_AUTO}: as many as processors")
                self._text("memory", "Memory for runs", f"such as 8 GB; {_AUTO}: 60 % of all")
                self._part("Store")
                self._text("limit", "Limit", "of all results on disk")
                self._text("store", "Folder", f"{_AUTO}: the usual one; at the next start")
                self._part("Safety")
                self._text("autosave", "Seconds to autosave", "from a change on; at the next start")
                self._text("versions", "Older versions kept", "of every graph; 0: none")
            dpg.add_text("", tag="preferences:wrong", color=accents.WRONG)
            with dpg.group(horizontal=True):
                dpg.add_button(label="All defaults", callback=self._on_defaults)
                dpg.add_button(label="Layout of panels as at first", callback=self._on_layout)
                close = dpg.add_button(label="Close", width=px(90), callback=self.close)
                dpg.bind_item_theme(close, accents.primary())

    def _part(self, title: str) -> None:
        dpg.add_spacer(height=px(3))
        dpg.add_text(title, color=accents.HEAD)

    def _choice(self, name: str, title: str, choices: tuple[str, ...]) -> None:
        with dpg.group(horizontal=True, xoffset=px(190)):
            dpg.add_text(title)
            dpg.add_combo(
                choices,
                tag=f"preferences:{name}",
                width=px(120),
                callback=self._on_value,
                user_data=name,
            )

    def _switch(self, name: str, title: str) -> None:
        with dpg.group(horizontal=True, xoffset=px(190)):
            dpg.add_text(title)
            dpg.add_checkbox(tag=f"preferences:{name}", callback=self._on_value, user_data=name)

    def _text(self, name: str, title: str, hint: str) -> None:
        with dpg.group(horizontal=True, xoffset=px(190)):
            dpg.add_text(title)
            with dpg.group(horizontal=True):
                field = dpg.add_input_text(tag=f"preferences:{name}", width=px(120))
                dpg.bind_item_handler_registry(field, "preferences:left")
                dpg.add_text(hint, color=accents.FAINT)

    def open(self) -> None:
        """Show the preferences as they are."""
        self._fill()
        super().open()

    def _fill(self) -> None:
        now = self.editor.preferences
        disk = self.editor.store.disk
        values: dict[str, Any] = {
            "theme": now.theme,
            "scale": shown(now.scale),
            "dialogs": now.dialogs,
            "welcome": now.welcome,
            "snap": now.snap,
            "auto_run": now.auto_run,
            "threads": shown(now.threads),
            "memory": size(now.memory) if now.memory else _AUTO,
            "limit": size(disk.limit) if disk else "no store",
            "store": now.store or _AUTO,
            "autosave": shown(now.autosave),
            "versions": shown(now.versions),
        }
        for name, value in values.items():
            dpg.set_value(f"preferences:{name}", value)
        dpg.set_value("preferences:wrong", "")

    def _on_value(self, sender: Any, value: Any, name: str) -> None:
        try:
            self.take(name, value)
        except (ValueError, OSError) as error:
            dpg.set_value("preferences:wrong", str(error))
        else:
            dpg.set_value("preferences:wrong", "")

    def _on_left(self, sender: Any, item: int) -> None:
        name = str(dpg.get_item_alias(item)).removeprefix("preferences:")
        self._on_value(sender, dpg.get_value(item), name)

    def take(self, name: str, value: Any) -> None:
        """Take over one choice as its widget gives it. Raises ValueError with a sentence."""
        if name == "limit":
            self._set_limit(str(value))
            return
        made = value
        if name in ("scale", "autosave"):
            made = read_number(value)
        elif name in ("threads", "versions"):
            made = read_number(value, whole=True)
        elif name == "memory":
            made = read_bytes(value)
        elif name == "store":
            made = "" if value.strip() in ("", _AUTO) else value.strip()
            if made and not Path(made).is_absolute():
                raise ValueError("the folder of the store must be a whole path")
        if made is None and name in ("autosave", "versions"):
            made = getattr(Preferences(), name)
        changed = replace(self.editor.preferences, **{name: made})
        if changed != self.editor.preferences:
            self.editor.set_preferences(changed)

    def _set_limit(self, text: str) -> None:
        disk = self.editor.store.disk
        if disk is None:
            raise ValueError("there is no store to be limited")
        limit = read_bytes(text)
        if limit is None:
            raise ValueError("the store needs a limit, such as 100 GB")
        disk.set_limit(limit)

    def _on_defaults(self) -> None:
        self.editor.set_preferences(Preferences())
        self._fill()

    def _on_layout(self) -> None:
        from ui.editor.layout import reset
        from ui.editor.safety.folders import state_folder

        reset(state_folder())
        self.editor.tell("info", "The layout is as at first from the next start on")
