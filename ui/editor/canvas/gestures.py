"""From presses, moves and releases on the canvas to changes of the document."""

from __future__ import annotations

from collections.abc import Callable

from graph.model import End
from ui.editor.canvas.camera import Camera
from ui.editor.canvas.drags import (
    Box,
    Click,
    Cut,
    Drag,
    MapPan,
    Move,
    Pan,
    Resize,
    Selection,
    Slide,
)
from ui.editor.canvas.hits import EMPTY, Hit, find
from ui.editor.canvas.minimap import Minimap, place_map
from ui.editor.canvas.paint import Item, Paint
from ui.editor.canvas.requests import (
    EditMark,
    EditNumber,
    EditTitle,
    OpenMenu,
    OpenSearch,
    Request,
    ShowNode,
)
from ui.editor.canvas.shapes import Field
from ui.editor.canvas.stage import NOTHING, Held, Stage
from ui.editor.canvas.wire_drag import WireDrag
from ui.editor.document import Document
from ui.editor.edits.places import Mark
from ui.editor.edits.wiring import add_joint
from ui.editor.edits.words import tell
from ui.editor.input import LEFT, MIDDLE, RIGHT, Input
from ui.editor.rects import Point, overlap

#: pixels that shift and the wheel move sideways at a step
_WHEEL = 60.0
#: pixels: this near to its edge the view moves along with what is held
_EDGE = 20.0
#: pixels a second: for each pixel beyond that, and at most
_PACE, _FASTEST = 36.0, 1440.0


class Gestures:
    """The state of the hand on the canvas.

    camera, size: what is seen, and of how many pixels. hover: what is under the mouse. going:
    the drag in progress. snaps: whether things keep to the grid.
    """

    def __init__(self, document: Document, snaps: Callable[[], bool] = lambda: False) -> None:
        self.document = document
        self.snaps = snaps
        self.stage = Stage()
        self.camera = Camera()
        self.size: Point = (800.0, 600.0)
        self.hover: Hit = EMPTY
        self.going: Drag | None = None
        self.mouse: Point = (0.0, 0.0)
        self.stage.show(document.graph)

    # --- what is to be seen ----------------------------------------------------------------------

    @property
    def map(self) -> Minimap | None:
        """The minimap, where it is shown."""
        return place_map(self.stage, self.camera, self.size)

    @property
    def held(self) -> Held:
        """What the gesture shows otherwise than the graph says."""
        return self.going.held if self.going else NOTHING

    @property
    def lit(self) -> frozenset[End]:
        """The wires that the gesture is about."""
        return self.going.lit if self.going else frozenset()

    @property
    def fits(self) -> dict[str, frozenset[tuple[str, bool]]] | None:
        """With a wire in hand, by node the pins that it fits."""
        return self.going.fits if isinstance(self.going, WireDrag) else None

    def draw(self, paint: Paint) -> tuple[Item, ...]:
        """What the gesture draws over all."""
        return tuple(self.going.draw(paint)) if self.going else ()

    def look(self, at: Point) -> Hit:
        """What is under a point of the area."""
        return find(self.stage, self.camera, at, self.document.selection, self.map)

    # --- what the hand does ----------------------------------------------------------------------

    def take(self, event: Input) -> list[Request]:
        """Take one input, whose place is in pixels of the area; what it asks of others."""
        at = event.x, event.y
        self.mouse = at
        self.refresh()
        match event.kind:
            case "press":
                return self._press(event, at)
            case "move":
                self._follow(at, event.mods)
            case "release" if self.going:
                drag, self.going = self.going, None
                drag.move(at, event.mods)
                found = drag.release(event.mods)
                self.refresh()
                self.hover = self.look(at)
                return found
            case "double" if event.button == LEFT:
                self.cancel()
                return self._double(at)
            case "wheel":
                self._wheel(event, at)
            case "key" if event.key == "Escape":
                self.cancel()
        return []

    def pull(self, seconds: float) -> bool:
        """Move the view while something is held at its edge; whether it did. Once a frame.

        It stops where nothing would be left to see. seconds: since the last frame.
        """
        if self.going is None or not self.going.pulls or not self.going.moved:
            return False
        start, mouse = self.going.start, self.mouse
        dx, dy = (seconds * _pace(mouse[k], start[k], self.size[k]) for k in (0, 1))
        if not dx and not dy:
            return False
        camera, bounds = self.camera.panned(-dx, -dy), self.stage.bounds()
        if bounds and not overlap(camera.view(self.size), bounds):
            return False
        self.camera = camera
        self._follow(self.mouse, frozenset())
        return True

    def cancel(self) -> bool:
        """End the gesture in progress as if it had never begun; whether there was one."""
        drag, self.going = self.going, None
        if drag:
            drag.cancel()
            self.refresh()
        return drag is not None

    def refresh(self) -> bool:
        """Take over what is new in the document; whether anything is."""
        if self.going and self.going.graph is not self.document.graph:
            self.going = None  # what it holds may not be there any more
        changed = self.stage.show(self.document.graph, self.held)
        if changed and not self.going:
            self.hover = self.look(self.mouse) if self.hover != EMPTY else EMPTY
        return changed

    def _follow(self, at: Point, mods: frozenset[str]) -> None:
        if self.going:
            self.going.move(at, mods)
            self.refresh()
            if isinstance(self.going, WireDrag):
                self.hover = self.going.over or EMPTY
        else:
            self.hover = self.look(at)

    def _wheel(self, event: Input, at: Point) -> None:
        if "shift" in event.mods:
            self.camera = self.camera.panned(event.steps * _WHEEL, 0.0)
        else:
            self.camera = self.camera.zoomed(event.steps, at)
        if self.going:
            self.going.move(at, event.mods)
            self.refresh()

    def _press(self, event: Input, at: Point) -> list[Request]:
        if self.going:  # another button: the usual way to change one's mind
            self.cancel()
            return []
        hit = self.hover = self.look(at)
        if event.button == MIDDLE or "space" in event.mods:
            self.going = Pan(self, at)
        elif event.button == RIGHT:
            return self._press_right(hit, at)
        elif event.button == LEFT:
            self.going = self._press_left(hit, at, event.mods)
        return []

    def _press_right(self, hit: Hit, at: Point) -> list[Request]:
        if hit.kind == "minimap":
            return []
        document = self.document
        if hit.id and hit.id not in document.selection:
            document.select([hit.id])
        elif hit.mark and hit.mark not in document.marks:
            document.select((), [hit.mark])
        return [OpenMenu(hit, at)]

    def _press_left(self, hit: Hit, at: Point, mods: frozenset[str]) -> Drag:
        if hit.kind == "minimap":
            return MapPan(self, at)
        cuts = "alt" in mods and not hit.id
        if cuts or ("ctrl" in mods and hit.kind in ("empty", "wire", "frame", "note")):
            return Cut(self, at, hit.end)
        match hit.kind:
            case "pin":
                return self._press_pin(hit, at)
            case "field":
                return self._press_field(hit, at, mods)
            case "wire":
                return self._press_wire(hit, at)
            case "corner" if hit.mark:
                self.document.select((), [hit.mark])
                return Resize(self, at, hit.mark)
            case "frame" | "note" if hit.mark:
                return self._press_mark(hit.mark, at, mods)
            case "empty" | "wire":
                return Box(self, at, "shift" in mods)
        return self._press_node(hit.id, at, mods)

    def _press_node(self, id: str, at: Point, mods: frozenset[str]) -> Drag:
        click = self._take_hold(id in self.document.selection, {id}, set(), mods)
        return self._move(at, self.stage.at[id], click, {id}, set(), out="alt" in mods)

    def _press_mark(self, mark: Mark, at: Point, mods: frozenset[str]) -> Drag:
        click = self._take_hold(mark in self.document.marks, set(), {mark}, mods)
        return self._move(at, self.stage.marks[mark][:2], click, set(), {mark})

    def _take_hold(
        self, known: bool, ids: set[str], marks: set[Mark], mods: frozenset[str]
    ) -> Selection | None:
        """Select what is pressed, if it is not; what a click would make of the selection."""
        document = self.document
        if mods & {"shift", "ctrl"}:
            if known:
                return document.selection - ids, document.marks - marks
            document.select(document.selection | ids, document.marks | marks)
        elif known:
            return frozenset(ids), frozenset(marks)
        else:
            document.select(ids, marks)
        return None

    def _move(
        self,
        at: Point,
        grabbed: Point,
        click: Selection | None,
        ids: set[str],
        marks: set[Mark],
        out: bool = False,
    ) -> Drag:
        """Move these, and all that is selected; with a frame goes what stands in it."""
        ids, marks = ids | self.document.selection, marks | self.document.marks
        if out:  # of their chain: frames stay, which have none
            return Move(self, at, grabbed, ids, click=click, out=True)
        name = tell(ids, marks)
        for kind, place in tuple(marks):
            if kind == "frames":
                inside = self.stage.inside(place)
                ids, marks = ids | {*inside.ids}, marks | {*inside.marks}
        return Move(self, at, grabbed, ids, marks, click, name=name)

    def _press_pin(self, hit: Hit, at: Point) -> Drag:
        links = self.document.graph.links
        end = hit.id, hit.name
        if hit.output:
            return WireDrag(self, at, end, output=True)
        if self.stage.shapes[hit.id].kind == "collapsed" and end not in links:
            fed = self.document.graph.feeds(hit.id)
            end = (hit.id, next(iter(fed))) if fed else end
        if end in links:
            return WireDrag(self, at, links[end], output=True, taken=end)
        return WireDrag(self, at, end, output=False)

    def _press_wire(self, hit: Hit, at: Point) -> Drag:
        """Pull the wire off at the end that is nearer."""
        assert hit.end is not None
        start, stop = self.stage.wires[hit.end]
        place = self.camera.to_canvas(at)
        near = [(place[0] - p[0]) ** 2 + (place[1] - p[1]) ** 2 for p in (start, stop)]
        source = self.document.graph.links[hit.end]
        if near[0] < near[1]:
            return WireDrag(self, at, hit.end, output=False, taken=hit.end)
        return WireDrag(self, at, source, output=True, taken=hit.end)

    def _press_field(self, hit: Hit, at: Point, mods: frozenset[str]) -> Drag:
        field = self.field(hit)
        if field is None or field.kind == "fed" or mods:
            return self._press_node(hit.id, at, mods)
        if hit.id not in self.document.selection:
            self.document.select([hit.id])
        if field.kind == "slider":
            return Slide(self, at, hit.id, hit.name, field.rect[2])
        return Click(self, at, hit, field)

    def field(self, hit: Hit) -> Field | None:
        """The field that was hit."""
        shape = self.stage.shapes.get(hit.id)
        fields = shape.fields if shape else ()
        return next((f for f in fields if hit.kind == "field" and f.name == hit.name), None)

    def _double(self, at: Point) -> list[Request]:
        hit = self.hover = self.look(at)
        match hit.kind:
            case "empty":
                return [OpenSearch(at, self.camera.to_canvas(at))]
            case "title":
                return [EditTitle(hit.id)]
            case "field":
                field = self.field(hit)
                return [EditNumber(hit.id, hit.name)] if field and field.kind == "slider" else []
            case "frame" | "note" if hit.mark:
                return [EditMark(hit.mark)]
            case "wire" if hit.end:
                self._add_joint(hit.end, at)
            case "node" | "badge" | "picture":
                return [ShowNode(hit.id)]
        return []

    def _add_joint(self, end: End, at: Point) -> None:
        x, y = self.camera.to_canvas(at)
        with self.document.change("Add joint") as graph:
            id = add_joint(graph, end, (x - 15, y - 8))
        self.document.select([id])
        self.refresh()


def _pace(at: float, start: float, end: float) -> float:
    """Pixels a second to move the view, for a mouse that near its edge or beyond.

    What was taken hold of near an edge moves the view only when it comes nearer still: people
    who pull it away from there do not mean to.
    """
    low, high = min(_EDGE, start), max(end - _EDGE, start)
    past = min(at - low, 0.0) + max(at - high, 0.0)
    return min(max(past * _PACE, -_FASTEST), _FASTEST)
