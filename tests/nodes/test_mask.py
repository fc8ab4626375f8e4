"""Range masks against plain NumPy and scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from graph.errors import InputError
from nodes.channels import luminance
from nodes.kernels.blur import blur
from nodes.mask import range_mask
from nodes.stretch import histogram
from nodes.values import Image, Mask
from tests.nodes.recording import Recorder

SHARES = (0.2225045, 0.7168786, 0.0606169)
SPEC = range_mask.spec  # type: ignore[attr-defined]


def colour(channels: int = 3, height: int = 41, width: int = 53) -> Image:
    """Values between -0.2 and 1.2, one missing, not linear."""
    data = np.random.default_rng(7).uniform(-0.2, 1.2, (channels, height, width))
    data[-1, 2, 3] = np.nan
    return Image(data.astype(np.float32), linear=False)


def ramp(values: np.ndarray, lower: float, upper: float, fuzziness: float) -> np.ndarray:
    """The mask of a plane, as its definition says."""
    cut = np.clip(values.astype(float), 0, 1)
    lower, upper = np.float64(np.float32(lower)), np.float64(np.float32(upper))
    beyond = np.maximum(np.maximum(lower - cut, cut - upper), 0)
    if fuzziness == 0:
        t = (beyond == 0).astype(float)
    else:
        t = np.clip(1 - beyond / fuzziness, 0, 1)
    return np.where(np.isnan(values), 0, 3 * t**2 - 2 * t**3)


def smooth(mask: np.ndarray, sigma: float) -> np.ndarray:
    radius = max(1, math.ceil(4 * sigma))
    return np.asarray(gaussian_filter(mask, sigma, mode="mirror", radius=radius))


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0, 1, width=32),
    st.floats(0, 1, width=32),
    st.sampled_from([0.0, 0.001, 0.1, 0.7, 1.0]),
    st.sampled_from(["red", "green", "blue"]),
)
def test_ramp_is_that_of_the_definition(a: float, b: float, fuzziness: float, source: str) -> None:
    image, lower, upper = colour(), min(a, b), max(a, b)
    found = range_mask(image, source=source, lower=lower, upper=upper, fuzziness=fuzziness)  # type: ignore[arg-type]
    plane = image.data[("red", "green", "blue").index(source)]
    np.testing.assert_allclose(found.data[0], ramp(plane, lower, upper, fuzziness), atol=1e-6)


def test_mask_is_half_in_the_middle_of_its_edges() -> None:
    image = Image(np.linspace(0, 1, 1001, dtype=np.float32)[None, None])
    found = range_mask(image, lower=0.4, upper=0.6, fuzziness=0.2).data[0, 0]
    assert max(found[200], found[800]) < 1e-9
    assert np.isclose(found[[300, 700]], 0.5, atol=1e-4).all()
    assert (found[400:601] == 1).all()
    assert (np.diff(found[200:401]) > 0).all()


def test_limits_count_as_the_data_do() -> None:
    levels = np.float32([[0.3, 0.7, np.nextafter(np.float32(0.3), 0), 0.70001]])
    assert range_mask(Image(levels), lower=0.3, upper=0.7).data.tolist() == [[[1, 1, 0, 0]]]


def test_luminance_is_of_the_numbers_as_they_are() -> None:
    image = colour()
    wanted = np.tensordot(SHARES, image.data.astype(float), 1)
    wanted /= sum(SHARES)
    for linear in (True, False):
        found = range_mask(image.replace(linear=linear), lower=0.4, upper=0.6, fuzziness=0.3)
        np.testing.assert_allclose(found.data[0], ramp(wanted, 0.4, 0.6, 0.3), atol=1e-5)
    grey = Image(np.full((3, 2, 2), 0.5, np.float32), linear=False)
    assert range_mask(grey, lower=0.49, upper=0.51).data.min() == 1


@pytest.mark.parametrize("linear", [True, False])
def test_lightness_is_that_of_the_luminance_node(linear: bool) -> None:
    image = colour().replace(linear=linear)
    wanted = luminance(image, method="CIE L*").data[0]
    found = range_mask(image, source="lightness", lower=0.3, upper=0.5, fuzziness=0.2)
    np.testing.assert_allclose(found.data[0], ramp(wanted, 0.3, 0.5, 0.2), atol=1e-5)


def test_lightness_of_a_mono_image() -> None:
    # a grey patch of 18.42 % of linear light has L* 50
    image = Image(np.full((4, 5), 0.184187, np.float32))
    assert range_mask(image, source="lightness", lower=0.499, upper=0.501).data.min() == 1
    assert range_mask(image, lower=0.499, upper=0.501).data.max() == 0


@pytest.mark.parametrize("sigma", [0.2, 1.0, 3.3, 25.0])
def test_smoothness_is_a_gaussian(sigma: float) -> None:
    image = colour(1)
    found = range_mask(image, lower=0.3, upper=0.8, fuzziness=0.1, smoothness=sigma)
    wanted = smooth(ramp(image.data[0], 0.3, 0.8, 0.1), sigma)
    np.testing.assert_allclose(found.data[0], wanted, atol=2e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 700), (1500, 3)])
def test_blur_of_any_shape(shape: tuple[int, int]) -> None:
    plane = np.random.default_rng(2).random(shape).astype(np.float32)
    np.testing.assert_allclose(blur(plane, 2.0), smooth(plane.astype(float), 2.0), atol=2e-6)


def test_blur_goes_to_no_extreme_that_was_not_there() -> None:
    for level in (0.0, 1.0, 0.3):
        plane = np.full((40, 50), level, np.float32)
        np.testing.assert_array_equal(blur(plane, 7.0), plane)


def test_inverted_is_the_rest_but_for_what_is_missing() -> None:
    image = colour(1)
    settings = {"lower": 0.2, "upper": 0.5, "fuzziness": 0.3}
    one = range_mask(image, **settings).data  # type: ignore[arg-type]
    other = range_mask(image, invert=True, **settings).data  # type: ignore[arg-type]
    there = np.isfinite(image.data)
    np.testing.assert_allclose((one + other)[there], 1, atol=1e-6)
    assert one[~there] == other[~there] == 0


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("value", [-math.inf, -1.0, 0.0, 0.5, 1.0, 7.0, math.inf, math.nan])
def test_defaults_select_all_that_is_there(channels: int, value: float) -> None:
    image = Image(np.full((channels, 2, 3), value, np.float32))
    found = range_mask(image)
    assert isinstance(found, Mask)
    assert found.data.shape == (1, 2, 3)
    assert (found.data == (0 if math.isnan(value) else 1)).all()


def test_a_mono_image_has_no_channels_to_choose() -> None:
    recorder = Recorder()
    image = colour(1)
    found = range_mask(image, source="blue", lower=0.5, ctx=recorder)
    assert recorder.warnings == ["a mono image has no blue channel; its own numbers are taken"]
    np.testing.assert_array_equal(found.data, range_mask(image, lower=0.5).data)


def test_limits_that_select_nothing_are_refused() -> None:
    with pytest.raises(InputError, match=r"lower is 0.5, above upper, 0.2; swap them"):
        range_mask(colour(), lower=0.5, upper=0.2)
    assert SPEC.check({"lower": 0.5, "upper": 0.5}) is None


def test_it_protects_what_it_leaves_out() -> None:
    image = colour()
    mask = range_mask(image, lower=0.4, upper=1.0)
    found = histogram(image, mask, midtones=0.2)
    np.testing.assert_array_equal(
        found.data[:, mask.data[0] == 0], image.data[:, mask.data[0] == 0]
    )
    changed = (mask.data[0] == 1) & (np.abs(image.data[1] - 0.5) < 0.4)
    assert (found.data[1][changed] > image.data[1][changed]).all()


def test_data_stay_as_they_are() -> None:
    image = colour()
    before = image.data.tobytes()
    range_mask(image, lower=0.2, smoothness=2.0)
    assert image.data.tobytes() == before
