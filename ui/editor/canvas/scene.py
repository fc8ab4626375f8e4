"""What is seen of a graph, as plain items in layers; what did not change is the same object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from graph.model import End
from ui.editor.canvas.camera import Camera
from ui.editor.canvas.hits import CORNER, EMPTY, FRAME_TITLE, Hit
from ui.editor.canvas.minimap import Minimap, draw_ground, draw_view
from ui.editor.canvas.node_drawing import Facts, draw
from ui.editor.canvas.paint import DARK, NONE, Item, Paint, faded, mixed, rgba
from ui.editor.canvas.stage import Stage
from ui.editor.canvas.wires import box, curve
from ui.editor.edits.places import Mark
from ui.editor.letters import cut, width, wrap
from ui.editor.rects import Point, Rect, overlap
from ui.editor.states import NodeState

#: in the order in which they are drawn; those of the area do not move with the canvas
LAYERS = ("grid", "frames", "wires", "nodes", "raised", "notes", "map", "overlay")
OF_THE_AREA = frozenset(("grid", "map", "overlay"))
_GRID = 20.0
#: what is drawn around a node (its id, time and message), canvas units
_AROUND = 30.0


class Standings(Protocol):
    """The states of nodes by id, as ``States`` holds them."""

    def __getitem__(self, id: str, /) -> NodeState: ...


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is drawn and moved as one: its place in pixels, and its items."""

    at: Point
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Sight:
    """All that a scene depends on beside the stage.

    size: of the area, in pixels. pictures: by node, the texture of its thumbnail and its height
    by width. hover: what is under the mouse. chosen: the selected frames and notes. lit: the
    wire that a node in hand would be put on, or that would be cut. fits: with a
    wire in hand, by node the pins that it fits. overlay: what the gesture draws over all.
    """

    camera: Camera
    size: Point
    states: Standings
    selection: frozenset[str] = frozenset()
    hover: Hit = EMPTY
    chosen: frozenset[Mark] = frozenset()
    lit: frozenset[End] = frozenset()
    pictures: Mapping[str, tuple[Any, float]] = field(default_factory=dict)
    map: Minimap | None = None
    fits: Mapping[str, frozenset[tuple[str, bool]]] | None = None
    overlay: tuple[Item, ...] = ()
    paint: Paint = DARK


_NO_PINS: frozenset[tuple[str, bool]] = frozenset()

Layers = dict[str, dict[Any, Part]]


class Scene:
    """Makes the parts of every layer; a part that did not change keeps its tuple of items."""

    def __init__(self) -> None:
        self._made: dict[Any, tuple[Any, tuple[Item, ...]]] = {}
        self._next: dict[Any, tuple[Any, tuple[Item, ...]]] = {}

    def see(self, stage: Stage, sight: Sight) -> Layers:
        """The parts to draw, by layer and key. Nothing outside the area is among them."""
        self._next = {}
        layers: Layers = {name: {} for name in LAYERS}
        self._see_grid(sight, layers)
        self._see_marks(stage, sight, layers)
        self._see_wires(stage, sight, layers)
        self._see_nodes(stage, sight, layers)
        self._see_map(stage, sight, layers)
        if not stage.at and not stage.marks:
            about = sight.size, sight.paint
            items = self._items("hint", about, _draw_hint, sight.size, sight.paint)
            layers["overlay"]["hint"] = Part((0.0, 0.0), items)
        if sight.overlay:
            layers["overlay"]["overlay"] = Part((0.0, 0.0), sight.overlay)
        self._made = self._next
        return layers

    def _items(self, key: Any, about: Any, make: Any, *given: Any) -> tuple[Item, ...]:
        """The items made of that; the same as before as long as ``about`` is equal."""
        known = self._made.get(key)
        if known is None or known[0] != about:
            known = (about, tuple(make(*given)))
        self._next[key] = known
        return known[1]

    def _see_grid(self, sight: Sight, layers: Layers) -> None:
        camera = sight.camera
        step = _GRID * camera.zoom
        while step < 16:
            step *= 5
        at = -(camera.x * camera.zoom) % step - step, -(camera.y * camera.zoom) % step - step
        items = self._items(
            "grid", (step, sight.size, sight.paint), _draw_grid, step, sight.size, sight.paint
        )
        layers["grid"]["grid"] = Part(at, items)

    def _see_marks(self, stage: Stage, sight: Sight, layers: Layers) -> None:
        zoom, view = sight.camera.zoom, sight.camera.view(sight.size)
        for mark, rect in stage.marks.items():
            if not overlap(rect, view):
                continue
            entry = stage.entries[mark]
            hovered = sight.hover.mark == mark
            chosen = mark in sight.chosen
            make = _draw_frame if mark[0] == "frames" else _draw_note
            about = repr(entry), rect[2:], hovered, chosen, zoom, sight.paint
            given = entry, rect, zoom, hovered, chosen, sight.paint
            items = self._items(mark, about, make, *given)
            layers[mark[0]][mark] = Part((rect[0] * zoom, rect[1] * zoom), items)

    def _see_wires(self, stage: Stage, sight: Sight, layers: Layers) -> None:
        zoom, view = sight.camera.zoom, sight.camera.view(sight.size)
        graph = stage.graph
        if graph is None:
            return
        for end, (start, stop) in stage.wires.items():
            if not overlap(box(start, stop), view):
                continue
            source = graph.links[end]
            touched = end[0] in sight.selection or source[0] in sight.selection
            hot = sight.hover.end == end or end in sight.lit
            resting = graph.nodes[end[0]].mode != "run" or graph.nodes[source[0]].mode != "run"
            running = sight.states[end[0]].standing == "running"
            many = source[0] in stage.many
            color, paint = stage.colors[end], sight.paint
            about = start, stop, zoom, touched, hot, resting, running, many, color, paint
            items = self._items(("wire", end), about, _draw_wire, *about)
            layers["wires"][end] = Part((0.0, 0.0), items)

    def _see_nodes(self, stage: Stage, sight: Sight, layers: Layers) -> None:
        zoom, view = sight.camera.zoom, sight.camera.view(sight.size)
        wide = view[0] - _AROUND, view[1] - _AROUND, view[2] + 2 * _AROUND, view[3] + 2 * _AROUND
        graph, hover = stage.graph, sight.hover
        if graph is None:
            return
        for id, at in stage.at.items():
            shape = stage.shapes[id]
            if not overlap((*at, shape.width, shape.height), wide):
                continue
            selected, hovered = id in sight.selection, hover.id == id
            parts = hovered and hover.kind in ("pin", "field")
            hot = (hover.kind, hover.name, hover.output) if parts else None
            feeds = tuple((n, ".".join(source)) for n, source in graph.feeds(id).items())
            facts = Facts(
                id,
                graph.nodes[id],
                graph.spec(id),
                sight.states[id],
                selected,
                hovered,
                hot,
                feeds,
                sight.pictures.get(id),
                stage.color_of("#a0a0a0", (id, "")) if shape.kind == "joint" else "",
                None if sight.fits is None else sight.fits.get(id, _NO_PINS),
            )
            about = facts, shape, zoom, sight.paint
            items = self._items(("node", id), about, draw, shape, facts, zoom, sight.paint)
            layers["raised" if selected else "nodes"][id] = Part(
                (at[0] * zoom, at[1] * zoom), items
            )

    def _see_map(self, stage: Stage, sight: Sight, layers: Layers) -> None:
        if sight.map is None:
            return
        map, paint = sight.map, sight.paint
        about = map, tuple(stage.at.items()), sight.selection, tuple(stage.marks.items()), paint
        ground = self._items("map", about, draw_ground, map, stage, sight.selection, paint)
        layers["map"]["ground"] = Part((0.0, 0.0), ground)
        seen = self._items(
            "view",
            (map, sight.camera, sight.size, paint),
            draw_view,
            map,
            sight.camera,
            sight.size,
            paint,
        )
        layers["map"]["view"] = Part((0.0, 0.0), seen)


def _draw_grid(step: float, size: Point, paint: Paint) -> list[Item]:
    right, low = size[0] + 2 * step, size[1] + 2 * step
    items: list[Item] = []
    for i in range(int(right / step) + 1):
        items.append(("line", (i * step, 0), (i * step, low), paint.grid, 1))
    for i in range(int(low / step) + 1):
        items.append(("line", (0, i * step), (right, i * step), paint.grid, 1))
    return items


def _draw_hint(size: Point, paint: Paint) -> list[Item]:
    """What to do with an empty canvas."""
    rows = (
        "Double click or press Tab to add a node,",
        "drag one here from the palette,",
        "or paste the paths of image files.",
    )
    top = size[1] / 2 - 12.0 * len(rows)
    return [
        ("text", ((size[0] - width(text, 15.0)) / 2, top + 24 * i), text, 15.0, paint.dim)
        for i, text in enumerate(rows)
    ]


def _draw_wire(
    start: Point,
    stop: Point,
    zoom: float,
    touched: bool,
    hot: bool,
    resting: bool,
    running: bool,
    many: bool,
    color: str,
    paint: Paint,
) -> list[Item]:
    ink = rgba(color, 90 if resting else 235)
    if paint.bright:
        ink = mixed(ink, (0, 0, 0, ink[3]), 0.3)
    lit = paint.text if not paint.bright else (0, 0, 0, 255)
    if hot:
        ink = mixed(ink, paint.accent, 0.75)
    elif running:
        ink = mixed(ink, paint.busy, 0.6)
    elif touched:
        ink = mixed(ink, lit, 0.45)
    thick = (4.0 if many else 2.2) + (1.0 if hot else 0.4 if touched else 0.0)
    thick = max(thick * min(zoom, 1.4), 1.2)
    points = [(x * zoom, y * zoom) for x, y in curve(start, stop)]
    items: list[Item] = []
    if zoom >= 0.4:
        items.append(("curve", *points, faded(paint.edge, 0.8 if not resting else 0.3), thick + 2))
    items.append(("curve", *points, ink, thick))
    if many and zoom >= 0.4:
        items.append(("curve", *points, mixed(ink, paint.ground, 0.55), max(thick * 0.3, 1.0)))
    return items


def _draw_frame(
    entry: Mapping[str, Any], rect: Rect, z: float, hovered: bool, chosen: bool, paint: Paint
) -> list[Item]:
    wide, tall = rect[2] * z, rect[3] * z
    given = entry.get("color")
    color = rgba(given) if isinstance(given, str) else rgba("#5a6478")
    bar = max(FRAME_TITLE * z, 16.0)
    edge = paint.accent if chosen else faded(mixed(color, paint.text, 0.2 if hovered else 0.0), 0.8)
    items: list[Item] = [
        ("rect", (0, 0), (wide, tall), faded(color, 0.16), edge, 8 * z, 1.5 if chosen else 1),
        ("rect", (0, 0), (wide, bar), faded(color, 0.42 if hovered else 0.34), NONE, 8 * z, 1),
    ]
    size = max(15 * z, 11.0)
    title = cut(str(entry.get("title") or ""), size, wide - 16 * z)
    if title:
        items.append(("text", (10 * z, (bar - size) / 2), title, size, paint.text))
    return [*items, *_draw_corner(wide, tall, z, faded(paint.text, 0.5 if hovered else 0.25))]


def _draw_note(
    entry: Mapping[str, Any], rect: Rect, z: float, hovered: bool, chosen: bool, paint: Paint
) -> list[Item]:
    wide, tall = rect[2] * z, rect[3] * z
    edge = paint.accent if chosen else mixed(paint.note, paint.text, 0.35 if hovered else 0.15)
    items: list[Item] = [("rect", (0, 0), (wide, tall), paint.note, edge, 4 * z, 1)]
    size, pad = max(13.0 * z, 10.0), 8.0 * z
    count = int((tall - 2 * pad + 0.3 * size) / (size * 1.3))
    for i, line in enumerate(wrap(str(entry.get("text") or ""), size, wide - 2 * pad, count)):
        items.append(("text", (pad, pad + i * size * 1.3), line, size, paint.note_text))
    return [*items, *_draw_corner(wide, tall, z, faded(paint.note_text, 0.6 if hovered else 0.3))]


def _draw_corner(wide: float, tall: float, z: float, ink: Any) -> list[Item]:
    side = CORNER * z
    return [
        ("line", (wide - side * k, tall - 3 * z), (wide - 3 * z, tall - side * k), ink, 1)
        for k in (0.8, 0.5)
    ]
