"""The real window under Xvfb with software OpenGL: start, idle, 200 nodes, key to pixels.

    python benchmarks/bench_window.py [--megapixels 61] [--only link]

ready: from the start of the process until frames are drawn. idle: processor time of the whole
process while nobody touches it. frame: time of the main thread for one frame, drawing included; a
graphics card would take most of that off it. link: from the key L, as the loop of the window takes
it, to the new pixels in the buffer of the texture, and to the end of the frame that shows them; the
drawing of that frame, and of one in which nothing is new, stand apart. Of each the median, the
best, and the time of the main thread alone, which other programs do not lengthen.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from astropy.io import fits

from graph.file import write
from graph.model import Graph
from tests.window import screen as harness
from tests.window.screen import Screen, Window
from ui.packs import load_registry


def measure_ready(screen: Screen, home: Path, times: int = 5) -> list[float]:
    """Seconds until the window of an empty graph answers."""
    found = []
    for _ in range(times + 1):
        start = time.perf_counter()
        window = Window(screen, home)
        found.append(time.perf_counter() - start)
        window.quit()
    return found[1:]  # the first tries whether there can be a window at all


def measure_idle(screen: Screen, home: Path, seconds: float = 10.0) -> float:
    """Share of one processor that the program takes while nothing happens."""
    window = Window(screen, home)  # for its environment only
    environment = window.environment
    window.quit()
    process = subprocess.Popen([sys.executable, "-m", "linearlink", "edit"], env=environment)
    time.sleep(6)
    known = psutil.Process(process.pid)
    before = sum(known.cpu_times()[:2])
    time.sleep(seconds)
    spent = sum(known.cpu_times()[:2]) - before
    assert process.poll() is None, "the window has gone"
    process.kill()
    process.wait()
    return spent / seconds


def make_graph(path: Path, count: int = 200) -> None:
    """Chains of nodes on a grid."""
    graph = Graph(load_registry(packs=False))
    for i in range(count):
        id = f"n{i}"
        graph.add(id, "stretch.histogram" if i % 10 else "io.load_image")
        if i % 10:
            graph.link(f"n{i - 1}", "image", id, "image")
        graph.view.setdefault("nodes", {})[id] = [230 * (i % 10), 190 * (i // 10)]
    write(graph, path)


def measure_frames(screen: Screen, home: Path, path: Path) -> dict[str, float]:
    """Median milliseconds of the main thread for a frame: at rest, panning, zooming, dragging."""
    window = Window(screen, home, [path], "--no-store")
    window.settled()
    found = {}

    def note(name: str) -> None:
        costs = window.ask("costs", clear=True)
        found[name] = 1000 * statistics.median(costs)
        found[f"{name}, worst of 20"] = 1000 * sorted(costs)[-max(1, len(costs) // 20)]

    x, y = window.where("canvas", "area")
    window.ask("costs", clear=True)
    window.frame(60)
    note("all in sight")
    window.drag((x, y + 150), (x + 200, y + 100), button=2, steps=30)
    note("panning")
    window.wheel(x, y, 6)
    window.frame(30)
    window.ask("costs", clear=True)
    window.frame(60)
    note("at natural size")
    window.drag((x, y + 150), (x + 200, y + 100), button=2, steps=30)
    note("panning at natural size")
    window.shot("bench_200_nodes")
    window.quit()
    return found


class TimedWindow(Window):
    """An editor that notes when keys are taken and pixels are new."""

    program = (__file__, "--timed")


def run_timed(words: list[str]) -> int:
    """The editor itself, with clocks around its parts; what they told is left in the home folder.

    Times are pairs: of the clock, and of the main thread. keys: when L was taken. handed: when
    pixels were in the buffer. frames: begin and end of drawing.
    """
    import dearpygui.dearpygui as dpg

    from linearlink import main as run_editor
    from ui.editor.keyboard import key_names
    from ui.editor.viewer.frame import Frame
    from ui.editor.window import Window as Loop

    told: dict[str, list[Any]] = {"keys": [], "handed": [], "frames": []}
    take_key, render, draw = Loop._on_key, Frame.render, dpg.render_dearpygui_frame

    def now() -> tuple[float, float]:
        return time.perf_counter(), time.thread_time()

    def timed_key(self: Loop, sender: Any, code: Any) -> None:
        name = key_names().get(code[0] if isinstance(code, list | tuple) else code)
        if name == "L":
            told["keys"].append(now())
        take_key(self, sender, code)

    def timed_render(self: Frame, sight: Any) -> bool:
        new = render(self, sight)
        if new:
            told["handed"].append(now())
        return new

    def timed_draw() -> None:
        began = now()
        draw()
        told["frames"].append((began, now()))

    Loop._on_key, Frame.render = timed_key, timed_render  # type: ignore[method-assign]
    dpg.render_dearpygui_frame = timed_draw
    code = run_editor(words)
    (Path.home() / "timed.json").write_text(json.dumps(told))
    return code


def write_large(folder: Path, megapixels: float) -> Path:
    """A graph that loads an RGB image of so many megapixels, 3 : 2."""
    height = int((megapixels * 1e6 / 1.5) ** 0.5)
    noise = np.random.default_rng(1).normal(1300, 130, (height, height * 3 // 2))
    plane = noise.astype(np.uint16)
    fits.writeto(folder / "large.fits", np.stack([plane, plane * 3 // 2, plane]))
    graph = Graph(load_registry(packs=False))
    graph.add("load", "io.load_image", file="large.fits")
    path = folder / "link.graph.json"
    write(graph, path)
    return path


def measure_link(screen: Screen, folder: Path, megapixels: float, times: int = 40) -> None:
    """Print milliseconds from the key of the link toggle to the pixels."""
    harness.PATIENCE = 600.0  # statistics of a large image on a machine that others use, too
    window = TimedWindow(screen, folder / "timed", [write_large(folder, megapixels)], "--no-store")
    window.settled()
    window.click(*window.where("canvas", "title", "load"))
    window.until(lambda: window.describe("viewer 1")["fresh"], "the image")
    window.settled()
    size = window.describe("viewer 1")["size"]
    window.move(*window.where("viewer 1", "area"))
    for key in ("f", "1"):
        window.key(key, *["l"] * times)
    window.quit()
    told = json.loads((folder / "timed" / "timed.json").read_text())
    handed_at = np.array(told["handed"])
    frames = np.array(told["frames"])  # (frames, begin and end, clock and thread)
    parts = []
    for key in np.array(told["keys"]):
        handed = handed_at[np.searchsorted(handed_at[:, 0], key[0])]
        began, ended = frames[np.searchsorted(frames[:, 0, 0], handed[0])]
        parts.append((handed - key, ended - began, handed - key + ended - began))
    drawn = np.diff(frames[:, :, 0])[:, 0]
    since = np.searchsorted(frames[:, 0, 0], handed_at[:, 0])
    still = np.delete(drawn, since[since < len(drawn)])[-len(drawn) // 2 :]
    print(f"link, {megapixels:g} megapixels RGB, viewer {size[0]} × {size[1]}, {len(parts)} keys")
    print(f"  drawing a frame with nothing new: {_tell(still)}")
    names = "key to buffer", "drawing", "both"
    for zoom, rows in (("fit", parts[:times]), ("100 %", parts[times:])):
        for i, name in enumerate(names):
            found = np.array([row[i] for row in rows])
            own = 1e3 * statistics.median(found[:, 1])
            print(f"  {zoom:6} {name:14} {_tell(found[:, 0])}   own thread {own:6.1f} ms")


def _tell(seconds: np.ndarray) -> str:
    return f"{1e3 * np.median(seconds):6.1f} ms   best {1e3 * seconds.min():6.1f} ms"


def main() -> None:
    """Print the figures."""
    if sys.argv[1:2] == ["--timed"]:
        sys.exit(run_timed(sys.argv[2:]))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megapixels", type=float, default=61.0)
    parser.add_argument("--only", choices=("link",))
    given = parser.parse_args()
    screen = Screen()
    with tempfile.TemporaryDirectory() as folder:
        measure_link(screen, Path(folder), given.megapixels)
        if given.only:
            screen.close()
            return
        home = Path(folder) / "home"
        ready = measure_ready(screen, home)
        print(f"window ready: median {statistics.median(ready):.2f} s of {len(ready)}")
        print(f"idle: {100 * measure_idle(screen, home):.2f} % of a processor")
        path = Path(folder) / "many.graph.json"
        make_graph(path)
        for name, value in measure_frames(screen, home, path).items():
            print(f"200 nodes, {name}: {value:.1f} ms")
    screen.close()


if __name__ == "__main__":
    main()
