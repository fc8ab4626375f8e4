"""``linearlink edit``, as far as it goes without a screen."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.command_line import SAMPLES, Command, told
from ui.editor.safety import preflight


def test_without_a_display_it_says_why(
    linearlink: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight.sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    told(linearlink("edit"), 2, "no display", "DISPLAY is not set", "linearlink run needs no")


def test_a_file_that_is_not_there_is_told_before_any_window(
    linearlink: Command, tmp_path: Path
) -> None:
    told(linearlink("edit", tmp_path / "no.json"), 2, "no.json", "there is no such file")
    told(linearlink("edit", tmp_path), 2, "is a folder")


def test_the_window_gets_what_was_asked_for(
    linearlink: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[Any] = []

    def show(arguments: Any) -> int:
        asked.append(arguments)
        return 0

    monkeypatch.setattr(preflight, "why_no_window", lambda: None)
    monkeypatch.setitem(sys.modules, "ui.editor.start", SimpleNamespace(show=show))
    graph = SAMPLES / "first_light.graph.json"
    assert linearlink("edit").code == 0
    assert linearlink("edit", graph, graph, "--store", tmp_path, "--ui-probe").code == 0
    assert linearlink("edit", "--no-store").code == 0
    assert [a.graphs for a in asked] == [[], [graph, graph], []]
    assert [a.store for a in asked] == [None, tmp_path, None]
    assert [a.no_store for a in asked] == [False, False, True]
    assert [a.ui_probe for a in asked] == [False, True, False]


def test_the_probe_is_not_in_the_help(linearlink: Command) -> None:
    done = linearlink("edit", "--help")
    assert "--store" in done.out
    assert "probe" not in done.out


def test_running_a_graph_imports_no_window(tmp_path: Path) -> None:
    import subprocess

    code = (
        "import sys; from linearlink import main; "
        f"code = main(['run', {str(SAMPLES / 'first_light.graph.json')!r}, '--target', 'combine', "
        "'--no-store', '--quiet']); "
        "bad = [m for m in sys.modules if m.startswith(('dearpygui', 'ui.editor', 'tkinter'))]; "
        "print(code, bad)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=SAMPLES.parent
    )
    assert done.stdout.splitlines()[-1] == "0 []", done.stderr
