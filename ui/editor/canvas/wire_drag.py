"""A wire in hand: from either end, onto a pin, a node or empty space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.errors import GraphError
from graph.model import End, Graph
from ui.editor.canvas.drags import Drag
from ui.editor.canvas.hits import Hit
from ui.editor.canvas.paint import NONE, Item, Paint, faded, rgba
from ui.editor.canvas.requests import OpenSearch, Request, Tell
from ui.editor.canvas.stage import Held
from ui.editor.canvas.wires import curve
from ui.editor.edits.wiring import connect, disconnect, why_not
from ui.editor.letters import width
from ui.editor.rects import Point

if TYPE_CHECKING:
    from ui.editor.canvas.gestures import Gestures


class WireDrag(Drag):
    """A wire held at one end.

    end: where the other end is; output: whether that is an output. taken: the link that is
    pulled off, by the end that it feeds; it stays until the wire is let go elsewhere.
    """

    def __init__(
        self, desk: Gestures, start: Point, end: End, output: bool, taken: End | None = None
    ) -> None:
        super().__init__(desk, start)
        self.end, self.output, self.taken = end, output, taken
        self.goal: End | None = None
        pin = desk.stage.shapes[end[0]].pin(end[1], output)
        color = pin.color if pin else "#808080"
        self.color = desk.stage.color_of(color, end) if output else color
        self._fits: dict[str, tuple[str, ...]] = {}
        self.fits: dict[str, frozenset[tuple[str, bool]]] | None = None

    def follow(self, mods: frozenset[str]) -> None:
        if self.fits is None:
            self.fits = self._find_fits()
        over = self.desk.look(self.now)
        self.over = over
        self.goal, self.reason = self._find_goal(over)
        extra = {over.id: self._fitting(over.id)} if over.id and self.output else {}
        if extra != dict(self.held.extra) or self.held.hidden != self.taken:
            self.held = Held(extra=extra, hidden=self.taken)

    def _find_fits(self) -> dict[str, frozenset[tuple[str, bool]]]:
        """By node, the pins that the wire fits by their types; the end in hand is one of them."""
        graph = self.desk.document.graph
        found = {}
        for id, shape in self.desk.stage.shapes.items():
            names = []
            for pin in shape.pins:
                end = id, pin.name
                if pin.output is not self.output and id != self.end[0]:
                    ends = (*self.end, *end) if self.output else (*end, *self.end)
                    if graph.misfit(*ends) is None:
                        names.append((pin.name, pin.output))
                elif end == self.end:
                    names.append((pin.name, pin.output))
            found[id] = frozenset(names)
        return found

    def _find_goal(self, over: Hit) -> tuple[End | None, str]:
        """The end that the wire would meet there, or why there is none."""
        graph = self.desk.document.graph
        if not over.id or over.id not in graph.nodes:
            return None, ""
        if over.kind in ("pin", "field") and (over.kind == "pin" or self.output):
            end = over.id, over.name
            if over.id == self.end[0]:
                return None, "" if end == self.end else "a node cannot feed itself"
            if over.kind == "field" or over.output is not self.output:
                collapsed = self.desk.stage.shapes[over.id].kind == "collapsed"
                if not collapsed:
                    reason = self._why_not(graph, end)
                    if reason is None or over.kind == "pin":
                        return (None, reason) if reason else (end, "")
            else:
                both = "outputs" if self.output else "inputs"
                return None, f"both ends are {both}"
        if over.id == self.end[0]:
            return None, ""
        names = self._fitting(over.id)
        if names:
            return (over.id, names[0]), ""
        return None, self._why_none(graph, over.id)

    def _fitting(self, id: str) -> tuple[str, ...]:
        """The ends of a node that the wire fits, best first: free before fed, sockets first."""
        if id not in self._fits:
            graph = self.desk.document.graph
            names = [
                name for name in self._ends(graph, id) if self._why_not(graph, (id, name)) is None
            ]
            spec = graph.spec(id)
            sockets = spec.sockets if spec else {}

            def order(name: str) -> tuple[bool, bool, bool]:
                socket = sockets.get(name)
                made = socket is not None and socket.implicit is not None
                fed = (id, name) in graph.links and (id, name) != self.taken
                return socket is None, fed, made

            self._fits[id] = tuple(sorted(names, key=order)) if self.output else tuple(names)
        return self._fits[id] if id != self.end[0] else ()

    def _ends(self, graph: Graph, id: str) -> list[str]:
        spec = graph.spec(id)
        if not self.output:
            return list(spec.outputs) if spec else []
        if spec is None:
            return list(graph.feeds(id))
        return [*spec.sockets, *(name for name, p in spec.params.items() if p.linkable)]

    def _why_not(self, graph: Graph, other: End) -> str | None:
        return why_not(graph, self.end, other) if self.output else why_not(graph, other, self.end)

    def _why_none(self, graph: Graph, id: str) -> str:
        """Why no end of a node fits: a loop is told as such."""
        ends = self._ends(graph, id)
        reasons = [self._why_not(graph, (id, name)) or "" for name in ends]
        loop = next((reason for reason in reasons if "loop" in reason), None)
        return loop or f"no {'input' if self.output else 'output'} of {id} fits"

    def release(self, mods: frozenset[str]) -> list[Request]:
        if not self.moved:
            return []
        goal = self.goal
        if goal is None and self.over is not None and self.over.id:
            return [Tell(self.reason)] if self.reason else []
        if goal is not None:
            return self._connect(goal)
        if self.taken:
            with self.desk.document.change(f"Disconnect {'.'.join(self.taken)}") as graph:
                disconnect(graph, [self.taken])
            return []
        place = self.desk.camera.to_canvas(self.now)
        return [OpenSearch(self.now, place, self.end, self.output)]

    def _connect(self, goal: End) -> list[Request]:
        source, target = (self.end, goal) if self.output else (goal, self.end)
        name = f"Connect {source[0]} to {'.'.join(target)}"
        try:
            with self.desk.document.change(name) as graph:
                if self.taken and self.taken != target:
                    disconnect(graph, [self.taken])
                connect(graph, source, target)
        except GraphError as error:
            return [Tell(error.problems[0].message)]
        return []

    def draw(self, paint: Paint) -> list[Item]:
        if not self.moved:
            return []
        desk = self.desk
        here = self.now
        if self.goal:
            here = desk.camera.to_screen(desk.stage.end(*self.goal, not self.output))
        there = desk.camera.to_screen(desk.stage.end(*self.end, self.output))
        start, stop = (there, here) if self.output else (here, there)
        zoom = desk.camera.zoom
        ink = rgba(self.color) if not self.reason else faded(paint.bad, 0.9)
        points = [
            desk.camera.to_screen(p)
            for p in curve(desk.camera.to_canvas(start), desk.camera.to_canvas(stop))
        ]
        items: list[Item] = [("curve", *points, ink, max(2.6 * min(zoom, 1.4), 1.6))]
        items.append(("circle", here, 8 if self.goal else 4, NONE if self.goal else ink, ink, 2))
        said = self.reason or (f"{self.goal[0]} · {self.goal[1]}" if self.goal else "")
        return items + (draw_words(said, self.now, desk.size, bool(self.reason), paint))


def draw_words(
    text: str, at: Point, size: Point, bad: bool, paint: Paint, letters: float = 13.0
) -> list[Item]:
    """A sentence beside the mouse, within the area."""
    if not text:
        return []
    wide, tall = width(text, letters) + 16, letters + 10
    x = max(min(at[0] + 16, size[0] - wide - 4), 4.0)
    y = max(min(at[1] + 18, size[1] - tall - 4), 4.0)
    ground = paint.bad_ground if bad else faded(paint.box, 0.95)
    return [
        (
            "rect",
            (x, y),
            (x + wide, y + tall),
            ground,
            faded(paint.bad if bad else paint.dim, 0.6),
            4,
            1,
        ),
        ("text", (x + 8, y + 5), text, letters, paint.text),
    ]
