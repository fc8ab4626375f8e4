"""Wires (U05, U06, U07): what fits, and edits that keep a chain closed."""

from __future__ import annotations

import copy

import pytest

from graph.check import check
from graph.errors import GraphError
from graph.file import parse, serialize
from graph.values import fits
from tests.editor.pictures import REGISTRY, build, chain, links
from ui.editor import edits
from ui.editor.edits import places


def test_wire_replaces_the_one_that_was_there() -> None:
    graph = chain()
    assert edits.why_not(graph, ("load", "image"), ("view", "image")) is None
    edits.connect(graph, ("load", "image"), ("view", "image"))
    assert "load.image -> view.image" in links(graph)
    assert len(graph.links) == 3
    again = copy.copy(graph)
    edits.connect(again, ("load", "image"), ("view", "image"))
    assert list(again.links) == list(graph.links)


@pytest.mark.parametrize(
    ("source", "target", "why"),
    [
        (("view", "screen"), ("load", "image"), "has no socket 'image'"),
        (("view", "screen"), ("stretch", "image"), "is of type Screen, stretch.image takes Image"),
        (("stretch", "image"), ("crop", "image"), "would close a loop: crop → stretch → crop"),
        (("crop", "image"), ("crop", "image"), "would close a loop: crop → crop"),
        (("load", "image"), ("stretch", "red"), "is set by hand"),
    ],
)
def test_wires_that_cannot_be_made_say_why(
    source: tuple[str, str], target: tuple[str, str], why: str
) -> None:
    graph = chain()
    before = serialize(graph)
    assert why in (edits.why_not(graph, source, target) or "")
    with pytest.raises(GraphError, match=r"^\w+"):
        edits.connect(graph, source, target)
    assert serialize(graph) == before


def test_joints_hide_no_type() -> None:
    graph = build(
        "view.screen -> in.value; out.any -> save.image",
        load=("io.load_image", {"file": "a.fits"}),
        view="view.screen",
        **{"in": "flow.joint", "out": "flow.joint"},
        save=("io.save_image", {"file": "a.fits"}),
    )
    why = edits.why_not(graph, ("in", "any"), ("out", "value"))
    assert why == "view.screen is of type Screen, save.image takes Image"
    assert edits.why_not(graph, ("load", "image"), ("out", "value")) is None
    assert [spec.id for spec, _ in edits.fitting(graph, ("in", "any"), output=True)][:2] == [
        "io.save_screen", "view.compare",
    ]  # fmt: skip
    feeding = edits.fitting(graph, ("out", "value"), output=False)
    assert "measure.summary" not in {spec.id for spec, _ in feeding}


def test_bypassed_nodes_hide_no_type() -> None:
    graph = build(
        "choose.any -> save.image",
        load=("io.load_image", {"file": "a.fits"}),
        text=("measure.summary", {}),
        choose="flow.choose",
        save=("io.save_image", {"file": "a.fits"}),
    )
    assert edits.why_not(graph, ("text", "text"), ("choose", "first")) is None
    edits.toggle_mode(graph, ["choose"], "bypass")
    why = edits.why_not(graph, ("text", "text"), ("choose", "first"))
    assert why == "text.text is of type Text, save.image takes Image"
    assert edits.why_not(graph, ("load", "image"), ("choose", "first")) is None


def test_disconnect_is_whole_or_nothing() -> None:
    graph = chain()
    with pytest.raises(GraphError, match=r"load\.image: nothing feeds this"):
        edits.disconnect(graph, [("view", "image"), ("load", "image")])
    assert len(graph.links) == 3
    edits.disconnect(graph, [("view", "image"), ("crop", "image")])
    assert links(graph) == {"crop.image -> stretch.image"}


# --- U05 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("output", ["image", "statistics", "text", "screen", "stretch"])
def test_u05_open_output_is_offered_what_takes_it_and_nothing_else(output: str) -> None:
    graph = build(
        image=("io.load_image", {"file": "a.fits"}),
        statistics="measure.statistics",
        text="measure.summary",
        screen="view.screen",
        stretch="stretch.parameters",
    )
    end = (output, output)
    given = REGISTRY.get(graph.nodes[output].type).outputs[output].type  # type: ignore[union-attr]
    offered = {spec.id: name for spec, name in edits.fitting(graph, end, output=True)}
    for spec in REGISTRY:
        takes = [s.name for s in spec.sockets.values() if fits(given, s.type)]
        takes += [
            p.name
            for p in spec.params.values()
            if p.linkable and not p.choices and fits(given, p.type)
        ]
        assert (spec.id in offered) == bool(takes)
        assert offered.get(spec.id) in (takes or [None])
    for type, name in offered.items():
        before = set(graph.nodes)
        id = edits.add_linked(graph, type, (7, 9), end, output=True)
        assert set(graph.nodes) - before == {id}
        assert graph.nodes[id].type == type
        assert graph.links[id, name] == end
        assert places.place_of(graph, id) == (7, 9)


@pytest.mark.parametrize(
    ("target", "first"),
    [
        (("screen", "image"), "background.polynomial"),
        (("screen", "statistics"), "measure.statistics"),
        (("apply", "stretch"), "stretch.parameters"),
    ],
)
def test_u05_open_input_is_offered_what_gives_it(target: tuple[str, str], first: str) -> None:
    graph = build(
        screen="view.screen",
        apply="stretch.apply",
        table=("io.save_table", {"file": "a.csv"}),
    )
    offered = edits.fitting(graph, target, output=False)
    assert offered[0][0].id == first
    assert {spec.id for spec, _ in offered} >= {"flow.joint", "flow.choose"}
    assert not any(spec.writes for spec, _ in offered)
    for spec, name in offered:
        id = edits.add_linked(graph, spec.id, (0, 0), target, output=False)
        assert graph.links[target] == (id, name)


def test_u05_best_comes_first() -> None:
    graph = build(statistics="measure.statistics", text="measure.summary")
    offered = edits.fitting(graph, ("statistics", "statistics"), output=True)
    first = [spec.id for spec, _ in offered[:4]]
    assert {"measure.table", "stretch.parameters"} < set(first)
    texts = edits.fitting(graph, ("text", "text"), output=True)
    assert texts[0][0].id == "io.save_text"
    ids = [spec.id for spec, _ in texts]
    assert ids.index("flow.joint") < ids.index("frames.approve")  # sockets before parameters
    names = {spec.id: name for spec, name in texts}
    assert names["frames.approve"] == "formula"
    offered = edits.fitting(chain(), ("load", "image"), output=True)
    images = {spec.id: name for spec, name in offered}
    assert images["view.screen"] == "image"
    assert images["color.linear_fit"] == "image"


def test_u05_a_type_that_does_not_fit_is_refused_and_leaves_no_node() -> None:
    graph = chain()
    before = serialize(graph)
    with pytest.raises(GraphError, match=r"io\.save_table has no input that fits load\.image"):
        edits.add_linked(graph, "io.save_table", (0, 0), ("load", "image"), output=True)
    with pytest.raises(GraphError, match=r"io\.save_text has no output that fits view\.image"):
        edits.add_linked(graph, "io.save_text", (0, 0), ("view", "image"), output=False)
    assert serialize(graph) == before
    assert edits.fitting(graph, ("stretch", "red"), output=False) == []


# --- U06 -----------------------------------------------------------------------------------------


def test_u06_node_dropped_on_a_wire_is_inserted() -> None:
    graph = chain()
    id = edits.add_node(graph, "background.polynomial", (0, 0))
    assert edits.can_insert(graph, id, ("stretch", "image"))
    edits.insert(graph, id, ("stretch", "image"))
    assert links(graph) == {
        "load.image -> crop.image",
        f"crop.image -> {id}.image",
        f"{id}.image -> stretch.image",
        "stretch.image -> view.image",
    }


def test_u06_what_does_not_fit_or_is_at_work_is_not_inserted() -> None:
    graph = chain()
    text = edits.add_node(graph, "measure.summary", (0, 0))
    assert not edits.can_insert(graph, text, ("stretch", "image"))  # its output does not fit
    other = edits.add_node(graph, "geometry.crop", (0, 0))
    edits.connect(graph, ("load", "image"), (other, "image"))
    assert not edits.can_insert(graph, other, ("stretch", "image"))  # its input is fed
    open_end = edits.add_node(graph, "geometry.crop", (0, 0))
    assert edits.can_insert(graph, open_end, ("stretch", "image"))
    edits.add_linked(graph, "measure.statistics", (0, 0), (open_end, "image"), output=True)
    assert not edits.can_insert(graph, open_end, ("stretch", "image"))  # it feeds others
    assert not edits.can_insert(graph, other, ("load", "image"))  # there is no wire
    assert not edits.can_insert(graph, "stretch", ("stretch", "image"))
    fit = edits.add_node(graph, "color.linear_fit", (0, 0))
    edits.connect(graph, ("view", "screen"), (edits.add_node(graph, "flow.joint", (0, 0)), "value"))
    edits.connect(graph, ("stretch", "image"), (fit, "reference"))
    assert not edits.can_insert(graph, fit, ("stretch", "image"))  # it would close a loop
    assert edits.can_insert(graph, fit, ("view", "image"))
    before = serialize(graph)
    with pytest.raises(GraphError, match=r"does not fit on the wire to stretch\.image"):
        edits.insert(graph, fit, ("stretch", "image"))
    assert serialize(graph) == before


def test_u06_joint_is_put_on_a_wire() -> None:
    graph = chain()
    id = edits.add_joint(graph, ("view", "image"), (5, 6))
    assert id == "joint"
    assert graph.nodes[id].type == "flow.joint"
    assert graph.links[id, "value"] == ("stretch", "image")
    assert graph.links["view", "image"][0] == id
    assert edits.add_joint(graph, ("view", "image"), (5, 6)) == "joint2"
    with pytest.raises(GraphError, match=r"load\.image: nothing feeds this"):
        edits.add_joint(graph, ("load", "image"), (0, 0))


# --- U07 -----------------------------------------------------------------------------------------


def test_u07_reconnect_links_the_neighbours() -> None:
    graph = chain()
    edits.remove(graph, ["crop", "stretch"], reconnect=True)
    assert links(graph) == {"load.image -> view.image"}
    assert list(graph.nodes) == ["load", "view"]
    graph = chain()
    edits.remove(graph, ["stretch"])
    assert links(graph) == {"load.image -> crop.image"}


def test_u07_reconnect_goes_by_type() -> None:
    graph = build(
        "load.image -> stat.image; stat.statistics -> view.statistics; load.image -> view.image; "
        "load.image -> fit.image; other.image -> fit.reference; fit.image -> save.image",
        load=("io.load_image", {"file": "a.fits"}),
        other=("io.load_image", {"file": "b.fits"}),
        stat="measure.statistics",
        fit="color.linear_fit",
        view="view.screen",
        save=("io.save_image", {"file": "c.fits"}),
    )
    edits.remove(graph, ["stat", "fit"], reconnect=True)
    assert links(graph) == {"load.image -> view.image", "load.image -> save.image"}


def test_u07_missing_types_are_led_around_too() -> None:
    text = serialize(chain()).replace('"geometry.crop"', '"pack.gone"')
    graph = parse(text, REGISTRY)
    edits.remove(graph, ["crop"], reconnect=True)
    assert "load.image -> stretch.image" in links(graph)


def test_u07_a_lattice_is_removed_in_no_time() -> None:
    """Every node takes the one before twice: as many ways as leaves of a tree."""
    graph = build(load=("io.load_image", {"file": "a.fits"}))
    before = "load"
    for row in range(60):
        id = graph.add(f"fit{row}", "color.linear_fit")
        edits.connect(graph, (before, "image"), (id, "image"))
        edits.connect(graph, (before, "image"), (id, "reference"))
        before = id
    view = edits.add_linked(graph, "view.screen", (0, 0), (before, "image"), output=True)
    edits.remove(graph, [f"fit{row}" for row in range(60)], reconnect=True)
    assert links(graph) == {f"load.image -> {view}.image"}


def test_removed_nodes_take_what_names_them_along() -> None:
    graph = chain()
    graph.inputs = {"file": {"node": "load", "param": "file"}, "gone": {"node": "x", "param": "y"}}
    edits.toggle_collapsed(graph, ["load", "crop"])
    graph.view["viewers"] = {"1": {"node": "load", "output": "image", "locked": {"node": "crop"}}}
    edits.remove(graph, ["load"])
    assert list(graph.inputs) == ["gone"]
    assert places.collapsed(graph) == {"crop"}
    assert "load" not in graph.view["nodes"]
    assert graph.view["viewers"]["1"]["node"] is None
    edits.rename(graph, "crop", "cut")
    assert places.collapsed(graph) == {"cut"}
    assert graph.view["viewers"]["1"]["locked"] == {"node": "cut"}
    with pytest.raises(GraphError, match="crop: there is no such node"):
        edits.remove(graph, ["stretch", "crop"])
    assert "stretch" in graph.nodes


def test_extracted_nodes_stay_and_the_chain_is_closed() -> None:
    graph = chain()
    found = len(check(graph))
    edits.extract(graph, ["crop", "stretch"])
    assert links(graph) == {"load.image -> view.image", "crop.image -> stretch.image"}
    assert len(check(graph)) == found + 1  # the node taken out is open, and nothing else


def test_another_type_keeps_wires_by_name_and_by_type() -> None:
    graph = chain()
    edits.replace_type(graph, "stretch", "stretch.from_screen")
    assert graph.nodes["stretch"].type == "stretch.from_screen"
    assert len(graph.links) == 3
    edits.connect(graph, ("crop", "image"), ("view", "image"))
    edits.replace_type(graph, "stretch", "channels.combine")
    assert graph.links["stretch", "red"] == ("crop", "image")
    with pytest.raises(GraphError, match="unknown node type"):
        edits.replace_type(graph, "stretch", "no.such")
