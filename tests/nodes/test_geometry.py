"""Cropping: pixels, sky positions against astropy, mosaic phase, memory."""

from __future__ import annotations

import numpy as np
import pytest

from graph.errors import InputError
from nodes.geometry import crop
from nodes.values import Header, Image, Wcs

SIP = Wcs(
    (
        ("CTYPE1", "RA---TAN-SIP", ""),
        ("CTYPE2", "DEC--TAN-SIP", ""),
        ("CRVAL1", 202.4821, ""),
        ("CRVAL2", 47.2304, ""),
        ("CRPIX1", 411.25, ""),
        ("CRPIX2", 298.75, ""),
        ("CD1_1", -3.9e-4, ""),
        ("CD1_2", 2.1e-5, ""),
        ("CD2_1", 2.2e-5, ""),
        ("CD2_2", 3.8e-4, ""),
        ("A_ORDER", 3, ""),
        ("B_ORDER", 3, ""),
        ("A_2_0", 2.3e-6, ""),
        ("A_1_1", -1.1e-6, ""),
        ("A_0_3", 3.0e-9, ""),
        ("B_0_2", -1.7e-6, ""),
        ("B_3_0", -2.0e-9, ""),
        ("B_1_1", 8.0e-7, ""),
    )
)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(4).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize(
    ("shape", "box"),
    [
        ((1, 1, 1), (0, 0, 1, 1)),
        ((1, 9, 7), (3, 2, 4, 5)),
        ((3, 9, 7), (6, 8, 1, 1)),
        ((3, 40, 61), (5, 0, 0, 0)),
        ((1, 40, 61), (0, 39, 0, 0)),
        ((3, 40, 61), (0, 0, 10, 0)),
    ],
)
def test_pixels_are_those_of_the_rectangle(
    shape: tuple[int, int, int], box: tuple[int, int, int, int]
) -> None:
    data = noise(*shape)
    data[0, -1, -1] = np.nan
    left, top, width, height = box
    result = crop(Image(data), left=left, top=top, width=width, height=height)
    right, bottom = left + (width or shape[2] - left), top + (height or shape[1] - top)
    np.testing.assert_array_equal(result.data, data[:, top:bottom, left:right])


def test_sky_positions_stay() -> None:
    image = Image(noise(600, 800), wcs=SIP)
    result = crop(image, left=123, top=57, width=400, height=333)
    assert result.wcs is not None
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 399, 200), rng.uniform(0, 332, 200)
    before = SIP.astropy().all_pix2world(x + 123, y + 57, 0)
    after = result.wcs.astropy().all_pix2world(x, y, 0)
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-9)
    flat = SIP.astropy().wcs_pix2world(x + 123, y + 57, 0)
    assert np.abs(np.subtract(flat, before)).max() > 1e-6  # the distortion took part


@pytest.mark.parametrize("pattern", ["RGGB", "BGGR", "GRBG", "GBRG"])
@pytest.mark.parametrize("offset", [(0, 0), (1, 0), (0, 1), (1, 1), (2, 3), (5, 4)])
def test_mosaic_pattern_follows_the_first_pixel(pattern: str, offset: tuple[int, int]) -> None:
    tile = np.array([ord(letter) for letter in pattern], np.float32).reshape(2, 2)
    image = Image(np.tile(tile, (6, 6)), cfa=pattern)
    result = crop(image, left=offset[0], top=offset[1], width=4, height=4)
    assert result.cfa is not None
    assert [chr(int(v)) for v in result.data[0, :2, :2].ravel()] == list(result.cfa)


@pytest.mark.parametrize("box", [{"left": 1, "width": 2}, {"top": 3, "height": 2}])
def test_the_large_image_is_not_kept_alive(box: dict[str, int]) -> None:
    image = Image(noise(1, 400, 500))
    result = crop(image, **box)
    array = result.data
    while array is not None:
        assert array.nbytes == result.width * result.height * 4
        array = array.base


def test_everything_else_travels_on() -> None:
    image = Image(
        noise(3, 8, 8),
        header=Header((("OBJECT", "M31", ""),)),
        linear=False,
        color_calibrated=True,
        weight=0.5,
        white=255.0,
        properties=(
            ("PCL:AstrometricSolution:ReferenceImageCoordinates", "F64Vector", "1 2"),
            ("Observer", "String", "x"),
        ),
    )
    result = crop(image, left=2)
    assert result.header == image.header
    assert (result.linear, result.color_calibrated) == (False, True)
    assert (result.weight, result.white) == (0.5, 255.0)
    assert result.properties == (("Observer", "String", "x"),)
    assert crop(image) is image


@pytest.mark.parametrize(
    "box",
    [
        {"left": 7},
        {"top": 9},
        {"left": 3, "width": 5},
        {"height": 10},
        {"left": -1},
        {"left": 3, "width": -1},
        {"left": 10**12},
    ],
)
def test_a_rectangle_outside_is_refused_with_both_sizes(box: dict[str, int]) -> None:
    with pytest.raises(InputError, match=r"rectangle from .* to .* 7 × 9 px"):
        crop(Image(noise(9, 7)), **box)


def test_a_pattern_that_is_not_bayer_is_refused() -> None:
    with pytest.raises(ValueError, match="GGRGGB"):
        Image(noise(9, 9), cfa="GGRGGB")


def test_a_solution_without_reference_pixel_moves_too() -> None:
    cards = (
        ("CTYPE1", "RA---TAN", ""), ("CTYPE2", "DEC--TAN", ""), ("CRVAL1", 10.0, ""),
        ("CRVAL2", 41.0, ""), ("CDELT1", -3e-4, ""), ("CDELT2", 3e-4, ""),
    )  # fmt: skip
    image = Image(noise(30, 40), wcs=Wcs(cards))
    cut = crop(image, left=7, top=5)
    assert image.wcs is not None
    assert cut.wcs is not None
    before, after = image.wcs.astropy(), cut.wcs.astropy()
    for x, y in ((0, 0), (11, 3), (30, 20)):
        np.testing.assert_allclose(
            after.wcs_pix2world([[x, y]], 0), before.wcs_pix2world([[x + 7, y + 5]], 0), atol=1e-10
        )


def test_the_place_of_the_original_pixels_moves() -> None:
    image = Image(
        noise(9, 9), Header((("LTV1", 10.0, ""), ("LTV2", 2.0, ""), ("OBJECT", "M1", "")))
    )
    cut = crop(image, left=3, top=4)
    assert cut.header.cards == (("LTV1", 7.0, ""), ("LTV2", -2.0, ""), ("OBJECT", "M1", ""))
