"""Which format a file has: by its first bytes, then by its suffix."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from graph.errors import InputError
from nodes.formats.levels import Options
from nodes.values import Image

_MAGIC = (
    (b"SIMPLE  ", "fits"),
    (b"XISF", "xisf"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x1f\x8b", "fits"),
    (b"\x1f\x9d", "fits"),
    (b"BZh", "fits"),
)
_SUFFIXES = {
    ".fits": "fits", ".fit": "fits", ".fts": "fits", ".fz": "fits", ".gz": "fits", ".bz2": "fits",
    ".xisf": "xisf", ".tif": "tiff", ".tiff": "tiff", ".png": "png", ".jpg": "jpeg",
    ".jpeg": "jpeg",
}  # fmt: skip
#: of camera raw files, which begin like TIFF or like nothing else
_RAW = (".cr2", ".cr3", ".crw", ".nef", ".arw", ".dng", ".raf", ".rw2", ".orf", ".pef", ".srw")

#: what may be read and written, for file dialogs and folders
READABLE = tuple(f"*{suffix}" for suffix in (*_SUFFIXES, *_RAW))
WRITABLE = (".fits", ".fit", ".xisf", ".tif", ".tiff", ".png", ".jpg", ".jpeg")


def format_of(path: Path) -> str:
    """``fits``, ``xisf``, ``tiff``, ``png``, ``jpeg`` or ``raw``.

    Raises InputError for a file that is missing, unreadable or of another format.
    """
    try:
        with path.open("rb") as file:
            begin = file.read(8)
    except IsADirectoryError as error:
        raise InputError(f"{path} is a folder; an image file is needed") from error
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    suffix = path.suffix.lower()
    if suffix in _RAW:
        return "raw"
    for magic, name in _MAGIC:
        if begin.startswith(magic):
            return name
    expected = _SUFFIXES.get(suffix)
    if expected == "fits":
        return expected
    if expected:  # these formats always begin with the bytes above
        what = (
            "is empty" if not begin else f"is not a {expected.upper()} file, whatever its name says"
        )
        raise InputError(f"{path.name} {what}")
    raise InputError(
        f"{path.name} is no image of a known format (FITS, XISF, TIFF, PNG, JPEG, camera raw)"
    )


def read(path: Path | str, **options: Any) -> Image:
    """Read an image of any format.

    options: hdu, white, signed, row_order, linear and ctx, as in ``io.load_image``.

    Raises InputError, naming file and cause, for everything that cannot be read.
    """
    path, asked = Path(path), Options(**options)
    name = format_of(path)
    if name in ("png", "jpeg") and asked.hdu:
        raise InputError(f"{path.name} holds one image, there is no number {asked.hdu}")
    try:
        image: Image = importlib.import_module(f"nodes.formats.{name}").read(path, asked)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise InputError(f"{path.name} needs more memory than there is") from error
    if name != "fits" and asked.row_order == "bottom-up":
        from nodes.formats.orientation import flip_rows

        return flip_rows(image)
    return image


def write_format(path: Path) -> str:
    """The format to write, by suffix. Raises InputError, listing them, for an unknown one."""
    if path.suffix.lower() not in WRITABLE:
        raise InputError(
            f"{path.name}: no format is known by the suffix {path.suffix or '(none)'!r}; "
            f"use {', '.join(WRITABLE)}"
        )
    return _SUFFIXES[path.suffix.lower()]
