"""Reading and writing TIFF by tifffile; packings other than deflate need imagecodecs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from nodes.formats.header import header_text, read_header_text, split
from nodes.formats.levels import Options, decode, encode
from nodes.values import Image

# What turns the stored picture upright, by the TIFF tag Orientation: (transpose, up-down, mirror)
_TURNS = {
    2: (False, False, True), 3: (False, True, True), 4: (False, True, False),
    5: (True, False, False), 6: (True, False, True), 7: (True, True, True), 8: (True, True, False),
}  # fmt: skip


def read(path: Path, options: Options | None = None) -> Image:
    """A TIFF image of 1 to 64 bits, integers or floats, mono or RGB; it counts as linear.

    ``options.hdu`` chooses among several pages. Alpha is left out with a warning.

    Raises InputError for damaged files, palettes and packings that cannot be read.
    """
    import tifffile

    options = options or Options()
    if path.stat().st_size < 8:
        raise InputError(f"{path.name} is cut short: {path.stat().st_size} bytes")
    try:
        with tifffile.TiffFile(path) as file:
            count = len(file.pages)
            wanted = options.hdu or 0
            if wanted >= count:
                raise InputError(f"there is no page {wanted}; it has {count}")
            page = file.pages[wanted]
            if not isinstance(page, tifffile.TiffPage):
                page = page.aspage()
            _check(page, path.stat().st_size)
            pixels = _pixels(page)
            text, turn = page.description, page.tags.get("Orientation")
            inverted = page.photometric == 0
            alpha = len(page.extrasamples)
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from error
    except Exception as error:  # tifffile lets anything through for damaged files
        raise InputError(f"{path.name} cannot be read as TIFF: {error}") from error
    if count > 1 and options.hdu is None:
        options.ctx.warn(f"{path.name}: the first of {count} pages is read; choose by 'hdu'")
    if alpha and pixels.shape[0] > 1:
        options.ctx.warn(f"{path.name}: the alpha channel is left out")
        pixels = pixels[:-alpha]
    if pixels.shape[0] not in (1, 3):
        raise InputError(f"{path.name}: {pixels.shape[0]} channels; 1 and 3 are read")
    pixels = _upright(pixels, int(turn.value) if turn else 1)
    parts = split(read_header_text(text), mono=pixels.shape[0] == 1)
    full = 1.0 if parts.linear is not None else None
    data, white = decode(path, np.ascontiguousarray(pixels), options, full=full)
    if inverted:
        data = 1 - data
    return Image(
        data,
        header=parts.header,
        wcs=parts.wcs,
        linear=options.state(parts.linear),
        color_calibrated=parts.color_calibrated,
        cfa=parts.cfa,
        white=white,
    )


def _check(page: Any, size: int) -> None:
    """Raise InputError when the page cannot be what it says."""
    if page.photometric not in (0, 1, 2, 6, 32803):
        raise InputError(f"pixels of kind {page.photometric!r} are not read, only grey and RGB")
    if page.dtype is None or math.prod(page.shape) == 0:
        raise InputError(f"samples of {page.bitspersample} bits are not read")
    ends = [a + b for a, b in zip(page.dataoffsets, page.databytecounts, strict=False)]
    if not ends or max(ends) > size:
        raise InputError(f"cut short or damaged: pixels end at {max(ends, default=0)} of {size}")
    packed = sum(page.databytecounts)
    if page.nbytes > (packed + 4096 if page.compression == 1 else 2000 * packed + 4096):
        raise InputError(f"damaged: {page.nbytes} bytes of pixels cannot come from {packed}")


def _pixels(page: Any) -> np.ndarray:
    """The page as ``(channels, height, width)``."""
    try:
        pixels = page.asarray()
    except (ValueError, ImportError) as error:
        if isinstance(error, ValueError) and "imagecodecs" not in str(error):
            raise
        raise InputError(
            f"packed by {page.compression.name}, for which the package imagecodecs is missing: "
            "pip install linearlink[tiff], or save the file without compression"
        ) from error
    shape = dict(zip(page.axes, pixels.shape, strict=True))
    if set(shape) - set("YXS") and any(n > 1 for a, n in shape.items() if a not in "YXS"):
        raise InputError(f"a stack of axes {page.axes} {pixels.shape}; a picture is read")
    order = [page.axes.index(axis) for axis in ("S", "Y", "X") if axis in page.axes]
    others = [i for i in range(pixels.ndim) if i not in order]
    pixels = pixels.transpose(*others, *order).reshape([pixels.shape[i] for i in order])
    result: np.ndarray = pixels if pixels.ndim == 3 else pixels[None]
    return result


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    transpose, down, mirror = _TURNS.get(orientation, (False, False, False))
    if transpose:
        pixels = pixels.transpose(0, 2, 1)
    return pixels[:, :: -1 if down else 1, :: -1 if mirror else 1]


def write(path: Path, image: Image, *, bits: int = 32, ctx: Context = SILENT) -> None:
    """Write an image: 32 for float32, bit for bit; 16 or 8 for integers, rounded and clipped.

    The header is kept as text in ImageDescription. The same image always gives the same bytes.
    """
    import tifffile

    data = image.data if bits == 32 else encode(image.data, bits, ctx, path.name)
    colour = image.channels == 3
    tifffile.imwrite(
        path,
        np.ascontiguousarray(data.transpose(1, 2, 0)) if colour else data[0],
        photometric="rgb" if colour else "minisblack",
        planarconfig="contig" if colour else None,
        description=header_text(image),
        metadata=None,
        software="LinearLink",
    )
