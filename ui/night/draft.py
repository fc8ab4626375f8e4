"""The graph of a night while it is made: nodes, and in which frame and place they stand."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from graph.model import Graph
from graph.registry import Registry
from ui.night.frame import Frame

Framing = Literal["reference", "common", "union"]
#: a node and its output
Source = tuple[str, str]
Cell = tuple[int, int]

_INPUTS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_SCREEN = 1200  # pixels, of the longer side of a preview


@dataclass(frozen=True)
class Options:
    """How the graph is made.

    folder: of the graph file; paths are written relative to it. out: where results go, relative
    to the folder of results of a run. reference: name of a set, a filter, or a file of one, to
    which all frames are registered; None lets the best frame of L or of the largest stack be
    chosen. framing: of the canvas, over all filters of a target. local: normalise locally.
    drizzle: also drizzle, by that scale; 0 for not.
    """

    folder: Path
    out: str = "masters"
    reference: str | None = None
    framing: Framing = "reference"
    local: bool = False
    drizzle: float = 0.0


@dataclass
class Patch:
    """Nodes that stand together in a frame: id → (column, row)."""

    title: str
    cells: dict[str, Cell] = field(default_factory=dict)


class Draft:
    """A graph that grows node by node."""

    def __init__(self, options: Options, registry: Registry) -> None:
        self.options = options
        self.graph = Graph(registry)

    def add(self, patch: Patch, cell: Cell, id: str, type: str, **params: Any) -> str:
        """A new node in a place of a patch; its id."""
        self.graph.add(id, type, **params)
        patch.cells[id] = cell
        return id

    def link(self, source: str, output: str, node: str, socket: str) -> None:
        """A wire from an output to an input."""
        self.graph.link(source, output, node, socket)

    def load(self, patch: Patch, cell: Cell, id: str, frames: Sequence[Frame]) -> str:
        """A node that reads frames."""
        files = [self.path(frame) for frame in frames]
        return self.add(patch, cell, id, "io.load_frames", files=files)

    def join(self, patch: Patch, cell: Cell, id: str, sources: Sequence[Source]) -> Source:
        """One list of several; of a single one, itself."""
        left, made = list(sources), 0
        while len(left) > 1:
            some, left = left[: len(_INPUTS)], left[len(_INPUTS) :]
            made += 1
            name = id if made == 1 else f"{id}_{made}"
            self.add(patch, (cell[0], cell[1] + made - 1), name, "flow.join")
            for (node, output), socket in zip(some, _INPUTS, strict=False):
                self.link(node, output, name, socket)
            left.insert(0, (name, "any"))
        return left[0]

    def save(self, patch: Patch, cell: Cell, source: Source, name: str, ending: str) -> str:
        """A node that writes an image, a screen or a table; its kind follows from the ending."""
        kind = {"csv": "table", "png": "screen"}.get(ending, "image")
        if source[1] == "plot":
            kind = "image"
        params: dict[str, Any] = {"file": self.place(f"{name}.{ending}"), "overwrite": True}
        if ending == "png" and kind == "image":
            params["bits"] = "8"
        id = self.add(patch, cell, f"save_{name}_{ending}".removesuffix("_fits"),
                      f"io.save_{kind}", **params)  # fmt: skip
        self.link(*source, id, kind)
        return id

    def show(self, patch: Patch, cell: Cell, source: Source, name: str) -> None:
        """A small picture of an image, stretched for the eye, and the node that writes it."""
        screen = self.add(patch, cell, f"view_{name}", "view.screen", link="linked",
                          width=_SCREEN, height=_SCREEN)  # fmt: skip
        self.link(*source, screen, "image")
        self.save(patch, (cell[0] + 1, cell[1]), (screen, "screen"), name, "png")

    def place(self, name: str) -> str:
        """Where a result goes."""
        return f"{self.options.out}/{name}" if self.options.out else name

    def path(self, frame: Frame) -> str:
        """The path of a file relative to the graph; as it is on another drive."""
        whole = os.path.abspath(frame.path)
        try:
            path = Path(os.path.relpath(whole, self.options.folder)).as_posix()
        except ValueError:
            return whole
        return f"./{path}" if path.startswith("~") else path


def suffix_of(name: str) -> str:
    """What the ids of a set's nodes end in: nothing where there is only one without a name."""
    return "" if name == "lights" else f"_{name}"
