"""A smooth surface through samples of the background: Legendre polynomials of two variables."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.polynomial import legendre

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel

_ROUNDS = 5  # of the level of a box
_CLIP = 3.0  # sigmas beyond which a pixel of a box is left out
_TRUNCATED = 0.9865784  # sigma of a Gaussian that is cut there
_HUBER = 1.5  # sigmas: 96 % efficient on Gaussian noise, and not tied to 16-bit steps
_HALO = 2  # pixels around a star that are left out with it


class Samples(NamedTuple):
    """Boxes of one plane: centre of their valid pixels, level, and fraction of pixels kept."""

    x: np.ndarray
    y: np.ndarray
    value: np.ndarray
    weight: np.ndarray


class Surface(NamedTuple):
    """Coefficients ``[i, j]`` of P_i(x) P_j(y) on a plane of height × width pixels."""

    coefficients: np.ndarray
    height: int
    width: int


def scaled(size: int) -> np.ndarray:
    """Pixel positions 0 … size - 1 mapped into -1 … 1, pixel edges at the ends."""
    return (2.0 * np.arange(size) + 1.0 - size) / size


# --- samples -----------------------------------------------------------------------------------


@kernel
def _first_sigma(values: np.ndarray, centre: float) -> float:
    """1.4826 MAD of sorted values; when that is 0, the smallest step away from the centre."""
    low, high = 0, values.size - 1
    for _ in range(values.size // 2):  # inwards from both ends, dropping the farther one
        if centre - values[low] > values[high] - centre:
            low += 1
        else:
            high -= 1
    sigma = 1.4826 * max(centre - values[low], values[high] - centre)
    if sigma == 0.0:
        sigma = np.inf
        for value in values:
            if value != centre:
                sigma = min(sigma, abs(value - centre))
    return sigma if sigma < np.inf else 0.0


@kernel
def _level(values: np.ndarray) -> tuple[float, float, int]:
    """Robust level of sorted values, above what a star begins, and how many were kept."""
    size = values.size
    centre = 0.5 * (values[(size - 1) // 2] + values[size // 2])
    sigma = _first_sigma(values, centre)
    star = np.inf
    kept = size
    for _ in range(_ROUNDS):
        if sigma == 0.0:
            break
        star = centre + _CLIP * sigma
        limit = _HUBER * sigma
        total = squares = 0.0
        kept = 0
        for value in values:
            if abs(value - centre) <= _CLIP * sigma:
                deviation = value - centre
                total += min(max(deviation, -limit), limit)
                squares += deviation * deviation
                kept += 1
        centre += total / kept
        sigma = np.sqrt(squares / kept) / _TRUNCATED
    return centre, star, kept


@kernel
def _near_star(box: np.ndarray, y: int, x: int, star: float) -> bool:
    for v in range(max(y - _HALO, 0), min(y + _HALO + 1, box.shape[0])):
        for u in range(max(x - _HALO, 0), min(x + _HALO + 1, box.shape[1])):
            if box[v, u] > star:
                return True
    return False


@kernel
def _sample_rows(
    plane: np.ndarray,
    mask: np.ndarray,
    masked: bool,
    tops: np.ndarray,
    lefts: np.ndarray,
    tall: int,
    wide: int,
    first: int,
    last: int,
    out: np.ndarray,
) -> None:
    buffer = np.empty(tall * wide, np.float64)
    for row in range(first, last):
        for column in range(lefts.size):
            sample = out[row * lefts.size + column]
            sample[3] = 0.0
            top, left = tops[row], lefts[column]
            box = plane[top : top + tall, left : left + wide]
            star = np.inf
            for turn in range(2):  # the second without the halos of the stars of the first
                count = 0
                sum_x = sum_y = 0.0
                for y in range(tall):
                    for x in range(wide):
                        value = np.float64(box[y, x])
                        if not np.isfinite(value):
                            continue
                        if masked and not mask[top + y, left + x] <= 0.5:
                            continue
                        if turn == 1 and _near_star(box, y, x, star):
                            continue
                        buffer[count] = value
                        sum_x += left + x
                        sum_y += top + y
                        count += 1
                if count == 0:
                    break
                level, star, kept = _level(np.sort(buffer[:count]))
                sample[0] = sum_x / count
                sample[1] = sum_y / count
                sample[2] = level
                sample[3] = kept / (tall * wide)
                if star == np.inf:
                    break


def _grid(size: int, longer: int, boxes: int, side: int, degree: int) -> tuple[np.ndarray, int]:
    """Starts and side of the boxes along one axis; boxes shrink so that they do not overlap."""
    count = max(round(boxes * size / longer), degree + 1)
    count = min(count, size)
    side = max(1, min(side, size // count))
    centres = (np.arange(count) + 0.5) * size / count
    return np.clip(np.rint(centres - side / 2), 0, size - side).astype(np.int64), side


def take_samples(
    plane: np.ndarray,
    mask: np.ndarray | None,
    *,
    box: int,
    boxes: int,
    degree: int,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> Samples:
    """The robust level of boxes on a regular grid.

    plane: float32 ``(height, width)``, may be a strided view; NaN is missing. mask: the same
    shape; pixels above 0.5 take no part. box: side in pixels. boxes: their number along the
    longer side, at least degree + 1 along each. The level of a box: from median and MAD on,
    5 rounds of clipping at 3 sigmas, each time the mean of what is left with deviations held to
    1.5 sigmas; then once more without what lies within 2 pixels of a star, a
    pixel above the clipping, since the faint wings of stars all lean to one side. Boxes without
    a valid pixel have weight 0.
    """
    height, width = plane.shape
    longer = max(height, width)
    tops, tall = _grid(height, longer, boxes, box, degree)
    lefts, wide = _grid(width, longer, boxes, box, degree)
    out = np.zeros((tops.size * lefts.size, 4))
    none = np.zeros((1, 1), np.float32)
    run_bands(
        lambda first, last: _sample_rows(
            plane,
            none if mask is None else mask,
            mask is not None,
            tops,
            lefts,
            tall,
            wide,
            first,
            last,
            out,
        ),
        tops.size,
        ctx=ctx,
        span=span,
        text="samples",
    )
    return Samples(*out.T)


# --- fit ---------------------------------------------------------------------------------------


def terms(degree: int, height: int, width: int) -> list[tuple[int, int]]:
    """Exponents (of x, of y) of a total degree, as far as the pixels of each axis carry them."""
    return [
        (i, j)
        for i in range(min(degree, width - 1) + 1)
        for j in range(min(degree - i, height - 1) + 1)
    ]


def _design(samples: Samples, degree: int, height: int, width: int) -> np.ndarray:
    across = legendre.legvander((2 * samples.x + 1 - width) / width, degree)
    down = legendre.legvander((2 * samples.y + 1 - height) / height, degree)
    return np.stack([across[:, i] * down[:, j] for i, j in terms(degree, height, width)], axis=1)


def _solve(design: np.ndarray, samples: Samples, accepted: np.ndarray) -> np.ndarray | None:
    """Weighted least squares; None when the accepted samples do not determine the surface."""
    root = np.sqrt(samples.weight[accepted])
    solution, _, rank, _ = np.linalg.lstsq(
        design[accepted] * root[:, None], samples.value[accepted] * root, rcond=1e-5
    )
    return solution if rank == design.shape[1] else None


def _dark_sigma(residuals: np.ndarray, floor: float) -> float:
    """Sigma from the samples below the surface, where no nebula and no star adds anything."""
    below = residuals[residuals < 0]
    return max(-1.4826 * float(np.median(below)), floor) if below.size else floor


def fit_surface(
    samples: Samples,
    height: int,
    width: int,
    *,
    degree: int,
    tolerance: float,
    unbalance: float,
    minimum_fraction: float,
    rounds: int,
) -> tuple[Surface | None, np.ndarray]:
    """Least squares on Legendre products with two kinds of rejection, and what was accepted.

    First, as long as samples change sides and for ``rounds`` rounds at most, samples more than
    ``tolerance`` sigmas above the surface, or ``unbalance`` times as much below it, are left out:
    this frees it from nebulae and stars. Such a one-sided choice leans to the dark side, so
    then, again for ``rounds`` at most, all samples within 3 sigmas either way are taken back in.
    Sigma is 1.4826 times the median residual of the samples below the surface. The surface is
    None when less than terms + 1 samples are left, or they lie too unevenly to determine it.
    """
    usable = (samples.weight > 0) & (samples.weight >= minimum_fraction)
    design = _design(samples, degree, height, width)
    if usable.sum() <= design.shape[1]:
        return None, usable
    floor = 1e-7 * float(np.abs(samples.value[usable]).max())
    accepted = usable
    solution = _solve(design, samples, accepted)
    for low, high in ((-tolerance * unbalance, tolerance), (-3.0, 3.0)):
        for _ in range(rounds):
            if solution is None:
                return None, accepted
            residuals = samples.value - design @ solution
            sigma = _dark_sigma(residuals[usable], floor)
            before = accepted
            accepted = usable & (residuals >= low * sigma) & (residuals <= high * sigma)
            if accepted.sum() <= design.shape[1]:
                return None, accepted
            if (accepted == before).all():
                break
            solution = _solve(design, samples, accepted)
    if solution is None:
        return None, accepted
    coefficients = np.zeros((degree + 1, degree + 1))
    for value, (i, j) in zip(solution, terms(degree, height, width), strict=True):
        coefficients[i, j] = value
    return Surface(coefficients, height, width), accepted


# --- evaluation --------------------------------------------------------------------------------


@kernel
def _apply_rows(
    plane: np.ndarray,
    across: np.ndarray,
    powers: np.ndarray,
    kind: int,
    level: float,
    first: int,
    last: int,
    model: np.ndarray,
    out: np.ndarray,
) -> float:
    """Model, and corrected plane, of some rows; the lowest divisor."""
    width = plane.shape[1]
    degree = powers.shape[1] - 1
    surface = np.empty(width)
    lowest = np.inf
    for y in range(first, last):
        surface[:] = powers[y, degree]
        for k in range(degree - 1, -1, -1):
            factor = powers[y, k]
            for x in range(width):
                surface[x] = surface[x] * across[x] + factor
        for x in range(width):
            model[y, x] = surface[x]
        if kind == 1:
            for x in range(width):
                out[y, x] = plane[y, x] - surface[x] + level
        elif kind == 2:
            for x in range(width):
                out[y, x] = plane[y, x] / surface[x] * level
                lowest = min(lowest, surface[x])
    return lowest


def mean_of(surface: Surface) -> float:
    """The mean of the surface over all pixels of its plane, exact."""
    degree = surface.coefficients.shape[0] - 1
    across = legendre.legvander(scaled(surface.width), degree).mean(axis=0)
    down = legendre.legvander(scaled(surface.height), degree).mean(axis=0)
    return float(across @ surface.coefficients @ down)


def apply_surface(
    plane: np.ndarray,
    surface: Surface,
    model: np.ndarray,
    out: np.ndarray | None,
    *,
    divide: bool = False,
    level: float = 0.0,
    ctx: Context = SILENT,
    span: tuple[float, float] = (0.0, 1.0),
) -> float:
    """Write the surface into ``model`` and the corrected plane into ``out``, in one pass.

    out = plane - M + level, or plane / M · level when dividing; None leaves it alone. Returns the
    lowest divisor, infinity when not dividing. Planes: float32 ``(height, width)``, maybe strided.
    """
    degree = surface.coefficients.shape[0] - 1
    rows = legendre.legvander(scaled(surface.height), degree) @ surface.coefficients.T
    to_powers = np.array(
        [
            np.pad(legendre.leg2poly(unit), (0, degree + 1))[: degree + 1]
            for unit in np.eye(degree + 1)
        ]
    )
    powers = np.ascontiguousarray(rows @ to_powers)
    across = scaled(surface.width)
    kind = 0 if out is None else 2 if divide else 1
    target = model if out is None else out
    lowest = run_bands(
        lambda first, last: _apply_rows(
            plane, across, powers, kind, level, first, last, model, target
        ),
        surface.height,
        ctx=ctx,
        span=span,
    )
    return min(map(float, lowest))  # type: ignore[arg-type]
