"""The geometry of nodes."""

from __future__ import annotations

import itertools

import pytest

from graph.model import Node
from graph.spec import NodeSpec
from tests.editor.hand import REGISTRY
from ui.editor.canvas.shapes import TITLE, WIDTH, inline, shape_of

SPECS = list(REGISTRY)


def _shape(type: str, fed: tuple[str, ...] = (), **more: object):  # type: ignore[no-untyped-def]
    return shape_of(Node(type), REGISTRY.get(type), fed, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_everything_of_a_node_is_within_it_and_apart(spec: NodeSpec) -> None:
    if spec.through:
        return
    fed = tuple(spec.sockets) + tuple(n for n, p in spec.params.items() if p.linkable)
    for shape in (shape_of(Node(spec.id), spec), shape_of(Node(spec.id), spec, fed)):
        for pin in shape.pins:
            assert pin.x == (WIDTH if pin.output else 0)
            assert TITLE < pin.y < shape.height
        for side in (False, True):
            heights = sorted(pin.y for pin in shape.pins if pin.output is side)
            assert all(b - a >= 15 for a, b in itertools.pairwise(heights))
        rects = sorted((f.rect for f in shape.fields), key=lambda rect: rect[1])
        rects += [shape.picture] if shape.picture else []
        for x, y, wide, tall in rects:
            assert 0 < x < x + wide < WIDTH
            assert TITLE < y < y + tall < shape.height
        for above, below in itertools.pairwise(rects):
            assert above[1] + above[3] <= below[1]


def test_sockets_that_fill_themselves_are_hidden_until_they_are_fed_or_wanted() -> None:
    assert _shape("view.screen").pin("statistics", False) is None
    assert _shape("view.screen", ("statistics",)).pin("statistics", False)
    wanted = _shape("view.screen", extra=("statistics", "clipping"))
    assert wanted.pin("statistics", False)
    assert wanted.pin("clipping", False)
    plain = _shape("view.screen")
    for pin in plain.pins:  # what is shown for a wire in hand moves nothing
        assert wanted.pin(pin.name, pin.output) == pin


def test_a_parameter_that_a_link_feeds_has_a_pin() -> None:
    before = _shape("background.polynomial")
    assert before.pin("tolerance", False) is None
    after = _shape("background.polynomial", ("tolerance",))
    assert after.pin("tolerance", False)
    assert [f.kind for f in after.fields if f.name == "tolerance"] == ["fed"]
    inlined = _shape("background.polynomial", ("degree",))
    assert [f.kind for f in inlined.fields if f.name == "degree"] == ["fed"]
    assert len([f for f in inlined.fields if f.name == "degree"]) == 1


def test_the_few_parameters_that_matter() -> None:
    def names(type: str) -> list[tuple[str, str]]:
        spec = REGISTRY.get(type)
        assert spec
        return inline(spec)  # type: ignore[return-value]

    assert names("io.load_image") == [("file", "file")]
    assert names("view.screen") == [("link", "choice"), ("stretch", "choice"), ("target", "slider")]
    assert names("background.polynomial")[0] == ("degree", "slider")
    assert all(len(inline(spec)) <= 3 for spec in SPECS)


def test_a_collapsed_node_is_its_title_with_its_pins_at_the_edges() -> None:
    shape = _shape("background.polynomial", ("tolerance",), collapsed=True)
    assert (shape.kind, shape.height, shape.fields) == ("collapsed", TITLE, ())
    assert {(pin.x, pin.y) for pin in shape.pins} == {(0, TITLE / 2), (WIDTH, TITLE / 2)}
    assert shape.place("tolerance", False) == (0, TITLE / 2)
    assert shape.place("model", True) == (WIDTH, TITLE / 2)


def test_a_missing_type_has_the_pins_that_links_use() -> None:
    shape = shape_of(Node("other.thing"), None, ("image",), ("result",))
    assert [(pin.name, pin.output) for pin in shape.pins] == [("image", False), ("result", True)]
    assert shape.place("more", True)[0] == WIDTH


def test_a_joint_is_small() -> None:
    shape = _shape("flow.joint")
    assert shape.kind == "joint"
    assert shape.width < 40
    assert [pin.output for pin in shape.pins] == [False, True]


def test_an_end_that_is_not_there_is_at_the_edge() -> None:
    assert _shape("view.screen").place("gone", False)[0] == 0
