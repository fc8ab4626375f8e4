"""What actions do to the editor: each is a function of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from graph.errors import LinearLinkError
from graph.model import Graph
from ui.editor import edits, filing
from ui.editor.editor import Editor
from ui.editor.edits.arranging import How
from ui.editor.edits.clipboard import read_paths
from ui.editor.edits.places import every_mark
from ui.editor.edits.words import tell
from ui.editor.safety.trust import leaving

Do = Callable[[Editor], None]


# --- what can be asked ---------------------------------------------------------------------------


def selected(editor: Editor) -> bool:
    """Whether a node is selected."""
    return bool(editor.document.selection)


def anything(editor: Editor) -> bool:
    """Whether a node, frame or note is selected."""
    return bool(editor.document.selection or editor.document.marks)


def several(editor: Editor) -> bool:
    """Whether more than one node is selected."""
    return len(editor.document.selection) > 1


def has_nodes(editor: Editor) -> bool:
    """Whether the graph has nodes."""
    return bool(editor.document.graph.nodes)


def has_things(editor: Editor) -> bool:
    """Whether there are nodes, frames or notes."""
    return has_nodes(editor) or any(every_mark(editor.document.graph))


def running(editor: Editor) -> bool:
    """Whether something is being made."""
    return editor.results.running


def paused(editor: Editor) -> bool:
    """Whether runs are halted."""
    return editor.results.paused


def auto_runs(editor: Editor) -> bool:
    """Whether what viewers need is made after every change."""
    return editor.preferences.auto_run


def chosen(editor: Editor) -> list[str]:
    """The selected nodes in the order of the graph."""
    return [id for id in editor.document.graph.nodes if id in editor.document.selection]


def told(editor: Editor) -> str:
    """The selected nodes in words, for the names of steps."""
    return tell(editor.document.selection)


def told_all(editor: Editor) -> str:
    """The selected nodes, frames and notes in words."""
    return tell(editor.document.selection, editor.document.marks)


def _canvas(editor: Editor) -> Any:
    return editor.panels["canvas"]


# --- edit ----------------------------------------------------------------------------------------


def undo(editor: Editor) -> None:
    """Take the last change back."""
    name = editor.document.undo()
    editor.tell("info", f"Undone: {name}" if name else "Nothing to undo")


def redo(editor: Editor) -> None:
    """Make the change again that was taken back."""
    name = editor.document.redo()
    editor.tell("info", f"Done again: {name}" if name else "Nothing to do again")


def copy(editor: Editor) -> None:
    """Put what is selected on the clipboard, as the text of a graph."""
    document = editor.document
    editor.copied = edits.copy_text(document.graph, chosen(editor), document.marks)
    editor.set_clipboard(editor.copied)
    editor.tell("info", f"Copied {told_all(editor)}")


def cut(editor: Editor) -> None:
    """Copy what is selected and delete it."""
    copy(editor)
    with editor.change(f"Cut {told_all(editor)}") as graph:
        _remove(editor, graph)


def paste(editor: Editor) -> None:
    """Add what is on the clipboard at the pointer: nodes, or nodes for lines of file paths."""
    text, new = "", []
    document = editor.document
    folder = document.folder if document.path else None
    known = {one.consent for one in leaving(document.graph)}
    with editor.change("Paste") as graph:
        text = editor.get_clipboard()
        new = edits.paste(graph, text, _canvas(editor).pointer(), folder)
    _select_new(editor, new)
    if text != editor.copied and not read_paths(text):
        filing.ask_foreign(editor, document, known)


def duplicate(editor: Editor, keep_inputs: bool = False) -> None:
    """Add the selected nodes once more, linked among themselves, or to their inputs as well."""
    new: list[str] = []
    with editor.change(f"Duplicate {told(editor)}") as graph:
        new = edits.duplicate(graph, chosen(editor), keep_inputs=keep_inputs)
    _select_new(editor, new)


def _select_new(editor: Editor, new: Iterable[str]) -> None:
    if new:
        editor.document.select(new)


def delete(editor: Editor, reconnect: bool = False) -> None:
    """Delete what is selected; reconnect: link what fed the nodes to what they fed."""
    with editor.change(f"Delete {told_all(editor)}") as graph:
        _remove(editor, graph, reconnect)


def _remove(editor: Editor, graph: Graph, reconnect: bool = False) -> None:
    """Remove what is selected, and the frames that would be left empty by that."""
    ids, marks = chosen(editor), editor.document.marks
    emptied = edits.find_emptied(graph, ids, _canvas(editor).sizes())
    edits.remove(graph, ids, reconnect=reconnect)
    edits.remove_marks(graph, {*emptied, *marks})


def extract(editor: Editor) -> None:
    """Take the selected nodes out of their chain, which is closed."""
    with editor.change(f"Take {told(editor)} out of the chain") as graph:
        edits.extract(graph, chosen(editor))


def select_all(editor: Editor) -> None:
    """Select every node, frame and note."""
    graph = editor.document.graph
    editor.document.select(graph.nodes, every_mark(graph))


def select_none(editor: Editor) -> None:
    """Select nothing."""
    editor.document.select(())


def select_upstream(editor: Editor) -> None:
    """Select all that the selected nodes need as well."""
    editor.document.select(edits.upstream(editor.document.graph, chosen(editor)))


def select_downstream(editor: Editor) -> None:
    """Select all that needs the selected nodes as well."""
    editor.document.select(edits.downstream(editor.document.graph, chosen(editor)))


# --- node ----------------------------------------------------------------------------------------


def toggle(mode: str) -> Do:
    """Bypass or mute the selected nodes, or end that."""

    def act(editor: Editor) -> None:
        with editor.change(f"{mode.capitalize()} {told(editor)}") as graph:
            edits.toggle_mode(graph, chosen(editor), mode)

    return act


def collapse(editor: Editor) -> None:
    """Show the selected nodes by their titles only, or whole again."""
    with editor.change(f"Collapse {told(editor)}") as graph:
        edits.toggle_collapsed(graph, chosen(editor))


def frame(editor: Editor) -> None:
    """Put a frame around the selected nodes."""
    with editor.change("Frame nodes") as graph:
        edits.add_frame(graph, chosen(editor), "Frame", sizes=_canvas(editor).sizes())


def note(editor: Editor) -> None:
    """Put a note at the pointer."""
    with editor.change("Add note") as graph:
        edits.add_note(graph, _canvas(editor).pointer(), "Note")


def align(how: How) -> Do:
    """Align or distribute the selected nodes."""

    def act(editor: Editor) -> None:
        with editor.change(f"Align {told(editor)}") as graph:
            edits.align(graph, chosen(editor), how, _canvas(editor).sizes())

    return act


def arrange(editor: Editor) -> None:
    """Lay the selected nodes out in layers; all where fewer than two are selected."""
    few = 1 < len(editor.document.selection) < len(editor.document.graph.nodes)
    ids = chosen(editor) if few else None
    with editor.change("Arrange nodes") as graph:
        edits.arrange(graph, ids, _canvas(editor).sizes())
    if ids is None:
        _canvas(editor).fit()


# --- run -----------------------------------------------------------------------------------------


def run_all(editor: Editor) -> None:
    """Run every sink and viewer."""
    _run(editor, None)


def run_here(editor: Editor) -> None:
    """Run the selected nodes and what they need."""
    _run(editor, chosen(editor))


def _run(editor: Editor, targets: list[str] | None) -> None:
    try:
        editor.results.run(targets)
    except LinearLinkError as error:
        editor.tell("error", str(error))
    else:
        editor.tell("info", f"Running to {', '.join(targets)}" if targets else "Running all")


def stop(editor: Editor) -> None:
    """Stop what runs."""
    editor.results.stop()
    editor.tell("info", "Stopped; what is finished is kept")


def pause(editor: Editor) -> None:
    """Halt what runs, or let it go on."""
    editor.results.pause(not editor.results.paused)
    editor.tell("info", "Paused" if editor.results.paused else "Going on")


def auto_run(editor: Editor) -> None:
    """Let changes run by themselves, or wait to be run."""
    now = not editor.preferences.auto_run
    editor.set_preferences(replace(editor.preferences, auto_run=now))
    if now:
        editor.results.show_now()
    editor.tell("info", "Changes run by themselves" if now else "Changes wait to be run (F6)")


def refresh(editor: Editor) -> None:
    """Look again at the files that the graph reads."""
    editor.results.refresh()


# --- panels --------------------------------------------------------------------------------------


def next_document(editor: Editor) -> None:
    """Show the next of the open graphs."""
    at = editor.documents.index(editor.document)
    editor.show(editor.documents[(at + 1) % len(editor.documents)])


def on_canvas(method: str, *given: Any) -> Do:
    """What the canvas does."""
    return lambda editor: getattr(_canvas(editor), method)(*given)


def on_viewer(method: str, *given: Any) -> Do:
    """What the viewer does that was used last."""
    return lambda editor: getattr(editor.panels[f"viewer {editor.viewer}"], method)(*given)


def on_panel(panel: str, method: str = "open") -> Do:
    """What another panel does: it opens, as a rule."""
    return lambda editor: getattr(editor.panels[panel], method)()
