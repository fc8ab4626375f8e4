"""Blinking of frames."""

from __future__ import annotations

from ui.editor.viewer.blink import Blink


def test_frames_follow_one_another_at_the_rate_and_begin_again() -> None:
    blink, seen = Blink(rate=2.0), []
    blink.play(0.0)
    for turn in range(30):
        blink.tick(turn * 0.1, True, 3)
        seen.append(blink.item)
    assert seen[:16] == [0] * 5 + [1] * 5 + [2] * 5 + [0]


def test_a_frame_that_is_not_made_is_waited_for_and_then_shown_as_long() -> None:
    blink = Blink(rate=1.0)
    blink.play(0.0)
    blink.tick(1.0, True, 3)
    assert blink.item == 1
    for turn in range(50):
        blink.tick(2.0 + turn, False, 3)
    assert blink.item == 1
    blink.tick(51.5, True, 3)
    assert blink.item == 2


def test_steps_and_limits() -> None:
    blink = Blink()
    blink.step(-1, 4)
    assert blink.item == 3
    blink.step(1, 4)
    assert blink.item == 0
    blink.step(1, None)
    assert blink.item == 0
    blink.item = 9
    blink.clamp(4)
    assert blink.item == 3
    blink.clamp(None)
    assert blink.item == 0


def test_what_is_made_meanwhile() -> None:
    blink = Blink(item=3)
    assert blink.following(4) is None
    blink.play(0)
    assert blink.following(4) == 0
    assert blink.following(1) is None
    blink.tick(9, True, 1)
    assert not blink.playing
