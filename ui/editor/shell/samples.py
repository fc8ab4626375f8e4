"""The graphs that come with the program: what a person opens first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ui.editor.shell.browse import samples_folder


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample. picture: a small one of its result, or None."""

    path: Path
    title: str
    text: str
    picture: Path | None


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
