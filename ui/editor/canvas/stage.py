"""Where everything of a graph stands on the canvas: nodes, frames, notes and wires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.errors import GraphError
from graph.model import End, Graph, Node
from graph.spec import NodeSpec
from graph.values import type_color
from ui.editor.canvas.shapes import Shape, shape_of
from ui.editor.edits import places
from ui.editor.edits.marks import Contents, find_inside
from ui.editor.edits.places import KINDS, Mark
from ui.editor.rects import Point, Rect, around

#: above and below a node, for what is written there
ROOM = 24.0


@dataclass(frozen=True, slots=True)
class Held:
    """What a gesture in progress shows otherwise than the graph says.

    places: of nodes. rects: of frames and notes. extra: node → ends shown while a wire is in
    hand. hidden: the link that is being pulled off, by the end that it feeds.
    """

    places: Mapping[str, Point] = field(default_factory=dict)
    rects: Mapping[Mark, Rect] = field(default_factory=dict)
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hidden: End | None = None


NOTHING = Held()


class Stage:
    """The shapes and places of one graph; ``show`` brings it up to date.

    at, shapes: of every node, by id, in the order in which they are drawn. marks, entries: the
    rectangles of frames and notes, and what stands of them in the file. wires: (start, end) of
    every link by the end that it feeds. many: the nodes that give frames.
    """

    def __init__(self) -> None:
        self.graph: Graph | None = None
        self.held = NOTHING
        self.at: dict[str, Point] = {}
        self.shapes: dict[str, Shape] = {}
        self.marks: dict[Mark, Rect] = {}
        self.entries: dict[Mark, dict[str, Any]] = {}
        self.wires: dict[End, tuple[Point, Point]] = {}
        self.colors: dict[End, str] = {}
        self.many: frozenset[str] = frozenset()
        self._given: dict[str, tuple[str, ...]] = {}
        self._made: dict[str, tuple[Node, tuple[Any, ...], Shape]] = {}
        self._places: dict[str, Point] = {}
        self._whole: Rect | None = None  # what holds all there is; the map asks in every frame

    def show(self, graph: Graph, held: Held = NOTHING) -> bool:
        """Take over a graph; whether anything differs from before."""
        if graph is self.graph and held is self.held:
            return False
        collapsed = places.collapsed(graph)
        used = _used(graph) if graph is not self.graph else self._given
        self._given = used
        shapes = {}
        for id, node in graph.nodes.items():
            about = (
                tuple(graph.feeds(id)),
                used.get(id, ()),
                id in collapsed,
                held.extra.get(id, ()),
            )
            made = self._made.get(id)
            if made and made[0] is node and made[1] == about:
                shapes[id] = made[2]
                continue
            shape = shape_of(
                node,
                graph.spec(id),
                about[0],
                about[1],
                collapsed=about[2],
                extra=about[3],
            )
            self._made[id] = (node, about, shape)
            shapes[id] = shape
        if graph is not self.graph:
            self._read(graph, shapes)
        self.graph, self.held, self.shapes = graph, held, shapes
        self.at = {id: held.places.get(id, at) for id, at in self._places.items()}
        self.marks = {
            (kind, i): held.rects.get((kind, i)) or places.rect_of(entry) or (0, 0, 1, 1)
            for (kind, i), entry in self.entries.items()
        }
        self._lay_wires(graph, held)
        self._whole = around([*map(self.rect, self.at), *self.marks.values()])
        return True

    def rect(self, id: str) -> Rect:
        """The rectangle of a node."""
        (x, y), shape = self.at[id], self.shapes[id]
        return x, y, shape.width, shape.height

    def end(self, id: str, name: str, output: bool) -> Point:
        """Where a link meets that end, on the canvas."""
        x, y = self.at[id]
        dx, dy = self.shapes[id].place(name, output)
        return x + dx, y + dy

    def bounds(self, ids: frozenset[str] | None = None) -> Rect | None:
        """What holds these nodes, or all there is."""
        if ids:
            return around([self.rect(id) for id in ids if id in self.at])
        return self._whole

    def inside(self, index: int) -> Contents:
        """What stands in a frame."""
        return find_inside(index, {id: self.rect(id) for id in self.at}, self.marks)

    def _read(self, graph: Graph, shapes: Mapping[str, Shape]) -> None:
        self._made = {id: made for id, made in self._made.items() if id in graph.nodes}
        known = {id: places.place_of(graph, id) for id in graph.nodes}
        placed = {id: at for id, at in known.items() if at is not None}
        if len(placed) < len(known):
            placed |= _arranged(graph, placed, shapes)
        self._places = {id: placed[id] for id in graph.nodes}
        self.entries = {}
        for kind in KINDS:
            for i, entry in places.entries(graph, kind):
                self.entries[kind, i] = entry
        self.many = many_of(graph)

    def _lay_wires(self, graph: Graph, held: Held) -> None:
        self.wires, self.colors = {}, {}
        for target, source in graph.links.items():
            if target == held.hidden:
                continue
            self.wires[target] = (
                self.end(source[0], source[1], True),
                self.end(target[0], target[1], False),
            )
            pin = self.shapes[source[0]].pin(source[1], True)
            self.colors[target] = self.color_of(pin.color if pin else "#808080", source)

    def color_of(self, color: str, source: End) -> str:
        """The colour of what leaves that output: of a joint it is that of what comes in."""
        graph = self.graph
        seen = 0
        while graph and source[0] in graph.nodes and seen < len(graph.nodes):
            spec = graph.spec(source[0])
            if spec is None or not spec.through:
                output = spec.outputs.get(source[1]) if spec else None
                return type_color(output.type) if output else color
            feeds = graph.feeds(source[0])
            if not feeds:
                return color
            source = next(iter(feeds.values()))
            seen += 1
        return color


def _used(graph: Graph) -> dict[str, tuple[str, ...]]:
    """The outputs of every node that links take."""
    found: dict[str, dict[str, None]] = {}
    for source, output in graph.links.values():
        found.setdefault(source, {})[output] = None
    return {id: tuple(names) for id, names in found.items()}


def _arranged(
    graph: Graph, placed: Mapping[str, Point], shapes: Mapping[str, Shape]
) -> dict[str, Point]:
    """Places for the nodes that have none: laid out, below all that have one."""
    from ui.layout import place_nodes

    sizes = {id: (shape.width, shape.height + ROOM) for id, shape in shapes.items()}
    try:
        corners = place_nodes(graph, sizes)
    except GraphError:  # a loop, in a file from elsewhere
        corners = {id: (0.0, 300.0 * i) for i, id in enumerate(graph.nodes)}
    lost = [id for id in graph.nodes if id not in placed]
    lowest = max((y + sizes[id][1] for id, (_, y) in placed.items()), default=None)
    down = 0.0 if lowest is None else lowest + 40.0 - min(corners[id][1] for id in lost)
    return {id: (corners[id][0], corners[id][1] + down) for id in lost}


def many_of(graph: Graph) -> frozenset[str]:
    """The nodes whose outputs are frames, as far as links and types tell."""
    try:
        order = graph.order()
    except GraphError:
        return frozenset()
    depth: dict[str, int] = {}
    for id in order:
        spec = graph.spec(id)
        depth[id] = (
            _depth(spec, {n: depth[s[0]] for n, s in graph.feeds(id).items()}) if spec else 0
        )
    return frozenset(id for id, levels in depth.items() if levels > 0)


def _depth(spec: NodeSpec, fed: Mapping[str, int]) -> int:
    own = 1 if any(p.each for p in spec.params.values()) else 0
    for name, levels in fed.items():
        socket = spec.sockets.get(name)
        own = max(own, levels - (socket.depth if socket else 0))
    return own + max((o.depth for o in spec.outputs.values()), default=0)
