"""Presets: in a graph, in files, in the user's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph.errors import GraphError
from graph.file import parse, serialize
from tests.editor.pictures import REGISTRY, chain
from tests.graph.test_migrate import GLOW
from ui.editor import edits
from ui.editor.edits import places, presets


def test_settings_are_saved_and_given_to_another_node() -> None:
    graph = chain()
    graph.set("crop", "left", 12)
    edits.save_preset(graph, "Left edge", "crop", "twelve")
    assert graph.presets["Left edge"]["note"] == "twelve"
    assert graph.presets["Left edge"]["params"]["width"] == 0  # defaults are written out
    id = edits.add_node(graph, "geometry.crop", (0, 0), top=5)
    edits.connect(graph, ("load", "image"), (id, "image"))
    edits.apply_preset(graph, "Left edge", id)
    assert graph.nodes[id].params == {"left": 12, "top": 0, "width": 0, "height": 0}
    assert graph.links[id, "image"] == ("load", "image")
    new = edits.add_from_preset(graph, "Left edge", (7, 8))
    assert graph.nodes[new].params["left"] == 12
    assert places.place_of(graph, new) == (7, 8)
    assert parse(serialize(graph), REGISTRY).presets == graph.presets


def test_a_preset_of_another_type_is_refused() -> None:
    graph = chain()
    edits.save_preset(graph, "a", "crop")
    with pytest.raises(GraphError, match=r"stretch: .*for geometry\.crop, this is a stretch"):
        edits.apply_preset(graph, "a", "stretch")
    for edit in (edits.apply_preset, edits.save_preset):
        with pytest.raises(GraphError, match="no such node"):
            edit(graph, "a", "nobody")
    with pytest.raises(GraphError, match="no preset 'b'"):
        edits.add_from_preset(graph, "b", (0, 0))
    with pytest.raises(GraphError, match="needs a name"):
        edits.save_preset(graph, " ", "crop")


def test_presets_are_renamed_and_removed() -> None:
    graph = chain()
    edits.save_preset(graph, "a", "crop")
    edits.save_preset(graph, "b", "crop")
    edits.rename_preset(graph, "a", "c")
    assert list(graph.presets) == ["c", "b"]
    with pytest.raises(GraphError, match="already a preset 'b'"):
        edits.rename_preset(graph, "c", "b")
    edits.remove_preset(graph, "c")
    assert list(graph.presets) == ["b"]


def test_a_preset_of_an_older_version_is_brought_up_to_date() -> None:
    old = {"type": "toy.shine", "version": 1, "params": {"amount": 40}}
    node = presets.read_preset("old", old, GLOW)
    assert (node.type, node.version) == ("toy.glow", 3)
    assert node.params == {"strength": 0.4, "mode": "soft"}


@pytest.mark.parametrize("damage", [None, 3, [], {}, {"type": 3}, {"type": "a.b", "params": []}])
def test_damaged_presets_in_a_graph_are_told(damage: Any) -> None:
    graph = chain()
    graph.presets["bad"] = damage
    before = serialize(graph)
    for edit in (
        lambda: edits.apply_preset(graph, "bad", "crop"),
        lambda: edits.add_from_preset(graph, "bad", (0, 0)),
    ):
        with pytest.raises(GraphError, match="the preset 'bad'"):
            edit()
    assert serialize(graph) == before


def test_a_shared_preset_is_read_elsewhere(tmp_path: Path) -> None:
    graph = chain()
    edits.save_preset(graph, "Größe – 1", "crop", "note")
    path = tmp_path / "one.preset.json"
    presets.share_preset({"Größe – 1": graph.presets["Größe – 1"]}, path)
    assert json.loads(path.read_text("utf-8"))["format"] == "linearlink-preset"
    found = presets.read_presets(path)
    assert found == graph.presets
    other = chain()
    edits.apply_preset(other, "x", "crop", found["Größe – 1"])
    assert other.nodes["crop"].params == graph.presets["Größe – 1"]["params"]
    assert not other.presets


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "line 1, column 2"),
        ("[]", "no file of presets"),
        ('{"format": "linearlink-graph"}', "no file of presets"),
        ('{"format": "linearlink-preset"}', "whole number from 1"),
        ('{"format": "linearlink-preset", "version": 2, "presets": {}}', "newer LinearLink"),
        ('{"format": "linearlink-preset", "version": 1}', "no presets in it"),
        ('{"format": "linearlink-preset", "version": 1, "presets": {"a": {}}}', "'a' has no type"),
        (
            '{"format": "linearlink-preset", "version": 1, "presets": {"": {"type": "a.b"}}}',
            "needs a name",
        ),
        (
            '{"format": "linearlink-preset", "version": 1, '
            '"presets": {"a": {"type": "x.y", "params": [NaN]}}}',
            "NaN is not a finite number",
        ),
        (
            '{"format": "linearlink-preset", "version": 1, '
            '"presets": {"a": {"type": "x.y", "params": 1}}}',
            "are no object",
        ),
        ("[" * 60 + "]" * 60, "nested deeper"),
    ],
)
def test_bad_files_of_presets_are_told_by_name(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.preset.json"
    path.write_text(text)
    with pytest.raises(GraphError) as caught:
        presets.read_presets(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_missing_large_and_binary_files_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.preset.json"
    with pytest.raises(GraphError, match="cannot be read"):
        presets.read_presets(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(GraphError, match="not UTF-8"):
        presets.read_presets(path)
    monkeypatch.setattr(presets, "MAX_BYTES", 2)
    with pytest.raises(GraphError, match="larger than"):
        presets.read_presets(path)


def test_the_users_own_presets(tmp_path: Path) -> None:
    folder = tmp_path / "presets"
    assert presets.list_presets(folder) == ({}, [])
    graph = chain()
    made = presets.make_preset(graph, "crop", "mine")
    names = ["soft", "Soft", "a/b: *?", "ключ", "x" * 200]
    for name in names:
        presets.keep_preset(name, made, folder)
    presets.keep_preset("soft", made | {"note": "again"}, folder)
    found, problems = presets.list_presets(folder)
    assert not problems
    assert sorted(found) == sorted(names)
    assert found["soft"]["note"] == "again"
    assert found["Soft"] == made
    presets.delete_preset("soft", folder)
    (folder / "broken.preset.json").write_text("{")
    found, problems = presets.list_presets(folder)
    assert sorted(found) == sorted(names[1:])
    assert "broken.preset.json" in str(problems[0])
    with pytest.raises(GraphError, match="no preset 'soft'"):
        presets.delete_preset("soft", folder)
