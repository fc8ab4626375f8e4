"""Background models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import Range, node
from nodes.values import Image, LinearImage, Mask, Table


class Background(NamedTuple):
    """An image freed of its background, the background, and the samples it was made of."""

    image: Image
    model: Image
    samples: Table


def _memory(inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]) -> int:
    """The samples and their table; image and model are written by lines."""
    return 16 << 20


@node(
    "background.polynomial",
    version=1,
    known_as=(
        "AutomaticBackgroundExtractor",
        "ABE",
        "DynamicBackgroundExtraction",
        "DBE",
        "subsky",
    ),
    memory=_memory,
)
def polynomial(
    image: LinearImage,
    mask: Mask | None = None,
    *,
    degree: Annotated[int, Range(0, 6)] = 4,
    correction: Literal["subtract", "divide", "none"] = "subtract",
    normalize: bool = True,
    box: Annotated[int, Range(1, 501, slider=(5, 101), unit="px")] = 25,
    boxes: Annotated[int, Range(2, 200, slider=(5, 50))] = 20,
    tolerance: Annotated[float, Range(0.1, 10, slider=(0.2, 4))] = 1.0,
    unbalance: Annotated[float, Range(1, 100, slider=(1, 10), scale="log")] = 1.8,
    minimum_fraction: Annotated[float, Range(0, 1)] = 0.5,
    rounds: Annotated[int, Range(0, 20)] = 5,
    ctx: Context = SILENT,
) -> Background:
    """Fit a polynomial to the sky background and remove it.

    Comparable to AutomaticBackgroundExtractor. Boxes on a regular grid give samples; each
    is the robust level of its pixels, so single stars do not matter. Samples on nebulae and
    galaxies are rejected against the fit itself, hence a strong gradient costs no samples. Each
    channel is fitted on its own, and each of the four colour planes of a raw mosaic.

    With M the model: subtract gives image - M + mean(M), for light added by sky glow or moon;
    divide gives image / M · mean(M), for vignetting that flats left over; none only makes
    the model. Nothing is clipped: values below 0 stay. Missing pixels stay missing in the image;
    the model has none.

    The mask marks what to EXCLUDE: pixels where it is above 0.5 (a nebula, a galaxy) are not
    sampled. It does not limit where the model is applied.

    The table has a row for each box that has valid pixels: x and y in pixels, channel (colour
    plane 0 to 3 for a mosaic), value, weight (fraction of its pixels kept), accepted.

    Raises InputError for a mask of other size, a channel without valid pixels, fewer samples
    than terms + 1, samples that do not determine the surface, and division by a model that is
    not above zero everywhere.
    Source: published parameters of PixInsight's AutomaticBackgroundExtractor and of Siril.

    degree: total degree of the polynomial; 1 is a plane, 4 suits most gradients, more may eat
        large nebulae.
    correction: subtract for added light, divide for vignetting, none for the model alone.
    normalize: keep the mean level of the background when subtracting; off, it becomes 0.
    box: side of a sample box; pixels; boxes shrink where the grid is finer.
    boxes: number of boxes along the longer side of the image.
    tolerance: samples brighter than the fit by more than this are rejected; in sigmas of the
        residuals; lower keeps nebulae out better.
    unbalance: how many times more tolerant it is of samples darker than the fit.
    minimum_fraction: samples with a smaller share of valid and unclipped pixels are left out.
    rounds: how often samples are rejected and the fit repeated, at most; 0 rejects none.
    """
    from nodes.kernels.polynomial import apply_surface, fit_surface, mean_of, terms
    from nodes.kernels.samples import take_samples

    if mask is not None and mask.data.shape[1:] != image.data.shape[1:]:
        raise InputError(
            f"the mask is {mask.data.shape[2]} × {mask.data.shape[1]} px but the image is "
            f"{image.width} × {image.height} px; make the mask from this image"
        )
    planes = list(_planes(image))
    surfaces = []
    rows: list[tuple[Any, ...]] = []
    for index, (channel, top, left, step) in enumerate(planes):
        plane = image.data[channel, top::step, left::step]
        samples = take_samples(
            plane,
            None if mask is None else mask.data[0, top::step, left::step],
            box=max(1, box // step),
            boxes=boxes,
            degree=degree,
            ctx=ctx,
            span=(0.2 * index / len(planes), 0.2 * (index + 1) / len(planes)),
        )
        if not samples.weight.any():
            raise InputError(
                f"the {image.name_plane(index)} has no valid pixel"
                + (" outside the mask; use another mask" if mask else "; check where it was lost")
            )
        height, width = plane.shape
        surface, accepted = fit_surface(
            samples,
            height,
            width,
            degree=degree,
            tolerance=tolerance,
            unbalance=unbalance,
            minimum_fraction=minimum_fraction,
            rounds=rounds,
        )
        if surface is None:
            found, need = int(accepted.sum()), len(terms(degree, height, width)) + 1
            why = (
                f"{found} of {accepted.size} samples are usable but degree {degree} needs {need}"
                if found < need
                else f"the {found} usable samples lie too unevenly for degree {degree}"
            )
            raise InputError(
                f"the {image.name_plane(index)}: {why} (tolerance {tolerance:g}, minimum fraction "
                f"{minimum_fraction:g}); lower the degree, or raise the tolerance or the boxes"
            )
        surfaces.append(surface)
        rows += [
            (left + step * x, top + step * y, index, value, weight, ok)
            for x, y, value, weight, ok in zip(
                *(column.tolist() for column in (*samples, accepted)), strict=True
            )
            if weight > 0
        ]
    divide = correction == "divide"
    model = np.empty(image.data.shape, np.float32)
    out = None if correction == "none" else np.empty(image.data.shape, np.float32)
    for index, ((channel, top, left, step), surface) in enumerate(
        zip(planes, surfaces, strict=True)
    ):
        where = (channel, slice(top, None, step), slice(left, None, step))
        mean = mean_of(surface)
        lowest = apply_surface(
            image.data[where],
            surface,
            model[where],
            None if out is None else out[where],
            divide=divide,
            level=mean if divide or normalize else 0.0,
            ctx=ctx,
            span=(0.2 + 0.8 * index / len(planes), 0.2 + 0.8 * (index + 1) / len(planes)),
        )
        if divide and not lowest > 1e-6 * abs(mean):
            raise InputError(
                f"the {image.name_plane(index)}: the model falls to {lowest:.6g}, "
                "so the image cannot be divided by it; lower the degree, or subtract"
            )
    return Background(
        image if out is None else image.replace(data=out),
        image.replace(data=model),
        Table(("x", "y", "channel", "value", "weight", "accepted"), tuple(rows)),
    )


def _planes(image: Image) -> Iterator[tuple[int, int, int, int]]:
    """Channel, first row, first column and step of each plane that is fitted on its own."""
    if image.cfa and image.height > 1 and image.width > 1:
        yield from ((0, top, left, 2) for top in (0, 1) for left in (0, 1))
    else:
        yield from ((channel, 0, 0, 1) for channel in range(image.channels))
