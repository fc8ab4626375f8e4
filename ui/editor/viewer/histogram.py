"""The histogram of a picture: counts by level, for any part of the range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nodes.values import Pyramid

#: as fine as 16 bits; what is drawn is gathered from these
BINS = 65536
#: a level of about so many pixels is counted
_PIXELS = 1_500_000

Span = tuple[float, float]
WHOLE: Span = (0.0, 1.0)
#: red, green, blue as they are drawn
CHANNEL_COLORS = ((216, 66, 60), (72, 176, 76), (72, 110, 226))


class Histogram:
    """Counts of all channels. counts: int64 ``(channels, BINS)`` over 0 to 1."""

    def __init__(self, counts: np.ndarray) -> None:
        self.counts = counts
        self._sums = np.concatenate(
            [np.zeros((len(counts), 1), np.int64), np.cumsum(counts, axis=1)], axis=1
        )

    @classmethod
    def of(cls, pyramid: Pyramid) -> Histogram:
        """The histogram of an image, from a level of its pyramid of about a megapixel."""
        from nodes.kernels.histogram import count_levels

        fitting = [level for level in pyramid.levels if level[0].size <= _PIXELS]
        return cls(count_levels(fitting[0] if fitting else pyramid.levels[-1], BINS))

    def heights(self, span: Span, bars: int) -> np.ndarray:
        """Heights of so many bars over a part of the range, 0 to 1, logarithmic.

        float64 ``(channels, bars)``; the highest of all channels is 1. Parts of bins are shared
        out, so that nothing jumps when the span is moved.
        """
        edges = np.linspace(*span, bars + 1) * BINS
        below = np.clip(edges, 0, BINS)
        whole = np.minimum(below.astype(np.int64), BINS - 1)
        counts = np.diff(self._sums[:, whole] + (below - whole) * self.counts[:, whole], axis=1)
        shown = np.log1p(counts)
        top = shown.max(initial=0.0)
        found: np.ndarray = shown / top if top > 0 else shown
        return found

    def busy_span(self) -> Span:
        """The part of the range from 0 on in which nearly all pixels are, with room beside it."""
        total = self._sums[:, -1].max(initial=0)
        if not total:
            return WHOLE
        shares = self._sums[:, 1:] / np.maximum(self._sums[:, -1:], 1)
        last = max(int(np.searchsorted(share, 0.995)) for share in shares)
        return 0.0, min(1.0, max(1.6 * (last + 1) / BINS, 64 / BINS))


def zoom_span(span: Span, factor: float, about: float) -> Span:
    """A smaller (factor below 1) or larger part of the range; ``about`` stays where it is."""
    size = min(max((span[1] - span[0]) * factor, 32 / BINS), 1.0)
    share = (about - span[0]) / (span[1] - span[0])
    return _within(about - share * size, size)


def move_span(span: Span, by: float) -> Span:
    """The span moved along the range, within it."""
    return _within(span[0] + by, span[1] - span[0])


def _within(start: float, size: float) -> Span:
    start = min(max(start, 0.0), 1.0 - size)
    return start, start + size


def nearest_handle(places: tuple[float, float, float], level: float, reach: float) -> int | None:
    """The number of the handle (shadows, midtones, highlights) within reach of a level, or None.

    The nearest; of several at one place the midtones, which have room to either side.
    """
    best: tuple[float, int] | None = None
    for number in (1, 0, 2):
        distance = abs(places[number] - level)
        if distance <= reach and (best is None or distance < best[0] - 1e-12):
            best = distance, number
    return best[1] if best else None


def paint(heights: np.ndarray, size: tuple[int, int], ground: tuple[int, int, int]) -> np.ndarray:
    """The histogram as pixels, float32 RGBA ``(height, width, 4)``; channels add up to white.

    heights: of one bar for each pixel of the width, ``(1 or 3, width)``. ground: 0 to 255.
    """
    width, height = size
    rows = (np.arange(height)[::-1, None] + 0.5) / height
    filled = rows < heights[:, None, :]
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = np.array(ground, np.float32) / 255
    colors = CHANNEL_COLORS if len(heights) == 3 else ((200, 202, 208),)
    bright = sum(ground) > 384
    for covered, color in zip(filled, colors, strict=True):
        part = np.array(color, np.float32) / 255
        pixels[..., :3] += covered[..., None] * (0.5 * (part - 1) if bright else 0.42 * part)
    return np.clip(pixels, 0, 1, out=pixels)
