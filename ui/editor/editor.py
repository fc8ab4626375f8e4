"""What is open in the editor: documents, results, preferences, log, questions. Draws nothing."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from graph.errors import LinearLinkError
from graph.model import Graph
from graph.registry import Registry
from graph.store import Store
from ui.editor.document import Document
from ui.editor.log import Level, Log
from ui.editor.picture import Want
from ui.editor.preferences import Preferences, write
from ui.editor.question import FileQuestion, Question, TextQuestion
from ui.editor.recent import Recent
from ui.editor.results import Results
from ui.editor.safety.trust import Trust
from ui.editor.states import States

#: viewers that can be open at once
VIEWERS = 4


class Editor:
    """The editor without its window.

    documents: those open; one of them is shown. log, questions: what the user is told and asked.
    wants: what each viewer shows, by its number. panels: by name, for the actions. open_viewers:
    the numbers of those on screen. help: what the status line says of what the mouse is over.
    """

    def __init__(
        self,
        registry: Registry,
        store: Store,
        preferences: Preferences,
        *,
        recent: Recent | None = None,
        trust: Trust | None = None,
    ) -> None:
        self.registry = registry
        self.store = store
        self.preferences = preferences
        self.recent = recent or Recent()
        self.trust = trust or Trust()
        self.log = Log()
        self.questions: deque[Question | FileQuestion | TextQuestion] = deque()
        self.documents: list[Document] = []
        self.wants: dict[int, Want] = {}
        self.viewer = 1  # the one used last: keys go to it
        self.panels: dict[str, Any] = {}
        self.help = ""
        self.message: tuple[Level, str] = ("info", "")
        self.own_dialogs = False  # whatever the preferences say: where the system's cannot be used
        self.over = False  # the user has left, and nothing is in the way any more
        self.get_clipboard: Callable[[], str] = lambda: ""
        self.set_clipboard: Callable[[str], None] = lambda text: None
        self.copied = ""  # what this editor put on the clipboard last
        self._current = 0
        self._results: dict[Document, Results] = {}
        self._scopes: dict[Document, str] = {}
        self.add(Document(Graph(registry)))

    # --- documents -------------------------------------------------------------------------------

    @property
    def document(self) -> Document:
        """The document shown."""
        return self.documents[self._current]

    @property
    def results(self) -> Results:
        """The results of the document shown."""
        return self._results[self.document]

    @property
    def states(self) -> States:
        """What stands at the nodes of the document shown."""
        return self.results.states

    @property
    def thumbnails(self) -> dict[str, tuple[str, Any]]:
        """By node of the document shown: the key of its value, and float32 RGBA."""
        return self.results.thumbnails

    def add(self, document: Document) -> None:
        """Open a document beside the others and show it; an untouched new one gives way to it."""
        fresh = [d for d in self.documents if d.path is None and not d.modified]
        results = Results(
            self.store, workers=self.preferences.threads, memory=self.preferences.memory
        )
        results.say = self.tell
        self._results[document] = results
        self._scopes[document] = f"untitled {uuid.uuid4().hex}"
        self.documents.append(document)
        self._current = len(self.documents) - 1
        for other in fresh:
            if not other.graph.nodes:
                self.remove(other)

    def show(self, document: Document) -> None:
        """Show another of the open documents; nothing runs because of that."""
        self._current = self.documents.index(document)

    def remove(self, document: Document) -> None:
        """Close a document, whatever is unsaved in it; a new one takes the place of the last."""
        shown = self.document
        self._results.pop(document).close()
        del self._scopes[document]
        self.documents.remove(document)
        if not self.documents:
            self.add(Document(Graph(self.registry)))
        elif shown in self.documents:
            self._current = self.documents.index(shown)
        else:
            self._current = min(self._current, len(self.documents) - 1)

    def documents_folder(self) -> Path:
        """Where a graph that has no file yet is offered to be saved."""
        known = [path for path in self.recent.folders("graphs") if path.is_dir()]
        return known[0] if known else Path.home()

    # --- changing --------------------------------------------------------------------------------

    @contextmanager
    def change(self, name: str, merge: Any = None) -> Iterator[Graph]:
        """A change of the document shown; a mistake in it is told and changes nothing."""
        try:
            with self.document.change(name, merge) as graph:
                yield graph
        except LinearLinkError as error:
            self.tell("error", str(error))

    def set_preferences(self, preferences: Preferences) -> None:
        """Take over other preferences, and keep them for the next start."""
        self.preferences = preferences
        for results in self._results.values():
            results.limit(workers=preferences.threads, memory=preferences.memory)
        try:
            write(preferences)
        except OSError as error:
            self.tell("warning", f"preferences are not kept: {error}")

    # --- telling and asking ----------------------------------------------------------------------

    def tell(self, level: Level, text: str, node: str = "") -> None:
        """Tell the user something: in the status line and the log."""
        self.log.add(level, text, node)
        self.message = level, text

    def ask(self, question: Question | FileQuestion | TextQuestion) -> None:
        """Ask the user; questions wait for their turn."""
        self.questions.append(question)

    def ask_file(
        self,
        title: str,
        kind: str,
        then: Callable[[list[Path]], None],
        **options: Any,
    ) -> None:
        """Ask for a file; options as those of ``FileQuestion``."""
        self.ask(FileQuestion(title, kind, then=then, **options))

    # --- every frame -----------------------------------------------------------------------------

    def drain(self) -> None:
        """Take in what the engine has told."""
        for results in self._results.values():
            results.drain()

    def update(self) -> None:
        """Let the engine make what the viewers need of the document as it is now."""
        document, results = self.document, self.results
        results.auto = self.preferences.auto_run
        was_allowed, results.allowed = results.allowed, document.trusted
        scope = str(document.place) if document.path else self._scopes[document]
        results.update(document.graph, document.folder, list(self.wants.values()), scope)
        if document.trusted and not was_allowed:
            results.refresh()

    @property
    def busy(self) -> bool:
        """Whether the engine is at work, on any document."""
        return any(results.busy for results in self._results.values())

    def close(self) -> None:
        """Stop all work and wait for it to end; for the end of the program."""
        for results in self._results.values():
            results.close()
        for results in self._results.values():
            results.wait()
