"""Local normalisation: sky and flux scale of frames made those of a reference, place by place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import From, Partial, Range, Repeat, node
from graph.values import value_type
from nodes.alike import describe
from nodes.quality import Quality
from nodes.register import Canvas, Transform
from nodes.scale import Scale, frame_scale
from nodes.stars import Stars
from nodes.values import Image, LinearImage, read_only

_CELLS = 8  # of the grid for one scale
_SMALLEST = 32  # pixels
_SKIP = Partial(lambda params: params["missing"] == "skip")


@value_type("LocalFit", color="#90a8d8")
@dataclass(frozen=True, eq=False)
class LocalFit:
    """What makes a frame like the reference: value' = a · (value - c) + b, smooth over the image.

    a, b, c: float32 ``(channels, rows, columns)``, flux scale, sky of the reference and sky of the
    frame at the nodes of a grid, between which a cubic spline goes. Node (0, 0) lies at (left,
    top), the others step_x and step_y pixels apart. width, height: of the image, pixels. scale: of
    the flux, by channel; pairs: how many stars, or cells, told it; method: stars, structures or
    none. NaN throughout for a frame without a pixel in common with the reference.
    """

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    left: float
    top: float
    step_x: float
    step_y: float
    width: int
    height: int
    scale: tuple[float, ...] = ()
    pairs: tuple[int, ...] = ()
    method: str = "stars"

    def __post_init__(self) -> None:
        for name in "abc":
            grid = read_only(getattr(self, name))
            if grid.ndim != 3 or grid.shape != np.shape(self.a) or 0 in grid.shape:
                raise ValueError(f"{name} is (channels, rows, columns), not {grid.shape}")
            object.__setattr__(self, name, grid)

    @property
    def known(self) -> bool:
        """Whether there was anything to fit."""
        return bool(np.isfinite(self.a).all())

    def summary(self) -> str:
        """``flux × 1.043 (stars), 24 × 32 nodes``."""
        if not self.known:
            return "no fit: no pixel in common with the reference"
        _, rows, columns = self.a.shape
        scales = " ".join(f"{scale:.4g}" for scale in self.scale)
        return f"flux × {scales} ({self.method}), {columns} × {rows} nodes"


class Fitted(NamedTuple):
    """What local.fit gives."""

    fit: LocalFit


def _memory(inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]) -> int:
    """Bands of both images, and what finding stars takes."""
    return inputs["image"] // 2 + (48 << 20)


@node(
    "local.fit",
    version=1,
    known_as=("LocalNormalization", "LN"),
    title="Local normalisation: fit",
    memory=_memory,
)
def fit(
    image: LinearImage,
    reference: Annotated[LinearImage, Repeat()],
    stars: Stars | None = None,
    reference_stars: Annotated[Stars | None, Repeat()] = None,
    transform: Transform | None = None,
    canvas: Annotated[Canvas | None, Repeat()] = None,
    *,
    grid: Annotated[int, Range(1, 64, slider=(2, 16))] = 4,
    size: Annotated[int, Range(0, 100_000, slider=(0, 2000), unit="px")] = 0,
    flux: Literal["stars", "structures", "none"] = "stars",
    min_snr: Annotated[float, Range(1, 1000, slider=(5, 100))] = 40.0,
    low: Annotated[float, Range(-1, 1, slider=(0, 0.01))] = 4.5e-5,
    high: Annotated[float, Range(0, 1e6, slider=(0.5, 1))] = 0.85,
    sigma: Annotated[float, Range(0.5, 20, slider=(2, 6), unit="sigma")] = 3.2,
    reference_sigma: Annotated[float, Range(0.5, 20, slider=(2, 6), unit="sigma")] = 3.0,
    ctx: Context = SILENT,
) -> Fitted:
    """Find how the sky of a registered frame and its flux scale differ from those of a reference.

    Both images are divided into cells, eight for one scale. Stars and other structures, by their
    distance from the background of boxes of 32 pixels, and one pixel about them, are left out in
    both images alike; of what is free in both, the means are taken. The flux scale is the mean of
    the ratios of the fluxes of common stars that Chauvenet's criterion leaves. The sky of the
    frame, and how that of the reference differs from it once the flux scale is applied, are the
    residuals of multiscale medians at the scale: a trail in one image bends neither. Since both
    skies come from the same pixels, nebulae that both images show cancel out.

    Apply the fit with local.apply, or wire it to an integration or drizzle. A frame without a pixel
    in common with the reference (one that was not matched) gives an empty fit, and a warning;
    where only the frame has pixels, the fit goes on from the edge of the reference.

    Where fewer than ten pairs of stars are found, the scale comes from all structures, cell by
    cell, and where these are too few as well it is 1, with a warning.

    Raises InputError for images of different size or channels, a raw mosaic, and a scale below 32
    pixels or above half of the image's shorter side.
    Source: the evaluation and the parameters of PixInsight's LocalNormalization.

    stars: of the frame; left unwired they are detected here. For a colour image they are always
        detected here, channel by channel.
    reference_stars: the same of the reference.
    transform: wire it, and the canvas, when the stars are those of the frame before it was drawn.
    grid: the scale is the shorter side of the image by this, if size is 0.
    size: scale in pixels: differences of the sky that are larger are evened out.
    flux: what tells the flux scale; none takes 1.
    min_snr: of stars that tell the flux scale, in both images; half or a quarter of it where there
        are too few of them.
    low: smaller values have no part, where the sky itself is above it.
    high: larger values have no part.
    sigma: how far off the background structures of the frame are.
    reference_sigma: the same of the reference.
    """
    from nodes.sky import measure_sky, smooth_cells

    _check(image, reference)
    height, width = image.data.shape[1:]
    shorter = min(width, height)
    scale = size or max(_SMALLEST, shorter / grid)
    if size and not _SMALLEST <= size <= shorter / 2:
        raise InputError(
            f"the size is {size} px, but {_SMALLEST} to {shorter // 2} (half of the shorter side) "
            "make sense; set it to 0 to have it chosen"
        )
    shape = tuple(max(1, math.ceil(_CELLS * length / scale - 1e-9)) for length in (height, width))
    grids = np.full((3, image.channels, *shape), np.nan)
    scales: list[float] = []
    pairs: list[int] = []
    method: str = flux
    for index, (plane, other) in enumerate(zip(image.data, reference.data, strict=True)):
        span = index / image.channels, (index + 0.6) / image.channels
        cells = measure_sky(
            plane, other, (shape[0], shape[1]), (low, high), (sigma, reference_sigma), ctx, span
        )
        if cells is None:
            ctx.warn("the frame has no pixel in common with the reference, so nothing is fitted")
            grids[:] = np.nan
            scales, pairs = [math.nan] * image.channels, [0] * image.channels
            break
        factor, count, told = 1.0, 0, "none"
        if flux != "none":
            known = (stars, reference_stars) if image.channels == 1 else (None, None)
            factor, count, told = _scale(
                plane, other, known, transform, canvas, cells, flux == "stars", min_snr, ctx
            )
        method = told if index == 0 or told == method else "mixed"
        own = smooth_cells(cells.own, _CELLS + 1)
        rest = smooth_cells(cells.other - factor * cells.own, _CELLS + 1)
        grids[0, index], grids[1, index], grids[2, index] = factor, factor * own + rest, own
        scales.append(factor)
        pairs.append(count)
    step_y, step_x = height / shape[0], width / shape[1]
    found = LocalFit(
        grids[0], grids[1], grids[2], left=step_x / 2 - 0.5, top=step_y / 2 - 0.5, step_x=step_x,
        step_y=step_y, width=width, height=height, scale=tuple(scales), pairs=tuple(pairs),
        method=method,
    )  # fmt: skip
    return Fitted(found)


def _check(image: Image, reference: Image) -> None:
    if image.cfa or reference.cfa:
        raise InputError(
            "local normalisation needs debayered images, but there is a raw mosaic; debayer and "
            "register the frames first"
        )
    if image.data.shape != reference.data.shape:
        raise InputError(
            f"the frame is {describe(image.data.shape)} but the reference "
            f"{describe(reference.data.shape)}; draw both on the same canvas"
        )


def _scale(
    plane: np.ndarray,
    other: np.ndarray,
    known: tuple[Stars | None, Stars | None],
    transform: Transform | None,
    canvas: Canvas | None,
    cells: Any,
    by_stars: bool,
    least: float,
    ctx: Context,
) -> tuple[float, int, str]:
    """The flux scale of a channel, how many told it, and what they were."""
    from nodes.flux import ENOUGH, cell_scale, detect_stars, star_scale

    few = 0
    if by_stars:
        stars, reference_stars = known
        moved = transform if stars is not None else None
        stars = detect_stars(plane, SILENT) if stars is None else stars
        if reference_stars is None:
            reference_stars = detect_stars(other, SILENT)
        factor, few = star_scale(stars, reference_stars, moved, canvas, least)
        if math.isfinite(factor):
            return factor, few, "stars"
    factor, count = cell_scale(cells)
    if math.isfinite(factor):
        if by_stars:
            ctx.warn(
                f"only {few} stars in common with the reference, and {ENOUGH} are needed: the flux "
                "scale comes from all structures"
            )
        return factor, count, "structures"
    ctx.warn(
        "there are too few stars and structures in common with the reference to tell the flux "
        "scale, which is taken as 1"
    )
    return 1.0, 0, "none"


def check_fit(fit: LocalFit, shape: tuple[int, ...], name: str) -> None:
    """Raise InputError unless the fit is of that shape."""
    own = len(fit.a), fit.height, fit.width
    if own != shape:
        raise InputError(
            f"{name} is {describe(shape)} but its local fit {describe(own)}; wire the fits of "
            "these frames, made on the same canvas"
        )


@node(
    "local.apply",
    version=1,
    known_as=("LocalNormalization", "LN"),
    title="Local normalisation: apply",
)
def apply(image: LinearImage, fit: LocalFit, *, ctx: Context = SILENT) -> Image:
    """Make a frame like the reference by its local fit.

    Each pixel becomes a · (pixel - c) + b, with the smooth surfaces of the fit; missing pixels stay
    missing. A frame whose fit is empty stays as it is, with the weight 0 and a warning. Raises
    InputError when the fit is that of an image of other size or channels.
    """
    from nodes.surfaces import Surfaces

    check_fit(fit, image.data.shape, "the image")
    if not fit.known:
        ctx.warn("left as it is, with the weight 0: it has no pixel in common with the reference")
        return image.replace(weight=0.0)
    surfaces = Surfaces(fit)
    out = np.empty(image.data.shape, np.float32)
    for channel, plane in enumerate(image.data):
        span = channel / image.channels, (channel + 1) / image.channels
        out[channel] = surfaces.change(plane, channel, ctx, span)
    return image.replace(data=out)


def _memory_of_reference(
    inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]
) -> int:
    from nodes.stacking import memory_of_stack

    return memory_of_stack(inputs, counts, params) + 3 * inputs["frames"]


@node(
    "local.reference",
    version=1,
    known_as=("LocalNormalization", "LN reference"),
    title="Local normalisation: reference",
    memory=_memory_of_reference,
)
def reference(
    frames: Annotated[Sequence[LinearImage], _SKIP],
    scales: Annotated[Sequence[Scale], From(frame_scale), _SKIP],
    qualities: Annotated[Sequence[Quality] | None, _SKIP] = None,
    *,
    count: Annotated[int, Range(1, 1000, slider=(3, 50))] = 20,
    missing: Literal["skip", "fail"] = "skip",
    ctx: Context = SILENT,
) -> LinearImage:
    """Make the reference of a local normalisation from the best frames.

    The best by PSF signal (wire the qualities; else all are alike) are integrated with additive
    normalisation with scaling and automatic rejection. Of fewer than three, the best frame is the
    reference. Frames of weight 0 or rejected by eye have no part.

    Raises InputError when no frame has a weight, and what integrate.stack raises.
    Source: PixInsight's WBPP.

    count: how many frames at most.
    missing: what to do when some frames could not be made; skip takes the others, fail none.
    """
    if qualities is not None and len(qualities) != len(frames):
        raise InputError(
            f"there are {len(qualities)} qualities for {len(frames)} frames; "
            "wire those of the same frames"
        )
    from nodes.stack import stack

    shares = []
    for index in range(len(frames)):
        ctx.check()
        quality = None if qualities is None else qualities[index]
        share = frames[index].weight
        if quality is not None:
            good = quality.accepted and math.isfinite(quality.psf_signal)
            share *= max(quality.psf_signal, 0.0) if good else 0.0
        shares.append(share)
    best = [
        index for index in np.argsort(shares, kind="stable")[::-1].tolist() if shares[index] > 0
    ]
    if not best and any(frames[index].weight > 0 for index in range(len(frames))):
        ctx.warn("no frame has a PSF signal, so all are taken alike")
        again: Image = reference(frames, scales, None, count=count, missing=missing, ctx=ctx)
        return again
    if not best:
        raise InputError(
            f"none of the {len(shares)} frames has a weight above 0; loosen what rejects them"
            if shares
            else "there are no frames to make a reference of; look at what makes them"
        )
    # the order of the frames stays; the level is that of the best
    chosen = best[:count] if len(best) >= 3 else best[:1]
    if len(chosen) == 1:
        one: Image = frames[chosen[0]]
        return one
    most = shares[chosen[0]]
    picked = [frames[index].replace(weight=shares[index] / most) for index in chosen]
    image: Image = stack(picked, [scales[index] for index in chosen], ctx=ctx).image
    return image
