"""Outliers by the master: cosmic rays that were put in, and the criteria of driz_cr written out."""

from __future__ import annotations

import numpy as np

from nodes.register import Canvas, Transform
from nodes.values import Image
from tests.nodes.test_drizzle import H, W, drizzle, matrix, moved, star


def test_the_master_finds_cosmic_rays_and_spares_stars() -> None:
    random = np.random.default_rng(8)
    height, width = 150, 160
    places = random.uniform(20, 130, (25, 2))
    sky = 0.05 * np.ones((height, width))
    truth = sky + sum(5 * star(x, y, 2.5, height, width) for x, y in places)
    frames, plain, transforms, rays = [], [], [], []
    for index in range(6):
        dx, dy = random.uniform(-2, 2, 2)
        m = np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1.0]])
        data = sky + sum(5 * star(x + dx, y + dy, 2.5, height, width) for x, y in places)
        data = (1 + 0.03 * index) * data + 0.02 * index  # other levels and transparency
        data = data + random.normal(0, 0.004, data.shape)
        ray = np.zeros(data.shape, bool)
        spots = random.integers(10, 140, (30, 2))
        ray[spots[:, 0], spots[:, 1]] = ray[spots[:, 0], spots[:, 1] + 1] = True
        plain.append(data)
        frames.append(data + ray)
        rays.append(ray)
        transforms.append(Transform(m, width, height, width, height))
    more = {"scale": 1, "drop": 1.0, "normalization": "additive with scaling"}
    dirty = drizzle(frames, transforms, **more)
    clean = drizzle(frames, transforms, master=Image(np.asarray(truth, np.float32)), **more)
    wanted = drizzle(plain, transforms, **more).image.data[0]
    inside = np.s_[6:-6, 6:-6]
    assert np.abs(dirty.image.data[0] - wanted)[inside].max() > 0.1
    assert np.abs(clean.image.data[0] - wanted)[inside].max() < 0.02
    lost = [row[2] for row in clean.report.rows]
    for share, ray in zip(lost, rays, strict=True):
        assert 100 * ray.mean() <= share < 100 * ray.mean() + 0.6


def test_a_master_finds_outliers_of_a_turned_mosaic_with_distortion() -> None:
    colors = np.array([0.1, 0.3, 0.2])
    m = matrix(181, 0.6, -0.3)
    shifts = np.zeros((2, 2, 3))
    shifts[0, :, 1] = 0.7
    transform = moved(m, shifts=shifts)
    data = np.empty((H, W))
    for place, letter in enumerate("RGGB"):
        data[place // 2 :: 2, place % 2 :: 2] = colors["RGB".index(letter)]
    data += np.random.default_rng(1).normal(0, 0.001, data.shape)
    data[30, 41] = 0.9
    master = Image(np.broadcast_to(colors[:, None, None], (3, H, W)).astype(np.float32))
    found = drizzle([data] * 2, [transform] * 2, cfa="RGGB", scale=1, drop=1.0, master=master)
    assert np.nanmax(found.image.data) < 0.31
    assert 0 < found.report.rows[0][2] < 1


def test_the_master_is_drawn_back_where_it_belongs() -> None:
    from nodes.blot import place_back

    shifts = np.random.default_rng(2).normal(0, 0.6, (2, 3, 4))
    m = np.array([[1.02, 0.1, -3.0], [-0.12, 0.99, 4.0], [1e-4, -5e-5, 1.0]])
    transform = Transform(m, 128, 64, 150, 90, shifts=shifts, left=-10, top=-5)
    place = place_back(transform, Canvas(7, -3, 100, 100))
    nodes = np.array([[64.0 * i, 64.0 * j] for j in range(2) for i in range(3)])
    w = nodes @ place.matrix[2, :2] + place.matrix[2, 2]
    found = (nodes @ place.matrix[:2, :2].T + place.matrix[:2, 2]) / w[:, None]
    found += place.shifts[:, :2, :3].reshape(2, -1).T
    np.testing.assert_allclose(transform.place(found + np.array([7, -3])), nodes, atol=1e-6)


def test_outliers_and_their_neighbours_are_those_of_both_criteria() -> None:
    """The two rounds of driz_cr, written out."""
    from scipy.ndimage import maximum_filter

    from nodes.kernels.blot import mark_rows

    random = np.random.default_rng(4)
    blot = random.random((3, 30, 40), dtype=np.float32)
    rest = random.normal(0, 1, (30, 40)).astype(np.float32)
    blot[0, 7, 9] = rest[12, 13] = np.nan
    level, noise = (np.full((30, 40), v, np.float32) for v in (0.1, 0.4))
    colors = np.array([0, 1, 1, 2])
    y, x = np.mgrid[:30, :40]
    which = colors[2 * (y % 2) + x % 2]
    padded = np.pad(blot, ((0, 0), (1, 1), (1, 1)), mode="edge")
    slopes = [
        np.abs(padded[:, 1 + j : 31 + j, 1 + i : 41 + i] - blot)
        for j, i in ((0, 1), (0, -1), (1, 0), (-1, 0))
    ]
    steep = np.take_along_axis(np.nan_to_num(slopes).max(axis=0), which[None], 0)[0]
    off = np.nan_to_num(np.abs(rest - level))
    high, low = (off > s * noise + t * steep for s, t in ((3.5, 1.2), (2.0, 0.7)))
    wanted = low & maximum_filter(high, 3)
    assert high.sum() < wanted.sum() < low.sum()
    found = np.zeros((30, 40), np.bool_)
    limits = np.array([3.5, 1.2, 2.0, 0.7], np.float32)
    for first, last in ((0, 11), (11, 30)):
        rows = np.s_[max(first - 1, 0) : min(last + 1, 30)]
        mark_rows(rest, blot, colors, level[rows], noise[rows], limits, first, last, found)
    np.testing.assert_array_equal(found, wanted)


def test_a_frame_of_other_transparency_loses_no_stars() -> None:
    random = np.random.default_rng(8)
    places = random.uniform(10, 50, (12, 2))
    truth = 0.05 + sum(5 * star(x, y, 2.5) for x, y in places)
    frame = 0.4 * truth + random.normal(0, 0.002, truth.shape)
    found = drizzle(
        [frame], [moved(np.eye(3))], scale=1, drop=1.0, master=Image(truth.astype(np.float32))
    )
    assert found.report.rows[0][2] < 0.2
