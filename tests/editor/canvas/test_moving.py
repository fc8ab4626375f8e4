"""Moving and resizing by hand, onto wires and out of chains."""

from __future__ import annotations

from tests.editor.hand import Hand, chain
from ui.editor import edits
from ui.editor.edits import places


def test_nodes_are_moved_in_one_step(hand: Hand) -> None:
    hand.document.select(["load", "sky"])
    x, y = hand.point(("title", "sky"))
    hand.drag((x, y), (x + 40, y + 90))
    assert (hand.at("load"), hand.at("sky"), hand.at("view")) == (
        (40, 90),
        (340, 90),
        (600, 0),
    )
    assert hand.document.undo_name == "Move 2 nodes"
    hand.document.undo()
    assert (hand.at("load"), hand.document.undo_name) == ((0, 0), None)
    assert hand.document.selection == {"load", "sky"}


def test_a_node_moves_under_the_hand_before_the_graph_does(hand: Hand) -> None:
    x, y = hand.point(("title", "sky"))
    hand.drag((x, y), (x + 40, y + 90), release=False)
    assert hand.stage.at["sky"] == (340, 90)
    assert hand.at("sky") == (300, 0)
    assert hand.stage.end("sky", "image", False) == hand.stage.wires["sky", "image"][1]


def test_moving_keeps_to_the_grid_unless_ctrl_says_otherwise() -> None:
    for snap, mods, wanted in (
        (True, "", 40),
        (True, "ctrl", 33),
        (False, "", 33),
        (False, "ctrl", 40),
    ):
        hand = Hand(chain(), snap=snap)
        x, y = hand.point(("title", "load"))
        hand.press((x, y))
        hand.move((x + 33, y), mods)
        hand.release((x + 33, y), mods)
        assert hand.at("load") == (wanted, 0)


def test_a_frame_takes_along_what_stands_in_it() -> None:
    graph = chain()
    edits.put_frame(graph, (-40.0, -60.0, 260.0, 400.0), "Masters")
    edits.set_rect(graph, "notes", edits.add_note(graph, (0, 0), "in"), (-20, 240, 90, 60))
    hand = Hand(graph)
    x, y = hand.point(("frame", "frames", 0))
    hand.drag((x, y), (x - 100, y + 30))
    assert (hand.at("load"), hand.at("sky")) == ((-100, 30), (300, 0))
    assert hand.graph.view["frames"][0]["rect"] == [-140, -30, 260, 400]
    assert hand.graph.view["notes"][0]["rect"][:2] == [-120, 270]
    assert hand.document.undo_name == "Move frame"


def test_notes_and_frames_are_resized() -> None:
    graph = chain()
    edits.add_note(graph, (0, 500), "text")
    hand = Hand(graph)
    x, y = hand.point(("corner", "notes", 0))
    before = places.rect_of(hand.graph.view["notes"][0])
    assert before
    hand.drag((x, y), (x + 50, y + 20))
    assert hand.graph.view["notes"][0]["rect"] == [0, 500, before[2] + 50, before[3] + 20]
    hand.drag(("corner", "notes", 0), (0, 0))
    assert hand.graph.view["notes"][0]["rect"][2:] == [80, 50]
    assert hand.document.undo_name == "Resize note"


def test_a_node_dropped_on_a_wire_is_put_into_it() -> None:
    graph = chain()
    edits.add_node(graph, "color.neutralize_background", (100, 500))
    hand = Hand(graph)
    x, y = hand.point(("title", "neutralize_background"))
    middle = hand.point(("wire", "sky", "image"))
    shape = hand.stage.shapes["neutralize_background"]
    hand.drag(
        (x, y), (x + middle[0] - (x + 20), y + middle[1] - y - shape.height / 2), release=False
    )
    assert hand.lit == {("sky", "image")}
    hand.release(hand.mouse)
    assert hand.graph.links["sky", "image"] == ("neutralize_background", "image")
    assert hand.graph.links["neutralize_background", "image"] == ("load", "image")
    assert hand.document.undo_name == "Insert neutralize_background"
    hand.document.undo()
    assert hand.graph.links["sky", "image"] == ("load", "image")


def test_alt_takes_a_node_out_of_its_chain(hand: Hand) -> None:
    x, y = hand.point(("title", "sky"))
    hand.drag((x, y), (x, y + 300), "alt")
    assert hand.graph.links == {("view", "image"): ("load", "image")}
    assert hand.at("sky") == (300, 300)
