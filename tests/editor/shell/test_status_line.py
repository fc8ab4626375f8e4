"""The line at the bottom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import dearpygui.dearpygui as dpg
import pytest

from graph.disk import Disk
from graph.store import Store
from tests.editor.shell_cases import editor
from ui.editor import theme
from ui.editor.editor import Editor
from ui.editor.results import Results
from ui.editor.shell.status_line import MEMORY_EVERY, STORE_EVERY, StatusLine, say_jobs, say_store
from ui.editor.states import NodeState

__all__ = ["editor"]


def run(editor: Editor, monkeypatch: pytest.MonkeyPatch, **states: Any) -> None:
    """Let these states stand while something runs."""
    monkeypatch.setattr(Results, "running", property(lambda self: True))
    editor.states._states = {id: NodeState(**state) for id, state in states.items()}


def test_the_last_message_and_the_help_of_what_is_under_the_mouse(editor: Editor) -> None:
    line = StatusLine(editor)
    editor.tell("info", "Undone: Move")
    editor.help = "Adds a node"
    assert (line.tell().level, line.tell().message) == ("info", "Adds a node")
    editor.tell("error", "It broke")
    assert (line.tell().level, line.tell().message) == ("error", "It broke"), "never hidden"
    editor.tell("info", "Done again: Move")
    editor.help = ""
    assert line.tell().message == "Done again: Move"


def test_jobs_at_work_are_named_with_the_time_left(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert say_jobs(editor) == ""
    working = {"standing": "running", "left": 12.0}
    run(editor, monkeypatch)
    assert say_jobs(editor) == "planning"
    run(editor, monkeypatch, a=working, b={"standing": "queued"}, c={"standing": "cached"})
    assert say_jobs(editor) == "a, 12 s left, 1 waiting"
    run(editor, monkeypatch, a={"standing": "running", "fraction": 0.25})
    assert say_jobs(editor) == "a, 25%"
    run(editor, monkeypatch, a=working, b={**working, "left": 90.0}, c=working)
    assert say_jobs(editor) == "3 nodes at work, 90 s left"
    editor.results.paused = True
    assert say_jobs(editor).startswith("paused: 3 nodes")


def test_without_auto_run_it_says_so(editor: Editor) -> None:
    editor.preferences = replace(editor.preferences, auto_run=False)
    assert say_jobs(editor) == "auto-run off"


def store(line: StatusLine) -> str:
    """What the line says of the store once that has been looked at."""
    line.tell()
    assert line._looking
    line._looking.join()
    return line.tell().store


def test_memory_and_store_are_looked_at_now_and_then(
    editor: Editor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    line = StatusLine(editor, clock=lambda: now)
    assert store(line) == "no store"
    assert line.tell().memory.startswith("memory ")
    editor.store = Store(1 << 20, Disk(tmp_path / "store", limit=5_000_000_000))
    looks: list[int] = []
    monkeypatch.setattr(Disk, "bytes", lambda self: looks.append(1) or 2_000_000_000)
    now += MEMORY_EVERY
    assert store(line) == "no store"
    now += STORE_EVERY
    assert [store(line) for _ in range(3)] == [say_store(2_000_000_000, 5_000_000_000)] * 3
    assert store(line) == "store 2 GB of 5 GB"
    assert len(looks) == 1


def test_a_store_that_others_hold_or_that_went_does_not_hold_the_window(
    editor: Editor, tmp_path: Path
) -> None:
    now = 100.0
    disk = Disk(tmp_path / "store", limit=5_000_000_000)
    editor.store = Store(1 << 20, disk)
    line = StatusLine(editor, clock=lambda: now)
    with disk._index._lock:  # as while a thread waits for another program to end its writing
        for _ in range(3):
            assert line.tell().store == ""
            now += STORE_EVERY
    assert store(line) == "store 0 B of 5 GB"
    disk.close()
    now += STORE_EVERY
    assert store(line) == "store cannot be read"


def test_what_is_built_shows_it(editor: Editor) -> None:
    with dpg.window(tag="status"):
        pass
    line = StatusLine(editor)
    line.build("status")
    editor.tell("warning", "Two\nlines " + "and many words " * 40)
    line.sync()
    shown = dpg.get_value("status:message")
    assert shown.startswith("Two lines and")
    assert shown.endswith("…")
    assert dpg.get_value("status:whole").startswith("Two lines")
    assert dpg.get_value("status:memory").startswith("memory")


def test_the_line_is_laid_out_anew_for_another_scale_and_theme(editor: Editor) -> None:
    theme.apply("dark", 1.0)
    line = StatusLine(editor, clock=lambda: 100.0)
    line.build(dpg.add_window())
    line._look()

    def figures() -> tuple[float, tuple[float, ...]]:
        line.sync()
        settings = dpg.get_item_configuration("status:memory")
        return settings["indent"], tuple(settings["color"])

    before = figures()
    theme.apply("dark", 1.5)
    try:
        after = figures()
        assert after[0] != before[0]
        editor.preferences = replace(editor.preferences, theme="light")
        assert sum(figures()[1][:3]) < sum(after[1][:3])
    finally:
        theme.apply("dark", 1.0)
