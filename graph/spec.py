"""How a node type is declared: one typed function.

    @node("stretch.asinh", version=1)
    def asinh_stretch(
        image: Image,
        *,
        black: Annotated[float, Range(0, 1, slider=(0, 0.1))] = 0.0,
    ) -> Image:
        \"\"\"Compress the range of an image with an inverse hyperbolic sine.

        black: level that becomes zero.
        \"\"\"

Before the star are sockets, after it parameters; the return type gives the outputs, a
NamedTuple several. Sockets, widgets, checks, help, schema, command-line overrides and keys all
come from this one signature.
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from graph.context import Context
from graph.values import is_value_type, type_name

F = TypeVar("F", bound=Callable[..., Any])


# --- what may stand in Annotated ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Range:
    """What is legal for a number, and, apart from that, what its slider covers."""

    minimum: float = float("-inf")
    maximum: float = float("inf")
    slider: tuple[float, float] | None = None
    scale: Literal["linear", "log"] = "linear"
    unit: str = ""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A ``Path`` parameter that is read: its content is in the key, its name is not."""

    patterns: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A ``Path`` parameter that is written.

    The engine hands the node a path aside in the same folder and renames it to the final name
    when the node has returned, so nothing half written is ever seen. ``{index}`` in it becomes
    the number of the item when the node is mapped. A file that exists with other content is
    refused unless the node's parameter ``overwrite`` is on.
    """

    suffixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Each:
    """A parameter set to a list, of which the node gets one item at a time.

    Its outputs are frames. On an ``InputFile`` parameter it takes a pattern, a folder or a list.
    """


@dataclass(frozen=True, slots=True)
class From:
    """An implicit node: left unwired, the socket is fed by that node on the same inputs."""

    function: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A socket whose frames start again from the first when another list is longer."""


@dataclass(frozen=True, slots=True)
class Requires:
    """A socket that takes only values whose ``state`` is this one: ``linear``."""

    state: str


@dataclass(frozen=True, slots=True)
class Gives:
    """An output whose values have this ``state``; ``when`` decides by the parameters."""

    state: str
    when: Callable[[Mapping[str, Any]], bool] | None = None


@dataclass(frozen=True, slots=True)
class Expression:
    """A text parameter that holds a formula over these names, checked by a whitelist."""

    names: tuple[str, ...] = ()


# --- what is read from a signature --------------------------------------------------------------

REQUIRED: Any = inspect.Parameter.empty

Kind = Literal["number", "integer", "switch", "text", "choice", "file", "output", "list", "any"]


@dataclass(frozen=True, slots=True)
class Socket:
    """An input: its type, how deep a list it takes whole, and what feeds it left unwired."""

    name: str
    type: Any
    depth: int = 0
    optional: bool = False
    implicit: NodeSpec | None = None
    repeat: bool = False
    requires: str | None = None
    passed: bool = True  # False: only implicit nodes read it, the function never sees it
    default: Any = REQUIRED


@dataclass(frozen=True, slots=True)
class Parameter:
    """A setting: its type, default and limits, and the sentence that explains it."""

    name: str
    type: Any
    kind: Kind
    default: Any = REQUIRED
    optional: bool = False
    range: Range | None = None
    choices: tuple[Any, ...] = ()
    each: bool = False
    file: InputFile | OutputFile | None = None
    expression: Expression | None = None
    help: str = ""

    @property
    def linkable(self) -> bool:
        """Whether a link may feed it: scalars only."""
        return self.kind in ("number", "integer", "switch", "text", "choice") and not self.each


@dataclass(frozen=True, slots=True)
class Output:
    """An output: its type, whether it is a list, and the state its values are known to have."""

    name: str
    type: Any
    depth: int = 0
    gives: Gives | None = None


@dataclass(frozen=True, eq=False)
class NodeSpec:
    """Everything the engine, the window and the manual know of a node type."""

    id: str
    version: int
    function: Callable[..., Any]
    sockets: Mapping[str, Socket]
    params: Mapping[str, Parameter]
    outputs: Mapping[str, Output]
    title: str
    summary: str
    doc: str
    named_outputs: bool = False
    repeatable: bool = True
    writes: bool = False
    display: bool = False
    aliases: tuple[str, ...] = ()
    upgrade: Callable[[dict[str, Any], int], dict[str, Any]] | None = None
    check: Callable[[Mapping[str, Any]], str | None] | None = None
    keep: Literal["auto", "memory", "never"] = "auto"
    context: str | None = None  # name of the parameter that takes the Context
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def family(self) -> str:
        """The part of the id before the first dot: where it stands in the palette."""
        return self.id.partition(".")[0]

    def __reduce__(self) -> Any:
        return _spec_of, (self.function,)


def _spec_of(function: Callable[..., Any]) -> NodeSpec:
    spec: NodeSpec = function.spec  # type: ignore[attr-defined]
    return spec


def node(
    id: str,
    *,
    version: int = 1,
    title: str = "",
    repeatable: bool = True,
    writes: bool = False,
    display: bool = False,
    aliases: Sequence[str] = (),
    upgrade: Callable[[dict[str, Any], int], dict[str, Any]] | None = None,
    check: Callable[[Mapping[str, Any]], str | None] | None = None,
    keep: Literal["auto", "memory", "never"] = "auto",
) -> Callable[[F], F]:
    """Make a node type of a typed function, which stays a plain function.

    version: raise it whenever results change; it is in every key.
    repeatable: False for a node whose result differs from run to run; it always runs.
    writes: True for a sink; it runs although nobody asks for its output.
    display: True for a viewer; it runs before all else.
    aliases: former ids, followed when a file is opened.
    upgrade: turns the parameters of an older version (given second) into today's.
    check: looks at all parameters and returns what is wrong with them, or None.
    keep: ``memory`` and ``never`` keep results off the disk, or out of the store.

    A list that it returns is as long as the first list that it takes, so that the plan knows it.

    Raises TypeError at import when the signature cannot be a node.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+", id):
        raise TypeError(f"node id {id!r} must be family.name in small letters")

    def declare(function: F) -> F:
        doc = inspect.getdoc(function) or ""
        summary, _, body = doc.partition("\n")
        sockets, params, outputs, context, named = _read_signature(function, id, body)
        spec = NodeSpec(
            id=id,
            version=version,
            function=function,
            sockets=types.MappingProxyType(sockets),
            params=types.MappingProxyType(params),
            outputs=types.MappingProxyType(outputs),
            title=title or id.rpartition(".")[2].replace("_", " ").capitalize(),
            summary=summary.strip(),
            doc=doc,
            named_outputs=named,
            repeatable=repeatable,
            writes=writes,
            display=display,
            aliases=tuple(aliases),
            upgrade=upgrade,
            check=check,
            keep=keep,
            context=context,
        )
        function.spec = spec  # type: ignore[attr-defined]
        return function

    return declare


def _read_signature(function: Callable[..., Any], id: str, doc: str) -> Any:
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
    return Socket(
        name,
        cls,
        depth,
        optional or default is not REQUIRED,
        _spec_of(source.function) if source else None,
        _mark(marks, Repeat) is not None,
        requires.state if requires else None,
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
    parameter = Parameter(
        name,
        cls,
        kind,
        default,
        optional,
        _mark(marks, Range),
        choices,
        _mark(marks, Each) is not None,
        file,
        expression,
        text,
    )
    if default in (REQUIRED, None) or file or parameter.each:
        return parameter
    from graph.parameters import resolve

    try:  # in the form in which a given value would be, so that both have one key
        return replace(parameter, default=resolve(parameter, default))
    except ValueError as error:
        raise TypeError(f"{id}: the default of {name} {error}") from None
