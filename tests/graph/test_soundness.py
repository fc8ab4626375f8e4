"""The graph as a whole: tables, edits undone, copies, long chains, loops, many nodes at once."""

from __future__ import annotations

import copy
import pickle
import random
import sys
from collections.abc import Callable
from itertools import pairwise

import pytest

from graph.check import check
from graph.errors import GraphError
from graph.loops import find_loops
from graph.model import Graph, Node
from tests.graph import toy_nodes as toy

REGISTRY = toy.registry()


def empty() -> Graph:
    return Graph(REGISTRY)


def chain() -> Graph:
    """a → b → c."""
    return toy.build("a.number -> b.a; b.number -> c.a", a="toy.one", b="toy.one", c="toy.one")


def content(graph: Graph) -> tuple[object, ...]:
    return tuple(
        copy.deepcopy(part)
        for part in (graph.nodes, graph.links, graph.meta, graph.inputs, graph.groups, graph.view)
    )


def tables_are_sound(graph: Graph) -> bool:
    """Whether every neighbour table equals one made from the links alone."""
    consumers: dict[str, set[tuple[str, str]]] = {id: set() for id in graph.nodes}
    feeds: dict[str, dict[str, tuple[str, str]]] = {id: {} for id in graph.nodes}
    for (target, name), (source, output) in graph.links.items():
        consumers[source].add((target, name))
        feeds[target][name] = (source, output)
    edges = {
        (source, target, name, output)
        for source, target, name, output in graph.networkx().edges(keys=True, data="output")
    }
    return (
        {id: set(graph.consumers(id)) for id in graph.nodes} == consumers
        and {id: graph.feeds(id) for id in graph.nodes} == feeds
        and set(graph.networkx()) == set(graph.nodes)
        and edges == {(s, t, n, o) for (t, n), (s, o) in graph.links.items()}
        and set(graph._consumers) == set(graph._sources) == set(graph.nodes)
    )


# --- the whole ---------------------------------------------------------------------------------


def test_g17_tables_equal_those_made_from_scratch() -> None:
    rng = random.Random(17)
    graph = empty()
    types = ["toy.one", "toy.add", "toy.halves", "toy.total", "toy.grid", "toy.measure"]
    done = 0

    def act() -> None:
        ids = list(graph.nodes) or ["none"]
        action = rng.choices(
            ["add", "link", "unlink", "remove", "rename", "replace", "edit", "load"],
            [5, 20, 4, 2, 3, 2, 1, 1],
        )[0]
        if action == "add":
            graph.add(f"n{rng.randrange(60)}", rng.choice(types))
        elif action == "link":
            source, target = rng.choice(ids), rng.choice(ids)
            output = rng.choice(["number", "low", "high", "grid"])
            graph.link(source, output, target, rng.choice(["a", "b", "items", "grid", "plus"]))
        elif action == "unlink":
            graph.unlink(*rng.choice([*graph.links, ("none", "a")]))
        elif action == "remove":
            graph.remove(rng.choice(ids))
        elif action == "rename":
            graph.rename(rng.choice(ids), f"n{rng.randrange(60)}")
        elif action == "replace":
            graph.replace_type(rng.choice(ids), rng.choice(types))
        elif action == "load":
            new = f"m{rng.randrange(60)}"
            graph.load({new: Node("toy.one")}, [((new, "a"), (rng.choice(ids), "number"))])
        else:
            with graph.edit():
                graph.remove(rng.choice(ids))
                graph.add(rng.choice(ids), "toy.one")

    for step in range(3000):
        before = content(graph)
        try:
            act()
            done += 1
        except GraphError:
            assert content(graph) == before
        if step % 50 == 0:
            assert tables_are_sound(graph)
            assert not list(find_loops(graph))
    assert tables_are_sound(graph)
    assert done > 500


def test_g18_edit_that_fails_half_way_changes_nothing() -> None:
    graph = chain()
    graph.view = {"nodes": {"a": [1, 2]}}
    graph.inputs = {"value": {"node": "a", "param": "plus"}}
    before = content(graph)

    def change() -> None:
        with graph.edit():
            graph.unlink("b", "a")
            graph.add("d", "toy.number")
            graph.link("d", "number", "b", "a")
            graph.set("c", "plus", 7.0)
            graph.rename("a", "first")
            graph.link("c", "number", "d", "nothing")

    with pytest.raises(GraphError):
        change()
    assert content(graph) == before
    assert tables_are_sound(graph)
    assert "d" not in graph.nodes


@pytest.mark.parametrize(
    "twin",
    [copy.copy, copy.deepcopy, lambda graph: pickle.loads(pickle.dumps(graph))],  # noqa: S301
)
def test_g19_copies_are_apart(twin: Callable[[Graph], Graph]) -> None:
    graph = chain()
    graph.meta = {"title": "first"}
    graph.inputs = {"value": {"node": "a", "param": "plus"}}
    graph.groups = {"g": {"nodes": ["a"]}}
    graph.view = {"nodes": {"a": [1, 2]}}
    graph.extra = {"new": [1]}
    before = content(graph)
    other = twin(graph)
    assert other == graph
    assert tables_are_sound(other)
    other.rename("a", "x")
    other.set("b", "plus", 5.0)
    other.remove("c")
    other.meta["title"] = "second"
    other.groups["g"]["nodes"].append("b")
    other.view["nodes"]["b"] = [3, 4]
    other.extra["new"].append(2)
    assert content(graph) == before
    assert graph.extra == {"new": [1]}
    assert tables_are_sound(graph)
    assert tables_are_sound(other)
    assert other != graph


def test_g20_order_of_nodes_does_not_matter() -> None:
    one, other = empty(), empty()
    for graph, ids in ((one, "abc"), (other, "cab")):
        for id in ids:
            graph.add(id, "toy.one", plus=float(ord(id)))
    one.link("a", "number", "b", "a")
    one.link("b", "number", "c", "a")
    other.link("b", "number", "c", "a")
    other.link("a", "number", "b", "a")
    assert one == other
    other.set("a", "plus", 0.0)
    assert one != other


def long_chain(length: int, reverse: bool) -> Graph:
    graph = empty()
    ids = [f"n{i}" for i in range(length)]
    order = ids[::-1] if reverse else ids
    links = [((b, "a"), (a, "number")) for a, b in pairwise(ids)]
    graph.load({id: Node("toy.one") for id in order}, links)
    return graph


def calls_of(action: Callable[[], object]) -> int:
    """How many functions are called; steadier than time."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("reverse", [False, True])
def test_g22_long_chains_are_checked_in_linear_time(reverse: bool) -> None:
    calls = {}
    for length in (2_500, 10_000):
        graph = long_chain(length, reverse)
        calls[length] = calls_of(lambda graph=graph: check(graph))  # type: ignore[misc]
        problems = check(graph)
        assert [(p.node, p.name) for p in problems] == [("n0", "a")]
        first, last = "n0", f"n{length - 1}"
        problem = graph.why_not(last, "number", first, "a")
        assert problem is not None
        assert problem.message.startswith("would close a loop: n0 → n1 → ")
    assert calls[10_000] < 4.5 * calls[2_500]


@pytest.mark.parametrize("reverse", [False, True])
def test_g22_loop_at_the_end_of_a_long_chain_is_found_in_linear_time(reverse: bool) -> None:
    calls = {}
    for length in (1_000, 4_000):
        graph = long_chain(length, reverse)
        ids = [f"n{i}" for i in (length - 3, length - 2, length - 1)]
        graph.unlink(ids[0], "a")
        graph._connect((ids[0], "a"), (ids[2], "number"))
        calls[length] = calls_of(lambda graph=graph: next(find_loops(graph)))
        assert sorted(next(find_loops(graph))[1:]) == sorted(ids)
    assert calls[4_000] < 4.5 * calls[1_000]


# --- many at once ------------------------------------------------------------------------------


def test_load_adds_to_what_is_there() -> None:
    graph = chain()
    graph.load({"d": Node("toy.one"), "e": Node("unknown.type")}, [
        (("d", "a"), ("c", "number")), (("e", "anything"), ("d", "number")),
    ])  # fmt: skip
    assert graph.feeds("d") == {"a": ("c", "number")}
    assert graph.order() == ["a", "b", "c", "d", "e"]
    assert tables_are_sound(graph)


def test_load_lists_every_mistake_and_adds_nothing() -> None:
    graph = chain()
    nodes = {"a": Node("toy.number"), "d": Node("toy.add"), "e": Node("toy.one"), "x.y": Node("")}
    links = [
        (("d", "a"), ("e", "number")),
        (("e", "a"), ("d", "number")),
        (("d", "b"), ("nowhere", "number")),
        (("b", "a"), ("d", "number")),
    ]
    with pytest.raises(GraphError) as caught:
        graph.load(nodes, links)
    messages = [str(problem) for problem in caught.value.problems]
    assert len(messages) == 5
    assert "a: there is already a node with this id" in messages
    assert any(message.startswith("x.y: an id is printable") for message in messages)
    assert "nowhere: the link nowhere.number -> d.b names no node" in messages
    assert "b.a: is already fed by a.number; remove that link first" in messages
    assert "d: loop: d → e → d" in messages
    assert graph == chain()
    assert tables_are_sound(graph)


def test_every_loop_is_found_in_the_order_of_links() -> None:
    graph = empty()
    for id in "abcdefgh":
        graph.add(id, "toy.add")
    pairs = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("e", "f"), ("f", "e"), ("g", "g")]
    for source, target in pairs:
        name = "b" if (target, "a") in graph.links else "a"
        graph._connect((target, name), (source, "number"))
    assert list(find_loops(graph)) == [
        ["a", "b", "c", "a"],
        ["e", "f", "e"],
        ["g", "g"],
    ]
    with pytest.raises(GraphError, match="loop: a → b → c → a"):
        graph.order()


def test_order_of_a_diamond_puts_sources_first() -> None:
    graph = empty()
    for id in "dcba":
        graph.add(id, "toy.add")
    for source, target, name in (
        ("a", "b", "a"),
        ("a", "c", "a"),
        ("b", "d", "a"),
        ("c", "d", "b"),
    ):
        graph.link(source, "number", target, name)
    order = graph.order()
    assert order[0] == "a"
    assert order[-1] == "d"
    assert graph.ancestors(["c"]) == {"a", "c"}
    assert graph.consumers("a") == [("b", "a"), ("c", "a")]
    assert list(find_loops(graph)) == []
