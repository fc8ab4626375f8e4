"""Calibration against frames that were put together from known parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graph.errors import InputError
from graph.model import Graph
from graph.plan import plan
from graph.run import run
from graph.store import Store
from nodes.calibrate import FlatLevel, flat_level, frame
from nodes.values import Header, Image, Wcs
from tests.nodes.recording import Recorder
from ui.packs import load_registry

SHAPE = (60, 80)
CARDS = {"GAIN": 100, "OFFSET": 50, "XBINNING": 1, "YBINNING": 1, "CCD-TEMP": -10.0}


def header(**changes: Any) -> Header:
    """Cards of a frame of 60 s."""
    cards = {**CARDS, "EXPTIME": 60.0, "OBJECT": "M31"} | changes
    return Header(tuple((k.replace("_", "-"), v, "") for k, v in cards.items()))


def noise(seed: int, low: float, high: float, shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    return np.random.default_rng(seed).uniform(low, high, shape)


def vignetting(shape: tuple[int, int] = SHAPE) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]]
    r = np.hypot(y / shape[0] - 0.5, x / shape[1] - 0.5)
    return 0.5 * (1 - 0.5 * r**2) * noise(9, 0.98, 1.02, shape)


SCENE, BIAS, DARK, FLAT = noise(1, 0, 0.5), noise(2, 0.01, 0.02), noise(3, 0, 0.05), vignetting()
RESPONSE = FLAT / flat_level(Image(FLAT)).means[0]


def trimmed(values: np.ndarray) -> float:
    """Mean without 5 % at each end, by sorting."""
    ordered = np.sort(values[np.isfinite(values)].ravel())
    cut = round(0.05 * ordered.size)
    return float(ordered[cut : ordered.size - cut].mean())


def test_the_three_cases_recover_the_scene() -> None:
    flat, bias = Image(FLAT), Image(BIAS, header=header(EXPTIME=0.0))
    matched = Image(DARK + BIAS, header=header())
    raw = Image(SCENE * RESPONSE + DARK + BIAS, header=header())
    for out in (
        frame(raw, None, matched, flat),
        frame(raw, bias, matched, flat),  # the dark holds the bias, which is not used
        frame(raw, bias, Image(DARK, header=header()), flat, dark_has_bias=False),
    ):
        np.testing.assert_allclose(out.data[0], SCENE, rtol=0, atol=1e-6)
    half = Image(DARK / 2 + BIAS, header=header(EXPTIME=30.0))
    out = frame(raw, bias, half, flat, dark_scaling="exposure")
    np.testing.assert_allclose(out.data[0], SCENE, rtol=0, atol=1e-6)
    assert out.header.get("DARKSCAL") == 2
    no_dark = Image(SCENE * RESPONSE + BIAS, header=header())
    np.testing.assert_allclose(frame(no_dark, bias, None, flat).data[0], SCENE, atol=1e-6)
    np.testing.assert_allclose(frame(no_dark, bias).data[0], SCENE * RESPONSE, atol=1e-7)
    np.testing.assert_array_equal(frame(no_dark).data, no_dark.data)


def test_the_level_of_a_flat_is_its_trimmed_mean() -> None:
    flat = vignetting((301, 404)).astype(np.float32)
    flat[5, 7], flat[0, :50] = 0.99, np.nan
    level = flat_level(Image(flat))
    assert level.means == pytest.approx((trimmed(flat),), rel=1e-6)
    places = [trimmed(flat[y::2, x::2]) for y in (0, 1) for x in (0, 1)]
    assert level.positions == pytest.approx(places, rel=1e-6)
    assert flat_level() == FlatLevel()
    assert flat_level(Image(np.full((3, 4, 5), 0.3))).means == pytest.approx((0.3,) * 3)
    assert flat_level(Image(np.full((1, 1), 0.3))).positions == ()


@pytest.mark.parametrize("pattern", ["RGGB", "GBRG"])
def test_colours_of_the_flat_light_do_not_tint_the_frame(pattern: str) -> None:
    """A flat of red light: each colour keeps its level, and the greens one in common."""
    color = {"R": 1.6, "G": 0.8, "B": 0.5}
    panel = np.tile(np.array([color[c] for c in pattern]).reshape(2, 2), (30, 40))
    uneven = np.where(np.arange(80) % 2 == 0, 1.0, 1.02) * np.ones(SHAPE)  # of the pixels
    flat = Image(0.4 * panel * uneven, cfa=pattern)
    sky = Image(0.1 * uneven, cfa=pattern)
    out = frame(sky, None, None, flat).data[0]
    greens = [out[y::2, x::2] for y in (0, 1) for x in (0, 1) if pattern[2 * y + x] == "G"]
    np.testing.assert_allclose(greens[0], greens[1].mean(), rtol=1e-6)
    assert greens[0].mean() == pytest.approx(0.101, rel=1e-6)
    for place in range(4):
        part = out[place // 2 :: 2, place % 2 :: 2]
        assert part.mean() == pytest.approx(0.1 if place % 2 == 0 else 0.102, rel=0.011)
    together = frame(sky, None, None, flat, flat_colors="together").data[0]
    red = pattern.index("R")
    ratio = together[red // 2 :: 2, red % 2 :: 2].mean() / together.mean()
    assert ratio < 0.7


@pytest.mark.parametrize("mosaic", [False, True])
@pytest.mark.parametrize("truth", [0.6, 1.7])
def test_the_scale_of_a_dark_is_found(truth: float, mosaic: bool) -> None:
    rng = np.random.default_rng(4)
    shape = (512, 600)
    dark = 0.001 + 2e-4 * rng.random(shape)
    hot = rng.random(shape) < 0.01
    dark[hot] += rng.exponential(0.02, hot.sum())
    bias = 0.01 + 1e-3 * rng.random(shape)
    sky = 0.03 + 1e-3 * rng.normal(size=shape)
    if mosaic:  # whose colours are no noise
        sky[::2, ::2] += 0.05
        sky[1::2, 1::2] += 0.1
    raw = Image(sky + bias + truth * dark, header=header(), cfa="RGGB" if mosaic else None)
    master = Image(dark + bias, header=header(EXPTIME=300.0))
    recorder = Recorder()
    out = frame(raw, Image(bias), master, dark_scaling="optimize", window=0, ctx=recorder)
    assert out.header.get("DARKSCAL") == pytest.approx(truth, abs=0.005)
    np.testing.assert_allclose(out.data[0], sky, atol=1e-3)
    assert recorder.warnings == []


def test_without_structure_the_dark_is_scaled_by_time() -> None:
    rng = np.random.default_rng(4)
    shape = (200, 200)
    dark = Image(0.01 + 1e-4 * rng.normal(size=shape), header=header(EXPTIME=120.0))
    raw = Image(0.05 + 1e-3 * rng.normal(size=shape), header=header())
    recorder = Recorder()
    out = frame(raw, Image(np.zeros(shape)), dark, dark_scaling="optimize", ctx=recorder)
    assert out.header.get("DARKSCAL") == 0.5
    assert "no dark structure was found" in recorder.warnings[0]


def test_pedestals() -> None:
    rng = np.random.default_rng(5)
    raw = Image(0.01 + 1e-3 * rng.normal(size=(200, 250)), header=header(), white=65535.0)
    dark = Image(np.full((200, 250), 0.009), header=header())
    plain = frame(raw, None, dark)
    assert plain.data.min() < 0
    assert plain.header.get("PEDESTAL") is None
    fixed = frame(raw, None, dark, pedestal=100.0)
    np.testing.assert_allclose(fixed.data, plain.data + 100 / 65535, atol=1e-8)
    assert fixed.header.get("PEDESTAL") == 100
    auto = frame(raw, None, dark, pedestal_mode="auto")
    added = auto.header.get("PEDESTAL") / 65535
    ordered = np.sort(plain.data.ravel())
    assert added == pytest.approx(-ordered[5], rel=1e-5)  # 0.01 % of 50,000
    np.testing.assert_allclose(auto.data, plain.data + added, atol=1e-7)
    assert np.count_nonzero(auto.data < 0) == 5
    assert frame(raw, None, dark, pedestal_mode="auto", clip=True).data.min() == 0
    bright = frame(raw, pedestal_mode="auto")
    assert bright.header.get("PEDESTAL") is None
    np.testing.assert_array_equal(bright.data, raw.data)


def test_a_pedestal_that_the_frames_carry_is_taken_off_once() -> None:
    kept = 100 / 65535
    raw = Image(SCENE * RESPONSE + kept, header=header(PEDESTAL=-100), white=65535.0)
    flat = Image(FLAT)
    only_flat = frame(raw, None, None, flat)
    np.testing.assert_allclose(only_flat.data[0], SCENE, atol=1e-6)
    assert only_flat.header.get("PEDESTAL") == 0
    for cards, level in ((header(), kept), (header(PEDESTAL=100), kept), (header(PEDESTAL=0), 0)):
        dark = Image(np.full(SHAPE, level), header=cards)
        np.testing.assert_allclose(frame(raw, None, dark, flat).data[0], SCENE, atol=1e-6)


def test_values_outside_of_the_range_stay_unless_clipped() -> None:
    raw = Image(np.array([[0.1, 0.5, 0.9, np.nan, 0.2]]))
    dark = Image(np.array([[0.2, 0.2, 0.2, 0.2, np.nan]]))
    flat = Image(np.array([[0.5, 0.5, 0.1, 0.5, 0.5]]))
    out = frame(raw, None, dark, flat)
    level = flat_level(flat).means[0]
    np.testing.assert_allclose(
        out.data[0, 0], [-0.1 * level / 0.5, 0.3 * level / 0.5, 0.7 * level / 0.1, np.nan, np.nan],
        rtol=1e-5,
    )  # fmt: skip
    clipped = frame(raw, None, dark, flat, clip=True)
    np.testing.assert_array_equal(clipped.data[0, 0, [0, 2]], [0, 1])
    assert np.isnan(clipped.data[0, 0, 3:]).all()


def test_pixels_that_the_flat_does_not_know_are_missing() -> None:
    flat = vignetting()
    flat[3, 4], flat[5, 6] = 0, -0.1
    out = frame(Image(np.ones(SHAPE)), None, None, Image(flat)).data[0]
    assert set(zip(*np.nonzero(np.isnan(out)), strict=True)) == {(3, 4), (5, 6)}


def test_a_mono_master_serves_all_channels() -> None:
    raw = np.stack([SCENE, 2 * SCENE, 3 * SCENE]) * RESPONSE + BIAS
    out = frame(Image(raw), Image(BIAS), None, Image(FLAT))
    np.testing.assert_allclose(out.data, np.stack([SCENE, 2 * SCENE, 3 * SCENE]), atol=2e-6)
    color = Image(np.stack([FLAT, 0.5 * FLAT, FLAT]))
    out = frame(Image(raw), Image(BIAS), None, color)
    np.testing.assert_allclose(out.data[1], 2 * SCENE, atol=2e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 1), (2, 2), (129, 63)])
def test_small_and_odd_sizes(shape: tuple[int, int]) -> None:
    raw, bias, flat = noise(1, 0.3, 1, shape), noise(2, 0, 0.1, shape), noise(3, 0.4, 0.6, shape)
    level = flat_level(Image(flat)).means[0]
    out = frame(Image(raw), Image(bias), None, Image(flat))
    np.testing.assert_allclose(out.data[0], (raw - bias) / flat * level, rtol=1e-5)


def test_everything_else_travels_on() -> None:
    raw = Image(
        SCENE, header=header(), wcs=Wcs((("CRPIX1", 3.0, ""),)), cfa="BGGR", weight=0.7, white=4095
    )
    out = frame(raw, Image(BIAS), None, Image(FLAT))
    for name in ("header", "wcs", "cfa", "weight", "white", "linear"):
        assert getattr(out, name) == getattr(raw, name)


@pytest.mark.parametrize(
    ("role", "changes", "sentence"),
    [
        ("dark", {"GAIN": 200}, r"the dark has the gain \(GAIN\) 200 but the image 100"),
        ("bias", {"OFFSET": 10}, r"the bias has the offset \(OFFSET\) 10 but the image 50"),
        ("flat", {"XBINNING": 2}, r"the flat has the binning \(XBINNING\) 2 but the image 1"),
        ("dark", {"YBINNING": 2}, r"the dark has the vertical binning \(YBINNING\) 2"),
    ],
)
def test_masters_of_other_settings_are_refused(
    role: str, changes: dict[str, Any], sentence: str
) -> None:
    masters: dict[str, Any] = {role: Image(FLAT, header=header(**changes))}
    with pytest.raises(InputError, match=sentence):
        frame(Image(SCENE, header=header()), **masters)
    recorder = Recorder()
    frame(Image(SCENE, header=header()), **masters, strict=False, ctx=recorder)
    assert any("but the image" in warning for warning in recorder.warnings)


@pytest.mark.parametrize(
    ("role", "changes", "sentence"),
    [
        ("dark", {"EXPTIME": 66.0}, "the dark was exposed for 66 s but the image for 60 s"),
        ("dark", {"CCD-TEMP": -5.0}, "the dark was taken at -5 °C but the image at -10 °C"),
        ("flat", {"FILTER": "R"}, "the flat is of filter R but the image of L"),
        ("bias", {"INSTRUME": "Other"}, "the bias is of camera Other but the image of Cam"),
        ("flat", {"GAIN": 0, "OFFSET": 0, "CCD-TEMP": 10.0, "EXPTIME": 1.0}, None),
        ("dark", {"EXPTIME": 64.0, "CCD-TEMP": -8.5, "FILTER": "R"}, None),
        ("bias", {"EXPTIME": 0.001}, None),
        ("flat", {"IMAGETYP": "Master Dark"}, "what is connected as flat says that it is a dark"),
        ("dark", {"IMAGETYP": "DARKFLAT"}, None),
    ],
)
def test_doubtful_masters_are_told(
    role: str, changes: dict[str, Any], sentence: str | None
) -> None:
    mine = {"FILTER": "L", "INSTRUME": "Cam"}
    level = 0.0 if role != "flat" else 0.5
    masters: dict[str, Any] = {role: Image(np.full(SHAPE, level), header=header(**mine | changes))}
    recorder = Recorder()
    frame(Image(SCENE, header=header(**mine)), **masters, ctx=recorder)
    assert recorder.warnings == ([sentence + w[len(sentence) :] for w in recorder.warnings]
                                 if sentence else [])  # fmt: skip
    assert len(recorder.warnings) == (sentence is not None)


def test_a_flat_dark_must_be_as_long_as_the_flat() -> None:
    flat = Image(FLAT, header=header(IMAGETYP="FLAT", EXPTIME=3.0))
    recorder = Recorder()
    frame(flat, None, Image(0 * DARK, header=header(EXPTIME=2.0)), ctx=recorder)
    assert "the dark was exposed for 2 s but the image for 3 s" in recorder.warnings[0]


def test_what_cannot_be_calibrated_is_refused() -> None:
    raw = Image(SCENE, header=header())
    with pytest.raises(InputError, match=r"the dark is 70 × 60 px but the image is 80 × 60 px"):
        frame(raw, None, Image(np.zeros((60, 70))))
    with pytest.raises(InputError, match="the flat has the Bayer pattern BGGR but the image RGGB"):
        frame(raw.replace(cfa="RGGB"), None, None, Image(FLAT, cfa="BGGR"))
    with pytest.raises(InputError, match="a scaled dark needs the bias"):
        frame(raw, None, Image(DARK), dark_scaling="optimize")
    with pytest.raises(InputError, match="a dark without bias needs the bias"):
        frame(raw, None, Image(DARK), dark_has_bias=False)
    with pytest.raises(InputError, match="EXPTIME or EXPOSURE is absent in the dark"):
        frame(raw, Image(BIAS), Image(DARK), dark_scaling="exposure")
    with pytest.raises(InputError, match=r"white is 4095 in the dark but 65535 in the image"):
        frame(raw.replace(white=65535.0), None, Image(DARK, white=4095.0))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (np.full(SHAPE, 0.005), "mean of 0.005, so it is hardly exposed"),
        (np.full(SHAPE, 0.99), "mean of 0.99, so it is saturated"),
        (np.full(SHAPE, np.nan), "has no valid pixel"),
        (np.where(noise(1, 0, 1) < 0.01, 0.0, 0.4), "of the flat is 0 or less"),
        (np.stack([FLAT, 1.98 * FLAT + 0.1, FLAT]), "the green channel has a mean of"),
    ],
)
def test_poor_flats_are_refused(data: np.ndarray, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        frame(Image(SCENE), None, None, Image(data))


def test_many_negative_pixels_are_told() -> None:
    raw = Image(np.full(SHAPE, 0.1) + noise(1, 0, 1e-3))
    for share, clip, warns in ((0.25, False, 1), (0.15, False, 0), (0.02, True, 1)):
        dark = Image(np.where(noise(2, 0, 1) < share, 0.2, 0.0))
        recorder = Recorder()
        frame(raw, None, dark, clip=clip, ctx=recorder)
        assert len(recorder.warnings) == warns


def test_the_flat_is_measured_once_for_all_frames(tmp_path: Any) -> None:
    from nodes.formats import fits

    for index in range(3):
        fits.write(tmp_path / f"l{index}.fits", Image((1 + index) * 0.1 * RESPONSE))
    fits.write(tmp_path / "flat.fits", Image(FLAT))
    graph = Graph(load_registry(packs=False))
    graph.add("lights", "io.load_frames", files="l*.fits")
    graph.add("flat", "io.load_image", file="flat.fits")
    graph.add("calibrate", "calibrate.frame")
    graph.link("lights", "image", "calibrate", "image")
    graph.link("flat", "image", "calibrate", "flat")
    store = Store()
    planned = plan(graph, store, targets=["calibrate"], folder=tmp_path)
    assert planned.nodes["calibrate:level"].items == 1
    assert planned.nodes["calibrate"].items == 3
    frames = run(planned, store).value("calibrate")
    for index in range(3):
        np.testing.assert_allclose(frames[index].data, (1 + index) * 0.1, rtol=1e-5)
