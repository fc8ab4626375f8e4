"""What a viewer shows, as it stands in a document: pins, sources, and how it stretches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.model import End, Graph
from graph.spec import NodeSpec
from ui.editor.outcome import VIEWER
from ui.editor.picture import Look

#: sources beside the picture itself: each a key of the entry that holds [node, output]
SECOND, MASK, OVERLAY, LOCKED = "second", "mask", "overlay", "locked"


def entry_of(graph: Graph, number: int) -> Mapping[str, Any]:
    """The entry of a viewer in the section ``view``; empty where there is none, or damage."""
    viewers = graph.view.get("viewers")
    found = viewers.get(str(number)) if isinstance(viewers, dict) else None
    return found if isinstance(found, dict) else {}


def own_entry(graph: Graph, number: int) -> dict[str, Any]:
    """The entry of a viewer, to be changed; made where there is none."""
    if not isinstance(graph.view.get("viewers"), dict):
        graph.view["viewers"] = {}
    viewers = graph.view["viewers"]
    if not isinstance(viewers.get(str(number)), dict):
        viewers[str(number)] = {}
    entry: dict[str, Any] = viewers[str(number)]
    return entry


def look_of(graph: Graph, number: int, node: str | None) -> Look:
    """How a viewer stretches: by the parameters of the viewer node shown, or its own settings."""
    if node in graph.nodes and graph.nodes[node].type == VIEWER:
        return Look.read(graph.nodes[node].params)
    return Look.read(entry_of(graph, number))


def set_look(graph: Graph, number: int, node: str | None, look: Look) -> None:
    """Stretch so from now on: only what differs is written."""
    before, after = look_of(graph, number, node).to_json(), look.to_json()
    changed = {name: value for name, value in after.items() if value != before[name]}
    if node in graph.nodes and graph.nodes[node].type == VIEWER:
        for name, value in changed.items():
            graph.set(node, name, value)
    elif changed:
        own_entry(graph, number).update(changed)


def pinned(graph: Graph, number: int) -> str | None:
    """The node that a viewer is pinned to, or None when it follows the selection."""
    node = entry_of(graph, number).get("node")
    return node if isinstance(node, str) and node in graph.nodes else None


def pin(graph: Graph, number: int, node: str | None, output: str = "", item: int = 0) -> None:
    """Let a viewer stay with that output of a node, or follow the selection again."""
    entry = own_entry(graph, number)
    if node is None:
        for name in ("node", "output", "item"):
            entry.pop(name, None)
    else:
        entry.update({"node": node, "output": output, "item": item})


def source_of(graph: Graph, number: int, name: str) -> End | None:
    """The end that a viewer takes its mask, overlay … from, where it still is."""
    found = entry_of(graph, number).get(name)
    if not isinstance(found, list | tuple) or len(found) != 2:
        return None
    spec = graph.spec(found[0]) if isinstance(found[0], str) and found[0] in graph.nodes else None
    return (found[0], found[1]) if spec and found[1] in spec.outputs else None


def set_source(graph: Graph, number: int, name: str, end: End | None) -> None:
    """Take the mask, overlay … from that end, or show none."""
    entry = own_entry(graph, number)
    if end is None:
        entry.pop(name, None)
    else:
        entry[name] = list(end)


def outputs_of(spec: NodeSpec | None) -> list[str]:
    """The outputs of a node type in the order in which a viewer offers them."""
    return list(spec.outputs) if spec else []


def shown_node(
    graph: Graph, number: int, selection: frozenset[str], last: str | None
) -> str | None:
    """The node that a viewer shows: the pinned one, else the selected one, else as before.

    Of a node that only writes a file it is what feeds it. None when there is nothing to show.
    """
    node = pinned(graph, number)
    if node is None and len(selection) == 1:
        node = feeding(graph, next(iter(selection)))
    if node is None and last in graph.nodes:
        node = last
    if node is None:
        viewers = [id for id, known in graph.nodes.items() if known.type == VIEWER]
        node = viewers[-1] if viewers else None
    return node


def feeding(graph: Graph, id: str) -> str | None:
    """A node, or the first that feeds it when it has nothing to show itself."""
    seen: set[str] = set()
    while id in graph.nodes and id not in seen:
        if outputs_of(graph.spec(id)):
            return id
        seen.add(id)
        feeds = graph.feeds(id)
        if not feeds:
            return None
        id = next(iter(feeds.values()))[0]
    return None


def find_ends(graph: Graph, type: Any) -> list[End]:
    """All outputs of a value type, by node."""
    return [
        (id, output.name)
        for id in graph.nodes
        if (spec := graph.spec(id))
        for output in spec.outputs.values()
        if output.type is type
    ]


def write_end(end: End | None) -> str:
    """``combine.image``; ``none``."""
    return f"{end[0]}.{end[1]}" if end else "none"
