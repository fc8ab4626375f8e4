"""Work side by side (P)."""

from __future__ import annotations

import threading
from itertools import pairwise
from typing import Any

import joblib
import pytest

from graph.events import Event
from graph.store import Store
from tests.graph import toy_nodes as toy


def test_p01_independent_nodes_overlap(store: Store) -> None:
    graph = toy.build(
        **{f"s{i}": ("toy.sleep", {"seconds": 0.3, "name": f"s{i}"}) for i in range(3)}
    )
    toy.execute(graph, store, "s0", "s1", "s2", workers=3)
    last_start = max(start for start, _ in toy.spans.values())
    first_end = min(end for _, end in toy.spans.values())
    assert last_start < first_end


def test_p01_one_worker_does_one_thing_at_a_time(store: Store) -> None:
    graph = toy.build(
        **{f"s{i}": ("toy.sleep", {"seconds": 0.01, "name": f"s{i}"}) for i in range(3)}
    )
    toy.execute(graph, store, "s0", "s1", "s2", workers=1)
    spans = sorted(toy.spans.values())
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert toy.threads == {threading.get_ident()}


def tangled() -> Any:
    """Forty nodes that depend on one another in many ways, among them arrays and lists."""
    graph = toy.build(
        "n.number -> g.a; g.grid -> d.grid; d.grid -> s.grids; s.grid -> m.grid",
        n=("toy.numbers", {"value": [i / 3 for i in range(12)]}),
        g="toy.make_grid",
        d="toy.double",
        s="toy.sum_grids",
        m="toy.measure",
    )
    for place in range(35):
        graph.add(f"x{place}", "toy.add", scale=1 + place / 7)
        for name, above in (("a", place // 2), ("b", place - 1 - place % 3)):
            source = f"x{above}" if 0 <= above < place else "m"
            graph.link(source, "number", f"x{place}", name)
    return graph


@pytest.mark.parametrize("workers", [2, 3, 8])
def test_p02_one_worker_and_many_give_equal_results(workers: int) -> None:
    graph = tangled()
    ids = list(graph.nodes)
    one = toy.execute(graph, Store(1 << 30), *ids, workers=1)
    many = toy.execute(graph, Store(1 << 30), *ids, workers=workers)
    assert many.digests() == one.digests()
    assert many.status == "ok"


def test_p03_lone_ready_nodes_run_on_the_callers_thread(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **options: Any) -> Any:
        raise AssertionError("joblib was called for lone nodes")

    monkeypatch.setattr(joblib, "Parallel", refuse)
    graph = toy.chain(5)
    assert toy.execute(graph, store, "n5", workers=8).value("n5") == 5.0
    assert toy.threads == {threading.get_ident()}
    with pytest.raises(AssertionError, match="lone nodes"):
        toy.execute(tangled(), store, "x3", workers=8)  # it is called where several are ready


def test_p04_short_branch_does_not_wait_for_the_long_one(store: Store) -> None:
    graph = toy.build(
        "long.number -> join.a; short.number -> c1.a; c1.number -> c2.a; c2.number -> join.b",
        long=("toy.gate", {"name": "long"}),
        short="toy.number",
        c1="toy.one",
        c2="toy.one",
        join="toy.add",
    )
    toy.gates["long"] = threading.Event()
    events: list[tuple[str, str]] = []

    def post(event: Event) -> None:
        events.append((event.kind, event.node))
        if events[-1] == ("finished", "c2"):  # only then may the long one end
            toy.gates["long"].set()

    result = toy.execute(graph, store, "join", workers=2, post=post)
    assert result.value("join") == 2.0
    assert events.index(("finished", "c2")) < events.index(("finished", "long"))


def test_p04_workers_stay_while_results_are_written(store: Store) -> None:
    """Three nodes become ready while the only active worker stores what they need."""

    class Slow(Store):
        def put(self, entry: Any, values: Any, *rest: Any, **options: Any) -> bool:
            if entry.type == "toy.number":
                threading.Event().wait(0.3)
            return super().put(entry, values, *rest, **options)

    graph = toy.build("a.number -> s0.a; a.number -> s1.a; a.number -> s2.a; "
                      "z.integer -> e.a", a="toy.number", z="toy.whole", e="toy.one",
                      **{f"s{i}": ("toy.sleep", {"seconds": 0.3, "name": f"s{i}"})
                         for i in range(3)})  # fmt: skip
    toy.execute(graph, Slow(1 << 30), "s0", "s1", "s2", "e", workers=3)
    last_start = max(start for start, _ in toy.spans.values())
    first_end = min(end for _, end in toy.spans.values())
    assert last_start < first_end


def test_p11_one_key_wanted_by_many_at_once_is_computed_once(store: Store) -> None:
    graph = toy.build()
    for branch in range(8):
        graph.add(f"s{branch}", "toy.sleep", seconds=0.02, name="same")
        graph.add(f"o{branch}", "toy.one", plus=float(branch))
        graph.link(f"s{branch}", "number", f"o{branch}", "a")
    result = toy.execute(graph, store, *(f"o{i}" for i in range(8)), workers=8)
    assert toy.calls["sleep same"] == 1
    assert [result.value(f"o{i}") for i in range(8)] == [0.02 + i for i in range(8)]


@pytest.mark.parametrize("workers", [1, 4])
def test_p12_node_that_starts_a_parallel_map(store: Store, workers: int) -> None:
    graph = toy.build(
        "n.number -> p.a; p.number -> t.items",
        n=("toy.numbers", {"value": [1.0, 2.0, 3.0, 4.0, 5.0]}),
        p="toy.parallel",
        t="toy.order",
    )
    result = toy.execute(graph, store, "t", workers=workers)
    assert result.value("t") == "2470 4940 7410 9880 12350"


def test_p12_run_inside_a_node_of_a_run(store: Store) -> None:
    graph = toy.build(
        "n.number -> r.a; r.number -> t.items",
        n=("toy.numbers", {"value": [1.0, 2.0, 3.0]}),
        r="toy.run_inside",
        t="toy.order",
    )
    assert toy.execute(graph, store, "t", workers=3).value("t") == "6 7 8"
