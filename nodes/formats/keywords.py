"""What a frame is: exposure, filter, temperature …, whatever keyword the camera program used.

Reading forgives: ``'60 s'`` is 60, ``'-20C'`` is -20, ``'2x2'`` is 2. Of duplicate cards the first
counts, and of several keywords for one thing the first in the list below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from nodes.values import Card

_NUMBER = re.compile(r"\s*([+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?)")
_TYPES = (
    ("flatdark", re.compile(r"flat[ _-]?(?:field[ _-]?)?dark|dark[ _-]?flat")),
    ("bias", re.compile(r"bias|zero|offset")),
    ("dark", re.compile(r"dark")),
    ("flat", re.compile(r"flat|twilight")),
    ("light", re.compile(r"light|object|science")),
)
#: the numbers of PICTTYPE, as SBIG and TheSkyX write them
_PICTURES = {1: "light", 2: "bias", 3: "dark", 4: "flat"}


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    match = _NUMBER.match(str(value))
    return float(str(match[1]).replace(",", ".")) if match else None


def _text(value: Any) -> str | None:
    return (str(value).strip() or None) if value is not None else None


def _millimetres(value: Any) -> float | None:
    metres = _number(value)
    return None if metres is None else metres * 1000


def _second(value: Any) -> float | None:
    """The second number of ``'2 3'`` or ``'2x3'``; the first if it is alone."""
    numbers = re.findall(r"\d+", str(value))
    return float(numbers[1 if len(numbers) > 1 else 0]) if numbers else None


def read_kind(value: Any) -> str | None:
    """``bias``, ``dark``, ``flat``, ``flatdark`` or ``light``; masters are named the same."""
    text = str(value).lower()
    return next((name for name, pattern in _TYPES if pattern.search(text)), None)


def _picture(value: Any) -> str | None:
    return _PICTURES.get(value) if isinstance(value, int) else None


def _master(value: Any) -> bool | None:
    """Whether that type is one of a stack made before: ``Master Dark``."""
    return "master" in str(value).lower() if read_kind(value) else None


def _gain(value: Any) -> float | None:
    """ASCOM drivers write -1 where the camera tells none."""
    gain = _number(value)
    return None if gain is None or gain < 0 else gain


def _sexagesimal(value: Any) -> float | None:
    parts = re.findall(r"\d+(?:\.\d*)?", str(value))
    if not parts or len(parts) > 3:
        return None
    total = sum(float(part) * 60.0**-i for i, part in enumerate(parts))
    return -total if str(value).strip().startswith("-") else total


def _degrees(value: Any) -> float | None:
    """Degrees, from a number or from degrees, minutes and seconds."""
    if isinstance(value, str) and re.search(r"\d[\s:hd°]+\d", value):
        return _sexagesimal(value)
    return _number(value)


def _hours(value: Any) -> float | None:
    """Degrees from hours, minutes and seconds, or from a number of hours."""
    hours = _sexagesimal(value) if isinstance(value, str) else _number(value)
    return None if hours is None else hours * 15


def _right_ascension(value: Any) -> float | None:
    """Degrees from a number of degrees, or from hours, minutes and seconds."""
    if isinstance(value, str) and re.search(r"\d[\s:h]+\d", value):
        return _hours(value)
    return _number(value)


def _time(value: Any) -> str | None:
    """ISO 8601 in UTC; a time zone is taken into account."""
    text = _text(value)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        return text
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")


#: field: (keywords in order of preference, how to read them)
FIELDS: dict[str, tuple[tuple[tuple[str, Callable[[Any], Any]], ...], str]] = {}


def _field(name: str, unit: str, read: Callable[[Any], Any], *keywords: Any) -> None:
    pairs = tuple(k if isinstance(k, tuple) else (k, read) for k in keywords)
    FIELDS[name] = (pairs, unit)


_field("exposure", "s", _number, "EXPTIME", "EXPOSURE")
_field("start", "UTC", _time, "DATE-OBS", "DATE-BEG")
_KINDS = ("IMAGETYP", "FRAMETYP", "FRAME", "IMGTYPE", "IMAGETYPE", "FRAMETYPE", "OBSTYPE")
_field("type", "", read_kind, *_KINDS, ("PICTTYPE", _picture))
_field("master", "", _master, *_KINDS)
_field("filter", "", _text, "FILTER", "FILT-1", "INSFLNAM", "FILTER1", "FILTNAM")
_field("gain", "", _gain, "GAIN", "ISOSPEED", "ISO", "GAINRAW")
_field("offset", "", _gain, "OFFSET", "BLKLEVEL")
_field("electrons", "e-/ADU", _number, "EGAIN", "CVF")
_field(
    "temperature", "°C", _number, "CCD-TEMP", "CCD_TEMP", "CCDTEMP", "TEMPERAT", "CAMTCCD",
    "SET-TEMP",
)  # fmt: skip
_field("x_binning", "", _number, "XBINNING", "BINX", "CCDSUM")
_field("y_binning", "", _number, "YBINNING", "BINY", ("CCDSUM", _second))
_field("x_pixel", "µm", _number, "XPIXSZ", "XPIXELSZ", "PIXSIZE1", "PIXSIZEX", "XPIXSIZE")
_field("y_pixel", "µm", _number, "YPIXSZ", "PIXSIZE2", "PIXSIZEY")
_field("focal_length", "mm", _number, "FOCALLEN", "FOCAL", ("FLENGTH", _millimetres))
_field("ra", "°", _right_ascension, "RA", ("OBJCTRA", _hours), "RA_D")
_field("dec", "°", _degrees, "DEC", "OBJCTDEC", "DEC_D")
_field("object", "", _text, "OBJECT")
_field("camera", "", _text, "INSTRUME")
_field("telescope", "", _text, "TELESCOP")
_field("latitude", "°", _degrees, "SITELAT", "SITE-LAT", "OBSLAT", "LAT-OBS")
_field("longitude", "°", _degrees, "SITELONG", "SITE-LON", "OBSLONG", "LONG-OBS")
_field("elevation", "m", _number, "SITEELEV", "OBSELEV", "ALT-OBS")
_field("stacked", "", _number, "STACKCNT", "NCOMBINE")
_field("total_exposure", "s", _number, "LIVETIME")
_field("pedestal", "ADU", _number, "PEDESTAL")


def read_field(header: Iterable[Card], name: str) -> Any:
    """One fact about a frame, or None; names, units and keywords are in ``FIELDS``."""
    cards: dict[str, Any] = {}
    for keyword, value, _ in header:
        cards.setdefault(keyword, value)
    for keyword, read in FIELDS[name][0]:
        if keyword in cards and (value := read(cards[keyword])) is not None:
            return value
    if name == "start" and cards.get("DATE") and cards.get("TIME-OBS"):
        return _time(f"{str(cards['DATE'])[:10]}T{cards['TIME-OBS']}")
    return None
