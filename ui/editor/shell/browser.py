"""Our file dialog without a screen: where it is, what is chosen, what Enter does."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from ui.editor.question import FileQuestion
from ui.editor.shell.browse import (
    Row,
    complete,
    is_pattern,
    judge,
    list_folder,
    new_folder,
    read_path,
)


class Browser:
    """A folder being looked at to answer a question.

    rows: what it holds; more: how many entries are not shown. selected: places in ``rows``.
    text: what stands in the field for names and paths. error: a sentence, or nothing. replace: the
    file that a second consent would replace. ``revision`` rises with every change but of text.
    """

    def __init__(self, question: FileQuestion, folder: Path) -> None:
        self.question = question
        self.folder = folder
        self.rows: list[Row] = []
        self.more = 0
        self.selected: list[int] = []
        self.text = ""
        self.error = ""
        self.replace: Path | None = None
        self.patterns = question.patterns
        self.revision = 0
        self._past: list[Path] = []
        self._anchor = 0
        start = question.start
        if start and question.save and not start.is_dir():
            self.text = start.name
        while not folder.is_dir() and folder != folder.parent:
            folder = folder.parent
        self._enter(folder)

    # --- where -----------------------------------------------------------------------------------

    def go(self, folder: Path) -> bool:
        """Look at another folder; False and a sentence in ``error`` when it cannot be read."""
        before = self.folder
        if not self._enter(folder):
            return False
        if before != folder:
            self._past.append(before)
        return True

    def up(self) -> None:
        """To the folder that holds this one, which is selected there."""
        inner = self.folder
        if self.go(inner.parent):
            self.selected = [i for i, row in enumerate(self.rows) if row.path == inner]

    def back(self) -> None:
        """To the folder looked at before."""
        if self._past:
            self._enter(self._past.pop())

    def filter(self, patterns: tuple[str, ...]) -> None:
        """Show the files that fit these patterns."""
        self.patterns = patterns
        self._enter(self.folder)

    def make_folder(self, name: str) -> None:
        """Make a folder here and go into it."""
        try:
            self.go(new_folder(self.folder, name))
        except OSError as error:
            self._tell(str(error))

    def _enter(self, folder: Path) -> bool:
        try:
            patterns = () if self.question.folder else self.patterns
            self.rows, self.more = list_folder(folder, patterns)
        except OSError as error:
            self._tell(f"{folder} cannot be read: {error.strerror or error}")
            return False
        self.folder = folder
        self.selected = []
        if not self.question.save:
            self.text = ""
        self._tell("")
        return True

    def _tell(self, error: str) -> None:
        self.error = error
        self.replace = None
        self.revision += 1

    # --- what ------------------------------------------------------------------------------------

    def press(self, place: int, mods: Collection[str] = ()) -> None:
        """A row was clicked, perhaps with ``ctrl`` or ``shift`` to choose several."""
        many = self.question.several and not self.rows[place].is_folder
        if many and "shift" in mods:
            low, high = sorted((self._anchor, place))
            self.selected = [i for i in range(low, high + 1) if not self.rows[i].is_folder]
        else:
            self._anchor = place
            if many and "ctrl" in mods:
                self.selected = [i for i in self.selected if not self.rows[i].is_folder]
                self.selected = sorted({*self.selected} ^ {place})
            else:
                self.selected = [place]
        self._name()

    def step(self, by: int) -> None:
        """Select a row further down, or up for negative numbers."""
        if self.rows:
            at = self.selected[-1] if self.selected else -1 if by > 0 else 0
            self._anchor = min(len(self.rows) - 1, max(0, at + by))
            self.selected = [self._anchor]
            self._name()

    def _name(self) -> None:
        files = [self.rows[i] for i in self.selected if not self.rows[i].is_folder]
        if len(files) == 1:
            self.text = files[0].name
        elif not self.question.save:
            self.text = ""
        self._tell("")

    # --- answering -------------------------------------------------------------------------------

    def open_row(self, place: int) -> list[Path] | None:
        """A row was clicked twice: go into the folder, or answer with the file."""
        row = self.rows[place]
        if row.is_folder:
            self.go(row.path)
            return None
        self.text = row.name
        return self.accept()

    def accept(self, replace: bool = False) -> list[Path] | None:
        """Answer with what is typed or selected, or None when that leads elsewhere.

        A folder is gone into, a pattern filters the list, what cannot be chosen is told in
        ``error``. A file that would be replaced stands in ``replace`` until consented.
        """
        text = self.text.strip()
        chosen = [self.rows[i] for i in self.selected]
        if text and not (self.question.save and chosen and chosen[-1].is_folder):
            if is_pattern(text):
                self.text = ""
                self.filter((text,))
                return None
            path = read_path(text, self.folder)
            if path.is_dir() and not self.question.folder:
                self.text = ""
                self.go(path)
                return None
            paths = [complete(path, self.question)]
        elif self.question.folder:
            paths = [chosen[0].path if chosen else self.folder]
        elif len(chosen) == 1 and chosen[0].is_folder:
            self.go(chosen[0].path)
            return None
        else:
            paths = [row.path for row in chosen]
        wrong = judge(paths, self.question)
        if wrong:
            self._tell(wrong)
            return None
        if self.question.save and paths[0].exists() and not replace:
            self._tell("")
            self.replace = paths[0]
            return None
        return paths
