"""Nights with bad files: they go on without them, say so, and fail only where nothing is left."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from tests.command_line import Command
from tests.night import HEIGHT, WIDTH, Sky, make_light, make_night, read_rows, write


def rewrite(path: Path, change: Callable[[Any], Any] = lambda data: data, **cards: Any) -> None:
    """The same file with other pixels or cards."""
    with fits.open(path) as hdus:
        data, header = change(hdus[0].data.copy()), hdus[0].header.copy()
    header.update({key.replace("_", "-"): value for key, value in cards.items()})
    if data.dtype.kind == "f":
        for keyword in ("BZERO", "BSCALE"):
            header.remove(keyword, ignore_missing=True)
    fits.writeto(path, data, header, overwrite=True)


def without_stars(folder: Path, *numbers: int) -> None:
    sky = Sky()
    for number in numbers:
        path = folder / "lights" / f"L_{number}.fits"
        path.unlink()
        write(path, 3000 * sky.flat + sky.hot, "LIGHT", 60.0, FILTER="L",
              **{"DATE-OBS": f"2026-03-14T2{number}:00:00"})  # fmt: skip


def mixed_sizes(folder: Path) -> None:
    rewrite(folder / "lights" / "L_3.fits", lambda data: data[:150, :200].copy())


def mixed_patterns(folder: Path) -> None:
    rewrite(folder / "lights" / "L_3.fits", BAYERPAT="GBRG")


def no_flats(folder: Path) -> None:
    shutil.rmtree(folder / "flats")


def no_darks(folder: Path) -> None:
    shutil.rmtree(folder / "darks")


def only_lights(folder: Path) -> None:
    for name in ("flats", "darks", "biases"):
        shutil.rmtree(folder / name)


def one_light(folder: Path) -> None:
    for number in (1, 2, 3):
        (folder / "lights" / f"L_{number}.fits").unlink()


def darks_of_another_gain(folder: Path) -> None:
    for path in (folder / "darks").iterdir():
        rewrite(path, GAIN=5)


def saturated_flats(folder: Path) -> None:
    for number, path in enumerate(sorted((folder / "flats").iterdir())):
        rewrite(path, lambda data, n=number: np.maximum(data, 65500 + n))


def black_frames(folder: Path) -> None:
    rewrite(folder / "lights" / "L_3.fits", np.zeros_like)
    for path in (folder / "biases").iterdir():
        rewrite(path, np.zeros_like)


def truncated_files(folder: Path) -> None:
    for path, size in (("lights/L_3.fits", 60000), ("flats/L0.fits", 0), ("darks/d0.fits", 100)):
        content = (folder / path).read_bytes()
        (folder / path).write_bytes(content[:size])


def duplicates(folder: Path) -> None:
    shutil.copytree(folder / "darks", folder / "darks again")
    shutil.copy(folder / "lights" / "L_0.fits", folder / "lights" / "L_9.fits")


def one_without_stars(folder: Path) -> None:
    without_stars(folder, 2)


def none_with_stars(folder: Path) -> None:
    without_stars(folder, 0, 1, 2, 3)


def absurd_headers(folder: Path) -> None:
    rewrite(folder / "lights" / "L_0.fits", CCD_TEMP=-999.0, DATE_OBS="yesterday")
    rewrite(folder / "lights" / "L_1.fits", GAIN="high", XBINNING=0)
    rewrite(folder / "lights" / "L_2.fits", FILTER="", OFFSET=-3)


def unreadable_files(folder: Path) -> None:
    lights = folder / "lights"
    (lights / "L_1.fits").write_bytes(b"garbage" * 999)
    (lights / "L_8.fits").symlink_to(folder / "nowhere.fits")
    (lights / "L_9.fits").mkdir()


def another_field(folder: Path) -> None:
    make_light(folder, "L", 4, Sky(seed=77))


def missing_pixels(folder: Path) -> None:
    rewrite(
        folder / "lights" / "L_3.fits", lambda data: np.full((HEIGHT, WIDTH), np.nan, np.float32)
    )


@dataclass(frozen=True)
class Case:
    """What a damage leads to: sentences of the table; name, frames and used; why not."""

    told: tuple[str, ...]
    images: tuple[tuple[str, int, int], ...] = (("L", 4, 4),)
    not_used: str = ""
    code: int = 0


CASES = {
    mixed_sizes: Case(
        ("flat none: flat_L is 240 × 180 px, not 200 × 150", "L_200x150 becomes one image of 1"),
        (("L_240x180", 3, 3), ("L_200x150", 1, 1)),
    ),
    mixed_patterns: Case(
        ("flat_L tells no colour pattern",), (("L_mono", 3, 3), ("L_GBRG", 1, 1))
    ),
    no_flats: Case(("flat none: there are no flats",)),
    no_darks: Case(("dark none: there are no darks",)),
    only_lights: Case(("bias none: there are no biases", "flat none: there are no flats")),
    one_light: Case(("fewer than 3 lights",), (("L", 1, 1),)),
    darks_of_another_gain: Case(("dark none: dark_60s has gain 5, not 100",)),
    saturated_flats: Case(("flat none: there are no flats", "saturated: its level is 100 %")),
    black_frames: Case(
        ("biases/b0.fits: is black: every pixel is 0",), (("L", 4, 3),), "1 × no stars were found"
    ),
    truncated_files: Case(
        ("L_3.fits: is cut short", "L0.fits: is empty", "d0.fits: is cut short",
         "flat_L has 2 frames; a master needs 3"), (("L", 3, 3),),
    ),
    duplicates: Case(
        ("darks/d0.fits: has the same content as darks again/d0.fits",
         "L_9.fits: has the same content as L_0.fits"),
    ),
    one_without_stars: Case((), (("L", 4, 3),), "1 × no stars were found"),
    none_with_stars: Case(
        (), (("L", 4, 0),), "no image could be made; 4 × no stars were found", code=1
    ),
    absurd_headers: Case(
        ("temperature -999, which cannot be", "binning 0, which cannot be",
         "filter (from 'L_2')", "becomes one image of 4 lights"),
    ),
    unreadable_files: Case(
        ("L_1.fits: is not a FITS file", "L_8.fits: does not exist"), (("L", 3, 3),)
    ),
    another_field: Case((), (("L", 5, 4),), "another field"),
    missing_pixels: Case((), (("L", 4, 3),), "1 × no stars were found"),
}  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_night(tmp_path_factory.mktemp("bad") / "night")


@pytest.mark.parametrize("damage", CASES, ids=lambda damage: damage.__name__)
def test_a_night_goes_on(
    linearlink: Command, tmp_path: Path, whole: Path, damage: Callable[[Path], None]
) -> None:
    expected = CASES[damage]
    night = Path(shutil.copytree(whole, tmp_path / "night"))
    damage(night)
    graph, out = night / "night.graph.json", night / "masters"
    done = linearlink("night", night, "-o", graph)
    assert (done.code, done.err) == (0, "")
    for text in expected.told:
        assert text in done.out
    assert linearlink("check", graph).code == 0
    done = linearlink("run", graph)
    assert done.code == expected.code, done.err
    assert "Traceback" not in done.err
    rows = read_rows(out / "night.csv")
    told = [(row["name"], int(row["frames"]), int(row["used"])) for row in rows]
    assert told == list(expected.images)
    assert expected.not_used in rows[0]["not_used"]
    assert bool(rows[0]["not_used"]) == bool(expected.not_used)
    for name, frames, used in expected.images:
        assert len(read_rows(out / f"{name}_frames.csv")) == frames
        assert (out / f"{name}.fits").exists() == (used > 0)
        if used:
            data = fits.getdata(out / f"{name}.fits")
            assert np.isfinite(data).mean() > (0.6 if damage is mixed_sizes else 0.9)


def test_a_night_without_a_light_that_can_be_read(
    linearlink: Command, tmp_path: Path, whole: Path
) -> None:
    night = Path(shutil.copytree(whole, tmp_path / "night"))
    for path in (night / "lights").iterdir():
        path.write_bytes(path.read_bytes()[:5000])
    done = linearlink("night", night, "-o", night / "night.graph.json")
    assert done.code == 2
    assert "no lights were found, there are only: 3 bias" in done.err
    assert "is cut short" in done.err
    assert not (night / "night.graph.json").exists()
