"""Averages of frames against numpy in float64; what is refused; how much is in memory at once."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph.context import Context
from graph.errors import Cancelled, InputError
from graph.model import Graph
from graph.plan import plan
from graph.run import run
from graph.spec import spec_of
from graph.store import Store
from graph.values import Frames
from nodes import integrate
from nodes.formats import files, fits
from nodes.integrate import average
from nodes.values import Header, Image, Wcs
from ui.packs import load_registry


def stack(count: int, *shape: int, missing: float = 0.0, seed: int = 3) -> np.ndarray:
    """Frames of noise, of which a share is missing."""
    rng = np.random.default_rng(seed)
    data = rng.normal(0.1, 0.02, (count, *shape)).astype(np.float32)
    data[rng.random(data.shape) < missing] = np.nan
    return data


def expected(data: np.ndarray, weights: Any) -> np.ndarray:
    """The weighted mean of what is there, by numpy in float64."""
    values = np.ma.masked_invalid(data.astype(np.float64))
    return np.ma.average(values, axis=0, weights=weights).filled(np.nan).astype(np.float32)


def average_of(data: np.ndarray, weights: Any = None, **options: Any) -> Image:
    weights = np.ones(len(data)) if weights is None else weights
    images = [Image(frame, weight=float(w)) for frame, w in zip(data, weights, strict=True)]
    return average(Frames(images), **options)


@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize(
    ("count", "shape"),
    [(1, (1, 9, 7)), (2, (1, 1, 1)), (5, (3, 40, 61)), (24, (1, 33, 50)), (300, (1, 11, 13))],
)
def test_average_is_that_of_numpy(count: int, shape: tuple[int, ...], missing: float) -> None:
    data = stack(count, *shape, missing=missing)
    weights = np.random.default_rng(1).uniform(0.2, 5, count)
    result = average_of(data, weights)
    assert result.data.dtype == np.float32
    np.testing.assert_allclose(result.data, expected(data, weights), rtol=2e-7, atol=0)
    equal = average_of(data)
    truth = np.ma.masked_invalid(data.astype(np.float64)).mean(axis=0).filled(np.nan)
    np.testing.assert_allclose(equal.data, truth.astype(np.float32), rtol=2e-7, atol=0)
    assert equal.weight == count
    assert result.weight == pytest.approx(weights.sum())


def test_one_frame_comes_back_as_it_was() -> None:
    data = stack(1, 3, 20, 30, missing=0.1)
    np.testing.assert_array_equal(average_of(data).data, data[0])


def test_sums_are_in_double_precision() -> None:
    """300 times 1 + 2⁻²² in float32 would lose the small part."""
    data = np.full((300, 1, 4, 5), np.float32(1 + 2.0**-22))
    data[0] += np.float32(2.0**-20)
    np.testing.assert_array_equal(average_of(data).data, data.mean(axis=0, dtype=np.float64)
                                  .astype(np.float32))  # fmt: skip


def test_missing_pixels_have_no_part_and_stay_missing_where_all_are() -> None:
    data = stack(4, 1, 6, 6)
    data[:, 0, 2, 3] = np.nan
    data[1:, 0, 4, 4] = np.nan
    data[0, 0, 5, 5] = np.inf
    result = average_of(data, [1, 2, 3, 4]).data[0]
    assert np.isnan(result[2, 3])
    assert np.isnan(result).sum() == 1
    assert result[4, 4] == data[0, 0, 4, 4]
    assert result[5, 5] == pytest.approx(np.average(data[1:, 0, 5, 5], weights=[2, 3, 4]))


def test_weight_zero_leaves_a_frame_out() -> None:
    data = stack(4, 1, 8, 9)
    data[[0, 2]] = 1e6
    result = average_of(data, [0, 1, 0, 3])
    np.testing.assert_allclose(result.data, expected(data[[1, 3]], [1, 3]), rtol=2e-7)
    assert result.header.get("NCOMBINE") == 2
    assert result.weight == 4


def test_everything_else_is_that_of_the_first_frame_that_counts() -> None:
    wcs = Wcs((("CRVAL1", 10.0, ""),))
    header = Header((("EXPTIME", 300.0, "s"), ("NCOMBINE", 7, ""), ("FILTER", "Ha", "")))
    rejected = Image(np.ones((5, 6)), header=Header((("EXPTIME", 1.0, ""),)), weight=0)
    first = Image(np.ones((5, 6)), header=header, wcs=wcs, cfa="RGGB", white=4095.0)
    other = Image(np.ones((5, 6)), cfa="RGGB")
    result = average([rejected, first, other])
    assert result.header.cards == (
        ("EXPTIME", 300.0, "s"),
        ("NCOMBINE", 2, "frames averaged"),
        ("FILTER", "Ha", ""),
    )
    assert (result.wcs, result.cfa, result.white) == (wcs, "RGGB", 4095.0)
    assert result.linear


@pytest.mark.parametrize("shape", [(1, 37, 20), (3, 37, 20)])
@pytest.mark.parametrize("rows", [1, 10, 36, 37])
def test_bands_give_the_same(
    shape: tuple[int, ...], rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = stack(6, *shape, missing=0.2)
    whole = average_of(data)
    monkeypatch.setattr(integrate, "_ACCUMULATORS", 16 * 20 * rows)
    np.testing.assert_array_equal(average_of(data).data, whole.data)


@pytest.mark.parametrize("shape", [(1, 37, 20), (3, 37, 20)])
def test_accumulators_are_as_large_as_declared(
    shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the node declares as its need is what it makes, whatever the size of the image."""
    memory = spec_of(average).memory
    assert memory
    made: list[int] = []
    image = Image(stack(1, *shape)[0])
    zeros = np.zeros

    def count_zeros(size: Any, *rest: Any, **options: Any) -> np.ndarray:
        array = zeros(size, *rest, **options)
        made.append(array.nbytes)
        return array

    monkeypatch.setattr(np, "zeros", count_zeros)
    for limit in (1 << 30, 16 * 20 * 10):
        made.clear()
        monkeypatch.setattr(integrate, "_ACCUMULATORS", limit)
        average([image] * 5)
        assert made[0] + made[1] == memory({"frames": image.data.nbytes}, {"frames": 5}, {})


def test_m07_one_frame_at_a_time_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[weakref.ref[np.ndarray]] = []
    most = 0

    def load(seed: int) -> Image:
        nonlocal most
        pixels = stack(1, 1, 30, 40, seed=seed)[0].copy()  # the owner, as long as any view lives
        loaded.append(weakref.ref(pixels))
        most = max(most, sum(pixels() is not None for pixels in loaded))
        return Image(pixels)

    monkeypatch.setattr(integrate, "_ACCUMULATORS", 16 * 40 * 7)
    result = average(Frames(range(50), load))
    assert most == 1
    truth = np.mean([stack(1, 1, 30, 40, seed=s)[0] for s in range(50)], axis=0, dtype=np.float64)
    np.testing.assert_allclose(result.data, truth.astype(np.float32), rtol=2e-7)


class Recorder(Context):
    """Keeps what is reported, and cancels after so many reports."""

    def __init__(self, stop: int = 1 << 30) -> None:
        self.reports: list[tuple[float, str]] = []
        self.stop = stop

    def progress(self, fraction: float, text: str = "") -> None:
        self.reports.append((fraction, text))
        if len(self.reports) == self.stop:
            raise Cancelled


def test_m10_progress_names_the_frame() -> None:
    ctx = Recorder()
    average_of(stack(3, 1, 40, 5), [1, 0, 2], ctx=ctx)
    texts = list(dict.fromkeys(text for _, text in ctx.reports))
    assert texts == ["frame 1 of 2", "frame 2 of 2"]
    fractions = [fraction for fraction, _ in ctx.reports]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1)


def test_c01_stops_between_frames() -> None:
    loaded = []
    data = stack(20, 1, 4, 5)

    def load(index: int) -> Image:
        loaded.append(index)
        return Image(data[index])

    ctx = Recorder(stop=1)
    with pytest.raises(Cancelled):
        average(Frames(range(20), load), ctx=ctx)
    assert len(ctx.reports) == 1
    assert loaded.count(19) == 1  # looked at for weight and shape, never added


def test_frames_that_do_not_fit_are_named() -> None:
    data = stack(3, 1, 8, 9)
    images = [Image(frame) for frame in data]
    with pytest.raises(InputError, match=r"frame 4 is mono 8 × 9 px but frame 1 is mono 9 × 8 px"):
        average([*images, Image(np.ones((9, 8)))])
    with pytest.raises(InputError, match=r"frame 3 is RGB 9 × 8 px but frame 2 is mono 9 × 8 px"):
        average([images[0].replace(weight=0.0), images[1], Image(np.ones((3, 8, 9)))])
    with pytest.raises(InputError, match="frame 2 has the Bayer pattern RGGB but frame 1 none"):
        average([images[0], images[1].replace(cfa="RGGB")])
    other = Image(np.ones((9, 8)), weight=0)
    assert average([*images, other]).data.shape == (1, 8, 9)  # what is left out need not fit


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf])
def test_impossible_weights_are_refused(weight: float) -> None:
    with pytest.raises(InputError, match=r"frame 2 has the weight .*; 0 or more is needed"):
        average_of(stack(3, 1, 4, 4), [1, weight, 1])


def test_nothing_to_average_is_refused() -> None:
    with pytest.raises(InputError, match="none of the 3 frames has a weight above 0"):
        average_of(stack(3, 1, 4, 4), [0, 0, 0])
    with pytest.raises(InputError, match="no frames"):
        average([])


def test_m06_missing_frames_are_skipped_or_fail_as_asked() -> None:
    spec = spec_of(average)
    partial = spec.sockets["frames"].partial
    assert partial
    assert partial.when
    assert partial.when({"missing": "skip"})
    assert not partial.when({"missing": "fail"})
    assert spec.sockets["frames"].requires == "linear"


def test_m06_frames_that_cannot_be_read_are_left_out_in_a_run(tmp_path: Path) -> None:
    data = stack(4, 1, 6, 7)
    for index, frame in enumerate(data):
        fits.write(tmp_path / f"{index}.fits", Image(frame))
    (tmp_path / "1.fits").write_bytes(b"SIMPLE  = no image")
    graph = Graph(load_registry(packs=False))
    graph.add("frames", "io.load_frames", files="*.fits")
    graph.add("average", "integrate.average")
    graph.link("frames", "image", "average", "frames")
    store = Store()
    result = run(plan(graph, store, targets=["average"], folder=tmp_path), store)
    kept = data[[0, 2, 3]]
    np.testing.assert_allclose(result.value("average").data, expected(kept, [1, 1, 1]), rtol=2e-7)
    assert result.value("average").header.get("NCOMBINE") == 3
    assert result.warnings("average")
    graph.set("average", "missing", "fail")
    result = run(plan(graph, store, targets=["average"], folder=tmp_path), store)
    assert result.states == {"frames": "failed", "average": "blocked"}


def test_result_survives_a_file(tmp_path: Path) -> None:
    result = average_of(stack(3, 1, 4, 5))
    fits.write(tmp_path / "a.fits", result)
    again = files.read(tmp_path / "a.fits")
    assert again.header.get("NCOMBINE") == 3
    np.testing.assert_array_equal(again.data, result.data)
