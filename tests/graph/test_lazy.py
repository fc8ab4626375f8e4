"""Inputs that are read only when they are chosen (L), in the plan and while the graph runs."""

from __future__ import annotations

import pytest

from graph.events import Event
from graph.model import Graph
from graph.plan import plan
from graph.store import Store
from graph.task import leaves
from tests.graph import toy_lazy as lazy
from tests.graph import toy_nodes as toy


def key_of(graph: Graph, id: str) -> str:
    return plan(graph, Store(0), targets=[id]).nodes[id].record["key"]


def mixed(weight: float | list[float] | None, fed: bool = False) -> Graph:
    """Two branches into ``m``; the weight is set, or comes from the node ``w``."""
    graph = lazy.build(
        "a.number -> left.a; b.number -> right.a; left.number -> m.a; right.number -> m.b",
        a=("toy.number", {"value": 10.0}),
        b=("toy.number", {"value": 20.0}),
        left=("lazy.passing", {"name": "left"}),
        right=("lazy.passing", {"name": "right"}),
        m="lazy.mix",
    )
    if isinstance(weight, list):
        graph.add("w", "toy.numbers", value=weight)
    elif fed:
        graph.add("w", "toy.number", value=weight)
    else:
        graph.set("m", "weight", weight)
        return graph
    graph.link("w", "number", "m", "weight")
    return graph


def chosen(condition: float, yes: str = "yes", no: str = "no") -> Graph:
    """A condition that a node computes, and two branches over one ancestor."""
    return lazy.build(
        f"""c.number -> p.a; p.switch -> x.condition; s.number -> {yes}.a; s.number -> {no}.a
        {yes}.number -> x.yes; {no}.number -> x.no""",
        c=("toy.number", {"value": condition}),
        s=("toy.number", {"value": 5.0}),
        p="lazy.positive",
        x="lazy.choose",
        **{yes: ("lazy.passing", {"name": "yes"}), no: ("lazy.passing", {"name": "no"})},
    )


@pytest.mark.parametrize("fed", [False, True])
@pytest.mark.parametrize("workers", [1, 4])
def test_l01_branch_of_weight_0_never_runs(store: Store, fed: bool, workers: int) -> None:
    result = toy.execute(mixed(0.0, fed), store, "m", workers=workers)
    assert result.value("m") == 10.0
    assert (toy.calls["left"], toy.calls["right"]) == (1, 0)
    assert {id: result.states[id] for id in ("left", "right", "b")} == {
        "left": "executed",
        "right": "skipped",
        "b": "skipped",
    }
    assert result.status == "ok"


@pytest.mark.parametrize("workers", [1, 4])
def test_l02_map_over_weights_runs_both_branches_once(store: Store, workers: int) -> None:
    result = toy.execute(mixed([0.0, 0.5, 1.0]), store, "m", workers=workers)
    assert list(result.value("m")) == [10.0, 15.0, 20.0]
    assert (toy.calls["left"], toy.calls["right"], toy.calls["mix"]) == (1, 1, 3)


def test_l03_branch_that_is_not_chosen_is_skipped(store: Store) -> None:
    graph = chosen(1.0)
    events: list[Event] = []
    result = toy.execute(graph, store, "x", post=events.append)
    assert result.value("x") == 5.0
    assert result.states["no"] == "skipped"
    assert result.failed == result.blocked == []
    assert not [e for e in events if e.node == "no" and e.kind in ("failed", "blocked", "started")]
    assert result.counts("no") == {"skipped": 1}


def test_l03_failure_in_a_branch_that_is_not_chosen_never_happens(store: Store) -> None:
    graph = chosen(1.0)
    graph.replace_type("no", "toy.fail")
    graph.link("no", "any", "x", "no")
    assert toy.execute(graph, store, "x").status == "ok"
    assert toy.calls["fail"] == 0
    graph.set("c", "value", -1.0)
    result = toy.execute(graph, store, "x")
    assert (result.states["no"], result.states["x"]) == ("failed", "blocked")
    assert result.failures("x")[0][1].by == "no"


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("limit", [0, 1 << 30])
def test_l04_common_ancestor_runs_once(limit: int, workers: int) -> None:
    """Here the condition hangs on it, too, so that it was used before anything was chosen."""
    graph = chosen(1.0)
    graph.unlink("p", "a")
    graph.link("s", "number", "p", "a")
    result = toy.execute(graph, Store(limit), "x", workers=workers)
    assert result.value("x") == 5.0
    assert (toy.calls["number"], toy.calls["yes"], toy.calls["no"]) == (1, 1, 0)
    assert result.warnings("s") == []


def test_l04_ancestor_of_both_branches_of_a_mix(store: Store) -> None:
    graph = mixed([0.0, 0.5, 1.0])
    graph.unlink("right", "a")
    graph.link("a", "number", "right", "a")
    assert list(toy.execute(graph, store, "m").value("m")) == [10.0, 10.0, 10.0]
    assert toy.calls["number"] == 1


@pytest.mark.parametrize("fed", [False, True])
def test_l05_condition_inside_a_condition(store: Store, fed: bool) -> None:
    graph = lazy.build(
        """a.number -> outer.yes; inner.any -> outer.no; b.number -> inner.yes
        c.number -> inner.no""",
        **{id: ("lazy.passing", {"name": id}) for id in "abc"},
        s="toy.number",
        inner=("lazy.choose", {"condition": True}),
        outer=("lazy.choose", {"condition": False}),
        p="lazy.positive",
        n="lazy.positive",
        q=("toy.number", {"value": 1.0}),
    )
    for id in "abc":
        graph.link("s", "number", id, "a")
    graph.link("s", "number", "n", "a")
    graph.link("q", "number", "p", "a")
    if fed:
        graph.link("n", "switch", "outer", "condition")
        graph.link("p", "switch", "inner", "condition")
    result = toy.execute(graph, store, "outer")
    assert result.value("outer") == 0.0
    assert (toy.calls["a"], toy.calls["b"], toy.calls["c"], toy.calls["choose"]) == (0, 1, 0, 2)
    assert result.states["a"] == result.states["c"] == "skipped"


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_l06_condition_inside_a_map(store: Store, workers: int) -> None:
    graph = lazy.build(
        """n.number -> p.a; p.switch -> x.condition; n.number -> yes.a; n.number -> no.a
        yes.number -> x.yes; no.number -> x.no""",
        n=("toy.numbers", {"value": [1.0, -2.0, 3.0, -4.0]}),
        p="lazy.positive",
        yes=("lazy.passing", {"name": "yes"}),
        no=("toy.one", {"plus": 100.0}),
        x="lazy.choose",
    )
    result = toy.execute(graph, store, "x", workers=workers)
    assert list(result.value("x")) == [1.0, 98.0, 3.0, 96.0]
    assert (toy.calls["yes"], toy.calls["one"], toy.calls["choose"]) == (2, 2, 4)
    assert result.counts("yes") == {"executed": 2, "skipped": 2}
    toy.reset()
    again = toy.execute(graph, store, "x", workers=workers)
    assert list(again.value("x")) == [1.0, 98.0, 3.0, 96.0]
    assert not toy.calls


def test_l07_selected_input_that_is_not_connected(store: Store) -> None:
    graph = lazy.build("a.number -> x.yes", a="toy.number", x="lazy.choose")
    assert toy.execute(graph, store, "x").value("x") == 0.0  # the other is not asked for
    graph.set("x", "condition", False)
    problems = plan(graph, store, targets=["x"]).problems
    assert [(p.node, p.name, p.message) for p in problems] == [("x", "no", "is not connected")]


def test_l07_found_while_the_graph_runs(store: Store) -> None:
    graph = chosen(-1.0)
    graph.unlink("x", "no")
    result = toy.execute(graph, store, "x")
    assert result.states["x"] == "failed"
    ((_, failure),) = result.failures("x")
    assert failure.message == "no is asked for and not connected"
    assert toy.calls["yes"] == 0


@pytest.mark.parametrize("use", [True, False])
def test_l07_declared_default(store: Store, use: bool) -> None:
    graph = lazy.build("a.number -> d.a", a="toy.number", d=("lazy.default", {"use": use}))
    assert toy.execute(graph, store, "d").value("d") == 7.0
    graph.add("b", "toy.number", value=2.0)
    graph.link("b", "number", "d", "extra")
    assert toy.execute(graph, store, "d").value("d") == (2.0 if use else 7.0)


def test_l08_constant_is_resolved_in_the_plan(store: Store) -> None:
    made = plan(mixed(0.0), store, targets=["m"])
    assert made.ids("run") == ["a", "left", "m"]
    assert made.nodes["right"].state == made.nodes["b"].state == "skipped"
    assert made.nodes["right"].reason == "not chosen: m does not read b"
    without = mixed(0.0)
    without.remove("right")
    assert key_of(mixed(0.0), "m") == key_of(without, "m")
    assert not toy.calls


def test_l08_mistakes_in_what_is_not_chosen_block_nothing(store: Store) -> None:
    graph = mixed(0.0)
    graph.unlink("right", "a")
    result = toy.execute(graph, store, "m")
    assert result.status == "ok"
    graph.set("m", "weight", 0.5)
    assert [p.node for p in plan(graph, store, targets=["m"]).problems] == ["right"]


def test_l08_node_that_others_need_runs_although_one_does_not_read_it(store: Store) -> None:
    graph = mixed(0.0)
    graph.add("other", "toy.one")
    graph.link("right", "number", "other", "a")
    result = toy.execute(graph, store, "m", "other")
    assert (result.value("m"), result.value("other")) == (10.0, 21.0)
    assert result.states["right"] == "executed"


def test_chosen_branch_needs_what_failed_before_it_was_chosen(store: Store) -> None:
    """The branch hangs on a node that others needed, and that failed long ago."""
    graph = chosen(1.0)
    graph.replace_type("s", "toy.fail")
    for id in ("yes", "no"):
        graph.link("s", "any", id, "a")
    for id in ("d1", "d2", "d3"):  # so that the condition comes late
        graph.add(id, "toy.one")
    graph.unlink("p", "a")
    graph.link("c", "number", "d1", "a")
    graph.link("d1", "number", "d2", "a")
    graph.link("d2", "number", "p", "a")
    result = toy.execute(graph, store, "x", "s", workers=1)
    assert result.states["s"] == "failed"
    assert result.states["yes"] == result.states["x"] == "blocked"
    assert result.failures("yes")[0][1].by == "s"
    assert result.failures("x")[0][1].by == "yes"


def test_list_that_is_not_chosen(store: Store) -> None:
    graph = lazy.build(
        "n.number -> c.items; w.number -> o.a; o.number -> c.weights; k.number -> p.a; "
        "p.switch -> c.weighted",
        n=("toy.numbers", {"value": [1.0, 2.0, 3.0]}),
        w=("toy.numbers", {"value": [1.0, 0.0, 2.0]}),
        o=("toy.one", {"plus": 0.0}),
        k=("toy.number", {"value": -1.0}),
        p="lazy.positive",
        c="lazy.collect",
    )
    assert toy.execute(graph, store, "c").value("c") == 6.0
    assert toy.calls["one"] == 0
    graph.set("k", "value", 1.0)
    assert toy.execute(graph, store, "c").value("c") == 7.0  # weight 0 keeps the length
    assert toy.calls["one"] == 3


@pytest.mark.parametrize("fed", [False, True])
def test_k24_change_above_an_unread_input_runs_nothing(store: Store, fed: bool) -> None:
    graph = mixed(0.0, fed)
    toy.execute(graph, store, "m")
    toy.reset()
    graph.set("b", "value", 99.0)
    result = toy.execute(graph, store, "m")
    assert not toy.calls
    assert result.value("m") == 10.0
    assert result.executed == []
    assert plan(graph, store, targets=["m"]).ids("run") == []  # known by its new recipe as well


def test_k24_change_above_the_input_that_is_read(store: Store) -> None:
    graph = mixed(0.0, fed=True)
    toy.execute(graph, store, "m")
    graph.set("a", "value", 30.0)
    assert toy.execute(graph, store, "m").value("m") == 30.0
    graph.set("w", "value", 1.0)
    assert toy.execute(graph, store, "m").value("m") == 20.0


def test_plan_says_what_hangs_on_a_choice(store: Store) -> None:
    made = plan(chosen(1.0), store, targets=["x"])
    assert made.nodes["yes"].reason == "if a choice asks for it; new"
    assert made.nodes["p"].reason == "new"
    assert [task.conditional for task in leaves(made.nodes["s"].tasks)] == [True]


@pytest.mark.parametrize("force", [False, True])
def test_forced_run_chooses_as_well(store: Store, force: bool) -> None:
    graph = chosen(1.0)
    toy.execute(graph, store, "x")
    toy.reset()
    result = toy.execute(graph, store, "x", force=force)
    assert result.value("x") == 5.0
    assert toy.calls["no"] == 0
    assert toy.calls["yes"] == int(force)
