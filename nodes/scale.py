"""Location and scale of frames: what an integration makes them alike by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from graph.context import SILENT, Context
from graph.spec import node
from graph.values import value_type
from nodes.values import Image, LinearImage


@value_type("Scale", color="#80b0a0")
@dataclass(frozen=True)
class Scale:
    """Level and spread of the background: one number for each channel, or CFA plane of a mosaic.

    NaN where a plane has no sample that counts. The spread is that of Gaussian noise (sigma).
    black and saturated are shares of all pixels: at 0 or below, and at white.
    """

    location: tuple[float, ...]
    scale: tuple[float, ...]
    black: tuple[float, ...]
    saturated: tuple[float, ...]
    estimator: str = "BWMV"

    def summary(self) -> str:
        """``0.0123 ± 0.0004 (BWMV)``."""
        pairs = zip(self.location, self.scale, strict=True)
        shown = ", ".join(f"{location:.6g} ± {scale:.3g}" for location, scale in pairs)
        return f"{shown} ({self.estimator})"


def split_planes(image: Image) -> list[tuple[int, int, int, int]]:
    """What is measured on its own: (channel, top, left, step) of channels or colour planes."""
    if image.cfa and min(image.height, image.width) > 1:
        return [(0, top, left, 2) for top in (0, 1) for left in (0, 1)]
    return [(channel, 0, 0, 1) for channel in range(image.channels)]


def _memory(inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]) -> int:
    """A copy of a plane."""
    return inputs["frames"]


@node("integrate.scale", version=1, known_as=("IKSS",), title="Frame scale", memory=_memory)
def frame_scale(
    frames: LinearImage,
    *,
    estimator: Literal["BWMV", "MAD", "average deviation", "PBMV", "Sn", "Qn", "IKSS"] = "BWMV",
    ctx: Context = SILENT,
) -> Scale:
    """Measure level and spread of a frame, by which an integration makes frames alike.

    One pair of numbers for each channel, or for each colour plane of a raw mosaic. Pixels count
    that have a value between 0.00002 and 0.99998 (0 black to 1 white); where over 1 % of the
    pixels are below 0, nothing was clipped at black and all up to 0.99998 count. The level is the
    exact median. A plane without such a pixel gives NaN. Spreads are sigmas of Gaussian noise.

    Source: PixInsight's ImageIntegration; Rousseeuw and Croux 1993; Siril's IKSS.

    estimator: of the spread. BWMV is the biweight midvariance, MAD the median and average
        deviation the mean absolute deviation, PBMV the percentage bend midvariance; Sn and Qn are
        those of Rousseeuw and Croux; IKSS repeats BWMV without what lies beyond four of it, and
        has a level of its own. PBMV, Sn, Qn and IKSS look at about a million pixels of a plane.
    """
    from nodes.kernels.scale import locate, select_samples

    rows = []
    planes = split_planes(frames)
    for index, (channel, top, left, step) in enumerate(planes):
        start, share = index / len(planes), 1 / len(planes)
        plane: np.ndarray = frames.data[channel, top::step, left::step]
        samples, black, white = select_samples(plane, ctx, (start, start + 0.3 * share))
        place, spread = locate(samples, estimator, ctx, (start + 0.3 * share, start + share))
        rows.append((place, spread, black / plane.size, white / plane.size))
    places, spreads, blacks, whites = zip(*rows, strict=True)
    return Scale(places, spreads, blacks, whites, estimator)
