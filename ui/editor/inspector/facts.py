"""What stands at a node: its state, inputs, outputs and the values at hand, help."""

from __future__ import annotations

from typing import Any

import dearpygui.dearpygui as dpg

from graph.errors import Problem
from graph.spec import Output, Socket
from graph.values import summarize, type_color, type_name
from ui.editor.canvas.paint import Color, rgba
from ui.editor.inspector.help_text import read_help
from ui.editor.inspector.looks import Ink
from ui.editor.inspector.widgets import Desk
from ui.editor.inspector.wrapped_text import WrappedText
from ui.editor.states import NodeState
from ui.editor.theme import px
from ui.units import duration

#: what each standing is called, and the name of its colour
_WORDS = {
    "unknown": ("not looked at yet", "dim"),
    "cached": ("up to date", "good"),
    "stale": ("would run", "stale"),
    "queued": ("waits for its turn", "busy"),
    "running": ("running", "busy"),
    "failed": ("failed", "bad"),
    "blocked": ("blocked", "warn"),
    "resting": ("rests", "dim"),
    "missing": ("type not installed", "bad"),
}


def tell_state(state: NodeState) -> tuple[str, str]:
    """A line about what stands at a node, and the name of its colour in ``Ink``."""
    words, color = _WORDS[state.standing]
    parts = [words]
    if state.standing == "running" and state.fraction is not None:
        parts[0] += f" {100 * state.fraction:.0f} %"
        if state.left is not None:
            parts.append(f"{duration(state.left)} left")
    if state.total > 1 and state.standing == "stale":
        parts[0] = f"{state.total - state.done} of {state.total} items would run"
    elif state.total > 1:
        parts.append(f"{state.done} of {state.total} items")
    if state.seconds is not None and state.standing in ("cached", "failed"):
        parts.append(f"took {duration(state.seconds)}")
    return ", ".join(parts), color


def tell_socket(socket: Socket, source: tuple[str, str] | None) -> str:
    """What feeds a socket, in words."""
    if source:
        return f"← {source[0]}.{source[1]}"
    if socket.implicit:
        return f"made by {socket.implicit.title}"
    return "not connected" + (" (optional)" if socket.optional else "")


def tell_type(end: Socket | Output) -> str:
    """``Image``, ``list of Image``."""
    name = type_name(end.type)
    return f"list of {name}" if end.depth else name


class Facts:
    """The lower part of the inspector, of one node."""

    def __init__(self, desk: Desk, id: str) -> None:
        self._desk, self._id = desk, id

    @property
    def _ink(self) -> Ink:
        return self._desk.looks.ink

    def build_state(self) -> None:
        """The lines about what stands at the node."""
        self._state = dpg.add_text("", wrap=0)
        self._reason = dpg.add_text("", wrap=0, color=self._ink.dim)
        self._warnings = dpg.add_text("", wrap=0, color=self._ink.warn)
        self._problems = dpg.add_text("", wrap=0, color=self._ink.bad)
        with dpg.tree_node(label="Trace, for developers", show=False) as self._fold:
            self._trace = dpg.add_input_text(
                multiline=True, readonly=True, width=-1, height=px(140)
            )

    def build_ends(self) -> None:
        """Sections of inputs and outputs."""
        spec = self._desk.editor.document.graph.spec(self._id)
        self._sources: dict[str, int] = {}
        self._values: dict[str, WrappedText] = {}
        if spec is None:
            return
        if spec.sockets:
            with self._desk.section("Inputs", False), _two_columns():
                for socket in spec.sockets.values():
                    with dpg.table_row():
                        self._name(socket)
                        button = dpg.add_button(width=-1, callback=self._go, user_data=socket.name)
                        dpg.bind_item_theme(button, self._desk.looks.link)
                        self._sources[socket.name] = button
        if spec.outputs:
            with self._desk.section("Outputs", True), _two_columns():
                for output in spec.outputs.values():
                    with dpg.table_row():
                        self._name(output)
                        self._values[output.name] = WrappedText()
                        self._values[output.name].build()

    def _name(self, end: Socket | Output) -> None:
        color: Color = rgba(type_color(end.type))
        with dpg.group(horizontal=True):
            dpg.add_text("●", color=color)
            dpg.add_text(end.name)
        with dpg.tooltip(dpg.last_container()):
            dpg.add_text(tell_type(end))

    def build_help(self) -> None:
        """The docstring, folded."""
        spec = self._desk.editor.document.graph.spec(self._id)
        if spec is None:
            return
        with self._desk.section("Help", False):
            dpg.add_text(spec.id, color=self._ink.dim)
            for paragraph in read_help(spec.doc):
                if paragraph.kind == "setting":
                    dpg.add_text(paragraph.name, color=self._ink.accent)
                    dpg.add_text(paragraph.text, wrap=0, indent=px(12))
                else:
                    dpg.add_text(paragraph.text, wrap=0 if paragraph.kind == "text" else -1)
                dpg.add_spacer(height=px(2))

    def refresh(self) -> None:
        """Take the room that there is; called every frame."""
        for text in self._values.values():
            text.fit()

    def show(self, problems: list[Problem]) -> None:
        """Show what stands now. problems: those that belong to no parameter."""
        state = self._desk.editor.states[self._id]
        text, color = tell_state(state)
        dpg.set_value(self._state, f"● {text}")
        dpg.configure_item(self._state, color=getattr(self._ink, color))
        self._tell(self._reason, state.text, bad=state.standing in ("failed", "missing"))
        self._tell(self._warnings, "\n".join(f"! {warning}" for warning in state.warnings))
        own = [p.message if not p.name else f"{p.name}: {p.message}" for p in problems]
        self._tell(self._problems, "\n".join(text for text in own if text not in state.text))
        failed = state.standing == "failed"
        trace = self._desk.editor.results.traces.get(self._id, "") if failed else ""
        dpg.configure_item(self._fold, show=bool(trace))
        dpg.set_value(self._trace, trace)
        self._show_ends()

    def _tell(self, item: int, text: str, bad: bool | None = None) -> None:
        dpg.set_value(item, text)
        dpg.configure_item(item, show=bool(text))
        if bad is not None:
            dpg.configure_item(item, color=self._ink.bad if bad else self._ink.dim)

    def _show_ends(self) -> None:
        graph = self._desk.editor.document.graph
        spec, feeds = graph.spec(self._id), graph.feeds(self._id)
        for name, button in self._sources.items():
            if spec:
                dpg.set_item_label(button, tell_socket(spec.sockets[name], feeds.get(name)))
            looks = self._desk.looks
            dpg.bind_item_theme(button, looks.link if name in feeds else looks.flat)
        pictures = self._desk.editor.results.pictures.items()
        for name, text in self._values.items():
            shown = [p for want, p in pictures if (want.node, want.output) == (self._id, name)]
            words = type_name(spec.outputs[name].type) if spec else ""
            if shown:
                words = summarize(shown[0].value)
                if shown[0].items is not None:
                    words = f"{shown[0].items} frames; {words}"
            text.show(words, self._ink.text if shown else self._ink.dim)

    def _go(self, sender: Any, app_data: Any, name: str) -> None:
        document = self._desk.editor.document
        source = document.graph.feeds(self._id).get(name)
        if source:
            document.select([source[0]])


def _two_columns() -> Any:
    table = dpg.table(header_row=False, policy=dpg.mvTable_SizingStretchProp)
    return _Columns(table, (2, 3))


class _Columns:
    """A table whose columns have these weights."""

    def __init__(self, table: Any, weights: tuple[int, ...]) -> None:
        self._table, self._weights = table, weights

    def __enter__(self) -> int:
        found: int = self._table.__enter__()
        for weight in self._weights:
            dpg.add_table_column(init_width_or_weight=weight)
        return found

    def __exit__(self, *error: Any) -> Any:
        return self._table.__exit__(*error)
