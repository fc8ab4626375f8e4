"""Where the nodes of a graph stand when it is drawn: in layers from left to right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.model import Graph

WIDTH, HEADER, ROW, GAP_X, GAP_Y, MARGIN = 190, 40, 16, 70, 26, 20


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
    """A box for every node: its layer is the longest way to it, its row that of its neighbours.

    Layers are ordered by the mean place of what feeds each node, a few times to and fro.
    """
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
    boxes = {id: _box(graph, id) for id in order}
    middle: dict[str, float] = {}
    for column in columns:
        _stack(column, boxes, middle)
    for turn in range(6):
        for column in columns if turn % 2 == 0 else columns[::-1]:
            column.sort(key=lambda id: _mean(graph, id, middle, turn % 2 == 0))
            _stack(column, boxes, middle)
    tallest = max((_height(column, boxes) for column in columns), default=0)
    placed = {}
    for number, column in enumerate(columns):
        y = MARGIN + (tallest - _height(column, boxes)) / 2
        for id in column:
            box = boxes[id]
            placed[id] = Box(
                MARGIN + number * (WIDTH + GAP_X), y, box.height, box.sockets, box.outputs
            )
            y += box.height + GAP_Y
    return placed


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


def _height(column: list[str], boxes: dict[str, Box]) -> float:
    return sum(boxes[id].height + GAP_Y for id in column) - GAP_Y


def _stack(column: list[str], boxes: dict[str, Box], middle: dict[str, float]) -> None:
    y = -_height(column, boxes) / 2
    for id in column:
        middle[id] = y + boxes[id].height / 2
        y += boxes[id].height + GAP_Y


def _mean(graph: Graph, id: str, middle: dict[str, float], upstream: bool) -> float:
    ends = graph.feeds(id).values() if upstream else graph.consumers(id)
    places = [middle[other] for other, _ in ends]
    return sum(places) / len(places) if places else middle[id]
