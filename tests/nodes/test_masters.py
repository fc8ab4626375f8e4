"""Master frames: what goes in, what is left out, what is written about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph.errors import InputError
from graph.model import Graph
from graph.plan import plan
from graph.run import run
from graph.store import Store
from nodes.formats import fits
from nodes.masters import master_dark, master_flat
from nodes.scale import frame_scale
from nodes.values import Header, Image
from tests.nodes.recording import Recorder
from ui.packs import load_registry

CARDS = (
    ("EXPTIME", 120.0, ""), ("GAIN", 100, ""), ("OFFSET", 50, ""), ("CCD-TEMP", -10.0, ""),
    ("XBINNING", 1, ""), ("FILTER", "Ha", ""), ("INSTRUME", "ASI2600", ""),
)  # fmt: skip


def darks(count: int, *shape: int, seed: int = 1) -> list[Image]:
    """Darks in whole ADU of 16 bit, with hot pixels in all and a cosmic ray in each."""
    rng = np.random.default_rng(seed)
    level = np.full(shape, 500.0)
    level[..., ::9, ::11] = 4000
    frames = []
    for _ in range(count):
        data = rng.normal(level, 8).round()
        data[..., rng.integers(shape[-2]), rng.integers(shape[-1])] = 60000
        frames.append(Image(data / 65535, header=Header(CARDS)))
    return frames


def flats(levels: Any, *shape: int, cfa: str | None = None, seed: int = 2) -> list[Image]:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[-2], : shape[-1]]
    vignette = 1 - 0.3 * ((x / shape[-1] - 0.5) ** 2 + (y / shape[-2] - 0.5) ** 2)
    return [Image(k * vignette + rng.normal(0, 0.002, shape), cfa=cfa) for k in levels]


def flat_of(frames: list[Image], **options: Any) -> Any:
    return master_flat(frames, [frame_scale(frame) for frame in frames], **options)


@pytest.mark.parametrize("count", [4, 12])
@pytest.mark.parametrize("cfa", [None, "RGGB"])
def test_master_dark_is_the_mean_without_cosmic_rays(count: int, cfa: str | None) -> None:
    frames = [frame.replace(cfa=cfa) for frame in darks(count, 1, 60, 70)]
    made = master_dark(frames)
    data = np.stack([frame.data for frame in frames]).astype(np.float64)
    calm = np.where(data > 0.5, np.nan, data)
    np.testing.assert_allclose(made.image.data, np.nanmean(calm, axis=0), atol=12 / 65535)
    assert made.image.data.max() < 0.1
    assert (made.image.data[0, ::9, ::11] > 0.055).all()  # what is hot in all frames stays
    assert (made.image.data - np.nanmean(calm, axis=0)).mean() == pytest.approx(0, abs=2e-6)
    assert made.image.cfa == cfa
    assert made.report.columns == ("frame", "channel", "low", "high", "note")
    assert sum(row[3] for row in made.report.rows) > 0


def test_header_keeps_what_darks_are_matched_by() -> None:
    for kind, name in (("dark", "Master Dark"), ("bias", "Master Bias"),
                       ("flat dark", "Master Flat Dark")):  # fmt: skip
        header = master_dark(darks(3, 1, 8, 9), kind=kind).image.header  # type: ignore[arg-type]
        assert header.cards[: len(CARDS)] == CARDS
        assert header.get("IMAGETYP") == name
        assert header.get("NCOMBINE") == header.get("STACKCNT") == 3
        assert header.get("LIVETIME") == 360
    header = flat_of(flats([0.4, 0.5, 0.6], 1, 9, 9)).image.header
    assert header.get("IMAGETYP") == "Master Flat"


def test_few_darks() -> None:
    ctx = Recorder()
    two = darks(2, 1, 8, 9)
    made = master_dark(two, ctx=ctx)
    np.testing.assert_allclose(made.image.data, (two[0].data + two[1].data) / 2, rtol=1e-6)
    assert "2 frames: nothing can be rejected" in ctx.warnings[0]
    np.testing.assert_array_equal(master_dark(two[:1]).image.data, two[0].data)
    with pytest.raises(InputError, match="no frames for a master"):
        master_dark([])
    with pytest.raises(InputError, match=r"frame 2 is mono 9 × 7 px but frame 1 is mono 9 × 8 px"):
        master_dark([two[0], Image(np.ones((7, 9)))])


@pytest.mark.parametrize("cfa", [None, "GBRG"])
def test_flats_of_a_brightening_sky(cfa: str | None) -> None:
    """Levels differ by a factor of 2; the master has the shape of all, the level of the first."""
    levels = np.linspace(0.3, 0.6, 20)
    frames = flats(levels, 1, 80, 90, cfa=cfa)
    spoilt = frames[5].data.copy()
    spoilt[0, 40, 40:60] = 0.9  # a star in a sky flat
    frames[5] = frames[5].replace(data=spoilt)
    made = flat_of(frames)
    clean = flats([0.3], 1, 80, 90)[0].data - 0
    y, x = np.mgrid[:80, :90]
    truth = 0.3 * (1 - 0.3 * ((x / 90 - 0.5) ** 2 + (y / 80 - 0.5) ** 2))
    assert np.abs(made.image.data[0] - truth).max() < 0.003
    assert (made.image.data[0] - truth).std() < 0.4 * (clean - truth).std()
    assert made.report.columns == ("frame", "channel", "level", "low", "high", "note")


def test_colours_of_a_mosaic_are_normalised_on_their_own() -> None:
    """The lamp turns redder: each colour plane keeps the level that it has in the first flat."""
    frames = []
    for turn, frame in enumerate(flats([0.3] * 7, 1, 60, 60, cfa="RGGB")):
        data = frame.data.copy()
        data[:, ::2, ::2] *= 1 + 0.1 * turn
        frames.append(frame.replace(data=data))
    made = flat_of(frames).image.data
    first = frames[0].data
    for top, left in ((0, 0), (0, 1), (1, 1)):
        ratio = np.median(made[:, top::2, left::2]) / np.median(first[:, top::2, left::2])
        assert ratio == pytest.approx(1, abs=2e-3)


def test_useless_flats_are_left_out_by_name() -> None:
    good = flats([0.4, 0.45, 0.5, 0.42], 1, 40, 50)
    dark = flats([0.008], 1, 40, 50)[0]
    bright = Image(0.1 * good[0].data + np.float32(0.92))
    saturated = Image(np.ones((40, 50)))
    dead = good[0].data.copy()
    dead[0, :2, :3] = 0
    frames = [dark, good[0], bright, good[1], saturated, good[2], Image(dead), good[3]]
    ctx = Recorder()
    made = flat_of(frames, ctx=ctx)
    np.testing.assert_array_equal(made.image.data, flat_of(good).image.data)
    named = [warning.split(" is")[0] for warning in ctx.warnings]
    assert named == ["frame 1", "frame 3", "frame 5", "frame 7"]
    for part, warning in zip(("too dark", "saturated", "saturated", "0.3 % of its pixels are 0"),
                             ctx.warnings, strict=True):  # fmt: skip
        assert part in warning
    assert [row[0] for row in made.report.rows] == list(range(1, 9))
    assert "too dark" in made.report.rows[0][-1]
    with pytest.raises(InputError, match="none of the 2 flats is usable"):
        flat_of([dark, saturated])


def test_masters_in_a_graph(tmp_path: Path) -> None:
    for index, frame in enumerate(flats([0.3, 0.4, 0.5, 0.45], 1, 20, 24)):
        fits.write(tmp_path / f"{index}.fits", frame)
    (tmp_path / "9.fits").write_bytes(b"broken")
    registry = load_registry(packs=False)
    for function in (frame_scale, master_dark, master_flat):
        registry.add(function)
    graph = Graph(registry)
    graph.add("frames", "io.load_frames", files="*.fits")
    for name in ("flat", "dark"):
        graph.add(name, f"masters.{name}")
        graph.link("frames", "image", name, "frames")
    store = Store()
    result = run(plan(graph, store, targets=["flat", "dark"], folder=tmp_path), store)
    assert result.value("flat", "image").header.get("NCOMBINE") == 4
    assert result.value("dark", "image").data.shape == (1, 20, 24)
