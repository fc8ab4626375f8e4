"""The geometry of a node: where its title, sockets, parameters and picture are.

All in units of the canvas, from the node's upper left corner. Nothing here depends on what is
hovered, selected or running, so a shape is made once and kept until the node itself changes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from graph.model import Node
from graph.spec import NodeSpec, Parameter
from graph.values import type_color, type_name
from ui.editor.inspector.scales import slider_of
from ui.editor.rects import Point, Rect

WIDTH, TITLE, ROW, FIELD, PAD = 190.0, 26.0, 19.0, 22.0, 6.0
#: a joint of wires
JOINT: Point = (30.0, 16.0)
#: so many parameters are shown on a node itself
INLINE = 3
#: height of the room for a thumbnail: always there, so that nodes never grow while they run
PICTURE = 76.0
#: outputs of these types are shown as thumbnails
_SEEN = ("Image", "Mask", "Screen")
_UNKNOWN = "#808080"

FieldKind = Literal["slider", "choice", "switch", "file", "fed"]


@dataclass(frozen=True, slots=True)
class Pin:
    """Where a link meets a node. setting: of a parameter. bare: shown by its dot alone."""

    name: str
    output: bool
    x: float
    y: float
    color: str
    optional: bool = False
    many: bool = False
    setting: bool = False
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter on the node: how it is shown, and where."""

    name: str
    kind: FieldKind
    rect: Rect


@dataclass(frozen=True, slots=True)
class Shape:
    """Where everything of a node is. rows: how many stand beside one another below the title."""

    kind: Literal["node", "collapsed", "joint"]
    width: float
    height: float
    pins: tuple[Pin, ...]
    fields: tuple[Field, ...] = ()
    picture: Rect | None = None

    def pin(self, name: str, output: bool) -> Pin | None:
        """The pin of that name, or None."""
        return next((p for p in self.pins if p.name == name and p.output == output), None)

    def place(self, name: str, output: bool) -> Point:
        """Where a link meets that end; the middle of the edge for what has no pin of its own."""
        pin = self.pin(name, output)
        if pin:
            return pin.x, pin.y
        return (self.width if output else 0.0), min(self.height, TITLE) / 2


def label(name: str) -> str:
    """A name as people read it on a node."""
    return name.replace("_", " ")


def field_kind(parameter: Parameter) -> FieldKind | None:
    """How a parameter is shown on the node, or None where only the inspector has it."""
    if parameter.each and parameter.kind != "file":
        return None
    if parameter.kind in ("number", "integer"):
        return "slider" if slider_of(parameter) else None
    if parameter.kind == "choice":
        return "choice"
    if parameter.kind == "switch":
        return "switch"
    return "file" if parameter.kind in ("file", "output") else None


def inline(spec: NodeSpec) -> list[tuple[str, FieldKind]]:
    """The parameters that stand on the node itself: the first few that one move of the hand sets.

    Those that may have no value at all are left to the inspector, and so is all of a reader but
    its file.
    """
    found = [(name, field_kind(p)) for name, p in spec.params.items() if not p.optional]
    files = [entry for entry in found if spec.params[entry[0]].kind == "file"]
    return [(name, kind) for name, kind in files or found if kind][:INLINE]


def shape_of(
    node: Node,
    spec: NodeSpec | None,
    fed: Collection[str] = (),
    given: Collection[str] = (),
    *,
    collapsed: bool = False,
    extra: Collection[str] = (),
    picture: bool = True,
) -> Shape:
    """The shape of a node.

    fed: sockets and parameters that links feed. given: outputs that links take (they alone tell
    what a missing type has). extra: ends to show although they would be hidden, as long as a wire
    is in hand. picture: whether there is room for a thumbnail, where the type gives what can be
    seen.
    """
    inputs, params, outputs = _ends(spec, fed, given)
    if spec is not None and spec.through:
        return _joint(inputs, outputs)
    if collapsed:
        return _collapsed([*inputs, *params], outputs)
    pins: list[Pin] = []
    y = TITLE + 4
    for row in range(max(len(inputs), len(outputs))):
        if row < len(inputs):
            pins.append(_moved(inputs[row], 0.0, y + ROW / 2))
        if row < len(outputs):
            pins.append(_moved(outputs[row], WIDTH, y + ROW / 2))
        y += ROW
    fields: list[Field] = []
    shown = inline(spec) if spec else []
    shown += [(pin.name, "fed") for pin in params if pin.name not in dict(shown)]
    if shown:
        y += 2
    for name, kind in shown:
        kind = "fed" if name in fed else kind
        fields.append(Field(name, kind, (PAD + 2, y, WIDTH - 2 * PAD - 4, FIELD - 3)))
        if (spec and name in spec.params and spec.params[name].linkable) or kind == "fed":
            color = type_color(_type_of(spec.params[name])) if spec else _UNKNOWN
            middle = y + (FIELD - 3) / 2
            pins.append(Pin(name, False, 0.0, middle, color, True, setting=True, bare=True))
        y += FIELD
    place = None
    if picture and spec and any(type_name(o.type) in _SEEN for o in spec.outputs.values()):
        place = (PAD, y + 4, WIDTH - 2 * PAD, PICTURE)
        y += PICTURE + 6
    known = {pin.name for pin in pins if not pin.output}
    for name in extra:
        if spec and name not in known and (name in spec.sockets or name in spec.params):
            pins.append(_moved(_input(spec, name), 0.0, y + ROW / 2))
            y += ROW
    return Shape("node", WIDTH, y + 6, tuple(pins), tuple(fields), place)


def _ends(
    spec: NodeSpec | None, fed: Collection[str], given: Collection[str]
) -> tuple[list[Pin], list[Pin], list[Pin]]:
    """Pins of shown sockets, of fed parameters and of outputs, all at the origin."""
    if spec is None:
        inputs = [Pin(name, False, 0, 0, _UNKNOWN) for name in fed]
        return inputs, [], [Pin(name, True, 0, 0, _UNKNOWN) for name in given]
    shown = [name for name, s in spec.sockets.items() if name in fed or not s.implicit]
    params = [name for name in spec.params if name in fed]
    lost = [name for name in fed if name not in spec.sockets and name not in spec.params]
    inputs = [_input(spec, name) for name in [*shown, *lost]]
    outputs = [
        Pin(name, True, 0, 0, type_color(o.type), many=o.depth > 0)
        for name, o in spec.outputs.items()
    ]
    outputs += [Pin(name, True, 0, 0, _UNKNOWN) for name in given if name not in spec.outputs]
    return inputs, [_input(spec, name) for name in params], outputs


def _input(spec: NodeSpec, name: str) -> Pin:
    socket, parameter = spec.sockets.get(name), spec.params.get(name)
    if socket:
        optional = socket.optional or socket.implicit is not None
        return Pin(name, False, 0, 0, type_color(socket.type), optional, socket.depth > 0)
    if parameter:
        return Pin(name, False, 0, 0, type_color(_type_of(parameter)), True, setting=True)
    return Pin(name, False, 0, 0, _UNKNOWN)


def _type_of(parameter: Parameter) -> object:
    return str if parameter.choices else parameter.type


def _moved(pin: Pin, x: float, y: float) -> Pin:
    return Pin(pin.name, pin.output, x, y, pin.color, pin.optional, pin.many, pin.setting, pin.bare)


def _joint(inputs: list[Pin], outputs: list[Pin]) -> Shape:
    wide, tall = JOINT
    pins = [_moved(p, 0.0, tall / 2) for p in inputs] + [_moved(p, wide, tall / 2) for p in outputs]
    return Shape("joint", wide, tall, tuple(pins))


def _collapsed(inputs: list[Pin], outputs: list[Pin]) -> Shape:
    pins = [_moved(p, 0.0, TITLE / 2) for p in inputs]
    pins += [_moved(p, WIDTH, TITLE / 2) for p in outputs]
    return Shape("collapsed", WIDTH, TITLE, tuple(pins))
