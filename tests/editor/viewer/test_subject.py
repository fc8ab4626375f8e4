"""What a viewer shows just now: what it wants made, what it makes of that, and its words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nodes.stf import auto_stretch
from tests.editor.viewer_cases import give, make_editor, make_image
from ui.editor.editor import Editor
from ui.editor.picture import Look, Want
from ui.editor.results import Results
from ui.editor.states import NodeState
from ui.editor.viewer import settings as stands
from ui.editor.viewer.subject import Subject


@pytest.fixture
def editor() -> Iterator[Editor]:
    with make_editor() as editor:
        yield editor


def follow(editor: Editor, node: str | None = None, number: int = 1) -> Subject:
    if node:
        editor.document.select([node])
    subject = Subject(editor, number)
    subject.follow()
    return subject


def test_it_wants_what_is_selected(editor: Editor) -> None:
    subject = follow(editor, "background")
    assert editor.wants == {1: Want("background", "image")}
    subject.choose_output("samples")
    editor.document.select(["load"])
    subject.follow()
    assert editor.wants == {1: Want("load", "image")}
    editor.document.select(["background"])
    subject.follow()
    assert editor.wants == {1: Want("background", "samples")}
    subject.rest()
    assert editor.wants == {}


def test_pinned_it_stays_with_its_node_and_output(editor: Editor) -> None:
    with editor.change("Pin") as graph:
        stands.pin(graph, 2, "background", "model", 0)
    subject = follow(editor, "load", 2)
    assert editor.wants == {2: Want("background", "model")}
    subject.choose_output("samples")
    assert stands.entry_of(editor.document.graph, 2)["output"] == "samples"


def test_sources_beside_the_picture_are_made_as_well(editor: Editor) -> None:
    subject = follow(editor, "view")
    subject.set_source(stands.SECOND, ("load", "image"))
    subject.set_source(stands.OVERLAY, ("background", "samples"))
    subject.set_source(stands.LOCKED, ("load", "image"))
    subject.follow()
    assert set(editor.wants.values()) == {
        Want("view", "screen", 0, ("load", "image")),
        Want("load", "image"),
        Want("background", "samples"),
    }
    shown = give(editor, Want("load", "image"))
    assert subject.beside(stands.SECOND) is shown
    assert subject.beside(stands.MASK) is None
    assert subject.end == ("background", "image")
    assert editor.document.undo() == "Lock statistics"


def test_the_picture_before_stays_until_the_new_one_is_made(editor: Editor) -> None:
    subject = follow(editor, "frames")
    first = give(editor, subject.want, items=5)
    assert subject.picture() is first
    assert subject.fresh
    subject.blink.item = 3
    subject.follow()
    assert editor.wants[1].item == 3
    assert subject.picture() is first
    assert not subject.fresh
    second = give(editor, subject.want, items=5)
    assert subject.picture() is second
    assert subject.fresh
    editor.document.select(["load"])
    subject.follow()
    assert subject.picture() is None


def test_while_frames_blink_the_next_one_is_made(editor: Editor) -> None:
    subject = follow(editor, "frames")
    give(editor, subject.want, items=2)
    subject.picture()
    subject.blink.play(0.0)
    subject.follow()
    assert sorted(want.item for want in editor.wants.values()) == [0, 1]
    subject.tick(10.0)
    assert subject.blink.item == 1


def test_a_held_stretch_is_that_of_the_first_frame(editor: Editor) -> None:
    subject = follow(editor, "frames")
    first = give(editor, subject.want, make_image(seed=1), items=2)
    subject.picture()
    subject.hold(True)
    subject.blink.item = 1
    subject.follow()
    second = give(editor, subject.want, make_image(seed=2), items=2)
    subject.picture()
    assert first.statistics
    assert second.statistics
    assert subject.stretched(second)[0] == auto_stretch(first.statistics, "auto")
    subject.hold(False)
    assert subject.stretched(second)[0] == auto_stretch(second.statistics, "auto")


def test_changes_of_the_stretch_are_steps_that_can_be_undone(editor: Editor) -> None:
    subject = follow(editor, "view")
    for level in (0.1, 0.2, 0.3):
        subject.set_look("Move shadows", Look(stretch="manual", shadows=(level,)), ("handle", 1))
    assert editor.document.graph.nodes["view"].params["shadows"] == [0.3]
    assert editor.document.undo() == "Move shadows"
    assert subject.look == Look()
    follow(editor, "load").set_look("Boost", Look(stretch="boosted"))
    assert editor.document.graph.view["viewers"]["1"] == {"stretch": "boosted"}


def test_words(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = Subject(editor, 1)
    assert subject.standing() == ("info", "Select a node to see what it makes")
    subject = follow(editor, "background")
    assert subject.standing() == ("busy", "computing…")
    editor.results.auto = False
    assert subject.standing() == ("info", "not made yet: run it with F6")
    editor.results.auto = True
    editor.states._states["background"] = NodeState("resting", "muted")
    assert subject.standing() == ("info", "not made: it rests, muted")
    editor.states._states.clear()
    editor.results.auto = False
    editor.results.errors[Want("background", "image")] = "no such file"
    assert subject.standing() == ("error", "no such file")
    states = editor.states._states
    states["background"] = NodeState("blocked", "by load")
    assert subject.standing() == ("error", "blocked: by load")
    states["background"] = NodeState("blocked", "image: is not connected")
    assert subject.standing() == ("error", "blocked: image is not connected")
    states["background"] = NodeState("failed", "too few samples")
    assert subject.standing() == ("error", "failed: too few samples")
    states.clear()
    give(editor, subject.want)
    subject.picture()
    assert subject.standing() == ("", "")
    monkeypatch.setattr(Results, "running", True)
    subject.choose_output("model")
    subject.follow()
    states["load"] = NodeState("running", fraction=0.25)
    states["average"] = NodeState("running", fraction=0.5)  # of no concern here
    assert subject.standing() == ("busy", "computing… load 25 %")
    editor.results.paused = True
    assert subject.standing() == ("busy", "paused: load 25 %")
    editor.results.allowed = False
    assert "allow" in subject.standing()[1]


def test_a_viewer_without_input_says_so(editor: Editor) -> None:
    subject = follow(editor, "view")
    give(editor, subject.want)
    subject.picture()
    assert subject.standing() == ("", "")
    with editor.change("Cut") as graph:
        graph.unlink("view", "image")
    editor.results.pictures.clear()  # as it cannot be made
    assert subject.standing() == ("info", "view has no image yet: link its input")
