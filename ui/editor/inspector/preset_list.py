"""All presets at hand: those of the graph, the user's own and those that come with the program."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from graph.errors import GraphError, Problem
from graph.model import Graph
from ui.editor import filing
from ui.editor.editor import Editor
from ui.editor.edits import presets
from ui.editor.edits.presets import Preset
from ui.editor.rects import Point
from ui.editor.safety.trust import leaving

Source = Literal["graph", "mine", "shipped"]

#: what people read of where a preset is
SOURCES: dict[Source, str] = {"graph": "in this graph", "mine": "mine", "shipped": "LinearLink"}
_SHIPPED = Path(__file__).with_name("shipped.preset.json")


@dataclass(frozen=True, slots=True)
class Entry:
    """A preset, its name and where it is."""

    name: str
    source: Source
    preset: Preset

    @property
    def note(self) -> str:
        """What its author says of it."""
        note = self.preset.get("note")
        return note if isinstance(note, str) else ""

    @property
    def data(self) -> tuple[str, str, str]:
        """What is dragged: ``("preset", source, name)``."""
        return "preset", self.source, self.name


@cache
def shipped() -> dict[str, Preset]:
    """The presets that come with the program, by name."""
    return presets.read_presets(_SHIPPED)


def list_entries(
    graph: Graph, type: str | None = None, folder: Path | None = None
) -> tuple[list[Entry], list[Problem]]:
    """The presets for a node type, or all; and what is wrong with files of the user's folder.

    Those of the graph come first, then the user's, then the program's.
    """
    mine, problems = presets.list_presets(folder)
    found: list[Entry] = []
    groups: tuple[tuple[Source, dict[str, Any]], ...] = (
        ("graph", graph.presets),
        ("mine", mine),
        ("shipped", shipped()),
    )
    for source, group in groups:
        for name, preset in group.items():
            if isinstance(preset, dict) and (type is None or _type(graph, preset) == type):
                found.append(Entry(name, source, preset))
    return found, problems


def _type(graph: Graph, preset: Preset) -> str:
    """The type a preset is for; a former name of a type counts as that of today."""
    type = str(preset.get("type"))
    spec = graph.registry.get(type)
    return spec.id if spec else type


def find(graph: Graph, source: str, name: str, folder: Path | None = None) -> Preset:
    """The preset of that name. Raises GraphError when it has gone."""
    for entry in list_entries(graph, folder=folder)[0]:
        if (entry.source, entry.name) == (source, name):
            return entry.preset
    raise GraphError(f"there is no preset {name!r} any more")


def drop(editor: Editor, data: Any, id: str | None, place: Point) -> None:
    """A preset was dropped: on a node it is applied, beside all nodes it becomes one.

    data: as ``Entry.data`` gives it; anything else is passed over.
    """
    if not isinstance(data, tuple | list) or len(data) != 3 or data[0] != "preset":
        return
    source, name = str(data[1]), str(data[2])
    id = id if id in editor.document.graph.nodes else None
    document, made = editor.document, ""
    known = {one.consent for one in leaving(document.graph)}
    step = f"Apply preset {name} to {id}" if id else f"Add preset {name}"
    with editor.change(step) as graph:
        preset = find(graph, source, name)
        if id:
            presets.apply_preset(graph, name, id, preset)
        else:
            made = presets.add_from_preset(graph, name, place, preset)
    if made in document.graph.nodes:
        document.select([made])
    if source == "graph":  # it may have come with the file, or been read from another's
        filing.ask_foreign(editor, document, known)
