"""The start page: samples, recent graphs, a tour."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import dearpygui.dearpygui as dpg
import numpy as np

from ui.editor import filing
from ui.editor.editor import Editor
from ui.editor.letters import cut
from ui.editor.shell import accents
from ui.editor.shell.samples import Sample, find_samples, open_place
from ui.editor.shell.sheet import Sheet
from ui.editor.theme import TEXT, px

PICTURE = 200, 125
_LEFT, _RIGHT = 250, 470
_MOST = 10


def first_sentence(text: str) -> str:
    """The sentence that a description begins with."""
    head, dot, _ = text.partition(". ")
    return head + dot.strip()


def load_picture(path: Path) -> tuple[int, int, np.ndarray] | None:
    """Width, height and float32 RGBA of a small picture, or None when it cannot be read."""
    from PIL import Image

    try:
        with Image.open(path) as found:
            pixels = np.asarray(found.convert("RGBA"), np.float32) / 255
    except (OSError, ValueError):
        return None
    return pixels.shape[1], pixels.shape[0], np.ascontiguousarray(pixels).ravel()


class StartPage(Sheet):
    """What somebody sees who starts the editor without a graph."""

    tag, title = "start", "Welcome to LinearLink"
    width, height = 780, 560

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self.editor = editor
        self._is_start = False

    def build(self) -> None:
        """Make the window, hidden."""
        empty = not any(d.path or d.graph.nodes for d in self.editor.documents)
        welcome = self.editor.preferences.welcome
        self._is_start = welcome and empty and not self.editor.questions
        with self.window(), dpg.group(horizontal=True):
            with dpg.child_window(width=px(_LEFT), border=False):
                self._build_left()
            with dpg.child_window(border=False):
                dpg.add_text("Samples", color=accents.FAINT)
                for sample in find_samples():
                    self._add_sample(sample)

    def sync(self) -> None:
        """Show it once at start, where nothing else is open and the user wants it."""
        if self._is_start:
            self._is_start = False
            self.open()

    def _build_left(self) -> None:
        dpg.add_text("Begin", color=accents.FAINT)
        wide = px(_LEFT - 16)
        first = dpg.add_button(label="Empty graph", width=wide, callback=self._on_empty)
        dpg.bind_item_theme(first, accents.primary())
        dpg.add_button(label="Open a graph…", width=wide, callback=self._on_open)
        dpg.add_button(label="Tour in five steps", width=wide, callback=self._on_tour)
        dpg.add_spacer(height=px(10))
        dpg.add_text("Recent graphs", color=accents.FAINT)
        with dpg.child_window(tag="start:recent", height=-px(34), border=False):
            pass
        dpg.add_checkbox(
            label="Show this at start",
            tag="start:welcome",
            default_value=self.editor.preferences.welcome,
            callback=self._on_welcome,
        )

    def _add_sample(self, sample: Sample) -> None:
        with dpg.group(horizontal=True):
            texture = self._texture(sample)
            if texture:
                dpg.add_image_button(
                    texture,
                    width=px(PICTURE[0]),
                    height=px(PICTURE[1]),
                    callback=self._on_sample,
                    user_data=sample.path,
                )
            with dpg.group():
                dpg.add_button(
                    label=sample.title,
                    tag=f"start:{sample.path.name}",
                    callback=self._on_sample,
                    user_data=sample.path,
                )
                room = _RIGHT - (PICTURE[0] + 24 if texture else 0)
                dpg.add_text(first_sentence(sample.text), wrap=px(room), color=accents.FAINT)
        dpg.add_spacer(height=px(8))

    def _texture(self, sample: Sample) -> int | str | None:
        found = load_picture(sample.picture) if sample.picture else None
        if found is None:
            return None
        with dpg.texture_registry():
            texture: int | str = dpg.add_static_texture(*found)
        return texture

    def open(self) -> None:
        """Show it with what was opened last."""
        dpg.delete_item("start:recent", children_only=True)
        known = [path for path in self.editor.recent.graphs() if path.is_file()][:_MOST]
        for path in known:
            name = path.name.removesuffix(".json").removesuffix(".graph")
            label = cut(name, px(TEXT), px(_LEFT - 40))
            button = dpg.add_button(
                label=f"{label}##{path}",
                parent="start:recent",
                width=-1,
                callback=self._on_file,
                user_data=path,
            )
            dpg.bind_item_theme(button, accents.plain_button())
            with dpg.tooltip(button):
                dpg.add_text(str(path))
        if not known:
            dpg.add_text("none yet", parent="start:recent", color=accents.FAINT)
        dpg.set_value("start:welcome", self.editor.preferences.welcome)
        super().open()

    def _on_empty(self) -> None:
        self.close()
        if self.editor.document.path or self.editor.document.graph.nodes:
            filing.new(self.editor)

    def _on_open(self) -> None:
        self.close()
        filing.ask_open(self.editor)

    def _on_tour(self) -> None:
        self.close()
        self.editor.panels["tour"].open()

    def _on_file(self, sender: Any, value: Any, path: Path) -> None:
        self.close()
        filing.open_file(self.editor, path)

    def _on_sample(self, sender: Any, value: Any, path: Path) -> None:
        try:
            place = open_place(path)
        except OSError as error:
            self.editor.tell("error", f"the sample cannot be copied: {error}")
        else:
            self._on_file(sender, value, place)

    def _on_welcome(self, sender: Any, on: bool) -> None:
        self.editor.set_preferences(replace(self.editor.preferences, welcome=on))
