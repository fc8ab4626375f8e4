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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

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
    """A ``Path`` parameter that is read: its content is in the key, its name is not.

    header: reads plain facts of a file (keyword → number or text) without reading all of it, for
    the plan: ``nbytes`` is what the value will hold in memory, others are for ``Grouping``. It
    raises OSError or InputError for what it cannot read; the node then says why. What it told is
    remembered; give the function a higher attribute ``version`` when it tells other facts.
    """

    patterns: tuple[str, ...] = ("*",)
    header: Callable[[Path], Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A ``Path`` parameter that is written.

    The engine hands the node a path aside in the same folder and renames it to the final name
    when the node has returned, so nothing half written is ever seen. When the node is mapped,
    ``{index}`` in it becomes the number of the item, ``{group}`` the header values of its group
    (``all`` without groups) and ``{name}`` the name of the file that its frame came from. A file
    that exists with other content is refused unless the node's parameter ``overwrite`` is on.
    """

    suffixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Each:
    """A parameter set to a list, of which the node gets one item at a time.

    Its outputs are frames. On an ``InputFile`` parameter it takes a pattern, a folder or a list.
    """


@dataclass(frozen=True, slots=True)
class Grouping:
    """A list of header keywords by which the files of an ``Each`` parameter stand in groups.

    Its outputs are then lists of lists, one list for each combination of values, in the natural
    order of these. It is not in the key, since it changes no item; the function never gets it.
    """


@dataclass(frozen=True, slots=True)
class When:
    """A socket that is read only when this holds of the parameters; else what feeds it is left.

    A parameter that a link feeds is decided for each item while the graph runs. The function gets
    None, or the default, for a socket that is not read.
    """

    holds: Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Partial:
    """A list socket that takes what could be made, when this holds of the parameters.

    Items whose task failed are left out, from all such sockets alike, with a warning; otherwise
    one failed item blocks the node. What comes of a list with gaps is tried again at every run.
    """

    when: Callable[[Mapping[str, Any]], bool] | None = None


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


@dataclass(frozen=True, slots=True)
class Color:
    """A parameter of three numbers, red, green and blue, 0 to 1: picked as a colour."""


@dataclass(frozen=True, slots=True)
class CurvePoints:
    """A list of points (x, y), both 0 to 1, of a curve from x = 0 to x = 1: drawn as a curve.

    There are at least two, and x rises from point to point.
    """


# --- what is read from a signature --------------------------------------------------------------

REQUIRED: Any = inspect.Parameter.empty

Kind = Literal["number", "integer", "switch", "text", "choice", "file", "output", "list", "any"]
Room = Literal["thread", "process", "main"]


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
    when: When | None = None
    partial: Partial | None = None
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
    grouping: bool = False
    shape: Color | CurvePoints | None = None
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


#: bytes of one value of every input, numbers of items of lists, parameters → bytes at work
Memory = Callable[[Mapping[str, int], Mapping[str, int], Mapping[str, Any]], int]


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
    known_as: tuple[str, ...] = ()
    upgrade: Callable[[dict[str, Any], int], dict[str, Any]] | None = None
    check: Callable[[Mapping[str, Any]], str | None] | None = None
    keep: Literal["auto", "memory", "never"] = "auto"
    retries: int = 0
    workers: Room = "thread"
    uses: str = ""
    memory: Memory | None = None
    through: bool = False
    joins: bool = False
    context: str | None = None  # name of the parameter that takes the Context
    state: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def lazy(self) -> bool:
        """Whether some socket is read only at times."""
        return any(socket.when for socket in self.sockets.values())

    @property
    def family(self) -> str:
        """The part of the id before the first dot: where it stands in the palette."""
        return self.id.partition(".")[0]

    def __reduce__(self) -> Any:
        return spec_of, (self.function,)


def spec_of(function: Callable[..., Any]) -> NodeSpec:
    """What ``@node`` read from the signature of a function."""
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
    known_as: Sequence[str] = (),
    upgrade: Callable[[dict[str, Any], int], dict[str, Any]] | None = None,
    check: Callable[[Mapping[str, Any]], str | None] | None = None,
    keep: Literal["auto", "memory", "never"] = "auto",
    retries: int = 0,
    workers: Room = "thread",
    uses: str = "",
    memory: Memory | None = None,
    through: bool = False,
    joins: bool = False,
) -> Callable[[F], F]:
    """Make a node type of a typed function, which stays a plain function.

    version: raise it whenever results change; it is in every key.
    repeatable: False for a node whose result differs from run to run; it always runs.
    writes: True for a sink; it runs although nobody asks for its output.
    display: True for a viewer; it runs before all else.
    aliases: former ids, followed when a file is opened.
    known_as: names under which users of other programs know it, such as HistogramTransformation;
        people find it by them, files never use them.
    upgrade: turns the parameters of an older version (given second) into today's.
    check: looks at all parameters and returns what is wrong with them, or None.
    keep: ``memory`` and ``never`` keep results off the disk, or out of the store.
    retries: how often a reader is tried again when a disk or network fails it (OSError).
    workers: ``process`` for a function that holds the interpreter lock for long, may crash, or
        must be stopped by force: it runs in a process of its own, arrays travel by memory map;
        ``main`` for one that must run on the thread that called ``run``.
    uses: the name of what only one node at a time may use: ``gpu``.
    memory: the bytes it needs at work beside its inputs and outputs, from the bytes of one value
        of each input, the number of items of each list and the parameters; by default as much as
        its outputs.
    through: True for a mere joint of wires: what it takes is passed on and nothing runs.
    joins: True for a node that makes one list of those that it takes, in the order of its sockets;
        nothing runs, and a list that is blocked is left out.

    A list that it returns is as long as the first list that it takes, so that the plan knows it.

    Raises TypeError at import when the signature cannot be a node.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+", id):
        raise TypeError(f"node id {id!r} must be family.name in small letters")

    from graph.signature import read_signature

    def declare(function: F) -> F:
        doc = inspect.getdoc(function) or ""
        summary, _, body = doc.partition("\n")
        sockets, params, outputs, context, named = read_signature(function, id, body)
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
            known_as=tuple(known_as),
            upgrade=upgrade,
            check=check,
            keep=keep,
            retries=retries,
            workers=workers,
            uses=uses,
            memory=memory,
            through=through,
            joins=joins,
            context=context,
        )
        function.spec = spec  # type: ignore[attr-defined]
        return function

    return declare
