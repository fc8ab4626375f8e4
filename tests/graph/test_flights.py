"""Runs of one process that need the same result at once: one computes it, the others wait."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest

from graph.control import Control
from graph.flights import Flight
from graph.store import Store
from tests.graph import toy_nodes as toy
from tests.graph import toy_waiting as waiting
from tests.graph.test_resources import Apart, wait_for


def test_nothing_is_computed_between_a_look_in_the_store_and_the_flight(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run starts when this one has just found nothing: it waits, or it is waited for."""
    graph = toy.build("n.number -> o.a", n=("toy.number", {"value": 3.0}), o="toy.one")
    waited = threading.Event()
    wait, find = Flight.wait, store.find_content
    others: list[Apart] = []

    def wait_and_tell(flight: Flight, seconds: float) -> bool:
        waited.set()
        return wait(flight, seconds)

    def find_and_meet_another(content: str) -> Any:
        found = find(content)
        if not others:
            others.append(Apart(graph, store, "o"))
            wait_for(lambda: waited.is_set() or not others[0].is_alive())
        return found

    monkeypatch.setattr(Flight, "wait", wait_and_tell)
    monkeypatch.setattr(store, "find_content", find_and_meet_another)
    assert toy.execute(graph, store, "o").value("o") == 4.0
    assert others[0].result().value("o") == 4.0
    assert toy.calls == {"number": 1, "one": 1}


@pytest.mark.parametrize("how", ["found", "computed", "failed"])
def test_nothing_is_under_way_when_a_run_is_over(store: Store, how: str) -> None:
    bad = 3.0 if how == "failed" else 0.0
    graph = toy.build(
        "n.number -> f.a", n=("toy.number", {"value": 3.0}), f=("toy.fail", {"when": bad})
    )
    if how == "found":  # the same number out of another recipe
        toy.execute(graph, store, "f")
        graph = toy.build(
            "n.number -> o.a; o.number -> f.a",
            n=("toy.number", {"value": 2.0}),
            o="toy.one",
            f=("toy.fail", {"when": bad}),
        )
    run = Apart(graph, store, "f")
    assert run.result().states["f"] == {"found": "cached", "failed": "failed"}.get(how, "executed")
    assert store.flights._flights == {}


def test_run_that_is_paused_keeps_no_other_waiting(store: Store) -> None:
    graph = waiting.build("p.number -> o.a", p="waiting.polls", o="toy.one")
    toy.gates["polls"] = threading.Event()
    first = Apart(graph, store, "o")
    wait_for(lambda: toy.calls["polls"])
    first.control.pause()
    toy.gates["polls"].set()
    assert Apart(graph, store, "o").result().value("o") == 1.0
    assert toy.calls["polls went on"] == 1
    assert first.is_alive()
    first.control.resume()
    assert first.result().value("o") == 1.0


def test_run_that_is_cancelled_with_the_one_it_waits_for_begins_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = waiting.build("p.number -> o.a", p="waiting.polls", o="toy.one")
    toy.gates["polls"] = threading.Event()
    first = Apart(graph, store, "o")
    wait_for(lambda: toy.calls["polls"])
    control, wait = Control(), Flight.wait

    def cancel_both_and_wait(flight: Flight, seconds: float) -> bool:
        for each in (first.control, control):
            each.cancel()
        toy.gates["polls"].set()
        first.result()
        return wait(flight, seconds)

    monkeypatch.setattr(Flight, "wait", cancel_both_and_wait)
    assert toy.execute(graph, store, "o", control=control).states["p"] == "cancelled"
    assert toy.calls == {"polls": 1}


def test_paused_run_does_not_take_over_from_one_that_is_paused_as_well(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are paused just when the second looks how far the first is."""
    graph = waiting.build("p.number -> o.a", p="waiting.polls", o="toy.one")
    toy.gates["polls"] = threading.Event()
    first = Apart(graph, store, "o")
    wait_for(lambda: toy.calls["polls"])
    wait, check, steps = Flight.wait, Control.check, Counter[str]()
    controls = [first.control]

    def wait_and_resume(flight: Flight, seconds: float) -> bool:
        steps["wait"] += 1
        if steps["wait"] == 2:
            for each in controls:
                each.resume()
            toy.gates["polls"].set()
        return wait(flight, seconds)

    def check_and_pause(control: Control, key: str) -> float:
        waited = check(control, key)
        if len(controls) == 1:
            controls.insert(0, control)
            for each in controls:
                each.pause()
        return waited

    monkeypatch.setattr(Flight, "wait", wait_and_resume)
    monkeypatch.setattr(Control, "check", check_and_pause)
    try:
        assert Apart(graph, store, "o").result().value("o") == 1.0
        assert first.result().value("o") == 1.0
    finally:
        toy.gates["polls"].set()
    assert toy.calls == {"polls": 1, "polls went on": 1, "one": 1}
