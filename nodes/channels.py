"""Channels: three images to one, one to three, and luminance."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import Gives, node
from nodes.values import Header, Image, Wcs


@node("channels.combine", version=1, known_as=("ChannelCombination", "LRGBCombination", "rgbcomp"))
def combine(red: Image, green: Image, blue: Image, *, ctx: Context = SILENT) -> Image:
    """Make one colour image of three mono images.

    Data are copied as they are: to balance the channels, neutralise and calibrate afterwards.
    Header, white level and weight are those of red, except ``FILTER``: joined as ``R,G,B`` where
    the three differ, left out when one has none. The solution (WCS) is that of the first image
    that has one; solutions that disagree by more than half a pixel give a warning. The result
    is never colour calibrated yet, and stretched only if all three are.

    Raises InputError for images of different size, colour images, raw mosaics, and linear
    channels together with stretched ones.
    """
    images = {"red": red, "green": green, "blue": blue}
    for name, image in images.items():
        if image.channels != 1:
            raise InputError(
                f"{name} is a colour image; a channel must be mono. Split it, or take its luminance"
            )
        if image.cfa:
            raise InputError(
                f"{name} is a raw mosaic ({image.cfa}); debayer it instead of combining it"
            )
        if (image.height, image.width) != (red.height, red.width):
            raise InputError(
                f"{name} is {image.width} × {image.height} px but red is "
                f"{red.width} × {red.height} px; register or crop them to one size"
            )
    states = {name: image.state for name, image in images.items()}
    if len(set(states.values())) > 1:
        found = ", ".join(f"{name} is {state}" for name, state in states.items())
        raise InputError(f"{found}; combine channels before stretching, or stretch all of them")
    data = np.empty((3, red.height, red.width), np.float32)
    for index, image in enumerate(images.values()):
        data[index] = image.data[0]
        ctx.progress((index + 1) / 3)
    return red.replace(
        data=data,
        header=_joined_header(*images.values()),
        wcs=_common_wcs(images, ctx),
        color_calibrated=False,
        properties=tuple(p for p in red.properties if p[0] != "Instrument:Filter:Name"),
    )


def _joined_header(*images: Image) -> Header:
    names = [image.header.get("FILTER") for image in images]
    if len(set(names)) == 1:
        return images[0].header
    if None in names:
        return Header(tuple(card for card in images[0].header if card[0] != "FILTER"))
    return images[0].header.set("FILTER", ",".join(str(name).strip() for name in names), "filters")


def _common_wcs(images: dict[str, Image], ctx: Context) -> Wcs | None:
    solved = {name: image for name, image in images.items() if image.wcs}
    if not solved:
        return None
    first, *others = solved
    chosen = solved[first].wcs
    assert chosen is not None
    for name in others:
        other = solved[name].wcs
        assert other is not None
        if other.cards != chosen.cards:
            apart = _pixels_apart(chosen, other, solved[first].width, solved[first].height)
            if not apart <= 0.5:
                ctx.warn(
                    f"the solutions of {first} and {name} are {apart:.3g} px apart; "
                    f"that of {first} is kept"
                )
    return chosen


def _pixels_apart(one: Wcs, other: Wcs, width: int, height: int) -> float:
    """Largest distance on the sky, in pixels, of two solutions at corners and centre.

    NaN when they cannot be compared.
    """
    x = np.array([0, width - 1, 0, width - 1, (width - 1) / 2])
    y = np.array([0, 0, height - 1, height - 1, (height - 1) / 2])
    try:
        from astropy.wcs.utils import proj_plane_pixel_scales

        solution = one.astropy()
        scale = float(np.min(proj_plane_pixel_scales(solution)))
        a, b = (
            np.radians(wcs.all_pix2world(np.column_stack((x, y)), 0))
            for wcs in (solution, other.astropy())
        )
    except (ValueError, KeyError, TypeError, MemoryError, AttributeError):
        return float("nan")
    half = np.sin((b - a) / 2) ** 2
    angle = 2 * np.arcsin(np.sqrt(half[:, 1] + np.cos(a[:, 1]) * np.cos(b[:, 1]) * half[:, 0]))
    return float(np.degrees(angle).max() / scale)


class Channels(NamedTuple):
    """The three channels of a colour image."""

    red: Image
    green: Image
    blue: Image


@node("channels.split", version=1, known_as=("ChannelExtraction", "split"))
def split(image: Image) -> Channels:
    """Take a colour image apart into its three channels.

    Pixels are not copied. Everything else travels on to all three; a ``FILTER`` such as
    ``R,G,B`` gives each channel its own name.

    Raises InputError for a mono image.
    """
    if image.channels != 3:
        raise InputError("the image is mono; only a colour image has three channels to split")
    names = str(image.header.get("FILTER", "")).split(",")
    parts = []
    for index in range(3):
        header = image.header.set("FILTER", names[index]) if len(names) == 3 else image.header
        parts.append(image.replace(data=image.data[index], header=header, color_calibrated=False))
    return Channels(*parts)


@node("channels.luminance", version=1, known_as=("ConvertToGrayscale", "extract luminance"))
def luminance(
    image: Image,
    *,
    method: Literal["CIE Y", "CIE L*", "HSI intensity", "average"] = "CIE Y",
    weights: tuple[float, float, float] = (0.2225045, 0.7168786, 0.0606169),
    ctx: Context = SILENT,
) -> Annotated[Image, Gives("stretched", when=lambda params: params["method"] == "CIE L*")]:
    """Extract the brightness of a colour image as a mono image.

    Linear data are taken as linear light. The numbers of a stretched image are taken as sRGB and
    made linear light first for CIE Y and CIE L*, as PixInsight does with its default working
    space. L* is a perceptual scale, a stretch by nature: its result counts as stretched. A pixel
    with a missing channel is missing. Ranges: 0 to 1 for 0 to 1 (L* is divided by 100); values
    outside are continued.

    Raises InputError for a mono image, which is its own luminance, and for unusable weights.
    Source: CIE 15 and IEC 61966-2-1.

    method: CIE Y is the weighted sum of linear light, CIE L* the lightness of it, HSI intensity
        the middle of lowest and highest channel, average a third of each channel.
    weights: shares of red, green and blue in CIE Y; their sum is made 1. The default is sRGB
        adapted to D50; 1, 1, 1 suits narrowband channels.
    """
    from nodes.kernels import luminance as kernels

    if image.channels != 3:
        raise InputError("the image is mono and is its own luminance; wire it directly")
    if not (np.isfinite(weights).all() and min(weights) >= 0 and sum(weights) > 0):
        raise InputError(f"the weights are {weights}; none may be negative, and one must count")
    if method == "HSI intensity":
        data = kernels.intensity(image.data, ctx)
    elif method == "average":
        data = kernels.average(image.data, ctx)
    else:
        data = kernels.cie(
            image.data,
            weights,
            encoded=not image.linear,
            lightness=method == "CIE L*",
            ctx=ctx,
        )
    return image.replace(
        data=data, linear=image.linear and method != "CIE L*", color_calibrated=False
    )
