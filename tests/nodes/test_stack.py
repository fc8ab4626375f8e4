"""Integration: normalisation, weights, bands, header, bad frames, what runs again in a graph."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph.errors import Cancelled, InputError
from graph.model import Graph
from graph.plan import plan
from graph.registry import Registry
from graph.run import run
from graph.spec import spec_of
from graph.store import Store
from graph.values import Frames
from nodes import stacking
from nodes.formats import fits
from nodes.scale import Scale, frame_scale
from nodes.stack import Integration, stack
from nodes.values import Header, Image, Wcs
from tests.nodes.recording import Recorder
from ui.packs import load_registry


def sky(*shape: int, seed: int = 1) -> np.ndarray:
    """A plane with stars, without noise."""
    rng = np.random.default_rng(seed)
    data = np.full(shape, 0.1) + rng.normal(0, 0.003, shape)
    data[..., ::7, ::5] += rng.uniform(0, 0.3, data[..., ::7, ::5].shape)
    return data


def noisy(count: int, *shape: int, sigma: Any = 0.001, seed: int = 3) -> list[Image]:
    rng = np.random.default_rng(seed)
    sigmas = np.broadcast_to(sigma, count)
    return [Image(0.1 + rng.normal(0, s, shape)) for s in sigmas]


def integrate(frames: list[Image], **options: Any) -> Integration:
    return stack(Frames(frames), [frame_scale(frame) for frame in frames], **options)


PAIRS = [(1.0, 0.0), (0.8, 0.02), (1.3, -0.03), (2.0, 0.01)]


@pytest.mark.parametrize("cfa", [None, "RGGB"])
@pytest.mark.parametrize("rejection", ["none", "min/max", "winsorized"])
def test_scaling_makes_frames_alike(cfa: str | None, rejection: Any) -> None:
    """Frames a·I + b are all as the first after additive normalisation with scaling."""
    truth = sky(1, 60, 80)
    frames = [Image(a * truth + b, cfa=cfa) for a, b in PAIRS]
    for combine in ("mean", "minimum", "maximum", "median"):
        made = integrate(frames, rejection=rejection, combine=combine).image
        np.testing.assert_allclose(made.data, frames[0].data, atol=1e-6)
    loose = integrate(frames, rejection="none", normalization="none").image
    assert np.abs(loose.data - frames[0].data).max() > 0.01


def test_each_normalization_is_its_formula() -> None:
    frames = [Image(a * sky(3, 40, 50) + b) for a, b in PAIRS]
    scales = [frame_scale(frame) for frame in frames]
    m, s = (
        np.array([getattr(x, f) for x in scales])[:, :, None, None] for f in ("location", "scale")
    )
    v = np.stack([frame.data.astype(np.float64) for frame in frames])
    r = s[0] / s
    for name, value in {
        "none": v,
        "additive": v - m + m[0],
        "multiplicative": v * m[0] / m,
        "additive with scaling": (v - m) * r + m[0],
        "multiplicative with scaling": v / m * r * m[0],
    }.items():
        options: Any = {"normalization": name, "rejection": "none"}
        for combine, function in (("mean", np.mean), ("median", np.median), ("maximum", np.max)):
            made = stack(frames, scales, combine=combine, **options).image
            np.testing.assert_allclose(made.data, function(value, axis=0), rtol=3e-6)


def test_rejection_and_result_may_be_normalised_differently() -> None:
    """Found by the normalised samples, combined of others: levels differ, outliers are found."""
    rng = np.random.default_rng(5)
    base = rng.normal(0.1, 0.001, (20, 1, 30, 40))
    level = np.linspace(0, 0.2, 20)[:, None, None, None]
    base[4, 0, 7, 9] += 0.05
    frames = [Image(frame) for frame in base + level]
    for combine, function in (("mean", np.mean), ("median", np.median), ("minimum", np.min)):
        made = integrate(frames, normalization="none", rejection="sigma", sigma_high=4.1,
                         sigma_low=4.1, combine=combine)  # fmt: skip
        data = (base + level).astype(np.float32).astype(np.float64)
        np.testing.assert_array_equal(np.argwhere(made.high.data > 0), [[0, 7, 9]])
        data[4, 0, 7, 9] = np.nan
        expected = data[:, 0, 7, 9][np.isfinite(data[:, 0, 7, 9])]
        assert made.image.data[0, 7, 9] == pytest.approx(function(expected), rel=1e-6)
        np.testing.assert_allclose(
            made.image.data[0, 0], function(data[:, 0, 0], axis=0), rtol=1e-6
        )


def test_noise_of_mean_and_median() -> None:
    frames = noisy(100, 1, 100, 100)
    for combine, factor in (("mean", 1.0), ("median", 1.2533)):
        made = integrate(frames, combine=combine, rejection="none", normalization="none")
        tolerance = 0.02 if combine == "mean" else 0.03
        assert made.image.data.std() == pytest.approx(factor * 0.001 / 10, rel=tolerance)


def test_weights_reach_the_ideal_noise() -> None:
    sigma = np.linspace(0.5, 3, 25) * 1e-3
    frames = noisy(25, 1, 150, 150, sigma=sigma)
    made = integrate(frames, weights=list(sigma**-2), normalization="none", rejection="none")
    assert made.image.data.std() == pytest.approx((sigma**-2).sum() ** -0.5, rel=0.02)
    assert made.image.weight == pytest.approx((sigma**-2).sum())
    own = [f.replace(weight=s**-2) for f, s in zip(frames, sigma, strict=True)]
    again = integrate(own, normalization="none", rejection="none")
    np.testing.assert_array_equal(again.image.data, made.image.data)


@pytest.mark.parametrize("rejection", ["none", "winsorized", "esd"])
def test_weighted_mean_of_the_survivors(rejection: Any) -> None:
    rng = np.random.default_rng(2)
    frames = noisy(12, 3, 20, 33)
    hit = [Image(np.where(rng.random(f.data.shape) < 0.01, 0.9, f.data)) for f in frames]
    weights = rng.uniform(0.2, 3, 12)
    made = integrate(hit, weights=list(weights), normalization="none", rejection=rejection,
                     rejection_normalization="none")  # fmt: skip
    v = np.sort(np.stack([f.data for f in hit]), axis=0)
    n, low, high = 12, made.low.data * 12, made.high.data * 12
    place = np.arange(n)[:, None, None, None]
    keep = (place >= low.round()) & (place < n - high.round())
    least = np.where(keep, v, np.inf).min(axis=0)
    most = np.where(keep, v, -np.inf).max(axis=0)
    raw = np.stack([f.data for f in hit]).astype(np.float64)
    inside = (raw >= least) & (raw <= most)
    w = weights[:, None, None, None] * inside
    np.testing.assert_allclose(made.image.data, (w * raw).sum(0) / w.sum(0), rtol=2e-7)
    if rejection != "none":
        assert made.image.data.max() < 0.2
        total = sum(row[5] + row[6] for row in made.report.rows) / 100 * 20 * 33
        assert total == pytest.approx(12 * (made.low.data + made.high.data).sum(), rel=1e-4)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 7), (3, 40, 61), (1, 37, 130)])
@pytest.mark.parametrize("cfa", [None, "GRBG"])
def test_bands_and_chunks_give_the_same(
    shape: tuple[int, ...], cfa: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if cfa and shape[0] == 3:
        return
    rng = np.random.default_rng(4)
    frames = []
    for image in noisy(9, *shape):
        data = np.where(rng.random(shape) < 0.1, np.nan, image.data)
        frames.append(Image(data, cfa=cfa))
    scales = [Scale((0.1,) * 4, (0.001,) * 4, (0.0,) * 4, (0.0,) * 4)] * 9
    planes = len(frame_scale(frames[0]).location)
    scales = [Scale(*([row[:planes] for row in (s.location, s.scale, s.black, s.saturated)]))
              for s in scales]  # fmt: skip
    whole = stack(frames, scales, rejection="winsorized")
    for bytes_, chunk, least, opened in (
        (4 * 9 * 61 * 3, 64, 10, 64),
        (1, 1, 1, 3),
        (1 << 20, 700, 70, 3),
    ):
        monkeypatch.setattr(stacking, "_BAND_BYTES", bytes_)
        monkeypatch.setattr(stacking, "_CHUNK", chunk)
        monkeypatch.setattr(stacking, "_LEAST", least)
        monkeypatch.setattr(stacking, "_OPEN", opened)
        again = stack(frames, scales, rejection="winsorized")
        for one, two in zip(whole[:4], again[:4], strict=True):
            np.testing.assert_array_equal(one.data, two.data)
        for row, other in zip(whole.report.rows, again.report.rows, strict=True):
            assert row == other


def test_missing_pixels_have_no_part() -> None:
    frames = noisy(6, 1, 8, 9)
    data = np.stack([frame.data for frame in frames])
    data[:, 0, 2, 3] = np.nan
    data[1:, 0, 4, 4] = np.nan
    data[0, 0, 5, 5], data[1, 0, 5, 5] = np.inf, -np.inf
    images = [Image(frame) for frame in data]
    for rejection in ("none", "winsorized", "linear fit", "min/max", "percentile"):
        made = integrate(images, rejection=rejection, normalization="none",
                         rejection_normalization="none")  # fmt: skip
        assert np.isnan(made.image.data).sum() == 1
        assert np.isnan(made.image.data[0, 2, 3])
        assert made.image.data[0, 4, 4] == data[0, 0, 4, 4]
        assert made.coverage.data[0, 2, 3] == 0
        assert made.coverage.data[0, 4, 4] == 1
        assert made.coverage.data[0, 5, 5] == 4
        assert made.coverage.data.max() == 6


def test_ranges_leave_samples_out() -> None:
    frames = noisy(4, 1, 6, 6)
    data = np.stack([frame.data for frame in frames])
    data[1, 0, 2, 2], data[2, 0, 3, 3] = 0, 0.99
    images = [Image(frame) for frame in data]
    options: Any = {"rejection": "none", "normalization": "none"}
    made = integrate(images, range_low=0, range_high=0.98, **options)
    assert made.image.data[0, 2, 2] == pytest.approx(data[[0, 2, 3], 0, 2, 2].mean(), rel=1e-6)
    assert made.image.data[0, 3, 3] == pytest.approx(data[[0, 1, 3], 0, 3, 3].mean(), rel=1e-6)
    assert integrate(images, **options).image.data[0, 3, 3] > 0.3


def test_parameters_that_contradict_one_another() -> None:
    spec = spec_of(stack)
    assert spec.check
    usual = {name: parameter.default for name, parameter in spec.params.items()}
    assert spec.check(usual) is None
    for change, message in (
        ({"range_low": 0.5, "range_high": 0.5}, "not below"),
        ({"clip_low": False, "clip_high": False}, "nothing is rejected"),
        ({"grow_high": True, "combine": "median"}, "need the mean"),
    ):
        assert message in str(spec.check(usual | change))


def test_header_of_the_result() -> None:
    def cards(day: int, **more: Any) -> Header:
        facts = {"EXPTIME": 300.0, "FILTER": "Ha", "DATE-OBS": f"2026-01-0{day}T22:00:00.5"} | more
        return Header(tuple((key, value, "") for key, value in facts.items()))

    wcs = Wcs((("CRVAL1", 10.0, ""),))
    plane = sky(1, 20, 22)
    frames = [
        Image(plane, header=cards(9), weight=0),
        Image(plane, header=cards(3), wcs=wcs, cfa="RGGB", white=4095.0),
        Image(plane, header=cards(2, EXPTIME=100), cfa="RGGB"),
        Image(plane, header=cards(5, EXPTIME="200"), cfa="RGGB", weight=2),
    ]
    made = integrate(frames)
    header = made.image.header
    assert header.cards[:3] == cards(3).cards
    assert (header.get("NCOMBINE"), header.get("STACKCNT"), header.get("LIVETIME")) == (3, 3, 600)
    from astropy.time import Time

    assert header.get("EXPSTART") == pytest.approx(Time("2026-01-02T22:00:00.5").jd, abs=1e-8)
    end = Time("2026-01-05T22:00:00.5").jd + 200 / 86400
    assert header.get("EXPEND") == pytest.approx(end, abs=1e-8)
    for image in made[:4]:
        assert (image.wcs, image.cfa, image.white, image.weight) == (wcs, "RGGB", 4095.0, 4)
    bare = integrate([Image(plane), *frames[1:2]][:1] * 3)
    assert bare.image.header.get("LIVETIME") is None
    assert bare.image.header.get("STACKCNT") == 3


def test_frames_of_weight_zero_are_never_read() -> None:
    frames = noisy(4, 1, 9, 9)
    read = []

    def load(index: int) -> Image:
        read.append(index)
        return frames[index]

    scales = [frame_scale(frame) for frame in frames]
    made = stack(Frames(range(4), load), scales, weights=[1, 0, 1, 2])
    assert 1 not in read
    assert made.report.rows[1][2] == 0
    assert "weight is 0" in made.report.rows[1][-1]
    other = stack([*frames, Image(np.ones((5, 5)), weight=0)], [*scales, scales[0]])
    assert other.image.data.shape == (1, 9, 9)


def test_frames_that_cannot_be_normalised_are_left_out_by_name() -> None:
    good = noisy(5, 1, 30, 30)
    black, constant = Image(np.zeros((30, 30))), Image(np.full((30, 30), 0.2))
    ctx = Recorder()
    made = integrate([black, *good[:2], constant, *good[2:]], ctx=ctx)
    truth = integrate(good)
    np.testing.assert_array_equal(made.image.data, truth.image.data)
    assert "frame 1 is left out: it is black" in ctx.warnings[0]
    assert "frame 4 is left out: it is constant" in ctx.warnings[1]
    assert "constant" in made.report.rows[3][-1]
    negative = Image(good[0].data - np.float32(0.2))
    made = integrate([*good, negative], normalization="multiplicative", ctx=ctx)
    assert "multiplicative needs one above 0" in ctx.warnings[-1]
    with pytest.raises(
        InputError, match=r"none of the 2 frames can be normalised \(frame 1: it is"
    ):
        integrate([black, black])
    raw = integrate([black, black, black], normalization="none", rejection="none")
    assert not raw.image.data.any()


def test_few_frames() -> None:
    frames = noisy(2, 1, 12, 12)
    ctx = Recorder()
    made = integrate(frames, normalization="none", ctx=ctx)
    assert "2 frames: nothing can be rejected" in ctx.warnings[0]
    np.testing.assert_allclose(made.image.data, (frames[0].data + frames[1].data) / 2, rtol=1e-6)
    one = integrate(frames[:1], rejection="winsorized", ctx=ctx)
    assert "1 frame: nothing can be rejected" in ctx.warnings[1]
    np.testing.assert_array_equal(one.image.data, frames[0].data)
    with pytest.raises(InputError, match="there are no frames"):
        integrate([])
    with pytest.raises(InputError, match="none of the 2 frames has a weight above 0"):
        integrate(frames, weights=[0, 0])
    ctx = Recorder()
    integrate(noisy(3, 1, 5, 5), rejection="winsorized", ctx=ctx)
    assert "winsorized rejection is meant for 8 or more frames, not 3" in ctx.warnings[0]


def test_frames_that_do_not_fit_are_all_named() -> None:
    frames = noisy(4, 1, 8, 9)
    with pytest.raises(
        InputError, match=r"frames 2, 5 are mono 8 × 9 px but frame 1 is mono 9 × 8"
    ):
        integrate([frames[0], Image(np.ones((9, 8))), *frames[1:3], Image(np.ones((9, 8)))])
    with pytest.raises(InputError, match="frame 2 has the Bayer pattern RGGB but frame 1 none"):
        integrate([frames[0], frames[1].replace(cfa="RGGB")])
    for weight in (-1.0, np.nan, np.inf):
        with pytest.raises(InputError, match=r"frame 2 has the weight .*; 0 or more is needed"):
            integrate(frames, weights=[1, weight, 1, 1])
    scales = [frame_scale(frame) for frame in frames]
    with pytest.raises(InputError, match="there are 3 weights for 4 frames"):
        stack(frames, scales, [1, 1, 1])
    with pytest.raises(InputError, match="there are 3 scales for 4 frames"):
        stack(frames, scales[:3])
    with pytest.raises(InputError, match="has 1 channels but the frame 4"):
        stack([frame.replace(cfa="RGGB") for frame in frames], scales)
    with pytest.raises(InputError, match="min/max would reject 5 of 4 samples"):
        stack(frames, scales, rejection="min/max", lowest=3, highest=2)


def test_table_of_the_frames() -> None:
    frames = [Image(frame.data * np.ones((3, 1, 1))) for frame in noisy(8, 1, 50, 50)]
    spoilt = frames[2].data.copy()
    spoilt[1, :5] = 0.9
    frames[2] = Image(spoilt, weight=0.5)
    report = integrate(frames, rejection="winsorized").report
    assert report.columns[:3] == ("frame", "channel", "weight")
    assert [row[0] for row in report.rows[:4]] == [1, 1, 1, 2]
    row = report.rows[2 * 3 + 1]
    assert row[:3] == (3, "green channel", 0.5)
    assert row[6] == pytest.approx(10, abs=1)
    assert row[3] == frame_scale(frames[2]).location[1]


class Stopper(Recorder):
    def progress(self, fraction: float, text: str = "") -> None:
        raise Cancelled


def test_cancel() -> None:
    with pytest.raises(Cancelled):
        integrate(noisy(3, 1, 40, 40), ctx=Stopper())


def test_memory_does_not_grow_with_the_number_of_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacking, "_BAND_BYTES", 1 << 21)
    monkeypatch.setattr(stacking, "_CHUNK", 1 << 14)
    monkeypatch.setattr(stacking, "_LEAST", 64)
    base = np.random.default_rng(1).normal(0.1, 0.001, (1, 100, 200)).astype(np.float32)
    scale = Scale((0.1,), (0.001,), (0.0,), (0.0,))

    def load(seed: int) -> Image:
        return Image(np.roll(base, seed))

    peaks = []
    for count in (80, 160):
        stack(Frames(range(count), load), [scale] * count, rejection="sigma")  # networks are kept
        tracemalloc.start()
        stack(Frames(range(count), load), [scale] * count, rejection="sigma")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]
    assert peaks[1] < 160 * 100 * 200 * 4 / 2


# --- in a graph ----------------------------------------------------------------------------------


def registry() -> Registry:
    found = load_registry(packs=False)
    for function in (frame_scale, stack):
        found.add(function)
    return found


def test_one_frame_more_is_measured_alone(tmp_path: Path) -> None:
    for index, frame in enumerate(noisy(5, 1, 20, 24)):
        fits.write(tmp_path / f"{index}.fits", frame)
    (tmp_path / "4.fits").rename(tmp_path / "later")
    graph = Graph(registry())
    graph.add("frames", "io.load_frames", files="*.fits")
    graph.add("master", "integrate.stack", rejection="winsorized")
    graph.link("frames", "image", "master", "frames")
    store = Store()

    def states() -> dict[str, int]:
        made = plan(graph, store, targets=["master"], folder=tmp_path)
        counts = {id: node.to_run for id, node in made.nodes.items()}
        result = run(made, store)
        assert result.states["master"] == "executed"
        return counts

    assert states()["master:scales"] == 4
    (tmp_path / "later").rename(tmp_path / "4.fits")
    assert states() == {"frames": 1, "master:scales": 1, "master": 1}
    graph.set("master", "rejection", "sigma")
    assert states() == {"frames": 0, "master:scales": 0, "master": 1}


def test_frames_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    frames = noisy(6, 1, 20, 24)
    for index, frame in enumerate(frames):
        fits.write(tmp_path / f"{index}.fits", frame)
    (tmp_path / "2.fits").write_bytes(b"SIMPLE  = no image")
    graph = Graph(registry())
    graph.add("frames", "io.load_frames", files="*.fits")
    graph.add("master", "integrate.stack")
    graph.link("frames", "image", "master", "frames")
    store = Store()
    result = run(plan(graph, store, targets=["master"], folder=tmp_path), store)
    truth = integrate([*frames[:2], *frames[3:]])
    np.testing.assert_array_equal(result.value("master", "image").data, truth.image.data)
    graph.set("master", "missing", "fail")
    result = run(plan(graph, store, targets=["master"], folder=tmp_path), store)
    assert result.states["master"] == "blocked"
