"""A hand on the canvas without a screen: presses, moves and releases at what has a name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graph.file import read
from graph.model import Graph
from ui.editor import edits
from ui.editor.canvas.camera import Camera
from ui.editor.canvas.gestures import Gestures
from ui.editor.canvas.requests import Request
from ui.editor.canvas.seek import seek
from ui.editor.document import Document
from ui.editor.edits import places
from ui.editor.input import LEFT, Input
from ui.editor.rects import Point
from ui.packs import load_registry

REGISTRY = load_registry(packs=False)
SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "first_light.graph.json"


class Hand(Gestures):
    """Gestures whose points are given as pixels, or as what ``seek`` knows: ``("pin", …)``."""

    def __init__(self, graph: Graph, snap: bool = False, size: Point = (4000.0, 3000.0)) -> None:
        super().__init__(Document(graph), lambda: snap)
        self.size = size
        self.camera = Camera(-200.0, -200.0, 1.0)

    @property
    def graph(self) -> Graph:
        return self.document.graph

    def point(self, at: Any) -> Point:
        if isinstance(at[0], str):
            self.stage.show(self.graph, self.held)
            found = seek(self, *at)
            assert found is not None, f"there is no {at}"
            return found
        return float(at[0]), float(at[1])

    def at(self, id: str) -> Point:
        """The corner of a node in the graph."""
        found = places.place_of(self.graph, id)
        assert found
        return found

    def input(self, kind: Any, at: Any, mods: str = "", **more: Any) -> list[Request]:
        x, y = self.point(at)
        return self.take(Input(kind, x, y, mods=frozenset(mods.split()), **more))

    def press(self, at: Any, mods: str = "", button: int = LEFT) -> list[Request]:
        return self.input("press", at, mods, button=button)

    def move(self, at: Any, mods: str = "") -> list[Request]:
        return self.input("move", at, mods)

    def release(self, at: Any, mods: str = "", button: int = LEFT) -> list[Request]:
        return self.input("release", at, mods, button=button)

    def click(self, at: Any, mods: str = "", button: int = LEFT) -> list[Request]:
        point = self.point(at)
        return self.press(point, mods, button) + self.release(point, mods, button)

    def double(self, at: Any) -> list[Request]:
        point = self.point(at)
        self.click(point)
        return self.press(point) + self.input("double", point) + self.release(point)

    def drag_reason(self) -> str:
        return self.going.reason if self.going else ""

    def drag(
        self, start: Any, end: Any, mods: str = "", button: int = LEFT, release: bool = True
    ) -> list[Request]:
        """From one point to another in a few steps; the end is looked for while under way."""
        x, y = self.point(start)
        found = self.press((x, y), mods, button)
        found += self.move((x + 6, y + 1), mods)
        stop = self.point(end)
        found += self.move(((x + stop[0]) / 2, (y + stop[1]) / 2), mods)
        found += self.move(stop, mods)
        return found + self.release(stop, mods, button) if release else found


def graph_of(*nodes: tuple[str, str, Point], links: tuple[str, ...] = ()) -> Graph:
    """A graph of (id, type, place) and links like ``load.image -> view.image``."""
    graph = Graph(REGISTRY)
    for id, type, at in nodes:
        graph.add(id, type)
        edits.move(graph, {id: at})
    for link in links:
        source, target = (tuple(end.strip().split(".")) for end in link.split("->"))
        graph.link(*source, *target)
    return graph


def chain() -> Graph:
    """load → sky → view, far enough apart that nothing overlaps."""
    return graph_of(
        ("load", "io.load_image", (0, 0)),
        ("sky", "background.polynomial", (300, 0)),
        ("view", "view.screen", (600, 0)),
        links=("load.image -> sky.image", "sky.image -> view.image"),
    )


def first_light() -> Graph:
    """The nodes of the first sample, laid out so that no two of them overlap."""
    graph = read(SAMPLE, REGISTRY)
    graph.view = {}
    sizes = dict.fromkeys(graph.nodes, (190.0, 320.0))
    edits.arrange(graph, None, sizes)
    return graph
