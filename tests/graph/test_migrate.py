"""Older formats and nodes are brought up to date; newer ones are refused or kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graph import migrate
from graph.check import check
from graph.file import parse, serialize
from graph.model import Graph, Node
from graph.plan import plan
from graph.registry import Registry
from graph.run import run
from graph.spec import node
from graph.store import Store
from tests.graph.toy_files import REGISTRY, document, problems_of, text_of

# --- R05, R06: format versions ---------------------------------------------------------------


def test_r05_steps_are_taken_one_after_the_other() -> None:
    def to_two(old: dict[str, Any]) -> dict[str, Any]:
        return {**old, "trace": [1]}

    def to_three(old: dict[str, Any]) -> dict[str, Any]:
        assert old["version"] == 2
        return {**old, "trace": [*old["trace"], 2]}

    steps = {1: to_two, 2: to_three}
    old = document(other="kept")
    assert migrate.migrate(old, steps, 3) == {
        "format": "linearlink-graph", "version": 3, "other": "kept", "trace": [1, 2],
    }  # fmt: skip
    assert migrate.migrate({"version": 2, "trace": []}, steps, 3)["trace"] == [2]
    assert migrate.migrate({"version": 3, "x": 1}, steps, 3) == {"version": 3, "x": 1}
    assert old == document(other="kept")
    assert set(migrate.STEPS) == set(range(1, migrate.VERSION))


def test_r05_reading_migrates(monkeypatch: pytest.MonkeyPatch) -> None:
    def wires_were_links(old: dict[str, Any]) -> dict[str, Any]:
        return {**{k: v for k, v in old.items() if k != "wires"}, "links": old["wires"]}

    monkeypatch.setattr(migrate, "STEPS", {1: wires_were_links})
    monkeypatch.setattr(migrate, "VERSION", 2)
    nodes = {"a": {"type": "toy.number"}, "b": {"type": "toy.one"}}
    graph = parse(text_of(nodes=nodes, wires=["a.number -> b.a"]), REGISTRY)
    assert graph.links == {("b", "a"): ("a", "number")}
    assert graph.extra == {}


def test_r06_newer_format_is_refused_naming_both_versions() -> None:
    text = json.dumps({"format": "linearlink-graph", "version": 7, "nodes": "of another kind"})
    message = "the graph has format version 7, and this program reads up to version 1"
    assert problems_of(text)[0].startswith(message)


@pytest.mark.parametrize("version", [None, "1", 0, -3, 1.0, True, [1]])
def test_odd_format_versions_are_refused(version: Any) -> None:
    text = json.dumps({"format": "linearlink-graph", "version": version})
    assert "the format version must be a whole number from 1" in problems_of(text)[0]


@pytest.mark.parametrize("text", ["[]", "3", '"x"', "{}", '{"format": "other", "version": 1}'])
def test_other_json_is_not_a_graph(text: str) -> None:
    assert problems_of(text)[0].startswith("this is not a LinearLink graph")


# --- R07, R08, R11, R16: node versions -------------------------------------------------------


def _halve(params: dict[str, Any], version: int) -> dict[str, Any]:
    assert version in (1, 2)
    if version < 2:
        params["strength"] = params.pop("amount") / 100
    return {**params, "mode": "soft"}


@node("toy.glow", version=3, aliases=("toy.shine", "toy.gleam"), upgrade=_halve)
def glow(a: float, *, strength: float = 0.5, mode: str = "hard") -> float:
    """A node with a past."""
    return a * strength


GLOW = Registry([glow, *(spec.function for spec in REGISTRY)])


def glowing(**entry: Any) -> str:
    nodes = {"a": {"type": "toy.number", "version": 1}, "g": entry}
    return text_of(nodes=nodes, links=["a.number -> g.a", "a.number -> g.mask"])


def test_r07_older_node_is_upgraded_by_its_own_function() -> None:
    text = glowing(type="toy.glow", version=1, params={"amount": 40})
    graph = parse(text, GLOW)
    assert graph.nodes["g"] == Node("toy.glow", {"strength": 0.4, "mode": "soft"}, 3)
    assert graph.feeds("g")["a"] == ("a", "number")
    assert [str(p) for p in check(graph)] == ["g: has no socket 'mask' (its sockets: a)"]
    graph = parse(glowing(type="toy.glow", version=2, params={"strength": 0.2}), GLOW)
    assert graph.nodes["g"].params == {"strength": 0.2, "mode": "soft"}
    graph = parse(glowing(type="toy.glow", version=3, params={"strength": 0.2}), GLOW)
    assert graph.nodes["g"].params == {"strength": 0.2}


def test_r07_failing_upgrade_is_a_mistake_of_the_node() -> None:
    text = glowing(type="toy.glow", version=1, params={"amount": "much"})
    (problem,) = problems_of(text, GLOW)
    assert problem.startswith("g: its parameters cannot be brought from version 1 of toy.glow to")


def test_r07_newer_node_is_kept_with_a_warning() -> None:
    text = glowing(type="toy.glow", version=9, params={"strength": 0.1, "new": 1})
    graph = parse(text, GLOW)
    assert graph.nodes["g"] == Node("toy.glow", {"strength": 0.1, "new": 1}, 9)
    assert "saved with toy.glow version 9; version 3" in str(check(graph)[0])
    assert check(graph)[0].warning
    assert json.loads(serialize(graph))["nodes"]["g"]["version"] == 9


def test_r08_alias_is_followed() -> None:
    text = glowing(type="toy.shine", version=1, params={"amount": 40})
    graph = parse(text, GLOW)
    assert graph.nodes["g"] == Node("toy.glow", {"strength": 0.4, "mode": "soft"}, 3)
    assert '"toy.shine"' not in serialize(graph)


def versions_of_one(plus: float, between: bool) -> Registry:
    """A registry whose ``toy.shift`` has that default, and maybe a parameter in the middle."""
    if between:

        @node("toy.shift")
        def shift(*, a: float = 1.0, middle: float = 100.0, b: float = plus) -> float:
            return a + 10 * b + middle
    else:

        @node("toy.shift")
        def shift(*, a: float = 1.0, b: float = plus) -> float:  # type: ignore[misc]
            return a + 10 * b

    return Registry([shift])


def value_of(graph: Graph, id: str) -> Any:
    store = Store()
    return run(plan(graph, store, targets=[id]), store, workers=1).value(id)


def test_r11_parameter_gained_in_the_middle_shifts_nothing() -> None:
    old = Graph(versions_of_one(2.0, between=False))
    old.add("s", "toy.shift", a=3.0, b=4.0)
    graph = parse(serialize(old), versions_of_one(2.0, between=True))
    assert graph.nodes["s"].params == {"a": 3.0, "b": 4.0}
    assert value_of(graph, "s") == 3.0 + 40.0 + 100.0
    saved = json.loads(serialize(graph))["nodes"]["s"]["params"]
    assert list(saved.items()) == [("a", 3.0), ("middle", 100.0), ("b", 4.0)]


def test_r16_file_gives_the_old_result_when_a_default_changes() -> None:
    old = Graph(versions_of_one(2.0, between=False))
    old.add("s", "toy.shift")
    text = serialize(old)
    assert json.loads(text)["nodes"]["s"]["params"] == {"a": 1.0, "b": 2.0}
    graph = parse(text, versions_of_one(7.0, between=False))
    assert value_of(graph, "s") == value_of(old, "s") == 21.0


def test_missing_version_of_a_node_is_todays() -> None:
    graph = parse(glowing(type="toy.glow", params={"strength": 0.2}), GLOW)
    assert graph.nodes["g"].version == 3
    assert graph.nodes["g"].params == {"strength": 0.2}
