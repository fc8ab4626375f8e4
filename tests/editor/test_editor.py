"""The editor without its window: documents, files, questions, actions."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from graph import live
from graph.disk import Disk
from graph.file import read, serialize
from graph.model import Graph
from graph.store import Store
from linearlink import main
from tests.editor.images import write_image
from ui.editor import acting, filing
from ui.editor.actions import ACTIONS, find_action
from ui.editor.document import Document
from ui.editor.editor import Editor
from ui.editor.inspector.preset_list import drop
from ui.editor.picture import Want
from ui.editor.preferences import Preferences
from ui.editor.question import FileQuestion, Question
from ui.editor.recent import Recent
from ui.editor.safety.trust import Trust
from ui.editor.safety.versions import find_versions
from ui.editor.shell.browse import complete
from ui.packs import load_registry

REGISTRY = load_registry(packs=False)


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    made = Editor(
        REGISTRY,
        Store(disk=Disk(tmp_path / "store")),
        Preferences(),
        recent=Recent(tmp_path / "state"),
        trust=Trust(tmp_path / "state"),
    )
    yield made
    made.close()


def _file(folder: Path, name: str = "a", image: str = "frame.fits") -> Path:
    folder.mkdir(exist_ok=True)
    if not (folder / "frame.fits").exists():
        write_image(folder / "frame.fits")
    graph = Graph(REGISTRY)
    graph.add("load", "io.load_image", file=image)
    graph.add("background", "background.polynomial", degree=1)
    graph.link("load", "image", "background", "image")
    path = folder / f"{name}.graph.json"
    path.write_text(serialize(graph))
    return path


def _settle(editor: Editor) -> None:
    editor.update()
    end = time.monotonic() + 30
    while editor.busy and time.monotonic() < end:
        editor.drain()
        time.sleep(0.005)
    editor.drain()
    assert not editor.busy


def _answer(editor: Editor, text: str) -> None:
    question = editor.questions.popleft()
    assert isinstance(question, Question)
    assert text in question.answers
    question.then(text)


def test_opening_takes_the_place_of_what_was_never_touched(editor: Editor, tmp_path: Path) -> None:
    assert filing.open_file(editor, _file(tmp_path / "g"))
    assert [d.name for d in editor.documents] == ["a"]
    assert editor.document.graph.nodes.keys() == {"load", "background"}
    assert editor.recent.graphs() == [tmp_path / "g" / "a.graph.json"]


def test_opening_twice_shows_the_one_that_is_open(editor: Editor, tmp_path: Path) -> None:
    a, b = _file(tmp_path / "g"), _file(tmp_path / "g", "b")
    for path in (a, b, a):
        filing.open_file(editor, path)
    assert [d.name for d in editor.documents] == ["a", "b"]
    assert editor.document.name == "a"


def test_a_damaged_file_is_told_and_nothing_else_changes(editor: Editor, tmp_path: Path) -> None:
    bad = tmp_path / "bad.graph.json"
    bad.write_text('{"format": "linearlink-graph", "version": 1, "nodes": [')
    before = editor.document
    assert not filing.open_file(editor, bad)
    assert editor.document is before
    question = editor.questions.popleft()
    assert "bad.graph.json" in question.text
    assert "line 1" in question.text


def test_a_newer_format_is_told(editor: Editor, tmp_path: Path) -> None:
    path = tmp_path / "new.graph.json"
    path.write_text('{"format": "linearlink-graph", "version": 99, "nodes": {}}')
    assert not filing.open_file(editor, path)
    assert "99" in editor.questions.popleft().text


def test_u11_switching_between_graphs_runs_nothing(editor: Editor, tmp_path: Path) -> None:
    want = Want("background", "image")
    for name in ("a", "b"):
        filing.open_file(editor, _file(tmp_path / "g", name))
        editor.wants = {1: want}
        _settle(editor)
    first, second = editor.documents
    for document in (first, second, first):
        editor.show(document)
        editor.update()
        assert not editor.busy
        assert want in editor.results.pictures


def test_c08_window_and_command_line_make_the_same(
    editor: Editor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _file(tmp_path / "g")
    filing.open_file(editor, path)
    editor.wants = {1: Want("background", "image")}
    _settle(editor)
    store = str(tmp_path / "store")
    assert main(["run", str(path), "--target", "background", "--store", store, "--json"]) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (summary["executed"], summary["cached"]) == ([], ["load", "background"]) or (
        summary["cached"] == ["background"] and summary["executed"] == []
    )


def test_files_outside_the_folder_ask_first(editor: Editor, tmp_path: Path) -> None:
    outside = write_image(tmp_path / "outside.fits")
    path = _file(tmp_path / "g", image=str(outside))
    filing.open_file(editor, path)
    editor.wants = {1: Want("background", "image")}
    _settle(editor)
    assert editor.results.pictures == {}
    assert str(outside) in editor.questions[0].text
    _answer(editor, filing.ALLOW)
    _settle(editor)
    assert editor.results.pictures
    filing.close(editor)
    filing.open_file(editor, path)
    assert not editor.questions  # remembered


def test_unsaved_changes_are_asked_about(editor: Editor, tmp_path: Path) -> None:
    path = _file(tmp_path / "g")
    for answer, saved, open_after in (
        ("Cancel", False, True),
        ("Don't save", False, False),
        ("Save", True, False),
    ):
        filing.open_file(editor, path)
        with editor.change("Set degree") as graph:
            graph.set("background", "degree", 3)
        filing.close(editor)
        _answer(editor, answer)
        assert (read(path, REGISTRY).nodes["background"].params["degree"] == 3) == saved
        assert (editor.document.path == path) == open_after
        if open_after:
            filing.close(editor)
            _answer(editor, "Don't save")


def test_leaving_asks_for_every_unsaved_graph(editor: Editor, tmp_path: Path) -> None:
    for name in ("a", "b"):
        filing.open_file(editor, _file(tmp_path / "g", name))
        with editor.change("Set degree") as graph:
            graph.set("background", "degree", 3)
    filing.leave(editor)
    _answer(editor, "Cancel")
    assert not editor.over
    filing.leave(editor)
    _answer(editor, "Save")
    assert not editor.over
    _answer(editor, "Don't save")
    assert editor.over


def test_saving_a_new_graph_asks_where(editor: Editor, tmp_path: Path) -> None:
    with editor.change("Add") as graph:
        graph.add("view", "view.screen")
    filing.save(editor)
    question = editor.questions.popleft()
    assert isinstance(question, FileQuestion)
    assert question.save
    question.then([complete(tmp_path / "mine", question)])
    assert editor.document.path == tmp_path / "mine.graph.json"
    assert not editor.document.modified


def test_saved_elsewhere_it_names_the_same_files(editor: Editor, tmp_path: Path) -> None:
    filing.open_file(editor, _file(tmp_path / "g"))
    (tmp_path / "other").mkdir()
    filing.save_as(editor)
    editor.questions.popleft().then([tmp_path / "other" / "b.graph.json"])  # type: ignore[union-attr]
    saved = editor.document.graph.nodes["load"].params["file"]
    assert (tmp_path / "other" / saved).resolve() == tmp_path / "g" / "frame.fits"


def test_after_saving_elsewhere_undo_names_the_same_files(editor: Editor, tmp_path: Path) -> None:
    filing.open_file(editor, _file(tmp_path / "g"))
    with editor.change("Title") as graph:
        graph.set_title("load", "Mine")
    (tmp_path / "other").mkdir()
    filing.save_as(editor)
    editor.questions.popleft().then([tmp_path / "other" / "b.graph.json"])  # type: ignore[union-attr]
    document = editor.document
    assert document.undo_name == "Title"  # being saved is no step
    assert not document.modified
    for step in (document.undo, document.redo):
        step()
        named = document.graph.nodes["load"].params["file"]
        assert (document.folder / named).resolve() == tmp_path / "g" / "frame.fits"
    assert not document.modified


def test_a_copy_elsewhere_names_the_same_files(editor: Editor, tmp_path: Path) -> None:
    filing.open_file(editor, _file(tmp_path / "g"))
    (tmp_path / "other").mkdir()
    filing.save_copy(editor)
    editor.questions.popleft().then([tmp_path / "other" / "b.graph.json"])  # type: ignore[union-attr]
    saved = read(tmp_path / "other" / "b.graph.json", REGISTRY).nodes["load"].params["file"]
    assert (tmp_path / "other" / saved).resolve() == tmp_path / "g" / "frame.fits"
    assert editor.document.path == tmp_path / "g" / "a.graph.json"


def test_a_save_that_fails_is_told_and_loses_nothing(editor: Editor, tmp_path: Path) -> None:
    path = _file(tmp_path / "g")
    filing.open_file(editor, path)
    with editor.change("Set degree") as graph:
        graph.set("background", "degree", 3)
    path.unlink()
    path.mkdir()
    filing.save(editor)
    assert editor.document.modified
    assert "not saved" in editor.message[1]


def test_threads_and_memory_hold_for_graphs_that_are_open(
    editor: Editor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[Any, Any]] = []
    real = live.run

    def run(*arguments: Any, workers: Any, memory: Any, **more: Any) -> Any:
        given.append((workers, memory))
        return real(*arguments, workers=workers, memory=memory, **more)

    monkeypatch.setattr(live, "run", run)
    filing.open_file(editor, _file(tmp_path / "g"))
    editor.set_preferences(replace(editor.preferences, threads=1, memory=600_000_000))
    editor.wants = {1: Want("background", "image")}
    _settle(editor)
    assert given == [(1, 600_000_000)]


def test_pasted_files_inside_the_folder_are_named_from_there(
    editor: Editor, tmp_path: Path
) -> None:
    filing.open_file(editor, _file(tmp_path / "g"))
    editor.panels["canvas"] = SimpleNamespace(pointer=lambda: (0.0, 0.0))
    editor.get_clipboard = lambda: f'"{tmp_path / "g" / "frame.fits"}"'
    acting.paste(editor)
    (pasted,) = editor.document.selection
    assert editor.document.graph.nodes[pasted].params["file"] == "frame.fits"
    assert not editor.questions


def test_whoever_stays_after_all_has_all_graphs_still(editor: Editor, tmp_path: Path) -> None:
    for name in ("a", "b"):
        filing.open_file(editor, _file(tmp_path / "g", name))
        with editor.change("Set degree") as graph:
            graph.set("background", "degree", 3)
    filing.leave(editor)
    _answer(editor, "Don't save")
    _answer(editor, "Cancel")
    assert [document.name for document in editor.documents] == ["a", "b"]
    assert all(document.modified for document in editor.documents)
    assert not editor.over


def test_nothing_is_asked_twice_when_the_window_is_closed(editor: Editor, tmp_path: Path) -> None:
    filing.open_file(editor, _file(tmp_path / "g"))
    with editor.change("Set degree") as graph:
        graph.set("background", "degree", 3)
    filing.close(editor)
    filing.leave(editor)
    assert len(editor.questions) == 1
    shown = editor.questions.popleft()  # as the dialogs do while it is on the screen
    editor.panels["dialogs"] = SimpleNamespace(is_open=True)
    filing.leave(editor)
    assert not editor.questions
    assert not editor.over
    editor.panels["dialogs"].is_open = False
    shown.then("Cancel")  # type: ignore[union-attr,arg-type]
    filing.leave(editor)
    assert len(editor.questions) == 1


def test_no_two_graphs_have_one_file(editor: Editor, tmp_path: Path) -> None:
    path = _file(tmp_path / "g")
    filing.open_file(editor, path)
    filing.new(editor)
    with editor.change("Add") as graph:
        graph.add("view", "view.screen")
    filing.save_as(editor)
    editor.questions.popleft().then([path])  # type: ignore[union-attr]
    assert editor.document.path is None
    assert "open as another graph" in editor.message[1]


def test_a_preset_that_names_a_file_outside_asks_first(editor: Editor, tmp_path: Path) -> None:
    filing.open_file(editor, _file(tmp_path / "g"))
    preset = {"type": "io.load_image", "version": 1, "params": {"file": "/elsewhere/a.fits"}}
    with editor.change("Read presets") as graph:
        graph.presets["foreign"] = preset
    assert editor.document.trusted
    drop(editor, ("preset", "graph", "foreign"), None, (0.0, 0.0))
    assert not editor.document.trusted
    _answer(editor, filing.ALLOW)
    assert editor.document.trusted


def test_undoing_a_paste_that_was_not_allowed_lets_the_graph_run(
    editor: Editor, tmp_path: Path
) -> None:
    filing.open_file(editor, _file(tmp_path / "g"))
    with editor.change("Choose file") as graph:  # by hand: that is consent
        graph.set("load", "file", "/by/hand.fits")
    editor.panels["canvas"] = SimpleNamespace(pointer=lambda: (0.0, 0.0))
    foreign = Graph(REGISTRY)
    foreign.add("spy", "io.load_image", file="/etc/secret.fits")
    editor.get_clipboard = lambda: serialize(foreign)
    acting.paste(editor)
    question = editor.questions[0]
    assert isinstance(question, Question)
    assert "/etc/secret.fits" in question.text
    assert "/by/hand.fits" not in question.text
    _answer(editor, filing.LEAVE)
    assert not editor.document.trusted
    acting.undo(editor)
    assert editor.document.trusted
    acting.redo(editor)
    assert not editor.document.trusted
    filing.ask_again(editor)
    _answer(editor, filing.ALLOW)
    assert editor.document.trusted


def test_an_older_version_is_asked_for_what_it_uses_outside(editor: Editor, tmp_path: Path) -> None:
    path = _file(tmp_path / "g", image="/elsewhere/a.fits")
    filing.open_file(editor, path)
    _answer(editor, filing.LEAVE)
    with editor.change("Choose file") as graph:
        graph.set("load", "file", "frame.fits")
    assert editor.document.trusted
    filing.save(editor)
    filing.close(editor)
    filing.open_file(editor, path)
    assert editor.document.trusted
    filing.restore(editor, find_versions(path)[0])
    assert not editor.document.trusted
    _answer(editor, filing.LEAVE)
    acting.undo(editor)
    assert editor.document.trusted


def test_what_is_refused_stays_so_in_another_folder(editor: Editor, tmp_path: Path) -> None:
    filing.open_file(editor, _file(tmp_path / "g", image="../secret.fits"))
    _answer(editor, filing.LEAVE)
    with editor.change("Add") as graph:
        graph.add("out", "io.save_image", file="../out.fits")
    filing.ask_foreign(editor, editor.document, {"read ../secret.fits"})
    _answer(editor, filing.LEAVE)
    (tmp_path / "deep" / "down").mkdir(parents=True)
    for out in ("../out.fits", "out.fits"):
        with editor.change("Choose file") as graph:
            graph.set("out", "file", out)
        filing.save_as(editor)
        target = tmp_path / "deep" / "down" / f"{len(out)}.graph.json"
        editor.questions.popleft().then([target])  # type: ignore[union-attr,arg-type]
        assert editor.document.graph.nodes["load"].params["file"] == "../../secret.fits"
        assert not editor.document.trusted
        again = Document(read(target, REGISTRY), target)
        assert {one.path for one in editor.trust.judge(again)} == {"../../secret.fits", out} - {
            "out.fits"
        }
    with editor.change("Choose file") as graph:
        graph.set("out", "file", "../out.fits")
        graph.set("load", "file", "")
    assert not editor.document.trusted, "what it writes is refused as well"


@pytest.mark.parametrize("answer", ["Replace it", "Cancel", "Save as…"])
def test_a_file_changed_by_another_program_is_not_lost(
    editor: Editor, tmp_path: Path, answer: str
) -> None:
    path = _file(tmp_path / "g")
    filing.open_file(editor, path)
    theirs = read(path, REGISTRY)
    theirs.add("other", "view.screen")
    path.write_text(serialize(theirs))
    with editor.change("Set degree") as graph:
        graph.set("background", "degree", 3)
    filing.save(editor)
    assert "other" in read(path, REGISTRY).nodes
    _answer(editor, answer)
    assert ("other" in read(path, REGISTRY).nodes) == (answer != "Replace it")
    assert editor.document.modified == (answer != "Replace it")
    if answer == "Save as…":
        question = editor.questions.popleft()
        assert isinstance(question, FileQuestion)
        question.then([tmp_path / "g" / "b.graph.json"])
        assert not editor.document.modified
    if answer == "Replace it":
        assert [v.number for v in find_versions(path)] == [1]
    if answer != "Cancel":
        with editor.change("Set degree") as graph:
            graph.set("background", "degree", 2)
        filing.save(editor)
        assert not editor.questions


def test_a_mistake_in_a_change_is_told(editor: Editor) -> None:
    with editor.change("Add") as graph:
        graph.add("a", "no.such")
    assert editor.message[0] == "error"
    assert "no.such" in editor.message[1]
    assert editor.document.undo_name is None


def test_every_action_has_its_own_id_and_keys() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    keys = [(key, action.where) for action in ACTIONS for key in action.keys]
    assert len(set(keys)) == len(keys)
    assert all(action.title and action.menu for action in ACTIONS)


def test_keys_of_the_panel_under_the_mouse_come_first() -> None:
    found = {where: find_action("F", where) for where in ("", "canvas", "viewer")}
    assert {where: action and action.id for where, action in found.items()} == {
        "": "view.fit_selected", "canvas": "view.fit_selected", "viewer": "viewer.fit",
    }  # fmt: skip
    assert find_action("Ctrl+Alt+Shift+Q") is None


def test_copy_paste_and_undo_by_actions(editor: Editor, tmp_path: Path) -> None:
    class Canvas:
        def pointer(self) -> tuple[float, float]:
            return 100.0, 50.0

    editor.panels["canvas"] = Canvas()
    clipboard: list[str] = []
    editor.set_clipboard, editor.get_clipboard = clipboard.append, lambda: clipboard[-1]
    filing.open_file(editor, _file(tmp_path / "g"))
    acting.select_all(editor)
    acting.copy(editor)
    acting.paste(editor)
    assert len(editor.document.graph.nodes) == 4
    assert len(editor.document.selection) == 2
    acting.undo(editor)
    assert len(editor.document.graph.nodes) == 2
    assert editor.message[1] == "Undone: Paste"
    editor.get_clipboard = lambda: "no graph"
    acting.paste(editor)
    assert editor.message[0] == "error"


def test_the_last_document_closed_leaves_an_empty_one(editor: Editor) -> None:
    filing.close(editor)
    assert len(editor.documents) == 1
    assert isinstance(editor.document, Document)
