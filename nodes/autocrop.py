"""Cropping to where enough frames overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import Partial, Range, node
from nodes.geometry import crop
from nodes.values import Image


def _memory(inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]) -> int:
    """A bit map of one byte a pixel, and the result."""
    return 2 * inputs["image"]


@node("geometry.autocrop", version=1, known_as=("AutoCrop", "WBPP"), memory=_memory)
def autocrop(
    image: Image,
    coverage: Annotated[Sequence[Image] | None, Partial()] = None,
    *,
    share: Annotated[float, Range(0, 1)] = 0.75,
    ctx: Context = SILENT,
) -> Image:
    """Cut an integrated image to the largest rectangle that enough frames cover.

    Wire the coverage that the integration gave, or those of all filters of one target, so that
    all masters get the same rectangle. A pixel counts when at least that share of the frames that
    overlap at most has a value there, in every channel. Left unwired, the rectangle is that
    without missing pixels. Pixels, solution and pattern are moved as by Crop.

    Raises InputError when sizes differ, or no pixel is covered so well.
    Source: WeightedBatchPreprocessing's autocrop.

    share: of the highest coverage that every pixel must have.
    """
    from nodes.kernels.rectangle import find_rectangle

    good = np.ones((image.height, image.width), bool)
    if coverage is None:
        for plane in image.data:
            good &= np.isfinite(plane)
    for index in range(len(coverage or ())):
        assert coverage is not None
        ctx.check()
        counts = coverage[index]
        if counts.data.shape[1:] != image.data.shape[1:]:
            raise InputError(
                f"the coverage is {counts.width} × {counts.height} px but the image is "
                f"{image.width} × {image.height} px; wire the coverage of this integration"
            )
        for plane in counts.data:
            good &= plane >= np.float32(share) * np.nanmax(plane, initial=1)
    left, top, width, height = find_rectangle(good)
    if width == 0:
        what = "no pixel has a value" if coverage is None else "no pixel is covered so well"
        raise InputError(f"{what} (share {share:g}); lower the share, or check the registration")
    return crop(image, left=int(left), top=int(top), width=int(width), height=int(height))
