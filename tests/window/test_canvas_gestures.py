"""Menus of the canvas, and what gestures set off."""

from __future__ import annotations

from pathlib import Path

from tests.window.canvas import DATA, Canvas, Open, Start


def test_right_clicks_offer_what_fits_the_place(start: Start) -> None:
    canvas = start()
    window = canvas.window

    assert {"Bypass", "Duplicate", "Run to here"} <= canvas.offered(*canvas.title("flat"))
    assert canvas.selection == {"flat"}
    window.shot("menu_node")
    window.key("Escape")
    assert {"Add node…", "Paste", "Arrange"} <= canvas.offered(*canvas.place(700, 330))
    window.key("Escape")
    assert {"Disconnect"} <= canvas.offered(*canvas.pin("grey.image"))
    canvas.take("Disconnect")
    window.until(lambda: "flat.image -> grey.image" not in canvas.links, "disconnected")
    assert {"Cut", "Add joint"} <= canvas.offered(*canvas.wire("save.image"))
    canvas.take("Cut")
    window.until(lambda: "grey.image -> save.image" not in canvas.links, "cut")
    assert {"Reset degree"} <= canvas.offered(*canvas.field("flat.degree"))
    canvas.take("Type a number…")
    window.frame(4)
    window.type("2")
    window.key("Return")
    window.until(lambda: canvas.nodes["flat"]["params"]["degree"] == 2, "typed")
    canvas.offered(*canvas.title("crop"))
    canvas.take("Delete")
    window.until(lambda: "crop" not in canvas.nodes, "deleted")


def test_u12_moving_nodes_is_a_change_but_runs_nothing(open_window: Open, tmp_path: Path) -> None:
    window = open_window(_reader(tmp_path, "first_light_red.fits"))
    canvas = Canvas(window)
    window.click(*canvas.title("load"))
    window.settled()
    window.until(lambda: window.state()["nodes"]["load"] == "cached", "made")
    at = canvas.title("load")
    window.move(*at)
    window.press()
    busy = []
    for step in range(1, 8):
        window.move(at[0] + 10 * step, at[1] + 6 * step)
        busy.append(window.state()["busy"])
    window.release()
    for _ in range(15):
        window.frame(2)
        busy.append(window.state()["busy"])
    assert window.document()["modified"]
    assert not any(busy)
    assert window.state()["nodes"] == {"load": "cached"}


def test_u13_the_mark_of_a_mistake_goes_when_its_cause_is_repaired(
    open_window: Open, tmp_path: Path
) -> None:
    window = open_window(_reader(tmp_path, "nowhere.fits"))
    canvas = Canvas(window)
    window.click(*canvas.title("load"))
    window.until(lambda: window.state()["nodes"]["load"] == "failed", "told")
    assert "nowhere.fits" in window.state()["texts"]["load"]
    window.shot("mistake")
    canvas.write("file", str(DATA / "first_light_red.fits"))
    window.until(lambda: window.state()["nodes"]["load"] == "cached", "made")
    assert window.state()["texts"]["load"] == ""


def _reader(folder: Path, name: str) -> Path:
    """A graph that reads one file of the samples, which it names whole."""
    from graph.file import write
    from graph.model import Graph
    from ui.editor.edits import places
    from ui.packs import load_registry

    graph = Graph(load_registry(packs=False))
    file = folder / name
    if (DATA / name).exists():
        file.write_bytes((DATA / name).read_bytes())
    graph.add("load", "io.load_image", file=name)
    places.put(graph, "load", (0, 0))
    write(graph, folder / "reader.graph.json")
    return folder / "reader.graph.json"
