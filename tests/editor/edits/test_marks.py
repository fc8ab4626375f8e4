"""Frames and notes, and what stands in a frame."""

from __future__ import annotations

from typing import Any

import pytest

from graph.errors import GraphError
from graph.file import parse, serialize
from tests.editor.pictures import REGISTRY, chain
from ui.editor import edits

SIZES = {"crop": (100.0, 60.0), "stretch": (180.0, 200.0)}


def test_frame_goes_around_nodes() -> None:
    graph = chain()
    assert edits.add_frame(graph, ["crop", "stretch"], "Work", SIZES) == 0
    x, y, width, height = graph.view["frames"][0]["rect"]
    assert x < 200
    assert y < 0
    assert x + width > 400 + 180
    assert y + height > 200
    assert set(edits.contents(graph, 0, SIZES).ids) == {"crop", "stretch"}
    assert parse(serialize(graph), REGISTRY).view == graph.view


def test_frame_with_a_rectangle() -> None:
    graph = chain()
    edits.put_frame(graph, (1.4, 2, 30, 40))
    assert graph.view["frames"] == [{"title": "", "rect": [1, 2, 30, 40]}]
    with pytest.raises(GraphError, match="choose the nodes"):
        edits.add_frame(graph, [])
    with pytest.raises(GraphError, match="width and a height"):
        edits.put_frame(graph, (0, 0, 0, 40))
    assert len(graph.view["frames"]) == 1


def test_what_stands_in_a_frame() -> None:
    graph = chain()
    edits.add_frame(graph, ["crop", "stretch"], "outer", sizes=SIZES)
    x, y, width, _ = graph.view["frames"][0]["rect"]
    edits.put_frame(graph, (x + 5, y + 5, 20, 20), "inner")
    edits.put_frame(graph, (x + 5, y + 5, 9000, 20), "crosses")
    edits.add_note(graph, (x + 10, y + 10), "note")
    edits.add_note(graph, (x + width - 10, y + 10), "half out")
    inside = edits.contents(graph, 0, SIZES)
    assert inside == edits.Contents(("crop", "stretch"), (("frames", 1), ("notes", 0)))
    half = {"crop": (100.0, 60.0), "stretch": (2 * (x + width - 400) - 2, 200.0)}
    assert edits.contents(graph, 0, half).ids == ("crop", "stretch")  # the middle is in it
    half["stretch"] = (half["stretch"][0] + 4, 200.0)
    assert edits.contents(graph, 0, half).ids == ("crop",)


def test_two_frames_of_one_rectangle_do_not_carry_one_another_for_ever() -> None:
    graph = chain()
    edits.put_frame(graph, (0, 0, 50, 50))
    edits.put_frame(graph, (0, 0, 50, 50))
    assert edits.contents(graph, 0).marks == (("frames", 1),)
    assert edits.contents(graph, 1).marks == ()


def test_texts_titles_colours_and_removal() -> None:
    graph = chain()
    edits.add_frame(graph, ["load"], "a")
    edits.add_note(graph, (0, 0), "b")
    edits.set_frame_title(graph, 0, "Title")
    edits.set_text(graph, 0, "Text\nof two lines")
    edits.set_color(graph, "notes", 0, "#101010")
    edits.set_color(graph, "frames", 0, "#101010")
    edits.set_color(graph, "frames", 0, None)
    edits.set_rect(graph, "notes", 0, (1, 2, 3, 4))
    assert graph.view["notes"] == [
        {"text": "Text\nof two lines", "rect": [1, 2, 3, 4], "color": "#101010"}
    ]
    assert graph.view["frames"][0]["title"] == "Title"
    assert "color" not in graph.view["frames"][0]
    edits.remove_marks(graph, [("frames", 0)])
    assert graph.view["frames"] == []
    assert "load" in graph.nodes


@pytest.mark.parametrize("damage", [None, 3, {}, ["x"], [None], [{"rect": [1, 2]}]])
def test_damaged_marks_are_told_and_never_crash(damage: Any) -> None:
    graph = chain()
    graph.view["frames"] = damage
    with pytest.raises(GraphError):
        edits.set_color(graph, "frames", 1, "#101010")
    with pytest.raises(GraphError):
        edits.set_rect(graph, "frames", 7, (0, 0, 1, 1))
    edits.copy_text(graph, ["load"])
