"""The median kernels against NumPy, exactly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nodes.kernels.median as kernels
from graph.context import Context
from graph.errors import Cancelled
from nodes.kernels.median import median, median_mad

LARGE = 400_000  # well above the size from which images are bracketed

floats = st.floats(width=32, allow_nan=True, allow_infinity=False, allow_subnormal=True)
few_values = st.sampled_from([0.0, -0.0, 0.5, 1.0, -1.0, 1e-45, -1e-45, 3.4e38, math.nan])
arrays = hnp.arrays(np.float32, st.integers(1, 300), elements=st.one_of(floats, few_values))


def expected(data: np.ndarray) -> tuple[float, float, int]:
    """The definition, by NumPy in float64."""
    values = data[np.isfinite(data)].astype(np.float64)
    if not values.size:
        return math.nan, math.nan, 0
    centre = np.median(values)
    return float(centre), float(np.median(np.abs(values - centre))), values.size


def agree(found: tuple[float, ...], wanted: tuple[float, ...]) -> None:
    assert np.array_equal(found, wanted, equal_nan=True), (found, wanted)


@pytest.fixture(params=["as it is", "tiny sample"])
def sampling(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bracketed search also with a sample so small and narrow that it often misses."""
    if request.param == "tiny sample":
        monkeypatch.setattr(kernels, "_SAMPLE", 200)
        monkeypatch.setattr(kernels, "_SIGMAS", 0.01)
        monkeypatch.setattr(kernels, "_FEW", 4)


def large(kind: str, size: int = LARGE) -> np.ndarray:
    """A large array of one kind."""
    rng = np.random.default_rng(5)
    noise = rng.normal(0.1, 0.01, size)
    data = {
        "noise": noise,
        "sixteen bit": np.round(noise * 65535) / 65535,
        "eight levels": np.round(noise * 100) / 100,
        "two halves": np.where(np.arange(size) % 2, 0.25, 0.75),
        "constant": np.full(size, 0.1),
        "almost constant": np.where(np.arange(size) == 7, 0.2, 0.1),
        "just over half": np.where(np.arange(size) < size // 2 + 1, 0.1, noise),
        "half": np.where(np.arange(size) < size // 2, 0.1, 1 + noise),
        "half in the middle": np.where(
            np.arange(size) < size // 2, 0.1, np.arange(size) % 2 + noise
        ),
        "negative": noise - 1,
        "both zeros": np.where(np.arange(size) % 3, -0.0, 0.0),
        "subnormal": np.abs(noise) * 1e-42,
        "wide": np.exp(rng.normal(0, 12, size)),
        "sorted": np.sort(noise),
        "half missing": np.where(rng.random(size) < 0.5, np.nan, noise),
        "nearly all missing": np.where(rng.random(size) < 0.9999, np.nan, noise),
        "all missing": np.full(size, np.nan),
        "infinite": np.where(rng.random(size) < 0.1, np.inf, noise),
        "minus infinite": np.where(rng.random(size) < 0.1, -np.inf, noise),
    }[kind]
    return data.astype(np.float32)


KINDS = [
    *("noise", "sixteen bit", "eight levels", "two halves", "constant", "almost constant"),
    *(
        "just over half",
        "half",
        "half in the middle",
        "negative",
        "both zeros",
        "subnormal",
        "wide",
        "sorted",
    ),
    *("half missing", "nearly all missing", "all missing", "infinite", "minus infinite"),
]


@given(arrays)
def test_small_arrays_equal_numpy(data: np.ndarray) -> None:
    wanted = expected(data)
    agree(median_mad(data), wanted)
    agree((median(data),), wanted[:1])


@settings(max_examples=60, deadline=None)
@given(arrays, st.integers(1, 9))
def test_bracketed_search_equals_numpy_on_any_values(data: np.ndarray, block: int) -> None:
    """The search of large images, forced on small arrays of arbitrary values."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "_SMALL", 0)
        patch.setattr(kernels, "_SAMPLE", 16 * block)
        patch.setattr(kernels, "_SIGMAS", 0.5)
        patch.setattr(kernels, "_FEW", 2)
        agree(median_mad(data), expected(data))


@pytest.mark.usefixtures("sampling")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("odd", [0, 1])
def test_large_arrays_equal_numpy(kind: str, odd: int) -> None:
    data = large(kind, LARGE + odd)
    wanted = expected(data)
    agree(median_mad(data), wanted)
    agree((median(data),), wanted[:1])


@pytest.mark.parametrize("size", [1, 7, LARGE])
@pytest.mark.parametrize(("low", "high"), [(0.095, 0.11), (0.0, 1.0), (0.1, 0.1), (-math.inf, 0.1)])
def test_limits_are_exclusive(size: int, low: float, high: float) -> None:
    data = large("eight levels", size)
    inside = data[(data > low) & (data < high)].astype(np.float64)
    agree((median(data, low, high),), (np.median(inside) if inside.size else math.nan,))


@pytest.mark.parametrize("limit", [0.1, float(np.float32(0.1)), 0.3, float(np.float32(0.3))])
def test_limits_compare_as_numbers_not_as_float32(limit: float) -> None:
    """0.1 is below float32(0.1) and 0.3 below float32(0.3) by less than half a step."""
    near = np.float32(limit)
    data = np.array([np.nextafter(near, np.float32(s)) for s in (-1, 1)] + [near], np.float32)
    for low, high in ((limit, 2.0), (-2.0, limit)):
        inside = [v for v in data.astype(np.float64) if low < v < high]
        assert median(data, low, high) == np.median(inside)


def test_shape_and_order_do_not_matter() -> None:
    data = large("noise", 3 * 400 * 500).reshape(3, 400, 500)
    wanted = expected(data)
    agree(median_mad(data), wanted)
    agree(median_mad(data.transpose(2, 0, 1)), wanted)
    agree(median_mad(data[:, ::2, ::2]), expected(data[:, ::2, ::2]))


def test_heavy_ties_are_counted_not_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    most = 0
    gather = kernels._Look

    def look(*fields: object) -> object:
        nonlocal most
        found = gather(*fields)  # type: ignore[arg-type]
        most = max(most, 0 if found.gathered is None else found.gathered.size)
        return found

    monkeypatch.setattr(kernels, "_Look", look)
    for kind in ("constant", "two halves", "eight levels", "sixteen bit"):
        data = large(kind, 2_000_000)
        agree(median_mad(data), expected(data))
    assert most < 100_000


def test_cancel_stops_the_search() -> None:
    class Stop(Context):
        def check(self) -> None:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        median_mad(large("noise"), Stop())


def test_progress_rises_over_the_given_span() -> None:
    class Watch(Context):
        seen: tuple[float, ...] = ()

        def progress(self, fraction: float, text: str = "") -> None:
            self.seen += (fraction,)

    watch = Watch()
    median_mad(large("noise"), watch, (0.2, 0.6))
    assert list(watch.seen) == sorted(watch.seen)
    assert watch.seen[0] > 0.2
    assert watch.seen[-1] == pytest.approx(0.6)


def test_same_result_every_time() -> None:
    data = large("noise")
    assert median_mad(data) == median_mad(data.copy())
