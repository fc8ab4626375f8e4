"""Data blocks of XISF 1.0: where they stand, how they are packed, whether they are whole."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from graph.errors import InputError

#: the most that a byte of each codec can become, with room to spare
_EXPANSION = {"zlib": 1100, "lz4": 300, "lz4hc": 300, "zstd": 40_000}
_SUMS = {
    "sha1": "sha1",
    "sha-1": "sha1",
    "sha256": "sha256",
    "sha-256": "sha256",
    "sha512": "sha512",
    "sha-512": "sha512",
    "sha3-256": "sha3_256",
    "sha3-512": "sha3_512",
}


@dataclass(frozen=True, slots=True)
class Source:
    """The file that blocks are taken from."""

    path: Path
    content: np.ndarray  # all bytes, mapped

    def fail(self, message: str) -> InputError:
        """An error that names the file."""
        return InputError(f"{self.path.name}: {message}")


def read_block(source: Source, element: Element, size: int | None = None) -> np.ndarray:
    """The bytes of the block of an element, checked and unpacked.

    size: how many bytes it must have; None for any number.

    Raises InputError for a block outside the file, a wrong checksum, an unknown codec, a codec
    whose package is missing, and a block of another size.
    """
    holder = element
    location = element.get("location", "")
    if location == "embedded":
        found = next((c for c in element if c.tag.rpartition("}")[2] == "Data"), None)
        if found is None:
            raise source.fail("an embedded block has no Data element")
        holder = found
        raw = _decode_text(source, holder, holder.get("encoding", "base64"))
    elif location.startswith("inline"):
        raw = _decode_text(source, element, location.partition(":")[2])
    elif location.startswith("attachment"):
        raw = attached(source, location)
    else:
        raise source.fail(f"blocks at {location!r} (outside of the file) are not read")
    _verify(source, raw, holder.get("checksum") or element.get("checksum"))
    packing = holder.get("compression") or element.get("compression")
    if packing:
        subblocks = holder.get("subblocks") or element.get("subblocks")
        raw = _unpack(source, raw, packing, subblocks, size)
    if size is not None and raw.size != size:
        raise source.fail(f"damaged: a block has {raw.size} bytes where {size} are needed")
    return raw


def _decode_text(source: Source, element: Element, encoding: str) -> np.ndarray:
    text = "".join((element.text or "").split())
    try:
        data = bytes.fromhex(text) if encoding == "hex" else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise source.fail(f"damaged {encoding} block: {error}") from error
    return np.frombuffer(data, np.uint8)


def attached(source: Source, location: str) -> np.ndarray:
    position, size = _numbers(source, location.split(":")[1:], 2, location)
    total = len(source.content)
    if position + size > total:
        raise source.fail(
            f"cut short or damaged: a block of {size} bytes at {position} ends after the file, "
            f"which has {total}"
        )
    return source.content[position : position + size].view(np.ndarray)


def _numbers(source: Source, parts: list[str], count: int, text: str) -> list[int]:
    if len(parts) != count or not all(part.isascii() and part.isdigit() for part in parts):
        raise source.fail(f"damaged: {text!r} makes no sense")
    return [int(part[:20]) for part in parts]


def _verify(source: Source, raw: np.ndarray, checksum: str | None) -> None:
    if not checksum:
        return
    kind, _, wanted = checksum.partition(":")
    name = _SUMS.get(kind.lower())
    if name is None:
        raise source.fail(f"unknown kind of checksum {kind!r}")
    found = hashlib.new(name, memoryview(raw.data), usedforsecurity=False).hexdigest()
    if found != wanted.lower():
        raise source.fail(f"damaged: the {kind} checksum of a block does not fit")


def _unpack(
    source: Source, raw: np.ndarray, packing: str, subblocks: str | None, size: int | None
) -> np.ndarray:
    name, *numbers = packing.split(":")
    codec, shuffled = name.removesuffix("+sh"), name.endswith("+sh")
    if codec not in _EXPANSION:
        raise source.fail(f"unknown codec {codec!r}; zlib, lz4, lz4hc and zstd are read")
    total, item = _numbers(source, [*numbers, "1"][:2], 2, packing)
    if size is not None and total != size:
        raise source.fail(f"damaged: a block unpacks to {total} bytes where {size} are needed")
    if total > _EXPANSION[codec] * max(raw.size, 1):
        raise source.fail(f"damaged: {raw.size} bytes cannot unpack to {total}")
    if subblocks:
        pairs = [_numbers(source, p.split(","), 2, subblocks) for p in subblocks.split(":")]
    else:
        pairs = [[raw.size, total]]
    if sum(p[0] for p in pairs) > raw.size or sum(p[1] for p in pairs) != total:
        raise source.fail("damaged: the subblocks do not add up to the block")
    out = np.empty(total, np.uint8)
    start = target = 0
    for packed, plain in pairs:
        part = _unpack_one(source, codec, raw[start : start + packed], plain)
        if len(part) != plain:
            raise source.fail(f"damaged: {len(part)} bytes came out of a block of {plain}")
        out[target : target + plain] = np.frombuffer(part, np.uint8)
        start, target = start + packed, target + plain
    return _unshuffle(out, item) if shuffled and item > 1 else out


def _unpack_one(source: Source, codec: str, raw: np.ndarray, size: int) -> bytes:
    data: Any = raw.data
    try:
        if codec == "zlib":
            return zlib.decompressobj().decompress(data, size)
        if codec == "zstd":
            import zstandard

            return bytes(zstandard.ZstdDecompressor().decompress(data, max_output_size=size))
        import lz4.block

        return bytes(lz4.block.decompress(data, uncompressed_size=size))
    except ImportError as error:
        package = "zstandard" if codec == "zstd" else "lz4"
        raise source.fail(
            f"packed by {codec}, for which the package {package} is missing: "
            "pip install linearlink[xisf]"
        ) from error
    except Exception as error:  # each codec has its own
        raise source.fail(f"damaged: a {codec} block cannot be unpacked ({error})") from error


def _unshuffle(data: np.ndarray, item: int) -> np.ndarray:
    from nodes.bands import run_bands
    from nodes.kernels.decode import unshuffle

    count = data.size // item
    out = np.empty_like(data)
    run_bands(lambda first, last: unshuffle(data, out, first, last, item, count), count)
    out[count * item :] = data[count * item :]
    return out
