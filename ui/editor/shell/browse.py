"""Choosing files without a screen: what a folder holds, and what a typed path means."""

from __future__ import annotations

import fnmatch
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from graph.files import natural
from ui.editor.question import FileQuestion

#: of a larger folder only so many entries are shown
MOST = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of a folder. size: bytes; time: of the last change, seconds since 1970."""

    path: Path
    is_folder: bool
    size: int = 0
    time: float = 0.0

    @property
    def name(self) -> str:
        """As it is shown."""
        return self.path.name


def list_folder(folder: Path, patterns: Sequence[str]) -> tuple[list[Row], int]:
    """The folders and the files that fit a pattern, and how many more there are than ``MOST``.

    Folders come first, both in natural order; hidden ones are left out, small and capital letters
    are the same. Raises OSError for a folder that cannot be read.
    """
    folders: list[Row] = []
    files: list[Row] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            try:
                is_folder = entry.is_dir()
                if not is_folder and not fits(entry.name, patterns):
                    continue
                facts = entry.stat()
                row = Row(Path(entry.path), is_folder, facts.st_size, facts.st_mtime)
            except OSError:  # a link that leads nowhere
                continue
            (folders if is_folder else files).append(row)
    rows = [
        *sorted(folders, key=lambda row: natural(Path(row.name))),
        *sorted(files, key=lambda row: natural(Path(row.name))),
    ]
    return rows[:MOST], max(0, len(rows) - MOST)


def fits(name: str, patterns: Iterable[str]) -> bool:
    """Whether a file name fits one of the patterns."""
    return any(fnmatch.fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)


def is_pattern(text: str) -> bool:
    """Whether a typed text is a pattern rather than a name."""
    return any(c in text for c in "*?") and "/" not in text and "\\" not in text


def read_path(text: str, folder: Path) -> Path:
    """What a typed text means; relative ones start at the folder shown."""
    plain = text.strip()
    if len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "'\"":  # as shells show it
        plain = plain[1:-1]
    return Path(os.path.abspath(folder / os.path.expanduser(plain)))


def complete(path: Path, question: FileQuestion) -> Path:
    """A path to be saved with the first of the endings wanted, where it has none of them."""
    if not question.save or fits(path.name, question.patterns):
        return path
    ending = question.patterns[0].removeprefix("*") if question.patterns else ""
    return path if any(c in ending for c in "*?[") else path.with_name(path.name + ending)


def judge(paths: Sequence[Path], question: FileQuestion) -> str | None:
    """What is wrong with a choice, in a sentence, or None."""
    if not paths:
        return "nothing is chosen yet"
    for path in paths:
        if question.folder:
            if not path.is_dir():
                return f"there is no folder {path}"
        elif question.save:
            if path.is_dir():
                return f"{path} is a folder; give a file name"
            if not path.parent.is_dir():
                return f"there is no folder {path.parent}; make it first"
            if not os.access(path.parent, os.W_OK):
                return f"the folder {path.parent} cannot be written"
        elif not path.exists():
            return f"there is no file {path}"
        elif path.is_dir():
            return f"{path} is a folder; choose a file in it"
    return None


def new_folder(folder: Path, name: str) -> Path:
    """Make a folder in another. Raises OSError with a sentence."""
    path = folder / name.strip()
    if not name.strip() or path.parent != folder:
        raise OSError(f"{name!r} is no name for a folder")
    try:
        path.mkdir()
    except FileExistsError:
        raise OSError(f"there is a {name!r} already") from None
    except OSError as error:
        raise OSError(f"{path} cannot be made: {error.strerror}") from None
    return path


def samples_folder() -> Path | None:
    """The graphs that come with the program, or None where it was installed without them."""
    above = Path(__file__).resolve().parents
    for folder in (above[3] / "samples", above[2] / "samples"):  # of a checkout; of a wheel
        if (folder / "first_light.graph.json").is_file():
            return folder
    return None


def places(recent: Iterable[Path]) -> list[tuple[str, Path]]:
    """The folders offered beside the list: title and path, recent ones first among equals."""
    found: list[tuple[str, Path]] = [("Home", Path.home())]
    samples = samples_folder()
    if samples and samples.parent.name != "ui":  # in a wheel they are not to be written beside
        found.append(("Samples", samples))
    found += [(path.name or str(path), path) for path in _disks()]
    known = {path for _, path in found}
    found += [(path.name or str(path), path) for path in recent if path not in known]
    return [(title, path) for title, path in found if path.is_dir()]


def _disks() -> list[Path]:
    """Disks and cards, where astronomers have their frames."""
    if sys.platform == "win32":
        return [Path(f"{letter}:\\") for letter in "CDEFGHIJKLMNOPQRSTUVWXYZ"]
    if sys.platform == "darwin":
        roots = [Path("/Volumes")]
    else:
        roots = [Path("/media") / os.environ.get("USER", "-"), Path("/mnt")]
    found = []
    for root in roots:
        try:
            found += sorted(path for path in root.iterdir() if path.is_dir())
        except OSError:
            continue
    return found[:8]
