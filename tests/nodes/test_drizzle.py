"""Drizzle: against STScI's own package, polygons clipped one by one, and analytic stars."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy.special import erf

from graph.errors import InputError
from nodes.drizzle import Drizzled, integrate
from nodes.register import Canvas, Transform, warp
from nodes.scale import Scale, frame_scale
from nodes.values import Header, Image, Wcs
from tests.nodes.recording import Recorder

H, W = 60, 80


def matrix(degrees: float, dx: float, dy: float, size: float = 1.0) -> np.ndarray:
    """From the reference to a frame: turned about the middle, scaled, moved."""
    c, s = (f(math.radians(degrees)) * size for f in (math.cos, math.sin))
    x, y = (W - 1) / 2, (H - 1) / 2
    return np.array([[c, -s, x + dx - c * x + s * y], [s, c, y + dy - s * x - c * y], [0, 0, 1.0]])


def moved(m: np.ndarray, width: int = W, height: int = H, **more: object) -> Transform:
    return Transform(m, width, height, width, height, **more)  # type: ignore[arg-type]


def drizzle(
    datas: Sequence[np.ndarray],
    transforms: Sequence[Transform],
    *,
    cfa: str | None = None,
    **more: object,
) -> Drizzled:
    """Drizzled as they are, or as more says."""
    frames = [Image(np.asarray(data, np.float32), cfa=cfa) for data in datas]
    settings: dict[str, object] = {"normalization": "none", **more}
    scales = settings.pop("scales", [frame_scale(frame) for frame in frames])
    return integrate(frames, transforms, scales, **settings)  # type: ignore[arg-type]


def noise(*shape: int, seed: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


@pytest.mark.parametrize("kernel", ["square", "turbo"])
@pytest.mark.parametrize(
    ("scale", "drop", "turns"),
    [(2, 0.9, (0, 0.7, -12)), (1, 1.0, (0, 180, 33)), (3, 0.5, (0, 90, 5)), (2.5, 0.7, (0, 3, 45))],
)
def test_result_and_weights_are_those_of_stsci(
    kernel: str, scale: float, drop: float, turns: tuple[float, ...]
) -> None:
    """STScI leaves out the outermost pixels of a frame, so what these touch is not compared."""
    from drizzle import resample

    matrices = [matrix(turn, 1.3 * i, -0.7 * i) for i, turn in enumerate(turns)]
    datas = [noise(H, W, seed=i) for i in range(len(turns))]
    datas[1][20:22, 30:33] = np.nan
    weights = [1.0, 0.5, 2.0]
    shape = round(H * scale), round(W * scale)
    peer = resample.Drizzle(kernel=kernel, out_shape=shape, fillval="nan", disable_ctx=True)
    edge = np.zeros(shape, bool)
    y, x = np.mgrid[:H, :W].astype(float)
    for data, m, weight in zip(datas, matrices, weights, strict=True):
        u, v, _ = np.linalg.inv(m) @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
        places = np.stack([scale * (u + 0.5) - 0.5, scale * (v + 0.5) - 0.5], -1)
        places = places.reshape(H, W, 2)
        there = np.isfinite(data)
        peer.add_image(
            np.where(there, data, 0), 1.0, places, weight_map=there.astype(np.float32),
            wht_scale=weight, pixfrac=drop, in_units="cps", pixel_scale_ratio=1 / scale,
        )  # fmt: skip
        grid_y, grid_x = np.mgrid[: shape[0], : shape[1]]
        back = m @ np.stack(
            [
                (grid_x.ravel() + 0.5) / scale - 0.5,
                (grid_y.ravel() + 0.5) / scale - 0.5,
                np.ones(grid_x.size),
            ]
        )
        outside = np.maximum(
            np.abs(back[0] - (W - 1) / 2) - W / 2, np.abs(back[1] - (H - 1) / 2) - H / 2
        )
        edge |= (np.abs(outside) < 2).reshape(shape)
    done = drizzle(
        datas, [moved(m) for m in matrices], weights=weights, scale=scale, drop=drop, kernel=kernel
    )
    inside = ~edge
    assert inside.mean() > 0.5
    np.testing.assert_allclose(done.image.data[0][inside], peer.out_img[inside], atol=3e-6)
    ratio = done.weight.data[0][inside] / np.maximum(peer.out_wht[inside], 1e-9)
    there = peer.out_wht[inside] > 1e-3
    np.testing.assert_allclose(ratio[there], np.median(ratio[there]), rtol=2e-4)


def shared_area(quad: np.ndarray, x: float, y: float, half: float) -> float:
    """The area of a convex polygon in a square, by cutting it off at each side."""
    points = quad.tolist()
    for axis, limit, sign in (
        (0, x - half, 1),
        (0, x + half, -1),
        (1, y - half, 1),
        (1, y + half, -1),
    ):
        cut = []
        for a, b in zip(points, points[1:] + points[:1], strict=True):
            p, q = sign * (a[axis] - limit), sign * (b[axis] - limit)
            if p >= 0:
                cut.append(a)
            if p * q < 0:
                t = p / (p - q)
                cut.append([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])])
        points = cut
        if not points:
            return 0.0
    pairs = zip(points, points[1:] + points[:1], strict=True)
    return abs(sum(a[0] * b[1] - a[1] * b[0] for a, b in pairs)) / 2


@pytest.mark.parametrize("cfa", [None, "RGGB", "GBRG"])
def test_areas_are_exact_up_to_the_borders_with_perspective_and_distortion(cfa: str | None) -> None:
    height, width, scale, half = 9, 13, 1.7, 0.4
    m = np.array([[1.05, 0.3, -1.2], [-0.25, 0.97, 2.2], [2e-3, -1e-3, 1.0]])
    shifts = np.array([[[0.2, 0.4]], [[-0.3, 0.5]]])  # over the first 64 pixels
    transform = Transform(m, width, height, 14, 10, shifts=shifts)
    data = noise(height, width)
    data[4, 5] = np.nan
    box = Canvas(-2, -1, 18, 13)
    found = drizzle([data], [transform], cfa=cfa, canvas=box, scale=scale, drop=2 * half)
    channels = 3 if cfa else 1
    rows, columns = round(13 * scale), round(18 * scale)
    total, cover = np.zeros((2, channels, rows, columns))

    def place(u: float, v: float) -> list[float]:
        x, y = (u + 0.5) / scale - 0.5 + box.left, (v + 0.5) / scale - 0.5 + box.top
        w = m[2] @ (x, y, 1)
        t = min(max(x / 64, 0), 1)
        bent = (1 - t) * shifts[:, 0, 0] + t * shifts[:, 0, 1]
        return [float(m[k] @ (x, y, 1) / w + bent[k]) for k in (0, 1)]

    for v in range(rows):
        for u in range(columns):
            quad = np.array(
                [
                    place(u + a, v + b)
                    for a, b in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
                ]
            )
            low, high = (
                np.floor(quad.min(axis=0)).astype(int),
                np.ceil(quad.max(axis=0)).astype(int),
            )
            for y in range(max(low[1], 0), min(high[1] + 1, height)):
                for x in range(max(low[0], 0), min(high[0] + 1, width)):
                    if np.isnan(data[y, x]):
                        continue
                    c = "RGB".index(cfa[2 * (y % 2) + x % 2]) if cfa else 0
                    area = shared_area(quad, x, y, half)
                    total[c, v, u] += area * data[y, x]
                    cover[c, v, u] += area
    there = cover > 1e-4
    np.testing.assert_allclose(
        found.image.data[there], (total / np.maximum(cover, 1e-9))[there], atol=2e-4
    )
    np.testing.assert_allclose(found.weight.data, cover / cover.max(), atol=2e-5)
    assert np.isnan(found.image.data[cover == 0]).all()


@pytest.mark.parametrize("kernel", ["square", "turbo", "circular", "gaussian", "point"])
@pytest.mark.parametrize(("scale", "drop"), [(1, 1.0), (2, 0.7), (4, 0.9)])
def test_a_constant_stays_that_constant(kernel: str, scale: float, drop: float) -> None:
    transforms = [moved(matrix(3.0 * i, 0.37 * i, 0.21 * i)) for i in range(4)]
    data = np.full((H, W), 0.3, np.float32)
    found = drizzle([data] * 4, transforms, scale=scale, drop=drop, kernel=kernel).image.data
    there = np.isfinite(found)
    assert there.mean() > 0.2
    np.testing.assert_allclose(found[there], np.float32(0.3), atol=1e-6)


def test_the_sum_grows_by_the_square_of_the_scale() -> None:
    data = np.zeros((H, W), np.float32)
    data[20:40, 20:60] = noise(20, 40)
    for scale in (1, 2, 3):
        found = drizzle([data], [moved(matrix(7, 0.3, 0.4))], scale=scale, drop=1.0).image.data
        wanted = scale**2 * data.sum(dtype=np.float64)
        assert np.nansum(found, dtype=np.float64) == pytest.approx(wanted, rel=1e-4)


def test_whole_shifts_at_scale_one_are_a_plain_mean() -> None:
    datas = [noise(3, H, W, seed=i) for i in range(3)]
    shifts = [(0, 0), (3, -2), (-1, 4)]
    transforms = [moved(matrix(0, dx, dy)) for dx, dy in shifts]
    found = drizzle(datas, transforms, weights=[1.0, 2.0, 1.0], scale=1, drop=1.0).image.data
    wanted = sum(
        weight * np.roll(data, (-dy, -dx), (1, 2)).astype(np.float64)
        for weight, data, (dx, dy) in zip((1, 2, 1), datas, shifts, strict=True)
    )
    inside = np.s_[:, 5:-5, 5:-5]
    np.testing.assert_allclose(found[inside], wanted[inside] / 4, atol=1e-6)


def star(x: float, y: float, fwhm: float, height: int = H, width: int = W) -> np.ndarray:
    """A Gaussian star as pixels of full area see it."""
    sigma = fwhm / math.sqrt(8 * math.log(2))
    lines = []
    for at, count in ((y, height), (x, width)):
        edge = (np.arange(count + 1) - 0.5 - at) / (sigma * math.sqrt(2))
        lines.append(np.diff(erf(edge)) / 2)
    return np.outer(*lines)


def width_of(data: np.ndarray, x: float, y: float, reach: float) -> float:
    """Full width at half maximum of a Gaussian fitted to the pixels about a place."""
    from scipy.optimize import curve_fit

    rows, columns = np.mgrid[: data.shape[0], : data.shape[1]]
    near = (np.hypot(rows - y, columns - x) < reach) & np.isfinite(data)
    r2 = (rows[near] - y) ** 2 + (columns[near] - x) ** 2
    fit, _ = curve_fit(
        lambda r2, a, s: a * np.exp(-r2 / (2 * s * s)),
        r2,
        data[near],
        (data[near].max(), reach / 4),
    )
    return abs(fit[1]) * math.sqrt(8 * math.log(2))


def test_undersampled_stars_come_out_sharper_where_they_belong() -> None:
    random = np.random.default_rng(5)
    place = 40.3, 28.8
    frames, transforms = [], []
    for _ in range(60):
        m = matrix(0, *random.uniform(-3, 3, 2))
        x, y, _ = m @ (*place, 1)
        frames.append(star(x, y, 1.2))
        transforms.append(moved(m))
    found = drizzle(frames, transforms, scale=2, drop=0.6).image.data[0]
    rows, columns = np.mgrid[: 2 * H, : 2 * W]
    near = np.hypot(rows - 57.6 - 0.5, columns - 80.6 - 0.5) < 12
    flux = np.where(near, found, 0.0)
    x, y = (float((flux * at).sum() / flux.sum()) for at in (columns, rows))
    assert x == pytest.approx(2 * (place[0] + 0.5) - 0.5, abs=0.02)
    assert y == pytest.approx(2 * (place[1] + 0.5) - 0.5, abs=0.02)
    plain = np.mean(
        [
            warp(Image(np.asarray(f, np.float32)), t, interpolation="bilinear").data[0]
            for f, t in zip(frames, transforms, strict=True)
        ],
        axis=0,
    )
    sharp = width_of(found, x, y, 8) / 2
    assert sharp < 0.9 * width_of(plain, *place, 4)


@pytest.mark.parametrize("pattern", ["RGGB", "BGGR", "GRBG", "GBRG"])
def test_a_mosaic_gives_its_colors(pattern: str) -> None:
    levels = {"R": 0.2, "G": 0.5, "B": 0.8}
    data = np.empty((H, W), np.float32)
    for place, letter in enumerate(pattern):
        data[place // 2 :: 2, place % 2 :: 2] = levels[letter]
    transforms = [moved(matrix(0.5, dx, dy)) for dx in (0, 1) for dy in (0, 1)]
    found = drizzle([data] * 4, transforms, cfa=pattern, scale=1, drop=1.0).image
    assert found.channels == 3
    assert found.cfa is None
    for plane, letter in zip(found.data, "RGB", strict=True):
        there = np.isfinite(plane)
        assert there[5:-5, 5:-5].all()
        np.testing.assert_allclose(plane[there], np.float32(levels[letter]), atol=1e-6)


def test_frames_are_made_alike_by_their_scales() -> None:
    data = 0.1 + 0.01 * np.random.default_rng(3).normal(size=(H, W))
    transforms = [moved(np.eye(3))] * 3
    datas = [data, 0.5 * data + 0.2, 2 * data - 0.05]
    for cfa in (None, "RGGB"):
        found = drizzle(
            datas, transforms, cfa=cfa, scale=1, drop=1.0, normalization="additive with scaling"
        ).image.data
        if cfa is None:
            np.testing.assert_allclose(found[0], data, atol=1e-6)
        else:
            there = np.isfinite(found)
            whole = np.broadcast_to(data, found.shape)
            np.testing.assert_allclose(found[there], whole[there], atol=1e-6)


def test_results_do_not_depend_on_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    import nodes.drops

    datas = [noise(H, W, seed=i) for i in range(3)]
    transforms = [moved(matrix(t, 0.3, 0.2)) for t in (0, 100, 181)]
    whole = [
        drizzle(datas, transforms, scale=2, cfa=cfa, normalization="additive with scaling")
        for cfa in (None, "GRBG")
    ]
    monkeypatch.setattr(nodes.drops, "_BAND_BYTES", 16 * 2 * W * 9)
    monkeypatch.setattr(nodes.drops, "_ROWS", 5)
    for cfa, wanted in zip((None, "GRBG"), whole, strict=True):
        found = drizzle(datas, transforms, scale=2, cfa=cfa, normalization="additive with scaling")
        np.testing.assert_array_equal(found.image.data, wanted.image.data)
        np.testing.assert_array_equal(found.weight.data, wanted.weight.data)


def test_header_and_solution_go_along() -> None:
    cards = (
        ("OBJECT", "M 51", ""),
        ("EXPTIME", 60.0, "s"),
        ("HISTORY", "one", ""),
        ("HISTORY", "two", ""),
    )
    wcs = Wcs(
        (
            ("CTYPE1", "RA---TAN", ""), ("CTYPE2", "DEC--TAN", ""), ("CRVAL1", 10.0, ""),
            ("CRVAL2", 20.0, ""), ("CRPIX1", 30.0, ""), ("CRPIX2", 25.0, ""), ("CD1_1", -1e-3, ""),
            ("CD1_2", 0.0, ""), ("CD2_1", 0.0, ""), ("CD2_2", 1e-3, ""),
        )
    )  # fmt: skip
    frame = Image(noise(H, W), Header(cards), white=4095.0)
    box = Canvas(4, -3, 70, 66)
    scales = [frame_scale(frame)] * 2
    transforms = [moved(matrix(0, i, 0), wcs=wcs) for i in range(2)]
    image = integrate([frame] * 2, transforms, scales, box, scale=3).image
    assert (image.width, image.height) == (210, 198)
    assert set(cards) <= set(image.header)
    assert image.header.get("NCOMBINE") == 2
    assert image.header.get("LIVETIME") == 120.0
    assert image.white == 4095.0
    assert image.weight == 2.0
    assert image.wcs is not None
    sky = wcs.astropy().all_pix2world([[20.0, 30.0]], 0)  # a pixel of the reference
    pixel = image.wcs.astropy().all_world2pix(sky, 0)
    np.testing.assert_allclose(pixel, [[3 * 16.5 - 0.5, 3 * 33.5 - 0.5]], atol=1e-6)
    own = frame.replace(wcs=wcs)  # the frame's own solution, without one of the reference
    turned = [moved(matrix(0, 2, 1))] * 2
    image = integrate([own] * 2, turned, scales, box, scale=2).image
    assert image.wcs is not None
    sky = wcs.astropy().all_pix2world([[22.0, 31.0]], 0)
    pixel = image.wcs.astropy().all_world2pix(sky, 0)
    np.testing.assert_allclose(pixel, [[2 * 16.5 - 0.5, 2 * 33.5 - 0.5]], atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 1), (2, 3)])
def test_tiny_frames(shape: tuple[int, int]) -> None:
    data = noise(*shape)
    transform = Transform(np.eye(3), shape[1], shape[0], shape[1], shape[0])
    found = drizzle([data], [transform], scale=2, drop=1.0).image.data[0]
    np.testing.assert_allclose(found, data.repeat(2, axis=0).repeat(2, axis=1), atol=1e-6)


def test_what_cannot_be_used_is_left_out_and_told() -> None:
    good, black = noise(H, W), np.zeros((H, W))
    one = moved(np.eye(3))
    lost = moved(np.eye(3), matched=False, reason="too few stars")
    ctx = Recorder()
    frames = [good, good, black, good]
    found = drizzle(
        frames, [one, lost, one, one], weights=[1, 1, 1, 0], scale=1, drop=1.0,
        normalization="auto", ctx=ctx,
    )  # fmt: skip
    np.testing.assert_allclose(found.image.data[0], good, atol=1e-6)
    notes = [row[3] for row in found.report.rows]
    assert [row[1] for row in found.report.rows] == [1.0, 0.0, 0.0, 0.0]
    assert notes[0] == ""
    assert "too few stars" in notes[1]
    assert "black" in notes[2]
    assert "weight" in notes[3]
    assert any("frame 2" in w for w in ctx.warnings)


def test_few_drops_and_holes_are_told_and_filled() -> None:
    ctx = Recorder()
    data = np.full((H, W), 0.4)
    found = drizzle([data], [moved(np.eye(3))], scale=4, drop=0.4, ctx=ctx)
    assert any("0.01 drops" in warning for warning in ctx.warnings)
    assert any("% of the pixels" in warning for warning in ctx.warnings)
    assert np.isnan(found.image.data).mean() > 0.3
    filled = drizzle([data], [moved(np.eye(3))], scale=4, drop=0.4, holes="interpolate", ctx=ctx)
    np.testing.assert_allclose(filled.image.data[0, 6:-6, 6:-6], 0.4, atol=1e-6)


def test_bad_input_is_refused() -> None:
    data, one = noise(H, W), moved(np.eye(3))
    with pytest.raises(InputError, match="no frames"):
        drizzle([], [])
    with pytest.raises(InputError, match="1 transforms for 2 frames"):
        drizzle([data, data], [one])
    with pytest.raises(InputError, match="transform was found for"):
        drizzle([data[:-1]], [one])
    with pytest.raises(InputError, match="three channels"):
        drizzle([data, noise(3, H, W)], [one, one])
    with pytest.raises(InputError, match="master is 10"):
        drizzle([data], [one], master=Image(noise(10, 10)))
    with pytest.raises(InputError, match="needs local fits"):
        drizzle([data], [one], normalization="local")
    with pytest.raises(InputError, match="not matched"):
        drizzle([data], [moved(np.eye(3), matched=False, reason="no stars")])
    with pytest.raises(InputError, match="weight above 0"):
        drizzle([data], [one], weights=[0.0])
    assert Scale((0.0,), (0.0,), (0.0,), (0.0,)).estimator  # the value that a black frame has


def test_the_disc_and_the_gaussian_have_their_area() -> None:
    """Tables of shares, summed over a grid of pixels at any offset, give one."""
    from nodes.drops import make_drop

    for shape in ("circular", "gaussian"):
        drop = make_drop(shape, 0.9, 2.0)  # type: ignore[arg-type]
        size = len(drop.table) - 1
        at = np.linspace(0, drop.half + 0.5, size + 1)
        for offset in (0.0, 0.21, 0.5):
            places = np.abs(np.arange(-6, 7) + offset)
            share = [[0.0 if max(x, y) > at[-1] else float(
                np.interp(x, at, [np.interp(y, at, row) for row in drop.table]))
                for x in places] for y in places]  # fmt: skip
            assert np.sum(share) == pytest.approx(1.0, abs=8e-3)
