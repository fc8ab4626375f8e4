"""What the plan needs to know of an image file, read without its pixels."""

from __future__ import annotations

import bz2
import gzip
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from graph.errors import InputError
from nodes.formats.cards import COMMENTARY
from nodes.formats.files import format_of
from nodes.formats.hdus import Hdu, check_size, choose, open_bytes, scan
from nodes.values import Card

#: cards, and (channels, height, width)
_Found = tuple[list[Card], tuple[int, int, int]]

_BEGIN = 1 << 16  # bytes that hold all headers of nearly every FITS file
_TURNED = 5  # from this EXIF orientation on, rows of the file become columns of the image


def read_facts(path: Path) -> dict[str, Any]:
    """Plain facts of an image file; of several images in it the first counts.

    width and height in pixels, channels (1 or 3), and nbytes, the bytes that its Image will hold
    in memory. FITS, XISF and camera raw files also give each header keyword, in capital letters,
    with its number, text or switch: of duplicates the first, and those of a FITS extension before
    the primary's.

    Raises OSError for a file that cannot be read and InputError for one that is not an image.
    """
    path = Path(path)
    cards, (channels, height, width) = _READERS[format_of(path)](path)
    facts: dict[str, Any] = {}
    for keyword, value, _ in cards:
        if value is not None and keyword not in COMMENTARY:
            facts.setdefault(keyword, value)
    size = {"channels": channels, "height": height, "width": width}
    return {**facts, **size, "nbytes": 4 * math.prod(size.values())}


def check_whole(path: Path) -> None:
    """Raise InputError when a file is shorter than its header says, without reading its pixels.

    Holds plain FITS and XISF files to that; packed ones, TIFF, PNG and JPEG pass.
    """
    path = Path(path)
    kind = format_of(path)
    if kind == "xisf":
        from nodes.formats.xisf import check_blocks

        check_blocks(path)
    elif kind == "fits":
        with path.open("rb") as file:
            packed = file.read(2) in (b"\x1f\x8b", b"BZ")
        if not packed:
            content = open_bytes(path)
            check_size(path, content, choose(path, content, None))


def _fits(path: Path) -> _Found:
    try:
        return _fits_of(path, _begin(path))
    except (InputError, OSError, EOFError, zlib.error):  # its headers go on, or it is damaged
        return _fits_of(path, open_bytes(path))


def _begin(path: Path) -> np.ndarray:
    """The first bytes of a FITS file, unpacked."""
    with path.open("rb") as file:
        raw = file.read(_BEGIN)
    if raw[:2] in (b"\x1f\x8b", b"BZ"):
        with gzip.open(path) if raw[:1] == b"\x1f" else bz2.open(path) as unpacked:
            raw = unpacked.read(_BEGIN)
    if not raw:
        raise InputError(f"{path.name} is empty")
    return np.frombuffer(raw, np.uint8)


def _fits_of(path: Path, content: np.ndarray) -> _Found:
    hdu = choose(path, content, None)
    primary = scan(path, content) if hdu.index else None
    return [*hdu.cards, *(primary.cards if primary else ())], _size(path, hdu)


def _size(path: Path, hdu: Hdu) -> tuple[int, int, int]:
    *planes, height, width = (1, *hdu.axes[::-1])
    planes = [n for n in planes if n != 1]
    if len(hdu.axes) > 1 and planes in ([], [3]):
        return 3 if planes else 1, height, width
    if len(planes) == 1 and width == 3:  # the colours stand along NAXIS1
        return 3, planes[0], height
    raise InputError(f"{path.name} is no picture of one or three planes: HDU {hdu.describe()}")


def _xisf(path: Path) -> _Found:
    from nodes.formats.xisf import _card, _geometry, _open, _tag

    source, root = _open(path)
    image = next((element for element in root if _tag(element) == "Image"), None)
    if image is None:
        raise source.fail("there is no image in it")
    width, height, channels = _geometry(source, image)
    cards = [_card(element) for element in image if _tag(element) == "FITSKeyword"]
    mosaic = next((element for element in image if _tag(element) == "ColorFilterArray"), None)
    if mosaic is not None and all(card[0] != "BAYERPAT" for card in cards):
        cards.append(("BAYERPAT", mosaic.get("pattern", ""), ""))
    return cards, (3 if channels > 2 else 1, height, width)


def _raw(path: Path) -> _Found:
    from nodes.formats import raw

    return raw.read_facts(path)


def _tiff(path: Path) -> _Found:
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            page: Any = file.pages[0]
            turn = page.tags.get("Orientation")
            size = page.imagelength, page.imagewidth
            colour = page.samplesperpixel > 2
    except Exception as error:  # tifffile lets anything through for damaged files
        raise InputError(f"{path.name} cannot be read as TIFF: {error}") from error
    return [], _turned(colour, size, int(turn.value) if turn else 1)


def _picture(path: Path) -> _Found:
    from PIL import Image as Pillow

    Pillow.MAX_IMAGE_PIXELS = None  # nothing is unpacked here
    try:
        with Pillow.open(path, formats=("PNG", "JPEG", "MPO")) as picture:
            turn = picture.getexif().get(0x0112, 1) if picture.format != "PNG" else 1
            colour = picture.mode not in ("1", "L", "LA", "I", "I;16", "F")
            return [], _turned(colour, picture.size[::-1], turn)
    except Exception as error:  # pillow lets anything through for damaged files
        raise InputError(f"{path.name} cannot be read: {error}") from error


def _turned(colour: bool, size: tuple[int, int], orientation: int) -> tuple[int, int, int]:
    height, width = size[::-1] if orientation >= _TURNED else size
    return 3 if colour else 1, height, width


_READERS = {
    "fits": _fits, "xisf": _xisf, "tiff": _tiff, "png": _picture, "jpeg": _picture, "raw": _raw,
}  # fmt: skip
