"""Bytes and seconds as people read them."""

from __future__ import annotations

import pytest

from ui.units import duration, one_line, size


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (782, "782 B"),
        (999, "999 B"),
        (999.6, "1 kB"),
        (1234, "1.2 kB"),
        (9.96e6, "10 MB"),
        (61e9, "61 GB"),
        (999.7e9, "1 TB"),
        (2.5e15, "2500 TB"),
    ],
)
def test_sizes(count: float, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.004, "<0.1 s"),
        (0.1, "0.1 s"),
        (1.04, "1 s"),
        (12.3, "12 s"),
        (99, "99 s"),
        (99.6, "1.7 min"),
        (3600, "60 min"),
        (7200, "2 h"),
        (360_000, "100 h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_control_characters_are_seen() -> None:
    assert one_line("a\nb\x1b[31m\x9b\u2028\udcff é") == r"a\nb\x1b[31m\x9b\u2028" + "\udcff é"
