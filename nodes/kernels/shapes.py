"""What stands at a peak: a star, or a hot pixel, a cosmic ray, a trail, a shoulder, a nebula.

Around each peak a stamp is cut out, its frame gives the local background, and the region above
half of the height of the smoothed peak tells size and shape. Windowed moments (SExtractor's
XWIN: Bertin and Arnouts 1996; Gaussian weights as wide as the star) give centre and axes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel
from nodes.kernels.mesh import Mesh, clipped_level

#: columns of what is measured
X, Y, BACKGROUND, NOISE, PEAK, FLUX, SIZE, A, B, C, FLAGS = range(11)
_COLUMNS = 11
SATURATED, BLENDED, INCOMPLETE = 1, 2, 4

_RADIUS = 10  # of the smallest stamp
_BAND = 256
#: variance that the smoothing adds, in squares of a full width at half maximum
SMOOTHING = 8 * np.log(2.0)
#: of a single pixel that stands out, the median of nine is this share of the highest at most
_LONELY = 0.2
#: so many times as high as need be is what may be the flat top of a saturated star
_WIDE = 5.0


def measure_peaks(
    plane: np.ndarray,
    mesh: Mesh,
    peaks: np.ndarray,
    *,
    least: float,
    min_size: float,
    max_size: float,
    max_distortion: float,
    saturation: float,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> np.ndarray:
    """Stars among peaks ``(n, 3)``, one row each, in their order: columns as named above.

    least: height of the smoothed peak in units of the local noise. min_size, max_size: of the
    full width at half maximum, in pixels. max_distortion: 0 takes round regions only, 1 all.
    saturation: from this value on a pixel is saturated. Their axes are given by the inverse of
    the covariance of a Gaussian, ``A dx² + 2 B dx dy + C dy²``.
    """
    out = np.zeros((len(peaks), _COLUMNS))
    fill = (np.pi / 4) * (1 - max_distortion)
    run_bands(
        lambda first, last: _measure(
            plane, mesh.level, peaks[first:last], least, min_size, max_size, fill, saturation,
            out[first:last],
        ),
        len(peaks), band=_BAND, ctx=ctx, span=span, text="stars",
    )  # fmt: skip
    return out[out[:, SIZE] > 0]


@kernel
def _measure(
    plane: np.ndarray,
    level: np.ndarray,
    peaks: np.ndarray,
    least: float,
    min_size: float,
    max_size: float,
    fill: float,
    saturation: float,
    out: np.ndarray,
) -> None:
    largest = int(max(_RADIUS, 2 * max_size))
    side = 2 * largest + 1
    stamp, smooth = np.empty((side, side), np.float32), np.empty((side, side), np.float32)
    scratch = np.empty((side, side), np.float32)
    values = np.empty(8 * side, np.float32)
    state = np.zeros((side, side), np.uint8)
    stack = np.empty(side * side, np.int32)
    nine = np.empty(9, np.float32)
    for k in range(len(peaks)):
        x, y, height = int(peaks[k, 0]), int(peaks[k, 1]), peaks[k, 2]
        sky = level_at(level, plane.shape[0], plane.shape[1], x, y)
        middle, high = _nine(plane, x, y, nine)
        if not middle - sky > _LONELY * (high - sky):
            continue
        row = out[k]
        radius = _RADIUS
        while True:
            ground, noise = _frame(plane, x, y, radius, values)
            if not noise >= 0:
                break
            if height + sky - ground > least * noise:
                _cut(plane, x, y, radius, stamp)
                _smooth_stamp(stamp, radius, ground, scratch, smooth)
                area, width, tall, flags = _fill(smooth, radius, state, stack)
                if flags < 0:  # the shoulder of a brighter star
                    break
                if max(width, tall) <= radius:
                    size = np.sqrt(max(4 * area / np.pi - SMOOTHING, 1.0))
                    whole = area >= fill * max(width, tall) ** 2
                    lonely = not middle - ground > _LONELY * (high - ground)
                    if whole and not lonely and min_size <= size <= max_size:
                        row[BACKGROUND], row[NOISE], row[PEAK] = ground, noise, high - ground
                        row[FLAGS] = flags + (SATURATED if high >= saturation else 0)
                        _weigh(stamp, x, y, radius, ground, size, row)
                    break
            elif ground - sky < 0.3 * height or height < _WIDE * least * noise:
                break  # nothing but noise, or a ripple of a nebula
            # the frame lies within something larger: the top of a saturated star
            if radius == largest:
                break
            radius = min(2 * radius, largest)


@kernel
def level_at(grid: Any, height: int, width: int, x: int, y: int) -> float:
    """The mesh at a pixel."""
    down, across = grid.shape
    v = min(max((y + 0.5) * down / height - 0.5, 0.0), down - 1.0)
    u = min(max((x + 0.5) * across / width - 0.5, 0.0), across - 1.0)
    j, i = min(int(v), max(down - 2, 0)), min(int(u), max(across - 2, 0))
    v, u = v - j, u - i
    below, right = min(j + 1, down - 1), min(i + 1, across - 1)
    upper = (1 - u) * grid[j, i] + u * grid[j, right]
    lower = (1 - u) * grid[below, i] + u * grid[below, right]
    here: float = (1 - v) * upper + v * lower
    return here


@kernel
def _nine(plane: Any, x: int, y: int, values: Any) -> tuple[float, float]:
    """Median and highest of a pixel and its neighbours; NaN at the border or where some miss."""
    if x < 2 or y < 2 or x >= plane.shape[1] - 2 or y >= plane.shape[0] - 2:
        return np.nan, np.nan
    count = 0
    for v in range(y - 1, y + 2):
        for u in range(x - 1, x + 2):
            value = plane[v, u]
            if value - value == 0:
                place = count  # sorted as they come: nine are too few for more
                while place > 0 and values[place - 1] > value:
                    values[place] = values[place - 1]
                    place -= 1
                values[place] = value
                count += 1
    if count < 7:
        return np.nan, np.nan
    return np.float64(values[count // 2]), np.float64(values[count - 1])


@kernel
def _cut(plane: Any, x: int, y: int, radius: int, stamp: Any) -> None:
    """The stamp around a pixel; NaN outside of the image."""
    height, width = plane.shape
    for j in range(2 * radius + 1):
        v = y - radius + j
        line = stamp[j]
        if v < 0 or v >= height:
            line[: 2 * radius + 1] = np.nan
            continue
        source = plane[v]
        for i in range(2 * radius + 1):
            u = x - radius + i
            line[i] = source[u] if 0 <= u < width else np.nan


@kernel
def _frame(plane: Any, x: int, y: int, radius: int, values: Any) -> tuple[float, float]:
    """Level and noise of the frame of a stamp, two pixels wide; NaN where hardly any is left.

    Of a larger frame not all pixels are read.
    """
    height, width = plane.shape
    count, step = 0, max(1, radius // _RADIUS)
    for side in range(4):
        for depth in range(radius - 1, radius + 1):
            for along in range(-radius, radius, step):
                u = along if side < 2 else depth if side == 2 else -depth
                v = depth if side == 0 else -depth if side == 1 else -along
                if 0 <= x + u < width and 0 <= y + v < height:
                    value = plane[y + v, x + u]
                    if value - value == 0:
                        values[count] = value
                        count += 1
    if count < 4 * _RADIUS:
        return np.nan, np.nan
    level, noise = clipped_level(values[:count])
    return level, max(noise, 1e-6 * abs(level), 1e-30)


@kernel
def _smooth_stamp(stamp: Any, radius: int, level: float, scratch: Any, out: Any) -> None:
    """The stamp less its level, smoothed as the image was; 0 for missing pixels and beyond."""
    side, ground = 2 * radius + 1, np.float32(level)
    w0, w1, w2 = np.float32(1 / 16), np.float32(4 / 16), np.float32(6 / 16)
    for j in range(side):
        line, target = stamp[j], scratch[j]
        for i in range(side):
            v = line[i] - ground
            target[i] = v if v - v == 0 else np.float32(0)
    for j in range(side):
        target = out[j]
        a, b, c = scratch[max(j - 2, 0)], scratch[max(j - 1, 0)], scratch[j]
        d, e = scratch[min(j + 1, side - 1)], scratch[min(j + 2, side - 1)]
        for i in range(side):
            target[i] = w0 * (a[i] + e[i]) + w1 * (b[i] + d[i]) + w2 * c[i]
    for j in range(side):
        line, target = scratch[0], out[j]
        for i in range(side):
            line[i] = target[i]
        for i in range(2, side - 2):
            target[i] = (
                w0 * (line[i - 2] + line[i + 2]) + w1 * (line[i - 1] + line[i + 1]) + w2 * line[i]
            )


@kernel
def _fill(smooth: Any, radius: int, state: Any, stack: Any) -> tuple[int, int, int, int]:
    """The region around the centre above half of its height: pixels, width, height, flags.

    Flags are -1 where a pixel of it is higher than the centre. A region that reaches half way to
    the frame of the stamp is told by its width, of more than the radius.
    """
    side = 2 * radius + 1
    top, half = smooth[radius, radius], np.float32(0.5) * smooth[radius, radius]
    highest = np.float32(1 + 1e-6) * top  # rounding may lift one pixel of a flat top over others
    used, pixels, flags = 1, 0, 0
    left = right = above = below = radius
    stack[0] = radius * side + radius
    state[radius, radius] = 1
    while pixels < used:
        j, i = stack[pixels] // side, stack[pixels] % side
        pixels += 1
        left, right, above, below = min(left, i), max(right, i), min(above, j), max(below, j)
        if min(left, above) <= radius // 2 or max(right, below) >= side - 1 - radius // 2:
            left, right = 0, side
            break
        v = smooth[j, i]
        if v > highest:
            flags = -1
            break
        if (
            (i != radius or j != radius)
            and v >= smooth[j - 1, i - 1] and v >= smooth[j - 1, i] and v >= smooth[j - 1, i + 1]
            and v >= smooth[j, i - 1] and v >= smooth[j, i + 1]
            and v >= smooth[j + 1, i - 1] and v >= smooth[j + 1, i] and v >= smooth[j + 1, i + 1]
        ):  # fmt: skip
            flags = BLENDED
        for step in range(4):
            n = j + (step == 0) - (step == 1)
            m = i + (step == 2) - (step == 3)
            if state[n, m] == 0 and smooth[n, m] > half:
                state[n, m] = 1
                stack[used] = n * side + m
                used += 1
    for k in range(used):
        state[stack[k] // side, stack[k] % side] = 0
    return pixels, right - left + 1, below - above + 1, flags


@kernel
def _weigh(
    stamp: Any, x: int, y: int, radius: int, ground: float, size: float, row: Any
) -> None:  # fmt: skip
    """Centre, axes and flux by moments under a Gaussian as wide as the star."""
    variance = (size * size) / SMOOTHING
    reach = min(radius, int(3 * np.sqrt(variance)) + 1)
    cx = cy = 0.0
    total = xx = xy = yy = 0.0
    across = np.empty(2 * reach + 1)
    missing = flat = 0
    for turn in range(5):
        for i in range(2 * reach + 1):
            across[i] = np.exp(-0.5 * (i - reach - cx) ** 2 / variance)
        total = xx = xy = yy = sx = sy = 0.0
        for j in range(2 * reach + 1):
            dy = j - reach - cy
            down = np.exp(-0.5 * dy * dy / variance)
            line = stamp[radius - reach + j]
            for i in range(2 * reach + 1):
                v = np.float64(line[radius - reach + i]) - ground
                if v - v == 0:
                    dx = i - reach - cx
                    w = v * down * across[i]
                    total += w
                    sx += w * dx
                    sy += w * dy
                    xx += w * dx * dx
                    xy += w * dx * dy
                    yy += w * dy * dy
                    flat += turn == 0 and v > 0.98 * row[PEAK]
                else:
                    missing += 1
        if not total > 0:
            return
        sx, sy = sx / total, sy / total
        if turn < 4:
            cx, cy = cx + 2 * sx, cy + 2 * sy
        if not abs(cx) + abs(cy) < size + 1:
            return
    xx, xy, yy = xx / total - sx * sx, xy / total - sx * sy, yy / total - sy * sy
    det = xx * yy - xy * xy
    a, b, c = 1 / variance, 0.0, 1 / variance
    if det > 0:
        p, q, r = yy / det - 1 / variance, -xy / det, xx / det - 1 / variance
        # what noise made nearly flat, or thinner than a pixel, is no axis
        if p > 0.1 / variance and r > 0.1 / variance and p * r - q * q > 0.1 * p * r:
            a, b, c = p, q, r
    row[X], row[Y], row[SIZE] = x + cx, y + cy, size
    row[A], row[B], row[C] = a, b, c
    # the weights let through that share of a Gaussian
    row[FLUX] = total * np.sqrt(((a + 1 / variance) * (c + 1 / variance) - b * b) / (a * c - b * b))
    if flat > 4 + 0.25 * variance and row[PEAK] > 100 * row[NOISE]:
        row[FLAGS] = int(row[FLAGS]) | SATURATED
    if missing > 0:
        row[FLAGS] = int(row[FLAGS]) | INCOMPLETE
