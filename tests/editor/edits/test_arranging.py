"""Where nodes stand: moved, aligned, distributed, laid out."""

from __future__ import annotations

import copy
import math

import pytest

from graph.errors import GraphError
from graph.model import Graph
from tests.editor.pictures import build, chain
from ui.editor import edits
from ui.editor.edits import places
from ui.editor.rects import Rect, holds_all, overlap

SIZES = {"a": (100.0, 40.0), "b": (50.0, 80.0), "c": (30.0, 30.0)}


def three() -> Graph:
    graph = build(a="measure.statistics", b="measure.statistics", c="measure.statistics")
    edits.move(graph, {"a": (0, 0), "b": (300, 50), "c": (470, 70)})
    return graph


def spots(graph: Graph) -> list[tuple[float, float] | None]:
    return [places.place_of(graph, id) for id in graph.nodes]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("left", [(0, 0), (0, 50), (0, 70)]),
        ("right", [(400, 0), (450, 50), (470, 70)]),
        ("center", [(200, 0), (225, 50), (235, 70)]),
        ("top", [(0, 0), (300, 0), (470, 0)]),
        ("bottom", [(0, 90), (300, 50), (470, 100)]),
        ("middle", [(0, 45), (300, 25), (470, 50)]),
        ("distribute_x", [(0, 0), (260, 50), (470, 70)]),
        ("distribute_y", [(0, 0), (300, 50), (470, 70)]),
    ],
)
def test_nodes_line_up(how: edits.How, expected: list[tuple[float, float]]) -> None:
    graph = three()
    if how == "distribute_y":
        edits.move(graph, {"c": (470, 170), "b": (300, 5)})
        expected = [(0, 0), (300, 65), (470, 170)]
    edits.align(graph, ["c", "a", "b"], how, SIZES)
    assert spots(graph) == expected


def test_too_few_nodes_are_told() -> None:
    graph = three()
    before = spots(graph)
    with pytest.raises(GraphError, match="at least 2 nodes"):
        edits.align(graph, ["a"], "left")
    with pytest.raises(GraphError, match="at least 3 nodes"):
        edits.align(graph, ["a", "b"], "distribute_x")
    with pytest.raises(GraphError, match="'up' is not one of"):
        edits.align(graph, ["a", "b"], "up")  # type: ignore[arg-type]
    assert spots(graph) == before


@pytest.mark.parametrize("bad", [(math.nan, 0), (0, math.inf), (2e6, 0)])
def test_nodes_go_nowhere_that_could_not_be_read_back(bad: tuple[float, float]) -> None:
    graph = three()
    before = spots(graph)
    with pytest.raises(GraphError, match="cannot stand at"):
        edits.move(graph, {"a": (9, 9), "b": bad})
    with pytest.raises(GraphError, match="no such node"):
        edits.move(graph, {"a": (9, 9), "x": (0, 0)})
    assert spots(graph) == before


def test_layout_puts_layers_side_by_side_without_overlap() -> None:
    graph = chain()
    for _ in range(3):
        edits.add_linked(graph, "measure.statistics", (0, 0), ("crop", "image"), output=True)
    sizes = {id: (200.0 + 100 * i, 60.0 + 20 * i) for i, id in enumerate(graph.nodes)}
    edits.arrange(graph, sizes=sizes)
    boxes = {id: (*(places.place_of(graph, id) or (0, 0)), *sizes[id]) for id in graph.nodes}
    for target, source in graph.links.items():
        assert boxes[source[0]][0] + boxes[source[0]][2] < boxes[target[0]][0]
    for a, first in boxes.items():
        for b, second in boxes.items():
            apart = any(first[i] + first[i + 2] <= second[i] for i in (0, 1))
            assert a == b or apart or any(second[i] + second[i + 2] <= first[i] for i in (0, 1))


def test_layout_of_some_leaves_the_others_and_their_corner() -> None:
    graph = chain()
    edits.move(graph, {"crop": (1000, 900), "stretch": (1005, 905)})
    edits.arrange(graph, ["crop", "stretch"])
    assert places.place_of(graph, "load") == (0, 0)
    assert places.place_of(graph, "view") == (600, 0)
    crop, stretch = (places.place_of(graph, id) for id in ("crop", "stretch"))
    assert crop == (1000, 900)
    assert stretch is not None
    assert stretch[0] > 1190
    edits.arrange(Graph(graph.registry))


# --- frames and notes ----------------------------------------------------------------------------


def two_chains() -> Graph:
    """Two chains of three that meet in the last, every node drawn as wide as high."""
    graph = build(
        "a1.image -> a2.image; a2.image -> a3.image; b1.image -> b2.image; b2.image -> b3.image;"
        "a3.image -> last.image; b3.image -> last.reference",
        a1="io.load_image", a2="geometry.crop", a3="stretch.histogram",
        b1="io.load_image", b2="geometry.crop", b3="stretch.histogram",
        last="color.linear_fit",
    )  # fmt: skip
    edits.move(graph, {id: (500 - 90 * i, 40 * i) for i, id in enumerate(graph.nodes)})
    edits.move(graph, {"b1": (2000, 0), "b2": (2000, 300), "b3": (2000, 600)})
    return graph


SQUARES = dict.fromkeys(("a1", "a2", "a3", "b1", "b2", "b3", "last"), (150.0, 150.0))


def rect(graph: Graph, kind: str, index: int) -> Rect:
    found = places.rect_of(graph.view[kind][index])
    assert found
    return found


def test_frames_are_laid_out_as_one_and_nothing_else_comes_to_stand_in_them() -> None:
    graph = two_chains()
    edits.add_frame(graph, ["b1", "b2", "b3"], "outer", SQUARES)
    x, y, wide, tall = rect(graph, "frames", 0)
    edits.set_rect(graph, "frames", 0, (x - 60, y - 60, wide + 120, tall + 120))
    edits.add_frame(graph, ["b2", "b3"], "inner", SQUARES)
    edits.add_frame(graph, ["a1", "a2"], "other", SQUARES)
    before = [edits.contents(graph, index, SQUARES) for index in range(3)]
    assert before[0].marks == (("frames", 1),)
    edits.arrange(graph, sizes=SQUARES)
    assert [edits.contents(graph, index, SQUARES) for index in range(3)] == before
    outer, inner, other = (rect(graph, "frames", index) for index in range(3))
    assert not overlap(outer, other)
    assert holds_all(outer, inner)
    assert outer[2] < 4 * 150 + 400  # and no larger than it has to be
    once = copy.deepcopy(graph.view)
    edits.arrange(graph, sizes=SQUARES)
    assert graph.view == once


def test_frames_that_cannot_be_laid_out_as_one_are_fitted_again() -> None:
    graph = two_chains()
    edits.move(graph, {"a1": (0, 4000), "a3": (200, 4000)})  # a2 lies between them
    edits.add_frame(graph, ["a1", "a3"], "around a loop", SQUARES)
    edits.arrange(graph, sizes=SQUARES)
    boxes = edits.marks.boxes_of(graph, SQUARES)
    assert all(holds_all(rect(graph, "frames", 0), boxes[id]) for id in ("a1", "a3"))


def test_a_frame_of_which_only_some_is_arranged_still_holds_all_of_it() -> None:
    graph = two_chains()
    edits.add_frame(graph, ["b1", "b2", "b3"], "all", SQUARES)
    edits.arrange(graph, ["b1", "b2"], SQUARES)
    assert edits.contents(graph, 0, SQUARES).ids == ("b1", "b2", "b3")


def test_notes_keep_their_place_beside_nodes_and_frames() -> None:
    graph = two_chains()
    edits.add_frame(graph, ["b1", "b2"], "framed", SQUARES)
    x, y, wide, _ = rect(graph, "frames", 0)
    spots = {
        "below a node": (140, 200 + 150), "in the frame": (x + 20, y + 40),
        "right of the frame": (x + wide + 30, y + 7), "far away": (-900, -3000),
    }  # fmt: skip
    edits.move(graph, {"a1": (0, 9000), "last": (140, 190)})
    for text, at in spots.items():
        edits.set_rect(graph, "notes", edits.add_note(graph, at, text), (*at, 120, 60))
    edits.arrange(graph, sizes=SQUARES)
    below, inner, right, far = (rect(graph, "notes", index) for index in range(4))
    last, b1 = (places.place_of(graph, id) or (0, 0) for id in ("last", "b1"))
    assert (below[0] - last[0], below[1] - last[1]) == (0, 160)
    frame = rect(graph, "frames", 0)
    assert right[:2] == (frame[0] + frame[2] + 30, frame[1] + 7)
    assert far[:2] == (-900, -3000)
    assert (inner[0] - b1[0], inner[1] - b1[1]) == (x + 20 - 2000, y + 40)
    assert edits.contents(graph, 0, SQUARES).marks == (("notes", 1),)
    boxes = edits.marks.boxes_of(graph, SQUARES)
    for note in (below, right):
        assert not any(overlap(note, box) for box in boxes.values())


def test_a_note_far_from_all_is_not_covered() -> None:
    def scattered() -> Graph:
        graph = two_chains()
        edits.move(
            graph, {id: (5000, 900 * i) for i, id in enumerate(graph.nodes)} | {"a1": (0, 0)}
        )
        return graph

    graph = scattered()
    edits.arrange(graph, sizes=SQUARES)
    boxes = edits.marks.boxes_of(graph, SQUARES)
    x, y, *_ = max(boxes.values())
    graph = scattered()
    edits.set_rect(graph, "notes", edits.add_note(graph, (0, 0)), (x + 20, y + 20, 60, 60))
    edits.arrange(graph, sizes=SQUARES)
    assert edits.marks.boxes_of(graph, SQUARES) == boxes
    found = rect(graph, "notes", 0)
    assert found[0] == x + 20
    assert found[1] > y + 20
    assert not any(overlap(found, box) for box in boxes.values())
