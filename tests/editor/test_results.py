"""Results for viewers: what is made, what is not, and what is told."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest

from graph.plan import plan
from graph.run import run
from graph.store import Store
from nodes.measure import image_statistics
from nodes.values import Image, Table
from nodes.view import image_pyramid
from tests.editor.results_cases import folder, make_frames, make_graph, results, settle
from ui.editor.picture import Look, Want
from ui.editor.results import Results

__all__ = ["folder", "results"]


def test_a_viewer_gets_the_value_its_pyramid_and_its_statistics(
    results: Results, folder: Path
) -> None:
    want = Want("background", "image")
    results.update(make_graph(), folder, [want])
    settle(results)
    picture = results.pictures[want]
    assert isinstance(picture.value, Image)
    assert picture.statistics == image_statistics(picture.value)
    assert picture.pyramid is not None
    assert picture.pyramid.levels[0].tobytes() == image_pyramid(picture.value).levels[0].tobytes()
    assert picture.items is None
    standings = {id: results.states[id].standing for id in ("load", "background", "stretch")}
    assert standings == {"load": "cached", "background": "cached", "stretch": "stale"}
    assert set(results.thumbnails) >= {"load", "background"}


def test_of_a_viewer_node_it_is_what_feeds_it(results: Results, folder: Path) -> None:
    want, other = Want("view", "screen"), Want("background", "image")
    results.update(make_graph(), folder, [want, other])
    settle(results)
    assert (
        results.pictures[want].value.data.tobytes() == results.pictures[other].value.data.tobytes()
    )
    assert results.states["view"].standing == "stale"  # the window draws it itself


def test_wired_statistics_give_the_stretch(results: Results, folder: Path) -> None:
    graph = make_graph()
    graph.add("measure", "measure.statistics")
    graph.link("load", "image", "measure", "image")
    graph.link("measure", "statistics", "view", "statistics")
    want = Want("view", "screen")
    results.update(graph, folder, [want, Want("load", "image")])
    settle(results)
    assert results.pictures[want].statistics == results.pictures[Want("load", "image")].statistics


def test_statistics_locked_to_another_image(results: Results, folder: Path) -> None:
    locked = Want("background", "image", statistics=("load", "image"))
    results.update(make_graph(), folder, [locked, Want("load", "image")])
    settle(results)
    assert results.pictures[locked].statistics == results.pictures[Want("load", "image")].statistics


def test_of_frames_only_the_one_shown_is_made(results: Results, folder: Path) -> None:
    want = Want("stretch", "image", item=1)
    results.update(make_frames(), folder, [want])
    settle(results)
    picture = results.pictures[want]
    assert picture.items == 3
    store = Store()
    whole = run(plan(make_frames(), store, targets=["stretch"], folder=folder), store)
    expected = list(whole.value("stretch"))[1]
    assert picture.value.data.tobytes() == expected.data.tobytes()
    state = results.states["lights"]
    assert (state.standing, state.done, state.total) == ("stale", 1, 3)


def test_a_frame_that_is_not_there_is_told(results: Results, folder: Path) -> None:
    want = Want("lights", "image", item=7)
    results.update(make_frames(), folder, [want])
    settle(results)
    assert "no item 8" in results.errors[want]


def test_values_that_are_no_images(results: Results, folder: Path) -> None:
    want = Want("background", "samples")
    results.update(make_graph(), folder, [want])
    settle(results)
    assert isinstance(results.pictures[want].value, Table)
    assert results.pictures[want].pyramid is None


@pytest.mark.parametrize("mode", ["bypass", "mute"])
def test_a_node_that_rests(results: Results, folder: Path, mode: str) -> None:
    graph = make_graph()
    graph.set_mode("background", mode)
    want = Want("background", "image")
    results.update(graph, folder, [want, Want("load", "image")])
    settle(results)
    if mode == "bypass":
        before = results.pictures[Want("load", "image")].value
        assert results.pictures[want].value.data.tobytes() == before.data.tobytes()
    else:
        assert want not in results.pictures
    assert results.states["background"].standing == "resting"


def test_what_cannot_be_made_any_more_is_not_shown_as_if_it_were(
    results: Results, folder: Path
) -> None:
    graph = make_graph()
    for want, change in (
        (Want("background", "image"), lambda graph: graph.set_mode("background", "mute")),
        (Want("view", "screen"), lambda graph: graph.unlink("view", "image")),
    ):
        results.update(graph, folder, [want])
        settle(results, lambda want=want: want in results.pictures)  # type: ignore[misc]
        changed = copy.copy(graph)
        change(changed)
        results.update(changed, folder, [want])
        settle(results)
        assert want not in results.pictures


def test_u12_moved_nodes_run_nothing(results: Results, folder: Path) -> None:
    graph = make_graph()
    want = [Want("background", "image")]
    results.update(graph, folder, want)
    settle(results)
    revision = results.revision
    moved = copy.copy(graph)
    moved.view["nodes"] = {"load": [10, 20]}
    results.update(moved, folder, want)
    assert not results.busy
    settle(results)
    assert results.revision == revision


def test_a_changed_parameter_runs_what_follows(results: Results, folder: Path) -> None:
    graph = make_graph()
    want = Want("background", "image")
    results.update(graph, folder, [want])
    settle(results)
    before = results.pictures[want]
    graph = copy.copy(graph)
    graph.set("background", "degree", 2)
    results.update(graph, folder, [want])
    assert results.busy
    settle(results, lambda: results.pictures[want] is not before)
    assert results.states["background"].standing == "cached"


def test_what_comes_of_the_run_before_does_not_end_the_next(results: Results, folder: Path) -> None:
    graph, want = make_graph(), Want("background", "image")
    results.update(graph, folder, [want])
    assert results._live.wait(30)  # its outcome waits to be taken in
    graph = copy.copy(graph)
    graph.set("background", "degree", 2)
    results.update(graph, folder, [want])
    results.drain(1.0)
    assert results.running
    settle(results)


def test_nothing_runs_by_itself_when_that_is_off(results: Results, folder: Path) -> None:
    results.auto = False
    want = Want("background", "image")
    results.update(make_graph(), folder, [want])
    settle(results)
    assert results.pictures == {}
    assert results.states["background"].standing == "stale"
    results.run(["background"])
    settle(results, lambda: want in results.pictures)


def test_nothing_is_read_without_consent(results: Results, folder: Path) -> None:
    results.allowed = False
    results.update(make_graph(), folder, [Want("background", "image")])
    settle(results)
    assert results.pictures == {}
    assert results.states["load"].standing == "unknown"
    results.allowed = True
    results.refresh()
    settle(results, lambda: bool(results.pictures))


def test_errors_are_told_and_go_with_their_cause(results: Results, folder: Path) -> None:
    graph = make_graph()
    graph.set("load", "file", "nowhere.fits")
    want = Want("background", "image")
    results.update(graph, folder, [want])
    settle(results)
    assert "nowhere.fits" in results.states["load"].text
    assert "nowhere.fits" in results.errors[want]
    graph = copy.copy(graph)
    graph.set("load", "file", "frame_1.fits")
    results.update(graph, folder, [want])
    settle(results, lambda: want in results.pictures)
    assert want not in results.errors
    assert results.states["load"].standing == "cached"


def test_run_all_writes_and_says_so(results: Results, folder: Path) -> None:
    told: list[tuple[str, str]] = []
    results.say = lambda level, text: told.append((level, text))
    graph = make_graph()
    graph.add("save", "io.save_image", file="out.fits")
    graph.link("stretch", "image", "save", "image")
    results.update(graph, folder, [])
    results.run()
    settle(results)
    assert (folder / "out.fits").is_file()
    assert told[-1][0] == "info"
    assert "1 file written" in told[-1][1]


def test_a_look_is_read_from_anything() -> None:
    given = {"link": "linked", "target": "much", "shadows": [0.1, 0.2, 0.3], "midtones": [True]}
    look = Look.read(given)
    assert look == Look(link="linked", shadows=(0.1, 0.2, 0.3))
    assert Look.read(look.to_json()) == look
    assert np.isclose(look.target, 0.25)


def test_what_no_viewer_shows_just_now_is_neither_lost_nor_called_wrong(
    results: Results, folder: Path
) -> None:
    first, second = Want("view", "screen"), Want("load", "image")
    graph = make_graph()
    results.update(graph, folder, [first])
    settle(results)
    picture = results.pictures[first]
    results.update(graph, folder, [second])
    settle(results)
    assert second in results.pictures
    assert results.pictures[first] is picture
    assert results.errors == {}
    # but after a change it would be old
    changed = copy.copy(graph)
    changed.set("background", "degree", 2)
    results.update(changed, folder, [second])
    assert first not in results.pictures
