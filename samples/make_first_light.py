"""Makes the three masters of first_light.graph.json: an invented galaxy in an invented field.

    python samples/make_first_light.py        writes samples/data/first_light_{red,green,blue}.fits

Everything an uncalibrated night has is in them: the sensor's green cast (in sky and stars alike),
gradients that differ from channel to channel, noise, a few saturated stars. The same bytes come
out at every run.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io import fits

WIDTH, HEIGHT = 960, 640
FOLDER = Path(__file__).parent / "data"

#: sensitivity of the sensor, R G B: what makes the green cast
SENSITIVITY = np.array([0.62, 1.0, 0.55])
#: sky level and its gradient (to the right, downwards, towards the corners), R G B
SKY = np.array([0.034, 0.036, 0.031])
GRADIENT = np.array([[0.016, 0.022, 0.004], [0.006, 0.026, 0.006], [-0.006, 0.012, 0.008]])
NOISE = 0.0009


def color_of(temperature: np.ndarray) -> np.ndarray:
    """R G B of a black body relative to one of 5800 K, by Planck's law at 620, 540, 460 nm."""
    nanometres = np.array([620.0, 540.0, 460.0])
    planck = 1 / np.expm1(1.4388e7 / (nanometres * np.asarray(temperature)[..., np.newaxis]))
    white = 1 / np.expm1(1.4388e7 / (nanometres * 5800.0))
    color = planck / white
    return color / color.mean(axis=-1, keepdims=True)


def add_stars(scene: np.ndarray, rng: np.random.Generator, count: int = 750) -> None:
    """Stars of Moffat profile (beta 3.2, FWHM 2.9 px), fluxes by a power law."""
    x, y = rng.uniform(0, WIDTH, count), rng.uniform(0, HEIGHT, count)
    peak = np.minimum(0.004 * (1 - rng.random(count)) ** -1.15, 1.6)
    tint = color_of(np.clip(rng.lognormal(np.log(5800), 0.32, count), 3000, 20000))
    alpha = 2.9 / (2 * np.sqrt(2 ** (1 / 3.2) - 1))
    for i in range(count):
        reach = int(8 + 60 * np.sqrt(peak[i]))
        left, top = max(0, int(x[i]) - reach), max(0, int(y[i]) - reach)
        right, bottom = min(WIDTH, int(x[i]) + reach + 1), min(HEIGHT, int(y[i]) + reach + 1)
        yy, xx = np.mgrid[top:bottom, left:right]
        profile = (1 + ((xx - x[i]) ** 2 + (yy - y[i]) ** 2) / alpha**2) ** -3.2
        scene[:, top:bottom, left:right] += peak[i] * tint[i][:, None, None] * profile


def add_galaxy(scene: np.ndarray, rng: np.random.Generator) -> None:
    """A two-armed spiral: warm bulge, blue arms, dust lanes, knots of red hydrogen light."""
    yy, xx = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    angle = np.deg2rad(-28)
    u = ((xx - 500) * np.cos(angle) + (yy - 315) * np.sin(angle)) / 165
    v = (-(xx - 500) * np.sin(angle) + (yy - 315) * np.cos(angle)) / 100
    radius, phase = np.hypot(u, v), np.arctan2(v, u)
    winding = 2 * (phase - 3.4 * np.log(radius + 0.08))
    arms = np.exp(2.6 * (np.cos(winding) - 1)) * np.clip(radius / 0.35, 0, 1)
    dust = 1 - 0.55 * np.exp(4 * (np.cos(winding + 1.1) - 1)) * np.clip(radius / 0.3, 0, 1)
    disc = np.exp(-1.9 * radius)
    bulge = np.exp(-((radius / 0.16) ** 0.9))
    cold, hot = color_of(np.array(4300.0)), color_of(np.array(9500.0))
    light = (
        0.055 * bulge * cold[:, None, None]
        + 0.020 * disc * dust * cold[:, None, None] * 1.05
        + 0.034 * disc * arms * dust * hot[:, None, None]
    )
    scene += light
    hydrogen = np.array([1.9, 0.35, 0.75])
    for _ in range(46):
        r = rng.uniform(0.3, 1.25)
        p = rng.integers(0, 2) * np.pi + 3.4 * np.log(r + 0.08) + rng.normal(0, 0.10)
        a, b = r * np.cos(p) * 165, r * np.sin(p) * 100
        cx = 500 + a * np.cos(angle) - b * np.sin(angle)
        cy = 315 + a * np.sin(angle) + b * np.cos(angle)
        width = rng.uniform(1.6, 3.6)
        knot = np.exp(-((xx - cx) ** 2 + (yy - cy) ** 2) / (2 * width**2))
        scene += 0.022 * np.exp(-1.0 * r) * hydrogen[:, None, None] * knot


def add_sky(scene: np.ndarray) -> None:
    """Sky glow, with another gradient in each channel."""
    yy, xx = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    for plane, level, (right, down, corners) in zip(scene, SKY, GRADIENT, strict=True):
        plane += level + right * xx / 2 + down * yy / 2 + corners * (xx**2 + yy**2) / 2


def write(plane: np.ndarray, name: str) -> Path:
    """A 16-bit FITS file with the header of a stacking program and an astrometric solution."""
    path = FOLDER / f"first_light_{name}.fits"
    hdu = fits.PrimaryHDU(np.round(np.clip(plane, 0, 1) * 65535).astype(np.uint16))
    scale = 1.1 / 3600
    for card in (
        ("IMAGETYP", "Master Light", "type of the frame"),
        ("OBJECT", "Invented Galaxy", "target"),
        ("FILTER", name[0].upper(), "filter"),
        ("EXPTIME", 300.0, "[s] of each light frame"),
        ("STACKCNT", 24, "light frames in the stack"),
        ("GAIN", 100, "of the camera driver"),
        ("CCD-TEMP", -10.0, "[deg C] temperature of the sensor"),
        ("FOCALLEN", 705.0, "[mm] focal length"),
        ("XPIXSZ", 3.76, "[um] width of a pixel"),
        ("YPIXSZ", 3.76, "[um] height of a pixel"),
        ("DATE-OBS", "2026-04-11T21:32:10", "start of the first light frame, UTC"),
        ("ROWORDER", "TOP-DOWN", "first row is the top one"),
        ("CTYPE1", "RA---TAN"),
        ("CTYPE2", "DEC--TAN"),
        ("CRVAL1", 184.74, "[deg] right ascension of the reference pixel"),
        ("CRVAL2", 47.303, "[deg] declination of the reference pixel"),
        ("CRPIX1", (WIDTH + 1) / 2),
        ("CRPIX2", (HEIGHT + 1) / 2),
        ("CD1_1", -scale),
        ("CD1_2", 0.0),
        ("CD2_1", 0.0),
        ("CD2_2", -scale),
        ("RADESYS", "ICRS"),
    ):
        hdu.header[card[0]] = card[1:] if len(card) == 3 else card[1]
    hdu.writeto(path, overwrite=True)
    return path


def main() -> None:
    """Write the three masters."""
    FOLDER.mkdir(exist_ok=True)
    rng = np.random.default_rng(20260411)
    scene = np.zeros((3, HEIGHT, WIDTH))
    add_galaxy(scene, rng)
    add_stars(scene, rng)
    scene *= SENSITIVITY[:, None, None] / SENSITIVITY.max()
    add_sky(scene)
    scene += rng.normal(0, NOISE, scene.shape) * np.sqrt(scene / 0.03)
    for plane, name in zip(scene, ("red", "green", "blue"), strict=True):
        print(write(plane, name))


if __name__ == "__main__":
    main()
