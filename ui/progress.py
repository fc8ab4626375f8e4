"""Showing a run while it goes on: JSON lines, or bars on a terminal."""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.events import Event
    from graph.plan import Plan


@contextmanager
def reader(plan: Plan, as_json: bool, quiet: bool) -> Iterator[Callable[[Event], None]]:
    """A function to hand events to: prints JSON lines, draws bars, or does nothing."""
    if as_json:
        yield _write_line
    elif quiet or not sys.stderr.isatty():
        yield lambda event: None
    else:
        with _bars(plan) as post:
            yield post


_turn = threading.Lock()


def _write_line(event: Event) -> None:
    line = json.dumps(event.to_json())
    with _turn:
        print(line, flush=True)


@contextmanager
def _bars(plan: Plan) -> Iterator[Callable[[Event], None]]:
    """A bar for each node that runs: its items, how far the current ones are, the time left."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[text]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bars = {
            id: progress.add_task(id, total=node.to_run, text="", visible=False)
            for id, node in plan.nodes.items()
            if node.state == "run"
        }

        lost: defaultdict[str, list[str]] = defaultdict(list)

        def post(event: Event) -> None:
            bar = bars.get(event.node)
            if bar is None:
                return
            if event.kind == "started":
                progress.update(bar, visible=True)
            elif event.kind == "progress":
                share = f"{event.data['fraction']:.0%} {event.data['text']}".strip()
                progress.update(bar, text=share)
            elif event.kind in ("finished", "cached", "failed", "cancelled", "blocked"):
                if event.kind not in ("finished", "cached"):
                    lost[event.node].append(event.kind)
                kinds = Counter(lost[event.node])
                text = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
                progress.update(bar, advance=1, text=text)

        yield post
