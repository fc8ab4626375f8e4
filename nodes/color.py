"""Colour: neutral background, white reference, and matching of one image to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import Range, node
from nodes.geometry import region
from nodes.values import Image, LinearImage, Table

#: left, top, width, height in pixels; a width or height of 0 reaches to the edge
Rectangle = tuple[int, int, int, int]

_WHOLE = (0, 0, 0, 0)
_LETTERS = ("R", "G", "B")


def _require_rgb(image: Image) -> None:
    if image.channels != 3:
        raise InputError(
            "the image is mono but three channels (RGB) are needed; combine channels first, "
            "or debayer a raw mosaic"
        )


def _background(
    image: Image, where: Rectangle, low: float, high: float, ctx: Context, span: tuple[float, float]
) -> np.ndarray:
    """Background of each channel in a reference region."""
    from nodes.kernels.median import median
    from nodes.kernels.structures import medians_between

    part = image.data[(slice(None), *region(*where, image))]
    levels = medians_between(part, low, high, ctx, span)
    if np.isnan(levels).any():
        lowest = np.fmin.reduce(part, axis=(1, 2))
        found = "; ".join(
            f"{letter} minimum {lowest[c]:.6g}, median {median(part[c]):.6g}"
            for c, letter in enumerate(_LETTERS)
        )
        raise InputError(
            f"no pixel of the background reference has all channels between {low:g} and {high:g} "
            f"({found}); change the limits, or the region"
        )
    return levels


Check = Callable[[Mapping[str, Any]], str | None]


def _ordered(*names: str) -> Check:
    """A check that of each two parameters the first is below the second, where both are known."""

    def check(params: Mapping[str, Any]) -> str | None:
        for first, second in zip(names[::2], names[1::2], strict=True):
            low, high = params.get(first), params.get(second)
            if isinstance(low, float | int) and isinstance(high, float | int) and low >= high:
                return f"{first} ({low:g}) must be below {second} ({high:g})"
        return None

    return check


@node(
    "color.neutralize_background",
    version=1,
    known_as=("BackgroundNeutralization", "BN"),
    check=_ordered("low", "high"),
)
def neutralize_background(
    image: LinearImage,
    *,
    reference: Rectangle = _WHOLE,
    low: Annotated[float, Range(-1, 1, slider=(0, 0.1))] = 0.0,
    high: Annotated[float, Range(0, 1, slider=(0, 0.5))] = 0.1,
    mode: Literal["rescale as needed", "rescale", "target background"] = "rescale as needed",
    target: Annotated[float, Range(0, 1, slider=(0, 0.1))] = 0.001,
    ctx: Context = SILENT,
) -> Image:
    """Shift the channels so that the sky background is grey.

    The background of a channel is the median over those pixels of the reference region whose
    three channels all lie between the limits. A constant is added to each channel, so that the
    three medians become equal: to their mean, or to the target. *Rescale* then maps the whole
    range of the image to 0 … 1 by one straight line for all channels; *rescale as needed* does
    so only when a value is outside. Nothing is clipped (PixInsight truncates in the
    target mode): values below 0 stay.

    Raises InputError for a mono image, a region outside the image, and a region without a pixel
    between the limits.
    Source: PixInsight BackgroundNeutralization.

    reference: region of free sky: left, top, width, height in pixels; a width or height of 0
        reaches to the edge, so the default is the whole image.
    low: pixels with a channel at or below this do not count.
    high: pixels with a channel at or above this do not count; stars and nebulae lie above it.
    mode: what becomes of the range of values.
    target: background of the result in the target background mode.
    """
    from nodes.kernels.affine import apply_lines, channel_range

    _require_rgb(image)
    levels = _background(image, reference, low, high, ctx, (0.0, 0.5))
    if mode == "target background":
        return image.replace(
            data=apply_lines(image.data, target - levels, np.ones(3), ctx=ctx, span=(0.5, 1.0))
        )
    offset = levels.mean() - levels
    factor = 1.0
    lowest, highest = channel_range(image.data, ctx, (0.5, 0.7))
    least, most = float((lowest + offset).min()), float((highest + offset).max())
    if (mode == "rescale" or least < 0 or most > 1) and most > least:
        factor = 1 / (most - least)
        offset = (offset - least) * factor
    data = apply_lines(image.data, offset, np.full(3, factor), ctx=ctx, span=(0.7, 1.0))
    return image.replace(data=data)


class LinearFit(NamedTuple):
    """The image that was matched, and the lines that did it."""

    image: Image
    fit: Table


@node(
    "color.linear_fit",
    version=1,
    known_as=("LinearFit", "linear_match"),
    check=_ordered("reject_low", "reject_high"),
)
def linear_fit(
    image: LinearImage,
    reference: LinearImage,
    *,
    reject_low: Annotated[float, Range(-1, 1, slider=(0, 1))] = 0.0,
    reject_high: Annotated[float, Range(0, 1)] = 0.92,
    method: Literal["least absolute deviation", "least squares"] = "least absolute deviation",
    clip: bool = False,
    ctx: Context = SILENT,
) -> LinearFit:
    """Match the scale and offset of an image to a reference by a straight line.

    Each channel becomes a + b · v. The line is fitted through the pairs of pixels of image and
    reference that both lie between the limits. Least absolute deviations ignores up to a third
    of deviant pairs (stars of another colour, satellites); least squares follows them. Above two
    million pairs a stratified million of them, the same each time, finds the line, and all of
    them check it. Matching an image to itself changes nothing.

    The table has a row for each channel: channel, intercept a, slope b, deviation (mean of the
    absolute deviations of all pairs used), used (fraction of the pixels).

    Raises InputError for images of different size or number of channels, less than 3 pairs, an
    image that is constant, and a slope that is not positive.
    Source: PixInsight LinearFit.

    reject_low: pairs with a value at or below this do not count; below 0 for an image whose
        background was subtracted.
    reject_high: pairs with a value at or above this do not count.
    method: how the line is fitted.
    clip: hold the result to 0 … 1 as PixInsight does; off, no value is lost.
    """
    from nodes.kernels.affine import apply_lines
    from nodes.kernels.line import fit_line

    if image.data.shape != reference.data.shape:
        raise InputError(
            f"the image is {image.width} × {image.height} px with {image.channels} channel(s) but "
            f"the reference is {reference.width} × {reference.height} px with "
            f"{reference.channels}; register them, or split or combine channels"
        )
    lines = []
    for c in range(image.channels):
        line = fit_line(
            image.data[c],
            reference.data[c],
            reject_low,
            reject_high,
            least_squares=method == "least squares",
            ctx=ctx,
            span=(0.8 * c / image.channels, 0.8 * (c + 1) / image.channels),
        )
        if line.pairs < 3:
            raise InputError(
                f"{image.name_plane(c)}: {line.pairs} pixel(s) lie between {reject_low:g} and "
                f"{reject_high:g} in both images but 3 are needed; widen the limits"
            )
        if not line.slope > 1e-9:  # rounding makes a constant reference look like a slope
            raise InputError(
                f"{image.name_plane(c)}: no rising line fits ({line.pairs} pairs, "
                f"slope {line.slope:.4g}); the images are constant or do not show the same field"
            )
        if line.sampled_deviation < 0.9 * line.deviation:
            ctx.warn(
                f"{image.name_plane(c)}: all pairs deviate by {line.deviation:.4g}, "
                f"the sample that was fitted by {line.sampled_deviation:.4g}; the line may be off"
            )
        lines.append(line)
    data = apply_lines(
        image.data,
        np.array([line.intercept for line in lines]),
        np.array([line.slope for line in lines]),
        clip=clip,
        ctx=ctx,
        span=(0.8, 1.0),
    )
    rows = tuple(
        (c, line.intercept, line.slope, line.deviation, line.pairs / data[c].size)
        for c, line in enumerate(lines)
    )
    columns = ("channel", "intercept", "slope", "deviation", "used")
    return LinearFit(image.replace(data=data), Table(columns, rows))


class Calibrated(NamedTuple):
    """The image in true colour balance, and the factors that made it so."""

    image: Image
    factors: Table


@node(
    "color.calibrate_white",
    version=1,
    known_as=("ColorCalibration", "CC", "white balance"),
    check=_ordered(
        "white_low", "white_high", "background_low", "background_high", "noise_layers", "layers"
    ),
)
def calibrate_white(
    image: LinearImage,
    *,
    white: Literal["stars", "region"] = "stars",
    white_region: Rectangle = _WHOLE,
    white_low: Annotated[float, Range(-1, 1, slider=(0, 1))] = 0.0,
    white_high: Annotated[float, Range(0, 100, slider=(0, 1))] = 0.9,
    background_region: Rectangle = _WHOLE,
    background_low: Annotated[float, Range(-1, 1, slider=(0, 0.1))] = 0.0,
    background_high: Annotated[float, Range(0, 1, slider=(0, 0.5))] = 0.1,
    layers: Annotated[int, Range(1, 8)] = 5,
    noise_layers: Annotated[int, Range(0, 7)] = 1,
    threshold: Annotated[float, Range(0, 1, slider=(0.0001, 0.1), scale="log")] = 0.0005,
    ctx: Context = SILENT,
) -> Calibrated:
    """Balance the colours by what shall be white: the average star, or a region.

    White is the mean over pixels of the white region with all channels between the white
    limits, less the background; with *stars* only pixels on small bright structures count.
    The background is the median over the background region, as in the neutralisation, which
    should go before. With k = max(white) / white each channel becomes
    (v - background) · k + background. If that exceeds 1 the whole image is divided by its maximum:
    ratios stay, nothing is clipped. The result counts as colour calibrated.

    Structures: four times over, the residual of ``layers`` starlet layers and the first
    ``noise_layers`` are taken off the HSI intensity, and what is not above 3 sigmas of the noise
    set to 0. Then what exceeds ``threshold`` of the highest peak counts.

    The table has a row for each channel: channel, background, white, factor, pixels (how many
    made the white), scale (common divisor of the result).

    Raises InputError for a mono image, a region outside the image, no pixel between the
    limits, no structure, and a channel whose white is not above its background.
    Source: PixInsight ColorCalibration.

    white: stars takes the mean of detected structures, region the mean of the whole region.
    white_region: left, top, width, height in pixels; a width or height of 0 reaches to the edge.
    white_low: pixels with a channel at or below this do not count.
    white_high: pixels with a channel at or above this do not count; keeps saturated stars out.
    background_region: region of free sky: left, top, width, height in pixels; 0 as above.
    background_low: pixels with a channel at or below this do not count.
    background_high: pixels with a channel at or above this do not count.
    layers: structures up to about 2 to this power in pixels are found.
    noise_layers: finest layers to leave out of the detection.
    threshold: lowest structure that counts, as a fraction of the highest peak.
    """
    from nodes.kernels.affine import apply_lines, channel_range
    from nodes.kernels.structures import find_structures, mean_between

    _require_rgb(image)
    background = _background(
        image, background_region, background_low, background_high, ctx, (0.0, 0.2)
    )
    part = image.data[(slice(None), *region(*white_region, image))]
    chooser, level = None, 0.0
    if white == "stars":
        chooser, level = find_structures(
            part,
            background,
            layers=layers,
            noise_layers=noise_layers,
            threshold=threshold,
            ctx=ctx,
            span=(0.2, 0.7),
        )
    mean, pixels = mean_between(
        part, white_low, white_high, chooser=chooser, level=level, ctx=ctx, span=(0.7, 0.8)
    )
    chooser = None  # its memory, before the result takes its own
    if pixels == 0:
        what = "structure" if white == "stars" else "pixel"
        raise InputError(
            f"no {what} of the white reference has all channels between {white_low:g} and "
            f"{white_high:g} (threshold {threshold:g}); change the limits, the threshold or the "
            "region"
        )
    reference = mean - background
    if not reference.min() > 0:
        found = ", ".join(f"{a} {v:.4g}" for a, v in zip(_LETTERS, reference, strict=True))
        raise InputError(
            f"the white reference is not brighter than the background (difference {found}); "
            "choose another white region, or check the background region"
        )
    factor = reference.max() / reference
    offset = background - background * factor
    _, highest = channel_range(image.data, ctx, (0.8, 0.9))
    scale = max(1.0, float((highest * factor + offset).max()))
    data = apply_lines(image.data, offset / scale, factor / scale, ctx=ctx, span=(0.9, 1.0))
    columns = ("channel", "background", "white", "factor", "pixels", "scale")
    rows = tuple(
        (letter, float(background[c]), float(mean[c]), float(factor[c]), pixels, scale)
        for c, letter in enumerate(_LETTERS)
    )
    return Calibrated(image.replace(data=data, color_calibrated=True), Table(columns, rows))
