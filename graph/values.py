"""What travels on links: named types, their codec, digest and size.

A value type is a frozen dataclass that is declared once:

    @value_type("Curve", color="#d0a0d0")
    @dataclass(frozen=True, eq=False)
    class Curve:
        points: np.ndarray
        name: str = ""

That is all that is needed to store it, digest it, send it and show it. Its fields may be
arrays, numbers, text, booleans, None, tuples, dictionaries with text keys and other value
types. Arrays become ``.npy``, everything else JSON; nothing is ever pickled. Plain ``float``,
``int``, ``bool`` and ``str`` are values too (Number, Integer, Switch, Text).
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ValueType:
    """The name of a value type in files and messages, and its colour on the canvas."""

    name: str
    cls: type
    color: str


_by_class: dict[Any, ValueType] = {}
_by_name: dict[str, ValueType] = {}


def value_type(name: str, color: str = "#a0a0a0") -> Callable[[type[T]], type[T]]:
    """Declare a frozen dataclass as a value type. Raises ValueError when the name is taken."""

    def declare(cls: type[T]) -> type[T]:
        known = _by_name.get(name)
        if known and (known.cls.__module__, known.cls.__qualname__) != (
            cls.__module__,
            cls.__qualname__,
        ):
            raise ValueError(f"the value type {name!r} is declared by {known.cls.__module__}")
        if not dataclasses.is_dataclass(cls):
            raise TypeError(f"{cls.__name__} must be a frozen dataclass to be a value type")
        _by_class[cls] = _by_name[name] = ValueType(name, cls, color)
        return cls

    return declare


for _cls, _name, _color in (
    (float, "Number", "#a0c0a0"),
    (int, "Integer", "#80b080"),
    (bool, "Switch", "#c0a080"),
    (str, "Text", "#b0b0d0"),
):
    _by_class[_cls] = _by_name[_name] = ValueType(_name, _cls, _color)


def type_name(cls: Any) -> str:
    """The name people read for a type: ``Image``, ``Number``, ``Any``."""
    if cls is typing.Any:
        return "Any"
    known = _by_class.get(cls)
    return known.name if known else getattr(cls, "__name__", str(cls))


def type_color(cls: Any) -> str:
    """The colour of sockets of this type."""
    known = _by_class.get(cls)
    return known.color if known else "#a0a0a0"


def is_value_type(cls: Any) -> bool:
    """Whether values of this class may travel on links."""
    return cls is typing.Any or cls in _by_class


def fits(source: Any, target: Any) -> bool:
    """Whether an output of type ``source`` may feed an input of type ``target``."""
    if target is typing.Any or source is typing.Any or source is target:
        return True
    if target is float:
        return source is int
    return (
        isinstance(source, type)
        and isinstance(target, type)
        and source is not bool
        and issubclass(source, target)
    )


_SCALARS = frozenset((float, int, str, bool, type(None)))


class Frames(Sequence[T]):
    """A list of values on one link. Items are loaded when read, and not held.

    ``Frames(values)`` holds what it is given; the engine makes one with a loader instead.
    """

    def __init__(self, items: Sequence[Any], load: Callable[[Any], T] | None = None) -> None:
        self._items = tuple(items)
        self._load = load

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Frames(self._items[index], self._load)
        item = self._items[index]
        return self._load(item) if self._load else item

    def __iter__(self) -> Iterator[T]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Frames({len(self)})"


# --- codec -------------------------------------------------------------------------------------


def encode(value: Any) -> tuple[Any, list[np.ndarray[Any, Any]]]:
    """Split a value into plain JSON data and a list of arrays. Raises TypeError if it cannot."""
    arrays: list[np.ndarray[Any, Any]] = []
    return _pack(value, arrays), arrays


def decode(data: Any, arrays: Sequence[np.ndarray[Any, Any]]) -> Any:
    """Rebuild the value that :func:`encode` split. Raises KeyError, TypeError or ValueError."""
    if isinstance(data, list):
        return tuple(decode(item, arrays) for item in data)
    if isinstance(data, dict):
        if "array" in data:
            return arrays[data["array"]]
        if "dict" in data:
            return {key: decode(item, arrays) for key, item in data["dict"].items()}
        cls = _by_name[data["type"]].cls
        fields = {key: decode(item, arrays) for key, item in data["fields"].items()}
        return cls(**fields)
    return data


def _pack(value: Any, arrays: list[np.ndarray[Any, Any]]) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    known = _by_class.get(type(value))
    if known:
        fields = dataclasses.fields(value)
        return {
            "type": known.name,
            "fields": {f.name: _pack(getattr(value, f.name), arrays) for f in fields},
        }
    if isinstance(value, tuple | list | Frames):
        return [_pack(item, arrays) for item in value]
    if isinstance(value, dict | types.MappingProxyType):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("a dictionary in a value needs text keys")
        return {"dict": {key: _pack(item, arrays) for key, item in value.items()}}
    import numpy as np

    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is not a value type: declare it with @value_type")


def digest(value: Any) -> str:
    """xxh3-128 of the content of a value, array shapes, types and byte orders in it."""
    if type(value) in _SCALARS:
        return digest_parts(value, ())
    return digest_parts(*encode(value))


def digest_parts(data: Any, arrays: Sequence[np.ndarray[Any, Any]]) -> str:
    """The digest of a value that :func:`encode` split; its type need not be known here."""
    import xxhash

    if not isinstance(data, dict | list):
        return xxhash.xxh3_128_hexdigest(f"{type(data).__name__}:{data!r}".encode())
    text = json.dumps(data, separators=(",", ":"), sort_keys=True)
    hasher = xxhash.xxh3_128(text.encode())
    for array in arrays:
        add_array(hasher, array)
    return hasher.hexdigest()


def add_array(hasher: Any, array: np.ndarray[Any, Any]) -> None:
    """Feed type, shape, byte order and content (in C order) of an array to a hasher."""
    import numpy as np

    kind = array.dtype.descr if array.dtype.names else array.dtype.str
    hasher.update(f"{kind}{array.shape}".encode())
    if array.size:
        hasher.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8))


def nbytes(value: Any) -> int:
    """Bytes of memory that a value holds, to a good approximation."""
    if value is None or isinstance(value, bool | int | float):
        return 32
    if isinstance(value, str):
        return 64 + len(value)
    if isinstance(value, tuple | list):
        return 64 + sum(nbytes(item) for item in value)
    if isinstance(value, dict):
        return 64 + sum(nbytes(item) for item in value.values())
    if dataclasses.is_dataclass(value):
        return 64 + sum(nbytes(getattr(value, f.name)) for f in dataclasses.fields(value))
    return 64 + int(getattr(value, "nbytes", 0))


def freeze(value: Any) -> Any:
    """Set every array inside a value read-only, so that no consumer can change it."""
    if type(value) in _SCALARS:
        return value
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            freeze(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for item in value:
            freeze(item)
    elif isinstance(value, dict):
        for item in value.values():
            freeze(item)
    elif hasattr(value, "flags") and hasattr(value, "setflags"):
        value.setflags(write=False)
    return value


def summarize(value: Any) -> str:
    """One line about a value, for the inspector and for error reports; never its content."""
    if value is None:
        return "nothing"
    if isinstance(value, Frames):
        return f"{len(value)} frames"
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else f"{value:.6g}"
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:57] + "…")
    summary = getattr(value, "summary", None)
    if callable(summary):
        return str(summary())
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"array {value.shape} {value.dtype}"
    return repr(value) if isinstance(value, int | bool) else type(value).__name__
