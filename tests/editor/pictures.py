"""Small graphs of the real node types for the tests of edits."""

from __future__ import annotations

from graph.model import Graph
from tests.graph.toy_nodes import wire
from ui.editor.edits import places
from ui.packs import load_registry

REGISTRY = load_registry(packs=False)


def build(links: str = "", **nodes: object) -> Graph:
    """A graph, written as for the toy nodes; nodes stand 200 pixels apart in a row."""
    graph = wire(REGISTRY, links, nodes)
    for column, id in enumerate(graph.nodes):
        places.put(graph, id, (200 * column, 0))
    return graph


def chain() -> Graph:
    """An image, two nodes that it goes through, and a viewer."""
    return build(
        "load.image -> crop.image; crop.image -> stretch.image; stretch.image -> view.image",
        load=("io.load_image", {"file": "m31.fits"}),
        crop="geometry.crop",
        stretch="stretch.histogram",
        view="view.screen",
    )


def links(graph: Graph) -> set[str]:
    """The links as they stand in a file."""
    return {f"{'.'.join(source)} -> {'.'.join(target)}" for target, source in graph.links.items()}
