"""Graphs as pictures: boxes that do not overlap, links that cross no box, nothing left out."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from graph.file import parse, read
from graph.model import Graph, Node
from graph.registry import Registry
from tests.command_line import SAMPLES, Command
from tests.graph import toy_nodes
from ui.drawing import to_mermaid, to_svg
from ui.layout import WIDTH, Box, arrange
from ui.packs import load_registry

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert("x")</script> & ]]> `a` ; # \u0001\u000b\ud800\r\n{|} ünïcode 星'


def _samples() -> list[Path]:
    return sorted(SAMPLES.glob("*.graph.json"))


def _random_graph(seed: int, count: int = 14) -> Graph:
    """Nodes that each take one or two results from anywhere before them."""
    rng = random.Random(seed)
    graph = toy_nodes.build(n0="toy.number")
    for place in range(1, count):
        graph.add(f"n{place}", rng.choice(["toy.add", "toy.number", "toy.add"]))
        if graph.nodes[f"n{place}"].type == "toy.add":
            for socket in "ab":
                graph.link(f"n{rng.randrange(place)}", "number", f"n{place}", socket)
    return graph


def _graphs() -> Iterator[tuple[str, Graph]]:
    registry = load_registry()
    for path in _samples():
        yield path.name, read(path, registry)
    for seed in range(12):
        yield f"random {seed}", _random_graph(seed)
    yield "chain", toy_nodes.chain(12)


GRAPHS = dict(_graphs())


@pytest.mark.parametrize("name", GRAPHS)
def test_svg_is_well_formed_and_holds_every_node_and_link(name: str) -> None:
    graph = GRAPHS[name]
    root = ElementTree.fromstring(to_svg(graph))
    boxes = [r for r in root.iter(f"{SVG}rect") if r.get("class", "").startswith("node")]
    assert len(boxes) == len(graph.nodes)
    assert len([p for p in root.iter(f"{SVG}path") if p.get("class") == "link"]) == len(graph.links)
    texts = [text.text or "" for text in root.iter(f"{SVG}text")]
    for id, node in graph.nodes.items():
        assert any(text.rstrip("…") and id.startswith(text.rstrip("…")) for text in texts)
        assert any(node.type.startswith(text.rstrip("…")) for text in texts if "." in text)
    _, _, width, height = map(float, root.get("viewBox", "").split())
    for box in boxes:
        x, y, w, h = (float(box.get(key, "nan")) for key in ("x", "y", "width", "height"))
        assert 0 <= x < x + w <= width
        assert 0 <= y < y + h <= height


@pytest.mark.parametrize("name", GRAPHS)
def test_no_two_boxes_overlap_and_links_go_to_the_right(name: str) -> None:
    graph = GRAPHS[name]
    boxes = arrange(graph)
    assert set(boxes) == set(graph.nodes)
    for a, b in combinations(boxes.values(), 2):
        beside = a.x + WIDTH <= b.x or b.x + WIDTH <= a.x
        assert beside or a.y + a.height <= b.y or b.y + b.height <= a.y
    for (target, _), (source, _) in graph.links.items():
        assert boxes[source].x + WIDTH <= boxes[target].x


def _points(path: str) -> Iterator[tuple[float, float]]:
    """Points close by one another along a path of curves and lines."""
    numbers = [float(n) for n in re.findall(r"-?[\d.]+", path)]
    letters = re.findall("[MCL]", path)
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    here = pairs.pop(0)
    for letter in letters[1:]:
        ends = [here] + [pairs.pop(0) for _ in range(3 if letter == "C" else 1)]
        for step in range(101):
            t = step / 100
            row = ends
            while len(row) > 1:  # de Casteljau
                row = [
                    (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(row)
                ]
            yield row[0]
        here = ends[-1]


def _inside(box: Box, x: float, y: float) -> bool:
    return box.x + 1 < x < box.x + WIDTH - 1 and box.y + 1 < y < box.y + box.height - 1


@pytest.mark.parametrize("name", GRAPHS)
def test_no_link_crosses_a_box(name: str) -> None:
    graph = GRAPHS[name]
    boxes = arrange(graph)
    root = ElementTree.fromstring(to_svg(graph))
    paths = [p.get("d", "") for p in root.iter(f"{SVG}path") if p.get("class") == "link"]
    for path, ((target, socket), (source, output)) in zip(paths, graph.links.items(), strict=True):
        points = list(_points(path))
        assert points[0] == pytest.approx(boxes[source].end(output, True), abs=1)
        assert points[-1] == pytest.approx(boxes[target].end(socket, False), abs=1)
        crossed = {id for id, box in boxes.items() for x, y in points if _inside(box, x, y)}
        assert crossed == set(), f"{source}.{output} -> {target}.{socket}"


@pytest.mark.parametrize("name", GRAPHS)
def test_mermaid_holds_every_node_and_link(name: str) -> None:
    graph = GRAPHS[name]
    first, *lines = to_mermaid(graph).splitlines()
    assert first == "flowchart LR"
    boxes = {}
    links = []
    for line in lines:
        box = re.fullmatch(r'  (n\d+)[\[(/]+"([^"]*)<br/><small>([^"]*)</small>"[\])/]+', line)
        link = re.fullmatch(r'  (n\d+) -->\|"([^"]*)"\| (n\d+)', line)
        if box:
            boxes[box[1]] = box[2]
            assert graph.nodes[box[2]].type == box[3]
        else:
            assert link, line
            links.append((boxes[link[1]], link[2], boxes[link[3]]))
    assert sorted(boxes.values()) == sorted(graph.nodes)
    wanted = [
        (source, output if output == name else f"{output} → {name}", target)
        for (target, name), (source, output) in graph.links.items()
    ]
    assert sorted(links) == sorted(wanted)


def _hostile_graph() -> Graph:
    graph = Graph(Registry())
    graph.meta["title"] = HOSTILE
    nodes = {'a"b<c>': Node(HOSTILE, title=HOSTILE), "&lt;": Node("x.y", title="'" * 99)}
    graph.load(nodes, [(("&lt;", 'in"put'), ('a"b<c>', "<out>"))])
    return graph


def test_hostile_names_stay_text() -> None:
    graph = _hostile_graph()
    root = ElementTree.fromstring(to_svg(graph).encode())
    assert {element.tag for element in root.iter()} <= {
        SVG + tag for tag in ("svg", "title", "style", "rect", "path", "text", "circle")
    }
    assert any((text.text or "").startswith("<script>") for text in root.iter(f"{SVG}text"))
    mermaid = to_mermaid(graph)
    mermaid.encode()
    lines = mermaid.splitlines()
    assert len(lines) == 1 + len(graph.nodes) + len(graph.links)
    assert "<script" not in mermaid
    for line in lines[1:]:
        assert line.count('"') == 2


def test_an_empty_graph_and_lone_nodes_are_drawn() -> None:
    for graph in (Graph(Registry()), toy_nodes.build(a="toy.number", b="toy.sink")):
        root = ElementTree.fromstring(to_svg(graph))
        assert len(list(root.iter(f"{SVG}text"))) >= 2 * len(graph.nodes)
        assert to_mermaid(graph).count("\n") == 1 + len(graph.nodes)


def test_kinds_of_nodes_are_told_apart() -> None:
    graph = read(_samples()[0], load_registry())
    svg, mermaid = to_svg(graph), to_mermaid(graph)
    for kind in ("node sink", "node view", "node "):
        assert f'class="{kind}"' in svg
    assert '[/"picture' in mermaid
    assert '(["view<br/>' in mermaid
    missing = parse(_samples()[0].read_text().replace("io.save_text", "io.none"), load_registry())
    assert 'class="node missing"' in to_svg(missing)


def test_a_long_chain_is_drawn_without_recursion() -> None:
    graph = toy_nodes.chain(3000)
    boxes = arrange(graph)
    assert len({box.x for box in boxes.values()}) == 3001


def test_the_layout_is_the_same_each_time() -> None:
    for seed in (1, 2):
        assert to_svg(_random_graph(seed)) == to_svg(_random_graph(seed))


def test_show_prints_or_writes(linearlink: Command, tmp_path: Path) -> None:
    sample = _samples()[0]
    printed = linearlink("show", sample, "--to", "svg")
    assert ElementTree.fromstring(printed.out).tag == f"{SVG}svg"
    picture = tmp_path / "ü picture.svg"
    written = linearlink("show", sample, "--to", "svg", "-o", picture)
    assert (written.code, written.out.strip()) == (0, str(picture))
    assert picture.read_text("utf-8") == printed.out
    assert linearlink("show", sample).out.startswith("flowchart LR\n")
    nowhere = linearlink("show", sample, "-o", tmp_path / "no" / "where.svg")
    assert nowhere.code == 2
    assert nowhere.mistakes == [f"{tmp_path / 'no' / 'where.svg'}: No such file or directory"]
