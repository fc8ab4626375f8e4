"""Values that are no pictures, as rows of text: statistics, tables, numbers, words."""

from __future__ import annotations

import dataclasses
from typing import Any

#: more rows are not shown: a widget a cell is slow
MOST_ROWS = 500
_LONGEST = 20_000

Rows = tuple[list[str], list[list[str]]]


def read_rows(value: Any) -> Rows | None:
    """Names of columns and rows of a value that is shown as a table, or None for a text."""
    from nodes.values import Statistics, Stretch, Table
    from ui.editor.viewer.readout import NAMES

    if isinstance(value, Table):
        rows = [[write(cell) for cell in row] for row in value.rows[:MOST_ROWS]]
        return list(value.columns), rows
    if isinstance(value, Statistics | Stretch):
        fields = [(f.name, getattr(value, f.name)) for f in dataclasses.fields(value)]
        wide = max(len(v) for _, v in fields if isinstance(v, tuple))
        names = ["", *NAMES.get(wide, tuple(map(str, range(wide))))]
        rows = []
        for name, found in fields:
            cells = found if isinstance(found, tuple) else (found,)
            rows.append([name.replace("_", " "), *map(write, cells), *[""] * (wide - len(cells))])
        return names, rows
    return None


def read_text(value: Any) -> str:
    """A value as words."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else value[:_LONGEST] + " …"
    if isinstance(value, list | tuple):
        return "\n".join(write(item) for item in value[:MOST_ROWS])
    return write(value)


def more_rows(value: Any) -> str:
    """What is said below a table of which not all is shown."""
    from nodes.values import Table

    hidden = len(value.rows) - MOST_ROWS if isinstance(value, Table) else 0
    return f"… and {hidden:,} more rows" if hidden > 0 else ""


def write(value: Any) -> str:
    """A cell: numbers with seven digits at most."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.7g}"
    if hasattr(value, "summary"):
        return str(value.summary())
    return str(value)
