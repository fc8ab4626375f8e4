"""Cancelling (X): what is finished stays, nothing new begins, nothing half written is left."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.control import Control
from graph.events import Event
from graph.keys import file_digest
from graph.plan import plan
from graph.store import Store
from tests.graph import toy_nodes as toy


def cancel_at(cancel: Control, *when: tuple[str, str]) -> Callable[[Event], None]:
    """A reader of events that cancels at one of these (kind, node)."""

    def post(event: Event) -> None:
        if (event.kind, event.node) in when:
            cancel.cancel()

    return post


def wait_until(holds: Callable[[], bool]) -> bool:
    """Whether something becomes true before long."""
    end = time.monotonic() + 20
    while not holds() and time.monotonic() < end:
        time.sleep(0.001)
    return holds()


@pytest.mark.parametrize("workers", [1, 3])
def test_x01_no_new_node_starts_and_finished_results_stay(store: Store, workers: int) -> None:
    graph = toy.chain(10)
    cancel = Control()
    events: list[Event] = []
    stop = cancel_at(cancel, ("finished", "n4"))

    def post(event: Event) -> None:
        events.append(event)
        stop(event)

    result = toy.execute(graph, store, "n10", workers=workers, post=post, control=cancel)
    assert result.status == "cancelled"
    assert result.executed == [f"n{i}" for i in range(5)]
    assert [id for id, state in result.states.items() if state == "cancelled"] == [
        f"n{i}" for i in range(5, 11)
    ]
    assert not [e for e in events if e.kind == "started" and e.node in ("n5", "n6")]
    toy.reset()
    assert toy.execute(graph, store, "n10").value("n10") == 10.0
    assert toy.calls == {"one": 6}


@pytest.mark.parametrize("workers", [1, 2])
def test_x02_node_that_polls_is_cancelled_and_not_failed(store: Store, workers: int) -> None:
    graph = toy.build("p.number -> o.a", p=("toy.patient", {"seconds": 10.0}), o="toy.one")
    cancel = Control()
    asked = 0.0

    def post(event: Event) -> None:
        nonlocal asked
        if event.kind == "progress" and not cancel.cancelled:
            asked = time.monotonic()
            cancel.cancel()

    result = toy.execute(graph, store, "o", workers=workers, post=post, control=cancel)
    assert time.monotonic() - asked < 5  # long before its ten seconds are over
    assert result.states["p"] == "cancelled"
    assert toy.calls["one"] == 0
    assert result.failed == []
    assert result.failures("p")[0][1].cancelled


def test_x03_cancelled_map_goes_on_where_it_was(store: Store) -> None:
    graph = toy.build(
        "n.number -> o.a; o.number -> t.items",
        n=("toy.numbers", {"value": [float(i) for i in range(40)]}),
        o="toy.one",
        t="toy.total",
    )
    cancel = Control()
    done = 0

    def post(event: Event) -> None:
        nonlocal done
        done += (event.kind, event.node) == ("finished", "o")
        if done == 7:
            cancel.cancel()

    result = toy.execute(graph, store, "t", workers=1, post=post, control=cancel)
    assert result.status == "cancelled"
    assert toy.calls["one"] == 7
    result = toy.execute(graph, store, "t")
    assert result.value("t") == sum(range(40)) + 40
    assert (toy.calls["one"], toy.calls["numbers"]) == (40, 40)


def test_x06_cancel_while_nothing_runs(store: Store) -> None:
    cancel = Control()
    result = toy.execute(toy.chain(2), store, "n2", control=cancel)
    cancel.cancel()
    assert result.status == "ok"
    assert result.value("n2") == 2.0
    assert toy.execute(toy.chain(3), store, "n3").status == "ok"


def test_x06_run_that_is_cancelled_before_it_begins(store: Store) -> None:
    cancel = Control()
    cancel.cancel()
    result = toy.execute(toy.chain(2), store, "n2", control=cancel)
    assert not toy.calls
    assert result.status == "cancelled"
    assert set(result.states.values()) == {"cancelled"}
    assert plan(toy.chain(2), store, targets=["n2"]).nodes["n2"].reason == "new"


@pytest.mark.parametrize("workers", [1, 2])
def test_x08_cancelled_writer_leaves_no_partial_file(
    store: Store, tmp_path: Path, workers: int
) -> None:
    graph = toy.build(w=("toy.slow_write", {"file": "out/long.txt"}))
    cancel = Control()
    seen: list[str] = []

    def post(event: Event) -> None:
        if event.kind == "progress":
            seen.extend(path.name for path in (tmp_path / "out").iterdir())
            cancel.cancel()

    result = toy.execute(graph, store, folder=tmp_path, post=post, control=cancel, workers=workers)
    assert result.states == {"w": "cancelled"}
    assert seen
    assert "long.txt" not in seen
    assert not list((tmp_path / "out").iterdir())


def test_x08_old_file_stays_when_its_writer_is_cancelled(store: Store, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("of before")
    graph = toy.build(w=("toy.slow_write", {"file": "long.txt", "overwrite": True}))
    cancel = Control()
    toy.execute(graph, store, folder=tmp_path, control=cancel, workers=1,
                post=cancel_at(cancel, ("progress", "w")))  # fmt: skip
    assert (tmp_path / "long.txt").read_text() == "of before"
    assert len(list(tmp_path.iterdir())) == 1


def test_x09_other_run_goes_on(store: Store) -> None:
    for name in ("one", "two"):
        toy.gates[name] = threading.Event()
    cancels = {name: Control() for name in toy.gates}
    results: dict[str, Any] = {}

    def go(name: str) -> None:
        graph = toy.build("g.number -> o.a", g=("toy.gate", {"name": name}), o="toy.one")
        results[name] = toy.execute(graph, store, "o", control=cancels[name], workers=2)

    threads = [threading.Thread(target=go, args=[name]) for name in toy.gates]
    for thread in threads:
        thread.start()
    assert wait_until(lambda: toy.calls.total() == 2)
    cancels["one"].cancel()
    for gate in toy.gates.values():
        gate.set()
    for thread in threads:
        thread.join()
    assert results["one"].status == "cancelled"
    assert results["two"].status == "ok"
    assert results["two"].value("o") == 1.0


def test_node_that_never_polls_keeps_its_result(store: Store) -> None:
    toy.gates["x"] = threading.Event()
    cancel = Control()

    def post(event: Event) -> None:
        if event.kind == "started":
            cancel.cancel()
            toy.gates["x"].set()

    graph = toy.build("g.number -> o.a", g=("toy.gate", {"name": "x"}), o="toy.one")
    result = toy.execute(graph, store, "o", post=post, control=cancel)
    assert result.states == {"g": "executed", "o": "cancelled"}
    assert plan(graph, store, targets=["o"]).ids("cached") == ["g"]


def test_x08_file_of_a_newer_run_is_not_written_over_by_one_that_was_cancelled(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is cancelled while it digests what it has written aside; the newer run is faster."""

    def written(value: float) -> Any:
        target = {"file": str(tmp_path / "out.txt"), "overwrite": True}
        number = ("toy.number", {"value": value})
        return toy.build("n.number -> w.value", n=number, w=("toy.write", target))

    control, newer = Control(), []

    def digest(path: Path, *options: Any) -> str:
        if path.name.startswith(".") and not newer:
            newer.append(True)
            control.cancel()
            newer.append(toy.execute(written(2.0), store, "w").status)
        return file_digest(path, *options)

    monkeypatch.setattr("graph.attempt.file_digest", digest)
    result = toy.execute(written(1.0), store, "w", control=control)
    assert newer == [True, "ok"]
    assert result.states["w"] == "cancelled"
    assert (tmp_path / "out.txt").read_text() == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]
