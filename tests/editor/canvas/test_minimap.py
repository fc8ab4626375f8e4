"""The small map of the whole graph."""

from __future__ import annotations

import pytest

from tests.editor.hand import Hand, first_light
from ui.editor.canvas.camera import Camera
from ui.editor.canvas.minimap import draw_ground, draw_view, place_map
from ui.editor.canvas.paint import DARK
from ui.editor.rects import holds


def test_every_node_is_on_the_map_and_the_way_back_is_right() -> None:
    hand = Hand(first_light(), size=(900, 700))
    map = place_map(hand.stage, hand.camera, hand.size)
    assert map
    for id in hand.stage.at:
        x, y, wide, tall = hand.stage.rect(id)
        for corner in ((x, y), (x + wide, y + tall)):
            at = map.to_map(corner)
            assert holds(map.rect, at)
            assert map.to_canvas(at) == pytest.approx(corner)


def test_it_shows_what_is_seen() -> None:
    hand = Hand(first_light(), size=(900, 700))
    hand.camera = Camera(300, 100, 1.0)
    assert hand.map
    [(_, low, high, *_)] = draw_view(hand.map, hand.camera, hand.size, DARK)
    assert hand.map.to_canvas(low) == pytest.approx((300, 100))
    assert hand.map.to_canvas(high) == pytest.approx((1200, 800))
    ground = draw_ground(hand.map, hand.stage, frozenset(["red"]), DARK)
    assert len(ground) == 1 + len(hand.graph.nodes)
    assert [item[3] for item in ground].count(DARK.accent) == 1


def test_there_is_none_where_it_would_stand_in_the_way() -> None:
    for size in ((400, 300), (400, 900), (900, 300)):
        assert Hand(first_light(), size=size).map is None
