"""What is under the mouse: the way there and back for everything on the canvas."""

from __future__ import annotations

import pytest

from tests.editor.hand import Hand, chain, first_light
from ui.editor import edits
from ui.editor.canvas.camera import ZOOMS, Camera
from ui.editor.canvas.hits import find
from ui.editor.canvas.seek import seek
from ui.editor.edits import places


@pytest.mark.parametrize("zoom", [z for z in ZOOMS if z >= 0.5])
def test_what_is_sought_is_hit(zoom: float) -> None:
    hand = Hand(first_light())
    hand.camera = Camera(-300, -300, zoom)
    for id, shape in hand.stage.shapes.items():
        for pin in shape.pins:
            at = seek(hand, "pin", id, pin.name, pin.output)
            assert at
            hit = find(hand.stage, hand.camera, at)
            assert (hit.kind, hit.id, hit.name, hit.output) == ("pin", id, pin.name, pin.output)
        for field in shape.fields:
            hit = hand.look(hand.point(("field", id, field.name)))
            assert (hit.kind, hit.id, hit.name) == ("field", id, field.name)
            assert hit.share == pytest.approx(0.5, abs=0.01)
        for kind in ("title", "badge", "node"):
            hit = hand.look(hand.point((kind, id)))
            assert (hit.kind, hit.id) == (kind, id)
        if shape.picture:
            assert hand.look(hand.point(("picture", id))).kind == "picture"
    assert hand.look(hand.point(("place", -290, -290))).kind == "empty"


def test_pins_are_larger_than_they_are_drawn() -> None:
    hand = Hand(chain())
    x, y = hand.point(("pin", "load", "image", True))
    for away in ((10, 0), (-9, 0), (0, 8), (7, 7)):
        assert hand.look((x + away[0], y + away[1])).kind == "pin", away
    assert hand.look((x + 16, y)).kind != "pin"
    for zoom in (0.3, 0.5):
        hand.camera = Camera(-300, -300, zoom)
        x, y = hand.point(("pin", "load", "image", True))
        assert hand.look((x + 10, y)).kind == "pin"
        assert hand.look((x - 3, y)).kind == "pin"
        assert hand.look((x - 8, y)).kind != "pin"  # most of a small node is not its pins


def test_a_slider_begins_beside_its_pin() -> None:
    for zoom in (0.5, 1.0, 2.0):
        hand = Hand(chain())
        hand.camera = Camera(-100, -100, zoom)
        x, y = hand.point(("pin", "sky", "degree", False))
        assert hand.look((x + 14 * zoom, y)).kind == "field"
        assert hand.look((x + 4 * zoom, y)).kind == "pin"


def test_wires_are_hit_within_six_pixels_at_every_zoom() -> None:
    for zoom in (0.5, 1.0, 2.0):
        hand = Hand(chain())
        hand.camera = Camera(-100, -100, zoom)
        x, y = hand.point(("wire", "sky", "image"))
        assert hand.look((x, y + 5)).end == ("sky", "image")
        assert hand.look((x, y + 9)).kind == "empty"


def test_from_far_a_node_is_one_thing() -> None:
    graph = chain()
    places.set_collapsed(graph, ["load"])
    hand = Hand(graph)
    hand.camera = Camera(-100, -100, 0.2)
    x, y = hand.point(("node", "load"))
    assert hand.look((x + 18, y)).kind == "node"
    for kind in (("title", "sky"), ("field", "sky", "degree"), ("pin", "sky", "image", False)):
        x, y = hand.point(kind)
        hit = hand.look((x + 1, y))
        assert (hit.kind, hit.id) == ("node", "sky")


def test_what_is_drawn_above_is_hit_first() -> None:
    graph = chain()
    places.put(graph, "sky", (40, 10))
    hand = Hand(graph)
    assert hand.look(hand.point(("title", "sky"))).id == "sky"
    hand.document.select(["load"])
    assert hand.look(hand.point(("title", "sky"))).id == "load"


def test_frames_and_notes() -> None:
    graph = chain()
    edits.put_frame(graph, (-60.0, 300.0, 300.0, 200.0), "Masters")
    edits.add_note(graph, (400, 300), "text")
    hand = Hand(graph)
    assert hand.look(hand.point(("frame", "frames", 0))).mark == ("frames", 0)
    assert hand.look(hand.point(("frame", "frames", 0))).kind == "frame"
    assert hand.look(hand.point(("place", 100, 420))).kind == "empty"
    assert hand.look(hand.point(("corner", "frames", 0))).kind == "corner"
    assert hand.look(hand.point(("note", "notes", 0))).kind == "note"
    assert hand.look(hand.point(("corner", "notes", 0))).kind == "corner"


def test_collapsed_nodes_have_their_pins_at_the_edges() -> None:
    graph = chain()
    places.set_collapsed(graph, ["sky"])
    hand = Hand(graph)
    x, y = hand.point(("node", "sky"))
    assert hand.look((x, y)).kind == "title"
    assert hand.look((x - 95, y)).kind == "pin"
    assert hand.look((x + 95, y)).output


def test_the_map_covers_what_is_below_it() -> None:
    hand = Hand(chain(), size=(800, 600))
    hand.camera = Camera(200, -100, 1.0)
    assert hand.map
    assert hand.look(hand.point(("map",))).kind == "minimap"
    hand.camera = Camera(-100, -100, 0.4)
    assert hand.map is None  # all is seen
