"""Copies of nodes (U04): by text, between graphs, side by side; files on the clipboard."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import GraphError
from graph.file import parse, serialize
from graph.model import Graph
from tests.editor.pictures import REGISTRY, build, chain, links
from ui.editor import edits
from ui.editor.edits import places
from ui.editor.edits.adding import free_id


def test_u04_pasted_nodes_get_new_ids_keep_inner_links_and_drop_outer_ones() -> None:
    graph = chain()
    graph.set("crop", "left", 7)
    edits.set_title(graph, "stretch", "Soft")
    edits.toggle_mode(graph, ["stretch"], "bypass")
    edits.toggle_collapsed(graph, ["crop"])
    before = links(graph)
    text = edits.copy_text(graph, ["stretch", "crop"])
    assert edits.paste(graph, text, (1000, 500)) == ["crop2", "stretch2"]
    assert links(graph) == before | {"crop2.image -> stretch2.image"}
    assert graph.nodes["crop2"].params["left"] == 7
    assert (graph.nodes["stretch2"].title, graph.nodes["stretch2"].mode) == ("Soft", "bypass")
    assert places.collapsed(graph) == {"crop", "crop2"}
    assert places.place_of(graph, "crop2") == (1000, 500)
    assert places.place_of(graph, "stretch2") == (1200, 500)


def test_u04_also_into_another_graph() -> None:
    graph = chain()
    text = edits.copy_text(graph, ["crop", "stretch"])
    other = Graph(REGISTRY)
    assert edits.paste(other, text) == ["crop", "stretch"]
    assert links(other) == {"crop.image -> stretch.image"}
    assert places.place_of(other, "stretch") == places.place_of(graph, "stretch")
    assert parse(text, REGISTRY).nodes == other.nodes


def test_u04_pasting_twice_never_stands_on_the_same_spot() -> None:
    graph = chain()
    text = edits.copy_text(graph, graph.nodes)
    for _ in range(3):
        edits.paste(graph, text)
    spots = [places.place_of(graph, id) for id in graph.nodes]
    assert len(set(spots)) == len(spots) == 16


def test_u04_unknown_types_and_their_settings_are_pasted() -> None:
    text = serialize(chain()).replace('"geometry.crop"', '"pack.gone"')
    graph = parse(text, REGISTRY)
    (id,) = edits.paste(graph, edits.copy_text(graph, ["crop"]))
    assert graph.nodes[id] == graph.nodes["crop"]
    assert graph.nodes[id].type == "pack.gone"


def test_frames_and_notes_come_along_when_all_of_them_is_copied() -> None:
    graph = chain()
    edits.set_color(graph, "frames", edits.add_frame(graph, ["crop", "stretch"], "Work"), "#405060")
    edits.add_frame(graph, ["load", "crop", "stretch"], "More")
    edits.add_note(graph, (210, 10), "between")
    edits.add_note(graph, (5000, 10), "far away")
    part = parse(edits.copy_text(graph, ["crop", "stretch"]), REGISTRY)
    assert [entry["title"] for entry in part.view["frames"]] == ["Work"]
    assert [entry["text"] for entry in part.view["notes"]] == ["between"]
    x, y, width, height = graph.view["frames"][0]["rect"]
    edits.paste(graph, edits.copy_text(graph, ["crop", "stretch"]), (200, 1000))
    assert graph.view["frames"][2] == {
        "title": "Work", "color": "#405060", "rect": [x, y + 1000, width, height],
    }  # fmt: skip
    assert graph.view["notes"][2]["rect"][:2] == [210, 1010]


def test_chosen_frames_and_notes_are_copied_wherever_they_stand() -> None:
    graph = chain()
    edits.put_frame(graph, (5000, 5000, 90, 90), "empty")
    edits.add_note(graph, (5000, 10), "far away")
    text = edits.copy_text(graph, [], [("frames", 0), ("notes", 0)])
    assert edits.paste(graph, text, (100, 200)) == []
    assert graph.view["frames"][1]["rect"] == [100, 5190, 90, 90]
    assert graph.view["notes"][1]["rect"][:2] == [100, 200]
    assert not parse(edits.copy_text(graph, ["load"]), REGISTRY).view.get("notes")


def test_named_inputs_follow_a_cut_and_are_not_doubled_by_a_copy() -> None:
    graph = chain()
    graph.inputs = {"picture": {"node": "load", "param": "file", "help": "any"}}
    text = edits.copy_text(graph, ["load"])
    edits.paste(graph, text)
    assert graph.inputs == {"picture": {"node": "load", "param": "file", "help": "any"}}
    edits.remove(graph, ["load", "load2"])
    graph.add("load", "io.load_image")
    edits.paste(graph, text)
    assert graph.inputs == {"picture": {"node": "load2", "param": "file", "help": "any"}}


def test_a_graph_without_places_is_laid_out() -> None:
    text = serialize(chain())
    bare = parse(text, REGISTRY)
    bare.view = {}
    graph = Graph(REGISTRY)
    edits.paste(graph, serialize(bare), (10, 20))
    spots = [places.place_of(graph, id) or (0, 0) for id in graph.nodes]
    assert min(x for x, _ in spots) == 10
    assert [x for x, _ in spots] == sorted({x for x, _ in spots})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the clipboard is empty"),
        ("hello world", "neither nodes nor paths of files, but 'hello world'"),
        ('{"format": "linearlink-graph", "version": 1, "nodes": {', "cannot be pasted: line 1"),
        ('{"format": "linearlink-graph", "version": 1, "nodes": {"a": 1}}', "a: must be an object"),
        ('{"format": "linearlink-graph", "version": 99}', "newer LinearLink"),
        ('{"format": "linearlink-graph", "version": 1}', "has no nodes"),
        ("/no/such/file.fits", "/no/such/file.fits: there is no such file or folder"),
        ("[1, 2]", "neither nodes nor paths"),
    ],
)
def test_anything_else_on_the_clipboard_is_told(text: str, message: str) -> None:
    graph = chain()
    before = serialize(graph)
    with pytest.raises(GraphError) as caught:
        edits.paste(graph, text)
    assert message in str(caught.value)
    assert serialize(graph) == before


def test_duplicate_keeps_inputs_when_asked_to() -> None:
    graph = chain()
    assert edits.duplicate(graph, ["crop", "stretch"], (0, 100)) == ["crop2", "stretch2"]
    assert places.place_of(graph, "crop2") == (200, 100)
    assert "load.image -> crop2.image" not in links(graph)
    assert edits.duplicate(graph, ["crop", "stretch"], (0, 200), keep_inputs=True) == [
        "crop3", "stretch3",
    ]  # fmt: skip
    assert {"load.image -> crop3.image", "crop3.image -> stretch3.image"} <= links(graph)
    assert graph.links["view", "image"] == ("stretch", "image")


def test_the_limit_of_nodes_holds_for_pasting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph that is too large could be saved, but not be opened again."""
    monkeypatch.setattr("ui.editor.edits.clipboard.MAX_NODES", 6)
    graph = chain()
    before = serialize(graph)
    with pytest.raises(GraphError, match="more than 6 nodes"):
        edits.duplicate(graph, ["load", "crop", "stretch"], (9, 9))
    assert serialize(graph) == before
    edits.duplicate(graph, ["load", "crop"], (9, 9))


@pytest.mark.parametrize(
    ("wanted", "taken", "id"),
    [
        ("crop", [], "crop"),
        ("crop", ["crop"], "crop2"),
        ("crop", ["crop", "crop2", "crop3"], "crop4"),
        ("m31", ["m31"], "m32"),
        ("31", ["31"], "312"),
        ("a.b:c", [], "a_b_c"),
        ("", [], "node"),
        ("x99999999999", ["x99999999999"], "x1000000"),
    ],
)
def test_ids_stay_readable(wanted: str, taken: list[str], id: str) -> None:
    assert free_id(taken, wanted) == id


# --- files ---------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("light_10.fits", "light_9.FIT", "m 31.xisf", "notes.txt"):
        (tmp_path / name).touch()
    return tmp_path


def test_one_image_several_and_a_folder(folder: Path) -> None:
    graph = Graph(REGISTRY)
    assert edits.add_files(graph, [folder / "m 31.xisf"], (0, 0)) == ["load_image"]
    assert graph.nodes["load_image"].params == {"file": (folder / "m 31.xisf").as_posix()}
    lights = [folder / "light_10.fits", folder / "light_9.FIT"]
    assert edits.add_files(graph, lights, (0, 0), folder) == ["load_frames"]
    assert graph.nodes["load_frames"].params == {"files": ["light_9.FIT", "light_10.fits"]}
    assert edits.add_files(graph, [folder], (0, 0), folder.parent) == ["load_frames2"]
    assert graph.nodes["load_frames2"].params == {"files": folder.name}
    both = edits.add_files(graph, [folder, folder / "m 31.xisf"], (0, 0))
    assert [graph.nodes[id].type for id in both] == ["io.load_image", "io.load_frames"]
    assert len({places.place_of(graph, id) for id in both}) == 2


def test_what_is_no_image_or_not_there_is_named(folder: Path) -> None:
    graph = Graph(REGISTRY)
    for name, message in (("notes.txt", "is no image"), ("gone.fits", "there is no such file")):
        with pytest.raises(GraphError, match=message) as caught:
            edits.add_files(graph, [folder / "light_10.fits", folder / name], (0, 0))
        assert name in str(caught.value)
    with pytest.raises(GraphError, match="no files"):
        edits.add_files(graph, [], (0, 0))
    assert not graph.nodes


@pytest.mark.parametrize("form", ["{path}\n", "file://{quoted}\r\n", '"{path}"', "# x\n{path}\n\n"])
def test_paths_on_the_clipboard_become_readers(folder: Path, form: str) -> None:
    path = (folder / "m 31.xisf").as_posix()
    text = form.format(path=path, quoted=path.replace(" ", "%20"))
    graph = Graph(REGISTRY)
    (id,) = edits.paste(graph, text, (3, 4))
    assert graph.nodes[id].params == {"file": path}
    assert places.place_of(graph, id) == (3, 4)


def test_copy_refuses_what_is_no_node() -> None:
    with pytest.raises(GraphError, match="x: there is no such node"):
        edits.copy_text(build(), ["x"])
