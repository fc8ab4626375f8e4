"""Letting the file of a parameter be chosen in a dialog."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from graph.files import place
from ui.editor.canvas.field import value_of
from ui.editor.canvas.shapes import label
from ui.editor.edits.adding import written
from ui.editor.inspector.forms import patterns_of
from ui.editor.inspector.setting import set_value

if TYPE_CHECKING:
    from ui.editor.editor import Editor


def ask_parameter_file(editor: Editor, id: str, name: str) -> None:
    """Ask for the file, or files, that a parameter of a node names, and set it to them."""
    document = editor.document
    spec = document.graph.spec(id)
    parameter = spec.params[name] if spec else None
    if parameter is None:
        return
    value = value_of(parameter, document.graph.nodes[id].params)

    def take(paths: list[Path]) -> None:
        folder = document.folder if document.path else None
        names = [written(path, folder) for path in paths]
        if names and id in document.graph.nodes:
            document.settle()
            set_value(document, [id], name, names if len(names) > 1 else names[0])

    editor.ask_file(
        f"{label(name)} of {id}",
        "output" if parameter.kind == "output" else "images",
        take,
        patterns=patterns_of(parameter),
        start=place(document.folder, value) if isinstance(value, str) and value else None,
        save=parameter.kind == "output",
        several=parameter.each,
    )
