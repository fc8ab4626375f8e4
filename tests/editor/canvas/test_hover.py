"""What is said of what the mouse rests on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from graph.values import summarize
from tests.editor.hand import Hand, chain
from ui.editor.canvas.hits import Hit
from ui.editor.canvas.hover import draw_tip, tell
from ui.editor.canvas.paint import DARK
from ui.editor.letters import width
from ui.editor.picture import Picture, Want
from ui.editor.states import NodeState


def _tell(hit: Hit, hand: Hand | None = None, pictures: Any = None, **states: NodeState) -> str:
    hand = hand or Hand(chain())
    editor = SimpleNamespace(
        states={id: states.get(id, NodeState()) for id in hand.graph.nodes},
        results=SimpleNamespace(pictures=pictures or {}),
    )
    return "\n".join(line.text for line in tell(hit, hand.stage, editor))


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (NodeState("stale", "parameter degree changed 2 → 4"), "It would run: parameter degree"),
        (NodeState("cached", seconds=12), "made in 12 s"),
        (NodeState("failed", "3 channels against 1"), "It failed: 3 channels against 1"),
        (NodeState("blocked", "is not connected"), "It cannot run: is not connected"),
        (NodeState("running", fraction=0.4, left=90), "40 %, 90 s left"),
        (NodeState("cached", warnings=("saturated",)), "saturated"),
        (NodeState("running", done=2, total=9), "2 of 9 items"),
    ],
)
def test_nodes_say_how_they_stand(state: NodeState, said: str) -> None:
    assert said in _tell(Hit("title", "sky"), sky=state)
    assert "Polynomial" in _tell(Hit("badge", "sky"), sky=state)


def test_pins_say_what_they_carry() -> None:
    assert _tell(Hit("pin", "load", "image", True)).startswith("image  ·  Image")
    assert "optional" in _tell(Hit("pin", "sky", "mask"))
    assert "made by itself" in _tell(Hit("pin", "view", "statistics"))
    assert "From load.image." in _tell(Hit("pin", "sky", "image"))
    pictures = {Want("load", "image"): Picture(Want("load", "image"), 42.5, items=3)}
    for hit in (Hit("pin", "sky", "image"), Hit("pin", "load", "image", True)):
        assert f"3 frames; {summarize(42.5)}" in _tell(hit, pictures=pictures)
    assert "3 frames" not in _tell(Hit("pin", "sky", "mask"), pictures=pictures)


def test_wires_say_what_goes_where() -> None:
    assert _tell(Hit("wire", end=("sky", "image"))) == "load.image → sky.image  ·  Image"


def test_parameters_have_their_help() -> None:
    said = _tell(Hit("field", "sky", "degree"))
    spec = Hand(chain()).graph.spec("sky")
    assert spec
    assert spec.params["degree"].help in said
    assert "Legal from 0 to 6" in said
    assert _tell(Hit("field", "load", "file")).startswith("file  ·  not set")


def test_nothing_is_said_of_nothing() -> None:
    assert _tell(Hit()) == ""
    assert _tell(Hit("title", "gone")) == ""


def test_a_tip_is_within_the_area_and_beside_the_mouse() -> None:
    hand = Hand(chain())
    editor = SimpleNamespace(states={id: NodeState() for id in hand.graph.nodes}, results=None)
    lines = tell(Hit("title", "sky"), hand.stage, editor)
    for at in ((5, 5), (795, 5), (5, 595), (795, 595)):
        items = draw_tip(lines, at, (800, 600), DARK)
        _, ground, *texts = items
        assert [text[2] for text in texts][:1] == ["Polynomial · sky"]
        (left, top), (right, low) = ground[1], ground[2]
        assert 0 <= left < right <= 800
        assert 0 <= top < low <= 600
        assert not (left <= at[0] <= right and top <= at[1] <= low)
        for text in texts:
            assert left < text[1][0]
            assert text[1][0] + width(text[2], text[3]) < right
