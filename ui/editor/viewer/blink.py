"""Blinking of frames: which one is shown when, and which is made meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

#: frames a second
RATES = (0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(slots=True)
class Blink:
    """A player of frames. item: the frame asked for. rate: frames a second at most.

    A frame that is not made yet is waited for; the player never skips one.
    """

    item: int = 0
    rate: float = 2.0
    playing: bool = False
    _since: float = 0.0

    def play(self, now: float) -> None:
        """Begin, or stop."""
        self.playing = not self.playing
        self._since = now

    def step(self, by: int, count: int | None) -> None:
        """Show the next frame, or one before; after the last comes the first."""
        if count:
            self.item = (self.item + by) % count

    def clamp(self, count: int | None) -> None:
        """Ask for no frame that is not there."""
        self.item = min(max(self.item, 0), max((count or 1) - 1, 0))

    def tick(self, now: float, shown: bool, count: int | None) -> None:
        """Go on when it is time; shown: whether the frame asked for is on screen."""
        if not self.playing:
            return
        if not count or count < 2:
            self.playing = False
        elif not shown:
            self._since = max(self._since, now - 1 / self.rate)
        elif now - self._since >= 1 / self.rate:
            self._since = now
            self.step(1, count)

    def following(self, count: int | None) -> int | None:
        """The frame that is made meanwhile, or None."""
        return (self.item + 1) % count if self.playing and count and count > 1 else None
