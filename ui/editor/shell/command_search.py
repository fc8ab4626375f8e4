"""Finding an action, or a node of the graph, by a few letters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ui.editor.actions import ACTIONS, Action
from ui.editor.editor import Editor
from ui.editor.keyboard import shown
from ui.editor.shell.picker import Pick, Picker


def offer_actions(editor: Editor, actions: Sequence[Action] = ACTIONS) -> list[Pick]:
    """Every action that can be done now, but the search itself."""
    found = []
    for action in actions:
        if action.id == "edit.search" or not action.enabled(editor):
            continue
        tick = "✓ " if action.checked and action.checked(editor) else ""
        keys = shown(action.keys[0]) if action.keys else ""
        menu = action.menu.replace("/", " ▸ ")
        aliases = (action.help,) if action.help else ()
        found.append(Pick(tick + action.title, partial(action.do, editor), keys, menu, aliases))
    return found


def offer_nodes(editor: Editor) -> list[Pick]:
    """Every node of the graph shown; taking one selects it and brings it into view."""
    graph = editor.document.graph
    found = []
    for id, node in graph.nodes.items():
        spec = graph.spec(id)
        kind = spec.title if spec else f"{node.type} (not installed)"
        standing = editor.states[id].standing
        word = "" if standing in ("unknown", "cached") else standing
        title = f"{node.title}  ({id})" if node.title else id
        found.append(Pick(title, partial(_go_to, editor, id), word, kind, (node.type,)))
    return found


def _go_to(editor: Editor, id: str) -> None:
    editor.document.select([id])
    editor.panels["canvas"].go_to(id)


def make_command_search(editor: Editor) -> Picker:
    """The search for actions."""
    return Picker("commands", "Do …", partial(offer_actions, editor))


def make_go_to(editor: Editor) -> Picker:
    """The search for nodes of the graph."""
    return Picker("goto", "Go to the node …", partial(offer_nodes, editor))
