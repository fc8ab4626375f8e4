"""What part of the canvas is seen: zoom and panning, as a plain value."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ui.editor.rects import Point, Rect

#: pixels for one unit of the canvas; few, since letters are drawn anew at each
ZOOMS = (
    *(0.1, 0.125, 0.16, 0.2, 0.25, 0.32, 0.4, 0.5, 0.63, 0.8),
    *(1.0, 1.25, 1.6, 2.0, 2.5, 3.0),
)


@dataclass(frozen=True, slots=True)
class Camera:
    """x, y: the place on the canvas that is seen in the upper left corner. zoom: 0.1 to 3.

    Screen points are pixels from the upper left corner of the canvas's area.
    """

    x: float = -40.0
    y: float = -40.0
    zoom: float = 1.0

    def to_screen(self, at: Point) -> Point:
        """Where a place on the canvas is seen."""
        return (at[0] - self.x) * self.zoom, (at[1] - self.y) * self.zoom

    def to_canvas(self, at: Point) -> Point:
        """The place on the canvas that is seen there."""
        return self.x + at[0] / self.zoom, self.y + at[1] / self.zoom

    def view(self, size: Point) -> Rect:
        """The part of the canvas that is seen; size: of the area, in pixels."""
        return self.x, self.y, size[0] / self.zoom, size[1] / self.zoom

    def panned(self, dx: float, dy: float) -> Camera:
        """What is seen moves by so many pixels, right and down."""
        return replace(self, x=self.x - dx / self.zoom, y=self.y - dy / self.zoom)

    def zoomed(self, steps: float, about: Point) -> Camera:
        """So many steps closer (or, negative, farther); what is seen at ``about`` stays there."""
        nearest = min(range(len(ZOOMS)), key=lambda i: abs(ZOOMS[i] - self.zoom))
        whole = max(1, round(abs(steps))) * (1 if steps > 0 else -1) if steps else 0
        return self.at_zoom(ZOOMS[min(max(nearest + whole, 0), len(ZOOMS) - 1)], about)

    def at_zoom(self, zoom: float, about: Point) -> Camera:
        """With this zoom, within its limits; what is seen at ``about`` stays there."""
        zoom = min(max(zoom, ZOOMS[0]), ZOOMS[-1])
        x, y = self.to_canvas(about)
        return Camera(x - about[0] / zoom, y - about[1] / zoom, zoom)

    def centred(self, at: Point, size: Point) -> Camera:
        """With that place in the middle."""
        return replace(self, x=at[0] - size[0] / 2 / self.zoom, y=at[1] - size[1] / 2 / self.zoom)


def fit(rect: Rect, size: Point, margin: float = 30.0, largest: float = 1.0) -> Camera:
    """The camera that shows all of a rectangle as large as it can, in the middle.

    size: of the area, in pixels. margin: left free around, in pixels. largest: zoom.
    """
    room = max(size[0] - 2 * margin, 1.0), max(size[1] - 2 * margin, 1.0)
    wanted = min(room[0] / max(rect[2], 1.0), room[1] / max(rect[3], 1.0), largest)
    zoom = max(math.floor(wanted * 100) / 100, ZOOMS[0])
    middle = rect[0] + rect[2] / 2, rect[1] + rect[3] / 2
    return Camera(zoom=zoom).centred(middle, size)
