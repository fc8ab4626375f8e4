"""What a right click offers, and that each entry does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from graph.model import Graph
from tests.editor.hand import Hand, chain
from ui.editor import edits
from ui.editor.canvas.hits import Hit
from ui.editor.canvas.offers import Offer, find_offers
from ui.editor.canvas.requests import EditMark, EditNumber, OpenSearch, ShowNode


class Canvas:
    """Remembers what it was asked."""

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.asked: list[Any] = []

    def answer(self, request: Any) -> None:
        self.asked.append(request)

    def go_to(self, id: str) -> None:
        self.asked.append(id)


class Editor:
    """A document that is changed."""

    def __init__(self, hand: Hand) -> None:
        self.document = hand.document
        self.panels = {"canvas": self}

    def sizes(self) -> dict[str, tuple[float, float]]:
        return {}

    @contextmanager
    def change(self, name: str) -> Iterator[Graph]:
        with self.document.change(name) as graph:
            yield graph


@pytest.fixture
def canvas() -> Canvas:
    graph = chain()
    edits.put_frame(graph, (-40.0, -60.0, 260.0, 400.0), "Masters")
    edits.add_note(graph, (0, 500), "text")
    return Canvas(Hand(graph))


def _offers(canvas: Canvas, hit: Hit) -> dict[str, Offer]:
    found = find_offers(hit, (100, 100), Editor(canvas.hand), canvas)
    assert found[0] is not None
    assert found[-1] is not None
    return {offer.title: offer for offer in found if offer}


def test_wires(canvas: Canvas) -> None:
    hit = Hit("wire", end=("sky", "image"))
    _offers(canvas, hit)["Add joint"].do()
    assert canvas.hand.graph.links["sky", "image"] == ("joint", "any")
    canvas.hand.document.undo()
    _offers(canvas, hit)["Go to load"].do()
    assert canvas.asked == ["load"]
    _offers(canvas, hit)["Cut"].do()
    assert ("sky", "image") not in canvas.hand.graph.links


def test_pins(canvas: Canvas) -> None:
    offers = _offers(canvas, Hit("pin", "sky", "image", True))
    offers["Add node here…"].do()
    assert canvas.asked == [OpenSearch((100, 100), (-100, -100), ("sky", "image"), True)]
    offers["Disconnect"].do()
    assert ("view", "image") not in canvas.hand.graph.links
    assert not _offers(canvas, Hit("pin", "sky", "mask"))["Disconnect"].enabled


def test_fields(canvas: Canvas) -> None:
    hit = Hit("field", "sky", "degree")
    with canvas.hand.document.change("Set") as graph:
        graph.set("sky", "degree", 6)
    _offers(canvas, hit)["Type a number…"].do()
    assert canvas.asked == [EditNumber("sky", "degree")]
    _offers(canvas, hit)["Reset degree"].do()
    spec = canvas.hand.graph.spec("sky")
    assert spec
    assert canvas.hand.graph.nodes["sky"].params["degree"] == spec.params["degree"].default
    assert not _offers(canvas, Hit("field", "load", "file"))["Reset file"].enabled


def test_frames_and_notes(canvas: Canvas) -> None:
    frame = Hit("frame", mark=("frames", 0))
    offers = _offers(canvas, frame)
    offers["Rename"].do()
    assert canvas.asked == [EditMark(("frames", 0))]
    offers["Select what is inside"].do()
    assert canvas.hand.document.selection == {"load"}
    colors = []
    for name in ("Green", "Red"):
        offers[name].do()
        colors.append(canvas.hand.graph.view["frames"][0]["color"])
    assert len(set(colors)) == 2
    _offers(canvas, Hit("note", mark=("notes", 0)))["Delete"].do()
    assert canvas.hand.graph.view["notes"] == []
    offers["Delete frame"].do()
    assert canvas.hand.graph.view["frames"] == []


def test_nodes_and_empty_space_offer_actions(canvas: Canvas) -> None:
    hand = canvas.hand
    hand.document.select(["sky"])
    offers = _offers(canvas, Hit("title", "sky"))
    offers["Show in viewer"].do()
    assert canvas.asked == [ShowNode("sky")]
    offers["Delete and reconnect"].do()
    assert hand.graph.links == {("view", "image"): ("load", "image")}
    offers = _offers(canvas, Hit())
    assert {"Add node…", "Paste", "Select all"} <= offers.keys()
    offers["Select all"].do()
    assert hand.document.selection == {"load", "view"}


def test_a_node_can_be_replaced(canvas: Canvas) -> None:
    offers = find_offers(Hit("node", "crop"), (5.0, 6.0), Editor(canvas.hand), canvas)
    next(offer for offer in offers if offer and offer.title == "Replace by…").do()
    (asked,) = canvas.asked
    assert isinstance(asked, OpenSearch)
    assert asked.instead == "crop"
