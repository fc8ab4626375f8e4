"""The pixels that a stretch of a row of a drawn frame is made of, and their weighted sums.

Neighbours in the frame are copied row by row into a tile; where the frame is turned, each pixel's
own are gathered, by taps. Missing pixels are zeros in the tile, and in a second one of ones and
zeros, whose sums are the weights of what is there.
"""

from __future__ import annotations

import numpy as np

from nodes.kernels.jit import kernel

BLOCK = 256  # pixels of a row at once; what they need stays in the first-level cache
EDGE = 16  # the most taps a kernel may have
SPAN = BLOCK + EDGE
CELL = 64  # pixels of a row that are known to be whole or not


@kernel
def is_whole(whole: np.ndarray, width: int, x: int, y: int, count: int, taps: int) -> bool:
    """Whether all pixels of a rectangle are in the frame and none is missing."""
    if x < 0 or y < 0 or x + count > width or y + taps > whole.shape[0]:
        return False
    for j in range(y, y + taps):
        for cell in range(x // CELL, (x + count - 1) // CELL + 1):
            if not whole[j, cell]:
                return False
    return True


@kernel
def mark_cells(source: np.ndarray, first: int, last: int, whole: np.ndarray) -> None:
    """Which stretches of rows have no missing pixel."""
    width = source.shape[2]
    for c in range(source.shape[0]):
        for y in range(first, last):
            bits = source[c, y].view(np.uint32)
            for cell in range(whole.shape[2]):
                part = bits[cell * CELL : min((cell + 1) * CELL, width)]
                most = np.uint32(0)
                for i in range(part.size):
                    most = max(most, part[i] & np.uint32(0x7FFFFFFF))
                whole[c, y, cell] = most < np.uint32(0x7F800000)


@kernel
def sum_six(
    source: np.ndarray,
    x: int,
    y: int,
    weights: np.ndarray,
    begin: int,
    count: int,
    sums: np.ndarray,
) -> None:
    """All 36 taps of Lanczos-3 at once, straight from the frame."""
    size = count + 5
    r0, r1, r2 = source[y, x : x + size], source[y + 1, x : x + size], source[y + 2, x : x + size]
    r3, r4, r5 = (
        source[y + 3, x : x + size],
        source[y + 4, x : x + size],
        source[y + 5, x : x + size],
    )
    across, down = weights[0, begin:], weights[1, begin:]
    flat = sums.reshape(-1)  # at fixed distances, so the compiler sees that they do not overlap
    for k in range(count):
        w0, w1, w2 = across[k], across[k + BLOCK], across[k + 2 * BLOCK]
        w3, w4, w5 = across[k + 3 * BLOCK], across[k + 4 * BLOCK], across[k + 5 * BLOCK]
        v0, v1, v2 = down[k], down[k + BLOCK], down[k + 2 * BLOCK]
        v3, v4, v5 = down[k + 3 * BLOCK], down[k + 4 * BLOCK], down[k + 5 * BLOCK]
        # what counts with its own sign, and what with the other
        a = v0 * r0[k] + v2 * r2[k] + v3 * r3[k] + v5 * r5[k]
        b = v1 * r1[k] + v4 * r4[k]
        p, n = w0 * a, w0 * b
        a = v0 * r0[k + 1] + v2 * r2[k + 1] + v3 * r3[k + 1] + v5 * r5[k + 1]
        b = v1 * r1[k + 1] + v4 * r4[k + 1]
        p, n = p + w1 * b, n + w1 * a
        a = v0 * r0[k + 2] + v2 * r2[k + 2] + v3 * r3[k + 2] + v5 * r5[k + 2]
        b = v1 * r1[k + 2] + v4 * r4[k + 2]
        p, n = p + w2 * a, n + w2 * b
        a = v0 * r0[k + 3] + v2 * r2[k + 3] + v3 * r3[k + 3] + v5 * r5[k + 3]
        b = v1 * r1[k + 3] + v4 * r4[k + 3]
        p, n = p + w3 * a, n + w3 * b
        a = v0 * r0[k + 4] + v2 * r2[k + 4] + v3 * r3[k + 4] + v5 * r5[k + 4]
        b = v1 * r1[k + 4] + v4 * r4[k + 4]
        p, n = p + w4 * b, n + w4 * a
        a = v0 * r0[k + 5] + v2 * r2[k + 5] + v3 * r3[k + 5] + v5 * r5[k + 5]
        b = v1 * r1[k + 5] + v4 * r4[k + 5]
        flat[k] = p + w5 * a
        flat[BLOCK + k] = n + w5 * b
        left = r2[k + 2] if r2[k + 2] < r3[k + 2] else r3[k + 2]
        right = r2[k + 3] if r2[k + 3] < r3[k + 3] else r3[k + 3]
        flat[4 * BLOCK + k] = left if left < right else right


@kernel
def sum_six_turned(
    source: np.ndarray,
    columns: np.ndarray,
    rows: np.ndarray,
    weights: np.ndarray,
    count: int,
    sums: np.ndarray,
) -> None:
    """The same where neighbours do not lie side by side in the frame."""
    frame, flat, width = source.reshape(-1), sums.reshape(-1), source.shape[1]
    across, down = weights[0], weights[1]
    for k in range(count):
        w0, w1, w2 = across[k], across[BLOCK + k], across[2 * BLOCK + k]
        w3, w4, w5 = across[3 * BLOCK + k], across[4 * BLOCK + k], across[5 * BLOCK + k]
        at = (rows[k] - 2) * width + columns[k] - 2
        plus, minus = np.float32(0), np.float32(0)
        for j in range(6):
            f = frame[at + j * width : at + j * width + 6]
            same = w0 * f[0] + w2 * f[2] + w3 * f[3] + w5 * f[5]
            other = w1 * f[1] + w4 * f[4]
            v = down[j * BLOCK + k]
            inner = j == 1 or j == 4
            plus += v * (other if inner else same)
            minus += v * (same if inner else other)
        f, g = frame[at + 2 * width + 2 :], frame[at + 3 * width + 2 :]
        left = f[0] if f[0] < g[0] else g[0]
        right = f[1] if f[1] < g[1] else g[1]
        flat[k], flat[BLOCK + k] = plus, minus
        flat[4 * BLOCK + k] = left if left < right else right


@kernel
def copy_tile(source: np.ndarray, x: int, y: int, count: int, taps: int, tile: np.ndarray) -> None:
    """Copy the rows that a run of neighbours needs; what is outside is missing."""
    height, width = source.shape
    size = count + taps - 1
    low = min(max(-x, 0), size)
    high = max(min(width - x, size), low)
    for j in range(taps):
        target = tile[0, j * SPAN : j * SPAN + size]
        if 0 <= y + j < height:
            target[:low] = np.nan
            target[low:high] = source[y + j, x + low : x + high]
            target[high:] = np.nan
        else:
            target[:] = np.nan


@kernel
def gather_tile(
    source: np.ndarray,
    columns: np.ndarray,
    rows: np.ndarray,
    count: int,
    taps: int,
    tile: np.ndarray,
) -> bool:
    """Gather what each of some pixels needs, by taps; whether some of it is missing."""
    height, width = source.shape
    flat = source.reshape(-1)
    for k in range(count):
        x, y = columns[k] - taps // 2 + 1, rows[k] - taps // 2 + 1
        if x < 0 or y < 0 or x + taps > width or y + taps > height:
            for j in range(taps):
                for i in range(taps):
                    inside = 0 <= x + i < width and 0 <= y + j < height
                    value = source[y + j, x + i] if inside else np.nan
                    tile[0, (j * taps + i) * SPAN + k] = value
        else:
            at = k
            for j in range(taps):
                start = (y + j) * width + x
                part = flat[start : start + taps]
                for i in range(taps):
                    tile[0, np.uint64(at)] = part[np.uint64(i)]
                    at += SPAN  # not a power of two, which the cache would hold in few places
    most = np.uint32(0)
    bits = tile[0].view(np.uint32)
    for t in range(taps * taps):
        part = bits[t * SPAN : t * SPAN + count]
        for k in range(count):
            most = max(most, part[k] & np.uint32(0x7FFFFFFF))
    missing = most >= np.uint32(0x7F800000)
    if missing:
        mark_missing(tile, taps * taps, SPAN, count)
    return bool(missing)


@kernel
def mark_missing(tile: np.ndarray, rows: int, step: int, size: int) -> None:
    """Zeros for what is missing, and beside the tile one of ones and zeros."""
    for j in range(rows):
        data, there = tile[0, j * step : j * step + size], tile[1, j * step : j * step + size]
        for i in range(size):
            value = data[i]
            present = value - value == 0
            data[i] = value if present else np.float32(0)
            there[i] = np.float32(1) if present else np.float32(0)


@kernel
def sum_taps(
    tile: np.ndarray,
    row: int,
    step: int,
    signs: np.ndarray,
    weights: np.ndarray,
    begin: int,
    end: int,
    scratch: np.ndarray,
    positive: np.ndarray,
    negative: np.ndarray,
) -> None:
    """Sums of the positive and the negative products of weights and pixels."""
    pairs, count = signs.size, end - begin
    ahead, behind = scratch[0], scratch[1]
    across, down = weights[0], weights[1]
    positive[:count] = 0
    negative[:count] = 0
    for j in range(2 * pairs):
        ahead[:count] = 0
        behind[:count] = 0
        for p in range(pairs):
            q = 2 * pairs - 1 - p
            total = ahead[:count] if signs[p] > 0 else behind[:count]
            one = tile[j * row + p * step : j * row + p * step + count]
            other = tile[j * row + q * step : j * row + q * step + count]
            v = across[p * BLOCK + begin : p * BLOCK + end]
            w = across[q * BLOCK + begin : q * BLOCK + end]
            for k in range(count):
                total[k] += v[k] * one[k] + w[k] * other[k]
        w = down[j * BLOCK + begin : j * BLOCK + end]
        same = signs[min(j, 2 * pairs - 1 - j)] > 0
        one, other = (positive, negative) if same else (negative, positive)
        for k in range(count):
            one[k] += w[k] * ahead[k]
            other[k] += w[k] * behind[k]


@kernel
def find_lowest(
    tile: np.ndarray, row: int, step: int, taps: int, missing: bool, lowest: np.ndarray
) -> None:
    """The darkest of the four pixels about each place; those that are missing do not count."""
    lowest[:] = np.inf
    for j in range(taps // 2 - 1, taps // 2 + 1):
        for i in range(taps // 2 - 1, taps // 2 + 1):
            start = j * row + i * step
            data = tile[0, start : start + lowest.size]
            there = tile[1, start : start + lowest.size]
            if missing:
                for k in range(lowest.size):
                    value = data[k] if there[k] > 0 else np.float32(np.inf)
                    lowest[k] = min(lowest[k], value)
            else:
                for k in range(lowest.size):
                    lowest[k] = min(lowest[k], data[k])
