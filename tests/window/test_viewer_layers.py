"""What is laid over a picture: the veil of a mask, stars and annotations of a table."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from graph.file import write
from graph.model import Graph
from tests.window.canvas import Canvas
from tests.window.panels import area, choose, find, see
from tests.window.screen import Window
from ui.editor.edits import places
from ui.packs import load_registry

Open = Callable[..., Window]
WIDE, TALL = 600, 400

#: a pack of somebody else's: stars and names of a picture, as finders of stars give them
PACK = '''
from linearlink import Image, Table, node

@node("my_stars.find", version=1)
def find_stars(image: Image) -> Table:
    """Give three stars."""
    columns = ("x", "y", "fwhm", "label", "rejected")
    good = (100, 80, 24.0, "M 31", False), (300, 200, 12.0, "", False)
    return Table(columns, (*good, (450.5, 300, 40.0, "", True)))

@node("my_stars.count", version=1)
def count_stars(image: Image) -> Table:
    """Give a table without places."""
    return Table(("stars", "fwhm"), ((3, 2.5),))
'''


def levels() -> np.ndarray:
    """Grey steps from left to right: 0, 0.1 … 0.9; without noise, so that pixels can be told."""
    steps = np.repeat(np.arange(10) / 10, WIDE // 10).astype(np.float32)
    return np.broadcast_to(steps, (3, TALL, WIDE))


def write_graph(folder: Path, *more: str) -> Path:
    """``load``, ``mask`` and ``bend``, linked but for the mask; more: types of the pack."""
    fits.writeto(folder / "steps.fits", levels())
    graph = Graph(load_registry(packs=False))
    graph.add("load", "io.load_image", file="steps.fits")
    graph.add("mask", "mask.range", lower=0.35, upper=0.75)
    graph.add("bend", "stretch.histogram", midtones=0.2)
    graph.link("load", "image", "bend", "image")
    for number, id in enumerate(("load", "mask", "bend")):
        places.put(graph, id, (260 * number, 220 * (number == 1)))
    path = folder / "layers.graph.json"
    write(graph, path)
    if more:
        text = path.read_text("utf-8").replace('"links": [', '"links": [LINKS', 1)
        nodes = ",\n".join(f'"{type.partition(".")[2]}": {{"type": "{type}"}}' for type in more)
        links = "".join(f'"load.image -> {type.partition(".")[2]}.image",' for type in more)
        text = text.replace('"nodes": {', f'"nodes": {{{nodes},', 1).replace("LINKS", links)
        path.write_text(text, "utf-8")
    return path


def choose_layer(window: Window, label: str, place: int) -> None:
    """Choose the source at that place of a list under Layers… of the first viewer; 0 is none."""
    window.click(*window.middle("viewer 1:layers"))
    x, y, _, tall = find(window, "viewer 1:layers window", label)["rect"]
    choose(window, (x + 80, y + tall / 2), place)
    window.key("Escape")
    window.settled()


def show(window: Window, node: str) -> None:
    """Select a node and wait until the first viewer shows it, its numbers as they are."""
    window.settled()
    window.click(*window.where("canvas", "title", node))
    window.until(lambda: window.describe("viewer 1")["node"] == node, f"{node} in the viewer")
    window.until(lambda: window.describe("viewer 1")["fresh"], f"{node} made")
    left, top, *_ = area(window)
    window.move(left + 20, top + 20)
    window.key("r")
    window.settled()


def at_steps(window: Window) -> np.ndarray:
    """What is seen in the middle of each grey step: (10, 3), 0 to 255."""
    pixels = see(window)
    spots = [window.where("viewer 1", "pixel", WIDE // 10 * (i + 0.5), TALL / 2) for i in range(10)]
    return np.array([pixels[round(y), round(x)] for x, y in spots])


@pytest.mark.drawn
def test_a_red_veil_stands_where_a_mask_protects(open_window: Open, tmp_path: Path) -> None:
    window = open_window(write_graph(tmp_path))
    canvas = Canvas(window)
    show(window, "load")
    assert np.abs(at_steps(window) - 25.5 * np.arange(10)[:, None]).max() <= 1

    # a mask that cannot be made is told of, not passed over
    choose_layer(window, "Mask", 1)
    assert window.document()["graph"]["view"]["viewers"]["1"]["mask"] == ["mask", "mask"]
    notes = window.until(lambda: window.describe("viewer 1")["notes"], "why there is no veil")
    assert any(note.startswith("no mask is shown: ") for note in notes), notes
    window.shot("viewer_no_mask")

    canvas.connect("load.image", "mask.image")
    window.settled()
    window.until(lambda: not window.describe("viewer 1")["notes"], "the mask")
    steps = np.arange(10)
    free = (steps >= 4) & (steps <= 7)  # what the mask selects
    plain = 25.5 * np.repeat(steps[:, None], 3, axis=1)
    veiled = plain / 2 + [127.5, 0, 0]
    wanted = np.where(free[:, None], plain, veiled)
    show(window, "load")
    assert np.abs(at_steps(window) - wanted).max() <= 1
    window.shot("viewer_mask")

    # closer, and from afar
    left, _, wide, _ = area(window)
    for zoom in ("1", "f"):
        window.key(zoom)
        seen = at_steps(window)
        across = [window.where("viewer 1", "pixel", 60 * (i + 0.5), 0)[0] for i in range(10)]
        inside = [i for i, x in enumerate(across) if left < x < left + wide]
        assert len(inside) >= 6
        assert np.abs(seen[inside] - wanted[inside]).max() <= 1

    # the mask is that of the wire: with other limits the veil moves
    window.click(*canvas.title("mask"))
    window.settled()
    window.key("r")
    assert np.abs(at_steps(window) - 255 * free[:, None]).max() <= 1, "the mask itself: no veil"

    def is_typed() -> bool:
        canvas.type_over("mask.lower", "0.55")
        return bool(canvas.nodes["mask"]["params"]["lower"] == 0.55)

    window.until(is_typed, "another limit")
    show(window, "load")
    window.until(lambda: np.abs(at_steps(window)[4] - veiled[4]).max() <= 1, "a wider veil")
    assert np.abs(at_steps(window)[6:8] - plain[6:8]).max() <= 1

    # and what is masked there acts only where there is no veil
    canvas.connect("mask.mask", "bend.mask")
    window.settled()
    show(window, "bend")
    choose_layer(window, "Mask", 0)
    bent = at_steps(window)
    assert np.abs(bent[:6] - plain[:6]).max() <= 1
    assert (bent[6:8] > plain[6:8] + 20).all()


@pytest.mark.drawn
def test_stars_and_annotations_of_a_table_stand_on_the_picture(
    open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = tmp_path / "pack"
    (pack / "star_pack-1.dist-info").mkdir(parents=True)
    (pack / "star_pack.py").write_text(PACK, "utf-8")
    (pack / "star_pack-1.dist-info" / "METADATA").write_text("Name: star_pack\nVersion: 1\n")
    (pack / "star_pack-1.dist-info" / "entry_points.txt").write_text(
        "[linearlink.nodes]\nstars = star_pack\n"
    )
    known = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(pack), *([known] if known else [])]))
    window = open_window(write_graph(tmp_path, "my_stars.find", "my_stars.count"))
    show(window, "load")
    zoom = window.describe("viewer 1")["zoom"]
    before = see(window)

    choose_layer(window, "Overlay", 1)
    assert window.document()["graph"]["view"]["viewers"]["1"]["overlay"] == ["find", "table"]
    window.move(*area(window)[:2])
    window.until(lambda: np.abs(see(window) - before).max() > 50, "marks")
    pixels = see(window)
    for x, y, radius, good in ((100, 80, 12, True), (450.5, 300, 20, False), (300, 200, 6, True)):
        middle = np.array(window.where("viewer 1", "pixel", x, y))
        ring = max(radius * zoom, 3)
        for angle in np.arange(0, 2 * np.pi, np.pi / 4):
            a, b = middle + ring * np.array([np.cos(angle), np.sin(angle)])
            near = pixels[round(b) - 2 : round(b) + 3, round(a) - 2 : round(a) + 3].reshape(-1, 3)
            strength = near[:, 1] - near[:, 0] if good else near[:, 0] - near[:, 1]
            assert strength.max() > 60, (x, y, angle)
        if radius * zoom > 6:
            a, b = (round(v) for v in middle)
            assert np.abs(pixels[b, a] - before[b, a]).max() <= 1, "nothing inside of the ring"
    # the name stands to the right of its star
    x, y = window.where("viewer 1", "pixel", 100, 80)
    name = np.s_[round(y) - 8 : round(y) + 8, round(x + 12 * zoom) + 3 : round(x + 12 * zoom) + 40]
    assert np.abs(pixels[name] - before[name]).max(axis=-1).astype(bool).sum() > 40
    window.shot("viewer_stars")

    # they go along with the picture
    window.key("1")
    x, y = window.where("viewer 1", "pixel", 300, 200)
    rows = see(window)[round(y) - 9 : round(y) + 10, round(x) - 9 : round(x) + 10]
    assert (rows[..., 1] - rows[..., 0] > 60).sum() > 15

    # a table that has no places says so
    choose_layer(window, "Overlay", 2)
    assert window.describe("viewer 1")["notes"] == [
        "no places are shown: count.table has no columns x and y"
    ]
