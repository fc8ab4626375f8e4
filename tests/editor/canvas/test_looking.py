"""Panning and zooming by hand."""

from __future__ import annotations

import pytest

from tests.editor.hand import Hand, chain, first_light
from ui.editor.input import MIDDLE
from ui.editor.rects import overlap


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
    assert hand.at("sky") == (350, 30)


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


def test_the_view_is_not_pulled_to_where_nothing_is() -> None:
    hand = Hand(chain(), size=(800, 600))
    hand.drag(("place", 0, 300), (795, 595), release=False)
    for _ in range(600):
        hand.pull(1 / 30)
    assert not hand.pull(1 / 30)
    assert overlap(hand.camera.view(hand.size), hand.stage.bounds() or (0, 0, 0, 0))


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
