"""Whether a window can be shown, without showing one."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ui.editor.safety import preflight
from ui.editor.safety.preflight import explain, remember_window, why_no_window

Patch = pytest.MonkeyPatch


@pytest.fixture
def display(monkeypatch: Patch) -> None:
    """A display that answers."""
    monkeypatch.setattr(preflight.sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.setattr(preflight, "_answers", lambda display: True)


@pytest.fixture
def trials(monkeypatch: Patch) -> list[Any]:
    """The trials made; what they say is put first."""
    said: list[Any] = [(0, "")]
    made: list[Any] = []

    def run(*arguments: Any, **options: Any) -> Any:
        made.append(arguments)
        if isinstance(said[0], Exception):
            raise said[0]
        return subprocess.CompletedProcess(arguments, said[0][0], "", said[0][1])

    monkeypatch.setattr(preflight.subprocess, "run", run)
    made.append(said)
    return made


def test_without_a_display_it_says_so_and_tries_nothing(
    monkeypatch: Patch, tmp_path: Path, trials: list[Any]
) -> None:
    monkeypatch.setattr(preflight.sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert "DISPLAY is not set" in str(why_no_window(tmp_path))
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert "XWayland" in str(why_no_window(tmp_path))
    for name in (":94321", "nonsense", "a:b", ""):
        monkeypatch.setenv("DISPLAY", name)
        assert why_no_window(tmp_path)
    assert len(trials) == 1


def test_a_display_that_answers_is_found(monkeypatch: Patch, tmp_path: Path) -> None:
    place = str(tmp_path / "X7")
    monkeypatch.setattr(preflight, "_sockets", lambda number: (place, place))
    assert not preflight._answers(":7")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(place)
        server.listen()
        assert preflight._answers(":7")
        assert preflight._answers(":7.0")
        assert preflight._answers("unix:7")


@pytest.mark.usefixtures("display")
def test_what_has_worked_is_not_tried_again(tmp_path: Path, trials: list[Any]) -> None:
    assert why_no_window(tmp_path) is None
    assert len(trials) == 2
    remember_window(tmp_path)
    assert why_no_window(tmp_path) is None
    assert len(trials) == 2
    assert why_no_window(tmp_path) is None  # the window did not come: nobody said that it did
    assert len(trials) == 3


@pytest.mark.usefixtures("display")
def test_another_display_is_tried(monkeypatch: Patch, tmp_path: Path, trials: list[Any]) -> None:
    remember_window(tmp_path)
    monkeypatch.setenv("DISPLAY", ":8")
    assert why_no_window(tmp_path) is None
    assert len(trials) == 2


@pytest.mark.usefixtures("display")
def test_a_failed_trial_is_told(tmp_path: Path, trials: list[Any]) -> None:
    trials[0][0] = (-6, "Glfw Error 65542: GLX: No GLXFBConfigs returned\n")
    assert "OpenGL" in str(why_no_window(tmp_path))
    trials[0][0] = subprocess.TimeoutExpired("python", 30)
    assert "did not answer" in str(why_no_window(tmp_path))
    trials[0][0] = OSError(12, "Cannot allocate memory")
    assert "Cannot allocate memory" in str(why_no_window(tmp_path))


@pytest.mark.usefixtures("display")
def test_without_dear_pygui_it_says_how_to_get_it(monkeypatch: Patch, tmp_path: Path) -> None:
    monkeypatch.setattr(preflight.importlib.util, "find_spec", lambda name: None)
    assert "pip install dearpygui" in str(why_no_window(tmp_path))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            "ImportError: /lib/libc.so.6: version `GLIBC_2.34' not found (required by x.so)",
            "too old",
        ),
        ("ImportError: /x/libstdc++.so.6: version `GLIBCXX_3.4.30' not found", "too old"),
        (
            "ImportError: libX11.so.6: cannot open shared object file: No such file or directory",
            "missing: libX11.so.6.",
        ),
        ("GLX extension not found\nAborted", "no OpenGL 3 (GLX extension not found)."),
        ("x/glfw/src/window.c:533: Assertion failed.", "no OpenGL 3. Install"),
        ("", "without a word"),
        ("something new", "something new"),
    ],
)
def test_what_a_trial_says_is_explained(said: str, words: str) -> None:
    assert words in explain(said)
