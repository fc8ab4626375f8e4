"""The editor's questions on the screen, one at a time."""

from __future__ import annotations

from pathlib import Path

import dearpygui.dearpygui as dpg

from ui.editor.editor import Editor
from ui.editor.input import Input
from ui.editor.question import FileQuestion, Question, TextQuestion
from ui.editor.shell import accents, native_dialog
from ui.editor.shell.browse import complete
from ui.editor.shell.file_dialog import FileDialog
from ui.editor.shell.modal import Modal
from ui.editor.shell.native_dialog import NativeDialog
from ui.editor.theme import px

_WIDTH = 460
ANSWER = "dialog:answer"
#: frames between two questions: a modal window opens only when the one before has gone
_PAUSE = 2
REPLACE, KEEP = "Replace it", "Keep it"


class Dialogs:
    """Shows what the editor asks and hands back the answers.

    While ``is_open`` all input is for ``on_input``.
    """

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self._shown: Modal | None = None
        self._native: NativeDialog | None = None
        self._asked: FileQuestion | None = None
        self._pause = 0

    def build(self) -> None:
        """Nothing is shown until something is asked."""

    @property
    def is_open(self) -> bool:
        """Whether a question is on the screen."""
        return self._shown is not None

    def sync(self) -> None:
        """Show the next question, and what has changed in the one that is shown."""
        if self._native:
            self._poll()
        self._pause -= 1
        if self._shown:
            self._shown.sync()
        elif self.editor.questions and self._pause < 0:
            self._show(self.editor.questions.popleft())

    def on_input(self, event: Input) -> bool:
        """Keys for the question shown; nothing else gets any input meanwhile."""
        shown = self._shown
        if shown is None:
            return False
        if shown.ready or event.kind != "key":
            shown.on_input(event)
        return True

    def _show(self, question: Question | FileQuestion | TextQuestion) -> None:
        if isinstance(question, Question):
            self._shown = Choice(self, question)
        elif isinstance(question, TextQuestion):
            self._shown = Line(self, question)
        else:
            self._ask_file(question)

    def closed(self) -> None:
        """The question shown was answered."""
        self._shown, self._pause = None, _PAUSE

    # --- files -----------------------------------------------------------------------------------

    def _ask_file(self, question: FileQuestion) -> None:
        folder = self._start(question)
        program = native_dialog.find_program()
        self._asked = question
        if program and self.editor.preferences.dialogs == "native" and not self.editor.own_dialogs:
            try:
                self._native = NativeDialog(program, question, folder)
                waiting = Question(
                    question.title, "Choose in the system's window.", ("Cancel",), self._give_up
                )
                self._shown = Choice(self, waiting)
                return
            except OSError as error:
                self.editor.tell("warning", f"{program} cannot be started: {error.strerror}")
        self._shown = FileDialog(question, folder, self.editor.recent, self._take)

    def _start(self, question: FileQuestion) -> Path:
        """The folder shown first."""
        start = question.start
        if start:
            return start if start.is_dir() else start.parent
        known = [path for path in self.editor.recent.folders(question.kind) if path.is_dir()]
        return known[0] if known else Path.home()

    def _poll(self) -> None:
        paths = self._native.poll() if self._native else None
        if paths is not None and self._shown:
            self._shown.close()
            self._end_native()
            self._take_native(paths)

    def _give_up(self, answer: str) -> None:
        self._end_native()
        self._take([])

    def _end_native(self) -> None:
        if self._native:
            self._native.close()
            self._native = None

    def _take_native(self, paths: list[Path]) -> None:
        """Files of the system's dialog, which does not know of the ending that we add."""
        question = self._asked
        made = [complete(path, question) for path in paths] if question else paths
        if made == paths or not made[0].exists():
            self._take(made)
            return
        self.closed()
        self.editor.questions.appendleft(
            Question(
                "Replace the file?",
                f"{made[0]} is there already.",
                (REPLACE, KEEP),
                lambda answer: self._take(made if answer == REPLACE else []),
            )
        )

    def _take(self, paths: list[Path]) -> None:
        question, self._asked = self._asked, None
        self.closed()
        if question and paths:
            folder = paths[0] if question.folder else paths[0].parent
            self.editor.recent.add_folder(question.kind, folder)
            question.then(paths)

    def close(self) -> None:
        """End what was started; for the end of the program."""
        self._end_native()


class Choice(Modal):
    """A question with buttons: Enter presses the first, Escape the last."""

    def __init__(self, dialogs: Dialogs, question: Question) -> None:
        super().__init__(question.title, _WIDTH)
        self._dialogs, self._question = dialogs, question
        with self.window():
            dpg.add_text(question.text, wrap=px(_WIDTH - 24), tag=ANSWER)
            self.buttons(question.answers, self._on_button, question.entered)

    def _on_button(self, sender: int, value: object, text: str) -> None:
        self.answer(text)

    def answer(self, text: str) -> None:
        """The user has chosen."""
        self.close()
        self._dialogs.closed()
        self._question.then(text)

    def on_input(self, event: Input) -> bool:
        """Enter and Escape."""
        answers = {"Enter": self._question.entered, "Escape": self._question.answers[-1]}
        if event.kind != "key" or event.key not in answers:
            return False
        self.answer(answers[event.key])
        return True


class Line(Modal):
    """A question that a line of text answers."""

    def __init__(self, dialogs: Dialogs, question: TextQuestion) -> None:
        super().__init__(question.title, _WIDTH)
        self._dialogs, self._question = dialogs, question
        with self.window():
            dpg.add_text(question.text, wrap=px(_WIDTH - 24))
            dpg.add_input_text(
                tag=ANSWER, default_value=question.value, width=-1, auto_select_all=True
            )
            self._wrong = dpg.add_text("", wrap=px(_WIDTH - 24), color=accents.WRONG, show=False)
            self.buttons(("OK", "Cancel"), self._on_button)
        self.focus(ANSWER)

    def accept(self) -> None:
        """Take the line, if it is right."""
        text = dpg.get_value(ANSWER)
        wrong = self._question.check(text)
        if wrong:
            dpg.configure_item(self._wrong, show=True)
            dpg.set_value(self._wrong, wrong)
            self.focus(ANSWER)
            return
        self.close()
        self._dialogs.closed()
        self._question.then(text)

    def _on_button(self, sender: int, value: object, text: str) -> None:
        self.accept() if text == "OK" else self.cancel()

    def cancel(self) -> None:
        """Leave it."""
        self.close()
        self._dialogs.closed()

    def on_input(self, event: Input) -> bool:
        """Enter and Escape."""
        if event.kind != "key" or event.key not in ("Enter", "Escape"):
            return False
        if event.key == "Enter":
            self.accept()
        else:
            self.cancel()
        return True
