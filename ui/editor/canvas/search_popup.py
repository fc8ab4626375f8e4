"""The search for node types, over the canvas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from graph.model import End
from ui.editor.canvas.node_search import Found, find, offer
from ui.editor.canvas.paint import family_color
from ui.editor.canvas.shapes import TITLE, WIDTH, label
from ui.editor.edits import add_linked, add_node, replace_type
from ui.editor.rects import Point
from ui.editor.shell.picker import Listing, Pick, Picker

if TYPE_CHECKING:
    from ui.editor.editor import Editor

_HINT = "Find a node type"
#: of its columns: title, no keys, what it gives
_WIDE = (200, 0, 316)
_RECENT = 6


class Types(Listing):
    """Node types to choose from, by what people call them."""

    def __init__(
        self, offered: list[Found], recent: list[str], take: Callable[[Found], None]
    ) -> None:
        super().__init__()
        self._types, self._recent, self._take = offered, recent, take
        self.search("")

    def search(self, query: str) -> None:
        """Show what fits, best first; what was used last where nothing is typed."""
        self.found = [self._pick(found) for found in find(query, self._types, self._recent)]
        self.row = self.first = 0

    def _pick(self, found: Found) -> Pick:
        hint = f"  ({found.name})" if found.name else ""
        said = f"{label(found.end)}:  " if found.end else ""
        return Pick(
            found.spec.title + hint,
            lambda: self._take(found),
            note=said + found.spec.summary,
            color=family_color(found.spec.family),
        )


class SearchPopup(Picker):
    """Opens where a node is wanted: taking a type adds one."""

    def __init__(self, editor: Editor) -> None:
        super().__init__("search", _HINT, wide=_WIDE, patches=True)
        self.editor = editor
        self.recent: list[str] = []

    def search(
        self,
        at: Point,
        place: Point,
        end: End | None = None,
        output: bool = False,
        instead: str = "",
    ) -> None:
        """Open it. at: in pixels of the window. place: of the new node, on the canvas.

        end, output: the open wire that the new node is linked to. instead: the node that becomes
        one of the type chosen.
        """

        def take(found: Found) -> None:
            self._take_type(found, place, (end, output) if end else None, instead)

        hint = f"{_HINT} that fits {'.'.join(end)}" if end else _HINT
        hint = f"Find what takes the place of {instead}" if instead else hint
        offered = offer(self.editor.document.graph, end, output)
        self.open_at(at[0] - 20, at[1] - 14, Types(offered, self.recent, take), hint)

    def _take_type(
        self, found: Found, place: Point, wire: tuple[End, bool] | None, instead: str
    ) -> None:
        spec = found.spec
        self.recent = [spec.id, *(id for id in self.recent if id != spec.id)][:_RECENT]
        x, y = place
        id = instead
        done = False
        with self.editor.change(f"{f'Replace {id} by' if id else 'Add'} {spec.title}") as graph:
            if instead:
                replace_type(graph, instead, spec.id)
            elif wire is None:
                id = add_node(graph, spec.id, (x - WIDTH / 2, y - TITLE / 2))
            else:
                end, output = wire
                corner = (x if output else x - WIDTH, y - TITLE - 14)
                id = add_linked(graph, spec.id, corner, end, output)
            done = True
        if done:
            self.editor.document.select([id])
