"""Hands the layers of a scene to Dear PyGui: only what differs from the frame before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dearpygui._dearpygui as library
import dearpygui.dearpygui as dpg

from ui.editor.canvas.camera import Camera
from ui.editor.canvas.paint import Item
from ui.editor.canvas.scene import LAYERS, OF_THE_AREA, Layers, Part
from ui.editor.rects import Point


@dataclass(slots=True)
class _Drawn:
    """A part on screen: its draw node, and what it shows."""

    node: int
    part: Part


class Drawlist:
    """A drawlist with one draw node a layer, and in it one a part."""

    def __init__(self, parent: int | str) -> None:
        self.item = dpg.add_drawlist(100, 100, parent=parent)
        self._layers = {name: dpg.add_draw_node(parent=self.item) for name in LAYERS}
        self._drawn: dict[str, dict[Any, _Drawn]] = {name: {} for name in LAYERS}
        self._shift: Point | None = None
        self.size: Point = (100.0, 100.0)

    def resize(self, size: Point) -> None:
        """Take that many pixels."""
        if size != self.size:
            self.size = size
            dpg.configure_item(self.item, width=int(size[0]), height=int(size[1]))

    def show(self, layers: Layers, camera: Camera) -> None:
        """Draw these layers as this camera sees them."""
        shift = -camera.x * camera.zoom, -camera.y * camera.zoom
        shift = round(shift[0]), round(shift[1])  # letters stay sharp
        if shift != self._shift:
            self._shift = shift
            matrix = dpg.create_translation_matrix(shift)
            for name, layer in self._layers.items():
                if name not in OF_THE_AREA:
                    dpg.apply_transform(layer, matrix)
        for name, parts in layers.items():
            self._show_layer(name, parts)

    def _show_layer(self, name: str, parts: Mapping[Any, Part]) -> None:
        drawn = self._drawn[name]
        for key in [key for key in drawn if key not in parts]:
            dpg.delete_item(drawn.pop(key).node)
        following = 0  # what is drawn next above: new parts come in below it, in their order
        for key in reversed(parts):
            part, known = parts[key], drawn.get(key)
            if known is None:
                node = dpg.add_draw_node(parent=self._layers[name], before=following)
                _fill(node, part.items)
                _put(node, part.at)
                known = drawn[key] = _Drawn(node, part)
            elif known.part is not part:
                if known.part.items is not part.items:
                    dpg.delete_item(known.node, children_only=True)
                    _fill(known.node, part.items)
                if known.part.at != part.at:
                    _put(known.node, part.at)
                known.part = part
            following = known.node


def _put(node: int, at: Point) -> None:
    dpg.apply_transform(node, dpg.create_translation_matrix((round(at[0]), round(at[1]))))


def _fill(node: int, items: tuple[Item, ...]) -> None:
    """Draw the items; past the wrappers of Dear PyGui, which take as long as what they call."""
    for item in items:
        match item[0]:
            case "rect":
                _, low, high, fill, edge, rounding, thick = item
                library.draw_rectangle(
                    low,
                    high,
                    fill=fill,
                    color=edge,
                    rounding=rounding,
                    thickness=thick,
                    parent=node,
                )
            case "text":
                _, at, text, size, color = item
                library.draw_text(at, text, size=size, color=color, parent=node)
            case "circle":
                _, at, radius, fill, edge, thick = item
                library.draw_circle(
                    at, radius, fill=fill, color=edge, thickness=thick, segments=20, parent=node
                )
            case "line":
                _, a, b, color, thick = item
                library.draw_line(a, b, color=color, thickness=thick, parent=node)
            case "curve":
                _, a, b, c, d, color, thick = item
                library.draw_bezier_cubic(a, b, c, d, color=color, thickness=thick, parent=node)
            case "poly":
                _, points, fill, edge = item
                library.draw_polygon(list(points), fill=fill, color=edge, parent=node)
            case "image":
                _, texture, low, high = item
                library.draw_image(texture, low, high, parent=node)
