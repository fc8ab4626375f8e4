"""Flips against astropy's sky coordinates and against mosaics painted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from nodes.formats.orientation import (
    PATTERNS,
    flip_columns,
    flip_pattern_columns,
    flip_pattern_rows,
    flip_rows,
    flip_wcs,
    shift_pattern,
)
from nodes.values import Image, Wcs

COMMON = (
    ("CRVAL1", 150.1, ""),
    ("CRVAL2", 88.2, ""),
    ("CRPIX1", 20.3, ""),
    ("CRPIX2", 31.7, ""),
)
TAN = (("CTYPE1", "RA---TAN", ""), ("CTYPE2", "DEC--TAN", ""), *COMMON)
SIP = (("CTYPE1", "RA---TAN-SIP", ""), ("CTYPE2", "DEC--TAN-SIP", ""), *COMMON)
CD = (
    ("CD1_1", -3.1e-4, ""),
    ("CD1_2", 4e-5, ""),
    ("CD2_1", 5e-5, ""),
    ("CD2_2", 2.9e-4, ""),
)
SIP_TERMS = (
    ("A_ORDER", 3, ""),
    ("A_2_0", 1e-5, ""),
    ("A_1_1", -2e-5, ""),
    ("A_0_3", 3e-7, ""),
    ("A_1_2", -5e-7, ""),
    ("B_ORDER", 3, ""),
    ("B_0_2", 4e-5, ""),
    ("B_1_1", 1e-5, ""),
    ("B_2_1", 2e-7, ""),
    ("B_3_0", -6e-7, ""),
)
PC = (
    ("CDELT1", -3e-4, ""),
    ("CDELT2", 2e-4, ""),
    ("PC1_1", 0.9, ""),
    ("PC1_2", -0.3, ""),
    ("PC2_1", 0.25, ""),
    ("PC2_2", 1.1, ""),
)
PC_IN_PART = (("CDELT1", -3e-4, ""), ("CDELT2", 2e-4, ""), ("PC1_2", -0.3, ""))
CROTA = (("CDELT1", -3e-4, ""), ("CDELT2", 2e-4, ""), ("CROTA2", 33.0, ""))
CDELT = (("CDELT1", -3e-4, ""), ("CDELT2", 2e-4, ""))
SOLUTIONS = {
    "cd": TAN + CD,
    "sip": SIP + CD + SIP_TERMS,
    "pc": TAN + PC,
    "pc in part": TAN + PC_IN_PART,
    "crota": TAN + CROTA,
    "cdelt": TAN + CDELT,
    "neither": TAN,
    "no crpix": TAN[:2] + COMMON[:2] + CDELT,
    "lonpole": TAN + CD + (("LONPOLE", 170.0, ""),),
}


@pytest.mark.parametrize("name", SOLUTIONS)
@pytest.mark.parametrize("axis", [1, 2])
def test_sky_of_every_pixel_stays(name: str, axis: int) -> None:
    width, height = 61, 48
    length = width if axis == 1 else height
    before = Wcs(SOLUTIONS[name])
    after = flip_wcs(before, axis, length)
    rng = np.random.default_rng(3)
    x, y = rng.uniform(0, width - 1, 100), rng.uniform(0, height - 1, 100)
    moved = (width - 1 - x, y) if axis == 1 else (x, height - 1 - y)
    sky = np.array(before.astropy().all_pix2world(x, y, 0))
    again = np.array(after.astropy().all_pix2world(*moved, 0))
    assert np.abs(sky[0]).max() > 1
    np.testing.assert_allclose(again, sky, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", SOLUTIONS)
def test_two_flips_give_the_solution_back(name: str) -> None:
    wcs = Wcs(SOLUTIONS[name])
    twice = flip_wcs(flip_wcs(wcs, 2, 48), 2, 48)
    for key, value, _ in wcs.cards:
        assert twice.get(key) == (value if isinstance(value, str) else pytest.approx(value, 1e-15))


def test_inverse_sip_terms_change_like_the_others() -> None:
    cards = SIP + CD + (("AP_1_1", 1.0, ""), ("AP_2_0", 2.0, ""), ("BP_1_1", 3.0, ""),
                        ("BP_2_0", 4.0, ""))  # fmt: skip
    rows, columns = flip_wcs(Wcs(cards), 2, 9), flip_wcs(Wcs(cards), 1, 9)
    keys = ("AP_1_1", "AP_2_0", "BP_1_1", "BP_2_0")
    assert [rows.get(k) for k in keys] == [-1, 2, 3, -4]
    assert [columns.get(k) for k in keys] == [1, -2, -3, 4]


def mosaic(pattern: str, height: int, width: int) -> np.ndarray:
    """0, 1, 2 for R, G, B."""
    tile = np.array(["RGB".index(c) for c in pattern]).reshape(2, 2)
    return np.tile(tile, (height, width))[:height, :width].astype(np.float32)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("height", [1, 2, 7, 8])
@pytest.mark.parametrize("width", [1, 2, 5, 6])
def test_pattern_follows_the_pixels(pattern: str, height: int, width: int) -> None:
    image = Image(mosaic(pattern, height, width), cfa=pattern)
    for flipped in (flip_rows(image), flip_columns(image)):
        np.testing.assert_array_equal(flipped.data[0], mosaic(flipped.cfa or "", height, width))


def test_pattern_names() -> None:
    assert flip_pattern_rows("RGGB", 8) == "GBRG"
    assert flip_pattern_rows("RGGB", 7) == "RGGB"
    assert flip_pattern_columns("RGGB", 8) == "GRBG"
    assert shift_pattern("RGGB", 1, 0) == "GRBG"
    assert shift_pattern("RGGB", 0, 1) == "GBRG"
    assert shift_pattern("RGGB", 3, 5) == "BGGR"


def test_flips_move_pixels_of_every_channel() -> None:
    data = np.arange(24, dtype=np.float32).reshape(3, 2, 4)
    image = Image(data, properties=(("PCL:AstrometricSolution:X", "String", "old"),
                                    ("A:B", "String", "kept")))  # fmt: skip
    np.testing.assert_array_equal(flip_rows(image).data, data[:, ::-1])
    np.testing.assert_array_equal(flip_columns(image).data, data[:, :, ::-1])
    assert flip_rows(image).wcs is None
    assert [p[0] for p in flip_rows(image).properties] == ["A:B"]
