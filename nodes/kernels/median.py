"""Exact median and median absolute deviation of large images, one pass over the image each.

A random sample brackets the value looked for. One pass counts what lies below the bracket and on
its two ends, and gathers the few values inside, among which the one of the right rank is found.
Ends are counted, not gathered, so that equal values never fill the memory. Should the bracket
miss, or gather too much, the search goes on in the interval that is known to hold the value.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel

_SMALL = 1 << 17  # up to here NumPy is as fast
_SAMPLE = 1 << 16
_FEW = 64  # a sample of fewer values brackets nothing: gather them all
_SIGMAS = 5.0  # half width of the bracket; it misses about once in a million images
_BLOCK = 2048  # values that stay in the first-level cache


_Limits = tuple[float, float]
_Span = tuple[float, float]


class _Look(NamedTuple):
    """How the values of an open interval lie about a bracket inside it."""

    low: float
    high: float
    total: int
    below: int
    on_low: int
    inside: int
    on_high: int
    gathered: np.ndarray | None  # the values strictly inside; None when they were too many


#: looks at the values within limits, about a bracket; True gathers however many they are
_Scan = Callable[[_Limits, _Limits, bool], _Look]


def median(
    data: np.ndarray,
    low: float = -math.inf,
    high: float = math.inf,
    ctx: Context = SILENT,
    span: _Span = (0.0, 1.0),
) -> float:
    """The exact median of the values v with ``low < v < high``; NaN when there are none.

    data: float32 of any shape; NaN and infinities never count. An even count gives the mean of
    the two central values, taken in float64. Progress goes from ``span[0]`` to ``span[1]``.
    """
    values = _flat(data)
    limits = _float32_limits(low, high)
    if values.size <= _SMALL:
        return _small_median(values[(values > limits[0]) & (values < limits[1])])
    return _central(
        _scan_with(_scan_values, np.float32, values, ctx, span), _sample(values), limits
    )[0]


def median_mad(
    data: np.ndarray, ctx: Context = SILENT, span: _Span = (0.0, 1.0)
) -> tuple[float, float, int]:
    """Exact median, exact median absolute deviation, and the count of finite values.

    data: float32 of any shape; NaN and infinities do not count. The deviation is the median of
    ``abs(float64(v) - median)``, not scaled to a sigma. (NaN, NaN, 0) without a finite value.
    """
    values = _flat(data)
    if values.size <= _SMALL:
        finite = values[np.isfinite(values)].astype(np.float64)
        centre = _small_median(finite)
        return centre, _small_median(np.abs(finite - centre)), finite.size
    middle = (span[0] + span[1]) / 2
    everything = (-math.inf, math.inf)
    sample = _sample(values)
    centre, count, equal = _central(
        _scan_with(_scan_values, np.float32, values, ctx, (span[0], middle)), sample, everything
    )
    if count == 0 or equal > count // 2:  # no values, or most equal their median
        return centre, 0.0 if count else math.nan, count
    deviations = np.abs(sample.astype(np.float64) - centre)
    run = partial(_scan_deviations, centre)
    scan = _scan_with(run, np.float64, values, ctx, (middle, span[1]))
    return centre, _central(scan, deviations, everything)[0], count


def _flat(data: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(data, dtype=np.float32).reshape(-1)


def _float32_limits(low: float, high: float) -> _Limits:
    """The float32 limits that let the same float32 values pass."""
    below, above = np.float32(low), np.float32(high)
    if float(below) > low:
        below = np.nextafter(below, np.float32(-np.inf))
    if float(above) < high:
        above = np.nextafter(above, np.float32(np.inf))
    return float(below), float(above)


def _sample(values: np.ndarray) -> np.ndarray:
    return values[np.random.default_rng(20).integers(0, values.size, _SAMPLE)]


def _small_median(values: np.ndarray) -> float:
    if values.size == 0:
        return math.nan
    ranks = [(values.size - 1) // 2, values.size // 2]
    return float(np.partition(values, ranks)[ranks].astype(np.float64).mean())


def _central(scan: _Scan, sample: np.ndarray, limits: _Limits) -> tuple[float, int, int]:
    """The median within limits, the count there, and how many were seen to equal the median."""
    sample = np.sort(sample)
    look = _look(scan, sample, limits, 0.5)
    if look.total == 0:
        return math.nan, 0, 0
    ranks = (look.total - 1) // 2, look.total // 2
    low, high = (_find(scan, sample, limits, look, rank) for rank in ranks)
    centre = (low + high) / 2
    equal = look.on_low if centre == look.low else look.on_high if centre == look.high else 0
    return centre, look.total, equal


def _look(scan: _Scan, sample: np.ndarray, limits: _Limits, fraction: float) -> _Look:
    """Look about the bracket that should hold the value with that fraction of values below."""
    first = np.searchsorted(sample, limits[0], "right")
    inner = sample[first : np.searchsorted(sample, limits[1], "left")]
    if inner.size < _FEW:
        return scan(limits, limits, True)
    middle = fraction * inner.size
    half = _SIGMAS * math.sqrt(middle * (1 - fraction)) + 1
    low = inner[max(0, int(middle - half))]
    high = inner[min(inner.size - 1, int(middle + half))]
    return scan(limits, (float(low), float(high)), False)


def _find(scan: _Scan, sample: np.ndarray, limits: _Limits, look: _Look, rank: int) -> float:
    """The value of that rank within limits; each further look is in a smaller interval."""
    while True:
        if rank < look.below:
            limits, count = (limits[0], look.low), look.below
        elif rank < look.below + look.on_low:
            return look.low
        elif (rank := rank - look.below - look.on_low) < look.inside:
            if look.gathered is not None:
                look.gathered.partition(rank)
                return float(look.gathered[rank])
            limits, count = (look.low, look.high), look.inside
        elif rank < look.inside + look.on_high:
            return look.high
        else:
            rank -= look.inside + look.on_high
            count = look.total - look.below - look.on_low - look.inside - look.on_high
            limits = (look.high, limits[1])
        look = _look(scan, sample, limits, (rank + 0.5) / count)


def _scan_with(
    run: Callable[..., int], kind: type, values: np.ndarray, ctx: Context, span: _Span
) -> _Scan:
    """A scan by a kernel that compares numbers of that type."""

    def scan(limits: _Limits, bracket: _Limits, everything: bool) -> _Look:
        ends = [kind(end) for end in (*limits, *bracket)]

        def work(first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
            room = last - first if everything else (last - first) // 8
            gathered: np.ndarray = np.empty(room + _BLOCK, kind)
            counts = np.zeros(5, np.int64)
            stored = run(values[first:last], *ends, gathered, counts)
            return counts, gathered[:stored]

        bands: Any = run_bands(work, values.size, ctx=ctx, span=span)
        total, below, on_low, inside, on_high = np.sum([band[0] for band in bands], axis=0).tolist()
        gathered: np.ndarray = np.concatenate([band[1] for band in bands])
        found = gathered if gathered.size == inside else None
        return _Look(*bracket, total, below, on_low, inside, on_high, found)

    return scan


@kernel
def _scan_values(
    values: Any, lowest: Any, highest: Any, low: Any, high: Any, gathered: Any, counts: Any
) -> Any:
    inside = np.zeros(_BLOCK, np.uint8)
    words = inside.view(np.uint64)
    stored = 0
    for start in range(0, values.size, _BLOCK):
        block = values[start : start + _BLOCK]
        found = _count(block, lowest, highest, low, high, inside, counts)
        if found and stored + found < gathered.size:
            stored = _gather(block, inside, words, gathered, stored)
    return stored


@kernel
def _scan_deviations(
    centre: Any,
    values: Any,
    lowest: Any,
    highest: Any,
    low: Any,
    high: Any,
    gathered: Any,
    counts: Any,
) -> Any:
    inside = np.zeros(_BLOCK, np.uint8)
    words = inside.view(np.uint64)
    deviations = np.empty(_BLOCK, np.float64)
    stored = 0
    for start in range(0, values.size, _BLOCK):
        piece = values[start : start + _BLOCK]
        block = deviations[: piece.size]
        for i in range(piece.size):
            block[i] = abs(np.float64(piece[i]) - centre)
        found = _count(block, lowest, highest, low, high, inside, counts)
        if found and stored + found < gathered.size:
            stored = _gather(block, inside, words, gathered, stored)
    return stored


@kernel
def _count(
    block: Any, lowest: Any, highest: Any, low: Any, high: Any, inside: Any, counts: Any
) -> Any:
    """Add up how the block lies about the bracket and mark what is inside; vectorised."""
    total = np.int32(0)
    below = np.int32(0)
    on_low = np.int32(0)
    within = np.int32(0)
    on_high = np.int32(0)
    for i in range(block.size):
        v = block[i]
        valid = (lowest < v) & (v < highest)
        total = np.int32(total + np.int32(valid))
        below = np.int32(below + np.int32(valid & (v < low)))
        on_low = np.int32(on_low + np.int32(valid & (v == low)))
        on_high = np.int32(on_high + np.int32(valid & (v == high) & (low < high)))
        within = np.int32(within + np.int32((low < v) & (v < high)))
        inside[i] = (low < v) & (v < high)
    counts[0] += total
    counts[1] += below
    counts[2] += on_low
    counts[3] += within
    counts[4] += on_high
    return within


@kernel
def _gather(block: Any, inside: Any, words: Any, gathered: Any, stored: Any) -> Any:
    """Append the marked values, skipping eight at a time where none is marked."""
    for word in range((block.size + 7) // 8):
        if words[word]:
            for i in range(8 * word, min(8 * word + 8, block.size)):
                gathered[stored] = block[i]
                stored += inside[i]
    return stored
