"""How wide texts are, and where they are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from ui.editor.letters import cut, font_path, width, wrap


def test_the_font_has_the_signs_that_we_draw() -> None:
    font = ImageFont.truetype(str(font_path()), 100)
    missing = font.getmask("\uffff").getbbox()
    for sign in "✓✗⚠○…▶⊘↷?▾←→·×★":
        assert font.getmask(sign).getbbox() not in (None, missing), sign


def test_width_is_that_of_the_font_at_its_size() -> None:
    font = ImageFont.truetype(str(font_path()), 1000)
    ascent, descent = font.getmetrics()
    em = 1000 / (ascent + descent)  # a size is the height of a line
    assert width("Histogram", 20) == pytest.approx(
        font.getlength("Histogram") / 1000 * 20 * em, rel=0.02
    )
    assert width("", 20) == 0
    assert width("ab", 40) == pytest.approx(2 * width("ab", 20))


@given(st.text("abcWim. ", min_size=0, max_size=60), st.floats(1, 300))
def test_what_is_cut_has_room(text: str, room: float) -> None:
    for keep_end in (False, True):
        found = cut(text, 13, room, keep_end=keep_end)
        assert found == "" or width(found, 13) <= room + 1e-9
        if width(" ".join(text.split()), 13) <= room:
            assert found == " ".join(text.split())


def test_the_end_of_a_path_is_kept() -> None:
    found = cut("data/lights/m31_0001.fits", 13, 90, keep_end=True)
    assert found.startswith("…")
    assert found.endswith("0001.fits")
    assert cut("data/lights/m31_0001.fits", 13, 90).startswith("data/")


def test_wrapped_lines_have_room_and_lose_no_word() -> None:
    text = "Gradients are removed before the colours are calibrated.\nTry more."
    lines = wrap(text, 13, 120, 20)
    assert all(width(line, 13) <= 120 for line in lines)
    assert " ".join(lines).split() == text.split()
    assert lines[-1] == "Try more."
    assert len(wrap(text, 13, 120, 2)) == 2
    assert wrap(text, 13, 120, 2)[-1].endswith("…")
