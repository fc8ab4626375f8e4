"""What the canvas costs the main thread at 200 nodes: still, panning, dragging a node, zooming.

    xvfb-run -s "-screen 0 1600x1000x24" python -m benchmarks.bench_canvas [--nodes 200]

Needs a display (Xvfb will do: its drawing is done by other threads and is not counted). Medians in
milliseconds of the processor time of the main thread: of ``Canvas.sync`` alone, and of a whole
frame. Undisturbed, nothing is drawn anew, so sync is near zero.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import dearpygui.dearpygui as dpg

from benchmarks.bench_edits import build
from graph.store import Store
from ui.editor import edits, theme
from ui.editor.canvas.panel import Canvas
from ui.editor.document import Document
from ui.editor.editor import Editor
from ui.editor.input import LEFT, MIDDLE, Input
from ui.editor.preferences import Preferences
from ui.packs import load_registry

FRAMES = 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=200)
    nodes = parser.parse_args().nodes
    registry = load_registry(packs=False)
    editor = Editor(registry, Store(), Preferences(auto_run=False, snap=False))
    editor.add(Document(build(nodes)))
    dpg.create_context()
    dpg.create_viewport(width=1600, height=1000, decorated=False, vsync=False)
    dpg.setup_dearpygui()
    theme.apply("dark", 1.0)
    canvas = Canvas(editor)
    canvas.build()
    dpg.configure_item("canvas", pos=(0, 0), width=1600, height=1000, no_title_bar=True)
    dpg.show_viewport()
    for _ in range(5):
        dpg.render_dearpygui_frame()
        canvas.sync()
    with editor.change("Arrange") as graph:
        edits.arrange(graph, None, canvas.sizes())
    print(f"{nodes} nodes, {len(editor.document.graph.links)} links, 1600 × 1000")
    print(f"{'':28}{'seen':>6}{'sync':>8}{'frame':>8}")
    for name, zoom in (("all", 0), ("40 %", 0.4), ("63 %", 0.63), ("100 %", 1.0)):
        canvas.fit()
        if zoom:
            canvas.hand.camera = canvas.hand.camera.at_zoom(zoom, (800, 500))
        measure(canvas, f"{name}, still", lambda turn: None)
        measure(canvas, f"{name}, panning", pan(canvas))
        measure(canvas, f"{name}, dragging a node", drag(canvas))
        measure(canvas, f"{name}, zooming", wheel(canvas))
    editor.close()
    dpg.destroy_context()


def measure(canvas: Canvas, name: str, act: Callable[[int], None]) -> None:
    """Print the medians of frames before each of which something is done."""
    syncs, frames = [], []
    for turn in range(FRAMES):
        began = time.thread_time()
        act(turn)
        before = time.thread_time()
        canvas.sync()
        after = time.thread_time()
        dpg.render_dearpygui_frame()
        syncs.append(after - before)
        frames.append(time.thread_time() - began)
    canvas.on_input(Input("release", 0, 0))
    size = canvas.hand.size
    view = canvas.hand.camera.view(size)
    seen = sum(
        view[0] < x < view[0] + view[2] and view[1] < y < view[1] + view[3]
        for x, y in canvas.hand.stage.at.values()
    )
    sync, frame = (statistics.median(times) * 1000 for times in (syncs, frames))
    print(f"{name:28}{seen:6}{sync:8.2f}{frame:8.2f}")


def pan(canvas: Canvas) -> Callable[[int], None]:
    """The middle button is held and the mouse moves."""

    def act(turn: int) -> None:
        if turn == 0:
            canvas.on_input(Input("press", 800, 500, button=MIDDLE))
        canvas.on_input(Input("move", 800 + 5 * turn, 500 + 3 * turn))

    return act


def drag(canvas: Canvas) -> Callable[[int], None]:
    """A node in the middle is dragged."""
    hand = canvas.hand
    middle = hand.camera.to_canvas((800, 500))

    def away(id: str) -> float:
        x, y, wide, _ = hand.stage.rect(id)
        return abs(x + wide / 2 - middle[0]) + abs(y + 13 - middle[1])

    id = min(hand.stage.at, key=away)
    x, y, *_ = hand.stage.rect(id)
    x, y = hand.camera.to_screen((x + 40, y + 13))

    def act(turn: int) -> None:
        if turn == 0:
            canvas.on_input(Input("press", x, y, button=LEFT))
        canvas.on_input(Input("move", x + 4 * turn, y + 3 * turn))

    return act


def wheel(canvas: Canvas) -> Callable[[int], None]:
    """One step of the wheel a frame, to and fro."""

    def act(turn: int) -> None:
        canvas.on_input(Input("wheel", 800, 500, steps=1.0 if turn % 2 else -1.0))

    return act


if __name__ == "__main__":
    main()
