"""Interrupts, as far as no signal is needed: those are sent to processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

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


_STUCK = """
import os, signal, threading, time
from graph.control import Control
from ui.interrupt import listen

control, blocked = Control(), threading.Event()

def look():
    blocked.wait()
    time.sleep(0.2)  # until the main thread sleeps
    os.kill(os.getpid(), signal.SIGINT)
    while not control.cancelled:
        time.sleep(0.01)
    os.write(1, b"cancelled")
    os._exit(0)

with listen(control):
    threading.Thread(target=look).start()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    blocked.set()
    time.sleep(20)  # as a long call in C, which no signal wakes
"""


@pytest.mark.skipif(sys.platform == "win32", reason="blocks signals as POSIX does")
def test_interrupt_is_heard_while_the_main_thread_is_in_c() -> None:
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", _STUCK],
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "cancelled")
