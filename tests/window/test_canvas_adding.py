"""Nodes added on the canvas: from the search, from wires, from paths."""

from __future__ import annotations

from tests.window import panels
from tests.window.canvas import DATA, Start


def test_u05_a_wire_dropped_on_empty_space_lists_what_fits_and_links_it(start: Start) -> None:
    canvas = start(numbers=("measure.statistics", 480, 250))
    window = canvas.window
    window.drag(canvas.pin("numbers.statistics", output=True), canvas.place(760, 300))
    assert panels.find(window, "search", "Statistics table")
    offered = {w["label"].strip() for w in panels.find_all(window, "search", kind="Selectable")}
    assert "Summary" in offered
    assert not offered & {"Crop", "Polynomial", "Save image", "Load image"}
    window.shot("search_fitting")
    id = canvas.new(lambda: canvas.look_for("table"))
    assert canvas.nodes[id]["type"] == "measure.table"
    assert f"numbers.statistics -> {id}.statistics" in canvas.links
    window.drag(canvas.pin("crop.image"), canvas.place(120, 350))
    id = canvas.new(lambda: canvas.look_for("load image"))
    assert f"{id}.image -> crop.image" in canvas.links
    assert canvas.selection == {id}


def test_the_search_is_left_by_escape_or_a_click_elsewhere(start: Start) -> None:
    canvas = start()
    window, before = canvas.window, canvas.nodes
    window.move(*canvas.place(760, 330))
    window.key("Tab")
    window.until(lambda: canvas.shown("search"), "open")
    window.key("Escape")
    window.until(lambda: not canvas.shown("search"), "closed")
    window.key("Tab")
    window.until(lambda: canvas.shown("search"), "open again")
    window.frame(4)
    window.click(*canvas.place(60, 400))
    window.until(lambda: not canvas.shown("search"), "closed by the click")
    assert canvas.nodes == before


def test_lines_of_file_paths_are_pasted_as_nodes(start: Start) -> None:
    """They are copied from a note, as from a terminal."""
    canvas = start()
    window = canvas.window
    window.move(*canvas.place(20, 260))
    window.key("n")
    window.double(*window.where("canvas", "note", "notes", 0))
    window.frame(6)
    window.key("ctrl+a")
    files = [DATA / f"first_light_{color}.fits" for color in ("red", "green")]
    for file in files:
        window.tool("type", "--delay", 8, str(file))
        window.key("Return")
    window.key("ctrl+a", "ctrl+c", "Escape")
    window.move(*canvas.place(740, 260))
    id = canvas.new(lambda: window.key("ctrl+v"))
    assert canvas.nodes[id]["type"] == "io.load_frames"
    assert canvas.nodes[id]["params"]["files"] == sorted(str(file) for file in files)
    assert canvas.selection == {id}
    assert window.document()["undo"] == "Paste"
