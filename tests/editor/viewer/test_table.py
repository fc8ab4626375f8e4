"""Values that are no pictures, as rows of text."""

from __future__ import annotations

import numpy as np

from nodes.measure import image_statistics
from nodes.stf import IDENTITY
from nodes.values import Image, Table
from ui.editor.viewer.table import MOST_ROWS, more_rows, read_rows, read_text


def test_tables() -> None:
    table = Table(("file", "fwhm", "used"), (("a.fits", 2.123456789, True), ("b", 3, False)))
    assert read_rows(table) == (
        ["file", "fwhm", "used"],
        [["a.fits", "2.123457", "yes"], ["b", "3", "no"]],
    )
    assert more_rows(table) == ""
    long = Table(("n",), tuple((n,) for n in range(MOST_ROWS + 1500)))
    assert len(read_rows(long)[1]) == MOST_ROWS  # type: ignore[index]
    assert more_rows(long) == "… and 1,500 more rows"


def test_statistics_have_a_column_a_channel() -> None:
    measured = image_statistics(Image(np.full((3, 4, 5), 0.25, np.float32)))
    names, rows = read_rows(measured) or ([], [])
    assert names == ["", "R", "G", "B"]
    assert rows[0] == ["median", "0.25", "0.25", "0.25"]
    assert ["width", "5", "", ""] in rows
    assert all(len(row) == 4 for row in rows)
    assert read_rows(IDENTITY)[1][1] == ["midtones", "0.5"]  # type: ignore[index]


def test_words() -> None:
    assert read_rows("text") is None
    assert read_text("text") == "text"
    assert read_text(0.1 + 0.2) == "0.3"
    assert read_text([1, True, "x"]) == "1\nyes\nx"
    assert read_text("x" * 50_000).endswith("…")
