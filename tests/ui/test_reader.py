"""Readers of the stream of events: JSON lines, bars on a terminal, plain lines, nothing."""

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
from tests.ui.progress_cases import Run, make_estimate, make_plan
from ui.bars import choose, table
from ui.lines import Lines
from ui.progress import Progress
from ui.reader import reader


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


def _text(progress: Progress, now: float, height: int = 24, width: int = 100) -> list[str]:
    """What the bars show, line by line."""
    from rich.console import Console

    screen = io.StringIO()
    console = Console(file=screen, width=width, color_system=None)
    console.print(table(progress, height, now, width))
    return [line.rstrip() for line in screen.getvalue().splitlines()]


# --- bars -----------------------------------------------------------------------------------------


def test_bars_show_nodes_items_and_failures(
    made: Plan, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = _Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("LINES", "24")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with reader(made, None, as_json=False, quiet=False) as post:
        assert post
        run(made, store, workers=2, post=post)
        post(Event("progress", "not in the plan", (), {"fraction": 0.5, "text": ""}))
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    for word in ("each", "slow", "bad", "3 of 3", "1 failed", "all", "100%"):
        assert word in shown


def test_a_bar_shows_rate_time_left_and_text() -> None:
    run = Run(progress := Progress(make_plan(lights=8), make_estimate(80.0, lights=80.0)))
    run.tell(0, "started", "lights", 0)
    run.tell(10, "finished", "lights", 0, seconds=10.0, done=1, total=8, rate=0.1, left=70.0)
    run.tell(10, "started", "lights", 1)
    run.tell(12, "progress", "lights", 1, fraction=0.5, text="median of rows")
    row, whole = _text(progress, 12)
    assert re.match(r"lights +\S+.* 1 of 8 +0.1/s +68 s left +median of rows", row)
    assert re.match(r"all +\S+.* 19% +65 s left", whole)


@pytest.mark.parametrize(("width", "bar"), [(72, True), (71, False), (40, False)])
def test_on_a_narrow_terminal_numbers_stay(width: int, bar: bool) -> None:
    made = make_plan(**{"approve:statistics": 500, "average": 1})
    run = Run(
        progress := Progress(
            made, make_estimate(500.0, **{"approve:statistics": 500.0, "average": 1.0})
        )
    )
    run.tell(0, "started", "approve:statistics", 0)
    run.tell(
        1, "finished", "approve:statistics", 0, seconds=1.0, done=1, total=500, rate=1.0, left=499.0
    )
    row, _ = _text(progress, 1, width=width)
    assert "1 of 500" in row
    assert "8.3 min left" in row
    assert row.startswith("approve:stat")
    assert ("1/s" in row) == bar
    assert len(row) <= width


def test_the_bars_of_many_nodes_fit_on_the_screen() -> None:
    made = make_plan(**{f"n{place:03}": 1 for place in range(100)})
    run = Run(progress := Progress(made))
    for place in range(60):
        run.tell(place, "started", f"n{place:03}")
        if place < 57:
            kind = "failed" if place == 4 else "finished"
            run.tell(place + 1, kind, f"n{place:03}", seconds=1.0)
    lines = _text(progress, 60)
    assert len(lines) == 15
    assert lines[0] == "… 47 nodes done"
    names = [line.split()[0] for line in lines[1:]]
    assert names[0] == "n004"  # what failed stays
    assert names[-4:] == ["n057", "n058", "n059", "all"]
    small = _text(progress, 60, height=8)
    assert len(small) <= 7
    assert [line.split()[0] for line in small[1:]][-4:] == ["n057", "n058", "n059", "all"]


def test_nodes_at_work_are_folded_away_last() -> None:
    run = Run(progress := Progress(make_plan(a=2, b=2, c=2, d=2)))
    run.work(0, 1, "a", 0)
    for item in range(2):
        run.work(0, 1, "b", item)
    run.tell(0, "started", "c", 0)
    shown, folded = choose(progress.rows(1), 1)
    assert [row.node for row in shown] == ["c"]
    assert [row.node for row in folded] == ["a", "b"]
    assert _text(progress, 1, height=4)[0] == "… 1 nodes done, 1 begun"


def test_brackets_in_texts_are_no_markup() -> None:
    run = Run(progress := Progress(make_plan(lights=1)))
    run.tell(0, "started", "lights")
    run.tell(0, "progress", "lights", fraction=0.5, text="[red]band [3]")
    assert _text(progress, 0)[0].endswith("[red]band [3]")


# --- plain lines ----------------------------------------------------------------------------------


def test_a_short_run_has_no_lines() -> None:
    run = Run(progress := Progress(make_plan(lights=95), make_estimate(300.0, lights=300.0)))
    lines = Lines(progress, 0)
    for item in range(95):
        run.work(item / 10, item / 10 + 0.1, "lights", item)
        assert lines.due(item / 10 + 0.1) == []


def test_a_longer_run_first_says_what_runs() -> None:
    made = make_plan(lights=500, stack=1)
    progress = Progress(made, make_estimate(300.0, lights=500.0, stack=100.0))
    lines = Lines(progress, 0)
    assert lines.due(9) == []
    assert lines.due(10) == ["running lights (500), stack; all 0%, 5 min left"]
    assert lines.due(11) == []


def test_without_estimates_no_time_is_told() -> None:
    run = Run(progress := Progress(make_plan(lights=20)))
    run.tell(0, "started", "lights", 0)
    assert Lines(progress, 0).due(10) == ["running lights (20); all 0%"]


def test_a_line_every_ten_seconds_and_when_a_node_ends() -> None:
    made = make_plan(background=50, stack=1)
    run = Run(progress := Progress(made, make_estimate(60.0, background=50.0, stack=10.0)))
    lines = Lines(progress, -10)
    lines.due(0)
    told = []
    for item in range(50):
        run.tell(item, "started", "background", item)
        data = {"done": item + 1, "total": 50, "rate": 1.0, "left": 49.0 - item}
        run.tell(item + 1, "finished", "background", item, seconds=1.0, **data)
        told += lines.due(item + 1)
    assert told[0] == "background: 10 of 50, 1/s, 40 s left; all 17%, 50 s left"
    assert len(told) == 5
    assert told[4] == "background: 50 of 50; all 83%, 10 s left"
    run.tell(50, "started", "stack")
    run.tell(55, "progress", "stack", fraction=0.5, text="", left=5.0)
    assert lines.due(55) == []
    assert lines.due(60) == ["stack: 50%, 0 s left; all 92%, 5 s left"]
    run.tell(61, "failed", "stack", error="ValueError", message="")
    assert lines.due(61) == ["stack: failed; all 100%"]


def test_many_nodes_that_end_together_share_a_line() -> None:
    made = make_plan(**{f"n{place}": 1 for place in range(30)})
    run = Run(progress := Progress(made, make_estimate(300.0, **dict.fromkeys(made.nodes, 10.0))))
    lines = Lines(progress, -10)
    assert "n9 and 20 more;" in lines.due(0)[0]
    for place in range(29):
        run.work(0, 1, f"n{place}")
    (line,) = lines.due(1)
    assert line.startswith("n0: done; n1: done; n2: done and 26 more; all 96%")


@pytest.mark.parametrize("quiet", [True, False])
def test_nothing_is_written_of_a_short_run_off_a_terminal_or_when_quiet(
    made: Plan, store: Store, monkeypatch: pytest.MonkeyPatch, quiet: bool
) -> None:
    screen = _Terminal() if quiet else io.StringIO()
    monkeypatch.setattr("sys.stderr", screen)
    with reader(made, None, as_json=False, quiet=quiet) as post:
        run(made, store, post=post)
    assert screen.getvalue() == ""


def test_lines_are_written_while_a_run_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ui.lines.LOOK", 0.01)
    monkeypatch.setattr("ui.lines.EVERY", 0.01)
    estimate = make_estimate(60.0, lights=60.0)
    written = threading.Event()
    monkeypatch.setattr("builtins.print", lambda *words, **options: written.set())
    with reader(make_plan(lights=5), estimate, as_json=False, quiet=False):
        assert written.wait(20)
    assert not [thread for thread in threading.enumerate() if thread.name == "progress"]


# --- JSON -----------------------------------------------------------------------------------------


def test_json_lines_are_whole_whoever_posts(made: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    with reader(made, None, as_json=True, quiet=True) as post:
        assert post
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
