"""Which widget a parameter gets, from its declaration alone; and values as people type them."""

from __future__ import annotations

import json
import typing
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from graph.document import plain
from graph.parameters import resolve
from graph.spec import REQUIRED, CurvePoints, InputFile, Parameter, Range
from ui.editor.inspector.scales import Scale, exact_text, scale_of, slider_of

Kind = Literal[
    "number",
    "switch",
    "radio",
    "combo",
    "text",
    "formula",
    "row",
    "list",
    "keywords",
    "input",
    "inputs",
    "output",
    "color",
    "curve",
    "json",
]

#: so many choices stand side by side; more are in a list that opens
RADIO_CHOICES = 3
#: and only as long as their names together
RADIO_LETTERS = 20
#: more numbers than these do not fit beside one another
ROW_NUMBERS = 4

#: header keywords by which frames are mostly grouped
KEYWORDS = ("FILTER", "EXPTIME", "GAIN", "OBJECT", "IMAGETYP", "XBINNING", "CCD-TEMP", "DATE-OBS")


@dataclass(frozen=True, slots=True)
class Form:
    """How a parameter is shown. scale: of the slider of a number, else None.

    scales: of each number of a row. whole: which of these are whole numbers.
    """

    parameter: Parameter
    kind: Kind
    label: str
    unit: str = ""
    scale: Scale | None = None
    scales: tuple[Scale | None, ...] = ()
    whole: tuple[bool, ...] = ()


def form_of(parameter: Parameter) -> Form:
    """The widget of a parameter."""
    unit = parameter.range.unit if parameter.range else ""
    kind = _kind_of(parameter)
    form = Form(parameter, kind, label_of(parameter.name), unit, slider_of(parameter))
    if kind == "row":
        items = [bare(item, parameter.range) for item in typing.get_args(parameter.type)]
        scales = tuple(scale_of(limits, cls is int) for cls, limits in items)
        whole = tuple(cls is int for cls, _ in items)
        return Form(parameter, kind, form.label, unit, None, scales, whole)
    return form


def label_of(name: str) -> str:
    """A name as people read it: ``reject_low`` is ``Reject low``."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _kind_of(parameter: Parameter) -> Kind:
    if parameter.kind == "file":
        return "inputs" if parameter.each else "input"
    if parameter.kind == "output":
        return "output"
    if parameter.each:
        return "list" if parameter.kind in ("number", "integer", "text") else "json"
    match parameter.kind:
        case "number" | "integer":
            return "number"
        case "switch":
            return "switch"
        case "choice":
            letters = sum(len(str(choice)) for choice in parameter.choices)
            few = len(parameter.choices) <= RADIO_CHOICES and letters <= RADIO_LETTERS
            return "radio" if few else "combo"
        case "text":
            return "formula" if parameter.expression else "text"
        case "list":
            return _list_kind(parameter)
    return "json"


def _list_kind(parameter: Parameter) -> Kind:
    if parameter.shape:
        return "curve" if isinstance(parameter.shape, CurvePoints) else "color"
    if parameter.grouping:
        return "keywords"
    items = typing.get_args(parameter.type)
    fixed = typing.get_origin(parameter.type) is tuple and ... not in items
    if fixed and len(items) <= ROW_NUMBERS and all(bare(i)[0] in (float, int) for i in items):
        return "row"
    same = {bare(item)[0] for item in items if item is not ...}
    return "list" if len(same) == 1 and same <= {float, int, str} else "json"


def bare(hint: Any, limits: Range | None = None) -> tuple[Any, Range | None]:
    """The bare type of an item of a list, and its limits."""
    if typing.get_origin(hint) is typing.Annotated:
        found = next((mark for mark in hint.__metadata__ if isinstance(mark, Range)), limits)
        return hint.__origin__, found
    return hint, limits


def first_value(form: Form) -> Any:
    """What an optional value becomes when it is switched on: legal, and harmless if there is one.

    Its default, a choice, the lower end of its slider, 0, 1, an empty text: the first legal one.
    """
    parameter = form.parameter
    limits = parameter.range or Range()
    candidates: list[Any] = [parameter.default, *parameter.choices]
    if form.scale:
        candidates.append(form.scale.low)
    candidates += [0, 1, limits.minimum, limits.maximum, False, "", (), (0.0, 0.0, 0.0)]
    for candidate in candidates:
        if candidate is None or candidate is REQUIRED:
            continue
        try:
            return plain(resolve(parameter, candidate))
        except (ValueError, TypeError):
            continue
    return None


def patterns_of(parameter: Parameter) -> tuple[str, ...]:
    """The files that fit a file parameter: ``*.fits`` …"""
    if isinstance(parameter.file, InputFile):
        return parameter.file.patterns
    return tuple(f"*{suffix}" for suffix in parameter.file.suffixes) if parameter.file else ()


def help_of(parameter: Parameter) -> str:
    """What is told of a parameter: its help, its limits, its default."""
    lines = [parameter.help[:1].upper() + parameter.help[1:]] if parameter.help else []
    facts = []
    limits = parameter.range
    if limits and parameter.kind in ("number", "integer", "list") and not parameter.shape:
        low, high = (exact_text(end) for end in (limits.minimum, limits.maximum))
        words = {(True, True): f"{low} to {high}", (True, False): f"{low} or more"}
        known = limits.minimum > float("-inf"), limits.maximum < float("inf")
        words[False, True] = f"{high} or less"
        if known in words:
            facts.append(f"{words[known]} {limits.unit}".rstrip())
    if parameter.default is not REQUIRED and not parameter.shape:
        default = plain(parameter.default)
        shown = (
            default
            if isinstance(default, str) and default
            else json.dumps(default, ensure_ascii=False)
        )
        facts.append("by default not set" if default is None else f"by default {shown}")
    if facts:
        lines.append("; ".join(facts))
    if parameter.expression:
        lines.append(f"Names: {', '.join(parameter.expression.names)}")
        lines.append("Functions: abs min max sqrt exp ln log log2 sin cos tan floor ceil round")
    return "\n".join(lines)


def common(groups: Sequence[Sequence[Parameter]]) -> list[Parameter]:
    """The parameters that all of several nodes have: of equal name, type, choices and marks."""
    if not groups:
        return []
    return [
        parameter
        for parameter in groups[0]
        if all(any(_alike(parameter, other) for other in others) for others in groups[1:])
    ]


def _alike(a: Parameter, b: Parameter) -> bool:
    return all(
        getattr(a, name) == getattr(b, name)
        for name in ("name", "type", "kind", "choices", "each", "optional", "shape", "grouping")
    )
