"""Pasting, whatever the program does that holds the clipboard."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.window.screen import ROOT, Window

Open = Callable[..., Window]
SAMPLE = ROOT / "samples" / "first_light.graph.json"

#: a program that holds the clipboard and never says what is in it
_MUTE = """
import ctypes, sys
x11, number = ctypes.CDLL("libX11.so.6"), ctypes.c_ulong
x11.XOpenDisplay.restype = ctypes.c_void_p
for name in ("XDefaultRootWindow", "XInternAtom", "XCreateSimpleWindow"):
    getattr(x11, name).restype = number
display = ctypes.c_void_p(x11.XOpenDisplay(None))
root = number(x11.XDefaultRootWindow(display))
window = number(x11.XCreateSimpleWindow(display, root, 0, 0, 1, 1, 0, 0, 0))
clipboard = number(x11.XInternAtom(display, b"CLIPBOARD", 0))
x11.XSetSelectionOwner(display, clipboard, window, number(0))
x11.XSync(display, 0)
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def mute_owner(window: Window) -> Iterator[None]:
    """Somebody holds the clipboard meanwhile and does not answer."""
    program = subprocess.Popen(
        [sys.executable, "-c", _MUTE],
        env=window.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert program.stdout
    assert program.stdout.readline() == b"ready\n"
    yield
    program.kill()
    program.communicate()


def test_a_program_that_hangs_does_not_hang_the_window(open_window: Open) -> None:
    window = open_window(SAMPLE)
    before = window.document()["text"]
    with mute_owner(window):
        window.move(*window.where("canvas", "area"))
        window.key("ctrl+v")
        window.until(lambda: window.state()["message"][0] == "error", "a sentence")
        assert "does not answer" in window.state()["message"][1]
        assert window.document()["text"] == before
        window.key("F3")  # a text field reads by itself
        window.until(lambda: window.widgets("command search"), "the search for actions")
        window.key("ctrl+v")
        window.until(lambda: window.state()["message"][0] == "warning", "a sentence")
        assert "does not answer" in window.state()["message"][1]
        window.key("Escape")
        window.key("ctrl+a", "ctrl+c", "ctrl+v")  # what is one's own is there at once
        assert len(window.document()["graph"]["nodes"]) == 2 * len(json.loads(before)["nodes"])


def test_who_holds_the_clipboard_is_told_from_who_hangs(open_window: Open) -> None:
    window = open_window(SAMPLE)
    ask = "from ui.editor.selection import owner_answers; print(owner_answers(0, {}))"

    def answers(seconds: float) -> bool:
        words = [sys.executable, "-c", ask.format(seconds)]
        asked = subprocess.Popen(words, env=window.environment, stdout=subprocess.PIPE, text=True)
        while asked.poll() is None:
            window.frame(1)
        return asked.communicate()[0].strip() == "True"

    assert answers(60)  # nobody holds it
    with mute_owner(window):
        assert not answers(0.2)
    window.move(*window.where("canvas", "area"))
    window.key("ctrl+a", "ctrl+c")
    assert answers(60)
