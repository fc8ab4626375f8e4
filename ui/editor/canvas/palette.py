"""The palette: every node type by family, to drag onto the canvas or add by a double click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dearpygui.dearpygui as dpg

from ui.editor.canvas.node_search import Found, by_title, find
from ui.editor.canvas.paint import family_color
from ui.editor.theme import px

if TYPE_CHECKING:
    from ui.editor.editor import Editor

#: what is dragged from here; the canvas takes it
PAYLOAD = "node"


class Palette:
    """The panel of node types."""

    kind = "palette"

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self._shown: tuple[int, str, int] | None = None
        self._text = ""
        self._opened: dict[str, bool] = {}

    def build(self, parent: int | str = 0) -> None:
        """Make the widgets: in a window of their own unless a parent is given."""
        if not parent:
            parent = dpg.add_window(label="Palette", tag="palette", use_internal_label=False)
        dpg.add_input_text(
            tag="palette:filter",
            parent=parent,
            width=-1,
            hint="Filter",
            callback=self._on_filter,
            escape_clears_all=True,
        )
        dpg.add_child_window(tag="palette:list", parent=parent, border=False)
        with dpg.theme() as flat, dpg.theme_component(dpg.mvAll):
            dpg.add_theme_style(dpg.mvStyleVar_ItemSpacing, 5, 2)
            dpg.add_theme_style(dpg.mvStyleVar_IndentSpacing, 12)
        dpg.bind_item_theme("palette:list", flat)

    def sync(self) -> None:
        """Fill the list when the filter or the node types are others."""
        key = len(self.editor.registry), self._text, px(100)
        if key != self._shown:
            self._shown = key
            self._fill()

    def open(self) -> None:
        """Show the panel."""
        dpg.show_item("palette")
        dpg.focus_item("palette")

    # --- inside ----------------------------------------------------------------------------------

    def _on_filter(self, sender: Any, text: str) -> None:
        self._text = text

    def _fill(self) -> None:
        for header in dpg.get_item_children("palette:list", 1) or []:
            family = dpg.get_item_user_data(header)
            if isinstance(family, str) and not self._filtered:
                self._opened[family] = bool(dpg.get_value(header))
        dpg.delete_item("palette:list", children_only=True)
        offered = [Found(spec) for spec in by_title(self.editor.registry)]
        if self._text.strip():
            self._filtered = True
            for found in find(self._text, offered):
                self._add(found, "palette:list")
            return
        self._filtered = False
        families: dict[str, list[Found]] = {}
        for found in offered:
            families.setdefault(found.spec.family, []).append(found)
        for family, members in families.items():
            node = dpg.add_tree_node(
                label=family.replace("_", " ").capitalize() if len(family) > 2 else family.upper(),
                parent="palette:list",
                default_open=self._opened.get(family, True),
                user_data=family,
                span_full_width=True,
            )
            for found in members:
                self._add(found, node)

    _filtered = False

    def _add(self, found: Found, parent: int | str) -> None:
        spec = found.spec
        with dpg.group(horizontal=True, parent=parent, horizontal_spacing=4):
            with dpg.drawlist(px(10), px(16)):
                dpg.draw_rectangle(
                    (0, px(4)),
                    (px(9), px(14)),
                    rounding=2,
                    color=(0, 0, 0, 0),
                    fill=family_color(spec.family),
                )
            label = f"{spec.title}  ({found.name})" if found.name else spec.title
            item = dpg.add_selectable(
                label=f"{label}##{spec.id}", tag=f"palette:{spec.id}", callback=self._on_click
            )
        with dpg.drag_payload(parent=item, drag_data=spec.id, payload_type=PAYLOAD):
            dpg.add_text(spec.title)
        with dpg.item_handler_registry() as handlers:
            dpg.add_item_double_clicked_handler(callback=self._on_double, user_data=spec.id)
        dpg.bind_item_handler_registry(item, handlers)
        with dpg.tooltip(item, delay=0.5):
            dpg.add_text(spec.summary, wrap=px(320))
            known = ", ".join(getattr(spec, "known_as", ()))
            if known:
                dpg.add_text(f"Known as {known}", wrap=px(320), color=(150, 155, 164))

    def _on_click(self, sender: Any) -> None:
        dpg.set_value(sender, False)  # nothing here stays selected

    def _on_double(self, sender: Any, app_data: Any, type: str) -> None:
        canvas = self.editor.panels.get("canvas")
        if canvas:
            canvas.add(type, canvas.middle)
