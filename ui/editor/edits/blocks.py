"""A graph laid out with the frames around its nodes and the notes beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graph.errors import GraphError
from graph.model import Graph
from ui.editor.edits.marks import (
    SIZE,
    Contents,
    Sizes,
    boxes_of,
    find_inside,
    framed,
    rects_of,
)
from ui.editor.edits.places import Mark
from ui.editor.rects import Point, Rect, around
from ui.layout import place_nodes

#: above a node stand its id and time, below it the message of a failure
ABOVE = 24.0
#: a note as near as this to a node or frame stands beside it
NEAR = 80.0


@dataclass(frozen=True, slots=True)
class Block:
    """What is laid out as one: the rectangles of its nodes, frames and notes."""

    ids: dict[str, Rect]
    marks: dict[Mark, Rect] = field(default_factory=dict)

    @property
    def rect(self) -> Rect:
        """What holds all of it."""
        found = around([*self.ids.values(), *self.marks.values()])
        assert found is not None
        return found

    def moved(self, dx: float, dy: float) -> Block:
        """The same elsewhere."""
        return Block(
            {id: (x + dx, y + dy, w, h) for id, (x, y, w, h) in self.ids.items()},
            {mark: (x + dx, y + dy, w, h) for mark, (x, y, w, h) in self.marks.items()},
        )


def lay_out(graph: Graph, ids: Iterable[str], sizes: Sizes | None = None) -> Block:
    """These nodes in layers from left to right, by the wires among them.

    A frame around some of them alone is laid out by itself, and put around them again, so that
    nothing else comes to stand in it; where wires lead out of it and back in, it cannot be. A note
    keeps its distance to the node or frame that it stands beside.
    """
    placed = boxes_of(graph, sizes)
    boxes = {id: placed.get(id) or (0.0, 0.0, *(sizes or {}).get(id, SIZE)) for id in ids}
    rects = rects_of(graph)
    held = _frames_of(graph, boxes, rects, sizes)
    beside = _find_anchors(boxes, rects, held)
    blocks = {
        id: _with_notes(Block({id: box}), id, box, beside, rects) for id, box in boxes.items()
    }
    for mark, inside in held.items():
        members = _distinct(blocks[id] for id in inside.ids)
        if sum(len(block.ids) for block in members) != len(inside.ids):
            continue  # it overlaps another frame
        merged = _merge(graph, members)
        merged.marks[mark] = framed(merged.rect)
        merged = _with_notes(merged, mark, rects[mark], beside, rects)
        tried = blocks | dict.fromkeys(inside.ids, merged)
        try:
            _contracted(graph, _distinct(tried.values())).order()
        except GraphError:  # wires lead out of it and back in
            continue
        blocks = tried
    return _merge(graph, _distinct(blocks.values()))


def _frames_of(
    graph: Graph, boxes: Mapping[str, Rect], rects: Mapping[Mark, Rect], sizes: Sizes | None
) -> dict[Mark, Contents]:
    """The frames around these nodes and no others, the inner before the outer."""
    every = boxes_of(graph, sizes)
    found = {mark: find_inside(mark[1], every, rects) for mark in rects if mark[0] == "frames"}
    own = [mark for mark, inside in found.items() if inside.ids and boxes.keys() >= {*inside.ids}]
    own.sort(key=lambda mark: (len(found[mark].ids), rects[mark][2] * rects[mark][3]))
    return {mark: found[mark] for mark in own}


def _find_anchors(
    boxes: Mapping[str, Rect], rects: Mapping[Mark, Rect], held: Mapping[Mark, Contents]
) -> dict[Mark, str | Mark]:
    """The node or frame that each note stands beside: in a frame a node of it, however far."""
    found: dict[Mark, str | Mark] = {}
    framed_ids = {id for inside in held.values() for id in inside.ids}
    for note in (mark for mark in rects if mark[0] == "notes"):
        inner = next((inside for inside in held.values() if note in inside.marks), None)
        near: dict[str | Mark, Rect] = {}
        if inner:
            near |= {id: boxes[id] for id in inner.ids}
        else:
            near |= {id: box for id, box in boxes.items() if id not in framed_ids}
            near |= {mark: rects[mark] for mark in held}
        best = min(near, key=lambda key: _gap(near[key], rects[note]), default=None)
        if best is not None and (inner or _gap(near[best], rects[note]) <= NEAR):
            found[note] = best
    return found


def _gap(a: Rect, b: Rect) -> float:
    """How far two rectangles are apart."""
    dx, dy = (max(a[k] - b[k] - b[k + 2], b[k] - a[k] - a[k + 2], 0.0) for k in (0, 1))
    return float((dx * dx + dy * dy) ** 0.5)


def _with_notes(
    block: Block,
    anchor: str | Mark,
    old: Rect,
    beside: Mapping[Mark, str | Mark],
    rects: Mapping[Mark, Rect],
) -> Block:
    """A block with the notes beside its node or frame. old: where that stood."""
    now = block.ids[anchor] if isinstance(anchor, str) else block.marks[anchor]
    notes = {
        note: _follow(rects[note], old, now) for note, other in beside.items() if other == anchor
    }
    return Block(block.ids, block.marks | notes)


def _follow(note: Rect, old: Rect, now: Rect) -> Rect:
    """Where a note goes with what it stands beside: its distance to the nearer edge stays."""
    at: list[float] = []
    for k in (0, 1):
        beyond = note[k] >= old[k] + old[k + 2]  # right of it, or below it
        at.append(note[k] + now[k] - old[k] + (now[k + 2] - old[k + 2] if beyond else 0.0))
    return at[0], at[1], note[2], note[3]


def _distinct(blocks: Iterable[Block]) -> list[Block]:
    return list({id(block): block for block in blocks}.values())


def _merge(graph: Graph, blocks: list[Block]) -> Block:
    """One block of several, laid out by the wires among them."""
    part = _contracted(graph, blocks)
    sizes = {_name(b): (b.rect[2], b.rect[3] + ABOVE) for b in blocks}
    corners: dict[str, Point] = place_nodes(part, sizes)
    merged = Block({})
    for block in blocks:
        x, y = corners[_name(block)]
        moved = block.moved(x - block.rect[0], y - block.rect[1])
        merged.ids.update(moved.ids)
        merged.marks.update(moved.marks)
    return merged


def _name(block: Block) -> str:
    """The node by which a block is known among others: its first."""
    return next(iter(block.ids))


def _contracted(graph: Graph, blocks: list[Block]) -> Graph:
    """The graph with a node for each block, and the wires between them."""
    names = {id: _name(block) for block in blocks for id in block.ids}
    links = {
        (names[target[0]], ".".join(target)): (names[source[0]], ".".join(source))
        for target, source in graph.links.items()
        if {target[0], source[0]} <= names.keys() and names[target[0]] != names[source[0]]
    }
    return graph.variant({name: graph.nodes[name] for name in dict.fromkeys(names.values())}, links)
