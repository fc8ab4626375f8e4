"""Results while things change: what comes late, what was cut off, what failed."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.errors import GraphError
from graph.result import Result
from tests.editor.results_cases import folder, make_frames, make_graph, results, settle
from ui.editor.outcome import read_outcome, read_thumbnails
from ui.editor.picture import Want
from ui.editor.results import Results

__all__ = ["folder", "results"]


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_the_picture_comes_before_the_thumbnails(
    results: Results, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    monkeypatch.setattr(
        "ui.editor.results.read_thumbnails", lambda *of: go.wait(30) and read_thumbnails(*of)
    )
    want = Want("background", "image")
    results.update(make_graph(), folder, [want])
    _until(lambda: (results.drain(), want in results.pictures)[1])
    assert results.thumbnails == {}
    go.set()
    settle(results)
    assert set(results.thumbnails) >= {"load", "background"}


def test_a_thumbnail_of_a_value_that_has_changed_since_is_not_shown(
    results: Results, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, late = threading.Event(), iter((True, False))

    def read(*of: Any) -> Any:
        found = read_thumbnails(*of)
        if next(late):
            go.wait(30)
        return found

    monkeypatch.setattr("ui.editor.results.read_thumbnails", read)
    graph, want = make_graph(), Want("background", "image")
    results.update(graph, folder, [want])
    _until(lambda: (results.drain(), want in results.pictures)[1])
    before = results.pictures[want]
    graph = copy.copy(graph)
    graph.set("background", "degree", 2)
    results.update(graph, folder, [want])
    _until(lambda: (results.drain(), results.pictures[want] is not before)[1])
    _until(lambda: (results.drain(), "background" in results.thumbnails)[1])
    new = results.thumbnails["background"]
    go.set()
    settle(results)
    assert results.thumbnails["background"] is new


def test_what_has_no_thumbnail_is_not_read_for_one_again(
    results: Results, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = make_graph()
    graph.add("measure", "measure.statistics")
    graph.link("load", "image", "measure", "image")
    want = Want("measure", "statistics")
    results.update(graph, folder, [want])
    settle(results)
    assert results.thumbnails["measure"][1] is None
    made: list[Any] = []
    monkeypatch.setattr("ui.editor.outcome.make_thumbnail", made.append)
    results.show_now()
    settle(results)
    assert made == []


def test_a_result_says_nothing_of_what_is_wanted_since(
    results: Results, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = [Want("background", "samples"), Want("stretch", "image")]

    def read(result: Result, numbers: dict[Want, int]) -> Any:
        return read_outcome(result, numbers | dict.fromkeys(later, 7))

    monkeypatch.setattr("ui.editor.results.read_outcome", read)
    results.update(make_graph(), folder, [Want("load", "image")])
    settle(results)
    assert list(results.pictures) == [Want("load", "image")]
    assert results.errors == {}


def test_of_values_that_are_no_images_only_the_item_asked_for(
    results: Results, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = make_frames()
    graph.add("measure", "measure.statistics")
    graph.link("stretch", "image", "measure", "image")
    first, second = (Want("measure", "statistics", item) for item in (0, 1))

    def read(result: Result, numbers: dict[Want, int]) -> Any:
        return read_outcome(result, {first: 0, second: 1})

    monkeypatch.setattr("ui.editor.results.read_outcome", read)
    results.update(graph, folder, [first])
    settle(results)
    assert list(results.pictures) == [first]
    assert results.errors == {}


def test_why_nothing_can_be_planned_is_told_once(
    results: Results, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, str]] = []
    results.say = lambda level, text: told.append((level, text))

    def fail(*given: Any, **more: Any) -> None:
        raise OSError("the folder went")

    with monkeypatch.context() as broken:
        broken.setattr("ui.editor.survey.plan", fail)
        results.update(make_graph(), folder, [])
        settle(results)
        results.refresh()
        settle(results)
        assert [level for level, _ in told] == ["warning"]
        assert "the folder went" in told[0][1]
    results.refresh()
    settle(results)
    assert results.states["load"].standing == "stale"
    assert len(told) == 1


def test_when_nothing_is_shown_any_more_nothing_runs_and_no_state_says_so(
    results: Results, folder: Path
) -> None:
    graph = make_graph()
    results.pause(True)
    results.update(graph, folder, [Want("background", "image")])
    _until(lambda: (results.drain(), "background" in results.states.queued())[1])
    assert results.running
    # another run takes its place, and of what it has cut off nothing is told any more
    results.update(graph, folder, [Want("load", "image")])
    _until(lambda: (results.drain(), results._live._latest == 2)[1])
    results.update(graph, folder, [])
    settle(results)
    assert not results.running
    assert results.states.queued() == results.states.running() == []


def test_the_end_of_one_run_is_not_that_of_the_other(results: Results, folder: Path) -> None:
    results.pause(True)
    results.update(make_graph(), folder, [Want("background", "image")])
    _until(lambda: (results.drain(), bool(results.states.queued()))[1])
    queued = results.states.queued()
    results._take_batch(GraphError("nothing to run"))
    assert results.states.queued() == queued
    results.pause(False)
    settle(results, lambda: bool(results.pictures))


def test_a_failed_run_says_why_and_tries_nothing_again(results: Results, folder: Path) -> None:
    told: list[tuple[str, str]] = []
    results.say = lambda level, text: told.append((level, text))
    results.auto = False
    (folder / "dark.fits").write_bytes(b"no image")
    graph = make_graph()
    graph.set("load", "file", "dark.fits")
    results.update(graph, folder, [Want("background", "image")])
    settle(results)
    results.run(["background"])
    settle(results, lambda: bool(told))
    assert told[-1][0] == "error"
    assert told[-1][1] == f"load failed: {results.states['load'].text}"
    assert "dark.fits" in told[-1][1]
    assert results._live._changes == 0
