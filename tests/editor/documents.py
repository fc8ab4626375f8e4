"""Small documents of toy nodes for the tests of what keeps them."""

from __future__ import annotations

from pathlib import Path

from tests.graph import toy_nodes as toy
from ui.editor.document import Document

REGISTRY = toy.registry()


def make_document(path: Path | None = None) -> Document:
    """A document of one node ``a``; saved when a path is given."""
    document = Document(toy.build(a=("toy.number", {"value": 2.0})))
    if path:
        document.save(path)
    return document


def set_value(document: Document, value: float) -> None:
    """Change the document in one step."""
    with document.change("Set value") as graph:
        graph.set("a", "value", value)


def value_of(document: Document) -> float:
    """What ``set_value`` has set."""
    return float(document.graph.nodes["a"].params["value"])
