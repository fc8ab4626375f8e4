"""Where on the area something of the canvas is: the way back from a name to a point."""

from __future__ import annotations

import dataclasses
from typing import Any

from ui.editor.canvas.gestures import Gestures
from ui.editor.canvas.node_drawing import BOXES
from ui.editor.canvas.shapes import TITLE
from ui.editor.rects import Point, Rect


def seek(hand: Gestures, kind: str, *of: Any) -> Point | None:
    """A point, in pixels of the area, that hits what is named; None for what is not there.

    ``pin``: id, name, whether an output. ``field``: id, name. ``title``, ``badge``, ``node``,
    ``picture``: id. ``frame``, ``note``, ``corner``: ``frames`` or ``notes``, number. ``wire``:
    the end that it feeds. ``place``: x, y on the canvas. ``map``, ``area``: nothing.
    """
    if kind == "area":
        return hand.size[0] / 2, hand.size[1] / 2
    if kind == "map":
        return _middle(hand.map.rect) if hand.map else None
    found = _on_canvas(hand, kind, of)
    return hand.camera.to_screen(found) if found else None


def describe(hand: Gestures) -> dict[str, Any]:
    """What is seen, under the mouse and in progress, as plain data."""
    return {
        "zoom": hand.camera.zoom,
        "corner": [hand.camera.x, hand.camera.y],
        "size": list(hand.size),
        "hover": dataclasses.asdict(hand.hover),
        "drag": type(hand.going).__name__ if hand.going else None,
        "reason": hand.going.reason if hand.going else "",
        "lit": sorted(map(list, hand.lit)),
        "marks": sorted(hand.document.marks),
    }


def _on_canvas(hand: Gestures, kind: str, of: tuple[Any, ...]) -> Point | None:
    stage = hand.stage
    if kind == "place":
        return float(of[0]), float(of[1])
    if kind in ("frame", "note", "corner"):
        rect = stage.marks.get((of[0], of[1]))
        if rect is None:
            return None
        x, y, wide, tall = rect
        spots = {"frame": (x + wide / 2, y + 10), "note": (x + wide / 2, y + tall / 2)}
        return spots.get(kind, (x + wide - 5, y + tall - 5))
    if kind == "wire":
        from ui.editor.canvas.wires import points

        ends = stage.wires.get((of[0], of[1]))
        return points(*ends, 2)[1] if ends else None
    if not of or of[0] not in stage.at:
        return None
    (left, top), shape = stage.at[of[0]], stage.shapes[of[0]]
    if kind == "pin":
        pin = shape.pin(of[1], bool(of[2]))
        return (left + pin.x, top + pin.y) if pin else None
    if kind == "field":
        rect = next((f.rect for f in shape.fields if f.name == of[1]), None)
    elif kind == "picture":
        rect = shape.picture
    elif kind == "badge":
        rect = shape.width - 20, 0.0, 16.0, min(TITLE, shape.height)
    elif kind == "title":
        rect = 0.0, 0.0, shape.width - 40, min(TITLE, shape.height)
    else:  # below all rows there is a little of the body
        rect = 0.0, shape.height - 6, shape.width, 6.0
        if shape.kind != "node" or hand.camera.zoom < BOXES:  # or where it is but a box
            rect = 0.0, 0.0, shape.width, shape.height
    if rect is None:
        return None
    x, y = _middle(rect)
    return left + x, top + y


def _middle(rect: Rect) -> Point:
    return rect[0] + rect[2] / 2, rect[1] + rect[3] / 2
