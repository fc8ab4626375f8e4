"""Telling a double click from two clicks, on machines that are hard at work as well."""

from __future__ import annotations

from ui.editor.rects import Point

#: seconds between the two presses, and frames: while frames are slow, time says nothing
_SECONDS, _FRAMES = 0.3, 3
#: pixels that the mouse may move between them
_APART = 6.0


class Clicks:
    """The last press of a mouse button."""

    def __init__(self) -> None:
        self._last: tuple[int, Point, int, float] | None = None

    def take(self, button: int, at: Point, frame: int, now: float) -> bool:
        """Note a press; whether it makes a double click with the one before.

        at: pixels. frame: the number of the frame in which it was seen. now: seconds.
        """
        last, self._last = self._last, (button, at, frame, now)
        if last is None or last[0] != button:
            return False
        near = max(abs(at[0] - last[1][0]), abs(at[1] - last[1][1])) <= _APART
        soon = now - last[3] <= _SECONDS or frame - last[2] <= _FRAMES
        if near and soon:
            self._last = None  # a third press begins anew
        return near and soon
