"""What is under the mouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from graph.model import End
from ui.editor.canvas.camera import Camera
from ui.editor.canvas.minimap import Minimap
from ui.editor.canvas.node_drawing import BOXES, NAMES
from ui.editor.canvas.shapes import TITLE, Shape
from ui.editor.canvas.stage import Stage
from ui.editor.canvas.wires import distance
from ui.editor.edits.places import Mark
from ui.editor.rects import Point, Rect, holds

Kind = Literal[
    "pin", "field", "title", "badge", "node", "picture", "corner", "frame", "note", "wire",
    "minimap", "empty",
]  # fmt: skip

#: how near the mouse must be, in pixels: to a pin, to a wire
_PIN, _WIRE = 11.0, 6.0
#: height of the title of a frame, and side of the corner by which it is resized; canvas units
FRAME_TITLE, CORNER = 26.0, 16.0


@dataclass(frozen=True, slots=True)
class Hit:
    """What is under a point.

    id: of the node. name: of the pin's or field's end. output: of a pin. share: where in the
    field, 0 its left edge to 1 its right one. mark: the frame or note. end: the fed end of a wire.
    """

    kind: Kind = "empty"
    id: str = ""
    name: str = ""
    output: bool = False
    share: float = 0.0
    mark: Mark | None = None
    end: End | None = None


EMPTY = Hit()


def find(
    stage: Stage,
    camera: Camera,
    at: Point,
    raised: frozenset[str] = frozenset(),
    map: Minimap | None = None,
) -> Hit:
    """What is under a point of the area; what is drawn last is found first.

    raised: the nodes drawn above the others.
    """
    if map and holds(map.rect, at):
        return Hit("minimap")
    place, zoom = camera.to_canvas(at), camera.zoom
    for mark, rect in reversed(stage.marks.items()):
        if mark[0] == "notes" and holds(rect, place):
            return Hit("corner" if _in_corner(rect, place) else "note", mark=mark)
    reach = max(_PIN / zoom, 8.0) if zoom >= BOXES else 0.0
    for upper in (True, False):
        for id in reversed(stage.at):
            if (id in raised) is upper:
                found = _find_in_node(stage, id, place, zoom, reach)
                if found:
                    return found
    wire = nearest_wire(stage, place, _WIRE / zoom)
    if wire:
        return Hit("wire", end=wire)
    for mark, rect in reversed(stage.marks.items()):
        if mark[0] == "frames" and holds(rect, place):
            if _in_corner(rect, place):
                return Hit("corner", mark=mark)
            if place[1] <= rect[1] + max(FRAME_TITLE, 16.0 / zoom):
                return Hit("frame", mark=mark)
    return EMPTY


def nearest_wire(
    stage: Stage, place: Point, reach: float, without: frozenset[str] = frozenset()
) -> End | None:
    """The fed end of the wire nearest to a place of the canvas, within a distance.

    without: wires at these nodes do not count.
    """
    best, found = reach, None
    links = stage.graph.links if stage.graph else {}
    for end, (start, stop) in stage.wires.items():
        if without and (end[0] in without or links[end][0] in without):
            continue
        away = distance(start, stop, place, reach)
        if away <= best:
            best, found = away, end
    return found


def _in_corner(rect: Rect, place: Point) -> bool:
    return place[0] >= rect[0] + rect[2] - CORNER and place[1] >= rect[1] + rect[3] - CORNER


def _find_in_node(stage: Stage, id: str, place: Point, zoom: float, reach: float) -> Hit | None:
    (left, top), shape = stage.at[id], stage.shapes[id]
    x, y = place[0] - left, place[1] - top
    if not (-reach <= x <= shape.width + reach and -reach <= y <= shape.height + reach):
        return None
    if zoom >= BOXES and shape.kind != "collapsed":
        pin = _find_pin(shape, x, y, reach, zoom)
        if pin:
            return Hit("pin", id, pin[0], pin[1])
    elif shape.kind == "collapsed" and reach:
        for merged in (False, True):
            pins = [pin for pin in shape.pins if pin.output is merged]
            edge = shape.width if merged else 0.0
            if len(pins) >= 1 and abs(x - edge) <= min(reach, 9.0):
                return Hit("pin", id, pins[0].name, merged)
    if not (0 <= x <= shape.width and 0 <= y <= shape.height):
        return None
    if shape.kind == "joint" or zoom < BOXES:
        return Hit("node", id)
    if y <= TITLE:
        return Hit("badge" if x >= shape.width - 24 else "title", id)
    if zoom >= NAMES:
        for field in shape.fields:
            if holds(field.rect, (x, y)):
                share = (x - field.rect[0]) / field.rect[2]
                return Hit("field", id, field.name, share=min(max(share, 0.0), 1.0))
    if shape.picture and holds(shape.picture, (x, y)):
        return Hit("picture", id)
    return Hit("node", id)


def _find_pin(
    shape: Shape, x: float, y: float, reach: float, zoom: float
) -> tuple[str, bool] | None:
    """The nearest pin; inside the node they reach no farther than to its fields."""
    best, found = reach * reach, None
    for pin in shape.pins:
        dx, dy = abs(x - pin.x), abs(y - pin.y)
        inward = x > pin.x if not pin.output else x < pin.x
        if pin.bare and zoom < NAMES:
            continue
        if shape.kind == "joint" and inward and dx > 7:
            continue
        if inward and shape.kind == "node" and dx > (9.0 if pin.setting else max(12.0, 5 / zoom)):
            continue
        away = dx * dx + dy * dy
        if away <= best:
            best, found = away, (pin.name, pin.output)
    return found
