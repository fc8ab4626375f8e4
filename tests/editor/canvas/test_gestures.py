"""The hand on the canvas: every gesture, what it changes, and that Escape changes nothing."""

from __future__ import annotations

import copy

import pytest

from graph.file import serialize
from tests.editor.hand import Hand, chain, first_light, graph_of
from ui.editor import edits
from ui.editor.canvas.requests import (
    AskFile,
    Choose,
    EditMark,
    EditNumber,
    EditTitle,
    OpenMenu,
    OpenSearch,
    ShowNode,
    Tell,
)
from ui.editor.edits import places
from ui.editor.input import MIDDLE, RIGHT


@pytest.fixture
def hand() -> Hand:
    return Hand(chain())


def _at(hand: Hand, id: str) -> tuple[float, float]:
    found = places.place_of(hand.graph, id)
    assert found
    return found


# --- selecting -----------------------------------------------------------------------------------


def test_a_click_selects_and_shift_and_ctrl_add_and_take_away(hand: Hand) -> None:
    hand.click(("title", "load"))
    assert hand.document.selection == {"load"}
    hand.click(("title", "sky"), "shift")
    hand.click(("node", "view"), "ctrl")
    assert hand.document.selection == {"load", "sky", "view"}
    hand.click(("title", "sky"), "ctrl")
    assert hand.document.selection == {"load", "view"}
    hand.click(("place", 100, 500))
    assert hand.document.selection == frozenset()
    assert hand.document.undo_name is None


def test_a_press_on_a_selected_node_deselects_the_others_only_when_let_go(hand: Hand) -> None:
    hand.document.select(["load", "sky"])
    hand.press(("title", "sky"))
    assert hand.document.selection == {"load", "sky"}
    hand.release(("title", "sky"))
    assert hand.document.selection == {"sky"}


def test_a_box_selects_what_it_touches(hand: Hand) -> None:
    hand.drag(("place", -50, -50), ("place", 310, 10))
    assert hand.document.selection == {"load", "sky"}
    hand.drag(("place", 590, -50), ("place", 620, 10), "shift")
    assert hand.document.selection == {"load", "sky", "view"}
    hand.drag(("place", -50, -50), ("place", 10, 10), release=False)
    assert hand.document.selection == {"load"}
    hand.cancel()
    assert hand.document.selection == {"load", "sky", "view"}


# --- moving --------------------------------------------------------------------------------------


def test_nodes_are_moved_in_one_step(hand: Hand) -> None:
    hand.document.select(["load", "sky"])
    x, y = hand.point(("title", "sky"))
    hand.drag((x, y), (x + 40, y + 90))
    assert (_at(hand, "load"), _at(hand, "sky"), _at(hand, "view")) == (
        (40, 90),
        (340, 90),
        (600, 0),
    )
    assert hand.document.undo_name == "Move 2 nodes"
    hand.document.undo()
    assert (_at(hand, "load"), hand.document.undo_name) == ((0, 0), None)
    assert hand.document.selection == {"load", "sky"}


def test_a_node_moves_under_the_hand_before_the_graph_does(hand: Hand) -> None:
    x, y = hand.point(("title", "sky"))
    hand.drag((x, y), (x + 40, y + 90), release=False)
    assert hand.stage.at["sky"] == (340, 90)
    assert _at(hand, "sky") == (300, 0)
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
        assert _at(hand, "load") == (wanted, 0)


def test_a_frame_takes_along_what_stands_in_it() -> None:
    graph = chain()
    edits.add_frame(graph, (-40.0, -60.0, 260.0, 400.0), "Masters")
    edits.set_rect(graph, "notes", edits.add_note(graph, (0, 0), "in"), (-20, 240, 90, 60))
    hand = Hand(graph)
    x, y = hand.point(("frame", "frames", 0))
    hand.drag((x, y), (x - 100, y + 30))
    assert (_at(hand, "load"), _at(hand, "sky")) == ((-100, 30), (300, 0))
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
    assert _at(hand, "sky") == (300, 300)


# --- wires ---------------------------------------------------------------------------------------


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
    assert _at(hand, "joint")[1] == pytest.approx(place[1] - 8 + 50, abs=1)


# --- parameters on nodes -------------------------------------------------------------------------


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


# --- what is seen --------------------------------------------------------------------------------


@pytest.mark.parametrize(("button", "mods"), [(MIDDLE, ""), (0, "space")])
def test_panning_everywhere(hand: Hand, button: int, mods: str) -> None:
    before, graph = hand.camera, hand.graph
    hand.drag(("title", "sky"), (500, 300), mods, button)
    assert hand.camera.zoom == before.zoom
    assert hand.camera != before
    assert hand.point(("title", "sky")) == (500, 300)
    assert hand.graph is graph


def test_the_wheel_zooms_about_the_mouse(hand: Hand) -> None:
    at = hand.point(("title", "sky"))
    hand.input("wheel", at, steps=1.0)
    assert hand.camera.zoom == 1.25
    assert hand.point(("title", "sky")) == pytest.approx(at)
    hand.input("wheel", at, "ctrl", steps=-2.0)
    assert hand.camera.zoom == 0.8


def test_what_is_held_stays_under_the_mouse_when_the_view_is_zoomed(hand: Hand) -> None:
    x, y = hand.point(("title", "sky"))
    hand.drag((x, y), (x + 50, y + 30), release=False)
    hand.input("wheel", hand.mouse, steps=-3.0)
    assert hand.point(("title", "sky")) == pytest.approx((x + 50, y + 30))
    hand.release(hand.mouse)
    assert _at(hand, "sky") == (350, 30)


def test_the_view_moves_along_with_what_is_held_at_its_edge() -> None:
    hand = Hand(chain(), size=(800, 600))
    before = hand.camera
    hand.drag(("title", "sky"), (795, 300), release=False)
    held = hand.stage.at["sky"]
    assert hand.pull(1 / 60)
    assert (hand.camera.x > before.x, hand.camera.y) == (True, before.y)
    assert hand.stage.at["sky"][0] - held[0] == pytest.approx(hand.camera.x - before.x)
    hand.move((400, 300))
    assert not hand.pull(1 / 60)
    hand.release((400, 300))
    hand.drag(("place", 0, 250), (400, 2), button=MIDDLE, release=False)
    assert not hand.pull(1 / 60)


def test_what_is_pulled_away_from_the_edge_leaves_the_view_where_it_is() -> None:
    hand = Hand(chain(), size=(800, 600))
    x, y = hand.point(("title", "sky"))
    hand.camera = hand.camera.panned(0, 5 - y)  # its title is 5 pixels below the upper edge
    before, held = hand.camera, hand.stage.at["sky"]
    hand.drag((x, 5), (x, 9), release=False)
    assert not hand.pull(1 / 60)
    hand.move((x, 2))
    assert hand.pull(1 / 60)
    assert hand.camera.y < before.y
    hand.camera = before
    hand.release((x, 65))
    assert hand.stage.at["sky"][1] - held[1] == pytest.approx(60 / before.zoom)


def test_the_view_moves_as_fast_at_any_rate_of_frames() -> None:
    moved = []
    for rate in (30, 240):
        hand = Hand(chain(), size=(800, 600))
        before = hand.camera
        hand.drag(("title", "sky"), (795, 300), release=False)
        for _ in range(rate):
            hand.pull(1 / rate)
        moved.append(hand.camera.x - before.x)
    assert moved[0] == pytest.approx(moved[1])


def test_the_map_is_dragged() -> None:
    hand = Hand(first_light(), size=(900, 700))
    hand.press(("map",))
    middle = hand.camera.to_canvas((450, 350))
    bounds = hand.stage.bounds()
    assert bounds
    assert middle == pytest.approx((bounds[0] + bounds[2] / 2, bounds[1] + bounds[3] / 2))
    x, y = hand.mouse
    hand.move((x + 20, y))
    assert hand.camera.to_canvas((450, 350))[0] > middle[0] + 100
    hand.release(hand.mouse)


# --- menus and ways out --------------------------------------------------------------------------


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
    edits.add_frame(graph, (900.0, -60.0, 260.0, 400.0), "Masters")
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
