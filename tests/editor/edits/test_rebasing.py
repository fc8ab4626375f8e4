"""Paths when the file of a graph moves to another folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from graph.files import list_files, place
from graph.model import Graph
from tests.editor.pictures import REGISTRY
from ui.editor import edits


def build(files: Any, file: str = "a.fits", out: str = "out.fits") -> Graph:
    graph = Graph(REGISTRY)
    graph.add("frames", "io.load_frames", files=files)
    graph.add("image", "io.load_image", file=file)
    graph.add("save", "io.save_image", file=out)
    return graph


@pytest.mark.parametrize("new", ["other/deep", ".", "old", "old/inner"])
def test_relative_paths_keep_naming_the_same_files(tmp_path: Path, new: str) -> None:
    old, there = tmp_path / "old", tmp_path / new
    for folder in (old / "lights", there):
        folder.mkdir(parents=True, exist_ok=True)
    for name in ("lights/l1.fits", "lights/l2.fits", "a.fits"):
        (old / name).touch()
    (tmp_path / "up.fits").touch()
    graph = build(["lights/l1.fits", "../up.fits"])
    graph.add("pattern", "io.load_frames", files="lights/l*.fits")
    edits.rebase(graph, old, there)
    read = graph.nodes["frames"].params["files"]
    assert [place(there, path) for path in read] == [old / "lights/l1.fits", tmp_path / "up.fits"]
    assert place(there, graph.nodes["image"].params["file"]) == old / "a.fits"
    pattern = graph.nodes["pattern"].params["files"]
    assert list_files(there, pattern, ()) == [old / "lights/l1.fits", old / "lights/l2.fits"]
    assert not any(os.path.isabs(path) for path in [*read, pattern])
    assert graph.nodes["save"].params["file"] == "out.fits"


def test_absolute_paths_and_what_is_no_path_stay(tmp_path: Path) -> None:
    away = (tmp_path / "x" / "a.fits").as_posix()
    graph = build([away, "~/b.fits", "C:\\c.fits", ""], away)
    nodes = dict(graph.nodes)
    edits.rebase(graph, tmp_path / "x", tmp_path / "y")
    assert graph.nodes == nodes


def test_the_first_save_takes_files_of_its_folder_in(tmp_path: Path) -> None:
    inside = (tmp_path / "night" / "l1.fits").as_posix()
    graph = build([inside, "/elsewhere/l2.fits"], inside, (tmp_path / "night/out.fits").as_posix())
    edits.rebase(graph, None, tmp_path / "night")
    assert graph.nodes["frames"].params["files"] == ["l1.fits", "/elsewhere/l2.fits"]
    assert graph.nodes["image"].params["file"] == "l1.fits"
    assert graph.nodes["save"].params["file"] == "out.fits"


def test_before_the_first_save_relative_paths_start_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "me"))
    graph = build("lights/*.fits")
    edits.rebase(graph, None, tmp_path / "me" / "graphs")
    assert graph.nodes["frames"].params["files"] == "../lights/*.fits"


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_folder_reached_by_a_link_is_the_same_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    graph = build("x.fits", (tmp_path / "real" / "a.fits").as_posix())
    edits.rebase(graph, None, tmp_path / "link")
    assert graph.nodes["image"].params["file"] == "a.fits"


def test_nodes_of_missing_types_and_odd_values_are_left_alone(tmp_path: Path) -> None:
    graph = build(3, file="a.fits")
    graph.set("frames", "files", {"odd": 1})
    graph.nodes["gone"] = graph.nodes["image"].__class__("pack.gone", {"file": "b.fits"})
    nodes = graph.nodes["frames"], graph.nodes["gone"]
    edits.rebase(graph, tmp_path / "a", tmp_path / "b")
    assert (graph.nodes["frames"], graph.nodes["gone"]) == nodes
