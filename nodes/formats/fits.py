"""Reading and writing FITS images (FITS standard 4.0, tile compression through astropy).

Plain images are mapped, and turned into float32 by one pass over bands of rows.
"""

from __future__ import annotations

import math
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from nodes.formats.cards import write_cards
from nodes.formats.hdus import BITPIX, BLOCK, Hdu, check_size, choose, open_bytes, scan
from nodes.formats.header import cards_of, get, number, split
from nodes.formats.levels import Options, decode, encode
from nodes.values import Card, Image

_ZERO_SUM = "0" * 16


def read(path: Path, options: Options | None = None) -> Image:
    """The image of a FITS file: ``(1 or 3, height, width)`` float32, 0 … 1, row 0 on top.

    Raises InputError for anything that is not a readable picture of one or three planes.
    """
    options = options or Options()
    content = open_bytes(path)
    hdu = choose(path, content, options.hdu)
    check_size(path, content, hdu)
    cards = _inherited(path, content, hdu)
    _warn_of_flaws(path, content, hdu, options.ctx)
    stored, colour_last = _planes(path, _stored(path, content, hdu), hdu, options.ctx)
    parts = split(cards, mono=stored.shape[0] == 1, compressed=hdu.compressed)
    for note in parts.notes:
        options.ctx.warn(f"{path.name}: {note}")
    flip = options.row_order == "bottom-up" or (options.row_order == "header" and parts.bottom_up)
    wcs, cfa = parts.flipped(stored.shape[1]) if flip else (parts.wcs, parts.cfa)
    scale, zero, blank = _scaling(path, hdu, options.ctx)
    # Floats of our own files are 0 … 1 by definition, whatever they exceed it by.
    full = 1.0 if parts.linear is not None else number(get(cards, "DATAMAX"))
    data, white = decode(
        path, stored, options, scale=scale, zero=zero, blank=blank, full=full, flip=flip
    )
    return Image(
        data,
        header=parts.header,
        wcs=None if colour_last else wcs,
        linear=options.state(parts.linear),
        color_calibrated=parts.color_calibrated,
        cfa=cfa,
        white=white,
    )


def _inherited(path: Path, content: np.ndarray, hdu: Hdu) -> list[Card]:
    """The cards of an HDU, before them those it takes over from the primary (INHERIT = T)."""
    if hdu.index == 0 or get(hdu.cards, "INHERIT") is not True:
        return hdu.cards
    primary = scan(path, content)
    own = {card[0] for card in hdu.cards}
    return [c for c in (primary.cards if primary else []) if c[0] not in own] + hdu.cards


def _warn_of_flaws(path: Path, content: np.ndarray, hdu: Hdu, ctx: Context) -> None:
    if hdu.index == 0 and get(hdu.cards, "SIMPLE") is not True:
        ctx.warn(f"{path.name}: SIMPLE is not T, so the file may not follow the standard")
    if hdu.problems:
        ctx.warn(f"{path.name}: unreadable header cards: {'; '.join(hdu.problems[:5])}")
    if len(content) < hdu.end:
        ctx.warn(f"{path.name}: the last block is not filled up; nothing is missing")
    elif len(content) > hdu.end and bytes(content[hdu.end : hdu.end + 8]) != b"XTENSION":
        ctx.warn(f"{path.name}: {len(content) - hdu.end} unknown bytes after the image are ignored")
    for key, start in (("DATASUM", hdu.data), ("CHECKSUM", hdu.start)):
        if get(hdu.cards, key) in (None, ""):
            continue
        block = content[start : hdu.end]
        total = _sum(block) if block.size % 4 == 0 else None
        good = (0, 0xFFFFFFFF) if key == "CHECKSUM" else (number(get(hdu.cards, key)),)
        if total not in good:
            ctx.warn(f"{path.name}: {key} does not fit: the file may be damaged")
            return


def _stored(path: Path, content: np.ndarray, hdu: Hdu) -> np.ndarray:
    """The numbers of an HDU as they stand in the file, slowest axis first."""
    shape = hdu.axes[::-1]
    if not hdu.compressed:
        count = math.prod(shape)
        raw = content[hdu.data : hdu.data + count * abs(hdu.bitpix) // 8]
        return raw.view(BITPIX[hdu.bitpix]).reshape(shape).view(np.ndarray)
    from astropy.io import fits

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with fits.open(path, do_not_scale_image_data=True) as hdus:
                opened: Any = hdus[hdu.index]
                data: np.ndarray = np.asarray(opened.data)
    except Exception as error:  # astropy lets anything through for damaged tiles
        raise InputError(f"{path.name} cannot be uncompressed: {error}") from error
    if data.shape != shape:
        raise InputError(f"{path.name} uncompresses to {data.shape}, not {shape} as it says")
    return data


def _planes(path: Path, stored: np.ndarray, hdu: Hdu, ctx: Context) -> tuple[np.ndarray, bool]:
    """``(1 or 3, height, width)``, and whether the colours stood along the first axis."""
    if len(hdu.axes) < 2:
        raise InputError(f"{path.name} holds a single row of {stored.size} numbers, not an image")
    axes = hdu.axes[::-1]
    shape = tuple(n for n in axes[:-2] if n != 1) + axes[-2:]
    if len(shape) == 2:
        return stored.reshape(1, *shape), False
    if len(shape) == 3 and shape[0] == 3:
        return stored.reshape(shape), False
    if len(shape) == 3 and shape[2] == 3:
        ctx.warn(f"{path.name}: colours stand along NAXIS1; taken as {shape[1]} × {shape[0]} RGB")
        return np.ascontiguousarray(stored.reshape(shape).transpose(2, 0, 1)), True
    raise InputError(
        f"{path.name} is a cube of {' × '.join(map(str, hdu.axes))}; an image has one plane, or "
        "three for red, green and blue: cut out the planes you need first"
    )


def _scaling(path: Path, hdu: Hdu, ctx: Context) -> tuple[float, float, int | None]:
    """BSCALE, BZERO and BLANK."""
    values = []
    for key, default in (("BSCALE", 1.0), ("BZERO", 0.0)):
        value = get(hdu.cards, key)
        as_number = default if value is None else number(value)
        if as_number is None:
            raise InputError(f"{path.name} is damaged: {key} = {value!r} is not a number")
        values.append(as_number)
    if values[0] == 0:
        ctx.warn(f"{path.name}: BSCALE = 0 makes every pixel {values[1]:g}")
    blank = get(hdu.cards, "BLANK", get(hdu.cards, "ZBLANK"))
    return values[0], values[1], blank if hdu.bitpix > 0 and isinstance(blank, int) else None


def write(path: Path, image: Image, *, bits: int = 32, ctx: Context = SILENT) -> None:
    """Write an image as the primary HDU; the same image always gives the same bytes.

    bits: 32 for float32, bit for bit; 16 or 8 for unsigned integers, rounded and clipped.
    Header and solution are kept, with ROWORDER, the state and CHECKSUM and DATASUM added.
    """
    data = image.data if bits == 32 else encode(image.data, bits, ctx, path.name)
    axes = data.shape[:0:-1] if image.channels == 1 else data.shape[::-1]
    structure: list[Card] = [
        ("SIMPLE", True, "conforms to FITS standard"),
        ("BITPIX", -32 if bits == 32 else bits, "array data type"),
        ("NAXIS", len(axes), "number of array dimensions"),
        *((f"NAXIS{i}", n, "") for i, n in enumerate(axes, 1)),
        ("EXTEND", True, ""),
    ]
    if bits == 16:
        structure += [("BSCALE", 1, ""), ("BZERO", 32768, "unsigned 16-bit integers")]
    cards = structure + cards_of(image)
    with path.open("wb") as file:
        file.write(_header(cards, _ZERO_SUM, "0"))
        total = _write_data(file, data, bits, ctx)
        header = _header(cards, _ZERO_SUM, str(total))
        checksum = _checksum(_fold(_sum(np.frombuffer(header, np.uint8)) + total))
        file.seek(0)
        file.write(_header(cards, checksum, str(total)))


def _header(cards: list[Card], checksum: str, datasum: str) -> bytes:
    sums: list[Card] = [
        ("CHECKSUM", checksum, "of this HDU"),
        ("DATASUM", f"{datasum:<10}", "of the data"),
    ]
    text = "".join([*write_cards([*cards, *sums]), f"{'END':80}"])
    return f"{text:{-(-len(text) // BLOCK) * BLOCK}}".encode("ascii")


def _write_data(file: Any, data: np.ndarray, bits: int, ctx: Context) -> int:
    """Write big-endian numbers, filled up with zeros; returns their DATASUM."""
    flat = data.reshape(-1)
    step = 1 << 20
    total = 0
    for start in range(0, flat.size, step):
        ctx.progress(start / flat.size, "writing")
        part = flat[start : start + step]
        if bits == 16:
            part = part ^ np.uint16(0x8000)
        if sys.byteorder == "little":
            part = part.byteswap()
        raw = part.view(np.uint8)
        if start + step >= flat.size:
            raw = np.concatenate([raw, np.zeros(-(data.nbytes) % BLOCK, np.uint8)])
        total = _fold(total + _sum(raw))
        file.write(raw)
    return total


def _sum(raw: np.ndarray) -> int:
    """The ones' complement sum of big-endian 32-bit words (Seaman, Pence & Rots)."""
    from nodes.kernels.decode import sum_words

    raw = np.ascontiguousarray(raw)
    words = raw.view(np.uint32) if raw.ctypes.data % 4 == 0 else raw.copy().view(np.uint32)
    return _fold(int(sum_words(words.view(np.ndarray), sys.byteorder == "little")))


def _fold(total: int) -> int:
    while total >> 32:
        total = (total & 0xFFFFFFFF) + (total >> 32)
    return total


def _checksum(total: int) -> str:
    """The 16 letters and digits that make the sum of the whole HDU come out as -0."""
    value = total ^ 0xFFFFFFFF
    text = bytearray(16)
    for i in range(4):
        byte = value >> (24 - 8 * i) & 0xFF
        letters = [byte // 4 + 0x30 + (byte % 4 if j == 0 else 0) for j in range(4)]
        while any(0x3A <= c <= 0x40 or 0x5B <= c <= 0x60 for c in letters):
            for j in (0, 2):
                if any(0x3A <= c <= 0x40 or 0x5B <= c <= 0x60 for c in letters[j : j + 2]):
                    letters[j] += 1
                    letters[j + 1] -= 1
        text[i::4] = bytes(letters)
    return (text[-1:] + text[:-1]).decode("ascii")
