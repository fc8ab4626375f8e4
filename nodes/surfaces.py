"""The surfaces of a local fit, drawn row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands

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

    def of(self, channel: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Coefficients of a channel's surfaces, and where pixels lie on them."""
        place = np.array([self.x, self.dx, self.y, self.dy])
        a, b, c = (grid[channel] for grid in self.grids)
        return a, b, c, place

    def change(
        self,
        plane: np.ndarray,
        channel: int,
        ctx: Context = SILENT,
        span: tuple[float, float] = (0.0, 1.0),
    ) -> np.ndarray:
        """A channel of the frame made like the reference."""
        from nodes.kernels.surface import change_rows

        grids, out = self.of(channel), np.empty(plane.shape, np.float32)
        run_bands(
            lambda first, last: change_rows(plane, *grids, first, last, out),
            len(plane), ctx=ctx, span=span, text="local normalisation",
        )  # fmt: skip
        return out

    def draw(
        self, kind: int, channel: int, first: int, last: int, left: int, width: int
    ) -> np.ndarray:
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
