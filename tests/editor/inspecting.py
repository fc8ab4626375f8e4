"""What the tests of the inspector share: a document, an editor, the panel in no window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dearpygui.dearpygui as dpg
import pytest

from graph.model import Graph, Node
from graph.store import Store
from tests.editor.inspector.test_forms import forms
from tests.editor.shell_cases import texts
from ui.editor.document import Document
from ui.editor.editor import Editor
from ui.editor.edits import presets
from ui.editor.inspector.field_row import FieldRow
from ui.editor.inspector.panel import Inspector
from ui.editor.preferences import Preferences
from ui.editor.recent import Recent
from ui.editor.safety.trust import Trust
from ui.packs import load_registry

REGISTRY = load_registry(packs=False)
REGISTRY.add(forms)


def make_document() -> Document:
    """Two background nodes, text that feeds a formula, a node of a type that is not installed."""
    graph = Graph(REGISTRY)
    graph.add("sky", "background.polynomial", degree=2)
    graph.add("sky2", "background.polynomial")
    graph.add("m31", "io.load_image", file="m31.fits")
    graph.add("words", "measure.summary")
    graph.add("approve", "frames.approve")
    graph.link("m31", "image", "words", "image")
    graph.link("m31", "image", "sky", "image")
    graph.link("words", "text", "approve", "formula")
    graph.load({"lost": Node("other.pack", {"strength": 0.75})}, [])
    return Document(graph)


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Editor]:
    """An editor with that document, over folders of its own."""
    monkeypatch.setattr(presets, "user_folder", lambda: tmp_path / "mine")
    dpg.create_context()
    made = Editor(
        REGISTRY,
        Store(1 << 20),
        Preferences(),
        recent=Recent(tmp_path / "state"),
        trust=Trust(tmp_path / "state"),
    )
    made.add(make_document())
    yield made
    made.close()
    dpg.destroy_context()


@pytest.fixture
def panel(editor: Editor) -> Inspector:
    """The inspector in a window that nobody sees."""
    found = Inspector(editor)
    with dpg.window(tag="inspector"):
        pass
    found.build("inspector")
    return found


def look(panel: Inspector, *ids: str) -> list[str]:
    """Select nodes and let the panel follow; all texts that it then has."""
    if ids:
        panel.editor.document.select(ids)
    for _ in range(3):
        panel.sync()
    return texts("inspector")


def row(panel: Inspector, name: str) -> FieldRow:
    """The row of a parameter."""
    return next(row for row in panel._rows if row.name == name)


def box(panel: Inspector, name: str) -> Any:
    """What shows a number."""
    return row(panel, name).widget._box  # type: ignore[attr-defined]


def enter(box: Any, text: str) -> None:
    """Click on a number, type another, leave the field."""
    if box._scale and not dpg.is_item_shown(box._entry):
        box._release()
    dpg.set_value(box._entry, text)
    box._end()


def param(panel: Inspector, id: str, name: str) -> Any:
    """A parameter as it is set in the document."""
    return panel.editor.document.graph.nodes[id].params.get(name)
