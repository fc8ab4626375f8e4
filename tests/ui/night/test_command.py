"""``linearlink night`` and the run of what it writes, on a small night made here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from tests.command_line import Command
from tests.night import HEIGHT, SHIFTS, WIDTH, Sky, make_light, make_night, read_rows, write


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night of two filters with what goes wrong in a night."""
    folder = tmp_path_factory.mktemp("night")
    make_night(folder, "LR")
    lights = [folder / "lights" / f"L_{number}.fits" for number in range(2)]
    make_light(folder, "L", 4, Sky(seed=77))  # of another field
    (folder / "lights" / "L_9.fits").write_bytes(lights[0].read_bytes()[:-5000])
    (folder / "lights" / "twice.fits").write_bytes(lights[1].read_bytes())
    (folder / "notes.txt").write_text("calm", encoding="utf-8")
    return folder


@pytest.fixture
def night(tmp_path: Path, whole: Path) -> Path:
    import shutil

    return Path(shutil.copytree(whole, tmp_path / "night"))


def test_a_night_becomes_masters(linearlink: Command, night: Path) -> None:
    graph = night / "night.graph.json"
    done = linearlink("night", night, "-o", graph, "--table", night / "table.csv")
    assert (done.code, done.err) == (0, "")
    assert "dark dark_60s: 60 s, gain 100, offset 50, -10 °C, 240 × 180 px" in done.out
    assert "lights/L_9.fits: is cut short" in done.out
    assert "lights/twice.fits: has the same content as L_1.fits" in done.out
    assert f"run it with: linearlink run {graph}\n" in done.out  # without --yes
    sets = {row["set"] for row in read_rows(night / "table.csv")}
    assert sets >= {"L", "R", "flat_L", "dark_60s"}

    done = linearlink("run", graph, "--json")
    assert done.code == 0, done.err
    made = {path.name for path in (night / "masters").iterdir()}
    assert made == {
        "L.fits", "R.fits", "bias.fits", "dark_60s.fits", "flat_L.fits", "flat_R.fits",
        "L_frames.csv", "R_frames.csv", "night.csv", "L_crop.fits", "R_crop.fits", "L_frames.png",
        "R_frames.png", "L.png", "R.png", "bias.png", "dark_60s.png", "flat_L.png", "flat_R.png",
    }  # fmt: skip
    crops = [fits.getdata(night / "masters" / f"{name}_crop.fits") for name in "LR"]
    assert crops[0].shape == crops[1].shape  # one rectangle for all filters
    assert all(np.isfinite(crop).all() for crop in crops)
    told = read_rows(night / "masters" / "night.csv")
    assert [(row["name"], row["frames"], row["used"]) for row in told] == [
        ("L", "5", "4"), ("R", "4", "4"),
    ]  # fmt: skip
    left = read_rows(night / "masters" / "L_frames.csv")[4]
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
    matched = [row for row in read_rows(table) if row["matched"] == "True"]
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


@pytest.mark.parametrize("filter", "LR")  # the reference is one of L
def test_one_more_light_runs_its_own_chain(linearlink: Command, night: Path, filter: str) -> None:
    other = "LR".replace(filter, "")
    graph = night / "night.graph.json"
    assert linearlink("night", night, "-o", graph, "--quiet").code == 0
    assert linearlink("run", graph).code == 0
    make_light(night, filter, 5)
    refused = linearlink("night", night, "-o", graph, "--quiet")
    assert refused.code == 3
    assert "exists and differs" in refused.err
    assert linearlink("night", night, "-o", graph, "--quiet", "--overwrite").code == 0
    summary = linearlink("run", graph, "--json").summary
    assert summary["status"] == "ok"
    executed = set(summary["executed"])
    chain = {f"{id}_{filter}" for id in ("lights", "calibrate", "stars", "match", "warp", "stack")}
    assert chain <= executed
    # The rectangle that all filters cover may be another. Where the reference had to be chosen
    # anew, others are calibrated again, but it is the same, so that nothing else follows.
    again = {id for id in executed if id.endswith(f"_{other}") and not id.startswith("save")}
    spared = {f"lights_{other}", f"calibrate_{other}", f"cosmetic_{other}"}
    assert again <= {f"crop_{other}"} | (spared if filter == "L" else set())
    assert not {"dark_60s", f"flat_{filter}", "bias"} & executed
    items = summary.get("items", {})
    for id in (f"stars_{filter}", f"match_{filter}", f"warp_{filter}"):
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
