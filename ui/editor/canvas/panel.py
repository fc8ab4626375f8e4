"""The canvas: the graph drawn, and what the hand does to it."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import dearpygui.dearpygui as dpg

from graph.errors import LinearLinkError
from ui.editor.canvas.asking import ask_parameter_file
from ui.editor.canvas.camera import Camera, fit
from ui.editor.canvas.commands import Commands
from ui.editor.canvas.drawlist import Drawlist
from ui.editor.canvas.entry import Entry
from ui.editor.canvas.gestures import Gestures
from ui.editor.canvas.hits import EMPTY, Hit
from ui.editor.canvas.hover import draw_tip, tell
from ui.editor.canvas.paint import DARK, LIGHT, Item, Paint
from ui.editor.canvas.palette import PAYLOAD
from ui.editor.canvas.requests import (
    AskFile,
    Choose,
    EditMark,
    EditNumber,
    EditTitle,
    OpenMenu,
    OpenSearch,
    Request,
    ShowNode,
    Tell,
)
from ui.editor.canvas.scene import Scene, Sight
from ui.editor.canvas.seek import describe, seek
from ui.editor.canvas.textures import Textures
from ui.editor.input import Input
from ui.editor.inspector.preset_list import drop
from ui.editor.rects import Point, Rect

if TYPE_CHECKING:
    from ui.editor.canvas.context_menu import ContextMenu
    from ui.editor.canvas.search_popup import SearchPopup
    from ui.editor.document import Document
    from ui.editor.editor import Editor

#: seconds that the mouse rests before something is said of what is under it
_REST = 0.35


class Canvas(Commands):
    """The panel that shows the graph of the document.

    area: the item whose hover means that the mouse is over the canvas. moving: whether the next
    frame will look otherwise although nothing happens.
    """

    kind = "canvas"

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.area: int | str = ""
        self.moving = False
        self.search: SearchPopup | None = None  # and the menu: set by whoever makes them
        self.menu: ContextMenu | None = None
        self._scene = Scene()
        self._window: int | str = ""
        self._drawlist: Drawlist | None = None
        self._textures = Textures()
        self._entry = Entry(self)
        self._seen: Any = None
        self._shown: Document | None = None
        self._rested = 0.0  # since when the mouse has been over the same thing
        self._told: tuple[Hit, bool] = (EMPTY, False)
        self._space: tuple[bool, bool] = (False, False)  # held; used to pan
        self._first: WeakKeyDictionary[Document, Camera] = WeakKeyDictionary()

    # --- the panel -------------------------------------------------------------------------------

    def build(self, parent: int | str = 0) -> None:
        """Make the widgets: in a window of their own unless a parent is given."""
        if not parent:
            parent = dpg.add_window(
                label="Canvas",
                tag="canvas",
                use_internal_label=False,
                no_scrollbar=True,
                no_scroll_with_mouse=True,
                no_close=True,
                no_collapse=True,
            )
            with dpg.theme() as bare, dpg.theme_component(dpg.mvWindowAppItem):
                dpg.add_theme_style(dpg.mvStyleVar_WindowPadding, 0, 0)
            dpg.bind_item_theme(parent, bare)
        self._window = parent
        group = dpg.add_group(
            parent=parent, drop_callback=self._on_drop, payload_type=PAYLOAD, tag="canvas:drop"
        )
        self._drawlist = Drawlist(group)
        self.area = self._drawlist.item
        self._entry.build()

    def sync(self) -> None:
        """Draw what differs from the frame before."""
        assert self._drawlist is not None
        hand = self.hand
        size = self._room()
        if size != hand.size or self._shown is not self.editor.document:
            hand.size = size
            self._drawlist.resize(size)
            self._show_all_at_first(hand)
            self._shown = self.editor.document
            self.let_go()
        self._look_at_space(hand)
        self._entry.sync()
        states = self.editor.states
        pulled = hand.pull(dpg.get_delta_time())
        changed = hand.refresh()
        sight = self._sight(hand)
        self.moving = self.moving or pulled
        seen = sight, states.revision, self.editor.document.revision
        if not changed and seen == self._seen:
            return
        self._seen = seen
        if changed:  # what the mouse rests on may have gone
            self._help(hand)
        self._drawlist.show(self._scene.see(hand.stage, sight), hand.camera)
        self._textures.drop_old()

    def on_input(self, event: Input) -> bool:
        """Take one input; whether the canvas did something with it."""
        hand = self.hand
        x, y = self.corner()
        mods = event.mods | {"space"} if self._space[0] else event.mods
        event = dataclasses.replace(event, x=event.x - x, y=event.y - y, mods=mods)
        if event.kind == "key":
            return self._take_key(event, hand)
        if event.kind == "press":
            self._entry.close()
            if self._space[0]:
                self._space = True, True
        before = hand.hover
        try:
            asked = hand.take(event)
        except LinearLinkError as error:
            self.editor.tell("error", str(error))
            asked = []
        if event.kind != "move" or hand.hover != before:
            self._rested = time.monotonic()
            self._help(hand)
        for request in asked:
            self.answer(request)
        return True

    def on_leave(self) -> None:
        """The mouse is elsewhere."""
        hand = self.hand
        if hand.going is None and hand.hover != EMPTY:
            hand.hover = EMPTY
            self._help(hand)

    # --- for tests -------------------------------------------------------------------------------

    def where(self, kind: str, *of: Any) -> list[float] | None:
        """The middle of something in pixels of the window: a way for tests to find it.

        ``pin, node, name, is an output``; ``field``, ``title``, ``node`` or ``badge, node``;
        ``place, x, y`` on the canvas; ``frame`` or ``note`` or ``corner, list, number``; ``wire,
        node, name``; ``map``; ``area``.
        """
        hand = self.hand
        hand.stage.show(self.editor.document.graph, hand.held)
        at = seek(hand, kind, *of)
        corner = self.corner()
        return [at[0] + corner[0], at[1] + corner[1]] if at else None

    def describe(self) -> dict[str, Any]:
        """What the canvas shows: for tests."""
        return describe(self.hand) | {"typing": self._entry.takes_keys}

    # --- inside ----------------------------------------------------------------------------------

    def _room(self) -> Point:
        wide, tall = dpg.get_item_rect_size(self._window) if self._window else (0, 0)
        bar = self.corner()[1] - dpg.get_item_pos(self._window)[1] if self._window else 0.0
        return max(float(wide), 50.0), max(float(tall) - max(bar, 0.0), 50.0)

    def corner(self) -> Point:
        """Where the area begins, in pixels of the window."""
        if not self.area or not dpg.does_item_exist(self.area):
            return 0.0, 0.0
        x, y = dpg.get_item_rect_min(self.area)
        return float(x), float(y)

    def _show_all_at_first(self, hand: Gestures) -> None:
        """See all of a graph, in whatever room there is, until the user looks elsewhere."""
        if self._first.get(hand.document, hand.camera) is hand.camera:
            hand.stage.show(hand.document.graph)
            bounds = hand.stage.bounds()
            if bounds:
                hand.camera = fit(bounds, hand.size, largest=self.natural)
            # in an empty graph the view stays where the first nodes are put
            self._first[hand.document] = hand.camera if bounds else Camera()

    def _sight(self, hand: Gestures) -> Sight:
        paint = LIGHT if self.editor.preferences.theme == "light" else DARK
        overlay = hand.draw(paint) + tuple(self._tip(hand, paint))
        return Sight(
            camera=hand.camera,
            size=hand.size,
            states=self.editor.states,
            selection=hand.document.selection,
            hover=hand.hover,
            chosen=hand.document.marks,
            lit=hand.lit,
            fits=hand.fits,
            pictures=self._textures.of(self.editor.thumbnails),
            map=hand.map if self.has_map else None,
            overlay=overlay,
            paint=paint,
        )

    def _tip(self, hand: Gestures, paint: Paint) -> list[Item]:
        """What is said of what the mouse rests on."""
        popup = self._entry.is_open or not dpg.is_item_hovered(self.area)
        quiet = hand.going is None and not popup and hand.hover != EMPTY
        waited = time.monotonic() - self._rested
        self.moving = quiet and waited < _REST
        if not quiet or waited < _REST:
            return []
        lines = tell(hand.hover, hand.stage, self.editor)
        return draw_tip(lines, hand.mouse, hand.size, paint, self.natural)

    def _help(self, hand: Gestures) -> None:
        lines = tell(hand.hover, hand.stage, self.editor) if hand.hover != EMPTY else []
        self.editor.help = lines[0].text if lines else ""

    def _look_at_space(self, hand: Gestures) -> None:
        """Space with a drag pans; space alone opens the search when it is let go."""
        held, used = self._space
        if held and not dpg.is_key_down(dpg.mvKey_Spacebar):
            self._space = False, False
            if not used and hand.going is None:
                self.open_search()

    def _take_key(self, event: Input, hand: Gestures) -> bool:
        if event.key == "Escape":
            return hand.cancel()
        if event.mods - {"space"}:
            return False
        if event.key == "Space":
            self._space = True, self._space[0] and self._space[1]
            return True
        if event.key == "Tab" and hand.going is None:
            self.open_search()
            return True
        return False

    def answer(self, request: Request) -> None:
        """Do what a gesture or a menu asks for."""
        corner = self.corner()
        match request:
            case OpenSearch(at, place, end, output, instead) if self.search:
                where = at[0] + corner[0], at[1] + corner[1]
                self.search.search(where, place, end, output, instead)
            case OpenMenu(hit, at) if self.menu:
                self.menu.open(hit, (at[0] + corner[0], at[1] + corner[1]))
            case Tell(text):
                self.editor.tell("warning", text)
            case ShowNode(id):
                self.editor.document.select([id])
                viewer = self.editor.panels.get(f"viewer {self.editor.viewer}")
                if viewer:
                    viewer.open()
            case AskFile(id, name):
                ask_parameter_file(self.editor, id, name)
            case EditNumber() | EditTitle() | EditMark() | Choose():
                self._entry.open(request)

    def _on_drop(self, sender: Any, data: Any) -> None:
        """Something was dropped here: a node type of the palette, or a preset as (kind, name)."""
        x, y = dpg.get_mouse_pos(local=False)
        corner = self.corner()
        place = self.hand.camera.to_canvas((x - corner[0], y - corner[1]))
        if isinstance(data, str):
            self.add(data, place, on_wire=True)
        else:
            drop(self.editor, data, self.hand.look((x - corner[0], y - corner[1])).id, place)

    def on_screen(self, rect: Rect, of: Point) -> Rect:
        """A rectangle at a place of the canvas, in pixels of the window."""
        camera, corner = self.hand.camera, self.corner()
        x, y = camera.to_screen((of[0] + rect[0], of[1] + rect[1]))
        return x + corner[0], y + corner[1], rect[2] * camera.zoom, rect[3] * camera.zoom
