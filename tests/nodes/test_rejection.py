"""Rejection against the published iterations, written out plainly in float64."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import linprog

from nodes.kernels.fit_line import SLOPE, START, fit_lines
from nodes.kernels.lanes import LANES, NUMBERS, SIGMA
from nodes.kernels.rejection import find_sn
from nodes.kernels.sorting import network, sort_columns
from nodes.rejection import Rejection, choose_method
from nodes.stacking import Stacked, stack_frames
from nodes.values import Image

GOLDEN = np.array(
    [.100, .101, .099, .102, .098, .1005, .0995, .1015, .0985, .1002, .0998, .1010, .0990, .1008,
     .0992, .1003, .0997, .1006, .140, .080]
)  # fmt: skip


def reject(data: np.ndarray, method: Any, *limits: float, **options: Any) -> Stacked:
    """The stack of samples ``(frames, pixels)``, each frame taken as it is."""
    frames = [Image(row.reshape(1, 1, -1)) for row in data.astype(np.float32)]
    scaling = np.array([np.ones(len(data)), np.zeros(len(data))] * 2)
    weights = options.pop("weights", np.ones(len(data)))
    combine = options.pop("combine", "mean")
    rejection = Rejection(method, *limits, **options)
    return stack_frames(frames, range(len(data)), weights, [scaling], rejection, combine)


# --- the methods, for one pixel, sorted; they give the numbers rejected low and high --------------


def clip(x: np.ndarray, low: Any, high: Any, limits: Callable[..., Any]) -> tuple[int, int]:
    first, last = 0, len(x)
    while last - first >= 3:
        centre, sigma = limits(x[first:last], first == 0 and last == len(x))
        if not sigma > 0:
            break
        below = int(((centre - x[first:last]) / sigma > low).sum())
        above = int(((x[first:last] - centre) / sigma > high).sum())
        first, last = first + below, last - above
        if not below + above:
            break
    return first, len(x) - last


def sigma(x: np.ndarray, low: float, high: float) -> tuple[int, int]:
    return clip(x, low, high, lambda v, _: (np.median(v), v.std(ddof=1)))


def winsorized(x: np.ndarray, low: float, high: float) -> tuple[int, int]:
    def settle(v: np.ndarray, begins: bool) -> tuple[float, float]:
        v, cutoff = v.copy(), 5.0 if begins else 0.0
        n = len(v)
        distances = np.sort(np.abs(v[:, None] - v), axis=1)[:, n // 2]
        centre, spread = np.median(v), 1.1926 * np.sort(distances)[(n + 1) // 2 - 1]
        for turn in itertools.count(1):
            low, high = centre - 1.5 * spread, centre + 1.5 * spread
            far = np.zeros(n, bool)
            if cutoff:
                far = (v <= centre - cutoff * spread) | (v >= centre + cutoff * spread)
            v = np.where(far, centre, v.clip(low, high))
            before, spread, centre = spread, 1.134 * v.std(ddof=1), v.mean()
            if spread == 0 or (turn >= 2 and abs(spread - before) / before < 5e-4):
                return centre, spread
        raise AssertionError

    return clip(x, low, high, settle)


def averaged(x: np.ndarray, low: float, high: float) -> tuple[int, int]:
    m = np.median(x)
    if m <= 0:
        return 0, 0
    q = np.sqrt(((x - m) ** 2 / m).sum() / (len(x) - 1))
    return clip(x, low, high, lambda v, _: (np.median(v), q * np.sqrt(np.median(v))))


def ccd(x: np.ndarray, low: float, high: float) -> tuple[int, int]:
    def limits(v: np.ndarray, _: bool) -> tuple[float, float]:
        level = 65535 * np.median(v)
        return np.median(v), np.sqrt((8 / 1.5) ** 2 + level / 1.5 + (0.01 * level) ** 2) / 65535

    return clip(x, low, high, limits)


def percentile(x: np.ndarray, low: float, high: float) -> tuple[int, int]:
    m = np.median(x)
    return int(((m - x) / m > low).sum()), int(((x - m) / m > high).sum())


def fit_exactly(x: np.ndarray) -> float:
    """Twice the mean residual of the best line, by linear programming."""
    n = len(x)
    j, one = np.arange(n)[:, None], np.ones((n, 1))
    sides = np.block([[-one, -j, -np.eye(n)], [one, j, -np.eye(n)]])
    bounds = [(None, None)] * 2 + [(0, None)] * n
    found = linprog(np.r_[0, 0, np.ones(n)], sides, np.r_[-x, x], bounds=bounds)
    return 2 * found.fun / n, found.x[0], found.x[1]


def linear(x: np.ndarray, low: float, high: float) -> tuple[int, int]:
    first, last = 0, len(x)
    while last - first >= 5:
        v = x[first:last]
        spread, start, slope = fit_exactly(v)
        off = v - (start + slope * np.arange(len(v)))
        if spread <= 1e-12:
            break
        below, above = np.flatnonzero(-off / spread >= low), np.flatnonzero(off / spread >= high)
        lost = int(below[-1]) + 1 if below.size else 0, len(v) - int(above[0]) if above.size else 0
        first, last = first + lost[0], last - lost[1]
        if not sum(lost):
            break
    return first, len(x) - last


def esd(x: np.ndarray) -> tuple[int, int]:
    v, gone, keep = x.copy(), [], 0
    n = len(x)
    for i in range(1, int(0.3 * n) + 1):
        off = np.abs(v - v.mean())
        place = int(off.argmax())
        r = off[place] / v.std(ddof=1)
        gone.append(v[place])
        v = np.delete(v, place)
        t = stats.t.ppf(1 - 0.05 / (2 * (n - i + 1)), n - i - 1)
        if r > (n - i) * t / np.sqrt((n - i - 1 + t * t) * (n - i + 1)):
            keep = i
    m = np.median(x)
    return sum(g < m for g in gone[:keep]), sum(g > m for g in gone[:keep])


METHODS: dict[Any, tuple[Any, tuple[float, ...], dict[str, float]]] = {
    "percentile": (percentile, (0.02, 0.01), {}),
    "sigma": (sigma, (2.5, 2), {}),
    "winsorized": (winsorized, (4, 3), {}),
    "averaged sigma": (averaged, (3, 2), {}),
    "linear fit": (linear, (4, 2.5), {}),
    "ccd noise": (ccd, (2, 1.5), {"gain": 1.5, "readout_noise": 8.0, "scale_noise": 0.01}),
    "esd": (esd, (), {}),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [3, 5, 10, 21])
@pytest.mark.parametrize("holes", [False, True])
def test_methods_are_the_published_ones(method: Any, count: int, holes: bool) -> None:
    plain, limits, options = METHODS[method]
    rng = np.random.default_rng(count)
    data = rng.normal(0.1, 0.001, (count, 150))
    hit = rng.random(data.shape) < 0.1
    data[hit] += rng.normal(0, 0.02, hit.sum())
    if holes:
        data[rng.random(data.shape) < 0.15] = np.nan
    data = data.astype(np.float32)
    done = reject(data, method, *limits, **options)
    wrong = 0
    for pixel in range(data.shape[1]):
        x = np.sort(data[np.isfinite(data[:, pixel]), pixel]).astype(np.float64)
        low, high = plain(x, *limits) if len(x) >= 3 else (0, 0)
        found = [int(kept[0, 0, pixel]) for kept in done.maps]
        assert found[2] == len(x)
        wrong += found[:2] != [low, high]
        if found[:2] == [low, high] and len(x):
            mean = x[low : len(x) - high].mean()
            assert done.data[0, 0, pixel] == pytest.approx(mean, rel=1e-7)
    assert wrong <= 1  # a sample that lies on a limit


@pytest.mark.parametrize(
    ("method", "limits"),
    [
        ("percentile", (0.2, 0.1)),
        ("sigma", (4, 3)),
        ("winsorized", (4, 3)),
        ("linear fit", (5, 3.5)),
        ("esd", ()),
    ],
)
def test_golden_stack(method: Any, limits: tuple[float, ...]) -> None:
    done = reject(GOLDEN[:, None], method, *limits)
    np.testing.assert_array_equal(done.rejected[0].nonzero(), [[0, 1], [19, 18]])
    assert done.data.item() == pytest.approx(0.1000333333, rel=1e-7)


def test_golden_stack_of_averaged_sigma() -> None:
    done = reject(GOLDEN[:, None], "averaged sigma", 4, 3)
    np.testing.assert_array_equal(done.rejected[0].nonzero(), [[1], [18]])
    assert done.data.item() == pytest.approx(0.0989789474, rel=1e-7)


def test_critical_values_of_esd() -> None:
    """Rosner's own table for 25 and 54 samples."""
    table = Rejection("esd").critical(54)
    np.testing.assert_allclose(table[25, 1:4], [2.8216812, 2.8015512, 2.7802768], atol=1e-6)
    assert table[54, 1] == pytest.approx(3.1587939, abs=1e-6)
    assert table[25, 0] == 7


BASELINE = {
    "sigma": ((4, 3), (0, 0.07, 0.12)),
    "winsorized": ((4, 3), (1.1, 0.5, 0.2)),
    "averaged sigma": ((4, 3), (0, 0.02, 0.09)),
    "linear fit": ((5, 3.5), (0.07, 0.4, 0.9)),
    "esd": ((), (1.2, 0.9, 0.1)),
}


@pytest.mark.parametrize("method", BASELINE)
def test_false_rejections_in_pure_noise(method: Any) -> None:
    limits, percents = BASELINE[method]
    for count, percent in zip((10, 20, 50), percents, strict=True):
        data = np.random.default_rng(count).normal(0.1, 0.001, (count, 3000))
        done = reject(data, method, *limits)
        assert 100 * done.rejected.sum() / data.size == pytest.approx(percent, abs=0.5)


@pytest.mark.parametrize("method", [*METHODS, "min/max", "none"])
def test_order_of_frames_is_of_no_matter(method: Any) -> None:
    _, limits, options = METHODS.get(method, (None, (2.0, 1.0), {}))
    rng = np.random.default_rng(7)
    data = rng.normal(0.1, 0.001, (11, 200)).round(4)  # many are equal
    data[rng.random(data.shape) < 0.05] = np.nan
    weights = rng.uniform(0.5, 2, 11)
    order = rng.permutation(11)
    one = reject(data, method, *limits, weights=weights, **options)
    two = reject(data[order], method, *limits, weights=weights[order], **options)
    np.testing.assert_allclose(one.data, two.data, rtol=1e-7)
    np.testing.assert_allclose(one.rejected[:, :, order], two.rejected, atol=1e-5)
    for a, b in zip(one.maps, two.maps, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("method", ["sigma", "winsorized", "linear fit", "esd", "min/max"])
def test_a_constant_changes_no_decision(method: Any) -> None:
    _, limits, _ = METHODS.get(method, (None, (2.0, 1.0), {}))
    data = np.random.default_rng(8).normal(0, 1, (20, 300)).round(3) / 64
    one, two = reject(data, method, *limits), reject(data + 0.5, method, *limits)
    same = [(a == b).all(axis=(0, 1)) for a, b in zip(one.maps, two.maps, strict=True)]
    assert np.mean(same) > 0.99


@pytest.mark.parametrize("method", [*METHODS, "min/max", "none"])
def test_samples_are_kept_or_counted(method: Any) -> None:
    _, limits, options = METHODS.get(method, (None, (2.0, 1.0), {}))
    rng = np.random.default_rng(9)
    data = rng.normal(0.1, 0.01, (9, 100))
    data[rng.random(data.shape) < 0.3] = np.nan
    done = reject(data, method, *limits, **options)
    low, high, present = (kept.sum() for kept in done.maps)
    assert present == np.isfinite(data).sum()
    assert (low, high) == pytest.approx(tuple(done.rejected[0].sum(axis=1)))
    if method == "min/max":
        there = np.isfinite(data).sum(axis=0)
        np.testing.assert_array_equal(done.maps[0][0, 0], np.where(there > 3, 2, 0))


def test_sides_can_be_spared() -> None:
    for method in [*METHODS, "min/max"]:
        _, limits, options = METHODS.get(method, (None, (2.0, 1.0), {}))
        data = np.random.default_rng(10).normal(0.1, 0.001, (20, 50))
        data[3, :], data[4, :] = 0.19, 0.02
        for side in (0, 1):
            spared = {("clip_low", "clip_high")[side]: False}
            done = reject(data, method, *limits, **options, **spared)
            assert not done.maps[side].any(), method
            assert done.maps[1 - side].all() or method == "averaged sigma", method


def test_equal_samples_share_the_loss() -> None:
    """Of three frames that are equal min/max takes one, so each loses a third."""
    done = reject(np.array([[1.0], [1], [1], [5], [9]]), "min/max", 1, 1)
    assert done.data.item() == pytest.approx((1 + 1 + 5) / 3)
    np.testing.assert_allclose(done.rejected[0, 0], [1 / 3, 1 / 3, 1 / 3, 0, 0], atol=1e-6)
    constant = reject(np.full((5, 3), 0.25), "min/max", 1, 1)
    assert (constant.data == 0.25).all()


def test_a_trail_is_gone() -> None:
    """One trail of 50 sigmas in each of 20 frames leaves less than 0.2 sigma in the mean."""
    data = np.random.default_rng(11).normal(0.1, 0.001, (20, 2000))
    clean = data.mean(axis=0)
    for frame in range(20):
        data[frame, frame * 100 : frame * 100 + 60] += 0.05
    for method in ("sigma", "winsorized", "linear fit", "esd"):
        _, limits, _ = METHODS[method]
        left = reject(data, method, *limits).data[0, 0] - clean
        assert np.abs(left).mean() < 0.2 * 0.001, method


@pytest.mark.parametrize("count", [*range(1, 13)])
def test_networks_sort_everything(count: int) -> None:
    """A network that sorts all columns of 0 and 1 sorts all columns (Knuth)."""
    columns = np.array(list(itertools.product((0, 1), repeat=count)), np.float32).T.copy()
    expected = np.sort(columns, axis=0)
    sort_columns(columns, network(count + 3))  # one for more does as well
    np.testing.assert_array_equal(columns, expected)


@pytest.mark.parametrize("count", [20, 64, 201])
def test_large_networks_sort_noise(count: int) -> None:
    data = np.random.default_rng(count).normal(size=(count, 50)).astype(np.float32)
    expected = np.sort(data, axis=0)
    sort_columns(data, network(count))
    np.testing.assert_array_equal(data, expected)


@pytest.mark.parametrize("count", [3, 4, 9, 20, 33])
def test_sn_is_that_of_its_definition(count: int) -> None:
    x = np.sort(np.random.default_rng(count).standard_t(2, (count, LANES)), axis=0)
    x = x.astype(np.float32)
    rows = np.zeros(NUMBERS, np.float32)
    find_sn(x, network(count), np.empty_like(x), rows)
    distances = np.sort(np.abs(x[:, None] - x), axis=1)[:, count // 2]
    expected = np.sort(distances, axis=0)[(count + 1) // 2 - 1]
    np.testing.assert_allclose(rows[SIGMA : SIGMA + LANES], expected, rtol=1e-6)


@pytest.mark.parametrize("start", [-1, 3, 99])
@pytest.mark.parametrize("count", [5, 6, 9, 20, 37])
def test_lines_have_the_least_absolute_deviation(count: int, start: float) -> None:
    x = np.sort(np.random.default_rng(count).standard_t(2, (count, LANES)), axis=0)
    x = x.astype(np.float32)
    rows = np.zeros(NUMBERS, np.float32)
    fit_lines(x, network(count), np.empty_like(x), np.full(LANES, start, np.float32), rows)
    for lane in range(0, LANES, 4):
        spread, _, _ = fit_exactly(x[:, lane].astype(np.float64))
        assert rows[SIGMA + lane] == pytest.approx(spread, rel=1e-4)
        off = x[:, lane] - (rows[START + lane] + rows[SLOPE + lane] * np.arange(count))
        assert 2 * np.abs(off).mean() == pytest.approx(spread, rel=1e-4)


def test_auto_choice() -> None:
    chosen = [choose_method(count) for count in (2, 3, 5, 6, 15, 16)]
    assert chosen == ["none", "percentile", "percentile", "winsorized", "winsorized", "linear fit"]
    assert choose_method(40, calibration=True) == "winsorized"
    assert choose_method(5, calibration=True) == "percentile"
