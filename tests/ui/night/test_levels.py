"""Calibration frames that are of no use, told by a few rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from ui.night.levels import find_fault


def noisy(level: float) -> np.ndarray:
    values = np.random.default_rng(3).normal(level, 20, (90, 70))
    return np.clip(np.round(values), 0, 65535).astype(np.uint16)


@pytest.mark.parametrize(
    ("data", "kind", "told"),
    [
        (noisy(500), "bias", None),
        (noisy(500), "dark", None),
        (noisy(30000), "flat", None),
        (np.zeros((90, 70), np.uint16), "dark", "is black: every pixel is 0"),
        (np.zeros((90, 70), np.uint16), "flat", "is black: every pixel is 0"),
        (np.full((90, 70), 700, np.uint16), "bias", "every pixel is 700"),
        (np.full((90, 70), 65535, np.uint16), "flat", "is saturated: its level is 100 %"),
        (noisy(64000), "flat", "is saturated: its level is 98 % of full scale"),
        (np.minimum(noisy(16383), 16383), "flat", "is saturated: its level is 25 %"),  # 14 bits
        (noisy(64000), "dark", None),
        (noisy(40), "flat", "is too dark for a flat: its level is 0.06"),
        (np.full((90, 70), np.nan, np.float32), "dark", "holds no valid pixel"),
        (noisy(30000).astype(np.float32), "flat", None),
        (np.zeros((3, 20, 10), np.uint16), "flat", "is black"),
        (np.zeros((1, 1), np.uint16), "dark", "is black"),
    ],
)
def test_levels(tmp_path: Path, data: Any, kind: str, told: str | None) -> None:
    path = tmp_path / "frame.fits"
    fits.writeto(path, data)
    found = find_fault(path, kind)
    assert found is None if told is None else (found or "").startswith(told)


def test_what_is_not_plain_fits_is_not_looked_at(tmp_path: Path) -> None:
    packed = tmp_path / "frame.fits.fz"
    fits.CompImageHDU(np.zeros((40, 40), np.uint16)).writeto(packed)
    (tmp_path / "frame.cr2").write_bytes(b"II*\0")
    (tmp_path / "broken.fits").write_bytes(b"SIMPLE")
    for name in ("frame.fits.fz", "frame.cr2", "broken.fits", "nowhere.fits"):
        assert find_fault(tmp_path / name, "flat") is None
