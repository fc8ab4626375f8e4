"""A run in plain lines, where no terminal is: for logs, cron and pipes."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ui.progress import Progress, Row, Whole
from ui.units import duration

#: seconds between two lines, and before the first one; looks for nodes that have ended
EVERY, LOOK = 10.0, 1.0
#: so many nodes are named in a line
NAMED = 3


@contextmanager
def tell(progress: Progress) -> Iterator[None]:
    """Write lines to stderr while the run goes on; none for one that ends within seconds."""
    lines, ended = Lines(progress, time.time()), threading.Event()

    def look() -> None:
        while not ended.wait(LOOK):
            for line in lines.due(time.time()):
                print(f"linearlink: progress: {line}", file=sys.stderr, flush=True)

    thread = threading.Thread(target=look, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class Lines:
    """Decides what is written when: first what runs, then how far it is, and nodes that end."""

    def __init__(self, progress: Progress, started: float) -> None:
        self._progress = progress
        self._told_at = started
        self._begun = False
        self._ended: set[str] = set()

    def due(self, now: float) -> list[str]:
        """The lines to write now."""
        if not self._begun and now - self._told_at < EVERY:
            return []
        rows, whole = self._progress.rows(now), self._progress.whole(now)
        lines = []
        if not self._begun:
            self._begun = True
            lines.append(f"running {_will_run(rows)}; {_describe_whole(whole)}")
            self._ended = {row.node for row in rows if row.ended}
        ended = [row for row in rows if row.ended and row.node not in self._ended]
        self._ended.update(row.node for row in ended)
        if ended:
            shown = "; ".join(map(describe, ended[:NAMED])) + _more(len(ended) - NAMED)
            lines.append(f"{shown}; {_describe_whole(whole)}")
        going = [row for row in rows if row.begun and not row.ended]
        if going and not lines and now - self._told_at >= EVERY:
            shown = "; ".join(map(describe, going[:NAMED])) + _more(len(going) - NAMED)
            lines.append(f"{shown}; {_describe_whole(whole)}")
        if lines:
            self._told_at = now
        return lines


def describe(row: Row) -> str:
    """A node in a line: ``background: 120 of 500, 12.3/s, 31 s left``."""
    parts = []
    if row.total > 1:
        parts.append(f"{row.done} of {row.total}")
    elif row.ended:
        parts.append(row.lost or "done")
    else:
        parts.append(f"{row.fraction:.0%}")
    if not row.ended:
        if row.total > 1 and row.rate:
            parts.append(f"{row.rate:.3g}/s")
        if row.left is not None:
            parts.append(f"{duration(row.left)} left")
    if row.lost and row.total > 1:
        parts.append(row.lost)
    return f"{row.node}: {', '.join(parts)}"


def _describe_whole(whole: Whole) -> str:
    left = "" if whole.left is None or whole.fraction >= 1 else f", {duration(whole.left)} left"
    return f"all {whole.fraction:.0%}{left}"


def _will_run(rows: list[Row]) -> str:
    shown = [f"{row.node} ({row.total})" if row.total > 1 else row.node for row in rows]
    return ", ".join(shown[:10]) + _more(len(shown) - 10)


def _more(count: int) -> str:
    return f" and {count} more" if count > 0 else ""
