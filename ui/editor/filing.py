"""Opening, saving and closing documents, with every question that this needs."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

from graph.errors import GraphError
from graph.file import read, serialize, write_text
from graph.model import Graph
from ui.editor.document import Document
from ui.editor.editor import Editor
from ui.editor.edits import rebase
from ui.editor.question import FileQuestion, Question
from ui.editor.safety.trust import Outside, find_refused, leaving, missing_types, question
from ui.editor.safety.versions import Version, keep_version, restore_version

PATTERNS = ("*.graph.json", "*.json")
SUFFIX = ".graph.json"
ALLOW, LEAVE = "Allow", "Leave it"


def new(editor: Editor) -> None:
    """An empty graph beside those that are open."""
    editor.add(Document(Graph(editor.registry)))


def ask_open(editor: Editor) -> None:
    """Ask for graph files and open them."""
    editor.ask_file(
        "Open graph",
        "graphs",
        lambda paths: _open_all(editor, paths),
        patterns=PATTERNS,
        several=True,
    )


def _open_all(editor: Editor, paths: list[Path]) -> None:
    for path in paths:
        open_file(editor, path)


def open_file(editor: Editor, path: Path) -> bool:
    """Open a graph file, or show the document that has it open; whether that worked.

    What is wrong with the file is told, and nothing else changes. Paths outside its folder are
    asked for before anything runs.
    """
    path = path.absolute()
    if opened := _find_open(editor, path):
        editor.show(opened)
        return True
    try:
        document = Document(read(path, editor.registry), path)
    except GraphError as error:
        editor.tell("error", str(error))
        editor.ask(Question("The graph cannot be opened", str(error)))
        return False
    editor.recent.add_graph(path)
    take_in(editor, document)
    return True


def _find_open(editor: Editor, path: Path) -> Document | None:
    """The document that has a file open."""
    place = path.resolve()
    return next((d for d in editor.documents if d.path and d.place == place), None)


def take_in(editor: Editor, document: Document) -> None:
    """Show a document that came from a file, and ask and tell what its content demands."""
    asked = editor.trust.judge(document)
    editor.add(document)
    for sentence in missing_types(document.graph):
        editor.tell("warning", sentence)
    if asked:
        ask_consent(editor, document, asked)


def ask_consent(editor: Editor, document: Document, asked: list[Outside]) -> None:
    """Ask whether a document may use these paths; nothing of it runs while it does before that."""
    document.refused |= {one.means(document.folder) for one in asked}
    editor.ask(
        Question(
            "Allow files outside the folder?",
            question(asked),
            (ALLOW, LEAVE),
            lambda answer: editor.trust.consent(document, asked) if answer == ALLOW else None,
            cautious=True,
        )
    )


def ask_foreign(editor: Editor, document: Document, known: set[str]) -> None:
    """Ask for the paths that came in from elsewhere. known: the consents it needed before."""
    foreign = [one for one in leaving(document.graph) if one.consent not in known]
    if foreign:
        ask_consent(editor, document, foreign)


def ask_again(editor: Editor) -> None:
    """Ask once more whether the document shown may use the files that it was not allowed."""
    asked = find_refused(editor.document)
    if asked:
        ask_consent(editor, editor.document, asked)


def save(
    editor: Editor, document: Document | None = None, then: Callable[[], None] | None = None
) -> None:
    """Save a document; one that has no file asks for it. then: is called once it is saved."""
    document = document or editor.document
    if document.path is None:
        save_as(editor, document, then)
    elif document.is_behind:
        _ask_replace(editor, document, document.path, then)
    elif _write(editor, document, document.path) and then:
        then()


def _ask_replace(
    editor: Editor, document: Document, path: Path, then: Callable[[], None] | None
) -> None:
    """Ask what becomes of a file that another program has written meanwhile."""

    def answer(text: str) -> None:
        if text == "Save as…":
            save_as(editor, document, then)
        elif text == "Replace it" and _write(editor, document, path) and then:
            then()

    told = f"{path} was changed by another program since it was opened here."
    if editor.preferences.versions:
        told += " Replaced, what it holds now becomes an older version."
    editor.ask(
        Question(
            "Replace the changed file?", told, ("Replace it", "Save as…", "Cancel"), answer, True
        )
    )


def save_as(
    editor: Editor, document: Document | None = None, then: Callable[[], None] | None = None
) -> None:
    """Ask for a file and save the document there, which is its file from then on."""
    chosen = document or editor.document

    def take(paths: list[Path]) -> None:
        if _write(editor, chosen, paths[0]) and then:
            then()

    start = chosen.path or editor.documents_folder() / f"{chosen.name}{SUFFIX}"
    editor.ask(FileQuestion("Save graph", "graphs", PATTERNS, start, save=True, then=take))


def _write(editor: Editor, document: Document, path: Path) -> bool:
    try:
        if _find_open(editor, path) not in (None, document):
            raise ValueError(f"{path} is open as another graph; close it, or choose another name")
        _keep_version(editor, path)
        document.save(path, _move_to(document, path))
    except (OSError, GraphError, ValueError) as error:
        editor.tell("error", f"not saved: {error}")
        editor.ask(Question("The graph was not saved", str(error)))
        return False
    editor.trust.remember(document)
    editor.recent.add_graph(path)
    editor.tell("info", f"Saved {path}")
    return True


def _move_to(document: Document, path: Path) -> Callable[[Graph], None] | None:
    """The edit by which the graph names the same files from there; None in the same folder."""
    before = document.folder if document.path else None
    folder = path.resolve().parent
    return None if before == folder else lambda graph: rebase(graph, before, folder)


def _keep_version(editor: Editor, path: Path) -> None:
    """Keep what the file holds as an older version; where that fails it is still saved."""
    try:
        keep_version(path, editor.preferences.versions)
    except OSError as error:
        editor.tell("warning", f"no older version of {path} was kept: {error}")


def save_copy(editor: Editor) -> None:
    """Ask for a file and write a copy there; the document keeps its own file."""
    document = editor.document

    def take(paths: list[Path]) -> None:
        path, graph = paths[0], copy.copy(document.graph)
        try:
            if move := _move_to(document, path):
                move(graph)
            _keep_version(editor, path)
            write_text(path, serialize(graph))
        except (OSError, GraphError) as error:
            editor.tell("error", f"not saved: {error}")
        else:
            editor.tell("info", f"Saved a copy as {path}")

    editor.ask(FileQuestion("Save a copy", "graphs", PATTERNS, document.path, save=True, then=take))


def close(editor: Editor) -> None:
    """Close the document shown; unsaved changes are asked about."""
    document = editor.document

    def remove() -> None:
        if document in editor.documents:
            editor.remove(document)

    _ask_unsaved(editor, document, remove)


def _ask_unsaved(editor: Editor, document: Document, then: Callable[[], None]) -> None:
    """Ask what becomes of unsaved changes. then: is called once they are saved or given up."""

    def answer(text: str) -> None:
        if text == "Save":
            save(editor, document, then)
        elif text == "Don't save":
            then()

    if not document.modified:
        then()
        return
    editor.show(document)
    name = document.path.name if document.path else document.name
    editor.ask(
        Question(
            "Save changes?",
            f"{name} has changes that are not saved.",
            ("Save", "Don't save", "Cancel"),
            answer,
        )
    )


def leave(editor: Editor) -> None:
    """Close the program: every unsaved document is asked about first, nothing is lost silently.

    Nothing happens while a question waits for its answer: it may be just that.
    """
    dialogs = editor.panels.get("dialogs")
    if editor.questions or (dialogs and dialogs.is_open):
        return
    _leave(editor, ())


def _leave(editor: Editor, settled: tuple[Document, ...]) -> None:
    """Ask about the next; all stay open until the last is answered, which may be to stay."""
    unsaved = next((d for d in editor.documents if d.modified and d not in settled), None)
    if unsaved is None:
        editor.over = True
    else:
        _ask_unsaved(editor, unsaved, lambda: _leave(editor, (*settled, unsaved)))


def restore(editor: Editor, version: Version) -> None:
    """Make an older version the graph of the document shown, as a step that can be undone.

    What it uses outside the folder, and the graph of now does not, is asked for.
    """
    document = editor.document
    known = {one.consent for one in leaving(document.graph)}
    try:
        restore_version(document, version, editor.registry)
    except GraphError as error:
        editor.tell("error", str(error))
    else:
        editor.tell("info", f"Restored version {version.number}; undo takes it back")
        ask_foreign(editor, document, known)
