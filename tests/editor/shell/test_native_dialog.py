"""The system's file dialog: the commands, and a program that stands in for it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ui.editor.question import FileQuestion
from ui.editor.shell import native_dialog
from ui.editor.shell.native_dialog import NativeDialog, command, find_program

PROGRAMS = ("zenity", "kdialog", "osascript", "powershell")


def question(**options: object) -> FileQuestion:
    return FileQuestion('It\'s "mine"; $(x)', "images", ("*.fits",), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("option", ["open", "several", "save", "folder"])
def test_a_command_for_each_program_and_question(program: str, option: str) -> None:
    asked = question(**({} if option == "open" else {option: True}))
    made = command(program, asked, Path("/data/my night"))
    assert made[0] == program
    assert any("/data/my night" in part for part in made)
    several = ("--multiple", "multiple selections", "Multiselect")
    assert any(word in part for part in made for word in several) == (option == "several")
    filters = any("*.fits" in part for part in made)
    assert filters == (option != "folder" and program != "osascript")


def test_titles_cannot_leave_their_quotes() -> None:
    script = command("powershell", question(), Path("/x"))[-1]
    assert "'It''s \"mine\"; $(x)'" in script
    assert 'It\'s "mine"; $(x)' in command("osascript", question(), Path("/x"))  # an argument
    assert 'It\'s "mine"; $(x)' in command("kdialog", question(), Path("/x"))


def test_the_name_to_be_saved_is_offered(tmp_path: Path) -> None:
    asked = question(save=True, start=tmp_path / "mine.fits")
    for program in ("zenity", "kdialog"):
        assert any(f"{tmp_path}/mine.fits" in part for part in command(program, asked, tmp_path))
    assert command("osascript", asked, tmp_path)[-1] == "mine.fits"
    assert "FileName = 'mine.fits'" in command("powershell", asked, tmp_path)[-1]


def test_the_program_of_the_desktop_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_dialog.sys, "platform", "linux")
    monkeypatch.setattr(native_dialog.shutil, "which", lambda name: name)
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "KDE")
    assert find_program() == "kdialog"
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "GNOME")
    assert find_program() == "zenity"
    monkeypatch.setattr(native_dialog.shutil, "which", lambda name: None)
    assert find_program() is None


def finish(monkeypatch: pytest.MonkeyPatch, code: str, asked: FileQuestion) -> list[Path]:
    """What comes of a dialog for which a small program stands in."""
    monkeypatch.setattr(native_dialog, "command", lambda *_: [sys.executable, "-c", code])
    dialog = NativeDialog("zenity", asked, Path("/"))
    dialog._process.wait(timeout=60)
    found = dialog.poll()
    dialog.close()
    assert found is not None
    return found


def test_what_was_chosen_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    several = "print('/a/b c.fits'); print('/a/d.fits')"
    assert finish(monkeypatch, several, question(several=True)) == [
        Path("/a/b c.fits"),
        Path("/a/d.fits"),
    ]
    assert finish(monkeypatch, "raise SystemExit(1)", question()) == []


def test_a_thousand_files_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "for i in range(1000): print('/a/' + 200 * 'x' + f'{i}.fits')"  # more than a pipe holds
    assert len(finish(monkeypatch, code, question(several=True))) == 1000


def test_an_open_dialog_halts_nothing_and_can_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import time; time.sleep(600)"
    monkeypatch.setattr(native_dialog, "command", lambda *_: [sys.executable, "-c", code])
    dialog = NativeDialog("zenity", question(), Path("/"))
    assert dialog.poll() is None
    dialog.close()
    assert dialog._process.returncode is not None


def test_a_program_that_is_not_there_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_dialog, "command", lambda *_: ["/no/such/program"])
    with pytest.raises(OSError, match="program"):
        NativeDialog("zenity", question(), Path("/"))
