"""What names of files and folders tell, one by one."""

from __future__ import annotations

from typing import Any

import pytest

from ui.night.names import read_names, read_pair

ASIAIR = "Light_M31_120.0s_Bin2_Ha_gain100_20240101-223000_-10.5C_0001.fit"
NAMES: list[tuple[str, dict[str, Any]]] = [
    (ASIAIR, {"type": "light", "exposure": 120.0, "binning": 2.0, "filter": "Ha", "gain": 100.0,
              "temperature": -10.5}),
    ("Light_NGC_7023_10.0s_IRCUT_20240730-224436.fit",
     {"type": "light", "exposure": 10.0, "filter": "IRCUT"}),
    ("2021-10-12_20-30-00_OIII_-10.00C_300.00s_0003.fits.gz",
     {"filter": "OIII", "exposure": 300.0, "temperature": -10.0}),
    ("lights/x_001.fits", {"type": "light"}),
    ("Light/x_001.fits", {"type": "light"}),
    ("flats/L/0001.fit", {"type": "flat", "filter": "L"}),
    ("skyflats/R_1.fit", {"type": "flat", "filter": "R"}),
    ("dark_120s/IMG_0001.cr2", {"type": "dark", "exposure": 120.0}),
    ("darks/500ms/a.fit", {"type": "dark", "exposure": 0.5}),
    ("Dark flats/a.fit", {"type": "flatdark"}),
    ("FlatDarks/a.fit", {"type": "flatdark"}),
    ("flat_dark_1.5s_001.fit", {"type": "flatdark", "exposure": 1.5}),
    ("Offsets/o1.fit", {"type": "bias"}),
    ("biases/1.fit", {"type": "bias"}),
    ("bias2/1.fit", {"type": "bias"}),
    ("Ha_300s_gain100_offset50_01.fits",
     {"filter": "Ha", "exposure": 300.0, "gain": 100.0, "offset": 50.0}),
    ("iso800_60sec.cr2", {"gain": 800.0, "exposure": 60.0}),
    ("FILTER_SII/EXPTIME_600/NIGHT_2/a.fit", {"filter": "SII", "exposure": "600"}),
    ("IMAGETYP_flat/a.fit", {"type": "flat"}),
    ("masterDark_BIN-1_EXPOSURE-300.00s.xisf", {"type": "dark", "master": True,
                                               "exposure": "300.00s", "binning": 1.0}),
    ("master_flat_L.fits", {"type": "flat", "master": True, "filter": "L"}),
    ("flats/dark_5s.fits", {"type": "dark", "exposure": 5.0}),  # the file before its folder
    ("lights/Dark/a.fits", {"type": "dark"}),  # the inner folder before the outer
    ("Darkness_of_night.fit", {}),
    ("twilight.fit", {}),
    ("M31_0001.fit", {}),
    ("C_2024_20.fit", {}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "facts"), NAMES)
def test_names(path: str, facts: dict[str, Any]) -> None:
    assert {fact: value for fact, (value, _) in read_names(path.split("/")).items()} == facts


def test_the_name_that_told_is_told() -> None:
    found = read_names(["night1", "flats", "R_1.fit"])
    assert found["type"] == ("flat", "flats")
    assert found["filter"] == ("R", "R_1")


@pytest.mark.parametrize(
    ("name", "value"),
    [("NIGHT_2", "2"), ("night_2024-03-14", "2024-03-14"), ("x_NIGHT_a_y", "a"), ("NIGHT-3", "3"),
     ("MIDNIGHT_2", None), ("NIGHT", None)],
)  # fmt: skip
def test_pairs(name: str, value: str | None) -> None:
    found = read_pair(["top", name, "a.fits"], "NIGHT")
    assert (found and found[0]) == value
