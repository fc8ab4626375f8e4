"""What stands around the graph: menus, sheets, preferences, tour, layout, starting and resting."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.window.panels import choose, choose_file, open_menu, press, read, see, take
from tests.window.screen import PATIENCE, ROOT, Screen, Window
from tests.window.test_inspector import select, type_in, widget
from tests.window.test_safety import prefer, small

Open = Callable[..., Window]


def test_menus_keys_commands_log_and_status(open_window: Open, tmp_path: Path) -> None:
    window = open_window(small(tmp_path))
    take(window, "Edit", "edit.all")
    assert window.document()["selection"] == ["one", "two"]
    take(window, "Node", "node.bypass")
    assert window.document()["graph"]["nodes"]["two"]["mode"] == "bypass"
    entries = open_menu(window, "Edit")
    assert "Undo: " in window.item("menu:edit.undo")["label"], "what will be undone is named"
    window.shot("menu_edit")
    window.click(62, 37 + 20 * entries.index("edit.undo"))
    assert "mode" not in window.document()["graph"]["nodes"]["two"]

    window.key("F1")
    window.until(lambda: "Save as" in read(window, "keys"), "the sheet of keys")
    window.shot("keys")
    window.type("link chan")
    window.frame(4)
    assert "Link channels" in read(window, "keys")
    assert "Save as" not in read(window, "keys")
    window.key("Escape")
    assert not window.item("keys")["shown"]

    # the search for actions, by words of their help as well
    window.key("F3")
    window.frame(6)
    window.type("show log")
    window.shot("commands")
    window.key("Escape")
    window.key("F3")
    window.frame(6)
    window.type("log")
    window.key("Return")
    window.frame(6)
    window.key("F5")
    window.settled()
    assert window.item("log:list")["visible"]
    told = window.state()["message"]
    assert told[0] == "error", "nothing to run"
    assert told[1] in window.describe("status")["message"]
    assert told[1][:30] in read(window, "log")
    assert window.describe("status")["store"].startswith("store ")
    window.shot("log")


@pytest.mark.drawn
def test_preferences_hold_at_once(open_window: Open, tmp_path: Path) -> None:
    window = open_window(small(tmp_path))
    select(window, "one")
    dark = see(window).mean()
    window.key("ctrl+comma")
    window.until(lambda: window.item("preferences")["shown"], "the preferences")
    window.frame(4)
    window.shot("preferences")
    choose(window, window.middle("preferences:theme"), 1)
    window.key("Escape")
    window.frame(6)
    light = see(window)
    assert np.median(light) > 150 > dark
    window.shot("theme_light")

    window.key("ctrl+comma")
    window.frame(6)
    tall = window.item("preferences:scale")["rect"][3]
    window.click(*window.middle("preferences:scale"))
    type_in(window, "9")
    window.until(lambda: "0.75 to 3" in window.item("preferences:wrong")["value"], "a sentence")
    window.click(*window.middle("preferences:scale"))
    type_in(window, "1.5")
    window.until(lambda: window.item("preferences:wrong")["value"] == "", "no sentence")
    window.frame(6)
    assert window.item("preferences:scale")["rect"][3] > 1.3 * tall
    window.shot("preferences_scaled")
    window.key("Escape")
    window.frame(6)
    window.shot("scaled")
    assert window.quit() == 0
    window = open_window(home=window.home)
    assert np.median(see(window)) > 150, "kept for the next start"


def test_the_start_page_and_the_tour_step_by_step(open_window: Open, tmp_path: Path) -> None:
    window = open_window()
    shown = read(window, "start")
    assert "Recent graphs" in shown
    assert "First light" in shown
    window.shot("start_page")
    press(window, "start", "Tour in five steps")

    def at(number: int) -> bool:
        return bool(window.describe("tour")["step"] == number)

    window.until(lambda: at(0), "the first step")
    window.shot("tour_1")
    window.move(*window.where("canvas", "area"))
    window.key("Tab")
    window.frame(6)
    window.type("load image")
    window.key("Return")
    window.until(lambda: at(1), "a node was added")
    window.shot("tour_2")
    (load,) = window.document()["graph"]["nodes"]
    select(window, load)
    window.click(*widget(window, "File", "Button", "…"))
    choose_file(window, ROOT / "samples" / "data" / "first_light_red.fits")
    window.until(lambda: at(2), "a file was given")
    window.settled()
    x, y = window.where("canvas", "pin", load, "image", True)
    window.drag((x, y), (x + 120, y + 60))
    window.frame(6)
    window.type("histogram")
    window.shot("tour_3")
    window.key("Return")
    window.until(lambda: at(3), "a wire was drawn")
    assert len(window.document()["graph"]["links"]) == 1
    window.settled()
    select(window, load)
    made = next(id for id in window.document()["graph"]["nodes"] if id != load)
    if at(3):
        select(window, made)
    window.until(lambda: at(4), "another node was shown")
    window.shot("tour_5")
    window.key("ctrl+s")
    choose_file(window, tmp_path / "mine")
    window.until(lambda: at(5), "it was saved")
    assert (tmp_path / "mine.graph.json").is_file()
    window.shot("tour_over")
    window.click(*window.middle("tour:end"))
    assert window.describe("tour")["step"] is None

    # a sample, from the start page
    take(window, "File", "file.start")
    press(window, "start", "First light")
    window.until(lambda: "combine" in window.document()["graph"]["nodes"], "the sample")


@contextmanager
def plain(screen: Screen, home: Path, *graphs: Path) -> Iterator[psutil.Popen]:
    """An editor as users start it: nothing looks into it."""
    like = {key: str(home / name) for key, name in (
        ("HOME", ""), ("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config"),
        ("XDG_DATA_HOME", "share"), ("XDG_CACHE_HOME", "cache"),
    )}  # fmt: skip
    home.mkdir(exist_ok=True)
    started = psutil.Popen(
        [sys.executable, "-m", "linearlink", "edit", *map(str, graphs)],
        env={**os.environ, **like, "DISPLAY": screen.display, "LIBGL_ALWAYS_SOFTWARE": "1"},
        cwd=home,
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.wait()


def busy(process: psutil.Popen, seconds: float) -> float:
    """The share of a core that a process takes over a while."""
    before = process.cpu_times()
    time.sleep(seconds)
    after = process.cpu_times()
    return float(after.user + after.system - before.user - before.system) / seconds


def come_to_rest(process: psutil.Popen) -> None:
    """Wait until it has started and takes next to nothing."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.cpu_times().user > 1 and busy(process, 1) < 0.1:
            return
    raise AssertionError("it does not come to rest")


def test_an_idle_window_rests_and_its_layout_is_remembered(
    screen: Screen, open_window: Open, tmp_path: Path
) -> None:
    home, path = prefer(tmp_path / "home", welcome=False), small(tmp_path)
    window = open_window(home=tmp_path / "other")
    usual = window.item("inspector")["rect"][2]
    window.quit()

    def tool(*words: object) -> None:
        subprocess.run(["xdotool", *map(str, words)], env={**os.environ, "DISPLAY": screen.display})
        time.sleep(0.3)

    with plain(screen, home, path) as process:
        come_to_rest(process)
        share = busy(process, 3)
        print(f"idle: {share:.1%} of a core")
        assert share < 0.2
        # the line between viewer and inspector, moved to the left
        found = subprocess.run(
            ["xdotool", "search", "--name", "LinearLink", "getwindowgeometry", "--shell"],
            env={**os.environ, "DISPLAY": screen.display}, capture_output=True, text=True,
        ).stdout  # fmt: skip
        at = dict(line.split("=") for line in found.splitlines())
        x, y = int(at["X"]) + int(at["WIDTH"]) - round(usual) - 1, int(at["Y"]) + 300
        tool("mousemove", x, y)
        tool("mousedown", 1)
        for i in range(1, 6):
            tool("mousemove", x - 20 * i, y)
        tool("mouseup", 1)
        tool("key", "ctrl+q")
        assert process.wait(PATIENCE) == 0
    window = open_window(home=home)
    assert window.item("inspector")["rect"][2] > usual + 60


def test_without_a_display_there_is_a_sentence(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [sys.executable, "-m", "linearlink", "edit"],
        env={**environment, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 2
    assert "display" in done.stderr
    assert "Traceback" not in done.stderr
