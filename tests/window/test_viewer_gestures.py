"""What people do in a viewer and its histogram."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from astropy.io import fits

from tests.window.panels import area, choose, find, press, read, see
from tests.window.screen import ROOT, Window

Open = Callable[..., Window]
SAMPLES = ROOT / "samples"


def copied(folder: Path, name: str) -> Path:
    """A sample of one's own, so that no test writes where others read."""
    path = folder / f"{name}.graph.json"
    (folder / "data").symlink_to(SAMPLES / "data")
    shutil.copy(SAMPLES / path.name, path)
    return path


def show(window: Window, node: str) -> None:
    """Click on a node and wait until the first viewer shows it."""
    window.settled()
    window.click(*window.where("canvas", "title", node))
    window.until(lambda: window.describe("viewer 1")["node"] == node, f"{node} in the viewer")
    window.until(lambda: window.describe("viewer 1")["fresh"], f"{node} made")
    window.settled()


def stored(window: Window) -> str:
    """How much is in the store, in words; it changes when anything is made."""
    import sqlite3

    index = next(window.home.rglob("index.sqlite"))
    with sqlite3.connect(f"file:{index}?mode=ro", uri=True) as known:
        return str(known.execute("SELECT key, made FROM entries ORDER BY key").fetchall())


def test_zoom_pan_fit_and_the_line_about_the_pixel(open_window: Open, tmp_path: Path) -> None:
    window = open_window(copied(tmp_path, "first_light"))
    show(window, "combine")
    seen = window.describe("viewer 1")
    assert seen["zoom"] < 1
    assert seen["picture"] == [960, 640]

    # the wheel leaves what is under the mouse where it is
    place = window.where("viewer 1", "pixel", 300, 200)
    window.wheel(*place, 3)
    assert window.describe("viewer 1")["zoom"] > seen["zoom"]
    after = window.where("viewer 1", "pixel", 300, 200)
    assert np.allclose(place, after, atol=2)
    window.wheel(*place, 20)
    assert window.describe("viewer 1")["zoom"] == 16

    # the line below tells the pixel of the files
    x, y = window.where("viewer 1", "pixel", 300, 200)
    window.move(x, y)
    window.frame(3)
    words = window.describe("viewer 1")["readout"]
    assert words[0] == "x 300  y 200"
    for channel, name in (("R", "red"), ("G", "green"), ("B", "blue")):
        with fits.open(SAMPLES / "data" / f"first_light_{name}.fits") as file:
            data, header = file[0].data, file[0].header
        row = 200 if header.get("ROWORDER", "BOTTOM-UP") == "TOP-DOWN" else 639 - 200
        found = re.search(rf"{channel} ([\d.e-]+)", words[1])
        assert found, words
        assert np.isclose(float(found[1]), data[row, 300] / 65535, rtol=1e-6)
    levels = [int(word) for word in words[3].split()]
    shown = see(window)[round(y), round(x)]
    assert np.abs(shown - levels).max() <= 1
    window.shot("viewer_closest")

    window.wheel(*window.where("viewer 1", "area"), -40)
    assert window.describe("viewer 1")["zoom"] == 0.05
    window.key("1")
    assert window.describe("viewer 1")["zoom"] == 1
    before = window.describe("viewer 1")["corner"]
    x, y = window.where("viewer 1", "area")
    window.drag((x, y), (x - 120, y + 40))
    corner = window.describe("viewer 1")["corner"]
    assert np.allclose(np.subtract(corner, before), (120, -40), atol=1)
    window.key("f")
    assert window.describe("viewer 1")["zoom"] == seen["zoom"]
    window.double(x, y)
    assert window.describe("viewer 1")["zoom"] == 1
    window.click(*window.middle("viewer 1:zoom"))
    window.key("ctrl+a")
    window.type("1:4")
    window.key("Return")
    assert window.describe("viewer 1")["zoom"] == 0.25
    assert window.item("viewer 1:zoom")["value"] == "25 %"
    window.click(*window.middle("viewer 1:fit"))
    assert window.describe("viewer 1")["zoom"] == seen["zoom"]


def test_the_stretch_is_another_at_a_key_and_nothing_runs(
    open_window: Open, tmp_path: Path
) -> None:
    window = open_window(copied(tmp_path, "first_light"))
    show(window, "calibrate")
    x, y, wide, tall = area(window)
    inside = x + wide // 2 - 150, y + tall // 2 - 100, 300, 200
    nodes, kept = window.state()["nodes"], stored(window)
    first = see(window, inside)
    assert window.describe("viewer 1")["link"] == "linked"
    assert not any("calibration" in note for note in window.describe("viewer 1")["notes"])
    window.move(x + 20, y + 20)

    window.key("l")
    seen = window.describe("viewer 1")
    assert seen["link"] == "unlinked"
    assert len(set(seen["midtones"])) == 3
    assert any("overrides your calibration" in note for note in seen["notes"])
    assert "overrides your calibration" in window.item("viewer 1:notes")["value"]
    assert window.item("viewer 1:link")["label"] == "Unlinked"
    assert np.abs(see(window, inside) - first).mean() > 1
    window.shot("viewer_unlinked_after_calibration")
    window.key("l")
    assert np.abs(see(window, inside) - first).mean() < 0.1

    window.key("shift+a")
    assert see(window, inside).mean() > first.mean() + 10
    window.key("r")
    assert see(window, inside).mean() < first.mean() - 10
    window.key("a")
    assert np.abs(see(window, inside) - first).mean() < 0.1
    # each was a step that can be undone
    assert window.document()["undo"] == "Auto stretch"
    window.key("ctrl+z")
    assert see(window, inside).mean() < first.mean() - 10

    window.settled()
    assert window.state()["nodes"] == nodes
    assert stored(window) == kept

    # before calibration it is the linked stretch that misleads
    show(window, "combine")
    assert window.describe("viewer 1")["link"] == "unlinked"
    window.key("l")
    notes = window.describe("viewer 1")["notes"]
    assert any("before calibration" in note for note in notes), notes
    window.shot("viewer_linked_before_calibration")
