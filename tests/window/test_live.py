"""Results that follow what the user does: live, stopped, paused, asked for, failed."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from astropy.io import fits

from tests.window.panels import read, row
from tests.window.screen import Window
from tests.window.test_inspector import select, type_in, widget, write_graph

Open = Callable[..., Window]
#: settings with which one image takes a while
SLOW = {"degree": 6, "boxes": 200, "rounds": 20}


def write_sky(path: Path, side: int) -> Path:
    """A mono image with a gradient and stars."""
    random = np.random.default_rng(4)
    y, x = np.mgrid[:side, :side] / side
    data = 0.05 + 0.03 * x + 0.02 * y**2 + random.normal(0, 0.002, (side, side))
    places = random.integers(3, side - 3, (side // 4, 2))
    data[places[:, 0], places[:, 1]] = 0.9
    fits.writeto(path, data.astype(np.float32))
    return path


def write_chain(folder: Path, side: int, nodes: int, **settings: float) -> Path:
    """An image and nodes that each take the background of the one before."""
    write_sky(folder / "sky.fits", side)
    chain = {f"sky{i}": ("background.polynomial", settings) for i in range(nodes)}
    ids = ["load", *chain]
    return write_graph(
        folder / "chain.graph.json",
        {"load": ("io.load_image", {"file": "sky.fits"}), **chain},
        [f"{a}.image -> {b}.image" for a, b in itertools.pairwise(ids)],
    )


def test_a_drag_of_a_parameter_is_seen_at_once(open_window: Open, tmp_path: Path) -> None:
    window = open_window(write_chain(tmp_path, 300, 1, degree=1, normalize=False))
    select(window, "sky0")
    window.until(lambda: window.describe("viewer 1")["fresh"], "a picture")
    window.settled()
    window.key("r")  # the numbers as they are, that they can be compared
    slider = next(each for each in row(window, "Degree") if "Slider" in each["kind"])
    x, y, wide, tall = slider["rect"]
    seen = set()
    window.move(x + 6 + slider["value"] * (wide - 12), y + tall / 2)
    window.press()
    for share in (0.35, 0.6, 0.95):
        window.move(x + share * wide, y + tall / 2)
        window.move(x + share * wide + 1, y + tall / 2)
        window.settled()
        assert window.describe("viewer 1")["fresh"]
        words = " ".join(read(window, "inspector").split())  # its lines are broken by the room
        seen.add(words.split("linear, ")[1][:40])
    assert len(seen) == 3, "while the button is down"
    window.release()
    degrees = window.document()["graph"]["nodes"]["sky0"]["params"]["degree"]
    assert degrees == 6
    window.key("ctrl+z")
    assert window.document()["graph"]["nodes"]["sky0"]["params"]["degree"] == 1
    window.settled()
    assert window.state()["nodes"]["sky0"] == "cached", "what was made before is not made again"


def test_the_window_lives_while_a_long_run_is_stopped_and_paused(
    open_window: Open, tmp_path: Path
) -> None:
    window = open_window(write_chain(tmp_path, 1500, 2, **SLOW))
    window.key("F9")
    window.settled()
    window.until(lambda: "auto-run off" in window.describe("status")["jobs"], "no auto-run")
    select(window, "sky1")
    window.settled()
    assert window.state()["nodes"]["sky1"] == "stale", "nothing runs by itself"
    assert "run it with F6" in window.describe("viewer 1")["standing"][1]
    window.shot("live_not_made")

    window.key("F6")
    window.until(lambda: window.state()["nodes"]["sky0"] == "running", "a run")
    frames, began = window.ask("frame", after=1), time.monotonic()
    window.move(*window.where("canvas", "title", "load"))
    assert window.ask("frame", after=30) >= frames + 30
    print(f"{30 / (time.monotonic() - began):.0f} frames/s while the engine computes")
    assert window.state()["running"]
    window.shot("live_running")

    window.key("F7")
    window.until(lambda: window.describe("status")["jobs"].startswith("paused"), "a pause")
    window.shot("live_paused")
    window.key("F7")
    window.until(lambda: not window.describe("status")["jobs"].startswith("paused"), "going on")
    window.key("shift+F5")
    window.settled()
    assert not window.state()["running"]
    assert window.state()["nodes"]["sky1"] == "stale"

    # a change of the graph is another undo step, and is undone meanwhile
    select(window, "sky0")
    for name, value in (("Boxes", "5"), ("Rounds", "1")):
        window.click(*widget(window, name, "Slider"))
        type_in(window, value)
    select(window, "load")
    window.key("F6")
    window.until(lambda: window.state()["nodes"]["load"] == "cached", "run to here")
    window.settled()
    assert window.state()["nodes"]["sky0"] == "stale", "no farther"
    select(window, "sky0")
    window.key("F9")
    window.until(lambda: window.state()["nodes"]["sky0"] == "cached", "by itself again")
    window.settled()
    assert window.describe("viewer 1")["fresh"]


def test_u13_an_error_stands_at_its_node_until_it_is_repaired(
    open_window: Open, tmp_path: Path
) -> None:
    write_sky(tmp_path / "sky.fits", 200)
    path = write_graph(
        tmp_path / "a.graph.json",
        {
            "load": ("io.load_image", {"file": "sky.fits"}),
            "levels": ("stretch.histogram", {"shadows": 0.2, "highlights": 0.2}),
            "save": ("io.save_image", {"file": "out.fits"}),
        },
        ["load.image -> levels.image", "levels.image -> save.image"],
    )
    window = open_window(path)
    select(window, "levels")
    window.until(lambda: window.state()["nodes"]["levels"] == "blocked", "a mistake")
    window.settled()
    assert "shadows" in window.state()["texts"]["levels"]
    assert "shadows" in window.describe("viewer 1")["standing"][1]
    assert "shadows" in read(window, "inspector")
    window.move(*window.where("canvas", "badge", "levels"))
    window.frame(10)
    window.shot("error_badge")
    # run all says so as well, and what needs it is blocked
    window.key("F5")
    window.until(lambda: window.state()["nodes"]["save"] == "blocked", "blocked")
    window.settled()
    assert "levels" in window.state()["texts"]["save"]
    assert not (tmp_path / "out.fits").exists()

    window.click(*widget(window, "Highlights", "Slider"))
    type_in(window, "0.9")
    window.until(lambda: window.state()["nodes"]["levels"] == "cached", "repaired")
    window.settled()
    assert window.describe("viewer 1")["standing"] == ["", ""]
    window.key("F5")
    window.until(lambda: (tmp_path / "out.fits").is_file(), "the file")
    window.settled()
    assert window.state()["message"][0] == "info"
    window.shot("error_repaired")
