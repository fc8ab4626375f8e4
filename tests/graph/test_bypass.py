"""Nodes that are bypassed or muted (L09 to L11), in plan and run."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.check import check
from graph.file import parse, serialize
from graph.model import Graph
from graph.plan import plan
from graph.store import Store
from tests.graph import toy_lazy as lazy
from tests.graph import toy_nodes as toy


def keys(graph: Graph, *targets: str) -> dict[str, str]:
    """The key of every node that has a part in the run."""
    made = plan(graph, Store(0), targets=targets)
    return {id: node.record["key"] for id, node in made.nodes.items() if node.record}


def row(*types: str) -> Graph:
    """A number, nodes ``x0``, ``x1`` … of some types in a row, and ``end``."""
    graph = lazy.build(a=("toy.number", {"value": 3.0}))
    last = ("a", "number")
    for place, type in enumerate((*types, "toy.one")):
        id = f"x{place}" if place < len(types) else "end"
        graph.add(id, type)
        spec = graph.spec(id)
        assert spec
        graph.link(*last, id, next(iter(spec.sockets)))
        last = (id, next(iter(spec.outputs)))
    return graph


# --- bypass --------------------------------------------------------------------------------------


def test_l09_bypassed_node_leaves_no_trace_in_keys(store: Store) -> None:
    graph = row("toy.one")
    graph.set("x0", "plus", 50.0)
    graph.set_mode("x0", "bypass")
    assert keys(graph, "end") == keys(row(), "end")
    result = toy.execute(graph, store, "end")
    assert result.value("end") == 4.0
    assert toy.calls == {"number": 1, "one": 1}
    assert (result.states["x0"], result.reason("x0")) == ("skipped", "bypassed")
    assert result.status == "ok"
    toy.reset()
    assert toy.execute(row(), store, "end", scope="other").value("end") == 4.0
    assert not toy.calls


def test_l09_chain_of_bypassed_nodes_and_joints() -> None:
    graph = row("toy.one", "lazy.joint", "lazy.passing", "lazy.joint", "toy.one")
    for id in ("x0", "x2", "x3", "x4"):
        graph.set_mode(id, "bypass")
    assert keys(graph, "end") == keys(row(), "end")


def test_l09_switched_on_again_nothing_is_lost(store: Store) -> None:
    graph = row("toy.one")
    before = keys(graph, "end")
    toy.execute(graph, store, "end")
    graph.set_mode("x0", "bypass")
    toy.execute(graph, store, "end")
    graph.set_mode("x0", "run")
    assert keys(graph, "end") == before
    toy.reset()
    toy.execute(graph, store, "end")
    assert not toy.calls


def test_l09_over_a_map(store: Store) -> None:
    graph = row("toy.one", "toy.total")
    graph.replace_type("a", "toy.numbers")
    graph.set("a", "value", [1.0, 2.0])
    graph.set_mode("x0", "bypass")
    assert toy.execute(graph, store, "x1").value("x1") == 3.0
    without = lazy.build(
        "a.number -> x1.items", a=("toy.numbers", {"value": [1.0, 2.0]}), x1="toy.total"
    )
    assert keys(graph, "x1")["x1"] == keys(without, "x1")["x1"]


def test_l09_list_to_list_node_passes_the_list_on(store: Store) -> None:
    graph = lazy.build(
        "n.number -> d.items; d.number -> t.items",
        n=("toy.numbers", {"value": [1.0, 2.0, 6.0]}),
        d="toy.deviations",
        t="toy.order",
    )
    graph.set_mode("d", "bypass")
    assert toy.execute(graph, store, "t").value("t") == "1 2 6"


def test_l09_first_input_of_the_type_of_the_output(store: Store) -> None:
    graph = lazy.build(
        "g.grid -> t.first; a.number -> t.second; b.number -> t.third; t.number -> end.a",
        g="toy.grid",
        a=("toy.number", {"value": 5.0}),
        b=("toy.number", {"value": 2.0}),
        t="lazy.two",
        end="toy.one",
    )
    graph.set_mode("t", "bypass")
    result = toy.execute(graph, store, "end")
    assert result.value("end") == 6.0
    assert (toy.calls["grid"], toy.calls["number"]) == (0, 1)  # what it does not pass on rests
    assert result.states["g"] == result.states["b"] == "skipped"


def test_l09_bypassed_node_of_two_outputs_with_many_consumers(store: Store) -> None:
    graph = lazy.build(
        "a.number -> h.a; h.low -> x.a; h.high -> x.b; h.low -> y.a",
        a=("toy.number", {"value": 3.0}),
        h="toy.halves",
        x="toy.add",
        y="toy.one",
    )
    graph.set_mode("h", "bypass")
    result = toy.execute(graph, store, "x", "y")
    assert (result.value("x"), result.value("y")) == (6.0, 4.0)


def test_l09_bypassed_choice_and_one_inside_a_choice(store: Store) -> None:
    graph = lazy.build(
        "a.number -> o.a; o.number -> m.a; b.number -> m.b",
        a="toy.number",
        b=("toy.number", {"value": 20.0}),
        o="toy.one",
        m=("lazy.mix", {"weight": 1.0}),
    )
    graph.set_mode("o", "bypass")
    assert toy.execute(graph, store, "m").value("m") == 20.0
    assert toy.calls == {"number": 1, "mix": 1}
    graph.add("end", "toy.one")
    graph.link("m", "number", "end", "a")
    graph.set_mode("m", "bypass")  # passes the first on, chosen or not
    assert toy.execute(graph, store, "end").value("end") == 1.0


def test_l09_bypassed_target_and_sink_rest(store: Store, tmp_path: Path) -> None:
    graph = row("toy.one")
    graph.add("w", "toy.write", file="out.txt")
    graph.link("end", "number", "w", "value")
    graph.set_mode("w", "bypass")
    result = toy.execute(graph, store, folder=tmp_path)
    assert (result.status, result.states["w"]) == ("ok", "skipped")
    assert not toy.calls
    graph.set_mode("end", "bypass")
    assert toy.execute(graph, store, "end").states["end"] == "skipped"


def test_l09_type_state_is_that_of_what_is_passed_on() -> None:
    graph = lazy.build(
        "g.grid -> b.grid; b.grid -> s.grid", g="toy.grid", b="toy.bend", s="toy.straight"
    )
    assert [p.node for p in check(graph)] == ["s"]
    graph.set_mode("b", "bypass")
    assert check(graph) == []


def test_l10_no_fitting_input(store: Store) -> None:
    graph = lazy.build(
        "a.number -> g.a; g.grid -> m.grid; m.number -> o.a; a.number -> other.a",
        a="toy.number",
        g="toy.make_grid",
        m="toy.measure",
        o="toy.one",
        other="toy.one",
    )
    graph.set_mode("g", "bypass")
    result = toy.execute(graph, store, "o", "other")
    assert result.states == {
        "a": "executed",
        "g": "blocked",
        "m": "blocked",
        "o": "blocked",
        "other": "executed",
    }
    assert result.reason("g") == "is bypassed, but none of its inputs fits its output"
    assert result.reason("m") == "blocked by g"
    assert result.status == "invalid"


def test_l10_source_cannot_be_bypassed() -> None:
    graph = row()
    graph.set_mode("a", "bypass")
    assert [p.node for p in plan(graph, Store(0), targets=["end"]).problems] == ["a"]


def test_l10_fitting_input_that_is_not_connected(store: Store) -> None:
    graph = row("toy.one")
    graph.unlink("x0", "a")
    graph.set_mode("x0", "bypass")
    result = toy.execute(graph, store, "end")
    assert (result.states["end"], result.status) == ("blocked", "invalid")
    assert [str(p) for p in result.plan.problems] == ["end.a: is not connected"]


# --- mute -----------------------------------------------------------------------------------------


def branches() -> Graph:
    """A branch that is to be muted at ``m``, and one beside it; both have their sinks."""
    return lazy.build(
        """a.number -> m.a; m.number -> after.a; after.number -> end.value
        a.number -> beside.a; beside.number -> sink.value""",
        a="toy.number",
        m=("lazy.passing", {"name": "m"}),
        after=("lazy.passing", {"name": "after"}),
        beside=("lazy.passing", {"name": "beside"}),
        end="toy.sink",
        sink="toy.sink",
    )


def test_l11_nothing_of_a_muted_branch_runs(store: Store) -> None:
    graph = branches()
    graph.set_mode("m", "mute")
    result = toy.execute(graph, store)
    assert toy.calls == {"number": 1, "beside": 1, "sink": 1}
    assert {id: result.reason(id) for id in ("m", "after", "end")} == {
        "m": "muted",
        "after": "needs m, which is muted",
        "end": "needs after, which is muted",
    }
    assert result.states["end"] == "skipped"
    assert result.status == "ok"


@pytest.mark.parametrize("break_it", ["unlink", "value", "type", "bypass"])
def test_l11_mistakes_in_a_muted_branch_block_nothing(store: Store, break_it: str) -> None:
    graph = branches()
    graph.set_mode("m", "mute")
    if break_it == "unlink":
        graph.unlink("m", "a")
    elif break_it == "value":
        graph.replace_type("after", "toy.add")
        graph.set("after", "scale", 1e9)
    elif break_it == "bypass":
        graph.replace_type("after", "toy.make_grid")
        graph.link("after", "grid", "end", "value")
        graph.set_mode("after", "bypass")
    else:
        graph = parse(serialize(graph).replace("lazy.passing", "gone.type", 1), graph.registry)
    result = toy.execute(graph, store)
    assert result.status == "ok"
    assert toy.calls["beside"] == 1
    assert check(graph) == []


def test_l11_optional_inputs_are_cut_off(store: Store) -> None:
    graph = lazy.build(
        "a.number -> o.a; b.number -> o.more; c.number -> o.plus",
        a=("toy.number", {"value": 1.0}),
        b=("toy.number", {"value": 10.0}),
        c=("toy.number", {"value": 100.0}),
        o=("lazy.optional", {"plus": 5.0}),
    )
    graph.set_mode("b", "mute")
    graph.set_mode("c", "mute")  # the parameter is what was set by hand
    result = toy.execute(graph, store, "o")
    assert result.value("o") == 6.0
    assert toy.calls == {"number": 1, "optional": 1}
    without = lazy.build(
        "a.number -> o.a", a=("toy.number", {"value": 1.0}), o=("lazy.optional", {"plus": 5.0})
    )
    assert keys(graph, "o") == keys(without, "o")


def test_l11_implicit_node_takes_over_from_a_muted_one(store: Store) -> None:
    graph = lazy.build(
        "g.grid -> v.grid; a.number -> v.mean",
        g=("toy.grid", {"value": 2.0}),
        a=("toy.number", {"value": 9.0}),
        v="toy.view",
    )
    assert toy.execute(graph, store).value("v").text == "linked 9"
    graph.set_mode("a", "mute")
    assert toy.execute(graph, store).value("v").text == "linked 2"


def test_l11_muted_behind_bypassed_and_joints(store: Store) -> None:
    graph = row("toy.one", "lazy.joint", "toy.one")
    graph.set_mode("x0", "mute")
    graph.set_mode("x2", "bypass")
    result = toy.execute(graph, store, "end")
    assert result.states["end"] == "skipped"
    assert result.reason("end") == "needs x0, which is muted"
    assert not toy.calls


def test_l11_muted_joint_and_muted_target(store: Store) -> None:
    graph = row("lazy.joint")
    graph.set_mode("x0", "mute")
    assert toy.execute(graph, store, "end").reason("end") == "needs x0, which is muted"
    graph.set_mode("end", "mute")
    result = toy.execute(graph, store, "end")
    assert (result.status, result.reason("end")) == ("ok", "muted")


def test_l11_muted_branch_of_a_choice(store: Store) -> None:
    graph = lazy.build(
        "a.number -> m.a; b.number -> m.b",
        a=("toy.number", {"value": 10.0}),
        b=("toy.number", {"value": 20.0}),
        m=("lazy.mix", {"weight": 0.0}),
    )
    graph.set_mode("b", "mute")
    result = toy.execute(graph, store, "m")
    assert result.value("m") == 10.0  # b is not read anyway
    assert result.status == "ok"
