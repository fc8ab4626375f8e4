"""The search for node types: a field and a list, over the canvas."""

from __future__ import annotations

from typing import Any

import dearpygui.dearpygui as dpg

from graph.errors import LinearLinkError
from graph.model import End
from ui.editor.canvas.camera import Point
from ui.editor.canvas.node_search import Found, find, offer
from ui.editor.canvas.paint import family_color
from ui.editor.canvas.shapes import TITLE, WIDTH, label
from ui.editor.edits import add_linked, add_node, replace_type
from ui.editor.input import Input
from ui.editor.letters import cut
from ui.editor.theme import TEXT, px

_ROWS, _WIDE, _TITLE_ROOM = 14, 560, 200.0
_RECENT = 6


class SearchPopup:
    """Opens where a node is wanted: Enter or a click adds it, Escape or a click elsewhere not."""

    def __init__(self, editor: Any) -> None:
        self.editor = editor
        self.recent: list[str] = []
        self._place: Point = (0.0, 0.0)
        self._end: tuple[End, bool] | None = None
        self._instead = ""
        self._offered: list[Found] = []
        self._found: list[Found] = []
        self._row = 0  # the one that Enter takes
        self._first = 0  # the first that is seen
        self._rows: list[tuple[Any, Any, Any]] = []
        self._waits = 0
        self.is_open = False

    def build(self) -> None:
        """Make the window, hidden."""
        with dpg.window(
            tag="search",
            show=False,
            no_title_bar=True,
            no_resize=True,
            no_move=True,
            no_scrollbar=True,
            no_scroll_with_mouse=True,
            no_collapse=True,
            no_saved_settings=True,
            autosize=True,
        ):
            dpg.add_input_text(
                tag="search:text", width=px(_WIDE), hint="Find a node type", callback=self._on_text
            )
            with dpg.table(
                header_row=False,
                policy=dpg.mvTable_SizingFixedFit,
                width=px(_WIDE),
                tag="search:list",
            ):
                for wide in (14, _TITLE_ROOM, _WIDE - _TITLE_ROOM - 40):
                    dpg.add_table_column(width_fixed=True, init_width_or_weight=px(wide))
                for number in range(_ROWS):
                    with dpg.table_row(tag=f"search:row:{number}"):
                        with dpg.drawlist(px(12), px(18)):
                            chip = dpg.draw_rectangle(
                                (1, px(3)), (px(11), px(14)), rounding=2, color=(0, 0, 0, 0)
                            )
                        title = dpg.add_selectable(
                            tag=f"search:{number}",
                            span_columns=True,
                            callback=self._on_click,
                            user_data=number,
                        )
                        text = dpg.add_text("")
                    self._rows.append((chip, title, text))
            dpg.add_text("", tag="search:more")

    def open(
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
        self._instead = instead
        self._place = place
        self._end = (end, output) if end else None
        self._offered = offer(self.editor.document.graph, end, output)
        dpg.set_value("search:text", "")
        hint = f"Find a node type that fits {'.'.join(end)}" if end else "Find a node type"
        hint = f"Find what takes the place of {instead}" if instead else hint
        dpg.configure_item("search:text", hint=hint)
        self._search()
        wide, tall = px(_WIDE) + 20, px(27) * (_ROWS + 2)
        room = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
        x = max(min(at[0] - 20, room[0] - wide), 0)
        y = max(min(at[1] - 14, room[1] - tall), 0)
        dpg.configure_item("search", pos=(int(x), int(y)), show=True)
        dpg.focus_item("search")
        self._waits = 2
        self.is_open = True

    def close(self) -> None:
        """Close it and add nothing."""
        dpg.configure_item("search", show=False)
        self.is_open = False

    def sync(self) -> None:
        """Look after the mouse: a click elsewhere closes it."""
        if not self.is_open:
            return
        if self._waits:
            self._waits -= 1
            if not self._waits:
                dpg.focus_item("search:text")
            return
        if any(dpg.is_mouse_button_clicked(button) for button in (0, 1)) and not self._is_over():
            self.close()

    def on_input(self, event: Input) -> bool:
        """Take a key or the wheel."""
        if event.kind == "wheel":
            self._go(-round(event.steps) * 3)
            return True
        if event.kind != "key":
            return False
        match event.key:
            case "Escape":
                self.close()
            case "Enter":
                self._pick(self._row)
            case "Down" | "Tab":
                self._go(1)
            case "Up":
                self._go(-1)
            case "PageDown":
                self._go(_ROWS - 1)
            case "PageUp":
                self._go(1 - _ROWS)
        return True

    # --- inside ----------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        x, y = dpg.get_mouse_pos(local=False)
        left, top = dpg.get_item_pos("search")
        wide, tall = dpg.get_item_rect_size("search")
        return bool(left <= x <= left + wide and top <= y <= top + tall)

    def _on_text(self) -> None:
        self._search()

    def _search(self) -> None:
        self._found = find(dpg.get_value("search:text"), self._offered, self.recent)
        self._row = self._first = 0
        self._fill()

    def _go(self, steps: int) -> None:
        last = max(len(self._found) - 1, 0)
        self._row = min(max(self._row + steps, 0), last)
        self._first = min(self._first, self._row)
        self._first = max(self._first, self._row - _ROWS + 1)
        self._fill()

    def _fill(self) -> None:
        size = float(px(TEXT))
        for number, (chip, title, text) in enumerate(self._rows):
            place = self._first + number
            shown = place < len(self._found)
            dpg.configure_item(f"search:row:{number}", show=shown)
            if not shown:
                continue
            found = self._found[place]
            dpg.configure_item(chip, fill=family_color(found.spec.family))
            hint = f"  ({found.name})" if found.name else ""
            name = cut(found.spec.title + hint, size, px(_TITLE_ROOM))
            dpg.configure_item(title, label=f"{name}##{place}")
            dpg.set_value(title, place == self._row)
            said = f"{label(found.end)}:  " if found.end else ""
            room = px(_WIDE - _TITLE_ROOM - 44)
            dpg.set_value(text, cut(said + found.spec.summary, size, room))
        more = len(self._found) - _ROWS
        words = f"{more} more …" if more > 0 else "" if self._found else "Nothing is called so."
        dpg.configure_item("search:more", default_value=words, show=bool(words))

    def _on_click(self, sender: Any, app_data: Any, number: int) -> None:
        self._pick(self._first + number)

    def _pick(self, place: int) -> None:
        if not self.is_open or place >= len(self._found):
            return
        self.close()
        spec = self._found[place].spec
        self.recent = [spec.id, *(id for id in self.recent if id != spec.id)][:_RECENT]
        document = self.editor.document
        x, y = self._place
        try:
            name = f"Replace {self._instead} by" if self._instead else "Add"
            with document.change(f"{name} {spec.title}") as graph:
                if self._instead:
                    id = self._instead
                    replace_type(graph, id, spec.id)
                elif self._end is None:
                    id = add_node(graph, spec.id, (x - WIDTH / 2, y - TITLE / 2))
                else:
                    end, output = self._end
                    corner = (x if output else x - WIDTH, y - TITLE - 14)
                    id = add_linked(graph, spec.id, corner, end, output)
        except LinearLinkError as error:
            self.editor.tell("error", str(error))
            return
        document.select([id])
