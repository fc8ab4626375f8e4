"""What people set in the inspector, with mouse and keyboard."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.window.panels import (
    choose,
    choose_file,
    find,
    find_all,
    middle,
    press,
    read,
    row,
)
from tests.window.screen import ROOT, Window

Open = Callable[..., Window]
Place = tuple[float, float]


def write_graph(path: Path, nodes: dict[str, Any], links: list[str], **view: Any) -> Path:
    """A graph with its nodes side by side. nodes: type and parameters by id."""
    content = {
        "format": "linearlink-graph",
        "version": 1,
        "nodes": {
            id: {"type": type, "version": 1, "params": params}
            for id, (type, params) in nodes.items()
        },
        "links": links,
        "view": {"nodes": {id: [240 * i, 0] for i, id in enumerate(nodes)}, **view},
    }
    path.write_text(json.dumps(content))
    return path


def select(window: Window, id: str, more: bool = False) -> None:
    """Click on the title of a node, and wait until the inspector shows it."""
    if more:
        window.tool("keydown", "shift")
    window.click(*window.where("canvas", "title", id))
    if more:
        window.tool("keyup", "shift")
    window.until(lambda: id in window.document()["selection"], f"{id} selected")
    window.frame(4)


def params(window: Window, id: str) -> dict[str, Any]:
    """What is set at a node."""
    found: dict[str, Any] = window.document()["graph"]["nodes"][id]["params"]
    return found


def widget(window: Window, label: str, kind: str = "", text: str = "") -> Place:
    """The middle of what stands at the right of the name of a parameter."""

    def found() -> list[dict[str, Any]]:
        return [
            each
            for each in row(window, label)
            if kind in each["kind"] and text in ("", each["label"], each["value"])
        ]

    return middle(window.until(found, f"{kind} {text} of {label}")[0])


def type_in(window: Window, text: str) -> None:
    """Replace what stands in the field that has the keys."""
    window.key("ctrl+a")
    window.type(text)
    window.key("Return")
    window.frame(4)


def slide(window: Window, label: str, share: float) -> None:
    """Drag the slider of a parameter to a share of its length, from where it stands."""
    found = next(each for each in row(window, label) if "Slider" in each["kind"])
    x, y, wide, tall = found["rect"]
    at = y + tall / 2
    window.drag((x + 6 + found["value"] * (wide - 12), at), (x + 6 + share * (wide - 12), at))


def test_numbers_by_slider_and_by_hand(open_window: Open, tmp_path: Path) -> None:
    path = write_graph(
        tmp_path / "a.graph.json",
        {"background": ("background.polynomial", {}), "levels": ("stretch.histogram", {})},
        [],
    )
    window = open_window(path)
    select(window, "background")
    before = window.document()["text"]

    # a drag is one step
    slide(window, "Tolerance", 0.75)
    after = window.document()
    assert params(window, "background")["tolerance"] == pytest.approx(0.2 + 0.75 * 3.8, abs=0.15)
    window.key("ctrl+z")
    assert window.document()["text"] == before
    window.key("ctrl+shift+z")
    assert window.document()["text"] == after["text"]

    # exactly, and beyond the slider, while it is legal
    window.click(*widget(window, "Tolerance", "Slider"))
    type_in(window, "7.25")
    assert params(window, "background")["tolerance"] == 7.25

    # what is not legal is told and not taken
    window.click(*widget(window, "Tolerance", "Slider"))
    type_in(window, "11")
    assert params(window, "background")["tolerance"] == 7.25
    told = read(window, "inspector")
    assert "11" in told
    assert "10" in told
    window.shot("inspector_refused")
    window.click(*widget(window, "Tolerance", "InputText"))
    type_in(window, "2 * 2")
    assert params(window, "background")["tolerance"] == 4

    # a logarithmic slider has the square root of its ends in the middle
    slide(window, "Unbalance", 0.5)
    assert params(window, "background")["unbalance"] == pytest.approx(10**0.5, rel=0.1)
    # of whole numbers there are only whole ones
    slide(window, "Box", 0.5)
    assert isinstance(params(window, "background")["box"], int)
    assert params(window, "background")["box"] == pytest.approx(53, abs=3)

    # back to the default, one and all
    window.click(*widget(window, "Unbalance", "Button", "↺"))
    assert params(window, "background")["unbalance"] == 1.8
    press(window, "inspector", "Reset all")
    assert window.document()["text"] == before

    # several numbers in a row
    select(window, "levels")
    find(window, "inspector", "Green", "Text")
    boxes = [each for each in row(window, "Green") if "Input" in each["kind"]]
    assert len(boxes) == 3
    window.click(*middle(boxes[2]))
    type_in(window, "0.8")
    assert params(window, "levels")["green"] == [0, 0.5, 0.8]
    window.shot("inspector_row")


def test_choices_switches_names_and_several_nodes(open_window: Open, tmp_path: Path) -> None:
    path = write_graph(
        tmp_path / "a.graph.json",
        {
            "one": ("background.polynomial", {"degree": 1}),
            "two": ("background.polynomial", {"degree": 3}),
            "weigh": ("frames.approve", {}),
        },
        ["one.image -> two.image"],
    )
    window = open_window(path)
    select(window, "one")
    window.click(*widget(window, "Correction", "Button", "divide"))
    assert params(window, "one")["correction"] == "divide"
    window.click(*widget(window, "Normalize", "Checkbox"))
    assert params(window, "one")["normalize"] is False

    # both at once
    select(window, "two", more=True)
    assert "2 nodes selected" in read(window, "inspector")
    window.click(*widget(window, "Degree"))
    type_in(window, "5")
    assert params(window, "one")["degree"] == params(window, "two")["degree"] == 5
    window.key("ctrl+z")
    assert [params(window, id)["degree"] for id in ("one", "two")] == [1, 3]
    window.shot("inspector_several")

    # title, id, mode, what is kept
    select(window, "two")
    fields = find_all(window, "inspector", kind="InputText")
    window.click(*middle(fields[0]))
    type_in(window, "Sky")
    assert window.document()["graph"]["nodes"]["two"]["title"] == "Sky"
    window.click(*middle(fields[1]))
    type_in(window, "one")
    assert set(window.document()["graph"]["nodes"]) == {"one", "two", "weigh"}
    assert "one" in read(window, "inspector")
    window.click(*middle(find_all(window, "inspector", kind="InputText")[1]))
    type_in(window, "sky")
    assert set(window.document()["graph"]["nodes"]) == {"one", "sky", "weigh"}
    assert window.document()["graph"]["links"] == ["one.image -> sky.image"]
    assert window.document()["selection"] == ["sky"]
    press(window, "inspector", "Bypass")
    assert window.document()["graph"]["nodes"]["sky"]["mode"] == "bypass"
    press(window, "inspector", "Run")
    assert "mode" not in window.document()["graph"]["nodes"]["sky"]
    keep = find(window, "inspector", "keep: auto")
    choose(window, middle(keep), 1)
    assert window.document()["graph"]["nodes"]["sky"]["keep"] == "keep"

    # a mistake in a formula is told while it is typed, and not taken
    select(window, "weigh")
    before = params(window, "weigh")
    window.click(*widget(window, "Formula", "InputText"))
    window.key("ctrl+a")
    window.type("medain < 0.1")
    window.frame(3)
    assert "median" in read(window, "inspector"), "the near name"
    window.shot("inspector_formula")
    window.key("Return")
    assert params(window, "weigh") == before
    window.click(*widget(window, "Formula", "InputText"))
    type_in(window, "median < 0.1")
    assert params(window, "weigh")["formula"] == "median < 0.1"


def test_a_parameter_fed_by_a_link_shows_its_source(open_window: Open, tmp_path: Path) -> None:
    path = write_graph(
        tmp_path / "a.graph.json",
        {
            "first": ("measure.summary", {"title": "One"}),
            "second": ("measure.summary", {"title": "Two"}),
        },
        ["first.text -> second.title"],
    )
    window = open_window(path)
    select(window, "second")
    source = find(window, "inspector", "← first.text", "Button")
    assert not [each for each in row(window, "Title") if "Input" in each["kind"]]
    window.shot("inspector_linked")
    window.click(*middle(source))
    window.until(lambda: window.document()["selection"] == ["first"], "the source")


def test_a_file_by_the_dialog_and_a_folder_used_before(open_window: Open, tmp_path: Path) -> None:
    data = ROOT / "samples" / "data"
    path = write_graph(tmp_path / "a.graph.json", {"load": ("io.load_image", {"file": ""})}, [])
    window = open_window(path)
    select(window, "load")
    window.click(*widget(window, "File", "Button", "…"))
    choose_file(window, data / "first_light_red.fits")
    window.until(lambda: params(window, "load")["file"], "a file")
    assert params(window, "load")["file"] == str(data / "first_light_red.fits")
    window.settled()
    assert window.state()["nodes"]["load"] == "cached"

    # the folder is offered from then on
    window.click(*widget(window, "File", "Button", "▾"))
    window.frame(4)
    window.shot("inspector_folders")
    x, y = widget(window, "File", "Button", "▾")
    window.click(x + 20, y + 24)
    window.until(lambda: window.item("file_dialog:path"), "the dialog")
    window.frame(6)
    assert "first_light_green.fits" in read(window, "modal")
    window.shot("file_dialog")
    choose_file(window, "first_light_green.fits")
    window.until(lambda: "green" in params(window, "load")["file"], "another file")
    window.settled()  # what it shows of the file moves the rows below

    # a file that is not there is told at once, and at the node
    window.click(*widget(window, "File", "InputText"))
    type_in(window, "nothing.fits")
    window.until(lambda: "no file" in read(window, "inspector"), "the sentence")
    window.settled()
    assert window.state()["nodes"]["load"] in ("failed", "blocked")
    window.shot("inspector_no_file")


def test_presets_are_kept_applied_dragged_and_shared(open_window: Open, tmp_path: Path) -> None:
    path = write_graph(
        tmp_path / "a.graph.json",
        {
            "one": ("background.polynomial", {"degree": 2}),
            "two": ("background.polynomial", {"degree": 6}),
        },
        [],
    )
    window = open_window(path)
    select(window, "one")
    press(window, "inspector", "Parameters")  # folded, so that there is room
    press(window, "inspector", "Presets")
    window.frame(4)
    assert "Plane" in read(window, "inspector"), "one that comes with the program"
    fields = find_all(window, "inspector", kind="InputText")
    window.click(*middle(fields[-2]))
    window.key("ctrl+a")
    window.type("Flat")
    press(window, "inspector", "Save")
    window.frame(4)
    assert window.document()["graph"]["presets"]["Flat"]["params"]["degree"] == 2
    window.shot("inspector_presets")

    # applied by a click, undone
    press(window, "inspector", "Plane")
    assert params(window, "one")["degree"] == 1
    window.key("ctrl+z")
    assert params(window, "one")["degree"] == 2

    # dragged onto another node, and to the empty canvas
    entry = middle(find(window, "inspector", "Flat"))
    window.drag(entry, window.where("canvas", "title", "two"), steps=10)
    assert params(window, "two")["degree"] == 2
    window.drag(entry, window.where("canvas", "place", 700, 40), steps=10)
    nodes = window.document()["graph"]["nodes"]
    assert len(nodes) == 3
    (made,) = set(nodes) - {"one", "two"}
    assert nodes[made]["params"]["degree"] == 2

    # kept for all graphs, and shared
    select(window, "one")
    if "Flat" not in read(window, "inspector"):
        press(window, "inspector", "Parameters")
        press(window, "inspector", "Presets")
    fields = find_all(window, "inspector", kind="InputText")
    window.click(*middle(fields[-2]))
    window.key("ctrl+a")
    window.type("Mine")
    press(window, "inspector", "Save as mine")
    window.until(lambda: "kept for all graphs" in window.state()["message"][1], "kept")
    entry = find(window, "inspector", "Flat")
    menus = [
        m for m in find_all(window, "inspector", "▾") if abs(m["rect"][1] - entry["rect"][1]) < 8
    ]
    window.click(*middle(menus[0]))
    window.frame(4)
    window.shot("inspector_preset_menu")
    press(window, "popup menu", "Share as a file…")
    choose_file(window, tmp_path / "flat.preset.json")
    window.until(lambda: (tmp_path / "flat.preset.json").is_file(), "the file")
    assert '"Flat"' in (tmp_path / "flat.preset.json").read_text()


def test_a_curve_is_drawn(open_window: Open, tmp_path: Path) -> None:
    path = write_graph(tmp_path / "a.graph.json", {"bend": ("stretch.curves", {})}, [])
    window = open_window(path)
    select(window, "bend")
    x, y, wide, tall = find(window, "inspector", kind="Plot")["rect"]

    def place(level: float, out: float) -> Place:
        return x + 3 + (level + 0.015) / 1.03 * (wide - 6), y + tall - 3 - (out + 0.015) / 1.03 * (
            tall - 6
        )

    def points() -> list[list[float]]:
        return next(v for v in params(window, "bend").values() if len(v) > 2)

    window.click(*place(0.25, 0.4))
    assert points()[1] == pytest.approx([0.25, 0.4], abs=0.02)
    window.drag(place(0.25, 0.4), place(0.3, 0.15))
    assert points()[1] == pytest.approx([0.3, 0.15], abs=0.02)
    window.shot("inspector_curve")
    window.key("ctrl+z")
    assert points()[1] == pytest.approx([0.25, 0.4], abs=0.02)
    window.click(*place(0.25, 0.4), button=3)
    assert all(
        len(value) == 2 for value in params(window, "bend").values() if isinstance(value, list)
    )
