"""Integration of frames with normalisation and rejection of outliers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import From, Partial, Range, node
from nodes.alike import Look, check_alike, leave_out, look_at, sum_header
from nodes.local import LocalFit, check_fit
from nodes.normalization import (
    Normalization,
    RejectionNormalization,
    find_fault,
    make_scaling,
)
from nodes.rejection import Method, Rejection, check_count, choose_method
from nodes.scale import Scale, frame_scale
from nodes.stacking import Stacked, memory_of_stack, stack_frames
from nodes.surfaces import Surfaces
from nodes.trails import Growth, grow_rejection
from nodes.values import Image, LinearImage, Table

_SKIP = Partial(lambda params: params["missing"] == "skip")


class Integration(NamedTuple):
    """The integrated image; shares of samples rejected; how many were there; a row a frame."""

    image: LinearImage
    low: Image
    high: Image
    coverage: Image
    report: Table


def _check(params: Mapping[str, Any]) -> str | None:
    if params["rejection"] != "none" and not (params["clip_low"] or params["clip_high"]):
        return "clip_low and clip_high are both off, so nothing is rejected; set rejection to none"
    if (params["grow_low"] or params["grow_high"]) and params["combine"] != "mean":
        return f"grow_low and grow_high need the mean, not the {params['combine']}"
    local = [params[name] == "local" for name in ("normalization", "rejection_normalization")]
    if params["rejection"] != "none" and any(local) != all(local):
        return "normalization and rejection_normalization are local both or neither; set both"
    low, high = params["range_low"], params["range_high"]
    if low is not None and high is not None and low >= high:
        return f"range_low {low:g} is not below range_high {high:g}"
    return None


def _memory(inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]) -> int:
    """Bands of all frames; to grow, sums, weights and bounds of the whole image."""
    grows = params["grow_low"] or params["grow_high"]
    return memory_of_stack(inputs, counts, params) + (9 * inputs["frames"] if grows else 0)


@node(
    "integrate.stack",
    version=1,
    known_as=("ImageIntegration", "stack", "rej"),
    title="Integrate frames",
    memory=_memory,
    check=_check,
)
def stack(
    frames: Annotated[Sequence[LinearImage], _SKIP],
    scales: Annotated[Sequence[Scale], From(frame_scale), _SKIP],
    weights: Annotated[Sequence[float] | None, _SKIP] = None,
    locals: Annotated[Sequence[LocalFit] | None, _SKIP] = None,
    *,
    combine: Literal["mean", "median", "minimum", "maximum"] = "mean",
    normalization: Literal[Normalization, "local"] = "additive with scaling",
    rejection: Literal["auto", Method] = "auto",
    rejection_normalization: Literal[RejectionNormalization, "local"] = "scale and offset",
    sigma_low: Annotated[float, Range(0, 100, slider=(1, 10), unit="sigma")] = 4.0,
    sigma_high: Annotated[float, Range(0, 100, slider=(1, 10), unit="sigma")] = 3.0,
    percentile_low: Annotated[float, Range(0, 1)] = 0.2,
    percentile_high: Annotated[float, Range(0, 1)] = 0.1,
    line_low: Annotated[float, Range(0, 100, slider=(1, 10))] = 5.0,
    line_high: Annotated[float, Range(0, 100, slider=(1, 10))] = 3.5,
    lowest: Annotated[int, Range(0, 1000, slider=(0, 10))] = 1,
    highest: Annotated[int, Range(0, 1000, slider=(0, 10))] = 1,
    outliers: Annotated[float, Range(0, 1)] = 0.3,
    significance: Annotated[float, Range(1e-6, 0.5, scale="log")] = 0.05,
    gain: Annotated[float, Range(1e-3, 1e3, scale="log", unit="e-/DN")] = 1.0,
    readout_noise: Annotated[float, Range(0, 1e3, slider=(0, 20), unit="e-")] = 10.0,
    scale_noise: Annotated[float, Range(0, 1)] = 0.0,
    clip_low: bool = True,
    clip_high: bool = True,
    grow_low: bool = False,
    grow_high: bool = False,
    protected_layers: Annotated[int, Range(0, 6)] = 2,
    growth: Annotated[int, Range(0, 50, slider=(0, 10), unit="px")] = 2,
    range_low: Annotated[float, Range(-1, 1)] | None = None,
    range_high: Annotated[float, Range(0, 1e6, slider=(0, 1))] | None = None,
    missing: Literal["skip", "fail"] = "skip",
    ctx: Context = SILENT,
) -> Integration:
    """Integrate frames into one image: made alike, freed of outliers, combined.

    Each frame is normalised by its level and spread to the first frame that counts, twice: for
    rejection, and for the result. Per pixel, the samples of all frames are sorted and outliers
    are rejected until the method finds none, at least three are left, or no more than that.
    The mean is weighted; median, minimum and maximum are not. Missing pixels have no part; a
    pixel missing in all frames is missing in the result. Raw mosaics are integrated by colour
    plane and stay mosaics.

    A frame's weight is its own, times its number in ``weights``; frames of weight 0 are not read.
    A frame that cannot be normalised (black, constant) is left out with a warning. Two frames are
    averaged plainly, and one comes back as it is, with a warning. Memory does not grow with the
    number of frames.

    low and high hold the share of frames rejected at each pixel, coverage the number that have a
    value there. The table has a row for each frame and channel: frame (from 1), channel, weight,
    location and scale (of the image, 0 black to 1 white), low and high (share of its samples that
    were rejected, percent), note. Header and solution are those of the first frame that counts,
    with NCOMBINE, STACKCNT, LIVETIME, EXPSTART and EXPEND.

    Raises InputError when no frame is left, frames differ in size, channels or Bayer pattern, a
    weight is negative or no number, or min/max would reject all samples.
    Source: PixInsight's ImageIntegration (percentile, averaged sigma, winsorized, linear fit, CCD
    noise); Rosner 1983 (ESD); see also Siril's stacking.

    combine: mean, median, minimum or maximum of the survivors.
    normalization: of the result. Additive shifts levels, multiplicative scales them; with scaling
        the spreads become alike too. none takes frames as they are.
    rejection: auto takes percentile below 6 frames, winsorized up to 15, linear fit above.
        averaged sigma, percentile and ccd noise depend on the level of the image; for ccd noise
        frames must not have been scaled.
    rejection_normalization: scale and offset for lights, equalize fluxes (by level) for flats;
        local when the normalization is.
    sigma_low: how many sigmas below the centre a sample is rejected; for sigma, winsorized,
        averaged sigma and ccd noise.
    sigma_high: how many sigmas above.
    percentile_low: how far below the median, as a share of it; for percentile.
    percentile_high: how far above.
    line_low: how far below the line through the sorted samples, in twice the mean distance from
        it; for linear fit.
    line_high: how far above.
    lowest: how many lowest samples go; for min/max.
    highest: how many highest samples go.
    outliers: at most this share of the samples is rejected; for esd.
    significance: probability of finding an outlier where there is none; for esd.
    gain: of the camera; for ccd noise.
    readout_noise: of the camera; for ccd noise.
    scale_noise: multiplicative noise, as a share of the signal; for ccd noise.
    clip_low: whether low samples are rejected.
    clip_high: whether high samples are rejected.
    grow_low: whether large structures of low samples in a frame (a shadow) are found, and what lies
        about them is rejected too. This reads all frames once more.
    grow_high: the same of high samples: trails of satellites and planes.
    protected_layers: structures of up to 2 to the power of this pixels are not grown: stars,
        cosmic rays.
    growth: by how much; pixels.
    range_low: samples at or below this level have no part; empty for no such limit. 0 for files in
        which 0 marks missing pixels.
    range_high: samples at or above this level have no part; 0.98 leaves out saturated ones.
    missing: what to do when some frames could not be made; skip integrates the others, fail makes
        nothing.
    """
    looks = look_at(frames, weights, ctx)
    counted = [look for look in looks if look]
    if not counted:
        raise InputError(
            f"none of the {len(looks)} frames has a weight above 0; loosen what rejects them"
            if looks
            else "there are no frames to integrate; look at what makes them"
        )
    if len(scales) != len(frames):
        raise InputError(
            f"there are {len(scales)} scales for {len(frames)} frames; "
            "wire scales that were measured on these frames"
        )
    check_alike(counted)
    fits = _choose_fits(frames, locals, normalization, ctx)

    def fault(look: Look) -> str | None:
        scale = scales[look.number - 1]
        if fits is not None:
            check_fit(fits[look.number - 1], look.shape, f"frame {look.number}")
            if not fits[look.number - 1].known:
                return "it has no pixel in common with the reference of its local fit"
        planes = 4 if look.cfa and min(look.shape[1:]) > 1 else look.shape[0]
        if len(scale.location) != planes:
            raise InputError(
                f"the scale of frame {look.number} has {len(scale.location)} channels but the "
                f"frame {planes}; wire scales that were measured on these frames"
            )
        return find_fault(scale, normalization) or (
            None if rejection == "none" else find_fault(scale, rejection_normalization)
        )

    kept, faults = leave_out(counted, fault, ctx)
    if not kept:
        raise InputError(
            f"none of the {len(counted)} frames can be normalised (frame {counted[0].number}: "
            f"{faults[counted[0].number]}); check how they were calibrated, "
            "or set normalization to none"
        )
    method = choose_method(len(kept)) if rejection == "auto" else rejection
    method = check_count(method, len(kept), lowest + highest, rejection == "auto", ctx)
    low, high = {
        "min/max": (float(lowest), float(highest)),
        "percentile": (percentile_low, percentile_high),
        "linear fit": (line_low, line_high),
    }.get(method, (sigma_low, sigma_high))
    settings = Rejection(
        method,
        low,
        high,
        outliers,
        significance,
        gain,
        readout_noise,
        scale_noise,
        clip_low,
        clip_high,
    )
    chosen = [scales[look.number - 1] for look in kept]
    planes = len(chosen[0].location)
    for_result = [make_scaling(chosen, plane, normalization) for plane in range(planes)]
    for_rejection = for_result
    if method != "none":
        for_rejection = [
            make_scaling(chosen, plane, rejection_normalization) for plane in range(planes)
        ]
    indices = [look.number - 1 for look in kept]
    shares = [look.weight for look in kept]
    scaling = [np.concatenate(pair) for pair in zip(for_rejection, for_result, strict=True)]
    limits = (range_low, range_high)
    trails = Growth(grow_low, grow_high, protected_layers, growth)
    grows = method != "none" and (grow_low or grow_high)
    surfaces = None if fits is None else [Surfaces(fits[index]) for index in indices]
    done = stack_frames(
        frames, indices, shares, scaling, settings, combine, limits=limits, surfaces=surfaces,
        bounds=grows, ctx=ctx, span=(0.0, 0.5 if grows else 1.0),
    )  # fmt: skip
    if grows:
        grow_rejection(
            frames, indices, shares, scaling, done, trails, limits, surfaces, ctx=ctx,
            span=(0.5, 1.0),
        )  # fmt: skip
    image = frames[kept[0].number - 1].replace(
        data=done.data,
        header=sum_header(kept),
        weight=math.fsum(look.weight for look in kept),
    )
    share = np.float32(1 / len(kept))
    for counts in done.maps[:2]:
        counts *= share
    low_map, high_map, coverage = (image.replace(data=counts) for counts in done.maps)
    report = _report(image, looks, kept, faults, scales, done)
    return Integration(image, low_map, high_map, coverage, report)


def _choose_fits(
    frames: Sequence[Image], fits: Sequence[LocalFit] | None, normalization: str, ctx: Context
) -> Sequence[LocalFit] | None:
    """The local fits, if frames are to be normalised by them."""
    if normalization != "local":
        if fits is not None:
            ctx.warn(f"the local fits are not used, as the normalization is {normalization}")
        return None
    if fits is None:
        raise InputError("local normalization needs local fits; wire them, or choose another")
    if len(fits) != len(frames):
        raise InputError(
            f"there are {len(fits)} local fits for {len(frames)} frames; "
            "wire those of the same frames"
        )
    return fits


def _report(
    image: Image,
    looks: Sequence[Look | None],
    kept: Sequence[Look],
    faults: Mapping[int, str],
    scales: Sequence[Scale],
    done: Stacked,
) -> Table:
    """A row for each frame and plane."""
    places = {look.number: place for place, look in enumerate(kept)}
    rows = []
    for number, look in enumerate(looks, 1):
        place, scale = places.get(number), scales[number - 1]
        note = "" if place is not None else faults.get(number, "its weight is 0")
        known = len(scale.location) == len(done.rejected)  # what is left out may be of any shape
        for plane in range(len(done.rejected)):
            low, high = (0.0, 0.0) if place is None else done.rejected[plane, :, place].tolist()
            rows.append(
                (
                    number,
                    image.name_plane(plane),
                    look.weight if look and place is not None else 0.0,
                    *((scale.location[plane], scale.scale[plane]) if known else (None, None)),
                    100 * low / done.pixels,
                    100 * high / done.pixels,
                    note,
                )
            )
    return Table(
        ("frame", "channel", "weight", "location", "scale", "low", "high", "note"), tuple(rows)
    )
