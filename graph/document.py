"""JSON text as graphs use it: limits, mistakes with their place, a layout to read and compare.

Only plain data comes out of a text. Nothing in it is imported, evaluated or unpickled.
"""

from __future__ import annotations

import copy
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from textwrap import wrap
from typing import Any, NoReturn

from graph.errors import GraphError, Problem

#: What a graph file may hold. Anything larger is refused before it costs time or memory.
MAX_BYTES = 16 << 20
MAX_VALUES = 1_000_000
MAX_DEPTH = 50

#: A value that fits on a line of that many characters stands on one line.
WIDTH = 100

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN|-?\d[\d.eE+-]*', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NUMBERS = (int, float)
_SIMPLE = (str, int, float, bool, type(None))
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


# --- reading -------------------------------------------------------------------------------------


def read_json(text: str) -> tuple[Any, list[Problem]]:
    """The plain data of a JSON text, and every key in it that stands twice in one object.

    Raises GraphError for a text beyond the limits and, with line and column, for broken JSON,
    NaN, Infinity and numbers too large.
    """
    _check_size(text)
    doubled: list[tuple[dict[str, Any], list[str]]] = []

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            doubled.append((result, [key for key in counts if counts[key] > 1]))
        return result

    try:
        data = json.loads(
            text, object_pairs_hook=build, parse_float=_float, parse_constant=_not_finite
        )
    except json.JSONDecodeError as error:
        raise GraphError(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise GraphError(_too_deep()) from None
    except ValueError:
        raise GraphError(_bad_number(text)) from None
    _check_depth(data)
    if not doubled:
        return data, []
    return data, list(_find_doubled(data, {id(value): keys for value, keys in doubled}))


def _float(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _not_finite(text)


def _not_finite(text: str) -> NoReturn:
    raise ValueError(text)


def _check_size(text: str) -> None:
    if len(text) > MAX_BYTES:
        raise GraphError(too_large())
    if text.count(",") + text.count("[") + text.count("{") > MAX_VALUES:
        raise GraphError(f"the graph has more than {MAX_VALUES:,} values, which is the limit")


def too_large() -> str:
    """What is said of a file beyond ``MAX_BYTES``."""
    return f"the graph is larger than {MAX_BYTES >> 20} MiB, which is the limit"


def _too_deep() -> str:
    return f"the graph is nested deeper than {MAX_DEPTH} levels, which is the limit"


def _check_depth(data: Any) -> None:
    level = [data]
    for _ in range(MAX_DEPTH + 1):
        level = [
            item
            for value in level
            if isinstance(value, dict | list)
            for item in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return
    raise GraphError(_too_deep())


def _bad_number(text: str) -> str:
    """Where the number is that cannot be read, in a text that is sound up to there."""
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token[0] == '"':
            continue
        try:
            if token[-1].isdigit() and math.isfinite(float(token)) and len(token) < 4300:
                continue
        except ValueError:
            pass
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - text.rfind("\n", 0, match.start())
        shown = token if len(token) <= 20 else token[:17] + "…"
        return f"line {line}, column {column}: {shown} is not a finite number"
    return "a number in it cannot be read"


def _find_doubled(data: Any, doubled: dict[int, list[str]]) -> Iterator[Problem]:
    """Where the objects of these identities are, and which of their keys stand twice."""
    pending: list[tuple[tuple[str, ...], Any]] = [((), data)]
    while pending:
        path, value = pending.pop()
        for key in doubled.get(id(value), ()):
            if path == ("nodes",):
                yield Problem("two nodes have this id", key)
            else:
                yield Problem(f"{'.'.join((*path, key))} stands twice")
        if isinstance(value, dict):
            pending += [((*path, key), item) for key, item in value.items()]
        elif isinstance(value, list):
            pending += [((*path, str(place)), item) for place, item in enumerate(value)]


def copy_plain(value: Any) -> Any:
    """A copy of plain data that shares nothing that people change in place.

    A list of two or more numbers, such as a place or a rectangle, is taken for a value: it is
    shared, so whoever wants another puts a new list in its stead.
    """
    if isinstance(value, dict):
        return {key: copy_plain(item) for key, item in value.items()}
    if not isinstance(value, list):
        return value if type(value) in _SIMPLE else copy.deepcopy(value)
    if len(value) > 1 and type(value[0]) in _NUMBERS and all(type(n) in _NUMBERS for n in value):
        return value
    return [copy_plain(item) for item in value]


# --- writing -------------------------------------------------------------------------------------


def plain(value: Any, room: int = MAX_DEPTH) -> Any:
    """A value as it stands in a file: lists for tuples, text for paths.

    Raises TypeError or ValueError for what a file cannot hold.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} cannot stand in a file")
        return value
    if isinstance(value, PurePath):
        return value.as_posix()
    if room == 0:
        raise ValueError(_too_deep())
    if isinstance(value, list | tuple):
        return [plain(item, room - 1) for item in value]
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("a dictionary in a file needs text keys")
        return {key: plain(item, room - 1) for key, item in value.items()}
    if type(value).__module__ == "numpy" and not getattr(value, "shape", None):
        return plain(value.item(), room)
    raise TypeError(f"a {type(value).__name__} cannot stand in a file")


def write_json(sections: Mapping[str, Any], open_levels: Mapping[str, int]) -> str:
    """The text of plain data: what fits on a line stands on one, else one item a line.

    open_levels: of some sections, so many levels have one item a line in any case. Raises
    GraphError for what could not be read back for its size.
    """
    rows = [
        f"  {_encode(key)}: {_layout(value, 2, len(key) + 4, open_levels.get(key, 0))}"
        for key, value in sections.items()
    ]
    text = "{\n" + ",\n".join(rows) + "\n}\n"
    # half of a surrogate pair is no character: UTF-8 cannot hold it, JSON can
    text = _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    _check_size(text)
    _check_depth(sections)
    return text


def _layout(value: Any, indent: int, used: int, open_levels: int) -> str:
    if not value or not isinstance(value, dict | list):
        return _encode(value)
    if not open_levels:
        flat = _encode(value)
        if indent + used + len(flat) < WIDTH:
            return flat
    inner = max(open_levels - 1, 0)
    edge = "\n" + " " * indent
    pad = " " * (indent + 2)
    if isinstance(value, dict):
        rows = [
            f"{pad}{_encode(key)}: {_layout(item, indent + 2, len(key) + 4, inner)}"
            for key, item in value.items()
        ]
        return "{\n" + ",\n".join(rows) + edge + "}"
    if all(isinstance(item, int | float) for item in value):
        numbers = _encode(value)[1:-1]
        lines = wrap(
            numbers, max(WIDTH - len(pad), 20), break_long_words=False, break_on_hyphens=False
        )
        return "[\n" + "\n".join(pad + line for line in lines) + edge + "]"
    return (
        "[\n" + ",\n".join(pad + _layout(item, indent + 2, 0, inner) for item in value) + edge + "]"
    )
