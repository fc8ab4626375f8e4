"""Following a comet: places against a motion that is known, times of headers."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from graph.errors import InputError
from nodes.comet import follow, frame_time
from nodes.register import Transform, warp
from nodes.values import Header, Image

TIMES = {"time1": "2026-03-14T20:00:00", "time2": "2026-03-14T22:00:00"}


def header(**cards: object) -> Header:
    return Header(tuple((key.replace("_", "-"), value, "") for key, value in cards.items()))


def test_the_nucleus_stands_still() -> None:
    y, x = np.mgrid[:80, :100]
    stack = []
    for hours, dither in ((0.0, (0, 0)), (0.5, (2, -3)), (1.5, (-1, 4))):
        # the comet moves by (6, -4) px an hour over the stars, from (40, 50) on
        cx, cy = 40 + 6 * hours + dither[0], 50 - 4 * hours + dither[1]
        data = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 8).astype(np.float32)
        middle = f"2026-03-14T{20 + int(hours):02d}:{int(hours % 1 * 60):02d}:00"
        image = Image(data, header(DATE_AVG=middle))
        matrix = np.array([[1, 0, dither[0]], [0, 1, dither[1]], [0, 0, 1.0]])
        stars = Transform(matrix, 100, 80, 100, 80, inliers=7)
        moved = follow(image, stars, x1=40, y1=50, x2=52, y2=42, **TIMES)
        assert moved.inliers == 7
        stack.append(warp(image, moved).data[0][20:70, 20:80])
    for drawn in stack[1:]:
        np.testing.assert_allclose(drawn, stack[0], atol=2e-3)


def test_a_distortion_moves_along() -> None:
    rows, columns = np.mgrid[:4, :5] * 1.0
    bent = Transform(np.eye(3), 256, 192, 256, 192, shifts=np.stack([columns**2, rows]))
    image = Image(np.zeros((192, 256)), header(DATE_AVG="2026-03-14T23:00:00"))
    moved = follow(image, bent, x1=0, y1=0, x2=8, y2=-6, **TIMES)
    np.testing.assert_allclose(moved.place([[100.0, 90.0]]), bent.place([[112.0, 81.0]]))


def test_an_unmatched_frame_stays_so() -> None:
    lost = Transform(np.eye(3), 9, 9, 9, 9, matched=False, reason="clouds")
    image = Image(np.zeros((9, 9)), header(DATE_AVG="2026-03-14T23:00:00"))
    assert follow(image, lost, x2=5, **TIMES) is lost


@pytest.mark.parametrize(
    "cards",
    [
        {"DATE_AVG": "2026-03-14T20:31:00", "DATE_OBS": "2026-03-14T01:00:00"},
        {"DATE_OBS": "2026-03-14T20:30:00", "EXPTIME": 120.0},
        {"DATE_OBS": "2026-03-14T20:30:00.000Z", "EXPOSURE": 120},
        {"DATE_OBS": "2026-03-14", "TIME_OBS": "20:30:00", "EXPTIME": 120.0},
        {"MJD_OBS": 61113.854166666664, "EXPTIME": 120.0},
        {"JD": 2461114.354166667, "EXPTIME": 120.0},
        {"DATE_OBS": "yesterday", "MJD_AVG": 61113.85486111111},
    ],
)
def test_times_of_headers(cards: dict[str, object]) -> None:
    wanted = datetime(2026, 3, 14, 20, 31, tzinfo=UTC)
    assert abs((frame_time(header(**cards)) - wanted).total_seconds()) < 0.01


def test_what_is_missing_is_told() -> None:
    image = Image(np.zeros((9, 9)), header(EXPTIME=3.0))
    stars = Transform(np.eye(3), 9, 9, 9, 9)
    with pytest.raises(InputError, match="DATE-OBS"):
        follow(image, stars, **TIMES)
    with pytest.raises(InputError, match="time1 is 'soon'"):
        follow(image, stars, time1="soon", time2=TIMES["time2"])
    with pytest.raises(InputError, match="both times"):
        follow(image, stars, time1=TIMES["time1"], time2=TIMES["time1"])
