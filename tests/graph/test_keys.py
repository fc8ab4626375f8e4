"""Keys: what is computed again and what is not (K01 to K23)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph.check import check
from graph.keys import canonical
from graph.model import Graph
from graph.plan import plan
from graph.registry import Registry
from graph.spec import node
from graph.store import Store
from tests.graph import toy_nodes as toy
from tests.graph import toy_values


def keys(graph: Graph, folder: Path | str = ".") -> dict[str, str]:
    """The key of every node, all of them targets."""
    made = plan(graph, Store(0), targets=list(graph.nodes), folder=folder)
    assert not made.problems
    return {id: made.nodes[id].record["key"] for id in graph.nodes}


def key_of(type: str, **params: Any) -> str:
    """The key of a lone node."""
    return keys(toy.build(a=(type, params)))["a"]


def test_k01_unchanged_graph_runs_nothing(store: Store) -> None:
    toy.execute(toy.diamond(), store, "d")
    toy.reset()
    result = toy.execute(toy.diamond(), store, "d")
    assert not toy.calls
    assert result.cached == ["a", "b", "c", "d"]
    assert result.value("d") == 8.0


def test_k02_changed_parameter_runs_its_node_and_descendants(store: Store) -> None:
    graph = toy.diamond()
    toy.execute(graph, store, "d")
    toy.reset()
    graph.set("b", "plus", 5.0)
    result = toy.execute(graph, store, "d")
    assert toy.calls == {"one": 1, "add": 1}
    assert result.executed == ["b", "d"]
    assert result.cached == ["a", "c"]
    assert "parameter plus changed 1.0 → 5.0" in result.reason("b")


def test_k03_value_set_back_runs_nothing(store: Store) -> None:
    graph = toy.diamond()
    for plus in (1.0, 5.0):
        graph.set("b", "plus", plus)
        toy.execute(graph, store, "d")
    toy.reset()
    graph.set("b", "plus", 1.0)
    assert toy.execute(graph, store, "d").value("d") == 8.0
    assert not toy.calls


def test_k04_moving_renaming_grouping_runs_nothing(store: Store) -> None:
    graph = toy.diamond()
    toy.execute(graph, store, "d")
    toy.reset()
    graph.rename("a", "source")
    graph.rename("d", "sum")
    graph.view["nodes"] = {"sum": [40, 80], "b": [0, 0]}
    graph.view["colors"] = {"b": "#ff0000"}
    graph.groups["left"] = {"nodes": ["b", "c"]}
    graph.meta["title"] = "another"
    result = toy.execute(graph, store, "sum")
    assert not toy.calls
    assert result.cached == list(result.states)


def test_k05_equal_nodes_work_once(store: Store) -> None:
    graph = toy.build(
        "a.number -> x.a; b.number -> y.a; x.number -> s.a; y.number -> s.b",
        a=("toy.number", {"value": 4.0}),
        b=("toy.number", {"value": 4.0}),
        x="toy.one",
        y="toy.one",
        s="toy.add",
    )
    result = toy.execute(graph, store, "s")
    assert toy.calls == {"number": 1, "one": 1, "add": 1}
    assert result.value("s") == 10.0
    assert result.value("y") == 5.0


def test_k06_default_given_or_left_out() -> None:
    assert key_of("toy.number") == key_of("toy.number", value=0.0)
    assert key_of("toy.number") != key_of("toy.number", value=1.0)


def test_k06_default_written_in_another_type() -> None:
    @node("test.loose")
    def loose(*, level: float = 1, pair: tuple[float, float] = (1, 2)) -> float:
        """Defaults written as whole numbers."""
        return level

    def key(**params: Any) -> str:
        graph = Graph(Registry([loose]))
        graph.add("a", "test.loose", **params)
        return keys(graph)["a"]

    assert key() == key(level=1) == key(level=1.0) == key(pair=[1, 2]) == key(pair=(1.0, 2.0))


def test_k07_order_of_parameters() -> None:
    one = key_of("toy.between", low=0.1, high=0.9, mode="exact", count=2)
    assert key_of("toy.between", count=2, mode="exact", high=0.9, low=0.1) == one


def test_k08_number_written_as_integer_and_text() -> None:
    assert key_of("toy.number", value=1) == key_of("toy.number", value=1.0)
    assert key_of("toy.constant", value="1") != key_of("toy.constant", value=1)
    assert key_of("toy.constant", value=np.float64(0.5)) == key_of("toy.constant", value=0.5)
    assert key_of("toy.constant", value=True) != key_of("toy.constant", value=1)


def test_k09_negative_zero_and_nan() -> None:
    assert key_of("toy.number", value=-0.0) == key_of("toy.number", value=0.0)
    assert key_of("toy.constant", value=-0.0) == key_of("toy.constant", value=0.0)
    for bad in (float("nan"), float("inf")):
        problems = check(toy.build(a=("toy.number", {"value": bad})))
        assert [(p.node, p.name) for p in problems] == [("a", "value")]
        assert "finite" in problems[0].message
        with pytest.raises(ValueError, match="cannot be part of a key"):
            canonical([bad])


def test_k10_swapped_inputs() -> None:
    nodes = {"a": ("toy.number", {"value": 1.0}), "b": ("toy.number", {"value": 2.0})}
    one = toy.build("a.number -> s.a; b.number -> s.b", **nodes, s="toy.subtract")
    two = toy.build("b.number -> s.a; a.number -> s.b", **nodes, s="toy.subtract")
    assert keys(one)["s"] != keys(two)["s"]


def test_k10_order_of_linking_is_nothing() -> None:
    nodes = {"a": ("toy.number", {"value": 1.0}), "b": ("toy.number", {"value": 2.0})}
    one = toy.build("a.number -> s.a; b.number -> s.b", **nodes, s="toy.subtract")
    two = toy.build("b.number -> s.b; a.number -> s.a", **nodes, s="toy.subtract")
    assert keys(one) == keys(two)


def test_k11_another_output_of_the_same_node() -> None:
    nodes = {"a": "toy.number", "h": "toy.halves", "x": "toy.one"}
    low = toy.build("a.number -> h.a; h.low -> x.a", **nodes)
    high = toy.build("a.number -> h.a; h.high -> x.a", **nodes)
    assert keys(low)["x"] != keys(high)["x"]


def test_k12_shared_branch_of_another_graph(store: Store) -> None:
    toy.execute(toy.diamond(), store, "d")
    toy.reset()
    other = toy.build(
        "u.number -> v.a; v.number -> w.a", u=("toy.number", {"value": 2.0}), v="toy.one",
        w=("toy.one", {"plus": 9.0}),
    )  # fmt: skip
    result = toy.execute(other, store, "w", scope="other")
    assert toy.calls == {"one": 1}
    assert result.cached == ["u", "v"]


PRINT_KEYS = """
from graph.plan import plan
from graph.store import Store
from tests.graph import toy_nodes as toy
from tests.graph import toy_values
graph = toy.build("c.any -> x.value; n.number -> t.items; t.number -> y.a",
    c=("toy.constant", {"value": {"b": {1, 2, 3}, "a": {"x", "y", "z"}, "c": [1.5, None]}}),
    x="toy.anything", n=("toy.numbers", {"value": [3.0, 1.0]}), t="toy.total", y="toy.one")
made = plan(graph, Store(0), targets=list(graph.nodes))
print({id: node.record["key"] for id, node in made.nodes.items()})
"""


def test_k13_new_process_with_another_hash_seed(fresh: Any) -> None:
    printed = {fresh(PRINT_KEYS, seed=seed) for seed in (1, 2)}
    assert len(printed) == 1
    assert printed.pop().count("'") == 20


def test_k14_cost_per_node_is_the_same_in_long_chains() -> None:
    cost = {}
    for length in (500, 5_000):
        graph = toy.chain(length)
        cost[length] = toy_values.count_calls(
            lambda graph=graph, last=f"n{length}": plan(graph, Store(0), targets=[last])
        )
    assert cost[5_000] / 5_000 < 1.1 * cost[500] / 500


def versioned(version: int) -> Registry:
    """The toy nodes, ``toy.one`` in some version."""

    @node("toy.one", version=version)
    def one(a: float, *, plus: float = 1.0) -> float:
        """Add to a number."""
        toy.note("one")
        return a + plus

    return Registry([one, *(s.function for s in toy.registry() if s.id != "toy.one")])


def test_k15_raised_version_runs_its_nodes_and_descendants(store: Store) -> None:
    def graph(version: int) -> Graph:
        made = Graph(versioned(version))
        made.add("a", "toy.number", value=1.0)
        made.add("b", "toy.one")
        made.add("c", "toy.halves")
        made.add("d", "toy.halves")
        made.link("a", "number", "b", "a")
        made.link("b", "number", "c", "a")
        made.link("a", "number", "d", "a")
        return made

    toy.execute(graph(1), store, "c", "d")
    made = plan(graph(2), store, targets=["c", "d"])
    assert made.ids("run") == ["b", "c"]
    assert made.ids("cached") == ["a", "d"]
    assert made.nodes["b"].reason == "version 1 → 2"
    assert made.nodes["c"].reason == "input a changed"


def test_k16_identical_result_stops_the_wave(store: Store) -> None:
    graph = toy.build(
        "g.grid -> c.grid; c.grid -> d.grid; d.grid -> m.grid",
        g=("toy.grid", {"value": 0.5}),
        c=("toy.clip", {"limit": 1.0}),
        d="toy.double",
        m="toy.measure",
    )
    toy.execute(graph, store, "m")
    toy.reset()
    graph.set("c", "limit", 2.0)
    result = toy.execute(graph, store, "m")
    assert toy.calls == {"clip": 1}
    assert result.executed == ["c"]
    assert result.value("m") == 1.0
    toy.reset()
    assert plan(graph, store, targets=["m"]).ids("run") == []  # known by its new recipe too


def test_k16_a_writer_with_the_same_content_does_not_write(store: Store, tmp_path: Path) -> None:
    graph = toy.build(
        "g.grid -> c.grid; c.grid -> m.grid; m.number -> w.value",
        g=("toy.grid", {"value": 0.5}),
        c="toy.clip",
        m="toy.measure",
        w=("toy.write", {"file": "out.txt"}),
    )
    toy.execute(graph, store, folder=tmp_path)
    graph.set("c", "limit", 2.0)
    toy.reset()
    result = toy.execute(graph, store, folder=tmp_path)
    assert toy.calls == {"clip": 1}
    assert result.status == "ok"
    graph.set("c", "limit", 3.0)
    (tmp_path / "out.txt").unlink()
    toy.execute(graph, store, folder=tmp_path)
    assert (tmp_path / "out.txt").read_text() == "0.5"


def test_k19_not_repeatable_runs_every_time(store: Store) -> None:
    graph = toy.build(
        "c.number -> x.a; x.number -> y.a",
        c=("toy.clock", {"values": [1.0, 1.0, 7.0]}),
        x="toy.one",
        y="toy.halves",
    )
    ran = []
    for _ in range(3):
        before = toy.calls.copy()
        result = toy.execute(graph, store, "y")
        ran.append(dict(toy.calls - before))
        assert "not repeatable" in result.reason("c")
    assert ran == [
        {"clock": 1, "one": 1, "halves": 1},
        {"clock": 1},  # the same content again: descendants are cached
        {"clock": 1, "one": 1, "halves": 1},
    ]
    assert result.value("y", "low") == 8 / 3


def test_k20_seeded_random_is_cached(store: Store) -> None:
    graph = toy.build(r=("toy.random", {"seed": 3}))
    first = toy.execute(graph, store, "r").value("r")
    second = toy.execute(graph, store, "r")
    assert toy.calls == {"random": 1}
    assert second.value("r") == first
    graph.set("r", "seed", 4)
    assert toy.execute(graph, store, "r").value("r") != first


def test_k21_changed_catalogue_file_runs_its_reader(store: Store, tmp_path: Path) -> None:
    (tmp_path / "catalogue.txt").write_text("5")
    graph = toy.build("r.number -> x.a", r=("toy.read", {"file": "catalogue.txt"}), x="toy.one")
    assert toy.execute(graph, store, "x", folder=tmp_path).value("x") == 6
    (tmp_path / "catalogue.txt").write_text("70")
    result = toy.execute(graph, store, "x", folder=tmp_path)
    assert result.executed == ["r", "x"]
    assert result.value("x") == 71
    assert result.reason("r") == "file catalogue.txt changed"


def viewer() -> Graph:
    """A grid, its processing, and a viewer that needs only their mean."""
    return toy.build(
        "g.grid -> d.grid; d.grid -> v.grid",
        g=("toy.grid", {"value": 2.0}),
        d="toy.double",
        v="toy.view",
    )


class Counting(Store):
    """A store that remembers which values it was asked for."""

    def __init__(self) -> None:
        super().__init__(1 << 30)
        self.asked: list[str] = []

    def value(self, digest: str) -> Any:
        """The value, asked for."""
        self.asked.append(type(super().value(digest)).__name__)
        return super().value(digest)


def test_k22_stretch_link_runs_display_only() -> None:
    store = Counting()
    graph = viewer()
    assert toy.execute(graph, store).value("v").text == "linked 4"
    toy.reset()
    store.asked.clear()
    graph.set("v", "link", "unlinked")
    made = plan(graph, store)
    assert made.ids("run") == ["v"]
    assert made.nodes["v:mean"].state == "cached"
    assert made.nodes["v:mean"].implicit_of == "v"
    result = toy.execute(graph, store)
    assert toy.calls == {"view": 1}
    assert "Grid" not in store.asked  # no array was even asked for
    assert result.value("v").text == "unlinked 4"


def test_k23_both_states_of_the_link_stay_cached(store: Store) -> None:
    graph = viewer()
    for link in ("linked", "unlinked"):
        graph.set("v", "link", link)
        toy.execute(graph, store)
    toy.reset()
    graph.set("v", "link", "linked")
    assert toy.execute(graph, store).value("v").text == "linked 4"
    assert not toy.calls
