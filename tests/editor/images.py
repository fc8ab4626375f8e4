"""Small images for the tests of the editor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io import fits


def write_image(path: Path, *, seed: int = 0, height: int = 60, width: int = 90) -> Path:
    """An RGB FITS file of noise over a gradient, with a few stars and a green cast."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / width
    data = rng.normal(0.05, 0.002, (3, height, width)) + 0.02 * x + 0.01 * y
    data[1] *= 1.4
    for _ in range(8):
        cy, cx = rng.integers(5, height - 5), rng.integers(5, width - 5)
        data[:, cy - 1 : cy + 2, cx - 1 : cx + 2] = 0.9
    fits.writeto(path, data.astype(np.float32))
    return path
