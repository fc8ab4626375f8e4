"""Readers of the stream of events: JSON lines, bars on a terminal, nothing."""

from __future__ import annotations

import io
import json
import re
import threading

import pytest

from graph.events import Event
from graph.plan import Plan, plan
from graph.run import run
from graph.store import Store
from tests.graph import toy_nodes
from ui.progress import reader


@pytest.fixture
def made(store: Store) -> Plan:
    """Three numbers, each added to, one of them failing."""
    graph = toy_nodes.build(
        "each.number -> slow.a; each.number -> bad.a",
        each=("toy.numbers", {"value": [1.0, 2.0, 3.0]}),
        slow=("toy.patient", {"seconds": 0.15}),
        bad=("toy.fail", {"when": 2.0}),
    )
    return plan(graph, store, targets=["slow", "bad"])


@pytest.fixture
def store() -> Store:
    """A store in memory."""
    return Store(memory_limit=1 << 20)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_bars_show_nodes_items_and_failures(
    made: Plan, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = _Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with reader(made, as_json=False, quiet=False) as post:
        run(made, store, workers=2, post=post)
        post(Event("progress", "not in the plan", (), {"fraction": 0.5, "text": ""}))
        post(Event("progress", "slow", (), {"fraction": 0.5, "text": "half way"}))
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    for word in ("each", "slow", "bad", "3/3", "50% half way", "1 failed"):
        assert word in shown


@pytest.mark.parametrize("quiet", [True, False])
def test_no_bars_off_a_terminal_or_when_quiet(
    made: Plan, store: Store, monkeypatch: pytest.MonkeyPatch, quiet: bool
) -> None:
    screen = _Terminal() if quiet else io.StringIO()
    monkeypatch.setattr("sys.stderr", screen)
    with reader(made, as_json=False, quiet=quiet) as post:
        run(made, store, post=post)
    assert screen.getvalue() == ""


def test_json_lines_are_whole_whoever_posts(made: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    with reader(made, as_json=True, quiet=True) as post:
        threads = [
            threading.Thread(
                target=lambda: [post(Event("started", "slow", (i,))) for i in range(200)]
            )
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 800
    assert sorted(line["item"][0] for line in lines) == sorted(list(range(200)) * 4)


def test_an_event_is_flat_and_names_its_item() -> None:
    event = Event("finished", "lights", (2, 0), {"seconds": 1.5}, time=1.0)
    assert event.to_json() == {
        "event": "finished", "node": "lights", "time": 1.0, "seconds": 1.5, "item": [2, 0]
    }  # fmt: skip
