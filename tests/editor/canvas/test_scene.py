"""What is drawn: only what is seen, only what changed, less from afar."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.editor.hand import Hand, chain, first_light
from ui.editor import edits
from ui.editor.canvas.camera import Camera
from ui.editor.canvas.hits import Hit
from ui.editor.canvas.paint import DARK, LIGHT, Item
from ui.editor.canvas.scene import LAYERS, Layers, Scene, Sight
from ui.editor.canvas.stage import Held
from ui.editor.edits import places
from ui.editor.letters import width
from ui.editor.states import NodeState


class States(dict[str, NodeState]):
    def __missing__(self, id: str) -> NodeState:
        return NodeState()


def _sight(hand: Hand, **more: object) -> Sight:
    sight = Sight(hand.camera, hand.size, States(), map=hand.map)
    return replace(sight, **more)  # type: ignore[arg-type]


def _texts(layers: Layers, layer: str, key: object) -> list[str]:
    return [item[2] for item in layers[layer][key].items if item[0] == "text"]


def _changed(before: Layers, after: Layers) -> set[object]:
    """The keys of parts that were made anew."""
    old = {(name, key): part.items for name in LAYERS for key, part in before[name].items()}
    return {
        key
        for name in LAYERS
        for key, part in after[name].items()
        if old.get((name, key)) is not part.items
    }


def test_nothing_is_made_anew_when_nothing_changed() -> None:
    hand, scene = Hand(first_light()), Scene()
    before = scene.see(hand.stage, _sight(hand))
    assert len(before["nodes"]) == len(hand.graph.nodes)
    assert len(before["wires"]) == len(hand.graph.links)
    assert _changed(before, scene.see(hand.stage, _sight(hand))) == set()


def test_panning_makes_nothing_anew() -> None:
    hand, scene = Hand(first_light()), Scene()
    before = scene.see(hand.stage, _sight(hand))
    hand.camera = hand.camera.panned(30, 10)
    after = scene.see(hand.stage, _sight(hand))
    assert _changed(before, after) <= {"view"}
    assert after["grid"]["grid"].at != before["grid"]["grid"].at


def test_moving_a_node_makes_only_its_wires_anew() -> None:
    hand, scene = Hand(chain()), Scene()
    before = scene.see(hand.stage, _sight(hand))
    hand.stage.show(hand.graph, Held(places={"load": (10, 20)}))
    after = scene.see(hand.stage, _sight(hand))
    assert _changed(before, after) == {("sky", "image")}
    assert after["nodes"]["load"].at == (10, 20)


def test_a_state_is_seen_at_its_node_alone() -> None:
    hand, scene = Hand(chain()), Scene()
    before = scene.see(hand.stage, _sight(hand))
    states = States(sky=NodeState("failed", "3 channels against 1"))
    after = scene.see(hand.stage, _sight(hand, states=states))
    assert _changed(before, after) == {"sky"}
    assert "3 channels against 1" in _texts(after, "nodes", "sky")
    assert "✗" in _texts(after, "nodes", "sky")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (NodeState("cached", seconds=12.0), ["✓", "12 s"]),
        (NodeState("cached", seconds=0.004), ["✓", "4 ms"]),
        (NodeState("stale", "new"), ["○"]),
        (NodeState("queued"), ["…"]),
        (NodeState("running", fraction=0.42, left=12.0), ["▶", "42 % · 12 s left"]),
        (NodeState("running", fraction=0.5, done=3, total=7), ["▶", "3 of 7"]),
        (NodeState("blocked", "blocked by load"), ["⚠", "blocked by load"]),
        (NodeState("resting"), ["⊘"]),
    ],
)
def test_what_stands_at_a_node(state: NodeState, said: list[str]) -> None:
    hand = Hand(chain())
    layers = Scene().see(hand.stage, _sight(hand, states=States(sky=state)))
    texts = _texts(layers, "nodes", "sky")
    assert all(word in texts for word in said), texts


def test_bypassed_muted_and_missing() -> None:
    graph = chain()
    graph.set_mode("sky", "bypass")
    graph.set_mode("view", "mute")
    hand = Hand(graph)
    layers = Scene().see(hand.stage, _sight(hand))
    assert "↷" in _texts(layers, "nodes", "sky")
    assert "⊘" in _texts(layers, "nodes", "view")
    wire = layers["wires"]["sky", "image"].items
    full = Scene().see(Hand(chain()).stage, _sight(hand))["wires"]["sky", "image"].items
    assert wire[-1][5][3] < full[-1][5][3]  # its colour is fainter


def test_progress_is_a_bar_as_long_as_its_share() -> None:
    hand = Hand(chain())
    states = States(sky=NodeState("running", fraction=0.25))
    items = Scene().see(hand.stage, _sight(hand, states=states))["nodes"]["sky"].items
    [bar] = [item for item in items if item[0] == "rect" and item[3] == DARK.busy]
    assert bar[2][0] - bar[1][0] == pytest.approx(190 / 4)


def test_less_is_drawn_from_afar() -> None:
    hand = Hand(chain())
    counts, texts = [], []
    for zoom in (1.0, 0.4, 0.2, 0.1):
        hand.camera = Camera(-100, -100, zoom)
        layers = Scene().see(hand.stage, _sight(hand))
        counts.append(len(layers["nodes"]["sky"].items))
        texts.append(_texts(layers, "nodes", "sky"))
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] <= 3
    assert "degree" in texts[0]
    assert "degree" not in texts[1]
    assert texts[1][0] == "Polynomial"
    assert len(texts[2]) == 1  # only its title


def test_titles_and_notes_can_be_read_from_afar() -> None:
    graph = chain()
    edits.add_note(graph, (0, 500), "Try a higher degree when the corners stay bright.")
    hand = Hand(graph)
    for zoom in (0.25, 0.32, 0.4):
        hand.camera = Camera(-100, -100, zoom)
        layers = Scene().see(hand.stage, _sight(hand))
        for part, size in (
            (layers["nodes"]["view"], (190.0, 300.0)),
            (layers["notes"]["notes", 0], (220.0, 110.0)),
        ):
            texts = [item for item in part.items if item[0] == "text"]
            assert texts
            for _, (x, y), text, letters, _ in texts:
                assert letters >= 10
                assert x + width(text, letters) <= size[0] * zoom + 1e-6
                assert y + letters <= size[1] * zoom + 1


def test_what_is_out_of_sight_is_not_drawn() -> None:
    graph = chain()
    edits.add_note(graph, (0, 500), "far below")
    hand = Hand(graph, size=(400, 300))
    hand.camera = Camera(550, -50, 1.0)
    layers = Scene().see(hand.stage, _sight(hand))
    assert set(layers["nodes"]) == {"view"}
    assert set(layers["wires"]) == {("view", "image")}
    assert not layers["notes"]


def test_selected_nodes_are_drawn_above_the_others_and_edged() -> None:
    hand = Hand(chain())
    layers = Scene().see(hand.stage, _sight(hand, selection=frozenset(["sky"])))
    assert set(layers["nodes"]) == {"load", "view"}
    [part] = layers["raised"].values()
    assert part.items[-1][0] != ()
    assert any(item[0] == "rect" and item[4] == DARK.accent for item in part.items)
    assert LAYERS.index("raised") > LAYERS.index("nodes") > LAYERS.index("wires")


def test_frames_are_thick_wires() -> None:
    def thick(type: str) -> float:
        from tests.editor.hand import graph_of

        hand = Hand(
            graph_of(
                ("a", type, (0, 0)),
                ("b", "background.polynomial", (300, 0)),
                links=("a.image -> b.image",),
            )
        )
        [part] = Scene().see(hand.stage, _sight(hand))["wires"].values()
        return max(float(item[6]) for item in part.items)

    assert thick("io.load_frames") > thick("io.load_image") + 1


def test_wires_have_the_colour_of_what_they_carry_also_behind_a_joint() -> None:
    graph = chain()
    joint = edits.add_joint(graph, ("sky", "image"), (250, 300))
    hand = Hand(graph)
    assert hand.stage.colors["sky", "image"] == hand.stage.colors[joint, "value"] == "#c8b070"


def test_frames_notes_and_their_selection() -> None:
    graph = chain()
    edits.put_frame(graph, (-40.0, -60.0, 260.0, 400.0), "Masters")
    edits.set_color(graph, "frames", 0, "#4060a0")
    edits.add_note(graph, (0, 500), "Try a higher degree.")
    hand, scene = Hand(graph), Scene()
    before = scene.see(hand.stage, _sight(hand))
    assert _texts(before, "frames", ("frames", 0)) == ["Masters"]
    assert _texts(before, "notes", ("notes", 0)) == ["Try a higher degree."]
    after = scene.see(hand.stage, _sight(hand, chosen=frozenset({("notes", 0)})))
    assert _changed(before, after) == {("notes", 0)}
    graph = hand.graph
    with hand.document.change("Title") as graph:
        edits.set_frame_title(graph, 0, "Other")
    hand.stage.show(hand.graph)
    assert _texts(scene.see(hand.stage, _sight(hand)), "frames", ("frames", 0)) == ["Other"]


def test_what_the_mouse_is_over_is_lit() -> None:
    hand, scene = Hand(chain()), Scene()
    before = scene.see(hand.stage, _sight(hand))
    hit = Hit("wire", end=("sky", "image"))
    assert _changed(before, scene.see(hand.stage, _sight(hand, hover=hit))) == {("sky", "image")}
    before = scene.see(hand.stage, _sight(hand))
    hit = Hit("field", "sky", "degree")
    assert _changed(before, scene.see(hand.stage, _sight(hand, hover=hit))) == {"sky"}


def test_with_a_wire_in_hand_the_pins_that_it_does_not_fit_are_dim() -> None:
    graph = chain()
    edits.add_node(graph, "measure.table", (600, 500))
    hand, scene = Hand(graph), Scene()

    def pins(layers: Layers, id: str) -> dict[tuple[float, float], object]:
        items = layers["nodes"][id].items
        return {item[1]: item[3] for item in items if item[0] == "circle"}

    before = scene.see(hand.stage, _sight(hand))
    hand.drag(("pin", "sky", "image", True), ("place", 500, 800), release=False)
    after = scene.see(hand.stage, _sight(hand, fits=hand.fits))
    image, table = hand.stage.shapes["view"].pin("image", False), hand.stage.shapes["table"].pins[0]
    assert image
    assert pins(before, "view")[0, image.y] == pins(after, "view")[0, image.y]
    assert pins(before, "table")[0, table.y] != pins(after, "table")[0, table.y]
    hand.cancel()
    assert hand.fits is None


def test_an_empty_canvas_says_what_to_do() -> None:
    from tests.editor.hand import graph_of

    hand = Hand(graph_of())
    layers = Scene().see(hand.stage, _sight(hand))
    assert any("Tab" in text for text in _texts(layers, "overlay", "hint"))
    assert "hint" not in Scene().see(Hand(chain()).stage, _sight(hand))["overlay"]


def test_pictures_keep_their_shape() -> None:
    hand = Hand(chain())
    layers = Scene().see(hand.stage, _sight(hand, pictures={"sky": (7, 0.5), "load": (8, 2.0)}))
    for id, ratio in (("sky", 0.5), ("load", 2.0)):
        [image] = [item for item in layers["nodes"][id].items if item[0] == "image"]
        wide, tall = image[3][0] - image[2][0], image[3][1] - image[2][1]
        assert tall / wide == pytest.approx(ratio)
        room = hand.stage.shapes[id].picture
        assert room
        assert room[0] <= image[2][0]
        assert room[1] <= image[2][1]
        assert image[3][1] <= room[1] + room[3] + 1e-6
    assert not [item for item in layers["nodes"]["view"].items if item[0] == "image"]


def test_every_item_is_one_that_the_drawlist_knows() -> None:
    lengths = {"rect": 7, "circle": 6, "line": 5, "curve": 7, "text": 5, "image": 4, "poly": 4}
    graph = first_light()
    graph.nodes["red"] = replace(graph.nodes["red"], type="other.thing")
    places.set_collapsed(graph, ["view"])
    edits.add_frame(graph, ["red"], "Frame")
    edits.add_note(graph, (0, 0), "Note")
    edits.add_joint(graph, ("view", "image"), (0, 0))
    hand = Hand(graph, size=(1600, 1000))
    for paint in (DARK, LIGHT):
        for zoom in (0.1, 0.3, 1.0):
            hand.camera = Camera(-100, -100, zoom)
            layers = Scene().see(hand.stage, _sight(hand, paint=paint, map=hand.map))
            for name in LAYERS:
                for part in layers[name].values():
                    for item in part.items:
                        assert len(item) == lengths[item[0]], item
                        assert all(_is_color(c) for c in _colors(item)), item


def _colors(item: Item) -> list[object]:
    spots = {"rect": (3, 4), "circle": (3, 4), "line": (3,), "curve": (5,), "text": (4,)}
    return [item[i] for i in spots.get(item[0], ())]


def _is_color(value: object) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == 4
        and all(isinstance(n, int) and 0 <= n <= 255 for n in value)
    )
