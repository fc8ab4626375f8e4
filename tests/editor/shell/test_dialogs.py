"""Questions on the screen, in a context without one: what is built, and what keys do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dearpygui.dearpygui as dpg
import pytest

from graph.registry import Registry
from graph.store import Store
from ui.editor.editor import Editor
from ui.editor.input import Input
from ui.editor.preferences import Preferences
from ui.editor.question import FileQuestion, Question, TextQuestion
from ui.editor.recent import Recent
from ui.editor.safety.trust import Trust
from ui.editor.shell import dialogs, native_dialog
from ui.editor.shell.dialogs import ANSWER, Dialogs
from ui.editor.shell.file_dialog import FIELD, FileDialog


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    """An editor with nothing open, in a context that nothing is drawn in."""
    dpg.create_context()
    state = tmp_path / "state"
    made = Editor(
        Registry(),
        Store(1 << 20),
        Preferences(dialogs="own"),
        recent=Recent(state),
        trust=Trust(state),
    )
    yield made
    made.close()
    dpg.destroy_context()


@pytest.fixture
def shown(editor: Editor) -> Dialogs:
    """The dialogs of the editor."""
    made = Dialogs(editor)
    made.build()
    return made


def settle(shown: Dialogs) -> None:
    """Let what was asked come on the screen and be seen."""
    for _ in range(9):
        shown.sync()


def press(shown: Dialogs, key: str, *mods: str) -> bool:
    return shown.on_input(Input("key", 0, 0, mods=frozenset(mods), key=key))


def labels(item: int | str) -> list[str]:
    """The labels of all buttons in an item."""
    found = []
    for child in [c for slot in dpg.get_item_children(item).values() for c in slot]:
        if dpg.get_item_type(child) == "mvAppItemType::mvButton":
            found.append(str(dpg.get_item_label(child)))
        found += labels(child)
    return found


def ask(editor: Editor, shown: Dialogs, *questions: Any) -> None:
    for question in questions:
        editor.ask(question)
    settle(shown)


def test_questions_come_one_at_a_time_and_enter_and_escape_answer(
    editor: Editor, shown: Dialogs
) -> None:
    told: list[str] = []
    answers = ("Save", "Don't save", "Cancel")
    ask(editor, shown, *(Question(f"Q{n}", "Text", answers, told.append) for n in range(3)))
    assert shown.is_open
    assert shown._shown
    assert labels(shown._shown.item) == list(answers)
    assert press(shown, "A")  # not for anybody else
    assert told == []
    press(shown, "Enter")
    assert told == ["Save"]
    shown.sync()
    press(shown, "Enter")  # too soon to be meant for the next question
    assert told == ["Save"]
    settle(shown)
    press(shown, "Escape")
    settle(shown)
    shown._shown._on_button(0, None, "Don't save")  # type: ignore[union-attr]
    assert told == ["Save", "Cancel", "Don't save"]
    settle(shown)
    assert not shown.is_open
    assert not press(shown, "Enter")
    assert "mvAppItemType::mvWindowAppItem" not in map(dpg.get_item_type, dpg.get_windows())


@pytest.mark.parametrize("cautious", [False, True])
def test_the_button_that_enter_presses_stands_out(
    editor: Editor, shown: Dialogs, cautious: bool
) -> None:
    told: list[str] = []
    ask(editor, shown, Question("Q", "Text", ("Allow", "Leave it"), told.append, cautious))
    [marked] = [b for b in ("Allow", "Leave it") if dpg.get_item_theme(f"answer:{b}")]
    press(shown, "Enter")
    assert told == [marked] == ["Leave it" if cautious else "Allow"]


def test_a_key_that_is_held_down_does_not_answer_the_next_question(
    editor: Editor, shown: Dialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(dpg, "is_key_down", lambda key: key == dpg.mvKey_Return)
    ask(editor, shown, Question("One", "Text", ("OK",), told.append))
    for _ in range(50):  # it repeats
        press(shown, "Enter")
        shown.sync()
    assert told == []
    monkeypatch.setattr(dpg, "is_key_down", lambda key: False)
    shown.sync()
    press(shown, "Enter")
    assert told == ["OK"]


def test_an_answer_may_ask_again(editor: Editor, shown: Dialogs) -> None:
    told: list[str] = []
    second = Question("Two", "Text", ("Yes", "No"), told.append)
    ask(editor, shown, Question("One", "Text", ("OK",), lambda answer: editor.ask(second)))
    press(shown, "Enter")
    settle(shown)
    press(shown, "Escape")
    assert told == ["No"]


def test_a_line_is_checked_before_it_is_taken(editor: Editor, shown: Dialogs) -> None:
    told: list[str] = []

    def check(text: str) -> str | None:
        return None if text.isalpha() else "letters only"

    ask(editor, shown, TextQuestion("Name", "Its name", "a1", check, told.append))
    press(shown, "Enter")
    assert told == []
    assert shown.is_open
    dpg.set_value(ANSWER, "abc")
    settle(shown)
    press(shown, "Enter")
    assert told == ["abc"]
    ask(editor, shown, TextQuestion("Name", "Its name", "x", check, told.append))
    press(shown, "Escape")
    assert told == ["abc"]
    assert not shown.is_open


def files(then: Any, **options: Any) -> FileQuestion:
    return FileQuestion("Open", "images", ("*.fits",), then=then, **options)


def dialog(shown: Dialogs) -> FileDialog:
    assert isinstance(shown._shown, FileDialog)
    return shown._shown


def test_a_file_is_chosen_by_typing_its_path(
    editor: Editor, shown: Dialogs, tmp_path: Path
) -> None:
    (tmp_path / "night").mkdir()
    (tmp_path / "night" / "a.fits").write_text("x")
    told: list[list[Path]] = []
    ask(editor, shown, files(told.append, start=tmp_path))
    assert [row.name for row in dialog(shown).browser.rows] == ["night"]
    dpg.set_value(FIELD, "night")
    press(shown, "Enter")
    settle(shown)
    assert dpg.get_value(FIELD) == ""
    dpg.set_value(FIELD, str(tmp_path / "night" / "a.fits"))
    press(shown, "Enter")
    assert told == [[tmp_path / "night" / "a.fits"]]
    assert not shown.is_open
    assert editor.recent.folders("images") == [tmp_path / "night"]


def test_the_next_dialog_starts_where_the_last_one_ended(
    editor: Editor, shown: Dialogs, tmp_path: Path
) -> None:
    (tmp_path / "a.fits").write_text("x")
    editor.recent.add_folder("images", tmp_path / "gone")
    editor.recent.add_folder("images", tmp_path)
    told: list[list[Path]] = []
    ask(editor, shown, files(told.append))
    assert dialog(shown).browser.folder == tmp_path
    press(shown, "Down")
    press(shown, "Down")
    settle(shown)
    assert dpg.get_value(FIELD) == "a.fits"
    dialog(shown)._on_row(0, True, 1)
    dialog(shown)._on_row(0, True, 1)  # twice
    assert told == [[tmp_path / "a.fits"]]


def test_rows_stay_when_only_the_selection_changes(
    editor: Editor, shown: Dialogs, tmp_path: Path
) -> None:
    for name in "abc":
        (tmp_path / f"{name}.fits").write_text("x")
    ask(editor, shown, files(print, start=tmp_path, several=True))
    before = dpg.get_item_children(dialog(shown)._table, 1)
    dialog(shown).browser.press(0)
    dialog(shown).browser.press(2, {"shift"})
    settle(shown)
    assert dpg.get_item_children(dialog(shown)._table, 1) == before
    rows = [dpg.get_value(f"file_dialog:row:{place}") for place in range(3)]
    assert rows == [True, True, True]
    dialog(shown).browser.press(1)
    settle(shown)
    assert not dpg.get_value("file_dialog:row:0")
    dialog(shown).browser.up()
    settle(shown)
    assert dpg.get_item_children(dialog(shown)._table, 1) != before


def test_escape_chooses_nothing(editor: Editor, shown: Dialogs, tmp_path: Path) -> None:
    told: list[list[Path]] = []
    ask(editor, shown, files(told.append, start=tmp_path))
    press(shown, "Escape")
    assert told == []
    assert not shown.is_open


def test_replacing_needs_the_button(editor: Editor, shown: Dialogs, tmp_path: Path) -> None:
    (tmp_path / "a.fits").write_text("x")
    told: list[list[Path]] = []
    ask(editor, shown, files(told.append, save=True, start=tmp_path / "a"))
    press(shown, "Enter")
    press(shown, "Enter")
    settle(shown)
    assert told == []
    assert "Replace it" in labels(dialog(shown).item)
    dialog(shown)._on_replace()
    assert told == [[tmp_path / "a.fits"]]


def test_a_folder_is_made_and_gone_into(editor: Editor, shown: Dialogs, tmp_path: Path) -> None:
    told: list[list[Path]] = []
    ask(editor, shown, files(told.append, save=True, start=tmp_path / "a.fits"))
    dialog(shown)._on_new_folder()
    dpg.set_value(dialog(shown)._folder_name, "stacks")
    press(shown, "Enter")
    settle(shown)
    press(shown, "Enter")
    assert told == [[tmp_path / "stacks" / "a.fits"]]


class Native:
    """Stands in for the system's dialog: says what it was told to."""

    answer: list[Path] | None = None
    closed = 0

    def __init__(self, *given: Any) -> None:
        self.given = given

    def poll(self) -> list[Path] | None:
        return Native.answer

    def close(self) -> None:
        Native.closed += 1


@pytest.fixture
def native(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> type[Native]:
    """The preference for the system's dialogs, where there is one."""
    editor.preferences = Preferences(dialogs="native")
    monkeypatch.setattr(native_dialog, "find_program", lambda: "zenity")
    monkeypatch.setattr(dialogs, "NativeDialog", Native)
    Native.answer, Native.closed = None, 0
    return Native


def test_the_systems_dialog_is_waited_for(
    editor: Editor, shown: Dialogs, tmp_path: Path, native: type[Native]
) -> None:
    told: list[list[Path]] = []
    ask(editor, shown, files(told.append, save=True, start=tmp_path / "x.fits"))
    assert shown.is_open
    assert told == []
    native.answer = [tmp_path / "new"]
    settle(shown)
    assert told == [[tmp_path / "new.fits"]]
    assert native.closed == 1
    assert not shown.is_open


def test_an_ending_that_we_add_replaces_nothing_unasked(
    editor: Editor, shown: Dialogs, tmp_path: Path, native: type[Native]
) -> None:
    (tmp_path / "new.fits").write_text("x")
    told: list[list[Path]] = []
    for answer, expected in (("Escape", []), ("Enter", [[tmp_path / "new.fits"]])):
        native.answer = [tmp_path / "new"]
        ask(editor, shown, files(told.append, save=True, start=tmp_path / "x.fits"))
        settle(shown)
        press(shown, answer)
        assert told == expected


def test_the_systems_dialog_can_be_given_up(
    editor: Editor, shown: Dialogs, tmp_path: Path, native: type[Native]
) -> None:
    told: list[list[Path]] = []
    ask(editor, shown, files(told.append, start=tmp_path))
    press(shown, "Escape")
    assert native.closed == 1
    assert told == []
    assert not shown.is_open
    native.answer = []
    ask(editor, shown, files(told.append, start=tmp_path))
    assert told == []
    assert not shown.is_open
