"""Files in and out."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import Each, Grouping, InputFile, OutputFile, Range, node
from nodes.formats.files import READABLE, WRITABLE, read, write_format
from nodes.values import Image, Screen, Table


def _facts(path: Path) -> Mapping[str, Any]:
    from nodes.formats.facts import read_facts

    return read_facts(path)


@node("io.load_image", version=1, known_as=("Open", "Read", "load"), keep="memory", retries=2)
def load_image(
    *,
    file: Annotated[Path, InputFile(READABLE, header=_facts)],
    hdu: Annotated[int, Range(0)] | None = None,
    white: Annotated[float, Range(1e-30)] | None = None,
    signed: bool = False,
    row_order: Literal["header", "top-down", "bottom-up"] = "header",
    linear: Literal["auto", "linear", "stretched"] = "auto",
    ctx: Context = SILENT,
) -> Image:
    """Read an image: FITS, XISF, TIFF, PNG or JPEG.

    Integers are divided by the full scale of their width, 65535 for 16 bit, so that the same
    number means the same light in every frame; floats up to 1 are taken as they are. The result
    has row 0 on top and carries header, astrometric solution and Bayer pattern.

    Raises InputError, naming file and cause, for what cannot be read; among it floats above 1
    when neither DATAMAX nor white says what is white, negative integers unless signed is on, and
    cubes that are not three planes of colour.

    file: the image to read; its format is known by its content.
    hdu: which HDU of a FITS file, image of an XISF file or page of a TIFF file; counted from 0;
        empty for the first that holds an image.
    white: the value in the file that becomes 1; empty for full scale or what the file says.
    signed: take negative integers as they stand; off, they are refused.
    row_order: which row is stored first; header follows ROWORDER, top-down when it is absent.
    linear: whether the image is linear; auto follows the file; 8-bit PNG and JPEG are stretched.
    """
    return read(
        file, hdu=hdu, white=white, signed=signed, row_order=row_order, linear=linear, ctx=ctx
    )


@node(
    "io.load_frames", version=1, known_as=("convert", "link", "sequence"), keep="memory", retries=2
)
def load_frames(
    *,
    files: Annotated[Path, InputFile(READABLE, header=_facts), Each()],
    group_by: Annotated[tuple[str, ...], Grouping()] = (),
    hdu: Annotated[int, Range(0)] | None = None,
    white: Annotated[float, Range(1e-30)] | None = None,
    signed: bool = False,
    row_order: Literal["header", "top-down", "bottom-up"] = "header",
    linear: Literal["auto", "linear", "stretched"] = "auto",
    ctx: Context = SILENT,
) -> Image:
    """Read many images of a folder, a pattern or a list, each as Load image does.

    files: a pattern as ``lights/*.fits``, a folder, or a list of files.
    group_by: header keywords such as FILTER and EXPTIME; frames that agree in all of them become
        a list of their own, and what follows is done for each list; empty for one list of all.
    hdu: which HDU of a FITS file, image of an XISF file or page of a TIFF file; counted from 0;
        empty for the first that holds an image.
    white: the value in the files that becomes 1; empty for full scale or what each file says.
    signed: take negative integers as they stand; off, they are refused.
    row_order: which row is stored first; header follows ROWORDER, top-down when it is absent.
    linear: whether the images are linear; auto follows each file.
    """
    return read(
        files, hdu=hdu, white=white, signed=signed, row_order=row_order, linear=linear, ctx=ctx
    )


_BITS = {
    "fits": (32, 16, 8),
    "xisf": (32, 16, 8),
    "tiff": (32, 16, 8),
    "png": (16, 8),
    "jpeg": (8,),
}


def _memory(inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]) -> int:
    """A TIFF or PNG is made as a whole before it is written."""
    return inputs["image"]


@node(
    "io.save_image",
    version=1,
    known_as=("SaveAs", "Write", "save", "savetif", "savejpg", "savepng"),
    writes=True,
    memory=_memory,
)
def save_image(
    image: Image,
    *,
    file: Annotated[Path, OutputFile(WRITABLE)],
    bits: Literal["auto", "8", "16", "32"] = "auto",
    quality: Annotated[int, Range(1, 100)] = 92,
    overwrite: bool = False,
    ctx: Context = SILENT,
) -> None:
    """Write an image as FITS, XISF, TIFF, PNG or JPEG, chosen by the suffix.

    FITS, XISF and TIFF keep 32-bit floats bit for bit, and header, solution and Bayer pattern.
    Integers are rounded; what lies outside 0 … 1 is clipped, and counted in a warning. The same
    image always gives the same bytes.

    Raises InputError for an unknown suffix, bits that the format does not have, a folder that
    cannot be written, and a file that exists unless overwrite is on.

    file: where to write; the suffix chooses the format.
    bits: for each sample; auto is 32 (float) for FITS, XISF and TIFF, 16 for PNG, 8 for JPEG.
    quality: of a JPEG file; 1 to 100; higher is better and bigger.
    overwrite: replace a file that exists.
    """
    name = write_format(file)
    depths = _BITS[name]
    depth = depths[0] if bits == "auto" else int(bits)
    if depth not in depths:
        raise InputError(
            f"{file.name}: {name.upper()} does not hold {depth} bits; "
            f"choose {' or '.join(map(str, depths))}"
        )
    if depth == 8 and name in ("png", "jpeg") and image.linear:
        ctx.warn(
            f"{file.name}: the image is linear and will look black; stretch it first or save the "
            "viewer's screen"
        )
    settings = {"quality": quality} if name == "jpeg" else {"bits": depth}
    with _writing(file, overwrite):
        import_module(f"nodes.formats.{name}").write(file, image, ctx=ctx, **settings)


@node("io.save_screen", version=1, known_as=("SaveAs", "savejpg", "savepng"), writes=True)
def save_screen(
    screen: Screen,
    *,
    file: Annotated[Path, OutputFile((".png", ".jpg", ".jpeg"))],
    quality: Annotated[int, Range(1, 100)] = 92,
    overwrite: bool = False,
    ctx: Context = SILENT,
) -> None:
    """Write what a viewer shows as an 8-bit PNG or JPEG picture.

    Raises InputError for another suffix, a folder that cannot be written, and a file that exists
    unless overwrite is on.

    file: where to write; the suffix, .png or .jpg, chooses the format.
    quality: of a JPEG file; 1 to 100; higher is better and bigger.
    overwrite: replace a file that exists.
    """
    name = write_format(file)
    if name not in ("png", "jpeg"):
        raise InputError(f"{file.name}: a screen is saved as .png or .jpg; save the image instead")
    with _writing(file, overwrite):
        if name == "png":
            from nodes.formats import png

            png.write_pixels(file, screen.pixels, ctx=ctx)
        else:
            from nodes.formats import jpeg

            jpeg.write_pixels(file, screen.pixels, quality=quality)


@node("io.save_text", version=1, writes=True)
def save_text(
    text: str, *, file: Annotated[Path, OutputFile((".txt", ".md"))], overwrite: bool = False
) -> None:
    """Write a text as UTF-8, ending in a line break.

    Raises InputError for a folder that cannot be written, and a file that exists unless
    overwrite is on.

    file: where to write.
    overwrite: replace a file that exists.
    """
    with _writing(file, overwrite):
        whole = text if text.endswith("\n") else f"{text}\n"
        file.write_text(whole, encoding="utf-8", newline="\n")


@node("io.save_table", version=1, writes=True)
def save_table(
    table: Table, *, file: Annotated[Path, OutputFile((".csv",))], overwrite: bool = False
) -> None:
    """Write a table as CSV: UTF-8, a comma between fields, names of the columns in the first line.

    Numbers are written so that they read back exactly; an absent value is an empty field.

    Raises InputError for a folder that cannot be written, and a file that exists unless
    overwrite is on.

    file: where to write.
    overwrite: replace a file that exists.
    """
    with _writing(file, overwrite), file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(table.rows)


@contextmanager
def _writing(file: Path, overwrite: bool) -> Iterator[None]:
    """Refuse to replace a file unasked, say plainly why writing failed, leave no half file."""
    existed = file.exists()
    if existed and not overwrite:
        raise InputError(f"{file} exists; switch on 'overwrite' or choose another name")
    try:
        yield
    except BaseException as error:
        if not existed:
            file.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise InputError(f"{file} cannot be written: {error.strerror or error}") from error
        raise
