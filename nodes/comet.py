"""Following a comet, or anything else that moves among the stars."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Annotated

import numpy as np

from graph.errors import InputError
from graph.spec import Range, node
from nodes.models import multiply
from nodes.register import Transform
from nodes.values import Header, Image

_MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)
_JD_OF_MJD = 2400000.5


@node(
    "comet.follow",
    version=1,
    known_as=("CometAlignment", "register_comet", "comet registration"),
    title="Follow a comet",
    memory=lambda inputs, counts, params: 0,
)
def follow(
    image: Image,
    transform: Transform,
    *,
    x1: Annotated[float, Range(slider=(0, 10_000), unit="px")] = 0.0,
    y1: Annotated[float, Range(slider=(0, 10_000), unit="px")] = 0.0,
    time1: str = "",
    x2: Annotated[float, Range(slider=(0, 10_000), unit="px")] = 0.0,
    y2: Annotated[float, Range(slider=(0, 10_000), unit="px")] = 0.0,
    time2: str = "",
) -> Transform:
    """Turn the transform of a frame into one by which a comet stands still.

    The nucleus is marked twice, on frames that were registered on the stars: where it was and
    when. It is taken to move evenly. Frames that are drawn by the new transforms have the nucleus
    where it was at the first time, and the stars as trails. So a comet takes two registrations:
    the stars' transforms to one stack, these to another. The solution stays the reference's,
    which is right for the comet at the first time.

    The time of a frame is the middle of its exposure: DATE-AVG, else DATE-OBS plus half of EXPTIME
    (or EXPOSURE), else MJD-AVG, MJD-OBS or JD. A frame that was not matched stays so.

    Raises InputError when a time cannot be read, both times are the same, or the header of the
    frame has no time.
    Source: PixInsight's CometAlignment.

    x1: column of the nucleus at the first time, in pixels of the reference (of the registered
        frames, if they are drawn on its own rectangle).
    y1: row of the nucleus at the first time.
    time1: the middle of the exposure of that frame, such as 2026-03-14T20:31:00 (UTC).
    x2: column of the nucleus at the second time.
    y2: row of the nucleus at the second time.
    time2: the middle of the exposure of the other frame.
    """
    start, end = read_time(time1, "time1"), read_time(time2, "time2")
    if start == end:
        raise InputError(
            f"both times are {time1}, so the comet's motion is unknown; mark it on two frames that "
            "are an hour or more apart"
        )
    share = (frame_time(image.header) - start) / (end - start)
    if not transform.matched:
        return transform
    dx, dy = share * (x2 - x1), share * (y2 - y1)
    shift = np.array([[1.0, 0.0, dx], [0.0, 1.0, dy], [0.0, 0.0, 1.0]])
    fields = {name: getattr(transform, name) for name in transform.__dataclass_fields__}
    fields |= {"left": transform.left - dx, "top": transform.top - dy}
    return Transform(**{**fields, "matrix": multiply(transform.matrix, shift)})


def read_time(text: str, name: str) -> datetime:
    """A time of ISO 8601, UTC unless it says otherwise. Raises InputError."""
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(
            f"{name} is {text!r}, which is no time; write it like 2026-03-14T20:31:00"
        ) from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def frame_time(header: Header) -> datetime:
    """The middle of the exposure. Raises InputError, naming the keywords looked for."""
    average = _time(header.get("DATE-AVG"))
    if average:
        return average
    half = timedelta(seconds=_number(header.get("EXPTIME", header.get("EXPOSURE"))) or 0) / 2
    begin = header.get("DATE-OBS")
    if isinstance(begin, str) and "T" not in begin and isinstance(header.get("TIME-OBS"), str):
        begin = f"{begin.strip()}T{header.get('TIME-OBS').strip()}"
    started = _time(begin)
    if started:
        return started + half
    for keyword, zero, extra in (
        ("MJD-AVG", 0.0, timedelta()), ("MJD-OBS", 0.0, half), ("JD", _JD_OF_MJD, half)
    ):  # fmt: skip
        days = _number(header.get(keyword))
        if days is not None:
            return _MJD_ZERO + timedelta(days=days - zero) + extra
    raise InputError(
        "the header of the frame tells no time (looked for DATE-AVG, DATE-OBS, MJD-AVG, MJD-OBS, "
        "JD); a comet cannot be followed without"
    )


def _time(value: object) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(value).strip())
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _number(value: object) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if known else None  # type: ignore[arg-type]
