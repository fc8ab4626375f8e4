"""Properties of XISF 1.0: typed values with ids, kept with the image and written again."""

from __future__ import annotations

import base64
import math
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from graph.errors import InputError
from nodes.formats.xisf_blocks import Source, read_block
from nodes.values import Card

Property = tuple[str, str, Any]

_ITEMS = {
    "I8": "i1", "UI8": "u1", "I16": "i2", "UI16": "u2", "I32": "i4", "UI32": "u4",
    "I64": "i8", "UI64": "u8", "F32": "f4", "F64": "f8", "C32": "c8", "C64": "c16",
}  # fmt: skip
_ALIASES = {"ByteArray": "UI8Vector", "IVector": "I32Vector", "UIVector": "UI32Vector",
            "Vector": "F64Vector", "IMatrix": "I32Matrix", "UIMatrix": "UI32Matrix",
            "Matrix": "F64Matrix", "ByteMatrix": "UI8Matrix"}  # fmt: skip
_INTEGERS = ("Int", "UInt", "Byte", "Short", "UShort")
_FLOATS = ("Float32", "Float64", "Float", "Double")


def read_properties(source: Source, elements: list[Element]) -> tuple[list[Property], list[str]]:
    """All properties of an image, and notes about those that are left out."""
    found: list[Property] = []
    notes: list[str] = []
    for element in elements:
        name, kind = element.get("id", ""), element.get("type", "")
        try:
            found.append((name, kind, _read_value(source, element, kind)))
        except (InputError, ValueError, KeyError) as error:
            notes.append(f"the property {name} of type {kind} was left out ({error})")
    return found, notes


def _read_value(source: Source, element: Element, kind: str) -> Any:
    full = _ALIASES.get(kind, kind)
    for shape in ("Vector", "Matrix"):
        if full.endswith(shape):
            return _read_array(source, element, _ITEMS[full.removesuffix(shape)], shape)
    if kind == "String":
        if element.get("location"):
            return bytes(read_block(source, element)).decode("utf-8")
        return element.get("value", element.text or "")
    text = element.get("value", "")
    if kind == "Boolean":
        return text.strip().lower() in ("1", "true")
    if kind in _FLOATS:
        return float(text)
    if kind.startswith(_INTEGERS):
        return int(text)
    if kind == "TimePoint" or kind.startswith("Complex"):
        return text
    raise ValueError("of a kind that is not kept")


def _read_array(source: Source, element: Element, item: str, shape: str) -> np.ndarray:
    keys = ("length",) if shape == "Vector" else ("rows", "columns")
    sizes = [int(element.get(key, "")) for key in keys]
    if min(sizes) < 0:
        raise ValueError("a negative length")
    kind = np.dtype(item)
    if not math.prod(sizes):
        return np.zeros(sizes, kind)
    raw = read_block(source, element, math.prod(sizes) * kind.itemsize)
    stored = kind.newbyteorder(">" if element.get("byteOrder") == "big" else "<")
    return raw.view(stored).astype(kind).reshape(sizes)


def write_property(parent: Element, name: str, kind: str, value: Any) -> None:
    """Add a property to an image, arrays inside the header as base64."""
    element = SubElement(parent, "Property", id=name, type=kind)
    if isinstance(value, np.ndarray):
        keys = ("length",) if value.ndim == 1 else ("rows", "columns")
        for key, size in zip(keys, value.shape, strict=True):
            element.set(key, str(size))
        raw = np.ascontiguousarray(value, value.dtype.newbyteorder("<")).tobytes()
        element.set("location", "inline:base64")
        element.text = base64.b64encode(raw).decode("ascii")
    elif kind == "String":
        element.text = str(value)
    elif isinstance(value, bool):
        element.set("value", "1" if value else "0")
    else:
        element.set("value", repr(value) if isinstance(value, int | float) else str(value))


_PROJECTIONS = {
    "Gnomonic": "TAN", "Stereographic": "STG", "PlateCarree": "CAR", "Mercator": "MER",
    "HammerAitoff": "AIT", "ZenithalEqualArea": "ZEA", "Orthographic": "SIN",
}  # fmt: skip


def solution_cards(properties: list[Property]) -> list[Card]:
    """PixInsight's astrometric solution as WCS cards of an image with row 0 on top, or none.

    PixInsight counts image coordinates from the outer edge of the first pixel, so CRPIX is half
    a pixel more. Its spline distortions have no such cards and stay in the properties.
    """
    values = {name.rpartition(":")[2]: v for name, _, v in properties if "PCL:Astrom" in name}
    projection = _PROJECTIONS.get(str(values.get("ProjectionSystem")))
    sky, pixel, matrix = (
        np.asarray(values.get(key, ()), np.float64)
        for key in ("ReferenceCelestialCoordinates", "ReferenceImageCoordinates",
                    "LinearTransformationMatrix")
    )  # fmt: skip
    if projection is None or sky.shape != (2,) or pixel.shape != (2,) or matrix.shape != (2, 2):
        return []
    cards: list[Card] = [("CTYPE1", f"RA---{projection}", ""), ("CTYPE2", f"DEC--{projection}", "")]
    for axis in (0, 1):
        cards.append((f"CRVAL{axis + 1}", float(sky[axis]), ""))
        cards.append((f"CRPIX{axis + 1}", float(pixel[axis]) + 0.5, ""))
        cards += [(f"CD{axis + 1}_{i + 1}", float(matrix[axis, i]), "") for i in (0, 1)]
    pole = np.asarray(values.get("CelestialPoleNativeCoordinates", ()), np.float64)
    if pole.shape == (2,):
        cards += [("LONPOLE", float(pole[0]), ""), ("LATPOLE", float(pole[1]), "")]
    return [*cards, ("RADESYS", "ICRS", "")]
