"""Interrupts, as far as no signal is needed: those are sent to processes of their own."""

from __future__ import annotations

import signal
import threading

from graph.control import Control
from ui.interrupt import describe, listen


def test_what_is_waited_for() -> None:
    end = " …; interrupt again to end at once"
    assert describe(["background[12]"]) == f"stopping; waiting for background[12]{end}"
    names = [f"background[{place}]" for place in range(1, 8)]
    shown = "background[1], background[2], background[3], background[4], background[5] and 2 more"
    assert describe(names) == f"stopping; waiting for {shown}{end}"


def test_handlers_are_as_before_when_the_run_has_ended() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    control = Control()
    with listen(control):
        pass
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert not control.cancelled
    assert not [thread for thread in threading.enumerate() if thread.name == "interrupt"]


def test_another_thread_runs_without_listening() -> None:
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with listen(Control()):
                pass
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert failed == []
