"""A smooth surface through samples of the background: Legendre polynomials of two variables."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.polynomial import legendre

from graph.context import SILENT, Context
from nodes.bands import run_bands
from nodes.kernels.jit import kernel
from nodes.kernels.samples import Samples


class Surface(NamedTuple):
    """Coefficients ``[i, j]`` of P_i(x) P_j(y) on a plane of height × width pixels."""

    coefficients: np.ndarray
    height: int
    width: int


def scaled(size: int) -> np.ndarray:
    """Pixel positions 0 … size - 1 mapped into -1 … 1, pixel edges at the ends."""
    return (2.0 * np.arange(size) + 1.0 - size) / size


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
