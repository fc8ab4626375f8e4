"""Checking the settings of a node: one check for window, file and command line."""

from __future__ import annotations

import difflib
import itertools
import json
import math
import typing
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from graph import expression
from graph.keys import canonical
from graph.spec import (
    REQUIRED,
    Color,
    CurvePoints,
    InputFile,
    NodeSpec,
    OutputFile,
    Parameter,
    Range,
)
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


def defaults(spec: NodeSpec) -> dict[str, Any]:
    """The default of every parameter that has one, as it stands in a file."""
    return {
        name: str(p.default) if isinstance(p.default, PurePath) else p.default
        for name, p in spec.params.items()
        if p.default is not REQUIRED
    }


def resolve(parameter: Parameter, value: Any) -> Any:
    """The checked value of a setting in its own type. Raises ValueError saying what is wrong."""
    if value is None and parameter.optional:
        return None
    if parameter.each and isinstance(value, list | tuple):
        return _resolve_each(parameter, value)
    if parameter.each and not isinstance(value, str) and not one_for_all(parameter):
        raise ValueError(f"needs a list, not {_shown(value)}")
    return _resolve_one(parameter, value)


def one_for_all(parameter: Parameter) -> bool:
    """Whether a single value of an ``Each`` parameter stands for all: its default is one."""
    return parameter.default is not REQUIRED and not isinstance(parameter.default, list | tuple)


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
        endings = parameter.file.suffixes if isinstance(parameter.file, OutputFile) else ()
        if endings and PurePath(value).suffix.lower() not in endings:
            raise ValueError(f"{_shown(str(value))} must end in {' or '.join(endings)}")
        return str(value)
    if kind == "list":
        items = _resolve_list(parameter.type, value, parameter.range)
        if isinstance(parameter.shape, CurvePoints):
            _check_curve(items)
        return items
    if kind == "any":
        try:
            canonical(value)
        except TypeError as error:
            raise ValueError(str(error)) from None
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
        try:
            result = float(value)
        except OverflowError:
            result = math.inf
        if not math.isfinite(result):
            raise ValueError(f"needs a finite number, not {_shown(value)}")
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
        if math.isinf(limits.maximum):
            raise ValueError(f"{_shown(value)} is below {limits.minimum:g}{unit}")
        if math.isinf(limits.minimum):
            raise ValueError(f"{_shown(value)} is above {limits.maximum:g}{unit}")
        raise ValueError(
            f"{_shown(value)} is outside {limits.minimum:g} to {limits.maximum:g}{unit}"
        )


def _check_curve(points: tuple[tuple[float, float], ...]) -> None:
    """Raise ValueError for points that are no curve over the whole range."""
    if len(points) < 2:
        raise ValueError(f"needs 2 points or more, not {len(points)}")
    if points[0][0] != 0 or points[-1][0] != 1:
        raise ValueError(
            f"must go from x = 0 to x = 1, not from {points[0][0]:g} to {points[-1][0]:g}"
        )
    for place, (a, b) in enumerate(itertools.pairwise(points), 2):
        if not a[0] < b[0]:
            raise ValueError(f"value {place}: x must rise, but {b[0]:g} follows {a[0]:g}")


def _item_types(cls: Any) -> tuple[tuple[Any, ...], int | None]:
    """The types of the items of a list type, and their number where it is fixed."""
    inner = typing.get_args(cls)
    if typing.get_origin(cls) is tuple and inner[-1:] != (Ellipsis,):
        return inner, len(inner)
    return inner[:1], None


def _resolve_list(cls: Any, value: Any, limits: Range | None) -> tuple[Any, ...]:
    types, length = _item_types(cls)
    if not isinstance(value, list | tuple):
        example = ""
        if isinstance(value, str) and types[:1] == (str,):
            example = f" such as {json.dumps(value.split(','))}"
        raise ValueError(f"needs a list{example}, not {_shown(value)}")
    if length is not None and len(value) != length:
        raise ValueError(f"needs {length} values, not {len(value)}")
    result = []
    for place, (item_type, item) in enumerate(
        zip(types if length is not None else types * len(value), value, strict=True), 1
    ):
        try:
            if typing.get_origin(item_type) in (tuple, list, Sequence):
                item = _resolve_list(item_type, item, limits)
            else:
                item = _scalar(item_type, item)
                if limits:
                    _check_range(limits, item)
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
    if parameter.kind in ("text", "file", "output") and not parameter.each:
        return resolve(parameter, text)
    if parameter.kind == "choice" and text in parameter.choices:
        return text
    if parameter.each and isinstance(parameter.file, InputFile) and text[:1] != "[":
        return text
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (json.JSONDecodeError, RecursionError):
        value = text
    return resolve(parameter, value)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"needs a finite number, not {name}")


_SCHEMAS: Mapping[Any, dict[str, Any]] = {
    float: {"type": "number"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    str: {"type": "string"},
    PurePath: {"type": "string", "format": "path"},
    Any: {},
}


def schema(parameter: Parameter) -> dict[str, Any]:
    """JSON schema of a parameter: what :func:`resolve` takes, with help and default."""
    if parameter.kind == "choice":
        result: dict[str, Any] = {"enum": list(parameter.choices)}
    elif parameter.file:
        result = dict(_SCHEMAS[PurePath])
    else:
        result = _type_schema(parameter.type, parameter.range)
    if parameter.shape:
        result["format"] = "color" if isinstance(parameter.shape, Color) else "curve"
        if isinstance(parameter.shape, CurvePoints):
            result["minItems"] = 2
    if parameter.each:
        items = {"type": "array", "items": {"anyOf": [result, {"type": "array"}]}}
        result = {"anyOf": [result, items]} if parameter.file or one_for_all(parameter) else items
    if parameter.optional:
        result = {"anyOf": [result, {"type": "null"}]}
    if parameter.help:
        result["description"] = parameter.help
    if parameter.default is not REQUIRED:
        result["default"] = _plain(parameter.default)
    return result


def _type_schema(cls: Any, limits: Range | None = None) -> dict[str, Any]:
    if typing.get_origin(cls) is typing.Annotated:
        inner = next((mark for mark in cls.__metadata__ if isinstance(mark, Range)), limits)
        return _type_schema(cls.__origin__, inner)
    if cls in _SCHEMAS:
        return {**_SCHEMAS[cls], **_limits_schema(limits)}
    types, length = _item_types(cls)
    items = [_type_schema(item, limits) for item in types]
    if length is None:
        return {"type": "array", "items": items[0]}
    return {"type": "array", "prefixItems": items, "minItems": length, "maxItems": length}


def _limits_schema(limits: Range | None) -> dict[str, Any]:
    if limits is None:
        return {}
    edges = {"minimum": limits.minimum, "maximum": limits.maximum}
    result: dict[str, Any] = {key: edge for key, edge in edges.items() if math.isfinite(edge)}
    return result | ({"unit": limits.unit} if limits.unit else {})


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, PurePath) else value
