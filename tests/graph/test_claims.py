"""What a choice may still ask for: held until it is decided, and asked for again after damage."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.control import Control
from graph.disk import Disk
from graph.events import Event
from graph.plan import Plan, plan
from graph.run import run
from graph.store import Store
from tests.graph import toy_lazy as lazy
from tests.graph import toy_nodes as toy
from tests.graph import toy_waiting as waiting


@pytest.fixture(autouse=True)
def _nothing_noted() -> Iterator[None]:
    lazy.reset()
    yield
    lazy.reset()


def mixed(weight: float) -> Any:
    """A mix of two branches by a weight that a node computes, and one more node."""
    return lazy.build(
        """a.number -> left.a; b.number -> right.a; left.number -> m.a; right.number -> m.b
        w.number -> m.weight; m.number -> t.a""",
        a=("toy.number", {"value": 10.0}),
        b=("toy.number", {"value": 20.0}),
        left=("lazy.passing", {"name": "left"}),
        right=("lazy.passing", {"name": "right"}),
        w=("toy.number", {"value": weight}),
        m="lazy.mix",
        t="toy.one",
    )


def damage(store: Store, made: Plan, id: str) -> None:
    """Spoil what the disk holds of a node's result."""
    assert store.disk
    task = made.nodes[id].tasks
    for name in task.entry.digests():
        (store.disk._objects.place(name) / "value.json").write_text("rubbish")


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("weight", [0.0, 0.25, 1.0])  # at 0 and 1 its result is a branch's, too
def test_stored_choice_that_is_damaged_is_made_again(
    tmp_path: Path, rosters: Any, weight: float, workers: int
) -> None:
    store = Store(0, Disk(tmp_path / "s"))
    graph = mixed(weight)
    before = toy.execute(graph, store, "m").value("m")
    made = plan(graph, store, targets=["t"])
    damage(store, made, "m")
    result = run(made, store, workers=workers)
    assert (result.status, result.value("t")) == ("ok", before + 1)
    assert toy.calls["mix"] == 2
    assert rosters[-1].leftovers() == []
    assert (toy.calls["left"] == 0, toy.calls["right"] == 0) == (weight == 1, weight == 0)


@pytest.mark.parametrize("weight", [0.0, 0.25])
def test_choice_that_is_damaged_as_soon_as_it_is_made(
    tmp_path: Path, rosters: Any, weight: float
) -> None:
    store = Store(0, Disk(tmp_path / "s"))
    graph = mixed(weight)
    made = plan(graph, store, targets=["t"])

    def post(event: Event) -> None:
        if (event.kind, event.node) == ("finished", "m") and toy.calls["mix"] == 1:
            damage(store, made, "m")

    result = run(made, store, workers=1, post=post)
    assert (result.status, result.value("t")) == ("ok", 11 + weight * 10)
    assert toy.calls["mix"] == 2
    assert rosters[-1].leftovers() == []


def test_choice_of_a_branch_that_was_never_asked_for_before(tmp_path: Path, rosters: Any) -> None:
    """What it reads is not stored either: it is made when the choice, made again, asks for it."""
    store = Store(0, Disk(tmp_path / "s"))
    graph = mixed(0.25)
    for id in ("left", "right"):
        graph.set_keep(id, "never")
    toy.execute(graph, store, "m")
    made = plan(graph, store, targets=["t"])
    assert made.ids("skipped") == ["left", "right"]
    damage(store, made, "m")
    result = run(made, store, workers=2)
    assert result.value("t") == 13.5
    assert (toy.calls["left"], toy.calls["right"]) == (2, 2)
    assert rosters[-1].leftovers() == []


def test_what_a_choice_made_again_may_read_is_held_for_it(tmp_path: Path) -> None:
    """Its other consumer is done before the choice is made; nothing is computed twice.

    No other result has its content, under which the store would find it.
    """
    store = Store(0, Disk(tmp_path / "s"))
    graph = lazy.build(
        """a.number -> left.a; a.number -> left.b; b.number -> m.b
        c.number -> w.a; left.number -> m.a; w.number -> m.weight; m.number -> t.a
        left.number -> z.a""",
        a=("toy.number", {"value": 10.0}),
        b=("toy.number", {"value": 30.0}),
        c=("toy.number", {"value": 0.25}),
        left=("toy.gate", {"name": "left"}),
        w=("toy.gate", {"name": "w"}),
        m="lazy.mix",
        t="toy.one",
        z=("toy.one", {"plus": 5.0}),
    )
    for id in ("left", "w"):
        graph.set_keep(id, "never")
        toy.gates[id] = threading.Event()
        toy.gates[id].set()
    toy.execute(graph, store, "m")
    made = plan(graph, store, targets=["t", "z"])
    damage(store, made, "m")
    for id in ("left", "w"):
        toy.gates[id].clear()
    warned: list[str] = []

    def post(event: Event) -> None:
        if event.kind == "warning":
            warned.append(event.node)
            toy.gates["left"].set()
        elif (event.kind, event.node) == ("finished", "z"):
            toy.gates["w"].set()

    result = run(made, store, workers=4, post=post)
    assert (result.value("t"), result.value("z")) == (23.5, 25.0)
    assert warned == ["m"]
    assert toy.calls["gate left"] == 2  # once in each run


def test_what_is_made_again_asks_for_nothing_any_more(tmp_path: Path, rosters: Any) -> None:
    """A choice might have asked for it, too, that is made when it is done."""
    store = Store(0, Disk(tmp_path / "s"))
    graph = lazy.build(
        """n.number -> s.a; s.number -> x.a; x.number -> c.a; c.number -> t.a
        k.number -> g.a; g.number -> p.a; p.switch -> q.condition; x.number -> q.yes
        n.number -> q.no""",
        n=("toy.number", {"value": 1.0}),
        s="toy.fleeting",
        x="toy.fleeting",
        c="toy.one",
        t="toy.one",
        k=("toy.number", {"value": -1.0}),
        g=("toy.gate", {"name": "g"}),
        p="lazy.positive",
        q="lazy.choose",
    )
    toy.execute(graph, store, "c")
    made = plan(graph, store, targets=["t", "q"])
    damage(store, made, "c")
    toy.gates["g"] = threading.Event()

    def post(event: Event) -> None:
        if (event.kind, event.node) == ("finished", "t"):
            toy.gates["g"].set()

    result = run(made, store, workers=2, post=post)
    assert (result.value("t"), result.value("q")) == (5.0, 1.0)
    assert rosters[-1].leftovers() == []


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("use", [True, False])
def test_one_source_of_an_eager_and_a_lazy_input(rosters: Any, use: bool, workers: int) -> None:
    """Of a node that is itself asked for by a choice; the source is let go when both have it."""
    graph = waiting.build(
        """c.number -> p.a; p.switch -> x.condition; u.switch -> i.use; z.number -> u.a
        f.number -> i.a; f.number -> i.more; c.number -> f.a
        i.number -> x.yes; c.number -> x.no""",
        c=("toy.number", {"value": 1.0}),
        z=("toy.number", {"value": 1.0 if use else -1.0}),
        p="lazy.positive",
        u="lazy.positive",
        f="toy.fleeting",
        i="waiting.either",
        x="lazy.choose",
    )
    result = toy.execute(graph, Store(1 << 20), "x", workers=workers)
    assert result.value("x") == (4.0 if use else 2.0)
    (roster,) = rosters
    assert roster.peak > 0
    assert roster.leftovers() == []
    assert set(roster._claims.values()) <= {0}


def test_values_are_let_go_when_nobody_needs_them(store: Store, rosters: Any) -> None:
    graph = lazy.build(
        "n.number -> f.a; f.number -> g.a; g.number -> t.items",
        n=("toy.numbers", {"value": [1.0, 2.0, 3.0]}),
        f="toy.fleeting",
        g="toy.fleeting",
        t="toy.total",
    )
    assert toy.execute(graph, store, "t").value("t") == 12.0
    (roster,) = rosters
    assert roster.peak > 0
    assert roster.leftovers() == []


def chosen(condition: str) -> Any:
    """Two branches, and what computes which is read."""
    return waiting.build(
        """c.number -> w.a; w.number -> p.a; p.switch -> x.condition
        a.number -> yes.a; b.number -> no.a; yes.number -> x.yes; no.number -> x.no""",
        c=("toy.number", {"value": 1.0}),
        w=(condition, {"name": "w"}),
        p="lazy.positive",
        a=("toy.number", {"value": 2.0}),
        b=("toy.number", {"value": 3.0}),
        yes=("lazy.passing", {"name": "yes"}),
        no=("lazy.passing", {"name": "no"}),
        x="lazy.choose",
    )


def test_cancelled_before_the_choice_nobody_decided_against_a_branch(store: Store) -> None:
    control, events = Control(), []

    def post(event: Event) -> None:
        events.append(event)
        if (event.kind, event.node) == ("finished", "c"):
            control.cancel()

    result = toy.execute(chosen("lazy.passing"), store, "x", control=control, post=post)
    ends = {e.node: e.kind for e in events if e.kind in ("skipped", "cancelled")}
    undecided = ("yes", "no", "a", "b")
    assert {ends[id] for id in undecided} == {"cancelled"}
    assert {result.states[id] for id in undecided} == {"cancelled"}


def test_cancelled_after_the_choice_the_other_branch_is_skipped(store: Store) -> None:
    control, events = Control(), []

    def post(event: Event) -> None:
        events.append(event)
        if (event.kind, event.node) == ("finished", "yes"):
            control.cancel()

    result = toy.execute(chosen("lazy.passing"), store, "x", control=control, post=post, workers=1)
    ends = {e.node: e.kind for e in events if e.kind in ("skipped", "cancelled")}
    assert ends == {"x": "cancelled", "no": "skipped", "b": "skipped"}
    assert {id: result.states[id] for id in ends} == ends
