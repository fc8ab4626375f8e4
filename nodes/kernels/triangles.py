"""Triangles of stars, compared by shape, and what the pairs of them say about the transform.

The shape of a triangle of sides a >= b >= c is (b/a, c/a): it stays the same in a shifted, turned,
scaled or mirrored image (Valdes et al. 1995). Each pair of like triangles is a guess of the whole
transform, which is held against all bright stars of both images.
"""

from __future__ import annotations

import numpy as np

from nodes.kernels.jit import kernel

_FLAT = 0.9  # of b/a and c/b: two sides nearly alike leave open which corner is which
_THIN = 0.1  # of c/a: the direction of a thin triangle is known badly


@kernel
def describe_triangles(x: np.ndarray, y: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Shapes and corners of all triangles whose longest side is at least so long.

    Shapes: b/a, c/a, a with the sign of the sense of rotation; sorted by the first. Corners: the
    stars opposite to a, b and c.
    """
    n = x.size
    most = n * (n - 1) * (n - 2) // 6
    shapes, corners = np.empty((most, 3)), np.empty((most, 3), np.int32)
    count = 0
    for i in range(n):
        for j in range(i + 1, n):
            ij = (x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2
            for k in range(j + 1, n):
                a, b = (
                    (x[j] - x[k]) ** 2 + (y[j] - y[k]) ** 2,
                    (x[i] - x[k]) ** 2 + (y[i] - y[k]) ** 2,
                )
                c, p, q, r = ij, i, j, k
                if a < b:
                    a, b, p, q = b, a, q, p
                if b < c:
                    b, c, q, r = c, b, r, q
                if a < b:
                    a, b, p, q = b, a, q, p
                # squares of the sides until here
                if a < least * least or b > _FLAT * _FLAT * a or c > _FLAT * _FLAT * b:
                    continue
                if c < _THIN * _THIN * a:
                    continue
                turn = (x[q] - x[p]) * (y[r] - y[p]) - (y[q] - y[p]) * (x[r] - x[p])
                a = np.sqrt(a)
                shapes[count, 0], shapes[count, 1] = np.sqrt(b) / a, np.sqrt(c) / a
                shapes[count, 2] = a if turn > 0 else -a
                corners[count, 0], corners[count, 1], corners[count, 2] = p, q, r
                count += 1
    order = np.argsort(shapes[:count, 0], kind="mergesort")
    return shapes[order], corners[order]


@kernel
def pair_triangles(
    shapes: np.ndarray,
    corners: np.ndarray,
    other_shapes: np.ndarray,
    other_corners: np.ndarray,
    tolerance: float,
    smallest: float,
    largest: float,
    mirror: bool,
    votes: np.ndarray,
    pairs: np.ndarray,
) -> int:
    """Fill in pairs of triangles of like shape, and a vote for each pair of corners; their count.

    smallest, largest: of the other side over the one. mirror: whether those of the other sense of
    rotation count.
    """
    count, start = 0, 0
    for i in range(len(shapes)):
        u, v, a = shapes[i, 0], shapes[i, 1], shapes[i, 2]
        while start < len(other_shapes) and other_shapes[start, 0] < u - tolerance:
            start += 1
        j = start
        while j < len(other_shapes) and other_shapes[j, 0] <= u + tolerance:
            scale = other_shapes[j, 2] / a
            if (
                abs(other_shapes[j, 1] - v) <= tolerance
                and smallest <= abs(scale) <= largest
                and (mirror or scale > 0)
            ):
                for side in range(3):
                    votes[corners[i, side], other_corners[j, side]] += 1
                if count < len(pairs):
                    pairs[count, 0], pairs[count, 1] = i, j
                    count += 1
            j += 1
    return count


@kernel
def mark_stars(x: np.ndarray, y: np.ndarray, cell: float, cells: np.ndarray) -> None:
    """Write the number of each star into its cell of a map and those around, the brightest last."""
    cells[:] = -1
    for i in range(x.size - 1, -1, -1):
        row, column = int(y[i] / cell) + 1, int(x[i] / cell) + 1
        for r in range(max(row - 1, 0), min(row + 2, cells.shape[0])):
            for c in range(max(column - 1, 0), min(column + 2, cells.shape[1])):
                cells[r, c] = i
    for i in range(x.size - 1, -1, -1):  # a star's own cell is its own
        row, column = int(y[i] / cell) + 1, int(x[i] / cell) + 1
        if 0 <= row < cells.shape[0] and 0 <= column < cells.shape[1]:
            cells[row, column] = i


@kernel
def similarity_of(
    x: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray, mirrored: bool, out: np.ndarray
) -> bool:
    """The least squares similarity from (x, y) to (u, v) as six numbers; whether there is one."""
    n = x.size
    cx, cy, cu, cv = 0.0, 0.0, 0.0, 0.0
    for i in range(n):
        cx, cy, cu, cv = cx + x[i] / n, cy + y[i] / n, cu + u[i] / n, cv + v[i] / n
    sign = -1.0 if mirrored else 1.0
    real, imaginary, size = 0.0, 0.0, 0.0
    for i in range(n):
        dx, dy, du, dv = x[i] - cx, sign * (y[i] - cy), u[i] - cu, v[i] - cv
        real += dx * du + dy * dv
        imaginary += dx * dv - dy * du
        size += dx * dx + dy * dy
    if not size > 0:
        return False
    c, s = real / size, imaginary / size
    out[0], out[1], out[2] = c, -s * sign, cu - c * cx + s * sign * cy
    out[3], out[4], out[5] = s, c * sign, cv - s * cx - c * sign * cy
    return True


@kernel
def try_guesses(
    pairs: np.ndarray,
    corners: np.ndarray,
    other_corners: np.ndarray,
    mirrored: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    u: np.ndarray,
    v: np.ndarray,
    cells: np.ndarray,
    cell: float,
    size: np.ndarray,
    enough: float,
    best: np.ndarray,
) -> float:
    """Try the transform of each pair of figures; the best one and how unlikely it is by chance.

    The measure is a bound of minus the logarithm of the chance that so many stars (x, y) fall
    within ``cell`` pixels of one of (u, v) when both are strewn at random; two do so anyhow. The
    search ends where it exceeds ``enough``.
    """
    sides = corners.shape[1]
    px, py, pu, pv = np.empty(sides), np.empty(sides), np.empty(sides), np.empty(sides)
    guess = np.empty(6)
    top = 0.0
    share = u.size * np.pi * cell * cell / (size[0] * size[1])
    for k in range(len(pairs)):
        for side in range(sides):
            i, j = corners[pairs[k, 0], side], other_corners[pairs[k, 1], side]
            px[side], py[side], pu[side], pv[side] = x[i], y[i], u[j], v[j]
        if not similarity_of(px, py, pu, pv, mirrored[k], guess):
            continue
        inside, hits = 0, 0
        for i in range(x.size):
            at = guess[0] * x[i] + guess[1] * y[i] + guess[2]
            down = guess[3] * x[i] + guess[4] * y[i] + guess[5]
            if not (0 <= at < size[0] and 0 <= down < size[1]):
                continue
            inside += 1
            star = cells[int(down / cell) + 1, int(at / cell) + 1]
            if star >= 0 and (u[star] - at) ** 2 + (v[star] - down) ** 2 <= cell * cell:
                hits += 1
        chance, found = inside * share, hits - 2.0
        if found <= chance or found <= 0:
            continue
        measure = found * np.log(found / chance) - found + chance
        if measure > top:
            top = measure
            best[:] = guess
            if top > enough:
                break
    return top
