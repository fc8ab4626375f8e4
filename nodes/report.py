"""Reports of a night: what became of each frame, and a line for each integrated image."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Annotated, Any

from graph.errors import InputError
from graph.spec import From, node
from nodes.measure import image_statistics
from nodes.values import Statistics, Table

_FRAME = "frame"


def _memory(inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]) -> int:
    return 0


@node("report.frames", version=1, title="Report of frames", memory=_memory)
def frames(
    survey: Table, registration: Table | None = None, integration: Table | None = None
) -> Table:
    """Put what is known of each frame side by side: quality, registration, integration.

    One row a frame, in the order of the survey, found by the column ``frame``. A table with
    several rows a frame, as an integration of colour images has for each channel, gives their
    mean, and of texts all that differ. Columns of a name that is already there are called
    ``registration_…`` and ``integration_…``. What a table does not tell of a frame is empty.

    Raises InputError for a table without a column ``frame``.
    """
    columns = list(survey.columns)
    rows = {n: [row[c] for c in columns] for n, row in _by_frame(survey, "survey").items()}
    for name, table in (("registration", registration), ("integration", integration)):
        if table is None:
            continue
        found = _by_frame(table, name)
        added = [column for column in table.columns if column not in (_FRAME, "channel")]
        for number, row in rows.items():
            row += [found.get(number, {}).get(column) for column in added]
        columns += [f"{name}_{column}" if column in columns else column for column in added]
    return Table(tuple(columns), tuple(map(tuple, rows.values())))


def _by_frame(table: Table, name: str) -> dict[Any, dict[str, Any]]:
    """The rows of a table by the number of their frame; several of one frame become one."""
    if _FRAME not in table.columns:
        raise InputError(
            f"the table {name} has no column {_FRAME!r}, only {', '.join(table.columns)}; connect "
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


@node("report.night", version=1, title="Report of a night", memory=_memory)
def night(
    frames: Table,
    statistics: Annotated[Statistics, From(image_statistics)],
    above: Table | None = None,
    *,
    name: str = "",
) -> Table:
    """Sum up an integration in one row, below the rows of others.

    frames is a report of frames, image the integrated image, above the report of the sets before.

    Columns: name; frames, and how many of them were used; not_used: why the others were not, with
    their number; exposure: of those used, together, in seconds; fwhm (pixels) and eccentricity:
    medians of those used, fwhm_first and fwhm_last of the first and last quarter of them in time;
    rejected_low and rejected_high: means in percent of the samples; background: the median of the
    image; noise: its standard deviation; snr: the squared ratio of the spread of its pixels
    (1.4826 · MAD) and its noise. Of colour images the means over the channels. What is not known
    is empty.

    Raises InputError when the table above is no report of a night.

    name: of the set, such as its filter.
    """
    if above is not None and above.columns != COLUMNS:
        raise InputError(
            f"the table above has the columns {', '.join(above.columns)}; connect another report "
            "of a night, or nothing"
        )
    rows = [dict(zip(frames.columns, row, strict=True)) for row in frames.rows]
    used = [row for row in rows if _is_used(row)]
    reasons = Counter(_why(row) for row in rows if not _is_used(row))
    timed = sorted((row for row in used if row.get("start")), key=lambda row: str(row["start"]))
    quarter = -(-len(timed) // 4)
    spread = 1.4826 * _mean(statistics.mad)
    noise = _mean(statistics.noise)
    row = (
        name,
        len(rows),
        len(used),
        "; ".join(f"{count} × {why}" for why, count in reasons.items()),
        math.fsum(_numbers(used, "exposure")) if _numbers(used, "exposure") else None,
        _median(used, "fwhm"),
        _median(timed[:quarter], "fwhm"),
        _median(timed[len(timed) - quarter :], "fwhm"),
        _median(used, "eccentricity"),
        _average(used, "low"),
        _average(used, "high"),
        _mean(statistics.median),
        noise,
        (spread / noise) ** 2 if noise > 0 else None,
    )
    return Table(COLUMNS, (*(above.rows if above else ()), row))


def _is_used(row: Mapping[str, Any]) -> bool:
    """Whether a frame was approved, registered and given a weight in the integration."""
    weight = row.get("integration_weight")
    return bool(row.get("used", True)) and row.get("matched") is not False and weight != 0


def _why(row: Mapping[str, Any]) -> str:
    if not row.get("used", True):
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
