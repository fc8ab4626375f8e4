"""Parameters on nodes, set by hand."""

from __future__ import annotations

import pytest

from graph.file import serialize
from tests.editor.hand import Hand
from ui.editor import edits
from ui.editor.canvas.requests import (
    AskFile,
    Choose,
    EditMark,
    EditNumber,
    EditTitle,
    OpenSearch,
    ShowNode,
)


def _value(hand: Hand, id: str, name: str) -> object:
    return hand.graph.nodes[id].params.get(name)


def test_a_slider_is_pulled_in_one_step(hand: Hand) -> None:
    x, y = hand.point(("field", "view", "target"))
    wide = next(f.rect[2] for f in hand.stage.shapes["view"].fields if f.name == "target")
    hand.press((x, y))
    for step in range(1, 11):
        hand.move((x + step * wide / 40, y))
    # the slider covers 0.05 to 0.5; a quarter of its width is a quarter of that
    assert _value(hand, "view", "target") == pytest.approx(0.25 + 0.45 / 4, abs=2e-3)
    hand.release(hand.mouse)
    assert hand.document.undo_name == "Set target of view"
    hand.document.undo()
    assert hand.document.undo_name is None


def test_shift_pulls_a_slider_finely(hand: Hand) -> None:
    x, y = hand.point(("field", "view", "target"))
    hand.press((x, y))
    hand.move((x + 40, y), "shift")
    moved = _value(hand, "view", "target")
    assert isinstance(moved, float)
    assert 0 < moved - 0.25 < 0.02


def test_escape_gives_a_slider_its_value_back(hand: Hand) -> None:
    before = serialize(hand.graph)
    x, y = hand.point(("field", "view", "target"))
    hand.press((x, y))
    hand.move((x + 40, y))
    assert serialize(hand.graph) != before
    hand.input("key", (x + 40, y), key="Escape")
    assert serialize(hand.graph) == before
    assert hand.document.undo_name is None
    hand.release((x + 40, y))
    assert serialize(hand.graph) == before


def test_sliders_of_whole_numbers_stay_whole_and_within_their_range(hand: Hand) -> None:
    x, y = hand.point(("field", "sky", "degree"))
    hand.press((x, y))
    hand.move((x + 900, y))
    assert _value(hand, "sky", "degree") == 6
    hand.move((x - 900, y))
    assert _value(hand, "sky", "degree") == 0
    assert isinstance(_value(hand, "sky", "degree"), int)


def test_switches_choices_and_files(hand: Hand) -> None:
    switched = []
    for _ in range(2):
        hand.click(("field", "sky", "normalize"))
        switched.append(_value(hand, "sky", "normalize"))
    spec = hand.graph.spec("sky")
    assert spec
    default = spec.params["normalize"].default
    assert switched == [not default, default]
    assert hand.click(("field", "view", "link")) == [Choose("view", "link")]
    assert hand.click(("field", "load", "file")) == [AskFile("load", "file")]
    before = hand.graph
    assert hand.drag(("field", "view", "link"), ("place", 700, 700)) == []
    assert hand.graph is before


def test_double_clicks(hand: Hand) -> None:
    assert hand.double(("field", "sky", "degree")) == [EditNumber("sky", "degree")]
    assert hand.double(("title", "sky")) == [EditTitle("sky")]
    assert hand.double(("node", "sky")) == [ShowNode("sky")]
    [search] = hand.double(("place", 100, 700))
    assert search == OpenSearch(hand.point(("place", 100, 700)), (100, 700))
    with hand.document.change("Add note") as graph:
        edits.add_note(graph, (0, 900), "text")
    assert hand.double(("note", "notes", 0)) == [EditMark(("notes", 0))]
    assert hand.going is None
