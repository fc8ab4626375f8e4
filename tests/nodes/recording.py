"""A context that keeps what it is told, and reading a file with one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graph.context import Context
from nodes.formats import files
from nodes.values import Image


class Recorder(Context):
    """Keeps the warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, message: str) -> None:
        self.warnings.append(message)


def load(path: Path, **options: Any) -> tuple[Image, list[str]]:
    """The image of a file, and what its reader warned of."""
    recorder = Recorder()
    return files.read(path, ctx=recorder, **options), recorder.warnings
