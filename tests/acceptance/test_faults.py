"""What goes wrong around a run: files that change, disks that fill, signals at a bad moment."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.events import Event
from tests.acceptance.test_many_frames import night, write_frame
from tests.command_line import Command, outputs, write_graph
from ui import reader

__all__ = ["night"]

Damage = Callable[[Callable[[], object]], None]
LAST = "light_6.fits"


@pytest.fixture
def when_one_is_done(monkeypatch: pytest.MonkeyPatch) -> Damage:
    """Have something happen during ``run --json --jobs 1``, once the first node has finished."""

    def plan(damage: Callable[[], object]) -> None:
        real, pending = reader._write_line, [damage]

        def write(event: Event) -> None:
            if event.kind == "finished" and pending:
                pending.pop()()
            real(event)

        monkeypatch.setattr(reader, "_write_line", write)

    return plan


FILE_FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "removed": (Path.unlink, "does not exist"),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:3000]), "cut short"),
    "changed": (
        lambda path: (path.unlink(), write_frame(path, 77)),
        "changed while the graph ran; run again",
    ),
}


@pytest.mark.parametrize("case", FILE_FAULTS)
def test_a_frame_that_changes_during_a_run(
    night: Path, linearlink: Command, when_one_is_done: Damage, case: str
) -> None:
    damage, words = FILE_FAULTS[case]
    frame = night.parent / "lights" / LAST
    whole = frame.read_bytes()
    when_one_is_done(lambda: damage(frame))
    done = linearlink("run", night, "--jobs", 1, "--json")
    assert done.code == 1
    assert len(done.mistakes) == 1
    assert done.mistakes[0].startswith("lights[6] (io.load_frames): ")
    assert LAST in done.mistakes[0]
    assert words in done.mistakes[0]
    assert done.summary["executed"] == ["average", "save"]  # of the other five
    assert done.summary["items"]["each"] == {"total": 6, "executed": 5, "blocked": 1}
    frame.write_bytes(whole)
    again = linearlink("run", night, "--json").summary
    assert again["status"] == "ok"
    assert again["items"]["each"] == {"total": 6, "executed": 1, "cached": 5}
    assert "average" in again["executed"]


@pytest.mark.parametrize("gone", ["all", "index"])
def test_a_store_that_is_removed_during_a_run(
    night: Path, linearlink: Command, when_one_is_done: Damage, tmp_path: Path, gone: str
) -> None:
    store = tmp_path / "store"

    def remove() -> None:
        for path in [store] if gone == "all" else store.glob("index.sqlite*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    when_one_is_done(remove)
    done = linearlink("run", night, "--jobs", 1, "--json")
    assert (done.code, done.summary["status"]) == (0, "ok")
    assert len(done.err.splitlines()) == 1
    assert f"the store {store} cannot be used" in done.err
    assert len(outputs(night.parent / "out")) == 7
    assert linearlink("run", night, "--json").summary["status"] == "ok"
    assert linearlink("run", night, "--json").summary["executed"] == []


def test_a_full_disk_for_files_that_are_written(
    night: Path, linearlink: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nodes.formats import fits

    real, written = fits.write, []

    def write(file: Path, *arguments: Any, **options: Any) -> None:
        real(file, *arguments, **options)
        written.append(file)
        if len(written) > 3:
            file.write_bytes(file.read_bytes()[:100])
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(fits, "write", write)
    done = linearlink("run", night, "--jobs", 1)
    assert done.code == 1
    assert len(done.mistakes) == 4
    assert all(": No space left on device" in mistake for mistake in done.mistakes)
    assert f"{night.parent / 'out' / 'average.fits'} cannot be written" in done.mistakes[-1]
    assert outputs(night.parent / "out") == [f"each_000{n}.fits" for n in (1, 2, 3)]
    monkeypatch.setattr(fits, "write", real)
    again = linearlink("run", night, "--json").summary
    assert again["items"]["each"] == {"total": 6, "executed": 3, "cached": 3}
    assert len(outputs(night.parent / "out")) == 7


OWN = """
import os, signal, sys, time
import ui.commands.doctor as doctor
from linearlink import main
sys.argv = ["linearlink", "doctor"]
def do(arguments):
    {inside}
    time.sleep(20)
doctor.do = do
code = main()
{after}
sys.exit(code)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_outside_a_run_is_told_in_a_word(fresh: Any, name: str) -> None:
    kill = f"os.kill(os.getpid(), signal.{name})"
    done = fresh(OWN.format(inside=kill, after=""))
    assert done == (130, "", "linearlink: interrupted\n")


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_second_signal_while_the_program_ends_spoils_nothing(fresh: Any, name: str) -> None:
    kill = f"os.kill(os.getpid(), signal.{name}); time.sleep(0.05)"
    done = fresh(OWN.format(inside="raise KeyboardInterrupt", after=kill))
    assert done == (130, "", "linearlink: interrupted\n")


@pytest.fixture
def fresh() -> Callable[[str], tuple[int, str, str]]:
    """Exit code, output and errors of Python code in a process of its own."""

    def call(code: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
        )
        return done.returncode, done.stdout, done.stderr

    return call


@pytest.mark.skipif(sys.platform == "win32", reason="closes files as a POSIX shell does")
@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_output_is_no_mistake(start: Any, tmp_path: Path, closed: str) -> None:
    graph = write_graph(
        tmp_path / "g.json",
        ["number.number -> save.value"],
        number=("toy.number", {"value": 3.0}),
        save=("toy.write", {"file": "out/number.txt"}),
    )
    process = start("run", graph, launcher=("sh", "-c", f'exec "$@" {closed}', "sh"))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert ("2 executed" in out) == (">&-" not in closed.split())
    assert outputs(tmp_path / "out") == ["number.txt"]
