"""Stretches: from linear data to a picture, for good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import From, Gives, Range, node
from nodes.measure import image_statistics
from nodes.stf import auto_stretch, check_channels
from nodes.values import Image, Mask, Statistics, Stretch, StretchedImage

_Row = tuple[float, float, float]
_ROWS = ("red", "green", "blue")
_PLAIN: _Row = (0.0, 0.5, 1.0)


def _check_histogram(params: Mapping[str, Any]) -> str | None:
    """What is wrong with the parameters of a histogram transformation."""
    if params["shadows"] == params["highlights"]:
        return f"shadows and highlights are both {params['shadows']:g}; set them apart"
    for name in _ROWS:
        values = tuple(params[name])
        if len(values) != 3 or not all(0 <= value <= 1 for value in values):
            return f"{name} is {values}; use shadows, midtones, highlights, each within 0 to 1"
        if values[0] == values[2]:
            return f"shadows and highlights of {name} are both {values[0]:g}; set them apart"
    return None


def _bends(params: Mapping[str, Any]) -> bool:
    """Whether a histogram transformation makes linear data non-linear."""
    return params["midtones"] != 0.5 or any(params[name][1] != 0.5 for name in _ROWS)


@node(
    "stretch.histogram",
    version=1,
    known_as=("HistogramTransformation", "HT", "histo", "mtf"),
    title="Histogram transformation",
    check=_check_histogram,
)
def histogram(
    image: Image,
    mask: Mask | None = None,
    *,
    shadows: Annotated[float, Range(0, 1, slider=(0, 0.2))] = 0.0,
    midtones: Annotated[float, Range(0, 1)] = 0.5,
    highlights: Annotated[float, Range(0, 1)] = 1.0,
    low_range: Annotated[float, Range(-10, 0)] = 0.0,
    high_range: Annotated[float, Range(1, 11)] = 1.0,
    red: _Row = _PLAIN,
    green: _Row = _PLAIN,
    blue: _Row = _PLAIN,
    ctx: Context = SILENT,
) -> Annotated[Image, Gives("stretched", when=_bends)]:
    """Cut shadows and highlights, move the midtones, and expand the range.

    Each channel goes through its own row first, then all through the combined one: clipped to 0
    and 1, cut at shadows and highlights, bent by the midtones transfer function
    ``(m - 1) x / ((2 m - 1) x - m)``, expanded. Missing pixels stay missing. The image stays
    linear only while every midtones is 0.5. As PixInsight's HistogramTransformation. Raises
    InputError when shadows equal highlights, or a mask of another size is given.

    shadows: level that becomes black, and all below; all channels.
    midtones: level, between shadows and highlights, that becomes 0.5; all channels.
    highlights: level that becomes white, and all above; all channels.
    low_range: level taken as the new black, below 0 to make room for shadows.
    high_range: level taken as the new white, above 1 to make room for highlights.
    red: shadows, midtones and highlights of the red channel; a mono image has none.
    green: shadows, midtones and highlights of the green channel; a mono image has none.
    blue: shadows, midtones and highlights of the blue channel; a mono image has none.
    """
    params = {
        "shadows": shadows,
        "midtones": midtones,
        "highlights": highlights,
        "red": red,
        "green": green,
        "blue": blue,
    }
    problem = _check_histogram(params)
    if problem:
        raise InputError(problem)
    own = (red, green, blue)
    stretches = []
    if any(tuple(values) != _PLAIN for values in own):
        if image.channels == 3:
            rows = list(zip(*own, strict=True))
            stretches.append(Stretch(rows[0], rows[1], rows[2]))
        else:
            ctx.warn("red, green and blue do nothing to a mono image; use the combined row")
            params.update(dict.fromkeys(_ROWS, _PLAIN))
    combined = Stretch((shadows,), (midtones,), (highlights,), (low_range,), (high_range,))
    stretched = _transform(image, [*stretches, combined], mask, ctx)
    return stretched.replace(linear=image.linear and not _bends(params))


@node(
    "stretch.parameters",
    version=1,
    known_as=("ScreenTransferFunction", "STF"),
    title="Auto stretch parameters",
)
def parameters(
    statistics: Statistics,
    *,
    link: Literal["auto", "linked", "unlinked"] = "auto",
    boosted: bool = False,
    target: Annotated[float, Range(0, 1, slider=(0.05, 0.5))] = 0.25,
    clipping: Annotated[float, Range(-20, 0, slider=(-5, 0), unit="sigma")] = -2.8,
    exact_target: bool = False,
) -> Stretch:
    """Find the automatic stretch of an image from its statistics, to apply to several images.

    link: one curve for all channels (linked) or one for each (unlinked); auto takes unlinked until
        the colours are calibrated, and linked after.
    boosted: clip three quarters as far from the median, and double the target.
    target: level that the background gets; 0 black to 1 white.
    clipping: where black begins; in sigmas (1.4826 MAD) from the median.
    exact_target: reach the target exactly; off is as in PixInsight, slightly above it.
    """
    return auto_stretch(
        statistics,
        link,
        target=target,
        clipping=clipping,
        boosted=boosted,
        exact_target=exact_target,
    )


@node(
    "stretch.apply",
    version=1,
    known_as=("HistogramTransformation", "STF", "mtf"),
    title="Apply stretch",
)
def apply_stretch(
    image: Image, stretch: Stretch, mask: Mask | None = None, *, ctx: Context = SILENT
) -> StretchedImage:
    """Stretch an image for good by the numbers of a screen transfer function.

    Where the mask is 0 the image stays as it is. Missing pixels stay missing. Raises InputError
    for a stretch with another number of channels, or a mask of another size.
    """
    rows = len(stretch.midtones)
    if rows not in (1, image.channels):
        raise InputError(
            f"the stretch is for {rows} channels but the image has {image.channels}; "
            "take a stretch made from an image with as many channels"
        )
    return _transform(image, [stretch], mask, ctx).replace(linear=False)


@node(
    "stretch.from_screen",
    version=1,
    known_as=("ScreenTransferFunction", "STF", "autostretch"),
    title="Auto stretch",
)
def from_screen(
    image: Image,
    statistics: Annotated[Statistics, From(image_statistics)],
    mask: Mask | None = None,
    *,
    link: Literal["auto", "linked", "unlinked"] = "auto",
    boosted: bool = False,
    target: Annotated[float, Range(0, 1, slider=(0.05, 0.5))] = 0.25,
    clipping: Annotated[float, Range(-20, 0, slider=(-5, 0), unit="sigma")] = -2.8,
    exact_target: bool = False,
    ctx: Context = SILENT,
) -> StretchedImage:
    """Stretch an image for good as the viewer shows it.

    The numbers of the automatic screen transfer function become a histogram transformation. Wire
    the statistics of another image to give both the same stretch. Raises InputError for
    statistics with another number of channels, or a mask of another size.

    link: one curve for all channels (linked) or one for each (unlinked); auto takes unlinked until
        the colours are calibrated, and linked after.
    boosted: clip three quarters as far from the median, and double the target.
    target: level that the background gets; 0 black to 1 white.
    clipping: where black begins; in sigmas (1.4826 MAD) from the median.
    exact_target: reach the target exactly; off is as in PixInsight, slightly above it.
    """
    check_channels(statistics, image.channels)
    stretch = parameters(
        statistics,
        link=link,
        boosted=boosted,
        target=target,
        clipping=clipping,
        exact_target=exact_target,
    )
    return apply_stretch(image, stretch, mask, ctx=ctx)


def _transform(image: Image, stretches: list[Stretch], mask: Mask | None, ctx: Context) -> Image:
    from nodes.kernels.display import stretch_data

    if mask is not None and mask.data.shape[1:] != image.data.shape[1:]:
        raise InputError(
            f"the mask is {mask.data.shape[2]} × {mask.data.shape[1]} px but the image is "
            f"{image.width} × {image.height} px; make the mask from this image"
        )
    weights = None if mask is None else mask.data
    return image.replace(data=stretch_data(image.data, stretches, weights, ctx))
