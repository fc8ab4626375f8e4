"""Colours from the mosaic of a raw sensor."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import node
from nodes.formats.keywords import FIELDS, read_field
from nodes.values import Header, Image, LinearImage

#: what a header says of a mosaic; an image that is none must not say it any more
_CARDS = ("BAYERPAT", "COLORTYP", "XBAYROFF", "YBAYROFF")
_SKY, _LIGHT = 1 << 14, 1 << 17  # pixels of each colour by which sky and stars are measured
_CLEAR = 10.0  # sigmas that the sky should lie above 0 for ratios to mean something
_DARK = 5.0  # percent of the pixels that are the darkest
_STAR = 10.0  # sigmas above the sky
_MOST = 8.0  # times that stars are brighter in one colour than in another


@node(
    "debayer.debayer",
    version=1,
    known_as=("Debayer", "demosaic", "deBayer", "preprocess -debayer"),
    title="Debayer",
)
def debayer(
    image: LinearImage,
    *,
    method: Literal["rcd", "vng", "bilinear", "superpixel"] = "rcd",
    pattern: Literal["auto", "RGGB", "BGGR", "GRBG", "GBRG"] = "auto",
    balance: bool = True,
    ctx: Context = SILENT,
) -> Image:
    """Make a colour image of a raw mosaic.

    The result has the size of the mosaic; superpixel halves it, a last odd row or column left
    out, and the astrometric solution, pixel size and binning follow. At borders the mosaic is
    mirrored. A pixel that is missing in the mosaic is missing in all three colours; in a
    superpixel only its own colour is. Nothing is clipped.

    Fluxes: bilinear and superpixel keep them exactly. rcd and vng choose the smoother direction,
    which is no average: of a star as wide as 3 to 6 pixels (FWHM) rcd makes green up to 1.5 %
    brighter and red and blue up to 1.5 % fainter, vng all colours 2 to 4 % brighter. Both take
    differences of colours for smooth, which is not so for small stars that are not white in the
    raw numbers: red and blue of one with 125 % and 63 % of the green would be 5 % fainter and
    11 % brighter. Therefore red and blue are multiplied for the time being so that all starlight
    of the frame together is white (balance).

    Raises InputError for a colour image, one whose Bayer pattern is neither known nor given, and
    one smaller than 2 × 2 pixels. Warns when the given pattern is not that of the image.
    Source: RCD by L. Sanz Rodríguez after its published description; VNG by Chang, Cheung and
    Pang 1999 with thresholds 1.5 and 0.5.

    method: rcd follows edges and keeps stars round and small; vng averages over smooth
        directions and is soft on noise; bilinear averages the nearest pixels; superpixel makes
        one pixel of four and invents nothing.
    pattern: colours of the 2 × 2 pixels at the top left; auto is what the image says.
    balance: balance the colours of the stars while interpolating by rcd or vng.
    """
    from nodes.kernels.debayer import bilinear, superpixel
    from nodes.kernels.debayer import debayer as interpolate

    colors = _pattern(image, pattern, ctx)
    plane = image.data[0]
    red = divmod(colors.index("R"), 2)
    header = _plain(image.header)
    properties = _properties(image, resized=method == "superpixel")
    wcs = image.wcs
    white = _balance(plane, red) if balance and method in ("rcd", "vng") else (1.0, 1.0)
    if method == "superpixel":
        data = superpixel(plane, red, ctx)
        header = _double(header)
        wcs = wcs and wcs.binned(2)
    elif method == "bilinear":
        data = interpolate(plane, red, bilinear, ctx=ctx)
    elif method == "vng":
        from nodes.kernels.debayer_vng import vng

        data = interpolate(plane, red, vng, balance=white, ctx=ctx)
    else:
        from nodes.kernels.debayer_rcd import rcd

        data = interpolate(plane, red, rcd, _pedestal(plane), white, ctx)
    return image.replace(data=data, header=header, wcs=wcs, properties=properties, cfa=None)


class Planes(NamedTuple):
    """The four pixels of each 2 × 2 of a mosaic, each a mono image of half the size."""

    top_left: Image
    top_right: Image
    bottom_left: Image
    bottom_right: Image


@node("debayer.split", version=1, known_as=("SplitCFA", "split_cfa", "seqsplit_cfa"))
def split(image: LinearImage) -> Planes:
    """Take a raw mosaic apart into four mono images of half the size.

    Pixels are taken over bit for bit; a last odd row or column is left out. Solution, pixel size
    and binning follow. Raises InputError for a colour image and one smaller than 2 × 2 pixels.
    """
    _check(image)
    height, width = image.height // 2, image.width // 2
    header = _double(_plain(image.header))
    images = []
    for y in (0, 1):
        for x in (0, 1):
            data = image.data[:, y : 2 * height : 2, x : 2 * width : 2].copy()
            # the centre of these pixels is a quarter of a double pixel from that of all four
            wcs = image.wcs and image.wcs.binned(2).moved((x - 0.5) / 2, (y - 0.5) / 2)
            images.append(
                image.replace(
                    data=data,
                    header=header,
                    wcs=wcs,
                    cfa=None,
                    properties=_properties(image, resized=True),
                )
            )
    return Planes(*images)


def _plain(header: Header) -> Header:
    """The header without what it says of a mosaic."""
    return Header(tuple(card for card in header if card[0] not in _CARDS))


def _properties(image: Image, *, resized: bool) -> tuple[tuple[str, str, Any], ...]:
    """The XISF properties that still hold."""
    kept = tuple(p for p in image.properties if not p[0].startswith("PCL:CFA"))
    return tuple(p for p in kept if "AstrometricSolution" not in p[0]) if resized else kept


def _check(image: Image) -> None:
    if image.channels != 1:
        raise InputError("the image has three channels; only a raw mosaic of one is debayered")
    if min(image.height, image.width) < 2:
        raise InputError(f"a mosaic of {image.width} × {image.height} px has not all colours")


def _pattern(image: Image, pattern: str, ctx: Context) -> str:
    _check(image)
    if pattern == "auto":
        if not image.cfa:
            raise InputError(
                "the image says no Bayer pattern (BAYERPAT or COLORTYP in its header); choose the "
                "pattern here if it is a raw mosaic"
            )
        return image.cfa
    if image.cfa and image.cfa != pattern:
        ctx.warn(f"the image says that its pattern is {image.cfa}, it is debayered as {pattern}")
    return pattern


def _double(header: Header) -> Header:
    """The header of an image of half the size: larger pixels, of twice the binning."""
    for field in ("x_pixel", "y_pixel", "x_binning", "y_binning"):
        for keyword, _ in FIELDS[field][0]:
            value = header.get(keyword)
            if isinstance(value, int | float) and not isinstance(value, bool):
                comment = next(c for key, _, c in header if key == keyword)
                header = header.set(keyword, 2 * value, comment)
    if header.get("CCDSUM") is not None:
        both = [read_field(header, field) for field in ("x_binning", "y_binning")]
        if None not in both and header.get("XBINNING") is None and header.get("BINX") is None:
            header = header.set("CCDSUM", f"{2 * both[0]:g} {2 * both[1]:g}")
    return header


def _sample(plane: np.ndarray, y: int, x: int, size: int) -> np.ndarray:
    """Some rows of the pixels of one colour, spread over the image: at least so many pixels."""
    part = plane[y::2, x::2]
    return part[:: max(1, part.size // size)]


def _balance(plane: np.ndarray, red: tuple[int, int]) -> tuple[float, float]:
    """What red and blue are to be multiplied by for the light of the stars to become white."""
    light = {}
    for name, y, x in (
        ("red", *red), ("blue", 1 - red[0], 1 - red[1]),
        ("green", red[0], 1 - red[1]), ("green too", 1 - red[0], red[1]),
    ):  # fmt: skip
        values = _sample(plane, y, x, _LIGHT)
        values = values[np.isfinite(values)]
        middle = float(np.median(values)) if values.size else 0.0
        sigma = 1.4826 * float(np.median(np.abs(values - middle))) if values.size else 0.0
        above = values[values > middle + _STAR * sigma]
        light[name] = float(np.sum(above - middle, dtype=np.float64)) / max(values.size, 1)
    green = (light["green"] + light["green too"]) / 2
    ratios = [green / light[name] if light[name] > 0 else 0.0 for name in ("red", "blue")]
    if not all(1 / _MOST < ratio < _MOST for ratio in ratios):
        return (1.0, 1.0)
    return (ratios[0], ratios[1])


def _pedestal(plane: np.ndarray) -> float:
    """What is to be added so that the darkest of every colour lies well above 0.

    Ratios of values near 0 mean nothing. Calibrated frames of a dark sky have such values.
    """
    lacking = 0.0
    for y in (0, 1):
        for x in (0, 1):
            values = _sample(plane, y, x, _SKY)
            steps = np.abs(values[:, 1:] - values[:, :-1])
            steps, values = steps[np.isfinite(steps)], values[np.isfinite(values)]
            if steps.size:
                sigma = 1.4826 * float(np.median(steps)) / 2**0.5
                lacking = max(lacking, _CLEAR * sigma - float(np.percentile(values, _DARK)))
    return lacking
