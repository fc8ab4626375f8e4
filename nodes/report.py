"""Reports of a night: what became of each frame, and a line for each integrated image."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Annotated, Any

from graph.errors import InputError
from graph.spec import Partial, node
from nodes.values import Statistics, Table

_FRAME = "frame"
_NO_IMAGE = "no image could be made"
_LOST = "could not be read or calibrated; the messages of the run say why"


def _memory(inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]) -> int:
    return 0


@node("report.frames", version=2, title="Report of frames", memory=_memory)
def frames(
    tables: Annotated[Sequence[Table], Partial()],
    *,
    files: tuple[str, ...] = (),
    starts: tuple[str, ...] = (),
) -> Table:
    """Put what is known of each frame side by side: quality, registration, integration.

    Wire the tables of a survey, of a registration and of an integration, joined; those that could
    not be made are missing. One row a frame of the first table, found by the column ``frame``. A
    table with several rows a frame, as an integration of colour images has for each channel, gives
    their mean, and of texts all that differ. Columns of a name that is already there are called
    ``registration_…`` and ``integration_…``. What a table does not tell of a frame is empty.

    With files, a column ``file`` stands first. A frame is found by its start, or by its place
    where starts do not tell frames apart and no frame is missing. Files of which there is no frame
    stand below, unused, with the reason that they could not be read or calibrated.

    Raises InputError for no table, one without a column ``frame``, and other numbers of files and
    starts.

    files: names of the files, in the order in which they are read.
    starts: when each of them begins, as its header says; empty for not known.
    """
    if not len(tables):
        raise InputError("there are no tables of frames; wire those of a survey or a registration")
    columns = list(tables[0].columns)
    rows: dict[Any, list[Any]] = {
        number: [row[column] for column in columns] for number, row in _by_frame(tables[0]).items()
    }
    for index in range(1, len(tables)):
        table = tables[index]
        found = _by_frame(table)
        added = [column for column in table.columns if column not in (_FRAME, "channel")]
        for number, row in rows.items():
            row += [found.get(number, {}).get(column) for column in added]
        name = _name(table)
        columns += [f"{name}_{column}" if column in columns else column for column in added]
    if files:
        names, lost = _name_frames(rows, columns, files, starts)
        rows = {number: [names.get(number), *row] for number, row in rows.items()}
        columns.insert(0, "file")
        said = {"used": False, "reason": _LOST, "weight": 0.0}
        for place, file in enumerate(lost):
            rows[("lost", place)] = [file, *(said.get(column) for column in columns[1:])]
    return Table(tuple(columns), tuple(map(tuple, rows.values())))


def _name_frames(
    rows: Mapping[Any, Sequence[Any]],
    columns: Sequence[str],
    files: Sequence[str],
    starts: Sequence[str],
) -> tuple[dict[Any, str], list[str]]:
    """The file of each frame, and the files without one."""
    if starts and len(starts) != len(files):
        raise InputError(
            f"there are {len(files)} files but {len(starts)} starts; "
            "give one for each file, or none"
        )
    if len(rows) == len(files):
        return dict(zip(rows, files, strict=True)), []
    place = columns.index("start") if "start" in columns else None
    if place is None or len(set(starts)) < len(files) or not all(starts):
        return {}, []
    by_start = dict(zip(starts, files, strict=True))
    named = {number: by_start.pop(str(row[place]), "") for number, row in rows.items()}
    return named, list(by_start.values())


def _name(table: Table) -> str:
    """What a table is of."""
    if "matched" in table.columns:
        return "registration"
    return "integration" if "channel" in table.columns or "low" in table.columns else "other"


def _by_frame(table: Table) -> dict[Any, dict[str, Any]]:
    """The rows of a table by the number of their frame; several of one frame become one."""
    if _FRAME not in table.columns:
        raise InputError(
            f"a table has no column {_FRAME!r}, only {', '.join(table.columns)}; connect "
            "a table with a row for each frame"
        )
    place = table.columns.index(_FRAME)
    alike: dict[Any, list[tuple[Any, ...]]] = {}
    for row in table.rows:
        alike.setdefault(row[place], []).append(row)
    return {
        number: dict(zip(table.columns, map(_merge, zip(*found, strict=True)), strict=True))
        for number, found in alike.items()
    }


def _merge(values: Sequence[Any]) -> Any:
    """One value of several: the mean of numbers, of others all that differ."""
    known = [value for value in values if value is not None and value != ""]
    if len(values) == 1 or len(set(map(repr, values))) == 1:
        return values[0]
    if known and all(isinstance(v, int | float) and not isinstance(v, bool) for v in known):
        return math.fsum(known) / len(known)
    return ", ".join(dict.fromkeys(map(str, known)))


COLUMNS = (
    "name", "frames", "used", "not_used", "exposure", "fwhm", "fwhm_first", "fwhm_last",
    "eccentricity", "rejected_low", "rejected_high", "background", "noise", "snr",
)  # fmt: skip


@node("report.night", version=2, title="Report of a stack", memory=_memory)
def night(
    frames: Table,
    statistics: Statistics | None = None,
    *,
    name: str = "",
) -> Table:
    """Sum up an integration in one row.

    frames is a report of frames, statistics are those of the integrated image. Without statistics
    the row tells of the frames only, and that there is no image.

    Columns: name; frames, and how many of them were used; not_used: why the others were not, with
    their number; exposure: of those used, together, in seconds; fwhm (pixels) and eccentricity:
    medians of those used, fwhm_first and fwhm_last of the first and last quarter of them in time;
    rejected_low and rejected_high: means in percent of the samples; background: the median of the
    image; noise: its standard deviation; snr: the squared ratio of the spread of its pixels
    (1.4826 · MAD) and its noise. Of colour images the means over the channels. What is not known
    is empty.

    name: of the stack, such as its filter.
    """
    image = statistics
    rows = [dict(zip(frames.columns, row, strict=True)) for row in frames.rows]
    used = [row for row in rows if _is_used(row)]
    reasons = Counter(_why(row) for row in rows if not _is_used(row))
    if image is None:
        reasons.update("no stars were found" for row in used if row.get("stars") == 0)
    told = [f"{count} × {why}" for why, count in reasons.items()]
    exposures = [seconds for seconds in _numbers(used, "exposure") if seconds >= 0]
    timed = sorted((row for row in used if row.get("start")), key=lambda row: str(row["start"]))
    quarter = -(-len(timed) // 4)
    spread = 1.4826 * _mean(image.mad) if image else math.nan
    noise = _mean(image.noise) if image else math.nan
    row = (
        name,
        len(rows),
        len(used) if image else 0,
        "; ".join([*(() if image else (_NO_IMAGE,)), *told]),
        math.fsum(exposures) if exposures and image else None,
        _median(used, "fwhm"),
        _median(timed[:quarter], "fwhm"),
        _median(timed[len(timed) - quarter :], "fwhm"),
        _median(used, "eccentricity"),
        _average(used, "low"),
        _average(used, "high"),
        _mean(image.median) if image else None,
        noise if image else None,
        (spread / noise) ** 2 if noise > 0 else None,
    )
    return Table(COLUMNS, (row,))


@node("report.gather", version=1, title="Gather reports", memory=_memory)
def gather(tables: Annotated[Sequence[Table], Partial()], *, names: tuple[str, ...] = ()) -> Table:
    """Put tables of the same columns one below the other, such as those of all stacks of a night.

    Of rows of the same name the last counts, so that a row without the numbers of an image may
    stand before that with them, which is missing where there is no image. With names, what is
    missing altogether gets a row that says so.

    Raises InputError when there are neither tables nor names, or their columns differ.

    names: of all rows that there should be, in their order, as the column ``name`` has them.
    """
    if not len(tables) and not names:
        raise InputError("there are no tables to gather; look at what makes them")
    columns = tables[0].columns if len(tables) else COLUMNS
    rows: dict[Any, tuple[Any, ...]] = dict.fromkeys(names, ())
    place = columns.index("name") if "name" in columns else None
    for number, table in enumerate(tables, 1):
        if table.columns != columns:
            raise InputError(
                f"table {number} has the columns {', '.join(table.columns)} but the first "
                f"{', '.join(columns)}; gather tables of one kind"
            )
        for row in table.rows:
            rows[len(rows) if place is None else row[place]] = row
    empty = {"frames": 0, "used": 0, "not_used": f"{_NO_IMAGE}, and no frame was measured"}
    return Table(
        columns,
        tuple(
            row or tuple(name if column == "name" else empty.get(column) for column in columns)
            for name, row in rows.items()
        ),
    )


def _is_used(row: Mapping[str, Any]) -> bool:
    """Whether a frame was approved, registered and given a weight in the integration."""
    weight = row.get("integration_weight")
    return bool(row.get("used", True)) and row.get("matched") is not False and weight != 0


def _why(row: Mapping[str, Any]) -> str:
    if not row.get("used", True):
        if row.get("stars") == 0:
            return "no stars were found"
        return str(row.get("reason") or "its weight is 0")
    if row.get("matched") is False:
        return str(row.get("registration_reason") or "not matched")
    return str(row.get("note") or "its weight is 0")


def _numbers(rows: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    found = [row.get(name) for row in rows]
    return [float(v) for v in found if isinstance(v, int | float) and math.isfinite(v)]


def _median(rows: Sequence[Mapping[str, Any]], name: str) -> float | None:
    found = _numbers(rows, name)
    return float(median(found)) if found else None


def _average(rows: Sequence[Mapping[str, Any]], name: str) -> float | None:
    found = _numbers(rows, name)
    return math.fsum(found) / len(found) if found else None


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
