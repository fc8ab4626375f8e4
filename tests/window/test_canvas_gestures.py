"""Every gesture on the canvas, with mouse and keyboard, at least once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.window import panels
from tests.window.canvas import Canvas
from tests.window.chains import write_chain
from tests.window.screen import ROOT, Window

Open = Callable[..., Window]
Start = Callable[..., Canvas]
DATA = ROOT / "samples" / "data"


@pytest.fixture
def start(open_window: Open, tmp_path: Path) -> Start:
    """Opens an editor with the chain of ``write_chain``."""

    def begin(name: str = "chain", **changes: tuple[str, float, float] | None) -> Canvas:
        path = write_chain(tmp_path / f"{name}.graph.json", **changes)
        return Canvas(open_window(path))

    return begin


# --- adding ------------------------------------------------------------------------------------


def test_u05_a_wire_dropped_on_empty_space_lists_what_fits_and_links_it(start: Start) -> None:
    canvas = start(numbers=("measure.statistics", 480, 250))
    window = canvas.window
    window.drag(canvas.pin("numbers.statistics", output=True), canvas.place(760, 300))
    assert panels.find(window, "search", "Statistics table")
    offered = {w["label"].strip() for w in panels.find_all(window, "search", kind="Selectable")}
    assert "Summary" in offered
    assert not offered & {"Crop", "Polynomial", "Save image", "Load image"}
    window.shot("search_fitting")
    id = canvas.new(lambda: canvas.look_for("table"))
    assert canvas.nodes[id]["type"] == "measure.table"
    assert f"numbers.statistics -> {id}.statistics" in canvas.links
    window.drag(canvas.pin("crop.image"), canvas.place(120, 350))
    id = canvas.new(lambda: canvas.look_for("load image"))
    assert f"{id}.image -> crop.image" in canvas.links
    assert canvas.selection == {id}


def test_the_search_is_left_by_escape_or_a_click_elsewhere(start: Start) -> None:
    canvas = start()
    window, before = canvas.window, canvas.nodes
    window.move(*canvas.place(760, 330))
    window.key("Tab")
    window.until(lambda: canvas.shown("search"), "open")
    window.key("Escape")
    window.until(lambda: not canvas.shown("search"), "closed")
    window.key("Tab")
    window.until(lambda: canvas.shown("search"), "open again")
    window.frame(4)
    window.click(*canvas.place(60, 400))
    window.until(lambda: not canvas.shown("search"), "closed by the click")
    assert canvas.nodes == before


def test_lines_of_file_paths_are_pasted_as_nodes(start: Start) -> None:
    """They are copied from a note, as from a terminal."""
    canvas = start()
    window = canvas.window
    window.move(*canvas.place(20, 260))
    window.key("n")
    window.double(*window.where("canvas", "note", "notes", 0))
    window.frame(6)
    window.key("ctrl+a")
    files = [DATA / f"first_light_{color}.fits" for color in ("red", "green")]
    for file in files:
        window.tool("type", "--delay", 8, str(file))
        window.key("Return")
    window.key("ctrl+a", "ctrl+c", "Escape")
    window.move(*canvas.place(740, 260))
    id = canvas.new(lambda: window.key("ctrl+v"))
    assert canvas.nodes[id]["type"] == "io.load_frames"
    assert canvas.nodes[id]["params"]["files"] == sorted(str(file) for file in files)
    assert canvas.selection == {id}
    assert window.document()["undo"] == "Paste"


# --- wires -------------------------------------------------------------------------------------


def test_a_wire_that_cannot_be_says_why_and_is_not_made(start: Start) -> None:
    canvas = start(numbers=("measure.statistics", 480, 250))
    window, links = canvas.window, canvas.links

    def hold(source: str, target: str) -> str:
        window.move(*canvas.pin(source, output=True))
        window.press()
        x, y = canvas.pin(target)
        window.move(x - 20, y + 3)
        window.move(x, y)
        return str(canvas.describe()["reason"])

    reason = hold("numbers.statistics", "crop.image")
    assert "Statistics" in reason
    assert "Image" in reason
    window.shot("wire_misfit")
    window.release()
    assert canvas.links == links
    assert reason in window.state()["message"][1]
    assert "loop" in hold("grey.image", "flat.image")
    window.key("Escape")
    assert canvas.describe()["drag"] is None
    window.release()
    assert canvas.links == links
    assert window.document()["undo"] is None


def test_a_wire_replaces_the_one_at_an_input_and_is_pulled_off_it(start: Start) -> None:
    canvas = start()
    window = canvas.window
    canvas.connect("load.image", "crop.image")
    canvas.connect("crop.image", "grey.image")
    assert "crop.image -> grey.image" in canvas.links
    assert "flat.image -> grey.image" not in canvas.links
    window.drag(canvas.pin("grey.image"), canvas.place(600, 420))
    assert not any(link.endswith("grey.image") for link in canvas.links)
    assert window.document()["undo"] == "Disconnect grey.image"
    window.key("ctrl+z", "ctrl+z")
    assert "flat.image -> grey.image" in canvas.links
    canvas.connect("flat.image", "save.quality")  # an image is no number
    assert "flat.image -> save.quality" not in canvas.links


def test_u06_a_node_dropped_on_a_wire_is_put_into_it(start: Start) -> None:
    canvas = start(
        load=("io.load_image", 0, 250),
        flat=("background.polynomial", 240, 250),
        save=("io.save_image", 720, 250),
        crop=("geometry.crop", 600, -100),
        grey=None,
    )
    window = canvas.window
    canvas.connect("flat.image", "save.image")
    x, y = canvas.title("crop")
    middle = canvas.wire("save.image")
    _, top = canvas.place(*canvas.at("crop"))
    shape = window.where("canvas", "node", "crop")
    half = (shape[1] - top) / 2
    window.move(x, y)
    window.press()
    window.move(x - 20, y - 20)
    window.move(middle[0] - 10, middle[1] - half + (y - top))
    window.frame(3)
    assert canvas.describe()["lit"] == [["save", "image"]]
    window.shot("insert_on_wire")
    window.release()
    assert canvas.links == {
        "load.image -> flat.image", "flat.image -> crop.image", "crop.image -> save.image",
    }  # fmt: skip
    assert window.document()["undo"] == "Insert crop"


def test_u07_delete_with_reconnect_closes_the_chain(start: Start) -> None:
    canvas = start()
    window, before = canvas.window, canvas.graph
    window.click(*canvas.title("flat"))
    window.key("ctrl+Delete")
    assert "flat" not in canvas.nodes
    assert canvas.links == {"load.image -> grey.image", "grey.image -> save.image"}
    assert window.item("menu:edit.undo")["label"] == "Undo: Delete flat"  # type: ignore[index]
    window.key("ctrl+z")
    assert canvas.graph == before
    assert window.item("menu:edit.redo")["label"] == "Redo: Delete flat"  # type: ignore[index]
    window.key("ctrl+shift+z")
    assert "flat" not in canvas.nodes
    window.key("ctrl+z")
    window.click(*canvas.title("grey"))
    window.key("Delete")
    assert canvas.links == {"load.image -> flat.image"}
    window.key("ctrl+z", "alt+x")
    assert canvas.links == {"load.image -> flat.image", "flat.image -> save.image"}


def test_a_joint_is_put_on_a_wire_and_a_wire_is_cut(start: Start) -> None:
    canvas = start(save=("io.save_image", 780, 100))
    window = canvas.window
    joint = canvas.new(lambda: window.double(*canvas.wire("save.image")))
    assert canvas.nodes[joint]["type"] == "flow.joint"
    assert {f"grey.image -> {joint}.value", f"{joint}.any -> save.image"} <= canvas.links
    x, y = canvas.wire("flat.image")
    window.tool("keydown", "ctrl")
    window.drag((x, y - 40), (x, y + 40))
    window.tool("keyup", "ctrl")
    assert "load.image -> flat.image" not in canvas.links
    assert window.document()["undo"] == "Cut wire"


# --- selecting, copying ------------------------------------------------------------------------


def test_nodes_are_selected(start: Start) -> None:
    canvas = start()
    window = canvas.window
    window.drag(canvas.place(-30, -30), canvas.place(260, 60))
    assert canvas.selection == {"load", "flat"}
    window.tool("keydown", "shift")
    window.click(*canvas.title("save"))
    assert canvas.selection == {"load", "flat", "save"}
    window.click(*canvas.title("flat"))
    window.tool("keyup", "shift")
    assert canvas.selection == {"load", "save"}
    window.tool("keydown", "ctrl")
    window.click(*canvas.title("crop"))
    window.tool("keyup", "ctrl")
    assert canvas.selection == {"load", "save", "crop"}
    window.click(*canvas.title("flat"))
    assert canvas.selection == {"flat"}
    window.key("u")
    assert canvas.selection == {"load", "flat"}
    window.click(*canvas.title("flat"))
    window.key("shift+u")
    assert canvas.selection == {"flat", "grey", "save"}
    window.key("ctrl+a")
    assert canvas.selection == set(canvas.nodes)
    window.shot("all_selected")
    window.click(*canvas.place(700, 330))
    assert canvas.selection == set()
    assert not window.document()["modified"]


def test_nodes_are_copied_pasted_and_duplicated(start: Start) -> None:
    canvas = start()
    window = canvas.window
    window.drag(canvas.place(220, -30), canvas.place(520, 60))
    assert canvas.selection == {"flat", "grey"}
    window.key("ctrl+c")
    window.move(*canvas.place(560, 300))
    window.key("ctrl+v")
    new = canvas.selection
    assert len(canvas.nodes) == 7
    assert len(new) == 2
    assert not new & {"flat", "grey"}
    inner = {link for link in canvas.links if set(_ends(link)) == new}
    assert len(inner) == 1
    left = min(canvas.at(id)[0] for id in new)
    assert left == pytest.approx(560, abs=12)
    window.key("ctrl+d")
    assert len(canvas.nodes) == 9
    window.key("ctrl+x")
    assert len(canvas.nodes) == 7
    assert window.document()["undo"].startswith("Cut")


def _ends(link: str) -> list[str]:
    return [end.partition(".")[0] for end in link.split(" -> ")]


def test_nodes_are_copied_into_another_window(
    start: Start, open_window: Open, tmp_path: Path
) -> None:
    canvas = start()
    canvas.window.drag(canvas.place(-30, -30), canvas.place(520, 60))
    chosen = canvas.selection
    canvas.window.key("ctrl+c")
    canvas.window.frame(5)
    other = Canvas(open_window(home=tmp_path / "other"))  # it stands before the first
    other.window.key("Escape")
    other.window.move(*other.place(100, 100))
    other.window.key("ctrl+v")
    other.window.until(lambda: other.nodes, "pasted")
    assert set(other.nodes) == chosen
    assert len(other.links) == 2
    assert other.nodes["flat"] == canvas.nodes["flat"]


# --- nodes -------------------------------------------------------------------------------------


def test_nodes_are_bypassed_muted_and_collapsed(start: Start) -> None:
    canvas = start()
    window = canvas.window
    window.click(*canvas.title("flat"))
    window.key("b")
    assert canvas.nodes["flat"]["mode"] == "bypass"
    window.click(*canvas.title("grey"))
    window.key("m")
    assert canvas.nodes["grey"]["mode"] == "mute"
    window.click(*canvas.title("load"))
    window.key("h")
    assert canvas.graph["view"]["collapsed"] == ["load"]
    window.move(*canvas.place(600, 350))
    window.shot("modes")
    window.key("h")
    assert not canvas.graph["view"].get("collapsed")
    window.click(*canvas.title("flat"))
    window.key("b")
    assert "mode" not in canvas.nodes["flat"]


def test_a_node_gets_a_title_by_a_double_click(start: Start) -> None:
    canvas = start()
    window = canvas.window
    window.double(*canvas.title("flat"))
    window.frame(6)
    canvas.type("Flatten")
    window.key("Return")
    window.until(lambda: canvas.nodes["flat"].get("title") == "Flatten", "the title")
    window.key("F2")
    window.frame(6)
    canvas.type("No")
    window.key("Escape")
    assert canvas.nodes["flat"]["title"] == "Flatten"
    window.shot("renamed")


def test_parameters_are_set_on_the_node(start: Start) -> None:
    canvas = start()
    window, before = canvas.window, canvas.graph
    x, y = canvas.field("flat.degree")
    window.drag((x - 20, y), (x + 30, y))
    assert canvas.nodes["flat"]["params"]["degree"] > 4
    assert window.document()["undo"] == "Set degree of flat"
    window.key("ctrl+z")
    assert canvas.graph == before  # all of the drag was one step
    canvas.type_over("flat.degree", "3")
    window.until(lambda: canvas.nodes["flat"]["params"]["degree"] == 3, "exact entry")
    canvas.choose("flat.correction", "divide")
    assert canvas.nodes["flat"]["params"]["correction"] == "divide"
    now = canvas.nodes["flat"]["params"]["normalize"]
    window.click(*canvas.field("flat.normalize"))
    assert canvas.nodes["flat"]["params"]["normalize"] is not now
    window.key("ctrl+z", "ctrl+z", "ctrl+z")
    assert canvas.graph == before


def test_frames_move_what_is_in_them(start: Start) -> None:
    canvas = start()
    window = canvas.window
    window.drag(canvas.place(-30, -30), canvas.place(260, 60))
    window.key("ctrl+j")
    assert len(canvas.graph["view"]["frames"]) == 1
    window.double(*window.where("canvas", "frame", "frames", 0))
    window.frame(6)
    canvas.type("Sky")
    window.key("Return")
    window.until(lambda: canvas.graph["view"]["frames"][0]["title"] == "Sky", "the title")
    before = canvas.graph["view"]
    x, y = window.where("canvas", "frame", "frames", 0)
    window.drag((x, y), (x + 40, y + 60))
    after = canvas.graph["view"]
    dx, dy = (after["frames"][0]["rect"][k] - before["frames"][0]["rect"][k] for k in (0, 1))
    assert dx > 10
    assert dy > 20
    for id in ("load", "flat"):
        old, new = before["nodes"][id], after["nodes"][id]
        assert (new[0] - old[0], new[1] - old[1]) == pytest.approx((dx, dy), abs=1)
    assert after["nodes"]["grey"] == before["nodes"]["grey"]
    window.shot("frame")
    window.key("ctrl+z")
    assert canvas.graph["view"] == before
    x, y = window.where("canvas", "corner", "frames", 0)
    window.drag((x, y), (x + 30, y + 20))
    assert canvas.graph["view"]["frames"][0]["rect"][2] > before["frames"][0]["rect"][2]


def test_notes_are_written_and_moved(start: Start) -> None:
    canvas = start()
    window = canvas.window
    window.move(*canvas.place(500, 240))
    window.key("n")
    window.double(*window.where("canvas", "note", "notes", 0))
    window.frame(6)
    window.key("ctrl+a")
    canvas.type("Look at the corners")
    window.frame(12)
    window.click(*canvas.place(20, 400))
    [note] = canvas.graph["view"]["notes"]
    assert note["text"] == "Look at the corners"
    window.shot("note")
    x, y = window.where("canvas", "note", "notes", 0)
    window.drag((x, y), (x + 60, y + 10))
    assert canvas.graph["view"]["notes"][0]["rect"][0] > note["rect"][0]
    window.key("Delete")
    assert canvas.graph["view"]["notes"] == []


def test_nodes_are_aligned_and_arranged(start: Start) -> None:
    canvas = start(crop=("geometry.crop", 260, 260))
    window = canvas.window
    window.click(*canvas.title("flat"))
    window.tool("keydown", "shift")
    window.click(*canvas.title("crop"))
    window.tool("keyup", "shift")
    window.key("F3")
    window.enter("commands:text", "left edges")
    window.shot("search_actions")
    window.key("Return")
    window.until(lambda: canvas.at("crop")[0] == canvas.at("flat")[0], "aligned")
    assert window.document()["undo"] == "Align 2 nodes"
    window.move(*canvas.place(700, 330))
    window.key("ctrl+shift+a", "ctrl+l")
    columns = [canvas.at(id)[0] for id in ("load", "flat", "grey", "save")]
    assert columns == sorted(set(columns))
    assert window.document()["undo"] == "Arrange nodes"
    window.shot("arranged")


# --- looking about -----------------------------------------------------------------------------


def test_the_view_is_zoomed_and_fitted(start: Start) -> None:
    canvas = start()
    window = canvas.window
    first = canvas.describe()
    at = canvas.place(300, 20)
    window.wheel(*at, 2)
    assert canvas.describe()["zoom"] > first["zoom"]
    assert canvas.place(300, 20) == pytest.approx(at, abs=1)  # it stays under the mouse
    window.wheel(*at, -3)
    assert canvas.describe()["zoom"] < first["zoom"]
    window.key("Home")
    assert canvas.describe()["zoom"] == first["zoom"]
    window.key("plus")
    zoom = canvas.describe()["zoom"]
    assert zoom > first["zoom"]
    window.key("minus", "minus")
    assert canvas.describe()["zoom"] < zoom
    window.click(*canvas.title("save"))
    window.key("f")
    middle = window.where("canvas", "area")
    assert canvas.title("save")[0] == pytest.approx(middle[0], abs=60)
    assert not window.document()["modified"]


def test_the_view_is_panned(start: Start) -> None:
    canvas = start()
    window = canvas.window
    a = canvas.place(600, 330)
    window.drag(a, (a[0] - 80, a[1] - 50), button=2)
    assert canvas.place(600, 330) == pytest.approx((a[0] - 80, a[1] - 50), abs=1)
    a = canvas.place(600, 330)
    window.move(*a)
    window.tool("keydown", "space")
    window.frame(3)
    window.drag(a, (a[0] + 60, a[1] + 30))
    window.tool("keyup", "space")
    window.frame(4)
    assert canvas.place(600, 330) == pytest.approx((a[0] + 60, a[1] + 30), abs=1)
    assert not canvas.shown("search")
    assert canvas.selection == set()


def test_the_map_shows_another_place(start: Start) -> None:
    canvas = start(far=("geometry.crop", 4000, 2500))
    window = canvas.window
    window.move(*window.where("canvas", "area"))
    for _ in range(8):
        window.key("plus")
    before = canvas.describe()["corner"]
    x, y = window.where("canvas", "map")
    window.shot("map")
    window.click(x + 60, y + 40)
    corner = canvas.describe()["corner"]
    assert corner[0] > before[0]
    assert corner[1] > before[1]
    window.drag((x + 60, y + 40), (x - 60, y - 40))
    assert canvas.describe()["corner"][0] < corner[0]


def test_a_node_is_gone_to_by_its_name(start: Start) -> None:
    canvas = start(far=("geometry.crop", 4000, 2500))
    window = canvas.window
    window.key("ctrl+f")
    window.enter("goto:text", "far")
    window.shot("go_to")
    window.key("Return")
    window.until(lambda: canvas.selection == {"far"}, "selected")
    x, y = canvas.title("far")
    left, top = window.where("canvas", "area")
    wide, tall = canvas.describe()["size"]
    assert abs(x - left) < wide / 4
    assert abs(y - top) < tall / 2


# --- menus, safety -----------------------------------------------------------------------------


def test_right_clicks_offer_what_fits_the_place(start: Start) -> None:
    canvas = start()
    window = canvas.window

    assert {"Bypass", "Duplicate", "Run to here"} <= canvas.offered(*canvas.title("flat"))
    assert canvas.selection == {"flat"}
    window.shot("menu_node")
    window.key("Escape")
    assert {"Add node…", "Paste", "Arrange"} <= canvas.offered(*canvas.place(700, 330))
    window.key("Escape")
    assert {"Disconnect"} <= canvas.offered(*canvas.pin("grey.image"))
    canvas.take("Disconnect")
    window.until(lambda: "flat.image -> grey.image" not in canvas.links, "disconnected")
    assert {"Cut", "Add joint"} <= canvas.offered(*canvas.wire("save.image"))
    canvas.take("Cut")
    window.until(lambda: "grey.image -> save.image" not in canvas.links, "cut")
    assert {"Reset degree"} <= canvas.offered(*canvas.field("flat.degree"))
    canvas.take("Type a number…")
    window.frame(4)
    window.type("2")
    window.key("Return")
    window.until(lambda: canvas.nodes["flat"]["params"]["degree"] == 2, "typed")
    canvas.offered(*canvas.title("crop"))
    canvas.take("Delete")
    window.until(lambda: "crop" not in canvas.nodes, "deleted")


def test_u12_moving_nodes_is_a_change_but_runs_nothing(open_window: Open, tmp_path: Path) -> None:
    window = open_window(_reader(tmp_path, "first_light_red.fits"))
    canvas = Canvas(window)
    window.click(*canvas.title("load"))
    window.settled()
    window.until(lambda: window.state()["nodes"]["load"] == "cached", "made")
    at = canvas.title("load")
    window.move(*at)
    window.press()
    busy = []
    for step in range(1, 8):
        window.move(at[0] + 10 * step, at[1] + 6 * step)
        busy.append(window.state()["busy"])
    window.release()
    for _ in range(15):
        window.frame(2)
        busy.append(window.state()["busy"])
    assert window.document()["modified"]
    assert not any(busy)
    assert window.state()["nodes"] == {"load": "cached"}


def test_u13_the_mark_of_a_mistake_goes_when_its_cause_is_repaired(
    open_window: Open, tmp_path: Path
) -> None:
    window = open_window(_reader(tmp_path, "nowhere.fits"))
    canvas = Canvas(window)
    window.click(*canvas.title("load"))
    window.until(lambda: window.state()["nodes"]["load"] == "failed", "told")
    assert "nowhere.fits" in window.state()["texts"]["load"]
    window.shot("mistake")
    canvas.write("file", str(DATA / "first_light_red.fits"))
    window.until(lambda: window.state()["nodes"]["load"] == "cached", "made")
    assert window.state()["texts"]["load"] == ""


def _reader(folder: Path, name: str) -> Path:
    """A graph that reads one file of the samples, which it names whole."""
    from graph.file import write
    from graph.model import Graph
    from ui.editor.edits import places
    from ui.packs import load_registry

    graph = Graph(load_registry(packs=False))
    file = folder / name
    if (DATA / name).exists():
        file.write_bytes((DATA / name).read_bytes())
    graph.add("load", "io.load_image", file=name)
    places.put(graph, "load", (0, 0))
    write(graph, folder / "reader.graph.json")
    return folder / "reader.graph.json"
