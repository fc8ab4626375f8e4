"""What is in progress while a button is held: each drag shows itself, ends whole or is undone.

A drag changes the document only when it ends, but for sliders, whose effect is seen at once; so
Escape leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from graph.errors import GraphError
from ui.editor.canvas.field import fraction_of, value_at, value_of
from ui.editor.canvas.hits import Hit, nearest_wire
from ui.editor.canvas.paint import Item, Paint, faded
from ui.editor.canvas.requests import AskFile, Choose, Request, Tell
from ui.editor.canvas.stage import NOTHING, Held
from ui.editor.canvas.wires import crosses
from ui.editor.edits.arranging import move
from ui.editor.edits.marks import set_rect
from ui.editor.edits.places import Mark
from ui.editor.edits.wiring import can_insert, disconnect, extract, insert
from ui.editor.edits.words import tell
from ui.editor.rects import Point, holds_all, overlap

if TYPE_CHECKING:
    from graph.model import End
    from ui.editor.canvas.gestures import Gestures
    from ui.editor.canvas.shapes import Field

#: pixels that the mouse must move before a press is a drag
SLACK = 4.0
#: nodes, frames and notes keep to this grid when they snap; canvas units
GRID = 20.0
#: nodes, frames and notes
Selection = tuple[frozenset[str], frozenset[Mark]]
_SMALLEST: Point = (80.0, 50.0)
_FINE = 0.1


class Drag:
    """A button is held. start: where it was pressed, in pixels of the area.

    origin: that place on the canvas: what is held stays under the mouse however the view moves.
    pulls: whether the view moves along when the mouse is at its edge. over: what is under the
    mouse, of a drag that looks for that. reason: why it cannot end there.
    """

    pulls = True

    def __init__(self, desk: Gestures, start: Point) -> None:
        self.desk = desk
        self.graph = desk.document.graph  # a change by others ends the drag
        self.start = self.now = start
        self.origin = desk.camera.to_canvas(start)
        self.moved = False
        self.held: Held = NOTHING
        self.lit: frozenset[End] = frozenset()
        self.over: Hit | None = None
        self.reason = ""

    def move(self, at: Point, mods: frozenset[str]) -> None:
        """The mouse is there now."""
        self.now = at
        far = max(abs(at[0] - self.start[0]), abs(at[1] - self.start[1]))
        self.moved = self.moved or far >= SLACK
        if self.moved:
            self.follow(mods)

    def follow(self, mods: frozenset[str]) -> None:
        """Show what comes of it."""

    def release(self, mods: frozenset[str]) -> list[Request]:
        """The button is let go: do it."""
        return []

    def cancel(self) -> None:
        """Leave all as it was before the press."""

    def draw(self, paint: Paint) -> list[Item]:
        """What is drawn over all, in pixels of the area."""
        return []

    @property
    def shift(self) -> Point:
        """How far the mouse moved, in units of the canvas."""
        x, y = self.desk.camera.to_canvas(self.now)
        return x - self.origin[0], y - self.origin[1]


class Pan(Drag):
    """Move what is seen."""

    pulls = False

    def __init__(self, desk: Gestures, start: Point) -> None:
        super().__init__(desk, start)
        self.before = desk.camera

    def follow(self, mods: frozenset[str]) -> None:
        self.desk.camera = self.before.panned(
            self.now[0] - self.start[0], self.now[1] - self.start[1]
        )

    def cancel(self) -> None:
        self.desk.camera = self.before


class MapPan(Drag):
    """See the place of the map that the mouse is on."""

    pulls = False

    def __init__(self, desk: Gestures, start: Point) -> None:
        super().__init__(desk, start)
        self.before, self.map = desk.camera, desk.map
        self.look()

    def look(self) -> None:
        """Put the place under the mouse in the middle."""
        if self.map:
            place = self.map.to_canvas(self.now)
            self.desk.camera = self.desk.camera.centred(place, self.desk.size)

    def follow(self, mods: frozenset[str]) -> None:
        self.look()

    def cancel(self) -> None:
        self.desk.camera = self.before


class Box(Drag):
    """Select the nodes that a rectangle touches, and the frames and notes that it holds.

    add: to what was selected before.
    """

    def __init__(self, desk: Gestures, start: Point, add: bool) -> None:
        super().__init__(desk, start)
        self.add = add
        self.before: Selection = desk.document.selection, desk.document.marks

    def follow(self, mods: frozenset[str]) -> None:
        x, y = self.desk.camera.to_canvas(self.now)
        rect = min(x, self.origin[0]), min(y, self.origin[1]), 0.0, 0.0
        rect = *rect[:2], abs(x - self.origin[0]), abs(y - self.origin[1])
        stage = self.desk.stage
        ids = {id for id in stage.at if overlap(rect, stage.rect(id))}
        marks = {mark for mark, own in stage.marks.items() if holds_all(rect, own)}
        if self.add:
            ids, marks = ids | self.before[0], marks | self.before[1]
        self.desk.document.select(ids, marks)

    def release(self, mods: frozenset[str]) -> list[Request]:
        if not self.moved and not self.add:
            self.desk.document.select(())
        return []

    def cancel(self) -> None:
        self.desk.document.select(*self.before)

    def draw(self, paint: Paint) -> list[Item]:
        if not self.moved:
            return []
        start = self.desk.camera.to_screen(self.origin)
        return [("rect", start, self.now, faded(paint.accent, 0.1), faded(paint.accent, 0.8), 0, 1)]


class Move(Drag):
    """Move nodes, frames and notes; a single node may be put on a wire.

    grabbed: the place of what the mouse holds: it keeps to the grid, the others keep their
    distance to it. click: what is selected when nothing was moved. out: the nodes leave their
    chain. name: of what is moved, in words.
    """

    def __init__(
        self,
        desk: Gestures,
        start: Point,
        grabbed: Point,
        ids: Iterable[str],
        marks: Iterable[Mark] = (),
        click: Selection | None = None,
        out: bool = False,
        name: str = "",
    ) -> None:
        super().__init__(desk, start)
        self.grabbed, self.click, self.out, self.name = grabbed, click, out, name
        self.ids = {id: desk.stage.at[id] for id in ids}
        self.marks = {mark: desk.stage.marks[mark] for mark in marks}
        self.seat: End | None = None

    def follow(self, mods: frozenset[str]) -> None:
        dx, dy = self.shift
        if self.desk.snaps() is not ("ctrl" in mods):
            dx = round((self.grabbed[0] + dx) / GRID) * GRID - self.grabbed[0]
            dy = round((self.grabbed[1] + dy) / GRID) * GRID - self.grabbed[1]
        self.held = Held(
            {id: (x + dx, y + dy) for id, (x, y) in self.ids.items()},
            {mark: (x + dx, y + dy, w, h) for mark, (x, y, w, h) in self.marks.items()},
        )
        self.seat = self._find_seat()
        self.lit = frozenset([self.seat]) if self.seat else frozenset()

    def _find_seat(self) -> End | None:
        """The wire under the middle of a node that fits on it."""
        if len(self.ids) != 1 or self.marks or self.out:
            return None
        [(id, (x, y))] = self.held.places.items()
        shape = self.desk.stage.shapes[id]
        middle = x + shape.width / 2, y + shape.height / 2
        graph = self.desk.document.graph
        reach = max(shape.height / 2, 12.0)
        end = nearest_wire(self.desk.stage, middle, reach, frozenset([id]))
        return end if end and can_insert(graph, id, end) else None

    def release(self, mods: frozenset[str]) -> list[Request]:
        desk = self.desk
        if not self.moved:
            if self.click is not None:
                desk.document.select(*self.click)
            return []
        try:
            with desk.document.change(self._name()) as graph:
                move(graph, self.held.places, self.held.rects)
                if self.out:
                    extract(graph, self.ids)
                elif self.seat:
                    insert(graph, next(iter(self.ids)), self.seat)
        except GraphError as error:  # too far away
            return [Tell(str(error))]
        return []

    def _name(self) -> str:
        if self.seat:
            return f"Insert {tell(self.ids)}"
        if self.out:
            return f"Take {tell(self.ids)} out"
        return f"Move {self.name or tell(self.ids, self.marks)}"


class Resize(Drag):
    """Pull the lower right corner of a frame or note."""

    def __init__(self, desk: Gestures, start: Point, mark: Mark) -> None:
        super().__init__(desk, start)
        self.mark, self.rect = mark, desk.stage.marks[mark]

    def follow(self, mods: frozenset[str]) -> None:
        x, y, wide, tall = self.rect
        right, low = x + wide + self.shift[0], y + tall + self.shift[1]
        if self.desk.snaps() is not ("ctrl" in mods):
            right, low = round(right / GRID) * GRID, round(low / GRID) * GRID
        size = max(right - x, _SMALLEST[0]), max(low - y, _SMALLEST[1])
        self.held = Held(rects={self.mark: (x, y, *size)})

    def release(self, mods: frozenset[str]) -> list[Request]:
        kind, place = self.mark
        if self.moved:
            with self.desk.document.change(f"Resize {kind.removesuffix('s')}") as graph:
                set_rect(graph, kind, place, self.held.rects[self.mark])
        return []


class Cut(Drag):
    """Cut the wires that a line crosses; without a line the one that was clicked."""

    def __init__(self, desk: Gestures, start: Point, clicked: End | None) -> None:
        super().__init__(desk, start)
        self.clicked = clicked
        self.lit = frozenset([clicked]) if clicked else frozenset()

    def follow(self, mods: frozenset[str]) -> None:
        camera = self.desk.camera
        line = self.origin, camera.to_canvas(self.now)
        wires = self.desk.stage.wires.items()
        self.lit = frozenset(end for end, (a, b) in wires if crosses(a, b, *line))

    def release(self, mods: frozenset[str]) -> list[Request]:
        if self.lit:
            count = len(self.lit)
            with self.desk.document.change("Cut wire" if count == 1 else f"Cut {count} wires") as g:
                disconnect(g, self.lit)
        return []

    def draw(self, paint: Paint) -> list[Item]:
        start = self.desk.camera.to_screen(self.origin)
        return [("line", start, self.now, paint.bad, 1.5)] if self.moved else []


class Click(Drag):
    """A switch, choice or file on a node: it acts when the button is let go on it."""

    def __init__(self, desk: Gestures, start: Point, hit: Hit, field: Field) -> None:
        super().__init__(desk, start)
        self.hit, self.field = hit, field

    def release(self, mods: frozenset[str]) -> list[Request]:
        now = self.desk.look(self.now)
        id, name = self.hit.id, self.hit.name
        if (now.kind, now.id, now.name) != ("field", id, name):
            return []
        if self.field.kind == "choice":
            return [Choose(id, name)]
        if self.field.kind == "file":
            return [AskFile(id, name)]
        graph = self.desk.document.graph
        spec = graph.spec(id)
        default = spec.params[name].default if spec else False
        value = graph.nodes[id].params.get(name, default)
        with self.desk.document.change(f"Set {name} of {id}") as graph:
            graph.set(id, name, value is not True)
        return []


class Slide(Drag):
    """Pull a slider on a node; shift moves it finely. All of a drag is one step."""

    pulls = False

    def __init__(self, desk: Gestures, start: Point, id: str, name: str, wide: float) -> None:
        super().__init__(desk, start)
        self.id, self.name, self.wide = id, name, wide
        graph = desk.document.graph
        spec = graph.spec(id)
        assert spec is not None
        self.before, self.parameter = graph.nodes[id], spec.params[name]
        self.fraction = fraction_of(self.parameter, value_of(self.parameter, self.before.params))
        self.last = start

    def follow(self, mods: frozenset[str]) -> None:
        fine = _FINE if "shift" in mods else 1.0
        step = (self.now[0] - self.last[0]) / self.desk.camera.zoom / self.wide
        self.last = self.now
        self.fraction = min(max(self.fraction + step * fine, 0.0), 1.0)
        with self.desk.document.change(self._name(), merge=self._key()) as graph:
            graph.set(self.id, self.name, value_at(self.parameter, self.fraction))
        self.graph = self.desk.document.graph

    def release(self, mods: frozenset[str]) -> list[Request]:
        self.desk.document.settle()
        return []

    def cancel(self) -> None:
        if self.moved:
            with self.desk.document.change(self._name(), merge=self._key()) as graph:
                graph.nodes[self.id] = self.before
        self.desk.document.settle()

    def _name(self) -> str:
        return f"Set {self.name} of {self.id}"

    def _key(self) -> tuple[str, str, str]:
        return "slide", self.id, self.name
