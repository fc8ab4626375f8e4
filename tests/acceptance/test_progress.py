"""What is seen of a run while it goes on, and of one that is stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_line import Command, write_graph

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def stubborn(tmp_path: Path) -> Path:
    """Two items over which a node sleeps that does not listen."""
    return write_graph(
        tmp_path / "g.json",
        ["each.number -> sleeper.a"],
        each=("toy.numbers", {"value": [1.0, 2.0]}),
        sleeper=("toy.sleep", {"seconds": 60}),
    )


def _wait_for(process: subprocess.Popen[str], kind: str, node: str, count: int = 1) -> None:
    assert process.stdout
    while count:
        event = json.loads(process.stdout.readline())
        count -= (event["event"], event["node"]) == (kind, node)


def test_x10_an_interrupt_says_what_it_waits_for(start: Start, stubborn: Path) -> None:
    process = start("run", stubborn, "--target", "sleeper", "--jobs", 2, "--json")
    _wait_for(process, "started", "sleeper", 2)
    process.send_signal(signal.SIGINT)
    assert process.stderr
    line = process.stderr.readline()
    assert re.fullmatch(
        r"linearlink: stopping; waiting for sleeper\[[12]\], sleeper\[[12]\] …; "
        r"interrupt again to end at once\n",
        line,
    )
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, "linearlink: interrupted\n")


class _Terminal:
    """A terminal for the messages of one command."""

    def __init__(self) -> None:
        self._ours, self._theirs = os.openpty()
        self.text = ""
        self.launcher = ("sh", "-c", f'exec "$@" 2>{os.ttyname(self._theirs)}', "sh")

    def read_to(self, word: str) -> None:
        """Read until the word was shown."""
        while word not in self.text:
            self.text += os.read(self._ours, 65536).decode(errors="replace")

    def read_all(self) -> str:
        """Read until the command has ended, which has shown something before."""
        os.close(self._theirs)
        with os.fdopen(self._ours, "rb", buffering=0) as screen:
            try:
                while part := screen.read(65536):
                    self.text += part.decode(errors="replace")
            except OSError:  # so Linux says that the other end is closed
                pass
        return self.text


def test_bars_go_to_the_terminal_and_nothing_else_changes(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = write_graph(
        tmp_path / "g.json",
        ["each.number -> sleeper.a", "sleeper.number -> total.items"],
        each=("toy.numbers", {"value": [1.0, 2.0, 3.0]}),
        sleeper=("toy.patient", {"seconds": 0.4}),
        total=("toy.total", {}),
    )
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = _Terminal()
    process = start("run", graph, "--target", "total", "--jobs", 1, launcher=terminal.launcher)
    terminal.read_to("sleeper")
    screen = terminal.read_all()
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out.startswith("3 executed, 0 cached in ")
    assert "\x1b" not in out
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen)
    assert re.search(r"sleeper .* [123] of 3", shown)
    assert "sleeping" in shown
    assert re.search(r"all .* \d+%", shown)
    assert screen.rfind("\x1b[?25h") > screen.rfind("\x1b[?25l")  # the cursor is there again


def test_a_second_interrupt_leaves_the_terminal_with_a_cursor(
    start: Start, stubborn: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal = _Terminal()
    process = start("run", stubborn, "--target", "sleeper", "--jobs", 1, launcher=terminal.launcher)
    terminal.read_to("sleeper")  # bars are drawn, so it is at work
    process.send_signal(signal.SIGINT)
    terminal.read_to("waiting for")
    process.send_signal(signal.SIGINT)
    seen = terminal.read_all()
    process.communicate(timeout=20)
    assert process.returncode == 130
    assert seen.rfind("\x1b[?25h") > seen.rfind("\x1b[?25l") > -1
    assert seen.rstrip().endswith("linearlink: interrupted")


@pytest.mark.parametrize("quiet", [True, False])
def test_a_longer_run_is_told_of_in_plain_lines_unless_quiet(
    linearlink: Command, packs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet: bool
) -> None:
    monkeypatch.syspath_prepend(packs)
    monkeypatch.setattr("ui.lines.LOOK", 0.01)
    monkeypatch.setattr("ui.lines.EVERY", 0.05)
    graph = write_graph(
        tmp_path / "g.json",
        ["each.number -> slow.a"],
        each=("toy.numbers", {"value": [1.0, 2.0]}),
        slow=("toy.patient", {"seconds": 0.5}),
    )
    words = ["--target", "slow", "--jobs", 1, *(["--quiet"] if quiet else [])]
    done = linearlink("run", graph, *words)
    assert done.code == 0
    if quiet:
        assert (done.out, done.err) == ("", "")
        return
    first, *rest = done.err.splitlines()
    assert first.startswith("linearlink: progress: running each (2), slow (2); all ")
    assert any(
        re.match(r"linearlink: progress: slow: [01] of 2.*; all \d+%", line) for line in rest
    )


def test_the_outcome_counts_items_and_names_what_was_tried_again(
    linearlink: Command, packs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(packs)
    graph = write_graph(
        tmp_path / "g.json",
        ["each.number -> one.a", "one.number -> total.items"],
        each=("toy.numbers", {"value": [1.0, 2.0, 3.0]}),
        one=("toy.one", {}),
        total=("toy.total", {}),
    )
    first = linearlink("run", graph, "--target", "total").out.splitlines()
    assert re.fullmatch(r"3 executed, 0 cached in \d+\.\d\d s, peak memory [\d.]+ .B", first[0])
    assert first[1:] == ["ran: each (3), one (3), total"]
    again = linearlink("run", graph, "--target", "total", "--set", "each.value=[1, 2, 3, 4]")
    lines = again.out.splitlines()
    assert "one: 3 cached, 1 executed" in lines
    assert "ran: each, one, total" in lines
    last = linearlink("run", graph, "--target", "total", "--json").summary
    assert last["trimmed_bytes"] == 0


def test_many_files_of_a_node_are_told_in_one_line(
    linearlink: Command, packs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(packs)
    graph = write_graph(
        tmp_path / "g.json",
        ["each.number -> save.value"],
        each=("toy.numbers", {"value": [float(place) for place in range(11)]}),
        save=("toy.write", {"file": "out/{index}.txt"}),
    )
    done = linearlink("run", graph, "--target", "save")
    folder = tmp_path / "out"
    assert done.out.splitlines()[-1] == (
        f"save: {folder / '0001.txt'} … {folder / '0011.txt'} (11 files)"
    )


def test_s08_what_the_store_dropped_is_told(small: Path, linearlink: Command) -> None:
    assert linearlink("store", "limit", "1M").code == 0
    done = linearlink("run", small)
    assert done.code == 0
    assert re.search(
        r"^the store dropped [\d.]+ .B to keep its limit of 1 MB$", done.out, re.MULTILINE
    )
    assert linearlink("run", small, "--set", "stretch.target=0.3", "--json").summary[
        "trimmed_bytes"
    ]
