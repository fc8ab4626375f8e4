"""The table of a night, as text and as CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from ui.night.frame import Frame, make_frame
from ui.night.make import Linked, link
from ui.night.read import LeftOut, Night
from ui.night.table import COLUMNS, make_rows, to_csv, to_lines

TOP = Path("/night")
FACTS = {"width": 60, "height": 40, "GAIN": 100, "OFFSET": 5, "CCD-TEMP": -10.0, "EXPTIME": 60.0}


def frames(kind: str, count: int, **cards: object) -> list[Frame]:
    facts = {**FACTS, **{key.replace("_", "-"): value for key, value in cards.items()}}
    return [make_frame(TOP / kind / f"{n}.fits", facts, (kind, f"{n}.fits")) for n in range(count)]


@pytest.fixture
def linked() -> Linked:
    night = Night(
        [
            *frames("lights", 5, FILTER="L"),
            *frames("darks", 4, CCD_TEMP=-16.0),
            *frames("flats", 2, FILTER="L", EXPTIME=1.0),
            *frames("biases", 3, EXPTIME=0.0),
            *frames("dark flats", 3, EXPTIME=1.0),
        ],
        [LeftOut(TOP / "lights" / "bad\n.fits", "is empty (0 bytes)")],
        ["2 files are no images (endings: 2 .txt)"],
    )
    return link(night)


def test_lines(linked: Linked) -> None:
    assert list(to_lines(linked, TOP)) == [
        "bias          bias       3 files  gain 100, offset 5, -10 °C, mono, 60 × 40 px",
        "    not in the header: type (from 'biases')",
        "dark_60s      dark       4 files  60 s, gain 100, offset 5, -16 °C, mono, 60 × 40 px",
        "    not in the header: type (from 'darks')",
        "flat_dark_1s  flat dark  3 files  1 s, gain 100, offset 5, -10 °C, mono, 60 × 40 px",
        "    doubtful: nothing uses it",
        "    not in the header: type (from 'dark flats')",
        "flat_L        flat       2 files  filter L, 1 s, gain 100, offset 5, mono, 60 × 40 px",
        "    doubtful: 2 frames: a master needs 3, so it is not used",
        "    not in the header: type (from 'flats')",
        "L             light      5 files  filter L, 60 s, gain 100, offset 5, -10 °C, mono, "
        "60 × 40 px",
        "    bias bias: gain 100, offset 5, 60 × 40 px",
        "    dark dark_60s, scaled: 60 s, gain 100, offset 5, -16 °C, 60 × 40 px",
        "    doubtful: -16 °C for lights of -10 °C",
        "    flat none: flat_L has 2 frames; a master needs 3",
        "    not in the header: type (from 'lights')",
        "left out: 1 file",
        "    lights/bad\\n.fits: is empty (0 bytes)",
        "note: 2 files are no images (endings: 2 .txt)",
    ]


def test_many_files_of_one_reason_are_told_together(linked: Linked) -> None:
    for count, told in ((5, 5), (6, 1)):
        left = [LeftOut(TOP / "process" / f"{n}.fits", "made before") for n in range(count)]
        night = Night(linked.night.frames, [*left, LeftOut(TOP / "z.fits", "is empty")])
        lines = list(to_lines(Linked(night, [], [], []), TOP))
        assert lines[0] == f"left out: {count + 1} files"
        assert len(lines) == told + 2
    assert lines[1] == "    process/0.fits: made before (and 5 more)"


def test_csv(linked: Linked) -> None:
    rows = make_rows(linked, TOP)
    read = list(csv.DictReader(io.StringIO(to_csv(rows))))
    assert tuple(read[0]) == COLUMNS
    lights = [row for row in read if row["type"] == "light"]
    images = [row for row in read if row["type"] == "image"]
    assert [(row["role"], row["linked to"]) for row in lights] == [
        ("bias", "bias"), ("dark", "dark_60s (scaled)"), ("flat", "-"),
    ]  # fmt: skip
    assert lights[1]["doubts"] == "-16 °C for lights of -10 °C"
    assert lights[0]["from names"] == "type (from 'lights')"
    assert [(row["role"], row["linked to"]) for row in images] == [("lights", "L")]
    assert read[-2]["set"] == "lights/bad\n.fits"
    assert (read[-2]["type"], read[-2]["why"]) == ("left out", "is empty (0 bytes)")
    assert (read[-1]["type"], read[-1]["why"]) == (
        "note",
        "2 files are no images (endings: 2 .txt)",
    )
    assert {row["set"] for row in read[:-2]} == {"bias", "dark_60s", "flat_dark_1s", "flat_L", "L"}


def test_lights_that_become_one_image_stand_together() -> None:
    nights = [
        *frames("lights", 2, FILTER="L", NIGHT="a"),
        *frames("more lights", 2, FILTER="L", NIGHT="b", GAIN=200, IMAGETYP="LIGHT"),
        *frames("lights", 2, FILTER="R", IMAGETYP="LIGHT"),
    ]
    lines = list(to_lines(link(Night(nights)), TOP))
    place = lines.index("L becomes one image of 4 lights: L_gain100, L_gain200")
    assert lines[place + 1] == "    doubtful: lights of different gain: 100, 200"
    assert lines[place + 2] == "R becomes one image of 2 lights"
    assert lines[place + 3] == "    doubtful: outliers cannot be told from fewer than 3 lights"
