"""Double clicks."""

from __future__ import annotations

import pytest

from ui.editor.clicks import Clicks


@pytest.mark.parametrize(
    ("second", "is_double"),
    [
        ((0, (10.0, 10.0), 8, 0.1), True),
        ((0, (14.0, 7.0), 18, 0.29), True),
        ((0, (10.0, 10.0), 40, 0.6), False),  # too late
        ((0, (10.0, 10.0), 2, 0.9), True),  # but on a machine whose frames take so long
        ((0, (10.0, 18.0), 8, 0.1), False),  # elsewhere
        ((1, (10.0, 10.0), 8, 0.1), False),  # another button
    ],
)
def test_two_presses_are_a_double_click_when_near_and_soon(
    second: tuple[int, tuple[float, float], int, float], is_double: bool
) -> None:
    clicks = Clicks()
    assert not clicks.take(0, (10.0, 10.0), 0, 0.0)
    assert clicks.take(*second) is is_double


def test_three_presses_are_one_double_click() -> None:
    clicks = Clicks()
    found = [clicks.take(0, (5.0, 5.0), frame, frame / 60) for frame in (0, 2, 4, 6)]
    assert found == [False, True, False, True]
