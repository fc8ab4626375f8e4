"""What nodes share: processors, the main thread, exclusive resources, other runs (P05 to P11)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from graph.control import Control
from graph.events import Event
from graph.model import Graph
from graph.result import Result
from graph.store import Store
from graph.threads import processors
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


def fan(type: str, count: int = 6, **params: Any) -> Graph:
    """A list and one node mapped over it."""
    return lazy.build(
        "n.number -> x.a", n=("toy.numbers", {"value": [float(i) for i in range(count)]}),
        x=(type, params),
    )  # fmt: skip


class Apart(threading.Thread):
    """A run in a thread of its own."""

    def __init__(self, graph: Graph, store: Store, *targets: str, **options: Any) -> None:
        super().__init__(daemon=True)
        self.events: list[Event] = []
        self.control = Control()
        self._action = lambda: toy.execute(
            graph, store, *targets, post=self.events.append, control=self.control, **options
        )
        self.start()

    def run(self) -> None:
        self._result = self._action()

    def result(self) -> Result:
        """What came of it, when it is over."""
        self.join(30)
        assert not self.is_alive()
        return self._result


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something holds; a hanging test fails instead."""
    pause = threading.Event()
    for _ in range(3000):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it never came to that")


# --- processors -----------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [2, 8])
def test_p05_pools_of_libraries_share_the_processors(store: Store, workers: int) -> None:
    from threadpoolctl import threadpool_info

    before = [pool["num_threads"] for pool in threadpool_info()]
    graph = fan("lazy.pools", 8)
    graph.add("y", "lazy.pools")
    graph.link("n", "number", "y", "a")
    result = toy.execute(graph, store, "x", "y", workers=workers)
    allowed = max(1, processors() // workers)
    seen = {int(count) for text in result.value("x") for count in text.split()}
    assert seen
    assert max(seen) <= allowed
    assert [pool["num_threads"] for pool in threadpool_info()] == before


def test_p05_two_runs_at_once(store: Store) -> None:
    """The first ends while the second goes on."""
    from threadpoolctl import threadpool_info

    before = [pool["num_threads"] for pool in threadpool_info()]
    runs = []
    for name in ("1", "2"):
        toy.gates[name] = threading.Event()
        graph = lazy.build(
            "n.number -> x.a; a.number -> g.a; g.number -> p.a; a.number -> o.a",
            n=("toy.numbers", {"value": [1.0, 2.0]}),
            x=("lazy.passing", {"name": name}),
            a="toy.number",
            g=("toy.gate", {"name": name}),
            o=("toy.one", {"plus": float(name)}),
            p="lazy.pools",
        )
        graph.set_keep("p", "never")
        runs.append(Apart(graph, store, "x", "o", "p", workers=2))
        wait_for(lambda name=name: toy.calls[f"gate {name}"])
    for name, run in zip(("1", "2"), runs, strict=True):
        toy.gates[name].set()
        seen = run.result().value("p").split()
        assert max(map(int, seen)) <= max(1, processors() // 2)
    assert [pool["num_threads"] for pool in threadpool_info()] == before


# --- the main thread ------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_p07_node_for_the_main_thread_runs_on_the_callers(store: Store, workers: int) -> None:
    graph = fan("lazy.on_main", 12)
    graph.add("y", "lazy.anywhere")
    graph.link("x", "number", "y", "a")
    result = toy.execute(graph, store, "y", workers=workers)
    assert list(result.value("y")) == [i + 2.0 for i in range(12)]
    assert lazy.ran_on["on_main"] == {threading.get_ident()}


def test_p07_although_helpers_are_free_and_the_caller_is_busy(store: Store) -> None:
    toy.gates["busy"] = threading.Event()
    graph = lazy.build(
        "n.number -> m.a; n.number -> x.a",
        n=("toy.numbers", {"value": [1.0, 2.0, 3.0]}),
        m=("lazy.on_main", {"name": "busy"}),
        x="lazy.anywhere",
    )
    run = Apart(graph, store, "m", "x", workers=3)
    wait_for(lambda: sum((e.kind, e.node) == ("finished", "x") for e in run.events) == 3)
    threading.Event().wait(0.2)  # helpers have nothing else to do now
    assert lazy.working["on_main"] == 1
    toy.gates["busy"].set()
    assert run.result().status == "ok"
    assert lazy.ran_on["on_main"] == {run.ident}
    assert lazy.most["on_main"] == 1


# --- exclusive resources --------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [2, 8])
def test_p08_one_after_the_other(store: Store, workers: int) -> None:
    result = toy.execute(fan("lazy.on_gpu", 8), store, "x", workers=workers)
    assert list(result.value("x")) == [i + 1.0 for i in range(8)]
    assert lazy.most["gpu"] == 1


def test_p08_others_overlap_meanwhile(store: Store) -> None:
    toy.gates["one"] = threading.Event()
    graph = lazy.build(
        """a.number -> one.a; a.number -> two.a; a.number -> cam.a; a.number -> free.a
        free.number -> after.a""",
        a="toy.number",
        one=("lazy.on_gpu", {"name": "one"}),
        two=("lazy.on_gpu", {"name": "two"}),
        cam="lazy.with_camera",
        free="lazy.anywhere",
        after="lazy.anywhere",
    )
    done: set[str] = set()

    def post(event: Event) -> None:
        if event.kind == "finished":
            done.add(event.node)
            if done >= {"cam", "after"}:  # while one has the card
                toy.gates["one"].set()

    result = toy.execute(graph, store, *graph.nodes, workers=2, post=post)
    assert result.status == "ok"
    assert lazy.most["gpu"] == 1


def test_p08_between_two_runs(store: Store) -> None:
    toy.gates["first"] = threading.Event()
    first = Apart(
        lazy.build("a.number -> g.a", a="toy.number", g=("lazy.on_gpu", {"name": "first"})),
        store, "g",
    )  # fmt: skip
    wait_for(lambda: lazy.working.get("first"))
    graph = lazy.build(
        "a.number -> g.a; a.number -> f.a",
        a=("toy.number", {"value": 1.0}),
        g=("lazy.on_gpu", {"name": "second"}),
        f=("lazy.passing", {"name": "free"}),
    )
    second = Apart(graph, Store(1 << 20), "g", "f", workers=2)
    wait_for(lambda: toy.calls["free"])
    assert "second" not in lazy.most
    toy.gates["first"].set()
    assert first.result().status == second.result().status == "ok"
    assert (lazy.most["gpu"], lazy.most["second"]) == (1, 1)


def test_p08_waiting_for_a_resource_can_be_cancelled(store: Store) -> None:
    toy.gates["first"] = threading.Event()
    graph = lazy.build("a.number -> g.a", a="toy.number", g=("lazy.on_gpu", {"name": "first"}))
    first = Apart(graph, store, "g")
    wait_for(lambda: lazy.working.get("first"))
    other = lazy.build("a.number -> g.a", a="toy.number", g=("lazy.on_gpu", {"name": "second"}))
    second = Apart(other, Store(1 << 20), "g")
    wait_for(lambda: any(e.kind == "finished" for e in second.events))
    second.control.cancel()
    assert second.result().status == "cancelled"
    toy.gates["first"].set()
    assert first.result().status == "ok"


def test_p08_resource_is_free_after_a_failure(store: Store) -> None:
    graph = lazy.build(
        "a.number -> f.a; a.number -> g.a", a="toy.number", f="lazy.fail_on_gpu", g="lazy.on_gpu"
    )
    result = toy.execute(graph, store, "f", "g", workers=2)
    assert (result.states["f"], result.states["g"]) == ("failed", "executed")


@pytest.mark.filterwarnings("ignore:.*tasks which were still being processed")
@pytest.mark.parametrize("workers", [1, 2])
def test_p08_resource_is_free_after_an_interrupt(
    store: Store, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    """It comes where no node is at work, and ends the run."""
    monkeypatch.setattr("graph.workers._in_use", set())
    graph = waiting.build(
        "n.number -> c.a", n=("toy.numbers", {"value": [1.0, 2.0]}), c="waiting.card"
    )
    toy.execute(graph, store, "n")
    find = store.find_content

    def interrupted(content: str) -> Any:
        monkeypatch.setattr(store, "find_content", find)
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "find_content", interrupted)
    with pytest.raises(KeyboardInterrupt):
        toy.execute(graph, store, "c", workers=workers)
    again = Apart(graph, store, "c", workers=workers)
    try:
        assert again.result().status == "ok"
    finally:
        again.control.cancel()
    assert toy.calls["card"] == 2


# --- several runs --------------------------------------------------------------------------------


def test_p10_neither_run_sees_the_others_events(store: Store) -> None:
    graphs = {
        name: lazy.build(
            f"{name}1.number -> {name}2.a; {name}2.number -> {name}3.a",
            **{
                f"{name}1": ("toy.numbers", {"value": [float(ord(name)), 2.0, 3.0]}),
                f"{name}2": ("lazy.step", {"steps": 2}),
                f"{name}3": "toy.one",
            },
        )
        for name in "ab"
    }
    runs = {
        name: Apart(graph, Store(1 << 20), f"{name}3", workers=2) for name, graph in graphs.items()
    }
    for name, run in runs.items():
        assert run.result().status == "ok"
        assert {event.node for event in run.events} == set(graphs[name].nodes)
        kinds = [e.kind for e in run.events]
        assert (kinds.count("finished"), kinds.count("queued")) == (9, 3)
        assert "progress" in kinds


def shared(name: str) -> Graph:
    """The same work under other ids."""
    return lazy.build(
        f"{name}a.number -> {name}g.a; {name}g.number -> {name}o.a",
        **{
            f"{name}a": ("toy.number", {"value": 4.0}),
            f"{name}g": ("toy.gate", {"name": "shared"}),
            f"{name}o": ("toy.one", {"plus": float(len(name))}),
        },
    )


def test_p11_two_runs_that_share_a_store_compute_once(store: Store) -> None:
    toy.gates["shared"] = threading.Event()
    first = Apart(shared("x"), store, "xo")
    wait_for(lambda: toy.calls["gate shared"])
    second = Apart(shared("yy"), store, "yyo")
    wait_for(lambda: any((e.kind, e.node) == ("started", "yyg") for e in second.events))
    toy.gates["shared"].set()
    assert first.result().value("xo") == 5.0
    assert second.result().value("yyo") == 6.0
    assert toy.calls["gate shared"] == 1
    assert second.result().states["yyg"] == "cached"
    assert [e.kind for e in second.events if e.node == "yyg"].count("started") == 1


@pytest.mark.parametrize("how", ["cancelled", "failed"])
def test_p11_the_second_computes_what_the_first_did_not_finish(store: Store, how: str) -> None:
    lazy.bad.add(4.0)
    type = "toy.patient" if how == "cancelled" else "lazy.fail_once"
    graph = lazy.build("a.number -> p.a", a=("toy.number", {"value": 4.0}), p=type)
    if how == "failed":
        toy.gates["fail"] = threading.Event()
    else:
        graph.set("p", "seconds", 1.0)
    first = Apart(graph, store, "p")
    wait_for(lambda: toy.calls["patient"] or toy.calls["fail_once"])
    second = Apart(graph, store, "p")
    wait_for(lambda: any((e.kind, e.node) == ("started", "p") for e in second.events))
    if how == "failed":
        toy.gates["fail"].set()
    else:
        first.control.cancel()
    assert first.result().status == how
    assert second.result().status == "ok"
    assert second.result().states["p"] == "executed"


def test_p11_progress_of_the_first_is_told_by_the_second(store: Store) -> None:
    graph = lazy.build("a.number -> s.a", a="toy.number", s=("lazy.step", {"steps": 6}))
    first = Apart(graph, store, "s")
    wait_for(lambda: any(e.kind == "progress" for e in first.events))
    second = Apart(graph, store, "s")
    assert first.result().status == second.result().status == "ok"
    assert any((e.kind, e.node) == ("progress", "s") for e in second.events)
    assert second.result().states["s"] == "cached"


def test_p11_the_second_may_be_cancelled_while_it_waits(store: Store) -> None:
    toy.gates["shared"] = threading.Event()
    first = Apart(shared("x"), store, "xo")
    wait_for(lambda: toy.calls["gate shared"])
    second = Apart(shared("yy"), store, "yyo")
    wait_for(lambda: any((e.kind, e.node) == ("started", "yyg") for e in second.events))
    second.control.cancel()
    assert second.result().status == "cancelled"
    assert first.is_alive()
    toy.gates["shared"].set()
    assert first.result().value("xo") == 5.0


def test_p11_result_that_is_never_kept_is_computed_by_each(store: Store) -> None:
    graph = shared("x")
    graph.set_keep("xg", "never")
    toy.gates["shared"] = threading.Event()
    first = Apart(graph, store, "xo")
    wait_for(lambda: toy.calls["gate shared"])
    other = shared("yy")
    other.set_keep("yyg", "never")
    second = Apart(other, store, "yyo")
    toy.gates["shared"].set()
    assert (first.result().value("xo"), second.result().value("yyo")) == (5.0, 6.0)


def test_p08_others_go_on_however_many_there_are() -> None:
    """The gate of the first opens only when all sixty others have been done."""
    graph = lazy.build(
        "n.number -> first.a; n.number -> second.a",
        n="toy.number",
        first=("lazy.on_gpu", {"name": "first"}),
        second=("lazy.on_gpu", {"name": "second"}),
    )
    for place in range(60):
        graph.add(f"o{place}", "toy.late")
        graph.add(f"v{place}", "toy.number", value=float(place))
        graph.link(f"v{place}", "number", f"o{place}", "a")
    toy.gates["first"] = threading.Event()
    done: list[str] = []

    def post(event: Event) -> None:
        if event.kind == "finished" and event.node[0] in "of":
            done.append(event.node)
            if len(done) == 60:
                toy.gates["first"].set()

    others = [f"o{place}" for place in range(60)]
    result = toy.execute(graph, Store(1 << 20), "first", "second", *others, workers=4, post=post)
    assert result.status == "ok"
    assert done[-1] == "first"
    assert set(done[:-1]) == set(others)
