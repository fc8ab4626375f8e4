"""Checking the settings of a node: one check for window, file and command line."""

from __future__ import annotations

import difflib
import math
import typing
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from graph import expression
from graph.spec import REQUIRED, InputFile, Parameter, Range
from graph.values import type_name

#: among more names, or for a longer one, the search for a near one would be slow
NEAR_NAMES, NEAR_LENGTH = 1_000, 100


def near(name: str, names: Iterable[str]) -> str:
    """``; did you mean 'linked'?`` when a name is close to one of the known ones."""
    known = list(names)
    if len(known) > NEAR_NAMES or len(name) > NEAR_LENGTH:
        return ""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def resolve(parameter: Parameter, value: Any) -> Any:
    """The checked value of a setting in its own type. Raises ValueError saying what is wrong."""
    if value is None and parameter.optional:
        return None
    if parameter.each and not isinstance(value, str):
        if not isinstance(value, list | tuple):
            raise ValueError(f"needs a list, not {_shown(value)}")
        return _resolve_each(parameter, value)
    return _resolve_one(parameter, value)


def _resolve_each(parameter: Parameter, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_resolve_each(parameter, item) for item in value)
    return _resolve_one(parameter, value)


def _resolve_one(parameter: Parameter, value: Any) -> Any:
    kind = parameter.kind
    if kind == "choice":
        if not any(value == choice and type(value) is type(choice) for choice in parameter.choices):
            shown = ", ".join(map(str, parameter.choices))
            hint = near(value, map(str, parameter.choices)) if isinstance(value, str) else ""
            raise ValueError(f"{_shown(value)} is not one of: {shown}{hint}")
        return value
    if kind in ("file", "output"):
        if not isinstance(value, str | PurePath) or not str(value):
            raise ValueError(f"needs the path of a file, not {_shown(value)}")
        return str(value)
    if kind == "list":
        return _resolve_list(parameter, value)
    if kind == "any":
        return value
    result = _scalar(parameter.type, value)
    if parameter.range:
        _check_range(parameter.range, result)
    if parameter.expression:
        expression.check(result, parameter.expression.names)
    return result


def _scalar(cls: Any, value: Any) -> Any:
    if cls is Any:
        return value
    if typing.get_origin(cls) is typing.Annotated:
        result = _scalar(cls.__origin__, value)
        for mark in cls.__metadata__:
            if isinstance(mark, Range):
                _check_range(mark, result)
        return result
    if cls is float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"needs a number, not {_shown(value)}")
        result = float(value)
        if not math.isfinite(result):
            raise ValueError(f"needs a finite number, not {value}")
        return result + 0.0  # -0.0 becomes 0.0
    if cls is int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"needs a whole number, not {_shown(value)}")
        return value
    if not isinstance(value, cls):
        needed = {bool: "true or false", str: "text"}.get(cls, f"a {type_name(cls)}")
        raise ValueError(f"needs {needed}, not {_shown(value)}")
    return value


def _check_range(limits: Range, value: Any) -> None:
    if not limits.minimum <= value <= limits.maximum:
        unit = f" {limits.unit}" if limits.unit else ""
        raise ValueError(f"{value:g} is outside {limits.minimum:g} to {limits.maximum:g}{unit}")


def _resolve_list(parameter: Parameter, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"needs a list, not {_shown(value)}")
    if parameter.length is not None and len(value) != parameter.length:
        raise ValueError(f"needs {parameter.length} values, not {len(value)}")
    types = parameter.items if parameter.length is not None else parameter.items * len(value)
    result = []
    for place, (cls, item) in enumerate(zip(types, value, strict=True), 1):
        try:
            if typing.get_origin(cls) in (tuple, list):
                inner = typing.get_args(cls)
                if not isinstance(item, list | tuple) or len(item) != len(inner):
                    raise ValueError(f"needs {len(inner)} values, not {_shown(item)}")
                item = tuple(_scalar(c, v) for c, v in zip(inner, item, strict=True))
            else:
                item = _scalar(cls, item)
                if parameter.range:
                    _check_range(parameter.range, item)
        except ValueError as error:
            raise ValueError(f"value {place}: {error}") from None
        result.append(item)
    return tuple(result)


def _shown(value: Any) -> str:
    text = repr(value)
    kind = {str: "the text ", bool: "the switch "}.get(type(value), "")
    return kind + (text if len(text) <= 60 else text[:57] + "…")


def parse(parameter: Parameter, text: str) -> Any:
    """The value that a text of the command line stands for. Raises ValueError."""
    import json

    if parameter.kind in ("text", "file", "output") and not parameter.each:
        return resolve(parameter, text)
    if parameter.kind == "choice" and text in parameter.choices:
        return text
    if parameter.each and isinstance(parameter.file, InputFile) and text[:1] != "[":
        return text
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError:
        value = text
    return resolve(parameter, value)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"needs a finite number, not {name}")


def schema(parameter: Parameter) -> dict[str, Any]:
    """JSON schema of a parameter."""
    kinds: Mapping[str, dict[str, Any]] = {
        "number": {"type": "number"},
        "integer": {"type": "integer"},
        "switch": {"type": "boolean"},
        "text": {"type": "string"},
        "choice": {"enum": list(parameter.choices)},
        "file": {"type": "string", "format": "path"},
        "output": {"type": "string", "format": "path"},
        "list": {"type": "array"},
        "any": {},
    }
    result = dict(kinds[parameter.kind])
    if parameter.length is not None:
        result |= {"minItems": parameter.length, "maxItems": parameter.length}
    if parameter.range:
        if math.isfinite(parameter.range.minimum):
            result["minimum"] = parameter.range.minimum
        if math.isfinite(parameter.range.maximum):
            result["maximum"] = parameter.range.maximum
        if parameter.range.unit:
            result["unit"] = parameter.range.unit
    if parameter.each:
        single = result
        nested = {"type": "array"}
        result = {"anyOf": [single, nested]} if parameter.file else nested
    if parameter.optional:
        result = {"anyOf": [result, {"type": "null"}]}
    if parameter.help:
        result["description"] = parameter.help
    if parameter.default is not REQUIRED:
        default = parameter.default
        result["default"] = str(default) if isinstance(default, PurePath) else default
    return result
