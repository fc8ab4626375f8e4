"""Whether a master belongs to a frame, by size, Bayer pattern and header."""

from __future__ import annotations

from collections.abc import Iterator

from graph.context import Context
from graph.errors import InputError
from nodes.formats.keywords import FIELDS, read_field
from nodes.values import Image

#: what must agree, of which kind of master; a flat may be of another gain, since it was
#: calibrated by itself
_EQUAL = {
    "bias": ("gain", "offset", "x_binning", "y_binning"),
    "dark": ("gain", "offset", "x_binning", "y_binning"),
    "flat": ("x_binning", "y_binning"),
}
#: what each may say that it is; a flat dark or a bias does for the dark of a flat
_KINDS = {"bias": ("bias", "flatdark"), "dark": ("dark", "flatdark", "bias"), "flat": ("flat",)}
_DEGREES = 2.0
_SECONDS = {"flat": 0.5}  # of a dark for flats
_MOST_SECONDS = 5.0


def check_master(
    image: Image, name: str, master: Image, *, same_exposure: bool, strict: bool, ctx: Context
) -> None:
    """Raise InputError for a master that cannot belong to an image; warn of one that hardly does.

    name: bias, dark or flat. same_exposure: a dark is to be as long as the image. strict: headers
    that disagree are an error, not a warning.
    """
    if (master.height, master.width) != (image.height, image.width):
        raise InputError(
            f"the {name} is {master.width} × {master.height} px but the image is "
            f"{image.width} × {image.height} px; take the {name} of the same camera, binning and "
            "region"
        )
    if master.cfa and image.cfa and master.cfa != image.cfa:
        raise InputError(
            f"the {name} has the Bayer pattern {master.cfa} but the image {image.cfa}; one of them "
            "was read upside down or cropped: set its row order, or take another"
        )
    for found in _differences(image, name, master):
        if strict:
            raise InputError(
                f"{found}; take a {name} that was made like the image, or switch off strict if a "
                "header is wrong"
            )
        ctx.warn(found)
    for found in _doubts(image, name, master, same_exposure):
        ctx.warn(found)


def _differences(image: Image, name: str, master: Image) -> Iterator[str]:
    """Sentences on what must agree and does not; what a header is silent about passes."""
    for field in _EQUAL[name]:
        mine, other = read_field(image.header, field), read_field(master.header, field)
        if mine is not None and other is not None and mine != other:
            yield f"the {name} has {_words(field)} {other:g} but the image {mine:g}"
    if master.white != image.white and 1.0 not in (master.white, image.white):
        yield f"white is {master.white:g} in the {name} but {image.white:g} in the image"


def _doubts(image: Image, name: str, master: Image, same_exposure: bool) -> Iterator[str]:
    """Sentences on what makes a master a poor choice."""
    fields = ("temperature", "exposure", "filter", "camera", "type")
    mine = {field: read_field(image.header, field) for field in fields}
    other = {field: read_field(master.header, field) for field in fields}
    both = {field for field in fields if None not in (mine[field], other[field])}
    if other["type"] is not None and other["type"] not in _KINDS[name]:
        yield f"what is connected as {name} says that it is a {other['type']}; check the wires"
    if name != "flat" and "temperature" in both:
        apart = abs(mine["temperature"] - other["temperature"])
        if apart > _DEGREES:
            yield (
                f"the {name} was taken at {other['temperature']:g} °C but the image at "
                f"{mine['temperature']:g} °C"
            )
    if name == "dark" and same_exposure and "exposure" in both:
        limit = _SECONDS.get(mine["type"], _MOST_SECONDS)
        if abs(mine["exposure"] - other["exposure"]) > limit:
            yield (
                f"the dark was exposed for {other['exposure']:g} s but the image for "
                f"{mine['exposure']:g} s; scale it, or take another"
            )
    for field in ("filter", "camera") if name == "flat" else ("camera",):
        if field in both and mine[field].casefold() != other[field].casefold():
            yield f"the {name} is of {field} {other[field]} but the image of {mine[field]}"


def _words(field: str) -> str:
    """A field and its keyword, as people find it in the header: ``the gain (GAIN)``."""
    name = {"x_binning": "binning", "y_binning": "vertical binning"}.get(field, field)
    return f"the {name} ({FIELDS[field][0][0][0]})"
