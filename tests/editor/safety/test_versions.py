"""Numbered older versions of a graph's file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graph.errors import GraphError
from tests.editor.documents import REGISTRY, make_document, set_value, value_of
from ui.editor.safety.versions import find_versions, folder_of, keep_version, restore_version


def test_every_save_keeps_what_the_file_held_before(tmp_path: Path) -> None:
    path = tmp_path / "first_light.graph.json"
    document = make_document()
    contents = []
    for number in range(4):
        set_value(document, float(10 + number))
        keep_version(path, 20)
        document.save(path)
        contents.append(path.read_bytes())
    versions = find_versions(path)
    assert [version.number for version in versions] == [3, 2, 1]
    assert [version.file.read_bytes() for version in versions] == contents[2::-1]
    assert versions[0].file.parent.name == ".first_light.versions"


def test_the_name_has_number_and_time_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    make_document(path)
    os.utime(path, (1e9, 1e9))
    version = keep_version(path, 3)
    assert version
    assert version.file.name == f"0001 {version.time:%Y-%m-%d %H.%M}.graph.json"
    assert version.time.timestamp() == 1e9
    assert find_versions(path)[0].number == 1


def test_so_many_are_kept_and_numbers_go_on(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for number in range(6):
        path.write_text(str(number))
        keep_version(path, 3)
    versions = find_versions(path)
    assert [version.number for version in versions] == [6, 5, 4]
    assert [version.file.read_text() for version in versions] == ["5", "4", "3"]


def test_nothing_is_kept_of_what_is_not_new(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    assert keep_version(path, 3) is None
    path.write_text("x")
    assert keep_version(path, 0) is None
    assert not folder_of(path).exists()
    assert keep_version(path, 3)
    assert keep_version(path, 3) is None
    assert len(find_versions(path)) == 1


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("x")
    folder_of(path).mkdir()
    names = ("notes.txt", "0001 9999-99-99 99.99.graph.json", "0009 2026-11-22 10.31.json")
    for name in names:
        (folder_of(path) / name).write_text("mine")
    keep_version(path, 1)
    path.write_text("y")
    keep_version(path, 1)
    assert all((folder_of(path) / name).is_file() for name in names)
    assert [version.file.read_text() for version in find_versions(path)] == ["y"]


def test_restoring_is_a_step_that_can_be_undone(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    document = make_document(path)
    version = keep_version(path, 3)
    assert version
    with document.change("Change much") as graph:
        graph.set("a", "value", 9.0)
        graph.add("b", "toy.one")
        graph.link("a", "number", "b", "a")
        graph.view["nodes"] = {"b": [1, 2]}
        graph.meta["title"] = "Other"
    document.save()
    restore_version(document, version, REGISTRY)
    assert list(document.graph.nodes) == ["a"]
    assert value_of(document) == 2.0
    assert (document.graph.view, document.graph.meta) == ({}, {})
    assert document.modified
    assert document.undo() == "Restore version 1"
    assert list(document.graph.nodes) == ["a", "b"]
    assert not document.modified


def test_a_version_that_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    document = make_document(path)
    version = keep_version(path, 3)
    assert version
    version.file.write_text("{")
    with pytest.raises(GraphError, match="0001"):
        restore_version(document, version, REGISTRY)
    assert document.undo_name is None
