"""Reading the signature of a function that is to be a node."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from graph.context import Context
from graph.spec import (
    REQUIRED,
    Color,
    CurvePoints,
    Each,
    Expression,
    From,
    Gives,
    Grouping,
    InputFile,
    Kind,
    Output,
    OutputFile,
    Parameter,
    Partial,
    Range,
    Repeat,
    Requires,
    Socket,
    When,
    spec_of,
)
from graph.values import is_value_type, type_name


def read_signature(function: Callable[..., Any], id: str, doc: str) -> Any:
    """Sockets, parameters, outputs, name of the context, whether outputs are named.

    Raises TypeError saying what cannot be part of a node.
    """
    hints = typing.get_type_hints(function, include_extras=True)
    help_lines = dict(re.findall(r"^(\w+): (.+(?:\n[ \t]+\S.*)*)", doc, re.MULTILINE))
    sockets: dict[str, Socket] = {}
    params: dict[str, Parameter] = {}
    context = None
    for name, parameter in inspect.signature(function).parameters.items():
        hint = hints.get(name)
        if hint is None:
            raise TypeError(f"{id}: {name} needs a type")
        if hint is Context:
            context = name
        elif parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            text = " ".join(help_lines.get(name, "").split())
            params[name] = _read_parameter(id, name, hint, parameter.default, text)
        elif parameter.kind in (
            inspect.Parameter.POSITIONAL_ONLY,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
        ):
            sockets[name] = _read_socket(id, name, hint, parameter.default)
        else:
            raise TypeError(f"{id}: *{name} cannot be a socket; use Sequence for a list")
    inherited: dict[str, Socket] = {}
    for socket in sockets.values():
        if socket.implicit:
            for below in socket.implicit.sockets.values():
                if below.name not in sockets and below.name not in inherited:
                    inherited[below.name] = Socket(
                        below.name, below.type, below.depth, below.optional, passed=False
                    )
    outputs, named = _read_outputs(id, hints.get("return", type(None)))
    lists = [socket for socket in sockets.values() if socket.depth]
    if any(socket.partial for socket in lists):
        if not all(socket.partial for socket in lists):
            raise TypeError(f"{id}: lists beside a partial one must be partial, or pairs are lost")
        if any(output.depth for output in outputs.values()):
            raise TypeError(f"{id}: a list that may have gaps gives no list of a known length")
    deepest = max((socket.depth for socket in sockets.values()), default=0)
    if any(output.depth > deepest for output in outputs.values()):
        raise TypeError(f"{id}: a list it returns must be as long as one that it takes")
    return {**inherited, **sockets}, params, outputs, context, named


def _open(hint: Any) -> tuple[Any, tuple[Any, ...], bool]:
    """The bare type of a hint, its annotations, and whether None is allowed."""
    marks: tuple[Any, ...] = ()
    optional = False
    while True:
        if get_origin(hint) is Annotated:
            marks = hint.__metadata__ + marks
            hint = hint.__origin__
        elif get_origin(hint) in (types.UnionType, typing.Union):
            options = [o for o in get_args(hint) if o is not type(None)]
            if len(options) != 1:
                return hint, marks, optional
            optional, hint = True, options[0]
        else:
            return hint, marks, optional


def _mark(marks: tuple[Any, ...], cls: type[Any]) -> Any:
    return next((mark for mark in marks if isinstance(mark, cls)), None)


def _read_type(hint: Any) -> tuple[Any, int, tuple[Any, ...], bool]:
    """Type, list depth, annotations and optionality of a socket or output."""
    cls, marks, optional = _open(hint)
    depth = 0
    while get_origin(cls) in (Sequence, list, tuple):
        cls, inner, _ = _open(get_args(cls)[0])
        marks += inner
        depth += 1
    return cls, depth, marks, optional


def _read_socket(id: str, name: str, hint: Any, default: Any) -> Socket:
    cls, depth, marks, optional = _read_type(hint)
    if not is_value_type(cls):
        raise TypeError(f"{id}: {name} is of type {cls}, which is not a value type")
    source = _mark(marks, From)
    requires = _mark(marks, Requires)
    when, partial = _mark(marks, When), _mark(marks, Partial)
    if when and source:
        raise TypeError(f"{id}: {name} cannot be implicit and lazy at once")
    if partial and depth != 1:
        raise TypeError(f"{id}: {name} must be a list of single values to be partial")
    return Socket(
        name,
        cls,
        depth,
        optional or default is not REQUIRED,
        spec_of(source.function) if source else None,
        _mark(marks, Repeat) is not None,
        requires.state if requires else None,
        when=when,
        partial=partial,
        default=default,
    )


def _read_outputs(id: str, hint: Any) -> tuple[dict[str, Output], bool]:
    if hint is type(None):
        return {}, False
    if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
        hints = typing.get_type_hints(hint, include_extras=True)
        return {name: _read_output(id, name, hints[name]) for name in hint._fields}, True
    output = _read_output(id, "", hint)
    return {output.name: output}, False


def _read_output(id: str, name: str, hint: Any) -> Output:
    cls, depth, marks, _ = _read_type(hint)
    if not is_value_type(cls):
        raise TypeError(f"{id}: returns {cls}, which is not a value type")
    return Output(name or type_name(cls).lower(), cls, depth, _mark(marks, Gives))


_SCALARS: dict[Any, Kind] = {float: "number", int: "integer", bool: "switch", str: "text"}


_SHAPES: dict[Any, tuple[Any, str]] = {
    Color: (tuple[float, float, float], "colour and must be typed tuple[float, float, float]"),
    CurvePoints: (
        tuple[tuple[float, float], ...],
        "curve and must be typed tuple[tuple[float, float], ...]",
    ),
}


def _check_items(id: str, name: str, cls: Any) -> None:
    """Raise TypeError for a list parameter that holds anything but scalars and such lists."""
    pending = [cls]
    while pending:
        hint = pending.pop()
        if get_origin(hint) is Annotated:
            pending.append(hint.__origin__)
        elif get_origin(hint) in (tuple, list, Sequence):
            pending += [item for item in get_args(hint) if item is not Ellipsis]
        elif hint not in _SCALARS and hint is not Any:
            raise TypeError(f"{id}: {name} is a list of {hint}, which is not a parameter type")


def _read_parameter(id: str, name: str, hint: Any, default: Any, text: str) -> Parameter:
    cls, marks, optional = _open(hint)
    file = _mark(marks, InputFile) or _mark(marks, OutputFile)
    expression = _mark(marks, Expression)
    choices: tuple[Any, ...] = ()
    kind: Kind
    if get_origin(cls) is Literal:
        kind, choices = "choice", get_args(cls)
    elif file:
        kind = "output" if isinstance(file, OutputFile) else "file"
        if cls is not Path:
            raise TypeError(f"{id}: {name} is a file and must be typed Path")
    elif get_origin(cls) in (tuple, list, Sequence):
        kind = "list"
        _check_items(id, name, cls)
    elif cls is typing.Any:
        kind = "any"
    else:
        if cls not in _SCALARS:
            raise TypeError(f"{id}: {name} is of type {cls}, which is not a parameter type")
        kind = _SCALARS[cls]
    limits = _mark(marks, Range)
    shape = _mark(marks, Color) or _mark(marks, CurvePoints)
    if shape:
        wanted, words = _SHAPES[type(shape)]
        if cls != wanted:
            raise TypeError(f"{id}: {name} is a {words}")
        limits = limits or Range(0, 1)
    parameter = Parameter(
        name,
        cls,
        kind,
        default,
        optional,
        limits,
        choices,
        _mark(marks, Each) is not None,
        file,
        expression,
        _mark(marks, Grouping) is not None,
        shape,
        text,
    )
    if default in (REQUIRED, None) or file or parameter.each:
        return parameter
    from graph.parameters import resolve

    try:  # in the form in which a given value would be, so that both have one key
        return replace(parameter, default=resolve(parameter, default))
    except ValueError as error:
        raise TypeError(f"{id}: the default of {name} {error}") from None
