"""Parameters shown on a node: their value in words, and by the place of a hand on a slider."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from graph.parameters import resolve
from graph.spec import REQUIRED, Parameter
from ui.editor.inspector.scales import read_number, show_number, slider_of


def value_of(parameter: Parameter, params: Mapping[str, Any]) -> Any:
    """What a parameter is set to, or its default; None where it has none."""
    if parameter.name in params:
        return params[parameter.name]
    return None if parameter.default is REQUIRED else parameter.default


def is_number(value: Any) -> bool:
    """Whether a value is a plain number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def fraction_of(parameter: Parameter, value: Any) -> float:
    """Where a value stands on the slider: 0 its lower end to 1 its upper end."""
    scale = slider_of(parameter)
    return scale.place(value) if scale and is_number(value) else 0.0


def value_at(parameter: Parameter, fraction: float) -> float | int:
    """The legal value at a place of the slider, 0 to 1, of a parameter that has one."""
    scale, limits = slider_of(parameter), parameter.range
    assert scale is not None
    assert limits is not None
    value = min(max(scale.value(fraction), limits.minimum), limits.maximum)
    return round(value) if parameter.kind == "integer" else value


def shown(parameter: Parameter, value: Any) -> str:
    """A value as it stands on the node."""
    if value is None:
        return "none"
    if parameter.kind in ("file", "output"):
        return _file_shown(value)
    if is_number(value):
        return show_number(value, parameter.range.unit if parameter.range else "")
    return str(value)


def _file_shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"{len(value)} files" if len(value) != 1 else _file_shown(value[0])
    path = PurePath(str(value))
    if any(sign in path.name for sign in "*?["):
        return str(PurePath(*path.parts[-2:]))
    return path.name or "choose …"


def read_entry(parameter: Parameter, text: str) -> Any:
    """The value that was typed. Raises ValueError saying what is wrong with it."""
    if parameter.kind in ("number", "integer"):
        unit = parameter.range.unit if parameter.range else ""
        return resolve(parameter, read_number(text, unit, parameter.kind == "integer"))
    return resolve(parameter, text)
