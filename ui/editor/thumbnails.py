"""Small pictures of values, to stand at nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from nodes.stf import apply, auto_stretch
from nodes.values import Image, Mask, Screen, Statistics

#: pixels
WIDTH, HEIGHT = 144, 96


def make_thumbnail(value: Any) -> np.ndarray | None:
    """Float32 RGBA ``(height, width, 4)``, 0 to 1, of at most 144 × 96; None for other values.

    Linear images are stretched by the statistics of the few pixels taken: every n-th one.
    """
    if isinstance(value, list | tuple) and value:
        value = value[0]
    if isinstance(value, Screen):
        planes = np.moveaxis(value.pixels, 2, 0)
        return _frame(_thin(planes).astype(np.float32) / 255)
    if isinstance(value, Mask):
        return _frame(np.array(_thin(value.data)))
    if not isinstance(value, Image):
        return None
    planes = np.array(_thin(value.data))
    if value.linear:
        planes = apply(planes, auto_stretch(_measure(planes, value), "auto"))
    return _frame(planes)


def _thin(planes: np.ndarray) -> np.ndarray:
    step = max(1, -(-planes.shape[2] // WIDTH), -(-planes.shape[1] // HEIGHT))
    return planes[:, step // 2 :: step, step // 2 :: step]


def _measure(planes: np.ndarray, image: Image) -> Statistics:
    rows = []
    for plane in planes:
        valid = plane[np.isfinite(plane)]
        median = float(np.median(valid)) if valid.size else float("nan")
        mad = float(np.median(abs(valid - median))) if valid.size else float("nan")
        rows.append((median, mad, valid.size))
    medians, mads, counts = zip(*rows, strict=True)
    return Statistics(
        medians, mads, medians, mads, medians, medians, mads, counts, counts,
        image.width, image.height, image.linear, image.color_calibrated,
    )  # fmt: skip


def _frame(planes: np.ndarray) -> np.ndarray:
    shown = np.nan_to_num(np.clip(planes, 0, 1), nan=0.0)
    out = np.ones((*shown.shape[1:], 4), np.float32)
    out[..., :3] = np.moveaxis(shown if len(shown) == 3 else shown[[0, 0, 0]], 0, 2)
    return np.ascontiguousarray(out)
