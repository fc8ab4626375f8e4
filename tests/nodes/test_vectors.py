"""Vectors of sixteen numbers, and copying of frames from where they lie."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nodes.kernels.gather import find_addresses, gather
from nodes.kernels.jit import kernel
from nodes.kernels.sorting import network, sort_columns
from nodes.kernels.vectors import WIDTH, choose, count, fill, least, load, most, root, store


@kernel
def _work(a: np.ndarray, b: np.ndarray, out: np.ndarray, counts: np.ndarray) -> None:
    for place in range(0, a.size, WIDTH):
        x, y = load(a, place), load(b, place)
        higher = (x > y) & (x >= fill(np.float32(0))) | (x < y) & (y <= fill(np.float32(-1)))
        counts[place // WIDTH] = count(higher)
        value = choose(higher, x + y * x - y / fill(np.float32(3)), root(most(x, least(y, x))))
        store(out, place, value)


def test_vectors_are_as_numpy() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 8 * WIDTH)).astype(np.float32)
    a[3], b[9] = np.nan, np.nan
    out, counts = np.empty_like(a), np.zeros(8, np.int64)
    _work(a, b, out, counts)
    higher = (a > b) & (a >= 0) | (a < b) & (b <= -1)
    low = np.where(b < a, b, a)
    with np.errstate(invalid="ignore"):
        expected = np.where(higher, a + b * a - b / 3, np.sqrt(np.where(a > low, a, low)))
    np.testing.assert_allclose(out, expected, rtol=1e-6)
    np.testing.assert_array_equal(counts, higher.reshape(8, WIDTH).sum(axis=1))


@pytest.mark.parametrize("lanes", [1, 5, 16, 70])
def test_columns_of_any_number_are_sorted(lanes: int) -> None:
    data = np.random.default_rng(lanes).normal(size=(21, lanes)).astype(np.float32)
    expected = np.sort(data, axis=0)
    sort_columns(data, network(21))
    np.testing.assert_array_equal(data, expected)


def test_frames_are_gathered_from_anywhere(tmp_path: Path) -> None:
    """Planes in memory, every other pixel of a mosaic, upside down, and mapped from a file."""
    rng = np.random.default_rng(2)
    plain = rng.normal(size=(9, 13)).astype(np.float32)
    mosaic = rng.normal(size=(18, 26)).astype(np.float32)
    np.save(tmp_path / "frame.npy", rng.normal(size=(1, 9, 13)).astype(np.float32))
    mapped = np.load(tmp_path / "frame.npy", mmap_mode="r")[0]
    views = [plain, mosaic[1::2, ::2], plain[::-1], mapped]
    raw = np.full((4, 40), -7, np.float32)
    gather(find_addresses(views), 2, 5, 3, 12, raw)
    for row, view in zip(raw, views, strict=True):
        np.testing.assert_array_equal(row[:27], np.asarray(view)[2:5, 3:12].ravel())
        assert (row[27:] == -7).all()
