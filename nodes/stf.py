"""The screen transfer function: how linear data are shown, and stretched for good.

Formulas only, in NumPy and float64; the definitions of PixInsight's HistogramTransformation and
ScreenTransferFunction. The fast kernels in ``nodes.kernels.display`` are tested against these.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from graph.errors import InputError
from nodes.values import Statistics, Stretch

#: Gaussian sigma of a median absolute deviation of 1
SIGMA = 1.4826
IDENTITY = Stretch(link="none")
#: a boosted stretch clips at this share of the usual clipping, and doubles the target
_BOOSTED_CLIPPING, _BOOSTED_TARGET = 0.75, 2.0


def mtf(midtones: Any, x: Any) -> Any:
    """Midtones transfer function: 0 → 0, midtones → 0.5, 1 → 1; NaN stays.

    midtones within 0 to 1; x any number or array, clipped to 0 and 1. Its inverse is
    ``mtf(1 - midtones, y)``, and ``mtf(x, y)`` is the midtones that take x to y.
    """
    m, x = np.asarray(midtones, np.float64), np.asarray(x, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        y = (m - 1) * x / ((2 * m - 1) * x - m)
    return np.where(x <= 0, 0.0, np.where(x >= 1, 1.0, np.minimum(y, 1.0)))[()]


def row(stretch: Stretch, channel: int) -> tuple[float, float, float, float, float]:
    """Shadows, midtones, highlights, low and high of one channel; one row serves them all."""
    fields = stretch.shadows, stretch.midtones, stretch.highlights, stretch.low, stretch.high
    s, m, h, low, high = (field[channel % len(field)] for field in fields)
    return s, m, h, low, high


def apply(data: Any, stretch: Stretch) -> np.ndarray:
    """The display function D(x) of an array ``(channels, …)``, as float64; NaN stays.

    Clip to 0 and 1, cut at shadows and highlights (swapped when in the wrong order; all becomes
    that number when they are equal), midtones transfer function, range expansion.
    """
    out = np.array(data, np.float64)
    for channel, plane in enumerate(out):
        shadows, midtones, highlights, low, high = row(stretch, channel)
        shadows, highlights = sorted((shadows, highlights))
        if shadows == highlights:
            cut = np.where(np.isnan(plane), np.nan, shadows)
        else:
            with np.errstate(over="ignore"):
                cut = np.clip((np.clip(plane, 0, 1) - shadows) / (highlights - shadows), 0, 1)
        out[channel] = (mtf(midtones, cut) - low) / (high - low)
    return out


def auto_stretch(
    statistics: Statistics,
    link: str = "linked",
    *,
    target: float = 0.25,
    clipping: float = -2.8,
    boosted: bool = False,
    exact_target: bool = False,
) -> Stretch:
    """The automatic stretch that takes the background of an image to a dark grey.

    link: ``linked`` (one curve, from the averages of the channels), ``unlinked`` (one for each),
    or ``auto``: unlinked while the image is not colour calibrated, linked after. A single channel
    has no choice.
    target: level at which the background is shown, within 0 to 1.
    clipping: shadows clipping point in sigmas (1.4826 MAD) from the median.
    boosted: three quarters of the clipping and twice the target.
    exact_target: reach the target exactly; PixInsight lands slightly above it.

    A channel with a median above 0.5 is taken for a negative and its highlights are clipped; one
    with MAD 0 does not clip. Channels without pixels get the identity and have no part in
    averages. Raises InputError for an unknown link.
    """
    if link not in ("auto", "linked", "unlinked"):
        raise InputError(f"link is {link!r}; use auto, linked or unlinked")
    if boosted:
        clipping, target = clipping * _BOOSTED_CLIPPING, min(target * _BOOSTED_TARGET, 1.0)
    channels = list(zip(statistics.median, statistics.mad, strict=True))
    resolved = resolve_link(statistics, link)
    curves = []
    for channel in channels:
        together = channels if resolved == "linked" else [channel]
        known = [(median, mad) for median, mad in together if math.isfinite(median)]
        if math.isfinite(channel[0]):
            curves.append(_curve(known, clipping, target, exact_target))
        else:
            curves.append((0.0, 0.5, 1.0))
    shadows, midtones, highlights = zip(*curves, strict=True)
    zeros, ones = (0.0,) * len(curves), (1.0,) * len(curves)
    return Stretch(shadows, midtones, highlights, zeros, ones, resolved)


def choose_stretch(
    statistics: Statistics,
    stretch: str = "auto",
    link: str = "auto",
    *,
    target: float = 0.25,
    clipping: float = -2.8,
    exact_target: bool = False,
    shadows: Sequence[float] = (),
    midtones: Sequence[float] = (),
    highlights: Sequence[float] = (),
) -> Stretch:
    """The stretch that a viewer with these settings shows an image of these statistics with.

    The settings are those of ``view.screen``. Raises InputError for a manual stretch with another
    number of channels than the statistics, or an unknown choice.
    """
    if stretch not in ("auto", "boosted", "manual", "none"):
        raise InputError(f"stretch is {stretch!r}; use auto, boosted, manual or none")
    if stretch == "manual":
        return manual_stretch(len(statistics.median), shadows, midtones, highlights)
    if stretch == "none" or (stretch == "auto" and not statistics.linear):
        return IDENTITY
    boosted = stretch == "boosted"
    return auto_stretch(
        statistics,
        link,
        target=target,
        clipping=clipping,
        boosted=boosted,
        exact_target=exact_target,
    )


def manual_stretch(
    channels: int,
    shadows: Sequence[float] = (),
    midtones: Sequence[float] = (),
    highlights: Sequence[float] = (),
) -> Stretch:
    """A stretch by given numbers, each within 0 to 1.

    No number is the default (0, 0.5, 1), one is for all channels, else there is one for each.
    It is linked when all channels have the same. Raises InputError for another count.
    """
    given = {"shadows": shadows, "midtones": midtones, "highlights": highlights}
    columns = []
    for (name, numbers), default in zip(given.items(), (0.0, 0.5, 1.0), strict=True):
        numbers = tuple(map(float, numbers)) or (default,)
        if len(numbers) not in (1, channels):
            many = "one number" if channels == 1 else f"one number, or {channels},"
            raise InputError(
                f"{name} has {len(numbers)} numbers but the image has {channels} channel"
                f"{'s'[: channels != 1]}; give {many} or none for the default"
            )
        columns.append(numbers * (channels // len(numbers)))
    link = "linked" if len(set(zip(*columns, strict=True))) == 1 else "unlinked"
    zeros, ones = (0.0,) * channels, (1.0,) * channels
    return Stretch(columns[0], columns[1], columns[2], zeros, ones, link)


def note_stretch(
    statistics: Statistics, curves: Stretch, stretch: str, missing: int = 0
) -> list[str]:
    """Sentences that a viewer shows beside an image: why its stretch may mislead.

    curves: what ``choose_stretch`` gave for the choice ``stretch``. missing: pixels of the image
    without a value.
    """
    notes = []
    if stretch == "auto" and not statistics.linear:
        notes.append("the image is stretched already: shown as it is")
    if curves is not IDENTITY and curves.link != resolve_link(statistics, "auto"):
        notes.append(
            "unlinked after calibration: the stretch overrides your calibration"
            if statistics.color_calibrated
            else "linked before calibration: expect the sensor's green cast"
        )
    empty = statistics.count.count(0)
    if empty:
        notes.append(f"{empty} of {len(statistics.count)} channels without a valid pixel: black")
    elif stretch != "manual" and any(m == 0 for m in curves.midtones):
        notes.append("the median is not above black: the stretch shows all that is as white")
    if missing:
        plural = "pixel is" if missing == 1 else "pixels are"
        notes.append(f"{missing:,} {plural} missing and shown black")
    return notes


def check_channels(statistics: Statistics, channels: int) -> None:
    """Raise InputError for statistics of another number of channels than the image has."""
    if len(statistics.median) != channels:
        raise InputError(
            f"the statistics are of {len(statistics.median)} channel(s) but the image has "
            f"{channels}; wire the statistics of an image with as many channels"
        )


def resolve_link(statistics: Statistics, link: str) -> str:
    """``linked`` or ``unlinked``, also where ``auto`` was asked for."""
    if len(statistics.median) == 1:
        return "linked"
    if link == "auto":
        return "linked" if statistics.color_calibrated else "unlinked"
    return link


def _curve(
    channels: list[tuple[float, float]], clipping: float, target: float, exact: bool
) -> tuple[float, float, float]:
    """Shadows, midtones and highlights for the average of channels, given as (median, MAD)."""
    level = sum(median for median, _ in channels) / len(channels)
    if all(median > 0.5 for median, _ in channels):
        ends = [median - clipping * SIGMA * mad if mad else 1.0 for median, mad in channels]
        highlights = _clip(sum(ends) / len(ends))
        below = highlights - level
        if exact and highlights > 0:
            below /= highlights
        return 0.0, float(mtf(_clip(below), target)), highlights
    ends = [median + clipping * SIGMA * mad if mad else 0.0 for median, mad in channels]
    shadows = _clip(sum(ends) / len(ends))
    above = level - shadows
    if exact and shadows < 1:
        above /= 1 - shadows
    return shadows, float(mtf(target, _clip(above))), 1.0


def _clip(x: float) -> float:
    return min(max(x, 0.0), 1.0)
