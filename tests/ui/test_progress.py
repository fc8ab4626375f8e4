"""How far a run is, by its events alone: no terminal, no clock."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from graph.events import Event
from graph.plan import plan
from graph.run import run
from graph.store import Store
from tests.graph import toy_nodes as toy
from tests.graph.toy_values import count_calls
from tests.ui.progress_cases import Run, make_estimate, make_plan
from ui.progress import Progress


def test_a_row_counts_items_and_what_is_lost() -> None:
    progress = Progress(make_plan(lights=5, stack=1))
    run = Run(progress)
    run.work(0, 1, "lights", 0)
    run.tell(1, "started", "lights", 1)
    run.tell(2, "failed", "lights", 1, error="ValueError", message="it broke")
    run.tell(2, "cached", "lights", 2, seconds=9.0)
    run.tell(2, "blocked", "lights", 3, by="darks", message="")
    run.tell(2, "started", "lights", 4)
    lights, stack = progress.rows(2)
    assert (lights.total, lights.done, lights.at_work) == (5, 4, 1)
    assert (lights.failed, lights.blocked, lights.lost) == (1, 1, "1 failed, 1 blocked")
    assert (lights.begun, lights.ended, stack.begun) == (True, False, False)
    run.tell(3, "cancelled", "lights", 4)
    assert progress.rows(3)[0].ended
    run.tell(3, "blocked", "stack", by="lights", message="")
    assert progress.rows(3)[1].lost == "blocked"


def test_nodes_that_do_not_run_have_no_row() -> None:
    made = make_plan(lights=2)
    made.nodes["stored"] = make_plan(stored=1).nodes["stored"]
    made.nodes["stored"].state = "cached"
    progress = Progress(made)
    progress.take(Event("cached", "stored"))
    progress.take(Event("finished", "nowhere", (), {"seconds": 1.0}))
    assert [row.node for row in progress.rows(0)] == ["lights"]


def test_text_and_fraction_are_those_of_the_items_at_work() -> None:
    progress = Progress(make_plan(lights=4))
    run = Run(progress)
    run.tell(0, "progress", "lights", 0, fraction=0.9, text="too early")  # never started
    assert progress.rows(0)[0].fraction == 0
    run.tell(0, "started", "lights", 0)
    run.tell(0, "started", "lights", 1)
    run.tell(1, "progress", "lights", 0, fraction=0.5, text="rows", left=1.0)
    row = progress.rows(1)[0]
    assert (row.fraction, row.text, row.left) == (0.125, "rows", None)  # left is that of an item
    run.tell(2, "finished", "lights", 1, seconds=2.0)
    assert progress.rows(2)[0].text == "rows"
    run.tell(2, "finished", "lights", 0, seconds=2.0)
    assert progress.rows(2)[0].text == ""


def test_rate_and_time_left_are_told_by_events_and_run_down() -> None:
    progress = Progress(make_plan(lights=100, stack=1))
    run = Run(progress)
    run.tell(100, "started", "lights", 0)
    run.tell(101, "finished", "lights", 0, seconds=1.0, done=1, total=100, rate=12.5, left=8.0)
    lights = progress.rows(104)[0]
    assert (lights.rate, lights.left) == (12.5, 5.0)
    assert progress.rows(200)[0].left == 0
    run.tell(105, "started", "stack")
    run.tell(106, "progress", "stack", fraction=0.25, text="", left=3.0)
    assert progress.rows(107)[1].left == 2.0
    run.tell(109, "finished", "stack", seconds=4.0)
    assert progress.rows(109)[1].left is None


def test_the_whole_is_weighted_by_what_is_expected() -> None:
    made = make_plan(quick=10, long=1)
    run = Run(progress := Progress(made, make_estimate(100.0, quick=10.0, long=90.0)))
    assert progress.whole(0) == (0.0, 100.0)
    for item in range(10):
        run.work(item, item + 1, "quick", item)
    fraction, left = progress.whole(10)
    assert fraction == pytest.approx(0.1, abs=0.001)  # ten of eleven items, but a tenth of the work
    assert left == pytest.approx(90, rel=0.01)


def test_without_estimates_items_count_and_no_time_is_told() -> None:
    run = Run(progress := Progress(make_plan(a=3, b=1)))
    assert progress.whole(0) == (0.0, None)
    run.tell(0, "cached", "a", 0, seconds=5.0)
    assert progress.whole(0) == (0.25, None)
    run.work(0, 2, "a", 1)
    assert progress.whole(2).left == pytest.approx(4.0)  # a third of a, and b like the mean


def test_estimates_are_corrected_by_how_they_turn_out() -> None:
    made = make_plan(first=10, second=10)
    run = Run(progress := Progress(made, make_estimate(20.0, first=10.0, second=10.0)))
    for item in range(10):
        run.work(3 * item, 3 * item + 3, "first", item)  # thrice what was expected
    whole = progress.whole(30)
    assert whole.left == pytest.approx(30, rel=0.15)
    assert whole.fraction == pytest.approx(0.5, abs=0.05)
    half = Run(other := Progress(made, make_estimate(20.0, first=10.0, second=10.0)))
    for item in range(5):
        half.work(3 * item, 3 * item + 3, "first", item)
    assert other.whole(15).left == pytest.approx(45, rel=0.2)


def test_workers_at_once_shorten_the_time_left() -> None:
    made = make_plan(lights=100)
    run = Run(progress := Progress(made, make_estimate(50.0, lights=100.0)))
    assert progress.whole(0).left == pytest.approx(50)  # as planned with two at once
    for place in range(10):  # it turns out that four are at work
        for item in range(4):
            run.tell(place, "started", "lights", 4 * place + item)
        for item in range(4):
            run.tell(place + 1, "finished", "lights", 4 * place + item, seconds=1.0)
    assert progress.whole(10).left == pytest.approx(60 / 4, rel=0.15)


def test_no_number_of_workers_shortens_a_single_task() -> None:
    made = make_plan(lights=40, stack=1)
    run = Run(progress := Progress(made, make_estimate(50.0, lights=40.0, stack=40.0)))
    for place in range(10):
        for item in range(4):
            run.tell(place, "started", "lights", 4 * place + item)
        for item in range(4):
            run.tell(place + 1, "finished", "lights", 4 * place + item, seconds=1.0)
    assert progress.whole(10).left == pytest.approx(40, rel=0.05)
    run.tell(10, "started", "stack")
    run.tell(20, "progress", "stack", fraction=0.25, text="", left=30.0)
    assert progress.whole(20).left == pytest.approx(30, rel=0.05)


def test_damaged_results_made_again_do_not_count_beyond_the_whole() -> None:
    run = Run(progress := Progress(make_plan(lights=1)))
    for start in (0, 2):
        run.work(start, start + 1, "lights")
    run.tell(5, "started", "lights")
    row = progress.rows(5)[0]
    assert (row.done, row.total, row.ended) == (2, 3, False)
    assert 0 <= progress.whole(5).fraction <= 1


def test_what_perhaps_nobody_asks_for_counts_once_it_has_begun() -> None:
    made = make_plan(sure=1, perhaps=1)
    made.nodes["perhaps"].tasks = SimpleNamespace(state="run", conditional=True)
    made.nodes["sure"].tasks = [SimpleNamespace(state="run", conditional=False)]
    run = Run(progress := Progress(made, make_estimate(40.0, sure=10.0, perhaps=30.0)))
    run.work(0, 10, "sure")
    assert [row.node for row in progress.rows(10)] == ["sure"]
    assert progress.whole(10) == (1.0, 0.0)
    run.tell(10, "started", "perhaps")
    assert [row.node for row in progress.rows(10)] == ["sure", "perhaps"]
    assert progress.whole(10).fraction == pytest.approx(0.25)


def test_nothing_to_run_is_all_done() -> None:
    assert Progress(make_plan()).whole(0).fraction == 1


def test_events_from_many_threads_are_all_counted() -> None:
    progress = Progress(make_plan(lights=4000))
    run = Run(progress)

    def work(first: int) -> None:
        for item in range(first, first + 1000):
            run.work(0, 1, "lights", item)

    threads = [threading.Thread(target=work, args=(1000 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = progress.rows(1)[0]
    assert (row.done, row.at_work, row.ended) == (4000, 0, True)


def test_an_event_costs_next_to_nothing() -> None:
    progress = Progress(make_plan(lights=10_000))
    started = Event("started", "lights", (1,), {}, 0.0)
    ended = Event("finished", "lights", (1,), {"seconds": 1.0, "rate": 1.0, "left": 1.0}, 1.0)

    def one() -> None:
        progress.take(started)
        progress.take(ended)

    calls = min(count_calls(one) for _ in range(3))
    assert calls < 30  # whatever the number of nodes and items


def test_a_real_run_ends_complete() -> None:
    graph = toy.build(
        "each.number -> one.a; each.number -> bad.a; one.number -> total.items",
        each=("toy.numbers", {"value": [1.0, 2.0, 3.0]}),
        one="toy.one",
        bad=("toy.fail", {"when": 2.0}),
        total="toy.total",
    )
    store = Store(1 << 20)
    made = plan(graph, store, targets=["total", "bad"])
    progress = Progress(made)
    run(made, store, workers=2, post=progress.take)
    rows = {row.node: row for row in progress.rows()}
    assert {id: (row.done, row.total, row.failed) for id, row in rows.items()} == {
        "each": (3, 3, 0),
        "one": (3, 3, 0),
        "bad": (3, 3, 1),
        "total": (1, 1, 0),
    }
    assert progress.whole() == (1.0, 0.0)
