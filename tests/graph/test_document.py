"""The layout of a graph file, and every mistake in it with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from graph import file as graph_file
from graph.check import check
from graph.document import MAX_BYTES, MAX_DEPTH, WIDTH
from graph.errors import GraphError
from graph.file import parse, read, serialize, write
from graph.model import Graph
from tests.graph.toy_files import REGISTRY, problems_of, sample, text_of

# --- layout ----------------------------------------------------------------------------------


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


# --- what a file cannot hold -----------------------------------------------------------------


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
        "x.y: an id is printable text without dots, colons and arrows",
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
