"""Makes the night of many_frames.graph.json: 24 small frames of an invented nebula, two filters.

    python samples/make_many_frames.py        writes samples/data/many_frames/night_*.fits

Frames are aligned and calibrated, but the sky brightens and its gradient turns as the moon rises,
and one frame of each filter was taken through clouds. The same bytes come out at every run.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io import fits

WIDTH, HEIGHT = 200, 150
FRAMES = 12  # of each filter
FOLDER = Path(__file__).parent / "data" / "many_frames"

#: exposure in seconds, level of the sky, light of the nebula, noise of a frame
FILTERS = {"Ha": (300.0, 0.030, 0.020, 0.0016), "OIII": (240.0, 0.045, 0.011, 0.0019)}
CLOUDED = {"Ha": 8, "OIII": 4}


def make_stars(rng: np.random.Generator, count: int = 110) -> np.ndarray:
    """Stars of Moffat profile (beta 3, FWHM 2.6 px), fluxes by a power law."""
    scene = np.zeros((HEIGHT, WIDTH))
    yy, xx = np.mgrid[0:HEIGHT, 0:WIDTH]
    alpha = 2.6 / (2 * np.sqrt(2 ** (1 / 3) - 1))
    x, y = rng.uniform(0, WIDTH, count), rng.uniform(0, HEIGHT, count)
    peak = np.minimum(0.01 * (1 - rng.random(count)) ** -1.1, 0.8)
    for i in range(count):
        scene += peak[i] * (1 + ((xx - x[i]) ** 2 + (yy - y[i]) ** 2) / alpha**2) ** -3
    return scene


def make_nebula(rng: np.random.Generator, size: float) -> np.ndarray:
    """Overlapping clouds about the centre, 1 at the brightest; ``size`` in pixels."""
    scene = np.zeros((HEIGHT, WIDTH))
    yy, xx = np.mgrid[0:HEIGHT, 0:WIDTH]
    for _ in range(24):
        cx, cy = rng.normal(WIDTH / 2, size), rng.normal(HEIGHT / 2, 0.6 * size)
        width = rng.uniform(0.15, 0.5) * size
        scene += rng.uniform(0.2, 1) * np.exp(-((xx - cx) ** 2 + (yy - cy) ** 2) / (2 * width**2))
    return scene / scene.max()


def make_sky(level: float, turn: float) -> np.ndarray:
    """Sky glow that rises to one side; ``turn`` says which, in radians."""
    yy, xx = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    return level * (1 + 0.25 * (np.cos(turn) * xx + np.sin(turn) * yy))


def write(data: np.ndarray, name: str, number: int, minute: int) -> Path:
    """A 16-bit FITS file with the header of a capture program."""
    exposure, *_ = FILTERS[name]
    path = FOLDER / f"night_{name}_{number:02d}.fits"
    hdu = fits.PrimaryHDU(np.round(np.clip(data, 0, 1) * 65535).astype(np.uint16))
    for card in (
        ("IMAGETYP", "Light Frame", "type of the frame"),
        ("OBJECT", "Invented Nebula", "target"),
        ("FILTER", name, "filter"),
        ("EXPTIME", exposure, "[s] exposure"),
        ("GAIN", 100, "of the camera driver"),
        ("CCD-TEMP", -10.0, "[deg C] temperature of the sensor"),
        ("DATE-OBS", f"2026-10-12T{20 + minute // 60:02d}:{minute % 60:02d}:00", "start, UTC"),
        ("ROWORDER", "TOP-DOWN", "first row is the top one"),
    ):
        hdu.header[card[0]] = card[1:]
    hdu.writeto(path, overwrite=True)
    return path


def main() -> None:
    """Write the frames of both filters."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(20261012)
    stars = make_stars(rng)
    minute = 0
    for name, (exposure, sky, light, noise) in FILTERS.items():
        scene = 0.7 * stars + light * make_nebula(rng, 34.0 if name == "Ha" else 22.0)
        for number in range(1, FRAMES + 1):
            clouded = number == CLOUDED[name]
            frame = (0.3 if clouded else 1.0) * scene
            frame = frame + make_sky(sky * (1 + minute / 400), minute / 90)
            frame += 0.09 * clouded
            frame += rng.normal(0, noise * (2.5 if clouded else 1.0), frame.shape)
            print(write(frame, name, number, minute))
            minute += round(exposure / 60) + 1


if __name__ == "__main__":
    main()
