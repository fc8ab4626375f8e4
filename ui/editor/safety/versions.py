"""Numbered older versions of a graph's file, in a folder beside it.

.first_light.versions/0007 2026-11-22 10.31.graph.json
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from graph.file import read
from graph.registry import Registry
from ui.editor.document import Document

_NAME = re.compile(r"(\d{4,}) (\d{4}-\d\d-\d\d \d\d\.\d\d)\.graph\.json")
_TIME = "%Y-%m-%d %H.%M"


@dataclass(frozen=True, slots=True)
class Version:
    """An older version of a file. number: rises; time: when it was written, to the minute."""

    number: int
    time: datetime
    file: Path


def folder_of(path: Path) -> Path:
    """Where the older versions of a graph's file are kept."""
    path = path.resolve()
    return path.with_name(f".{path.name.removesuffix('.json').removesuffix('.graph')}.versions")


def find_versions(path: Path) -> list[Version]:
    """The older versions of a graph's file, newest first."""
    found = []
    folder = folder_of(path)
    for file in folder.iterdir() if folder.is_dir() else ():
        match = _NAME.fullmatch(file.name)
        if match:
            with contextlib.suppress(ValueError):
                time = datetime.strptime(match[2], _TIME)
                found.append(Version(int(match[1]), time, file))
    return sorted(found, key=lambda version: version.number, reverse=True)


def keep_version(path: Path, most: int) -> Version | None:
    """Make an older version of what a file holds, to be called before it is replaced.

    most: so many are kept, the oldest give way; 0 makes none. Nothing is made of a file that is
    not there or is the newest version already. Raises OSError when it cannot be made.
    """
    if most < 1 or not path.is_file():
        return None
    content = path.read_bytes()
    known = find_versions(path)
    if known and known[0].file.read_bytes() == content:
        return None
    time = datetime.fromtimestamp(path.stat().st_mtime)
    number = known[0].number + 1 if known else 1
    file = folder_of(path) / f"{number:04} {time.strftime(_TIME)}.graph.json"
    file.parent.mkdir(exist_ok=True)
    aside = file.with_suffix(".part")
    aside.write_bytes(content)
    aside.replace(file)
    for version in known[most - 1 :]:
        with contextlib.suppress(OSError):
            version.file.unlink()
    return Version(number, time, file)


def restore_version(document: Document, version: Version, registry: Registry) -> None:
    """Make an older version the document's graph, in one step that can be undone.

    Raises GraphError when the version cannot be read; the document stays as it was.
    """
    older = read(version.file, registry)
    with document.change(f"Restore version {version.number}") as graph:
        for id in list(graph.nodes):
            graph.remove(id)
        graph.load(older.nodes, older.links.items())
        graph.meta, graph.inputs, graph.groups = older.meta, older.inputs, older.groups
        graph.presets, graph.view, graph.extra = older.presets, older.view, older.extra
