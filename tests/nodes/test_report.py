"""Reports: rows found by frame, and sums held against the numbers by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from graph.errors import InputError
from nodes.measure import image_statistics
from nodes.report import COLUMNS, frames, gather, night
from nodes.values import Image, Statistics, Table

SURVEY = Table(
    ("frame", "start", "weight", "used", "reason", "fwhm", "eccentricity", "exposure"),
    (
        (1, "2024-01-01T20:00:00", 1.0, True, "", 3.0, 0.4, 60.0),
        (2, "2024-01-01T20:02:00", 0.5, True, "", 4.0, 0.5, 60.0),
        (3, "2024-01-01T20:01:00", 0.0, False, "fwhm < 5 does not hold", 9.0, 0.6, 60.0),
        (4, "2024-01-01T20:04:00", 0.8, True, "", 3.5, float("nan"), 60.0),
        (5, "2024-01-01T20:05:00", 0.9, True, "", 5.0, 0.7, 120.0),
    ),
)
REGISTRATION = Table(
    ("frame", "matched", "reason", "rms"),
    ((5, True, "", 0.5), (4, False, "another field", None), (2, True, "", 0.2), (1, True, "", 0.1)),
)
INTEGRATION = Table(
    ("frame", "channel", "weight", "low", "high", "note"),
    tuple(
        (number, channel, weight, low, 2 * low, note)
        for number, weight, note in (
            (1, 1.0, ""), (2, 0.5, ""), (3, 0.0, "its weight is 0"), (4, 0.0, "all missing"),
            (5, 0.9, ""),
        )
        for channel, low in (("red channel", 0.1), ("green channel", 0.2), ("blue channel", 0.6))
    ),
)  # fmt: skip


def column(table: Table, name: str) -> list[Any]:
    return [row[table.columns.index(name)] for row in table.rows]


def test_frames_side_by_side() -> None:
    table = frames([SURVEY, REGISTRATION, INTEGRATION])
    assert table.columns == (
        *SURVEY.columns, "matched", "registration_reason", "rms", "integration_weight", "low",
        "high", "note",
    )  # fmt: skip
    assert [row[: len(SURVEY.columns)] for row in table.rows][:3] == list(SURVEY.rows)[:3]
    assert column(table, "rms") == [0.1, 0.2, None, None, 0.5]  # by frame, whatever the order
    assert column(table, "registration_reason") == ["", "", None, "another field", ""]
    assert column(table, "low") == pytest.approx([0.3] * 5)  # the mean over the channels
    assert column(table, "note")[3] == "all missing"


def test_tables_that_are_not_there() -> None:
    assert frames([SURVEY]).columns == SURVEY.columns
    table = frames([SURVEY, INTEGRATION])
    assert column(table, "integration_weight") == [1.0, 0.5, 0.0, 0.0, 0.9]
    assert frames([Table(("frame",), ()), REGISTRATION]).rows == ()
    with pytest.raises(InputError, match="there are no tables of frames"):
        frames([])


def test_texts_that_differ_stand_together() -> None:
    integration = Table(("frame", "note"), ((1, "a"), (1, ""), (1, "b"), (1, "a")))
    assert column(frames([SURVEY, integration]), "note")[0] == "a, b"


def test_a_table_without_frames_is_refused() -> None:
    with pytest.raises(InputError, match="a table has no column 'frame', only x"):
        frames([SURVEY, Table(("x",), ())])


@pytest.fixture
def statistics() -> Statistics:
    rng = np.random.default_rng(4)
    return image_statistics(Image(rng.normal(0.2, 0.01, (3, 80, 90))))


def test_a_night_in_a_row(statistics: Statistics) -> None:
    table = night(frames([SURVEY, REGISTRATION, INTEGRATION]), statistics, name="L")
    found = dict(zip(table.columns, table.rows[0], strict=True))
    assert (found["name"], found["frames"], found["used"]) == ("L", 5, 3)
    assert found["not_used"] == "1 × fwhm < 5 does not hold; 1 × another field"
    assert found["exposure"] == 240
    assert found["fwhm"] == 4
    assert (found["fwhm_first"], found["fwhm_last"]) == (3.0, 5.0)
    assert found["eccentricity"] == 0.5
    assert found["rejected_low"] == pytest.approx(0.3)
    assert found["rejected_high"] == pytest.approx(0.6)
    assert found["background"] == pytest.approx(0.2, abs=1e-3)
    assert found["noise"] == pytest.approx(0.01, rel=0.1)
    assert found["snr"] == pytest.approx(1, rel=0.25)


def test_files_of_frames() -> None:
    names = tuple("abcde")
    starts = tuple(column(SURVEY, "start"))
    table = frames([SURVEY], files=names, starts=starts)
    assert table.columns[0] == "file"
    assert column(table, "file") == list("abcde")
    assert column(frames([SURVEY], files=names), "file") == list("abcde")  # by their place
    six = frames([SURVEY], files=("x", *names), starts=("2024-01-01T19:00:00", *starts))
    assert column(six, "file") == [*"abcde", "x"]  # one could not be read
    assert column(six, "used") == [True, True, False, True, True, False]
    assert column(six, "reason")[-1].startswith("could not be read or calibrated")
    alike = frames([SURVEY], files=("x", *names), starts=("", *starts))
    assert column(alike, "file") == [None] * 5  # nobody knows which is missing
    with pytest.raises(InputError, match="5 files but 2 starts"):
        frames([SURVEY], files=names, starts=("", ""))


def test_without_an_image(statistics: Statistics) -> None:
    table = night(frames([SURVEY]), name="L")
    found = dict(zip(table.columns, table.rows[0], strict=True))
    assert (found["frames"], found["used"], found["exposure"], found["noise"]) == (5, 0, None, None)
    assert found["not_used"] == "no image could be made; 1 × fwhm < 5 does not hold"
    blind = Table(("frame", "stars", "used"), ((1, 0.0, True), (2, 0.0, True)))
    assert night(blind).rows[0][3] == "no image could be made; 2 × no stars were found"


def test_what_cannot_be_is_not_added_up(statistics: Statistics) -> None:
    odd = Table(("frame", "exposure"), ((1, -999.0), (2, 60.0), (3, float("nan"))))
    assert night(odd, statistics).rows[0][COLUMNS.index("exposure")] == 60


def test_rows_below_one_another(statistics: Statistics) -> None:
    report = frames([SURVEY])
    lone, whole = night(report, name="L"), night(report, statistics, name="L")
    other = night(report, name="R")
    table = gather([other, lone, whole], names=("L", "Ha", "R"))
    assert table.columns == COLUMNS
    assert column(table, "name") == ["L", "Ha", "R"]
    assert table.rows[0] == whole.rows[0]  # the one with the numbers of an image
    assert table.rows[2] == other.rows[0]
    assert table.rows[1][1:4] == (0, 0, "no image could be made, and no frame was measured")
    assert gather([lone, other]).rows == (lone.rows[0], other.rows[0])
    assert column(gather([], names=("L",)), "name") == ["L"]
    with pytest.raises(InputError, match="table 2 has the columns frame, start"):
        gather([lone, SURVEY])
    with pytest.raises(InputError, match="no tables to gather"):
        gather([])


def test_little_is_known(statistics: Statistics) -> None:
    empty = night(Table(("frame",), ()), replace(statistics, noise=(0.0,) * 3))
    found = dict(zip(empty.columns, empty.rows[0], strict=True))
    assert (found["frames"], found["used"], found["exposure"], found["snr"]) == (0, 0, None, None)
    bare = night(Table(("frame",), ((1,), (2,))), statistics)
    assert bare.rows[0][1:4] == (2, 2, "")
