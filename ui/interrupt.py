"""Interrupts: the first stops a run cleanly, the second ends the program."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph.control import Control

#: seconds that nodes have to stop before it is said which of them are waited for
PATIENCE = 0.5
#: so many of them are named
NAMED = 5


@contextmanager
def listen(control: Control) -> Iterator[None]:
    """Let SIGINT and SIGTERM cancel the run while inside."""
    if threading.current_thread() is not threading.main_thread():  # only this one may listen
        yield
        return
    asked, over = threading.Event(), threading.Event()

    def stop(number: int, frame: Any) -> None:
        if asked.is_set():  # a node that does not listen may be at work on any thread
            os.write(
                2, b"\r\x1b[?25hlinearlink: interrupted\n" if live else b"linearlink: interrupted\n"
            )
            os._exit(130)
        asked.set()

    def watch() -> None:
        # not in the handler: it may come while this thread holds the lock of the control
        asked.wait()
        if over.is_set():
            return
        control.cancel()
        if not over.wait(PATIENCE) and (names := control.at_work()):
            print(f"linearlink: {describe(names)}", file=sys.stderr, flush=True)

    live = sys.stderr.isatty()  # where bars have hidden the cursor
    watcher = threading.Thread(target=watch, name="interrupt", daemon=True)
    watcher.start()
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        over.set()
        asked.set()
        watcher.join()


def describe(names: list[str]) -> str:
    """What is said of a run that does not stop at once."""
    shown = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" * (len(names) > NAMED))
    return f"stopping; waiting for {shown} …; interrupt again to end at once"
