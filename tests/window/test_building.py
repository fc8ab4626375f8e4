"""A whole graph from an empty canvas, with mouse and keyboard alone; then without a window."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.file import read
from graph.plan import plan
from graph.store import Store
from graph.task import leaves
from tests.window import panels
from tests.window.canvas import Canvas
from tests.window.screen import ROOT, Window
from ui.packs import load_registry

Open = Callable[..., Window]
SAMPLES = ROOT / "samples"
COLORS = ("red", "green", "blue")
#: what each writes below ``output``
WRITERS = {
    "before_png": "before_unlinked.png",
    "view_png": "after_linked.png",
    "linear_fits": "first_light.fits",
    "picture": "first_light.tif",
    "summary_text": "summary.txt",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the sample and its data, in which the new graph is saved as well."""
    place = tmp_path / "work"
    (place / "data").mkdir(parents=True)
    for color in COLORS:
        shutil.copy(SAMPLES / "data" / f"first_light_{color}.fits", place / "data")
    shutil.copy(SAMPLES / "first_light.graph.json", place)
    return place


def test_first_light_is_built_from_nothing_and_runs_without_a_window(
    open_window: Open, folder: Path, tmp_path: Path
) -> None:
    window = open_window()
    canvas = Canvas(window)
    window.key("Escape")
    ids = _add_nodes(canvas)
    _link(canvas, ids)
    _set(canvas, ids, folder)
    window.settled()
    window.shot("built")
    _save(window, folder / "built.graph.json")
    text = (folder / "built.graph.json").read_text("utf-8")
    assert window.document()["text"] == text
    _close_and_open(window, folder / "built.graph.json", text)
    window.shot("built_again")
    assert window.quit() == 0

    store = tmp_path / "store"
    first = _run(folder / "first_light.graph.json", store, tmp_path / "sample")
    assert first["status"] == "ok"
    assert set(ids) <= set(first["executed"])
    mine = _run(folder / "built.graph.json", store, tmp_path / "mine")
    assert mine["status"] == "ok"
    assert _files(tmp_path / "mine") == _files(tmp_path / "sample")
    assert len(_files(tmp_path / "mine")) == len(WRITERS)
    writers = {ids[name] for name in WRITERS}
    assert set(mine["executed"]) == writers  # into another folder
    assert _keys(folder / "built.graph.json") == _keys(folder / "first_light.graph.json")
    again = _run(folder / "built.graph.json", store, tmp_path / "mine")
    assert (again["executed"], again["status"]) == ([], "ok")


def _add_nodes(canvas: Canvas) -> dict[str, str]:
    """Add every node, each in one of the ways there are; the ids that they got by those wanted."""
    window, ids = canvas.window, {}

    def drag(type: str, x: float, y: float) -> str:
        button = window.middle(f"palette:{type}")
        return canvas.new(lambda: window.drag(button, canvas.place(x, y), steps=3))

    def key(name: str, words: str, x: float, y: float) -> str:
        def do() -> None:
            window.move(*canvas.place(x, y))
            window.key(name)
            canvas.look_for(words)

        return canvas.new(do)

    def double(words: str, x: float, y: float) -> str:
        def do() -> None:
            window.double(*canvas.place(x, y))
            canvas.look_for(words)

        return canvas.new(do)

    def drop(end: str, words: str, x: float, y: float) -> str:
        def do() -> None:
            window.drag(canvas.pin(end, output=True), canvas.place(x, y), steps=3)
            canvas.look_for(words)

        return canvas.new(do)

    # a node from the middle of the palette stands in the middle of the view: it is put aside
    ids["combine"] = canvas.take_from_palette("channels.combine")
    assert not window.item("palette:channels.combine")["value"]  # type: ignore[index]
    window.wheel(*window.where("canvas", "area"), -3)
    window.drag(canvas.title(ids["combine"]), canvas.place(-120, 60), steps=3)
    ids["red"] = drag("io.load_image", -420, -90)
    ids["green"] = key("Tab", "load image", -420, 100)
    ids["blue"] = key("space", "load image", -420, 290)
    ids["before"] = drop(f"{ids['combine']}.image", "viewer", 60, -130)
    ids["before_png"] = drop(f"{ids['before']}.screen", "save screen", 330, -160)
    ids["background"] = double("abe", 150, 200)  # as PixInsight calls it
    ids["neutralize"] = drop(f"{ids['background']}.image", "neutral", 330, 130)
    ids["calibrate"] = key("Tab", "color calibration", 690, 120)
    for name, words, y in (
        ("view", "viewer", -210),
        ("linear_fits", "save image", 0),
        ("stretch", "auto stretch", 150),
        ("summary", "summary", 400),
    ):
        ids[name] = drop(f"{ids['calibrate']}.image", words, 870, y)
    ids["view_png"] = double("save screen", 1240, -170)
    ids["picture"] = drop(f"{ids['stretch']}.image", "save image", 1130, 80)
    ids["summary_text"] = key("space", "save text", 1240, 360)
    assert len(set(ids.values())) == 16
    return ids


def _link(canvas: Canvas, ids: dict[str, str]) -> None:
    """Pull the wires that dropping has not made already."""
    for color in COLORS:
        canvas.connect(f"{ids[color]}.image", f"{ids['combine']}.{color}")
    canvas.connect(f"{ids['combine']}.image", f"{ids['background']}.image")
    canvas.connect(f"{ids['neutralize']}.image", f"{ids['calibrate']}.image")
    canvas.connect(f"{ids['view']}.screen", f"{ids['view_png']}.screen")
    canvas.connect(f"{ids['summary']}.text", f"{ids['summary_text']}.text")
    sample = json.loads((SAMPLES / "first_light.graph.json").read_text("utf-8"))["links"]
    assert canvas.links == {_renamed(link, ids) for link in sample}


def _renamed(link: str, ids: dict[str, str]) -> str:
    ends = (end.split(".") for end in link.split(" -> "))
    return " -> ".join(f"{ids[id]}.{name}" for id, name in ends)


def _set(canvas: Canvas, ids: dict[str, str], folder: Path) -> None:
    """Set what differs from the defaults: on the nodes, in the inspector, in the file dialog."""
    window = canvas.window

    def came(name: str, value: Any, id: str) -> None:
        window.until(lambda: canvas.nodes[id]["params"].get(name) == value, f"{id}.{name} {value}")

    for color in COLORS:
        path = folder / "data" / f"first_light_{color}.fits"
        window.click(*canvas.field(f"{ids[color]}.file"))
        panels.choose_file(window, path)
        came("file", str(path), ids[color])
    canvas.choose(f"{ids['before']}.link", "unlinked")
    canvas.choose(f"{ids['view']}.link", "linked")
    canvas.choose(f"{ids['stretch']}.link", "linked")
    canvas.choose(f"{ids['picture']}.bits", "16")
    canvas.type_over(f"{ids['background']}.degree", "2")
    window.click(*canvas.field(f"{ids['summary_text']}.overwrite"))
    for name, file in WRITERS.items():
        window.click(*canvas.title(ids[name]))
        canvas.write("file", f"output/{file}")
        came("file", f"output/{file}", ids[name])
        if name != "summary_text":
            window.click(*canvas.setting("overwrite"))
        came("overwrite", True, ids[name])
    window.click(*canvas.title(ids["summary"]))
    canvas.write("title", "First light, calibrated")
    came("title", "First light, calibrated", ids["summary"])


def _save(window: Window, path: Path) -> None:
    window.key("ctrl+s")
    panels.choose_file(window, path)
    window.until(path.exists, "saved")
    assert not window.document()["modified"]


def _close_and_open(window: Window, path: Path, text: str) -> None:
    window.key("ctrl+w")
    window.until(lambda: window.document()["path"] is None, "closed")
    window.key("ctrl+o")
    panels.choose_file(window, path)
    window.until(lambda: window.document()["path"] == str(path), "opened")
    assert window.document()["text"] == text


def _run(graph: Path, store: Path, out: Path) -> dict[str, Any]:
    """Run a graph from the command line; the summary."""
    words = ["run", str(graph), "--json", "--store", str(store), "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-m", "linearlink", *words], capture_output=True, text=True, check=True
    )
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return summary


def _files(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _keys(path: Path) -> set[str]:
    """The recipe keys of all that a graph makes."""
    graph = read(path, load_registry(packs=False))
    found = plan(graph, Store(), folder=path.parent)
    return {task.key for node in found.nodes.values() for task in leaves(node.tasks)}
