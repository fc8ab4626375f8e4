"""Matching stars: against transforms that are known, in fields of false stars, and canvases."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from graph.context import Context
from graph.errors import InputError
from graph.values import decode, encode
from nodes.models import apply, fit_model, invert, multiply
from nodes.register import Canvas, Transform, canvas, match, table
from nodes.stars import SATURATED, Stars
from nodes.values import Wcs

WIDTH, HEIGHT = 4000, 3000
CORNERS = np.array([[0, 0], [3999, 0], [0, 2999], [3999, 2999.0]])
NUMBERS = (
    "mean", "background", "amplitude", "fwhm", "eccentricity", "sx", "sy", "theta", "beta", "snr",
    "residual",
)  # fmt: skip


def stars(places: Any, flux: Any, width: int = WIDTH, height: int = HEIGHT, **more: Any) -> Stars:
    """A list of stars, sorted by brightness."""
    places, flux = np.asarray(places, float).reshape(-1, 2), np.asarray(flux, float)
    order = np.argsort(-flux, kind="stable")
    rest = {name: np.zeros(len(flux)) for name in NUMBERS}
    more.setdefault("flags", np.zeros(len(flux)))
    return Stars(
        x=places[order, 0], y=places[order, 1], flux=flux[order], width=width, height=height,
        **rest, **more,
    )  # fmt: skip


def turned(
    degrees: float, scale: float = 1.0, dx: float = 0.0, dy: float = 0.0, mirrored: bool = False
) -> np.ndarray:
    """A matrix about the middle of the frame."""
    c, s = (f(math.radians(degrees)) * scale for f in (math.cos, math.sin))
    sign = -1 if mirrored else 1
    linear = np.array([[c, -s * sign], [s, c * sign]])
    middle = np.array([(WIDTH - 1) / 2, (HEIGHT - 1) / 2])
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = linear, middle - linear @ middle + np.array([dx, dy])
    return matrix


def pair(
    matrix: np.ndarray, *, seed: int = 1, count: int = 500, common: float = 0.8, noise: float = 0.1
) -> tuple[Stars, Stars]:
    """The stars of a frame and of its reference; some of either are only there."""
    rng = np.random.default_rng(seed)

    def field(n: int) -> tuple[np.ndarray, np.ndarray]:
        return rng.random((n, 2)) * (WIDTH - 1, HEIGHT - 1), 10 ** rng.uniform(0, 3, n)

    places, flux = field(count)
    false, false_flux = field(round(count * (1 - common)))
    kept = rng.random(count) < common
    seen = np.concatenate([apply(matrix, places)[kept], false])
    brightness = np.concatenate([flux[kept] * 10 ** rng.normal(0, 0.05, kept.sum()), false_flux])
    inside = ((seen >= 0) & (seen <= (WIDTH - 1, HEIGHT - 1))).all(axis=1)
    seen = seen[inside] + rng.normal(0, noise, (inside.sum(), 2))
    return stars(seen, brightness[inside]), stars(places, flux)


def corner_error(found: Transform, matrix: np.ndarray) -> float:
    assert found.matched, found.reason
    return float(np.abs(found.place(CORNERS) - apply(matrix, CORNERS)).max())


@pytest.mark.parametrize(
    "matrix",
    [
        turned(17, 1.02, 53.4, -12.2),
        turned(17 + 180, 1.02, 53.4, -12.2),
        turned(90.3),
        turned(0.1, 1.0, 5, 3),
        turned(-60, 1, 0, 0, mirrored=True),
        turned(3, 0.5, 200, 100),
    ],
)
def test_a_frame_is_found_to_a_tenth_of_a_pixel_in_its_corners(matrix: np.ndarray) -> None:
    found = match(*pair(matrix))
    assert corner_error(found, matrix) < 0.1
    assert found.model == "projective"
    assert 0.1 < found.rms < 0.2
    assert found.pairs >= found.inliers > 150


def test_a_finer_frame_is_found() -> None:
    matrix = turned(33, 2.0, 100, -50)
    assert corner_error(match(*pair(matrix)), matrix) < 0.5  # corners lie far outside of it


@pytest.mark.parametrize("model", ["shift", "similarity", "affine", "projective"])
def test_each_model_fits_what_it_describes(model: str) -> None:
    matrix = {
        "shift": turned(0, 1, 12.3, -40.1),
        "similarity": turned(12, 1.01, 12.3, -40.1),
        "affine": np.array([[1.002, 0.01, 9], [-0.004, 0.997, -7], [0, 0, 1.0]]),
        "projective": np.array([[1.002, 0.01, 9], [-0.004, 0.997, -7], [2e-6, -1e-6, 1.0]]),
    }[model]
    found = match(*pair(matrix, noise=0.05), model=model)
    assert found.model == model
    assert corner_error(found, matrix) < 0.06


def test_numbers_of_the_report() -> None:
    frame, reference = pair(turned(17, 1.02, 53.4, -12.2))
    found = match(frame, reference)
    assert found.scale == pytest.approx(1.02, abs=1e-4)
    assert found.rotation == pytest.approx(17, abs=1e-3)
    assert found.shift == pytest.approx((53.4, -12.2), abs=0.05)
    assert found.flux_ratio == pytest.approx(1, abs=0.03)
    assert not found.mirrored
    assert 0.8 < found.overlap < 1
    assert found.regularity > 0.9
    assert found.peak_x < 0.6
    mirrored = match(*pair(turned(-60, mirrored=True)))
    assert mirrored.mirrored
    assert mirrored.rotation == pytest.approx(-60, abs=1e-3)


def test_flux_ratio_leaves_saturated_stars_out() -> None:
    rng = np.random.default_rng(2)
    places, flux = rng.random((40, 2)) * 900, rng.random(40) + 1
    bright = flux > np.median(flux)
    flags = np.sort(bright)[::-1].astype(np.uint8) * SATURATED
    frame = stars(places + 0.01, np.where(bright, flux * 5, flux / 2), 1000, 1000, flags=flags)
    found = match(frame, stars(places, flux, 1000, 1000), model="shift")
    assert found.flux_ratio == pytest.approx(2)


@pytest.mark.parametrize(("common", "least"), [(0.3, 6), (0.2, 6), (0.1, 3)])
def test_few_common_stars_suffice(common: float, least: int) -> None:
    """And what is found is right: a wrong match would be far off."""
    matrix = turned(100, 1.0, 20, 30)
    right = 0
    for seed in range(6):
        found = match(*pair(matrix, seed=seed, common=common))
        if found.matched:
            assert corner_error(found, matrix) < 0.6
            right += 1
    assert right >= least


@pytest.mark.parametrize("count", [6, 12, 26, 40])
def test_sparse_fields_get_a_simpler_model(count: int) -> None:
    rng = np.random.default_rng(count)
    places, flux = rng.random((count, 2)) * (799, 599), rng.random(count)
    matrix = turned(1.0, 1.0, 3, 5)
    seen = apply(matrix, places) + rng.normal(0, 0.05, places.shape)
    found = match(stars(seen, flux, 800, 600), stars(places, flux, 800, 600))
    assert found.matched, found.reason
    assert found.model == {6: "similarity", 12: "similarity", 26: "affine", 40: "projective"}[count]
    assert np.abs(found.place(places) - apply(matrix, places)).max() < 0.3


def test_another_field_is_told_and_not_matched() -> None:
    for seed in range(4):
        frame, _ = pair(turned(0), seed=seed)
        _, reference = pair(turned(0), seed=seed + 50)
        found = match(frame, reference)
        assert not found.matched
        assert "another field" in found.reason
        assert found.inliers == 0


@pytest.mark.parametrize("count", [0, 1, 3])
def test_frames_without_stars_are_told(count: int) -> None:
    frame, reference = pair(turned(0))
    few = stars(np.arange(2 * count), np.ones(count))
    assert match(few, reference).reason.startswith(f"the frame has {count} star")
    assert "the reference" in match(frame, few).reason


def test_a_mirrored_frame_can_be_refused() -> None:
    frame, reference = pair(turned(40, mirrored=True))
    found = match(frame, reference, mirror=False)
    assert not found.matched
    assert "mirrored" in found.reason
    assert match(*pair(turned(40)), mirror=False).matched


def test_a_small_overlap_is_refused() -> None:
    frame, reference = pair(turned(0, 1, 0.93 * WIDTH, 0), count=4000)
    found = match(frame, reference, limit=4000)
    assert not found.matched
    assert "7 % of the reference" in found.reason


def test_stars_in_a_line_and_in_one_place_do_not_break_it() -> None:
    line = np.stack([np.arange(20) ** 1.5 * 10, np.arange(20) * 0.0], 1)
    flux = np.arange(20, 0, -1.0)
    heap = np.full((20, 2), 7.0)
    for places in (line, heap):
        found = match(stars(places + 3, flux), stars(places, flux))
        assert found.matched or found.reason


def test_the_reference_matches_itself_exactly() -> None:
    _, reference = pair(turned(0))
    found = match(reference, reference)
    np.testing.assert_array_equal(found.matrix, np.eye(3))
    assert (found.matched, found.rms, found.flux_ratio) == (True, 0, 1)


def test_the_same_stars_give_the_same_transform() -> None:
    frame, reference = pair(turned(17, 1.02, 53.4, -12.2))
    first = encode(match(frame, reference, distortion="polynomial"))
    again = encode(match(frame, reference, distortion="polynomial"))
    assert first[0] == again[0]
    for one, other in zip(first[1], again[1], strict=True):
        np.testing.assert_array_equal(one, other)
    assert decode(*first).inliers > 0


def test_the_solution_of_the_reference_goes_along() -> None:
    frame, reference = pair(turned(5))
    wcs = Wcs((("CRPIX1", 3.0, ""),))
    solved = Stars(
        **{**{f: getattr(reference, f) for f in reference.__dataclass_fields__}, "wcs": wcs}
    )
    assert match(frame, solved).wcs == wcs


@pytest.mark.parametrize("distortion", ["polynomial", "spline"])
def test_a_cubic_distortion_is_followed(distortion: str) -> None:
    """5 px at the corners: less than 0.2 px is left, and the plain model leaves more."""
    rng = np.random.default_rng(4)
    places, flux = rng.random((900, 2)) * (WIDTH - 1, HEIGHT - 1), 10 ** rng.uniform(0, 3, 900)
    middle, half = np.array([(WIDTH - 1) / 2, (HEIGHT - 1) / 2]), math.hypot(WIDTH, HEIGHT) / 2

    def bend(points: np.ndarray) -> np.ndarray:
        off = (apply(turned(2, 1.0, 10, -8), points) - middle) / half
        return middle + half * off + 5 * off * np.sum(off * off, axis=1, keepdims=True)

    seen = bend(places)
    inside = ((seen >= 0) & (seen <= (WIDTH - 1, HEIGHT - 1))).all(axis=1)
    frame = stars(seen[inside] + rng.normal(0, 0.05, (inside.sum(), 2)), flux[inside])
    reference = stars(places, flux)
    u, v = np.meshgrid(np.linspace(100, WIDTH - 100, 15), np.linspace(100, HEIGHT - 100, 12))
    grid = np.stack([u.ravel(), v.ravel()], 1)
    errors = {}
    for kind in ("none", distortion):
        found = match(frame, reference, distortion=kind)
        assert found.matched
        errors[kind] = float(np.hypot(*(found.place(grid) - bend(grid)).T).max())
    assert errors[distortion] < 0.2
    assert errors["none"] > 2 * errors[distortion]


def test_fits_are_those_of_least_squares() -> None:
    """Against SciPy's optimiser, which minimises the same distances."""
    from scipy.optimize import least_squares

    rng = np.random.default_rng(3)
    here = rng.random((60, 2)) * (WIDTH, HEIGHT)
    matrix = np.array([[1.002, 0.01, 9], [-0.004, 0.997, -7], [2e-6, -1e-6, 1.0]])
    there = apply(matrix, here) + rng.normal(0, 0.3, here.shape)
    found = fit_model("projective", here, there, np.ones(60))
    assert found is not None

    def rest(values: np.ndarray) -> np.ndarray:
        return (apply(np.append(values, 1).reshape(3, 3), here) - there).ravel()

    scale = np.array([1, 1, 1e3, 1, 1, 1e3, 1e-3, 1e-3])
    best = least_squares(
        rest, matrix.ravel()[:8], x_scale=scale, xtol=1e-15, ftol=1e-15, gtol=1e-15
    )
    wanted = apply(np.append(best.x, 1).reshape(3, 3), CORNERS)
    np.testing.assert_allclose(apply(found, CORNERS), wanted, atol=1e-4)
    np.testing.assert_allclose(multiply(invert(matrix), matrix), np.eye(3), atol=1e-12)


# --- table and canvas ----------------------------------------------------------------------------


def placed(dx: float, dy: float, degrees: float = 0.0, **more: Any) -> Transform:
    """A frame as large as its reference that shows the sky (dx, dy) further on."""
    return Transform(invert(turned(degrees, 1, dx, dy)), WIDTH, HEIGHT, WIDTH, HEIGHT, **more)


LOST = Transform(np.eye(3), 9, 9, WIDTH, HEIGHT, matched=False, reason="clouds")


def test_a_table_has_a_row_for_each_frame() -> None:
    found = table([match(*pair(turned(17))), LOST])
    assert found.columns[:3] == ("frame", "matched", "reason")
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    assert rows[0]["rotation"] == pytest.approx(17, abs=1e-2)
    assert rows[1]["reason"] == "clouds"
    assert math.isnan(rows[1]["rms"])
    assert "not matched: clouds" in LOST.summary()


def test_canvases_of_shifted_frames() -> None:
    frames = [placed(0, 0), placed(10, -4), placed(-7, 20), LOST]
    assert canvas(frames) == Canvas(0, 0, WIDTH, HEIGHT)
    assert canvas(frames, framing="common") == Canvas(10, 20, WIDTH - 17, HEIGHT - 24)
    assert canvas(frames, framing="union") == Canvas(-7, -4, WIDTH + 17, HEIGHT + 24)
    assert canvas(frames, framing="centre") == Canvas(1, 5, WIDTH, HEIGHT)


@pytest.mark.parametrize("degrees", [1.0, 45.0, 180.5])
def test_the_common_rectangle_lies_in_all_frames(degrees: float) -> None:
    frames = [placed(0, 0), placed(3, 2, degrees)]
    box = canvas(frames, framing="common")
    x, y = box.left + box.width - 1, box.top + box.height - 1
    corners = np.array([(box.left, box.top), (x, box.top), (box.left, y), (x, y)], float)
    for frame in frames:
        inside = frame.place(corners)
        assert (inside >= -0.51).all()
        assert (inside <= (WIDTH - 0.49, HEIGHT - 0.49)).all()
    assert box.width * box.height > {1.0: 0.95, 45.0: 0.37, 180.5: 0.95}[degrees] * WIDTH * HEIGHT


def test_the_union_holds_all_frames() -> None:
    frame = placed(100, 50, 30)
    box = canvas([placed(0, 0), frame], framing="union")
    corners = apply(invert(frame.matrix), CORNERS)
    assert (corners >= (box.left - 0.5, box.top - 0.5)).all()
    assert (corners <= (box.left + box.width - 0.5, box.top + box.height - 0.5)).all()


def test_canvases_that_cannot_be() -> None:
    with pytest.raises(InputError, match="no rectangle in common"):
        canvas([placed(0, 0), placed(5000, 0)], framing="common")
    with pytest.raises(InputError, match="leave out frames"):
        canvas([placed(0, 0), placed(2e6, 2e6)], framing="union")
    with pytest.raises(InputError, match="none of the 2 frames"):
        canvas([LOST, LOST])
    with pytest.raises(InputError, match="no transforms"):
        canvas([])


def test_many_lost_frames_are_told() -> None:
    class Recorder(Context):
        def __init__(self) -> None:
            super().__init__()
            self.said: list[str] = []

        def warn(self, message: str) -> None:
            self.said.append(message)

    told = Recorder()
    assert canvas([LOST, LOST, placed(0, 0)], ctx=told) == Canvas(0, 0, WIDTH, HEIGHT)
    assert told.said == ["2 of 3 frames could not be matched with the reference"]
    canvas([LOST, placed(0, 0)], ctx=told)
    assert len(told.said) == 1
