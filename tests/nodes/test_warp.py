"""Drawing frames: against sums written out in NumPy, analytic stars, and copies bit for bit."""

from __future__ import annotations

import math

import numpy as np
import pytest

from graph.context import Context
from graph.errors import InputError
from nodes.kernels.taps import taps_of
from nodes.register import Canvas, Transform, warp
from nodes.values import Header, Image, Wcs

ORIGIN = np.eye(3)


def turned(
    degrees: float, size: tuple[int, int], scale: float = 1.0, dx: float = 0.0, dy: float = 0.0
) -> np.ndarray:
    """The matrix of a turn about the middle, and a shift."""
    c, s = (f(math.radians(degrees)) * scale for f in (math.cos, math.sin))
    x, y = (size[0] - 1) / 2, (size[1] - 1) / 2
    return np.array([[c, -s, x + dx - c * x + s * y], [s, c, y + dy - s * x - c * y], [0, 0, 1.0]])


def transform(matrix: np.ndarray, image: Image, **more: object) -> Transform:
    """A transform of a frame that is as large as its reference."""
    size = image.width, image.height
    return Transform(matrix, *size, *size, **more)  # type: ignore[arg-type]


def draw(data: np.ndarray, matrix: np.ndarray, **more: object) -> np.ndarray:
    """The pixels of a drawn frame."""
    image = Image(np.asarray(data, np.float32))
    return warp(image, transform(matrix, image), **more).data  # type: ignore[arg-type]


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(7).random(shape, dtype=np.float32)


def lanczos(n: int, t: float) -> float:
    return float(np.sinc(t) * np.sinc(t / n)) if abs(t) < n else 0.0


def slow(source: np.ndarray, matrix: np.ndarray, n: int, threshold: float) -> np.ndarray:
    """Lanczos with clamping, from the published formulas, pixel by pixel in float64.

    Clamped only where the sum is darker than the four pixels about the place, and up to those.
    """
    height, width = source.shape
    spread = 1.4826 * np.median(abs(source - np.median(source)))
    floor = np.median(source) - 30 * spread
    out = np.full(source.shape, np.nan)
    for v in range(0, height, 2):
        for u in range(0, width, 2):
            x, y, w = matrix @ (u, v, 1)
            x, y = x / w, y / w
            i, j = math.floor(x), math.floor(y)
            if i < n - 1 or j < n - 1 or i + n >= width or j + n >= height:
                continue
            products, weights = [], []
            for q in range(j - n + 1, j + n + 1):
                for p in range(i - n + 1, i + n + 1):
                    weight = lanczos(n, x - p) * lanczos(n, y - q)
                    weights.append(weight)
                    products.append(weight * (source[q, p] - floor))
            plus = [k for k, s in enumerate(products) if s >= 0]
            minus = [k for k, s in enumerate(products) if s < 0]
            sp, sn = sum(products[k] for k in plus), -sum(products[k] for k in minus)
            wp, wn = sum(weights[k] for k in plus), -sum(weights[k] for k in minus)
            r = sn / sp if sp > 0 else 1.0
            if r >= 1:
                sn = wn = 0.0
            elif r > threshold:
                c = 1 - ((r - threshold) / (1 - threshold)) ** 2
                sn, wn = sn * c, wn * c
            clamped = floor + (sp - sn) / (wp - wn)
            plain = sum(products) / sum(weights) + floor
            darkest = min(source[j : j + 2, i : i + 2].flat)
            out[v, u] = plain if plain >= darkest else max(plain, min(clamped, darkest))
    return out


@pytest.mark.parametrize("degrees", [0.4, 17.0, -3.0, 90.3, 180.2, 269.0])
@pytest.mark.parametrize(("kind", "n"), [("lanczos3", 3), ("lanczos4", 4)])
def test_lanczos_with_clamping_is_the_published_sum(degrees: float, kind: str, n: int) -> None:
    data = noise(40, 40)
    data[20, 18] = 40.0  # a star that rings
    matrix = turned(degrees, (40, 40), 1.01, 0.3, -0.6)
    wanted = slow(data.astype(np.float64), matrix, n, 0.3)
    found = draw(data, matrix, interpolation=kind)[0]
    inside = np.isfinite(wanted)
    assert inside.sum() > 150
    np.testing.assert_allclose(found[inside], wanted[inside], atol=3e-4)


def test_a_perspective_is_followed() -> None:
    data = noise(40, 60)
    matrix = np.array([[1.01, 0.02, -0.7], [-0.015, 0.98, 1.2], [3e-4, -2e-4, 1.0]])
    wanted = slow(data.astype(np.float64), matrix, 3, 2.0)
    found = draw(data, matrix, interpolation="lanczos3", clamping=1.0)[0]
    inside = np.isfinite(wanted)
    assert inside.sum() > 150
    np.testing.assert_allclose(found[inside], wanted[inside], atol=2e-5)


@pytest.mark.parametrize("kind", ["bilinear", "catmull-rom", "b-spline", "mitchell"])
def test_other_kernels_equal_theirs(kind: str) -> None:
    """Written out by the definitions of Mitchell and Netravali."""
    b, c = {"catmull-rom": (0, 0.5), "b-spline": (1, 0), "mitchell": (1 / 3, 1 / 3)}.get(
        kind, (0, 0)
    )

    def shape(d: float) -> float:
        d = abs(d)
        if kind == "bilinear":
            return max(1 - d, 0)
        if d < 1:
            return ((12 - 9 * b - 6 * c) * d**3 + (-18 + 12 * b + 6 * c) * d**2 + 6 - 2 * b) / 6
        far = (
            (-b - 6 * c) * d**3 + (6 * b + 30 * c) * d**2 + (-12 * b - 48 * c) * d + 8 * b + 24 * c
        )
        return far / 6 if d < 2 else 0.0

    data = noise(30, 40)
    matrix = turned(2.0, (40, 30), 1.0, 0.25, 0.4)
    found = draw(data, matrix, interpolation=kind, clamping=1.0)[0]
    for v in range(5, 25, 3):
        for u in range(5, 35, 3):
            x, y, _ = matrix @ (u, v, 1)
            wanted = sum(
                shape(x - p) * shape(y - q) * float(data[q, p])
                for q in range(math.floor(y) - 1, math.floor(y) + 3)
                for p in range(math.floor(x) - 1, math.floor(x) + 3)
            )
            assert found[v, u] == pytest.approx(wanted, abs=3e-6)


def test_nearest_takes_pixels_as_they_are() -> None:
    data = noise(3, 30, 40)
    matrix = turned(10.0, (40, 30))
    found = draw(data, matrix, interpolation="nearest")
    for v in range(30):
        for u in range(40):
            x, y, _ = matrix @ (u, v, 1)
            i, j = round(x), round(y)
            if 0 <= i < 40 and 0 <= j < 30:
                np.testing.assert_array_equal(found[:, v, u], data[:, j, i])
            else:
                assert np.isnan(found[:, v, u]).all()


def test_the_identity_gives_the_frame_itself() -> None:
    image = Image(noise(3, 20, 30), Header((("OBJECT", "M 1", ""),)))
    drawn = warp(image, transform(ORIGIN, image))
    assert np.shares_memory(drawn.data, image.data)
    np.testing.assert_array_equal(drawn.data, image.data)
    assert drawn.header == image.header


@pytest.mark.parametrize(
    "linear",
    [
        ((1, 0), (0, 1)), ((-1, 0), (0, -1)), ((0, 1), (-1, 0)), ((0, -1), (1, 0)),
        ((-1, 0), (0, 1)), ((0, 1), (1, 0)),
    ],
)  # fmt: skip
def test_whole_pixels_are_copied_bit_for_bit(linear: tuple[tuple[int, int], ...]) -> None:
    data = noise(1, 13, 11)
    data[0, 4, 5] = np.nan
    image = Image(data)
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = (4, 7)
    box = Canvas(-3, -2, 17, 15)
    drawn = warp(image, transform(matrix, image), box).data[0]
    for v in range(15):
        for u in range(17):
            x, y, _ = (matrix @ (u - 3, v - 2, 1)).astype(int)
            wanted = data[0, y, x] if 0 <= x < 11 and 0 <= y < 13 else np.nan
            np.testing.assert_array_equal(drawn[v, u], np.float32(wanted))
    apart = matrix.copy()
    apart[:2, 2] += 1e-5  # drawn by the kernel, at the same places
    near = warp(image, transform(apart, image), box, interpolation="bilinear").data[0]
    both = np.isfinite(near) & np.isfinite(drawn)
    assert both.sum() > 20
    np.testing.assert_allclose(near[both], drawn[both], atol=1e-4)


def star_field(
    width: int, height: int, places: np.ndarray, sigma: float, peak: float = 1.0
) -> np.ndarray:
    """Gaussians of one brightness."""
    y, x = np.mgrid[:height, :width]
    data = np.zeros((height, width))
    for cx, cy in places:
        data += peak * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * sigma**2))
    return data.astype(np.float32)


@pytest.mark.parametrize("degrees", [0.0, 17.0, 180.0])
def test_stars_keep_place_and_flux_and_have_no_dark_rings(degrees: float) -> None:
    matrix = turned(degrees, (160, 120), 1.0, 3.4, -2.3)
    wanted = np.array([[60.2, 50.7], [100.5, 70.1]])
    places = np.array([(matrix @ (x, y, 1))[:2] for x, y in wanted])
    drawn = draw(star_field(160, 120, places, 1.3), matrix)[0]
    truth = star_field(160, 120, wanted, 1.3).astype(float)
    for x, y in wanted:
        rows, columns = (slice(round(v) - 8, round(v) + 9) for v in (y, x))
        stamp = drawn[rows, columns].astype(float)
        v, u = np.mgrid[rows, columns]
        flux = stamp.sum()
        assert flux == pytest.approx(2 * math.pi * 1.3**2, rel=0.005)
        near = np.exp(-((u - x) ** 2 + (v - y) ** 2) / 8)
        core = stamp * near / (stamp * near).sum()
        wide = truth[rows, columns] * near / (truth[rows, columns] * near).sum()
        assert (core * u).sum() == pytest.approx((wide * u).sum(), abs=0.005)
        assert (core * v).sum() == pytest.approx((wide * v).sum(), abs=0.005)
    assert np.nanmin(drawn) > -0.005


def test_clamping_keeps_dark_rings_from_sharp_stars() -> None:
    data = np.full((40, 40), 0.1, np.float32)
    data[20, 20] = 1.0
    matrix = turned(0, (40, 40), 1, 0.4, 0.4)
    assert np.nanmin(draw(data, matrix)) > 0.1 - 0.005 * 0.9
    assert np.nanmin(draw(data, matrix, clamping=1.0)) < 0.1 - 0.05 * 0.9


def test_a_pedestal_changes_nothing_and_noise_has_no_bias() -> None:
    data = np.random.default_rng(3).normal(0, 0.01, (300, 300)).astype(np.float32)
    matrix = turned(0.3, (300, 300), 1, 0.5, 0.5)
    drawn = draw(data, matrix)[0]
    there = np.isfinite(drawn)
    np.testing.assert_allclose(
        draw(data + np.float32(1), matrix)[0][there] - 1, drawn[there], atol=2e-6
    )
    plain = draw(data, matrix, clamping=1.0)[0]
    assert abs(float((drawn - plain)[there].mean())) < 5e-3 * 0.01
    np.testing.assert_allclose(
        draw(-3 * data, matrix, clamping=1.0)[0][there], -3 * plain[there], atol=1e-6
    )


@pytest.mark.parametrize("degrees", [0.0, 180.0, 30.0])
def test_missing_is_what_has_less_than_half_of_its_weight(degrees: float) -> None:
    data = np.ones((60, 60), np.float32)
    data[30, 30] = np.nan
    matrix = turned(degrees, (60, 60), 1, 0.25, 0.0)
    drawn = draw(data, matrix)[0]
    v, u = np.mgrid[:60, :60]
    x, y, _ = np.einsum("ij,jk->ik", matrix, np.stack([u.ravel(), v.ravel(), np.ones(3600)]))
    beyond = (np.abs(x - 29.5) > 31.0) | (np.abs(y - 29.5) > 31.0)
    within = (np.abs(x - 29.5) < 29.4) & (np.abs(y - 29.5) < 29.4)
    hole = np.hypot(x - 30, y - 30) < 0.3
    assert hole.sum() == 1
    flat = drawn.ravel()
    assert np.isnan(flat[beyond | hole]).all()
    np.testing.assert_allclose(flat[within & (np.hypot(x - 30, y - 30) > 0.9)], 1.0, atol=1e-5)


def test_pixels_near_missing_ones_keep_their_scale() -> None:
    """A ramp with holes: what is left is averaged with its own weights."""
    y, x = np.mgrid[:50, :50]
    data = (x + 2 * y).astype(np.float32)
    holes = np.random.default_rng(1).random(data.shape) < 0.03
    broken = np.where(holes, np.float32(np.nan), data)
    matrix = turned(1.0, (50, 50), 1, 0.4, 0.3)
    whole, drawn = draw(data, matrix)[0], draw(broken, matrix)[0]
    both = np.isfinite(drawn) & np.isfinite(whole)
    assert both.sum() > 2000
    assert np.abs(drawn - whole)[both].max() < 2.5
    assert np.isnan(drawn).sum() > np.isnan(whole).sum()


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (2, 2), (5, 5), (3, 300)])
@pytest.mark.parametrize("kind", ["auto", "nearest", "bilinear", "lanczos4"])
def test_tiny_frames(size: tuple[int, int], kind: str) -> None:
    data = np.full(size, 0.25, np.float32)
    drawn = draw(data, turned(0, size[::-1], 1, 0.2, -0.1), interpolation=kind)[0]
    assert drawn.shape == size
    assert np.isfinite(drawn).any()
    np.testing.assert_allclose(drawn[np.isfinite(drawn)], 0.25, atol=1e-6)


def test_colours_are_drawn_as_each_alone() -> None:
    data = noise(3, 40, 300)
    data[1, 20, 100] = np.nan
    matrix = turned(0.2, (300, 40), 1, 0.3, 0.2)
    together = draw(data, matrix)
    for channel in range(3):
        np.testing.assert_array_equal(together[channel], draw(data[channel], matrix)[0])


@pytest.mark.parametrize("value", [0.0, -2.0, 5.0])
def test_a_constant_stays(value: float) -> None:
    drawn = draw(np.full((50, 70), value), turned(3.0, (70, 50), 1, 0.3, 0.1))
    np.testing.assert_allclose(drawn[np.isfinite(drawn)], value, atol=3e-6)


def test_a_missing_frame_stays_missing() -> None:
    assert np.isnan(draw(np.full((50, 70), np.nan), turned(3.0, (70, 50)))).all()


def test_finer_frames_are_averaged() -> None:
    """At half the scale noise goes down as the kernel is wide, instead of being aliased."""
    image = Image(np.random.default_rng(3).normal(0, 1, (400, 400)).astype(np.float32))
    matrix = np.array([[2.0, 0, 0.3], [0, 2, 0.3], [0, 0, 1]])
    there = Transform(matrix, 400, 400, 200, 200)
    smooth, aliased = warp(image, there), warp(image, there, interpolation="lanczos3")
    assert np.nanstd(smooth.data) < 0.45
    assert np.nanstd(aliased.data) > 0.8
    assert taps_of("mitchell", 2.0).signs.size == 4


def test_a_distortion_is_added() -> None:
    width, height = 200, 150
    image = Image(star_field(width, height, np.array([[60.0, 50.0], [150.0, 100.0]]), 2.0))
    rows, columns = 4, 5
    y, x = np.mgrid[:rows, :columns] * 64.0
    bent = transform(np.eye(3), image, shifts=np.stack([0.01 * x - 1, 0.02 * y]), left=0.0, top=0.0)
    for box in (None, Canvas(-20, 10, 200, 150)):
        drawn = warp(image, bent, box).data[0]
        for cx, cy in ((60.0, 50.0), (150.0, 100.0)):
            u, v = (cx + 1) / 1.01 - (box.left if box else 0), cy / 1.02 - (box.top if box else 0)
            rows_, columns_ = (slice(round(w) - 9, round(w) + 10) for w in (v, u))
            stamp = drawn[rows_, columns_].astype(float)
            q, p = np.mgrid[rows_, columns_]
            assert (stamp * p).sum() / stamp.sum() == pytest.approx(u, abs=0.02)
            assert (stamp * q).sum() / stamp.sum() == pytest.approx(v, abs=0.02)
    assert np.allclose(bent.place([[100.0, 70.0]]), [[100.0, 71.4]])


# --- what travels with the pixels ----------------------------------------------------------------

TAN = (
    ("CTYPE1", "RA---TAN", ""), ("CTYPE2", "DEC--TAN", ""), ("CRVAL1", 83.8, ""),
    ("CRVAL2", 12.5, ""), ("CRPIX1", 50.5, ""), ("CRPIX2", 40.25, ""), ("CDELT1", -3e-4, ""),
    ("CDELT2", 3.1e-4, ""), ("CROTA2", 12.0, ""),
)  # fmt: skip
SIP = (
    ("CTYPE1", "RA---TAN-SIP", ""), ("CTYPE2", "DEC--TAN-SIP", ""), *TAN[2:6],
    ("CD1_1", -3e-4, ""), ("CD1_2", 2e-5, ""), ("CD2_1", 1e-5, ""), ("CD2_2", 3e-4, ""),
    ("A_ORDER", 2, ""), ("B_ORDER", 2, ""), ("A_2_0", 3e-5, ""), ("A_1_1", -1e-5, ""),
    ("B_0_2", 2e-5, ""), ("B_1_1", 4e-5, ""),
)  # fmt: skip


class Recorder(Context):
    """Keeps the warnings."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def warn(self, message: str) -> None:
        self.said.append(message)


def sky_error(image: Image, drawn: Image, matrix: np.ndarray, box: Canvas) -> float:
    """The most by which sky positions of the same places differ, degrees."""
    assert image.wcs is not None
    assert drawn.wcs is not None
    rng = np.random.default_rng(1)
    u, v = rng.uniform(0, box.width, 200), rng.uniform(0, box.height, 200)
    w = matrix @ np.stack([u + box.left, v + box.top, np.ones(200)])
    before = image.wcs.astropy().all_pix2world(w[0] / w[2], w[1] / w[2], 0)
    after = drawn.wcs.astropy().all_pix2world(u, v, 0)
    return float(np.abs(np.subtract(before, after)).max())


@pytest.mark.parametrize("degrees", [0.0, 7.0, 90.0, 180.0])
def test_the_own_solution_moves_exactly(degrees: float) -> None:
    image = Image(noise(80, 100), wcs=Wcs(TAN))
    matrix = turned(degrees, (100, 80), 1.1, 3.3, -4.0)
    box = Canvas(-5, 7, 90, 60)
    told = Recorder()
    drawn = warp(image, transform(matrix, image), box, ctx=told)
    assert sky_error(image, drawn, matrix, box) < 1e-9
    assert not told.said


@pytest.mark.parametrize(("sx", "sy"), [(1, 1), (-1, -1), (1, -1)])
def test_a_distorted_solution_moves_with_shifts_and_mirrorings(sx: int, sy: int) -> None:
    image = Image(noise(80, 100), wcs=Wcs(SIP))
    matrix = np.array(
        [[sx, 0, 3.25 if sx > 0 else 90.0], [0, sy, -2.5 if sy > 0 else 70.5], [0, 0, 1]]
    )
    box = Canvas(2, 3, 70, 60)
    told = Recorder()
    drawn = warp(image, transform(matrix, image), box, ctx=told)
    assert sky_error(image, drawn, matrix, box) < 1e-9
    assert not told.said


def test_what_cannot_be_carried_is_dropped_with_a_warning() -> None:
    told = Recorder()
    image = Image(noise(80, 100), wcs=Wcs(SIP))
    turned_ = warp(image, transform(turned(5.0, (100, 80)), image), ctx=told)
    assert turned_.wcs is not None
    assert turned_.wcs.get("CTYPE1") == "RA---TAN"
    assert turned_.wcs.get("A_2_0") is None
    assert "SIP" in told.said[0]
    bent = np.eye(3)
    bent[2, 0] = 1e-3
    assert warp(image, transform(bent, image), ctx=told).wcs is None
    assert "bends" in told.said[1]
    wrong = Image(noise(80, 100), wcs=Wcs((("CTYPE1", "RA---XXX", ""),)))
    assert warp(wrong, transform(turned(5.0, (100, 80)), image), ctx=told).wcs is None
    assert "cannot be read" in told.said[2]


def test_the_solution_of_the_reference_is_taken() -> None:
    image = Image(noise(80, 100), wcs=Wcs(SIP))
    bent = np.eye(3)
    bent[2, 0] = 1e-3
    drawn = warp(image, transform(bent, image, wcs=Wcs(TAN)), Canvas(4, -3, 50, 50))
    assert drawn.wcs is not None
    assert drawn.wcs.get("CRPIX1") == 46.5
    assert drawn.wcs.get("CRPIX2") == 43.25


def test_all_else_travels_on() -> None:
    image = Image(
        noise(3, 20, 30), Header((("OBJECT", "M 1", ""), ("OBJECT", "twice", ""))), linear=True,
        color_calibrated=True, weight=0.5, white=255.0,
        properties=(("PCL:AstrometricSolution:X", "String", "1"), ("Author", "String", "me")),
    )  # fmt: skip
    drawn = warp(image, transform(turned(1.0, (30, 20)), image))
    assert drawn.header == image.header
    assert (drawn.color_calibrated, drawn.weight, drawn.white) == (True, 0.5, 255.0)
    assert drawn.properties == (("Author", "String", "me"),)


def test_an_unmatched_frame_is_missing_and_weighs_nothing() -> None:
    image = Image(noise(3, 20, 30), Header((("OBJECT", "M 1", ""),)), Wcs(TAN))
    lost = Transform(np.eye(3), 30, 20, 50, 40, matched=False, reason="only clouds")
    told = Recorder()
    drawn = warp(image, lost, ctx=told)
    assert drawn.data.shape == (3, 40, 50)
    assert np.isnan(drawn.data).all()
    assert drawn.weight == 0
    assert drawn.wcs is None
    assert drawn.header == image.header
    assert "only clouds" in told.said[0]


def test_mosaics_and_other_frames_are_refused() -> None:
    image = Image(noise(20, 30), cfa="RGGB")
    with pytest.raises(InputError, match=r"RGGB.*debayer"):
        warp(image, transform(np.eye(3), image))
    with pytest.raises(InputError, match=r"30 × 20 px .* 40 × 20"):
        warp(Image(noise(20, 30)), Transform(np.eye(3), 40, 20, 40, 20))


def test_the_frame_stays_as_it_is_and_bands_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    data = noise(1, 90, 600)
    before = data.tobytes()
    matrix = turned(0.5, (600, 90), 1, 0.1, 0.2)
    whole = draw(data, matrix)
    monkeypatch.setattr("nodes.bands.processors", lambda: 7)
    np.testing.assert_array_equal(draw(data, matrix), whole)
    assert data.tobytes() == before
