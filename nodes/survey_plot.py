"""The measures of frames over time, as a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from nodes.quality import Quality
from nodes.values import Image

_SIZE, _DPI = (9.0, 9.0), 100  # inches
_PANELS = (
    ("fwhm", "FWHM / px"),
    ("eccentricity", "eccentricity"),
    ("stars", "stars"),
    ("median", "median"),
)


def draw_survey(judged: Sequence[tuple[Quality, float, str]]) -> Image:
    """FWHM, eccentricity, stars, median and weight, one panel each; unused frames are crossed.

    judged: quality, weight and reason of each frame. Over hours since the first frame, or over
    the number of the frame where a time is missing.
    """
    # no pyplot: it keeps figures in global state, and frames are drawn on any thread
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE, dpi=_DPI, layout="constrained")
    canvas: Any = FigureCanvasAgg(figure)
    axes = figure.subplots(len(_PANELS) + 1, 1, sharex=True)
    hours = hours_of([quality.start for quality, _, _ in judged])
    x = np.arange(1, len(judged) + 1) if hours is None else hours
    weights = np.array([weight for _, weight, _ in judged])
    columns = [[getattr(quality, name) for quality, _, _ in judged] for name, _ in _PANELS]
    titles = [title for _, title in _PANELS]
    for panel, column, title in zip(axes, [*columns, weights], [*titles, "weight"], strict=True):
        values = np.array(column, np.float64)
        used = (weights > 0) & np.isfinite(values)
        unused = (weights <= 0) & np.isfinite(values)
        panel.plot(x[used], values[used], "o", color="#3070b0", markersize=4)
        panel.plot(x[unused], values[unused], "x", color="#c03030", markersize=6)
        panel.set_ylabel(title)
        panel.grid(alpha=0.3)
    axes[-1].set_xlabel("frame" if hours is None else "hours since the first frame")
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    return Image(pixels.transpose(2, 0, 1) / np.float32(255), linear=False)


def hours_of(starts: Sequence[str]) -> np.ndarray | None:
    """Hours since the earliest of these times; None when one of them is no time."""
    try:
        moments = [datetime.fromisoformat(start).replace(tzinfo=None) for start in starts]
    except ValueError:
        return None
    first = min(moments)
    hours = [(moment - first).total_seconds() / 3600 for moment in moments]
    return np.array(hours) if all(map(math.isfinite, hours)) else None
