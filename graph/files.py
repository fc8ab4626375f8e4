"""Where the files of a graph are: relative to its folder, in a natural order, inside the fence."""

from __future__ import annotations

import fnmatch
import os
import re
from pathlib import Path, PurePath, PureWindowsPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.model import Graph


def place(folder: Path, path: str) -> Path:
    """The file that a path in a graph means: relative ones start at the graph's folder."""
    return Path(os.path.abspath(folder / os.path.expanduser(path)))


def natural(path: Path) -> list[tuple[int, int, str]]:
    """A sort key that puts ``light_9`` before ``light_10``."""
    parts = re.split(r"(\d+)", str(path).casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def list_files(folder: Path, pattern: str, endings: tuple[str, ...]) -> list[Path]:
    """The files that a pattern or folder names, in natural order.

    A folder stands for its files with one of the endings (patterns such as ``*.fits``; small and
    capital letters are the same). Hidden files, which are often half written or not what their
    ending says, are left out; links that lead nowhere are not, so that no frame is missed in
    silence. Raises OSError when nothing is there.
    """
    path = place(folder, pattern)
    if path.is_dir():
        found = [
            Path(entry.path)
            for entry in os.scandir(path)
            if entry.name[0] != "."
            and any(fnmatch.fnmatch(entry.name.lower(), ending.lower()) for ending in endings)
            and (_is_listed(Path(entry.path)) if entry.is_symlink() else entry.is_file())
        ]
        if not found:
            raise FileNotFoundError(f"no files ({' '.join(endings)}) in the folder {path}")
    elif path.is_file():
        found = [path]
    else:
        first = next(
            (i for i, part in enumerate(path.parts) if any(c in part for c in "*?[")), None
        )
        if first is None:
            if path.exists():
                raise OSError(f"{path} is neither a regular file nor a folder")
            raise FileNotFoundError(f"no file or folder {path}")
        root = Path(*path.parts[:first])
        hidden = path.name[0] == "."
        found = [
            match
            for match in root.glob("/".join(path.parts[first:]))
            if (hidden or match.name[0] != ".") and _is_listed(match)
        ]
        if not found:
            raise FileNotFoundError(f"no file fits the pattern {path}")
    return sorted(found, key=natural)


def _is_listed(path: Path) -> bool:
    """Whether it is a file; a link that leads nowhere is too, so that its reader says so."""
    return path.is_file() or (path.is_symlink() and not path.exists())


def leads_out(path: str) -> bool:
    """Whether a path of a shared graph leaves the folder of the graph."""
    if path.startswith("~") or PurePath(path).is_absolute() or PureWindowsPath(path).drive:
        return True
    depth = 0
    for part in PureWindowsPath(path).parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return True
    return PureWindowsPath(path).root != ""


def find_outside(graph: Graph) -> list[tuple[str, str, str]]:
    """(node, parameter, path) of every file parameter that leaves the graph's folder."""
    found = []
    for id, node in graph.nodes.items():
        spec = graph.spec(id)
        for name, value in node.params.items():
            parameter = spec.params.get(name) if spec else None
            if not parameter or not parameter.file:
                continue
            pending = [value]
            while pending:
                item = pending.pop()
                if isinstance(item, list | tuple):
                    pending += item
                elif isinstance(item, str) and leads_out(item):
                    found.append((id, name, item))
    return found
