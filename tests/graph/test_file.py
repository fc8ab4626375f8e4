"""The graph file: the same bytes again, the unknown kept, saving that cannot lose a graph."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.check import check
from graph.errors import GraphError
from graph.file import parse, read, serialize, write
from graph.model import Graph, Node
from graph.plan import plan
from graph.run import run
from graph.store import Store
from tests.graph.toy_files import REGISTRY, document, sample, text_of

ROOT = Path(__file__).resolve().parents[2]

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

_ids = st.text(st.characters(exclude_characters=".:"), min_size=1, max_size=8).filter(
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


def test_links_stand_in_the_order_of_their_targets() -> None:
    graph = Graph(REGISTRY)
    for id in ("z", "a", "m"):
        graph.add(id, "toy.add")
    graph.link("a", "number", "m", "b")
    graph.link("z", "number", "m", "a")
    graph.link("z", "number", "a", "b")
    expected = ["z.number -> a.b", "z.number -> m.a", "a.number -> m.b"]
    assert json.loads(serialize(graph))["links"] == expected


def test_ten_thousand_nodes_are_built_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*ends: str) -> None:
        raise AssertionError("a search for loops at each link is quadratic")

    monkeypatch.setattr(Graph, "link", slow)
    monkeypatch.setattr("graph.model.find_way", slow)
    nodes = {f"n{i}": {"type": "toy.one", "params": {"plus": i / 7}} for i in range(10_000)}
    links = [f"n{i}.number -> n{i + 1}.a" for i in range(9_999)]
    graph = parse(text_of(nodes=nodes, links=links), REGISTRY)
    assert len(graph.order()) == 10_000
    assert serialize(parse(serialize(graph), REGISTRY)) == serialize(graph)


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
