"""A small night of raw files, made here: stars, a sensor, and what calibrates it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

WIDTH, HEIGHT = 240, 180
SHIFTS = [(0.0, 0.0), (3.4, -2.2), (-4.7, 1.5), (2.1, 5.3), (-3.3, -4.6)]


class Sky:
    """Stars and a sensor, the same in every frame. Numbers are ADU of 16 bit."""

    def __init__(self, seed: int = 5) -> None:
        rng = np.random.default_rng(seed)
        self.x, self.y = rng.uniform(12, WIDTH - 12, 70), rng.uniform(12, HEIGHT - 12, 70)
        self.flux = 3000 * (1 - rng.random(70)) ** -0.8
        rng = np.random.default_rng(99)
        self.hot = np.zeros((HEIGHT, WIDTH))
        self.hot.flat[rng.choice(WIDTH * HEIGHT, 60, replace=False)] = 9000
        yy, xx = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
        self.flat = 1 - 0.3 * (xx**2 + yy**2) / 2

    def light(self, dx: float, dy: float) -> np.ndarray:
        yy, xx = np.mgrid[0:HEIGHT, 0:WIDTH]
        scene = np.full((HEIGHT, WIDTH), 800.0)
        for x, y, flux in zip(self.x + dx, self.y + dy, self.flux, strict=True):
            scene += flux / 12.3 * np.exp(-((xx - x) ** 2 + (yy - y) ** 2) / (2 * 1.4**2))
        return scene * self.flat + self.hot


def write(path: Path, electrons: Any, kind: str, seconds: float, **cards: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(list(path.name.encode()))
    data = np.broadcast_to(electrons, (HEIGHT, WIDTH))
    counts = 500 + rng.poisson(data) + rng.normal(0, 5, (HEIGHT, WIDTH))
    header = {"IMAGETYP": kind, "EXPTIME": seconds, "GAIN": 100, "OFFSET": 50, "CCD-TEMP": -10.0}
    header |= cards
    stored = np.clip(np.round(counts), 0, 65535).astype(np.uint16)
    fits.writeto(path, stored, fits.Header(header))
    return path


def make_light(folder: Path, filter: str, number: int, sky: Sky | None = None) -> Path:
    dx, dy = SHIFTS[number % len(SHIFTS)]
    offset = 0.6 if filter == "R" else 0.0  # another filter shifts a little
    electrons = (sky or Sky()).light(dx + offset, dy)
    when = f"2026-03-14T2{number}:00:0{'LR'.index(filter)}"
    return write(folder / "lights" / f"{filter}_{number}.fits", electrons, "LIGHT", 60.0,
                 FILTER=filter, **{"DATE-OBS": when})  # fmt: skip


def make_night(folder: Path, filters: str = "L", lights: int = 4) -> Path:
    """Three biases, three darks, three flats and some lights a filter."""
    sky = Sky()
    for n in range(3):
        write(folder / "biases" / f"b{n}.fits", 0.0, "BIAS", 0.0)
        write(folder / "darks" / f"d{n}.fits", sky.hot, "DARK", 60.0)
        for filter in filters:
            write(folder / "flats" / f"{filter}{n}.fits", 25000 * sky.flat, "FLAT", 1.0,
                  FILTER=filter)  # fmt: skip
    for filter in filters:
        for number in range(lights):
            make_light(folder, filter, number, sky)
    return folder


def read_rows(path: Path) -> list[dict[str, str]]:
    """A CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
