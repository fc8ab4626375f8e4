"""Interrupts: the first stops a run cleanly, the second ends the program."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

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
    over = threading.Event()
    end, start = os.pipe()
    os.set_blocking(start, False)

    def watch() -> None:
        """Act on the numbers of signals as they come, whatever the main thread is at in C."""
        asked = False
        while not over.is_set() and (numbers := os.read(end, 1)):
            if numbers[0] not in before or over.is_set():
                continue
            if asked:  # a node that does not listen may be at work on any thread
                line = b"linearlink: interrupted\n"
                os.write(2, b"\r\x1b[?25h" + line if live else line)
                os._exit(130)
            asked = True
            control.cancel()
            threading.Thread(target=tell, name="patience", daemon=True).start()

    def tell() -> None:
        if not over.wait(PATIENCE) and (names := control.at_work()):
            print(f"linearlink: {describe(names)}", file=sys.stderr, flush=True)

    live = sys.stderr.isatty()  # where bars have hidden the cursor
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in signals}
    watcher = threading.Thread(target=watch, name="interrupt", daemon=True)
    watcher.start()
    former = signal.set_wakeup_fd(start, warn_on_full_buffer=False)
    for number in signals:
        signal.signal(number, lambda number, frame: None)  # the watcher is told by the pipe
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(former)
        over.set()
        os.write(start, b"\0")
        watcher.join()
        os.close(start)
        os.close(end)


def describe(names: list[str]) -> str:
    """What is said of a run that does not stop at once."""
    shown = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" * (len(names) > NAMED))
    return f"stopping; waiting for {shown} …; interrupt again to end at once"
