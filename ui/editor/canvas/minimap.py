"""The small map of the whole graph in the corner of the canvas."""

from __future__ import annotations

from dataclasses import dataclass

from ui.editor.canvas.camera import Camera
from ui.editor.canvas.paint import NONE, Item, Paint, faded, family_color
from ui.editor.canvas.stage import Stage
from ui.editor.rects import Point, Rect, holds

_WIDE, _TALL, _MARGIN, _PAD = 190.0, 120.0, 12.0, 8.0
#: the area must be so large that the map does not stand in the way
_ROOM: Point = (520.0, 360.0)


@dataclass(frozen=True, slots=True)
class Minimap:
    """Where the map is, in pixels of the area, and which part of the canvas it shows."""

    rect: Rect
    shown: Rect

    @property
    def scale(self) -> float:
        """Pixels of the map for one unit of the canvas."""
        wide, tall = self.rect[2] - 2 * _PAD, self.rect[3] - 2 * _PAD
        return min(wide / max(self.shown[2], 1), tall / max(self.shown[3], 1))

    def to_map(self, at: Point) -> Point:
        """Where a place on the canvas is on the map."""
        return (
            self.rect[0]
            + self.rect[2] / 2
            + (at[0] - self.shown[0] - self.shown[2] / 2) * self.scale,
            self.rect[1]
            + self.rect[3] / 2
            + (at[1] - self.shown[1] - self.shown[3] / 2) * self.scale,
        )

    def to_canvas(self, at: Point) -> Point:
        """The place on the canvas that a point of the map stands for."""
        x = at[0] - self.rect[0] - self.rect[2] / 2
        y = at[1] - self.rect[1] - self.rect[3] / 2
        return (
            self.shown[0] + self.shown[2] / 2 + x / self.scale,
            self.shown[1] + self.shown[3] / 2 + y / self.scale,
        )


def place_map(stage: Stage, camera: Camera, size: Point) -> Minimap | None:
    """The map in the lower right corner, or None: when all is seen anyway, or there is no room."""
    bounds = stage.bounds()
    if bounds is None or size[0] < _ROOM[0] or size[1] < _ROOM[1]:
        return None
    view = camera.view(size)
    corners = (bounds[0], bounds[1]), (bounds[0] + bounds[2], bounds[1] + bounds[3])
    if all(holds(view, corner) for corner in corners):
        return None
    rect = size[0] - _WIDE - _MARGIN, size[1] - _TALL - _MARGIN, _WIDE, _TALL
    return Minimap(rect, bounds)


def draw_ground(map: Minimap, stage: Stage, selection: frozenset[str], paint: Paint) -> list[Item]:
    """The map itself: its ground, and every frame and node."""
    x, y, w, h = map.rect
    items: list[Item] = [("rect", (x, y), (x + w, y + h), faded(paint.box, 0.92), paint.edge, 6, 1)]
    scale = map.scale
    for (kind, _), (left, top, wide, tall) in stage.marks.items():
        a, b = map.to_map((left, top)), map.to_map((left + wide, top + tall))
        items.append(("rect", a, b, paint.grid if kind == "frames" else paint.note, NONE, 1, 1))
    graph = stage.graph
    for id, at in stage.at.items():
        shape = stage.shapes[id]
        a = map.to_map(at)
        b = a[0] + max(shape.width * scale, 3.0), a[1] + max(shape.height * scale, 2.0)
        node = graph.nodes[id] if graph else None
        color = family_color(node.type.partition(".")[0]) if node else paint.dim
        items.append(("rect", a, b, paint.accent if id in selection else color, NONE, 0, 1))
    return items


def draw_view(map: Minimap, camera: Camera, size: Point, paint: Paint) -> list[Item]:
    """The part of the canvas that is seen, as a rectangle on the map."""
    view = camera.view(size)
    x, y, w, h = map.rect
    a = map.to_map((view[0], view[1]))
    b = map.to_map((view[0] + view[2], view[1] + view[3]))
    a = min(max(a[0], x + 1), x + w - 1), min(max(a[1], y + 1), y + h - 1)
    b = min(max(b[0], x + 1), x + w - 1), min(max(b[1], y + 1), y + h - 1)
    return [("rect", a, b, faded(paint.text, 0.08), faded(paint.text, 0.7), 2, 1)]
