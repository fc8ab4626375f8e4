"""Nodes, frames and notes on the canvas: modes, titles, parameters, places."""

from __future__ import annotations

import pytest

from tests.window.canvas import Start


def test_nodes_are_bypassed_muted_and_collapsed(start: Start) -> None:
    canvas = start()
    window = canvas.window
    window.click(*canvas.title("flat"))
    window.key("b")
    assert canvas.nodes["flat"]["mode"] == "bypass"
    window.click(*canvas.title("grey"))
    window.key("m")
    assert canvas.nodes["grey"]["mode"] == "mute"
    window.click(*canvas.title("load"))
    window.key("h")
    assert canvas.graph["view"]["collapsed"] == ["load"]
    window.move(*canvas.place(600, 350))
    window.shot("modes")
    window.key("h")
    assert not canvas.graph["view"].get("collapsed")
    window.click(*canvas.title("flat"))
    window.key("b")
    assert "mode" not in canvas.nodes["flat"]


def test_a_node_gets_a_title_by_a_double_click(start: Start) -> None:
    canvas = start()
    window = canvas.window
    window.double(*canvas.title("flat"))
    window.frame(6)
    canvas.type("Flatten")
    window.key("Return")
    window.until(lambda: canvas.nodes["flat"].get("title") == "Flatten", "the title")
    window.key("F2")
    window.frame(6)
    canvas.type("No")
    window.key("Escape")
    assert canvas.nodes["flat"]["title"] == "Flatten"
    window.shot("renamed")


def test_parameters_are_set_on_the_node(start: Start) -> None:
    canvas = start()
    window, before = canvas.window, canvas.graph
    x, y = canvas.field("flat.degree")
    window.drag((x - 20, y), (x + 30, y))
    assert canvas.nodes["flat"]["params"]["degree"] > 4
    assert window.document()["undo"] == "Set degree of flat"
    window.key("ctrl+z")
    assert canvas.graph == before  # all of the drag was one step
    canvas.type_over("flat.degree", "3")
    window.until(lambda: canvas.nodes["flat"]["params"]["degree"] == 3, "exact entry")
    canvas.choose("flat.correction", "divide")
    assert canvas.nodes["flat"]["params"]["correction"] == "divide"
    now = canvas.nodes["flat"]["params"]["normalize"]
    window.click(*canvas.field("flat.normalize"))
    assert canvas.nodes["flat"]["params"]["normalize"] is not now
    window.key("ctrl+z", "ctrl+z", "ctrl+z")
    assert canvas.graph == before


def test_frames_move_what_is_in_them(start: Start) -> None:
    canvas = start()
    window = canvas.window
    window.drag(canvas.place(-30, -30), canvas.place(260, 60))
    window.key("ctrl+j")
    assert len(canvas.graph["view"]["frames"]) == 1
    window.key("Home")  # its title may be beyond the edge
    window.double(*window.where("canvas", "frame", "frames", 0))
    window.frame(6)
    canvas.type("Sky")
    window.key("Return")
    window.until(lambda: canvas.graph["view"]["frames"][0]["title"] == "Sky", "the title")
    before = canvas.graph["view"]
    x, y = window.where("canvas", "frame", "frames", 0)
    window.drag((x, y), (x + 40, y + 60))
    after = canvas.graph["view"]
    dx, dy = (after["frames"][0]["rect"][k] - before["frames"][0]["rect"][k] for k in (0, 1))
    assert dx > 10
    assert dy > 20
    for id in ("load", "flat"):
        old, new = before["nodes"][id], after["nodes"][id]
        assert (new[0] - old[0], new[1] - old[1]) == pytest.approx((dx, dy), abs=1)
    assert after["nodes"]["grey"] == before["nodes"]["grey"]
    window.shot("frame")
    window.key("ctrl+z")
    assert canvas.graph["view"] == before
    x, y = window.where("canvas", "corner", "frames", 0)
    window.drag((x, y), (x + 30, y + 20))
    assert canvas.graph["view"]["frames"][0]["rect"][2] > before["frames"][0]["rect"][2]


def test_notes_are_written_and_moved(start: Start) -> None:
    canvas = start()
    window = canvas.window
    window.move(*canvas.place(500, 240))
    window.key("n")
    window.double(*window.where("canvas", "note", "notes", 0))
    window.frame(6)
    window.key("ctrl+a")
    canvas.type("Look at the corners")
    window.frame(12)
    window.click(*canvas.place(20, 400))
    [note] = canvas.graph["view"]["notes"]
    assert note["text"] == "Look at the corners"
    window.shot("note")
    x, y = window.where("canvas", "note", "notes", 0)
    window.drag((x, y), (x + 60, y + 10))
    assert canvas.graph["view"]["notes"][0]["rect"][0] > note["rect"][0]
    window.key("Delete")
    assert canvas.graph["view"]["notes"] == []


def test_nodes_are_aligned_and_arranged(start: Start) -> None:
    canvas = start(crop=("geometry.crop", 260, 260))
    window = canvas.window
    window.click(*canvas.title("flat"))
    window.tool("keydown", "shift")
    window.click(*canvas.title("crop"))
    window.tool("keyup", "shift")
    window.frame(3)
    window.key("F3")
    window.enter("commands:text", "left edges")
    window.shot("search_actions")
    window.key("Return")
    window.until(lambda: canvas.at("crop")[0] == canvas.at("flat")[0], "aligned")
    assert window.document()["undo"] == "Align 2 nodes"
    window.move(*canvas.place(700, 330))
    window.key("ctrl+shift+a", "ctrl+l")
    columns = [canvas.at(id)[0] for id in ("load", "flat", "grey", "save")]
    assert columns == sorted(set(columns))
    assert window.document()["undo"] == "Arrange nodes"
    window.shot("arranged")


def test_frames_and_notes_are_arranged_and_deleted_with_all(start: Start) -> None:
    canvas = start()
    window = canvas.window
    window.drag(canvas.place(-30, -30), canvas.place(260, 60))
    window.key("ctrl+j")
    window.move(*canvas.place(600, 330))
    window.key("n")
    window.click(*canvas.place(60, 420))
    window.key("ctrl+a", "ctrl+l")
    window.until(lambda: window.document()["undo"] == "Arrange nodes", "arranged")
    view = canvas.graph["view"]
    x, y, wide, tall = view["frames"][0]["rect"]
    inside = {
        id for id, at in view["nodes"].items() if x < at[0] < x + wide and y < at[1] < y + tall
    }
    assert inside == {"load", "flat"}
    window.move(*canvas.place(600, -60))
    window.shot("arranged_frames")
    window.key("ctrl+a", "Delete")
    window.until(lambda: not canvas.nodes, "deleted")
    assert canvas.graph["view"]["frames"] == canvas.graph["view"]["notes"] == []
    window.key("ctrl+z")
    assert canvas.graph["view"] == view
