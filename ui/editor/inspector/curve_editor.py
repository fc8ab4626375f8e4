"""A curve to draw: points to drag, a click adds one, a right click removes one."""

from __future__ import annotations

from typing import Any

import dearpygui.dearpygui as dpg
import numpy as np

from graph.document import plain
from graph.parameters import resolve
from nodes.values import Image
from ui.editor.canvas.paint import Color
from ui.editor.inspector import curve
from ui.editor.inspector.looks import Looks
from ui.editor.inspector.number_widget import NumberBox
from ui.editor.inspector.scales import read_number
from ui.editor.inspector.widgets import Widget
from ui.editor.picture import Picture
from ui.editor.theme import px

#: side of the drawing, and how near a click must be to a point, in pixels at scale 1
HEIGHT, REACH = 230, 9
#: what is drawn beyond 0 and 1, and pixels around the drawing at scale 1
MARGIN, BORDER = 0.015, 3
_CHANNELS: tuple[Color, ...] = ((210, 70, 70, 60), (70, 190, 90, 60), (80, 120, 230, 60))
_GREY: tuple[Color, ...] = ((170, 170, 170, 60),)
_LINES: dict[str, Color] = {
    "red": (235, 100, 100, 255),
    "green": (100, 210, 120, 255),
    "blue": (110, 150, 255, 255),
}


class CurveWidget(Widget):
    """A curve through points, with the histogram of the image that it is for behind it."""

    def build(self) -> None:
        self._points: curve.Points = ((0.0, 0.0), (1.0, 1.0))
        self._chosen = 0
        self._handles: list[int] = []
        self._dragging = False
        self._behind: int | None = None
        self._built = False
        looks = self.desk.looks
        line = _LINES.get(self.name, looks.ink.text)
        with dpg.group():
            with dpg.plot(
                width=-1,
                height=px(HEIGHT),
                no_menus=True,
                no_box_select=True,
                no_title=True,
                no_mouse_pos=True,
            ) as self._plot:
                bare = {"no_label": True, "no_tick_labels": True, "no_tick_marks": True}
                with dpg.plot_axis(
                    dpg.mvXAxis, lock_min=True, lock_max=True, **bare
                ) as self._x_axis:
                    dpg.set_axis_limits(self._x_axis, -MARGIN, 1 + MARGIN)
                with dpg.plot_axis(dpg.mvYAxis, lock_min=True, lock_max=True, **bare) as self._axis:
                    dpg.set_axis_limits(self._axis, -MARGIN, 1 + MARGIN)
                    diagonal = dpg.add_line_series([0, 1], [0, 1])
                    self._line = dpg.add_line_series([0, 1], [0, 1])
            self._bind_lines(diagonal, line, looks)
            dpg.bind_item_theme(self._plot, looks.plot(px(BORDER)))
            self._build_numbers()
        self.desk.listening.listen_clicks(self._plot, self._press, self._remove)
        self._color = line

    def _bind_lines(self, diagonal: int, color: Color, looks: Looks) -> None:
        dpg.bind_item_theme(diagonal, looks.line((*color[:3], 50), 1.0))
        dpg.bind_item_theme(self._line, looks.line(color, 2.0))

    def _build_numbers(self) -> None:
        """The chosen point in numbers, to be exact."""
        self._boxes = []
        with dpg.table(header_row=False, policy=dpg.mvTable_SizingStretchProp) as table:
            dpg.bind_item_theme(table, self.desk.looks.tight())
            for weight in (1, 3, 1, 3):
                dpg.add_table_column(init_width_or_weight=weight)
            with dpg.table_row():
                for place, label in enumerate(("In", "Out")):
                    dpg.add_text(label, color=self.desk.looks.ink.dim)
                    self._boxes.append(self._make_box(place))
                    self._boxes[-1].build()

    def _make_box(self, place: int) -> NumberBox:
        def take(number: Any, drag: bool) -> None:
            point = list(self._points[self._chosen])
            point[place] = number
            self._set(curve.move(self._points, self._chosen, point[0], point[1]))

        def read(text: str) -> Any:
            number = read_number(text)
            if not 0 <= number <= 1:
                raise ValueError(f"{number:g} is outside 0 to 1")
            return float(number)

        def tell(sentence: str) -> None:
            self.desk.refuse(self.name, sentence)

        return NumberBox(self.desk, None, "", take, read, tell)

    def show(self, value: Any) -> None:
        points = curve.read_points(value)
        if points is None or (points == self._points and self._built):
            return
        self._built = True
        self._points = points
        self._chosen = min(self._chosen, len(points) - 1)
        dpg.set_value(self._line, list(curve.draw(points)))
        if len(points) != len(self._handles):
            self._make_handles()
        for handle, point in zip(self._handles, points, strict=True):
            dpg.set_value(handle, list(point))
        self._show_chosen()

    def _make_handles(self) -> None:
        for handle in self._handles:
            dpg.delete_item(handle)
        self._handles = [
            dpg.add_drag_point(
                default_value=point,
                color=self._color,
                thickness=px(5),
                parent=self._plot,
                no_fit=True,
                callback=self._drag,
                user_data=number,
            )
            for number, point in enumerate(self._points)
        ]

    def _show_chosen(self) -> None:
        for box, number in zip(self._boxes, self._points[self._chosen], strict=True):
            box.show(number)

    def refresh(self) -> None:
        """Called every frame: a drag that is over is a step; the histogram is that of the image."""
        if self._dragging and not dpg.is_mouse_button_down(dpg.mvMouseButton_Left):
            self._dragging = False
            self.desk.settle()
        picture = self.desk.picture()
        if (id(picture) if picture else None) != self._behind:
            self._behind = id(picture) if picture else None
            self._show_histogram(picture)

    def _show_histogram(self, picture: Picture | None) -> None:
        for series in dpg.get_item_children(self._axis, 1):
            if dpg.get_item_type(series) == "mvAppItemType::mvShadeSeries":
                dpg.delete_item(series)
        if not picture or not isinstance(picture.value, Image) or picture.pyramid is None:
            return
        found = curve.histogram(picture.pyramid.levels)
        colors = _CHANNELS if len(found) == 3 else _GREY
        x = np.linspace(0, 1, len(found[0])).tolist()
        own = {"red": 0, "green": 1, "blue": 2}.get(self.name)
        for channel, (heights, color) in enumerate(zip(found, colors, strict=True)):
            if own is not None and len(found) == 3 and channel != own:
                continue
            series = dpg.add_shade_series(x, heights, parent=self._axis)
            dpg.bind_item_theme(series, self.desk.looks.fill(color))

    # --- what the user does ----------------------------------------------------------------------

    def _hit(self) -> tuple[float, float, int | None]:
        """Where the mouse is on the drawing, and the point there."""
        # Dear PyGui's own answer is old while the mouse is over a handle
        mouse, border = dpg.get_mouse_pos(local=False), px(BORDER)
        left, top = dpg.get_item_rect_min(self._plot)
        size = dpg.get_item_rect_size(self._plot)
        width, height = (max(side - 2 * border, 1) for side in size)
        span = 1 + 2 * MARGIN
        x = (mouse[0] - left - border) / width * span - MARGIN
        y = (top + border + height - mouse[1]) / height * span - MARGIN
        reach = px(REACH) * span / width, px(REACH) * span / height
        return x, y, curve.nearest(self._points, x, y, reach)

    def _press(self) -> None:
        x, y, number = self._hit()
        if number is not None:
            self._chosen = number
            self._show_chosen()
        elif 0 <= x <= 1:
            points, self._chosen = curve.add(self._points, x, y)
            self._set(points)

    def _remove(self) -> None:
        number = self._hit()[2]
        if number is not None:
            self._set(curve.remove(self._points, number))

    def _drag(self, sender: Any, app_data: Any, number: int) -> None:
        if number >= len(self._points):
            return
        x, y = dpg.get_value(sender)[:2]
        self._dragging = True
        self._chosen = number
        points = curve.move(self._points, number, x, y)
        dpg.set_value(sender, list(points[number]))
        self._set(points, drag=True)

    def _set(self, points: curve.Points, drag: bool = False) -> None:
        if points != self._points:
            self.desk.take(self.name, plain(resolve(self.form.parameter, points)), drag)
