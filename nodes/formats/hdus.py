"""The HDUs of a FITS file: where each begins, what it says, how big its data are."""

from __future__ import annotations

import bz2
import gzip
import math
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from graph.errors import InputError
from nodes.formats.cards import read_cards
from nodes.formats.header import get
from nodes.values import Card

BLOCK = 2880
BITPIX = {8: ">u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}

_MOST_HEADER = 20_000 * BLOCK
_EXPANSION = 1100  # zlib reaches 1032; more than this is an attack


@dataclass(frozen=True, slots=True)
class Hdu:
    """A header and the place of its data; ``axes`` are those of the picture, NAXIS1 first."""

    index: int
    cards: list[Card]
    problems: list[str]
    start: int
    data: int
    size: int  # of the data, without padding
    bitpix: int
    axes: tuple[int, ...]
    compressed: bool
    image: bool

    @property
    def end(self) -> int:
        """The first byte after the data and their padding."""
        return self.data + -(-self.size // BLOCK) * BLOCK

    def describe(self) -> str:
        """``1 SCI (300 × 200 px)``: for messages."""
        name = str(get(self.cards, "EXTNAME") or get(self.cards, "XTENSION") or "primary").strip()
        return f"{self.index} {name} ({' × '.join(map(str, self.axes)) or 'no data'})"


def open_bytes(path: Path) -> np.ndarray:
    """The content of a FITS file as bytes: mapped, or unpacked if it is a .gz or .bz2.

    Raises InputError for an empty file, an unknown packing and damaged packing.
    """
    size = path.stat().st_size
    if size == 0:
        raise InputError(f"{path.name} is empty (0 bytes)")
    with path.open("rb") as file:
        magic = file.read(3)
    if magic[:2] == b"\x1f\x8b":
        return _unpack(path, cast(IO[bytes], gzip.open(path)), size)
    if magic == b"BZh":
        return _unpack(path, cast(IO[bytes], bz2.open(path)), size)
    if magic[:2] == b"\x1f\x9d":
        raise InputError(f"{path.name} is packed by Unix compress (.Z): unpack it first")
    return np.memmap(path, np.uint8, "r")


def _unpack(path: Path, file: IO[bytes], size: int) -> np.ndarray:
    content = bytearray()
    most = _EXPANSION * size + (64 << 20)
    try:
        with file:
            while chunk := file.read(16 << 20):
                content += chunk
                if len(content) > most:
                    raise InputError(f"{path.name} unpacks to more than {most >> 20} MB: refused")
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path.name} cannot be unpacked: {error}") from error
    return np.frombuffer(content, np.uint8)


def scan(path: Path, content: np.ndarray, start: int = 0, index: int = 0) -> Hdu | None:
    """The HDU that begins at a byte, or None when no HDU is there.

    Raises InputError for a broken header.
    """
    begin = bytes(content[start : start + 9])
    if begin[:8] != (b"SIMPLE  " if index == 0 else b"XTENSION") or begin[8:] != b"=":
        if index == 0:
            raise InputError(f"{path.name} is not a FITS file: it does not begin with SIMPLE")
        return None
    data = _end_of_header(path, content, start, index)
    cards, problems = read_cards(bytes(content[start:data]))
    compressed = get(cards, "ZIMAGE") is True
    bitpix, axes = _structure(path, cards, index, "")
    groups = get(cards, "GROUPS") is True and axes[:1] == (0,)
    elements = math.prod(axes[1:] if groups else axes) if axes else 0
    extra = [_whole(path, get(cards, key, n), key, index) for key, n in _COUNTS]
    size = abs(bitpix) // 8 * extra[1] * (extra[0] + elements)
    kind = str(get(cards, "XTENSION") or "IMAGE").strip()
    if compressed:
        bitpix, axes = _structure(path, cards, index, "Z")
    image = (kind in ("IMAGE", "IUEIMAGE") and not groups) or compressed
    image = image and bool(axes) and 0 not in axes
    return Hdu(index, cards, problems, start, data, size, bitpix, axes, compressed, image)


_COUNTS = (("PCOUNT", 0), ("GCOUNT", 1))


def _end_of_header(path: Path, content: np.ndarray, start: int, index: int) -> int:
    for block in range(start, min(len(content), start + _MOST_HEADER), BLOCK):
        raw = bytes(content[block : block + BLOCK])
        for line in range(0, len(raw), 80):
            if raw[line : line + 80].rstrip(b" \0") == b"END":
                return block + BLOCK
    raise InputError(f"{path.name} is cut short or damaged: the header of HDU {index} has no END")


def _structure(
    path: Path, cards: list[Card], index: int, prefix: str
) -> tuple[int, tuple[int, ...]]:
    bitpix = _whole(path, get(cards, f"{prefix}BITPIX"), f"{prefix}BITPIX", index, negative=True)
    if bitpix not in BITPIX:
        raise InputError(
            f"{path.name} is damaged: {prefix}BITPIX = {bitpix} in HDU {index} is none of "
            f"{', '.join(map(str, BITPIX))}"
        )
    count = _whole(path, get(cards, f"{prefix}NAXIS"), f"{prefix}NAXIS", index)
    if count > 999:
        raise InputError(f"{path.name} is damaged: {prefix}NAXIS = {count} in HDU {index}")
    keys = [f"{prefix}NAXIS{axis}" for axis in range(1, count + 1)]
    return bitpix, tuple(_whole(path, get(cards, key), key, index) for key in keys)


def _whole(path: Path, value: Any, key: str, index: int, negative: bool = False) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or (value < 0 and not negative):
        said = "is missing" if value is None else f"= {value} makes no sense"
        raise InputError(f"{path.name} is damaged: {key} {said} in HDU {index}")
    return value


def choose(path: Path, content: np.ndarray, wanted: int | None) -> Hdu:
    """The HDU of that number, or the first with an image.

    Raises InputError, listing what there is, when it does not exist or holds no image.
    """
    seen: list[Hdu] = []
    start = 0
    while start < len(content):
        hdu = scan(path, content, start, len(seen))
        if hdu is None:
            break
        seen.append(hdu)
        if hdu.image if wanted is None else hdu.index == wanted:
            break
        start = hdu.end
    hdu = seen[-1]
    if wanted is None and not hdu.image:
        raise InputError(f"{path.name} holds no image, only HDU {_list(seen)}")
    if wanted is not None and hdu.index != wanted:
        raise InputError(f"{path.name} has no HDU {wanted}; there is {_list(seen)}")
    if not hdu.image:
        raise InputError(f"HDU {wanted} of {path.name} holds no image; there is {_list(seen)}")
    return hdu


def _list(hdus: list[Hdu]) -> str:
    return ", ".join(hdu.describe() for hdu in hdus)


def check_size(path: Path, content: np.ndarray, hdu: Hdu) -> None:
    """Raise InputError when the file cannot hold the pixels its header promises."""
    held = len(content) - hdu.data
    picture = math.prod(hdu.axes) * abs(hdu.bitpix) // 8
    if hdu.size > held:
        raise InputError(
            f"{path.name} is cut short or damaged: HDU {hdu.index} promises {hdu.size} bytes "
            f"({' × '.join(map(str, hdu.axes))}), {max(held, 0)} are there"
        )
    if hdu.compressed and picture > 2000 * max(held, BLOCK):
        raise InputError(
            f"{path.name} is damaged: {' × '.join(map(str, hdu.axes))} px cannot come from "
            f"{held} compressed bytes"
        )
