"""Small graphs for tests in the window: nothing is set that could be run, so that nothing runs."""

from __future__ import annotations

from pathlib import Path

from graph.file import write
from graph.model import Graph
from ui.editor.edits import places
from ui.packs import load_registry

#: load → flat → grey → save, and crop beside them
NODES = {
    "load": ("io.load_image", 0, 0),
    "flat": ("background.polynomial", 240, 0),
    "grey": ("color.neutralize_background", 480, 0),
    "save": ("io.save_image", 720, 0),
    "crop": ("geometry.crop", 240, 250),
}


def write_chain(path: Path, **changes: tuple[str, float, float] | None) -> Path:
    """A graph file with the chain; changes: other nodes, or None for one that is left out."""
    graph = Graph(load_registry(packs=False))
    for id, node in ({**NODES, **changes}).items():
        if node:
            graph.add(id, node[0])
            places.put(graph, id, node[1:])
    for before, after in (("load", "flat"), ("flat", "grey"), ("grey", "save")):
        if before in graph.nodes and after in graph.nodes:
            graph.link(before, "image", after, "image")
    write(graph, path)
    return path
