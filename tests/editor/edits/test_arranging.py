"""Where nodes stand: moved, aligned, distributed, laid out."""

from __future__ import annotations

import math

import pytest

from graph.errors import GraphError
from graph.model import Graph
from tests.editor.pictures import build, chain
from ui.editor import edits
from ui.editor.edits import places

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
