"""Our file dialog without a screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from ui.editor.question import FileQuestion
from ui.editor.shell.browser import Browser

FITS = ("*.fits",)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two folders and five files, four of which are images."""
    (tmp_path / "night 1" / "deep").mkdir(parents=True)
    (tmp_path / "night 2").mkdir()
    for name in ("a.fits", "b.fits", "c.fits", "d.fits", "notes.txt"):
        (tmp_path / name).write_text("x")
    return tmp_path


def open_one(at: Path, /, **options: object) -> Browser:
    return Browser(FileQuestion("Open", "images", FITS, **options), at)  # type: ignore[arg-type]


def names(browser: Browser) -> list[str]:
    return [row.name for row in browser.rows]


def typed(browser: Browser, text: str) -> list[Path] | None:
    browser.text = text
    return browser.accept()


def test_it_shows_folders_and_files_that_fit(folder: Path) -> None:
    assert names(open_one(folder)) == ["night 1", "night 2", "a.fits", "b.fits", "c.fits", "d.fits"]
    assert names(open_one(folder, folder=True)) == ["night 1", "night 2"]


def test_a_typed_path_is_the_answer(folder: Path) -> None:
    browser = open_one(folder / "night 1")
    assert typed(browser, str(folder / "b.fits")) == [folder / "b.fits"]
    assert typed(browser, "../c.fits") == [folder / "c.fits"]
    assert typed(browser, "nothing.fits") is None
    assert "no file" in browser.error
    assert typed(browser, "../notes.txt") == [folder / "notes.txt"]  # the user knows better


def test_a_typed_folder_is_gone_into_and_a_pattern_filters(folder: Path) -> None:
    browser = open_one(folder)
    assert typed(browser, "night 1") is None
    assert (browser.folder, browser.text) == (folder / "night 1", "")
    browser.back()
    assert browser.folder == folder
    assert typed(browser, "*.txt") is None
    assert names(browser)[2:] == ["notes.txt"]
    browser.filter(FITS)
    assert len(names(browser)) == 6


def test_clicking_selects_and_clicking_twice_answers(folder: Path) -> None:
    browser = open_one(folder)
    browser.press(3)
    assert browser.text == "b.fits"
    assert browser.accept() == [folder / "b.fits"]
    assert browser.open_row(4) == [folder / "c.fits"]
    assert browser.open_row(0) is None
    assert browser.folder == folder / "night 1"
    browser.up()
    assert browser.selected == [0]
    assert browser.accept() is None  # Enter goes into the folder selected
    assert browser.folder == folder / "night 1"


def test_several_files_by_control_and_shift(folder: Path) -> None:
    browser = open_one(folder, several=True)
    browser.press(2)
    browser.press(5, {"ctrl"})
    assert browser.accept() == [folder / "a.fits", folder / "d.fits"]
    browser.press(2, {"ctrl"})
    assert browser.text == "d.fits"
    browser.press(3)
    browser.press(5, {"shift"})
    assert browser.selected == [3, 4, 5]
    browser.press(0, {"ctrl"})
    assert browser.selected == [0]
    single = open_one(folder)
    single.press(2)
    single.press(4, {"ctrl"})
    assert single.selected == [4]


def test_arrows_move_through_the_list(folder: Path) -> None:
    browser = open_one(folder)
    browser.step(1)
    assert browser.selected == [0]
    browser.step(2)
    assert (browser.selected, browser.text) == ([2], "a.fits")
    browser.step(99)
    assert browser.selected == [5]
    browser.step(-99)
    assert (browser.selected, browser.text) == ([0], "")
    empty = open_one(folder / "night 2")
    empty.step(1)
    assert empty.selected == []


def test_a_folder_is_chosen_here_there_or_typed(folder: Path) -> None:
    browser = open_one(folder, folder=True)
    assert browser.accept() == [folder]
    browser.press(1)
    assert browser.accept() == [folder / "night 2"]
    assert typed(browser, "night 1/deep") == [folder / "night 1" / "deep"]
    assert typed(browser, "gone") is None
    assert "no folder" in browser.error


def test_saving_asks_before_it_replaces(folder: Path) -> None:
    browser = open_one(folder, save=True, start=folder / "a.fits")
    assert browser.text == "a.fits"
    assert browser.accept() is None
    assert browser.replace == folder / "a.fits"
    assert browser.accept() is None  # Enter alone never replaces
    assert browser.accept(replace=True) == [folder / "a.fits"]
    assert typed(browser, "new") == [folder / "new.fits"]
    assert typed(browser, "b") is None  # with its ending it is there
    assert browser.replace == folder / "b.fits"
    browser.press(0)
    assert browser.replace is None


def test_the_name_stays_when_another_folder_is_looked_at(folder: Path) -> None:
    browser = open_one(folder, save=True, start=folder / "mine.fits")
    browser.open_row(0)
    assert browser.accept() == [folder / "night 1" / "mine.fits"]
    browser.up()
    browser.press(1)
    assert browser.accept() is None
    assert browser.folder == folder / "night 2"
    assert browser.text == "mine.fits"


def test_a_folder_that_is_gone_or_closed_is_told(folder: Path) -> None:
    browser = open_one(folder / "never" / "was")
    assert browser.folder == folder
    (folder / "night 2").rmdir()
    assert not browser.go(folder / "night 2")
    assert "cannot be read" in browser.error
    assert browser.folder == folder


def test_a_new_folder_is_gone_into(folder: Path) -> None:
    browser = open_one(folder, save=True)
    browser.make_folder("night 1")
    assert "already" in browser.error
    browser.make_folder("stacks")
    assert browser.folder == folder / "stacks"
    assert browser.error == ""
    browser.back()
    assert "stacks" in names(browser)
