"""Every way in which a file may tell its orientation: all must give the same picture of the sky.

One scene is stored in all combinations of row order (said by the header, or forced while the
header says nothing or the contrary), Bayer offsets and odd or even heights. What is read must be
the scene itself: each pixel of its colour, each star at its place on the sky.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from nodes.formats import files, xisf
from nodes.formats import fits as fits_format
from nodes.formats.facts import read_facts
from nodes.formats.orientation import PATTERNS
from nodes.values import Image, Wcs
from ui.night.frame import make_frame

WIDTH = 7
OFFSETS = [(0, 0), (1, 0), (0, 1), (3, 1)]
SKY: dict[str, Any] = {
    "CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP", "CRVAL1": 150.0, "CRVAL2": 60.0,
    "CRPIX1": 3.2, "CRPIX2": 4.4, "CD1_1": -3e-4, "CD1_2": 4e-5, "CD2_1": 5e-5, "CD2_2": 2.9e-4,
    "A_ORDER": 2, "A_2_0": 1e-3, "A_1_1": -2e-3, "A_0_2": 3e-3,
    "B_ORDER": 2, "B_2_0": -1e-3, "B_1_1": 5e-4, "B_0_2": 2e-3,
}  # fmt: skip
#: ROWORDER of the header, row_order that is asked for, whether the first row stored is the top
ORDERS = [
    (None, "header", True),
    ("TOP-DOWN", "header", True),
    ("BOTTOM-UP", "header", False),
    ("bottom-up ", "header", False),
    (None, "bottom-up", False),
    ("TOP-DOWN", "bottom-up", False),
    ("BOTTOM-UP", "bottom-up", False),
    (None, "top-down", True),
    ("BOTTOM-UP", "top-down", True),
]


def paint(pattern: str, height: int) -> np.ndarray:
    """A mosaic whose pixels hold the number of their colour, plus a number of their own."""
    colours = np.array(["RGB".index(letter) for letter in pattern]).reshape(2, 2)
    own = np.arange(height * WIDTH, dtype=np.float32).reshape(height, WIDTH) / 1000
    return np.tile(colours, (height, WIDTH))[:height, :WIDTH].astype(np.float32) / 4 + own


def said(pattern: str, dx: int, dy: int) -> str:
    """The BAYERPAT of a file whose first pixel is (dx, dy) of the pattern that is said."""
    grid = np.array(list(pattern)).reshape(2, 2)
    return "".join(np.roll(grid, (dy, dx), (0, 1)).ravel())


@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("height", [8, 9])
def test_all_ways_of_storing_a_mosaic(
    tmp_path: Path, order: tuple[str | None, str, bool], height: int
) -> None:
    word, asked, top_first = order
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(height))
    for number, (pattern, (dx, dy)) in enumerate(product(PATTERNS, OFFSETS)):
        scene = paint(pattern, height)
        stored = scene if top_first else scene[::-1]
        grid = np.array(list(pattern)).reshape(2, 2)
        first = grid if top_first else np.roll(grid, height - 1, 0)  # as the first row stored sees
        cards = dict(SKY, BAYERPAT=said("".join(first.ravel()), dx, dy), XBAYROFF=dx, YBAYROFF=dy)
        if word:
            cards["ROWORDER"] = word
        path = tmp_path / f"{number}.fits"
        fits.writeto(path, stored, fits.Header(cards))
        image = files.read(path, row_order=asked)
        np.testing.assert_array_equal(image.data[0], scene)
        assert image.cfa == pattern
        if asked == "header":  # the grouping of a night sees the same
            assert make_frame(path, read_facts(path)).cfa == pattern
        if number:
            continue
        assert image.wcs is not None
        stored_y = y if top_first else height - 1 - y
        truth = WCS(fits.Header(cards)).all_pix2world(x, stored_y, 0)
        found = image.wcs.astropy().all_pix2world(x, y, 0)
        np.testing.assert_allclose(found, truth, rtol=0, atol=1e-9)
        fits_format.write(tmp_path / "again.fits", image)
        back = files.read(tmp_path / "again.fits")
        np.testing.assert_array_equal(back.data, image.data)
        assert (back.cfa, back.wcs) == (image.cfa, image.wcs)


@pytest.mark.parametrize("height", [8, 9])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_xisf_is_top_down_whatever_its_cards_say(tmp_path: Path, pattern: str, height: int) -> None:
    """Pixels and pattern count from the top, the cards of the solution from the bottom."""
    scene = paint(pattern, height)
    wcs = Wcs(tuple((key, value, "") for key, value in SKY.items()))
    xisf.write(tmp_path / "a.xisf", Image(scene, cfa=pattern, wcs=wcs))
    content = (tmp_path / "a.xisf").read_bytes()
    stored = np.frombuffer(content[-scene.nbytes :], "<f4").reshape(scene.shape)
    np.testing.assert_array_equal(stored, scene)
    assert f'pattern="{pattern}"'.encode() in content
    image = files.read(tmp_path / "a.xisf")
    np.testing.assert_array_equal(image.data[0], scene)
    assert image.cfa == pattern
    assert image.wcs is not None
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(height))
    np.testing.assert_allclose(
        image.wcs.astropy().all_pix2world(x, y, 0), wcs.astropy().all_pix2world(x, y, 0),
        rtol=0, atol=1e-9,
    )  # fmt: skip
    assert make_frame(tmp_path / "a.xisf", read_facts(tmp_path / "a.xisf")).cfa == pattern
    turned = files.read(tmp_path / "a.xisf", row_order="bottom-up")
    np.testing.assert_array_equal(turned.data[0], scene[::-1])
    assert turned.cfa == "".join(
        np.roll(np.array(list(pattern)).reshape(2, 2), height - 1, 0).ravel()
    )
