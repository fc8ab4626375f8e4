"""A run as bars on a terminal: a line for each node that runs or has run, the whole below."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ui.progress import Progress, Row
from ui.units import duration

if TYPE_CHECKING:
    from rich.table import Table

#: lines for nodes; with one for what is folded away and one for the whole there are 15
ROWS = 13
#: columns from which on there are bars and rates, and what numbers take where there are none
WIDE, NUMBERS = 72, 26
#: drawings in a second
RATE = 5


@contextmanager
def draw(progress: Progress) -> Iterator[None]:
    """Draw on stderr while the run goes on; nothing stays there."""
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True)
    with Live(
        get_renderable=lambda: table(progress, console.height, width=console.width),
        console=console,
        refresh_per_second=RATE,
        transient=True,
    ):
        yield


def choose(rows: list[Row], room: int) -> tuple[list[Row], list[Row]]:
    """The nodes to show, in order, and those to fold away: what is done and went well goes first.

    Among equals the later ones are shown. Nodes that have not begun are neither.
    """
    begun = [row for row in rows if row.begun]
    places = sorted(range(len(begun)), key=lambda place: (_urgency(begun[place]), -place))[:room]
    shown = set(places)
    return (
        [row for place, row in enumerate(begun) if place in shown],
        [row for place, row in enumerate(begun) if place not in shown],
    )


def _urgency(row: Row) -> int:
    return 0 if row.at_work else 1 if row.lost else 2 if not row.ended else 3


def table(progress: Progress, height: int, now: float | None = None, width: int = 80) -> Table:
    """What is drawn at this moment on a terminal of so many lines and columns.

    Where it is narrow bars and rates give way to numbers.
    """
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    rows, whole = progress.rows(now), progress.whole(now)
    shown, folded = choose(rows, max(min(ROWS, height - 3), 1))
    grid = Table.grid(padding=(0, 1))
    wide = width >= WIDE
    name_width = 28 if wide else min(max(width - NUMBERS, 6), 28)
    grid.add_column(no_wrap=True, max_width=name_width, overflow="ellipsis")
    if wide:
        grid.add_column(width=20)
    for _ in range(3 if wide else 2):
        grid.add_column(no_wrap=True, justify="right")
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=1)

    def add(name: str, fraction: float, count: str, rate: str, left: str, text: str) -> None:
        bar = ProgressBar(total=1.0, completed=fraction, width=20)
        numbers = (bar, Text(count), Text(rate)) if wide else (Text(count),)
        grid.add_row(Text(name), *numbers, Text(left), Text(text))

    if folded:
        done = sum(row.ended for row in folded)
        begun = f", {len(folded) - done} begun" if done < len(folded) else ""
        grid.add_row(Text(f"… {done} nodes done{begun}"))
    for row in shown:
        add(
            row.node,
            row.fraction,
            f"{row.done} of {row.total}" if row.total > 1 else f"{row.fraction:.0%}",
            f"{row.rate:.3g}/s" if row.rate and row.total > 1 and not row.ended else "",
            "" if row.left is None else f"{duration(row.left)} left",
            ", ".join(part for part in (row.lost, row.text) if part),
        )
    left = "" if whole.left is None or whole.fraction >= 1 else f"{duration(whole.left)} left"
    add("all", whole.fraction, f"{whole.fraction:.0%}", "", left, "")
    return grid
