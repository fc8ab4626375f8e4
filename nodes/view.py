"""Viewers: how an image looks under a screen transfer function. They never change data."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import From, Range, node
from nodes.measure import image_statistics
from nodes.stf import check_channels, choose_stretch, note_stretch
from nodes.values import Image, Pyramid, Screen, Statistics

_FULL = 8_000_000  # pixels up to which the pyramid keeps the image itself
_SMALLEST = 256


@node("view.pyramid", version=1, title="Display pyramid")
def image_pyramid(image: Image, *, ctx: Context = SILENT) -> Pyramid:
    """Make ever smaller versions of an image, so that viewers need not read all of it.

    Each level is half the size of the one before, by averages of 2 × 2 pixels that leave missing
    ones out; the last is at most 256 pixels long. The image itself is the first level when it has
    at most 8 megapixels.
    """
    from nodes.kernels.pyramid import count_missing, halve

    missing = count_missing(image.data, ctx)
    levels, scales = [], []
    level, scale = image.data, 1
    if image.width * image.height <= _FULL:
        levels, scales = [level], [1]
    while not levels or max(level.shape[1:]) > _SMALLEST:
        level, scale = halve(level, ctx, (1 - 1 / scale, 1 - 0.5 / scale)), 2 * scale
        levels.append(level)
        scales.append(scale)
    return Pyramid(tuple(levels), tuple(scales), image.width, image.height, missing)


@node(
    "view.screen",
    version=2,
    known_as=("ScreenTransferFunction", "STF", "preview"),
    title="Viewer",
    display=True,
)
def screen(
    statistics: Annotated[Statistics, From(image_statistics)],
    pyramid: Annotated[Pyramid, From(image_pyramid)],
    *,
    link: Literal["auto", "linked", "unlinked"] = "auto",
    stretch: Literal["auto", "boosted", "manual", "none"] = "auto",
    target: Annotated[float, Range(0, 1, slider=(0.05, 0.5))] = 0.25,
    clipping: Annotated[float, Range(-20, 0, slider=(-5, 0), unit="sigma")] = -2.8,
    exact_target: bool = False,
    shadows: Annotated[tuple[float, ...], Range(0, 1)] = (),
    midtones: Annotated[tuple[float, ...], Range(0, 1)] = (),
    highlights: Annotated[tuple[float, ...], Range(0, 1)] = (),
    width: Annotated[int, Range(1, 16384, slider=(200, 4000), unit="px")] = 1600,
    height: Annotated[int, Range(1, 16384, slider=(200, 4000), unit="px")] = 1000,
    ctx: Context = SILENT,
) -> Screen:
    """Show an image under a screen transfer function; its data stay as they are.

    The image is fitted into width × height, never enlarged, by averages of the linear data, and
    stretched after. Wire the statistics of another image to show both with the same stretch.
    Raises InputError when the statistics have another number of channels than the image, or a
    manual stretch has.

    link: one curve for all channels (linked) or one for each (unlinked); auto takes unlinked until
        the colours are calibrated, and linked after.
    stretch: auto brings the background to the target; boosted clips more and shows twice as
        bright; manual takes shadows, midtones and highlights as given; none shows the numbers as
        they are. auto leaves a stretched image as it is.
    target: level at which the background is shown; 0 black to 1 white.
    clipping: where black begins; in sigmas (1.4826 MAD) from the median.
    exact_target: reach the target exactly; off is as in PixInsight, slightly above it.
    shadows: levels that become black, of a manual stretch: one for all channels or one for each;
        empty is 0.
    midtones: levels, between shadows and highlights, that become 0.5; empty is 0.5.
    highlights: levels that become white; empty is 1.
    width: width of the screen; pixels.
    height: height of the screen; pixels.
    """
    from nodes.kernels.display import render

    check_channels(statistics, pyramid.levels[0].shape[0])
    curves = choose_stretch(
        statistics,
        stretch,
        link,
        target=target,
        clipping=clipping,
        exact_target=exact_target,
        shadows=shadows,
        midtones=midtones,
        highlights=highlights,
    )
    size = _fit(pyramid, width, height)
    level, scale = pyramid.levels[0], pyramid.scales[0]
    for smaller, pixels_each in zip(pyramid.levels, pyramid.scales, strict=True):
        if pyramid.width / pixels_each >= size[0] and pyramid.height / pixels_each >= size[1]:
            level, scale = smaller, pixels_each
    source = pyramid.width / scale, pyramid.height / scale
    pixels = render(level, size, curves, source, ctx)
    notes = note_stretch(statistics, curves, stretch, pyramid.missing)
    return Screen(pixels, curves, tuple(notes))


def _fit(pyramid: Pyramid, width: int, height: int) -> tuple[int, int]:
    """The largest size of the same shape within width × height and within the largest level."""
    scale = max(pyramid.width / width, pyramid.height / height)
    return (
        max(1, min(int(pyramid.width / scale + 0.5), pyramid.width // pyramid.scales[0])),
        max(1, min(int(pyramid.height / scale + 0.5), pyramid.height // pyramid.scales[0])),
    )


@node(
    "view.compare", version=1, known_as=("wipe", "before and after"), title="Compare", display=True
)
def compare(
    a: Screen,
    b: Screen,
    *,
    split: Annotated[float, Range(0, 1)] = 0.5,
    direction: Literal["vertical", "horizontal"] = "vertical",
    line: bool = True,
) -> Screen:
    """Show two screens in one, the first up to a dividing line and the second from there on.

    Raises InputError when their sizes differ.

    split: where the line is; 0 the left (or upper) edge to 1 the right (or lower) one.
    direction: vertical line with the first on the left, or horizontal with the first above.
    line: whether a white line of one pixel is drawn.
    """
    if a.pixels.shape[:2] != b.pixels.shape[:2]:
        sizes = [f"{s.pixels.shape[1]} × {s.pixels.shape[0]} px" for s in (a, b)]
        raise InputError(
            f"a is {sizes[0]} but b is {sizes[1]}; compare screens of one size, "
            "from images of the same shape"
        )
    channels = max(a.pixels.shape[2], b.pixels.shape[2])
    axis = 1 if direction == "vertical" else 0
    size = a.pixels.shape[axis]
    edge = int(split * size + 0.5)
    pixels = np.empty((*a.pixels.shape[:2], channels), np.uint8)
    along = pixels.swapaxes(0, axis)
    along[:edge] = a.pixels.swapaxes(0, axis)[:edge]
    along[edge:] = b.pixels.swapaxes(0, axis)[edge:]
    if line:
        along[min(edge, size - 1)] = 255
    notes = [f"{name}: {note}" for name, shown in (("a", a), ("b", b)) for note in shown.notes]
    return Screen(pixels, a.stretch, tuple(notes))
