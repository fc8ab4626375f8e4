"""What a plan takes up and what it leaves out (O), also against a slow reference."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from graph.errors import GraphError
from graph.model import Graph, Node
from graph.plan import plan
from graph.store import Store
from tests.graph import toy_nodes as toy


def writers() -> Graph:
    """A source, a chain over a writer in its middle, and two more writers."""
    return toy.build(
        "a.number -> b.a; b.number -> w1.value; b.number -> c.a; c.number -> w2.value; "
        "a.number -> w3.value",
        a=("toy.number", {"value": 1.0}),
        b="toy.one",
        c="toy.one",
        w1=("toy.write", {"file": "1.txt"}),
        w2=("toy.write", {"file": "2.txt"}),
        w3=("toy.write", {"file": "3.txt"}),
    )


def test_o02_both_of_two_unconnected_chains(store: Store) -> None:
    graph = toy.build(
        "a.number -> b.a; x.number -> y.a",
        a=("toy.number", {"value": 1.0}),
        b="toy.one",
        x=("toy.number", {"value": 2.0}),
        y="toy.one",
    )
    result = toy.execute(graph, store, "b", "y")
    assert result.executed == list(result.states)
    assert (result.value("b"), result.value("y")) == (2.0, 3.0)


def test_o06_node_nobody_asks_for(store: Store, tmp_path: Path) -> None:
    graph = writers()
    graph.add("idle", "toy.halves")
    graph.link("a", "number", "idle", "a")
    result = toy.execute(graph, store, folder=tmp_path)
    assert "idle" not in result.states
    assert toy.calls["halves"] == 0
    assert toy.calls["write"] == 3


def test_o07_one_of_three_writers(store: Store, tmp_path: Path) -> None:
    result = toy.execute(writers(), store, "w1", folder=tmp_path)
    assert result.executed == ["a", "b", "w1"]
    assert [path.name for path in tmp_path.iterdir()] == ["1.txt"]


def test_o08_nothing_to_run(store: Store) -> None:
    with pytest.raises(GraphError, match="nothing to run"):
        plan(writers(), store, targets=[])
    with pytest.raises(GraphError, match="nothing to run"):
        plan(toy.build(a="toy.number"), store)


def test_o09_unknown_target_lists_the_valid_ones(store: Store) -> None:
    with pytest.raises(GraphError) as caught:
        plan(writers(), store, targets=["w1", "w9"])
    assert "'w9'" in str(caught.value)
    assert "a, b, c, w1, w2, w3" in str(caught.value)


def test_o10_writer_in_the_middle_that_is_needed(store: Store, tmp_path: Path) -> None:
    graph = toy.build(
        "a.number -> s.a; s.number -> w.value; s.number -> last.value",
        a=("toy.number", {"value": 1.0}),
        s="toy.one",
        w=("toy.write", {"file": "middle.txt"}),
        last=("toy.pass_and_write", {"file": "last.txt"}),
    )
    graph.add("end", "toy.write", file="end.txt")
    graph.link("last", "number", "end", "value")
    result = toy.execute(graph, store, "end", folder=tmp_path)
    assert result.executed == ["a", "s", "last", "end"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["end.txt", "last.txt"]


def test_o11_writer_in_the_middle_that_is_the_target(store: Store, tmp_path: Path) -> None:
    result = toy.execute(writers(), store, "w1", folder=tmp_path)
    assert "c" not in result.states
    assert "w2" not in result.states


def test_o15_mistake_in_a_part_that_is_not_requested(store: Store) -> None:
    graph = toy.build(
        "a.number -> b.a", a="toy.number", b="toy.one", bad=("toy.add", {"scale": 1e9})
    )
    graph.load({"strange": Node("no.such.type")}, [])
    result = toy.execute(graph, store, "b")
    assert result.status == "ok"
    assert result.executed == ["a", "b"]
    both = toy.execute(graph, store, "b", "bad", "strange")  # requested, it is flagged
    assert (both.states["bad"], both.states["strange"]) == ("blocked", "blocked")
    assert both.status == "invalid"


def test_plan_runs_nothing_and_stores_nothing(store: Store, tmp_path: Path) -> None:
    plan(writers(), store, folder=tmp_path)
    assert not toy.calls
    assert not store.find(["x"])
    assert store.held_bytes == 0
    assert not list(tmp_path.iterdir())


def test_force_runs_everything_and_stores_nothing(store: Store) -> None:
    graph = toy.chain(3)
    toy.execute(graph, store, "n3")
    held = store.held_bytes
    toy.reset()
    result = toy.execute(graph, store, "n3", force=True)
    assert toy.calls == {"number": 1, "one": 3}
    assert result.reason("n2") == "requested"
    assert result.value("n3") == 3.0
    empty = Store(1 << 30)
    toy.execute(graph, empty, "n3", force=True)
    assert empty.held_bytes == 0
    assert store.held_bytes == held


def test_link_to_a_parameter(store: Store) -> None:
    graph = toy.build(
        "a.number -> s.a; a.number -> s.b; f.integer -> s.scale",
        a=("toy.number", {"value": 2.0}),
        f=("toy.whole", {"value": 3}),
        s="toy.add",
    )
    assert toy.execute(graph, store, "s").value("s") == 12.0
    graph.set("f", "value", 300)  # outside the range of the parameter
    result = toy.execute(graph, store, "s")
    assert result.states == {"a": "cached", "f": "executed", "s": "failed"}
    message = result.failures("s")[0][1].message
    assert "300" in message
    assert "-100 to 100" in message


def test_link_to_a_parameter_that_the_nodes_own_check_sees(store: Store) -> None:
    graph = toy.build(
        "a.number -> m.low", a=("toy.number", {"value": 0.5}), m=("toy.between", {"high": 1.0})
    )
    assert toy.execute(graph, store, "m").value("m") == 0.75
    graph.set("a", "value", 2.0)
    result = toy.execute(graph, store, "m")
    assert result.states["m"] == "failed"
    assert "low must be below high" in result.failures("m")[0][1].message


def test_skipped_nodes_say_why(store: Store) -> None:
    graph = toy.chain(2)
    toy.execute(graph, store, "n2")
    graph.set("n0", "value", 0.0)
    fleeting = toy.build("a.number -> f.a; f.number -> x.a", a="toy.number", f="toy.fleeting",
                         x="toy.halves")  # fmt: skip
    toy.execute(fleeting, store, "x", scope="fleeting")
    made = plan(fleeting, store, targets=["x"], scope="fleeting")
    assert made.nodes["f"].state == "skipped"
    assert "not needed" in made.nodes["f"].reason


# --- the slow reference ---------------------------------------------------------------------------


@some.composite
def random_graphs(draw: some.DrawFn) -> Graph:
    """A graph of up to eight adders over numbers; equal nodes may occur."""
    graph = toy.build()
    for place in range(draw(some.integers(1, 9))):
        earlier = list(graph.nodes)
        kind = draw(some.sampled_from(["number", "one", "add"] if earlier else ["number"]))
        id = f"n{place}"
        level = draw(some.sampled_from([0.0, 1.0, 2.0]))
        setting = {"number": "value", "one": "plus", "add": "scale"}[kind]
        graph.add(id, f"toy.{kind}", **{setting: level})
        for name in {"number": [], "one": ["a"], "add": ["a", "b"]}[kind]:
            graph.link(draw(some.sampled_from(earlier)), "number", id, name)
    return graph


def slow_identity(graph: Graph, id: str) -> object:
    """What a node computes, as a nested tuple."""
    node = graph.nodes[id]
    above = [(name, slow_identity(graph, source[0])) for name, source in graph.feeds(id).items()]
    return (node.type, tuple(sorted(node.params.items())), tuple(above))


def slow_plan(graph: Graph, known: set[object], targets: list[str]) -> dict[str, str]:
    """States by recursion over sets: what runs is wanted, not known, or above what runs."""

    def need(id: str) -> set[str]:
        if slow_identity(graph, id) in known:
            return set()
        above = [need(source) for source, _ in graph.feeds(id).values()]
        return {id}.union(*above)

    def everything(id: str) -> set[str]:
        return {id}.union(*(everything(source) for source, _ in graph.feeds(id).values()))

    running = {slow_identity(graph, id) for target in targets for id in need(target)}
    states = {}
    for id in set().union(*map(everything, targets)):
        identity = slow_identity(graph, id)
        stored = "cached" if identity in known else "skipped"
        states[id] = "run" if identity in running else stored
    return states


@given(graph=random_graphs(), data=some.data())
@settings(max_examples=60, deadline=None)
def test_plan_agrees_with_a_slow_reference(graph: Graph, data: some.DataObject) -> None:
    ids = list(graph.nodes)
    store = Store(1 << 30)
    toy.execute(graph, store, *data.draw(some.lists(some.sampled_from(ids), min_size=1)))
    known = {slow_identity(graph, id) for id in ids if _is_stored(graph, store, id)}
    for id in data.draw(some.lists(some.sampled_from(ids))):  # some results are lost
        store.drop(plan(graph, store, targets=[id]).nodes[id].record["key"])
        known.discard(slow_identity(graph, id))
    changed = data.draw(some.sampled_from(ids))
    setting = {"toy.number": "value", "toy.one": "plus", "toy.add": "scale"}
    graph.set(changed, setting[graph.nodes[changed].type], data.draw(some.sampled_from([1.0, 7.0])))
    targets = data.draw(some.lists(some.sampled_from(ids), min_size=1))
    made = plan(graph, store, targets=targets)
    assert {id: made.state(id) for id in made.nodes} == slow_plan(graph, known, targets)


def _is_stored(graph: Graph, store: Store, id: str) -> bool:
    return plan(graph, store, targets=[id]).state(id) == "cached"


@given(graph=random_graphs(), data=some.data())
@settings(max_examples=40, deadline=None)
def test_edits_and_their_undoing_restore_all_keys(graph: Graph, data: some.DataObject) -> None:
    def keys() -> dict[str, str]:
        made = plan(graph, Store(0), targets=list(graph.nodes))
        return {id: node.record["key"] for id, node in made.nodes.items() if node.record}

    before, undo = keys(), []
    setting = {"toy.number": "value", "toy.one": "plus", "toy.add": "scale"}
    for _ in range(data.draw(some.integers(1, 6))):
        id = data.draw(some.sampled_from([id for id in graph.nodes if id[:3] != "new"]))
        match data.draw(some.sampled_from(["set", "unlink", "rename", "add"])):
            case "set":
                name = setting[graph.nodes[id].type]
                undo.append((graph.set, id, name, graph.nodes[id].params[name]))
                graph.set(id, name, data.draw(some.floats(-9, 9)))
            case "unlink" if graph.feeds(id):
                name, source = next(iter(graph.feeds(id).items()))
                graph.unlink(id, name)
                undo.append((graph.link, *source, id, name))
            case "rename":
                graph.rename(id, id + "x")
                undo.append((graph.rename, id + "x", id))
            case "add":
                new = f"new{len(undo)}"
                graph.add(new, "toy.number")
                undo.append((graph.remove, new))
    for action, *args in reversed(undo):
        action(*args)
    assert keys() == before


@given(graph=random_graphs(), data=some.data())
@settings(max_examples=25, deadline=None)
def test_workers_and_stores_give_equal_digests(
    graph: Graph, data: some.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from graph.disk import Disk

    targets = data.draw(some.lists(some.sampled_from(list(graph.nodes)), min_size=1))
    disk = Disk(tmp_path_factory.mktemp("store") / "s")
    digests = [
        toy.execute(graph, store, *targets, workers=workers).digests()
        for store, workers in (
            (Store(1 << 30), 1),
            (Store(1 << 30), 2),
            (Store(1 << 30), 8),
            (Store(0), 8),
            (Store(1 << 30, disk), 2),
            (Store(0, disk), 2),
        )
    ]
    disk.close()
    assert digests[1:] == digests[:-1]
