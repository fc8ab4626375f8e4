"""Presets of the graph, of the user and of the program; what a drop of one does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graph.errors import GraphError
from graph.model import Graph
from graph.settings import settings
from graph.store import Store
from ui.editor.editor import Editor
from ui.editor.edits import presets
from ui.editor.inspector import preset_list
from ui.editor.preferences import Preferences
from ui.editor.recent import Recent
from ui.editor.safety.trust import Trust
from ui.packs import load_registry

REGISTRY = load_registry(packs=False)


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An editor with one background node, whose user has no presets yet."""
    monkeypatch.setattr(presets, "user_folder", lambda: tmp_path / "mine")
    recent, trust = Recent(tmp_path / "state"), Trust(tmp_path / "state")
    found = Editor(REGISTRY, Store(), Preferences(), recent=recent, trust=trust)
    with found.document.change("Begin") as graph:
        graph.add("sky", "background.polynomial", degree=2)
    yield found
    found.close()


def names(graph: Graph, type: str | None = None) -> list[tuple[str, str]]:
    """Where the presets are, and their names."""
    return [(entry.source, entry.name) for entry in preset_list.list_entries(graph, type)[0]]


@pytest.mark.parametrize("name", preset_list.shipped())
def test_shipped_presets_are_whole_and_legal(name: str) -> None:
    preset = preset_list.shipped()[name]
    assert preset["note"]
    graph = Graph(REGISTRY)
    id = presets.add_from_preset(graph, name, (0, 0), preset)
    spec = graph.spec(id)
    assert spec
    assert (preset["type"], preset["version"]) == (spec.id, spec.version)
    values, problems = settings(graph, id, spec)
    assert not [problem for problem in problems if problem.name in preset["params"]]
    assert set(preset["params"]) <= set(values)


def test_presets_are_listed_by_type_and_place(editor: Editor) -> None:
    with editor.document.change("Save") as graph:
        presets.save_preset(graph, "Mild", "sky", "for weak light")
    presets.keep_preset("Own", presets.make_preset(editor.document.graph, "sky"))
    graph = editor.document.graph
    found = names(graph, "background.polynomial")
    assert found[:3] == [("graph", "Mild"), ("mine", "Own"), ("shipped", "Plane")]
    assert names(graph, "color.linear_fit") == []
    assert ("shipped", "Soft S-curve") in names(graph)
    entry = preset_list.list_entries(graph, "background.polynomial")[0][0]
    assert (entry.note, entry.data) == ("for weak light", ("preset", "graph", "Mild"))


def test_damaged_entries_are_passed_over_and_files_told(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "x.preset.json").write_text("{")
    with editor.document.change("Damage") as graph:
        graph.presets["bad"] = "text"
    found, problems = preset_list.list_entries(editor.document.graph)
    assert all(entry.name != "bad" for entry in found)
    assert "x.preset.json" in str(problems[0])


def test_dropped_on_a_node_it_is_applied(editor: Editor) -> None:
    preset_list.drop(editor, ("preset", "shipped", "Strong gradient"), "sky", (0, 0))
    assert editor.document.graph.nodes["sky"].params["boxes"] == 30
    assert editor.document.undo_name == "Apply preset Strong gradient to sky"
    preset_list.drop(editor, ["preset", "shipped", "Soft S-curve"], "sky", (0, 0))
    assert editor.message[0] == "error"
    assert "is for stretch.curves" in editor.message[1]


def test_dropped_on_the_canvas_it_becomes_a_node(editor: Editor) -> None:
    preset_list.drop(editor, ("preset", "shipped", "Soft S-curve"), None, (40, 50))
    (new,) = editor.document.selection
    assert editor.document.graph.nodes[new].type == "stretch.curves"
    assert editor.document.graph.view["nodes"][new] == [40, 50]


def test_what_is_no_preset_or_has_gone(editor: Editor) -> None:
    before = editor.document.graph
    for data in (None, "x", ("node", "a", "b"), ("preset",)):
        preset_list.drop(editor, data, None, (0, 0))
    assert editor.document.graph is before
    preset_list.drop(editor, ("preset", "graph", "gone"), None, (0, 0))
    assert "no preset 'gone' any more" in editor.message[1]
    with pytest.raises(GraphError, match="no preset"):
        preset_list.find(before, "mine", "gone")
