"""Logs of crashes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.command_line import ROOT
from ui.editor.safety.crash import MOST, CrashLog, find_crashes


def run(folder: Path, *lines: str) -> subprocess.CompletedProcess[str]:
    """A program that opens a crash log and does this."""
    start = [
        "import sys, os, signal, faulthandler, threading",
        "from pathlib import Path",
        "from ui.editor.safety.crash import CrashLog",
        "log = CrashLog(Path(sys.argv[1]))",
    ]
    return subprocess.run(
        [sys.executable, "-c", "\n".join([*start, *lines]), str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("faulthandler._sigsegv()", "Segmentation fault"),
        ("os.abort()", "Aborted"),
        ("1 / 0", "nobody caught this: Traceback"),
    ],
)
def test_a_crash_leaves_a_log_that_is_told_once(tmp_path: Path, line: str, words: str) -> None:
    done = run(tmp_path, line)
    assert done.returncode
    (path,) = find_crashes(tmp_path)
    text = path.read_text()
    assert text.startswith("LinearLink ")
    assert words in text
    assert find_crashes(tmp_path) == []
    assert path.is_file()
    if "1 / 0" in line:
        assert "ZeroDivisionError" in done.stderr  # the terminal is told as well


@pytest.mark.parametrize("line", ["log.close()", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_an_end_without_an_error_leaves_nothing(tmp_path: Path, line: str) -> None:
    run(tmp_path, line)
    assert find_crashes(tmp_path) == []
    assert list((tmp_path / "crashes").iterdir()) == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_errors_that_are_survived_are_kept_and_not_told_as_a_crash(tmp_path: Path) -> None:
    before = sys.excepthook, threading.excepthook
    log = CrashLog(tmp_path)
    try:
        raise KeyError("lost")
    except KeyError as error:
        log.write(error)
    thread = threading.Thread(target=lambda: 1 / 0, name="worker 7")
    thread.start()
    thread.join()
    log.close()
    assert (sys.excepthook, threading.excepthook) == before
    assert find_crashes(tmp_path) == []
    (path,) = (tmp_path / "crashes").iterdir()
    text = path.read_text()
    assert "KeyError: 'lost'" in text
    assert "in worker 7: Traceback" in text


def test_a_mistake_of_every_frame_is_written_once(tmp_path: Path) -> None:
    log = CrashLog(tmp_path)
    try:
        for mistake in (ValueError("one"), ValueError("one"), ValueError("other")):
            log.write(mistake)
        assert log.path is not None
        text = log.path.read_text()
    finally:
        log.close()
    assert (text.count("ValueError: one"), text.count("ValueError: other")) == (1, 1)


def test_logs_of_so_many_sessions_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "crashes"
    folder.mkdir()
    for day in range(1, 10):
        (folder / f"2026-01-0{day} 10.00.00 1.log").write_text("x\ny\n")
    find_crashes(tmp_path)
    names = sorted(path.name[:10] for path in folder.iterdir())
    assert names == [f"2026-01-0{day}" for day in range(10 - MOST, 10)]


def test_the_log_of_a_running_program_is_left_alone(tmp_path: Path) -> None:
    log = CrashLog(tmp_path)
    log.write(ValueError("x"))
    assert find_crashes(tmp_path) == []
    assert log.path
    assert log.path.is_file()
    log.close()


def test_without_a_folder_there_is_no_log_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = CrashLog(tmp_path / "file")
    log.write(ValueError("x"))
    log.close()
    assert log.path is None
    assert find_crashes(tmp_path / "file") == []
