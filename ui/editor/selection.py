"""Whether the program that holds the clipboard of X11 answers, asked without waiting for ever."""

from __future__ import annotations

import ctypes
import time
from functools import cache
from typing import Any

#: the number of the event that answers a request, and room for any event
_NOTIFY, _EVENT = 31, 192
#: numbers of windows that differ below it only are of one program
_OWN = 1 << 18
_WINDOW = ctypes.c_ulong


def owner_answers(own: int, seconds: float) -> bool:
    """Whether the holder of the clipboard can be asked for it; True when nobody holds it.

    own: a window of this program, which answers itself at once. Waits for so many seconds at most.
    True as well where there is no X11 to ask.
    """
    x11 = _library()
    display = x11.XOpenDisplay(None) if x11 else None
    if not display:
        return True
    try:
        clipboard = x11.XInternAtom(display, b"CLIPBOARD", 0)
        owner = x11.XGetSelectionOwner(display, clipboard)
        if not owner or owner // _OWN == own // _OWN:
            return True
        root = x11.XDefaultRootWindow(display)
        asker = x11.XCreateSimpleWindow(display, root, 0, 0, 1, 1, 0, 0, 0)
        targets = x11.XInternAtom(display, b"TARGETS", 0)
        x11.XConvertSelection(display, clipboard, targets, targets, asker, 0)
        x11.XFlush(display)
        event = ctypes.create_string_buffer(_EVENT)
        end = time.monotonic() + seconds
        while not x11.XCheckTypedWindowEvent(display, asker, _NOTIFY, event):
            if time.monotonic() > end:
                return False
            time.sleep(0.002)
        return True
    finally:
        x11.XCloseDisplay(display)


@cache
def _library() -> Any:
    """Xlib, which Dear PyGui needs anyway, with what its functions take; None where there is none.

    The interpreter lock is kept: no call here waits for another program but for the server.
    """
    try:
        x11 = ctypes.PyDLL("libX11.so.6")
    except OSError:
        return None
    display, number = ctypes.c_void_p, ctypes.c_int
    taken: dict[str, tuple[Any, tuple[Any, ...]]] = {
        "XOpenDisplay": (display, (ctypes.c_char_p,)),
        "XCloseDisplay": (number, (display,)),
        "XInternAtom": (_WINDOW, (display, ctypes.c_char_p, number)),
        "XGetSelectionOwner": (_WINDOW, (display, _WINDOW)),
        "XDefaultRootWindow": (_WINDOW, (display,)),
        "XCreateSimpleWindow": (
            _WINDOW, (display, _WINDOW, *(number,) * 2, *(ctypes.c_uint,) * 3, *(_WINDOW,) * 2)
        ),
        "XConvertSelection": (number, (display, *(_WINDOW,) * 5)),
        "XFlush": (number, (display,)),
        "XCheckTypedWindowEvent": (number, (display, _WINDOW, number, ctypes.c_char_p)),
    }  # fmt: skip
    for name, (given, arguments) in taken.items():
        function = getattr(x11, name)
        function.restype, function.argtypes = given, arguments
    return x11
