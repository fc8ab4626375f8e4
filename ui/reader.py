"""Who hears of a run while it goes on: JSON lines, bars on a terminal, or plain lines."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.estimate import Estimate
    from graph.events import Event
    from graph.plan import Plan


@contextmanager
def reader(
    plan: Plan, estimate: Estimate | None, as_json: bool, quiet: bool
) -> Iterator[Callable[[Event], None] | None]:
    """What to hand events to, or None: JSON goes to stdout, bars and plain lines to stderr."""
    if as_json:
        yield _write_line
    elif quiet:
        yield None
    else:
        from ui.progress import Progress

        progress = Progress(plan, estimate)
        if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            from ui.bars import draw as show
        else:
            from ui.lines import tell as show
        with show(progress):
            yield progress.take


_turn = threading.Lock()


def _write_line(event: Event) -> None:
    line = json.dumps(event.to_json())
    with _turn:
        print(line, flush=True)
