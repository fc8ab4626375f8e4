"""Local normalisation: sky and flux scale of frames made those of a reference, place by place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.values import value_type
from nodes.values import read_only


@value_type("LocalFit", color="#90a8d8")
@dataclass(frozen=True, eq=False)
class LocalFit:
    """What makes a frame like the reference: value' = a · (value - c) + b, smooth over the image.

    a, b, c: float32 ``(channels, rows, columns)``, flux scale, sky of the reference and sky of the
    frame at the nodes of a grid, between which a cubic spline goes. Node (0, 0) lies at (left,
    top), the others step_x and step_y pixels apart. width, height: of the image, pixels. scale: of
    the flux, by channel; pairs: how many stars told it (0 where none did); method: how it was
    found. NaN throughout for a frame without a pixel in common with the reference.
    """

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    left: float
    top: float
    step_x: float
    step_y: float
    width: int
    height: int
    scale: tuple[float, ...] = ()
    pairs: tuple[int, ...] = ()
    method: str = "stars"

    def __post_init__(self) -> None:
        for name in "abc":
            grid = read_only(getattr(self, name))
            if grid.ndim != 3 or grid.shape != np.shape(self.a) or 0 in grid.shape:
                raise ValueError(f"{name} is (channels, rows, columns), not {grid.shape}")
            object.__setattr__(self, name, grid)

    def summary(self) -> str:
        """``flux × 1.043, 24 × 32 nodes``."""
        _, rows, columns = self.a.shape
        scales = " ".join(f"{scale:.4g}" for scale in self.scale)
        return f"flux × {scales}, {columns} × {rows} nodes ({self.method})"
