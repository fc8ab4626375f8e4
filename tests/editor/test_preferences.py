"""What a user chooses once and for all graphs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ui.editor import preferences
from ui.editor.preferences import Preferences, linux_scale, read, write


def test_they_come_back_as_they_were_written(tmp_path: Path) -> None:
    assert read(tmp_path) == (Preferences(), [])
    chosen = Preferences(
        theme="light", scale=1.5, dialogs="own", threads=3, auto_run=False, versions=0
    )
    write(chosen, tmp_path)
    assert read(tmp_path) == (chosen, [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "pink"),
        ("scale", 0.5),
        ("scale", float("nan")),
        ("scale", "2"),
        ("dialogs", None),
        ("threads", 0),
        ("threads", 2.5),
        ("threads", True),
        ("memory", 5),
        ("auto_run", 1),
        ("autosave", 0),
        ("versions", -1),
        ("store", 7),
    ],
)
def test_what_is_not_legal_is_named_and_told(tmp_path: Path, name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        replace(Preferences(), **{name: value})
    content = json.dumps({name: value, "snap": False})
    (tmp_path / "preferences.json").write_text(content)
    found, told = read(tmp_path)
    assert found == Preferences(snap=False)  # the others count
    assert len(told) == 1
    assert name in told[0]


def test_what_a_newer_program_wrote_is_kept(tmp_path: Path) -> None:
    (tmp_path / "preferences.json").write_text('{"hologram": [1], "theme": "light"}')
    found, told = read(tmp_path)
    assert (found.theme, told) == ("light", [])
    write(replace(found, theme="dark"), tmp_path)
    content = json.loads((tmp_path / "preferences.json").read_text())
    assert (content["hologram"], content["theme"]) == ([1], "dark")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"theme": "light"'])
def test_a_damaged_file_is_told_and_put_aside(tmp_path: Path, text: str) -> None:
    (tmp_path / "preferences.json").write_text(text)
    found, told = read(tmp_path)
    assert found == Preferences()
    assert "preferences.damaged.json" in told[0]
    assert (tmp_path / "preferences.damaged.json").read_text() == text
    write(found, tmp_path)
    assert read(tmp_path) == (Preferences(), [])


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "preferences.json").mkdir()
    found, told = read(tmp_path)
    assert found == Preferences()
    assert "cannot be read" in told[0]


@pytest.mark.parametrize(
    ("said", "scale"), [("2", 2.0), ("1.4", 1.5), ("9", 3.0), ("0", 1.0), ("0.3", 0.75), ("nan", 1)]
)
def test_the_scale_is_guessed_by_what_the_desktop_says(
    monkeypatch: pytest.MonkeyPatch, said: str, scale: float
) -> None:
    monkeypatch.setattr(preferences.sys, "platform", "linux")
    monkeypatch.delenv("GDK_SCALE", raising=False)
    monkeypatch.setenv("QT_SCALE_FACTOR", said)
    assert preferences.guess_scale() == scale
    monkeypatch.setenv("GDK_SCALE", "no number")
    assert preferences.guess_scale() == scale


def test_without_a_word_from_the_desktop_the_scale_is_1(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GDK_SCALE", "QT_SCALE_FACTOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "")
    assert linux_scale() == 1
