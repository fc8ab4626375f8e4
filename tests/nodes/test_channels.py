"""Channels combined, split and weighed, against NumPy, colorsys and scikit-image."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest

from graph.errors import InputError
from nodes.channels import combine, luminance, split
from nodes.values import Header, Image, Wcs
from tests.nodes.recording import Recorder


def header(**cards: object) -> Header:
    return Header(tuple((key, value, "") for key, value in cards.items()))


def wcs(ra: float = 10.0) -> Wcs:
    return Wcs(
        (
            ("CTYPE1", "RA---TAN", ""),
            ("CTYPE2", "DEC--TAN", ""),
            ("CRVAL1", ra, ""),
            ("CRVAL2", 41.0, ""),
            ("CRPIX1", 4.0, ""),
            ("CRPIX2", 3.0, ""),
            ("CD1_1", -0.001, ""),
            ("CD1_2", 0.0, ""),
            ("CD2_1", 0.0, ""),
            ("CD2_2", 0.001, ""),
        )
    )


def planes(*shape: int) -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [rng.normal(0.2, 1.0, shape).astype(np.float32) for _ in range(3)]


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 1), (301, 207)])
def test_combine_keeps_every_bit_and_split_gives_it_back(shape: tuple[int, int]) -> None:
    arrays = planes(*shape)
    arrays[1][0, 0] = np.nan
    before = [array.copy() for array in arrays]
    image = combine(*map(Image, arrays))
    np.testing.assert_array_equal(image.data, np.stack(before))
    for part, array in zip(split(image), before, strict=True):
        np.testing.assert_array_equal(part.data[0], array)
        assert np.shares_memory(part.data, image.data)
    for array, old in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, old)


def test_combine_keeps_the_header_of_red_and_joins_the_filters() -> None:
    a, b, c = planes(4, 5)
    red = Image(
        a,
        header=header(FILTER="R", EXPTIME=300.0),
        white=65535.0,
        color_calibrated=True,
        properties=(("Instrument:Filter:Name", "String", "R"), ("Observer", "String", "x")),
    )
    image = combine(
        red,
        Image(b, header=header(FILTER="G", EXPTIME=120.0)),
        Image(c, header=header(FILTER="B")),
    )
    assert image.header.get("FILTER") == "R,G,B"
    assert image.header.get("EXPTIME") == 300.0
    assert image.white == 65535.0
    assert not image.color_calibrated
    assert image.properties == (("Observer", "String", "x"),)
    assert [part.header.get("FILTER") for part in split(image)] == ["R", "G", "B"]


def test_combine_drops_the_filter_that_one_image_lacks_and_keeps_a_common_one() -> None:
    a, b, c = planes(2, 2)
    named, bare = Image(a, header=header(FILTER="L", OBJECT="M31")), Image(b)
    assert combine(named, bare, Image(c)).header == header(OBJECT="M31")
    assert combine(named, named, named).header.get("FILTER") == "L"
    assert split(combine(named, named, named)).green.header.get("FILTER") == "L"


def test_combine_takes_the_first_solution_and_reports_another_one() -> None:
    a, b, c = planes(6, 8)
    solved, shifted = Image(b, wcs=wcs()), Image(c, wcs=wcs(10.0 + 0.0007))
    quiet = Recorder()
    assert combine(Image(a), solved, solved, ctx=quiet).wcs == wcs()
    near = Image(c, wcs=wcs(10.0 + 0.0002))  # 0.15 px
    assert combine(Image(a), solved, near, ctx=quiet).wcs == wcs()
    assert quiet.warnings == []
    loud = Recorder()
    assert combine(Image(a), solved, shifted, ctx=loud).wcs == wcs()
    # 0.0007° of right ascension at 41° of declination, at 0.001° a pixel
    assert len(loud.warnings) == 1
    assert "green and blue are 0.528 px apart" in loud.warnings[0]
    assert combine(Image(a), Image(b), Image(c)).wcs is None


def test_combine_refuses_what_does_not_fit() -> None:
    a, b, c = planes(4, 6)
    with pytest.raises(InputError, match=r"blue is 5 × 4 px but red is 6 × 4 px"):
        combine(Image(a), Image(b), Image(c[:, :5]))
    with pytest.raises(InputError, match="green is a colour image"):
        combine(Image(a), Image(np.zeros((3, 4, 6))), Image(c))
    with pytest.raises(InputError, match="red is a raw mosaic"):
        combine(Image(a, cfa="RGGB"), Image(b), Image(c))
    with pytest.raises(InputError, match="red is linear, green is stretched, blue is linear"):
        combine(Image(a), Image(b, linear=False), Image(c))
    assert not combine(*(Image(p, linear=False) for p in (a, b, c))).linear


def test_mono_is_refused() -> None:
    with pytest.raises(InputError, match="mono"):
        split(Image(np.zeros((2, 2))))
    with pytest.raises(InputError, match="mono"):
        luminance(Image(np.zeros((2, 2))))


def colours() -> np.ndarray:
    data = np.random.default_rng(5).random((3, 61, 47), np.float32)
    data[:, 0, :4] = [[0, 1, 0.5, 0.001], [0, 1, 0.5, 0.002], [0, 1, 0.5, 0.0005]]
    return data


def test_default_weights_are_srgb_adapted_to_d50() -> None:
    """Derived from the primaries, the D65 and D50 white points and the Bradford matrix."""
    xy = np.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]])
    xyz = np.column_stack((xy[:, 0] / xy[:, 1], np.ones(3), (1 - xy.sum(1)) / xy[:, 1])).T
    d65, d50 = np.array([0.95047, 1.0, 1.08883]), np.array([0.96422, 1.0, 0.82521])
    to_xyz = xyz * np.linalg.solve(xyz, d65)
    cone = np.array(
        [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
    )
    adapt = np.linalg.inv(cone) @ np.diag(cone @ d50 / (cone @ d65)) @ cone
    expected = (adapt @ to_xyz)[1]
    default = luminance.spec.params["weights"].default
    np.testing.assert_allclose(default, expected, atol=2e-5)


def test_lightness_and_luminance_of_stretched_data_agree_with_scikit_image() -> None:
    color = pytest.importorskip("skimage.color")
    data = colours()
    d65 = (0.212671, 0.715160, 0.072169)  # scikit-image does not adapt to D50
    image = Image(data, linear=False)
    rgb = np.moveaxis(data.astype(np.float64), 0, -1)
    lightness = luminance(image, method="CIE L*", weights=d65)
    np.testing.assert_allclose(lightness.data[0], color.rgb2lab(rgb)[..., 0] / 100, atol=2e-6)
    y = luminance(image, method="CIE Y", weights=d65)
    np.testing.assert_allclose(y.data[0], color.rgb2xyz(rgb)[..., 1], atol=2e-6)
    assert not lightness.linear
    assert not y.linear


def test_luminance_of_linear_data_is_the_weighted_sum() -> None:
    data = colours() * 3 - 0.5
    image = Image(data, color_calibrated=True)
    wide = data.astype(np.float64)
    weights = luminance.spec.params["weights"].default
    y = np.tensordot(weights, wide, 1)
    result = luminance(image)
    np.testing.assert_allclose(result.data[0], y, atol=1e-6)
    assert result.linear
    assert result.channels == 1
    lightness = luminance(image, method="CIE L*")
    expected = np.where(y > 216 / 24389, 1.16 * np.cbrt(y) - 0.16, y * 24389 / 2700)
    np.testing.assert_allclose(lightness.data[0], expected, atol=1e-6)
    assert not lightness.linear
    grey = np.geomspace(1e-9, 1e9, 9001).reshape(1, 1, -1).repeat(3, axis=0).astype(np.float32)
    wide = grey[0].astype(np.float64)
    expected = np.where(wide > 216 / 24389, 1.16 * np.cbrt(wide) - 0.16, wide * 24389 / 2700)
    result = luminance(Image(grey), method="CIE L*")
    np.testing.assert_allclose(result.data[0], expected, rtol=3e-7)
    third = luminance(image, weights=(2.0, 2.0, 2.0))
    np.testing.assert_allclose(third.data[0], data.mean(axis=0), atol=1e-6)


def test_intensity_agrees_with_colorsys_and_average_with_numpy() -> None:
    data = colours()
    image = Image(data)
    expected = [colorsys.rgb_to_hls(*pixel)[1] for pixel in data.reshape(3, -1).T.tolist()]
    intensity = luminance(image, method="HSI intensity")
    np.testing.assert_allclose(intensity.data.ravel(), expected, atol=1e-7)
    average = luminance(image, method="average")
    np.testing.assert_allclose(average.data[0], data.astype(np.float64).mean(0), atol=1e-7)


@pytest.mark.parametrize("method", ["CIE Y", "CIE L*", "HSI intensity", "average"])
@pytest.mark.parametrize("channel", [0, 1, 2])
def test_a_missing_channel_makes_the_pixel_missing(method: str, channel: int) -> None:
    data = colours()
    data[channel, 3, 4] = np.nan
    result = luminance(Image(data), method=method)  # type: ignore[arg-type]
    assert np.argwhere(np.isnan(result.data[0])).tolist() == [[3, 4]]


def test_only_lightness_is_known_to_be_stretched() -> None:
    gives = luminance.spec.outputs["image"].gives
    assert gives.state == "stretched"
    assert gives.when({"method": "CIE L*"})
    assert not gives.when({"method": "CIE Y"})


@pytest.mark.parametrize("weights", [(0.0, 0.0, 0.0), (1.0, -0.1, 0.1), (float("nan"), 1.0, 1.0)])
def test_unusable_weights_are_refused(weights: tuple[float, float, float]) -> None:
    with pytest.raises(InputError, match="weights"):
        luminance(Image(colours()), weights=weights)
