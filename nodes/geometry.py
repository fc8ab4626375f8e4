"""Geometry without resampling."""

from __future__ import annotations

from typing import Annotated

from graph.errors import InputError
from graph.spec import Range, node
from nodes.formats.orientation import shift_pattern
from nodes.values import Image


def region(left: int, top: int, width: int, height: int, image: Image) -> tuple[slice, slice]:
    """Rows and columns of a rectangle inside an image; a side of 0 reaches to the edge.

    Raises InputError, naming both, when the rectangle is not inside the image.
    """
    right = left + width if width else image.width
    bottom = top + height if height else image.height
    if not (0 <= left < right <= image.width and 0 <= top < bottom <= image.height):
        raise InputError(
            f"the rectangle from ({left}, {top}) to ({right}, {bottom}) does not lie inside the "
            f"image, which is {image.width} × {image.height} px; make it smaller or move it"
        )
    return slice(top, bottom), slice(left, right)


@node("geometry.crop", version=1, known_as=("DynamicCrop", "boxselect"))
def crop(
    image: Image,
    *,
    left: Annotated[int, Range(0, slider=(0, 10000), unit="px")] = 0,
    top: Annotated[int, Range(0, slider=(0, 10000), unit="px")] = 0,
    width: Annotated[int, Range(0, slider=(0, 10000), unit="px")] = 0,
    height: Annotated[int, Range(0, slider=(0, 10000), unit="px")] = 0,
) -> Image:
    """Cut a rectangle out of an image.

    Pixels are taken over bit for bit. The astrometric solution moves with them exactly; the
    pattern of a raw mosaic is shifted when left or top is odd. Astrometric properties of an
    XISF file, which speak of the old pixels, are dropped.

    Raises InputError when the rectangle is not inside the image.

    left: columns cut off on the left; pixels.
    top: rows cut off on top; pixels.
    width: width of the result; pixels; 0 for all up to the right edge.
    height: height of the result; pixels; 0 for all down to the lower edge.
    """
    rows, columns = region(left, top, width, height, image)
    if (rows, columns) == (slice(0, image.height), slice(0, image.width)):
        return image
    header = image.header
    for keyword, cut in (("LTV1", left), ("LTV2", top)):  # IRAF's place of the original pixels
        origin = header.get(keyword)
        if isinstance(origin, int | float):
            header = header.set(keyword, origin - cut)
    return image.replace(
        data=image.data[:, rows, columns].copy(),  # a view would keep the whole image in memory
        header=header,
        wcs=image.wcs.moved(left, top) if image.wcs else None,
        cfa=shift_pattern(image.cfa, left, top) if image.cfa else None,
        properties=tuple(p for p in image.properties if "AstrometricSolution" not in p[0]),
    )
