"""Finding what stands in panels, dialogs and menus as people do: by what can be read there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.window.screen import Window
from ui.editor.actions import ACTIONS

Widget = dict[str, Any]
Rect = tuple[int, int, int, int]


def middle(widget: Widget) -> tuple[float, float]:
    """The middle of a widget."""
    x, y, wide, tall = widget["rect"]
    return x + wide / 2, y + tall / 2


def find_all(window: Window, tag: str, text: str = "", kind: str = "") -> list[Widget]:
    """The widgets inside one that read so, from top to bottom."""
    return [
        each
        for each in window.widgets(tag)
        if kind in each["kind"] and text in ("", each["label"], each["value"])
    ]


def find(window: Window, tag: str, text: str = "", kind: str = "") -> Widget:
    """The first widget inside one that reads so; it has to come within a while."""
    found = window.until(lambda: find_all(window, tag, text, kind), f"{kind} {text!r} in {tag}")
    widget: Widget = found[0]
    return widget


def press(window: Window, tag: str, text: str) -> None:
    """Click on the button, header or entry of a list that reads so."""
    window.click(*middle(find(window, tag, text)))


def read(window: Window, tag: str) -> str:
    """All that can be read inside a widget, a line each."""
    shown = (each["value"] if each["kind"] == "Text" else each["label"]
             for each in window.widgets(tag))  # fmt: skip
    return "\n".join(str(text) for text in shown if text)


def row(window: Window, label: str) -> list[Widget]:
    """What stands at the right of the name of a parameter in the inspector, and below it."""
    name = find(window, "inspector", label, "Text")
    x, y, wide, tall = name["rect"]
    return [
        each
        for each in window.widgets("inspector")
        if each["rect"][0] >= x + wide and y - 5 <= each["rect"][1] < y + tall
    ]


def choose(window: Window, combo: tuple[float, float], place: int) -> None:
    """Open a list that drops down, and take the entry at that place, 0 the first."""
    window.click(*combo)
    window.frame(3)
    window.click(combo[0] - 20, combo[1] + 26 + 20 * place)


def see(window: Window, rect: Rect | None = None) -> np.ndarray:
    """What is on the screen: float64 ``(height, width, 3)``, 0 to 255; x, y, width, height."""
    window.frame(3)
    with Image.open(window.shot("seen", window.home)) as found:
        pixels = np.asarray(found.convert("RGB"), np.float64)
    if rect is None:
        return pixels
    x, y, wide, tall = rect
    return pixels[y : y + tall, x : x + wide]


def area(window: Window, viewer: str = "viewer 1") -> Rect:
    """Where a viewer draws its picture."""
    x, y = window.where(viewer, "area")
    wide, tall = window.describe(viewer)["size"]
    return round(x - wide / 2), round(y - tall / 2), wide, tall


def choose_file(window: Window, path: Path | str) -> None:
    """Type a path into our file dialog, and Enter."""
    window.until(lambda: window.item("file_dialog:path"), "the file dialog")
    window.frame(6)
    window.key("ctrl+a")
    window.enter("file_dialog:path", str(path))
    window.key("Return")


def answer(window: Window, button: str) -> str:
    """Press a button of the question on the screen; what was asked."""
    find(window, "modal", button, "Button")
    window.frame(6)
    asked = read(window, "modal")
    press(window, "modal", button)
    window.frame(3)
    return asked


#: where the names stand in the bar of menus, which does not tell
_MENUS = {"File": 22, "Edit": 58, "Node": 99, "View": 143, "Viewer": 191, "Run": 241, "Help": 281}


def open_menu(window: Window, name: str) -> list[str]:
    """Open a menu by the mouse; the ids of its entries, from the top."""
    window.click(_MENUS[name], 10)
    window.frame(4)
    found: list[str] = []
    for action in ACTIONS:
        if action.menu == name:
            found.append(action.id)
            if action.id == "file.open":
                found.append("recent")
        elif action.menu.startswith(f"{name}/") and action.menu not in found:
            found.append(action.menu)
    return found


def take(window: Window, name: str, action: str) -> None:
    """Choose an entry of a menu by the mouse."""
    window.click(_MENUS[name] + 4, 37 + 20 * open_menu(window, name).index(action))
    window.frame(4)
