"""The menu bar, made of the table of actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dearpygui.dearpygui as dpg

from ui.editor import filing
from ui.editor.actions import ACTIONS, Action
from ui.editor.editor import Editor
from ui.editor.keyboard import shown

RECENT = "Open recent"


def split(actions: Sequence[Action]) -> dict[str, list[Action]]:
    """The actions by the path of their menu, in the order of the table."""
    menus: dict[str, list[Action]] = {}
    for action in actions:
        menus.setdefault(action.menu, []).append(action)
    return menus


def describe(action: Action) -> str:
    """The shortcut that stands beside an action in its menu."""
    return shown(action.keys[0]) if action.keys else ""


class Menus:
    """The menu bar. What cannot be done now is grey; undo and redo name what they would do."""

    def __init__(self, editor: Editor, do: Callable[[Action], None] | None = None) -> None:
        self.editor = editor
        self._do = do or (lambda action: action.do(editor))
        self._shown: dict[str, tuple[bool, bool | None, str]] = {}
        self._recent: list[Path] | None = None
        self._looked = 0

    def build(self) -> None:
        """Make the bar over the whole window."""
        with dpg.viewport_menu_bar(tag="menus"):
            pass
        made: dict[str, int | str] = {}
        for path, actions in split(ACTIONS).items():
            parent = self._menu(path, made)
            for action in actions:
                dpg.add_menu_item(
                    label=action.title,
                    tag=f"menu:{action.id}",
                    parent=parent,
                    shortcut=describe(action),
                    check=action.checked is not None,
                    callback=self._on_item,
                    user_data=action,
                )
                if action.id == "file.open":
                    dpg.add_menu(label=RECENT, parent=parent, tag="menu:recent")
                if action.help:
                    with dpg.tooltip(f"menu:{action.id}", delay=0.8):
                        dpg.add_text(action.help)

    def _menu(self, path: str, made: dict[str, int | str]) -> int | str:
        """The menu of a path such as ``Edit/Align``, and those around it."""
        if path not in made:
            outer, _, name = path.rpartition("/")
            parent = self._menu(outer, made) if outer else "menus"
            made[path] = dpg.add_menu(label=name, parent=parent, tag=f"menu:{path}")
        return made[path]

    def sync(self) -> None:
        """Grey out what cannot be done; list what was opened last."""
        for action in ACTIONS:
            enabled = bool(action.enabled(self.editor))
            checked = bool(action.checked(self.editor)) if action.checked else None
            now = enabled, checked, self._title(action)
            tag = f"menu:{action.id}"
            if self._shown.get(action.id) == now or not dpg.does_item_exist(tag):
                continue
            self._shown[action.id] = now
            dpg.configure_item(tag, enabled=enabled, label=now[2])
            if checked is not None:
                dpg.set_value(tag, checked)
        self._looked -= 1
        if self._looked <= 0:  # a file read now and then, for another editor may change it
            self._looked = 120
            self._sync_recent()

    def _title(self, action: Action) -> str:
        document = self.editor.document
        name = None
        if action.id == "edit.undo":
            name = document.undo_name
        elif action.id == "edit.redo":
            name = document.redo_name
        return f"{action.title}: {name[:40]}" if name else action.title

    def _sync_recent(self) -> None:
        recent = self.editor.recent.graphs()
        if recent == self._recent:
            return
        self._recent = recent
        dpg.delete_item("menu:recent", children_only=True)
        for path in recent:
            dpg.add_menu_item(
                label=str(path), parent="menu:recent", user_data=path, callback=self._on_recent
            )
        if recent:
            dpg.add_separator(parent="menu:recent")
        dpg.add_menu_item(
            label="Forget all",
            parent="menu:recent",
            enabled=bool(recent),
            callback=self._on_forget,
        )

    def _on_item(self, sender: Any, value: Any, action: Action) -> None:
        self._shown.pop(action.id, None)  # the click has changed its tick
        if action.enabled(self.editor):
            self._do(action)

    def _on_recent(self, sender: Any, value: Any, path: Path) -> None:
        if not path.is_file():
            self.editor.recent.forget_graph(path)
            self._looked = 0
            self.editor.tell("error", f"{path} is not there any more")
            return
        filing.open_file(self.editor, path)
        self._looked = 0

    def _on_forget(self) -> None:
        self.editor.recent.forget_graphs()
        self._looked = 0
