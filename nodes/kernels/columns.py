"""From the rows that were measured and fitted to the columns of a list of stars."""

from __future__ import annotations

import math

import numpy as np

from nodes.kernels import psf_fit as fitted
from nodes.kernels import shapes as measured

#: what is that many times as narrow or as wide as the other stars is none
_NARROWER, _WIDER = 2.0, 2.0
_SIGMAS = 4.0  # or that far off, where the stars themselves differ more
_CROWD = 8  # stars that tell what others are like
_AXIS = 2 * math.sqrt(2 * math.log(2))  # full width at half maximum of a Gaussian of sigma 1


def make_columns(
    shapes: np.ndarray, fits: np.ndarray | None, *, beta: float, max_distortion: float,
    sizes: tuple[float, float], offset: float, spread: float, scale: int,
) -> dict[str, np.ndarray]:  # fmt: skip
    """The stars among the rows, brightest first; fits are None where only moments count.

    A star whose fit failed is dropped, unless it is saturated: then its moments count. beta: of
    the fit, 0 for a Gaussian. offset, spread, scale: see ``nodes.kernels.brightness``.
    """
    flags = shapes[:, measured.FLAGS].astype(np.uint8)
    saturated = (flags & measured.SATURATED) > 0
    form = _of_moments(shapes)
    good = np.ones(len(shapes), bool)
    if fits is not None:
        good = fits[:, fitted.GOOD] > 0
        form = {name: np.where(good, _of_fits(fits)[name], form[name]) for name in form}
    beta_of = np.where(good, beta, 0.0) if fits is not None else np.zeros(len(shapes))
    a, b, c = form.pop("a"), form.pop("b"), form.pop("c")
    middle, half = (a + c) / 2, np.hypot((a - c) / 2, b)
    with np.errstate(divide="ignore", invalid="ignore"):
        long = np.sqrt(np.maximum(1 / (middle - half) - spread, 0.1))
        short = np.sqrt(np.maximum(1 / (middle + half) - spread, 0.1))
        share = np.where(beta_of > 0, _AXIS / (2 * np.sqrt(2 ** (1 / beta_of) - 1)), 1.0)
    fwhm = _AXIS * np.sqrt(long * short)
    columns = {
        **form,
        "fwhm": fwhm,
        "eccentricity": np.sqrt(np.maximum(1 - (short / long) ** 2, 0)),
        "sx": share * long,
        "sy": share * short,
        # the longer axis is that of the smaller curvature
        "theta": np.degrees(0.5 * np.arctan2(-2 * b, c - a)) % 180,
        "beta": beta_of,
        "snr": form["amplitude"] / shapes[:, measured.NOISE],
        "flags": flags,
    }
    if fits is not None:
        _fill_in(columns, saturated & good)
    round_enough = short >= (1 - max_distortion) * long
    alike = _are_alike(fwhm, good & round_enough & ~saturated)
    sized = (fwhm >= sizes[0]) & (fwhm <= sizes[1])
    kept = np.flatnonzero(sized & (saturated | (good & round_enough & alike)))
    kept = kept[np.argsort(-columns["flux"][kept], kind="stable")]
    kept = kept[_are_single(columns["x"][kept], columns["y"][kept], fwhm[kept])]
    columns = {name: column[kept] for name, column in columns.items()}
    columns["x"], columns["y"] = scale * columns["x"] + offset, scale * columns["y"] + offset
    for name in ("fwhm", "sx", "sy"):
        columns[name] = scale * columns[name]
    columns["flux"] = scale**2 * columns["flux"]
    columns["snr"] = columns["snr"] / scale
    return columns


def _fill_in(columns: dict[str, np.ndarray], which: np.ndarray) -> None:
    """The flux of saturated stars is that of their profile, since their middle is not known."""
    beta = columns["beta"][which]
    area = math.pi * columns["sx"][which] * columns["sy"][which]
    with np.errstate(divide="ignore"):
        moffat = (1 - 10 ** (1 / beta - 1)) / (beta - 1)
        edge = np.where(beta > 0, 10 ** (1 / beta) - 1, 2 * math.log(10))
    flux = columns["amplitude"][which] * area * np.where(beta > 0, moffat, 1.8)
    columns["flux"], columns["mean"] = columns["flux"].copy(), columns["mean"].copy()
    columns["flux"][which], columns["mean"][which] = flux, flux / (area * edge)


def _of_moments(shapes: np.ndarray) -> dict[str, np.ndarray]:
    """As of a Gaussian: nine tenths of its flux lie within the ellipse of a tenth of its height."""
    a, b, c = shapes[:, measured.A], shapes[:, measured.B], shapes[:, measured.C]
    flux = 0.9 * shapes[:, measured.FLUX]
    return {
        "x": shapes[:, measured.X], "y": shapes[:, measured.Y], "flux": flux,
        "mean": flux * np.sqrt(np.maximum(a * c - b * b, 0)) / (2 * math.pi * math.log(10)),
        "background": shapes[:, measured.BACKGROUND], "amplitude": shapes[:, measured.PEAK],
        "residual": np.zeros(len(shapes)), "a": a, "b": b, "c": c,
    }  # fmt: skip


def _of_fits(fits: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "x": fits[:, fitted.X], "y": fits[:, fitted.Y], "flux": fits[:, fitted.FLUX],
        "mean": fits[:, fitted.MEAN], "background": fits[:, fitted.BACKGROUND],
        "amplitude": fits[:, fitted.AMPLITUDE], "residual": fits[:, fitted.RESIDUAL],
        "a": fits[:, fitted.A], "b": fits[:, fitted.B], "c": fits[:, fitted.C],
    }  # fmt: skip


def _are_alike(fwhm: np.ndarray, trusted: np.ndarray) -> np.ndarray:
    """Which are about as wide as most; all where there are too few to tell."""
    if np.count_nonzero(trusted) < _CROWD:
        return np.ones(len(fwhm), bool)
    sizes = np.log(np.maximum(fwhm, 1e-9))
    off = sizes - np.median(sizes[trusted])
    spread = _SIGMAS * 1.4826 * float(np.median(np.abs(off[trusted])))
    alike: np.ndarray = (off > -max(math.log(_NARROWER), spread)) & (
        off < max(math.log(_WIDER), spread)
    )
    return alike


def _are_single(x: np.ndarray, y: np.ndarray, fwhm: np.ndarray) -> np.ndarray:
    """Which are not the same as a brighter one before them, found from two peaks."""
    single = np.ones(len(x), bool)
    if len(x) > 1:
        from scipy.spatial import cKDTree

        places = np.stack([x, y], axis=1)
        pairs = cKDTree(places).query_pairs(0.5 * float(fwhm.max()), output_type="ndarray")
        apart = np.hypot(*(places[pairs[:, 0]] - places[pairs[:, 1]]).T)
        twins = pairs[apart < 0.5 * fwhm[pairs].max(axis=1)]
        single[twins.max(axis=1)] = False
    return single
