"""What is said of the thing that the mouse rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from graph.model import End, Graph
from graph.spec import REQUIRED
from graph.values import summarize, type_name
from ui.editor.canvas.field import shown, value_of
from ui.editor.canvas.hits import Hit
from ui.editor.canvas.node_drawing import title_of
from ui.editor.canvas.paint import Item, Paint, faded, mixed
from ui.editor.canvas.shapes import label
from ui.editor.canvas.stage import Stage
from ui.editor.letters import width, wrap
from ui.editor.rects import Point
from ui.editor.states import NodeState
from ui.units import duration

if TYPE_CHECKING:
    from ui.editor.editor import Editor

Tone = Literal["head", "plain", "dim", "bad", "warn"]
_WIDEST, _LETTERS, _LINES = 380.0, 13.0, 6


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the tip, and how it is meant."""

    text: str
    tone: Tone = "plain"


def tell(hit: Hit, stage: Stage, editor: Editor) -> list[Line]:
    """What is known of what was hit; nothing for what speaks for itself."""
    graph = stage.graph
    if graph is None or (hit.id and hit.id not in graph.nodes):
        return []
    if hit.kind == "pin":
        return _tell_pin(graph, hit, stage, editor)
    if hit.kind == "field":
        return _tell_field(graph, hit)
    if hit.kind == "wire" and hit.end in graph.links:
        return _tell_wire(graph, hit.end, stage, editor)
    if hit.kind in ("title", "badge", "node", "picture"):
        return _tell_node(graph, hit.id, editor.states[hit.id])
    return []


def _tell_node(graph: Graph, id: str, state: NodeState) -> list[Line]:
    node, spec = graph.nodes[id], graph.spec(id)
    lines = [Line(f"{title_of(node, spec)}  ·  {id}", "head")]
    if spec is None:
        lines.append(
            Line(f"The node type {node.type} is not installed; its settings are kept.", "warn")
        )
    elif spec.summary:
        lines.append(Line(spec.summary, "dim"))
    if node.mode != "run":
        rest = "bypassed: its input is passed on" if node.mode == "bypass" else "muted: it rests"
        lines.append(Line(f"It is {rest}.", "warn"))
    return lines + _tell_state(state)


def _tell_state(state: NodeState) -> list[Line]:
    lines: list[Line] = []
    items = f"{state.done} of {state.total} items" if state.total > 1 else ""
    match state.standing:
        case "cached":
            took = f", made in {duration(state.seconds)}" if state.seconds else ""
            lines.append(Line(f"Its result is at hand{took}.{f' {items}.' if items else ''}"))
        case "stale":
            why = f": {state.text}" if state.text else ""
            those = f"{state.total - state.done} of {state.total} items" if items else "It"
            lines.append(Line(f"{those} would run{why}."))
        case "queued":
            lines.append(Line(f"It waits for its turn{f': {state.text}' if state.text else ''}."))
        case "running":
            share = f" {state.fraction * 100:.0f} %" if state.fraction is not None else ""
            left = f", {duration(state.left)} left" if state.left is not None else ""
            lines.append(Line(f"It runs:{share}{f' {items}' if items else ''}{left}."))
        case "failed":
            lines.append(Line(f"It failed: {state.text}", "bad"))
        case "blocked":
            lines.append(Line(f"It cannot run: {state.text}", "warn"))
        case "resting" if state.text:
            lines.append(Line(f"It rests: {state.text}", "dim"))
    return lines + [Line(text, "warn") for text in state.warnings[-3:]]


def _tell_pin(graph: Graph, hit: Hit, stage: Stage, editor: Editor) -> list[Line]:
    spec = graph.spec(hit.id)
    if spec is None:
        return [Line(label(hit.name), "head")]
    end = hit.id, hit.name
    if hit.output:
        output = spec.outputs.get(hit.name)
        kind = type_name(output.type) if output else "unknown"
        many = ", frames" if hit.id in stage.many else ""
        return [Line(f"{label(hit.name)}  ·  {kind}{many}", "head"), *_summary(editor, end)]
    socket, parameter = spec.sockets.get(hit.name), spec.params.get(hit.name)
    if parameter:
        return _tell_field(graph, hit)
    kind = type_name(socket.type) if socket else "unknown"
    marks = []
    if socket and socket.depth:
        marks.append("a whole list")
    if socket and socket.implicit:
        marks.append("made by itself when not wired")
    elif socket and socket.optional:
        marks.append("optional")
    lines = [Line("  ·  ".join([label(hit.name), ", ".join([kind, *marks])]), "head")]
    if socket and socket.requires:
        lines.append(Line(f"It takes {socket.requires} images only.", "dim"))
    if end in graph.links:
        source = graph.links[end]
        lines.append(Line(f"From {'.'.join(source)}.", "dim"))
        lines += _summary(editor, source)
    return lines


def _tell_wire(graph: Graph, end: End, stage: Stage, editor: Editor) -> list[Line]:
    source = graph.links[end]
    spec = graph.spec(source[0])
    output = spec.outputs.get(source[1]) if spec else None
    kind = type_name(output.type) if output else "unknown"
    many = ", frames" if source[0] in stage.many else ""
    head = f"{'.'.join(source)} → {'.'.join(end)}  ·  {kind}{many}"
    return [Line(head, "head"), *_summary(editor, source)]


def _summary(editor: Editor, end: End) -> list[Line]:
    """The value at an output in words, where it is at hand."""
    for want, picture in editor.results.pictures.items():
        if (want.node, want.output) == end:
            count = f"{picture.items} frames; " if picture.items is not None else ""
            return [Line(count + summarize(picture.value))]
    return []


def _tell_field(graph: Graph, hit: Hit) -> list[Line]:
    spec = graph.spec(hit.id)
    parameter = spec.params.get(hit.name) if spec else None
    if parameter is None:
        return [Line(label(hit.name), "head")]
    lines = []
    source = graph.links.get((hit.id, hit.name))
    if source:
        lines.append(Line(f"{label(hit.name)}  ·  from {'.'.join(source)}", "head"))
    else:
        value = value_of(parameter, graph.nodes[hit.id].params)
        said = str(value) if parameter.kind in ("file", "output") else shown(parameter, value)
        said = "not set" if value in (None, "") else said
        lines.append(Line(f"{label(hit.name)}  ·  {said}", "head"))
    if parameter.help:
        lines.append(Line(parameter.help))
    if parameter.kind in ("number", "integer") and parameter.range:
        low, high = parameter.range.minimum, parameter.range.maximum
        if abs(low) < float("inf") or abs(high) < float("inf"):
            lines.append(
                Line(f"Legal from {low:g} to {high:g}. Double click to type a number.", "dim")
            )
    if parameter.default is not REQUIRED and parameter.default is not None:
        lines.append(Line(f"Default: {shown(parameter, parameter.default)}", "dim"))
    return lines


def draw_tip(
    lines: list[Line], at: Point, size: Point, paint: Paint, scale: float = 1.0
) -> list[Item]:
    """The tip beside the mouse, within the area.

    size: of the area, in pixels. scale: of the window's texts.
    """
    rows: list[tuple[str, Tone]] = []
    letters = _LETTERS * scale
    for line in lines:
        rows += [(text, line.tone) for text in wrap(line.text, letters, _WIDEST * scale, _LINES)]
    if not rows:
        return []
    step = letters + 5
    wide = max(width(text, letters) for text, _ in rows) + 20
    tall = step * len(rows) + 12
    x = max(min(at[0] + 18, size[0] - wide - 4), 4.0)
    y = at[1] + 22 if at[1] + 22 + tall < size[1] - 4 else max(at[1] - tall - 12, 4.0)
    inks = {
        "head": paint.text,
        "plain": mixed(paint.text, paint.dim, 0.35),
        "dim": paint.dim,
        "bad": mixed(paint.bad, paint.text, 0.35),
        "warn": paint.warn if not paint.bright else mixed(paint.accent, paint.text, 0.3),
    }
    items: list[Item] = [
        ("rect", (x + 2, y + 3), (x + wide + 2, y + tall + 3), paint.shadow, (0, 0, 0, 0), 6, 1),
        ("rect", (x, y), (x + wide, y + tall), faded(paint.box, 0.98), paint.dim, 5, 1),
    ]
    for i, (text, tone) in enumerate(rows):
        items.append(("text", (x + 10, y + 7 + i * step), text, letters, inks[tone]))
    return items
