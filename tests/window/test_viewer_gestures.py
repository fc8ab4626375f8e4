"""What people do in a viewer and its histogram."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from tests.window.panels import area, choose, find, see
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
        return str(known.execute("SELECT key FROM entries ORDER BY key").fetchall())


@pytest.mark.drawn
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


@pytest.mark.drawn
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
    assert window.item("viewer 1:link")["label"] == "Unlinked"
    assert np.abs(see(window, inside) - first).mean() > 1
    window.shot("viewer_unlinked_after_calibration")
    window.key("l")
    window.until(lambda: np.abs(see(window, inside) - first).mean() < 0.1, "as before")

    window.key("shift+a")
    assert see(window, inside).mean() > first.mean() + 10
    window.key("r")
    assert see(window, inside).mean() < first.mean() - 10
    window.key("a")
    window.until(lambda: np.abs(see(window, inside) - first).mean() < 0.1, "as before")
    # each was a step that can be undone
    assert window.document()["undo"] == "Auto stretch"
    window.key("ctrl+z")
    assert see(window, inside).mean() < first.mean() - 10

    window.settled()
    assert window.state()["nodes"] == nodes
    assert stored(window) == kept

    # before calibration it is the linked stretch that misleads
    show(window, "combine")
    window.key("a")
    assert window.describe("viewer 1")["link"] == "linked", "as it was set before"
    window.key("l", "l")
    notes = window.describe("viewer 1")["notes"]
    assert any("before calibration" in note for note in notes), notes
    window.shot("viewer_linked_before_calibration")


def test_handles_dragged_on_the_histogram_are_one_step(open_window: Open, tmp_path: Path) -> None:
    window = open_window(copied(tmp_path, "first_light"))
    show(window, "calibrate")
    before = window.document()
    kept = stored(window)
    rows = window.describe("histogram")["rows"]
    window.click(*window.middle("histogram:whole"))
    x, y = window.where("histogram", "handle", 1, 0)
    window.move(x, y)
    window.press()
    for i in range(1, 7):
        window.move(x + 10 * i, y)
    window.frame(2)
    during = window.describe("histogram")["rows"]
    assert during[0][1] > rows[0][1], "live, while the button is down"
    assert [row[1] for row in during] == [during[0][1]] * 3, "linked channels move together"
    assert during[0][0] == rows[0][0]
    window.shot("histogram_dragged")
    window.release()
    after = window.document()
    assert after["undo"] == "Move midtones"
    shown = after["graph"]["view"]["viewers"]["1"]
    assert shown["stretch"] == "manual"
    span = during[0][2] - during[0][0]
    assert np.isclose(shown["midtones"][0], (during[0][1] - during[0][0]) / span, atol=1e-6)
    assert np.isclose(window.item("histogram:midtones")["value"], shown["midtones"][0], atol=1e-5)
    assert stored(window) == kept, "nothing ran"
    window.key("ctrl+z")
    assert window.document()["text"] == before["text"]

    # one channel by itself, and a number typed
    window.click(*window.middle("histogram:G"))
    x, y = window.where("histogram", "handle", 2, 1)
    window.drag((x - 2, y), (x - 80, y))
    rows = window.describe("histogram")["rows"]
    assert rows[1][2] < 0.9
    assert rows[0][2] == rows[2][2] == 1
    window.tool("keydown", "ctrl")
    window.click(*window.middle("histogram:highlights"))
    window.tool("keyup", "ctrl")
    window.key("ctrl+a")
    window.type("0.75")
    window.key("Return")
    rows = window.describe("histogram")["rows"]
    assert np.isclose(rows[1][2], 0.75)
    assert rows[0][2] == 1


def choose_layer(window: Window, label: str, place: int) -> None:
    """Choose the source at that place of a list under Layers… of the first viewer; 0 is none."""
    window.click(*window.middle("viewer 1:layers"))
    x, y, _, tall = find(window, "viewer 1:layers window", label)["rect"]
    choose(window, (x + 80, y + tall / 2), place)
    window.key("Escape")
    window.settled()


def test_a_viewer_takes_the_statistics_of_another_image(open_window: Open, tmp_path: Path) -> None:
    window = open_window(copied(tmp_path, "first_light"))
    show(window, "combine")
    own = window.describe("viewer 1")["midtones"]
    # none, red, green, blue, combine, background …
    choose_layer(window, "Statistics of", 5)
    assert window.document()["undo"] == "Lock statistics"
    assert window.document()["graph"]["view"]["viewers"]["1"]["locked"] == [
        "background", "image",
    ]  # fmt: skip
    assert window.describe("viewer 1")["fresh"]
    locked = window.describe("viewer 1")["midtones"]
    assert locked != own
    window.key("ctrl+z")
    window.settled()
    assert window.describe("viewer 1")["midtones"] == own
    # what it has now is what the other image is shown with
    show(window, "background")
    window.key("l")
    window.key("l")
    assert window.describe("viewer 1")["midtones"] == locked


@pytest.mark.drawn
def test_a_stretch_made_permanent_looks_as_before(open_window: Open, tmp_path: Path) -> None:
    window = open_window(copied(tmp_path, "first_light"))
    show(window, "calibrate")
    x, y, wide, tall = area(window)
    inside = x + wide // 2 - 200, y + tall // 2 - 140, 400, 280
    first, seen = see(window, inside), window.describe("viewer 1")
    rows = window.describe("histogram")["rows"]
    window.key("ctrl+p")
    window.settled()
    made = window.document()
    (id,) = made["selection"]
    node = made["graph"]["nodes"][id]
    assert node["type"] == "stretch.histogram"
    assert made["undo"] == "Make permanent"
    assert f"calibrate.image -> {id}.image" in made["graph"]["links"]
    assert np.isclose(node["params"]["midtones"], seen["midtones"][0])
    assert np.isclose(node["params"]["shadows"], rows[0][0])
    window.until(lambda: window.describe("viewer 1")["node"] == id, "the new node")
    window.until(lambda: window.describe("viewer 1")["fresh"], "its picture")
    window.settled()
    window.shot("viewer_permanent")
    assert window.describe("viewer 1")["notes"] == [
        "the image is stretched already: shown as it is"
    ]
    # what was a stretch on screen is in the data now
    assert np.abs(see(window, inside) - first).mean() < 2


@pytest.mark.drawn
def test_channels_clipping_places_and_two_pictures(open_window: Open, tmp_path: Path) -> None:
    window = open_window(copied(tmp_path, "first_light"))
    show(window, "background")
    left, top, wide, _ = rect = area(window)
    window.move(left + 20, top + 20)

    def is_grey() -> bool:
        inside = see(window, (left + wide // 2 - 150, top + 50, 300, 200))
        return bool(np.abs(inside[..., 0] - inside[..., 2]).max() == 0)

    assert not is_grey()
    for number in range(1, 5):  # red, green, blue, luminance
        window.key("c")
        assert window.describe("viewer 1")["channel"] == number
        assert is_grey()
    window.key("c")
    assert not is_grey()

    # what is clipped is painted
    x, y = window.where("histogram", "handle", 0, 0)
    window.drag((x, y), (x + 40, y))
    window.move(left + 20, top + 20)
    plain = see(window, rect)
    window.key("shift+c")
    painted = see(window, rect)
    red = (painted[..., 0] > 200) & (painted[..., 1:].max(axis=-1) < 90)
    blue = (painted[..., 2] > 200) & (painted[..., :2].max(axis=-1) < 120)
    assert red.sum() + blue.sum() > 50
    window.shot("viewer_clipping")
    window.key("shift+c")
    window.until(lambda: np.abs(see(window, rect) - plain).mean() < 0.1, "as before")

    # the background samples of a table
    choose_layer(window, "Overlay", 1)
    assert window.document()["graph"]["view"]["viewers"]["1"]["overlay"] == [
        "background", "samples",
    ]  # fmt: skip
    assert np.abs(see(window, rect) - plain).mean() > 1
    window.shot("viewer_samples")
    window.key("ctrl+z")

    # another picture beside a line that is dragged
    window.move(left + 20, top + 20)
    window.key("w")
    window.settled()
    assert window.document()["undo"] == "Compare"
    half = see(window, rect)
    middle = wide // 2
    assert np.abs(half[:, : middle - 9] - plain[:, : middle - 9]).mean() < 0.1
    assert np.abs(half[:, middle + 9 :] - plain[:, middle + 9 :]).mean() > 2
    x, y = window.where("viewer 1", "split")
    window.drag((x, y), (x - 200, y))
    assert abs(window.where("viewer 1", "split")[0] - (x - 200)) < 2
    moved = see(window, rect)
    a = middle - 190
    assert np.abs(moved[:, a : middle - 9] - plain[:, a : middle - 9]).mean() > 2
    window.shot("viewer_split")
    window.move(left + 20, top + 20)
    window.key("w")
    window.until(lambda: np.abs(see(window, rect) - plain).mean() < 0.1, "as before")


def test_frames_are_stepped_blinked_and_rejected(open_window: Open, tmp_path: Path) -> None:
    window = open_window(copied(tmp_path, "many_frames"))
    show(window, "lights")
    assert window.describe("viewer 1")["count"] == 24

    def at(number: int) -> bool:
        seen = window.describe("viewer 1")
        return bool(seen["item"] == number and seen["fresh"])

    left, top, *_ = area(window)
    window.move(left + 20, top + 20)
    window.key("Right", "Right")
    window.until(lambda: at(2), "the third frame")
    window.key("Left")
    window.until(lambda: at(1), "the second frame")
    x, y, wide, tall = window.item("viewer 1:frame")["rect"]
    window.click(x + wide - 4, y + tall / 2)
    window.until(lambda: at(23), "the last frame")
    window.move(left + 20, top + 20)
    window.key("Right")
    window.until(lambda: at(0), "the first again")

    # they blink with one stretch
    stretch = window.describe("viewer 1")["midtones"]
    window.key("space")
    seen = set()

    def blinks() -> bool:
        now = window.describe("viewer 1")
        assert now["midtones"] == stretch
        seen.add(now["item"])
        return len(seen) >= 4

    window.until(blinks, "four frames")
    window.shot("viewer_blinking")
    window.key("space")
    window.settled()
    item = window.describe("viewer 1")["item"]
    window.frame(40)
    assert window.describe("viewer 1")["item"] == item

    # and rejected at the node that weighs them
    assert window.item("viewer 1:accepted")["label"] == "Accepted"
    window.key("x")
    rejected = window.document()
    assert rejected["undo"] == "Reject frame"
    switches = np.ravel(rejected["graph"]["nodes"]["approve"]["params"]["accepted"])
    assert switches.tolist().count(False) == 1
    assert not switches[item]
    assert window.item("viewer 1:accepted")["label"] == "Rejected"
    window.shot("viewer_rejected")
    window.key("x")
    assert window.document()["graph"]["nodes"]["approve"]["params"]["accepted"] is True
    assert window.document()["undo"] == "Accept frame"


@pytest.mark.drawn
def test_a_viewer_is_pinned_and_a_second_one_docked_beside(
    open_window: Open, tmp_path: Path
) -> None:
    window = open_window(copied(tmp_path, "first_light"))
    show(window, "combine")
    left, top, wide, tall = area(window)
    window.move(left + 20, top + 20)
    window.key("p")
    assert window.document()["graph"]["view"]["viewers"]["1"]["node"] == "combine"
    window.click(*window.where("canvas", "title", "calibrate"))
    window.settled()
    assert window.document()["selection"] == ["calibrate"]
    assert window.describe("viewer 1")["node"] == "combine"

    window.key("ctrl+2")
    window.until(lambda: window.describe("viewer 2")["fresh"], "the second viewer")
    assert window.describe("viewer 2")["node"] == "calibrate"
    # its tab is dragged to the right one of the marks in the middle
    middle = left + wide / 2 + 47, (22 + top + tall + 24) / 2
    window.drag((left + 148, 31), middle, steps=10)
    window.until(lambda: area(window)[2] < 600, "two halves")
    window.settled()
    one, two = area(window, "viewer 1"), area(window, "viewer 2")
    assert two[0] > one[0] + one[2]
    assert abs(one[2] - two[2]) < 20
    for rect in (one, two):
        assert see(window, rect).std() > 10
    assert window.describe("viewer 1")["node"] == "combine"
    window.shot("two_viewers")

    # keys go to the one that was used last, or that the mouse is over
    window.click(two[0] + 20, two[1] + 20)
    window.key("l")
    assert window.describe("viewer 2")["link"] == "unlinked"
    assert "link" not in window.document()["graph"]["view"]["viewers"]["1"]

    # unpinned, the first one follows the selection again
    window.click(*window.middle("viewer 1:pin"))
    window.click(*window.where("canvas", "title", "neutralize"))
    window.until(lambda: window.describe("viewer 1")["node"] == "neutralize", "following")
