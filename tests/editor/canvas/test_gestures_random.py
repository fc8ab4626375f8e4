"""A hand that does anything anywhere: nothing breaks, and all of it can be undone to the byte."""

from __future__ import annotations

import random

import pytest

from graph.file import parse, serialize
from tests.editor.hand import REGISTRY, Hand, first_light
from ui.editor import edits
from ui.editor.canvas.camera import ZOOMS, Camera
from ui.editor.canvas.paint import DARK
from ui.editor.canvas.scene import Scene, Sight
from ui.editor.edits import places
from ui.editor.input import LEFT, MIDDLE, RIGHT
from ui.editor.states import States

MODS = ("", "", "", "shift", "ctrl", "alt", "space", "ctrl shift")


def _somewhere(hand: Hand, chance: random.Random) -> tuple[float, float]:
    """A point at a pin, a field, a wire, a node, a frame, or anywhere."""
    stage = hand.stage
    id = chance.choice(list(stage.shapes)) if stage.shapes else ""
    kind = chance.choice(("pin", "pin", "pin", "field", "title", "node", "wire", "mark", "any"))
    if kind == "pin" and id and stage.shapes[id].pins:
        pin = chance.choice(stage.shapes[id].pins)
        return hand.point(("pin", id, pin.name, pin.output))
    if kind == "field" and id and stage.shapes[id].fields:
        return hand.point(("field", id, chance.choice(stage.shapes[id].fields).name))
    if kind in ("title", "node") and id:
        return hand.point((kind, id))
    if kind == "wire" and stage.wires:
        return hand.point(("wire", *chance.choice(list(stage.wires))))
    if kind == "mark" and stage.marks:
        mark = chance.choice(list(stage.marks))
        spot = "frame" if mark[0] == "frames" else "note"
        return hand.point((chance.choice((spot, "corner")), *mark))
    return chance.uniform(-50, 1300), chance.uniform(-50, 900)


@pytest.mark.parametrize("seed", range(6))
def test_anything_anywhere(seed: int) -> None:
    chance = random.Random(seed)
    graph = first_light()
    places.set_collapsed(graph, ["stretch"])
    edits.add_frame(graph, ["red", "green"], "Masters")
    edits.add_note(graph, (100, -300), "text")
    edits.add_joint(graph, ("view", "image"), (500, -200))
    hand = Hand(graph, snap=seed % 2 == 0, size=(1280, 800))
    hand.camera = Camera(-100, -100, chance.choice(ZOOMS))
    before, scene, states = serialize(hand.graph), Scene(), States()
    for _ in range(250):
        at, mods = _somewhere(hand, chance), chance.choice(MODS)
        match chance.choice(("drag", "drag", "drag", "half", "double", "wheel", "key", "release")):
            case "drag":
                button = chance.choice((LEFT, LEFT, LEFT, MIDDLE, RIGHT))
                hand.press(at, mods, button)
                for _ in range(3):
                    hand.move(_somewhere(hand, chance), chance.choice(MODS))
                    hand.pull(1 / 60)
                hand.release(hand.mouse, mods, button)
                hand.document.settle()
            case "half":  # the release never comes
                hand.press(at, mods)
                hand.move(_somewhere(hand, chance), mods)
            case "double":
                hand.double(at)
            case "wheel":
                hand.input("wheel", at, mods, steps=float(chance.choice((-2, -1, 1, 2))))
            case "key":
                hand.input("key", at, key="Escape")
            case "release":
                hand.release(at)
        hand.refresh()
        sight = Sight(
            *(hand.camera, hand.size, states, hand.document.selection, hand.hover),
            chosen=hand.document.marks,
            lit=hand.lit,
            fits=hand.fits,
            map=hand.map,
            overlay=hand.draw(DARK),
        )
        scene.see(hand.stage, sight)
    hand.cancel()
    text = serialize(hand.graph)
    assert serialize(parse(text, REGISTRY)) == text  # still a file that opens, without loops
    assert hand.document.undo_name is not None
    while hand.document.undo():
        hand.refresh()
    assert serialize(hand.graph) == before
