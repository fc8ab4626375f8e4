"""Mistakes and failures (E): found early, kept at their node, never more than its own branch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph.check import check
from graph.disk import Disk
from graph.errors import Problem
from graph.events import Event
from graph.model import Graph
from graph.plan import plan
from graph.store import Store
from tests.graph import toy_nodes as toy


def places(problems: Any) -> list[tuple[str | None, str | None]]:
    """Where problems are: (node, name)."""
    return [(problem.node, problem.name) for problem in problems]


def test_e01_failure_blocks_its_consumers_only(store: Store) -> None:
    graph = toy.build(
        "g.grid -> f.a; f.any -> x.value; x.text -> y.value; g.grid -> d.grid",
        g=("toy.grid", {"value": 3.0, "size": 5}),
        f=("toy.fail", {"message": "no stars"}),
        x="toy.anything",
        y="toy.anything",
        d="toy.double",
    )
    result = toy.execute(graph, store, "y", "d")
    assert result.states == {
        "g": "executed", "f": "failed", "x": "blocked", "y": "blocked", "d": "executed",
    }  # fmt: skip
    ((_, failure),) = result.failures("f")
    assert (failure.error, failure.message) == ("ValueError", "no stars")
    assert failure.inputs == ("a: grid (1, 5) float32, 3 to 3",)
    assert [result.failures(id)[0][1].message for id in "xy"] == ["blocked by f", "blocked by x"]
    assert result.status == "failed"
    assert "raise ValueError(message)" in failure.trace


def test_e02_failures_are_tried_again(store: Store) -> None:
    graph = toy.build("a.number -> f.a", a="toy.number", f="toy.fail")
    for runs in (1, 2):
        result = toy.execute(graph, store, "f")
        assert result.failed == ["f"]
        assert toy.calls == {"number": 1, "fail": runs}
    assert plan(graph, store, targets=["f"]).nodes["f"].reason == "failed last time"


def test_e03_repaired_node_and_its_descendants_run(store: Store) -> None:
    graph = toy.build(
        "a.number -> f.a; f.any -> x.value; a.number -> o.a",
        a="toy.number",
        f="toy.fail",
        x="toy.anything",
        o="toy.one",
    )
    toy.execute(graph, store, "x", "o")
    toy.reset()
    graph.set("f", "when", 5.0)
    result = toy.execute(graph, store, "x", "o")
    assert toy.calls == {"fail": 1, "anything": 1}
    assert result.executed == ["f", "x"]
    assert result.cached == ["a", "o"]


def test_e04_two_failures_are_both_reported(store: Store) -> None:
    graph = toy.build(f=("toy.fail", {"message": "one"}), g=("toy.fail", {"message": "two"}))
    events: list[Event] = []
    result = toy.execute(graph, store, "f", "g", post=events.append)
    assert result.failed == ["f", "g"]
    assert {e.data["message"] for e in events if e.kind == "failed"} == {"one", "two"}


def test_e05_open_input_is_found_before_any_work(store: Store) -> None:
    graph = toy.build("a.number -> s.a", a="toy.number", s="toy.add")
    made = plan(graph, store, targets=["s"])
    assert places(made.problems) == [("s", "b")]
    assert str(made.problems[0]) == "s.b: is not connected"
    result = toy.execute(graph, store, "s")
    assert result.states["s"] == "blocked"
    assert result.status == "invalid"


def test_e06_three_mistakes_three_messages() -> None:
    graph = toy.build(
        "a.number -> s.a", a=("toy.number", {"value": "x"}), s=("toy.add", {"scale": 1e6})
    )
    assert places(check(graph)) == [("a", "value"), ("s", "scale"), ("s", "b")]


@pytest.mark.parametrize(
    ("params", "parts"),
    [
        ({"count": 0}, ["0", "1 to 9"]),
        ({"count": 10}, ["10", "1 to 9"]),
        ({"mode": "slow"}, ["slow", "fast, exact"]),
        ({"mode": "exakt"}, ["did you mean 'exact'?"]),
    ],
)
def test_e07_limits_are_in_the_message(params: dict[str, Any], parts: list[str]) -> None:
    (problem,) = check(toy.build(m=("toy.between", params)))
    assert (problem.node, problem.name) == ("m", next(iter(params)))
    assert all(part in problem.message for part in parts)


@pytest.mark.parametrize("value", ["1", None, [1.0], True])
def test_e08_text_where_a_number_is_due(value: Any) -> None:
    (problem,) = check(toy.build(a=("toy.number", {"value": value})))
    assert (problem.node, problem.name) == ("a", "value")
    assert "needs a number" in problem.message


def test_e09_the_nodes_own_check() -> None:
    graph = toy.build(
        m=("toy.between", {"low": 2.0}), p=("toy.picky", {"value": 13.0}), q="toy.picky"
    )
    problems = check(graph)
    assert problems == [
        Problem("low must be below high", "m"),
        Problem("13 brings bad luck", "p"),
    ]


def test_e10_valid_target_runs_beside_an_invalid_one(store: Store) -> None:
    graph = toy.build("a.number -> s.a; a.number -> o.a", a="toy.number", s="toy.add", o="toy.one")
    result = toy.execute(graph, store, "s", "o")
    assert result.states == {"a": "executed", "s": "blocked", "o": "executed"}
    assert result.value("o") == 1.0
    assert places(result.plan.problems) == [("s", "b")]
    assert result.status == "invalid"


def test_e11_inputs_are_described_and_not_printed(store: Store) -> None:
    graph = toy.build(
        "g.grid -> f.a; n.number -> c.items; w.text -> x.a",
        g=("toy.grid", {"value": 0.25, "size": 24_000_000}),
        f="toy.fail",
        n=("toy.numbers", {"value": [1.0, 2.0]}),
        c=("toy.fail_list", {}),
        w=("toy.constant_text", {"value": "long " * 1000}),
        x="toy.fail",
    )
    result = toy.execute(graph, store, "f", "c", "x")
    (of_grid,) = result.failures("f")[0][1].inputs
    assert of_grid == "a: grid (1, 24000000) float32, 0.25 to 0.25"
    assert result.failures("c")[0][1].inputs == ("items: 2 frames",)
    assert all(len(text) < 100 for text in result.failures("x")[0][1].inputs)


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("type", ["toy.liar.low is a Text", "a Number is due"]),
        ("none", ["toy.liar.low is missing", "a Number is due"]),
        ("count", ["1 value(s)", "2 are due", "low, high"]),
    ],
)
def test_e12_wrong_outputs(store: Store, kind: str, parts: list[str]) -> None:
    graph = toy.build("l.low -> o.a; a.number -> p.a", l=("toy.liar", {"kind": kind}), o="toy.one",
                      a="toy.number", p="toy.one")  # fmt: skip
    result = toy.execute(graph, store, "o", "p")
    assert result.states == {"l": "failed", "o": "blocked", "a": "executed", "p": "executed"}
    message = result.failures("l")[0][1].message
    assert all(part in message for part in parts)


def test_e12_output_that_cannot_be_stored(store: Store) -> None:
    graph = toy.build("c.any -> x.value; a.number -> o.a", c="toy.opaque", x="toy.anything",
                      a="toy.number", o="toy.one")  # fmt: skip
    result = toy.execute(graph, store, "x", "o")
    assert result.states == {"c": "failed", "x": "blocked", "a": "executed", "o": "executed"}
    assert "not a value type" in result.failures("c")[0][1].message


def test_e12_numbers_of_numpy_are_numbers(tmp_path: Path) -> None:
    graph = toy.build("g.grid -> m.grid; m.number -> o.a", g=("toy.grid", {"value": 0.5}),
                      m="toy.mean", o="toy.one")  # fmt: skip
    for store in (Store(0, Disk(tmp_path / "s")), Store(0, Disk(tmp_path / "s"))):
        result = toy.execute(graph, store, "o", "m")
        assert type(result.value("m")) is float
        assert result.value("o") == 1.5
    assert toy.calls == {"grid": 1, "mean": 1, "one": 1}


def test_e13_inputs_are_read_only(store: Store) -> None:
    graph = toy.build(
        "g.grid -> v.grid; g.grid -> d.grid", g=("toy.grid", {"value": 1.0}), v="toy.vandal",
        d="toy.double",
    )  # fmt: skip
    result = toy.execute(graph, store, "v", "d")
    assert result.states == {"g": "executed", "v": "failed", "d": "executed"}
    assert "read-only" in result.failures("v")[0][1].message
    cached = toy.execute(graph, store, "g")
    assert cached.cached == ["g"]
    assert cached.value("g").data.tolist() == [[1.0] * 4]


def test_e13_inputs_from_disk_are_read_only(tmp_path: Path) -> None:
    graph = toy.build("g.grid -> v.grid", g=("toy.grid", {"value": 1.0}), v="toy.vandal")
    for _ in range(2):
        store = Store(0, Disk(tmp_path / "s"))
        assert toy.execute(graph, store, "v").failed == ["v"]
        assert np.array_equal(toy.execute(graph, store, "g").value("g").data, [[1.0] * 4])


@pytest.mark.parametrize("own", [False, True])
def test_e14_out_of_memory(store: Store, own: bool) -> None:
    graph = toy.build(
        "g.grid -> x.grid; g.grid -> d.grid",
        g="toy.grid",
        x=("toy.exhaust", {"own": own}),
        d="toy.double",
    )
    toy.execute(graph, store, "d")
    assert store.held_bytes > 0
    result = toy.execute(graph, store, "x")
    ((_, failure),) = result.failures("x")
    assert failure.error == "MemoryError"
    assert "out of memory" in failure.message
    assert store.held_bytes == 0
    assert toy.execute(graph, store, "d").status == "ok"


@pytest.mark.parametrize(
    ("kind", "failures", "state", "called", "retries"),
    [
        ("disk", 1, "executed", 2, 1),
        ("disk", 2, "executed", 3, 2),
        ("disk", 3, "failed", 3, 0),
        ("missing", 1, "failed", 1, 0),
        ("other", 1, "failed", 1, 0),
    ],
)
def test_e17_readers_are_tried_again(
    store: Store, kind: str, failures: int, state: str, called: int, retries: int
) -> None:
    graph = toy.build(f=("toy.flaky", {"failures": failures, "kind": kind}))
    result = toy.execute(graph, store, "f")
    assert result.states["f"] == state
    assert toy.calls["flaky"] == called
    assert result.statistics()["f"]["retries"] == retries


@pytest.mark.parametrize(
    "bad",
    ["toy.fail", "toy.exhaust_alone", "toy.opaque", "toy.liar", "toy.leave", "toy.read",
     "toy.deep", "toy.stop"],
)  # fmt: skip
@pytest.mark.parametrize("workers", [1, 2])
def test_e16_a_good_graph_works_after_any_failure(store: Store, bad: str, workers: int) -> None:
    params = {"file": "no such file"} if bad == "toy.read" else {}
    graph = Graph(toy.registry())
    for id in ("x", "y", "z"):
        graph.add(id, bad, **params)
    result = toy.execute(graph, store, "x", "y", "z", workers=workers)
    assert result.failed == ["x", "y", "z"]
    assert toy.execute(toy.chain(3), store, "n3", workers=workers).value("n3") == 3.0


@pytest.mark.parametrize("disk", [False, True])
def test_e18_warnings_are_shown_again(tmp_path: Path, disk: bool) -> None:
    graph = toy.build("w.number -> o.a", w="toy.warn", o="toy.one")
    store = Store(1 << 30, Disk(tmp_path / "s") if disk else None)
    for again in (False, True):
        events: list[Event] = []
        result = toy.execute(graph, store, "w", "o", post=events.append)
        shown = [(e.node, e.data["message"]) for e in events if e.kind == "warning"]
        assert shown == [("w", "take care")]
        assert result.warnings("w") == ["take care"]
        assert ("w" in result.cached) is again
        if disk:
            store = Store(1 << 30, Disk(tmp_path / "s"))
    assert toy.calls["warn"] == 1


def test_writer_that_fails_leaves_no_file(store: Store, tmp_path: Path) -> None:
    graph = toy.build(w=("toy.torn_write", {"file": "out.txt"}))
    result = toy.execute(graph, store, folder=tmp_path)
    assert result.failed == ["w"]
    assert not list(tmp_path.iterdir())


def test_writer_that_writes_nothing_fails(store: Store, tmp_path: Path) -> None:
    graph = toy.build(w=("toy.torn_write", {"file": "out.txt", "torn": False}))
    result = toy.execute(graph, store, folder=tmp_path)
    assert "nothing was written" in result.failures("w")[0][1].message


def test_o14_loop_in_what_a_node_expands_into_is_an_error_at_that_node(store: Store) -> None:
    graph = toy.build(
        "n.number -> e.a; e.number -> o.a; n.number -> p.a",
        n="toy.number",
        e="toy.run_loop",
        o="toy.one",
        p="toy.one",
    )
    result = toy.execute(graph, store, "o", "p", workers=2)
    assert result.states == {"n": "executed", "e": "failed", "o": "blocked", "p": "executed"}
    ((_, failure),) = result.failures("e")
    assert failure.message == "x: loop: x → y → x"
