"""Cosmetic correction: hot and cold pixels, bad rows and columns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import InputFile, Range, node
from nodes.defects import Defects, join, read_list
from nodes.values import Image, LinearImage, Mask

_WHITE = 65535.0
_MANY = 0.05


@node("cosmetic.find_defects", version=1, known_as=("CosmeticCorrection", "find_hot"))
def find_defects(
    dark: LinearImage,
    *,
    method: Literal["sigma", "level"] = "sigma",
    hot_sigma: Annotated[float, Range(0, 1000, slider=(0, 50), unit="sigma")] = 10.0,
    cold_sigma: Annotated[float, Range(0, 1000, slider=(0, 50), unit="sigma")] = 10.0,
    hot_level: Annotated[float, Range(0, slider=(0, 65535), unit="ADU")] | None = None,
    cold_level: Annotated[float, Range(0, slider=(0, 65535), unit="ADU")] | None = None,
    ctx: Context = SILENT,
) -> Defects:
    """Find the hot and cold pixels of a sensor in its master dark, once for all frames.

    By sigma, each pixel is compared with the median of its eight neighbours of the same colour,
    and the differences with their own spread (1.4826 · MAD, for each colour of a mosaic), so that
    amplifier glow is no defect. By level, the dark's own numbers are compared.

    Raises InputError for a colour dark, one without valid pixels, and by level without a level.
    Warns when more than 5 % of the pixels are defects.
    Source: master dark mode of PixInsight's CosmeticCorrection, and WBPP's 10 sigma.

    method: sigma compares with the neighbours, level with a number.
    hot_sigma: hot is what stands out above its neighbours by more than this; 0 finds none.
    cold_sigma: cold is what stands out below by more than this; 0 finds none.
    hot_level: hot is what is at this or above; of 65535 ADU at full scale, or of what the file
        calls white; empty finds none.
    cold_level: cold is what is at this or below; empty finds none.
    """
    from nodes.kernels.cosmetic import subtract_neighbours
    from nodes.kernels.median import median_mad

    _check_mono(dark, "dark")
    plane = dark.data[0]
    hot = np.zeros(plane.shape, bool)
    cold = np.zeros(plane.shape, bool)
    if method == "level":
        if hot_level is None and cold_level is None:
            raise InputError("defects by level need a level; set hot_level or cold_level")
        white = dark.white if dark.white > 1 else _WHITE
        if hot_level is not None:
            hot = plane >= np.float32(hot_level / white)
        if cold_level is not None:
            cold = plane <= np.float32(cold_level / white)
    else:
        step = _step(dark)
        difference = subtract_neighbours(plane, step, ctx)
        for y in range(step):
            for x in range(step):
                part = difference[y::step, x::step]
                centre, mad, count = median_mad(part)
                if not count:
                    raise InputError("the dark has no valid pixel; make the master dark again")
                sigma = 1.4826 * mad
                if hot_sigma:
                    hot[y::step, x::step] = part > centre + hot_sigma * sigma
                if cold_sigma:
                    cold[y::step, x::step] = part < centre - cold_sigma * sigma
    pixels = np.flatnonzero(hot | cold)
    found = Defects(pixels, hot.reshape(-1)[pixels], dark.width, dark.height)
    if len(found) > _MANY * plane.size:
        ctx.warn(
            f"{100 * len(found) / plane.size:.2g} % of the pixels are defects; raise the "
            f"{'level' if method == 'level' else 'sigmas'}, or look at the dark"
        )
    return found


@node("cosmetic.load_defects", version=1, known_as=("CosmeticCorrection", "cosme"))
def load_defects(image: Image, *, file: Annotated[Path, InputFile(("*.lst", "*.txt"))]) -> Defects:
    """Read a list of defects: pixels, rows and columns.

    One a line: ``P x y`` is a pixel (``P x y H`` a hot one), ``R y`` a row, ``C x`` a column,
    ``C x first last`` a part of it; ``#`` begins a remark. All count from 0 at the top left of
    the image, which says how long rows and columns are. What lies outside of it is left out.

    Raises InputError for a line that says something else, and a file that is no text.

    file: the list.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file.name} cannot be read as text: {error}") from error
    return read_list(text, image.width, image.height)


class Corrected(NamedTuple):
    """A frame without its defects, and what was replaced."""

    image: Image
    defects: Defects


def _memory(inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]) -> int:
    """A second copy between list and automatic detection, and a map of the list."""
    return 2 * inputs["image"]


@node(
    "cosmetic.correct",
    version=1,
    known_as=("CosmeticCorrection", "find_cosme", "cosme", "hot pixels"),
    title="Cosmetic correction",
    keep="memory",
    memory=_memory,
)
def correct(
    image: LinearImage,
    defects: Defects | None = None,
    *,
    auto: bool = True,
    hot_sigma: Annotated[float, Range(0, 100, slider=(0, 20))] = 3.0,
    cold_sigma: Annotated[float, Range(0, 100, slider=(0, 20))] = 3.0,
    also: str = "",
    amount: Annotated[float, Range(0, 1)] = 1.0,
    ctx: Context = SILENT,
) -> Corrected:
    """Replace hot and cold pixels of a calibrated frame by their neighbours of the same colour.

    Listed defects come first: hot ones become the mean of those of their eight neighbours that
    are no defects themselves, all others the median of the 5 × 5; wider where all of these are
    bad. A raw mosaic stays one, and colours are never mixed. Missing pixels stay missing.

    Then, when auto is on, pixels are found that stand out in this frame. With m the median and a
    the mean of the eight neighbours, B the median of the ring of 7 × 7 pixels without the inner
    3 × 3, and s the mean absolute deviation in that ring (but at least that of the noise of the
    frame), a pixel t is hot when ``t > m + hot_sigma · s``, ``t > B + s`` and ``a < B + 1.5 · s``,
    so that it is no star, and becomes a; it is cold when ``t + cold_sigma · s`` is below both m
    and B, and becomes B. s is 0.8 sigma for Gaussian noise: at 3, the usual value, 1.6 % of the
    pixels of pure noise count as defects, at 5 it is 0.01 %. With a list from a master dark,
    auto may as well be off.

    Raises InputError for a list of an image of other size, and a colour image with a list.
    Source: published parameters and conditions of PixInsight's CosmeticCorrection. There s is one
    number for the whole image, which gradients and nebulae raise, and the last condition of a hot
    pixel is ``a < B + s / 2``, which with a true s would miss every sixth.

    auto: find defects in the frame itself.
    hot_sigma: how far hot pixels stand out, in mean deviations; 0 finds none.
    cold_sigma: how far cold pixels stand out, in mean deviations; 0 finds none.
    also: further defects as in a defect list, ``P x y``, ``R y``, ``C x``, between semicolons.
    amount: 1 replaces a defect, 0.5 goes half the way.
    """
    from nodes.kernels.cosmetic import correct_auto, correct_listed

    lists = [] if defects is None else [defects]
    if also.strip():
        lists.append(read_list(also, image.width, image.height))
    for one in lists:
        if (one.width, one.height) != (image.width, image.height):
            raise InputError(
                f"the defects are of an image of {one.width} × {one.height} px but this one is "
                f"{image.width} × {image.height} px; find them in the dark of this camera"
            )
    step = _step(image)
    data = image.data
    if lists:
        _check_mono(image, "image")
        given = join(*lists)
        plane, left = correct_listed(data[0], given.pixels, given.hot, step, amount)
        plane.setflags(write=False)
        data = plane[np.newaxis]
        lists = [given]
        if left:
            ctx.warn(f"{left} defects have no good pixel near by and were left as they are")
    if auto and (hot_sigma or cold_sigma):
        limits = (hot_sigma or math.inf, cold_sigma or math.inf)
        out = np.empty(data.shape, np.float32)
        for index, plane in enumerate(data):
            span = (index / len(data), (index + 1) / len(data))
            pixels, cold = correct_auto(plane, out[index], step, *limits, amount, ctx, span)
            lists.append(Defects(pixels, ~cold, image.width, image.height))
        data = out
    nothing = Defects(np.empty(0), np.empty(0), image.width, image.height)
    return Corrected(
        image if data is image.data else image.replace(data=data),
        join(*lists) if lists else nothing,
    )


@node("cosmetic.show_defects", version=1, title="Show defects")
def show_defects(defects: Defects) -> Mask:
    """A mask that is 1 at each defect and 0 elsewhere."""
    data = np.zeros(defects.height * defects.width, np.float32)
    data[defects.pixels] = 1
    return Mask(data.reshape(defects.height, defects.width))


def _step(image: Image) -> int:
    """How far the next pixel of the same colour is."""
    return 2 if image.cfa and min(image.height, image.width) > 1 else 1


def _check_mono(image: Image, name: str) -> None:
    if image.channels != 1:
        raise InputError(
            f"the {name} is a colour image; defects are found and replaced in raw frames, "
            "before they are debayered"
        )
