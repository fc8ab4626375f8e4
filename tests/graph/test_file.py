"""The graph file: what is kept, what is brought up to date, what is refused and where."""

from __future__ import annotations

import json
import os
import pickle
import stat
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import file as graph_file
from graph import migrate
from graph.check import check
from graph.document import MAX_BYTES, MAX_DEPTH, MAX_VALUES, WIDTH
from graph.errors import GraphError
from graph.file import MAX_LINKS, MAX_NODES, parse, read, serialize, write
from graph.model import Graph, Node
from graph.plan import plan
from graph.registry import Registry
from graph.run import run
from graph.spec import node
from graph.store import Store
from tests.graph import toy_nodes as toy

REGISTRY = toy.registry()
ROOT = Path(__file__).resolve().parents[2]


def document(**keys: Any) -> dict[str, Any]:
    return {"format": "linearlink-graph", "version": 1, **keys}


def text_of(**keys: Any) -> str:
    return json.dumps(document(**keys))


def problems_of(text: str, registry: Registry = REGISTRY) -> list[str]:
    with pytest.raises(GraphError) as caught:
        parse(text, registry)
    return [str(problem) for problem in caught.value.problems]


def sample() -> Graph:
    graph = Graph(REGISTRY)
    graph.meta = {"title": "Ärger & Größe 🌌", "author": "N. N."}
    graph.add("numbers", "toy.numbers", value=[3.0, 1e-300, 0.1])
    graph.add("one", "toy.one", plus=-2.5)
    graph.add("total", "toy.total")
    graph.add("write", "toy.write", file="out/sum.txt")
    graph.link("numbers", "number", "one", "a")
    graph.link("one", "number", "total", "items")
    graph.link("total", "number", "write", "value")
    graph.inputs = {"values": {"node": "numbers", "param": "value", "help": "some numbers"}}
    graph.view = {"nodes": {"one": [40, 80.5]}, "frames": [], "notes": [{"text": "☉"}]}
    return graph


# --- R01: the same bytes ---------------------------------------------------------------------


def test_r01_saved_loaded_saved_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first.graph.json", tmp_path / "second.graph.json"
    write(sample(), first)
    loaded = read(first, REGISTRY)
    write(loaded, second)
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes().endswith(b"}\n")
    assert "Größe 🌌" in first.read_text("utf-8")
    assert loaded.links == sample().links
    assert loaded.meta == sample().meta
    assert loaded.view == sample().view
    assert loaded.inputs == sample().inputs
    assert list(loaded.nodes) == list(sample().nodes)


_texts = st.text(max_size=12)
_plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=12,
)
_ids = st.text(st.characters(exclude_characters="."), min_size=1, max_size=8).filter(
    lambda id: id == id.strip() and "->" not in id and id.isprintable()
)
_objects = st.dictionaries(_texts, _plain, max_size=3)


@st.composite
def _graphs(draw: st.DrawFn) -> Graph:
    graph = Graph(REGISTRY)
    types = st.sampled_from(["toy.constant", "toy.add", "toy.total", "other.unknown"])
    ids = draw(st.lists(_ids, unique=True, max_size=6))
    nodes = {
        id: Node(
            draw(types),
            draw(_objects),
            1,
            draw(_texts),
            {f"x{key}": value for key, value in draw(_objects).items()},
        )
        for id in ids
    }
    links = [((b, "a"), (a, "number")) for a, b in pairwise(ids)]
    graph.load(nodes, draw(st.permutations(links)))
    graph.meta = {"title": draw(_texts)}
    graph.groups, graph.presets, graph.view = draw(_objects), draw(_objects), draw(_objects)
    graph.extra = {f"x{key}": value for key, value in draw(_objects).items()}
    return graph


@settings(max_examples=60, deadline=None)
@given(_graphs())
def test_r01_any_graph_survives(graph: Graph) -> None:
    text = serialize(graph)
    loaded = parse(text, REGISTRY)
    assert serialize(loaded) == text
    assert text.encode()
    assert loaded.links == graph.links
    assert (loaded.view, loaded.groups, loaded.extra) == (graph.view, graph.groups, graph.extra)
    for id, node_ in graph.nodes.items():
        found = loaded.nodes[id]
        assert (found.type, found.title, found.extra) == (node_.type, node_.title, node_.extra)
        assert {name: found.params[name] for name in node_.params} == node_.params


def test_r01_half_a_surrogate_pair_is_kept(tmp_path: Path) -> None:
    text = json.dumps(document(title="a \ud83c b"))
    graph = parse(text, REGISTRY)
    write(graph, tmp_path / "g.json")
    assert read(tmp_path / "g.json", REGISTRY).meta["title"] == "a \ud83c b"


def test_layout_reads_well() -> None:
    graph = sample()
    graph.add("between", "toy.between")
    graph.set("between", "high", 12345.678)
    graph.set("numbers", "value", [i / 8 for i in range(100)])
    text = serialize(graph)
    lines = text.splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert lines[:3] == ["{", '  "format": "linearlink-graph",', '  "version": 1,']
    keys = ["format", "version", "title", "author", "inputs", "nodes", "links", "groups"]
    assert list(json.loads(text)) == [*keys, "presets", "view"]
    assert '    "one": {"type": "toy.one", "version": 1, "params": {"plus": -2.5}},' in lines
    start = lines.index('    "between": {')
    assert lines[start + 1 : start + 5] == [
        '      "type": "toy.between",',
        '      "version": 1,',
        '      "params": {"low": 0.0, "high": 12345.678, "mode": "fast", "count": 1}',
        "    }",
    ]
    assert '    "numbers.number -> one.a",' in lines
    assert '      "one": [40, 80.5]' in lines
    assert len(lines) < 60


def test_links_stand_in_the_order_of_their_targets() -> None:
    graph = Graph(REGISTRY)
    for id in ("z", "a", "m"):
        graph.add(id, "toy.add")
    graph.link("a", "number", "m", "b")
    graph.link("z", "number", "m", "a")
    graph.link("z", "number", "a", "b")
    expected = ["z.number -> a.b", "z.number -> m.a", "a.number -> m.b"]
    assert json.loads(serialize(graph))["links"] == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "nan cannot stand in a file"),
        (float("inf"), "inf cannot stand in a file"),
        (object(), "a object cannot stand in a file"),
        ({1: 2}, "needs text keys"),
        (np.zeros(3), "a ndarray cannot stand in a file"),
        ([[float("-inf")]], "-inf cannot"),
    ],
)
def test_values_that_a_file_cannot_hold_are_named(value: Any, message: str) -> None:
    graph = sample()
    graph.add("bad", "toy.constant", value=value)
    with pytest.raises(GraphError, match=f"bad.value: .*{message}"):
        serialize(graph)


def test_what_could_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    deep: Any = 1
    for _ in range(MAX_DEPTH - 3):
        deep = [deep]
    graph = Graph(REGISTRY)
    graph.add("deep", "toy.constant", value=deep)
    with pytest.raises(GraphError, match="nested deeper than 50"):
        write(graph, tmp_path / "g.json")
    graph.set("deep", "value", "x" * MAX_BYTES)
    with pytest.raises(GraphError, match="larger than 16 MiB"):
        write(graph, tmp_path / "g.json")
    graph.set("deep", "value", deep[0])
    write(graph, tmp_path / "g.json")
    read(tmp_path / "g.json", REGISTRY)


def test_numbers_paths_and_tuples_of_a_notebook_are_written() -> None:
    graph = sample()
    value = (1, np.float64(0.1), np.int32(3), np.True_, Path("a") / "b", {"k": (2.0,)})
    graph.add("mixed", "toy.constant", value=value)
    assert json.loads(serialize(graph))["nodes"]["mixed"]["params"]["value"] == [
        1, 0.1, 3, True, "a/b", {"k": [2.0]},
    ]  # fmt: skip


# --- R03, R04: what is unknown is kept -------------------------------------------------------


def unknown() -> dict[str, Any]:
    return document(
        nodes={
            "a": {"type": "toy.number", "version": 1, "params": {"value": 2.0}},
            "new": {
                "type": "pack.newer",
                "version": 7,
                "title": "From a newer pack",
                "params": {"deep": {"list": [1, [2.5, None]], "text": "ü"}, "on": True},
                "colour": "#ff0000",
            },
            "after": {"type": "toy.one", "version": 1, "params": {"plus": 1.0, "glow": 3}},
            "apart": {"type": "toy.one", "version": 1, "params": {"plus": 5.0}},
        },
        links=["a.number -> new.in", "new.out -> after.a", "a.number -> apart.a"],
        view={"nodes": {"new": [10, 20]}, "zoom": 1.5},
        camera={"height": 3},
    )


def test_r03_unknown_type_is_written_back_unchanged() -> None:
    given_ = unknown()
    graph = parse(json.dumps(given_), REGISTRY)
    saved = json.loads(serialize(graph))
    assert saved["nodes"]["new"] == given_["nodes"]["new"]
    assert list(saved["nodes"]["new"]) == list(given_["nodes"]["new"])
    assert saved["links"] == given_["links"]
    assert saved["view"] == given_["view"]


def test_r03_branch_of_an_unknown_type_is_missing_and_others_run() -> None:
    graph = parse(json.dumps(unknown()), REGISTRY)
    assert [str(p) for p in check(graph) if not p.warning] == ["new: missing type 'pack.newer'"]
    store = Store()
    planned = plan(graph, store, targets=["after", "apart"])
    assert planned.state("new") == planned.state("after") == "blocked"
    assert planned.nodes["new"].reason == "missing type 'pack.newer'"
    assert planned.nodes["after"].reason == "blocked by new"
    result = run(planned, store, workers=1)
    assert result.value("apart") == 7.0


def test_r04_unknown_parameter_is_kept_and_reported() -> None:
    graph = parse(json.dumps(unknown()), REGISTRY)
    saved = json.loads(serialize(graph))
    assert saved["nodes"]["after"]["params"] == {"plus": 1.0, "glow": 3}
    warnings = [str(p) for p in check(graph) if p.warning]
    assert warnings == ["after.glow: unknown parameter of toy.one, kept and not used"]


def test_r04_unknown_keys_of_file_and_node_are_kept() -> None:
    saved = json.loads(serialize(parse(json.dumps(unknown()), REGISTRY)))
    assert saved["camera"] == {"height": 3}
    assert list(saved)[-1] == "camera"
    assert saved["nodes"]["new"]["colour"] == "#ff0000"
    assert saved["view"]["zoom"] == 1.5


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


# --- R09, R10, R12: mistakes -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1, column 1: "),
        ("{", "line 1, column 2: "),
        ('{\n  "format": "linearlink-graph",\n  "version" 1\n}', "line 3, column 13: "),
        ('{\n  "ü": [1,\n 2,,]}', "line 3, column 4: "),
        ('{"a": "x\ny"}', "line 1, column 9: "),
        ('{"format": "linearlink-graph", "version": 1} x', "line 1, column 46: "),
    ],
)
def test_r09_broken_json_is_named_with_line_and_column(text: str, place: str) -> None:
    (problem,) = problems_of(text)
    assert problem.startswith(place)


def test_r09_open_graph_is_untouched(tmp_path: Path) -> None:
    graph = sample()
    before = serialize(graph)
    path = tmp_path / "g.json"
    path.write_text('{"format": ')
    with pytest.raises(GraphError, match=r"g\.json: line 1, column 12: "):
        read(path, graph.registry)
    assert serialize(graph) == before


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ("-Infinity", "-Infinity"),
        ("1e999", "1e999"),
        ("-1E+400", "-1E+400"),
        ("1" * 5000, "1" * 17 + "…"),
    ],
)
def test_r12_numbers_that_are_not_finite_are_refused_with_their_place(
    number: str, shown: str
) -> None:
    text = (
        '{"format": "linearlink-graph", "version": 1,\n "title": "NaN \\" Infinity 1e999",\n'
        f' "nodes": {{"a": {{"type": "t", "params":\n  {{"x": [1, -2.5e3, {number}]}}}}}}}}'
    )
    assert problems_of(text) == [f"line 4, column 21: {shown} is not a finite number"]


def test_r10_everything_wrong_is_listed_at_once() -> None:
    text = """{
      "format": "linearlink-graph", "version": 1,
      "title": 5, "groups": [], "inputs": {"x": {"node": "a"}},
      "nodes": {
        "a": {"type": "toy.number", "params": {"value": 1, "value": 2}},
        "b": {"type": "toy.add"}, "b": {"type": "toy.one"},
        "c": {"type": "toy.add"}, "d": {"type": "toy.add"}, "e": {"type": "toy.one"},
        "no type": {}, "list": [], "bad": {"type": 1, "version": 0, "params": [], "title": []},
        "x.y": {"type": "toy.one"}
      },
      "links": [
        "c.number -> d.a", "d.number -> c.a", "e.number -> e.a",
        "gone.number -> c.b", "a.number -> gone.a",
        "a.number -> b.a", "c.number -> b.a",
        "nonsense", 3, "a.b.c -> d.e", "a -> b", "a.x -> b.y -> c.z", "list.x -> bad.y"
      ]
    }"""
    expected = [
        "nodes.a.params.value stands twice",
        "b: two nodes have this id",
        "'title' must be text, not 5",
        "'groups' must be an object in braces, not []",
        """the input 'x' must be {"node": …, "param": …}""",
        "no type: has no type",
        "list: must be an object in braces, not []",
        "bad: 'type' must be text, not 1",
        "bad: 'params' must be an object in braces, not []",
        "bad: 'title' must be text, not []",
        "bad: its version must be a whole number from 1, not 0",
        "the link 'nonsense' must read 'node.output -> node.socket'",
        "the link 3 must read 'node.output -> node.socket'",
        "the link 'a.b.c -> d.e' must read 'node.output -> node.socket'",
        "the link 'a -> b' must read 'node.output -> node.socket'",
        "the link 'a.x -> b.y -> c.z' must read 'node.output -> node.socket'",
        "x.y: an id is printable text without dots and arrows",
        "gone: the link gone.number -> c.b names no node",
        "gone: the link a.number -> gone.a names no node",
        "b.a: is already fed by a.number; remove that link first",
        "c: loop: c → d → c",
        "e: loop: e → e",
    ]
    assert sorted(problems_of(text)) == sorted(expected)


@pytest.mark.parametrize(
    ("key", "value"),
    [("nodes", []), ("links", {}), ("view", 1), ("presets", None), ("author", None)],
)
def test_r10_sections_of_the_wrong_kind_are_listed(key: str, value: Any) -> None:
    (problem,) = problems_of(text_of(**{key: value}))
    assert problem.startswith(f"{key!r} must be ")


def test_r10_near_names_of_dangling_links() -> None:
    nodes = {"stretch1": {"type": "toy.one"}, "a": {"type": "toy.number"}}
    (problem,) = problems_of(text_of(nodes=nodes, links=["a.number -> strech1.a"]))
    assert problem.endswith("names no node; did you mean 'stretch1'?")


def test_values_and_links_that_do_not_fit_do_not_fail_the_reading() -> None:
    nodes = {
        "a": {"type": "toy.stencil"},
        "b": {"type": "toy.between", "params": {"mode": "fst", "count": "three"}},
        "c": {"type": "toy.one", "params": {"plus": None}},
    }
    graph = parse(text_of(nodes=nodes, links=["a.stencil -> c.a", "a.none -> b.low"]), REGISTRY)
    assert graph.nodes["b"].params == {"mode": "fst", "count": "three"}
    assert sorted(str(problem) for problem in check(graph)) == [
        "a: has no output 'none' (its outputs: stencil)",
        "b.count: needs a whole number, not the text 'three'",
        "b.mode: the text 'fst' is not one of: fast, exact; did you mean 'fast'?",
        "c.a: a.stencil is of type Stencil, c.a takes Number",
        "c.plus: needs a number, not None",
    ]


# --- files -----------------------------------------------------------------------------------


def test_reading_errors_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match=r"none\.json: cannot be read: No such file"):
        read(tmp_path / "none.json", REGISTRY)
    with pytest.raises(GraphError, match="cannot be read: "):
        read(tmp_path, REGISTRY)
    path = tmp_path / "g.json"
    path.write_bytes(b'{"title": "\xff"}')
    with pytest.raises(GraphError, match=r"g\.json: is not UTF-8 text \(byte 12\)"):
        read(path, REGISTRY)
    path.write_text(text_of(nodes={"a": 1}, links=["x"]))
    with pytest.raises(GraphError) as caught:
        read(path, REGISTRY)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{path}: a: must be an object in braces, not 1"
    assert lines[1].startswith(f"{path}: the link 'x'")


def test_file_of_a_windows_editor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "g.json"
    path.write_bytes(b"\xef\xbb\xbf" + serialize(sample()).replace("\n", "\r\n").encode())
    graph = read(path, REGISTRY)
    assert serialize(graph) == serialize(sample())


def test_writing_keeps_the_mode_and_follows_links(tmp_path: Path) -> None:
    path, link = tmp_path / "g.json", tmp_path / "link.json"
    write(sample(), path)
    fresh = tmp_path / "other"
    fresh.write_text("")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(fresh.stat().st_mode)
    if os.name == "posix":
        path.chmod(0o640)
        link.symlink_to(path)
        graph = sample()
        graph.set("one", "plus", 9.0)
        write(graph, link)
        assert link.is_symlink()
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert read(path, REGISTRY).nodes["one"].params["plus"] == 9.0


def test_writing_errors_name_the_file_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileNotFoundError, match=r"none.g\.json'"):
        write(sample(), tmp_path / "none" / "g.json")
    path = tmp_path / "g.json"
    write(sample(), path)
    before = path.read_bytes()
    graph = sample()
    graph.set("one", "plus", 9.0)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*g\.json'"):
        write(graph, path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["g.json"]


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_r13_program_killed_while_saving_leaves_the_old_file_whole(
    tmp_path: Path, moment: str
) -> None:
    path = tmp_path / "g.json"
    write(sample(), path)
    before = path.read_bytes()
    code = f"""
import os, sys
from pathlib import Path
from graph import file
from tests.graph import toy_nodes as toy
graph = file.read(sys.argv[1], toy.registry())
graph.set("one", "plus", 9.0)
def die(*args, **options): os._exit(9)
os.fsync = die if {moment!r} == "fsync" else os.fsync
Path.replace = os.replace = os.rename = die
file.write(graph, sys.argv[1])
"""
    ended = subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=False)
    assert ended.returncode == 9
    assert path.read_bytes() == before
    assert serialize(read(path, REGISTRY)) == before.decode()


# --- R15: what is for people -----------------------------------------------------------------


def test_r15_view_never_touches_a_key() -> None:
    def keys(graph: Graph) -> dict[str, str]:
        planned = plan(graph, Store(), targets=["total"])
        return {id: entry.record["key"] for id, entry in planned.nodes.items()}

    graph = sample()
    before = keys(graph)
    graph.view = {
        "nodes": {"one": [-5, 1e6]}, "zoom": 3, "colours": {"one": "#ffffff"},
        "notes": [{"text": "other"}], "frames": [{"nodes": ["one"]}],
    }  # fmt: skip
    graph.meta["title"] = "another"
    graph.groups = {"g": {"nodes": ["one"]}}
    assert keys(graph) == before
    saved = json.loads(serialize(graph))
    assert saved["view"] == graph.view
    assert keys(parse(serialize(graph), REGISTRY)) == before


# --- Z: files of strangers -------------------------------------------------------------------


EVIL = "__import__('os').system('touch {0}')"


def hostile(target: str) -> str:
    code = EVIL.format(target)
    blob = pickle.dumps({"a": 1}, 0).decode("latin-1") + "cos\nsystem\n(S'touch x'\ntR."
    return text_of(
        title=code,
        nodes={
            "a": {"type": "toy.constant", "version": 1, "params": {"value": code}},
            "b": {"type": "toy.formula", "version": 1, "params": {"text": code}},
            "c": {"type": "toy.read", "version": 1, "params": {"file": f"| touch {target}"}},
            "d": {"type": "os.system", "params": {"command": f"touch {target}"}},
            "e": {"type": code, "params": {"__reduce__": ["os.system", f"touch {target}"]}},
            "f": {"type": "toy.constant", "params": {"value": {"py/object": "os.system"}}},
            "g": {"type": "toy.constant", "params": {"value": blob}, "__class__": "Popen"},
            "import antigravity": {"type": "antigravity", "params": {code: code}},
        },
        links=["a.any -> f.value"],
        presets={"py/reduce": [code, blob]},
        view={"nodes": {"a": code}, "script": code},
    )


_heard: list[tuple[str, Any]] = []
_listening = False


def _hear(event: str, args: Any) -> None:
    if _listening:
        _heard.append((event, args))


def test_z01_nothing_is_imported_evaluated_or_unpickled(tmp_path: Path) -> None:
    global _listening
    target = tmp_path / "touched"
    text = hostile(str(target))
    check(parse(text, REGISTRY))  # whatever is imported on first use is there now
    sys.addaudithook(_hear)
    _listening = True
    try:
        graph = parse(text, REGISTRY)
        problems = check(graph)
        saved = serialize(graph)
    finally:
        _listening = False
    forbidden = ("import", "exec", "pickle", "marshal", "os.", "subprocess", "open", "socket",
                 "ctypes", "shutil", "code.")  # fmt: skip
    assert [event for event, _ in _heard if event.startswith(forbidden)] == []
    assert not target.exists()
    assert "antigravity" not in sys.modules
    assert {p.node for p in problems} >= {"b", "d", "e", "import antigravity"}
    assert serialize(parse(saved, REGISTRY)) == saved


@pytest.mark.parametrize(
    "type", ["os.path.join", "tests.graph.toy_nodes.number", "graph.file.write", "builtins.eval"]
)
def test_z02_dotted_module_path_is_an_unknown_type(type: str) -> None:
    graph = parse(text_of(nodes={"a": {"type": type}}), REGISTRY)
    assert graph.spec("a") is None
    assert str(check(graph)[0]).startswith(f"a: missing type {type!r}")
    with pytest.raises(GraphError, match="unknown node type"):
        graph.add("b", type)


def _many(count: int) -> str:
    nodes = ",".join(f'"n{i}":{{"type":"t"}}' for i in range(count))
    return f'{{"format":"linearlink-graph","version":1,"nodes":{{{nodes}}}}}'


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: _many(1_000_000), "larger than 16 MiB"),
        (lambda: _many(MAX_NODES + 1), "50,001 nodes and 0 links; the limits are 50,000"),
        (
            lambda: text_of(links=["a.b -> c.d"] * (MAX_LINKS + 1)),
            "0 nodes and 200,001 links; the limits are 50,000 and 200,000",
        ),
        (lambda: text_of(view={"x": [0] * MAX_VALUES}), "more than 1,000,000 values"),
        (lambda: "[" * 100_000, "nested deeper than 50 levels"),
        (lambda: '{"a":' * 100_000, "nested deeper than 50 levels"),
        (lambda: f'{{"a": {"[" * 60}{"]" * 60}}}', "nested deeper than 50 levels"),
        (lambda: "[" * 8_000_000 + "]" * 8_000_000, "more than 1,000,000 values"),
        (lambda: '{"a":1,' + '"a":1,' * 900_000 + '"b":2}', "this is not a LinearLink graph"),
    ],
)
def test_z05_huge_and_deep_files_are_refused(make: Callable[[], str], message: str) -> None:
    assert message in problems_of(make())[0]


def test_z05_huge_file_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(GraphError, match=r"huge\.json: the graph is larger than 16 MiB"):
        read(path, REGISTRY)


def test_z05_many_mistakes_are_listed_in_linear_time() -> None:
    nodes = {f"node{i}": {"type": "toy.one"} for i in range(900)}
    links = [f"nodde{i}.number -> node{i % 900}.a" for i in range(20_000)]
    problems = problems_of(text_of(nodes=nodes, links=links))
    assert len(problems) == 20_000
    assert sum("did you mean" in problem for problem in problems) == 20


def test_nesting_up_to_the_limit_is_read() -> None:
    deep: Any = 1
    for _ in range(MAX_DEPTH - 2):
        deep = [deep]
    graph = parse(text_of(view={"x": deep}), REGISTRY)
    assert parse(serialize(graph), REGISTRY).view == graph.view
    with pytest.raises(GraphError, match="nested deeper"):
        parse(text_of(view={"x": [deep]}), REGISTRY)


def test_ten_thousand_nodes_are_built_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*ends: str) -> None:
        raise AssertionError("a search for loops at each link is quadratic")

    monkeypatch.setattr(Graph, "link", slow)
    monkeypatch.setattr(Graph, "_path", slow)
    nodes = {f"n{i}": {"type": "toy.one", "params": {"plus": i / 7}} for i in range(10_000)}
    links = [f"n{i}.number -> n{i + 1}.a" for i in range(9_999)]
    graph = parse(text_of(nodes=nodes, links=links), REGISTRY)
    assert len(graph.order()) == 10_000
    assert serialize(parse(serialize(graph), REGISTRY)) == serialize(graph)


class Pair(NamedTuple):
    """Two names that a link could be taken apart into."""

    link: str
    ends: tuple[tuple[str, str], tuple[str, str]]


@pytest.mark.parametrize(
    "pair",
    [
        Pair("a.image -> b.image", (("b", "image"), ("a", "image"))),
        Pair("a.image->b.image", (("b", "image"), ("a", "image"))),
        Pair("  my node.x ->  ü 2.y ", (("ü 2", "y"), ("my node", "x"))),
        Pair("a-b.x -> c>d.y", (("c>d", "y"), ("a-b", "x"))),
    ],
)
def test_links_are_read_as_people_write_them(pair: Pair) -> None:
    found: list[Any] = []
    assert graph_file._read_link(pair.link, found) == pair.ends
    assert not found
