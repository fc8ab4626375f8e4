"""Giving docked panels another size in the open window, for which Dear PyGui has no function.

Dear ImGui has: it is called by its name where the library lets it be seen, which is not so on
Windows. There the sizes hold from the next start on.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping

import dearpygui._dearpygui as library

_READ = "_ZN5ImGui23SaveIniSettingsToMemoryEPm"
_RESIZE = "_ZN5ImGui22DockBuilderSetNodeSizeEj6ImVec2"


class _Size(ctypes.Structure):
    _fields_ = (("wide", ctypes.c_float), ("tall", ctypes.c_float))


def read_layout() -> str:
    """The layout as it is on the screen; empty where it cannot be asked for."""
    read = getattr(ctypes.PyDLL(library.__file__), _READ, None)
    if read is None:
        return ""
    read.argtypes, read.restype = (ctypes.c_void_p,), ctypes.c_char_p
    found: bytes | None = read(None)
    return (found or b"").decode("utf-8", "replace")


def resize(sizes: Mapping[str, tuple[int, int]]) -> bool:
    """Give parts of the layout these sizes, by their ids; whether that could be done."""
    change = getattr(ctypes.PyDLL(library.__file__), _RESIZE, None)
    if change is None:
        return False
    change.argtypes, change.restype = (ctypes.c_uint32, _Size), None
    for id, (wide, tall) in sizes.items():
        change(int(id, 16), _Size(wide, tall))
    return True
