"""Local normalisation: against frames whose sky and transparency are known."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from graph.errors import InputError
from graph.model import Graph
from graph.plan import plan
from graph.run import run
from graph.store import Store
from nodes.drizzle import integrate
from nodes.formats import fits as fits_file
from nodes.local import LocalFit, apply, reference
from nodes.local import fit as fit_node
from nodes.quality import Quality
from nodes.register import Canvas, Transform, warp
from nodes.scale import frame_scale
from nodes.stack import _check, stack
from nodes.stars import detect
from nodes.surfaces import Surfaces
from nodes.values import Header, Image
from tests.nodes.recording import Recorder
from ui.packs import load_registry

H, W = 400, 512
SIGMA = 0.001


def fit(*images: object, **more: object) -> LocalFit:
    """The fit alone."""
    found: LocalFit = fit_node(*images, **more).fit  # type: ignore[arg-type]
    return found


@cache
def field(sky: float = 0.05, seed: int = 1, stars: int = 160) -> np.ndarray:
    """A sky with stars, FWHM 3 px, without noise."""
    random = np.random.default_rng(seed)
    data = np.full((H, W), sky)
    s = 3.0 / 2.3548
    y, x = np.mgrid[:H, :W]
    for u, v, flux in zip(
        random.uniform(12, W - 12, stars),
        random.uniform(12, H - 12, stars),
        10 ** random.uniform(-0.3, 0.7, stars),
        strict=True,
    ):
        i, j = int(u), int(v)
        box = np.s_[max(j - 12, 0) : j + 13, max(i - 12, 0) : i + 13]
        r2 = (x[box] - u) ** 2 + (y[box] - v) ** 2
        data[box] += flux / (2 * np.pi * s * s) * np.exp(-r2 / (2 * s * s))
    return data


def noisy(data: np.ndarray, sigma: float = SIGMA, seed: int = 2) -> Image:
    noise = np.random.default_rng(seed).normal(0, sigma, data.shape)
    return Image((data + noise).astype(np.float32))


def ramp() -> np.ndarray:
    return 0.02 + 0.01 * np.arange(W) / W * np.ones((H, 1))


def sky_of(found: LocalFit, channel: int = 0) -> np.ndarray:
    """What is added to the frame times its factor, everywhere."""
    return Surfaces(found).rows(0, found.height, found.width)[1, channel]


def test_the_sky_and_the_flux_become_those_of_the_reference() -> None:
    wanted = field()
    target = noisy(0.7 * wanted + ramp(), 0.7 * SIGMA)
    other = noisy(wanted, SIGMA / 4, 3)
    found = fit(target, other)
    assert found.method == "stars"
    assert found.pairs[0] >= 50
    assert found.scale[0] == pytest.approx(1 / 0.7, rel=0.005)
    result = apply(target, found)
    rest = result.data[0] - other.data[0]
    assert abs(rest.mean(dtype=np.float64)) < 2e-5
    free = np.abs(wanted - 0.05) < 1e-4
    for part in (np.s_[:, :40], np.s_[:, -40:], np.s_[:40], np.s_[-40:]):
        assert abs(rest[part][free[part]].mean(dtype=np.float64)) < 0.1 * SIGMA
    one, two = detect(result), detect(other)
    place = {(round(x), round(y)): f for x, y, f in zip(two.x, two.y, two.flux, strict=True)}
    ratios = [f / place[at] for x, y, f in zip(one.x, one.y, one.flux, strict=True)
              if (at := (round(x), round(y))) in place]  # fmt: skip
    assert np.median(ratios) == pytest.approx(1, abs=0.005)


def test_the_reference_stays_as_it_is() -> None:
    image = noisy(field())
    found = fit(image, image)
    assert found.scale == (1.0,)
    np.testing.assert_allclose(apply(image, found).data, image.data, atol=1e-6)


def test_a_nebula_of_half_the_scale_keeps_its_height() -> None:
    y, x = np.mgrid[:H, :W]
    spread = (H / 4) / 2 / 2.3548
    nebula = np.exp(-((x - 256) ** 2 + (y - 200) ** 2) / (2 * spread**2))
    wanted = field() + 0.02 * nebula
    frame = noisy(0.8 * wanted + ramp())
    result = apply(frame, fit(frame, noisy(wanted, SIGMA / 4, 3)))
    rest = (result.data[0] - wanted)[np.hypot(x - 256, y - 200) < 15]
    assert abs(rest.mean()) < 0.03 * 0.02


def test_a_trail_bends_nothing() -> None:
    wanted = field()
    frame = noisy(0.9 * wanted + 0.01)
    other = noisy(wanted, SIGMA / 4, 3)
    y, x = np.mgrid[:H, :W]
    trail = 0.05 * np.exp(-((y - 0.6 * x - 40) ** 2) / (2 * 3.0**2)).astype(np.float32)
    plain, crossed = fit(frame, other), fit(frame.replace(data=frame.data + trail), other)
    assert np.abs(sky_of(crossed) - sky_of(plain)).max() < 0.2 * SIGMA
    assert crossed.scale[0] == pytest.approx(plain.scale[0], rel=2e-3)


def test_missing_pixels_stay_missing_and_bend_nothing() -> None:
    wanted = field()
    data = noisy(0.9 * wanted + 0.01).data[0].copy()
    other = noisy(wanted, SIGMA / 4, 3)
    whole = fit(Image(data), other)
    data[:, :50] = np.nan
    data[200:230, 300:330] = np.nan
    found = fit(Image(data), other)
    result = apply(Image(data), found).data[0]
    np.testing.assert_array_equal(np.isnan(result), np.isnan(data))
    assert np.abs(sky_of(found) - sky_of(whole))[:, 50:].max() < 0.3 * SIGMA


def test_beyond_the_reference_the_fit_goes_on() -> None:
    wanted = field()
    frame = noisy(0.8 * wanted + ramp())
    part = noisy(wanted, SIGMA / 4, 3).data[0].copy()
    part[:, 350:] = np.nan
    found = fit(frame, Image(part))
    rest = apply(frame, found).data[0] - wanted
    free = np.abs(wanted - 0.05) < 1e-4
    assert abs(rest[:, 350:][free[:, 350:]].mean()) < 0.01 / 0.8 * 0.5
    assert abs(rest[:, :340][free[:, :340]].mean()) < 0.1 * SIGMA


def test_each_channel_has_its_own_fit() -> None:
    wanted = np.stack([field(seed=1), field(0.08, seed=1), field(0.03, seed=1)])
    factors, skies = (0.7, 0.8, 0.9), (0.01, 0.02, 0.03)
    target = np.stack([f * plane + s for f, plane, s in zip(factors, wanted, skies, strict=True)])
    found = fit(noisy(target), noisy(wanted, SIGMA / 4, 3))
    np.testing.assert_allclose(found.scale, 1 / np.array(factors), rtol=0.005)
    rest = apply(noisy(target), found).data - wanted
    np.testing.assert_allclose(rest.mean(axis=(1, 2), dtype=np.float64), 0, atol=4e-5)


def test_stars_of_the_frame_before_it_was_drawn_serve_as_well() -> None:
    wanted = field()
    frame = noisy(0.75 * wanted + 0.01)
    m = np.array([[0.996, -0.08, 20.0], [0.08, 0.996, -17.0], [0, 0, 1.0]])
    transform = Transform(m, W, H, W, H)
    box = Canvas(10, -5, 480, 390)
    drawn = warp(frame, transform, box)
    other = warp(noisy(wanted, SIGMA / 4, 3), transform, box)
    again = fit(drawn, other, detect(frame), detect(other), transform, box)
    assert again.method == "stars"
    assert again.pairs[0] >= 40
    assert again.scale[0] == pytest.approx(1 / 0.75, rel=0.005)
    # of another scale: a drawn star has the same brightness of its surface
    large = Transform(m * [[2], [2], [1]], 2 * W, 2 * H, W, H)
    stars = detect(Image(frame.data.repeat(2, axis=1).repeat(2, axis=2)))
    place = large.place(np.array([[0.0, 0.0]]))[0] + 0.5  # pixels are halved about their corner
    shifted = Transform(
        np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]]) @ large.matrix, 2 * W, 2 * H, W, H
    )
    np.testing.assert_allclose(shifted.place(np.array([[0.0, 0.0]]))[0], place)
    found = fit(drawn, other, stars, detect(other), shifted, box)
    assert found.scale[0] == pytest.approx(1 / 0.75, rel=0.04)  # fluxes of copied pixels


def test_without_enough_stars_all_structures_tell_the_flux() -> None:
    y, x = np.mgrid[:H, :W]
    random = np.random.default_rng(6)
    blobs = np.zeros((H, W))
    for u, v in random.uniform((20, 20), (W - 20, H - 20), (60, 2)):
        blobs += 0.05 * np.exp(-(((x - u) / 9) ** 2 + ((y - v) / 1.5) ** 2) / 2)
    wanted = 0.05 + blobs
    recorder = Recorder()
    found = fit(noisy(0.7 * wanted + 0.01), noisy(wanted, SIGMA / 4, 3), ctx=recorder)
    assert found.method == "structures"
    assert found.scale[0] == pytest.approx(1 / 0.7, rel=0.02)
    assert "stars" in recorder.warnings[0]
    recorder = Recorder()
    empty = np.full((H, W), 0.05)
    found = fit(noisy(0.7 * empty), noisy(empty, SIGMA, 3), ctx=recorder)
    assert (found.method, found.scale) == ("none", (1.0,))
    assert "taken as 1" in recorder.warnings[0]
    result = apply(noisy(0.7 * empty), found)
    assert result.data.mean() == pytest.approx(0.05, abs=1e-5)


def test_a_sky_about_zero_is_no_missing_data() -> None:
    wanted = field(0.0)
    found = fit(noisy(0.8 * wanted + 0.001), noisy(wanted, SIGMA, 3))
    rest = apply(noisy(0.8 * wanted + 0.001), found).data[0] - wanted
    assert abs(np.median(rest)) < 0.05 * SIGMA


def test_header_and_all_else_go_along() -> None:
    header = Header((("OBJECT", "M 51", ""), ("HISTORY", "one", ""), ("HISTORY", "two", "")))
    image = noisy(field()).replace(header=header, weight=0.7, white=4095.0)
    result = apply(image, fit(image, image))
    assert result.header == header
    assert (result.weight, result.white, result.linear) == (0.7, 4095.0, True)


def test_a_frame_that_shows_something_else_is_left_out() -> None:
    image = noisy(field())
    lost = Image(np.full((H, W), np.nan, np.float32))
    recorder = Recorder()
    found = fit(lost, image, ctx=recorder)
    assert not found.known
    assert "no pixel in common" in recorder.warnings[0]
    assert apply(lost, found).weight == 0
    frames, fits = [image, lost, image], [fit(image, image), found, fit(image, image)]
    done = stack(
        frames, [frame_scale(f) for f in frames], locals=fits, normalization="local",
        rejection_normalization="local", ctx=recorder,
    )  # fmt: skip
    np.testing.assert_allclose(done.image.data, image.data, atol=1e-6)
    assert done.image.header.get("NCOMBINE") == 2


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 5), (40, 33)])
def test_tiny_and_constant_images(shape: tuple[int, int]) -> None:
    image = Image(np.full(shape, 0.25, np.float32))
    other = Image(np.full(shape, 0.5, np.float32))
    np.testing.assert_allclose(apply(image, fit(image, other)).data, 0.5, atol=1e-6)


def frames_and_fits(count: int) -> tuple[list[Image], list[LocalFit], Image]:
    other = noisy(field(), SIGMA / 4, 30)
    frames = [noisy((0.6 + 0.08 * i) * field() + i * ramp(), SIGMA, 10 + i) for i in range(count)]
    return frames, [fit(frame, other) for frame in frames], other


def test_an_integration_applies_fits_on_the_fly() -> None:
    frames, fits, _ = frames_and_fits(6)
    frames[3] = frames[3].replace(data=frames[3].data + np.eye(H, W, 30, dtype=np.float32))
    scales = [frame_scale(frame) for frame in frames]
    applied = [apply(frame, one) for frame, one in zip(frames, fits, strict=True)]
    for more in ({}, {"grow_high": True, "protected_layers": 0}):
        wanted = stack(
            applied, scales, normalization="none", rejection_normalization="none", **more
        )
        found = stack(
            frames, scales, locals=fits, normalization="local", rejection_normalization="local",
            **more,
        )  # fmt: skip
        np.testing.assert_allclose(found.image.data, wanted.image.data, atol=2e-7)
        assert (found.high.data != wanted.high.data).mean() < 1e-4
        assert found.high.data.max() > 0


def test_a_drizzle_applies_fits_on_the_fly() -> None:
    frames, fits, _ = frames_and_fits(3)
    scales = [frame_scale(frame) for frame in frames]
    transforms = [Transform(np.eye(3), W, H, W, H)] * 3
    applied = [apply(frame, one) for frame, one in zip(frames, fits, strict=True)]
    for scale in (1, 2):
        wanted = integrate(applied, transforms, scales, scale=scale, drop=0.9, normalization="none")
        found = integrate(frames, transforms, scales, locals=fits, scale=scale, drop=0.9)
        # the finer grid has its own place on the surfaces
        np.testing.assert_allclose(
            found.image.data, wanted.image.data, atol=1e-7 if scale == 1 else 2e-5
        )


def test_wrong_fits_are_refused() -> None:
    frames, fits, _ = frames_and_fits(3)
    scales = [frame_scale(frame) for frame in frames]
    both = {"normalization": "local", "rejection_normalization": "local"}
    with pytest.raises(InputError, match="needs local fits"):
        stack(frames, scales, **both)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="2 local fits for 3 frames"):
        stack(frames, scales, locals=fits[:2], **both)  # type: ignore[arg-type]
    small = [Image(frame.data[:, :-1]) for frame in frames]
    with pytest.raises(InputError, match="same canvas"):
        stack(small, scales, locals=fits, **both)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="same canvas"):
        apply(small[0], fits[0])
    recorder = Recorder()
    stack(frames, scales, locals=fits, ctx=recorder)
    assert "not used" in recorder.warnings[0]
    one = {"normalization": "local", "rejection": "sigma", "rejection_normalization": "none"}
    problem = _check({"grow_low": False, "grow_high": False, "clip_low": True, **one})
    assert problem is not None
    assert "set both" in problem


def test_bad_input_is_refused() -> None:
    image = noisy(field())
    with pytest.raises(InputError, match="same canvas"):
        fit(image, Image(image.data[:, :-1]))
    with pytest.raises(InputError, match="mosaic"):
        fit(image.replace(cfa="RGGB"), image)
    for size in (20, 300):
        with pytest.raises(InputError, match=f"size is {size} px"):
            fit(image, image, size=size)


def quality(signal: float, accepted: bool = True) -> Quality:
    return Quality(*[1.0] * 8, psf_signal=signal, **dict.fromkeys(
        ("psf_snr", "flux", "mean_flux", "n_star", "m_star"), 1.0), accepted=accepted)  # fmt: skip


def test_the_reference_is_made_of_the_best_frames() -> None:
    data = [np.full((20, 30), 0.1 * (i + 1), np.float32) for i in range(6)]
    noise = np.random.default_rng(1).normal(0, 1e-4, (6, 20, 30)).astype(np.float32)
    frames = [Image(d + n) for d, n in zip(data, noise, strict=True)]
    scales = [frame_scale(frame) for frame in frames]
    signals = [3, 1, 6, 2, 5, 9]
    qualities = [quality(s, accepted=i != 5) for i, s in enumerate(signals)]
    found = reference(frames, scales, qualities, count=3)
    assert found.header.get("NCOMBINE") == 3
    assert found.data.mean() == pytest.approx(0.3, abs=1e-4)  # at the level of the best
    few = [frame.replace(weight=float(i in (0, 1))) for i, frame in enumerate(frames)]
    np.testing.assert_array_equal(reference(few, scales, qualities).data, frames[0].data)
    assert reference(frames, scales).header.get("NCOMBINE") == 6
    recorder = Recorder()
    bad = [quality(float("nan"))] * 6
    assert reference(frames, scales, bad, ctx=recorder).header.get("NCOMBINE") == 6
    assert "PSF signal" in recorder.warnings[0]
    with pytest.raises(InputError, match="weight above 0"):
        reference([frame.replace(weight=0.0) for frame in frames], scales)
    with pytest.raises(InputError, match="no frames"):
        reference([], [])
    with pytest.raises(InputError, match="2 qualities for 6"):
        reference(frames, scales, qualities[:2])


# --- in a graph ----------------------------------------------------------------------------------


def test_a_new_frame_is_fitted_alone_to_a_reference_that_stays(tmp_path: Path) -> None:
    frames = frames_and_fits(4)[0]
    for index, frame in enumerate(frames):
        fits_file.write(tmp_path / f"{index}.fits", Image(frame.data[:, :128, :160]))
    (tmp_path / "3.fits").rename(tmp_path / "later")
    registry = load_registry(packs=False)
    for function in (reference, fit_node, apply, integrate):
        registry.add(function)
    graph = Graph(registry)
    graph.add("frames", "io.load_frames", files="*.fits")
    graph.add("best", "io.load_image", file="0.fits")
    graph.add("fit", "local.fit", flux="none")
    local = dict.fromkeys(("normalization", "rejection_normalization"), "local")
    graph.add("master", "integrate.stack", **local)
    graph.add("reference", "local.reference")
    graph.add("applied", "local.apply")
    graph.link("best", "image", "fit", "reference")
    for node in ("master", "reference"):
        graph.link("frames", "image", node, "frames")
    for node in ("fit", "applied"):
        graph.link("frames", "image", node, "image")
    graph.link("fit", "fit", "master", "locals")
    graph.link("fit", "fit", "applied", "fit")
    store = Store()

    def counts() -> dict[str, int]:
        made = plan(graph, store, targets=["master", "reference", "applied"], folder=tmp_path)
        found = {id: node.to_run for id, node in made.nodes.items()}
        result = run(made, store)
        assert not result.failed
        return found

    assert counts()["fit"] == 3
    (tmp_path / "later").rename(tmp_path / "3.fits")
    again = counts()
    assert (again["fit"], again["applied"], again["master"]) == (1, 1, 1)
    graph.set("master", "rejection", "sigma")
    again = counts()
    assert (again.get("fit", 0), again["master"]) == (0, 1)
