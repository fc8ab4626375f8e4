"""The text in the clipboard of the system.

``dpg.get_clipboard_text`` ends the process when the clipboard is empty or holds a picture, so it
is only called where it is known that there is a text.

Under X11 the text is asked of the program that it was copied in. The library of the window waits
for the answer without end, so a program that hangs, or ends just then, would hang this one too.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any

import dearpygui._dearpygui as library
import dearpygui.dearpygui as dpg

from graph.errors import GraphError
from ui.editor.selection import owner_answers

#: text, by its number in Windows
_UNICODE_TEXT = 13
#: seconds that the other program has
_PATIENCE = 1.0
_MUTE = "nothing is pasted: the program that holds the clipboard does not answer; copy it again"
_GETTER = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
_kept: list[Any] = []  # what the library calls has to stay


def read_clipboard() -> str:
    """The text in the clipboard, empty when it holds none. For the main thread, in the window.

    Raises GraphError when the program that holds it does not answer.
    """
    if sys.platform == "win32":
        has_text = ctypes.windll.user32.IsClipboardFormatAvailable(_UNICODE_TEXT)
        return str(dpg.get_clipboard_text()) if has_text else ""
    if not _answers():
        raise GraphError(_MUTE)
    read = ctypes.PyDLL(library.__file__)["_ZN5ImGui16GetClipboardTextEv"]
    read.argtypes, read.restype = (), ctypes.c_char_p
    found: bytes | None = read()
    return (found or b"").decode("utf-8", "replace")


def guard_clipboard(tell: Callable[[str], None]) -> None:
    """Let text fields, too, read the clipboard only if its owner answers.

    tell: is called with a sentence when it does not. For the main thread, when the window is
    shown. Changes nothing where there is no X11.
    """
    if not sys.platform.startswith("linux"):
        return
    find = ctypes.PyDLL(library.__file__)["_ZN5ImGui13GetPlatformIOEv"]
    find.argtypes, find.restype = (), ctypes.c_void_p
    getter = ctypes.c_void_p.from_address(find())  # the first member of ImGuiPlatformIO
    if not getter.value:
        return
    read = _GETTER(getter.value)

    def read_if_answered(context: int | None) -> int | None:
        if not _answers():
            tell(_MUTE)
            return None
        found: int | None = read(context)
        return found

    guarded = _GETTER(read_if_answered)
    _kept.append(guarded)
    getter.value = ctypes.cast(guarded, ctypes.c_void_p).value


def _answers() -> bool:
    """Whether the program that holds the clipboard can be asked for it; False after a while."""
    if not sys.platform.startswith("linux"):
        return True
    glfw = ctypes.PyDLL(library.__file__)
    current, number = glfw["glfwGetCurrentContext"], glfw["glfwGetX11Window"]
    current.restype, number.restype = ctypes.c_void_p, ctypes.c_ulong
    number.argtypes = (ctypes.c_void_p,)
    return owner_answers(number(current()), _PATIENCE)
