"""Unsaved work, kept safe from a crash and offered afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graph.errors import GraphError
from graph.file import serialize
from tests.command_line import ROOT
from tests.editor.documents import REGISTRY, make_document, set_value, value_of
from ui.editor.document import Document
from ui.editor.safety.recovery import ENDING, Recovery

_CRASH = """
import os, signal, sys
from pathlib import Path
from tests.editor.documents import make_document, set_value
from ui.editor.safety.recovery import Recovery
folder, path = Path(sys.argv[1]), sys.argv[2]
recovery = Recovery(folder, every=0)
document = make_document(Path(path) if path else None)
set_value(document, 7.0)
recovery.look([document])
recovery._writer.submit(int).result()
if sys.argv[3:] == ["wait"]:
    print("ready", flush=True)
    sys.stdin.read()
os.kill(os.getpid(), signal.SIGKILL)
"""


def start(folder: Path, path: Path | None, *more: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", _CRASH, str(folder), str(path or ""), *more]
    return subprocess.Popen(
        arguments,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def crash(folder: Path, path: Path | None = None) -> None:
    """A program that changes a document and is killed."""
    program = start(folder, path)
    program.communicate()
    assert program.returncode == -signal.SIGKILL


Open = Callable[..., Recovery]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Open]:
    """Make a Recovery over one folder; all are closed in the end."""
    made: list[Recovery] = []

    def make(**options: float) -> Recovery:
        made.append(Recovery(tmp_path / "state", **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for recovery in made:
        with contextlib.suppress(RuntimeError):  # one that has ended in between
            recovery.close()


def written(recovery: Recovery) -> list[Path]:
    """The copies on disk, once the thread has done what it was given."""
    recovery._writer.submit(int).result()
    return sorted(recovery.root.rglob(f"*{ENDING}"))


def test_u09_unsaved_work_of_a_killed_program_is_offered(tmp_path: Path, launch: Open) -> None:
    path = tmp_path / "mine.graph.json"
    crash(tmp_path / "state", path)
    recovery = launch()
    (left,) = recovery.find()
    assert (left.path, left.name, left.tried) == (path, "mine", 0)
    assert value_of(Document(recovery.restore(left, REGISTRY).graph)) == 7.0


def test_what_was_restored_is_modified_and_safe_until_it_is_saved(
    tmp_path: Path, launch: Open
) -> None:
    path = tmp_path / "mine.graph.json"
    crash(tmp_path / "state", path)
    recovery = launch()
    document = recovery.restore(recovery.find()[0], REGISTRY)
    assert document.modified
    assert document.path == path
    recovery.look([document])
    assert len(written(recovery)) == 1
    assert recovery.find() == []
    document.save()
    recovery.look([document])
    assert written(recovery) == []


def test_u09_a_clean_exit_leaves_nothing(tmp_path: Path, launch: Open) -> None:
    recovery = launch(every=0)
    saved, closed, open_still = make_document(tmp_path / "a.json"), make_document(), make_document()
    for document in (saved, closed, open_still):
        set_value(document, 3.0)
    recovery.look([saved, closed, open_still])
    assert len(written(recovery)) == 3
    saved.save()
    recovery.look([saved, open_still])
    assert len(written(recovery)) == 1
    recovery.close()
    assert list(recovery.root.iterdir()) == []
    assert launch().find() == []


def test_changes_are_kept_after_so_many_seconds(launch: Open) -> None:
    now = 100.0
    recovery = launch(every=5.0)
    recovery._clock = lambda: now
    document = make_document()
    recovery.look([document])
    assert not recovery.waiting
    set_value(document, 3.0)
    recovery.look([document])
    assert recovery.waiting
    now = 103.0
    set_value(document, 4.0)  # a change that goes on does not put it off
    recovery.look([document])
    assert written(recovery) == []
    now = 105.0
    recovery.look([document])
    assert not recovery.waiting
    assert len(written(recovery)) == 1
    before = written(recovery)[0].stat().st_mtime_ns
    now = 200.0
    recovery.look([document])
    assert written(recovery)[0].stat().st_mtime_ns == before  # nothing new to keep
    document.undo()
    document.undo()
    recovery.look([document])
    assert written(recovery) == []


def test_what_could_not_be_written_is_tried_again(
    launch: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: object) -> None:
        raise OSError(28, "No space left on device")

    now = 100.0
    recovery = launch(every=5.0)
    recovery._clock = lambda: now
    document = make_document()
    set_value(document, 3.0)
    with monkeypatch.context() as full:
        full.setattr("ui.editor.safety.recovery.write_text", fail)
        recovery.look([document])
        now = 105.0
        recovery.look([document])
        assert written(recovery) == []
    assert "No space left" in str(recovery.complaint)
    assert recovery.waiting  # so that the window does not sleep until the next change
    recovery.look([document])
    assert written(recovery) == []  # not at once
    now = 110.0
    recovery.look([document])
    assert len(written(recovery)) == 1
    assert not recovery.waiting
    assert recovery.complaint is None


def test_an_end_in_between_keeps_everything_at_once(launch: Open) -> None:
    recovery = launch(every=600)
    document = make_document()
    set_value(document, 3.0)
    recovery.keep([document])
    assert len(list(recovery.root.rglob(f"*{ENDING}"))) == 1


def test_an_editor_that_runs_keeps_its_own(tmp_path: Path, launch: Open) -> None:
    program = start(tmp_path / "state", None, "wait")
    assert program.stdout
    assert program.stdout.readline() == "ready\n"
    recovery = launch()
    assert recovery.find() == []
    program.communicate("")
    assert len(recovery.find()) == 1
    assert launch().find() == []  # they belong to the first that asked


def test_what_is_neither_restored_nor_discarded_is_offered_again(
    tmp_path: Path, launch: Open
) -> None:
    crash(tmp_path / "state")
    crash(tmp_path / "state")
    first = launch()
    kept, unwanted = first.find()
    first.discard(unwanted)
    first.close()
    (again,) = launch().find()
    assert again.file.name == kept.file.name


def test_u10_what_cannot_be_read_is_offered_once_more_and_never_lost(
    tmp_path: Path, launch: Open
) -> None:
    crash(tmp_path / "state")
    (file,) = (tmp_path / "state").rglob(f"*{ENDING}")
    file.write_text('{"name": "broken", "graph": "no graph"}')
    for tried in (0, 1):
        recovery = launch()
        (left,) = recovery.find()  # only offered: reading it is the user's choice
        assert (left.name, left.tried) == ("broken", tried)
        with pytest.raises(GraphError, match="kept as") as told:
            recovery.restore(left, REGISTRY)
        assert ("once more" in str(told.value)) == (tried == 0)
        recovery.close()
    recovery = launch()
    assert recovery.find() == []
    assert written(recovery)[0].read_text() == '{"name": "broken", "graph": "no graph"}'


@pytest.mark.parametrize("text", ["", "[]", "{", '{"graph": 3}', '{"path": 3, "name": []}'])
def test_damaged_work_is_offered_and_told(tmp_path: Path, launch: Open, text: str) -> None:
    crash(tmp_path / "state")
    (file,) = (tmp_path / "state").rglob(f"*{ENDING}")
    file.write_text(text)
    recovery = launch()
    (left,) = recovery.find()
    assert left.path is None
    with pytest.raises(GraphError, match="cannot be read"):
        recovery.restore(left, REGISTRY)


def test_work_that_was_saved_after_all_is_not_offered(tmp_path: Path, launch: Open) -> None:
    path = tmp_path / "mine.graph.json"
    crash(tmp_path / "state", path)
    document = make_document()
    set_value(document, 7.0)
    path.write_text(serialize(document.graph))
    recovery = launch()
    assert recovery.find() == []
    assert written(recovery) == []


def test_a_folder_that_cannot_be_written_is_told_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    recovery = Recovery(tmp_path / "file", every=0)
    assert recovery.find() == []
    document = make_document()
    set_value(document, 3.0)
    recovery.look([document])
    recovery.close()
    assert recovery.complaint
    assert "not safe" in recovery.complaint
