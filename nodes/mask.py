"""Masks: where a process acts, made from an image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import Range, node
from nodes.values import Image, Mask

#: shares of red, green and blue in the luminance; sRGB adapted to D50
_SHARES = (0.2225045, 0.7168786, 0.0606169)
_CHANNELS = ("red", "green", "blue")


def _check_range(params: Mapping[str, Any]) -> str | None:
    """What is wrong with the limits of a range."""
    lower, upper = params["lower"], params["upper"]
    return f"lower is {lower:g}, above upper, {upper:g}; swap them" if lower > upper else None


@node(
    "mask.range",
    version=1,
    known_as=("RangeSelection", "range selection", "luminance mask", "rangemask"),
    title="Range mask",
    check=_check_range,
)
def range_mask(
    image: Image,
    *,
    source: Literal["luminance", "lightness", "red", "green", "blue"] = "luminance",
    lower: Annotated[float, Range(0, 1)] = 0.0,
    upper: Annotated[float, Range(0, 1)] = 1.0,
    fuzziness: Annotated[float, Range(0, 1, slider=(0, 0.5))] = 0.0,
    smoothness: Annotated[float, Range(0, 100, slider=(0, 20), unit="px")] = 0.0,
    invert: bool = False,
    ctx: Context = SILENT,
) -> Mask:
    """Select the pixels whose brightness is within a range, to protect all others.

    The mask is 1 from lower to upper, 0 from fuzziness outside of them on, and rises smoothly in
    between, as ``t² (3 - 2 t)``. Then it is blurred by a Gaussian. Limits are those of the image's
    own numbers; what is below 0 or above 1 counts as 0 or 1. Of linear data all but the stars lies
    in the lowest hundredth: take a stretched image, or narrow limits. Missing pixels are 0 before
    the blur, inverted or not. Equivalent to PixInsight's RangeSelection.

    Raises InputError when lower is above upper.

    source: luminance is the sum of the channels' own numbers weighted by 0.2225, 0.7169, 0.0606;
        lightness is CIE L* (a stretched image is taken as sRGB); else one channel. A mono image is
        its own luminance, and has no channels to choose.
    lower: the darkest that is selected.
    upper: the brightest that is selected.
    fuzziness: width of the soft edge outside of each limit; 0 is a hard one.
    smoothness: deviation of the Gaussian; pixels, 0 for none.
    invert: select what is outside of the range instead.
    """
    from nodes.kernels.blur import blur
    from nodes.kernels.ramp import select

    problem = _check_range({"lower": lower, "upper": upper})
    if problem:
        raise InputError(problem)
    plane = _brightness(image, source, ctx)
    share = 0.3 if smoothness > 0 else 1.0
    chosen = select(plane, lower, upper, fuzziness, invert, ctx, (0.0, share))
    return Mask(blur(chosen, smoothness, ctx, (share, 1.0)) if smoothness > 0 else chosen)


def _brightness(image: Image, source: str, ctx: Context) -> np.ndarray:
    """What the limits are held against: float32 ``(height, width)``."""
    from nodes.kernels.luminance import cie

    plane: np.ndarray = image.data[0]
    if source in _CHANNELS:
        if image.channels == 3:
            plane = image.data[_CHANNELS.index(source)]
        else:
            ctx.warn(f"a mono image has no {source} channel; its own numbers are taken")
    elif image.channels == 3 or source == "lightness":
        lightness = source == "lightness"
        data = np.broadcast_to(image.data, (3, image.height, image.width))
        encoded = lightness and not image.linear
        plane = cie(data, _SHARES, encoded=encoded, lightness=lightness, ctx=ctx)
    return plane
