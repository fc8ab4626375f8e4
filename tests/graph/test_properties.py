"""Random graphs of lists, choices, joints, bypassed and muted nodes against a slow reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as some

from graph.disk import Disk
from graph.model import Graph
from graph.plan import Plan, plan
from graph.result import Result
from graph.run import run
from graph.spec import Output
from graph.store import Store
from graph.task import leaves
from tests.graph import toy_lazy as lazy
from tests.graph import toy_nodes as toy
from tests.graph.toy_reference import Reference

LEVELS = some.sampled_from([0.0, 1.0, 2.0, 3.0])
#: the parameter that edits change, by type
SETTINGS: dict[str, tuple[str, Any]] = {
    "toy.number": ("value", LEVELS),
    "toy.numbers": ("value", some.lists(LEVELS, min_size=3, max_size=3)),
    "toy.one": ("plus", LEVELS),
    "toy.add": ("scale", LEVELS),
    "toy.total": ("plus", LEVELS),
    "lazy.optional": ("plus", LEVELS),
    "lazy.passing": ("name", some.sampled_from(["x", "y"])),
    "lazy.mix": ("weight", some.sampled_from([0.0, 0.5, 1.0])),
    "lazy.choose": ("condition", some.booleans()),
}
SOURCES = ["toy.number", "toy.numbers"]
OTHERS = ["toy.halves", "toy.deviations", "lazy.positive", "lazy.joint"]
#: what passes a value on when it is bypassed
PASSING = ["toy.one", "toy.add", "toy.halves", "lazy.passing", "lazy.mix", "lazy.choose"]
FAULTY = ["lazy.broken", "lazy.sum"]
PLAIN = ["toy.one", "toy.add", "toy.total", "toy.halves", "toy.numbers", "lazy.broken"]

given_graphs = settings(
    max_examples=100, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


@pytest.fixture(autouse=True)
def _nothing_bad() -> Iterator[None]:
    lazy.reset()
    yield
    lazy.reset()


@some.composite
def graphs(
    draw: some.DrawFn, types: list[str] | None = None, modes: bool = True, gaps: bool = False
) -> Graph:
    """Up to ten nodes, each fed at random by earlier ones; nothing in it is a mistake.

    gaps: there is a list of which items may fail, and what collects it.
    """
    graph = lazy.build()
    if gaps:
        for id, type in (("list", "toy.numbers"), ("items", "lazy.broken"), ("sum", "lazy.sum")):
            graph.add(id, type)
        graph.set("list", "value", [1.0, 2.0, 3.0])
        graph.link("list", "number", "items", "a")
        graph.link("items", "number", "sum", "items")
    kinds = types or [*SETTINGS, *OTHERS]
    for place in range(draw(some.integers(3, 10))):
        type = draw(some.sampled_from(SOURCES if place < 2 else kinds))
        id = f"n{place}"
        setting = SETTINGS.get(type)
        graph.add(id, type, **({setting[0]: draw(setting[1])} if setting else {}))
        if not feed(draw, graph, id):
            graph.remove(id)
        elif modes and place > 1:
            graph.set_keep(id, draw(some.sampled_from(["auto"] * 8 + ["never", "keep"])))
            words = ["run"] * 9 + ["mute"] + (["bypass"] * 3 if type in PASSING else [])
            graph.set_mode(id, draw(some.sampled_from(words)))
    assume(not mistakes(plan(graph, Store(0), targets=list(graph.nodes))))
    return graph


def feed(draw: some.DrawFn, graph: Graph, id: str) -> bool:
    """Link every socket of a new node, and perhaps a parameter; False when nothing fits."""
    spec = graph.spec(id)
    assert spec
    earlier = [
        (source, output)
        for source in graph.nodes
        if source != id
        for output in outputs_of(graph, source).values()
    ]
    for name in (*spec.sockets, *(n for n in spec.params if n in ("plus", "weight", "condition"))):
        parameter = spec.params.get(name)
        fitting = [
            (source, output.name)
            for source, output in earlier
            if not graph.why_not(source, output.name, id, name)
            and (not parameter or output.type is parameter.type)
        ]
        if parameter and not (fitting and draw(some.integers(0, 3)) == 0):
            continue
        if not fitting:
            return False
        graph.link(*draw(some.sampled_from(fitting)), id, name)
    return True


def outputs_of(graph: Graph, id: str) -> Mapping[str, Output]:
    spec = graph.spec(id)
    assert spec
    return spec.outputs


def mistakes(made: Plan) -> list[str]:
    return [str(problem) for problem in made.problems if not problem.warning]


def some_of(data: some.DataObject, graph: Graph) -> list[str]:
    ids = data.draw(some.lists(some.sampled_from(list(graph.nodes)), min_size=1, unique=True))
    return sorted(ids)


def working(graph: Graph, ids: list[str] | None = None) -> list[str]:
    """Those nodes that have a part in a run."""
    slow = Reference(graph)
    asked = graph.nodes if ids is None else ids
    return [id for id in asked if not slow.passes(id) and not slow.rests(id)]


def keys(graph: Graph) -> dict[str, list[str]]:
    made = plan(graph, Store(0), targets=list(graph.nodes))
    return {
        id: [task.key for task in leaves(node.tasks)]
        for id, node in made.nodes.items()
        if node.tasks is not None
    }


def check_plan(graph: Graph, store: Store, targets: list[str]) -> None:
    """The states and keys of a plan are those of the reference."""
    made, slow = plan(graph, store, targets=targets), Reference(graph)
    every = {slow.key(unit) for id in working(graph) for unit in slow.units(id)}
    stored = set(store.find(every))
    must, may = slow.to_run(working(graph, targets), stored)
    for id, node in made.nodes.items():
        if node.tasks is None:
            assert node.state == "skipped"
            continue
        tasks = list(leaves(node.tasks))
        assert [task.key for task in tasks] == [slow.key(unit) for unit in slow.units(id)]
        for task in tasks:
            rest = "run" if task.key in must | may else "skipped"
            assert task.state == ("cached" if task.key in stored else rest), (id, task.index)
            assert task.conditional == (task.key in may) or task.state != "run"
    assert {task.key for task in made.to_run} == must | may


def check_values(graph: Graph, result: Result, targets: list[str]) -> None:
    slow = Reference(graph)
    for id in working(graph, targets):
        lost = [slow.is_lost(unit) for unit in slow.units(id)]
        if any(lost):
            assert result.states[id] in ("failed", "blocked")
            continue
        for output in outputs_of(graph, id):
            found = result.value(id, output)
            values = [slow._one((*unit, output, None)) for unit in slow.units(id)]
            due = values[0] if slow.count(id) is None else values
            assert plain(found) == plain(due), id


def plain(value: Any) -> Any:
    if isinstance(value, str | int | float | bool | None):
        return value
    return [plain(item) for item in value]


def change(data: some.DataObject, graph: Graph) -> None:
    """Edit something at random."""
    id = data.draw(some.sampled_from(list(graph.nodes)))
    setting = SETTINGS.get(graph.nodes[id].type)
    if setting:
        graph.set(id, setting[0], data.draw(setting[1]))
    if graph.nodes[id].type in PASSING:
        graph.set_mode(id, data.draw(some.sampled_from(["run", "bypass", "mute"])))


@given(graph=graphs(), data=some.data())
@given_graphs
def test_k30_keys_of_any_graph_agree_with_a_slow_reference(
    graph: Graph, data: some.DataObject
) -> None:
    slow = Reference(graph)
    assert keys(graph) == {id: [slow.key(unit) for unit in slow.units(id)] for id in working(graph)}


@given(graph=graphs(), data=some.data())
@given_graphs
def test_plan_and_results_agree_with_a_slow_reference(graph: Graph, data: some.DataObject) -> None:
    """Through a few edits and runs on one store, in which some results get lost."""
    store = Store(1 << 30)
    for _ in range(3):
        targets = some_of(data, graph)
        check_plan(graph, store, targets)
        made = plan(graph, store, targets=targets)
        if mistakes(made):  # an edit made lists of unequal length
            return
        result = run(made, store, workers=data.draw(some.sampled_from([1, 3])))
        assert result.status == "ok"
        check_values(graph, result, targets)
        check_plan(graph, store, targets)
        everything = [key for many in keys(graph).values() for key in many]
        for key in data.draw(some.lists(some.sampled_from(everything or [""]), max_size=2)):
            store.drop(key)
        change(data, graph)
        if mistakes(plan(graph, store, targets=list(graph.nodes))):
            return


@given(graph=graphs(), data=some.data())
@given_graphs
def test_nothing_runs_twice_and_nothing_that_is_stored(graph: Graph, data: some.DataObject) -> None:
    store, targets = Store(1 << 30), some_of(data, graph)
    for id in graph.nodes:
        graph.set_keep(id, "auto")
    toy.reset()
    first = toy.execute(graph, store, *targets, workers=1)
    ran = sum(row["misses"] for row in first.statistics().values())
    units = {key for id, many in keys(graph).items() if id in first.states for key in many}
    assert sum(toy.calls.values()) <= len(units)
    assert ran >= sum(toy.calls.values())  # equal items are counted at every place
    toy.reset()
    again = toy.execute(graph, store, *targets)
    assert not toy.calls
    assert again.digests().keys() == first.digests().keys()


@given(graph=graphs(), data=some.data())
@settings(given_graphs, max_examples=20)
def test_p02_threads_and_stores_give_equal_digests(
    graph: Graph, data: some.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    targets = some_of(data, graph)
    disk = Disk(tmp_path_factory.mktemp("store") / "s")
    found = []
    for store, workers in (
        (Store(1 << 30), 1),
        (Store(1 << 30), 2),
        (Store(1 << 30), 8),
        (Store(0), 2),
        (Store(0, disk), 8),
    ):
        result = toy.execute(graph, store, *targets, workers=workers)
        assert result.status == "ok"
        found.append({id: result.digests()[id] for id in working(graph, targets)})
    disk.close()
    assert found[1:] == found[:-1]


@given(graph=graphs(), data=some.data())
@given_graphs
def test_edits_of_any_kind_and_their_undoing_restore_all_keys(
    graph: Graph, data: some.DataObject
) -> None:
    before, undo = keys(graph), []
    for step in range(data.draw(some.integers(1, 6))):
        id = data.draw(some.sampled_from(list(graph.nodes)))
        node = graph.nodes[id]
        match data.draw(some.sampled_from(["set", "unlink", "rename", "mode", "keep", "add"])):
            case "set" if node.type in SETTINGS:
                name, values = SETTINGS[node.type]
                undo.append((graph.set, id, name, node.params[name]))
                graph.set(id, name, data.draw(values))
            case "unlink" if graph.feeds(id):
                name, source = data.draw(some.sampled_from(list(graph.feeds(id).items())))
                undo.append((graph.link, *source, id, name))
                graph.unlink(id, name)
            case "rename":
                undo.append((graph.rename, f"r{step}", id))
                graph.rename(id, f"r{step}")
            case "mode":
                undo.append((graph.set_mode, id, node.mode))
                graph.set_mode(id, data.draw(some.sampled_from(["run", "bypass", "mute"])))
            case "keep":
                undo.append((graph.set_keep, id, node.keep))
                graph.set_keep(id, data.draw(some.sampled_from(["auto", "keep", "never"])))
            case "add":
                undo.append((graph.remove, f"new{step}"))
                graph.add(f"new{step}", "toy.number", value=1.0)
        plan(graph, Store(0), targets=list(graph.nodes))
    for action, *args in reversed(undo):
        action(*args)
    assert keys(graph) == before


@given(graph=graphs(types=PLAIN, modes=False), data=some.data())
@given_graphs
def test_e03_after_failures_exactly_what_failed_or_was_blocked_runs_again(
    graph: Graph, data: some.DataObject
) -> None:
    store, targets = Store(1 << 30), some_of(data, graph)
    lazy.bad.clear()
    lazy.bad.update(data.draw(some.lists(LEVELS, max_size=2)))
    slow = Reference(graph)
    result = toy.execute(graph, store, *targets, workers=data.draw(some.sampled_from([1, 3])))
    check_values(graph, result, targets)
    lost = {slow.key(unit) for id in result.states for unit in slow.units(id) if slow.is_lost(unit)}
    kept = {slow.key(unit) for id in result.states for unit in slow.units(id)} - lost
    assert set(store.find(kept | lost)) == kept
    lazy.bad.clear()
    again = plan(graph, store, targets=targets)
    assert {task.key for task in again.to_run} == lost
    result = run(again, store)
    assert result.status == "ok"
    check_values(graph, result, targets)


@given(graph=graphs(types=[*FAULTY, *PLAIN, *OTHERS], gaps=True), data=some.data())
@given_graphs
def test_m06_gaps_never_leave_a_wrong_result_behind(graph: Graph, data: some.DataObject) -> None:
    """Runs with bad frames, then without; what is whole is right, whatever came before."""
    store, targets = Store(1 << 30), some_of(data, graph)
    for bad in (
        data.draw(some.lists(LEVELS, min_size=1, max_size=2)),
        data.draw(some.lists(LEVELS)),
        [],
    ):
        lazy.bad.clear()
        lazy.bad.update(bad)
        made = plan(graph, store, targets=targets)
        result = run(made, store, workers=data.draw(some.sampled_from([1, 3])))
        if not bad:
            assert result.status == "ok"
            check_values(graph, result, targets)


def test_p02_process_and_threads_give_equal_digests(store: Store) -> None:
    graph = lazy.build(
        "n.number -> p.a; p.number -> o.a; o.number -> t.items",
        n=("toy.numbers", {"value": [i / 7 for i in range(6)]}),
        p=("lazy.apart", {"plus": 0.1}),
        o="toy.one",
        t="toy.total",
    )
    found = [
        toy.execute(graph, Store(1 << 20), "t", workers=workers).digests() for workers in (1, 2, 8)
    ]
    assert found[0] == found[1] == found[2]
    slow = Reference(graph)
    result = toy.execute(graph, store, "t")
    assert result.value("t") == slow.value(("t", None))  # which calls the function here
