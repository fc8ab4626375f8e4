"""Looking into a running window from outside, for tests: JSON lines on standard input and output.

Each line is an object with a ``do``; each answer repeats its ``id``. ``frame`` answers when so
many more frames were drawn: the barrier after every input.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
from typing import Any

import dearpygui.dearpygui as dpg

from graph.file import serialize


class Probe:
    """Reads questions on a thread of its own and answers them between frames."""

    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._waiting: list[tuple[int, dict[str, Any]]] = []
        threading.Thread(target=self._read, name="probe", daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            self._asked.put(json.loads(line))
        self._asked.put({"do": "quit"})

    def answer(self, window: Any) -> None:
        """Answer what was asked since the last frame."""
        while True:
            try:
                question = self._asked.get_nowait()
            except queue.Empty:
                break
            if question["do"] == "frame":
                self._waiting.append((window.frames + int(question.get("after", 1)), question))
            else:
                self._say(question, self._find(window, question))
        due = [asked for frame, asked in self._waiting if frame <= window.frames]
        self._waiting = [entry for entry in self._waiting if entry[0] > window.frames]
        for question in due:
            self._say(question, window.frames)

    def _say(self, question: dict[str, Any], answer: Any) -> None:
        line = json.dumps({"id": question.get("id"), "answer": answer}, default=str)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def _find(self, window: Any, question: dict[str, Any]) -> Any:
        try:
            return getattr(self, f"_{question['do']}")(window, question)
        except Exception as fault:  # a test asks for what is not there yet: it decides
            return {"error": f"{type(fault).__name__}: {fault}"}

    def _quit(self, window: Any, question: dict[str, Any]) -> bool:
        window.editor.over = True
        return True

    def _buttons(self, window: Any, question: dict[str, Any]) -> list[int]:
        """The mouse buttons that the window has seen go down and not up."""
        return sorted(window.down)

    def _costs(self, window: Any, question: dict[str, Any]) -> list[float]:
        """Seconds that the main thread was at work for each of the last frames."""
        costs = list(window.costs)
        if question.get("clear"):
            window.costs.clear()
        return costs

    def _document(self, window: Any, question: dict[str, Any]) -> dict[str, Any]:
        document = window.editor.document
        return {
            "text": serialize(document.graph),
            "path": str(document.path) if document.path else None,
            "modified": document.modified,
            "selection": sorted(document.selection),
            "undo": document.undo_name,
            "redo": document.redo_name,
            "revision": document.revision,
        }

    def _state(self, window: Any, question: dict[str, Any]) -> dict[str, Any]:
        editor = window.editor
        states = editor.states
        return {
            "busy": editor.busy,
            "running": editor.results.running,
            "message": editor.message,
            "documents": len(editor.documents),
            "questions": len(editor.questions),
            "nodes": {id: states[id].standing for id in editor.document.graph.nodes},
            "texts": {id: states[id].text for id in editor.document.graph.nodes},
            "pictures": [f"{w.node}.{w.output}" for w in editor.results.pictures],
            "errors": list(editor.results.errors.values()),
        }

    def _where(self, window: Any, question: dict[str, Any]) -> Any:
        """A place that a panel knows: ``{"do": "where", "panel": "canvas", "of": ["pin", …]}``."""
        return window.editor.panels[question["panel"]].where(*question["of"])

    def _ask(self, window: Any, question: dict[str, Any]) -> Any:
        """What a panel says of itself: ``{"do": "ask", "panel": "viewer 1"}``."""
        return window.editor.panels[question["panel"]].describe()

    def _item(self, window: Any, question: dict[str, Any]) -> Any:
        """The rectangle, visibility and value of a widget by its tag."""
        tag = question["tag"]
        if not dpg.does_item_exist(tag):
            return None
        state = dpg.get_item_state(tag)
        found: dict[str, Any] = {
            "rect": [*state.get("rect_min", (0, 0)), *state.get("rect_size", (0, 0))],
            "visible": state.get("visible"),
            "shown": dpg.is_item_shown(tag),
            "hovered": state.get("hovered"),
            "active": state.get("active"),
        }
        try:
            value = dpg.get_value(tag)
            found["value"] = value if isinstance(value, str | int | float | bool) else None
        except Exception:
            found["value"] = None
        found["label"] = dpg.get_item_label(tag)
        return found

    def _items(self, window: Any, question: dict[str, Any]) -> list[str]:
        """The tags of widgets that begin so."""
        names = (dpg.get_item_alias(item) for item in dpg.get_all_items())
        return [name for name in names if name and name.startswith(question["tag"])]

    def _widgets(self, window: Any, question: dict[str, Any]) -> list[dict[str, Any]]:
        """What can be read and clicked inside an item by its tag; ``modal`` is the question."""
        found: list[dict[str, Any]] = []
        item = _modal() if question["tag"] == "modal" else question["tag"]
        if item:
            _read(item, found)
        return found


def _modal() -> Any:
    """The window that wants an answer before anything else goes on, if there is one."""
    shown = (item for item in dpg.get_windows() if dpg.is_item_shown(item))
    asked = (i for i in shown if dpg.get_item_configuration(i).get("modal"))
    return next(asked, None)


def _read(item: Any, found: list[dict[str, Any]]) -> None:
    for children in dpg.get_item_children(item).values():
        for child in children:
            kind = dpg.get_item_type(child).rpartition("::mv")[2]
            if not dpg.is_item_shown(child) or kind == "Tooltip":
                continue
            state = dpg.get_item_state(child)
            value = dpg.get_value(child)
            plain = kind not in ("Group", "Spacer")
            if plain and state.get("visible", True) and "rect_min" in state:
                found.append(
                    {
                        "kind": kind,
                        "label": str(dpg.get_item_label(child) or "").partition("##")[0],
                        "value": value if isinstance(value, str | int | float | bool) else None,
                        "rect": [*state["rect_min"], *state["rect_size"]],
                    }
                )
            _read(child, found)
