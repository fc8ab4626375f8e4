"""A graph as a picture: SVG, or a Mermaid flow chart for documents."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from html import escape
from typing import TYPE_CHECKING

from graph.values import type_color
from ui.layout import GAP_Y, MARGIN, ROW, WIDTH, Box, arrange

if TYPE_CHECKING:
    from graph.model import Graph

_STYLE = """
  .node { fill: #2b2f36; stroke: #15171b; }
  .sink { fill: #3a3128; } .view { fill: #2b3a36; } .missing { fill: #4a2b2b; }
  .title { font: 600 13px sans-serif; fill: #f2f2f2; }
  .type { font: 11px sans-serif; fill: #a9b0ba; }
  .row { font: 11px sans-serif; fill: #c9ced6; }
  .link { fill: none; stroke-width: 2.2; opacity: .85; }
"""


def to_svg(graph: Graph) -> str:
    """The graph as an SVG document: boxes with their sockets, links in the colour of their type."""
    boxes = arrange(graph)
    width = max((box.x for box in boxes.values()), default=0) + WIDTH + MARGIN
    height = max((box.y + box.height for box in boxes.values()), default=0) + MARGIN
    title = escape(_printable(graph.meta.get("title") or "graph"))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="{title}">',
        f"<title>{title}</title><style>{_STYLE}</style>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#1d2025"/>',
    ]
    columns: dict[float, list[tuple[float, float]]] = {}
    for box in sorted(boxes.values(), key=lambda box: (box.x, box.y)):
        span = (box.y - GAP_Y / 2, box.y + box.height + GAP_Y / 2)
        columns.setdefault(box.x, []).append(span)
    places = list(columns)
    for (target, name), (source, output) in graph.links.items():
        spec = graph.spec(source)
        known = spec.outputs.get(output) if spec else None
        color = type_color(known.type) if known else "#808080"
        start, end = boxes[source].end(output, True), boxes[target].end(name, False)
        between = places[bisect_right(places, start[0]) : bisect_left(places, end[0])]
        crossed = [(place, columns[place]) for place in between]
        parts.append(f'<path class="link" stroke="{color}" d="{_path(start, end, crossed)}"/>')
    for id, box in boxes.items():
        parts += _draw(graph, id, box)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _path(
    start: tuple[float, float],
    end: tuple[float, float],
    columns: list[tuple[float, list[tuple[float, float]]]],
) -> str:
    """A curve between two ends, led around the boxes of the columns it crosses.

    columns: where each begins, and from where to where its boxes reach, downwards.
    """
    x, y = start
    text = f"M{x:.0f} {y:.0f}"
    for column, spans in columns:
        lane = y + (end[1] - y) * (column + WIDTH / 2 - x) / (end[0] - x)
        if any(low < lane < high for low, high in spans):
            edges = (edge for span in spans for edge in span)
            free = [e for e in edges if not any(low < e < high for low, high in spans)]
            lane = min(free, key=lambda edge: abs(edge - lane))
        text += f" {_curve((x, y), (column, lane))} L{column + WIDTH:.0f} {lane:.0f}"
        x, y = column + WIDTH, lane
    return f"{text} {_curve((x, y), end)}"


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    bend = max(20.0, (end[0] - start[0]) / 2)
    return (
        f"C{start[0] + bend:.0f} {start[1]:.0f} {end[0] - bend:.0f} {end[1]:.0f} "
        f"{end[0]:.0f} {end[1]:.0f}"
    )


def _draw(graph: Graph, id: str, box: Box) -> list[str]:
    spec, node = graph.spec(id), graph.nodes[id]
    kind = "missing" if spec is None else "sink" if spec.writes else "view" if spec.display else ""
    parts = [
        f'<rect class="node {kind}" x="{box.x:.0f}" y="{box.y:.0f}" width="{WIDTH}" '
        f'height="{box.height:.0f}" rx="7"/>',
        _text("title", box.x + 10, box.y + 17, _short(node.title or id, 24)),
        _text("type", box.x + 10, box.y + 32, _short(node.type, 30)),
    ]
    for names, output in ((box.sockets, False), (box.outputs, True)):
        for name in names:
            x, y = box.end(name, output)
            end = spec and (
                (spec.outputs if output else spec.sockets).get(name) or spec.params.get(name)
            )
            color = type_color(end.type) if end else "#808080"
            parts.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4.5" fill="{color}"/>')
            anchor = ' text-anchor="end"' if output else ""
            shift = -10 if output else 10
            parts.append(_text("row", x + shift, y + ROW / 4, _short(name, 13), anchor))
    return parts


def _text(style: str, x: float, y: float, text: str, extra: str = "") -> str:
    return f'<text class="{style}" x="{x:.0f}" y="{y:.0f}"{extra}>{escape(_printable(text))}</text>'


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def to_mermaid(graph: Graph) -> str:
    """The graph as a Mermaid flow chart, left to right."""
    names = {id: f"n{number}" for number, id in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    for id, node in graph.nodes.items():
        spec = graph.spec(id)
        left, right = (
            ("[/", "/]")
            if spec and spec.writes
            else ("([", "])")
            if spec and spec.display
            else ("[", "]")
        )
        lines.append(
            f'  {names[id]}{left}"{_plain(id)}<br/><small>{_plain(node.type)}</small>"{right}'
        )
    for (target, name), (source, output) in graph.links.items():
        label = output if output == name else f"{output} → {name}"
        lines.append(f'  {names[source]} -->|"{_plain(label)}"| {names[target]}')
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return re.sub(r"[\"<>`#;&]", " ", _printable(text))


def _printable(text: str) -> str:
    """A text without what no drawing can hold: control characters, halves of a surrogate pair."""
    return "".join(character if character.isprintable() else " " for character in text)
