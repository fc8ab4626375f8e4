"""Cosmic rays in single frames by the edges they have: L.A.Cosmic.

P. G. van Dokkum, 2001, PASP 113, 1420. The Laplacian of the image subsampled twice, cut at 0 and
brought back, is for each pixel the mean over its corners of ``2 v`` less the two neighbours
there. Everything works on small windows, so that after the first look at all pixels only the
surroundings of what was cleaned are looked at again.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel
from nodes.kernels.margins import small_median, with_margins
from nodes.kernels.ranks import selection, window_medians
from nodes.kernels.starlet import mirror

_BAND = 64
_REACH = 4  # pixels up to which a changed pixel changes the decision on others
_LEAST_STRUCTURE = 0.01


class Limits(NamedTuple):
    """What counts as a cosmic ray; electrons: in one unit of the image."""

    sigma: float
    fraction: float
    contrast: float
    electrons: float
    background: float
    read_noise: float
    saturation: float


def remove_rays(
    plane: np.ndarray,
    limits: Limits,
    iterations: int,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> tuple[np.ndarray, np.ndarray]:
    """The cleaned plane and a uint8 map of what was cleaned; missing pixels stay missing."""
    height = len(plane)
    clean, missing = with_margins(plane, 0, height, 0)
    numbers = np.array(limits, np.float64)
    significance = np.empty(plane.shape, np.float32)
    bad = np.zeros(plane.shape, np.uint8)
    middle = selection(25, (12,))

    def measure(first: int, last: int) -> None:
        padded, _ = with_margins(clean, first, last, 2)
        medians = np.empty((last - first, plane.shape[1]), np.float32)
        window_medians(padded, 2, middle, medians)
        rows = slice(first, last)
        _measure(padded, medians, numbers, significance[rows], bad[rows])

    half = (span[0] + span[1]) / 2
    run_bands(measure, height, band=_BAND, ctx=ctx, span=(span[0], half), text="cosmic rays")
    if bad.any():
        bad = _grown(bad)
    if missing:
        bad[~np.isfinite(plane)] = 1

    def look(first: int, last: int) -> np.ndarray:
        where = first * plane.shape[1] + np.flatnonzero(significance[first:last] > limits.sigma)
        seeds: np.ndarray = _seeds(clean, significance, bad, numbers, where)
        return seeds

    parts: Any = run_bands(look, height, band=_BAND, ctx=ctx, span=(half, span[1]))
    seeds = np.concatenate(parts)
    rays = np.zeros(plane.shape, np.uint8)
    for _ in range(iterations):
        ctx.check()
        if not _grow(significance, bad, numbers, seeds, rays):
            break
        where = np.flatnonzero(rays)
        _replace(clean, rays, bad, where)
        near = _near(rays, where, 2)
        _measure_again(clean, numbers, near, significance)
        seeds = _seeds(clean, significance, bad, numbers, _near(rays, where, _REACH))
    if missing:
        clean[~np.isfinite(plane)] = np.nan
    return clean, rays


def _grown(marks: np.ndarray) -> np.ndarray:
    """Marks grown by four pixels, as saturated stars bleed."""
    from scipy.ndimage import maximum_filter

    grown: np.ndarray = maximum_filter(marks, 9)
    return grown


def _near(rays: np.ndarray, where: np.ndarray, reach: int) -> np.ndarray:
    """Flat indices of all pixels within a few pixels of some, rising."""
    height, width = rays.shape
    y, x = np.divmod(where, width)
    offsets = np.arange(-reach, reach + 1)
    rows = np.clip(y[:, None, None] + offsets[:, None], 0, height - 1)
    columns = np.clip(x[:, None, None] + offsets, 0, width - 1)
    near: np.ndarray = np.unique(rows * width + columns)
    return near


@kernel
def _noise(median: Any, numbers: Any) -> Any:
    """Deviation of a pixel whose surroundings have that median."""
    electrons = max(median * numbers[3] + numbers[4], 1e-5) + numbers[5] * numbers[5]
    return np.sqrt(electrons) / numbers[3]


@kernel
def _measure(padded: Any, medians: Any, numbers: Any, significance: Any, bad: Any) -> None:
    """Laplacian over twice the noise; and saturated pixels that are wider than a ray."""
    per_unit, background = np.float32(numbers[3]), np.float32(numbers[4])
    read_noise, white = np.float32(numbers[5] * numbers[5]), np.float32(numbers[6])
    zero, half, tiny = np.float32(0), np.float32(0.5), np.float32(1e-5)
    for row in range(medians.shape[0]):
        middle, target, mark = medians[row], significance[row], bad[row]
        n, s, here = padded[row + 1, 2:], padded[row + 3, 2:], padded[row + 2]
        w, v, e = here[1:], here[2:], here[3:]
        for x in range(medians.shape[1]):
            twice = v[x] + v[x]
            a, b = twice - n[x] - w[x], twice - n[x] - e[x]
            c, d = twice - s[x] - w[x], twice - s[x] - e[x]
            a, b = a if a > zero else zero, b if b > zero else zero
            c, d = c if c > zero else zero, d if d > zero else zero
            target[x] = np.float32(0.25) * (a + b + c + d)
        for x in range(medians.shape[1]):
            electrons = middle[x] * per_unit + background
            electrons = (electrons if electrons > tiny else tiny) + read_noise
            target[x] = half * target[x] * per_unit / np.sqrt(electrons)
            mark[x] = (v[x] >= white) & (middle[x] > np.float32(0.1) * white)


@kernel
def _median_at(a: Any, y: Any, x: Any, radius: Any, values: Any) -> Any:
    height, width = a.shape
    count = 0
    for j in range(y - radius, y + radius + 1):
        for i in range(x - radius, x + radius + 1):
            values[count] = a[mirror(j, height), mirror(i, width)]
            count += 1
    return small_median(values, count)


@kernel
def _structure(clean: Any, y: Any, x: Any, values: Any, medians: Any) -> Any:
    """Median of 3 × 3 less the 7 × 7 median of such: what is as fine as a star."""
    height, width = clean.shape
    count = 0
    for j in range(y - 3, y + 4):
        for i in range(x - 3, x + 4):
            medians[count] = _median_at(clean, mirror(j, height), mirror(i, width), 1, values)
            count += 1
    here = medians[24]
    return here - small_median(medians, count)


@kernel
def _seeds(clean: Any, significance: Any, bad: Any, numbers: Any, where: Any) -> Any:
    """Those of some pixels that stand out as no star does."""
    width = clean.shape[1]
    values, medians = np.empty(49, np.float32), np.empty(49, np.float32)
    out = np.empty(where.size, np.int64)
    count = 0
    for k in range(where.size):
        y, x = where[k] // width, where[k] % width
        if bad[y, x] or not significance[y, x] > numbers[0]:
            continue
        above = significance[y, x] - _median_at(significance, y, x, 2, values)
        if not above > numbers[0]:
            continue
        noise = _noise(_median_at(clean, y, x, 2, values), numbers)
        fine = max(_structure(clean, y, x, values, medians) / noise, _LEAST_STRUCTURE)
        if above > numbers[2] * fine:
            out[count] = where[k]
            count += 1
    return out[:count]


@kernel
def _grow(significance: Any, bad: Any, numbers: Any, seeds: Any, rays: Any) -> Any:
    """Mark seeds, neighbours that stand out as much, and theirs that do by the fraction."""
    height, width = rays.shape
    values = np.empty(49, np.float32)
    queue = np.empty(81 * seeds.size, np.int64)
    queue[: seeds.size] = seeds
    first, last, fresh = 0, seeds.size, 0
    for k in range(last):
        y, x = seeds[k] // width, seeds[k] % width
        fresh += rays[y, x] == 0
        rays[y, x] = 1
    for limit in (numbers[0], numbers[0] * numbers[1]):
        first, end = 0, last
        for k in range(first, end):
            y, x = queue[k] // width, queue[k] % width
            for j in range(max(y - 1, 0), min(y + 2, height)):
                for i in range(max(x - 1, 0), min(x + 2, width)):
                    if rays[j, i] or bad[j, i]:
                        continue
                    if significance[j, i] - _median_at(significance, j, i, 2, values) > limit:
                        rays[j, i] = 1
                        queue[last] = j * width + i
                        last += 1
                        fresh += 1
    return fresh


@kernel
def _replace(clean: Any, rays: Any, bad: Any, where: Any) -> None:
    """Give rays the mean of the good pixels of the 5 × 5, or of a wider window without any."""
    height, width = clean.shape
    for k in range(where.size):
        y, x = where[k] // width, where[k] % width
        radius, count, total = 1, 0, 0.0
        while count == 0 and radius < 12:
            radius += 1
            for j in range(max(y - radius, 0), min(y + radius + 1, height)):
                for i in range(max(x - radius, 0), min(x + radius + 1, width)):
                    if rays[j, i] == 0 and bad[j, i] == 0:
                        total += clean[j, i]
                        count += 1
        if count:
            clean[y, x] = total / count


@kernel
def _measure_again(clean: Any, numbers: Any, where: Any, significance: Any) -> None:
    height, width = clean.shape
    values = np.empty(49, np.float32)
    for k in range(where.size):
        y, x = where[k] // width, where[k] % width
        v = clean[y, x]
        total = np.float32(0)
        for j in (-1, 1):
            for i in (-1, 1):
                corner = v + v - clean[mirror(y + j, height), x] - clean[y, mirror(x + i, width)]
                total += max(corner, np.float32(0))
        noise = _noise(_median_at(clean, y, x, 2, values), numbers)
        significance[y, x] = total / 8 / noise
