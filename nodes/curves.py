"""Curves drawn by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import CurvePoints, Gives, node
from nodes.akima import IDENTITY, is_identity
from nodes.values import Image, Mask

Points = tuple[tuple[float, float], ...]
Curve = Annotated[Points, CurvePoints()]

_OWN = ("red", "green", "blue")


def _bends(params: Mapping[str, Any]) -> bool:
    """Whether some curve is not the diagonal."""
    return any(not is_identity(params[name]) for name in ("combined", *_OWN))


@node("stretch.curves", version=1, known_as=("CurvesTransformation", "CT"), title="Curves")
def curves(
    image: Image,
    mask: Mask | None = None,
    *,
    combined: Curve = IDENTITY,
    red: Curve = IDENTITY,
    green: Curve = IDENTITY,
    blue: Curve = IDENTITY,
    ctx: Context = SILENT,
) -> Annotated[Image, Gives("stretched", when=_bends)]:
    """Bend the brightness of an image by curves through points.

    As PixInsight's CurvesTransformation: red, green and blue go through their own curves first,
    then all channels through the combined one. The points are joined by Akima's subspline, with a
    corner where straight lines meet; three or four points by a cubic spline, two by a line. Each
    curve is evaluated exactly for every pixel, clipped to 0 and 1 before and after. A channel
    whose curves are the diagonal stays as it is. Missing pixels stay missing.

    Curves are for stretched images: linear data lie in the lowest hundredth of the range. An
    image that was linear is so no longer, unless all curves are the diagonal.

    Where the mask is 0 the image stays as it is. Raises InputError for a mask of another size.

    combined: the curve of all channels (RGB/K); points (x, y) from 0 to 1.
    red: the curve of the red channel; a mono image has none.
    green: the curve of the green channel; a mono image has none.
    blue: the curve of the blue channel; a mono image has none.
    """
    from nodes.kernels.curves import bend

    own: tuple[Points, ...] = (red, green, blue)
    if image.channels != 3:
        if not all(map(is_identity, own)):
            ctx.warn("red, green and blue do nothing to a mono image; use the combined curve")
        own = (IDENTITY,) * image.channels
    chains = [[points for points in (one, combined) if not is_identity(points)] for one in own]
    if not any(chains):
        return image
    if mask is not None and mask.data.shape[1:] != image.data.shape[1:]:
        raise InputError(
            f"the mask is {mask.data.shape[2]} × {mask.data.shape[1]} px but the image is "
            f"{image.width} × {image.height} px; make the mask from this image"
        )
    if image.linear:
        ctx.warn(
            "the image is linear, and curves act on the range 0 to 1 of a stretched one; "
            "stretch it before (Histogram transformation, Auto stretch)"
        )
    weights = None if mask is None else mask.data
    return image.replace(data=bend(image.data, chains, weights, ctx), linear=False)
