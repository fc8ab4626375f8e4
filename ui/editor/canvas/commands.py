"""What people do with the canvas by keys, menus and panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.editor.canvas.camera import fit
from ui.editor.canvas.gestures import Gestures
from ui.editor.canvas.hits import nearest_wire
from ui.editor.canvas.requests import EditTitle, OpenSearch, Request
from ui.editor.canvas.shapes import TITLE, WIDTH
from ui.editor.edits.adding import add_node
from ui.editor.edits.wiring import can_insert, insert
from ui.editor.rects import Point
from ui.editor.theme import px

if TYPE_CHECKING:
    from ui.editor.document import Document
    from ui.editor.editor import Editor


class Commands:
    """The canvas without what it draws. has_map: whether the minimap is shown."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self.has_map = True
        self._hands: dict[Document, Gestures] = {}

    def answer(self, request: Request) -> None:
        """Do what a gesture or a menu asks for."""
        raise NotImplementedError

    def let_go(self) -> None:
        """Forget the documents that were closed."""
        opened = self.editor.documents
        self._hands = {known: hand for known, hand in self._hands.items() if known in opened}

    @property
    def hand(self) -> Gestures:
        """The gestures on the document that is shown, with their camera."""
        document = self.editor.document
        if document not in self._hands:
            self._hands[document] = Gestures(document, lambda: bool(self.editor.preferences.snap))
        return self._hands[document]

    def pointer(self) -> Point:
        """The place on the canvas under the mouse, or in the middle when it is elsewhere."""
        hand = self.hand
        x, y = hand.mouse
        inside = 0 <= x <= hand.size[0] and 0 <= y <= hand.size[1]
        return hand.camera.to_canvas((x, y)) if inside else self.middle

    @property
    def middle(self) -> Point:
        """The place on the canvas in the middle of the area."""
        hand = self.hand
        return hand.camera.to_canvas((hand.size[0] / 2, hand.size[1] / 2))

    def sizes(self) -> dict[str, Point]:
        """Width and height of every node, in units of the canvas."""
        stage = self.hand.stage
        stage.show(self.editor.document.graph)
        return {id: (shape.width, shape.height) for id, shape in stage.shapes.items()}

    def fit(self) -> None:
        """See all, as large as it can be."""
        self._fit(None)

    def fit_selected(self) -> None:
        """See all that is selected as large as it can be; all there is when nothing is."""
        self._fit(self.hand.document.selection)

    def _fit(self, ids: frozenset[str] | None) -> None:
        hand = self.hand
        hand.stage.show(hand.document.graph)
        bounds = hand.stage.bounds(ids)
        if bounds:
            hand.camera = fit(bounds, hand.size, largest=self.natural)

    def toggle_map(self) -> None:
        """Show or hide the minimap."""
        self.has_map = not self.has_map

    def zoom(self, steps: int) -> None:
        """Closer by so many steps, or farther, about the middle; 0 for the natural size."""
        hand = self.hand
        about = hand.size[0] / 2, hand.size[1] / 2
        camera = hand.camera
        hand.camera = camera.zoomed(steps, about) if steps else camera.at_zoom(self.natural, about)

    def go_to(self, id: str) -> None:
        """Select a node and see it in the middle."""
        hand = self.hand
        if id not in hand.document.graph.nodes:
            return
        hand.document.select([id])
        hand.stage.show(hand.document.graph)
        x, y, wide, tall = hand.stage.rect(id)
        camera = hand.camera
        if camera.zoom < 0.5:
            camera = camera.at_zoom(0.8, (0, 0))
        hand.camera = camera.centred((x + wide / 2, y + tall / 2), hand.size)

    def open_search(self) -> None:
        """Open the search for node types where the mouse is."""
        hand = self.hand
        x, y = hand.mouse
        if not (0 <= x <= hand.size[0] and 0 <= y <= hand.size[1]):
            x, y = hand.size[0] / 2, hand.size[1] / 3
        self.answer(OpenSearch((x, y), hand.camera.to_canvas((x, y))))

    def add(self, type: str, place: Point, on_wire: bool = False) -> None:
        """Add a node with the middle of its title there, and select it.

        on_wire: it is put into the wire that is there, if it fits.
        """
        spec = self.editor.registry.get(type)
        hand = self.hand
        wire = nearest_wire(hand.stage, place, TITLE / 2) if on_wire else None
        id = ""
        with self.editor.change(f"Add {spec.title if spec else type}") as graph:
            id = add_node(graph, type, (place[0] - WIDTH / 2, place[1] - TITLE / 2))
            if wire and can_insert(graph, id, wire):
                insert(graph, id, wire)
        if id:
            hand.document.select([id])

    def rename_selected(self) -> None:
        """Let the title of a selected node be typed over it."""
        for id in sorted(self.hand.document.selection)[:1]:
            self.answer(EditTitle(id))

    @property
    def natural(self) -> float:
        """Pixels for a unit of the canvas where it has its natural size."""
        return px(100) / 100
