"""How many files a parameter names, and how a chosen one is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from ui.editor.edits.adding import written
from ui.editor.inspector.chosen_files import count_files, look_at


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three images and a text."""
    (tmp_path / "lights").mkdir()
    for name in ("a.fits", "b.fits", "c.FITS", "notes.txt"):
        (tmp_path / "lights" / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("lights", ("3 files", True)),
        ("lights/a*", ("1 file", True)),
        (["lights/a.fits", ["lights/b.fits"]], ("2 files", True)),
        ("", ("", True)),
        ([], ("", True)),
    ],
)
def test_files_are_counted(folder: Path, value: object, told: tuple[str, bool]) -> None:
    assert count_files(folder, value, ("*.fits",)) == told


@pytest.mark.parametrize("value", ["darks", "lights/*.png", ["lights/a.fits", "lights/x.fits"]])
def test_what_is_not_there_is_told(folder: Path, value: object) -> None:
    text, well = count_files(folder, value, ("*.fits",))
    assert not well
    assert "no f" in text


def test_a_single_file(folder: Path) -> None:
    assert look_at(folder, "lights/a.fits") == ("", True)
    assert look_at(folder, None) == ("", True)
    assert look_at(folder, "lights/x.fits") == (f"no file {folder / 'lights' / 'x.fits'}", False)
    assert look_at(folder, "lights") == (f"{folder / 'lights'} is a folder", False)


def test_chosen_files_inside_the_folder_become_relative(folder: Path) -> None:
    assert written(folder / "lights" / "a.fits", folder) == "lights/a.fits"
    assert written(folder / "lights", folder / "lights" / "x") == (folder / "lights").as_posix()
    assert written(folder / "a.fits", None) == (folder / "a.fits").as_posix()
