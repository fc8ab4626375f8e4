"""What stands in a key, down to the bits (K25 to K29), and the slow reference (K30)."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from graph.check import check
from graph.keys import canonical
from graph.model import Graph
from graph.plan import plan
from graph.registry import Registry
from graph.spec import Each, node
from graph.store import Store
from graph.task import leaves
from tests.graph import toy_nodes as toy
from tests.graph.test_keys import key_of


def test_k25_arrays_of_other_shape_or_type() -> None:
    flat = np.arange(6, dtype=np.float32)
    variants = [
        flat,
        flat.reshape(2, 3),
        flat.reshape(3, 2),
        flat.view(np.int32),
        flat.astype(">f4"),
        flat.reshape(2, 3).T,
        np.zeros(0, np.float32),
        np.zeros((0, 3), np.float32),
    ]
    assert len({key_of("toy.constant", value=array) for array in variants}) == len(variants)


def test_k25_fields_of_structured_arrays() -> None:
    one = np.zeros(2, [("x", "f4"), ("y", "f4")])
    two = np.zeros(2, [("x", "f4"), ("z", "f4")])
    assert key_of("toy.constant", value=one) != key_of("toy.constant", value=two)


def test_k26_memory_order_of_arrays() -> None:
    c = np.arange(12.0).reshape(3, 4)
    f = np.asfortranarray(c)
    strided = np.repeat(c, 2, axis=1)[:, ::2]
    assert key_of("toy.constant", value=c) == key_of("toy.constant", value=f)
    assert key_of("toy.constant", value=c) == key_of("toy.constant", value=strided)


def test_k27_order_of_mappings_sets_and_lists() -> None:
    def key(value: Any) -> str:
        return key_of("toy.constant", value=value)

    assert key({"a": 1, "b": {"c", "d"}}) == key({"b": {"d", "c"}, "a": 1})
    assert key([1, 2]) != key([2, 1])
    assert key({1, 2}) != key([1, 2])
    assert key({"a": 1}) != key([["a", 1]])


def test_k27_a_mapping_cannot_pass_for_a_set_or_an_array() -> None:
    array = np.arange(3.0)
    for value in ({1, 2}, array):
        text = json.loads(canonical(value))
        assert canonical(text) != canonical(value)


def test_k28_value_without_a_key_is_named(store: Store) -> None:
    class Opaque:
        pass

    for value in (Opaque(), [Opaque()], {"a": lambda: 0}, np.array([object()])):
        graph = toy.build(a=("toy.constant", {"value": value}), b="toy.number")
        problems = [(p.node, p.name) for p in check(graph)]
        assert problems == [("a", "value")]
        result = toy.execute(graph, store, "a", "b")
        assert result.states == {"a": "blocked", "b": result.states["b"]}
        assert "cannot be part of a key" in result.reason("a")


def test_k28_items_of_a_list_of_any_kind(store: Store) -> None:
    @node("test.each_any")
    def each_any(*, value: Annotated[Any, Each()]) -> Any:
        """Items of any kind."""
        return value

    graph = Graph(Registry([each_any]))
    graph.add("a", "test.each_any", value=[1, {2}, [3, object()]])
    assert check(graph) or plan(graph, store, targets=["a"]).problems


def test_k29_moved_project_is_cached(store: Store, tmp_path: Path) -> None:
    first = tmp_path / "first"
    (first / "data").mkdir(parents=True)
    for name, value in (("a_1", 1), ("a_2", 2), ("dark", 5)):
        (first / "data" / f"{name}.txt").write_text(str(value))
    graph = toy.build(
        "l.number -> s.a; d.number -> s.b; s.number -> t.items; t.number -> w.value",
        l=("toy.read_each", {"files": "data/a_*.txt"}),
        d=("toy.read", {"file": "data/dark.txt"}),
        s="toy.subtract",
        t="toy.total",
        w=("toy.write", {"file": "out/total.txt"}),
    )
    toy.execute(graph, store, folder=first)
    assert (first / "out" / "total.txt").read_text() == "-7"
    second = tmp_path / "elsewhere" / "second"
    shutil.move(first, second)
    toy.reset()
    result = toy.execute(graph, store, folder=second)
    assert not toy.calls
    assert result.cached == list(result.states)
    assert set(result.cached) == set(graph.nodes)


# --- the slow reference ---------------------------------------------------------------------------


def slow_key(graph: Graph, id: str, item: int | None = None) -> str:
    """A key by the definition, with plain recursion and json; for nodes without files."""
    use = graph.nodes[id]
    spec = graph.registry.get(use.type)
    assert spec is not None
    params = {}
    for name, parameter in spec.params.items():
        if (id, name) in graph.links:
            continue
        value = use.params.get(name, parameter.default)
        if parameter.each:
            value = value[item]
        if parameter.type is float:
            value = float(value)
        params[name] = value
    inputs = []
    for name in (*spec.sockets, *spec.params):
        if (id, name) not in graph.links:
            continue
        source, output = graph.links[id, name]
        if name in spec.sockets and spec.sockets[name].depth:
            many = [[slow_key(graph, source, i), output] for i in range(items(graph, source) or 1)]
            inputs.append([name, many])
        else:
            inputs.append([name, [slow_key(graph, source, item), output]])
    recipe = ["linearlink-key-1", spec.id, spec.version, params, inputs, []]
    text = json.dumps(recipe, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def items(graph: Graph, id: str) -> int | None:
    """How many items a node has; None when it is not mapped."""
    spec = graph.spec(id)
    assert spec is not None
    for name, parameter in spec.params.items():
        if parameter.each:
            return len(graph.nodes[id].params[name])
    for name, (source, _) in graph.feeds(id).items():
        if name in spec.params or not spec.sockets[name].depth:
            count = items(graph, source)
            if count is not None:
                return count
    return None


def everything() -> Graph:
    """Nodes of most kinds, mapped and not."""
    return toy.build(
        """a.number -> b.a; i.integer -> b.b; b.number -> h.a; h.low -> p.a; n.number -> p.b
        p.number -> q.a; h.high -> q.scale; n.number -> q.b
        q.number -> t.items; a.number -> t.plus; a.number -> u.items; h.high -> u.factor""",
        a=("toy.number", {"value": 2}),
        i=("toy.whole", {"value": 3}),
        b=("toy.add", {"scale": 2.5}),
        h="toy.halves",
        n=("toy.numbers", {"value": [3.0, 1, 2.0]}),
        p="toy.pair",
        q="toy.add",
        t="toy.total",
        u="toy.order",
    )


def test_k30_keys_agree_with_a_slow_reference(store: Store) -> None:
    graph = everything()
    made = toy.execute(graph, store, *graph.nodes).plan
    for id, known in made.nodes.items():
        tasks = list(leaves(known.tasks))
        count = items(graph, id)
        expected = [slow_key(graph, id, i) for i in range(count or 1)]
        assert [task.key for task in tasks] == expected, id
        assert all(task.entry.key == task.key for task in tasks)
