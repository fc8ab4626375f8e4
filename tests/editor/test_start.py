"""Starting the editor, without its window."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.errors import GraphError
from tests.command_line import SAMPLES
from tests.editor.documents import make_document, set_value
from ui.editor import preferences
from ui.editor.editor import Editor
from ui.editor.preferences import Preferences
from ui.editor.question import Question
from ui.editor.safety.folders import state_folder
from ui.editor.safety.recovery import Recovery
from ui.editor.safety.restoring import DISCARD, LATER, RESTORE
from ui.editor.start import open_editor

GRAPH = SAMPLES / "first_light.graph.json"
Start = Callable[..., tuple[Editor, Recovery]]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start an editor in folders of its own; all are ended."""
    for kind in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    made: list[tuple[Editor, Recovery]] = []

    def begin(*graphs: Path, **options: Any) -> tuple[Editor, Recovery]:
        given = {"store": None, "no_store": True, "ui_probe": False, **options}
        made.append(open_editor(argparse.Namespace(graphs=graphs, **given)))
        return made[-1]

    yield begin
    for editor, recovery in made:
        editor.close()
        recovery.close()


def asked(editor: Editor, title: str) -> Question:
    """The question of that title."""
    return next(q for q in editor.questions if isinstance(q, Question) and q.title == title)


def leave_work(path: Path | None = None) -> None:
    """Unsaved work of an editor that was ended in between."""
    document = make_document(path)
    set_value(document, 7.0)
    recovery = Recovery()
    recovery.keep([document])
    assert recovery._lock
    recovery._lock.release()


def test_it_opens_what_was_asked_for(start: Start) -> None:
    editor, _ = start(GRAPH)
    assert [document.path for document in editor.documents] == [GRAPH]
    assert not editor.questions
    empty, _ = start()
    assert [document.path for document in empty.documents] == [None]


def test_preferences_hold_and_what_is_wrong_with_them_is_told(start: Start) -> None:
    preferences.write(Preferences(theme="light", autosave=30))
    editor, recovery = start()
    assert (editor.preferences.theme, recovery.every) == ("light", 30)
    path = preferences.config_folder() / "preferences.json"
    path.write_text(json.dumps({"theme": "pink"}))
    editor, _ = start()
    assert "theme must be dark or light" in editor.log.entries[0].text


def test_u09_unsaved_work_is_offered_and_restored_only_when_wanted(
    start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "mine.graph.json"
    leave_work()
    leave_work(path)
    editor, recovery = start()
    assert len(editor.questions) == 2
    assert [document.path for document in editor.documents] == [None]  # nothing is loaded yet
    question = next(q for q in editor.questions if "mine" in q.text)  # type: ignore[union-attr]
    assert isinstance(question, Question)
    assert question.answers[-1] == LATER  # that of Escape
    question.then(RESTORE)
    assert editor.document.path == path
    assert editor.document.modified
    other = next(q for q in editor.questions if "mine" not in q.text)  # type: ignore[union-attr]
    other.then(LATER)  # type: ignore[arg-type, call-arg]
    recovery.close()
    again, second = start()
    assert len(again.questions) == 1
    asked(again, "Restore unsaved work?").then(DISCARD)
    second.close()
    assert not start()[0].questions


def test_restored_work_takes_the_place_of_its_file(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "mine.graph.json"
    leave_work(path)
    editor, _ = start(path)
    asked(editor, "Restore unsaved work?").then(RESTORE)
    assert [document.path for document in editor.documents] == [path]
    assert editor.document.modified


def test_u10_work_that_cannot_be_read_is_told_and_offered_once_more(
    start: Start, tmp_path: Path
) -> None:
    leave_work()
    (file,) = (state_folder() / "unsaved").rglob("*.recovery.json")
    file.write_text('{"graph": "nonsense"}')
    editor, recovery = start()
    asked(editor, "Restore unsaved work?").then(RESTORE)
    assert "once more" in asked(editor, "The work cannot be restored").text
    recovery.close()
    again, _ = start()
    assert "Last time they could not be read" in asked(again, "Restore unsaved work?").text


def test_a_store_that_is_none_is_an_error_only_where_it_was_asked_for(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("x")
    with pytest.raises(GraphError, match="other"):
        start(store=tmp_path / "other", no_store=False)
    preferences.write(Preferences(store=str(tmp_path / "other")))
    editor, _ = start(no_store=False)
    assert "other" in editor.log.entries[0].text
    assert editor.store.disk
    assert editor.store.disk.root == tmp_path / "cache" / "linearlink" / "store"
