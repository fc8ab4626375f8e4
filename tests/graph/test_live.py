"""Runs that follow a graph while it is edited, and what can be asked of them meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from graph.control import Control
from graph.errors import GraphError
from graph.events import Event
from graph.live import Live
from graph.store import Store
from tests.graph import toy_nodes as toy
from tests.graph import toy_waiting as waiting

WAIT = 20.0


class Watcher:
    """What a live run tells, and waiting for it."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []
        self.results: list[Any] = []
        self._turn = threading.Condition()

    def post(self, event: Event) -> None:
        with self._turn:
            self.events.append((event.kind, event.node))
            self._turn.notify_all()

    def done(self, result: Any) -> None:
        with self._turn:
            self.results.append(result)
            self._turn.notify_all()

    def wait_for_results(self, count: int) -> None:
        with self._turn:
            assert self._turn.wait_for(lambda: len(self.results) >= count, WAIT)

    def wait_for(self, kind: str, node: str) -> None:
        with self._turn:
            assert self._turn.wait_for(lambda: (kind, node) in self.events, WAIT)

    def forget(self) -> None:
        with self._turn:
            self.events.clear()


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture
def start(store: Store, watcher: Watcher) -> Iterator[Callable[..., Live]]:
    made: list[Live] = []

    def begin(**options: Any) -> Live:
        options = {"delay": 0.0, "workers": 2, **options}
        made.append(Live(store, post=watcher.post, done=watcher.done, **options))
        return made[-1]

    yield begin
    for live in made:
        for gate in toy.gates.values():
            gate.set()
        live.close()
        assert live.wait(WAIT)


def gated(plus: float = 1.0) -> Any:
    """``s`` feeds ``g``, which waits for its gate, and ``g`` feeds ``o``."""
    toy.gates["g"] = threading.Event()
    return toy.build(
        "s.number -> g.a; g.number -> o.a",
        s=("toy.number", {"value": 2.0}),
        g=("toy.gate", {"name": "g"}),
        o=("toy.one", {"plus": plus}),
    )


def test_x04_change_supersedes_the_run_and_only_what_changed_runs_next(
    start: Callable[..., Live], watcher: Watcher
) -> None:
    graph = gated()
    live = start()
    live.change(graph, targets=["o"])
    watcher.wait_for("started", "g")
    graph.set("o", "plus", 5.0)
    watcher.forget()
    live.change(graph, targets=["o"])
    watcher.wait_for("started", "g")  # the new run waits for what the old one is at
    toy.gates["g"].set()
    assert live.wait(WAIT)
    assert toy.calls == {"number": 1, "gate g": 1, "one": 1}
    (result,) = watcher.results
    assert result.value("o") == 7.0
    assert result.executed == ["o"]
    assert result.cached == ["s", "g"]


def test_x04_what_the_change_made_needless_is_cancelled(
    start: Callable[..., Live], watcher: Watcher
) -> None:
    graph = toy.build("p.number -> o.a", p=("toy.patient", {"seconds": 60.0}), o="toy.one")
    live = start()
    live.change(graph, targets=["o"])
    watcher.wait_for("started", "p")
    graph.set("p", "seconds", 0.0)
    live.change(graph, targets=["o"])
    assert live.wait(WAIT)
    assert [result.value("o") for result in watcher.results] == [1.0]
    assert toy.calls == {"patient": 2, "one": 1}


def test_x04_result_of_the_superseded_run_is_not_told(
    start: Callable[..., Live], watcher: Watcher
) -> None:
    graph = gated()
    live = start()
    live.change(graph, targets=["o"])
    watcher.wait_for("started", "g")
    watcher.forget()
    other = toy.build(n=("toy.number", {"value": 3.0}))
    live.change(other, targets=["n"])
    watcher.wait_for("finished", "n")
    toy.gates["g"].set()
    assert live.wait(WAIT)
    assert {node for _, node in watcher.events} == {"n"}
    assert [result.value("n") for result in watcher.results] == [3.0]


def test_x05_many_changes_within_the_delay_are_one_run(
    start: Callable[..., Live], watcher: Watcher
) -> None:
    graph = toy.build("s.number -> o.a", s="toy.number", o="toy.one")
    live = start(delay=0.3)
    for value in range(10):
        graph.set("o", "plus", float(value))
        live.change(graph, targets=["o"])
    assert live.wait(WAIT)
    assert toy.calls["one"] == 1
    assert [result.value("o") for result in watcher.results] == [9.0]


def test_x06_cancel_when_nothing_runs(start: Callable[..., Live], watcher: Watcher) -> None:
    live = start()
    live.cancel()
    assert live.wait(WAIT)
    assert (watcher.events, watcher.results) == ([], [])
    live.change(toy.chain(1), targets=["n1"])
    assert live.wait(WAIT)
    assert watcher.results[0].value("n1") == 1.0


def test_x07_paused_run_goes_on_and_the_pause_is_not_counted(store: Store) -> None:
    control = Control()
    graph = toy.build("p.number -> o.a", p=("toy.patient", {"seconds": 0.3}), o="toy.one")
    moments: list[float] = []
    halted = threading.Event()

    def post(event: Event) -> None:
        if event.kind == "progress" and not halted.is_set():
            control.pause()
            halted.set()
        moments.append(time.monotonic())

    def go_on() -> None:
        halted.wait(WAIT)
        before = len(moments)
        time.sleep(1.0)  # the length of the pause, not of a race: nothing may be told in it
        quiet.append(len(moments) - before <= 1)
        control.resume()

    quiet: list[bool] = []
    thread = threading.Thread(target=go_on)
    thread.start()
    begun = time.monotonic()
    result = toy.execute(graph, store, "o", post=post, control=control)
    spent = time.monotonic() - begun
    thread.join()
    assert result.value("o") == pytest.approx(1.3)
    assert quiet == [True]
    paused = control.paused_seconds()
    assert 1.0 <= paused <= spent
    assert result.seconds <= spent - 1.0 + 0.01
    assert result.statistics()["p"]["seconds"] <= result.seconds + 0.2  # it notices a bit later


def test_x07_no_node_starts_while_paused(start: Callable[..., Live], watcher: Watcher) -> None:
    live = start()
    live.pause()
    live.change(toy.chain(3), targets=["n3"])
    watcher.wait_for("queued", "n3")
    assert not live.wait(0.2)
    assert not toy.calls
    live.resume()
    assert live.wait(WAIT)
    assert watcher.results[0].value("n3") == 3.0


def test_x07_cancel_ends_a_pause(store: Store) -> None:
    control = Control()
    control.pause()
    threading.Timer(0.05, control.cancel).start()
    result = toy.execute(toy.chain(2), store, "n2", control=control)
    assert result.cancelled
    assert not toy.calls
    control.pause()  # nothing is left to pause
    assert not control.paused


def test_x10_node_that_never_polls_is_named_and_nobody_waits(
    start: Callable[..., Live], watcher: Watcher
) -> None:
    graph = gated()
    live = start()
    live.change(graph, targets=["o"])
    watcher.wait_for("started", "g")
    live.cancel()  # returns although the node goes on
    assert live.at_work() == ["g"]
    assert not live.wait(0.05)
    other = toy.build(n="toy.number")
    live.change(other, targets=["n"])  # and others may run meanwhile
    watcher.wait_for("finished", "n")
    assert live.at_work() == ["g"]
    toy.gates["g"].set()
    assert live.wait(WAIT)
    assert live.at_work() == []
    assert toy.calls["one"] == 0


def test_x10_item_of_a_map_is_named(store: Store) -> None:
    control = Control()
    toy.gates["2"] = threading.Event()
    graph = toy.build("n.number -> l.a; l.number -> t.items", l="toy.late", t="toy.total",
                      n=("toy.numbers", {"value": [1.0, 2.0, 3.0]}))  # fmt: skip
    waited: list[str] = []

    def post(event: Event) -> None:
        if event.kind == "started" and event.item == (1,) and event.node == "l":
            threading.Timer(0.1, look).start()

    def look() -> None:
        control.cancel()
        waited.extend(control.at_work())
        toy.gates["2"].set()

    toy.execute(graph, store, "t", workers=1, post=post, control=control)
    assert waited == ["l[2]"]
    assert control.at_work() == []


def test_x07_change_during_a_pause_lets_nothing_go_on(
    start: Callable[..., Live], watcher: Watcher
) -> None:
    """Nor what the run before is at, and the new one needs as well."""
    toy.gates["polls"] = threading.Event()
    graph = waiting.build("p.number -> o.a", p="waiting.polls", o="toy.one")
    live = start()
    live.change(graph, targets=["o"])
    watcher.wait_for("started", "p")
    live.pause()
    graph.set("o", "plus", 5.0)
    watcher.forget()
    live.change(graph, targets=["o"])
    watcher.wait_for("queued", "o")
    toy.gates["polls"].set()
    assert [control.paused for control in live._runs.values()] == [True, True]
    assert toy.calls == {"polls": 1}
    live.resume()
    assert live.wait(WAIT)
    assert toy.calls == {"polls": 1, "polls went on": 1, "one": 1}
    assert [result.value("o") for result in watcher.results] == [5.0]


def test_x07_pause_halts_what_was_spared(
    start: Callable[..., Live], watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new run first, or it would compute itself what it waits for."""
    pause, order = Control.pause, []

    def pause_and_note(control: Control) -> None:
        order.append(control)
        pause(control)

    monkeypatch.setattr(Control, "pause", pause_and_note)
    toy.gates["polls"] = threading.Event()
    graph = waiting.build("p.number -> o.a", p="waiting.polls", o="toy.one")
    live = start()
    live.change(graph, targets=["o"])
    watcher.wait_for("started", "p")
    graph.set("o", "plus", 5.0)
    watcher.forget()
    live.change(graph, targets=["o"])
    watcher.wait_for("started", "p")  # the new run waits for it
    live.pause()
    assert order == [*reversed(live._runs.values())]
    assert [control.paused for control in live._runs.values()] == [True, True]
    live.cancel()
    toy.gates["polls"].set()
    assert live.wait(WAIT)  # a pause does not hold up what is cancelled
    assert toy.calls == {"polls": 1}


@pytest.mark.parametrize("fault", ["in the plan", "in the run"])
def test_fault_of_any_kind_is_told_and_the_next_change_runs(
    start: Callable[..., Live], watcher: Watcher, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    name = "plan" if fault == "in the plan" else "run"
    live = start()
    graph = toy.chain(1)

    def fail(*arguments: Any, **options: Any) -> None:
        raise ZeroDivisionError("division by zero")

    with monkeypatch.context() as patch:
        patch.setattr(f"graph.live.{name}", fail)
        live.change(graph, targets=["n1"])
        watcher.wait_for_results(1)
        assert live.wait(WAIT)
    what = "planned" if name == "plan" else "run"
    assert isinstance(watcher.results[0], GraphError)
    assert str(watcher.results[0]) == f"cannot be {what}: ZeroDivisionError: division by zero"
    live.change(graph, targets=["n1"])
    watcher.wait_for_results(2)
    assert watcher.results[1].value("n1") == 1.0


def test_graph_that_cannot_be_planned_is_told_and_the_next_one_runs(
    start: Callable[..., Live], watcher: Watcher
) -> None:
    live = start()
    graph = toy.chain(1)
    live.change(graph, targets=["nowhere"])
    assert live.wait(WAIT)
    while not watcher.results:
        time.sleep(0.01)
    assert isinstance(watcher.results[0], GraphError)
    live.change(graph, targets=["n1"])
    assert live.wait(WAIT)
    assert watcher.results[1].value("n1") == 1.0


def test_edits_after_a_change_do_not_touch_its_run(
    start: Callable[..., Live], watcher: Watcher
) -> None:
    graph = gated(plus=1.0)
    live = start()
    live.change(graph, targets=["o"])
    watcher.wait_for("started", "g")
    graph.set("o", "plus", 100.0)
    graph.remove("s")
    toy.gates["g"].set()
    assert live.wait(WAIT)
    assert watcher.results[0].value("o") == 3.0


def test_reader_that_raises_ends_nothing(
    store: Store, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", lambda given: shown.append(given.exc_value))

    def done(outcome: Any) -> None:
        watcher.done(outcome)
        raise RuntimeError("no")

    live = Live(store, done=done, delay=0.0)
    live.change(toy.chain(1), targets=["nowhere"])
    while not watcher.results:
        time.sleep(0.01)
    live.change(toy.chain(1), targets=["n1"])
    assert live.wait(WAIT)
    assert len(watcher.results) == 2  # each told once
    assert [str(fault) for fault in shown] == ["no", "no"]
    live.close()
