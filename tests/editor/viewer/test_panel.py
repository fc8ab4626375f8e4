"""The viewer and the histogram as panels: widgets without a screen, gestures, actions."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Iterator
from typing import Any

import dearpygui.dearpygui as dpg
import numpy as np
import pytest

from nodes.values import Image, Table
from tests.editor.viewer_cases import SAMPLES, give, make_editor, make_image
from ui.editor import theme
from ui.editor.editor import Editor
from ui.editor.edits import places
from ui.editor.input import Input
from ui.editor.picture import Want
from ui.editor.viewer import settings as stands
from ui.editor.viewer.histogram_panel import HistogramPanel
from ui.editor.viewer.look import handle_places, is_linked
from ui.editor.viewer.panel import Viewer
from ui.editor.viewer.readout import write_value

SIZE = 400, 300


class Desk:
    """A viewer and the histogram in a context without a window; areas of a known size."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        theme.apply("dark", 1.0)
        self.viewer, self.histogram = Viewer(editor, 1), HistogramPanel(editor)
        editor.panels |= {"viewer 1": self.viewer, "histogram": self.histogram}
        for panel in (self.viewer, self.histogram):
            panel.build()

    def show(self, node: str, value: Any = None, items: int | None = None) -> None:
        """Select a node and hand its value to the viewer."""
        self.editor.document.select([node])
        self.viewer.sync()
        give(self.editor, self.viewer.subject.want, value, items)
        self.sync()

    def sync(self) -> None:
        self.viewer.sync()
        self.histogram.sync()

    def text(self, name: str) -> str:
        return str(dpg.get_value(f"viewer 1:{name}"))

    def label(self, name: str) -> str:
        return str(dpg.get_item_label(f"viewer 1:{name}"))

    def shown(self, name: str) -> bool:
        return bool(dpg.get_item_configuration(f"viewer 1:{name}")["show"])

    def notes(self) -> list[str]:
        """The lines written over the lower edge of the picture."""
        assert self.viewer._drawing
        items = dpg.get_item_children(self.viewer._drawing._notes, 2)
        found = [dpg.get_item_configuration(item).get("text") for item in items]
        return [str(text) for text in found if text]

    def drag(self, panel: Any, a: tuple[float, float], b: tuple[float, float], **more: Any) -> None:
        panel.on_input(Input("press", *a, **more))
        for share in (0.25, 0.5, 0.75, 1.0):
            x, y = (p + share * (q - p) for p, q in zip(a, b, strict=True))
            panel.on_input(Input("move", x, y, **more))
            self.sync()
        panel.on_input(Input("release", *b, **more))
        self.editor.document.settle()
        self.sync()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    real = dpg.get_item_rect_size
    monkeypatch.setattr(
        dpg, "get_item_rect_size", lambda item: SIZE if "stage" in str(item) else real(item)
    )
    dpg.create_context()
    try:
        with make_editor() as editor:
            yield Desk(editor)
    finally:
        dpg.destroy_context()


# --- pixels --------------------------------------------------------------------------------------


def test_a_picture_is_fitted_and_rendered(desk: Desk) -> None:
    desk.show("load", make_image(3, (80, 50)))
    viewer = desk.viewer
    assert viewer.lens.zoom == 5
    assert viewer.lens.to_screen((40, 25)) == (200, 150)
    assert desk.text("zoom") == "500 %"
    shown = viewer.frame.buffer[: SIZE[1], : SIZE[0], :3]
    assert 0.1 < shown[150, 200].mean() < 0.5
    assert np.ptp(shown[2, 2]) < 0.05  # beside the picture
    assert desk.text("readout") == "80 × 50 px     3 channels"
    assert desk.text("title") == "load"


def test_another_picture_of_the_same_size_is_seen_through_the_same_lens(desk: Desk) -> None:
    desk.show("load", make_image(3, (80, 50)))
    desk.viewer.on_input(Input("wheel", 100, 100, steps=2))
    lens = desk.viewer.lens
    assert lens.zoom == 8
    desk.show("background", make_image(3, (80, 50), seed=3))
    assert desk.viewer.lens == lens
    desk.show("average", make_image(3, (40, 50)))
    assert desk.viewer.lens.zoom == 6


def test_a_picture_that_is_there_before_the_panel_has_a_size(desk: Desk) -> None:
    desk.editor.document.select(["load"])
    give(desk.editor, Want("load", "image"), make_image(3, (80, 50)))
    desk.sync()
    assert desk.viewer.lens.zoom == 5


def test_pan_zoom_fit_and_typed_zoom(desk: Desk) -> None:
    desk.show("load", make_image(3, (800, 600)))
    viewer = desk.viewer
    assert viewer.lens.zoom == 0.5
    viewer.on_input(Input("double", 200, 150))
    assert viewer.lens.zoom == 1
    before = viewer.lens.to_image((200, 150))
    desk.drag(viewer, (200, 150), (230, 140))
    assert viewer.lens.to_image((230, 140)) == pytest.approx(before)
    viewer.zoom(-1)
    assert desk.viewer.lens.zoom == pytest.approx(0.6667)
    viewer.actual_size()
    assert viewer.lens.zoom == 1
    dpg.get_item_callback("viewer 1:zoom")("", "1600 %")
    desk.sync()
    assert (viewer.lens.zoom, desk.text("zoom")) == (16, "1600 %")
    viewer.fit()
    assert viewer.lens.zoom == 0.5
    assert desk.editor.document.undo_name is None


def test_readout_under_the_mouse(desk: Desk) -> None:
    image = make_image(1, (80, 60))
    desk.show("load", image)
    desk.viewer.on_input(Input("move", 52, 101))
    desk.sync()
    x, y = 10, 20
    assert desk.viewer.readout[:2] == [f"x {x}  y {y}", f"K {write_value(image.data[0, y, x])}"]
    desk.viewer.on_leave()
    desk.sync()
    assert desk.text("readout") == "80 × 60 px     1 channel"


def test_channels_and_clipping(desk: Desk) -> None:
    data = np.zeros((3, 30, 40), np.float32)
    data[1] = 0.5
    desk.show("load", Image(data, linear=False))
    viewer, pixel = desk.viewer, lambda: tuple(desk.viewer.frame.buffer[150, 200, :3])
    assert pixel() == (0, 0.5, 0)
    for channel, wanted in ((1, 0), (2, 0.5), (3, 0), (4, 0.5 * 0.7152), (0, None)):
        viewer.next_channel()
        desk.sync()
        assert viewer.channel == channel
        if wanted is not None:
            assert pixel() == pytest.approx((wanted,) * 3)
    with desk.editor.change("Stretch") as graph:
        graph.view["viewers"] = {"1": {"stretch": "manual", "shadows": [0.1]}}
    viewer.toggle_clipping()
    desk.sync()
    assert pixel() == (0, 0, 1)


# --- stretch -------------------------------------------------------------------------------------


def test_link_toggle_warns_and_is_undone(desk: Desk) -> None:
    desk.show("view")
    viewer = desk.viewer
    assert (desk.label("link"), desk.notes()) == ("Unlinked", [])
    before = viewer.frame.buffer.copy()
    viewer.toggle_link()
    desk.sync()
    assert desk.label("link") == "Linked"
    assert desk.notes() == ["linked before calibration: expect the", "sensor's green cast"]
    assert desk.editor.document.graph.nodes["view"].params == {"link": "linked"}
    assert not np.array_equal(viewer.frame.buffer, before)
    assert desk.editor.document.undo() == "Link channels"
    desk.sync()
    assert desk.notes() == []
    np.testing.assert_array_equal(viewer.frame.buffer, before)


def test_mono_has_no_link(desk: Desk) -> None:
    desk.show("load", make_image(1))
    desk.viewer.toggle_link()
    desk.sync()
    assert not desk.shown("link")
    assert not desk.shown("RGB")
    assert desk.editor.document.undo_name is None


def test_what_is_not_stretched_has_no_link(desk: Desk) -> None:
    desk.show("view")
    desk.viewer.reset()
    desk.sync()
    assert not desk.shown("link")
    desk.viewer.toggle_link()
    assert desk.editor.document.undo() == "No stretch"
    desk.sync()
    assert desk.shown("link")


def test_a_drag_of_a_handle_is_one_step(desk: Desk) -> None:
    desk.show("view")
    panel = desk.histogram
    before = handle_places(desk.viewer.subject.stretched(desk.viewer.picture)[0], 1)  # type: ignore[arg-type]
    x = panel._x(before[0])
    desk.drag(panel, (x, 50), (x + 40, 50))
    look = desk.viewer.subject.look
    assert look.stretch == "manual"
    assert look.shadows[1] == pytest.approx(panel._level(x + 40), abs=1e-9)
    assert look.shadows[0] != look.shadows[1]
    assert desk.editor.document.undo() == "Move shadows"
    assert desk.editor.document.undo_name is None
    assert desk.viewer.subject.look.stretch == "auto"


def test_with_shift_a_handle_takes_the_other_channels_along(desk: Desk) -> None:
    desk.show("view")
    panel = desk.histogram
    assert desk.viewer.picture
    stretch = desk.viewer.subject.stretched(desk.viewer.picture)[0]
    x = panel._x(handle_places(stretch, 1)[0])
    far = panel._level(x + 20) - panel._level(x)
    desk.drag(panel, (x, 50), (x + 20, 50), mods=frozenset({"shift"}))
    found = desk.viewer.subject.look.shadows
    assert found == pytest.approx([s + far for s in stretch.shadows], abs=1e-6)


def test_the_span_of_the_histogram(desk: Desk) -> None:
    desk.show("view")
    panel = desk.histogram
    peak = panel.span
    assert 0.1 < peak[1] < 0.5
    level = panel._level(100)
    panel.on_input(Input("wheel", 100, 50, steps=2))
    assert panel._level(100) == pytest.approx(level)
    assert panel.span[1] - panel.span[0] < peak[1]
    panel.on_input(Input("double", 300, 50))
    assert panel.span == (0, 1)
    panel.on_input(Input("double", 300, 50))
    assert panel.span == peak
    assert desk.editor.document.undo_name is None


def test_make_permanent(desk: Desk) -> None:
    desk.show("view")
    desk.viewer.boosted()
    desk.sync()
    assert desk.viewer.picture
    stretch = desk.viewer.subject.stretched(desk.viewer.picture)[0]
    desk.viewer.make_permanent()
    graph = desk.editor.document.graph
    (made,) = desk.editor.document.selection
    assert graph.links[made, "image"] == ("background", "image")
    rows = list(zip(stretch.shadows, stretch.midtones, stretch.highlights, strict=True))
    assert [tuple(graph.nodes[made].params[c]) for c in ("red", "green", "blue")] == rows


def test_what_is_made_permanent_stands_on_no_other_node(desk: Desk) -> None:
    with desk.editor.change("Put") as graph:
        for number, id in enumerate(graph.nodes):
            places.put(graph, id, (260.0 * number, 0.0))
        places.put(graph, "save", (500.0, 150.0))
    desk.show("background")
    for _ in range(2):
        desk.viewer.make_permanent()
        desk.editor.document.select(["background"])
        desk.sync()
    graph = desk.editor.document.graph
    found = [places.place_of(graph, id) for id in graph.nodes]
    assert len(found) == 8
    close = [
        (a, b) for i, a in enumerate(found) for b in found[:i]
        if a and b and abs(a[0] - b[0]) < 180 and abs(a[1] - b[1]) < 150
    ]  # fmt: skip
    assert not close


def test_numbers_of_all_channels_say_whose_they_are(desk: Desk) -> None:
    def labels() -> list[str]:
        names = ("shadows", "midtones", "highlights")
        return [str(dpg.get_item_label(f"histogram:{name}")) for name in names]

    desk.show("load")
    assert not is_linked(desk.viewer.subject.stretched(desk.viewer.picture)[0])  # type: ignore[arg-type]
    assert labels() == ["Shadows R", "Midtones R", "Highlights"]
    desk.histogram._choose(0, None, 1)
    desk.sync()
    assert labels() == ["Shadows", "Midtones", "Highlights"]
    desk.histogram._choose(0, None, -1)
    desk.viewer.toggle_link()
    desk.sync()
    assert labels() == ["Shadows", "Midtones", "Highlights"]


def test_what_nobody_sees_is_not_held(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.show("background")
    assert desk.viewer.picture
    shown = desk.viewer.frame.buffer.copy()
    data = weakref.ref(desk.viewer.picture.value.data)
    document = weakref.ref(desk.editor.document)
    with monkeypatch.context() as hidden:
        hidden.setattr(Viewer, "_is_seen", lambda self: False)
        desk.sync()
        assert desk.viewer.frame.sight is None
    desk.viewer.frame.buffer[:] = 0
    desk.sync()
    assert np.array_equal(desk.viewer.frame.buffer, shown), "seen again it is as before"
    monkeypatch.setattr(Viewer, "_is_seen", lambda self: False)
    desk.editor.remove(desk.editor.document)
    desk.sync()
    end = time.monotonic() + 30
    while gc.collect() >= 0 and data() is not None and time.monotonic() < end:
        time.sleep(0.01)  # the threads of the document that was closed end in their own time
    assert data() is None
    assert document() is None


# --- sources and frames --------------------------------------------------------------------------


def test_split_is_dragged_and_taken_from_what_feeds_the_node(desk: Desk) -> None:
    desk.show("view", make_image(3, (80, 60)))
    desk.viewer.toggle_split()
    desk.sync()
    second = desk.editor.wants[11]
    assert second == Want("load", "image")
    give(desk.editor, second, make_image(3, (80, 60), seed=7))
    desk.sync()
    lens = desk.viewer.lens
    desk.drag(desk.viewer, (200, 20), (100, 20))
    assert desk.viewer.split == 0.25
    assert desk.viewer.lens == lens
    # what is told is of the picture that is seen there
    for x, name, source in ((90, "A", desk.viewer.picture), (110, "B", desk.viewer.picture)):
        if name == "B":
            source = desk.editor.results.pictures[second]
        desk.viewer.on_input(Input("move", x, 100))
        desk.sync()
        told, place = desk.viewer.readout[:2]
        assert told == name
        column, row = (int(word) for word in place.split()[1::2])
        assert write_value(source.value.data[0, row, column]) in desk.viewer.readout[2]  # type: ignore[union-attr]
    desk.viewer.toggle_split()
    desk.sync()
    assert 11 not in desk.editor.wants


def test_overlay_of_a_table(desk: Desk) -> None:
    desk.show("view")
    desk.viewer.subject.set_source(stands.OVERLAY, ("background", "samples"))
    desk.sync()
    give(desk.editor, desk.editor.wants[31], SAMPLES)
    desk.sync()
    drawing = desk.viewer._drawing
    assert drawing
    circles = dpg.get_item_children(drawing._marks, 2)
    assert len(circles) == 2
    colors = [dpg.get_item_configuration(c)["color"] for c in circles]
    assert colors[0][1] > colors[0][0]
    assert colors[1][0] > colors[1][1]


def test_mask_of_another_size_is_told(desk: Desk) -> None:
    from nodes.values import Mask

    desk.show("view", Image(np.full((3, 30, 40), 0.5)))
    give(desk.editor, Want("load", "image"), Mask(np.zeros((3, 4))))
    desk.viewer.subject.set_source(stands.MASK, ("load", "image"))
    desk.sync()
    assert "the mask is of another size than the picture: not shown" in desk.viewer.notes


def test_a_mask_has_a_veil_over_pictures_but_not_over_itself(desk: Desk) -> None:
    from nodes.values import Mask

    def middle() -> np.ndarray:
        return desk.viewer.frame.buffer[SIZE[1] // 2, SIZE[0] // 2, :3].copy()

    mask = Mask(np.zeros((30, 40)))
    give(desk.editor, Want("load", "image"), mask)
    desk.viewer.subject.set_source(stands.MASK, ("load", "image"))
    desk.show("view", Image(np.full((3, 30, 40), 0.5, np.float32), linear=False))
    assert middle().tolist() == pytest.approx([0.75, 0.25, 0.25])
    look = dpg.get_item_theme("viewer 1:layers")
    assert look, "the button shows that there is a layer"
    desk.show("load", mask)
    assert middle().tolist() == [0, 0, 0]
    desk.viewer.subject.set_source(stands.MASK, None)
    desk.sync()
    assert not dpg.get_item_theme("viewer 1:layers")


def test_why_a_layer_is_not_seen_is_told(desk: Desk) -> None:
    desk.show("view")
    viewer, editor = desk.viewer, desk.editor
    viewer.subject.set_source(stands.OVERLAY, ("background", "samples"))
    desk.sync()
    assert viewer.notes == [], "it is being made"
    give(editor, editor.wants[31], Table(("stars",), ((3,),)))
    desk.sync()
    words = "no places are shown: background.samples has no columns x and y"
    assert viewer.notes == [words]
    assert " ".join(desk.notes()) == words
    give(editor, editor.wants[31], Table(("X", "Y"), ((3, 4),)))
    desk.sync()
    assert viewer.notes == []
    viewer.subject.set_source(stands.SECOND, ("average", "image"))
    desk.sync()
    editor.results.errors[editor.wants[11]] = "the disk is full"
    desk.sync()
    assert viewer.notes == ["no second picture is shown: average: the disk is full"]


def test_frames_step_blink_and_are_rejected(desk: Desk) -> None:
    desk.show("frames", items=3)
    viewer, editor = desk.viewer, desk.editor
    assert desk.shown("frames")
    viewer.step(1)
    desk.sync()
    assert editor.wants[1].item == 1
    give(editor, editor.wants[1], make_image(seed=2), items=3)
    viewer.toggle_accepted()
    (question,) = editor.questions
    question.then("Insert")  # type: ignore[union-attr]
    graph = editor.document.graph
    assert graph.nodes["approve"].params["accepted"] == [True, False, True]
    assert graph.links["average", "frames"] == ("approve", "image")
    assert editor.document.undo_name == "Reject frame"
    desk.sync()
    assert desk.label("accepted") == "Rejected"
    viewer.toggle_accepted()
    assert editor.document.graph.nodes["approve"].params["accepted"] is True
    viewer.toggle_play()
    assert viewer.moving
    assert viewer.subject.held is not None
    viewer.toggle_play()
    assert not viewer.moving


def test_a_single_picture_has_no_frames(desk: Desk) -> None:
    desk.show("load")
    assert not desk.shown("frames")
    for action in (desk.viewer.toggle_play, desk.viewer.toggle_accepted):
        action()
    assert not desk.viewer.moving
    assert not desk.editor.questions


# --- other values and words ----------------------------------------------------------------------


def test_a_table_is_shown_as_one_and_a_picture_again(desk: Desk) -> None:
    desk.show("background")
    assert (desk.shown("stage"), desk.shown("value")) == (True, False)
    desk.viewer.subject.choose_output("samples")
    desk.viewer.sync()
    give(desk.editor, desk.viewer.subject.want, Table(("x", "y"), ((1, 2),) * 3))
    desk.sync()
    assert (desk.shown("stage"), desk.shown("value")) == (False, True)
    (table,) = dpg.get_item_children("viewer 1:value", 1)
    assert len(dpg.get_item_children(table, 1)) == 3
    assert desk.text("readout") == ""
    desk.viewer.subject.choose_output("image")
    desk.sync()
    assert (desk.shown("stage"), desk.shown("value")) == (True, False)


def test_an_error_takes_the_place_of_another_nodes_picture(desk: Desk) -> None:
    desk.show("load")
    drawing = desk.viewer._drawing
    assert drawing
    assert dpg.is_item_shown(drawing.ground)
    desk.editor.results.errors[Want("average", "image")] = "no frames"
    desk.editor.document.select(["average"])
    desk.sync()
    assert not dpg.is_item_shown(drawing.ground)
    _shade, words = dpg.get_item_children(drawing._words, 2)
    assert dpg.get_item_configuration(words)["text"] == "no frames"
    desk.editor.document.select(["load"])
    desk.sync()
    assert dpg.is_item_shown(drawing.ground)
    assert not dpg.get_item_children(drawing._words, 2)


def test_pin(desk: Desk) -> None:
    desk.show("load")
    desk.viewer.toggle_pin()
    desk.editor.document.select(["background"])
    desk.sync()
    assert desk.text("title") == "load"
    desk.viewer.toggle_pin()
    desk.sync()
    assert desk.text("title") == "background"
    assert desk.editor.document.undo() == "Unpin viewer"


def test_nothing_selected(desk: Desk) -> None:
    with desk.editor.change("Clear") as graph:
        for id in list(graph.nodes):
            graph.remove(id)
    desk.sync()
    assert desk.text("title") == "nothing selected"
    assert desk.viewer.describe()["standing"] == ["info", "Select a node to see what it makes"]
    for action in ("toggle_link", "make_permanent", "toggle_split", "toggle_pin", "fit",
                   "next_channel", "toggle_accepted", "toggle_play"):  # fmt: skip
        getattr(desk.viewer, action)()
    desk.histogram.on_input(Input("press", 5, 5))
    desk.sync()
    assert desk.editor.document.undo() == "Clear"


def test_the_light_window(desk: Desk) -> None:
    import dataclasses

    desk.show("load")
    desk.editor.preferences = dataclasses.replace(desk.editor.preferences, theme="light")
    desk.sync()
    assert desk.viewer.frame.buffer[1, 1, 0] > 0.7


def test_tools_for_pictures_go_where_a_table_is_shown(desk: Desk) -> None:
    tools = desk.viewer._bar._tools
    for value, shown in ((make_image(3), True), (SAMPLES, False), (make_image(1), True)):
        desk.show("load", value)
        assert [desk.shown(name) for name in ("sight", "row")] == [shown, shown]
        assert dpg.get_item_configuration(tools)["show"] == shown
    assert desk.shown("first")
