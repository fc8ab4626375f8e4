"""What a run takes a task to need when it admits it: by what is known at that moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from graph.control import Control
from graph.estimate import estimate
from graph.events import Event
from graph.job import Job
from graph.model import Graph
from graph.plan import plan
from graph.spec import node
from graph.store import Store
from graph.task import leaves
from graph.workers import Workers
from tests.graph import toy_lazy as lazy
from tests.graph import toy_nodes as toy
from tests.graph import toy_waiting as waiting


@pytest.fixture(autouse=True)
def _nothing_noted() -> Iterator[None]:
    lazy.reset()
    yield
    for gate in toy.gates.values():
        gate.set()
    lazy.reset()


def opens(gate: str, node: str, count: int = 1) -> Any:
    """A reader of events that opens a gate when so many items of a node are finished."""
    toy.gates[gate] = threading.Event()
    seen: list[Event] = []

    def post(event: Event) -> None:
        if (event.kind, event.node) == ("finished", node):
            seen.append(event)
            if len(seen) == count:
                toy.gates[gate].set()

    return post


def test_lazy_task_needs_what_it_reads(store: Store) -> None:
    """Two that read frames do not fit together; small ones pass the second meanwhile."""
    graph = waiting.build(
        """n.number -> p.a; p.switch -> c.use; n.number -> d.a; k.number -> f.a; f.frame -> c.frame
        w.number -> s.a""",
        n=("toy.numbers", {"value": [1.0, 2.0]}),
        p="lazy.positive",
        d="toy.one",
        k=("toy.numbers", {"value": [1.0, 2.0]}),
        f=("waiting.frame", {"size": 10_000}),  # 40 kB, of which the choice needs eleven times
        c="waiting.choice",
        w=("toy.numbers", {"value": [float(i) for i in range(3)]}),
        s="lazy.anywhere",
    )
    post = opens("choice", "s", 3)
    result = toy.execute(graph, store, "c", "s", workers=4, memory=700_000, post=post)
    assert list(result.value("c")) == [1.0, 2.0]
    assert lazy.most["choice"] == 1


def test_lazy_task_is_measured_by_what_it_read(store: Store) -> None:
    graph = waiting.build(
        "n.number -> p.a; p.switch -> c.condition; n.number -> f.a; f.frame -> c.yes; "
        "n.number -> c.no",
        n=("toy.number", {"value": 1.0}),
        p="lazy.positive",
        f=("lazy.frame", {"size": 100_000}),
        c="lazy.choose",
    )
    assert toy.execute(graph, store, "c").status == "ok"
    assert store.estimate("lazy.choose", 400_000)[1] == pytest.approx(400_000, rel=0.01)


def test_results_are_measured_with_the_size_of_their_inputs(store: Store) -> None:
    graph = lazy.build(
        "n.number -> f.a; n.number -> g.a; f.frame -> b.frame; g.frame -> c.frame",
        n="toy.number",
        f=("lazy.frame", {"size": 100_000}),
        g=("lazy.frame", {"size": 10_000_000}),
        b="lazy.brighten",
        c="lazy.brighten",
    )
    assert toy.execute(graph, store, "b", "c").status == "ok"
    for size in (400_000, 40_000_000):
        assert store.estimate("lazy.brighten", size)[1] == pytest.approx(size, rel=0.01)


def test_a_type_that_makes_more_than_was_thought_is_admitted_as_it_is(store: Store) -> None:
    """From a number nobody could guess that it makes a frame; the first one tells."""
    graph = waiting.build(
        """k.number -> first.a; first.frame -> m.frame; n.number -> a.a; m.number -> a.b
        a.number -> f.a; f.frame -> sum.frames
        w.number -> x.a; m.number -> x.b; x.number -> s.a""",
        k=("toy.number", {"value": 50.0}),
        first=("waiting.frame", {"size": 25_000}),  # 100 kB, and as much to make it
        m="waiting.mean",
        n=("toy.numbers", {"value": [float(i) for i in range(1, 7)]}),
        a="toy.add",
        f=("waiting.frame", {"size": 25_000}),
        sum="lazy.add_up",
        w=("toy.numbers", {"value": [float(i) for i in range(3)]}),
        x="toy.add",
        s="lazy.anywhere",
    )
    opened = opens("frame", "s", 3)
    gate = toy.gates.pop("frame")

    def post(event: Event) -> None:
        if (event.kind, event.node) == ("finished", "first"):
            toy.gates["frame"] = gate  # for the others
        opened(event)

    result = toy.execute(graph, store, "sum", "s", workers=8, memory=450_000, post=post)
    assert result.counts("f") == {"executed": 6}
    assert lazy.most["frame"] == 2


def test_results_that_are_held_leave_less_room(store: Store) -> None:
    """Two fit beside each other, but not beside three frames that the run alone has."""
    graph = lazy.build(
        """n.number -> late.a; late.number -> f.a; f.frame -> sum.frames
        k.number -> go.a; go.number -> x.a; go.number -> y.a; go.number -> s.a
        x.number -> after.a; y.number -> after.b""",
        n=("toy.numbers", {"value": [1.0, 2.0, 3.0, 4.0]}),
        late="toy.late",
        f=("lazy.frame", {"size": 25_000}),
        sum="lazy.add_up",
        k="toy.number",
        go=("toy.gate", {"name": "go"}),
        x=("lazy.hungry", {"size": 100_000, "name": "x"}),
        y=("lazy.hungry", {"size": 100_000, "name": "y"}),
        after="toy.add",
        s="lazy.anywhere",
    )
    graph.set_keep("f", "never")
    readers = [opens("go", "f", 3), opens("x", "s"), opens("4", "after")]
    toy.gates["y"] = toy.gates["x"]

    def post(event: Event) -> None:
        for reader in readers:
            reader(event)

    result = toy.execute(graph, store, "sum", "after", "s", workers=4, memory=450_000, post=post)
    assert result.status == "ok"
    assert lazy.most["hungry"] == 1


def _divides(inputs: Any, counts: Any, params: Any) -> int:
    return 1 // int(params["size"])


def _forgets(inputs: Any, counts: Any, params: Any) -> Any:
    return None


@node("bad.memory", memory=_divides)
def bad_memory(a: float, *, size: int = 0) -> float:
    """What it declares to need cannot be reckoned."""
    return a


@node("bad.nothing", memory=_forgets)
def bad_nothing(a: float) -> float:
    """It declares nothing."""
    return a


@pytest.mark.parametrize("function", [bad_memory, bad_nothing])
def test_declaration_that_fails_ends_no_run(store: Store, function: Any) -> None:
    registry = toy.registry()
    registry.add(function)
    graph = Graph(registry)
    graph.add("n", "toy.numbers", value=[1.0, 2.0])
    graph.add("m", function.spec.id)
    graph.link("n", "number", "m", "a")
    assert estimate(plan(graph, store, targets=["m"]), store).shortfalls == []
    assert toy.execute(graph, store, "m", workers=1).status == "ok"


def queue() -> tuple[Workers[None], dict[str, Job]]:
    """Workers that nobody has set to work, and jobs that fit only when they are small."""
    graph = toy.build(big=("toy.number", {"value": 1.0}), small=("toy.number", {"value": 2.0}))
    made = plan(graph, Store(0), targets=["big", "small"])
    jobs = {id: Job(next(leaves(made.nodes[id].tasks)), "waiting") for id in graph.nodes}
    jobs["small"].rank = 1
    workers = Workers[None](
        2,
        lambda job: None,
        lambda job, outcome: None,
        lambda job, alone: job is jobs["small"],
        Control(),
    )
    return workers, jobs


def test_waiting_for_memory_alone_bars_nobody() -> None:
    """However often it is looked at in vain, until others have gone before it."""
    workers, jobs = queue()
    workers.push(jobs["big"])
    for _ in range(100):
        assert workers._pick(True) is None
    for _ in range(3):
        workers.push(jobs["small"])
        assert workers._pick(True) is jobs["small"]
    assert jobs["big"].passed == 3


def test_those_that_went_before_are_counted_and_bar_more() -> None:
    workers, jobs = queue()
    workers.push(jobs["big"])
    went = 0
    while went < 100:
        workers.push(jobs["small"])
        if workers._pick(True) is None:
            break
        went += 1
    assert went == 4 * 2 + 1
