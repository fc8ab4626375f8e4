"""What a right click offers: by what is under the mouse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graph.spec import REQUIRED
from ui.editor import edits
from ui.editor.canvas.hits import Hit
from ui.editor.canvas.requests import AskFile, Choose, EditMark, EditNumber, OpenSearch, ShowNode
from ui.editor.canvas.shapes import label
from ui.editor.inspector.setting import reset
from ui.editor.rects import Point

if TYPE_CHECKING:
    from ui.editor.canvas.panel import Canvas
    from ui.editor.editor import Editor

#: of frames: what people call them, and how files do
COLORS = {
    "Blue": "#40608c",
    "Green": "#44704c",
    "Ochre": "#86702e",
    "Red": "#8a4440",
    "Violet": "#6a5090",
    "Grey": "#5a6068",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """An entry of the menu. keys: its shortcut. enabled: whether it can be done now."""

    title: str
    do: Callable[[], Any]
    keys: str = ""
    enabled: bool = True


#: None is a line between entries
Offers = list[Offer | None]

_ON_NODE = (
    *("run.here", "", "node.bypass", "node.mute", "node.collapse", "node.rename", ""),
    *("edit.cut", "edit.copy", "edit.duplicate", "edit.delete", "edit.delete_reconnect"),
    *("edit.extract", "", "edit.upstream", "edit.downstream", "node.frame"),
)
_ON_NOTHING = (
    *("node.add", "edit.paste", "node.note", "", "edit.all", "node.arrange", "view.fit", ""),
    "run.all",
)


def find_offers(hit: Hit, at: Point, editor: Editor, canvas: Canvas) -> Offers:
    """The entries of the menu; at: where it is opened, in pixels of the area."""
    document = editor.document
    graph = document.graph
    place = canvas.hand.camera.to_canvas(at)
    offers: Offers = []
    if hit.kind == "wire" and hit.end in graph.links:
        return _of_wire(hit, editor, canvas, place)
    if hit.mark:
        return _of_mark(hit, editor, canvas)
    if hit.kind == "pin":
        end = hit.id, hit.name
        offers.append(
            Offer("Add node here…", lambda: canvas.answer(OpenSearch(at, place, end, hit.output)))
        )
        fed = [end] if not hit.output else [t for t, s in graph.links.items() if s == end]
        fed = [target for target in fed if target in graph.links]

        def cut() -> None:
            with editor.change(f"Disconnect {'.'.join(end)}") as changed:
                edits.disconnect(changed, fed)

        offers += [Offer("Disconnect", cut, enabled=bool(fed)), None]
    elif hit.kind == "field":
        offers += [*_of_field(hit, editor, canvas), None]
    if hit.id:
        replace = OpenSearch(at, place, instead=hit.id)
        offers.append(Offer("Show in viewer", lambda: canvas.answer(ShowNode(hit.id))))
        offers.append(Offer("Replace by…", lambda: canvas.answer(replace)))
        return offers + _actions(_ON_NODE, editor)
    return _actions(_ON_NOTHING, editor)


def _actions(ids: tuple[str, ...], editor: Editor) -> Offers:
    from ui.editor.actions import ACTIONS

    known = {action.id: action for action in ACTIONS}
    found: Offers = []
    for id in ids:
        action = known.get(id)
        if not id:
            found.append(None)
        elif action:
            keys = action.keys[0] if action.keys else ""
            found.append(
                Offer(action.title, _bound(action.do, editor), keys, action.enabled(editor))
            )
    return found


def _bound(do: Callable[[Any], Any], editor: Editor) -> Callable[[], Any]:
    return lambda: do(editor)


def _of_wire(hit: Hit, editor: Editor, canvas: Canvas, place: Point) -> Offers:
    end = hit.end
    assert end is not None
    source = editor.document.graph.links[end]

    def cut() -> None:
        with editor.change("Cut wire") as graph:
            edits.disconnect(graph, [end])

    def joint() -> None:
        with editor.change("Add joint") as graph:
            edits.add_joint(graph, end, (place[0] - 15, place[1] - 8))

    return [
        Offer("Cut", cut),
        Offer("Add joint", joint),
        None,
        Offer(f"Go to {source[0]}", lambda: canvas.go_to(source[0])),
        Offer(f"Go to {end[0]}", lambda: canvas.go_to(end[0])),
    ]


def _of_mark(hit: Hit, editor: Editor, canvas: Canvas) -> Offers:
    assert hit.mark is not None
    mark = hit.mark
    kind, number = mark

    def remove() -> None:
        with editor.change(f"Delete {kind.removesuffix('s')}") as graph:
            edits.remove_marks(graph, [mark])

    def paint(color: str | None) -> Callable[[], None]:
        def act() -> None:
            with editor.change(f"Colour of {kind.removesuffix('s')}") as graph:
                edits.set_color(graph, kind, number, color)

        return act

    edit = Offer("Rename" if kind == "frames" else "Edit", lambda: canvas.answer(EditMark(mark)))
    if kind == "notes":
        return [edit, None, Offer("Delete", remove, "Delete")]
    inside, document = canvas.hand.stage.inside(number), editor.document
    return [
        edit,
        Offer("Select what is inside", lambda: document.select(inside.ids, inside.marks)),
        None,
        *(Offer(f"{name}", paint(color)) for name, color in COLORS.items()),
        None,
        Offer("Delete frame", remove, "Delete"),
    ]


def _of_field(hit: Hit, editor: Editor, canvas: Canvas) -> Offers:
    document = editor.document
    spec = document.graph.spec(hit.id)
    parameter = spec.params.get(hit.name) if spec else None
    if parameter is None:
        return []
    source = document.graph.links.get((hit.id, hit.name))
    if source:
        return [Offer(f"Go to {source[0]}", lambda: canvas.go_to(source[0]))]
    offers: Offers = []
    if parameter.kind in ("number", "integer"):
        offers.append(Offer("Type a number…", lambda: canvas.answer(EditNumber(hit.id, hit.name))))
    elif parameter.kind == "choice":
        offers.append(Offer("Choose…", lambda: canvas.answer(Choose(hit.id, hit.name))))
    elif parameter.kind in ("file", "output"):
        offers.append(Offer("Choose a file…", lambda: canvas.answer(AskFile(hit.id, hit.name))))
    can = parameter.default is not REQUIRED
    name = f"Reset {label(hit.name)}"
    offers.append(Offer(name, lambda: reset(document, [hit.id], [hit.name]), enabled=can))
    return offers
