"""A node as plain items: title, sockets, parameters, picture, and what stands at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graph.model import Node
from graph.spec import NodeSpec
from graph.units import shorten
from ui.editor.canvas.field import fraction_of, shown, value_of
from ui.editor.canvas.paint import NONE, Color, Item, Paint, faded, family_color, mixed, rgba
from ui.editor.canvas.shapes import TITLE, Field, Pin, Shape, label
from ui.editor.letters import cut, width
from ui.editor.rects import Rect
from ui.editor.states import UNKNOWN, NodeState
from ui.units import duration

#: below these zooms names and parameters, and all but a box with a title, are left out
NAMES, BOXES = 0.5, 0.25
_TITLE_SIZE, _TEXT_SIZE, _SMALL_SIZE = 14.0, 13.0, 11.0
PIN = 4.6
#: letters of titles are never smaller, in pixels
_LEAST_SIZE = 10.0


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the drawing of a node depends on, but for its shape and the zoom.

    feeds: name → what feeds it, in words. hot: the pin or field under the mouse, as
    (kind, name, whether an output). picture: its texture, and height by width. color: of what
    goes through a joint. fits: the pins, as (name, whether an output), that the wire in hand fits.
    """

    id: str
    node: Node
    spec: NodeSpec | None
    state: NodeState = UNKNOWN
    selected: bool = False
    hovered: bool = False
    hot: tuple[str, str, bool] | None = None
    feeds: tuple[tuple[str, str], ...] = ()
    picture: tuple[Any, float] | None = None
    color: str = "#a0a0a0"
    fits: frozenset[tuple[str, bool]] | None = None


def draw(shape: Shape, facts: Facts, zoom: float, paint: Paint) -> tuple[Item, ...]:
    """The items of a node, in pixels from its corner, as it is seen at this zoom."""
    if shape.kind == "joint":
        return _draw_joint(shape, facts, zoom, paint)
    if zoom < BOXES:
        return _draw_box(shape, facts, zoom, paint)
    items = _draw_body(shape, facts, zoom, paint)
    names = zoom >= NAMES
    if shape.kind == "node" and names:
        for each in shape.fields:
            items += _draw_field(each, facts, zoom, paint)
    if shape.picture:
        items += _draw_picture(shape.picture, facts, zoom, paint)
    for pin in shape.pins:
        items += _draw_pin(pin, shape, facts, zoom, paint, names and shape.kind == "node")
    if names:
        items += _draw_around(shape, facts, zoom, paint)
    return tuple(items)


def title_of(node: Node, spec: NodeSpec | None) -> str:
    """What stands in the title bar."""
    return node.title or (spec.title if spec else node.type)


def badge_of(state: NodeState, mode: str, missing: bool, paint: Paint) -> tuple[str, Color]:
    """The sign of what stands at a node, and its colour."""
    if missing:
        return "?", paint.warn
    if mode == "bypass":
        return "↷", paint.warn
    if mode == "mute":
        return "⊘", paint.warn
    return {
        "cached": ("✓", paint.good),
        "stale": ("○", paint.stale),
        "queued": ("…", paint.busy),
        "running": ("▶", paint.busy),
        "failed": ("✗", mixed(paint.bad, paint.title_text, 0.25)),
        "blocked": ("⚠", paint.warn),
        "resting": ("⊘", paint.stale),
        "missing": ("?", paint.warn),
    }.get(state.standing, ("", paint.stale))


def _bar_color(facts: Facts, paint: Paint) -> Color:
    family = (facts.spec.id if facts.spec else facts.node.type).partition(".")[0]
    color = family_color(family, facts.spec is None)
    if facts.node.mode != "run":
        color = mixed(color, paint.body, 0.6)
    return mixed(color, (255, 255, 255, 255), 0.08) if facts.hovered else color


def _edge(facts: Facts, paint: Paint, zoom: float) -> tuple[Color, float]:
    if facts.selected:
        return paint.accent, max(1.5, 2 * min(zoom, 1.5))
    if facts.state.standing == "failed":
        return paint.bad, max(1.2, 1.6 * zoom)
    if facts.state.standing == "running":
        return paint.busy, max(1.2, 1.6 * zoom)
    if facts.hovered:
        return mixed(paint.edge, paint.dim, 0.8), 1.0
    return paint.edge, 1.0


def _draw_box(shape: Shape, facts: Facts, z: float, paint: Paint) -> tuple[Item, ...]:
    """All that can be told of a node from far: its family, whether it is chosen, how it stands."""
    wide, tall = shape.width * z, shape.height * z
    edge, thick = _edge(facts, paint, z)
    bar = _bar_color(facts, paint)
    items: list[Item] = [
        ("rect", (0, 0), (wide, tall), mixed(bar, paint.body, 0.35), edge, 3, thick)
    ]
    sign = {"failed": paint.bad, "running": paint.busy, "blocked": paint.warn}
    if facts.state.standing in sign:
        items.append(("rect", (0, 0), (wide, 4), sign[facts.state.standing], NONE, 1, 1))
    size = 11.0 if z >= 0.16 else 0.0
    text = cut(title_of(facts.node, facts.spec), size, wide - 5) if size else ""
    if len(text) > 2 and tall >= size:
        items.append(("text", (3, (tall - size) / 2), text, size, paint.title_text))
    return tuple(items)


def _draw_body(shape: Shape, facts: Facts, z: float, paint: Paint) -> list[Item]:
    wide, tall = shape.width * z, shape.height * z
    size = max(_TITLE_SIZE * z, _LEAST_SIZE)
    bar = min(max(TITLE * z, size + 3), tall)  # from afar it grows over the rows, so it can be read
    r = 6 * z
    color = _bar_color(facts, paint)
    edge, thick = _edge(facts, paint, z)
    items: list[Item] = [
        ("rect", (-1 * z, 2 * z), (wide + 3 * z, tall + 5 * z), paint.shadow, NONE, r + 2 * z, 1),
        ("rect", (0, 0), (wide, tall), color, NONE, r, 1),
    ]
    if shape.kind == "node":
        items += [
            ("rect", (0, bar), (wide, tall), paint.body, NONE, r, 1),
            ("rect", (0, bar), (wide, min(bar + r, tall)), paint.body, NONE, 0, 1),
        ]
    fraction = facts.state.fraction if facts.state.standing == "running" else None
    if fraction is not None:
        high = max(3 * z, 2.0)
        items += [
            ("rect", (0, bar - high), (wide, bar), mixed(color, paint.edge, 0.6), NONE, 0, 1),
            ("rect", (0, bar - high), (wide * min(fraction, 1.0), bar), paint.busy, NONE, 0, 1),
        ]
    sign, sign_color = badge_of(facts.state, facts.node.mode, facts.spec is None, paint)
    left, room = 10 * z, wide - 10 * z - (size * 1.5 if sign else 6 * z)
    title = cut(title_of(facts.node, facts.spec), size, room)
    ink = paint.title_text if facts.node.mode == "run" else faded(paint.title_text, 0.65)
    items.append(("text", (left, (bar - size) / 2), title, size, ink))
    if sign:
        left = wide - 8 * z - width(sign, size)
        items.append(("text", (left, (bar - size) / 2), sign, size, sign_color))
    if facts.node.mode != "run" and shape.kind == "node":
        items.append(("rect", (0, bar), (wide, tall), paint.cover, NONE, r, 1))
    if facts.node.mode == "bypass" and shape.kind == "node" and z >= BOXES:
        inner, outer = shape.pins and shape.pins[0], _first_output(shape)
        if inner and outer and not inner.output:
            start, end = (inner.x * z, inner.y * z), (outer.x * z, outer.y * z)
            items.append(("line", start, end, faded(paint.warn, 0.7), max(1.5, 2 * z)))
    items.append(("rect", (0, 0), (wide, tall), NONE, edge, r, thick))
    return items


def _first_output(shape: Shape) -> Pin | None:
    return next((pin for pin in shape.pins if pin.output), None)


def _draw_pin(
    pin: Pin, shape: Shape, facts: Facts, z: float, paint: Paint, names: bool
) -> list[Item]:
    fed = any(name == pin.name for name, _ in facts.feeds) and not pin.output
    if pin.bare and z < NAMES and not fed:
        return []
    at = pin.x * z, pin.y * z
    hot = facts.hot == ("pin", pin.name, pin.output)
    color = rgba(pin.color)
    if facts.fits is not None and (pin.name, pin.output) not in facts.fits:
        color = mixed(color, paint.body, 0.75)
    radius = (PIN - 1.2 if pin.setting and not fed else PIN) * z * (1.3 if hot else 1.0)
    radius = max(radius, 2.0)
    edge = paint.text if hot else paint.edge
    hollow = pin.optional and not pin.output and not fed and not hot
    fill = mixed(color, paint.body, 0.75) if hollow else color
    rim = color if hollow else edge
    thick = 1.4 if hollow or hot else 1.0
    items: list[Item]
    if pin.many:
        d = radius * 0.95
        (x, y) = at
        items = [("rect", (x - d, y - d), (x + d, y + d), fill, rim, d * 0.3, thick)]
    else:
        items = [("circle", at, radius, fill, rim, thick)]
    if not names or pin.bare:
        return items
    size = _TEXT_SIZE * z
    partner = any(p.y == pin.y and p.output != pin.output for p in shape.pins)
    room = (shape.width / 2 if partner else shape.width) - 14
    text = cut(label(pin.name), _TEXT_SIZE, room)
    left = at[0] - 10 * z - width(text, size) if pin.output else at[0] + 10 * z
    ink = paint.dim if pin.optional and not fed and not hot else paint.text
    items.append(("text", (left, at[1] - size / 2), text, size, ink))
    return items


def _draw_field(each: Field, facts: Facts, z: float, paint: Paint) -> list[Item]:
    x, y, w, h = (n * z for n in each.rect)
    parameter = facts.spec.params.get(each.name) if facts.spec else None
    size, hot = _TEXT_SIZE * z, facts.hot == ("field", each.name, False)
    top = y + (h - size) / 2
    name = label(each.name)
    if each.kind == "fed" or parameter is None:
        source = dict(facts.feeds).get(each.name, "")
        return _pair(name, source and f"← {source}", x, top, w, size, paint.text, paint.dim)
    value = value_of(parameter, facts.node.params)
    if each.kind == "switch":
        side = 14 * z
        box = ("rect", (x, y + (h - side) / 2), (x + side, y + (h + side) / 2))
        fill = paint.fill_hot if value is True else paint.box_hot if hot else paint.box
        items: list[Item] = [(*box, fill, paint.edge, 3 * z, 1)]
        if value is True:
            corner = x + side / 2 - width("✓", size) / 2
            items.append(("text", (corner, top), "✓", size, paint.text))
        text = cut(name, size, w - 22 * z)
        return [*items, ("text", (x + 21 * z, top), text, size, paint.text)]
    ground = paint.box_hot if hot else paint.box
    items = [("rect", (x, y), (x + w, y + h), ground, paint.edge, 4 * z, 1)]
    said = shown(parameter, value)
    if each.kind == "slider":
        long = w * fraction_of(parameter, value)
        fill = paint.fill_hot if hot else paint.fill
        if long >= 1:
            items.append(("rect", (x, y), (x + long, y + h), fill, NONE, 4 * z, 1))
    elif each.kind == "choice":
        items.append(("text", (x + w - 14 * z, top), "▾", size, paint.dim))
        w -= 12 * z
    else:
        name = ""
    empty = each.kind == "file" and not value
    ink = paint.dim if empty else paint.text
    items += _pair(name, "choose a file …" if empty else said, x, top, w, size, paint.text, ink)
    return items


def _pair(
    name: str, value: str, x: float, top: float, w: float, size: float, ink: Color, dim: Color
) -> list[Item]:
    """A name to the left and a value to the right, cut so that both can be told."""
    pad = size * 0.5
    room = w - 2 * pad
    if not name:
        return [("text", (x + pad, top), cut(value, size, room, keep_end=True), size, dim)]
    value = cut(value, size, max(room * 0.62, room - width(name, size) - pad))
    left = x + w - pad - width(value, size)
    name = cut(name, size, left - x - 2 * pad)
    return [
        ("text", (x + pad, top), name, size, ink),
        ("text", (left, top), value, size, dim),
    ]


def _draw_picture(rect: Rect, facts: Facts, z: float, paint: Paint) -> list[Item]:
    """The thumbnail as large as it has room, on black; the room alone as long as there is none."""
    x, y, w, h = (n * z for n in rect)
    ground = (12, 12, 14, 255) if facts.picture else faded(paint.box, 0.55)
    items: list[Item] = [("rect", (x, y), (x + w, y + h), ground, NONE, 3 * z, 1)]
    if facts.picture:
        texture, ratio = facts.picture
        wide = min(w, h / ratio)
        tall = wide * ratio
        left, top = x + (w - wide) / 2, y + (h - tall) / 2
        items.append(("image", texture, (left, top), (left + wide, top + tall)))
    return items


def _draw_around(shape: Shape, facts: Facts, z: float, paint: Paint) -> list[Item]:
    """Above the node its id, when it is not its title, and its time; below it what went wrong."""
    items: list[Item] = []
    size = _SMALL_SIZE * z
    top, wide, right = -size - 3 * z, shape.width * z, 0.0
    said = _time_shown(facts.state)
    if said:
        right = width(said, size) + 6 * z
        items.append(("text", (wide - right + 4 * z, top), said, size, paint.dim))
    plain = title_of(facts.node, facts.spec).lower().replace(" ", "_")
    if facts.id != plain:
        text = cut(facts.id, size, wide - right - 8 * z)
        items.append(("text", (2 * z, top), text, size, paint.dim))
    message = facts.state.text if facts.state.standing in ("failed", "blocked") else ""
    if facts.spec is None:
        message = "this node type is not installed"
    if message:
        serious = facts.state.standing == "failed" or facts.spec is None
        y = (shape.height + 5) * z
        text = cut(message, size, wide - 12 * z)
        ground = paint.bad_ground if serious else faded(paint.box, 0.95)
        ink = mixed(paint.bad, paint.text, 0.55) if serious else paint.dim
        items += [
            ("rect", (0, y), (wide, y + size + 7 * z), ground, NONE, 4 * z, 1),
            ("text", (6 * z, y + 3 * z), text, size, ink),
        ]
    return items


def _time_shown(state: NodeState) -> str:
    if state.standing == "running":
        parts = [f"{state.done} of {state.total}"] if state.total > 1 else []
        if state.fraction is not None and state.total == 1:
            parts.append(f"{state.fraction * 100:.0f} %")
        if state.left is not None:
            parts.append(f"{duration(state.left)} left")
        return " · ".join(parts)
    if state.standing in ("cached", "failed") and state.seconds:
        took = duration(state.seconds) if state.seconds >= 0.1 else _milliseconds(state.seconds)
        return f"{state.total} × · {took}" if state.total > 1 else took
    return ""


def _milliseconds(seconds: float) -> str:
    return f"{shorten(seconds * 1000)} ms"


def _draw_joint(shape: Shape, facts: Facts, z: float, paint: Paint) -> tuple[Item, ...]:
    wide, tall = shape.width * z, shape.height * z
    color = rgba(facts.color)
    edge, thick = _edge(facts, paint, z)
    mid = tall / 2
    items: list[Item] = [("line", (0, mid), (wide, mid), color, max(1.5, 2.4 * z))]
    radius = max((6 if facts.hovered or facts.selected else 5) * z, 2.0)
    items.append(("circle", (wide / 2, mid), radius, color, edge, thick))
    for pin in shape.pins:
        if facts.hovered or facts.hot == ("pin", pin.name, pin.output):
            hot = facts.hot == ("pin", pin.name, pin.output)
            radius = max((PIN if hot else 3.2) * z, 2.0)
            items.append(("circle", (pin.x * z, pin.y * z), radius, color, paint.edge, 1.0))
    return tuple(items)
