"""Where the nodes of a night stand: masters on the left, chains of lights in rows beside them."""

from __future__ import annotations

from collections.abc import Sequence

from graph.model import Graph
from ui.editor.canvas.shapes import shape_of
from ui.editor.edits import marks, places
from ui.night.chains import Chains
from ui.night.draft import Patch

#: from one column to the next, between nodes of a column, and between frames
STEP, GAP, APART = 250.0, 34.0, 110.0
_NOTE_LINE, _NOTE_WIDTH, _LETTERS = 18.0, 460.0, 62


def lay_out(chains: Chains, note: str) -> None:
    """Put all nodes in their places, frames around them, and the note on top."""
    graph = chains.graph
    lines = sum(1 + len(line) // _LETTERS for line in note.splitlines())
    y = 0.0
    if note:
        height = 24 + _NOTE_LINE * lines
        graph.view.setdefault("notes", []).append(
            {"text": note, "rect": [0, 0, round(_NOTE_WIDTH), round(height)]}
        )
        y = height + APART
    right = _stand(graph, chains.masters, 0.0, y)
    left = right + STEP if chains.masters else 0.0
    below = y
    for patch in chains.shared:
        x = left + 6 * STEP
        below = max(below, _place(graph, patch, x, y))
        y = below + APART
    _stand(graph, chains.lights, left, y if chains.shared else below)


def _stand(graph: Graph, patches: Sequence[Patch], x: float, y: float) -> float:
    """Put patches one below the other; the right edge of them all."""
    right = x
    for patch in patches:
        y = _place(graph, patch, x, y) + APART
        right = max(right, x + STEP * (1 + max(column for column, _ in patch.cells.values())))
    return right


def _place(graph: Graph, patch: Patch, x: float, y: float) -> float:
    """Put the nodes of a patch in rows and columns, a frame around them; its lower edge."""
    sizes = {id: _size(graph, id) for id in patch.cells}
    columns = sorted({column for column, _ in patch.cells.values()})
    lefts = {column: x + STEP * column for column in columns}
    tops: dict[int, float] = {}
    for row in sorted({row for _, row in patch.cells.values()}):
        tops[row] = y
        y += max(sizes[id][1] for id, cell in patch.cells.items() if cell[1] == row) + GAP
    for id, (column, row) in patch.cells.items():
        places.put(graph, id, (lefts[column], tops[row]))
    marks.add_frame(graph, patch.cells, patch.title, sizes)
    return y - GAP


def _size(graph: Graph, id: str) -> tuple[float, float]:
    given = {output for _, output in (graph.links[end] for end in graph.consumers(id))}
    shape = shape_of(graph.nodes[id], graph.spec(id), graph.feeds(id).keys(), given)
    return shape.width, shape.height
