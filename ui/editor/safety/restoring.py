"""Offering the unsaved work that a crash left, and opening it."""

from __future__ import annotations

from graph.errors import GraphError
from ui.editor import filing
from ui.editor.editor import Editor
from ui.editor.question import Question
from ui.editor.safety.recovery import Left, Recovery

RESTORE, DISCARD, LATER = "Restore", "Discard", "Not now"


def offer_all(editor: Editor, recovery: Recovery) -> None:
    """Ask about all unsaved work that programs left which are not running any more."""
    for left in recovery.find():
        offer(editor, recovery, left)


def offer(editor: Editor, recovery: Recovery, left: Left) -> None:
    """Ask whether unsaved work of a program that crashed shall be opened."""

    def answer(text: str) -> None:
        if text == RESTORE:
            _restore(editor, recovery, left)
        elif text == DISCARD:
            recovery.discard(left)

    where = f" ({left.path})" if left.path else ""
    lines = [
        f"{left.name}{where} had changes that were not saved when the editor ended. They were "
        f"kept on {left.time:%Y-%m-%d} at {left.time:%H:%M}.",
        "Restored, they are open as unsaved changes; the file stays as it is until you save.",
    ]
    if left.tried:
        lines.append("Last time they could not be read.")
    editor.ask(
        Question("Restore unsaved work?", "\n".join(lines), (RESTORE, DISCARD, LATER), answer)
    )


def _restore(editor: Editor, recovery: Recovery, left: Left) -> None:
    try:
        document = recovery.restore(left, editor.registry)
    except (GraphError, OSError) as error:
        editor.tell("error", str(error))
        editor.ask(Question("The work cannot be restored", str(error)))
        return
    for other in editor.documents:  # the state before, of the same file
        if other.path and document.path and other.path.resolve() == document.path.resolve():
            if not other.modified:
                editor.remove(other)
            break
    filing.take_in(editor, document)
    editor.tell("info", f"Restored {document.name}; save it to keep it")
