"""The line at the bottom: what was said last, what is at work, memory and store."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import dearpygui.dearpygui as dpg

from graph.units import size
from ui.editor.editor import Editor
from ui.editor.letters import cut, width
from ui.editor.log import Level
from ui.editor.shell import accents
from ui.editor.theme import TEXT, px
from ui.units import duration

#: seconds between looks at what costs more than a glance
MEMORY_EVERY, STORE_EVERY = 1.0, 5.0
COLORS = {"info": accents.PLAIN, "warning": (226, 178, 62, 255), "error": accents.WRONG}
#: words at work that are named; of more only the number
_NAMED = 2
#: figures beside the message; on the light ground the common colour would be too pale
_FAINT = {"dark": accents.FAINT, "light": (88, 92, 100, 255)}


@dataclass(frozen=True, slots=True)
class Line:
    """What the line says, from left to right, and the colour of the first by its level."""

    level: Level
    message: str
    jobs: str
    memory: str
    store: str


def say_jobs(editor: Editor) -> str:
    """What is at work on the graph shown, and how long it will take."""
    results, states = editor.results, editor.states
    if not results.running:
        return "paused" if results.paused else "" if editor.preferences.auto_run else "auto-run off"
    working, waiting = states.running(), states.queued()
    parts = []
    if working:
        few = len(working) <= _NAMED
        parts.append(", ".join(working) if few else f"{len(working)} nodes at work")
        left = max((states[id].left or 0.0 for id in working), default=0.0)
        if left:
            parts.append(f"{duration(left)} left")
        elif few and (share := states[working[0]].fraction):
            parts.append(f"{share:.0%}")
    if waiting:
        parts.append(f"{len(waiting)} waiting")
    said = ", ".join(parts) or "planning"
    return f"paused: {said}" if results.paused else said


def say_store(used: int, limit: int) -> str:
    """How full the store is."""
    return f"store {size(used)} of {size(limit)}"


class StatusLine:
    """The line; ``tell`` is asked for the time by a clock that tests can set."""

    def __init__(self, editor: Editor, clock: Callable[[], float] = time.monotonic) -> None:
        self.editor = editor
        self._clock = clock
        self._memory, self._memory_due = "", 0.0
        self._store, self._store_due = "", 0.0
        self._looking: threading.Thread | None = None
        self._shown: tuple[Line, int, float, str] | None = None

    def build(self, parent: int | str = 0) -> None:
        """Make the texts."""
        self._parent = parent
        with dpg.group(horizontal=True, parent=parent):
            for part in ("message", "jobs", "memory", "store"):
                dpg.add_text("", tag=f"status:{part}")
        with dpg.tooltip("status:message"):
            dpg.add_text("", tag="status:whole", wrap=px(600))

    def tell(self) -> Line:
        """What the line says now."""
        now = self._clock()
        if now >= self._memory_due:
            self._memory_due = now + MEMORY_EVERY
            self._memory = _own_memory()
        if now >= self._store_due and not (self._looking and self._looking.is_alive()):
            self._store_due = now + STORE_EVERY
            self._looking = threading.Thread(target=self._look, name="store", daemon=True)
            self._looking.start()
        level, message = self.editor.message
        if self.editor.help and level == "info":  # no help hides what went wrong
            message = self.editor.help
        return Line(level, message, say_jobs(self.editor), self._memory, self._store)

    def _look(self) -> None:
        """Ask how full the store is, aside: while another program writes it that can take long."""
        disk = self.editor.store.disk
        try:
            self._store = say_store(disk.bytes(), disk.limit) if disk else "no store"
        except (OSError, sqlite3.Error):
            self._store = "store cannot be read"

    def sync(self) -> None:
        """Show what has changed; the message takes the room that the rest leaves."""
        line = self.tell()
        wide = int(dpg.get_item_rect_size(self._parent)[0]) if self._parent else 0
        text = float(px(TEXT))
        theme = self.editor.preferences.theme
        if self._shown == (line, wide, text, theme):
            return
        self._shown = line, wide, text, theme
        right = [line.jobs, line.memory, line.store]
        room = (wide or px(1400)) - sum(width(part, text) + px(18) for part in right) - px(24)
        whole = " ".join(line.message.split())
        message = cut(whole, text, max(room, 40.0))
        dpg.set_value("status:whole", whole)
        dpg.set_value("status:message", message)
        dpg.configure_item("status:message", color=COLORS[line.level])
        x = room + px(18)
        for part, said in zip(("jobs", "memory", "store"), right, strict=True):
            dpg.set_value(f"status:{part}", said)
            dpg.configure_item(f"status:{part}", indent=max(1, int(x)))
            color = _FAINT[theme] if part != "jobs" else accents.HEAD
            dpg.configure_item(f"status:{part}", color=color)
            x += width(said, text) + px(18)

    def describe(self) -> dict[str, Any]:
        """What it says, for tests."""
        line = self.tell()
        return {"message": line.message, "jobs": line.jobs, "store": line.store}


def _own_memory() -> str:
    import psutil

    return f"memory {size(psutil.Process().memory_info().rss)}"
