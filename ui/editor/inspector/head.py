"""The head of the inspector: title, id, type, mode, what is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import dearpygui.dearpygui as dpg

from graph.errors import GraphError
from graph.model import MODES, POLICIES
from ui.editor.inspector import setting
from ui.editor.inspector.flow import Flow
from ui.editor.inspector.widgets import Desk
from ui.editor.theme import explain, px

#: what is told of each mode and policy
_MODE_HELP = {
    "run": "does its work",
    "bypass": "passes its input on as if it were not there",
    "mute": "rests, and so does what needs it",
}
_KEEP_LABELS = {
    "auto": "keep: auto",
    "keep": "keep: always",
    "never": "keep: never",
}
_KEEP_HELP = """Whether results stay in the store.
auto: as they are worth it, by the time that it took to make them
always: they go last when room is needed
never: made again at every run"""


class Head:
    """What is told of the selected nodes as such, and edited."""

    def __init__(
        self, desk: Desk, ids: Sequence[str], pinned: bool, pin: Callable[[], None]
    ) -> None:
        self._desk, self._ids = desk, ids
        self._pinned, self._pin = pinned, pin
        self._modes: dict[str, int] = {}
        self._flow = Flow()

    def build(self) -> None:
        """Make the items under the parent on Dear PyGui's stack."""
        ink = self._desk.looks.ink
        self._one = len(self._ids) == 1
        if self._one:
            self._build_names()
        else:
            with dpg.group(horizontal=True):
                dpg.add_text(f"{len(self._ids)} nodes selected")
                self._build_pin()
            dpg.add_text("What is set here is set at all of them.", color=ink.dim)
        self._flow.build()
        for mode in MODES:
            name = mode.capitalize()
            button = dpg.add_button(label=name, callback=self._set_mode, user_data=mode)
            self._modes[mode] = button
            explain(button, f"{name}: {_MODE_HELP[mode]}")
            self._flow.add(button, name)
        labels = list(_KEEP_LABELS.values())
        self._keep = dpg.add_combo(labels, callback=self._set_keep)
        explain(self._keep, _KEEP_HELP)
        self._flow.add(self._keep, max(labels, key=len), more=22)  # and the arrow
        self._problem = dpg.add_text("", show=False, wrap=0, color=ink.bad)

    def _build_names(self) -> None:
        ink = self._desk.looks.ink
        graph = self._desk.editor.document.graph
        node, spec = graph.nodes[self._ids[0]], graph.spec(self._ids[0])
        with dpg.group(horizontal=True):
            hint = spec.title if spec else node.type
            self._title = dpg.add_input_text(width=-px(48), hint=hint)
            self._build_pin()
        explain(self._title, "title on the canvas; empty for that of the type")
        self._desk.listening.listen(self._title, self._set_title)
        with dpg.group(horizontal=True):
            self._id = dpg.add_input_text(width=px(130), auto_select_all=True)
            explain(self._id, "id: its name in the file, on the command line and in messages")
            self._desk.listening.listen(self._id, self._rename)
            version = f"{node.type}  v{spec.version}" if spec else f"{node.type}  not installed"
            dpg.add_text(version, color=ink.dim if spec else ink.bad)

    def _build_pin(self) -> None:
        looks = self._desk.looks
        button = dpg.add_button(label="Pin", width=px(40), callback=self._pin)
        dpg.bind_item_theme(button, looks.on if self._pinned else looks.off)
        words = "click to follow the selection again" if self._pinned else "click to go on"
        rest = "" if self._pinned else " showing this when other nodes are selected"
        explain(button, words + rest)

    def refresh(self) -> None:
        """Take the room that there is; called every frame."""
        self._flow.fit()

    def show(self) -> None:
        """Show titles and modes as they are now."""
        graph, looks = self._desk.editor.document.graph, self._desk.looks
        nodes = [graph.nodes[id] for id in self._ids]
        if self._one:
            if not dpg.is_item_active(self._title):
                dpg.set_value(self._title, nodes[0].title)
            if not dpg.is_item_active(self._id):
                dpg.set_value(self._id, self._ids[0])
        for mode, button in self._modes.items():
            chosen = all(node.mode == mode for node in nodes)
            dpg.bind_item_theme(button, looks.on if chosen else looks.off)
        keeps = {node.keep for node in nodes}
        dpg.set_value(self._keep, _KEEP_LABELS[keeps.pop()] if len(keeps) == 1 else "several")

    # --- what the user does ----------------------------------------------------------------------

    def _set_title(self) -> None:
        document = self._desk.editor.document
        title = dpg.get_value(self._title)
        if self._ids[0] in document.graph.nodes:
            self._try(lambda: setting.set_title(document, self._ids[0], title))

    def _rename(self) -> None:
        document = self._desk.editor.document
        new, id = dpg.get_value(self._id).strip(), self._ids[0]
        if new != id and id in document.graph.nodes:
            self._try(lambda: setting.rename(document, id, new))

    def _set_mode(self, sender: Any, app_data: Any, mode: str) -> None:
        self._try(lambda: setting.set_mode(self._desk.editor.document, self._ids, mode))

    def _set_keep(self, sender: Any, label: str) -> None:
        keep = POLICIES[list(_KEEP_LABELS.values()).index(label)]
        self._try(lambda: setting.set_keep(self._desk.editor.document, self._ids, keep))

    def _try(self, change: Any) -> None:
        try:
            change()
        except GraphError as error:
            message = "; ".join(problem.message for problem in error.problems)
            dpg.set_value(self._problem, message)
            dpg.show_item(self._problem)
        else:
            dpg.hide_item(self._problem)
