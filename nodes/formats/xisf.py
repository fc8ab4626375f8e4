"""Reading and writing XISF 1.0, after the public specification of the format.

Monolithic files: a signature, the length of an XML header, the header, then attached blocks.
The FITS cards of a solution count rows from the bottom, as PixInsight writes and reads them.
"""

from __future__ import annotations

import math
import struct
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from nodes.formats.cards import COMMENTARY, read_value, to_ascii
from nodes.formats.header import cards_of, get, split
from nodes.formats.levels import Options, decode, encode
from nodes.formats.orientation import PATTERNS, flip_wcs
from nodes.formats.xisf_blocks import Source, attached, read_block
from nodes.formats.xisf_properties import read_properties, solution_cards, write_property
from nodes.values import Card, Image

_SAMPLES = {"UInt8": "u1", "UInt16": "u2", "UInt32": "u4", "UInt64": "u8",
            "Float32": "f4", "Float64": "f8"}  # fmt: skip
_SPACE = "http://www.pixinsight.com/xisf"
_ALIGN = 4096


def read(path: Path, options: Options | None = None) -> Image:
    """An image of an XISF file: ``(1 or 3, height, width)`` float32, 0 … 1, row 0 on top.

    ``options.hdu`` chooses among several images. Header cards, solution, Bayer pattern and all
    properties come with it.

    Raises InputError for anything damaged, unknown or bigger than the file can hold.
    """
    options = options or Options()
    source, root = _open(path)
    images = [e for e in root if _tag(e) == "Image"]
    wanted = options.hdu or 0
    if wanted >= len(images):
        raise source.fail(f"there is no image {wanted}; the file holds {len(images)}")
    element = images[wanted]
    width, height, channels = _geometry(source, element)
    stored = _samples(source, element, width, height, channels)
    if channels not in (1, 3):
        if channels not in (2, 4):
            raise source.fail(f"an image of {channels} channels; 1 and 3 are read")
        options.ctx.warn(f"{path.name}: {channels} channels, the last is alpha and left out")
        stored = stored[: channels - 1]
    lower, upper = _bounds(source, element)
    plain = stored.dtype.kind == "u" or (lower, upper) == (0, 1)
    cards = [_card(e) for e in element if _tag(e) == "FITSKeyword"]
    properties, notes = read_properties(source, [e for e in element if _tag(e) == "Property"])
    parts = split(cards, mono=stored.shape[0] == 1)
    data, white = decode(
        path,
        stored,
        options if plain or options.white else replace(options, white=upper - lower),
        zero=0.0 if plain else -lower,
        full=1.0 if (lower, upper) == (0, 1) else None,
    )
    wcs = split(solution_cards(properties)).wcs
    if wcs is None and parts.wcs:
        wcs = flip_wcs(parts.wcs, 2, height)
    for note in [*parts.notes, *notes]:
        options.ctx.warn(f"{path.name}: {note}")
    return Image(
        data,
        header=parts.header,
        wcs=wcs,
        linear=options.state(parts.linear),
        color_calibrated=parts.color_calibrated,
        cfa=_pattern(path, element, stored.shape[0], options.ctx) or parts.cfa,
        white=white,
        properties=tuple(properties),
    )


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _open(path: Path) -> tuple[Source, Element]:
    size = path.stat().st_size
    if size < 16:
        raise InputError(f"{path.name} is cut short: {size} bytes cannot be an XISF file")
    content = np.memmap(path, np.uint8, "r")
    source = Source(path, content)
    if bytes(content[:8]) != b"XISF0100":
        raise source.fail(f"unknown signature {bytes(content[:8])!r}; XISF0100 is read")
    length = struct.unpack("<I", bytes(content[8:12]))[0]
    if not 0 < length <= size - 16:
        raise source.fail(
            f"cut short or damaged: a header of {length} bytes in a file of {size} bytes"
        )
    try:
        text = bytes(content[16 : 16 + length]).decode("utf-8").rstrip("\0 \r\n")
    except UnicodeDecodeError as error:
        raise source.fail("damaged: the XML header is not UTF-8") from error
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise source.fail("the XML header declares entities, which no XISF file needs: refused")
    try:
        return source, ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        raise source.fail(f"damaged XML header: {error}") from error


def check_blocks(path: Path) -> None:
    """Raise InputError when a block of the first image does not lie within the file."""
    source, root = _open(path)
    image = next((element for element in root if _tag(element) == "Image"), None)
    location = "" if image is None else image.get("location", "")
    if location.startswith("attachment"):
        attached(source, location)


def _geometry(source: Source, element: Element) -> tuple[int, int, int]:
    text = element.get("geometry", "")
    parts = text.split(":")
    numbers = [int(p[:20]) if p.isascii() and p.isdigit() else 0 for p in parts]
    if len(numbers) != 3 or min(numbers) < 1:
        raise source.fail(f"geometry {text!r} is not width:height:channels")
    return numbers[0], numbers[1], numbers[2]


def _samples(
    source: Source, element: Element, width: int, height: int, channels: int
) -> np.ndarray:
    """The stored numbers as ``(channels, height, width)``."""
    name = element.get("sampleFormat", "")
    if name not in _SAMPLES:
        raise source.fail(f"samples of type {name!r}; {', '.join(_SAMPLES)} are read")
    order = ">" if element.get("byteOrder", "little") == "big" else "<"
    kind = np.dtype(order + _SAMPLES[name])
    raw = read_block(source, element, width * height * channels * kind.itemsize)
    storage = element.get("pixelStorage", "Planar")
    if storage == "Normal":
        interleaved = raw.view(kind).reshape(height, width, channels)
        return np.ascontiguousarray(interleaved.transpose(2, 0, 1))
    if storage != "Planar":
        raise source.fail(f"pixelStorage {storage!r} is neither Planar nor Normal")
    return raw.view(kind).reshape(channels, height, width)


def _bounds(source: Source, element: Element) -> tuple[float, float]:
    text = element.get("bounds", "0:1")
    try:
        lower, upper = (float(part) for part in text.split(":"))
    except ValueError:
        lower = upper = math.nan
    if not (math.isfinite(lower) and math.isfinite(upper) and lower < upper):
        raise source.fail(f"bounds {text!r} are not lower:upper")
    return lower, upper


def _card(element: Element) -> Card:
    name, comment = element.get("name", "").strip().upper(), element.get("comment", "")
    if name in COMMENTARY:
        return name, comment or element.get("value", "").strip().strip("'"), ""
    return name, read_value(element.get("value", ""))[0], comment


def _pattern(path: Path, element: Element, channels: int, ctx: Context) -> str | None:
    found = next((e for e in element if _tag(e) == "ColorFilterArray"), None)
    if found is None or channels != 1:
        return None
    pattern = found.get("pattern", "").upper()
    if pattern in PATTERNS and (found.get("width"), found.get("height")) == ("2", "2"):
        return pattern
    ctx.warn(f"{path.name}: the colour filter array {pattern!r} is unknown; read as a plain image")
    return None


def write(path: Path, image: Image, *, bits: int = 32, ctx: Context = SILENT) -> None:
    """Write an image uncompressed; the same image always gives the same bytes.

    bits: 32 for Float32, bit for bit; 16 or 8 for unsigned integers, rounded and clipped.
    Header, solution, Bayer pattern and properties are kept.
    """
    data = image.data if bits == 32 else encode(image.data, bits, ctx, path.name)
    if sys.byteorder == "big":
        data = data.byteswap()
    attributes = {
        "geometry": f"{image.width}:{image.height}:{image.channels}",
        "sampleFormat": "Float32" if bits == 32 else f"UInt{bits}",
        **({"bounds": "0:1"} if bits == 32 else {}),
        "colorSpace": "RGB" if image.channels == 3 else "Gray",
    }
    root = Element("xisf", {"version": "1.0", "xmlns": _SPACE})
    element = SubElement(root, "Image", attributes)
    for keyword, value, comment in cards_of(image, bottom_up=True):
        shown = ("", str(value)) if keyword in COMMENTARY else (_card_text(value), comment)
        SubElement(element, "FITSKeyword", name=keyword, value=shown[0], comment=_clean(shown[1]))
    if image.cfa:
        SubElement(element, "ColorFilterArray", pattern=image.cfa, width="2", height="2")
    for name, kind, content in image.properties:
        write_property(element, name, kind, content)
    metadata = SubElement(root, "Metadata")
    made = str(get(image.header, "DATE") or "1970-01-01T00:00:00")
    write_property(metadata, "XISF:CreationTime", "TimePoint", made.rstrip("Z") + "Z")
    write_property(metadata, "XISF:CreatorApplication", "String", "LinearLink")
    # The header holds the place of the block, and its length moves that place: leave room.
    element.set("location", f"attachment:{'0' * 19}:{data.nbytes}")
    start = -(-(16 + len(ElementTree.tostring(root, "utf-8", xml_declaration=True))) // _ALIGN)
    element.set("location", f"attachment:{start * _ALIGN}:{data.nbytes}")
    header = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    with path.open("wb") as file:
        file.write(b"XISF0100" + struct.pack("<II", len(header), 0) + header)
        file.write(bytes(start * _ALIGN - 16 - len(header)))
        file.write(np.ascontiguousarray(data).data)


def _card_text(value: Any) -> str:
    if isinstance(value, str):
        return "'{}'".format(_clean(value).replace("'", "''"))
    if value is None or isinstance(value, bool):
        return "" if value is None else ("T" if value else "F")
    return repr(value).upper()


def _clean(text: str) -> str:
    """What XML may hold, accents and all; FITS keywords in an XISF file need not be ASCII."""
    return "".join(c if c.isprintable() else to_ascii(c) for c in text)
