"""Graphs from strangers: files outside a graph's own folder are touched only with consent."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePath, PureWindowsPath
from typing import TYPE_CHECKING, Any, NamedTuple

from graph.files import find_outside, place
from graph.model import Graph
from graph.spec import OutputFile
from ui.editor.safety.folders import read_object, state_folder, write_object

if TYPE_CHECKING:
    from ui.editor.document import Document

#: consents are remembered for so many graphs; then the oldest are asked for again
MOST = 500


class Outside(NamedTuple):
    """A path outside the folder of a graph, and the parameter that holds it."""

    node: str
    parameter: str
    path: str
    writes: bool

    @property
    def consent(self) -> str:
        """What is consented to: reading or writing this path."""
        return f"{'write' if self.writes else 'read'} {self.path}"

    def means(self, folder: Path) -> str:
        """The consent, told so that it is the same once the graph is saved in another folder.

        Relative paths that are read are rewritten then, and so told by what they lead to from the
        folder of the graph. Those that are written stay as they stand.
        """
        told = self.path.startswith("~") or bool(PureWindowsPath(self.path).drive)
        if self.writes or told or PurePath(self.path).is_absolute():
            return self.consent
        return f"read {place(folder, self.path)}"

    def __str__(self) -> str:
        return f"{self.node}.{self.parameter} {'writes' if self.writes else 'reads'} {self.path}"


class Trust:
    """What the user has consented to, graph file by graph file.

    The consent holds for these paths in this file only: what comes into it from elsewhere is
    asked again. A damaged file of consents counts as none given.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = (folder or state_folder()) / "trust.json"

    def judge(self, document: Document) -> list[Outside]:
        """What has to be asked before a document may be planned or run; nothing when it may.

        That is refused until then. To be called when a file was opened: paths that the user
        chooses later have consent by that.
        """
        given = set(self._given(document.path)) if document.path else set()
        asked = [one for one in leaving(document.graph) if one.consent not in given]
        document.refused = frozenset(one.means(document.folder) for one in asked)
        return asked

    def consent(self, document: Document, asked: Iterable[Outside]) -> None:
        """The user allows a document what was asked, and nothing else; remembered for its file."""
        document.refused -= {one.means(document.folder) for one in asked}
        self.remember(document)

    def remember(self, document: Document) -> None:
        """Note what a document may use outside its folder, for when its file is opened again.

        To be called when it was saved, too.
        """
        if document.path is None:
            return
        name = str(document.path.resolve())
        refused = {one.consent for one in find_refused(document)}
        paths = sorted({one.consent for one in leaving(document.graph)} - refused)
        content = self._read()
        if paths == content.get(name, []):
            return
        content.pop(name, None)
        if paths:
            content[name] = paths
        try:
            write_object(self._file, dict(list(content.items())[-MOST:]))
        except OSError:
            pass  # asked again next time

    def _given(self, path: Path) -> Iterable[str]:
        found = self._read().get(str(path.resolve()))
        return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []

    def _read(self) -> dict[str, Any]:
        try:
            return read_object(self._file)
        except (OSError, ValueError):
            return {}


def leaving(graph: Graph) -> list[Outside]:
    """The file parameters of a graph whose paths leave its folder."""
    found = []
    for id, name, path in find_outside(graph):
        spec = graph.spec(id)
        kind = spec.params[name].file if spec else None
        found.append(Outside(id, name, path, isinstance(kind, OutputFile)))
    return found


def find_refused(document: Document) -> list[Outside]:
    """What a document uses although the user has not allowed it."""
    refused, folder = document.refused, document.folder
    return [one for one in leaving(document.graph) if one.means(folder) in refused]


def question(asked: list[Outside], most: int = 6) -> str:
    """What the user is asked, as text of several lines."""
    lines = [f"  {one}" for one in asked[:most]]
    if len(asked) > most:
        lines.append(f"  … and {len(asked) - most} more")
    return "\n".join(
        [
            "This graph uses files outside its own folder:",
            *lines,
            "Nothing runs until you allow it.",
        ]
    )


def missing_types(graph: Graph) -> list[str]:
    """A sentence for each node type of a graph that is not installed."""
    users: dict[str, list[str]] = {}
    for id, node in graph.nodes.items():
        if graph.spec(id) is None:
            users.setdefault(node.type, []).append(id)
    return [
        f"the node type {type!r} is not installed{graph.registry.near(type)}; "
        f"used by {', '.join(ids[:3])}{f' and {len(ids) - 3} more' if len(ids) > 3 else ''}; "
        "its settings are kept"
        for type, ids in users.items()
    ]
