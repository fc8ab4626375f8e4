"""Wires on the canvas, with the mouse."""

from __future__ import annotations

from tests.window.canvas import Start


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
