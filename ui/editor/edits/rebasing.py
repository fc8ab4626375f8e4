"""Paths in a graph whose file moves to another folder."""

from __future__ import annotations

import os
from pathlib import Path, PurePath, PureWindowsPath
from typing import Any

from graph.files import place
from graph.model import Graph
from graph.spec import InputFile


def rebase(graph: Graph, old_folder: Path | None, new_folder: Path) -> None:
    """Let file parameters name the same files when the graph's file is saved in another folder.

    Relative paths, patterns and lists of files that are read are written relative to the new
    folder. What is written by a relative path stays as it stands: results belong beside the
    graph. Without an old folder, of a graph that never had a file, relative paths start at the
    user's own folder, and absolute ones inside the new folder become relative.
    """
    start = old_folder or Path.home()
    for id, node in list(graph.nodes.items()):
        spec = graph.spec(id)
        for name, value in node.params.items():
            parameter = spec.params.get(name) if spec else None
            if parameter is None or parameter.file is None:
                continue
            read = isinstance(parameter.file, InputFile)
            moved = _move(value, start if read else None, new_folder, old_folder is None)
            if moved != value:
                graph.set(id, name, moved)


def _move(value: Any, start: Path | None, new: Path, adopt: bool) -> Any:
    """The same file seen from another folder; start: that of relative paths, None to leave them."""
    if isinstance(value, list | tuple):
        return [_move(item, start, new, adopt) for item in value]
    if not isinstance(value, str | PurePath) or not str(value):
        return value
    text = str(value)
    if text.startswith("~"):
        return value
    if PurePath(text).is_absolute():
        return _inside(text, new) or value if adopt else value
    if start is None or PureWindowsPath(text).drive:
        return value
    there = place(start, text)
    try:
        return Path(os.path.relpath(there, place(new, "."))).as_posix()
    except ValueError:  # another drive
        return there.as_posix()


def _inside(path: str, folder: Path) -> str | None:
    """An absolute path relative to a folder that it is inside, by way of links too."""
    for root in (os.path.abspath(folder), os.path.realpath(folder)):
        inner = Path(os.path.abspath(path))
        if inner.is_relative_to(root):
            return inner.relative_to(root).as_posix()
    return None
