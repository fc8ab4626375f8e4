"""Wires by hand: made, replaced, pulled off, cut."""

from __future__ import annotations

import pytest

from tests.editor.hand import Hand, chain, graph_of
from ui.editor import edits
from ui.editor.canvas.requests import (
    OpenSearch,
    Tell,
)


def test_a_wire_is_drawn_from_either_end() -> None:
    graph = graph_of(("a", "io.load_image", (0, 0)), ("b", "background.polynomial", (300, 0)))
    hand = Hand(graph)
    hand.drag(("pin", "a", "image", True), ("pin", "b", "image", False))
    assert hand.graph.links == {("b", "image"): ("a", "image")}
    assert hand.document.undo_name == "Connect a to b.image"
    hand.document.undo()
    hand.drag(("pin", "b", "image", False), ("pin", "a", "image", True))
    assert hand.graph.links == {("b", "image"): ("a", "image")}


def test_a_wire_onto_a_node_takes_the_first_end_that_fits() -> None:
    graph = graph_of(
        ("a", "io.load_image", (0, 0)),
        ("b", "color.linear_fit", (300, 0)),
        ("c", "measure.statistics", (600, 0)),
    )
    hand = Hand(graph)
    for wanted in ("image", "reference"):
        hand.drag(("pin", "a", "image", True), ("title", "b"))
        assert hand.graph.links["b", wanted] == ("a", "image")
    hand.drag(("pin", "c", "image", False), ("title", "b"))
    assert hand.graph.links["c", "image"] == ("b", "image")


def test_a_wire_in_hand_shows_what_else_it_fits() -> None:
    graph = graph_of(("a", "measure.statistics", (0, 0)), ("b", "view.screen", (300, 0)))
    hand = Hand(graph)
    assert hand.stage.shapes["b"].pin("statistics", False) is None
    hand.drag(("pin", "a", "statistics", True), ("title", "b"), release=False)
    assert hand.stage.shapes["b"].pin("statistics", False)
    hand.move(("pin", "b", "statistics", False))
    hand.release(hand.mouse)
    assert hand.graph.links == {("b", "statistics"): ("a", "statistics")}


def test_what_does_not_fit_says_why_and_changes_nothing(hand: Hand) -> None:
    before = hand.graph
    hand.drag(("pin", "view", "screen", True), ("pin", "sky", "image", False), release=False)
    assert "is of type Screen" in hand.drag_reason()
    assert hand.release(hand.mouse) == [
        Tell("view.screen is of type Screen, sky.image takes Image")
    ]
    hand.drag(("pin", "sky", "image", True), ("pin", "sky", "mask", False), release=False)
    assert "itself" in hand.drag_reason()
    hand.release(hand.mouse)
    hand.drag(("pin", "view", "screen", True), ("pin", "load", "image", True), release=False)
    assert "both ends are outputs" in hand.drag_reason()
    hand.release(hand.mouse)
    assert hand.graph is before


def test_loops_are_refused_with_their_way() -> None:
    graph = graph_of(
        ("a", "background.polynomial", (0, 0)),
        ("b", "color.neutralize_background", (300, 0)),
        links=("a.image -> b.image",),
    )
    hand = Hand(graph)
    for goal in (("pin", "a", "image", False), ("title", "a")):
        hand.drag(("pin", "b", "image", True), goal, release=False)
        assert "would close a loop: a → b → a" in hand.drag_reason()
        hand.release(hand.mouse)
    assert len(hand.graph.links) == 1


def test_an_occupied_input_is_replaced(hand: Hand) -> None:
    hand.drag(("pin", "load", "image", True), ("pin", "view", "image", False))
    assert hand.graph.links["view", "image"] == ("load", "image")
    assert len(hand.graph.links) == 2


def test_the_wire_of_a_connected_input_is_pulled_off_and_put_elsewhere() -> None:
    graph = chain()
    edits.add_node(graph, "measure.statistics", (600, 600))
    hand = Hand(graph)
    hand.drag(("pin", "view", "image", False), ("pin", "statistics", "image", False))
    assert hand.graph.links.get(("statistics", "image")) == ("sky", "image")
    assert ("view", "image") not in hand.graph.links
    assert hand.document.undo_name == "Connect sky to statistics.image"
    hand.document.undo()
    assert hand.graph.links["view", "image"] == ("sky", "image")


def test_a_wire_pulled_off_and_dropped_on_nothing_is_gone(hand: Hand) -> None:
    assert hand.drag(("pin", "view", "image", False), ("place", 700, 700)) == []
    assert list(hand.graph.links) == [("sky", "image")]
    assert hand.document.undo_name == "Disconnect view.image"


def test_a_wire_put_back_changes_nothing(hand: Hand) -> None:
    before = hand.graph
    hand.drag(("pin", "view", "image", False), ("place", 700, 700), release=False)
    assert ("view", "image") not in hand.stage.wires  # it hangs on the mouse now
    hand.move(("pin", "view", "image", False))
    hand.release(hand.mouse)
    assert hand.graph is before


@pytest.mark.parametrize(("end", "output"), [(("sky", "model"), True), (("sky", "mask"), False)])
def test_a_wire_dropped_on_nothing_asks_for_a_node(
    hand: Hand, end: tuple[str, str], output: bool
) -> None:
    asked = hand.drag(("pin", *end, output), ("place", 700, 700))
    assert asked == [OpenSearch(hand.mouse, (700, 700), end, output)]


def test_a_wire_is_taken_in_its_middle_by_the_nearer_end(hand: Hand) -> None:
    end = ("sky", "image")
    (x0, y0), (x1, y1) = (hand.camera.to_screen(p) for p in hand.stage.wires[end])
    hand.drag((x1 - 20, y1), ("place", 700, 700))
    assert end not in hand.graph.links
    hand.document.undo()
    edit = edits.add_node
    with hand.document.change("Add") as graph:
        edit(graph, "io.load_image", (0, 600))
    hand.drag((x0 + 20, y0), ("pin", "load_image", "image", True))
    assert hand.graph.links[end] == ("load_image", "image")


@pytest.mark.parametrize("mods", ["alt", "ctrl"])
def test_a_line_cuts_the_wires_that_it_crosses(hand: Hand, mods: str) -> None:
    hand.drag(("place", 240, -100), ("place", 240, 300), mods, release=False)
    assert hand.lit == {("sky", "image")}
    hand.release(hand.mouse)
    assert list(hand.graph.links) == [("view", "image")]
    assert hand.document.undo_name == "Cut wire"
    before = hand.graph
    hand.drag(("place", -100, -100), ("place", -100, 300), mods)
    assert hand.graph is before
    hand.click(("wire", "view", "image"), mods)
    assert not hand.graph.links


def test_a_double_click_on_a_wire_puts_a_joint_there(hand: Hand) -> None:
    at = hand.point(("wire", "sky", "image"))
    hand.double(at)
    assert hand.graph.links["sky", "image"] == ("joint", "any")
    assert hand.document.selection == {"joint"}
    place = hand.camera.to_canvas(at)
    x, y, wide, tall = hand.stage.rect("joint")
    assert (x + wide / 2, y + tall / 2) == pytest.approx(place, abs=1)
    x, y = hand.point(("node", "joint"))
    hand.drag((x, y), (x, y + 50))
    assert hand.at("joint")[1] == pytest.approx(place[1] - 8 + 50, abs=1)
