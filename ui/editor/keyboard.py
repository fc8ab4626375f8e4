"""Names of keys, and shortcuts written as text: ``Ctrl+Shift+Z``."""

from __future__ import annotations

import sys
from functools import cache

import dearpygui.dearpygui as dpg

#: where the name of Dear PyGui is not what people call the key
_NAMES = {
    "Return": "Enter",
    "NumPadEnter": "Enter",
    "Spacebar": "Space",
    "Back": "Backspace",
    "Plus": "+",
    "Add": "+",
    "Minus": "-",
    "Subtract": "-",
    "Comma": ",",
    "Prior": "PageUp",
    "Next": "PageDown",
    "OEM": "",
}
_MODIFIERS = ("Shift", "Control", "Alt", "Win", "Ctrl", "Mod", "Menu")


@cache
def key_names() -> dict[int, str]:
    """The name of every key that is not a mere modifier, by its code."""
    found: dict[int, str] = {}
    for attribute in dir(dpg):
        if not attribute.startswith("mvKey_"):
            continue
        raw = attribute.removeprefix("mvKey_")
        if any(word in raw for word in _MODIFIERS) or raw == "None":
            continue
        name = raw.removeprefix("NumPad") if raw.startswith("NumPad") and raw[6:].isdigit() else raw
        name = _NAMES.get(raw, name)
        found[getattr(dpg, attribute)] = name
    found[dpg.mvKey_Minus + 4] = "+"  # the key of = and +; what Dear PyGui calls Plus is no key
    return found


@cache
def modifier_names() -> dict[int, str]:
    """What each modifier key is called in inputs, by its code."""
    return {
        dpg.mvKey_LControl: "ctrl", dpg.mvKey_RControl: "ctrl",
        dpg.mvKey_LShift: "shift", dpg.mvKey_RShift: "shift",
        dpg.mvKey_LAlt: "alt", dpg.mvKey_RAlt: "alt",
    }  # fmt: skip


def held() -> frozenset[str]:
    """The modifiers that are down: ``ctrl`` (Cmd on a Mac), ``shift``, ``alt``."""
    keys = {"ctrl": dpg.mvKey_ModCtrl, "shift": dpg.mvKey_ModShift, "alt": dpg.mvKey_ModAlt}
    return frozenset(name for name, code in keys.items() if dpg.is_key_down(code))


def shortcut(key: str, mods: frozenset[str]) -> str:
    """A shortcut as it is written in tables and menus."""
    if key == "+":  # many keyboards need shift for it
        mods -= {"shift"}
    parts = [name.capitalize() for name in ("ctrl", "shift", "alt") if name in mods]
    return "+".join([*parts, key])


def shown(keys: str) -> str:
    """A shortcut as this computer's users write it."""
    return keys.replace("Ctrl", "Cmd") if sys.platform == "darwin" else keys
