"""Menus, and that every gesture can be given up."""

from __future__ import annotations

import copy

import pytest

from graph.file import serialize
from tests.editor.hand import Hand, chain
from ui.editor import edits
from ui.editor.canvas.requests import (
    OpenMenu,
)
from ui.editor.edits import places
from ui.editor.input import MIDDLE, RIGHT


def test_right_clicks_ask_for_a_menu(hand: Hand) -> None:
    hand.document.select(["load"])
    [menu] = hand.click(("title", "sky"), button=RIGHT)
    assert isinstance(menu, OpenMenu)
    assert (menu.hit.kind, menu.hit.id) == ("title", "sky")
    assert hand.document.selection == {"sky"}
    hand.document.select(["load", "sky"])
    hand.click(("title", "sky"), button=RIGHT)
    assert hand.document.selection == {"load", "sky"}
    [menu] = hand.click(("wire", "sky", "image"), button=RIGHT)
    assert isinstance(menu, OpenMenu)
    assert menu.hit.end == ("sky", "image")


GESTURES = [
    (("title", "sky"), "", 0),
    (("title", "sky"), "alt", 0),
    (("pin", "sky", "image", True), "", 0),
    (("pin", "sky", "image", False), "", 0),
    (("pin", "view", "statistics", False), "", 0),
    (("field", "sky", "degree"), "", 0),
    (("wire", "sky", "image"), "", 0),
    (("wire", "sky", "image"), "alt", 0),
    (("place", 100, 600), "", 0),
    (("place", 100, 600), "ctrl", 0),
    (("frame", "frames", 0), "", 0),
    (("corner", "frames", 0), "", 0),
    (("note", "notes", 0), "", 0),
    (("place", 100, 600), "", MIDDLE),
]


@pytest.mark.parametrize("way", ["Escape", "right button"])
@pytest.mark.parametrize(("start", "mods", "button"), GESTURES)
def test_every_gesture_can_be_given_up(
    start: tuple[object, ...], mods: str, button: int, way: str
) -> None:
    graph = chain()
    edits.put_frame(graph, (900.0, -60.0, 260.0, 400.0), "Masters")
    edits.add_note(graph, (1200, 0), "text")
    with_statistics = edits.add_node(graph, "measure.statistics", (300, 700))
    edits.connect(graph, (with_statistics, "statistics"), ("view", "statistics"))
    hand = Hand(graph)
    hand.document.select(["load"])
    text, camera = serialize(hand.graph), hand.camera
    for goal in (("place", 350, 520), ("title", "view"), ("place", 700, 600)):
        hand.drag(start, goal, mods, button, release=False)
        assert hand.going is not None
        if way == "Escape":
            hand.input("key", hand.mouse, key="Escape")
        else:
            hand.press(hand.mouse, button=RIGHT)
        assert hand.going is None
        assert serialize(hand.graph) == text
        assert hand.document.undo_name is None
        assert hand.camera == camera
        hand.release(hand.mouse, button=button)
        assert serialize(hand.graph) == text
        fresh = copy.copy(hand.graph)
        assert hand.stage.at == {id: places.place_of(fresh, id) for id in fresh.nodes}
        hand.document.select(["load"])


def test_a_graph_that_changes_in_the_middle_of_a_gesture(hand: Hand) -> None:
    hand.drag(("pin", "sky", "model", True), ("place", 700, 700), release=False)
    with hand.document.change("Delete sky") as graph:
        edits.remove(graph, ["sky"])
    assert hand.move((300, 300)) == []
    assert hand.going is None
    assert hand.release((310, 310)) == []
    assert hand.graph.nodes.keys() == {"load", "view"}
