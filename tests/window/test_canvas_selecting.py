"""Selecting, copying and pasting on the canvas."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.window.canvas import Canvas, Open, Start


def test_nodes_are_selected(start: Start) -> None:
    canvas = start()
    window = canvas.window
    window.drag(canvas.place(-30, -30), canvas.place(260, 60))
    assert canvas.selection == {"load", "flat"}
    window.tool("keydown", "shift")
    window.click(*canvas.title("save"))
    assert canvas.selection == {"load", "flat", "save"}
    window.click(*canvas.title("flat"))
    window.tool("keyup", "shift")
    assert canvas.selection == {"load", "save"}
    window.tool("keydown", "ctrl")
    window.click(*canvas.title("crop"))
    window.tool("keyup", "ctrl")
    assert canvas.selection == {"load", "save", "crop"}
    window.click(*canvas.title("flat"))
    assert canvas.selection == {"flat"}
    window.key("u")
    assert canvas.selection == {"load", "flat"}
    window.click(*canvas.title("flat"))
    window.key("shift+u")
    assert canvas.selection == {"flat", "grey", "save"}
    window.key("ctrl+a")
    assert canvas.selection == set(canvas.nodes)
    window.shot("all_selected")
    window.click(*canvas.place(700, 330))
    assert canvas.selection == set()
    assert not window.document()["modified"]


def test_nodes_are_copied_pasted_and_duplicated(start: Start) -> None:
    canvas = start()
    window = canvas.window
    window.drag(canvas.place(220, -30), canvas.place(520, 60))
    assert canvas.selection == {"flat", "grey"}
    window.key("ctrl+c")
    window.move(*canvas.place(560, 300))
    window.key("ctrl+v")
    new = canvas.selection
    assert len(canvas.nodes) == 7
    assert len(new) == 2
    assert not new & {"flat", "grey"}
    inner = {link for link in canvas.links if set(_ends(link)) == new}
    assert len(inner) == 1
    left = min(canvas.at(id)[0] for id in new)
    assert left == pytest.approx(560, abs=12)
    window.key("ctrl+d")
    assert len(canvas.nodes) == 9
    window.key("ctrl+x")
    assert len(canvas.nodes) == 7
    assert window.document()["undo"].startswith("Cut")


def _ends(link: str) -> list[str]:
    return [end.partition(".")[0] for end in link.split(" -> ")]


def test_nodes_are_copied_into_another_window(
    start: Start, open_window: Open, tmp_path: Path
) -> None:
    canvas = start()
    canvas.window.drag(canvas.place(-30, -30), canvas.place(520, 60))
    chosen = canvas.selection
    canvas.window.key("ctrl+c")
    canvas.window.frame(5)
    other = Canvas(open_window(home=tmp_path / "other"))  # it stands before the first
    other.window.key("Escape")
    other.window.move(*other.place(100, 100))
    other.window.key("ctrl+v")
    other.window.until(lambda: other.nodes, "pasted")
    assert set(other.nodes) == chosen
    assert len(other.links) == 2
    assert other.nodes["flat"] == canvas.nodes["flat"]
