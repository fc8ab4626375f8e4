"""Where the nodes of a graph stand when it is drawn: in layers from left to right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.model import Graph

WIDTH, HEADER, ROW, GAP_X, GAP_Y, MARGIN = 190, 40, 16, 70, 26, 20
SIZE = (WIDTH, HEADER + 2 * ROW)

#: width and height of nodes, by id
Sizes = Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Box:
    """A node on the drawing: its corner, its height, and its socket and output rows."""

    x: float
    y: float
    height: float
    sockets: tuple[str, ...]
    outputs: tuple[str, ...]

    def end(self, name: str, output: bool) -> tuple[float, float]:
        """Where a link meets a socket or an output."""
        names = self.outputs if output else self.sockets
        row = names.index(name) if name in names else 0
        return self.x + (WIDTH if output else 0), self.y + HEADER + ROW * (row + 0.5)


def arrange(graph: Graph) -> dict[str, Box]:
    """A box for every node of the drawing of a graph; see ``place_nodes``."""
    boxes = {id: _box(graph, id) for id in graph.order()}
    corners = place_nodes(graph, {id: (WIDTH, box.height) for id, box in boxes.items()})
    return {id: replace(boxes[id], x=x, y=y) for id, (x, y) in corners.items()}


def place_nodes(graph: Graph, sizes: Sizes) -> dict[str, tuple[float, float]]:
    """The upper left corner of every node: its layer is the longest way to it.

    Layers are ordered by the mean place of what feeds each node, a few times to and fro.
    sizes: width and height by id; what is not in it is as wide and high as a node of few rows.
    """
    heights = {id: sizes.get(id, SIZE)[1] for id in graph.nodes}
    columns = _layers(graph)
    middle: dict[str, float] = {}
    for column in columns:
        _stack(column, heights, middle)
    for turn in range(6):
        for column in columns if turn % 2 == 0 else columns[::-1]:
            column.sort(key=lambda id: _mean(graph, id, middle, turn % 2 == 0))
            _stack(column, heights, middle)
    tallest = max((_height(column, heights) for column in columns), default=0)
    placed = {}
    x: float = MARGIN
    for column in columns:
        y = MARGIN + (tallest - _height(column, heights)) / 2
        for id in column:
            placed[id] = x, y
            y += heights[id] + GAP_Y
        x += max((sizes.get(id, SIZE)[0] for id in column), default=0) + GAP_X
    return placed


def _layers(graph: Graph) -> list[list[str]]:
    layer: dict[str, int] = {}
    order = graph.order()
    for id in order:
        layer[id] = 1 + max((layer[src] for src, _ in graph.feeds(id).values()), default=-1)
    for id in reversed(order):  # a source stands beside what it feeds
        below = [layer[target] for target, _ in graph.consumers(id)]
        if not graph.feeds(id) and below:
            layer[id] = min(below) - 1
    columns: list[list[str]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for id in order:
        columns[layer[id]].append(id)
    return columns


def _box(graph: Graph, id: str) -> Box:
    spec = graph.spec(id)
    fed = graph.feeds(id)
    sockets = spec.sockets if spec else {}
    params = spec.params if spec else {}
    names = [name for name in sockets if name in fed or not sockets[name].implicit]
    names += [name for name in params if name in fed]
    names += [name for name in fed if name not in names]
    outputs = list(spec.outputs) if spec else []
    outputs += [
        output
        for (_, _), (source, output) in graph.links.items()
        if source == id and output not in outputs
    ]
    outputs = list(dict.fromkeys(outputs))
    rows = max(len(names), len(outputs), 1)
    return Box(0, 0, HEADER + ROW * rows + 6, tuple(names), tuple(outputs))


def _height(column: list[str], heights: Mapping[str, float]) -> float:
    return sum(heights[id] + GAP_Y for id in column) - GAP_Y


def _stack(column: list[str], heights: Mapping[str, float], middle: dict[str, float]) -> None:
    y = -_height(column, heights) / 2
    for id in column:
        middle[id] = y + heights[id] / 2
        y += heights[id] + GAP_Y


def _mean(graph: Graph, id: str, middle: dict[str, float], upstream: bool) -> float:
    ends = graph.feeds(id).values() if upstream else graph.consumers(id)
    places = [middle[other] for other, _ in ends]
    return sum(places) / len(places) if places else middle[id]
