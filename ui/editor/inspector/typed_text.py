"""Values as people type them, and as they are written to be edited."""

from __future__ import annotations

import json
import typing
from typing import Any

from graph.document import plain
from graph.parameters import resolve
from ui.editor.inspector.forms import Form, bare
from ui.editor.inspector.scales import exact_text, read_number


def write_value(form: Form, value: Any) -> str:
    """The text by which a value is edited; ``read_value`` gives it back."""
    value = plain(value)
    match form.kind:
        case "number":
            return exact_text(value) if _is_number(value) else _json(value)
        case "list" | "keywords":
            return _write_list(value)
        case "inputs":
            return value if isinstance(value, str) else _json(value)
        case "text" | "formula" | "input" | "output":
            return value if isinstance(value, str) else _json(value)
    return _json(value)


def read_value(form: Form, text: str) -> Any:
    """The checked value of a typed text, as it stands in a file. Raises ValueError."""
    parameter = form.parameter
    match form.kind:
        case "number":
            found: Any = read_number(text, form.unit, parameter.kind == "integer")
        case "list" | "keywords":
            found = _read_list(form, text)
        case "inputs":
            found = _read_json(text) if text.lstrip()[:1] == "[" else text.strip()
        case "input" | "output":
            found = text.strip()
        case "text" | "formula":
            found = text
        case _:
            found = _read_json(text)
    return plain(resolve(parameter, found))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _read_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"cannot be read: {text[:40]!r}; write a list as [1, 2]") from None


def _write_list(value: Any) -> str:
    """``1, 2.5`` or ``FILTER, EXPTIME``; JSON for what would not read back the same."""
    if not isinstance(value, list):
        return _json(value)
    if all(_is_number(item) for item in value):
        return ", ".join(map(exact_text, value))
    if all(isinstance(i, str) and i and i == i.strip() and not set(i) & set(',[]"') for i in value):
        return ", ".join(value)
    return _json(value)


def _read_list(form: Form, text: str) -> list[Any]:
    if text.lstrip()[:1] == "[":
        found = _read_json(text)
        if not isinstance(found, list):
            raise ValueError("needs a list")
        return found
    parameter = form.parameter
    inner = (parameter.type,) if parameter.each else typing.get_args(parameter.type)
    item, _ = bare(inner[0])
    words = [word.strip() for word in text.split(",")]
    words = [word for word in words if word]
    if item is str:
        return [word.upper() for word in words] if parameter.grouping else list(words)
    return [read_number(word, form.unit, item is int) for word in words]
