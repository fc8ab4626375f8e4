"""Places where nothing can be written or read: every writer says so, nothing half written stays."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_line import SINKS, Command, Outcome, change, outputs, told, write_graph

Start = Callable[..., "subprocess.Popen[str]"]
RED = "first_light_red.fits"
ALL = sorted(SINKS.values())


def _told_by_each_writer(done: Outcome, *words: str) -> None:
    assert done.code == 1
    assert "Traceback" not in done.err
    assert "[Errno" not in done.err
    assert len(done.mistakes) == len(ALL)
    for mistake in done.mistakes:
        for word in words:
            assert word in mistake


def test_a_file_stands_where_the_output_folder_is_due(small: Path, linearlink: Command) -> None:
    folder = small.parent / "output"
    folder.write_text("mine")
    done = linearlink("run", small)
    _told_by_each_writer(done, str(folder), "cannot be written", "folder")
    assert folder.read_text() == "mine"
    assert linearlink("run", small, "--out", small.parent / "elsewhere").code == 0


def test_a_folder_stands_where_an_output_file_is_due(small: Path, linearlink: Command) -> None:
    (small.parent / "output" / "first_light.tif").mkdir(parents=True)
    told(linearlink("run", small), 1, "picture", "first_light.tif", "is a folder")
    assert outputs(small.parent / "output") == ALL


def test_two_writers_of_one_file(small: Path, linearlink: Command) -> None:
    change(
        small,
        lambda data: data["nodes"]["picture"]["params"].update(file="output/first_light.fits"),
    )
    told(linearlink("run", small), 2, "first_light.fits", "twice")


def _drop_powers() -> None:
    """Make the rights of files count for root too: take away what lets it pass them by."""
    libc = ctypes.CDLL(None)
    for power in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, power, 0, 0, 0)  # PR_CAPBSET_DROP


@pytest.mark.skipif(sys.platform == "win32", reason="rights of files are another thing there")
def test_rights_of_files_and_folders(small: Path, start: Start, small_masters: Path) -> None:
    """Read-only output folder, unreadable folder of frames, unreadable file: each is named."""
    launcher = (
        sys.executable,
        "-c",
        "import os, sys\n"
        "from tests.acceptance.test_bad_output import _drop_powers\n"
        "_drop_powers() if sys.platform == 'linux' else None\n"
        "os.execv(sys.argv[1], sys.argv[1:])",
    )

    def go(*arguments: object) -> Outcome:
        process = start("run", *arguments, launcher=launcher)
        out, err = process.communicate(timeout=120)
        return Outcome(process.returncode, out, err)

    locked = small.parent / "output"
    locked.mkdir()
    frames = shutil.copytree(small_masters, small.parent / "frames")
    lights = write_graph(
        small.parent / "lights.json",
        ["lights.image -> view.image"],
        lights=("io.load_frames", {"files": "frames"}),
        view=("view.screen", {}),
    )
    red = small.parent / "data" / RED
    try:
        locked.chmod(0o555)
        _told_by_each_writer(go(small), str(locked), "ermission denied")
        assert outputs(locked) == []
        frames.chmod(0)
        told(go(lights), 2, "lights.files", str(frames), "ermission denied")
        locked.chmod(0o755)
        red.chmod(0)
        told(go(small, "--no-store"), 1, "red (io.load_image)", str(red), "ermission denied")
        assert outputs(locked) == ["other.fits"]
    finally:
        for path in (locked, frames, red):
            path.chmod(0o755)
