"""Reading and writing JPEG by pillow: 8 bit, stretched, for showing."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from nodes.formats.levels import Options, decode, encode
from nodes.values import Image


def read(path: Path, options: Options | None = None) -> Image:
    """A JPEG image, turned as its camera says; it counts as stretched.

    Raises InputError for damaged files.
    """
    from PIL import Image as Pillow
    from PIL import ImageOps

    options = options or Options()
    Pillow.MAX_IMAGE_PIXELS = None  # sizes are checked against the file, not against a constant
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Pillow.open(path, formats=("JPEG", "MPO")) as picture:
                width, height = picture.size
                if width * height > 3000 * path.stat().st_size:
                    raise InputError(f"{width} × {height} px cannot come from so few bytes")
                if picture.mode not in ("L", "RGB"):
                    picture = picture.convert("RGB")  # type: ignore[assignment]
                pixels = np.asarray(ImageOps.exif_transpose(picture))
    except Exception as error:  # pillow lets anything through for damaged files
        raise InputError(f"{path.name} cannot be read as JPEG: {error}") from error
    stored = pixels[None] if pixels.ndim == 2 else np.ascontiguousarray(pixels.transpose(2, 0, 1))
    data, white = decode(path, stored, options)
    return Image(data, linear=options.state(None, default=False), white=white)


def write(path: Path, image: Image, *, quality: int = 92, ctx: Context = SILENT) -> None:
    """Write an image of 8 bits, rounded and clipped, with colours at full resolution."""
    pixels = encode(image.data, 8, ctx, path.name).transpose(1, 2, 0)
    write_pixels(path, pixels, quality=quality)


def write_pixels(path: Path, pixels: np.ndarray, *, quality: int = 92) -> None:
    """Write uint8 pixels ``(height, width, 1 or 3)``. Raises InputError above 65500 a side."""
    from PIL import Image as Pillow

    if max(pixels.shape) > 65500:
        raise InputError(
            f"JPEG ends at 65500 pixels a side, the image has {pixels.shape[1]} × "
            f"{pixels.shape[0]}: save it as PNG or TIFF"
        )
    flat = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels
    picture = Pillow.fromarray(np.ascontiguousarray(flat))
    picture.save(path, "JPEG", quality=quality, subsampling=0)
