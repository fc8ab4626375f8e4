"""What people do to a graph, as functions ``f(graph, …)`` to be called inside a change.

Each raises GraphError with a sentence when it cannot be done, and changes nothing then. This is
the list of them; they stand in modules by subject.
"""

from __future__ import annotations

from collections.abc import Iterable

from graph.model import End, Graph
from ui.editor.edits import places
from ui.editor.edits.adding import add_files, add_node, new_id
from ui.editor.edits.arranging import align, arrange, move
from ui.editor.edits.clipboard import copy_text, duplicate, paste
from ui.editor.edits.marks import (
    Contents,
    add_frame,
    add_note,
    bounds,
    contents,
    find_emptied,
    put_frame,
    remove_marks,
    set_color,
    set_frame_title,
    set_rect,
    set_text,
)
from ui.editor.edits.permanent import make_permanent
from ui.editor.edits.presets import (
    add_from_preset,
    apply_preset,
    remove_preset,
    rename_preset,
    save_preset,
)
from ui.editor.edits.rebasing import rebase
from ui.editor.edits.wiring import (
    add_joint,
    add_linked,
    can_insert,
    connect,
    disconnect,
    extract,
    fitting,
    insert,
    known,
    remove,
    why_not,
)

__all__ = [
    "Contents",
    "add_files",
    "add_frame",
    "add_from_preset",
    "add_joint",
    "add_linked",
    "add_node",
    "add_note",
    "align",
    "apply_preset",
    "arrange",
    "bounds",
    "can_insert",
    "connect",
    "contents",
    "copy_text",
    "disconnect",
    "downstream",
    "duplicate",
    "extract",
    "find_emptied",
    "fitting",
    "insert",
    "make_permanent",
    "move",
    "new_id",
    "paste",
    "put_frame",
    "rebase",
    "remove",
    "remove_marks",
    "remove_preset",
    "rename",
    "rename_preset",
    "replace_type",
    "save_preset",
    "set_color",
    "set_frame_title",
    "set_rect",
    "set_text",
    "set_title",
    "toggle_collapsed",
    "toggle_mode",
    "upstream",
    "why_not",
]


def upstream(graph: Graph, ids: Iterable[str]) -> set[str]:
    """These nodes and all that they need."""
    return graph.ancestors(list(known(graph, ids)))


def downstream(graph: Graph, ids: Iterable[str]) -> set[str]:
    """These nodes and all that need them."""
    pending = list(known(graph, ids))
    found = set(pending)
    while pending:
        for id, _ in graph.consumers(pending.pop()):
            if id not in found:
                found.add(id)
                pending.append(id)
    return found


def toggle_mode(graph: Graph, ids: Iterable[str], mode: str) -> None:
    """Bypass or mute nodes; where all of them are already, let them do their work again."""
    chosen = known(graph, ids)
    off = all(graph.nodes[id].mode == mode for id in chosen)
    with graph.edit():
        for id in chosen:
            graph.set_mode(id, "run" if off else mode)


def toggle_collapsed(graph: Graph, ids: Iterable[str]) -> None:
    """Show nodes by their titles only; where all of them are already, show them whole."""
    chosen, folded = set(known(graph, ids)), places.collapsed(graph)
    places.set_collapsed(graph, folded - chosen if chosen <= folded else folded | chosen)


def set_title(graph: Graph, id: str, title: str) -> None:
    """Give a node a title; an empty one brings that of its type back."""
    graph.set_title(id, title.strip())


def rename(graph: Graph, id: str, new: str) -> None:
    """Give a node another id; wires, named inputs and viewers follow."""
    graph.rename(id, new)


def replace_type(graph: Graph, id: str, type: str) -> None:
    """Make a node one of another type. Parameters stay by name, wires by name and else by type.

    Raises GraphError for an unknown type.
    """
    known(graph, [id])
    fed, feeds = graph.feeds(id), [(end, graph.links[end]) for end in graph.consumers(id)]
    with graph.edit():
        graph.replace_type(id, type)
        spec = graph.spec(id)
        assert spec is not None
        for name, source in fed.items():
            if (id, name) not in graph.links:
                _link_first(graph, [(source, (id, socket)) for socket in spec.sockets])
        for target, _ in feeds:
            if target not in graph.links:
                _link_first(graph, [((id, output), target) for output in spec.outputs])


def _link_first(graph: Graph, pairs: list[tuple[End, End]]) -> None:
    """Make the first of these wires that can be made to an end that nothing feeds."""
    for source, target in pairs:
        if target not in graph.links and why_not(graph, source, target) is None:
            connect(graph, source, target)
            return
