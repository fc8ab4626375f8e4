"""What a user chooses once and for all graphs."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ui.editor.safety.folders import config_folder, read_object, write_object


def _choice(default: str, *choices: str) -> Any:
    return field(default=default, metadata={"choices": choices})


def _number(default: float | None, least: float, most: float) -> Any:
    return field(default=default, metadata={"range": (least, most)})


@dataclass(frozen=True, slots=True)
class Preferences:
    """The preferences, each within its limits; ``ValueError`` names the one that is not.

    theme: colours of the window. scale: of texts and widgets, 0.75 to 3; None guesses it.
    dialogs: files are chosen in the system's dialogs or in our own. store: folder of the store,
    empty for the usual one (its limit is kept in the store itself). threads: nodes at once; None
    takes the number of processors. memory: bytes that runs may use; None takes 60 % of the
    machine's. auto_run: whether what viewers need is made after every change. autosave: seconds
    from a change until it is safe from a crash. versions: older versions kept of each graph.
    snap: nodes keep to the grid when they are moved. welcome: the start page is shown at start.
    """

    theme: str = _choice("dark", "dark", "light")
    scale: float | None = _number(None, 0.75, 3)
    dialogs: str = _choice("native", "native", "own")
    store: str = ""
    threads: int | None = _number(None, 1, 1024)
    memory: int | None = _number(None, 500_000_000, 1 << 50)
    auto_run: bool = True
    autosave: float = _number(5.0, 1, 600)
    versions: int = _number(20, 0, 1000)
    snap: bool = True
    welcome: bool = True

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            _check(each, getattr(self, each.name))


def _check(each: dataclasses.Field[Any], value: Any) -> None:
    kind = str(each.type).partition(" ")[0]
    good = {
        "str": isinstance(value, str),
        "bool": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, int | float) and not isinstance(value, bool),
    }[kind]
    if value is None and "None" in str(each.type):
        return
    if not good:
        wanted = {"str": "text", "bool": "true or false", "int": "a whole number"}
        raise ValueError(f"{each.name} must be {wanted.get(kind, 'a number')}, not {value!r:.60}")
    if "choices" in each.metadata and value not in each.metadata["choices"]:
        shown = " or ".join(each.metadata["choices"])
        raise ValueError(f"{each.name} must be {shown}, not {value!r:.60}")
    if "range" in each.metadata:
        least, most = each.metadata["range"]
        if not least <= value <= most:
            raise ValueError(f"{each.name} must be {least:g} to {most:g}, not {value!r:.60}")


def read(folder: Path | None = None) -> tuple[Preferences, list[str]]:
    """The user's preferences, and sentences about what in their file could not be used.

    A damaged file is put aside as ``preferences.damaged.json``.
    """
    path = _file(folder)
    try:
        content = read_object(path)
    except OSError as error:
        return Preferences(), [f"{path} cannot be read: {error.strerror}; defaults are used"]
    except ValueError as error:
        aside = path.with_name("preferences.damaged.json")
        try:
            path.replace(aside)
        except OSError:
            aside = path
        return Preferences(), [f"preferences are damaged ({error}), kept as {aside}; defaults used"]
    told, good = [], {}
    for each in dataclasses.fields(Preferences):
        if each.name in content:
            try:
                _check(each, content[each.name])
                good[each.name] = content[each.name]
            except ValueError as error:
                told.append(f"{path}: {error}; its default is used")
    return Preferences(**good), told


def write(preferences: Preferences, folder: Path | None = None) -> None:
    """Keep the preferences; what a newer program wrote beside them stays. Raises OSError."""
    path = _file(folder)
    try:
        content = read_object(path)
    except ValueError:
        content = {}
    write_object(path, content | dataclasses.asdict(preferences))


def _file(folder: Path | None) -> Path:
    return (folder or config_folder()) / "preferences.json"


def guess_scale() -> float:
    """The scale that fits the screen by what the system says of it; 1 where it says nothing."""
    if sys.platform == "win32":
        import ctypes

        try:
            return _within(ctypes.windll.user32.GetDpiForSystem() / 96)
        except (AttributeError, OSError):
            return 1.0
    if sys.platform == "darwin":
        return 1.0  # points are scaled by the system
    return _within(linux_scale())


def linux_scale() -> float:
    """The scale by the environment and X resources of a Linux desktop."""
    import os
    import re
    import subprocess

    for name in ("GDK_SCALE", "QT_SCALE_FACTOR"):
        try:
            return float(os.environ[name])
        except (KeyError, ValueError):
            continue
    try:
        asked = subprocess.run(["xrdb", "-query"], capture_output=True, text=True, timeout=1)
    except (OSError, subprocess.SubprocessError):
        return 1.0
    found = re.search(r"^Xft\.dpi:\s*([\d.]+)", asked.stdout, re.MULTILINE)
    return float(found[1]) / 96 if found else 1.0


def _within(scale: float) -> float:
    """The next legal scale, in quarters, so that text stays crisp."""
    if not 0 < scale < 100:
        return 1.0
    return min(3.0, max(0.75, round(scale * 4) / 4))
