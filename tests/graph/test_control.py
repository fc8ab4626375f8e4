"""Pausing and cancelling, seen from the one who is to stop (X)."""

from __future__ import annotations

import time

import pytest

from graph.control import Control
from graph.errors import Cancelled


def test_paused_time_of_a_control() -> None:
    control = Control()
    control.resume()  # nothing was paused
    assert control.paused_seconds() == 0
    control.pause()
    control.pause()  # once is enough
    time.sleep(0.02)
    first = control.paused_seconds()
    assert first >= 0.02
    control.resume()
    assert control.paused_seconds() >= first
    assert not control.paused


def test_spared_keys_go_on_and_others_stop() -> None:
    control = Control()
    control.cancel(spare={"a"})
    assert not control.stops("a")
    assert control.stops("b")
    control.check("a")
    control.cancel()  # now for all
    assert control.stops("a")


def test_pause_holds_what_is_spared_and_nothing_else() -> None:
    control = Control()
    control.pause()
    control.cancel(spare={"a"})
    assert control.paused
    with pytest.raises(Cancelled):
        control.check("b")  # at once
    control.resume()
    control.check("a")
    control.pause()
    assert control.paused
    control.cancel()
    assert not control.paused
    control.pause()  # there is nothing left to pause
    assert not control.paused


def test_cancel_during_a_pause_stops_what_waits_for_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    control = Control()
    control.pause()
    wait = control._going.wait

    def cancel_and_wait(seconds: float) -> bool:
        control.cancel()
        return wait(seconds)

    monkeypatch.setattr(control._going, "wait", cancel_and_wait)
    with pytest.raises(Cancelled):
        control.check("a")
