"""What names of folders and files tell of a frame, for where its header is silent.

``Light_M31_120.0s_Bin1_Ha_gain100_20240101-223000_-10.0C_0001.fit``, folders ``flats`` and
``dark_120s``, and pairs as ``FILTER_Ha`` or ``NIGHT_2``. The name of the file goes before that of
its folder, and an inner folder before an outer one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

_KINDS = (
    ("flatdark", re.compile(r"(flat[ _-]?darks?|dark[ _-]?flats?)$")),
    ("bias", re.compile(r"(bias|biases|biasses|zeros?|offsets?)$")),
    ("dark", re.compile(r"darks?$")),
    ("flat", re.compile(r"(sky|dome)?flats?$")),
    ("light", re.compile(r"lights?$")),
)
_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_BEFORE, _AFTER = r"(?<![A-Za-z0-9.])", r"(?![A-Za-z0-9])"
_MEASURES = {
    "exposure": re.compile(rf"{_BEFORE}(\d+(?:\.\d+)?)\s?(ms|s|secs?|seconds?){_AFTER}", re.I),
    "gain": re.compile(rf"{_BEFORE}(?:(?:gain|iso)[ _=-]?|g)(\d+){_AFTER}", re.I),
    "offset": re.compile(rf"{_BEFORE}(?:offset|ofs)[ _=-]?(\d+){_AFTER}", re.I),
    "temperature": re.compile(rf"(?<![A-Za-z0-9.])({_NUMBER})\s?(?:°|deg)?C{_AFTER}"),
    "binning": re.compile(rf"{_BEFORE}bin(?:ning)?[ _=-]?(\d)(?:x\d)?{_AFTER}", re.I),
}
_PAIRS = {
    "type": ("IMAGETYP", "FRAMETYP"),
    "filter": ("FILTER",),
    "exposure": ("EXPTIME", "EXPOSURE"),
    "gain": ("GAIN",),
    "offset": ("OFFSET",),
    "temperature": ("CCD-TEMP", "CCDTEMP", "SET-TEMP"),
    "binning": ("XBINNING", "BINNING"),
    "object": ("OBJECT",),
}
_FILTERS = re.compile(
    r"(L|Lum|Luminance|R|Red|G|Green|B|Blue|H|Ha|Halpha|H-alpha|Hb|H-beta|O|O3|OIII|S|S2|SII|N2|NII"
    r"|Clear|UVIR|IRCUT|LP|CLS|L-?Pro|L-?eNhance|L-?eXtreme|L-?Ultimate|ALP-?T|Duo|Dualband)"
    r"([ -]?\d+(\.\d+)?nm)?$",
    re.I,
)


def read_names(parts: Sequence[str]) -> dict[str, tuple[Any, str]]:
    """What the names say: fact → (value, the name that says so).

    parts: folders from the outermost in, the file's name last. Facts are type, master, filter,
    exposure (seconds), gain, offset, temperature (°C), binning, object; only those found.
    """
    found: dict[str, tuple[Any, str]] = {}
    for name in _inwards(parts):
        for fact, value in _read_name(name).items():
            found.setdefault(fact, (value, name))
    return found


def read_pair(parts: Sequence[str], keyword: str) -> tuple[str, str] | None:
    """The value of ``KEYWORD_value`` in one of the names, and that name."""
    pattern = re.compile(
        rf"(?<![A-Za-z0-9]){re.escape(keyword)}[_=-]([A-Za-z0-9.+-]+)", re.IGNORECASE
    )
    for name in _inwards(parts):
        if match := pattern.search(name):
            return match[1].rstrip("."), name
    return None


def _inwards(parts: Sequence[str]) -> list[str]:
    """The file's name without its ending first, then its folders, the innermost first."""
    stem = re.sub(r"(\.(gz|bz2|fz))?$", "", parts[-1], flags=re.IGNORECASE)
    return [PurePath(stem).stem, *reversed(parts[:-1])]


def _read_name(name: str) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for fact, keywords in _PAIRS.items():
        for keyword in keywords:
            if pair := read_pair([name + ".x"], keyword):
                facts.setdefault(fact, pair[0])
    for fact, pattern in _MEASURES.items():
        if fact not in facts and (match := pattern.search(name)):
            facts[fact] = float(match[1]) / (1000 if match[match.lastindex or 1] == "ms" else 1)
    words = [word for word in re.split(r"[_\s.,;()\[\]]+", name) if word]
    if "type" not in facts and (kind := _kind_of(words)):
        facts["type"] = kind
    if any(word.lower().startswith("master") for word in words):
        facts["master"] = True
        if "type" not in facts and (
            kind := _kind_of([re.sub("(?i)^master", "", w) for w in words])
        ):
            facts["type"] = kind
    if "filter" not in facts:
        known = [word for word in words if _FILTERS.match(word)]
        if known:
            facts["filter"] = known[-1]  # targets and types come first in names
    return facts


def _kind_of(words: Sequence[str]) -> str | None:
    """The type that the first telling word, or two words together, name."""
    lower = [word.lower() for word in words]
    settings = any(word.startswith(("gain", "iso")) for word in lower)  # offset is one of them
    for i, word in enumerate(lower):
        if settings and word.startswith("offset"):
            continue
        for text in ("_".join(lower[i : i + 2]), word, re.split(r"[-\d]", word)[0]):
            for kind, pattern in _KINDS:
                if pattern.match(text):
                    return kind
    return None
