"""The graphs that come with the program: what a person opens first."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_documents_path

from ui.editor.shell.browse import samples_folder

#: where in the user's documents copies of the samples of an installed program stand
COPIES = "LinearLink samples"


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample. picture: a small one of its result, or None."""

    path: Path
    title: str
    text: str
    picture: Path | None


def open_place(path: Path, documents: Path | None = None) -> Path:
    """Where a sample is opened: as it stands in a checkout, else a copy in the user's documents.

    So results never land among the files of the program. What the user changed in an earlier copy
    stays. documents: the folder for that, the user's own by default. Raises OSError when it cannot
    be copied.
    """
    folder = path.parent
    if folder.parent.name != "ui":
        return path
    copies = (documents or user_documents_path()) / COPIES
    for source in folder.rglob("*"):
        target = copies / source.relative_to(folder)
        if source.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    return copies / path.name


def find_samples() -> list[Sample]:
    """The samples that are installed, the simplest first."""
    folder = samples_folder()
    if folder is None:
        return []
    found = []
    for path in sorted(folder.glob("*.graph.json")):
        try:
            content = json.loads(path.read_text("utf-8"))
            title, text = (
                str(content.get("title") or path.stem),
                str(content.get("description", "")),
            )
        except (OSError, ValueError, AttributeError):
            continue
        picture = folder / "pictures" / path.name.replace(".graph.json", ".png")
        found.append(Sample(path, title, text, picture if picture.is_file() else None))
    return sorted(found, key=lambda sample: sample.picture is None)
