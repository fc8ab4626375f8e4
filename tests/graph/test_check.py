"""Every mistake of a graph at once, in words, before any work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
import pytest

from graph.check import check
from graph.errors import GraphError
from graph.model import Graph, Node
from graph.plan import plan
from graph.registry import Registry
from graph.run import run
from graph.spec import Partial, When, node
from graph.store import Store
from tests.graph import toy_nodes as toy
from tests.graph.toy_nodes import build

REGISTRY = toy.registry()


def messages(graph: Graph) -> list[str]:
    return [str(problem) for problem in check(graph)]


def test_sound_graph_has_no_problems() -> None:
    graph = build(a="toy.number", b="toy.one")
    graph.link("a", "number", "b", "a")
    assert check(graph) == []
    assert check(Graph(REGISTRY)) == []


def test_e05_open_input_is_named_before_any_work() -> None:
    graph = build(a="toy.number", b="toy.add", apart=("toy.number", {"value": 4.0}))
    graph.link("a", "number", "b", "a")
    assert messages(graph) == ["b.b: is not connected"]
    store = Store()
    toy.calls.clear()
    planned = plan(graph, store, targets=["b"])
    assert planned.state("b") == "blocked"
    assert [(p.node, p.name) for p in planned.problems] == [("b", "b")]
    run(planned, store, workers=1)
    assert not toy.calls


def test_optional_and_implicit_sockets_may_stay_open() -> None:
    graph = build(sleep="toy.sleep", grid="toy.grid", view="toy.view")
    assert messages(graph) == ["view.grid: is not connected"]
    graph.link("grid", "grid", "view", "grid")
    assert messages(graph) == []


def test_socket_of_an_implicit_node_is_free_once_that_node_is_replaced() -> None:
    graph = build(number="toy.number", view="toy.view")
    graph.link("number", "number", "view", "mean")
    assert messages(graph) == []


def test_e06_three_mistakes_give_three_messages() -> None:
    graph = build(
        a=("toy.between", {"mode": "slow", "count": 12, "low": "x"}),
        b="toy.one",
        c=("toy.number", {"value": [1]}),
    )
    assert messages(graph) == [
        "a.low: needs a number, not the text 'x'",
        "a.mode: the text 'slow' is not one of: fast, exact",
        "a.count: 12 is outside 1 to 9",
        "b.a: is not connected",
        "c.value: needs a number, not [1]",
    ]


@pytest.mark.parametrize(
    ("type", "name", "value", "message"),
    [
        ("toy.add", "scale", -101, "-101.0 is outside -100 to 100"),
        ("toy.add", "scale", 100.5, "100.5 is outside -100 to 100"),
        ("toy.between", "count", 0, "0 is outside 1 to 9"),
        ("toy.between", "mode", "exat", "'exat' is not one of: fast, exact; did you mean 'exact'"),
        ("toy.grid", "size", 100_000_001, "100000001 is outside 0 to 1e+08"),
    ],
)
def test_e07_value_outside_its_limits_is_named_with_them(
    type: str, name: str, value: Any, message: str
) -> None:
    problems = [p for p in check(build(a=(type, {name: value}))) if p.name == name]
    assert len(problems) == 1
    assert problems[0].node == "a"
    assert message in problems[0].message


@pytest.mark.parametrize(
    ("type", "name", "value", "message"),
    [
        ("toy.number", "value", "1", "needs a number, not the text '1'"),
        ("toy.number", "value", True, "needs a number, not the switch True"),
        ("toy.whole", "value", 1.5, "needs a whole number, not 1.5"),
        ("toy.sleep", "name", 3, "needs text, not 3"),
        ("toy.write", "overwrite", 1, "needs true or false, not 1"),
        ("toy.read", "file", 3, "needs the path of a file, not 3"),
        ("toy.numbers", "value", 3.0, "needs a list, not 3.0"),
        ("toy.clock", "values", "ab", "needs a list, not the text 'ab'"),
    ],
)
def test_e08_value_of_another_type_is_named(type: str, name: str, value: Any, message: str) -> None:
    problems = [p for p in check(build(a=(type, {name: value}))) if p.name == name]
    assert [str(p) for p in problems] == [f"a.{name}: {message}"]


def test_parameter_without_default_must_be_set() -> None:
    assert "a.file: is not set" in messages(build(a="toy.read"))


# --- the node's own check -----------------------------------------------------------------------


def test_e09_own_check_is_a_mistake_of_the_node() -> None:
    graph = build(a=("toy.between", {"low": 2.0, "high": 1.0}))
    assert messages(graph) == ["a: low must be below high"]


def _raises(params: Mapping[str, Any]) -> str | None:
    if params["a"] > 5:
        raise ValueError("a is too large for b")
    return str(params["missing"]) if params["a"] < 0 else None


@node("toy.touchy", check=_raises)
def touchy(*, a: float = 1.0) -> float:
    """A node whose check raises."""
    return a


def test_e09_own_check_that_raises_is_a_mistake_of_the_node() -> None:
    graph = Graph(Registry([touchy]))
    graph.add("a", "toy.touchy", a=6.0)
    assert messages(graph) == ["a: a is too large for b"]
    graph.set("a", "a", -1.0)
    assert messages(graph) == ["a: its check failed: KeyError('missing')"]
    graph.set("a", "a", 1.0)
    assert messages(graph) == []
    graph.nodes["a"] = Node("toy.touchy", {"a": 6.0, "unknown": 1})
    assert [p.warning for p in check(graph)] == [True, False]


def test_own_check_waits_for_sound_values_and_for_links() -> None:
    graph = build(a=("toy.between", {"low": "x", "high": -5.0}), number="toy.number")
    assert messages(graph) == ["a.low: needs a number, not the text 'x'"]
    graph.link("number", "number", "a", "low")
    assert messages(graph) == []


# --- keys, links, loops, states ------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [object(), {1, 2, object()}, float("nan"), [float("inf")], np.array([object()])]
)
def test_k28_value_that_cannot_be_keyed_is_named(value: Any) -> None:
    graph = build(a=("toy.constant", {"value": value}))
    (problem,) = check(graph)
    assert (problem.node, problem.name) == ("a", "value")
    assert "cannot be part of a key" in problem.message
    planned = plan(graph, Store(), targets=["a"])
    assert planned.state("a") == "blocked"


@pytest.mark.parametrize("value", [None, 1, "x", [1, {"a": 2.5}], np.arange(3), {1, 2}])
def test_values_of_any_kind_that_can_be_keyed_pass(value: Any) -> None:
    assert check(build(a=("toy.constant", {"value": value}))) == []


def test_unknown_type_is_named_with_a_near_one() -> None:
    graph = Graph(REGISTRY)
    graph.load({"a": Node("toy.nunber"), "b": Node("toy.nunber")}, [])
    expected = "missing type 'toy.nunber'; did you mean 'toy.number'?"
    assert messages(graph) == [f"a: {expected}", f"b: {expected}"]


def test_links_that_do_not_fit_are_named() -> None:
    graph = Graph(REGISTRY)
    nodes = {"a": Node("toy.stencil"), "b": Node("toy.double"), "c": Node("toy.numbers")}
    ends = [(("b", "grid"), ("a", "stencil")), (("c", "value"), ("a", "stencil"))]
    graph.load(nodes, [*ends, (("c", "x"), ("b", "y"))])
    found = messages(graph)
    assert "b.grid: a.stencil is of type Stencil, b.grid takes Grid" in found
    assert any(message.startswith("c.value: is set by hand") for message in found)
    assert "b: has no output 'y' (its outputs: grid)" in found


def test_loop_is_named_in_order() -> None:
    graph = build(a="toy.one", b="toy.one", c="toy.one")
    for source, target in ("ab", "bc", "ca"):
        graph._connect((target, "a"), (source, "number"))
    assert messages(graph) == ["a: loop: a → b → c → a"]
    with pytest.raises(GraphError, match="loop: a → b → c → a"):
        plan(graph, Store(), targets=["a"])


def stretched() -> Graph:
    graph = build(grid="toy.grid", bend="toy.bend", double="toy.double", straight="toy.straight")
    graph.link("grid", "grid", "bend", "grid")
    graph.link("bend", "grid", "double", "grid")
    graph.link("double", "grid", "straight", "grid")
    return graph


def test_stretched_image_where_a_linear_one_is_due_names_who_stretched_it() -> None:
    graph = stretched()
    assert messages(graph) == [
        "straight.grid: needs a linear image, but bend (toy.bend) made it stretched; "
        "connect what comes before bend"
    ]
    graph.unlink("double", "grid")
    graph.link("grid", "grid", "double", "grid")
    assert messages(graph) == []


def test_unknown_type_on_the_way_does_not_hide_the_state() -> None:
    graph = stretched()
    graph.nodes["double"] = Node("pack.unknown")
    found = messages(graph)
    assert any(message.startswith("straight.grid: needs a linear image") for message in found)


def test_check_sees_every_change() -> None:
    graph = build(a="toy.number", b=("toy.one", {"plus": "x"}))
    graph.link("a", "number", "b", "a")
    assert messages(graph) == ["b.plus: needs a number, not the text 'x'"]
    graph.link("a", "number", "b", "plus")
    assert messages(graph) == []
    graph.unlink("b", "plus")
    assert messages(graph) == ["b.plus: needs a number, not the text 'x'"]
    graph.set("b", "plus", 2)
    assert messages(graph) == []
    graph.remove("b")
    graph.add("b", "toy.add")
    assert messages(graph) == ["b.a: is not connected", "b.b: is not connected"]


def test_inputs_that_would_set_nothing_are_named() -> None:
    graph = build(scale1="toy.one", other="toy.one", number="toy.number")
    graph.link("number", "number", "scale1", "a")
    graph.link("number", "number", "other", "a")
    graph.load({"new": Node("pack.unknown")}, [])
    graph.inputs = {
        "good": {"node": "scale1", "param": "plus"},
        "gone": {"node": "scale2", "param": "plus"},
        "odd": {"node": "other", "param": "plos"},
        "unknown": {"node": "new", "param": "anything"},
    }
    problems = [problem for problem in check(graph) if problem.warning]
    assert [str(problem) for problem in problems] == [
        "the input 'gone' names no node 'scale2'; did you mean 'scale1'?",
        "other: the input 'odd' names no parameter 'plos'; did you mean 'plus'?",
    ]


def _divides(params: Mapping[str, Any]) -> bool:
    return bool(1 / params["x"] > 2)


def _misspells(params: Mapping[str, Any]) -> bool:
    return bool(params["y"])


@node("bad.rule")
def bad_rule(a: Annotated[float, When(_divides)] = 0.0, *, x: float = 0.0) -> float:
    """Its rule fails for an x of zero."""
    return a


@node("bad.name")
def bad_name(a: Annotated[float, When(_misspells)] = 0.0, *, x: float = 0.0) -> float:
    """Its rule asks for a parameter that there is not."""
    return a


@node("bad.gaps")
def bad_gaps(items: Annotated[Sequence[float], Partial(_divides)] = (), *, x: float = 0.0) -> float:
    """Its rule of gaps fails for an x of zero."""
    return float(sum(items))


@pytest.mark.parametrize(
    ("function", "socket", "word"),
    [
        (bad_rule, "a", "ZeroDivisionError"),
        (bad_name, "a", "KeyError('y')"),
        (bad_gaps, "items", "ZeroDivisionError"),
    ],
)
def test_rule_that_fails_blocks_its_node_alone(
    store: Store, function: Any, socket: str, word: str
) -> None:
    registry = toy.registry()
    registry.add(function)
    graph = Graph(registry)
    for id, type in (("n", "toy.number"), ("o", "toy.one"), ("r", function.spec.id)):
        graph.add(id, type)
    graph.link("n", "number", "o", "a")
    graph.link("n", "number", "r", socket)
    result = toy.execute(graph, store, "o", "r")
    assert result.states == {"n": "executed", "o": "executed", "r": "blocked"}
    (problem,) = result.plan.problems
    assert (problem.node, problem.name) == ("r", socket)
    assert problem.message.startswith(f"its rule failed: {word}")
    if function is not bad_name:
        graph.set("r", "x", 0.25)
        assert toy.execute(graph, store, "r").status == "ok"


def test_rule_that_hangs_on_a_linked_parameter_is_no_mistake() -> None:
    registry = toy.registry()
    registry.add(bad_rule)
    graph = Graph(registry)
    graph.add("n", "toy.number", value=0.25)
    graph.add("r", "bad.rule")
    graph.link("n", "number", "r", "a")
    graph.link("n", "number", "r", "x")
    assert messages(graph) == []
