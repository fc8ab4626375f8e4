"""The text in the clipboard of the system.

``dpg.get_clipboard_text`` ends the process when the clipboard is empty or holds a picture, so it
is only called where it is known that there is a text.
"""

from __future__ import annotations

import ctypes
import sys

import dearpygui._dearpygui as library
import dearpygui.dearpygui as dpg

#: text, by its number in Windows
_UNICODE_TEXT = 13


def read_clipboard() -> str:
    """The text in the clipboard, empty when it holds none. For the main thread, in the window."""
    if sys.platform == "win32":
        has_text = ctypes.windll.user32.IsClipboardFormatAvailable(_UNICODE_TEXT)
        return str(dpg.get_clipboard_text()) if has_text else ""
    read = ctypes.PyDLL(library.__file__)["_ZN5ImGui16GetClipboardTextEv"]
    read.argtypes, read.restype = (), ctypes.c_char_p
    found: bytes | None = read()
    return (found or b"").decode("utf-8", "replace")
