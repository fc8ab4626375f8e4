"""Master frames: bias, dark and flat, integrated as calibration needs them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import From, Partial, Range, node
from nodes.alike import Look, check_alike, leave_out, look_at, sum_header
from nodes.normalization import make_scaling
from nodes.rejection import Method, Rejection, check_count, choose_method
from nodes.scale import Scale, frame_scale, split_planes
from nodes.stacking import memory_of_stack, stack_frames
from nodes.values import Image, LinearImage, Table

_PERCENTILES = 0.2, 0.1
_LINES = 5.0, 3.5
_DARKEST, _BRIGHTEST, _DEAD = 0.01, 0.95, 1e-3  # of usable flats: level, share of dead pixels
_SATURATED = 0.01

#: what masters may be rejected by
_Rejection = Literal["auto", "none", "percentile", "sigma", "winsorized", "linear fit"]


class Master(NamedTuple):
    """A master frame, and a row for each frame that went into it."""

    image: LinearImage
    report: Table


@node(
    "masters.dark",
    version=1,
    known_as=("master dark", "master bias", "WBPP", "nonorm"),
    title="Master dark or bias",
    memory=memory_of_stack,
)
def master_dark(
    frames: Annotated[Sequence[LinearImage], Partial()],
    *,
    kind: Literal["dark", "bias", "flat dark"] = "dark",
    rejection: _Rejection = "auto",
    sigma_low: Annotated[float, Range(0, 100, slider=(1, 10), unit="sigma")] = 4.0,
    sigma_high: Annotated[float, Range(0, 100, slider=(1, 10), unit="sigma")] = 3.0,
    ctx: Context = SILENT,
) -> Master:
    """Integrate bias frames, darks or flat darks into a master: the mean, freed of outliers.

    Frames are taken as they are, since their level is what calibration subtracts. Missing pixels
    have no part. Header and everything else are those of the first frame, with IMAGETYP, the
    number of frames and their exposures; EXPTIME stays that of one frame. The table has a row for
    each frame and channel: frame (from 1), channel, low and high (share of its samples that were
    rejected, percent), note.

    Raises InputError when there are no frames, or they differ in size, channels or Bayer pattern.
    Source: WeightedBatchPreprocessing, ImageIntegration.

    kind: what the frames are; written as IMAGETYP.
    rejection: auto takes percentile below 6 frames, else winsorized.
    sigma_low: how many sigmas below the centre a sample is rejected.
    sigma_high: how many sigmas above.
    """
    looks = _look(frames, ctx)
    method = choose_method(len(looks), calibration=True) if rejection == "auto" else rejection
    return _make(
        frames, looks, {}, None, method, rejection == "auto", (sigma_low, sigma_high),
        f"Master {kind.title()}", ctx,
    )  # fmt: skip


@node(
    "masters.flat",
    version=1,
    known_as=("master flat", "WBPP", "norm=mul"),
    title="Master flat",
    memory=memory_of_stack,
)
def master_flat(
    frames: Annotated[Sequence[LinearImage], Partial()],
    scales: Annotated[Sequence[Scale], From(frame_scale), Partial()],
    *,
    rejection: _Rejection = "auto",
    sigma_low: Annotated[float, Range(0, 100, slider=(1, 10), unit="sigma")] = 4.0,
    sigma_high: Annotated[float, Range(0, 100, slider=(1, 10), unit="sigma")] = 3.0,
    ctx: Context = SILENT,
) -> Master:
    """Integrate flats into a master: brought to one level, freed of outliers, averaged.

    Subtract bias or flat darks from the flats first. Each flat is multiplied so that its level is
    that of the first, in each channel or colour plane of a mosaic; so flats of a brightening sky
    go together. Flats of a level of at most 0.01 or at least 0.95, and those with more than 0.1 %
    of pixels at 0 or below, are left out with a warning. Missing pixels have no part. Header and
    table are as in the master dark, and the table has the level of each flat as well.

    Raises InputError when no flat is usable, or they differ in size, channels or Bayer pattern.
    Source: WeightedBatchPreprocessing, ImageIntegration.

    rejection: auto takes percentile below 6 frames, winsorized up to 15, linear fit above.
    sigma_low: how many sigmas below the centre a sample is rejected.
    sigma_high: how many sigmas above.
    """
    looks = _look(frames, ctx)
    kept, faults = leave_out(looks, lambda look: _find_fault(scales[look.number - 1]), ctx)
    if not kept:
        raise InputError(
            f"none of the {len(looks)} flats is usable (frame {looks[0].number}: "
            f"{faults[looks[0].number]}); take flats of about half the white level"
        )
    for look in kept:
        share = max(scales[look.number - 1].saturated)
        if share > _SATURATED:
            ctx.warn(f"flat {look.number} is saturated in {100 * share:.1f} % of its pixels")
    method = choose_method(len(kept)) if rejection == "auto" else rejection
    return _make(
        frames, kept, faults, scales, method, rejection == "auto", (sigma_low, sigma_high),
        "Master Flat", ctx,
    )  # fmt: skip


def _look(frames: Sequence[Image], ctx: Context) -> list[Look]:
    looks = [look for look in look_at(frames, None, ctx) if look]
    if not looks:
        raise InputError("there are no frames for a master; look at what makes them")
    check_alike(looks)
    return looks


def _find_fault(scale: Scale) -> str | None:
    """Why a flat is of no use; None if it is."""
    if not all(map(math.isfinite, scale.location)) or max(scale.saturated) > 0.5:
        return "it is black, saturated or missing as a whole"
    if min(scale.location) <= _DARKEST:
        return f"its level {min(scale.location):.4g} is not above {_DARKEST}, too dark"
    if max(scale.location) >= _BRIGHTEST:
        return f"its level {max(scale.location):.4g} is not below {_BRIGHTEST}, saturated"
    if max(scale.black) > _DEAD:
        return f"{100 * max(scale.black):.2g} % of its pixels are 0 or below"
    return None


def _make(
    frames: Sequence[Image],
    kept: Sequence[Look],
    faults: dict[int, str],
    scales: Sequence[Scale] | None,
    method: Method,
    auto: bool,
    sigmas: tuple[float, float],
    type_: str,
    ctx: Context,
) -> Master:
    method = check_count(method, len(kept), 0, auto, ctx)
    low, high = {"percentile": _PERCENTILES, "linear fit": _LINES}.get(method, sigmas)
    chosen = [look.number - 1 for look in kept]
    first = frames[chosen[0]]
    used = [scales[index] for index in chosen] if scales else []
    planes = len(split_planes(first))
    scaling = [
        np.array([np.ones(len(chosen)), np.zeros(len(chosen))] * 2)
        if not used
        else np.concatenate([make_scaling(used, plane, "multiplicative")] * 2)
        for plane in range(planes)
    ]
    weights = [look.weight for look in kept]
    done = stack_frames(
        frames, chosen, weights, scaling, Rejection(method, low, high), maps=False, ctx=ctx
    )
    header = sum_header(kept).set("IMAGETYP", type_, "kind of master frame")
    image = first.replace(data=done.data, header=header, weight=math.fsum(weights))
    rows = []
    for number in sorted([*(look.number for look in kept), *faults]):
        place = chosen.index(number - 1) if number not in faults else None
        for plane in range(planes):
            lost = (0.0, 0.0) if place is None else done.rejected[plane, :, place]
            level = (scales[number - 1].location[plane],) if scales else ()
            shares = [100 * float(share) / done.pixels for share in lost]
            rows.append((number, image.name_plane(plane), *level, *shares, faults.get(number, "")))
    columns = ("frame", "channel", *(("level",) if scales else ()), "low", "high", "note")
    return Master(image, Table(columns, tuple(rows)))
