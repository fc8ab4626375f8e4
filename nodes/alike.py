"""What must be known of frames before they are stacked, and the header of the result."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from graph.context import Context
from graph.errors import InputError
from nodes.values import Header, Image


class Look(NamedTuple):
    """What is known of a frame without its pixels."""

    number: int  # from 1, as people count
    weight: float
    shape: tuple[int, ...]
    cfa: str | None
    header: Header


def look_at(
    frames: Sequence[Image], factors: Sequence[float] | None, ctx: Context
) -> list[Look | None]:
    """A look at every frame; None where its weight is 0, which is then never read.

    factors: what the weights of the frames are multiplied by. Raises InputError for a weight that
    is below 0 or no number, and for another number of factors than frames.
    """
    if factors is not None and len(factors) != len(frames):
        raise InputError(
            f"there are {len(factors)} weights for {len(frames)} frames; "
            "wire weights that were made of these frames"
        )
    looks: list[Look | None] = []
    for index in range(len(frames)):
        ctx.check()
        factor = 1.0 if factors is None else float(factors[index])
        if factor == 0:
            looks.append(None)
            continue
        frame = frames[index]
        weight = frame.weight * factor
        if not (math.isfinite(weight) and weight >= 0):
            raise InputError(f"frame {index + 1} has the weight {weight:g}; 0 or more is needed")
        look = Look(index + 1, weight, frame.data.shape, frame.cfa, frame.header)
        looks.append(look if weight > 0 else None)
    return looks


def check_alike(looks: Sequence[Look]) -> None:
    """Raise InputError, naming all, when frames differ from the first in shape or pattern."""
    first = looks[0]
    other = [look for look in looks if look.shape != first.shape]
    if other:
        raise InputError(
            f"{_name(other)} {describe(other[0].shape)} but frame {first.number} is "
            f"{describe(first.shape)}; register or crop them to one size, or group them"
        )
    other = [look for look in looks if look.cfa != first.cfa]
    if other:
        raise InputError(
            f"{_name(other, 'has', 'have')} the Bayer pattern {other[0].cfa or 'none'} but frame "
            f"{first.number} {first.cfa or 'none'}; debayer them first, or group them"
        )


def describe(shape: tuple[int, ...]) -> str:
    """``mono 4000 × 3000 px``."""
    return f"{'RGB' if shape[0] == 3 else 'mono'} {shape[2]} × {shape[1]} px"


def _name(looks: Sequence[Look], one: str = "is", more: str = "are") -> str:
    numbers = ", ".join(str(look.number) for look in looks[:10])
    if len(looks) > 10:
        numbers += f" and {len(looks) - 10} more"
    return f"frame {numbers} {one}" if len(looks) == 1 else f"frames {numbers} {more}"


def sum_header(looks: Sequence[Look]) -> Header:
    """The header of the first frame, with how many there are, how long they took, and when.

    NCOMBINE and STACKCNT are their number, LIVETIME the sum of their exposures in seconds,
    EXPSTART and EXPEND the Julian days of the first start and the last end; the last three only
    where all frames tell. EXPTIME stays that of one frame.
    """
    header = looks[0].header.set("NCOMBINE", len(looks), "frames combined")
    header = header.set("STACKCNT", len(looks), "frames combined")
    exposures = [_number(look.header) for look in looks]
    if None in exposures:
        return header
    seconds = [value for value in exposures if value is not None]
    header = header.set("LIVETIME", math.fsum(seconds), "[s] exposure of all frames together")
    starts = [_julian(look.header.get("DATE-OBS")) for look in looks]
    if None in starts:
        return header
    days = [value for value in starts if value is not None]
    ends = [start + length / 86400 for start, length in zip(days, seconds, strict=True)]
    header = header.set("EXPSTART", min(days), "[d] Julian day of the first start")
    return header.set("EXPEND", max(ends), "[d] Julian day of the last end")


def _number(header: Header) -> float | None:
    value = header.get("EXPTIME", header.get("EXPOSURE"))
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _julian(text: object) -> float | None:
    """The Julian day of a FITS date; None for anything else."""
    try:
        moment = datetime.fromisoformat(str(text).strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() / 86400 + 2440587.5


def leave_out(
    looks: Sequence[Look], fault: Callable[[Look], str | None], ctx: Context
) -> tuple[list[Look], dict[int, str]]:
    """The frames without a fault, and the faults of the others by number, each with a warning."""
    kept, faults = [], {}
    for look in looks:
        reason = fault(look)
        if reason is None:
            kept.append(look)
        else:
            faults[look.number] = reason
            ctx.warn(f"frame {look.number} is left out: {reason}")
    return kept, faults
