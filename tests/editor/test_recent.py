"""The graphs and folders that were used last."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ui.editor.recent import MOST, Recent


def test_the_newest_comes_first_and_once(tmp_path: Path) -> None:
    recent = Recent(tmp_path)
    for name in ("a", "b", "a"):
        recent.add_graph(tmp_path / "graphs" / f"{name}.json")
    assert [path.stem for path in recent.graphs()] == ["a", "b"]
    assert recent.folders("graphs") == [tmp_path / "graphs"]
    assert [path.stem for path in Recent(tmp_path).graphs()] == ["a", "b"]  # kept in a file


def test_only_so_many_are_remembered(tmp_path: Path) -> None:
    recent = Recent(tmp_path)
    for number in range(MOST + 5):
        recent.add_graph(tmp_path / f"{number}.json")
        recent.add_folder("images", tmp_path / str(number))
    assert [path.stem for path in recent.graphs()] == [str(n) for n in range(MOST + 4, 4, -1)]
    assert len(recent.folders("images")) == MOST
    many = [str(tmp_path / f"{number}.json") for number in range(50)]
    (tmp_path / "recent.json").write_text(json.dumps({"graphs": many}))
    assert len(recent.graphs()) == MOST


def test_folders_of_one_kind_are_not_those_of_another(tmp_path: Path) -> None:
    recent = Recent(tmp_path)
    recent.add_folder("images", tmp_path / "night")
    assert recent.folders("images") == [tmp_path / "night"]
    assert recent.folders("output") == []


def test_two_editors_keep_what_the_other_added(tmp_path: Path) -> None:
    one, two = Recent(tmp_path), Recent(tmp_path)
    one.add_graph(tmp_path / "one.json")
    two.add_graph(tmp_path / "two.json")
    one.add_folder("images", tmp_path)
    assert [path.stem for path in one.graphs()] == ["two", "one"]


def test_graphs_can_be_forgotten(tmp_path: Path) -> None:
    recent = Recent(tmp_path)
    for name in ("a", "b", "c"):
        recent.add_graph(tmp_path / name)
    recent.forget_graph(tmp_path / "b")
    assert [path.name for path in recent.graphs()] == ["c", "a"]
    recent.forget_graphs()
    assert recent.graphs() == []
    assert recent.folders("graphs") == [tmp_path]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"graphs": 3, "folders": []}', '{"graphs": [1, null, "rel"]}', "[" * 100_000],
)
def test_a_damaged_file_counts_as_empty(tmp_path: Path, content: str) -> None:
    (tmp_path / "recent.json").write_text(content)
    recent = Recent(tmp_path)
    assert recent.graphs() == []
    assert recent.folders("images") == []
    recent.add_graph(tmp_path / "a.json")
    recent.add_folder("images", tmp_path)
    assert recent.graphs() == [tmp_path / "a.json"]
    assert recent.folders("images") == [tmp_path]


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    recent = Recent(tmp_path / "file")
    recent.add_graph(tmp_path / "a.json")
    assert recent.graphs() == []
