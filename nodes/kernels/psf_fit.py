"""Elliptical Gaussian and Moffat profiles fitted to stars by least squares.

Levenberg and Marquardt's method with the analytic Jacobian. The shape is held as the quadratic
form ``q = a dx² + 2 b dx dy + c dy²``, without angles: ``B + A exp(-q / 2)`` for a Gaussian and
``B + A (1 + q)^-beta`` for a Moffat, at the centres of the pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels import shapes
from nodes.kernels.jit import kernel
from nodes.kernels.mesh import ranked

#: columns of a fit
X, Y, BACKGROUND, AMPLITUDE, A, B, C, FLUX, MEAN, RESIDUAL, GOOD = range(11)
_COLUMNS = 11
_PARAMETERS = 7
_ROUNDS = 25
_LANES = 16
_BAND = 64
_BRIGHT = 100  # stars that tell the exponent of the Moffat
_REACH = 1.25  # times the size of a star is half of the side of its stamp, and a pixel more
_LARGEST = 24  # half of the side of a stamp, at most
_MOVED = 1.5  # pixels from where the star was found, at most
_FLAT = 0.97  # of the height of a saturated star is its flat top
_CENTRAL = 0.7  # of the stamp must hold the centre
_TRIMMED = 0.1  # of the residuals at either end are drawn in
_CONVERGED = 1e-4  # relative change of the sum of squares


def fit_profiles(
    plane: np.ndarray,
    stars: np.ndarray,
    beta: float,
    saturation: float,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> np.ndarray:
    """One row of the columns above for each of ``stars``, rows of ``nodes.kernels.shapes``.

    beta: of the Moffat, a multiple of 1/2; 0 for a Gaussian. Pixels that are missing or saturated
    have no part. GOOD is 1 where the fit converged to something near the star. FLUX is the sum of
    what is above the background inside of the ellipse of a tenth of the height, MEAN that divided
    by its area, RESIDUAL the mean deviation of data and model.
    """
    out = np.zeros((len(stars), _COLUMNS))
    run_bands(
        lambda first, last: _fit_stars(plane, stars[first:last], beta, saturation, out[first:last]),
        len(stars), band=_BAND, ctx=ctx, span=span, text="profiles",
    )  # fmt: skip
    return out


@kernel
def _fit_stars(
    plane: np.ndarray, stars: np.ndarray, beta: float, saturation: float, out: np.ndarray
) -> None:
    room = (2 * _LARGEST + 1) ** 2 + 4 * _LANES
    # values, weights, model of the height, and the derivatives by the seven parameters
    data, rows = np.empty((4, room), np.float32), np.empty((_PARAMETERS + 1, room), np.float32)
    normal, step = np.empty((_PARAMETERS + 1, _PARAMETERS + 1)), np.empty(_PARAMETERS)
    now, trial, solved = np.empty(_PARAMETERS), np.empty(_PARAMETERS), np.empty((7, 8))
    sums = np.empty(room, np.float32)
    for k in range(len(stars)):
        star, row = stars[k], out[k]
        size = star[shapes.SIZE]
        reach = min(max(int(np.ceil(_REACH * size + 1)), 4), _LARGEST)
        x, y = int(np.rint(star[shapes.X])), int(np.rint(star[shapes.Y]))
        # a width at half maximum is the same for both profiles
        share = 2 ** (1 / beta) - 1 if beta > 0 else 1.0
        form = share * 4 / shapes.SMOOTHING if beta > 0 else 1.0
        scale = star[shapes.PEAK]
        white = saturation
        if int(star[shapes.FLAGS]) & shapes.SATURATED:
            white = min(white, star[shapes.BACKGROUND] + _FLAT * scale)
        count = _gather(plane, x, y, reach, star[shapes.BACKGROUND], scale, white, data)
        if count < 3 * _PARAMETERS:
            continue
        filled = _filled(count)
        now[0], now[1] = 0.0, 1.0
        now[2], now[3] = star[shapes.X] - x, star[shapes.Y] - y
        now[4], now[5], now[6] = (
            star[shapes.A] * form, star[shapes.B] * form, star[shapes.C] * form
        )  # fmt: skip
        if not _solve_least_squares(
            data, filled, beta, now, trial, step, normal, solved, sums, rows
        ):
            continue
        a, b, c = now[4] / form, now[5] / form, now[6] / form
        widest = (a + c) / 2 - np.hypot((a - c) / 2, b)  # of the inverse of the covariance
        moved = np.hypot(now[2] + x - star[shapes.X], now[3] + y - star[shapes.Y])
        good = (
            moved <= _MOVED
            and abs(now[2]) <= _CENTRAL * reach and abs(now[3]) <= _CENTRAL * reach
            and 0.1 < now[1] < (10 if int(star[shapes.FLAGS]) & shapes.SATURATED == 0 else 100)
            and 2.3548 / np.sqrt(widest) < 2 * reach
            and 2.3548 / np.sqrt(a + c - widest) > 0.5
        )  # fmt: skip
        row[X], row[Y] = now[2] + x, now[3] + y
        row[BACKGROUND] = star[shapes.BACKGROUND] + scale * now[0]
        row[AMPLITUDE] = scale * now[1]
        row[A], row[B], row[C] = a, b, c
        _derive(data, filled, beta, now, rows)
        _sum_up(data, count, beta, now, scale, rows[7], row)
        row[GOOD] = good


@kernel
def _filled(count: int) -> int:
    """Count, up to where four whole sets of lanes end."""
    return (count + 4 * _LANES - 1) // (4 * _LANES) * (4 * _LANES)


@kernel
def _gather(
    plane: Any, x: int, y: int, reach: int, ground: float, scale: float, saturation: float,
    data: Any,
) -> int:  # fmt: skip
    """Places and values of the usable pixels of a stamp, filled up to whole lanes with none."""
    height, width = plane.shape
    count = 0
    factor = np.float32(1 / scale)
    for v in range(max(0, y - reach), min(height, y + reach + 1)):
        for u in range(max(0, x - reach), min(width, x + reach + 1)):
            value = plane[v, u]
            if value - value == 0 and value < saturation:
                data[0, count], data[1, count] = u - x, v - y
                data[2, count] = (value - np.float32(ground)) * factor
                data[3, count] = 1
                count += 1
    for k in range(count, _filled(count)):
        data[:, k] = 0
    return count


@kernel
def _derive(data: Any, filled: int, beta: float, p: Any, rows: Any) -> None:
    """Derivatives of the model by the parameters, and what the data are above it, by rows."""
    ground, height, cx, cy = np.float32(p[0]), np.float32(p[1]), np.float32(p[2]), np.float32(p[3])
    a, b, c = np.float32(p[4]), np.float32(p[5]), np.float32(p[6])
    xs, ys, values, weights = (
        data[0, :filled], data[1, :filled], data[2, :filled], data[3, :filled]
    )  # fmt: skip
    ones, shapes, by_x, by_y = rows[0], rows[1], rows[2], rows[3]
    by_a, by_b, by_c, falls = rows[4], rows[5], rows[6], rows[7]
    for k in range(filled):
        dx, dy = xs[k] - cx, ys[k] - cy
        falls[k] = a * dx * dx + np.float32(2) * b * dx * dy + c * dy * dy
    if beta == 0:
        _exponential(falls[:filled], shapes)
    else:
        _power(falls[:filled], beta, shapes)
    slope = height * np.float32(0.5 if beta == 0 else beta)
    for k in range(filled):
        dx, dy, w = xs[k] - cx, ys[k] - cy, weights[k]
        fall = w * slope * falls[k]  # minus the derivative by q
        above = values[k] - ground - height * shapes[k]
        ones[k] = w
        by_x[k] = np.float32(2) * fall * (a * dx + b * dy)
        by_y[k] = np.float32(2) * fall * (b * dx + c * dy)
        by_a[k] = -fall * dx * dx
        by_b[k] = np.float32(-2) * fall * dx * dy
        by_c[k] = -fall * dy * dy
        falls[k] = w * above
        shapes[k] *= w


@kernel
def _exponential(q: Any, out: Any) -> None:
    """exp(-q / 2) into out, and into q as well, which is minus twice its slope.

    The 64th power of a short series, exact to float32 without a call of a library.
    """
    one = np.float32(1)
    for k in range(q.size):
        z = max(q[k] * np.float32(-1 / 128), np.float32(-1))
        e = one + z * (
            one + z * (np.float32(1 / 2) + z * (
                np.float32(1 / 6) + z * (np.float32(1 / 24) + z * np.float32(1 / 120))
            ))
        )  # fmt: skip
        e *= e
        e *= e
        e *= e
        e *= e
        e *= e
        e *= e
        out[k] = q[k] = e


@kernel
def _power(q: Any, beta: float, out: Any) -> None:
    """(1 + q)^-beta into out, and (1 + q)^(-beta - 1) into q; beta is a multiple of 1/2."""
    odd = beta != int(beta)
    for k in range(q.size):
        q[k] = np.float32(1) / (np.float32(1) + q[k])
    for k in range(q.size):
        out[k] = np.sqrt(q[k]) if odd else np.float32(1)
    for _ in range(int(beta)):
        for k in range(q.size):
            out[k] *= q[k]
    for k in range(q.size):
        q[k] *= out[k]


@kernel
def _multiply(rows: Any, filled: int, sums: Any, normal: Any) -> None:
    """All products of the rows with one another; summed in lanes, by halves."""
    quarter = filled // 4
    for i in range(_PARAMETERS + 1):
        a, b = rows[i, :quarter], rows[i, quarter : 2 * quarter]
        c, d = rows[i, 2 * quarter : 3 * quarter], rows[i, 3 * quarter : filled]
        for j in range(i, _PARAMETERS + 1):
            e, f = rows[j, :quarter], rows[j, quarter : 2 * quarter]
            g, h = rows[j, 2 * quarter : 3 * quarter], rows[j, 3 * quarter : filled]
            for k in range(quarter):
                sums[k] = (a[k] * e[k] + b[k] * f[k]) + (c[k] * g[k] + d[k] * h[k])
            for start in range(_LANES, quarter, _LANES):
                for lane in range(_LANES):
                    sums[lane] += sums[start + lane]
            total = 0.0
            for lane in range(0, _LANES, 4):
                total += (np.float64(sums[lane]) + sums[lane + 1]) + (
                    np.float64(sums[lane + 2]) + sums[lane + 3]
                )
            normal[i, j] = normal[j, i] = total


@kernel
def _solve_least_squares(
    data: Any, filled: int, beta: float, now: Any, trial: Any, step: Any, normal: Any, solved: Any,
    sums: Any, rows: Any,
) -> bool:  # fmt: skip
    """Move the parameters to the least squares; False where that does not converge."""
    last = _PARAMETERS
    damping = 1e-3
    _derive(data, filled, beta, now, rows)
    _multiply(rows, filled, sums, normal)
    error = normal[last, last]
    kept = normal.copy()
    for _ in range(_ROUNDS):
        for i in range(last):
            for j in range(last):
                solved[i, j] = kept[i, j]
            solved[i, i] += damping * kept[i, i] + 1e-12
            solved[i, last] = kept[i, last]
        if not _eliminate(solved, step):
            return False
        for i in range(last):
            trial[i] = now[i] + step[i]
        if trial[4] > 0 and trial[6] > 0 and trial[4] * trial[6] - trial[5] ** 2 > 0:
            _derive(data, filled, beta, trial, rows)
            _multiply(rows, filled, sums, normal)
            better = normal[last, last]
            if better <= error:
                gained = error - better
                now[:] = trial
                kept[:] = normal
                error = better
                damping = max(0.1 * damping, 1e-9)
                if gained <= _CONVERGED * error and abs(step[2]) + abs(step[3]) < 1e-3:
                    return True
                continue
            if better - error <= _CONVERGED * error:
                return True
        damping *= 10
        if damping > 1e8:
            return False
    return False


@kernel
def _eliminate(matrix: Any, out: Any) -> bool:
    """Solve symmetric positive equations, the right side in the last column; False if singular."""
    size = out.size
    for i in range(size):
        pivot = matrix[i, i]
        if not pivot > 0:
            return False
        for j in range(i + 1, size):
            factor = matrix[j, i] / pivot
            for k in range(i, size + 1):
                matrix[j, k] -= factor * matrix[i, k]
    for i in range(size - 1, -1, -1):
        total = matrix[i, size]
        for k in range(i + 1, size):
            total -= matrix[i, k] * out[k]
        out[i] = total / matrix[i, i]
        if not abs(out[i]) < 1e12:
            return False
    return True


@kernel
def _sum_up(
    data: Any, count: int, beta: float, p: Any, scale: float, residuals: Any, row: Any
) -> None:
    """Flux within the ellipse of a tenth of the height, its mean, and the mean residual."""
    edge = 10 ** (1 / beta) - 1 if beta > 0 else 2 * np.log(10.0)
    total = 0.0
    for k in range(count):
        dx, dy = np.float64(data[0, k]) - p[2], np.float64(data[1, k]) - p[3]
        q = p[4] * dx * dx + 2 * p[5] * dx * dy + p[6] * dy * dy
        above = np.float64(data[2, k]) - p[0]
        total += above if q <= edge and above > 0 else 0.0
        residuals[k] = abs(residuals[k])
    values = residuals[:count]
    cut, least, most = int(_TRIMMED * count), values[0], values[0]
    for k in range(count):
        least, most = min(least, values[k]), max(most, values[k])
    low, mean = ranked(values, cut, least, most), 0.0
    high = ranked(values, count - 1 - cut, least, most)
    for k in range(count):
        mean += min(max(values[k], low), high)
    row[FLUX] = scale * total
    row[MEAN] = scale * total / (np.pi * edge / np.sqrt(p[4] * p[6] - p[5] * p[5]))
    row[RESIDUAL] = scale * mean / count


def choose_beta(
    plane: np.ndarray, stars: np.ndarray, saturation: float, ctx: Context = SILENT
) -> float:
    """The exponent out of 2.5, 4, 6 and 10 that leaves the least residuals of bright stars."""
    plain = (stars[:, shapes.FLAGS].astype(int) & (shapes.SATURATED | shapes.BLENDED)) == 0
    bright = stars[plain][:_BRIGHT]
    betas = (4.0, 2.5, 6.0, 10.0)  # the first where nothing decides
    fits = [fit_profiles(plane, bright, beta, saturation, ctx) for beta in betas]
    good = np.all([fit[:, GOOD] > 0 for fit in fits], axis=0)
    left = [
        float(np.median(fit[good, RESIDUAL] / fit[good, AMPLITUDE])) if good.any() else 0.0
        for fit in fits
    ]
    return betas[int(np.argmin(left))]
