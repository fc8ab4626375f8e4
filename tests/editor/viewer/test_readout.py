"""What is under the mouse, in words."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.coordinates import SkyCoord

from nodes.stf import IDENTITY
from nodes.values import Stretch, Wcs
from ui.editor.viewer.readout import find_sky, read_out, write_value

CARDS = (
    ("CTYPE1", "RA---TAN", ""),
    ("CTYPE2", "DEC--TAN", ""),
    ("CRVAL1", 83.8221, ""),
    ("CRVAL2", -5.3911, ""),
    ("CRPIX1", 51.0, ""),
    ("CRPIX2", 41.0, ""),
    ("CD1_1", -0.0003, ""),
    ("CD1_2", 0.0, ""),
    ("CD2_1", 0.0, ""),
    ("CD2_2", -0.0003, ""),
)


def test_place_values_and_what_is_shown() -> None:
    data = np.zeros((3, 4, 5), np.float32)
    data[:, 2, 3] = (0.1, 0.5, np.nan)
    found = read_out(data, (3.99, 2.0), Stretch((0.0,), (0.5,), (0.5,)))
    assert found == ["x 3  y 2", "R 0.1  G 0.5  B missing", "screen 0.200 1.000 –", "51 255 –"]
    assert read_out(data[:1], (0.0, 0.0), IDENTITY)[1] == "K 0.0"


@pytest.mark.parametrize("place", [(-0.01, 0), (5, 0), (0, 4), (0, -1)])
def test_nothing_beside_the_image(place: tuple[float, float]) -> None:
    assert read_out(np.zeros((1, 4, 5), np.float32), place, IDENTITY) == []


@pytest.mark.parametrize("value", [0.1, 1 / 3, 65535.0, 1e-7, -3.25e-12, 1e30, 0.00012345678, 0.0])
def test_values_are_told_exactly(value: float) -> None:
    assert np.float32(write_value(np.float32(value))) == np.float32(value)


def test_strange_values() -> None:
    found = [write_value(np.float32(v)) for v in (np.nan, np.inf, -np.inf, 0.1)]
    assert found == ["missing", "inf", "-inf", "0.1"]


def test_sky() -> None:
    wcs = Wcs(CARDS)
    assert find_sky(wcs, 50, 40) == "05h35m17.30s -05°23′28.0″"
    for x, y in ((0, 0), (99, 7)):
        sky = wcs.astropy().pixel_to_world(x, y)
        text = find_sky(wcs, x, y).replace("°", "d").replace("′", "m").replace("″", "s")
        assert SkyCoord(text).separation(sky).arcsec < 0.2
    assert read_out(np.zeros((1, 90, 99), np.float32), (50.5, 40.5), IDENTITY, wcs)[-1] == (
        "05h35m17.30s -05°23′28.0″"
    )


def test_seconds_never_reach_sixty() -> None:
    cards = {card[0]: card for card in CARDS} | {"CRVAL1": ("CRVAL1", 359.99999999, "")}
    cards["CRVAL2"] = ("CRVAL2", 89.0 - 1e-9, "")
    assert find_sky(Wcs(tuple(cards.values())), 50, 40) == "00h00m00.00s +89°00′00.0″"


@pytest.mark.parametrize("cards", [(), (("CTYPE1", "NONSENSE", ""),), (("CRVAL1", "x", ""),)])
def test_no_solution_no_sky(cards: tuple[tuple[str, object, str], ...]) -> None:
    assert find_sky(Wcs(cards), 1, 1) == ""
