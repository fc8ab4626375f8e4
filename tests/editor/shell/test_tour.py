"""The tour goes on when the user has done a step."""

from __future__ import annotations

from pathlib import Path

import dearpygui.dearpygui as dpg
import pytest

from tests.editor.documents import set_value
from tests.editor.shell_cases import editor
from ui.editor.editor import Editor
from ui.editor.picture import Want
from ui.editor.shell.tour import STEPS, Course, Tour

__all__ = ["editor"]


def test_each_step_is_over_when_it_is_done(editor: Editor, tmp_path: Path) -> None:
    course = Course(editor)

    def advanced() -> bool:
        return course.advance()

    assert len(STEPS) == 5
    assert not advanced()
    with editor.document.change("Add") as graph:
        graph.add("b", "toy.one")
    assert advanced()
    assert not advanced()
    set_value(editor.document, 5.0)
    assert advanced()
    with editor.document.change("Link") as graph:
        graph.link("a", "number", "b", "a")
    assert advanced()
    assert not advanced()
    editor.wants[1] = Want("b", "number")
    assert advanced()
    assert not advanced()
    editor.document.save(tmp_path / "mine.graph.json")
    assert advanced()
    assert course.step is None
    assert not advanced()


def test_a_step_may_be_left_out_or_done_again(editor: Editor) -> None:
    course = Course(editor)
    course.go(1)
    assert course.step
    assert course.step.title == "Give it a file"
    course.go(-5)
    assert course.number == 0
    course.go(99)
    assert course.step is None


def test_removing_what_a_step_looked_at_is_no_error(editor: Editor) -> None:
    course = Course(editor)
    course.go(1)
    with editor.document.change("Remove") as graph:
        graph.remove("a")
    assert not course.advance()


@pytest.fixture
def tour(editor: Editor) -> Tour:
    """A tour that has begun."""
    made = Tour(editor)
    made.build()
    made.open()
    made.sync()
    return made


def test_it_shows_the_step_and_keeps_no_keys(editor: Editor, tour: Tour) -> None:
    assert dpg.get_value("tour:title") == "Add a node"
    assert dpg.get_value("tour:count") == "1 of 5"
    assert not tour.is_open
    with editor.document.change("Add") as graph:
        graph.add("b", "toy.one")
    tour.sync()
    assert dpg.get_value("tour:title") == "Give it a file"
    for _ in range(4):
        tour._on_step(0, None, 1)
        tour.sync()
    assert "That was the tour" in dpg.get_value("tour:title")
    assert dpg.get_item_label("tour:end") == "Close"
    tour.close()
    tour.sync()
    assert tour.describe() == {"step": None}
