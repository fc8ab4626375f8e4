"""The surfaces of a local fit, drawn row by row: what values are multiplied by and what is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nodes.local import LocalFit


class Surfaces:
    """The fit of a frame on a grid of pixels ``scale`` times as fine as that it was made on."""

    def __init__(self, fit: LocalFit, scale: float = 1.0) -> None:
        from nodes.kernels.surface import spline_coefficients

        # without its padding, a grid that is the same everywhere needs no drawing
        self.factors = [float(a.flat[0]) if (a == a.flat[0]).all() else None for a in fit.a]
        self.grids = [spline_coefficients(grid) for grid in (fit.a, fit.b, fit.c)]
        start = 0.5 / scale - 0.5  # of the first pixel, in pixels of the fit
        self.x, self.dx = (start - fit.left) / fit.step_x, 1 / (scale * fit.step_x)
        self.y, self.dy = (start - fit.top) / fit.step_y, 1 / (scale * fit.step_y)

    def draw(self, kind: int, channel: int, first: int, last: int, left: int, width: int) -> np.ndarray:
        """Rows of the surface A, B or C (kind 0, 1, 2), float32 ``(rows, width)``."""
        from nodes.kernels.surface import draw_rows

        out = np.empty((last - first, width), np.float32)
        x = self.x + left * self.dx
        draw_rows(self.grids[kind][channel], x, self.dx, self.y, self.dy, first, last, out)
        return out

    def rows(self, first: int, last: int, width: int, left: int = 0) -> np.ndarray:
        """Factor and summand of each pixel, float32 ``(2, channels, rows, width)``."""
        channels = len(self.factors)
        out = np.empty((2, channels, last - first, width), np.float32)
        for channel in range(channels):
            known = self.factors[channel]
            factor: np.ndarray | np.float32
            if known is None:
                factor = self.draw(0, channel, first, last, left, width)
            else:
                factor = np.float32(known)
            out[0, channel] = factor
            out[1, channel] = self.draw(2, channel, first, last, left, width)
            out[1, channel] *= factor
            np.subtract(
                self.draw(1, channel, first, last, left, width), out[1, channel],
                out=out[1, channel],
            )  # fmt: skip
        return out
