"""Calibration of raw frames by bias, dark and flat."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import From, Range, node
from graph.values import value_type
from nodes.formats.keywords import read_field
from nodes.mismatch import check_master
from nodes.values import Header, Image, LinearImage

_TAIL = 0.05
_DARKEST, _BRIGHTEST, _DEAD = 0.01, 0.95, 1e-3
_MANY_NEGATIVE, _MANY_CLIPPED = 0.2, 0.01
_WHITE = 65535.0  # of frames whose white level is not known; ADU are counted on it


@value_type("FlatLevel", color="#909070")
@dataclass(frozen=True)
class FlatLevel:
    """The level of a master flat: one number for each channel, and for each place in a mosaic.

    means: of the channels. positions: of the pixels top left, top right, bottom left, bottom
    right of the 2 × 2 pattern of a flat of one channel. Both are empty without a flat.
    """

    means: tuple[float, ...] = ()
    positions: tuple[float, ...] = ()

    def summary(self) -> str:
        """``flat of level 0.43``."""
        return "flat of level " + (" ".join(f"{mean:.5g}" for mean in self.means) or "none")


@node("calibrate.flat_level", version=1, title="Level of a flat", memory=lambda *_: 8 << 20)
def flat_level(flat: LinearImage | None = None, *, ctx: Context = SILENT) -> FlatLevel:
    """Measure the mean of a master flat, without the darkest and brightest 5 % of its pixels.

    Calibrate frame divides by the flat and multiplies by this number, so that the level of the
    frame stays. It is measured once for all frames. Missing pixels do not count.

    Raises InputError for a flat without valid pixels, with a mean of at most 0.01 or at least
    0.95, or with more than 0.1 % of its pixels at 0 or below.
    """
    from nodes.kernels.trimmed import trimmed_means

    if flat is None:
        return FlatLevel()
    found = [trimmed_means(plane, _TAIL, ctx) for plane in flat.data]
    for index, one in enumerate(found):
        name = flat.replace(cfa=None).name_plane(index).replace("image", "flat")
        if math.isnan(one.whole):
            raise InputError(f"the {name} has no valid pixel; make the master flat again")
        if not _DARKEST < one.whole < _BRIGHTEST:
            kind = "is hardly exposed" if one.whole <= _DARKEST else "is saturated, or scaled to 1"
            raise InputError(
                f"the {name} has a mean of {one.whole:.4g}, so it {kind}; its mean must lie "
                f"between {_DARKEST:g} and {_BRIGHTEST:g} of full scale: use another flat"
            )
        if one.dead > _DEAD:
            raise InputError(
                f"{100 * one.dead:.2g} % of the {name} is 0 or less, at most {100 * _DEAD:g} % "
                "may be; the bias or dark taken off it is too bright, or it is cropped badly"
            )
    return FlatLevel(
        tuple(one.whole for one in found),
        found[0].positions if flat.channels == 1 and min(flat.height, flat.width) > 1 else (),
    )


@node(
    "calibrate.frame",
    version=1,
    known_as=("ImageCalibration", "WBPP", "calibrate", "preprocess"),
    title="Calibrate frame",
    keep="memory",
)
def frame(
    image: LinearImage,
    bias: LinearImage | None = None,
    dark: LinearImage | None = None,
    flat: LinearImage | None = None,
    level: Annotated[FlatLevel | None, From(flat_level)] = None,
    *,
    dark_scaling: Literal["none", "exposure", "optimize"] = "none",
    dark_has_bias: bool = True,
    window: Annotated[int, Range(0, 100000, slider=(0, 4096), unit="px")] = 1024,
    flat_colors: Literal["separate", "together"] = "separate",
    pedestal: Annotated[float, Range(0, 65535, slider=(0, 1000), unit="ADU")] = 0.0,
    pedestal_mode: Literal["fixed", "auto"] = "fixed",
    clip: bool = False,
    strict: bool = True,
    ctx: Context = SILENT,
) -> Image:
    """Take bias and dark off a raw frame and divide it by the flat.

    With T the frame, B the bias, D the dark, F the flat of mean s:
    a dark of the same exposure gives (T - D) · s / F, and the bias, which the dark holds, is
    not used; a scaled dark gives (T - B - k · (D - B)) · s / F and needs the bias; without a dark
    it is (T - B) · s / F. Any master may be left out. Flats are calibrated by the same node, with
    a flat dark or a bias. It is one pass over the pixels.

    Values below 0 are kept unless clip is on: where the sky is darker than the noise, cutting off
    one half of the noise makes the mean of a stack too bright, and 32-bit floats have room for
    it. Values above 1 are kept likewise. Pixels that are missing in the frame or a master, and
    those whose flat is not above 0, are missing in the result. A mono master serves all channels
    of a colour frame.

    A pedestal that frame and masters carry (PEDESTAL) is taken into account; the one that is added
    is written there. A dark that was scaled is noted as DARKSCAL.

    Raises InputError for a master of other size or Bayer pattern; one whose header disagrees in
    gain, offset (both not of flats), binning or white level, while strict is on; a scaled dark
    without a bias or without exposure times; a poor flat, see Level of a flat. Warns of masters
    taken at more than 2 °C difference, of darks of another exposure (5 s; 0.5 s for flats) that
    are not scaled, flats of another filter, another camera, no dark structure to scale by, and
    when more than 20 % of the pixels fall below 0 (or more than 1 % are clipped there), which
    usually means a bias or dark of another offset.
    Source: published equations of PixInsight's ImageCalibration and Siril's calibrate.

    dark_scaling: none takes the dark as it is; exposure scales it by the exposure times; optimize
        by the factor that leaves the least noise in its bright pixels. Cameras with amplifier
        glow need unscaled darks.
    dark_has_bias: whether the master dark still holds the bias; off, B is taken off beside it.
    window: side of the square in the middle that optimize looks at; 0 for the whole frame.
    flat_colors: separate keeps the level of each colour of a mosaic, whatever the colour of the
        light behind the flat; together uses one level.
    pedestal: added to the result; of 65535 ADU at full scale, or of what the file calls white.
    pedestal_mode: fixed adds the pedestal; auto adds the least that leaves at most 0.01 % of the
        pixels below 0.
    clip: hold the result to 0 … 1.
    strict: refuse masters whose headers disagree; off, warn of them.
    """
    from nodes.kernels.calibrate import calibrate_plane

    scaled = dark is not None and dark_scaling != "none"
    bias = bias if dark is None or scaled or not dark_has_bias else None
    if bias is None and (scaled or (dark is not None and not dark_has_bias)):
        why = "a scaled dark" if scaled else "a dark without bias"
        raise InputError(f"{why} needs the bias, and none is connected; connect the master bias")
    for name, master in (("bias", bias), ("dark", dark), ("flat", flat)):
        if master is not None:
            check_master(image, name, master, same_exposure=not scaled, strict=strict, ctx=ctx)
    if flat is not None and (level is None or not level.means):
        level = flat_level(flat, ctx=ctx)
    factor = 0.0 if dark is None else 1.0
    if dark is not None and bias is not None and scaled:
        factor = _dark_factor(image, bias, dark, dark_scaling, dark_has_bias, window, ctx)
    bias_factor = 0.0 if bias is None else 1.0 - (factor if dark_has_bias else 0.0)
    white = image.white if image.white > 1 else _WHITE
    offset = _common_pedestal(image, bias, dark, bias_factor, factor, dark_has_bias)
    fixed = pedestal_mode == "fixed"
    out = np.empty(image.data.shape, np.float32)
    low = missing = 0
    for index, plane in enumerate(image.data):
        counts = calibrate_plane(
            plane,
            _plane(bias, index),
            _plane(dark, index),
            _plane(flat, index),
            _scales(level, flat, image, index, flat_colors == "separate"),
            out[index],
            bias_factor=bias_factor,
            dark_factor=factor,
            offset=offset / white,
            pedestal=pedestal / white if fixed else 0.0,
            clip=clip and fixed,
            ctx=ctx,
            span=(index / image.channels, (index + 1) / image.channels),
        )
        low += counts.low
        missing += counts.missing
    if not fixed:
        from nodes.pedestal import add_least_pedestal

        pedestal, low = add_least_pedestal(out, low, out.size - missing, clip, ctx)
        pedestal *= white
    _warn_of_low(low / max(out.size - missing, 1), clip, ctx)
    return image.replace(data=out, header=_header(image.header, pedestal, scaled, factor))


def _plane(master: Image | None, index: int) -> np.ndarray | None:
    return None if master is None else master.data[min(index, master.channels - 1)]


def _scales(
    level: FlatLevel | None, flat: Image | None, image: Image, index: int, separate: bool
) -> np.ndarray:
    """The level of the flat at the four places of a 2 × 2 pattern; the greens share theirs."""
    if flat is None or level is None:
        return np.ones(4)
    pattern = image.cfa or flat.cfa
    if not (separate and pattern and level.positions):
        return np.full(4, level.means[min(index, len(level.means) - 1)])
    means = np.array(level.positions)
    colors = np.array(list(pattern))
    return np.array([means[colors == color].mean() for color in colors])


def _dark_factor(
    image: Image,
    bias: Image,
    dark: Image,
    scaling: str,
    has_bias: bool,
    window: int,
    ctx: Context,
) -> float:
    """What a dark is to be multiplied by."""
    times = [read_field(frame.header, "exposure") for frame in (image, dark)]
    ratio = times[0] / times[1] if None not in times and times[1] > 0 else None
    if scaling == "exposure":
        if ratio is None:
            raise InputError(
                "the dark cannot be scaled by exposure: EXPTIME or EXPOSURE is absent in the "
                f"{'image' if times[0] is None else 'dark'}; use optimize, or set none"
            )
        return float(ratio)
    from nodes.dark_scale import find_dark_scale

    zero, one, two = bias.data[0], image.data[0], dark.data[0]
    pattern = image.cfa is not None
    below = zero if has_bias else np.float32(0)
    found = find_dark_scale(one - zero, two - below, mosaic=pattern, window=window)
    if found.certain:
        return found.factor
    factor = 1.0 if ratio is None else float(ratio)
    ctx.warn(
        f"no dark structure was found in the image (best factor {found.factor:.4g}), so the dark "
        f"is scaled by {factor:.4g}, " + ("as it is" if ratio is None else "the exposures")
    )
    return factor


def _common_pedestal(
    image: Image,
    bias: Image | None,
    dark: Image | None,
    bias_factor: float,
    factor: float,
    has_bias: bool,
) -> float:
    """ADU of a pedestal in the image that the masters do not take off with them.

    A master that is silent about it is taken to hold the same one, but for a dark without bias,
    which holds none. Some programs write the number with a minus.
    """
    mine = abs(float(read_field(image.header, "pedestal") or 0.0))
    rest = mine
    for master, share, silent in (
        (bias, bias_factor, mine),
        (dark, factor, mine if has_bias else 0.0),
    ):
        if master is not None:
            held = read_field(master.header, "pedestal")
            rest -= share * (silent if held is None else abs(float(held)))
    return rest


def _header(header: Header, pedestal: float, scaled: bool, factor: float) -> Header:
    if pedestal or read_field(header, "pedestal"):
        header = header.set("PEDESTAL", round(pedestal, 4), "[ADU] added to all pixels")
    if scaled:
        header = header.set("DARKSCAL", round(factor, 5), "factor of the master dark")
    return header


def _warn_of_low(share: float, clip: bool, ctx: Context) -> None:
    if share > (_MANY_CLIPPED if clip else _MANY_NEGATIVE):
        ctx.warn(
            f"{100 * share:.3g} % of the pixels {'were clipped at' if clip else 'are below'} 0; "
            "check that bias, dark and image have the same offset, or add a pedestal"
        )
