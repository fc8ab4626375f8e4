"""A stretch on screen made permanent: a node with its numbers in the graph, for all to see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graph.errors import GraphError
from graph.model import End, Graph
from ui.editor.edits.adding import add_node
from ui.editor.edits.wiring import connect
from ui.editor.rects import Point

if TYPE_CHECKING:
    from nodes.values import Stretch

TYPE = "stretch.histogram"
_ROWS = ("red", "green", "blue")


def make_permanent(graph: Graph, source: End, stretch: Stretch, at: Point) -> str:
    """Add a histogram transformation that does to data what a screen transfer function shows.

    source: the output it is fed by. A stretch with one curve for all channels goes into the
    combined row, else each channel's into its own. The id of the new node. Raises GraphError
    for a stretch that such a node cannot hold.
    """
    rows = list(zip(stretch.shadows, stretch.midtones, stretch.highlights, strict=True))
    ranges = set(zip(stretch.low, stretch.high, strict=True))
    if len(rows) not in (1, len(_ROWS)):
        raise GraphError(f"the stretch is for {len(rows)} channels; a node holds one or three")
    if len(ranges) > 1:
        raise GraphError("the channels have different ranges; give all the same low and high")
    for name, (shadows, _, highlights) in zip(_ROWS, rows, strict=False):
        if shadows == highlights:
            of = f" of {name}" if len(rows) > 1 else ""
            raise GraphError(f"shadows and highlights{of} are both {shadows:g}; set them apart")
    low, high = ranges.pop()
    params: dict[str, Any] = {"low_range": low, "high_range": high}
    if len(set(rows)) == 1:
        params |= zip(("shadows", "midtones", "highlights"), rows[0], strict=True)
    else:
        params |= {name: list(row) for name, row in zip(_ROWS, rows, strict=True)}
    with graph.edit():
        id = add_node(graph, TYPE, at, **{name: _number(value) for name, value in params.items()})
        connect(graph, source, (id, "image"))
        return id


def _number(value: Any) -> Any:
    """Plain numbers, also of NumPy's."""
    return [float(part) for part in value] if isinstance(value, list) else float(value)
