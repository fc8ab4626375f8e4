"""Zoom and pan of a viewer, as a plain value: which part of an image its area shows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

Point = tuple[float, float]

#: pixels of the screen for one of the image
SMALLEST, LARGEST = 0.05, 16.0
ZOOMS = (
    *(0.05, 0.0625, 0.0833, 0.125, 0.1667, 0.25, 0.3333, 0.5, 0.6667),
    *(1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0),
)


@dataclass(frozen=True, slots=True)
class Lens:
    """x, y: image coordinates seen in the upper left corner; 0 is the edge of the first pixel.

    zoom: pixels of the screen for one of the image. Screen points are pixels from the upper left
    corner of the viewer's area; sizes are (width, height).
    """

    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0

    def to_image(self, at: Point) -> Point:
        """The place in the image that is seen there."""
        return self.x + at[0] / self.zoom, self.y + at[1] / self.zoom

    def to_screen(self, at: Point) -> Point:
        """Where a place in the image is seen."""
        return (at[0] - self.x) * self.zoom, (at[1] - self.y) * self.zoom

    def panned(self, dx: float, dy: float) -> Lens:
        """What is seen moves by so many pixels, right and down."""
        return replace(self, x=self.x - dx / self.zoom, y=self.y - dy / self.zoom)

    def zoomed(self, steps: float, about: Point) -> Lens:
        """So many steps closer (or, negative, farther); what is seen at ``about`` stays there."""
        zoom = self.zoom
        for _ in range(max(1, round(abs(steps))) if steps else 0):
            zoom = next_zoom(zoom, steps > 0)
        return self.at_zoom(zoom, about)

    def at_zoom(self, zoom: float, about: Point) -> Lens:
        """With this zoom, within 5 to 1600 %; what is seen at ``about`` stays there.

        A lens that is farther away already, to show a very large image whole, may stay so.
        """
        zoom = min(max(zoom, min(SMALLEST, self.zoom)), LARGEST)
        x, y = self.to_image(about)
        return Lens(x - about[0] / zoom, y - about[1] / zoom, zoom)

    def clamped(self, area: Point, image: Point) -> Lens:
        """The nearest lens in whose middle there is some of the image."""
        middle = [
            min(max(place + side / 2 / self.zoom, 0.0), length)
            for place, side, length in zip((self.x, self.y), area, image, strict=True)
        ]
        return centred((middle[0], middle[1]), area, self.zoom)

    def resized(self, before: Point, after: Point) -> Lens:
        """The lens of an area that has another size now: the middle stays."""
        return centred(self.to_image((before[0] / 2, before[1] / 2)), after, self.zoom)


def next_zoom(zoom: float, closer: bool) -> float:
    """The next step of the zoom, or the last one."""
    if closer:
        return next((step for step in ZOOMS if step > zoom * 1.001), ZOOMS[-1])
    return next((step for step in reversed(ZOOMS) if step < zoom * 0.999), min(zoom, ZOOMS[0]))


def centred(at: Point, area: Point, zoom: float) -> Lens:
    """A lens with that place of the image in the middle of the area."""
    return Lens(at[0] - area[0] / 2 / zoom, at[1] - area[1] / 2 / zoom, zoom)


def fit(area: Point, image: Point) -> Lens:
    """All of an image in the middle of an area; a small one magnified by a whole number."""
    zoom = min(max(area[0], 1) / image[0], max(area[1], 1) / image[1])
    if zoom >= 1:
        zoom = min(math.floor(zoom), LARGEST)
    return centred((image[0] / 2, image[1] / 2), area, zoom)


def read_zoom(text: str) -> float | None:
    """The zoom that was typed: ``50``, ``50 %`` or ``1:2``; None for anything else."""
    text = text.strip().removesuffix("%").strip()
    try:
        if ":" in text:
            screen, image = text.split(":")
            zoom = float(screen) / float(image)
        else:
            zoom = float(text.replace(",", ".")) / 100
    except (ValueError, ZeroDivisionError):
        return None
    return min(max(zoom, SMALLEST), LARGEST) if math.isfinite(zoom) and zoom > 0 else None


def write_zoom(zoom: float) -> str:
    """``50 %``, ``33.3 %``, ``5.25 %``."""
    return f"{100 * zoom:.3g} %" if zoom < 1 else f"{100 * zoom:.4g} %"
