"""A graph of two hundred nodes stays in hand."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

from graph.file import write
from graph.model import Graph
from tests.window.canvas import Canvas
from tests.window.screen import Window
from ui.editor.edits import places
from ui.packs import load_registry

Open = Callable[..., Window]
ROWS, COLUMNS = 10, 20


def write_many(path: Path) -> Path:
    """Ten chains of twenty nodes."""
    graph = Graph(load_registry(packs=False))
    for row in range(ROWS):
        for column in range(COLUMNS):
            id = f"n{row}_{column}"
            type = "background.polynomial" if column else "io.load_image"
            graph.add(id, type)
            places.put(graph, id, (250 * column, 290 * row))
            if column:
                graph.link(f"n{row}_{column - 1}", "image", id, "image")
    write(graph, path)
    return path


def test_two_hundred_nodes_are_seen_moved_deleted_and_brought_back(
    open_window: Open, tmp_path: Path
) -> None:
    window = open_window(write_many(tmp_path / "many.graph.json"))
    canvas = Canvas(window)
    before = canvas.graph
    assert len(before["nodes"]) == ROWS * COLUMNS
    window.shot("many_all")
    window.settled()

    def told(name: str) -> None:
        costs = window.ask("costs", clear=True)
        median, most = statistics.median(costs), max(costs)
        print(f"{name}: {1e3 * median:.1f} ms a frame, at most {1e3 * most:.1f} ms")

    told("at rest")
    middle = window.where("canvas", "area")
    for _ in range(2):
        window.wheel(*middle, 3)
    told("zooming")
    window.shot("many_near")
    window.drag(middle, (middle[0] - 200, middle[1] - 100), button=2, steps=10)
    told("panning")
    window.key("Home")
    x, y = middle
    wide, tall = canvas.describe()["size"]
    wide, tall = wide / 2 - 22, tall / 2 - 22  # nearer to the edge the view would move along
    corners = (x - wide, y - tall), (x + wide, y + tall)
    window.drag(*corners, steps=10)
    assert canvas.selection == set(before["nodes"])
    told("selecting all by a box")
    at = window.where("canvas", "node", "n5_10")
    window.drag(at, (at[0] + 60, at[1] + 30), steps=10)
    told("moving all")
    assert window.document()["undo"] == "Move 200 nodes"
    window.key("ctrl+z", "Delete")
    assert canvas.nodes == {}
    told("deleting all")
    window.key("ctrl+z")
    assert canvas.graph == before
    told("undoing")
