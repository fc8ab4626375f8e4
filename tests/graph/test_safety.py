"""Files of strangers: nothing in them is run, and none is too large to refuse at once."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.check import check
from graph.document import MAX_DEPTH, MAX_VALUES
from graph.errors import GraphError
from graph.file import MAX_LINKS, MAX_NODES, parse, read, serialize
from tests.graph.toy_files import REGISTRY, problems_of, text_of

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
