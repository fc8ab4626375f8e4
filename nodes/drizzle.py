"""Drizzle: frames that were not registered, dropped on a finer grid."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import From, Partial, Range, Repeat, node
from nodes.alike import Look, leave_out, look_at, sum_header
from nodes.drops import Dropping, Shape, drop_frames, make_drop, memory_of_drops, place_frame
from nodes.holes import close_holes, warn_of_few
from nodes.local import LocalFit, check_fit
from nodes.normalization import Normalization, find_fault, make_scaling
from nodes.register import Canvas, Transform
from nodes.scale import Scale, frame_scale, split_planes
from nodes.values import Image, LinearImage, Table, Wcs

_SKIP = Partial(lambda params: params["missing"] == "skip")


class Drizzled(NamedTuple):
    """The image; the weight of each pixel, at most 1; a row a frame."""

    image: LinearImage
    weight: Image
    report: Table


def _check(params: Mapping[str, Any]) -> str | None:
    if params["grow_sigma"] > params["sigma"] or params["grow_slope"] > params["slope"]:
        return "grow_sigma and grow_slope are limits for neighbours, not above sigma and slope"
    return None


@node(
    "drizzle.integrate",
    version=1,
    known_as=("DrizzleIntegration", "drizzle", "Bayer drizzle", "CFA drizzle", "AstroDrizzle"),
    title="Drizzle",
    memory=memory_of_drops,
    check=_check,
)
def integrate(
    frames: Annotated[Sequence[LinearImage], _SKIP],
    transforms: Annotated[Sequence[Transform], _SKIP],
    scales: Annotated[Sequence[Scale], From(frame_scale), _SKIP],
    canvas: Annotated[Canvas | None, Repeat()] = None,
    weights: Annotated[Sequence[float] | None, _SKIP] = None,
    locals: Annotated[Sequence[LocalFit] | None, _SKIP] = None,
    master: Image | None = None,
    *,
    scale: Annotated[float, Range(1, 4)] = 2.0,
    drop: Annotated[float, Range(0.1, 1, slider=(0.5, 1))] = 0.9,
    kernel: Shape = "square",
    normalization: Literal["auto", "local", Normalization] = "auto",
    sigma: Annotated[float, Range(0.5, 100, slider=(2, 10), unit="sigma")] = 3.5,
    grow_sigma: Annotated[float, Range(0.5, 100, slider=(2, 10), unit="sigma")] = 3.0,
    slope: Annotated[float, Range(0, 10, slider=(0, 3))] = 1.2,
    grow_slope: Annotated[float, Range(0, 10, slider=(0, 3))] = 0.7,
    holes: Literal["missing", "interpolate"] = "missing",
    missing: Literal["skip", "fail"] = "skip",
    ctx: Context = SILENT,
) -> Drizzled:
    """Integrate frames on a finer grid without interpolation, each pixel as a small drop.

    Takes calibrated frames that were not registered, and their transforms. Each pixel of a frame
    is shrunken to a drop, and falls on the pixels of the result by the area that it covers of each:
    the result is the mean of all drops, weighted by area and by the weight of their frame. Values
    are surface brightness: a constant stays that constant, and a star's sum grows by the square of
    the scale. Where many frames lie between each other's pixels, undersampled stars come out
    sharper than the frames show them.

    Raw mosaics give a colour image, each colour from its own pixels only, without debayering; a
    drop of 1 suits them.

    With a master (the integration of the registered frames, on the same canvas) it is drawn back on
    every frame, and pixels that differ from it are left out: by more than sigma times the noise and
    slope times the difference of neighbours in the master; next to these, grow_sigma and grow_slope
    hold. Without, nothing is rejected.

    Frames that were not matched, have the weight 0, or cannot be normalised (black) are left out,
    and stand in the table: frame (from 1), weight, rejected (percent of its pixels), note. The
    weight map is 1 where most drops fell. Header as of an integration; the solution is the
    reference's, moved and scaled.

    Raises InputError when no frame is left, numbers of frames and transforms differ, frames differ
    in channels or pattern or from their transforms in size, or a master is not on the canvas.
    Warns when less than two drops fall on a pixel on average, and of holes in the common area.
    Source: Fruchter and Hook 2002; outliers as STScI's driz_cr.

    scale: pixels of the result for one of the reference.
    drop: side of a drop, in pixels of the frame.
    kernel: square drops lie as the frame lies, turbo ones along the result, which is faster and
        differs for turned frames; circular are discs of that width, gaussian ones have it at half
        their height; point has no width.
    normalization: of levels and spreads to the first frame that counts; local takes the local fits,
        which must have been made on the same canvas; auto is local where these are wired, else
        additive with scaling.
    sigma: times the noise by which a pixel may differ from the master.
    grow_sigma: the same next to a pixel that was rejected.
    slope: share of the steepness of the master that is added to that.
    grow_slope: the same next to a pixel that was rejected.
    holes: pixels without a drop, between others, stay missing or are filled from their neighbours.
    missing: what to do when some frames could not be made; skip takes the others, fail none.
    """
    for name, values in (("transforms", transforms), ("scales", scales), ("local fits", locals)):
        if values is not None and len(values) != len(frames):
            raise InputError(
                f"there are {len(values)} {name} for {len(frames)} frames; "
                "wire those of the same frames"
            )
    kind = normalization
    if kind == "auto":
        kind = "additive with scaling" if locals is None else "local"
    if kind == "local" and locals is None:
        raise InputError("local normalization needs local fits; wire them, or choose another")
    looks = look_at(frames, weights, ctx)
    counted = [look for look in looks if look]
    if not counted:
        raise InputError(
            f"none of the {len(looks)} frames has a weight above 0; loosen what rejects them"
            if looks
            else "there are no frames to drizzle; look at what makes them"
        )
    kept, faults = leave_out(
        counted,
        lambda look: _find_fault(
            transforms[look.number - 1],
            scales[look.number - 1],
            None if locals is None or kind != "local" else locals[look.number - 1],
            kind,
        ),
        ctx,
    )
    if not kept:
        raise InputError(
            f"none of the {len(counted)} frames can be drizzled (frame {counted[0].number}: "
            f"{faults[counted[0].number]}); look at the registration table"
        )
    _check_alike(kept, transforms)
    first = transforms[kept[0].number - 1]
    box = canvas or Canvas(0, 0, first.reference_width, first.reference_height)
    if master is not None and (master.width, master.height) != (box.width, box.height):
        raise InputError(
            f"the master is {master.width} × {master.height} px but the canvas {box.width} × "
            f"{box.height}; wire the integration of the frames drawn on that canvas"
        )
    cfa = kept[0].cfa if min(kept[0].shape[1:]) > 1 else None
    channels = 3 if cfa else kept[0].shape[0]
    shape = channels, max(1, round(box.height * scale)), max(1, round(box.width * scale))
    warn_of_few(len(kept), drop if kernel != "point" else 0.0, scale, cfa, kernel, ctx)
    used = locals if kind == "local" else None
    chosen = [scales[look.number - 1] for look in kept]
    if used is None:
        planes = len(chosen[0].location)
        scaling = np.array([make_scaling(chosen, plane, kind) for plane in range(planes)])
    start = 0.0 if master is None else 0.4
    droppings = []
    for place, look in enumerate(kept):
        transform = transforms[look.number - 1]
        frame = frames[look.number - 1]
        matrix, shifts, geometry = place_frame(transform, box, scale)
        outliers = surfaces = None
        if master is not None:
            from nodes.blot import find_outliers

            span = start * place / len(kept), start * (place + 1) / len(kept)
            limits = (sigma, slope, grow_sigma, grow_slope)
            outliers = find_outliers(frame, master, transform, box, limits, ctx, span)
        change = np.array([[1.0], [0.0]]).repeat(len(split_planes(frame)), axis=1)
        if used is None:
            change = scaling[:, :, place].T
        else:
            from nodes.surfaces import Surfaces

            fit = used[look.number - 1]
            check_fit(fit, (channels, box.height, box.width), f"the canvas of frame {look.number}")
            surfaces = Surfaces(fit, scale)
        droppings.append(
            Dropping(
                look.number - 1, transform, matrix, shifts, geometry,
                make_drop(kernel, drop, scale / transform.scale), look.weight, change, surfaces,
                outliers,
            )
        )  # fmt: skip
        del frame
    out, cover = np.empty(shape, np.float32), np.empty(shape, np.float32)

    def finish(top: int, sums: np.ndarray, covers: np.ndarray) -> None:
        rows = slice(top, top + sums.shape[1])
        with np.errstate(invalid="ignore", divide="ignore"):
            np.divide(sums, covers, out=out[:, rows], casting="same_kind")
        cover[:, rows] = covers
        np.copyto(out[:, rows], np.nan, where=covers <= 0)

    drop_frames(frames, droppings, shape, cfa, finish, ctx, (start, 1.0))
    most = float(cover.max())
    if most > 0:
        cover *= np.float32(1 / most)
    close_holes(out, kept, transforms, box, scale, holes == "interpolate", ctx)
    one = frames[kept[0].number - 1]
    image = one.replace(
        data=out,
        cfa=None,
        header=sum_header(kept),
        wcs=_solution(one, first, box, scale, ctx),
        weight=math.fsum(look.weight for look in kept),
        properties=tuple(p for p in one.properties if "AstrometricSolution" not in p[0]),
    )
    places = {dropping.number + 1: dropping for dropping in droppings}
    rows = []
    for number, seen in enumerate(looks, 1):
        dropping = places.get(number)
        lost = 0
        if dropping is not None and dropping.outliers is not None:
            lost = dropping.outliers.size
        rows.append(
            (
                number,
                dropping.weight if dropping else 0.0,
                100 * lost / math.prod(seen.shape) if seen else 0.0,
                "" if dropping else faults.get(number, "its weight is 0"),
            )
        )
    report = Table(("frame", "weight", "rejected", "note"), tuple(rows))
    return Drizzled(image, image.replace(data=cover), report)


def _find_fault(transform: Transform, scale: Scale, fit: LocalFit | None, kind: str) -> str | None:
    if not transform.matched:
        return f"it was not matched: {transform.reason}"
    if kind == "local":
        return None if fit is None or fit.known else "it has no local fit"
    return find_fault(scale, kind)


def _check_alike(kept: Sequence[Look], transforms: Sequence[Transform]) -> None:
    """Raise InputError unless frames have the same planes, and the size of their transform."""
    first = kept[0]
    for look in kept:
        transform = transforms[look.number - 1]
        height, width = look.shape[1:]
        if (width, height) != (transform.width, transform.height):
            raise InputError(
                f"frame {look.number} is {width} × {height} px but its transform was found for "
                f"{transform.width} × {transform.height}; wire the frames whose stars were matched"
            )
        if look.shape[0] != first.shape[0] or look.cfa != first.cfa:
            raise InputError(
                f"frame {look.number} has {_planes(look)} but frame {first.number} "
                f"{_planes(first)}; group the frames by kind"
            )


def _planes(look: Look) -> str:
    if look.cfa:
        return f"the Bayer pattern {look.cfa}"
    return "three channels" if look.shape[0] == 3 else "one channel"


def _solution(
    frame: Image, transform: Transform, box: Canvas, scale: float, ctx: Context
) -> Wcs | None:
    """The solution of the result."""
    wcs = transform.wcs
    if wcs is not None:
        wcs = wcs.moved(box.left, box.top)
    elif frame.wcs is not None:
        from nodes.drawing import carry_solution
        from nodes.models import multiply

        if transform.shifts.size or transform.matrix[2, :2].any():
            ctx.warn(
                "the astrometric solution is dropped: the transform of its frame bends it; solve "
                "the result, or the reference before"
            )
            return None
        origin = np.array([[1.0, 0, box.left], [0, 1, box.top], [0, 0, 1]])
        matrix = multiply(transform.matrix, origin)
        wcs = carry_solution(frame.wcs, matrix / matrix[2, 2], frame.width, frame.height, ctx)
    return None if wcs is None else wcs.binned(1 / scale)
