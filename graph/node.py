"""A node of a graph: a use of a node type, with its settings and its id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.errors import GraphError


@dataclass(frozen=True)
class Node:
    """A use of a node type: its settings by name, and what a newer program wrote beside them."""

    type: str
    params: Mapping[str, Any] = field(default_factory=dict)
    version: int = 1
    title: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    mode: str = "run"
    keep: str = "auto"


#: what a node does in a run: its work; pass its input on; nothing, nor what needs it
MODES = ("run", "bypass", "mute")
#: whether its results are kept: as they are worth it; always; never
POLICIES = ("auto", "keep", "never")


def check_id(id: str) -> None:
    """Raise GraphError for an id that could not stand in a link: ``a.image -> b.image``."""
    if not id or id.strip() != id or not id.isprintable() or any(c in id for c in (".", ":", "->")):
        raise GraphError("an id is printable text without dots, colons and arrows", id)
