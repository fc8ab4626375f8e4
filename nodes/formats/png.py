"""Reading and writing PNG (W3C, third edition), 16 bit by our own code.

Pillow reads 16-bit colour as 8 bit without a word, so it is given files of up to 8 bit only.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from nodes.formats.header import header_text, read_header_text, split
from nodes.formats.levels import Options, decode, encode
from nodes.values import Image

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_KEY = "FITS header"
# Adam7: first column and row of each pass, and the steps
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
           (0, 1, 1, 2))  # fmt: skip
_MOST_PIXELS = 1 << 34


def read(path: Path, options: Options | None = None) -> Image:
    """A PNG image: 8-bit ones count as stretched, 16-bit ones as linear unless they say so.

    Raises InputError for damaged files.
    """
    options = options or Options()
    content = path.read_bytes()
    chunks = list(_chunks(path, content))
    width, height, depth, kind, interlaced = _header(path, chunks)
    samples = width * height * _CHANNELS[kind] * depth // 8
    packed = sum(len(data) for name, data in chunks if name == b"IDAT")
    if samples > 1100 * packed + 4096:
        raise InputError(
            f"{path.name} is damaged: {width} × {height} px cannot come from {packed} bytes"
        )
    if depth == 16:
        stored = _read_deep(path, chunks, width, height, _CHANNELS[kind], interlaced)
    else:
        stored = _read_by_pillow(path)
    if stored.shape[0] in (2, 4):
        options.ctx.warn(f"{path.name}: the alpha channel is left out")
        stored = stored[: stored.shape[0] - 1]
    parts = split(read_header_text(_text(chunks)), mono=stored.shape[0] == 1)
    data, white = decode(path, stored, options)
    return Image(
        data,
        header=parts.header,
        wcs=parts.wcs,
        linear=options.state(parts.linear, default=depth == 16),
        color_calibrated=parts.color_calibrated,
        cfa=parts.cfa,
        white=white,
    )


def _chunks(path: Path, content: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = len(_SIGNATURE)
    while True:
        if position + 12 > len(content):
            raise InputError(f"{path.name} is cut short: no IEND chunk")
        length, name = struct.unpack(">I4s", content[position : position + 8])
        end = position + 12 + length
        if end > len(content):
            raise InputError(f"{path.name} is cut short inside its {name!r} chunk")
        data = content[position + 8 : end - 4]
        if zlib.crc32(name + data) != struct.unpack(">I", content[end - 4 : end])[0]:
            raise InputError(f"{path.name} is damaged: the checksum of a {name!r} chunk is wrong")
        if name == b"IEND":
            return
        yield name, data
        position = end


def _header(path: Path, chunks: list[tuple[bytes, bytes]]) -> tuple[int, int, int, int, bool]:
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13:
        raise InputError(f"{path.name} is damaged: it does not begin with an IHDR chunk")
    width, height, depth, kind, _, _, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    if not (width and height and width * height < _MOST_PIXELS):
        raise InputError(f"{path.name} is damaged: {width} × {height} px")
    if kind not in _CHANNELS or depth not in (1, 2, 4, 8, 16) or interlace > 1:
        raise InputError(f"{path.name} is damaged: colour type {kind} of {depth} bits")
    return width, height, depth, kind, bool(interlace)


def _read_deep(
    path: Path,
    chunks: list[tuple[bytes, bytes]],
    width: int,
    height: int,
    channels: int,
    interlaced: bool,
) -> np.ndarray:
    passes = _PASSES if interlaced else ((0, 0, 1, 1),)
    sizes = [(-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in passes]
    expected = sum(h * (1 + 2 * channels * w) for w, h in sizes if w > 0 and h > 0)
    unpacker = zlib.decompressobj()
    plain = bytearray()
    try:
        for name, data in chunks:
            if name == b"IDAT":
                plain += unpacker.decompress(data, max(expected - len(plain), 1))
    except zlib.error as error:
        raise InputError(f"{path.name} is damaged: {error}") from error
    if len(plain) < expected:
        raise InputError(f"{path.name} is cut short: {len(plain)} of {expected} bytes are there")
    out = np.empty((channels, height, width), np.uint16)
    position = 0
    for (x, y, dx, dy), (w, h) in zip(passes, sizes, strict=True):
        if w <= 0 or h <= 0:
            continue
        stride = 1 + 2 * channels * w
        raw = np.frombuffer(plain, np.uint8, h * stride, position).reshape(h, stride)
        rows = _unfilter(path, raw, 2 * channels).view(">u2").reshape(h, w, channels)
        out[:, y::dy, x::dx] = rows.transpose(2, 0, 1)
        position += h * stride
    return out


def _unfilter(path: Path, raw: np.ndarray, step: int) -> np.ndarray:
    from nodes.kernels.decode import unfilter

    rows = np.ascontiguousarray(raw[:, 1:])
    bad = unfilter(rows, np.ascontiguousarray(raw[:, 0]), step)
    if bad >= 0:
        raise InputError(f"{path.name} is damaged: row {bad} has an unknown filter")
    return rows


def _read_by_pillow(path: Path) -> np.ndarray:
    from PIL import Image as Pillow

    Pillow.MAX_IMAGE_PIXELS = None  # sizes are checked against the file, not against a constant
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Pillow.open(path) as picture:
                mode = {"1": "L", "P": "RGBA" if "transparency" in picture.info else "RGB"}
                pixels = np.asarray(picture.convert(mode.get(picture.mode, picture.mode)))
    except Exception as error:  # pillow lets anything through for damaged files
        raise InputError(f"{path.name} cannot be read as PNG: {error}") from error
    return pixels[None] if pixels.ndim == 2 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _text(chunks: list[tuple[bytes, bytes]]) -> str:
    for name, data in chunks:
        key, _, text = data.partition(b"\0")
        if name == b"tEXt" and key == _KEY.encode():
            return text.decode("latin-1")
    return ""


def write(path: Path, image: Image, *, bits: int = 16, ctx: Context = SILENT) -> None:
    """Write an image of 8 or 16 bits, rounded and clipped, its header as a text chunk."""
    pixels = encode(image.data, bits, ctx, path.name).transpose(1, 2, 0)
    write_pixels(path, pixels, header_text(image), ctx)


def write_pixels(path: Path, pixels: np.ndarray, text: str = "", ctx: Context = SILENT) -> None:
    """Write uint8 or uint16 pixels ``(height, width, 1 or 3)``, by bands of rows.

    Each row is stored as its difference to the row above.
    """
    height, width, channels = pixels.shape
    depth = 8 * pixels.dtype.itemsize
    kind = 2 if channels == 3 else 0
    packer = zlib.compressobj(4)
    band = max(1, (4 << 20) // (width * channels * depth // 8))
    above = np.zeros((1, width * channels * depth // 8), np.uint8)
    with path.open("wb") as file:

        def add(name: bytes, data: bytes) -> None:
            file.write(struct.pack(">I", len(data)) + name + data)
            file.write(struct.pack(">I", zlib.crc32(name + data)))

        file.write(_SIGNATURE)
        add(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
        if text:
            add(b"tEXt", _KEY.encode() + b"\0" + text.encode("latin-1", "replace"))
        for first in range(0, height, band):
            ctx.progress(first / height, "writing")
            part = np.ascontiguousarray(pixels[first : first + band], f">u{depth // 8}")
            rows = part.reshape(len(part), -1).view(np.uint8)
            lines = np.empty((len(rows), rows.shape[1] + 1), np.uint8)
            lines[:, 0] = 2
            lines[:, 1:] = rows - np.concatenate([above, rows[:-1]])
            above = rows[-1:]
            if packed := packer.compress(lines.data):
                add(b"IDAT", packed)
        add(b"IDAT", packer.flush())
        add(b"IEND", b"")
