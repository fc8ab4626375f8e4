"""What the editor asks its user, as plain values; dialogs show them one at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Question:
    """A sentence or more, and answers of which the user chooses one.

    The first answer is that of Enter, the last that of Escape; of a cautious question the last is
    that of both. then: is called with the answer.
    """

    title: str
    text: str
    answers: tuple[str, ...] = ("OK",)
    then: Callable[[str], None] = lambda answer: None
    cautious: bool = False

    @property
    def entered(self) -> str:
        """The answer of Enter."""
        return self.answers[-1 if self.cautious else 0]


@dataclass(frozen=True, slots=True)
class FileQuestion:
    """Which file, files or folder.

    kind: what recent folders are remembered by (``graphs``, ``images``, ``output``, ``presets``).
    patterns: such as ``*.fits``. start: the folder, or file, shown first. then: is called with
    the files chosen; not at all when none was.
    """

    title: str
    kind: str
    patterns: tuple[str, ...] = ("*",)
    start: Path | None = None
    save: bool = False
    several: bool = False
    folder: bool = False
    then: Callable[[list[Path]], None] = lambda paths: None


@dataclass(frozen=True, slots=True)
class TextQuestion:
    """A line of text. check: what is wrong with it, or None. then: is called with what is right."""

    title: str
    text: str
    value: str = ""
    check: Callable[[str], str | None] = lambda text: None
    then: Callable[[str], None] = lambda text: None
