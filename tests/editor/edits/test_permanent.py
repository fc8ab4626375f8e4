"""A stretch on screen made permanent gives the pixels that the screen transfer function shows."""

from __future__ import annotations

import numpy as np
import pytest

from graph.check import check
from graph.errors import GraphError
from graph.file import serialize
from nodes import stf
from nodes.stretch import histogram
from nodes.values import Image, Stretch
from tests.editor.pictures import chain
from ui.editor import edits
from ui.editor.edits import places

RNG = np.random.default_rng(5)
DATA = RNG.uniform(-0.1, 1.2, (3, 40, 50)).astype(np.float32)
DATA[:, :3, :3] = [[[0.0]], [[1.0]], [[np.nan]]]
UNLINKED = Stretch((0.01, 0.02, 0.05), (0.001, 0.2, 0.7), (1.0, 0.9, 0.6), (0,) * 3, (1,) * 3, "u")


def stretched(stretch: Stretch, data: np.ndarray) -> np.ndarray:
    """What the node in the graph makes of an image."""
    graph = chain()
    id = edits.make_permanent(graph, ("crop", "image"), stretch, (3, 4))
    assert graph.nodes[id].type == "stretch.histogram"
    assert graph.links[id, "image"] == ("crop", "image")
    assert places.place_of(graph, id) == (3, 4)
    assert not [problem for problem in check(graph) if problem.node == id]
    return histogram(Image(data), **graph.nodes[id].params).data


@pytest.mark.parametrize(
    "stretch",
    [
        Stretch((0.02,), (0.01,), (0.9,), (0.0,), (1.0,)),
        Stretch((0.02,) * 3, (0.01,) * 3, (0.9,) * 3, (0.0,) * 3, (1.0,) * 3),
        Stretch((0.1,), (0.3,), (0.9,), (-0.5,), (2.0,)),
        Stretch((0.9,), (0.3,), (0.1,), (0.0,), (1.0,)),  # the wrong way round
        UNLINKED,
        Stretch(UNLINKED.shadows, UNLINKED.midtones, UNLINKED.highlights, (-1.0,) * 3, (3.0,) * 3),
    ],
)
def test_pixels_equal_those_of_the_formula(stretch: Stretch) -> None:
    found = stretched(stretch, DATA)
    np.testing.assert_allclose(found, stf.apply(DATA, stretch), rtol=2e-6, atol=1e-6)


def test_one_curve_goes_into_the_combined_row() -> None:
    graph = chain()
    linked = Stretch((0.1,) * 3, (0.2,) * 3, (0.9,) * 3, (0.0,) * 3, (1.0,) * 3, "linked")
    for stretch in (linked, Stretch((0.1,), (0.2,), (0.9,))):
        params = graph.nodes[edits.make_permanent(graph, ("crop", "image"), stretch, (0, 0))].params
        assert (params["shadows"], params["midtones"], params["highlights"]) == (0.1, 0.2, 0.9)
        assert "red" not in params
    params = graph.nodes[edits.make_permanent(graph, ("crop", "image"), UNLINKED, (0, 0))].params
    assert params["green"] == [0.02, 0.2, 0.9]
    assert "midtones" not in params
    mono = stretched(Stretch((0.1,), (0.2,), (0.9,)), DATA[:1])
    expected = stf.apply(DATA[:1], Stretch((0.1,), (0.2,), (0.9,)))
    np.testing.assert_allclose(mono, expected, rtol=2e-6, atol=1e-6)


def test_numbers_of_numpy_can_be_saved() -> None:
    graph = chain()
    row = tuple(np.float32([0.1, 0.2, 0.3]))
    edits.make_permanent(
        graph, ("crop", "image"), Stretch(row, row, (1.0,) * 3, (0.0,) * 3, (1.0,) * 3), (0, 0)
    )
    assert '"green"' in serialize(graph)


@pytest.mark.parametrize(
    ("stretch", "message"),
    [
        (Stretch((0.1, 0.2), (0.5, 0.5), (1.0, 1.0), (0.0,) * 2, (1.0,) * 2), "for 2 channels"),
        (
            Stretch((0.1,) * 3, (0.5,) * 3, (1.0,) * 3, (0.0, 0.0, -1.0), (1.0,) * 3),
            "different ranges",
        ),
        (
            Stretch((0.1, 1.0, 0.1), (0.5,) * 3, (1.0,) * 3, (0.0,) * 3, (1.0,) * 3),
            "highlights of green are both 1",
        ),
    ],
)
def test_what_no_node_can_hold_is_refused(stretch: Stretch, message: str) -> None:
    graph = chain()
    before = serialize(graph)
    with pytest.raises(GraphError, match=message):
        edits.make_permanent(graph, ("crop", "image"), stretch, (0, 0))
    with pytest.raises(GraphError, match="Screen"):
        edits.make_permanent(graph, ("view", "screen"), UNLINKED, (0, 0))
    assert serialize(graph) == before
