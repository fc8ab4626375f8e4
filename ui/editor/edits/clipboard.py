"""Copies of nodes: as text on the clipboard, between graphs and windows, or side by side."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from graph.errors import GraphError
from graph.file import FORMAT, MAX_NODES, parse, serialize
from graph.model import End, Graph
from ui.editor.edits import places
from ui.editor.edits.adding import add_files, free_id
from ui.editor.edits.marks import bounds, contents, rects_of
from ui.editor.edits.places import Mark
from ui.editor.edits.wiring import known
from ui.editor.rects import Point, around, holds
from ui.layout import place_nodes

#: how far a copy stands from what is there already
BESIDE = 30.0
#: nothing longer is looked through for paths of files
MAX_PATHS = 1 << 20


def copy_text(graph: Graph, ids: Iterable[str], marks: Iterable[Mark] = ()) -> str:
    """A graph file, as text, of these nodes, frames and notes, with the wires and places of nodes.

    Another frame comes along when all that stands in it does, and so does a note among the nodes.
    Raises GraphError for an id of no node, and for values that a file cannot hold.
    """
    return serialize(take_part(graph, ids, marks))


def take_part(graph: Graph, ids: Iterable[str], marks: Iterable[Mark] = ()) -> Graph:
    """A graph of some of what is in a graph, as ``copy_text`` says."""
    chosen = known(graph, ids)
    part = Graph(graph.registry)
    inner = [
        (target, source)
        for target, source in graph.links.items()
        if target[0] in chosen and source[0] in chosen
    ]
    part.load({id: graph.nodes[id] for id in chosen}, inner)
    part.inputs = {
        name: dict(entry) for name, entry in graph.inputs.items() if entry.get("node") in chosen
    }
    for id in chosen:
        if at := places.place_of(graph, id):
            places.put(part, id, at)
    places.set_collapsed(part, places.collapsed(graph))
    _take_marks(graph, part, set(marks))
    return part


def _take_marks(graph: Graph, part: Graph, chosen: set[Mark]) -> None:
    box = bounds(part, part.nodes)
    for index, entry in places.entries(graph, "frames"):
        ids = contents(graph, index).ids
        if ("frames", index) in chosen or (ids and set(ids) <= set(part.nodes)):
            places.own_list(part, "frames").append(copy.deepcopy(entry))
    for index, entry in places.entries(graph, "notes"):
        x, y, width, height = places.rect_of(entry) or (0, 0, 0, 0)
        among = box is not None and holds(box, (x + width / 2, y + height / 2))
        if ("notes", index) in chosen or among:
            places.own_list(part, "notes").append(copy.deepcopy(entry))


def paste(
    graph: Graph, text: str, at: Point | None = None, folder: Path | None = None
) -> list[str]:
    """Add what is on the clipboard; the new ids.

    Nodes get ids that are free, and keep the wires among them; lines of paths become nodes that
    read these files. at: the upper left corner; None for where the nodes stood, or beside it.
    folder: of the graph's file, for paths inside it. Raises GraphError for anything else.
    """
    paths = read_paths(text)
    if paths:
        return add_files(graph, paths, at or (0, 0), folder)
    if not text.strip():
        raise GraphError("the clipboard is empty: copy some nodes or files first")
    if FORMAT not in text:
        raise GraphError(
            f"the clipboard holds neither nodes nor paths of files, but {text.strip()[:40]!r}"
        )
    try:
        part = parse(text, graph.registry)
    except GraphError as error:
        raise GraphError(f"what is on the clipboard cannot be pasted: {error}") from None
    if not part.nodes and not any(part.view.get(kind) for kind in ("frames", "notes")):
        raise GraphError("the graph on the clipboard has no nodes")
    _give_places(part)
    box = bounds(part, part.nodes) or around(rects_of(part).values()) or (0, 0, 0, 0)
    if at is None:
        shift = _find_room(graph, part)
    else:
        shift = at[0] - box[0], at[1] - box[1]
    return list(_merge(graph, part, shift).values())


def duplicate(
    graph: Graph, ids: Iterable[str], offset: Point = (BESIDE, BESIDE), keep_inputs: bool = False
) -> list[str]:
    """Copy nodes, so far from where they stand; the new ids.

    keep_inputs: whether the copies are fed from outside as the nodes are.
    """
    part = take_part(graph, ids)
    outer: list[tuple[End, End]] = [
        (target, source)
        for target, source in graph.links.items()
        if target[0] in part.nodes and source[0] not in part.nodes
    ]
    with graph.edit():
        copies = _merge(graph, part, offset)
        if keep_inputs:
            graph.load({}, [((copies[id], name), source) for (id, name), source in outer])
    return list(copies.values())


def _merge(graph: Graph, part: Graph, shift: Point) -> dict[str, str]:
    """Add a graph to another: old id → new id. Named inputs come along where the name is free."""
    if len(graph.nodes) + len(part.nodes) > MAX_NODES:
        raise GraphError(f"the graph would have more than {MAX_NODES:,} nodes, which is the limit")
    new: dict[str, str] = {}
    tried: dict[str, int] = {}
    taken = set(graph.nodes)
    for id in part.nodes:
        new[id] = free_id(taken, id, tried)
        taken.add(new[id])
    with graph.edit():
        graph.load(
            {new[id]: node for id, node in part.nodes.items()},
            [((new[t], name), (new[s], output)) for (t, name), (s, output) in part.links.items()],
        )
        for id in part.nodes:
            if at := places.place_of(part, id):
                places.put(graph, new[id], (at[0] + shift[0], at[1] + shift[1]))
        folded = {new[id] for id in places.collapsed(part) if id in new}
        places.set_collapsed(graph, places.collapsed(graph) | folded)
        for name, entry in part.inputs.items():
            if name not in graph.inputs and entry.get("node") in new:
                graph.inputs[name] = {**entry, "node": new[entry["node"]]}
        for kind in ("frames", "notes"):
            for _, entry in places.entries(part, kind):
                x, y, width, height = places.rect_of(entry) or (0, 0, 0, 0)
                rect = [round(x + shift[0]), round(y + shift[1]), round(width), round(height)]
                places.own_list(graph, kind).append({**entry, "rect": rect})
    return new


def _give_places(part: Graph) -> None:
    """Lay out a graph that says nothing of places, or not of all."""
    if all(places.place_of(part, id) for id in part.nodes):
        return
    for id, at in place_nodes(part, {}).items():
        places.put(part, id, at)


def _find_room(graph: Graph, part: Graph) -> Point:
    """How far to move a part so that none of its nodes stands on the corner of another."""
    taken = {at for id in graph.nodes if (at := places.place_of(graph, id))}
    corners = [at for id in part.nodes if (at := places.place_of(part, id))]
    shift = 0.0
    while any((x + shift, y + shift) in taken for x, y in corners):
        shift += BESIDE
    return shift, shift


# --- paths ---------------------------------------------------------------------------------------


def read_paths(text: str) -> list[str]:
    """The paths in a text of which every line is one; else none."""
    if len(text) > MAX_PATHS:
        return []
    lines = [line.strip().strip('"') for line in text.splitlines()]
    found = [_read_path(line) for line in lines if line and line[0] != "#"]
    return [path for path in found if path] if all(found) else []


def _read_path(line: str) -> str | None:
    if line.startswith("file://"):
        path = unquote(urlsplit(line).path)
        return path[1:] if re.match(r"/[A-Za-z]:", path) else path
    return line if re.match(r"[/~]|[A-Za-z]:[\\/]|\\\\", line) else None
