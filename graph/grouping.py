"""Files in groups by what their headers say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from graph.files import natural


def group_files(
    names: Sequence[str], headers: Sequence[Mapping[str, Any]], keywords: Sequence[str]
) -> tuple[list[list[str]], tuple[tuple[str, int], ...], list[str], list[str]]:
    """Lists of files of equal header values, what each has in common, its name, what is amiss.

    headers: of each file, keyword → value. keywords: ``FILTER``, ``EXPTIME`` …; a file without one
    stands with others without it. The groups come in the order of their values, numbers first,
    none last; the files in that given.
    """
    keywords = list(dict.fromkeys(keyword.strip().upper() for keyword in keywords))
    found: dict[tuple[str, ...], list[str]] = {}
    missing = dict.fromkeys(keywords, 0)
    for name, header in zip(names, headers, strict=True):
        for keyword in keywords:
            missing[keyword] += keyword not in header
        found.setdefault(tuple(_shown(header.get(keyword)) for keyword in keywords), []).append(
            name
        )
    groups = sorted(found.items(), key=lambda item: [_rank(text) for text in item[0]])
    labels = tuple(
        (", ".join(f"{k}={v or 'none'}" for k, v in zip(keywords, values, strict=True)), len(group))
        for values, group in groups
    )
    problems = [
        f"{count} of {len(names)} files say no {keyword} in their header; they stand apart"
        for keyword, count in missing.items()
        if count
    ]
    titles = ["_".join(re.sub(r"[^\w.+-]+", "-", v or "none") for v in key) for key, _ in groups]
    return [group for _, group in groups], labels, titles, problems


def _rank(text: str) -> tuple[int, float, list[tuple[int, int, str]]]:
    """Sorts numbers by size, then text as people do, then nothing."""
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", text, re.IGNORECASE):
        return 0, float(text), []
    return (1, 0.0, natural(Path(text))) if text else (2, 0.0, [])


def _shown(value: Any) -> str:
    """Equal numbers read alike: 300, 300.0 and 300.0000001."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.7g}"
    return "" if value is None else str(value).strip()
