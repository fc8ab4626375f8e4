"""Panning, zooming and finding on the canvas."""

from __future__ import annotations

import pytest

from tests.window.canvas import Start


def test_the_view_is_zoomed_and_fitted(start: Start) -> None:
    canvas = start()
    window = canvas.window
    first = canvas.describe()
    at = canvas.place(300, 20)
    window.wheel(*at, 2)
    assert canvas.describe()["zoom"] > first["zoom"]
    assert canvas.place(300, 20) == pytest.approx(at, abs=1)  # it stays under the mouse
    window.wheel(*at, -3)
    assert canvas.describe()["zoom"] < first["zoom"]
    window.key("Home")
    assert canvas.describe()["zoom"] == first["zoom"]
    window.key("plus")
    zoom = canvas.describe()["zoom"]
    assert zoom > first["zoom"]
    window.key("minus", "minus")
    assert canvas.describe()["zoom"] < zoom
    window.click(*canvas.title("save"))
    window.key("f")
    middle = window.where("canvas", "area")
    assert canvas.title("save")[0] == pytest.approx(middle[0], abs=60)
    assert not window.document()["modified"]


def test_the_view_is_panned(start: Start) -> None:
    canvas = start()
    window = canvas.window
    a = canvas.place(600, 330)
    window.drag(a, (a[0] - 80, a[1] - 50), button=2)
    assert canvas.place(600, 330) == pytest.approx((a[0] - 80, a[1] - 50), abs=1)
    a = canvas.place(600, 330)
    window.move(*a)
    window.tool("keydown", "space")
    window.frame(3)
    window.drag(a, (a[0] + 60, a[1] + 30))
    window.tool("keyup", "space")
    window.frame(4)
    assert canvas.place(600, 330) == pytest.approx((a[0] + 60, a[1] + 30), abs=1)
    assert not canvas.shown("search")
    assert canvas.selection == set()


def test_the_map_shows_another_place(start: Start) -> None:
    canvas = start(far=("geometry.crop", 4000, 2500))
    window = canvas.window
    window.move(*window.where("canvas", "area"))
    for _ in range(8):
        window.key("plus")
    before = canvas.describe()["corner"]
    x, y = window.where("canvas", "map")
    window.shot("map")
    window.click(x + 60, y + 40)
    corner = canvas.describe()["corner"]
    assert corner[0] > before[0]
    assert corner[1] > before[1]
    window.drag((x + 60, y + 40), (x - 60, y - 40))
    assert canvas.describe()["corner"][0] < corner[0]


def test_a_node_is_gone_to_by_its_name(start: Start) -> None:
    canvas = start(far=("geometry.crop", 4000, 2500))
    window = canvas.window
    window.key("ctrl+f")
    window.enter("goto:text", "far")
    window.shot("go_to")
    window.key("Return")
    window.until(lambda: canvas.selection == {"far"}, "selected")
    x, y = canvas.title("far")
    left, top = window.where("canvas", "area")
    wide, tall = canvas.describe()["size"]
    assert abs(x - left) < wide / 4
    assert abs(y - top) < tall / 2
