"""The graphs and folders that were used last."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ui.editor.safety.folders import read_object, state_folder, write_object

#: so many graphs, and so many folders of each kind, are remembered
MOST = 12
_GRAPHS = "graphs"


class Recent:
    """What was used last, newest first, kept in a file that several editors share.

    A kind of folder is a word such as ``graphs``, ``images`` or ``output``. A damaged file counts
    as empty, and one that cannot be written is no error: nothing of the user's is lost by either.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = (folder or state_folder()) / "recent.json"

    def graphs(self) -> list[Path]:
        """The graph files, also those that are gone by now."""
        return _paths(self._read().get(_GRAPHS))

    def folders(self, kind: str) -> list[Path]:
        """The folders where files of that kind were chosen."""
        found = self._read().get("folders")
        return _paths(found.get(kind)) if isinstance(found, dict) else []

    def add_graph(self, path: Path) -> None:
        """A graph was opened or saved; its folder counts too."""
        content = self._read()
        content[_GRAPHS] = _first(path, content.get(_GRAPHS))
        self._write(content)
        self.add_folder(_GRAPHS, path.absolute().parent)

    def add_folder(self, kind: str, path: Path) -> None:
        """A file of that kind was chosen in this folder."""
        content = self._read()
        folders = content.get("folders")
        content["folders"] = folders = folders if isinstance(folders, dict) else {}
        folders[kind] = _first(path, folders.get(kind))
        self._write(content)

    def forget_graph(self, path: Path) -> None:
        """Leave a graph out of the list."""
        content = self._read()
        content[_GRAPHS] = [str(p) for p in _paths(content.get(_GRAPHS)) if p != path.absolute()]
        self._write(content)

    def forget_graphs(self) -> None:
        """Empty the list of graphs."""
        self._write({**self._read(), _GRAPHS: []})

    def _read(self) -> dict[str, Any]:
        try:
            return read_object(self._file)
        except (OSError, ValueError):
            return {}

    def _write(self, content: dict[str, Any]) -> None:
        try:
            write_object(self._file, content)
        except OSError:
            pass


def _paths(found: Any) -> list[Path]:
    texts = found if isinstance(found, list) else []
    return [Path(text) for text in texts if isinstance(text, str) and os.path.isabs(text)][:MOST]


def _first(path: Path, others: Any) -> list[str]:
    path = path.absolute()
    return [str(p) for p in (path, *(p for p in _paths(others) if p != path))][:MOST]
