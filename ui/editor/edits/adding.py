"""New nodes: ids that people can read, and nodes for files."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Container, Iterable
from pathlib import Path
from typing import Any

from graph.errors import GraphError
from graph.files import natural
from graph.model import Graph
from graph.spec import InputFile
from ui.editor.edits import places
from ui.editor.rects import Point

#: between the corners of nodes that are added together, in pixels of the canvas
STEP = 120.0


def new_id(graph: Graph, type: str) -> str:
    """An id for a node of that type that is not in use: ``histogram``, then ``histogram2``."""
    return free_id(graph.nodes, type.rpartition(".")[2])


def free_id(taken: Container[str], wanted: str, tried: dict[str, int] | None = None) -> str:
    """An id like the wanted one that is not taken; its number rises where it has one.

    tried: the last number tried for each name, so that thousands of ids are found in one go.
    """
    base = re.sub(r"[.:]|->|[^\S ]", "_", wanted).strip()
    base = base if base.isprintable() and base else "node"
    if base not in taken:
        return base
    name = base.rstrip("0123456789") or base
    own = base[len(name) :][:6]
    number = max(int(own) if own.isdecimal() else 1, (tried or {}).get(name, 1)) + 1
    while f"{name}{number}" in taken:
        number += 1
    if tried is not None:
        tried[name] = number
    return f"{name}{number}"


def add_node(graph: Graph, type: str, at: Point, /, **params: Any) -> str:
    """Add a node of that type with its upper left corner there; its id.

    Raises GraphError for an unknown type or parameter.
    """
    spec = graph.registry.get(type)
    id = graph.add(new_id(graph, spec.id if spec else type), type, **params)
    places.put(graph, id, at)
    return id


# --- files ---------------------------------------------------------------------------------------

IMAGE, FRAMES = "io.load_image", "io.load_frames"


def add_files(
    graph: Graph, paths: Iterable[str | Path], at: Point, folder: Path | None = None
) -> list[str]:
    """Add what reads these files: one image, or the frames of several or of a folder; the ids.

    folder: of the graph's file; paths inside it are written relative to it.
    Raises GraphError naming what is not there or is no image.
    """
    found = [Path(path).expanduser() for path in paths]
    if not found:
        raise GraphError("no files were given")
    folders = [path for path in found if path.is_dir()]
    files = sorted((path for path in found if not path.is_dir()), key=natural)
    endings = _endings(graph)
    for path in files:
        if not path.is_file():
            raise GraphError(f"{path}: there is no such file or folder")
        if not any(fnmatch.fnmatch(path.name.lower(), ending.lower()) for ending in endings):
            raise GraphError(f"{path} is no image that can be read ({' '.join(endings)})")
    wanted: list[tuple[str, str, Any]] = [
        (FRAMES, "files", written(path, folder)) for path in folders
    ]
    if len(files) == 1:
        wanted.insert(0, (IMAGE, "file", written(files[0], folder)))
    elif files:
        wanted.insert(0, (FRAMES, "files", [written(path, folder) for path in files]))
    with graph.edit():
        return [
            add_node(graph, type, (at[0], at[1] + STEP * row), **{name: value})
            for row, (type, name, value) in enumerate(wanted)
        ]


def _endings(graph: Graph) -> tuple[str, ...]:
    spec = graph.registry.get(IMAGE)
    if spec is None or graph.registry.get(FRAMES) is None:
        raise GraphError(f"files are read by {IMAGE} and {FRAMES}, which are not installed")
    mark = spec.params["file"].file
    return mark.patterns if isinstance(mark, InputFile) else ("*",)


def written(path: Path, folder: Path | None) -> str:
    """A chosen file as it stands in a graph: relative where it is inside the graph's folder."""
    place = Path(os.path.abspath(path))
    if folder is not None and place.is_relative_to(os.path.abspath(folder)):
        place = place.relative_to(os.path.abspath(folder))
    return place.as_posix()
