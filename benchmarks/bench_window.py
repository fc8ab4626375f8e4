"""The real window under Xvfb with software OpenGL: start, idle, frames with 200 nodes.

    python benchmarks/bench_window.py

ready: from the start of the process until frames are drawn. idle: processor time of the whole
process while nobody touches it. frame: time of the main thread for one frame, drawing included; a
graphics card would take most of that off it.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from graph.file import write
from graph.model import Graph
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


def main() -> None:
    """Print the figures."""
    screen = Screen()
    with tempfile.TemporaryDirectory() as folder:
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
