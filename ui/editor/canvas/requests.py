"""What gestures on the canvas ask of others: of the panels, the menus and the editor."""

from __future__ import annotations

from dataclasses import dataclass

from graph.model import End
from ui.editor.canvas.hits import Hit
from ui.editor.edits.places import Mark
from ui.editor.rects import Point


@dataclass(frozen=True, slots=True)
class OpenSearch:
    """Open the search for node types. at: in pixels of the area. place: of the new node.

    end: of an open wire that the new node shall be linked to; output: whether it is an output.
    instead: the node that the one chosen takes the place of.
    """

    at: Point
    place: Point
    end: End | None = None
    output: bool = False
    instead: str = ""


@dataclass(frozen=True, slots=True)
class OpenMenu:
    """Open the menu for what was hit."""

    hit: Hit
    at: Point


@dataclass(frozen=True, slots=True)
class EditNumber:
    """Let the exact value of a parameter be typed over its field."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class EditTitle:
    """Let the title of a node be typed over it."""

    id: str


@dataclass(frozen=True, slots=True)
class EditMark:
    """Let the title of a frame or the text of a note be typed."""

    mark: Mark


@dataclass(frozen=True, slots=True)
class Choose:
    """Open the list of choices of a parameter under its field."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class AskFile:
    """Let the file of a parameter be chosen in a dialog."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ShowNode:
    """Show the output of a node in the viewer."""

    id: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Say a sentence in the status line."""

    text: str


Request = (
    OpenSearch | OpenMenu | EditNumber | EditTitle | EditMark | Choose | AskFile | ShowNode | Tell
)
