"""What a folder holds and what a typed path means."""

from __future__ import annotations

from pathlib import Path

import pytest

from ui.editor.question import FileQuestion
from ui.editor.shell import browse
from ui.editor.shell.browse import (
    complete,
    fits,
    is_pattern,
    judge,
    list_folder,
    new_folder,
    read_path,
)

OPEN = FileQuestion("Open", "images", ("*.fits", "*.fit"))
SAVE = FileQuestion("Save", "graphs", ("*.graph.json", "*.json"), save=True)
FOLDER = FileQuestion("Folder", "images", folder=True)


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if name.endswith("/") else path.write_text("abc")


def test_folders_come_first_in_natural_order_and_files_by_pattern(tmp_path: Path) -> None:
    make(tmp_path, "l_10.fits", "l_9.FITS", "b.png", ".hidden.fits", "z2/", "z10/", ".git/")
    (tmp_path / "broken.fits").symlink_to(tmp_path / "nowhere")
    rows, more = list_folder(tmp_path, OPEN.patterns)
    assert [row.name for row in rows] == ["z2", "z10", "l_9.FITS", "l_10.fits"]
    assert [row.is_folder for row in rows] == [True, True, False, False]
    assert rows[-1].size == 3
    assert more == 0
    with pytest.raises(OSError, match="nowhere"):
        list_folder(tmp_path / "nowhere", ("*",))


def test_of_a_large_folder_the_rest_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "MOST", 3)
    make(tmp_path, *"abcde")
    rows, more = list_folder(tmp_path, ("*",))
    assert ([row.name for row in rows], more) == (["a", "b", "c"], 2)


def test_typed_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert read_path("a b.fits", tmp_path) == tmp_path / "a b.fits"
    assert read_path(" ../x ", tmp_path / "sub") == tmp_path / "x"
    assert read_path("/data/x.fits", tmp_path) == Path("/data/x.fits")
    assert read_path("'/data/my x.fits'", tmp_path) == Path("/data/my x.fits")
    assert read_path("~/x", tmp_path) == tmp_path / "me" / "x"
    assert read_path("~", tmp_path) == tmp_path / "me"


def test_patterns_are_told_from_names() -> None:
    assert is_pattern("*.fit*")
    assert is_pattern("l_?.fits")
    assert not is_pattern("l_1.fits")
    assert not is_pattern("/data/*.fits")
    assert fits("A.FITS", ("*.png", "*.fits"))
    assert not fits("a.tif", ("*.png", "*.fits"))


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("mine", "mine.graph.json"),
        ("mine.json", "mine.json"),
        ("mine.graph.JSON", "mine.graph.JSON"),
        ("m31.2026", "m31.2026.graph.json"),
    ],
)
def test_what_is_saved_gets_its_ending(tmp_path: Path, name: str, made: str) -> None:
    assert complete(tmp_path / name, SAVE) == tmp_path / made
    assert complete(tmp_path / name, OPEN) == tmp_path / name
    anything = FileQuestion("Save", "output", save=True)
    assert complete(tmp_path / name, anything) == tmp_path / name


def test_what_cannot_be_chosen_is_told(tmp_path: Path) -> None:
    make(tmp_path, "a.fits", "sub/")
    assert judge([], OPEN) == "nothing is chosen yet"
    assert judge([tmp_path / "a.fits"], OPEN) is None
    assert "no file" in str(judge([tmp_path / "a.fits", tmp_path / "b.fits"], OPEN))
    assert "is a folder" in str(judge([tmp_path / "sub"], OPEN))
    assert judge([tmp_path / "new.json"], SAVE) is None
    assert "make it first" in str(judge([tmp_path / "no" / "new.json"], SAVE))
    assert "give a file name" in str(judge([tmp_path / "sub"], SAVE))
    assert judge([tmp_path / "sub"], FOLDER) is None
    assert "no folder" in str(judge([tmp_path / "a.fits"], FOLDER))


def test_a_new_folder(tmp_path: Path) -> None:
    assert new_folder(tmp_path, " Night 1 ") == tmp_path / "Night 1"
    assert (tmp_path / "Night 1").is_dir()
    for name, words in (
        ("Night 1", "already"),
        ("", "no name"),
        ("a/b", "no name"),
        ("..", "already"),
    ):
        with pytest.raises(OSError, match=words):
            new_folder(tmp_path, name)
    assert not (tmp_path / "a").exists()


def test_places_exist_and_stand_there_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    make(tmp_path, "night/")
    found = browse.places([tmp_path, tmp_path / "night", tmp_path / "gone"])
    assert found[0] == ("Home", tmp_path)
    assert ("Samples", browse.samples_folder()) in found
    assert found[-1] == ("night", tmp_path / "night")
    assert len({path for _, path in found}) == len(found)
