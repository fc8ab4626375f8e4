"""``linearlink night`` and the run of what it writes, on a small night made here."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from tests.command_line import Command

WIDTH, HEIGHT = 240, 180
SHIFTS = [(0.0, 0.0), (3.4, -2.2), (-4.7, 1.5), (2.1, 5.3), (-3.3, -4.6)]


class Sky:
    """Stars and a sensor, the same in every frame. Numbers are ADU of 16 bit."""

    def __init__(self, seed: int = 5) -> None:
        rng = np.random.default_rng(seed)
        self.x, self.y = rng.uniform(12, WIDTH - 12, 70), rng.uniform(12, HEIGHT - 12, 70)
        self.flux = 3000 * (1 - rng.random(70)) ** -0.8
        rng = np.random.default_rng(99)
        self.hot = np.zeros((HEIGHT, WIDTH))
        self.hot.flat[rng.choice(WIDTH * HEIGHT, 60, replace=False)] = 9000
        yy, xx = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
        self.flat = 1 - 0.3 * (xx**2 + yy**2) / 2

    def light(self, dx: float, dy: float) -> np.ndarray:
        yy, xx = np.mgrid[0:HEIGHT, 0:WIDTH]
        scene = np.full((HEIGHT, WIDTH), 800.0)
        for x, y, flux in zip(self.x + dx, self.y + dy, self.flux, strict=True):
            scene += flux / 12.3 * np.exp(-((xx - x) ** 2 + (yy - y) ** 2) / (2 * 1.4**2))
        return scene * self.flat + self.hot


def write(path: Path, electrons: Any, kind: str, seconds: float, **cards: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(list(path.name.encode()))
    data = np.broadcast_to(electrons, (HEIGHT, WIDTH))
    counts = 500 + rng.poisson(data) + rng.normal(0, 5, (HEIGHT, WIDTH))
    header = {"IMAGETYP": kind, "EXPTIME": seconds, "GAIN": 100, "OFFSET": 50, "CCD-TEMP": -10.0}
    header |= cards
    stored = np.clip(np.round(counts), 0, 65535).astype(np.uint16)
    fits.writeto(path, stored, fits.Header(header))
    return path


def make_light(folder: Path, filter: str, number: int, sky: Sky | None = None) -> Path:
    dx, dy = SHIFTS[number % len(SHIFTS)]
    offset = 0.6 if filter == "R" else 0.0  # another filter shifts a little
    electrons = (sky or Sky()).light(dx + offset, dy)
    when = f"2026-03-14T2{number}:00:0{'LR'.index(filter)}"
    return write(folder / "lights" / f"{filter}_{number}.fits", electrons, "LIGHT", 60.0,
                 FILTER=filter, **{"DATE-OBS": when})  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night of two filters with what goes wrong in a night."""
    folder = tmp_path_factory.mktemp("night")
    sky = Sky()
    for n in range(3):
        write(folder / "biases" / f"b{n}.fits", 0.0, "BIAS", 0.0)
        write(folder / "darks" / f"d{n}.fits", sky.hot, "DARK", 60.0)
        for filter in "LR":
            write(folder / "flats" / f"{filter}{n}.fits", 25000 * sky.flat, "FLAT", 1.0,
                  FILTER=filter)  # fmt: skip
    lights = [make_light(folder, filter, number) for filter in "LR" for number in range(4)]
    make_light(folder, "L", 4, Sky(seed=77))  # of another field
    (folder / "lights" / "L_9.fits").write_bytes(lights[0].read_bytes()[:-5000])
    (folder / "lights" / "twice.fits").write_bytes(lights[1].read_bytes())
    (folder / "notes.txt").write_text("calm", encoding="utf-8")
    return folder


@pytest.fixture
def night(tmp_path: Path, whole: Path) -> Path:
    import shutil

    return Path(shutil.copytree(whole, tmp_path / "night"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_night_becomes_masters(linearlink: Command, night: Path) -> None:
    graph = night / "night.graph.json"
    done = linearlink("night", night, "-o", graph, "--table", night / "table.csv")
    assert (done.code, done.err) == (0, "")
    assert "dark dark_60s: 60 s, gain 100, offset 50, -10 °C, 240 × 180 px" in done.out
    assert "lights/L_9.fits: is cut short" in done.out
    assert "lights/twice.fits: has the same content as L_1.fits" in done.out
    assert f"run it with: linearlink run {graph}\n" in done.out  # without --yes
    assert {row["set"] for row in rows(night / "table.csv")} >= {"L", "R", "flat_L", "dark_60s"}

    done = linearlink("run", graph, "--json")
    assert done.code == 0, done.err
    made = {path.name for path in (night / "masters").iterdir()}
    assert made == {
        "L.fits", "R.fits", "bias.fits", "dark_60s.fits", "flat_L.fits", "flat_R.fits",
        "L_frames.csv", "R_frames.csv", "night.csv",
    }  # fmt: skip
    told = rows(night / "masters" / "night.csv")
    assert [(row["name"], row["frames"], row["used"]) for row in told] == [
        ("L", "5", "4"), ("R", "4", "4"),
    ]  # fmt: skip
    left = rows(night / "masters" / "L_frames.csv")[4]
    assert (left["matched"], left["integration_weight"]) == ("False", "0.0")
    masters = {name: fits.getdata(night / "masters" / f"{name}.fits") for name in "LR"}
    reference = find_reference(night / "masters" / "L_frames.csv")
    for data in masters.values():
        assert abs(np.nanmedian(data) * 65535 - 720) < 15  # of 800, in a mean flat of 0.9
        assert residual_shift(data, Sky(), SHIFTS[reference]) < 0.1
    # Sinks write, nothing is computed: all of it is stored.
    again = linearlink("run", graph, "--json").summary
    assert set(again["executed"]) <= {id for id in again["executed"] if id.startswith("save")}


def find_reference(table: Path) -> int:
    """The number of the reference, from 0 on: that of the smallest shift in the table."""
    matched = [row for row in rows(table) if row["matched"] == "True"]
    return int(min(matched, key=lambda row: abs(float(row["shift_x"])))["frame"]) - 1


def residual_shift(data: np.ndarray, sky: Sky, shift: tuple[float, float]) -> float:
    """How far bright stars lie from where they should, in pixels: the median over them."""
    far = []
    for index in np.argsort(-sky.flux)[:15]:
        x, y = sky.x[index] + shift[0], sky.y[index] + shift[1]
        x0, y0 = round(x), round(y)
        others = np.hypot(sky.x - sky.x[index], sky.y - sky.y[index])
        if np.sort(others)[1] < 12 or not (8 < x0 < WIDTH - 8 and 8 < y0 < HEIGHT - 8):
            continue
        box = data[y0 - 4 : y0 + 5, x0 - 4 : x0 + 5].astype(float)
        box = np.clip(box - np.nanmedian(data), 0, None)
        yy, xx = np.mgrid[-4:5, -4:5]
        far.append(np.hypot((box * xx).sum() / box.sum() + x0 - x,
                            (box * yy).sum() / box.sum() + y0 - y))  # fmt: skip
    assert len(far) >= 4
    return float(np.median(far))


def test_one_more_light_runs_its_own_chain(linearlink: Command, night: Path) -> None:
    graph = night / "night.graph.json"
    assert linearlink("night", night, "-o", graph, "--quiet").code == 0
    assert linearlink("run", graph).code == 0
    make_light(night, "R", 4)
    refused = linearlink("night", night, "-o", graph, "--quiet")
    assert refused.code == 3
    assert "exists and differs" in refused.err
    assert linearlink("night", night, "-o", graph, "--quiet", "--overwrite").code == 0
    summary = linearlink("run", graph, "--json").summary
    assert summary["status"] == "ok"
    executed = set(summary["executed"])
    assert {"lights_R", "calibrate_R", "stars_R", "match_R", "warp_R", "stack_R"} <= executed
    assert not [id for id in executed if id.endswith("_L") and not id.startswith("save")]
    assert not {"dark_60s", "flat_R", "bias", "reference"} & executed
    items = summary.get("items", {})
    for id in ("calibrate_R", "stars_R", "warp_R"):
        if id in items:
            assert items[id].get("executed", 1) == 1


def test_without_calibration_frames_the_night_goes_on(linearlink: Command, night: Path) -> None:
    done = linearlink("night", night / "lights", "-o", night / "lights" / "night.graph.json")
    assert done.code == 0
    assert "dark none: there are no darks" in done.out
    assert "flat none: there are no flats" in done.out
    nodes = json.loads((night / "lights" / "night.graph.json").read_text("utf-8"))["nodes"]
    assert "calibrate_L" not in nodes


def test_a_graph_elsewhere_needs_consent(linearlink: Command, night: Path, tmp_path: Path) -> None:
    graph = tmp_path / "graphs" / "a.graph.json"
    graph.parent.mkdir()
    done = linearlink("night", night, "-o", graph, "--out", "out")
    assert f"linearlink run {graph} --yes (files lie outside its folder)" in done.out
    assert linearlink("run", graph, "--dry-run").code == 3
    assert linearlink("run", graph, "--dry-run", "--yes").code == 0


def test_wrong_use(linearlink: Command, night: Path, tmp_path: Path) -> None:
    none = linearlink("night", tmp_path / "nowhere", "-o", tmp_path / "a.json")
    assert none.code == 2
    assert "nowhere does not exist" in none.err
    darks = linearlink("night", night / "darks")
    assert darks.code == 2
    assert "no lights were found, there are only: 3 dark" in darks.err
    other = linearlink("night", night, "-o", tmp_path / "a.json", "--reference", "Ha")
    assert other.code == 2
    assert "no light is named 'Ha'" in other.err
    assert not (tmp_path / "a.json").exists()
    assert linearlink("night", night, "--exposure-tolerance", "x").code == 2


def test_results_are_not_read_as_frames(linearlink: Command, night: Path) -> None:
    graph = night / "night.graph.json"
    first = linearlink("night", night, "-o", graph).out
    (night / "masters").mkdir()
    write(night / "masters" / "dark_60s.fits", 0.0, "Master Dark", 60.0)
    assert linearlink("night", night, "-o", graph).out == first
    assert "master dark" in linearlink("night", night).out
