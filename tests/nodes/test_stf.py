"""The screen transfer function against published numbers and its own identities."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InputError
from nodes.stf import IDENTITY, SIGMA, apply, auto_stretch, mtf
from nodes.values import Statistics, Stretch

units = st.floats(0, 1)
inner = st.floats(0.01, 0.99)


def statistics(median: tuple[float, ...], sigma: tuple[float, ...], **fields: bool) -> Statistics:
    """Statistics with these medians and sigmas; nothing else matters here."""
    n = len(median)
    nothing = (0.0,) * n
    mad = tuple(s / SIGMA for s in sigma)
    return Statistics(
        median, mad, nothing, nothing, nothing, nothing, nothing, (1,) * n, (0,) * n, 1, 1, **fields
    )


GREY = statistics((0.1,), (0.01,))
NEGATIVE = statistics((0.9,), (0.01,))
COLOUR = statistics((0.1, 0.08, 0.06), (0.01, 0.008, 0.006))


@pytest.mark.parametrize(
    ("m", "x", "y"),
    [(0.25, 0.25, 0.5), (0.25, 0.5, 0.75), (0.25, 0.1, 0.25), (0.05, 0.02, 0.27941176)],
)
def test_mtf_golden_values(m: float, x: float, y: float) -> None:
    assert mtf(m, x) == pytest.approx(y, abs=5e-9)


@given(inner, units)
def test_mtf_identities(m: float, x: float) -> None:
    assert mtf(0.5, x) == pytest.approx(x, abs=1e-15)
    assert mtf(m, m) == pytest.approx(0.5, abs=1e-12)
    y = mtf(m, x)
    assert 0 <= y <= 1
    assert mtf(1 - m, y) == pytest.approx(x, abs=1e-12)
    if 0.001 < x < 0.999:
        assert mtf(y, x) == pytest.approx(m, abs=1e-9)
        assert mtf(m, x) + mtf(x, m) == pytest.approx(1, abs=1e-12)


@given(units, units, units)
def test_mtf_rises(m: float, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert mtf(m, low) <= mtf(m, high) + 1e-12


def test_mtf_ends_and_missing() -> None:
    for m in (0.0, 0.3, 0.5, 1.0):
        assert mtf(m, [-1.0, 0.0, 1.0, 7.0]).tolist() == [0, 0, 1, 1]
        assert math.isnan(mtf(m, math.nan))
    assert mtf(0.0, 0.5) == 1
    assert mtf(1.0, 0.5) == 0


def test_slope_at_black() -> None:
    assert mtf(0.2, 1e-9) / 1e-9 == pytest.approx((1 - 0.2) / 0.2, rel=1e-6)


@pytest.mark.parametrize(
    ("measured", "options", "row", "shown"),
    [
        (GREY, {}, (0.0720, 0.0795455, 1), 0.264706),
        (GREY, {"exact_target": True}, (0.0720, 0.0853659, 1), 0.250000),
        (GREY, {"boosted": True}, (0.0790, 0.0210000, 1), 0.521022),
        (NEGATIVE, {}, (0, 0.9204545, 0.9280), 0.735294),
    ],
)
def test_golden_mono(
    measured: Statistics, options: dict[str, bool], row: tuple[float, ...], shown: float
) -> None:
    found = auto_stretch(measured, **options)
    values = found.shadows[0], found.midtones[0], found.highlights[0]
    assert values == pytest.approx(row, abs=5e-8)
    assert apply([[measured.median[0]]], found)[0, 0] == pytest.approx(shown, abs=5e-7)


@pytest.mark.parametrize(
    ("link", "shadows", "midtones", "shown"),
    [
        ("linked", (0.0576,) * 3, (0.0643185,) * 3, (0.406653, 0.261558, 0.035813)),
        (
            "unlinked",
            (0.0720, 0.0576, 0.0432),
            (0.0795455, 0.0643185, 0.0487616),
            (0.264706, 0.261558, 0.258519),
        ),
    ],
)
def test_golden_colour(
    link: str, shadows: tuple[float, ...], midtones: tuple[float, ...], shown: tuple[float, ...]
) -> None:
    found = auto_stretch(COLOUR, link)
    assert found.shadows == pytest.approx(shadows, abs=5e-8)
    assert found.midtones == pytest.approx(midtones, abs=5e-8)
    assert found.highlights == (1, 1, 1)
    medians = np.array(COLOUR.median)[:, None]
    assert apply(medians, found)[:, 0] == pytest.approx(shown, abs=5e-7)


def test_exact_target_of_a_negative() -> None:
    found = auto_stretch(NEGATIVE, exact_target=True)
    assert apply([[0.9]], found)[0, 0] == pytest.approx(0.75, abs=1e-12)


def test_linked_inverts_only_when_all_channels_are_negatives() -> None:
    mixed = statistics((0.9, 0.9, 0.2), (0.01, 0.01, 0.01))
    assert auto_stretch(mixed, "linked").highlights == (1, 1, 1)
    assert auto_stretch(mixed, "linked").shadows[0] == pytest.approx(2 / 3 - 0.028)
    found = auto_stretch(mixed, "unlinked")
    assert found.highlights == pytest.approx((0.928, 0.928, 1))
    assert found.shadows == pytest.approx((0, 0, 0.172))
    every = auto_stretch(statistics((0.9, 0.8, 0.7), (0.01, 0.0, 0.01)), "linked")
    assert every.highlights[0] == pytest.approx((0.928 + 1 + 0.728) / 3)
    assert every.shadows == (0, 0, 0)
    assert every.midtones[0] == pytest.approx(float(mtf(every.highlights[0] - 0.8, 0.25)))


def test_channel_without_deviation_does_not_clip() -> None:
    flat = statistics((0.1, 0.1, 0.1), (0.0, 0.01, 0.02))
    assert auto_stretch(flat, "unlinked").shadows == pytest.approx((0, 0.072, 0.044))
    assert auto_stretch(flat, "linked").shadows[0] == pytest.approx((0 + 0.072 + 0.044) / 3)
    assert auto_stretch(statistics((0.9,), (0.0,))).highlights == (1,)


def test_auto_link_follows_calibration() -> None:
    assert auto_stretch(COLOUR, "auto").link == "unlinked"
    calibrated = statistics(COLOUR.median, (0.01, 0.008, 0.006), color_calibrated=True)
    assert auto_stretch(calibrated, "auto").link == "linked"
    assert auto_stretch(calibrated, "unlinked").link == "unlinked"
    assert auto_stretch(GREY, "unlinked").link == "linked"


def test_channels_without_pixels() -> None:
    part = statistics((0.1, math.nan, 0.06), (0.01, math.nan, 0.006))
    for link in ("linked", "unlinked"):
        found = auto_stretch(part, link)
        assert (found.shadows[1], found.midtones[1], found.highlights[1]) == (0, 0.5, 1)
    linked = auto_stretch(part, "linked")
    assert linked.shadows[0] == linked.shadows[2] == pytest.approx((0.072 + 0.0432) / 2)
    nothing = auto_stretch(statistics((math.nan,) * 3, (math.nan,) * 3), "linked")
    assert nothing.midtones == (0.5, 0.5, 0.5)


@given(st.lists(st.floats(-2, 3), min_size=3, max_size=3), st.floats(0, 1), st.booleans())
def test_stretch_is_always_within_limits(median: list[float], sigma: float, exact: bool) -> None:
    measured = statistics((median[0], median[1], median[2]), (sigma,) * 3)
    for link in ("linked", "unlinked"):
        found = auto_stretch(measured, link, exact_target=exact)
        for values in (found.shadows, found.midtones, found.highlights):
            assert all(0 <= value <= 1 for value in values)


def test_unknown_link_is_refused() -> None:
    with pytest.raises(InputError, match="sideways"):
        auto_stretch(COLOUR, "sideways")


def test_display_function() -> None:
    x = np.array([[-1, 0, 0.2, 0.35, 0.5, 2, np.nan]])
    cut = apply(x, Stretch((0.2,), (0.5,), (0.5,)))
    np.testing.assert_allclose(cut, [[0, 0, 0, 0.5, 1, 1, np.nan]], atol=1e-15)
    swapped = apply(x, Stretch((0.5,), (0.5,), (0.2,)))
    np.testing.assert_array_equal(cut, swapped)
    np.testing.assert_array_equal(apply(x, IDENTITY), [[0, 0, 0.2, 0.35, 0.5, 1, np.nan]])
    equal = apply(x, Stretch((0.3,), (0.2,), (0.3,)))[0, :-1]
    np.testing.assert_allclose(equal, mtf(0.2, 0.3))
    halved = apply(x, Stretch(low=(0.0,), high=(2.0,)))
    np.testing.assert_allclose(halved, apply(x, IDENTITY) / 2)
    expanded = apply([[0.0, 1.0]], Stretch(low=(-1.0,), high=(3.0,)))
    np.testing.assert_allclose(expanded, [[0.25, 0.5]])
