"""Files outside a graph's own folder are touched only with consent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph.errors import GraphError
from graph.file import read, serialize
from graph.model import Graph
from ui.editor.document import Document
from ui.editor.safety.trust import Trust, leaving, missing_types, question
from ui.packs import load_registry

REGISTRY = load_registry(packs=False)


def make(path: Path, **files: str) -> Document:
    """A saved graph with a reader for each file, opened anew."""
    graph = Graph(REGISTRY)
    for id, file in files.items():
        graph.add(id, "io.load_image", file=file)
    path.parent.mkdir(exist_ok=True)
    path.write_text(serialize(graph))
    return open_anew(path)


def open_anew(path: Path) -> Document:
    return Document(read(path, REGISTRY), path)


def test_a_graph_that_stays_in_its_folder_is_trusted(tmp_path: Path) -> None:
    document = make(tmp_path / "a.json", a="data/x.fits", b="sub/../y.fits")
    assert Trust(tmp_path).judge(document) == []
    assert document.trusted


@pytest.mark.parametrize("file", ["/etc/passwd", "../x.fits", "~/x.fits", "C:\\x.fits"])
def test_paths_outside_are_asked_for(tmp_path: Path, file: str) -> None:
    document = make(tmp_path / "a.json", a=file, b="x.fits")
    (asked,) = Trust(tmp_path).judge(document)
    assert not document.trusted
    assert str(asked) == f"a.file reads {file}"
    assert f"a.file reads {file}" in question([asked])


def test_consent_is_remembered_for_that_file_and_those_paths(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    trust = Trust(tmp_path / "state")
    document = make(path, a="../x.fits")
    trust.consent(document, trust.judge(document))
    assert document.trusted
    assert Trust(tmp_path / "state").judge(open_anew(path)) == []
    assert trust.judge(make(path, a="../x.fits", b="x.fits", c="../x.fits")) == []
    more = make(path, a="../x.fits", b="../y.fits")
    assert [one.path for one in trust.judge(more)] == ["../y.fits"]
    assert not more.trusted
    elsewhere = make(tmp_path / "b.json", a="../x.fits")
    assert [one.path for one in trust.judge(elsewhere)] == ["../x.fits"]


def test_consent_to_read_is_none_to_write(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    trust = Trust(tmp_path / "state")
    trust.remember(make(path, a="../x.fits"))
    graph = Graph(REGISTRY)
    graph.add("save", "io.save_image", file="../x.fits")
    path.write_text(serialize(graph))
    assert [one.writes for one in trust.judge(open_anew(path))] == [True]


def test_without_outside_paths_consents_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    trust = Trust(tmp_path / "state")
    trust.remember(make(path, a="../x.fits"))
    trust.remember(make(path, a="x.fits"))
    assert len(trust.judge(make(path, a="../x.fits"))) == 1


def test_only_what_was_asked_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    trust = Trust(tmp_path / "state")
    document = make(path, a="../x.fits", b="../y.fits")
    first, second = trust.judge(document)
    trust.consent(document, [first])
    assert not document.trusted
    assert [one.path for one in trust.judge(open_anew(path))] == [second.path]
    trust.consent(document, [second])
    assert document.trusted
    assert trust.judge(open_anew(path)) == []


def test_trust_is_that_of_the_paths_used_now(tmp_path: Path) -> None:
    document = make(tmp_path / "a.json", a="/x.fits")
    Trust(tmp_path / "state").judge(document)
    assert not document.trusted
    with document.change("Choose file") as graph:
        graph.set("a", "file", "/y.fits")
    assert document.trusted
    document.undo()
    assert not document.trusted


def test_a_new_document_needs_no_file(tmp_path: Path) -> None:
    graph = Graph(REGISTRY)
    graph.add("a", "io.load_image", file="/data/x.fits")
    document = Document(graph)
    trust = Trust(tmp_path)
    asked = trust.judge(document)
    assert len(asked) == 1
    trust.consent(document, asked)
    assert document.trusted
    assert not (tmp_path / "trust.json").exists()


@pytest.mark.parametrize("text", ["", "[]", '{"PATH": 3}', '{"PATH": [3, null]}'])
def test_a_damaged_file_counts_as_no_consent(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    document = make(path, a="../x.fits")
    (tmp_path / "trust.json").write_text(text.replace("PATH", str(path)))
    trust = Trust(tmp_path)
    asked = trust.judge(document)
    assert len(asked) == 1
    trust.consent(document, asked)
    assert trust.judge(open_anew(path)) == []


def test_many_paths_are_asked_for_in_few_lines(tmp_path: Path) -> None:
    document = make(tmp_path / "a.json", **{f"n{i}": f"../{i}.fits" for i in range(20)})
    text = question(leaving(document.graph))
    assert "… and 14 more" in text
    assert len(text.splitlines()) == 9


def test_unknown_types_are_told_and_nothing_of_them_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    nodes: dict[str, Any] = {
        id: {"type": "pack.magic", "version": 3, "params": {"power": [1, {"x": None}]}, "odd": 1}
        for id in ("a", "b", "c", "d")
    }
    nodes["e"] = {"type": "io.load_imag", "params": {}}
    links = ["a.out -> b.in"]
    content = {"format": "linearlink-graph", "version": 1, "nodes": nodes, "links": links}
    path.write_text(json.dumps(content))
    document = open_anew(path)
    pack, near = missing_types(document.graph)
    assert "'pack.magic' is not installed; used by a, b, c and 1 more" in pack
    assert "did you mean 'io.load_image'?" in near
    with document.change("Move") as graph:
        graph.view["nodes"] = {"a": [1, 2]}
    document.save()
    saved = json.loads(path.read_text())
    assert {id: saved["nodes"][id] for id in "abcd"} == {id: nodes[id] for id in "abcd"}
    assert saved["links"] == links


def test_a_file_of_a_newer_format_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    text = json.dumps({"format": "linearlink-graph", "version": 99, "nodes": {}, "links": []})
    path.write_text(text)
    with pytest.raises(GraphError, match="99"):
        open_anew(path)
    assert path.read_text() == text
