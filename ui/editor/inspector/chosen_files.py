"""Files as parameters name them: how many there are, whether they are there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graph.files import list_files, place


def count_files(folder: Path, value: Any, patterns: Sequence[str]) -> tuple[str, bool]:
    """How many files a pattern, a folder or a list finds, in words; and whether that is well."""
    texts = [value] if isinstance(value, str) else _flat(value)
    if not any(texts):
        return "", True
    found = 0
    for text in texts:
        try:
            found += len(list_files(folder, text, tuple(patterns)))
        except (OSError, ValueError) as error:
            return str(error), False
    return ("1 file" if found == 1 else f"{found} files"), True


def look_at(folder: Path, value: Any) -> tuple[str, bool]:
    """What is to be told of one file that is read: nothing when it is there."""
    if not isinstance(value, str) or not value:
        return "", True
    path = place(folder, value)
    try:
        if path.is_dir():
            return f"{path} is a folder", False
        return ("", True) if path.exists() else (f"no file {path}", False)
    except OSError as error:
        return f"{path}: {error.strerror}", False


def _flat(value: Any) -> list[str]:
    if isinstance(value, list | tuple):
        return [text for item in value for text in _flat(item)]
    return [value] if isinstance(value, str) else []
